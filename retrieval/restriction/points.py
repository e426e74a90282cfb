"""Reads points in time: a year, a month or a day, as far as it is named."""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date

from retrieval.restriction import time_words as words
from retrieval.restriction.days import MONTHS_OF_YEAR, Days
from retrieval.restriction.tables import Read, Texts

_FIRST_YEAR = 1900
_DAYS_OF_MONTH = 31
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})[/.\-](?P<month>\d{1,2})[/.\-](?P<year>\d{4})")
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[/.\-](?P<month>\d{1,2})[/.\-](?P<day>\d{1,2})")
_MONTH_AND_YEAR = re.compile(r"(?P<month>\d{1,2})/(?P<year>\d{4})")
_TOKENS_OF_A_DATE = (1, 3, 5)  # 15/3/2021, 3 / 2021, 15 / 3 / 2021


@dataclass(frozen=True, slots=True)
class Point:
    """A year, a month or a day as far as it is named; `bare` is a year without a word for it."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    bare: bool = False

    def days(self) -> Days | None:
        """Return the days of it, None where it names none (the 31st of June, a month alone)."""
        if self.year is None or (self.day is not None and self.month is None):
            return None
        if self.month is None:
            return Days(date(self.year, 1, 1), date(self.year, MONTHS_OF_YEAR, _DAYS_OF_MONTH))
        length = monthrange(self.year, self.month)[1]
        if self.day is not None and self.day > length:
            return None
        first, last = (1, length) if self.day is None else (self.day, self.day)
        return Days(date(self.year, self.month, first), date(self.year, self.month, last))


def is_number(text: str, most_digits: int) -> bool:
    """Whether a token is a number of no more digits than that."""
    return text.isdecimal() and len(text) <= most_digits


def is_followed(texts: Texts, index: int) -> bool:
    """Whether a bare year may end before the token at `index`: it counts nothing there."""
    text = texts[index]
    if not text or text in words.FOLLOWERS or (text[0] == "و" and text[1:] in words.FOLLOWERS):
        return True
    if text[0].isalnum():
        return text.startswith(words.DEFINITE) and text not in words.COUNTED
    return text not in words.UNITS_OF_MEASURE


class Points:
    """Reads points in time."""

    def __init__(self, texts: Texts, today: date) -> None:
        self._texts = texts
        self._today = today

    def days(self, index: int) -> Read[Days]:
        """Read a point that is complete, and is followed as a date may be."""
        read = self.point(index)
        if not read:
            return None
        point, end = read
        days = None if point.bare and not is_followed(self._texts, end) else point.days()
        return (days, end) if days else None

    def point(self, index: int) -> Read[Point]:
        """Read 2018, مارس, 15 مارس 2021, 15/3/2021."""
        return (
            self._numeric(index)
            or self._day_of_month(index)
            or self._month_before_day(index)
            or self._month(index)
            or self._year_alone(index)
        )

    def day(self, index: int) -> Read[Point]:
        """Read the day of a month that is named later or not at all: 15, الخامس عشر, 15th."""
        if ordinal := words.ORDINALS.at(self._texts, index):
            return Point(day=ordinal[0]), ordinal[1]
        text = self._texts[index]
        if not is_number(text, 2) or not 1 <= int(text) <= _DAYS_OF_MONTH:
            return None
        suffix = self._texts[index + 1] in words.ORDINAL_SUFFIXES
        return Point(day=int(text)), index + 1 + suffix

    def is_year(self, text: str) -> bool:
        """Whether a number may be the year of an article."""
        return is_number(text, len("2018")) and _FIRST_YEAR <= int(text) <= self._today.year + 1

    def is_hijri(self, index: int) -> bool:
        """Whether the year before `index` is said to be one of the Hijri calendar."""
        return words.HIJRI.at(self._texts, index) is not None

    def _numeric(self, index: int) -> Read[Point]:
        """Read 15/3/2021, 2021-03-15, 3/2021, with or without spaces; the day comes first."""
        index = self._after_weekday(index)
        for length in _TOKENS_OF_A_DATE:
            parts = self._texts.several(index, length)
            if len(parts) < length or not all(parts):
                return None
            for form in (_DAY_FIRST, _YEAR_FIRST, _MONTH_AND_YEAR):
                match = form.fullmatch("".join(parts))
                if match and (point := self._numbered(match)):
                    return point, words.GREGORIAN.after(self._texts, index + length)
        return None

    def _numbered(self, match: re.Match[str]) -> Point | None:
        numbers = {name: int(value) for name, value in match.groupdict().items()}
        if not self.is_year(match["year"]) or not 1 <= numbers["month"] <= MONTHS_OF_YEAR:
            return None
        return Point(numbers["year"], numbers["month"], numbers.get("day"))

    def _day_of_month(self, index: int) -> Read[Point]:
        """Read 15 مارس 2021, الثلاثاء 30 من شهر مارس, الأول من يناير."""
        day = self.day(self._after_weekday(index))
        month = self._month(words.OF_MONTH.after(self._texts, day[1])) if day else None
        return (replace(month[0], day=day[0].day), month[1]) if day and month else None

    def _after_weekday(self, index: int) -> int:
        end = words.WEEKDAYS.after(self._texts, index)
        if end == index:
            return index
        end = words.COMMAS.after(self._texts, end)
        return words.CORRESPONDING.after(self._texts, end)

    def _month_before_day(self, index: int) -> Read[Point]:
        """Read March 15, 2021."""
        month = words.MONTHS.at(self._texts, index)
        day = self.day(month[1]) if month else None
        year = self._year(words.COMMAS.after(self._texts, day[1])) if day else None
        if not month or not day or not year:
            return None
        return Point(year[0], month[0], day[0].day), year[1]

    def _month(self, index: int) -> Read[Point]:
        """Read شهر مارس, كانون الثاني/يناير 2021, حزيران (يونيو) من عام 2020."""
        month = words.MONTHS.at(self._texts, words.MONTH_HEAD.after(self._texts, index))
        if not month:
            return None
        number, end = month
        end = self._after_other_name(number, end)
        year = self._year_of_month(end)
        return (Point(year[0], number), year[1]) if year else (Point(month=number), end)

    def _after_other_name(self, number: int, index: int) -> int:
        """Return the index after the same month by another name: /يناير or (يناير)."""
        mark = self._texts[index]
        other = words.MONTHS.at(self._texts, index + 1)
        if mark not in ("/", "(", "-") or not other or other[0] != number:
            return index
        if mark != "(":
            return other[1]
        return other[1] + 1 if self._texts[other[1]] == ")" else index

    def _year_of_month(self, index: int) -> Read[int]:
        start = words.OF_YEAR.after(self._texts, words.COMMAS.after(self._texts, index))
        if year := self._year(words.YEAR_HEAD.after(self._texts, start)):
            return year
        relative = words.RELATIVE.at(self._texts, index + (self._texts[index] == "من"))
        if not relative or relative[0].unit is not words.Unit.YEAR:
            return None
        return self._today.year + relative[0].offset, relative[1]

    def _year_alone(self, index: int) -> Read[Point]:
        start = words.YEAR_HEAD.after(self._texts, index)
        year = self._year(start)
        if not year:
            return None
        marked = year[1] > start + 1  # 2018م
        return Point(year[0], bare=start == index and not marked), year[1]

    def _year(self, index: int) -> Read[int]:
        text = self._texts[index]
        if not self.is_year(text) or self.is_hijri(index + 1):
            return None
        return int(text), words.GREGORIAN.after(self._texts, index + 1)
