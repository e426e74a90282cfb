"""Tables of phrases, looked up in a row of folded words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from retrieval.arabic import fold

T = TypeVar("T")

Read = tuple[T, int] | None
"""What was read, and the index of the token after it; None where nothing was."""

_ARABIC_LETTER = "\u0600-\u06ff"
TOKEN = re.compile(
    rf"\d+(?:[./:,\-]\d+)*|(?:(?=[{_ARABIC_LETTER}])[^\W\d_])+"
    rf"|(?:(?![{_ARABIC_LETTER}])[^\W\d_])+|\S"
)
"""A number with what joins it to others (15/3/2021, 98.18), a word of one script, or a mark."""

_SAME_MARK = str.maketrans("’‐–−", "'---")


def plain(text: str) -> str:
    """Return the fold of a text, with one apostrophe for all and one hyphen for all."""
    return fold(text).translate(_SAME_MARK)


class Texts:
    """The folded texts of a row of tokens; before the first and after the last they are empty."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = tuple(texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __getitem__(self, index: int) -> str:
        return self._texts[index] if 0 <= index < len(self._texts) else ""

    def several(self, index: int, count: int) -> tuple[str, ...]:
        """Return `count` texts from `index` on, fewer where the row ends."""
        return self._texts[index : index + count]


class Table(Generic[T]):
    """Phrases of one or more words, and what each stands for; | separates those of one value."""

    def __init__(self, entries: Mapping[str, T]) -> None:
        self._values = {
            tuple(TOKEN.findall(plain(phrase))): value
            for phrases, value in entries.items()
            for phrase in phrases.split("|")
        }
        lengths: dict[str, int] = {}
        for phrase in self._values:
            lengths[phrase[0]] = max(lengths.get(phrase[0], 0), len(phrase))
        self._lengths = lengths  # by the first word, of the longest phrase

    @property
    def words(self) -> frozenset[str]:
        """Every word of every phrase."""
        return frozenset(word for phrase in self._values for word in phrase)

    def at(self, texts: Texts, index: int) -> Read[T]:
        """Read the longest phrase that begins at `index`."""
        for length in range(self._lengths.get(texts[index], 0), 0, -1):
            phrase = texts.several(index, length)
            if phrase in self._values:
                return self._values[phrase], index + len(phrase)
        return None

    def after(self, texts: Texts, index: int) -> int:
        """Return the index after the phrase at `index`, or `index` where there is none."""
        read = self.at(texts, index)
        return read[1] if read else index


def phrase_table(phrases: str) -> Table[None]:
    """Return a table of phrases that need no value; | separates them."""
    return Table({phrases: None})


def word_set(words: str) -> frozenset[str]:
    """Return some words, folded; | separates them."""
    return frozenset(plain(words).split("|"))
