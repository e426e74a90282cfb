"""The words by which a question says when."""

from dataclasses import dataclass
from enum import Enum, auto

from retrieval.arabic import STOP_WORDS
from retrieval.months import ARABIC_MONTHS, LATIN_MONTHS
from retrieval.restriction.tables import Table, phrase_table, word_set


def _with(prefix: str, words: str) -> str:
    """Return each of some words with a prefix; | separates them."""
    return "|".join(prefix + word for word in words.split("|"))


# --- Points in time -----------------------------------------------------------------------------

MONTHS = Table({**ARABIC_MONTHS, **LATIN_MONTHS})
"""The names of months; from 1 to 12."""
WEEKDAYS = Table(
    {
        "الاثنين|Monday|lundi": 0,
        "الثلاثاء|Tuesday|mardi": 1,
        "الأربعاء|Wednesday|mercredi": 2,
        "الخميس|Thursday|jeudi": 3,
        "الجمعة|Friday|vendredi": 4,
        "السبت|Saturday|samedi": 5,
        "الأحد|Sunday|dimanche": 6,
    }
)
"""The days of the week; Monday is 0."""
_ORDINALS = (
    "الأول|الثاني|الثالث|الرابع|الخامس|السادس|السابع|الثامن|التاسع|العاشر|"
    "الحادي عشر|الثاني عشر|الثالث عشر|الرابع عشر|الخامس عشر|السادس عشر|السابع عشر|الثامن عشر|"
    "التاسع عشر|العشرين|الحادي والعشرين|الثاني والعشرين|الثالث والعشرين|الرابع والعشرين|"
    "الخامس والعشرين|السادس والعشرين|السابع والعشرين|الثامن والعشرين|التاسع والعشرين|الثلاثين|"
    "الحادي والثلاثين"
)
ORDINALS = Table({phrase: day for day, phrase in enumerate(_ORDINALS.split("|"), start=1)})
"""The days of a month in words; from 1 to 31."""
ORDINAL_SUFFIXES = word_set("st|nd|rd|th|er")
"""What follows the digits of an ordinal: 15th."""
DAY_HEAD = phrase_table("يوم|يومي|تاريخ|the")
"""What may stand before a day."""
OF_MONTH = phrase_table("من|of|de")
"""What may stand between a day and its month."""
MONTH_HEAD = phrase_table("شهر|شهري|أشهر|the month of")
"""What may stand before a month."""
OF_YEAR = phrase_table("من|من العام|من عام|من السنة|من سنة|لعام|لسنة|للعام|of|of the|de")
"""What may stand between a month and its year."""
YEAR_HEAD = phrase_table(
    "عام|العام|عامي|العامين|أعوام|الأعوام|سنة|السنة|سنتي|السنتين|سنوات|السنوات|"
    "year|the year|years|the years|l'année|année"
)
"""What may stand before a year."""
GREGORIAN = phrase_table("م|ميلادي|ميلادية|ميلاديا")
"""What may stand after a year, and says what everybody takes it for."""
HIJRI = phrase_table("هـ|هجري|هجرية|هجريا")
"""What after a number says that it is a year of the Hijri calendar."""
COMMAS = phrase_table("،|,")
"""What may stand before the year of a date and after its day of the week."""
CORRESPONDING = phrase_table("الموافق|الموافق ل|الموافق في")
"""What may stand between the day of the week and the date."""

FOLLOWERS = STOP_WORDS | word_set(
    "و|لا|ولا|كما|وكيف|شو|وين|ليه|يوم|أثناء|داخل|خارج|ضمن|تجاه|حيال|بسبب|بشأن|بخصوص|رغم|"
    "حسب|بحسب|حسبما|وفق|وفقا|طبقا|نقلا|المصدر|according|about|after|before|source|selon|sous|"
    "après|avant"
)
"""What follows a bare year (في 2018 …) where it is one: 2018 قرية counts villages."""
DEFINITE = ("ال", "لل", "بال", "وال", "فال")
"""What a word begins with that no number counts."""
COUNTED = word_set("ألف|آلاف|ألفا|آلافا")
"""Words that begin like definite ones and are none."""
UNITS_OF_MEASURE = frozenset("%٪‰$€£°")
"""Marks that say that the number before them is no year."""

# --- Phrases that restrict ----------------------------------------------------------------------

_DURING = "في|خلال|في خلال|طوال|طيلة|أثناء|in|during"
IN = phrase_table(f"{_DURING}|within|throughout|en|pendant|durant|au cours de|au mois de")
"""What a time within which something happened begins with."""
IN_DETERMINED = phrase_table(
    f"{_DURING}|in the|over the|during the|within the|over|the|au cours des|pendant les|"
    "durant les|ces|les|des"
)
"""What stands before "last three days"."""
ON = phrase_table("يوم|بتاريخ|في يوم|في تاريخ|on|on the|le|en date du")
"""What a day on which something happened begins with."""
PERIOD = phrase_table(
    "|".join(
        _with(opening, "الفترة|الفترة الممتدة|الفترة الواقعة|الفترة الزمنية")
        for opening in ("في ", "خلال ")
    )
)
"""What may stand before a range."""
_UP_TO = (
    "إلى|وإلى|و إلى|إلى غاية|حتى|وحتى|و حتى|لغاية|ولغاية|-|"
    "to|until|till|through|à|au|jusqu'à|jusqu'en"
)
_AND = "و|أو|and|or|et|ou|&"
RANGES = Table(
    {
        "بين|ما بين|مابين|فيما بين|between|entre": phrase_table(f"{_AND}|وبين|و بين|إلى|-"),
        "من|ابتداء من|منذ|from|since|de|du|depuis": phrase_table(_UP_TO),
    }
)
"""What opens a range, and what stands between its ends."""
AND_OR_UP_TO = phrase_table(f"{_AND}|{_UP_TO}")
"""What stands between several times."""
SINCE = phrase_table("منذ|since|depuis")
"""What opens a time without an end."""
BEGINNING = phrase_table("بداية|مطلع|أوائل|the beginning of|the start of|le début de|début")
"""What may stand after "since"."""
UNTIL_NOW = phrase_table(
    "حتى الآن|وحتى الآن|و حتى الآن|إلى الآن|لغاية الآن|"
    "حتى اليوم|وحتى اليوم|و حتى اليوم|إلى اليوم|لغاية اليوم"
)
"""What may close a time without an end."""

# --- What shows that a time is part of the story ------------------------------------------------

# ماذا حدث بعد الزلزال في 2023 does not say when the articles that are asked for were published.
AFTER_AND_BEFORE = word_set("بعد|قبل|عقب|قبيل|بعيد|after|before|après|avant")
"""A time after one of these in the same clause dates what it stands after."""
SENTENCE_MARKS = frozenset("؟?!.")
"""What a sentence ends with."""

_MOST = "أعلى|أدنى|أكبر|أسوأ|أقوى|أكثر|أقل|أفضل"
SUPERLATIVES = word_set(
    f"{_MOST}|أول|{_with('ال', _MOST)}|الأول|الأولى|{_with('ل', _MOST)}|لأول|"
    "first|highest|lowest|largest|biggest|worst|best|most|premier|première"
)
"""The first since a time is of all that was since, not of what was published since."""
COMPARED = word_set("أكثر|أقل|أكبر|أصغر|أعلى|أدنى|more|less")
"""Before من, these compare a number: أكثر من 1990 إلى 2018."""

NOT_ALONE_AFTER = MONTHS.words | word_set(
    "و|من|إلى|حتى|عن|على|مع|مثل|قبل|بعد|بين|منذ|ضد|لدى|كل|غير|نفس|مقارنة|بداية|مطلع|أوائل|منتصف|"
    "أواخر|نهاية|ختام|صيف|شتاء|ربيع|خريف|the|of|in|since|until|before|after|de|du|depuis|avant"
)
"""After one of these, "last year" is part of a larger phrase (نهاية العام الماضي)."""
NOT_BEFORE = word_set("الدراسي|الدراسية|المالي|المالية|الهجري|الهجرية|الجامعي|الجامعية|القريب")
"""Before one of these, "this year" is another than that of the calendar."""

# --- Counted from today -------------------------------------------------------------------------


class Unit(Enum):
    """What time is counted in."""

    HOUR = auto()
    DAY = auto()
    WEEK = auto()
    MONTH = auto()
    YEAR = auto()


@dataclass(frozen=True, slots=True)
class Calendar:
    """A stretch of the calendar counted from today: 0 is the one that today is in, -1 the last."""

    unit: Unit
    offset: int


_BEFORE_YESTERDAY, _YESTERDAY = Calendar(Unit.DAY, -2), Calendar(Unit.DAY, -1)
_LAST_WEEK, _THIS_WEEK = Calendar(Unit.WEEK, -1), Calendar(Unit.WEEK, 0)
_LAST_MONTH, _THIS_MONTH = Calendar(Unit.MONTH, -1), Calendar(Unit.MONTH, 0)
_LAST_YEAR, _THIS_YEAR = Calendar(Unit.YEAR, -1), Calendar(Unit.YEAR, 0)
_GONE, _GONE_FEMININE = "الماضي|الفائت|المنصرم|الفارط", "الماضية|الفائتة|المنصرمة|الفارطة"
RELATIVE = Table(
    {
        "أول أمس|أول من أمس|أمس الأول|يوم أول أمس|قبل أمس": _BEFORE_YESTERDAY,
        "أول امبارح|أول البارحة": _BEFORE_YESTERDAY,
        "the day before yesterday|avant-hier": _BEFORE_YESTERDAY,
        "أمس|بالأمس|يوم أمس|صباح أمس|ظهر أمس|مساء أمس|ليلة أمس|فجر أمس|نهار أمس": _YESTERDAY,
        "البارحة|ليلة البارحة|يوم البارحة|امبارح|yesterday|hier": _YESTERDAY,
        _with("الأسبوع ", _GONE): _LAST_WEEK,
        "last week|la semaine dernière|la semaine passée": _LAST_WEEK,
        "هذا الأسبوع|الأسبوع الحالي|الأسبوع الجاري|this week|cette semaine": _THIS_WEEK,
        _with("الشهر ", _GONE): _LAST_MONTH,
        "last month|le mois dernier|le mois passé": _LAST_MONTH,
        "هذا الشهر|الشهر الحالي|الشهر الجاري|this month|ce mois|ce mois-ci": _THIS_MONTH,
        _with("العام ", _GONE): _LAST_YEAR,
        _with("السنة ", _GONE_FEMININE): _LAST_YEAR,
        "last year|l'année dernière|l'an dernier": _LAST_YEAR,
        "هذا العام|العام الحالي|العام الجاري|هذه السنة|السنة هذه": _THIS_YEAR,
        "السنة الحالية|السنة الجارية|this year|cette année": _THIS_YEAR,
    }
)
"""Stretches of the calendar that restrict by themselves."""
BEGUN = Table({"الأسبوع": _THIS_WEEK, "الشهر": _THIS_MONTH, "العام|السنة": _THIS_YEAR})
"""Stretches of the calendar that are meant only after منذ بداية."""

TODAY = Table({"اليوم|today": False, "هذا اليوم": True})
"""Today; whether it may be another day: "this"."""
NEWS = word_set("أخبار|الأخبار|أنباء|عناوين|مستجدات|news")
"""Words before اليوم that make it the day of the news."""
HAPPENING = word_set("حدث|جرى|حصل|يحدث|يجري|يحصل|happened")
"""Words before اليوم that make it the day that is asked about."""
PRESS = word_set("مؤسسة|دار")
"""Words for a publisher: أخبار اليوم is one too."""

_NUMBERS = {
    3: "ثلاثة|ثلاث",
    4: "أربعة|أربع",
    5: "خمسة|خمس",
    6: "ستة|ست",
    7: "سبعة|سبع",
    8: "ثمانية|ثماني|ثمان",
    9: "تسعة|تسع",
    10: "عشرة|عشر",
}
_LATIN_NUMBERS = {
    "two|deux": 2,
    "three|trois": 3,
    "four|quatre": 4,
    "five|cinq": 5,
    "six": 6,
    "seven|sept": 7,
    "eight|huit": 8,
    "nine|neuf": 9,
    "ten|dix": 10,
}
COUNTS = Table({words: number for number, words in _NUMBERS.items()} | _LATIN_NUMBERS)
"""Numbers in words."""
THE_COUNTS = Table({_with("ال", words): number for number, words in _NUMBERS.items()})
"""Numbers in words after what they count: الأيام السبعة."""

_SINGULARS = {
    Unit.HOUR: "ساعة",
    Unit.DAY: "يوم|يوما",
    Unit.WEEK: "أسبوع|أسبوعا",
    Unit.MONTH: "شهر|شهرا",
    Unit.YEAR: "سنة|عام|عاما",
}
_DUALS = {
    Unit.DAY: "يومين",
    Unit.WEEK: "أسبوعين",
    Unit.MONTH: "شهرين",
    Unit.YEAR: "عامين|سنتين",
}
_PLURALS = {
    Unit.HOUR: "ساعات",
    Unit.DAY: "أيام",
    Unit.WEEK: "أسابيع",
    Unit.MONTH: "أشهر|شهور",
    Unit.YEAR: "سنوات|أعوام",
}
_LATIN_PLURALS = {
    "hours|heures": Unit.HOUR,
    "days|jours": Unit.DAY,
    "weeks|semaines": Unit.WEEK,
    "months|mois": Unit.MONTH,
    "years|ans|années": Unit.YEAR,
}
COUNTED_UNITS = Table(
    {f"{_SINGULARS[unit]}|{plural}": unit for unit, plural in _PLURALS.items()} | _LATIN_PLURALS
)
"""Units after a number: 3 أيام, 15 يوما."""
TWO = Table({words: (2, unit) for unit, words in _DUALS.items()})
"""Two of a unit, in one word."""
THE_TWO = Table({_with("ال", words): (2, unit) for unit, words in _DUALS.items()})
"""The two of a unit, in one word."""
THE_MANY = Table({_with("ال", words): unit for unit, words in _PLURALS.items()})
"""Units before their number: الأيام السبعة."""
ONE = Table({"أسبوع": (1, Unit.WEEK), "شهر": (1, Unit.MONTH), "عام|سنة": (1, Unit.YEAR)})
"""A unit alone: آخر أسبوع."""
PAST = phrase_table("الماضية|الماضي|الماضيين|الأخيرة|الأخيرين|المنصرمة|المنصرمين|الفائتة|الفائتين")
"""What makes counted units those before today."""
LAST = phrase_table("آخر|last|past")
"""What stands before counted units, and makes them those before today."""
DERNIERS = phrase_table("derniers|dernières")
"""As `LAST`, between the number and the unit."""
OF_THAT = word_set("من|of|قبل")
"""After counted units, the last of something else: آخر ثلاثة أيام من رمضان."""

OPENING = frozenset[str]().union(
    *(
        table.words
        for table in (
            *(MONTHS, WEEKDAYS, ORDINALS, IN, IN_DETERMINED, ON, DAY_HEAD, MONTH_HEAD, YEAR_HEAD),
            *(PERIOD, RANGES, SINCE, RELATIVE, LAST, THE_MANY, THE_TWO, BEGUN),
        )
    )
)
"""Every word of the phrases that a time may begin with."""
