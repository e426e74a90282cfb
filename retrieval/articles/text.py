"""Articles from text files: one article a file, with the page it was scraped from around it."""

from collections.abc import Iterator
from pathlib import Path

from retrieval.articles.chrome import Page, separate
from retrieval.documents import Article, Basis
from retrieval.errors import CorpusError
from retrieval.passages import sentences


def read(path: Path) -> Iterator[Article]:
    """Yield the article of a UTF-8 text file; its id is the file's name without the ending.

    Where the page shows no title the first sentence stands for it, with the basis `estimated`.

    Raises:
        CorpusError: If the file cannot be read or is not UTF-8.
    """
    page = read_page(path)
    title, basis = page.title, Basis.STATED
    if not title and page.body:
        start, end = sentences(page.body)[0]
        title, basis = page.body[start:end], Basis.ESTIMATED
    yield Article(
        id=path.stem, title=title, title_basis=basis, body=page.body, published=page.published
    )


def read_page(path: Path) -> Page:
    """Return the page of a text file, taken apart.

    Raises:
        CorpusError: If the file cannot be read or is not UTF-8.
    """
    try:
        return separate(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CorpusError(f"not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise CorpusError(f"cannot be read ({error.strerror})") from error
