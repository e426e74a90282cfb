"""Files that are replaced whole: a reader sees what was there or what is there now."""

import os
import secrets
import shutil
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Replace what a file holds, or create it, so that a power cut leaves the old or the new.

    A link is followed, and the file keeps its permissions. What is unfinished has a name that
    begins with a dot, so that no corpus takes it for an article.

    Raises:
        OSError: If it cannot be written; the file is as it was.
    """
    path = path.resolve()
    new = path.with_name(f".{secrets.token_hex(8)}.new")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.is_file():
            shutil.copymode(path, new)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
