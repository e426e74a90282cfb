"""The head of a page, down to the first line of prose: masthead, title, dateline, source."""

import re
from collections.abc import Sequence

from retrieval.articles.interior import interior
from retrieval.articles.lines import (
    LONG_TITLE,
    OF_THE_PAGE,
    ORNAMENT,
    TITLE_WORDS,
    Line,
)
from retrieval.documents import Basis, Published, Source

_SHORT_TITLE_WORDS = 2  # where nothing longer offers itself
_NAME_WORDS = 4  # a line with the name of an editor has no more
_HEAD_LINES = 12  # lines of text among which a title is printed twice
_SOURCE_NAME = re.compile(r"[^:/–-]*?(?:[:/–-]|\sعن\s)\s*(.+)", re.DOTALL)


def source_name(lines: Sequence[Line], number: int) -> str:
    """Return the name that a line alone gives as the article's source; empty if it gives none."""
    line = lines[number]
    if "source" not in line.kinds or line.kinds & OF_THE_PAGE:
        return ""
    match = _SOURCE_NAME.fullmatch(line.text.strip().strip(ORNAMENT))
    return match[1].strip(ORNAMENT + "\"“”'") if match else ""


class Head:
    """The lines before the first prose: which are title, dateline, source, article, page."""

    def __init__(self, lines: Sequence[Line], end: int) -> None:
        self._lines = lines
        self._numbers = [number for number in range(end) if not lines[number].blank]
        self._holders = self._find_holders()
        masthead = self._find_masthead()
        self.title = self._find_title(masthead)
        self.published = Published()
        self.source = Source()
        self.dropped: set[int] = set()
        self._metadata = True  # nothing of the article has come yet
        for number in self._numbers:
            if number in masthead and number != self.title:
                self._drop(number)
                self._take_date(number, Basis.PAGE)
            elif number != self.title:
                self._take(number)
        self.dropped |= interior(lines, range(end)) - {self.title}

    def _find_holders(self) -> set[int]:
        """Return the lines that name who holds the office on the line before."""
        followed = zip(self._numbers, self._numbers[1:], strict=False)
        return {
            below
            for number, below in followed
            if "office" in self._lines[number].kinds
            and self._lines[below].told
            and self._lines[below].words <= _NAME_WORDS
            and self._lines[below].linklike
        }

    def _find_masthead(self) -> set[int]:
        """Return the lines of mastheads: of each block down to the last line that says so."""
        masthead: set[int] = set()
        for block in self._blocks():
            end = 0
            for place, number in enumerate(block, start=1):
                line = self._lines[number]
                mark = not line.kinds.isdisjoint({"masthead", "office"})
                more = end == place - 1 > 0 and (not line.told or line.date)
                if mark or more or number in self._holders:
                    end = place
            masthead.update(block[:end])
        return masthead

    def _blocks(self) -> list[list[int]]:
        blocks: list[list[int]] = []
        for number in self._numbers:
            if not blocks or number - 1 not in blocks[-1][-1:]:
                blocks.append([])
            blocks[-1].append(number)
        return blocks

    def _find_title(self, masthead: set[int]) -> int | None:
        lines = self._lines
        candidates = [number for number in self._numbers if self._is_titular(number)]
        outside = [number for number in candidates if number not in masthead]
        if (twice := self._printed_twice(outside[:_HEAD_LINES])) is not None:
            return twice
        long = [number for number in outside if lines[number].words >= TITLE_WORDS]
        plain = (number for number in long if _is_plain(lines[number]))
        inside = (number for number in candidates if lines[number].words >= TITLE_WORDS)
        # Lists of what is read most print titles over and over, on the page of that title too.
        listed = (
            number
            for number in reversed(self._numbers)
            if lines[number].repeated
            and lines[number].kinds.isdisjoint(OF_THE_PAGE)
            and not lines[number].prose
            and lines[number].words > TITLE_WORDS
        )
        short = (number for number in outside if lines[number].words >= _SHORT_TITLE_WORDS)
        groups = (plain, short, long, inside, listed)
        return next((number for group in groups for number in group), None)

    def _printed_twice(self, numbers: Sequence[int]) -> int | None:
        """Return the first of two prints of a line; a short one counts where nothing is between."""
        seen: dict[str, int] = {}
        for place, number in enumerate(numbers):
            line = self._lines[number]
            below = place > 0 and self._lines[numbers[place - 1]].key == line.key
            if line.key in seen and (below or line.words >= TITLE_WORDS):
                return seen[line.key]
            seen.setdefault(line.key, number)
        return None

    def _is_titular(self, number: int) -> bool:
        line = self._lines[number]
        return (
            line.told
            and line.date is None
            and number not in self._holders
            and line.kinds.isdisjoint({"byline", "source"})
        )

    def _take(self, number: int) -> None:
        """Decide on a line that is neither the title nor in a masthead."""
        line = self._lines[number]
        before = self.title is not None and number < self.title
        if self._is_page(number, before=before):
            self._drop(number)
        elif name := source_name(self._lines, number):
            self._drop(number)
            self.source = Source(name, Basis.STATED)
        elif line.date and (self._metadata or self.published.basis is not Basis.STATED):
            self._drop(number)
            after = self.title is not None and not before
            self._take_date(number, Basis.STATED if after else Basis.PAGE)
        elif self.title is not None and not before and line.key == self._lines[self.title].key:
            self._drop(number)
        elif not before:
            self._metadata = self._metadata and self.title is None

    def _is_page(self, number: int, *, before: bool) -> bool:
        line = self._lines[number]
        if line.kinds & (OF_THE_PAGE - {"section"}) or line.repeated or number in self._holders:
            return True
        if "section" in line.kinds:
            return before or self._metadata
        # What stands above a title is not the article yet, but for sentences and who wrote it.
        known = line.date or line.kinds & {"byline", "source"}
        return before and not known and _is_plain(line)

    def _drop(self, number: int) -> None:
        self.dropped.add(number)

    def _take_date(self, number: int, basis: Basis) -> None:
        date = self._lines[number].date
        stated = self.published.basis is Basis.STATED
        unknown = self.published.basis is Basis.UNKNOWN
        if date and (unknown or (basis is Basis.STATED and not stated)):
            self.published = Published(date.value, date.precision, basis)


def _is_plain(line: Line) -> bool:
    """Whether it has the length and the end of a title."""
    return line.linklike and len(line.key) < LONG_TITLE
