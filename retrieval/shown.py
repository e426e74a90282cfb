"""What of a generation is answered from: every article but those withdrawn since it was built."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from retrieval.documents import Coverage
from retrieval.facets import BoolArray
from retrieval.generation import Generation


@dataclass(frozen=True, slots=True)
class Shown:
    """Which articles are shown.

    Attributes:
        articles: Shape (articles,).
        passages: Shape (passages,); None where every passage is shown.
        hidden: How many passages are not.
        coverage: What is searched, without what is not shown.
    """

    articles: BoolArray
    passages: BoolArray | None
    hidden: int
    coverage: Coverage

    @classmethod
    def without(cls, generation: Generation, ids: Iterable[str]) -> "Shown":
        """Leave out the articles with these ids; an id that no article has is passed over."""
        facets, coverage = generation.facets, generation.coverage
        shown = np.ones(len(facets.source), dtype=np.bool_)
        for article_id in ids:
            shown[facets.article[generation.store.rows_of(article_id)[:1]]] = False
        if shown.all():
            return cls(shown, None, 0, coverage)
        passages: BoolArray = shown[facets.article]
        first, last = facets.span(shown)
        count = int(np.count_nonzero(passages))
        coverage = replace(
            coverage,
            articles=int(np.count_nonzero(shown)),
            passages=count,
            first=first,
            last=last,
            undated=facets.undated(shown),
        )
        return cls(shown, passages, len(passages) - count, coverage)

    def has(self, row: int) -> bool:
        """Say whether the passage of a row is shown."""
        return self.passages is None or bool(self.passages[row])
