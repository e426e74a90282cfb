"""What admins sent and have not decided on: data/uploads/TOKEN.zip, for a day.

On disk, so that the buttons under it go on working when the bot starts again.
"""

import json
import secrets
import time
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

from retrieval import atomic

KEPT_SECONDS = 86_400.0
KEPT = 20
"""How long what was sent is kept, and how many of them."""

_ABOUT = "upload.json"
_FILES = "files/"


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent: by which user, when (seconds since 1970), as what, and what was said of it."""

    user: int
    at: float
    name: str
    caption: Mapping[str, str]


class Uploads:
    """The folder they are in. Methods read and write files: call them on a thread."""

    def __init__(self, folder: Path) -> None:
        """Args: the folder, which is made when there is something to keep."""
        self._folder = folder

    def put(self, upload: Upload, files: Mapping[str, bytes]) -> str:
        """Keep what was sent, forget what is old, and return a token for it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._kept()[: 1 - KEPT]:
            path.unlink(missing_ok=True)
        for path in self._kept():
            if path.stat().st_mtime < time.time() - KEPT_SECONDS:
                path.unlink(missing_ok=True)
        written = BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr(_ABOUT, json.dumps(asdict(upload), ensure_ascii=False))
            for name, content in files.items():
                package.writestr(_FILES + name, content)
        token = secrets.token_hex(8)
        atomic.write(self._path(token), written.getvalue())
        return token

    def get(self, token: str) -> tuple[Upload, dict[str, bytes]] | None:
        """Return what was sent and its files; None if it is not kept any more, or damaged."""
        try:
            with zipfile.ZipFile(self._path(token)) as package:
                upload = Upload(**json.loads(package.read(_ABOUT)))
                names = [name for name in package.namelist() if name.startswith(_FILES)]
                files = {name.removeprefix(_FILES): package.read(name) for name in names}
        except (FileNotFoundError, zipfile.BadZipFile, KeyError, TypeError, ValueError):
            return None
        return None if upload.at < time.time() - KEPT_SECONDS else (upload, files)

    def drop(self, token: str) -> None:
        """Forget what was sent."""
        self._path(token).unlink(missing_ok=True)

    def _path(self, token: str) -> Path:
        return self._folder / f"{token}.zip"

    def _kept(self) -> list[Path]:
        """Return the files, the oldest first."""
        return sorted(self._folder.glob("*.zip"), key=lambda path: path.stat().st_mtime)
