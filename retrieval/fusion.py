"""Two ranked lists -> one.

Both scores mean the same for every question: BM25 over the most it could be, and a cosine. So a
weighted sum lets the ranker that has evidence decide, and one that has none (no word shared, no
vector near) stays silent. A convex combination of absolute scores rather than of ranks or of
per-question maxima follows Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
Retrieval", 2023.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that a ranker found: its row, BM25 over its bound, its cosine, and their sum."""

    row: int
    lexical: float
    dense: float
    score: float


def fuse(
    lexical: Mapping[int, float],
    dense: Mapping[int, float],
    weights: Mapping[str, float],
    count: int,
) -> list[Candidate]:
    """Return the best candidates of both rankers, best first; ties in the order of the archive.

    Args:
        lexical: Score by row; a row that is missing shares no term with the question.
        dense: Cosine by row, for every candidate.
        weights: Of `lexical` and `dense`.
        count: How many at most.
    """
    rows = np.fromiter(dense, dtype=np.int64, count=len(dense))
    cosines = np.fromiter(dense.values(), dtype=np.float64, count=len(dense))
    shares = np.array([lexical.get(row, 0.0) for row in dense], dtype=np.float64)
    scores = weights["lexical"] * shares + weights["dense"] * cosines
    best = np.lexsort((rows, -scores))[:count]
    columns = (rows[best], shares[best], cosines[best], scores[best])
    return [Candidate(*each) for each in zip(*(one.tolist() for one in columns), strict=True)]
