"""Questions an editor expects the archive to answer, or not: canaries.toml, beside the articles.

    [[canary]]
    question = "من ترأس الاجتماع الوزاري في روما؟"
    article = "002_bf51089687a09448"    # it must be among the hits

    [[canary]]
    question = "كم انتهت مباراة الأهلي والزمالك؟"
    absent = true                       # it must not be answered

A generation that fails one is not published.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import CorpusError

FILE_NAME = "canaries.toml"


@dataclass(frozen=True, slots=True)
class Canary:
    """A question, and the id of the article it must find; None where nothing may answer it."""

    question: str
    article: str | None


def read_canaries(paths: Sequence[Path]) -> list[Canary]:
    """Read the canaries beside each path of a corpus.

    Raises:
        CorpusError: If a file is not TOML or an entry is not a canary, by its place.
    """
    folders = dict.fromkeys(path if path.is_dir() else path.parent for path in paths)
    found: list[Canary] = []
    for file in (folder / FILE_NAME for folder in folders):
        if not file.is_file():
            continue
        try:
            entries = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CorpusError(f"{file}: not readable as TOML ({error})") from error
        canaries = entries.pop("canary", [])
        if entries or not isinstance(canaries, list):
            raise CorpusError(f"{file}: only [[canary]] entries are known")
        found += [_canary(file, number, entry) for number, entry in enumerate(canaries, start=1)]
    return found


def _canary(file: Path, number: int, entry: Any) -> Canary:
    match entry:
        case {"question": str(question), "article": str(article)} if len(entry) == 2:  # noqa: PLR2004
            return Canary(question, article)
        case {"question": str(question), "absent": True} if len(entry) == 2:  # noqa: PLR2004
            return Canary(question, None)
    raise CorpusError(f"{file}: canary {number} needs `question`, and `article` or `absent = true`")
