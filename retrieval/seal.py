"""The seal of a generation: the size and the checksum of every file, from when it was built.

Chroma trusts its files. From damaged ones it answers with other neighbours, rebuilds a fraction of
the index from its log, or ends the process by a segmentation fault, which nobody can catch; tantivy
panics, which no handler of errors catches. So damage is found before they look. Chroma's SQLite
file only has to be there: Chroma writes a few bytes of it at every opening.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

from retrieval.errors import GenerationError
from retrieval.manifest import LEXICAL, VECTORS

SEAL = "seal.json"

_CHROMA_DATABASE = "chroma.sqlite3"
_UNSEALED = {SEAL, "manifest.json"}
_READ_BLINDLY = VECTORS, LEXICAL
"""The folders of indexes that trust what their files hold."""
_CHUNK = 1 << 22


def seal(folder: Path) -> None:
    """Write the seal of a generation whose other parts are complete."""
    files = {name: [path.stat().st_size, _checksum(path)] for name, path in _files(folder)}
    (folder / SEAL).write_text(json.dumps(files, indent=1) + "\n", encoding="utf-8")


def check(folder: Path, *, every_byte: bool) -> None:
    """Compare a generation with its seal.

    Args:
        folder: The generation.
        every_byte: Whether to read every file, and to have SQLite look through Chroma's; if not,
            only those that Chroma reads blindly, and of the others no more than the size: opening
            must not take as long as reading all.

    Raises:
        GenerationError: If it is not as it was built, naming the first such file.
    """
    try:
        sealed = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        expected = [(name, int(size), int(checksum)) for name, (size, checksum) in sealed.items()]
        databases = [folder / name for name in sealed if Path(name).name == _CHROMA_DATABASE]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise GenerationError(f"{SEAL} cannot be read: {error}") from error
    for name, size, checksum in expected:
        path = folder / name
        try:
            found = path.stat().st_size
            if path in databases:
                if not found:  # Chroma would put a new one in its place
                    raise GenerationError(f"{name} is empty")
                continue
            if found != size:
                raise GenerationError(f"{name} has {found:,} bytes, not {size:,}")
            read = every_byte or Path(name).parts[0] in _READ_BLINDLY
            if read and _checksum(path) != checksum:
                raise GenerationError(f"{name} does not hold what was written")
        except OSError as error:
            raise GenerationError(f"{name} cannot be read: {error.strerror}") from error
    if every_byte:
        for path in databases:
            check_sqlite(path)


def check_sqlite(path: Path) -> None:
    """Have SQLite look through one of its files.

    Raises:
        GenerationError: If its pages do not hang together.
    """
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
    except sqlite3.DatabaseError as error:
        verdict = error
    finally:
        connection.close()
    if verdict != "ok":
        raise GenerationError(f"{path.name} is damaged: {verdict}")


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in _UNSEALED:
            yield path.relative_to(folder).as_posix(), path


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            checksum = zlib.crc32(chunk, checksum)
    return checksum
