"""Reads times that are counted from today: أمس, الأسبوع الماضي, آخر 3 أيام."""

from collections.abc import Sequence
from datetime import date, timedelta

from retrieval.restriction import time_words as words
from retrieval.restriction.days import Days, beginning, moved
from retrieval.restriction.outlets import listed
from retrieval.restriction.points import is_followed, is_number
from retrieval.restriction.tables import Read, Texts

_MOST_YEARS = 20  # آخر 100 عام tells of history, not of when articles were published

_Units = tuple[int, words.Unit]


class Relative:
    """Reads times that are counted from today.

    `dated` says, for every token, that what stands there without a preposition may date a part of
    the story.
    """

    def __init__(self, texts: Texts, today: date, dated: Sequence[bool]) -> None:
        self._texts = texts
        self._today = today
        self._dated = dated

    def stretch(self, index: int) -> Read[Days]:
        """Read أمس, خلال الأسبوع الماضي, هذا العام."""
        start = words.IN.after(self._texts, index)
        return self.calendar(start) if start > index or self._may_be_alone(index) else None

    def calendar(self, index: int) -> Read[Days]:
        """Read what `stretch` reads, wherever it stands."""
        relative = words.RELATIVE.at(self._texts, index)
        if not relative or self._texts[relative[1]] in words.NOT_BEFORE:
            return None
        calendar, end = relative
        days = self._days_of(calendar)
        weekday = words.WEEKDAYS.at(self._texts, end) if calendar.unit is words.Unit.DAY else None
        if not weekday:
            return days, end
        # أمس الاثنين on another day than a Tuesday is quoted from an article of its time.
        return (days, weekday[1]) if days.first.weekday() == weekday[0] else None

    def begun(self, index: int) -> Read[Days]:
        """Read العام, after منذ بداية."""
        begun = words.BEGUN.at(self._texts, index)
        return (self._days_of(begun[0]), begun[1]) if begun else None

    def last_units(self, index: int) -> Read[Days]:
        """Read آخر 3 أيام, خلال الأشهر الستة الماضية."""
        start = words.IN_DETERMINED.after(self._texts, index)
        alone = start == index
        if alone and not self._may_be_alone(index):
            return None
        read = (
            self._last_of(start, alone=alone)
            or self._the_past(start)
            or self._counted_past(start, alone=alone)
        )
        if not read or self._texts[read[1]] in words.OF_THAT:
            return None
        (count, unit), end = read
        first = moved(self._today, -count, unit)
        recent = count > 0 and self._today.year - first.year <= _MOST_YEARS
        return (Days(first, self._today), end) if recent else None

    def today(self, index: int) -> Read[Days]:
        """Read اليوم where it is the day of the news: أخبار اليوم, ماذا حدث اليوم."""
        today = words.TODAY.at(self._texts, index)
        if not today or not is_followed(self._texts, today[1]):
            return None
        if self._texts[today[1]].startswith(words.DEFINITE):
            return None  # اليوم السابع
        happening = self._texts[index - 1] in words.HAPPENING and not today[0]
        if not happening and not self._is_news(index - 1):
            return None
        return Days(self._today, self._today), today[1]

    def _may_be_alone(self, index: int) -> bool:
        """Whether a time without a preposition may stand here by itself."""
        return not (self._dated[index] or self._texts[index - 1] in words.NOT_ALONE_AFTER)

    def _is_news(self, index: int) -> bool:
        of_outlet = self._texts[index - 1] in listed().kinds.words | words.PRESS
        return self._texts[index] in words.NEWS and not of_outlet

    def _days_of(self, calendar: words.Calendar) -> Days:
        first = moved(beginning(self._today, calendar.unit), calendar.offset, calendar.unit)
        return Days(first, moved(first, 1, calendar.unit) - timedelta(days=1))

    def _last_of(self, index: int, *, alone: bool) -> Read[_Units]:
        """Read آخر 3 أيام, آخر أسبوعين; آخر شهر only after a preposition."""
        start = words.LAST.after(self._texts, index)
        if start == index:
            return None
        one = None if alone else words.ONE.at(self._texts, start)
        return words.TWO.at(self._texts, start) or self._counted(start) or one

    def _the_past(self, index: int) -> Read[_Units]:
        """Read الأيام السبعة الماضية, الشهرين الماضيين."""
        if two := words.THE_TWO.at(self._texts, index):
            return self._if_past(two)
        unit = words.THE_MANY.at(self._texts, index)
        if not unit:
            return None
        count = self._count(unit[1]) or words.THE_COUNTS.at(self._texts, unit[1])
        return self._if_past(((count[0], unit[0]), count[1])) if count else None

    def _counted_past(self, index: int, *, alone: bool) -> Read[_Units]:
        """Read الـ24 ساعة الماضية, les 3 derniers mois; without ال after a preposition only."""
        start = index + (self._texts[index] == "ال")
        if count := self._count(start):
            middle = words.DERNIERS.after(self._texts, count[1])
            unit = words.COUNTED_UNITS.at(self._texts, middle)
            if unit and middle > count[1]:
                return (count[0], unit[0]), unit[1]
        counted = self._counted(start) if start > index or not alone else None
        return self._if_past(counted) if counted else None

    def _if_past(self, read: tuple[_Units, int]) -> Read[_Units]:
        units, index = read
        end = words.PAST.after(self._texts, index)
        return (units, end) if end > index else None

    def _counted(self, index: int) -> Read[_Units]:
        count = self._count(index)
        unit = words.COUNTED_UNITS.at(self._texts, count[1]) if count else None
        return ((count[0], unit[0]), unit[1]) if count and unit else None

    def _count(self, index: int) -> Read[int]:
        text = self._texts[index]
        return (int(text), index + 1) if is_number(text, 3) else words.COUNTS.at(self._texts, index)
