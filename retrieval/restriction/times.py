"""Reads the times that a question restricts itself to."""

from collections.abc import Callable, Sequence
from datetime import date

from retrieval.arabic import fold
from retrieval.restriction import time_words as words
from retrieval.restriction.days import Days
from retrieval.restriction.points import Points
from retrieval.restriction.ranges import Ranges
from retrieval.restriction.relative import Relative
from retrieval.restriction.tables import Read, Texts
from retrieval.restriction.tokens import Found, Token, earlier


class Times:
    """Reads the times that a question restricts itself to; what is in quotation marks is none."""

    def __init__(self, tokens: Sequence[Token], today: date) -> None:
        self._tokens = tokens
        self._texts = Texts("" if token.quoted else token.text for token in tokens)
        self._dated = earlier(self._texts, self._is_after_or_before)
        self._superlative = earlier(
            self._texts, lambda index: self._texts[index] in words.SUPERLATIVES
        )
        dated_sentence = earlier(self._texts, self._is_after_or_before, words.SENTENCE_MARKS)
        self._points = Points(self._texts, today)
        self._ranges = Ranges(self._texts, self._points)
        self._relative = Relative(self._texts, today, dated_sentence)
        self._forms: tuple[Callable[[int], Read[Days]], ...] = (
            self._ranges.between,
            self._since,
            self._relative.last_units,
            self._within,
            self._on_day,
            self._relative.stretch,
            self._relative.today,
        )

    def found(self) -> tuple[list[Found[Days]], list[Found[Days]]]:
        """Return every time, in order, and those that a word like "after" makes the story's.

        No two share a token.
        """
        found: list[Found[Days]] = []
        of_the_story: list[Found[Days]] = []
        index = last = 0
        while index < len(self._texts):
            read = self._time(index)
            if read is None:
                index += 1
                continue
            days, end = read
            joined = index > last and self._is_joined_and(index - 1)
            kept = of_the_story if self._dated[index] else found
            kept.append(Found(index - joined, end, days))
            index = last = end
        return found, of_the_story

    def _is_after_or_before(self, index: int) -> bool:
        text = self._texts[index]
        by = text == "قبل" and self._texts[index - 1] == "من"  # من قبل الوزارة
        before_yesterday = text == "قبل" and self._texts[index + 1] == fold("أمس")
        return text in words.AFTER_AND_BEFORE and not by and not before_yesterday

    def _is_joined_and(self, index: int) -> bool:
        joined = self._tokens[index].end == self._tokens[index + 1].start
        return joined and self._texts[index] == "و"

    def _time(self, index: int) -> Read[Days]:
        for form in self._forms:
            try:
                if read := form(index):
                    return read
            except (ValueError, OverflowError):  # a day that no calendar has
                continue
        return None

    def _since(self, index: int) -> Read[Days]:
        """Read منذ 2020, منذ بداية العام."""
        start = words.SINCE.after(self._texts, index)
        if start == index or self._superlative[index]:
            return None
        after = words.BEGINNING.after(self._texts, start)
        read = self._points.days(after) or self._relative.calendar(after)
        if not read and after > start:
            read = self._relative.begun(after)
        return (Days(read[0].first), words.UNTIL_NOW.after(self._texts, read[1])) if read else None

    def _within(self, index: int) -> Read[Days]:
        """Read في مارس 2021, خلال عامي 2016 و2017."""
        start = words.IN.after(self._texts, index)
        return self._ranges.row(words.DAY_HEAD.after(self._texts, start)) if start > index else None

    def _on_day(self, index: int) -> Read[Days]:
        """Read يوم 15/3/2021, بتاريخ 2021-03-15."""
        start = words.ON.after(self._texts, index)
        read = self._points.point(start) if start > index else None
        days = read[0].days() if read and read[0].day is not None else None
        return (days, read[1]) if read and days else None
