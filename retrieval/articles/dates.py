"""Dates that stand alone on a line of a page, as Arabic news writes them."""

import re
from datetime import date

from retrieval.arabic import fold
from retrieval.documents import Basis, Precision, Published
from retrieval.months import ARABIC_MONTHS

_DAYS = "|".join(
    fold(day) for day in ("السبت", "الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة")
)
_MONTH = "|".join(ARABIC_MONTHS)
_LEAD = rf"(?:(?:{_DAYS})[،,]? )?(?:(?:نشر|نشر في|نشر بتاريخ|تاريخ النشر|بتاريخ|كتب في) ?:? ?)?"
_TIME = (
    r"(?: ?م)?(?:[ ،,|\-–t]+(?:الساعه )?\d{1,2}:\d{2}(?::\d{2})?(?: ?(?:ص|م|صباحا|مساء|am|pm))?)?"
)
_NUMERIC = re.compile(rf"{_LEAD}(\d{{1,2}})\s?[/.\-]\s?(\d{{1,2}})\s?[/.\-]\s?(\d{{4}}){_TIME}")
_ISO = re.compile(rf"{_LEAD}(\d{{4}})[/.\-](\d{{1,2}})[/.\-](\d{{1,2}}){_TIME}")
_NAMED = re.compile(
    rf"{_LEAD}(\d{{1,2}})[ /\-]({_MONTH})(?: ?[/(] ?(?:{_MONTH})\)?)?[ ،,/\-]+(\d{{4}}){_TIME}"
)


def find_date(line: str) -> Published | None:
    """Return the date that is all a line says, or None; 12/05/2022 is the twelfth of May.

    The basis of the result is `page`: the caller knows where the line stands.
    """
    text = " ".join(fold(line).split())
    if match := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _NUMERIC.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
    elif match := _NAMED.fullmatch(text):
        day, month, year = int(match[1]), ARABIC_MONTHS[match[2]], int(match[3])
    else:
        return None
    try:
        value = date(year, month, day).isoformat()
    except ValueError:  # the 31st of June
        return None
    return Published(value, Precision.DAY, Basis.PAGE)
