"""Two ranked lists -> one, and copies of the same text folded together.

Both scores mean the same for every question: BM25 over the most it could be, and a cosine. So a
weighted sum lets the ranker that has evidence decide, and one that has none (no word shared, no
vector near) stays silent. A convex combination of absolute scores rather than of ranks or of
per-question maxima follows Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
Retrieval", 2023.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retrieval import arabic

_SHINGLE = 3
_SAME = 0.5


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
) -> list[Candidate]:
    """Return the candidates of both rankers, best first; ties in the order of the archive.

    Args:
        lexical: Score by row; a row that is missing shares no term with the question.
        dense: Cosine by row, for every candidate.
        weights: Of `lexical` and `dense`.
    """
    candidates = [
        Candidate(
            row,
            lexical.get(row, 0.0),
            cosine,
            weights["lexical"] * lexical.get(row, 0.0) + weights["dense"] * cosine,
        )
        for row, cosine in dense.items()
    ]
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.row))


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return the runs of three stems of a text: what copies share and reports do not."""
    stems = arabic.stems(text)
    runs = range(max(1, len(stems) - _SHINGLE + 1))
    return frozenset(tuple(stems[i : i + _SHINGLE]) for i in runs)


def groups(texts: Sequence[str]) -> list[list[int]]:
    """Group texts that say the same in nearly the same words.

    Args:
        texts: Best first.

    Returns:
        Indices, a list a group, each group led by its best text, in the order of the leaders. Two
        texts are the same when half of the shorter one's shingles are in the other
        (containment: Broder, "On the resemblance and containment of documents", 1997).
    """
    leaders: list[frozenset[tuple[str, ...]]] = []
    grouped: list[list[int]] = []
    for index, text in enumerate(texts):
        own = shingles(text)
        for leader, group in zip(leaders, grouped, strict=True):
            if len(own & leader) >= _SAME * min(len(own), len(leader)):
                group.append(index)
                break
        else:
            leaders.append(own)
            grouped.append([index])
    return grouped
