"""Waits for changes under the paths of a corpus."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from watchfiles import watch

_SETTLED_MS = 2000  # an editor saves several files in one go


def changed(paths: Sequence[Path]) -> Iterator[None]:
    """Yield whenever files of the corpus were changed and have been left alone for two seconds."""
    folders = dict.fromkeys(path if path.is_dir() else path.parent for path in paths)
    wanted = [path.absolute() for path in paths]

    def is_of_corpus(_change: object, name: str) -> bool:
        file = Path(name).absolute()
        return not file.name.startswith(".") and any(
            file == path or path in file.parents or file.suffix == ".toml" for path in wanted
        )

    for _ in watch(*folders, watch_filter=is_of_corpus, step=_SETTLED_MS):
        yield
