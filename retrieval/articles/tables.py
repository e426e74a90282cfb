"""Changes a table of an editor's TOML file, and leaves every comment and every other line."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from retrieval import atomic
from retrieval.errors import CorpusError


def put(path: Path, name: str, fields: Mapping[str, str]) -> None:
    """Set fields of the table `name`, which is added at the end if there is none.

    Raises:
        CorpusError: If the file is not TOML.
        OSError: If it cannot be read or written.
    """
    document = _read(path)
    table = document.get(name)
    if table is None:
        table = tomlkit.table()
        if document.as_string().strip():
            document.add(tomlkit.nl())
        document[name] = table
    elif not isinstance(table, dict):
        raise CorpusError(f"{path}: {name}: should be a table")
    for field, value in fields.items():
        table[field] = value
    _write(path, document)


def drop(path: Path, name: str) -> bool:
    """Delete the table `name`; say whether there was one.

    Raises:
        CorpusError: If the file is not TOML.
        OSError: If it cannot be read or written.
    """
    document = _read(path)
    if name not in document:
        return False
    document.remove(name)
    _write(path, document)
    return True


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        # Bytes, because reading as text would change the ends of lines.
        return tomlkit.parse(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return tomlkit.document()
    except (UnicodeDecodeError, TOMLKitError) as error:
        raise CorpusError(f"{path}: not readable as TOML ({error})") from error


def _write(path: Path, document: tomlkit.TOMLDocument) -> None:
    text = tomlkit.dumps(document)
    if tomllib.loads(text) != document.unwrap():  # never write what would be read otherwise
        raise CorpusError(f"{path}: cannot be changed without changing what else it says")
    atomic.write(path, text.encode())
