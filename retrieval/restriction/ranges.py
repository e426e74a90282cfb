"""Reads several points in time, which restrict to the days from the first to the last."""

import re
from collections.abc import Sequence
from dataclasses import replace

from retrieval.restriction import time_words as words
from retrieval.restriction.days import Days
from retrieval.restriction.points import Point, Points, is_followed
from retrieval.restriction.tables import Read, Table, Texts

_TWO_YEARS = re.compile(r"(\d{4})[/\-](\d{4})")


class Ranges:
    """Reads ranges of days."""

    def __init__(self, texts: Texts, points: Points) -> None:
        self._texts = texts
        self._points = points

    def between(self, index: int) -> Read[Days]:
        """Read بين 2016 و2018, من مارس إلى يونيو 2021."""
        opened = words.RANGES.at(self._texts, words.PERIOD.after(self._texts, index))
        if not opened or self._texts[index - 1] in words.COMPARED:
            return None
        connectors, index = opened
        return self._two_points(index, connectors) or self._two_years(index)

    def row(self, index: int) -> Read[Days]:
        """Read مارس وأبريل 2021, عامي 2016 و2017, 2016-2018."""
        points: list[Point] = []
        end = index
        read = self._points.point(index) or self._points.day(index)
        while read:
            points.append(read[0])
            end = read[1]
            middle = words.AND_OR_UP_TO.after(self._texts, end)
            read = None
            if middle > end:
                read = self._points.point(middle) or self._day_before_another(middle)
        return self._around_all(points, end) or self._two_years(index)

    def _day_before_another(self, index: int) -> Read[Point]:
        day = self._points.day(index)
        return day if day and words.AND_OR_UP_TO.at(self._texts, day[1]) else None

    def _two_points(self, index: int, connectors: Table[None]) -> Read[Days]:
        index = words.DAY_HEAD.after(self._texts, index)
        first = self._points.point(index) or self._points.day(index)
        middle = connectors.after(self._texts, first[1]) if first else index
        if not first or middle == first[1]:
            return None
        last = self._points.point(words.DAY_HEAD.after(self._texts, middle))
        return self._around_all([first[0], last[0]], last[1]) if last else None

    def _around_all(self, points: Sequence[Point], end: int) -> Read[Days]:
        """Return the days from the earliest of points to the latest; the last completes them."""
        bare = all(point.bare for point in points)
        if not points or (bare and not is_followed(self._texts, end)):
            return None
        days = points[0].days() if len(points) == 1 else _between(points[0], points[-1])
        for point in points[1:-1]:
            other = _between(point, points[-1])
            days = days.around(other) if days and other else None
        return (days, end) if days else None

    def _two_years(self, index: int) -> Read[Days]:
        """Read عامي 2016-2018."""
        start = words.YEAR_HEAD.after(self._texts, index)
        match = _TWO_YEARS.fullmatch(self._texts[start])
        if not match or not all(map(self._points.is_year, match.groups())):
            return None
        counts = start == index and not is_followed(self._texts, start + 1)
        if counts or self._points.is_hijri(start + 1):
            return None
        first, last = (Point(int(year)) for year in match.groups())
        days = _between(first, last)
        return (days, start + 1) if days else None


def _between(first: Point, last: Point) -> Days | None:
    """Return the days from one point to another, each completed by the other."""
    if first.month is None and first.day is None and last.year is None:
        return None  # بين 2020 ومارس
    borrowed = first.year is None and last.year is not None
    if first.month is None and first.day is not None:
        first = replace(first, month=last.month)
    if last.month is None and first.month is not None:
        return None if borrowed else _around(first, last)
    first = replace(first, year=last.year if first.year is None else first.year)
    last = replace(last, year=first.year if last.year is None else last.year)
    start, end = first.days(), last.days()
    if borrowed and first.year and start and end and start.first > end.first:
        first = replace(first, year=first.year - 1)  # من ديسمبر إلى فبراير 2021
    return _around(first, last)


def _around(one: Point, other: Point) -> Days | None:
    first, last = one.days(), other.days()
    return first.around(last) if first and last else None
