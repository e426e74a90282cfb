"""What is written after /search: words, phrases in quotation marks, source: and date:."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from retrieval.arabic import fold
from retrieval.documents import Restriction

_PART = re.compile(r'(source|date):("[^"]*"|“[^”]*”|«[^»]*»|\S+)|"([^"]*)"|“([^”]*)”|«([^»]*)»')
_MARKS = '"“”«»'
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_RANGE = ".."


class SearchError(Exception):
    """A part of a search that is not understood; the message is that part."""


@dataclass(frozen=True, slots=True)
class Search:
    """What to search for: words, phrases to the letter, and where."""

    words: str
    phrases: tuple[str, ...]
    restriction: Restriction


def parsed(text: str, sources: Sequence[str]) -> Search:
    """Read a search.

    Args:
        text: What was written.
        sources: The names of the archive's sources.

    Raises:
        SearchError: If a source is not the archive's, or a date is none.
    """
    phrases: list[str] = []
    named: list[str] = []
    since = until = None
    for match in _PART.finditer(text):
        filter_, value, *quoted = match.groups()
        if filter_ == "source":
            named += _sources(value.strip(_MARKS), sources)
        elif filter_ == "date":
            since, until = _days(fold(value.strip(_MARKS)))
        else:
            phrases += [phrase for phrase in quoted if phrase and phrase.strip()]
    words = _PART.sub(" ", text).strip()
    return Search(words, tuple(phrases), Restriction(since, until, tuple(dict.fromkeys(named))))


def _sources(wanted: str, sources: Sequence[str]) -> list[str]:
    """Return the sources whose name has what is wanted in it."""
    key = fold(wanted).casefold()
    found = [name for name in sources if name and key in fold(name).casefold()]
    if not key or not found:
        raise SearchError(wanted)
    return found


def _days(text: str) -> tuple[date | None, date | None]:
    """Return the first and the last day of YYYY[-MM[-DD]], or of two with two dots between."""
    first, dots, last = text.partition(_RANGE)
    if not dots:
        return _span(first, text)
    if not first and not last:
        raise SearchError(text)
    return (
        _span(first, text)[0] if first else None,
        _span(last, text)[1] if last else None,
    )


def _span(text: str, whole: str) -> tuple[date, date]:
    match = _DATE.fullmatch(text)
    if match is None:
        raise SearchError(whole)
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day is None:
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except ValueError as error:
        raise SearchError(whole) from error
