"""A file somebody sends -> the files to put into a corpus, or why not.

What is sent is not trusted: a name may lead out of the folder, a small archive may unpack to more
than a disk holds. Nothing is written here, and no more is unpacked than the limits allow.
"""

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from io import BytesIO

from retrieval.articles.decoding import MAX_BYTES

MAX_PACKAGE = 20 << 20
"""Bytes of a file that is sent; Telegram hands bots no larger one."""

MAX_FILES = 200
MAX_UNPACKED = 50 << 20
MAX_DEPTH = 4
"""Files of a package, their bytes in all, and the parts of a name: three folders and a file."""

_MAX_NAME = 200  # bytes of a part of a name; a file system takes 255
_ENDINGS = (".txt", ".md", ".html", ".htm", ".jsonl")
_PACKAGE = ".zip"
_OF_THE_SYSTEM = ("__MACOSX", ".DS_Store", "Thumbs.db")  # put there by no editor
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes to unpack
_ENTRY = b"PK\x01\x02"
_MAX_ENTRIES = 10 * MAX_FILES  # folders and what systems put there counted
_CHUNK = 1 << 16


class Reason(StrEnum):
    """Why a file that was sent is refused."""

    KIND = "kind"
    SIZE = "size"
    EMPTY = "empty"
    NAME = "name"
    DEPTH = "depth"
    TWICE = "twice"
    COUNT = "count"
    UNPACKED = "unpacked"
    LINK = "link"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"


class PackageError(Exception):
    """A file that is refused: for what reason, and which name it is about."""

    def __init__(self, reason: Reason, what: str = "") -> None:
        super().__init__(f"{reason}: {what}")
        self.reason = reason
        self.what = what


def unpack(name: str, content: bytes) -> dict[str, bytes]:
    """Return the files of what was sent, by their names with `/` between the parts.

    Raises:
        PackageError: If anything about it is not as it should be; then nothing of it is taken.
    """
    if len(content) > MAX_PACKAGE:
        raise PackageError(Reason.SIZE, name)
    if not name.lower().endswith(_PACKAGE):
        return {_name(name): _checked(name, content)}
    if content.count(_ENTRY) > _MAX_ENTRIES:  # before zipfile makes an object of each
        raise PackageError(Reason.COUNT)
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            files = dict(_files(package))
    # What zipfile raises for damage is not one kind: a wrong number ends in any of these.
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise PackageError(Reason.DAMAGED, name) from error
    if not files:
        raise PackageError(Reason.EMPTY, name)
    return files


def _files(package: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    entries = [
        entry
        for entry in package.infolist()
        if not entry.is_dir() and not set(entry.filename.split("/")) & set(_OF_THE_SYSTEM)
    ]
    if len(entries) > MAX_FILES:
        raise PackageError(Reason.COUNT)
    taken: set[str] = set()
    left = MAX_UNPACKED
    for entry in entries:
        name = _name(entry.filename)
        key = unicodedata.normalize("NFC", name).casefold()  # one file, to some file systems
        if key in taken:
            raise PackageError(Reason.TWICE, name)
        taken.add(key)
        mode = entry.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise PackageError(Reason.LINK, name)
        if entry.flag_bits & _ENCRYPTED:
            raise PackageError(Reason.ENCRYPTED, name)
        if entry.compress_type not in _METHODS:
            raise PackageError(Reason.DAMAGED, name)
        content = _read(package, entry, name, left)
        left -= len(content)
        yield name, _checked(name, content)


def _read(package: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, left: int) -> bytes:
    """Unpack a file; what it says of its size is not believed."""
    read = bytearray()
    with package.open(entry) as file:
        while chunk := file.read(_CHUNK):
            read += chunk
            if len(read) > MAX_BYTES:
                raise PackageError(Reason.SIZE, name)
            if len(read) > left:
                raise PackageError(Reason.UNPACKED)
    return bytes(read)


def _name(name: str) -> str:
    """Return a name that stays within its folder and is one everywhere."""
    parts = name.split("/")
    if len(parts) > MAX_DEPTH:
        raise PackageError(Reason.DEPTH, name)
    for part in parts:
        wrong = not part or part.startswith(".") or part != part.strip()
        if wrong or any(c in '\\:*?"<>|' or not c.isprintable() for c in part):
            raise PackageError(Reason.NAME, name)
        if len(part.encode(errors="surrogateescape")) > _MAX_NAME:
            raise PackageError(Reason.NAME, name)
    if not name.endswith(_ENDINGS):
        raise PackageError(Reason.KIND, name)
    return name


def _checked(name: str, content: bytes) -> bytes:
    if not content:
        raise PackageError(Reason.EMPTY, name)
    if len(content) > MAX_BYTES:
        raise PackageError(Reason.SIZE, name)
    return content
