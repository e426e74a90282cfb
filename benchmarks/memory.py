"""What processes take: memory that is of no file, open files, threads."""

from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self


def of_processes(process: int) -> int:
    """Return the megabytes of a process and its descendants, what they share counted once."""
    kilobytes = 0
    for one in _family(process):
        with suppress(OSError):  # it has ended meanwhile
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
            kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))
    return kilobytes >> 10


def open_files(process: int) -> int:
    """Return how many files a process and its descendants have open, sockets among them."""
    return sum(_entries(one, "fd") for one in _family(process))


def threads(process: int) -> int:
    """Return how many threads a process and its descendants have."""
    return sum(_entries(one, "task") for one in _family(process))


class Peak:
    """Watches a process and its descendants; `megabytes` is the most they had at a time."""

    def __init__(self, process: int, seconds: float = 0.2) -> None:
        """Look every so many seconds, from `with` on."""
        self._process = process
        self._seconds = seconds
        self._end = Event()
        self._thread = Thread(target=self._watch)
        self.megabytes = 0

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        self._end.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._end.wait(self._seconds):
            self._look()

    def _look(self) -> None:
        self.megabytes = max(self.megabytes, of_processes(self._process))


def _entries(process: int, folder: str) -> int:
    try:
        return len(list(Path(f"/proc/{process}/{folder}").iterdir()))
    except OSError:  # it has ended meanwhile
        return 0


def _family(process: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            _, _, fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")
            parents[int(stat.parent.name)] = int(fields.split()[1])
    family = [process]
    for one in family:
        family += [child for child, parent in parents.items() if parent == one]
    return family
