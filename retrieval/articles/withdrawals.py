"""Articles that are taken back: withdrawn.toml, beside the articles.

    ["000_93b21bcfa360256c"]            # the id of an article
    on = "2026-11-22"                   # both fields may be left out
    why = "…"

Their files stay where they are; the archive passes them over.
"""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from retrieval.errors import CorpusError

FILE_NAME = "withdrawn.toml"
_FIELDS = ("on", "why")


def beside(path: Path) -> Path:
    """Return the withdrawn.toml of a file or folder of articles, whether there is one or not."""
    return (path if path.is_dir() else path.parent) / FILE_NAME


def read_withdrawn(paths: Sequence[Path]) -> dict[str, str]:
    """Return the ids that are withdrawn beside each path of a corpus, and what is said of each.

    Raises:
        CorpusError: If a file is not TOML or an entry is none, by its place: to go on would be to
            answer from what somebody took back.
    """
    found: dict[str, str] = {}
    for file in dict.fromkeys(beside(path) for path in paths):
        for article_id, entry in _parsed(file).items():
            found[article_id] = _words(entry, f"{file}: {article_id}")
    return found


def withdraw(path: Path, article_id: str, on: date) -> None:
    """Take an article back; whether there is one of that id is not looked at.

    Raises:
        CorpusError: If the file is not TOML.
        OSError: If it cannot be written.
    """
    from retrieval.articles import tables

    tables.put(beside(path), {article_id: {"on": on.isoformat()}})


def restore(path: Path, article_id: str) -> bool:
    """Let an article in again; say whether it was withdrawn.

    Raises:
        CorpusError: If the file is not TOML.
        OSError: If it cannot be written.
    """
    from retrieval.articles import tables

    return tables.drop(beside(path), article_id)


def _parsed(file: Path) -> Mapping[str, Any]:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise CorpusError(f"{file}: not readable as TOML ({error})") from error


def _words(entry: Any, where: str) -> str:
    if not isinstance(entry, dict):
        raise CorpusError(f"{where}: should be a table, as in [{where.rsplit(' ', 1)[-1]!r}]")
    for name, value in entry.items():
        if name not in _FIELDS:
            raise CorpusError(f"{where}: unknown field {name!r}; known are {', '.join(_FIELDS)}")
        if not isinstance(value, str):
            raise CorpusError(f"{where}: {name} should be text in quotation marks")
    when = f" on {entry['on']}" if "on" in entry else ""
    why = f": {entry['why']}" if "why" in entry else ""
    return f"withdrawn{when}, in {FILE_NAME}{why}"
