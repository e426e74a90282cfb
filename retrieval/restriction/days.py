"""Days of the calendar."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from retrieval.restriction.time_words import Unit

MONTHS_OF_YEAR = 12
_HOURS_OF_DAY = 24


@dataclass(frozen=True, slots=True)
class Days:
    """Days from `first` to `last`, both included; the last day of all leaves the end open."""

    first: date
    last: date = date.max

    def both(self, other: "Days") -> "Days | None":
        """Return the days that are in both, None where there are none."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Days(first, last) if first <= last else None

    def around(self, other: "Days") -> "Days":
        """Return the days from the earlier first to the later last."""
        return Days(min(self.first, other.first), max(self.last, other.last))


def beginning(day: date, unit: Unit) -> date:
    """Return the first day of the stretch of the calendar that a day is in; weeks are ISO's."""
    if unit is Unit.WEEK:
        return day - timedelta(days=day.weekday())
    if unit is Unit.MONTH:
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit is Unit.YEAR else day


def moved(day: date, count: int, unit: Unit) -> date:
    """Return the day so many units later; of a month that is too short for it, the last.

    Raises:
        OverflowError: If no calendar has that day.
        ValueError: As above.
    """
    if unit is Unit.HOUR:
        return day + timedelta(days=count // _HOURS_OF_DAY)  # so that -6 hours begin yesterday
    if unit is Unit.DAY:
        return day + timedelta(days=count)
    if unit is Unit.WEEK:
        return day + timedelta(weeks=count)
    months = count * (MONTHS_OF_YEAR if unit is Unit.YEAR else 1)
    year, month = divmod(day.year * MONTHS_OF_YEAR + day.month - 1 + months, MONTHS_OF_YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
