"""The files of a corpus: what is looked at, what is passed over, and what changed since."""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from retrieval.articles.findings import Skipped
from retrieval.articles.provenance import FILE_NAME as SOURCES
from retrieval.articles.withdrawals import FILE_NAME as WITHDRAWN
from retrieval.articles.withdrawals import beside
from retrieval.canaries import FILE_NAME as CANARIES
from retrieval.errors import CorpusError


def files(path: Path) -> Iterator[Path | Skipped]:
    """Yield the files under a path in the order of their names, and what is passed over.

    Names that begin with a dot and the editor's own files (sources.toml, canaries.toml,
    withdrawn.toml) are left out. Never opened: what is not a regular file (a pipe would wait for
    ever), and a link that leads out of the folder.

    Raises:
        CorpusError: If there is nothing at `path`.
    """
    if not path.exists():
        raise CorpusError(f"{path}: no such file or folder; set ISNAD_CORPUS or --corpus")
    if not path.is_dir():
        yield checked(path)
        return
    root = path.resolve()
    found: list[Path] = []
    unread: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=unread.append):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(folder) / name
            for name in (*names, *links)
            if not name.startswith(".") and name not in (SOURCES, CANARIES, WITHDRAWN)
        ]
    for error in unread:
        yield Skipped(_printable(error.filename), f"cannot be read ({error.strerror})")
    for file in sorted(found):
        yield checked(file, root)


def checked(file: Path, root: Path | None = None) -> Path | Skipped:
    """Return a file that can be opened without harm, or why not; a link may not leave `root`."""
    name = _printable(file)
    if name != str(file):
        return Skipped(name, "its name is not UTF-8")
    try:
        mode = file.stat().st_mode
        if root and file.is_symlink() and not file.resolve().is_relative_to(root):
            return Skipped(name, "a link out of the corpus")
    except (OSError, RuntimeError) as error:  # a link to nothing, or to itself
        return Skipped(name, f"cannot be read ({getattr(error, 'strerror', None) or error})")
    if stat.S_ISDIR(mode):
        return Skipped(name, "a link to a folder; put the folder itself there")
    if not stat.S_ISREG(mode):
        return Skipped(name, "not a regular file")
    return file


def _printable(path: Path | str) -> str:
    return os.fsencode(path).decode(errors="replace")


def fingerprint(paths: Sequence[Path]) -> str:
    """Return a digest of every file's name and bytes: equal if and only if nothing changed.

    What is passed over counts by its name and the reason, sources.toml and withdrawn.toml by
    their bytes.

    Raises:
        CorpusError: If there is nothing at one of the paths.
    """
    digest = hashlib.sha256()
    for path in paths:
        for file in files(path):
            if isinstance(file, Skipped):
                digest.update(f"{file.what}\0{file.why}\0".encode())
            else:
                _add(digest, file, path)
        folder = path if path.is_dir() else path.parent
        found = folder.rglob(SOURCES) if path.is_dir() else [folder / SOURCES]
        for file in (*sorted(found), beside(path)):
            if file.is_file():
                _add(digest, file, path)
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", file: Path, path: Path) -> None:
    digest.update(os.fsencode(file.relative_to(path.parent)) + b"\0")
    try:
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    except OSError as error:
        digest.update(f"{error.strerror}\0".encode())
