"""What indexes and questions are made of: folded words, and the concepts they name."""

from functools import lru_cache
from typing import NamedTuple

from retrieval import arabic
from retrieval.concepts import fingerprint, thesaurus


class Analysed(NamedTuple):
    """The folded words of a text, in order, and the terms of the concepts among them."""

    words: tuple[str, ...]
    concepts: tuple[str, ...]

    @property
    def units(self) -> tuple[str, ...]:
        """The words, then the concepts: what has a vector of its own."""
        return self.words + self.concepts


@lru_cache(maxsize=1 << 8)  # a question is looked for in several indexes
def analysed(text: str) -> Analysed:
    """Analyse a text."""
    return of_words(arabic.words(text))


def of_words(words: list[str]) -> Analysed:
    """Find the concepts of a text's folded words."""
    return Analysed(tuple(words), tuple(thesaurus().terms(words)))


def version() -> str:
    """Return what changes whenever the analysis of a text may; indexes record it."""
    return f"{arabic.VERSION}-{fingerprint()}"
