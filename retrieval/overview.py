"""How many articles an archive has by source and by year."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from retrieval.facets import LAST_DAY, BoolArray, Facets

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Overview:
    """What there is.

    Attributes:
        articles: How many, in all.
        undated: Those without a known date.
        unknown: Those without a known source.
        sources: Name and number of articles, most first.
        years: Year and number of articles, earliest first; a year without any is not there.
    """

    articles: int
    undated: int
    unknown: int
    sources: tuple[tuple[str, int], ...]
    years: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, facets: Facets, articles: BoolArray) -> "Overview":
        """Count some of the articles of a generation, shape (articles,)."""
        counts = np.bincount(facets.source[articles], minlength=len(facets.sources)).tolist()
        named = [one for one in zip(facets.sources[1:], counts[1:], strict=True) if one[1]]
        dated = facets.first_day[articles & (facets.last_day != LAST_DAY)]
        days = (dated.astype(np.int64) - _EPOCH).astype("datetime64[D]")
        years, times = np.unique(days.astype("datetime64[Y]").astype(np.int64), return_counts=True)
        return cls(
            articles=int(np.count_nonzero(articles)),
            undated=facets.undated(articles),
            unknown=counts[0],
            sources=tuple(sorted(named, key=lambda one: -one[1])),
            years=tuple(zip((years + 1970).tolist(), times.tolist(), strict=True)),
        )
