"""The seal of a generation: the size and the checksum of every file, from when it was built.

Chroma trusts its files. From damaged ones it answers with other neighbours, rebuilds a fraction of
the index from its log, or ends the process, by a segmentation fault or because a name in its schema
is no text any more, which nobody can catch; tantivy panics, which no handler of errors catches. So
damage is found before they look. Chroma's SQLite file has a checksum for each table instead, as
Chroma counts its openings in one of them.
"""

import json
import sqlite3
import zlib
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

from retrieval.errors import GenerationError
from retrieval.manifest import LEXICAL, VECTORS

SEAL = "seal.json"

_CHROMA_DATABASE = "chroma.sqlite3"
_OPENINGS = "acquire_write"
"""The table that Chroma writes at every opening."""
_OF_EACH_VECTOR = "embeddings"
"""The table that is as long as the archive."""
_UNSEALED = {SEAL, "manifest.json"}
_STORED_TABLES = """
    SELECT name, sql FROM sqlite_schema
    WHERE type = 'table' AND rootpage AND name <> ? ORDER BY name
"""  # a virtual table has no page of its own
_READ_BLINDLY = VECTORS, LEXICAL
"""The folders of indexes that trust what their files hold."""
_CHUNK = 1 << 22


def seal(folder: Path) -> None:
    """Write the seal of a generation whose other parts are complete."""
    files = {
        name: _tables(path) if path.name == _CHROMA_DATABASE else [path.stat().st_size, _crc(path)]
        for name, path in _files(folder)
    }
    (folder / SEAL).write_text(json.dumps(files, indent=1) + "\n", encoding="utf-8")


def check(folder: Path, *, every_byte: bool) -> None:
    """Compare a generation with its seal.

    Args:
        folder: The generation.
        every_byte: Whether to read every file; if not, only those that Chroma and tantivy read
            blindly, and of the others no more than the size: opening must not take as long as
            reading all.

    Raises:
        GenerationError: If it is not as it was built, naming the first such file.
    """
    try:
        sealed = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        tables = {name: entry for name, entry in sealed.items() if isinstance(entry, dict)}
        others = [(name, entry) for name, entry in sealed.items() if name not in tables]
        files = [(name, int(size), int(checksum)) for name, (size, checksum) in others]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise GenerationError(f"{SEAL} cannot be read: {error}") from error
    for name, size, checksum in files:
        path = folder / name
        try:
            found = path.stat().st_size
            if found != size:
                raise GenerationError(f"{name} has {found:,} bytes, not {size:,}")
            read = every_byte or Path(name).parts[0] in _READ_BLINDLY
            if read and _crc(path) != checksum:
                raise GenerationError(f"{name} does not hold what was written")
        except OSError as error:
            raise GenerationError(f"{name} cannot be read: {error.strerror}") from error
    for name, checksums in tables.items():
        _check_tables(folder / name, checksums, every_row=every_byte)


def _check_tables(path: Path, expected: dict[str, int], *, every_row: bool) -> None:
    check_sqlite(path)
    unread = () if every_row else (_OF_EACH_VECTOR,)
    found = _tables(path, unread)
    for table in expected.keys() - unread | found.keys():
        if expected.get(table) != found.get(table):
            raise GenerationError(f"{path.name} does not hold what was written: table {table}")


def check_sqlite(path: Path) -> None:
    """Have SQLite look through one of its files.

    Raises:
        GenerationError: If its pages do not hang together.
    """
    try:
        with closing(_read_only(path)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # it quotes what is damaged
        verdict = error
    if verdict != "ok":
        raise GenerationError(f"{path.name} is damaged: {verdict}")


def _tables(path: Path, unread: Collection[str] = ()) -> dict[str, int]:
    """Return a checksum of each table's definition and rows; an index follows from its table."""
    checksums = {}
    with closing(_read_only(path)) as connection:
        connection.text_factory = bytes
        for name, sql in connection.execute(_STORED_TABLES, (_OPENINGS,)).fetchall():
            table = name.decode(errors="replace")
            if table not in unread:
                checksum = zlib.crc32(sql)
                for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608
                    checksum = zlib.crc32(repr(row).encode(), checksum)
                checksums[table] = checksum
    return checksums


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in _UNSEALED:
            yield path.relative_to(folder).as_posix(), path


def _crc(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            checksum = zlib.crc32(chunk, checksum)
    return checksum
