"""How much a stem or a concept tells, by how rare it is in the archive and in Arabic news at large.

In an archive of five articles on one subject that subject is in every passage, and any other word
is rare: its own counts say nothing of a question. Counts of a large news collection, shipped as
data, stand beside them; the larger the archive, the more its own counts weigh.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Self

from retrieval import arabic
from retrieval.analysis import analysed
from retrieval.errors import EncoderError

FILE = Path(__file__).parent / "models" / "stems.txt"
_RARE = 10  # what is in fewer passages is not worth a line


class Rarity:
    """Passage counts of stems and concepts in a background collection."""

    def __init__(self, passages: int, counts: dict[str, int]) -> None:
        """Args: how many passages there are, and in how many of them each is."""
        self._passages = passages
        self._counts = counts

    @classmethod
    @cache  # else a bot reads it again for every generation it opens
    def load(cls, path: Path = FILE) -> Self:
        """Read what `save` wrote.

        Raises:
            EncoderError: If the file is missing or damaged.
        """
        try:
            first, *lines = path.read_text(encoding="utf-8").splitlines()
            pairs = (line.split("\t") for line in lines)
            return cls(int(first), {stem: int(count) for stem, count in pairs})
        except (OSError, ValueError) as error:
            raise EncoderError(f"{path}: not readable as counts of stems ({error})") from error

    @classmethod
    def counted(cls, texts: Iterable[str]) -> Self:
        """Count the stems and the concepts of passages."""
        counts: Counter[str] = Counter()
        passages = 0
        for text in texts:
            words, concepts = analysed(text)
            counts.update({*map(arabic.stem, words), *concepts})
            passages += 1
        return cls(passages, {s: count for s, count in counts.items() if count >= _RARE})

    def save(self, path: Path) -> None:
        """Write as text: the number of passages, then a line a stem or concept with its count."""
        ordered = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        lines = [str(self._passages), *(f"{stem}\t{count}" for stem, count in ordered)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def within(self, passages: int, count: Callable[[str], int]) -> Callable[[str], float]:
        """Return the idf of a stem or concept, given the size of an archive and its own counts.

        The idf is BM25's, ln(1 + (n - f + 0.5) / (f + 0.5)), over both collections together.
        """
        total = self._passages + passages

        def idf(stem: str) -> float:
            frequency = self._counts.get(stem, 0) + count(stem)
            return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))

        return idf
