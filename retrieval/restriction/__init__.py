"""Understands when a question restricts itself to a time, to a source, or to both.

A question is read as a row of folded tokens, each of which knows its characters of the question.
At every token a few short phrases are tried, each a bounded number of tokens long, so the work
grows with the length of the question and no faster.

What looks like a restriction but may be part of the story is left alone: a year without a
preposition (سنة 2019), the year of an event (كأس العالم 2018), what comes after بعد or قبل, a time
before the archive begins, a name of an outlet that the question is about. Asking without a
restriction finds too much at worst.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from retrieval.documents import Restriction
from retrieval.restriction.days import Days
from retrieval.restriction.outlets import archive_of
from retrieval.restriction.sources import Sources
from retrieval.restriction.tables import T
from retrieval.restriction.times import Times
from retrieval.restriction.tokens import Found, Token, tokens_of

__all__ = ["Understood", "understand"]

_OPENERS = "([{"
_CLOSERS = ")]}"
_STOPS = "؟?!.،,؛;:…"
_SEPARATORS = "،,؛;:-–—|"


@dataclass(frozen=True, slots=True)
class Understood:
    """A question taken apart: what is asked (`text`), and what it restricts itself to.

    `text` is the question without the restricting phrases; it is empty where nothing else is
    asked. `restriction` is falsy when there is none. `phrases` are the phrases taken out, as
    written and in order.
    """

    text: str
    restriction: Restriction
    phrases: tuple[str, ...]


def understand(
    question: str, sources: Collection[str], today: date, earliest: date | None
) -> Understood:
    """Take the restricting phrases out of a question.

    Args:
        question: The question as it was asked.
        sources: The names of sources as the archive has them. A question is restricted to these
            only: a source that the archive does not have restricts nothing.
        today: The day that "yesterday" and "last year" are counted from.
        earliest: The first day that an article of the archive is known to be from. A time that
            ends before it is the story's and restricts nothing; nor does any time where None has
            a known date.
    """
    tokens = tokens_of(question)
    times, of_the_story = Times(tokens, today).found()
    archive = archive_of(frozenset(sources))
    origins = Sources(tokens, archive, [*times, *of_the_story]).found()
    # Beside a source a time is one of articles, whatever the clause before them tells.
    firsts, ends = {origin.first for origin in origins}, {origin.end for origin in origins}
    times += [time for time in of_the_story if time.end in firsts or time.first in ends]
    times.sort(key=lambda time: time.first)
    named = {index for found in origins for index in range(found.first, found.end)}
    times, days = _agreeing(
        [
            found
            for found in times
            if earliest
            and found.what.last >= earliest
            and named.isdisjoint(range(found.first, found.end))
        ]
    )
    restriction = Restriction(
        since=days.first if days else None,
        until=days.last if days and days.last < date.max else None,
        sources=tuple(dict.fromkeys(name for found in origins for name in found.what)),
    )
    spans = sorted(_characters(tokens, times) + _characters(tokens, origins))
    phrases = tuple(question[start:end] for start, end in spans)
    return Understood(_without(question, spans), restriction, phrases)


def _agreeing(times: Sequence[Found[Days]]) -> tuple[list[Found[Days]], Days | None]:
    """Return the first of several times and those that agree with all before; and their days."""
    kept: list[Found[Days]] = []
    common: Days | None = None
    for time in times:
        both = common.both(time.what) if common else time.what
        if both:
            kept.append(time)
            common = both
    return kept, common


def _characters(tokens: Sequence[Token], found: Sequence[Found[T]]) -> list[tuple[int, int]]:
    return [(tokens[one.first].start, tokens[one.end - 1].end) for one in found]


def _without(question: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return a question without some spans of it, and without what is left dangling there."""
    starts = [0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), len(question)]
    pieces = (question[start:end] for start, end in zip(starts, ends, strict=True))
    text = " ".join(reduce(_join, pieces).split())
    return text if any(character.isalnum() for character in text) else ""


def _join(left: str, right: str) -> str:
    """Return two pieces of a question as one, as if nothing had stood between them."""
    left, right = left.rstrip(), right.lstrip()
    if left and right and (left[-1] + right[0]) in ("()", "[]", "{}"):
        left, right = left[:-1].rstrip(), right[1:].lstrip()
    if not left:
        return right.lstrip(_SEPARATORS + " .")
    if not right:
        return left
    if right[0] in _STOPS:
        return left.rstrip(_SEPARATORS + " ") + right
    glued = left[-1] in _OPENERS or right[0] in _CLOSERS
    return left + right if glued else f"{left} {right}"
