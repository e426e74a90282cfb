"""Changes tables of an editor's TOML file, and leaves every comment and every other line."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from retrieval import atomic
from retrieval.errors import CorpusError

_Tables = Mapping[str, Mapping[str, str]]


def put(path: Path, tables: _Tables) -> None:
    """Set fields of tables, given by their names; one that is not there is added at the end.

    Raises:
        CorpusError: If the file is not TOML.
        OSError: If it cannot be read or written.
    """
    text = _read(path)
    before = _parsed(path, text)
    if any(not isinstance(before.get(name, {}), dict) for name in tables):
        raise CorpusError(f"{path}: only tables can be changed")
    new = {name: fields for name, fields in tables.items() if name not in before}
    old = {name: fields for name, fields in tables.items() if name in before}
    if old:
        text = _amended(text, old)
    if new:
        # Written by hand: tomlkit takes a second for a thousand tables, whatever is done with them.
        ends = "" if not text or text.endswith("\n") else "\n"
        text = "\n".join(part for part in (text + ends, *map(_table, new.items())) if part)
    expected = before | {name: {**before.get(name, {}), **said} for name, said in tables.items()}
    _write(path, text, expected)


def drop(path: Path, name: str) -> bool:
    """Delete the table `name`; say whether there was one.

    Raises:
        CorpusError: If the file is not TOML.
        OSError: If it cannot be read or written.
    """
    import tomlkit

    text = _read(path)
    left = _parsed(path, text)
    if left.pop(name, None) is None:
        return False
    document = tomlkit.parse(text)
    document.remove(name)
    _write(path, tomlkit.dumps(document), left)
    return True


def _amended(text: str, tables: _Tables) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    for name, fields in tables.items():
        for field, value in fields.items():
            document[name][field] = value
    return tomlkit.dumps(document)


def _table(named: tuple[str, Mapping[str, str]]) -> str:
    name, fields = named
    lines = [f"[{_text(name)}]", *(f"{field} = {_text(value)}" for field, value in fields.items())]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """Return a string as TOML has it: as JSON, but for the one character it escapes besides."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _read(path: Path) -> str:
    try:
        # Bytes, because reading as text would change the ends of lines.
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: not readable as TOML ({error})") from error


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CorpusError(f"{path}: not readable as TOML ({error})") from error


def _write(path: Path, text: str, expected: Mapping[str, Any]) -> None:
    """Write a file that says what is expected of it, and nothing else."""
    try:
        content = text.encode()
        said = tomllib.loads(text)
    except ValueError as error:
        raise CorpusError(f"{path}: what there is to write is no TOML ({error})") from error
    if said != expected:
        raise CorpusError(f"{path}: cannot be changed without changing what else it says")
    atomic.write(path, content)
