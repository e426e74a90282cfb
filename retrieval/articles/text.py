"""Articles from text files: one article a file, with the page it was scraped from around it."""

from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

from retrieval.articles.chrome import separate
from retrieval.articles.decoding import read_text
from retrieval.articles.fields import titled
from retrieval.articles.files import checked
from retrieval.articles.findings import Skipped
from retrieval.articles.repetition import repeated_lines
from retrieval.documents import Article
from retrieval.errors import CorpusError


def read(path: Path, repeated: Collection[str] = frozenset()) -> Iterator[Article]:
    """Yield the article of a text file; its id is the file's name without the ending.

    Args:
        path: The file.
        repeated: Keys of the lines that the pages beside it share.

    Raises:
        CorpusError: If the file cannot be read or decoded.
    """
    page = separate(read_text(path), repeated)
    yield titled(
        Article(
            id=path.stem,
            title=page.title,
            body=page.body,
            source=page.source,
            published=page.published,
            dropped=page.dropped,
        )
    )


def repeated_in(folder: Path, limit: int) -> frozenset[str]:
    """Return the keys of the lines that the text files of a folder share.

    Args:
        folder: The folder; those below it are others.
        limit: Files to look at, spread evenly over their names.
    """
    pages = sorted(path for path in folder.glob("*.txt") if not path.name.startswith("."))
    step = max(1, -(-len(pages) // limit))
    return repeated_lines(_texts(islice(pages, 0, None, step)))


def _texts(paths: Iterator[Path]) -> Iterator[str]:
    for path in paths:
        file = checked(path, path.parent.resolve())
        if isinstance(file, Skipped):
            continue
        try:
            yield read_text(file)
        except CorpusError:  # reported when it is its turn to be read
            continue
