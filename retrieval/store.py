"""The articles and passages of one generation, in a SQLite file that is written once."""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.documents import (
    DATED,
    Article,
    Basis,
    Coverage,
    Passage,
    Precision,
    Published,
    Source,
)
from retrieval.errors import ArticleNotFoundError, GenerationError

_SCHEMA = """
CREATE TABLE article (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    title_basis TEXT NOT NULL,
    source TEXT,
    source_basis TEXT NOT NULL,
    published TEXT,
    published_precision TEXT,
    published_basis TEXT NOT NULL,
    url TEXT,
    digest TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    abstract TEXT,
    dropped TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE passage (
    row INTEGER PRIMARY KEY,
    article INTEGER NOT NULL REFERENCES article (number),
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    twin INTEGER NOT NULL
) STRICT;
CREATE TABLE near (
    row INTEGER NOT NULL,
    other INTEGER NOT NULL,
    PRIMARY KEY (row, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_of_date ON article (published_basis, published);
CREATE INDEX passage_of_article ON passage (article, ordinal);
CREATE INDEX passage_of_twin ON passage (twin);
"""
# SQLite reads through what stands before a column, so bodies come last; the first index alone tells
# what there is to search. `digest` changes with anything of an article; `twin` is the first row
# with the same words; `near` holds, both ways round, the pairs of such first rows whose words are
# nearly the same.

_ARTICLE = """id, title, title_basis, body, sha256, source, source_basis, published,
published_precision, published_basis, url, abstract, dropped"""

_DATED = f"published_basis IN ({', '.join(repr(str(basis)) for basis in DATED)})"


def digest(article: Article) -> str:
    """Return what changes with anything of an article."""
    return hashlib.sha256(repr(article).encode()).hexdigest()


class StoreWriter:
    """Writes a new store: each article with its passages, in order."""

    def __init__(self, path: Path, previous: Path | None = None) -> None:
        """Create the file; `previous` is the store whose articles `take` takes over."""
        self._connection = sqlite3.connect(path.absolute().as_uri(), uri=True)
        self._connection.executescript(_SCHEMA)
        if previous is not None:
            uri = f"{previous.absolute().as_uri()}?mode=ro&immutable=1"
            self._connection.execute("ATTACH ? AS previous", (uri,))
        self.articles = 0
        self.passages = 0

    def add(self, article: Article, passages: Sequence[Passage], twins: Sequence[int]) -> None:
        """Append an article; its passages get the next rows.

        Args:
            article: The article.
            passages: What it is split into.
            twins: For each passage the first row with the same words, its own if that is it.
        """
        self._connection.execute(
            f"INSERT INTO article (number, {_ARTICLE}, digest) "  # noqa: S608 - constants
            f"VALUES ({', '.join('?' * 15)})",
            (
                self.articles,
                article.id,
                article.title,
                article.title_basis,
                article.body,
                article.sha256,
                article.source.name,
                article.source.basis,
                article.published.value,
                article.published.precision,
                article.published.basis,
                article.url,
                article.abstract,
                "\n".join(article.dropped),
                digest(article),
            ),
        )
        self._add_passages([(p.ordinal, p.start, p.end) for p in passages], twins)

    def take(self, number: int, twins: Sequence[int]) -> None:
        """Append an article of the previous store, given its number there, with its passages."""
        self._connection.execute(
            f"INSERT INTO article (number, {_ARTICLE}, digest) "  # noqa: S608 - constants
            f"SELECT ?, {_ARTICLE}, digest FROM previous.article WHERE number = ?",
            (self.articles, number),
        )
        query = 'SELECT ordinal, start, "end" FROM previous.passage WHERE article = ? ORDER BY row'
        self._add_passages(self._connection.execute(query, (number,)).fetchall(), twins)

    def _add_passages(self, places: Sequence[tuple[int, int, int]], twins: Sequence[int]) -> None:
        self._connection.executemany(
            'INSERT INTO passage (row, article, ordinal, start, "end", twin) '
            "VALUES (?, ?, ?, ?, ?, ?)",
            [
                (self.passages + offset, self.articles, *place, twin)
                for offset, (place, twin) in enumerate(zip(places, twins, strict=True))
            ],
        )
        self.articles += 1
        self.passages += len(places)

    def add_near(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Record pairs of first rows whose words are nearly the same."""
        self._connection.executemany(
            "INSERT INTO near (row, other) VALUES (?, ?)",
            (way for a, b in pairs for way in ((a, b), (b, a))),
        )

    def close(self) -> None:
        """Commit and close."""
        self._connection.commit()
        self._connection.close()


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its row and the article it is a slice of."""

    row: int
    article: Article
    ordinal: int
    start: int
    end: int

    @property
    def text(self) -> str:
        """The characters of the passage."""
        return self.article.body[self.start : self.end]


class Store:
    """A written store, open for reading; safe to share between threads (SQLite serialises)."""

    def __init__(self, path: Path) -> None:
        """Open read-only.

        Raises:
            GenerationError: If there is no such file.
        """
        if not path.is_file():
            raise GenerationError(f"{path}: missing; build again with: python -m retrieval index")
        self._connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def article(self, article_id: str) -> Article:
        """Return an article by its id.

        Raises:
            ArticleNotFoundError: If the archive has none of that id.
        """
        row = self._connection.execute(
            f"SELECT {_ARTICLE} FROM article WHERE id = ?",  # noqa: S608 - constants
            (article_id,),
        ).fetchone()
        if row is None:
            raise ArticleNotFoundError(f"no article {article_id!r} in the archive")
        return _article(row)

    def articles(self) -> Iterable[Article]:
        """Yield every article, in the order of the corpus."""
        query = f"SELECT {_ARTICLE} FROM article ORDER BY number"  # noqa: S608 - constants
        for row in self._connection.execute(query):
            yield _article(row)

    def digests(self) -> dict[str, str]:
        """Return the digest of every article by its id, in the order of the archive."""
        return dict(self._connection.execute("SELECT id, digest FROM article ORDER BY number"))

    def passages(self, rows: Sequence[int]) -> dict[int, StoredPassage]:
        """Return the passages of the given rows, by row."""
        marks = ", ".join("?" * len(rows))
        found = self._connection.execute(
            f'SELECT row, article, ordinal, start, "end" FROM passage WHERE row IN ({marks})',  # noqa: S608 - question marks
            list(rows),
        ).fetchall()
        articles = self._by_number({number for _, number, *_ in found})
        return {
            row: StoredPassage(row, articles[number], ordinal, start, end)
            for row, number, ordinal, start, end in found
        }

    def copies(self, row: int) -> list[tuple[int, int]]:
        """Return (row, number of its article) of every passage in nearly the words of `row`.

        Itself among them; in the order of the archive.
        """
        return self._connection.execute(
            """
            WITH own (twin) AS (SELECT twin FROM passage WHERE row = ?1)
            SELECT row, article FROM passage WHERE twin IN (
                SELECT twin FROM own UNION SELECT other FROM near JOIN own ON near.row = own.twin
            ) ORDER BY row
            """,
            (row,),
        ).fetchall()

    def rows_of(self, article_id: str) -> list[int]:
        """Return the rows of an article's passages, in order."""
        found = self._connection.execute(
            "SELECT row FROM passage JOIN article ON article = number WHERE id = ? ORDER BY row",
            (article_id,),
        )
        return [row for (row,) in found]

    def coverage(self, generation: str) -> Coverage:
        """Count what there is to search."""
        articles, first, last, undated = self._connection.execute(
            f"SELECT count(*), min(published) FILTER (WHERE {_DATED}), "  # noqa: S608 - constants
            f"max(published) FILTER (WHERE {_DATED}), count(*) FILTER (WHERE NOT {_DATED}) "
            "FROM article"
        ).fetchone()
        (passages,) = self._connection.execute("SELECT count(*) FROM passage").fetchone()
        return Coverage(articles, passages, first, last, undated, generation)

    def _by_number(self, numbers: set[int]) -> dict[int, Article]:
        marks = ", ".join("?" * len(numbers))
        found = self._connection.execute(
            f"SELECT number, {_ARTICLE} FROM article WHERE number IN ({marks})",  # noqa: S608
            list(numbers),
        )
        return {number: _article(row) for number, *row in found}


def _article(row: Sequence[Any]) -> Article:
    (
        article_id,
        title,
        title_basis,
        body,
        sha256,
        source,
        source_basis,
        published,
        precision,
        published_basis,
        url,
        abstract,
        dropped,
    ) = row
    if hashlib.sha256(body.encode()).hexdigest() != sha256:
        raise GenerationError(f"article {article_id} is not what was stored: build again")
    return Article(
        id=article_id,
        title=title,
        title_basis=Basis(title_basis),
        body=body,
        source=Source(source, Basis(source_basis)),
        published=Published(
            published, Precision(precision) if precision else None, Basis(published_basis)
        ),
        url=url,
        abstract=abstract,
        dropped=tuple(dropped.split("\n")) if dropped else (),
    )
