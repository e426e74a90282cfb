"""When and by whom: what questions can be restricted by, as arrays over articles and passages.

Kept beside the indexes because Chroma's own filters take longer, the larger the archive.
"""

import calendar
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import DATED, Article, Precision, Published, Restriction

FIRST_DAY, LAST_DAY = 0, date.max.toordinal()
"""The days between which an article of unknown date was published."""

BoolArray = NDArray[np.bool_]


def days(published: Published) -> tuple[int, int]:
    """Return the first and the last day (proleptic Gregorian ordinals) a date can mean.

    The date of a page says nothing of its article.
    """
    if published.value is None or published.basis not in DATED:
        return FIRST_DAY, LAST_DAY
    year, month, day = ([int(part) for part in published.value.split("-")] + [0, 0])[:3]
    if published.precision is Precision.YEAR:
        return date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    if published.precision is Precision.MONTH:
        last = calendar.monthrange(year, month)[1]
        return date(year, month, 1).toordinal(), date(year, month, last).toordinal()
    ordinal = date(year, month, day).toordinal()
    return ordinal, ordinal


@dataclass(frozen=True, slots=True)
class Facet:
    """What an article can be found by besides its text; `source` is a number, 0 for unknown."""

    first_day: int
    last_day: int
    source: int


class FacetsWriter:
    """Collects the facets of articles, in the order of the archive."""

    def __init__(self, sources: Sequence[str] = ("",)) -> None:
        """Begin with no article.

        Args:
            sources: The names of sources that have numbers already, the first standing for none.
        """
        self._facets: list[Facet] = []
        self._counts: list[int] = []
        self._numbers = {name: number for number, name in enumerate(sources) if number}

    def add(self, article: Article, passages: int) -> Facet:
        """Append an article with so many passages; return its facets."""
        name = article.source.name
        source = 0 if name is None else self._numbers.setdefault(name, len(self._numbers) + 1)
        facet = Facet(*days(article.published), source)
        self._facets.append(facet)
        self._counts.append(passages)
        return facet

    def save(self, path: Path) -> None:
        """Write everything to an .npz file."""
        np.savez(
            path,
            first_day=np.array([facet.first_day for facet in self._facets], dtype=np.int32),
            last_day=np.array([facet.last_day for facet in self._facets], dtype=np.int32),
            source=np.array([facet.source for facet in self._facets], dtype=np.int32),
            article=np.repeat(np.arange(len(self._counts), dtype=np.int32), self._counts),
            names=np.array(["", *self._numbers], dtype=np.str_),
        )


class Facets:
    """The facets of a generation, open for reading.

    `sources` are the names of sources by their number; `article` is the number of the article of
    each passage, shape (passages,). `first_day`, `last_day` and `source` are those of each article,
    shape (articles,).
    """

    def __init__(self, path: Path) -> None:
        """Read what a `FacetsWriter` saved."""
        with np.load(path, allow_pickle=False) as data:
            self.first_day: NDArray[np.int32] = data["first_day"]
            self.last_day: NDArray[np.int32] = data["last_day"]
            self.source: NDArray[np.int32] = data["source"]
            self.article: NDArray[np.int32] = data["article"]
            self.sources: list[str] = data["names"].tolist()

    @property
    def days(self) -> NDArray[np.int32]:
        """The first day of every article of known date, shape (dated articles,)."""
        dated: NDArray[np.int32] = self.first_day[self.last_day != LAST_DAY]
        return dated

    @property
    def earliest(self) -> date | None:
        """The first day that an article of known date can be from; None where none has one."""
        return date.fromordinal(int(self.days.min())) if len(self.days) else None

    def source_numbers(self, names: Collection[str]) -> list[int]:
        """Return the numbers of sources by their names."""
        return [number for number, name in enumerate(self.sources) if number and name in names]

    def articles(self, restriction: Restriction) -> BoolArray:
        """Return which articles meet a restriction, shape (articles,).

        One whose date is not known, or not to the day, meets it when it may be from then.
        """
        met = np.ones(len(self.source), dtype=np.bool_)
        if restriction.since:
            met &= self.last_day >= restriction.since.toordinal()
        if restriction.until:
            met &= self.first_day <= restriction.until.toordinal()
        if restriction.sources:
            met &= np.isin(self.source, self.source_numbers(restriction.sources))
        return met

    def span(self, articles: BoolArray) -> tuple[str | None, str | None]:
        """Return the earliest and the latest date of some articles, as precise as each is known.

        None and None where no date is known.
        """
        dated = np.flatnonzero(articles & (self.last_day != LAST_DAY))
        if not len(dated):
            return None, None
        first, last = self.first_day[dated], self.last_day[dated]
        # As texts a year comes before its first day; so it does here.
        order = np.lexsort((-last, first))
        earliest, latest = order[0], order[-1]
        return _value(first[earliest], last[earliest]), _value(first[latest], last[latest])

    def undated(self, articles: BoolArray) -> int:
        """Return how many of some articles have no known date."""
        return int(np.count_nonzero(articles & (self.last_day == LAST_DAY)))


def _value(first_day: int, last_day: int) -> str:
    """Return YYYY-MM-DD, YYYY-MM or YYYY of the days it can mean; see `days`."""
    first, last = date.fromordinal(int(first_day)), date.fromordinal(int(last_day))
    if first == last:
        return first.isoformat()
    return f"{first:%Y-%m}" if first.month == last.month else f"{first:%Y}"
