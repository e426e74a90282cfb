"""When a question restricts itself to a time or to a source, and when it only looks like it."""

import time
import tomllib
import unicodedata
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval import restriction
from retrieval.arabic import fold
from retrieval.documents import Restriction
from retrieval.months import ARABIC_MONTHS, LATIN_MONTHS
from retrieval.restriction import Understood, understand

TODAY = date(2021, 7, 14)  # a Wednesday
EARLIEST = date(1900, 1, 1)  # before any time that the tests name, where they do not say otherwise
SOURCES = (
    *("BBC", "skynews", "alarabia", "france24", "CNN", "Jawhara FM", "بوابة روزا اليوسف", ""),
    *("Reuters", "الجزيرة", "هسبريس", "الشرق الأوسط", "الأهرام", "bbc arabic", "الزاوية"),
)
BBC = ("BBC", "bbc arabic")


def ask(question: str, today: date = TODAY, earliest: date | None = EARLIEST) -> Understood:
    return understand(question, SOURCES, today, earliest)


def days(question: str, today: date = TODAY) -> str:
    """The first and the last day, as 2018-01-01..2018-12-31; a side that is open is empty."""
    restriction = ask(question, today).restriction
    since, until = restriction.since, restriction.until
    return f"{since or ''}..{until or ''}" if since or until else "none"


def year(number: int) -> str:
    return f"{number}-01-01..{number}-12-31"


# --- Both together ------------------------------------------------------------------------------


def test_a_time_and_a_source_are_taken_out_of_a_question() -> None:
    assert ask("ماذا حدث في سوريا في 2018 من بي بي سي؟") == Understood(
        "ماذا حدث في سوريا؟",
        Restriction(date(2018, 1, 1), date(2018, 12, 31), BBC),
        ("في 2018", "من بي بي سي"),
    )


@pytest.mark.parametrize("phrases", ["في 2018 من بي بي سي", "من بي بي سي في 2018"])
@pytest.mark.parametrize(
    "question",
    [
        "شو اسم رئيسة وزراء فنلندا",  # words that otherwise ask about an outlet
        "كم راتب الموظف الحكومي",
        "من هي رئيسة المجلس",
        "كيف توصل موسكو بترولها بعد إغلاق المرافئ",  # and one that otherwise dates the story
        "ما أعلى درجة حرارة",
    ],
)
def test_a_time_beside_a_source_restricts_whatever_is_asked(question: str, phrases: str) -> None:
    understood = ask(f"{question} {phrases}؟")
    assert understood.text == f"{question}؟"
    assert understood.restriction == Restriction(date(2018, 1, 1), date(2018, 12, 31), BBC)


def test_a_question_without_a_restriction_is_left_as_it_is() -> None:
    question = "ما أسباب انهيار الليرة اللبنانية؟"
    assert ask(question) == Understood(question, Restriction(), ())
    assert not ask(question).restriction


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("في 2018، ماذا حدث في سوريا؟", "ماذا حدث في سوريا؟"),
        ("في عام 2018: ماذا حدث؟", "ماذا حدث؟"),
        ("ماذا حدث في سوريا في 2018 ؟", "ماذا حدث في سوريا؟"),
        ("ماذا حدث في سوريا (في 2018)؟", "ماذا حدث في سوريا؟"),
        ("ماذا حدث، في 2018، في سوريا؟", "ماذا حدث، في سوريا؟"),
        ("ماذا  حدث   في 2018  في سوريا", "ماذا حدث في سوريا"),
        ("من بي بي سي: ما آخر أخبار اليمن؟", "ما آخر أخبار اليمن؟"),
        ("ما آخر أخبار اليمن؟ المصدر: CNN", "ما آخر أخبار اليمن؟"),
        ("ما أخبار ليبيا وفي 2018", "ما أخبار ليبيا"),
        ("ماذا حدث (في سوريا في 2018)؟", "ماذا حدث (في سوريا)؟"),
        ("في 2018", ""),
        ("في 2018؟", ""),
        ("من بي بي سي", ""),
    ],
)
def test_nothing_is_left_dangling_where_a_phrase_was(question: str, text: str) -> None:
    understood = ask(question)
    assert understood.text == text
    assert understood.restriction


def test_times_that_have_days_in_common_are_both_meant() -> None:
    understood = ask("ماذا حدث في 2018 في غزة في مارس 2018؟")
    assert understood.restriction == Restriction(date(2018, 3, 1), date(2018, 3, 31))
    assert understood.text == "ماذا حدث في غزة؟"


def test_of_times_that_exclude_each_other_the_first_is_meant_and_the_other_stays() -> None:
    understood = ask("ماذا حدث في 2018 في غزة ثم في مارس 2020؟")
    assert understood.restriction == Restriction(date(2018, 1, 1), date(2018, 12, 31))
    assert understood.text == "ماذا حدث في غزة ثم في مارس 2020؟"
    assert understood.phrases == ("في 2018",)


def test_a_third_time_has_to_agree_with_what_the_first_two_have_in_common() -> None:
    question = "ماذا حدث منذ 2018 ثم منذ مارس 2020 ثم في 2019؟"
    assert days(question) == "2020-03-01.."


# --- Times before the archive -------------------------------------------------------------------


@pytest.mark.parametrize(
    "phrase",
    ["في 2017", "في 31 ديسمبر 2017", "بين 2010 و2017", "في مارس 2016", "يوم 15/3/2015"],
)
def test_a_time_that_ends_before_the_archive_begins_is_the_story_s(phrase: str) -> None:
    question = f"ماذا حدث في سوريا {phrase}؟"
    assert ask(question, earliest=date(2018, 1, 1)) == Understood(question, Restriction(), ())
    assert ask(question, earliest=date(2015, 3, 15)).phrases == (phrase,)


@pytest.mark.parametrize(
    ("phrase", "since", "until"),
    [
        ("في 2018", date(2018, 1, 1), date(2018, 12, 31)),
        ("بين 2010 و2019", date(2010, 1, 1), date(2019, 12, 31)),
        ("منذ 2010", date(2010, 1, 1), None),
        ("يوم 15/6/2018", date(2018, 6, 15), date(2018, 6, 15)),
    ],
)
def test_a_time_that_the_archive_may_reach_into_restricts_as_it_is_said(
    phrase: str, since: date, until: date | None
) -> None:
    understood = ask(f"ماذا حدث في سوريا {phrase}؟", earliest=date(2018, 6, 15))
    assert understood == Understood("ماذا حدث في سوريا؟", Restriction(since, until), (phrase,))


@pytest.mark.parametrize("phrase", ["في 2018", "منذ 2018", "بين 2016 و2018", "أمس", "آخر 3 أيام"])
def test_no_time_restricts_where_no_article_is_dated(phrase: str) -> None:
    question = f"كم مهاجرا وصل {phrase}؟"
    assert ask(question, earliest=None) == Understood(question, Restriction(), ())


@pytest.mark.parametrize("earliest", [None, date(2018, 1, 1)])
@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("ما ضحايا زلزال أغادير في 1960 من رويترز؟", "ما ضحايا زلزال أغادير في 1960؟"),
        ("ما ضحايا زلزال أغادير من رويترز في 1960؟", "ما ضحايا زلزال أغادير في 1960؟"),
    ],
)
def test_a_source_restricts_beside_a_time_of_the_story(
    question: str, text: str, earliest: date | None
) -> None:
    understood = ask(question, earliest=earliest)
    assert understood == Understood(text, Restriction(sources=("Reuters",)), ("من رويترز",))


def test_a_time_of_the_story_need_not_agree_with_that_of_the_articles() -> None:
    understood = ask("ماذا قيل في 2019 عما حدث في 1960؟", earliest=date(2018, 1, 1))
    assert understood.phrases == ("في 2019",)
    understood = ask("ماذا حدث في 1960 كما قيل في 2019؟", earliest=date(2018, 1, 1))
    assert understood.phrases == ("في 2019",)


# --- Years --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "phrase",
    [
        *(
            "في 2018",
            "فى 2018",
            "في ٢٠١٨",
            "في ۲۰۱۸",
            "في عام 2018",
            "في العام 2018",
            "في سنة ٢٠١٨",
        ),
        *("خلال 2018", "خلال عام 2018", "طوال سنة 2018", "في 2018م", "في عام 2018 ميلادية"),
        *("في عام2018", "فِي عامِ 2018", "فــي 2018", "في\u200f 2018", "أثناء عام 2018"),
        *("in 2018", "In 2018", "during the year 2018", "en 2018", "pendant l'année 2018"),
    ],
)
def test_a_year_after_a_preposition_is_that_year(phrase: str) -> None:
    understood = ask(f"أزمة سوريا {phrase}؟")
    assert understood.text == "أزمة سوريا؟"
    assert understood.phrases == (phrase,)
    assert days(f"أزمة سوريا {phrase}") == year(2018)


@pytest.mark.parametrize(
    "follower", ["في سوريا", "الحكومة السورية", "ماذا حدث", "وما بعده", "عن غزة"]
)
def test_a_bare_year_may_be_followed_by_what_it_cannot_count(follower: str) -> None:
    assert days(f"اشتباكات في 2018 {follower}") == year(2018)


@pytest.mark.parametrize(
    "question",
    [
        *("كم مسجدا في 2018 قرية مصرية؟", "هبط الوزن في 2018 كيلومترا", "يشارك في 2018 ألف متطوع"),
        *("حفر بئرا في 500 متر", "انخفاض في 2018% من الشركات", "بيع في 2018 دولارا", "في 2018$"),
        *("ما نص قرار مجلس الأمن رقم 2254؟", "هل طبق القرار في 2254؟", "خسر في 2018 وحدة سكنية"),
        *(
            "ما المادة 2018 من القانون",
            "كم كلف في 2,018",
            "النسبة في 2018.5",
            "في 20180",
            "في 02018",
        ),
        "من أكثر من 1950 إلى 2018 قتيلا",
    ],
)
def test_a_number_that_counts_is_no_year(question: str) -> None:
    assert not ask(question).restriction


@pytest.mark.parametrize(
    "question",
    [
        *(
            "متى بدأ رمضان في عام 1443؟",
            "ماذا حدث في 1442هـ؟",
            "في عام 1442 هجرية",
            "في سنة ١٤٤٣ هـ",
        ),
        *(
            "في رمضان 1442",
            "ما أخبار الحج في محرم 1443",
            "في عام 2018 هـ",
            "بين عامي 1900-1901 هـ",
            "في شوال",
            "في 2018 هـ",
            "في 2018هجري",
        ),
    ],
)
def test_hijri_years_and_months_are_left_alone(question: str) -> None:
    assert not ask(question).restriction


@pytest.mark.parametrize(
    ("phrase", "restricts"),
    [
        *(("في 1899", False), ("في 1900", True), ("في 2022", True), ("في 2023", False)),
        *(("في 2030", False), ("في 0000", False)),
    ],
)
def test_years_from_1900_to_the_next_are_plausible(phrase: str, *, restricts: bool) -> None:
    assert bool(ask(f"أزمة سوريا {phrase}").restriction) is restricts


@pytest.mark.parametrize(
    "question",
    [
        *(
            "بحلول 2022",
            "ماذا سيحدث بحلول يونيو 2022؟",
            "كيف كان الوضع قبل 2020؟",
            "ماذا تغير بعد 2020؟",
        ),
        *("كيف غيّر داعش أسلوب عمله بعد أن خسر معاقله سنة 2019؟", "كم بلغ الدين عام 2020؟"),
        *(
            "كم تبلغ ميزانية المغرب لسنة 2022؟",
            "أين عقد الاجتماع سنة 2021؟",
            "أين أقيم كأس العالم 2018؟",
        ),
        *(
            "من فاز في كأس العالم 2018؟",
            "من فاز في مونديال 2018؟",
            "ما أهداف رؤية 2030؟",
            "في رؤية 2030",
        ),
        *("من فاز في انتخابات 2016؟", "متى افتتح إكسبو 2020 دبي؟", "ماذا عرض في إكسبو 2020؟"),
        *("احتجاجات 2011 في مصر", "من تسلم السلطة بعد احتجاجات 2011؟", "موسم 2018/2019"),
        *("ماذا حدث بعد الزلزال في 2020؟", "ما حال لبنان قبل الأزمة في عام 2019؟", "حتى 2017"),
        *(
            "اعتبارا من عام 2002",
            "من 2018",
            "مقارنة مع 2019",
            "نهاية عام 2009",
            "2018",
            "عام 2018؟",
        ),
    ],
)
def test_a_year_of_the_story_restricts_nothing(question: str) -> None:
    assert ask(question) == Understood(question, Restriction(), ())


def test_by_a_ministry_is_not_before_it() -> None:
    assert days("ما القانون الذي صدر من قبل الوزارة في مارس 2006؟") == "2006-03-01..2006-03-31"


def test_after_reaches_no_further_than_its_clause() -> None:
    assert days("بعد سقوط الحكومة، ماذا حدث في 2019؟") == year(2019)


@pytest.mark.parametrize("quote", ["«في 2018»", "“في 2018”", '"في 2018"', "”في 2018“", "„في 2018“"])
def test_a_date_in_quotation_marks_is_part_of_the_phrase(quote: str) -> None:
    assert not ask(f"من قال {quote}؟").restriction


@pytest.mark.parametrize(
    "question", ['ماذا حدث في "سوريا" في 2018؟', 'ماذا حدث" في 2018', "« في 2018"]
)
def test_a_date_outside_of_quotation_marks_counts(question: str) -> None:
    assert days(question) == year(2018)


@pytest.mark.parametrize(
    "question", ['في "عام 2018"', "في «2018»", 'منذ "مارس" 2020', "بين «2016» و2018"]
)
def test_a_phrase_half_in_quotation_marks_restricts_nothing(question: str) -> None:
    assert not ask(question).restriction


# --- Months and days ----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "number"), [*ARABIC_MONTHS.items(), *LATIN_MONTHS.items()])
def test_every_name_of_a_month_is_that_month(name: str, number: int) -> None:
    for phrase in (f"في {name} 2019", f"في شهر {name} 2019", f"in {name.title()} 2019"):
        restriction = ask(f"احتجاجات {phrase}؟").restriction
        assert restriction.since == date(2019, number, 1)
        assert restriction.until is not None
        assert (restriction.until.month, restriction.until.day >= 28) == (number, True)


@pytest.mark.parametrize(
    "phrase",
    [
        *(
            "في مارس 2021",
            "في شهر آذار 2021",
            "في مارس/آذار 2021",
            "في آذار (مارس) 2021",
            "خلال مارس ٢٠٢١",
        ),
        *("في مارس من عام 2021", "في مارس عام 2021", "في مارس، 2021", "في مارس 2021م", "في 3/2021"),
        *(
            "in March 2021",
            "en mars 2021",
            "في 3 / 2021",
            "في 03 /2021",
            "في مارس من العام 2021",
            "في مارس من العام الجاري",
        ),
        *("في مَارِس 2021", "في مـــارس 2021"),
    ],
)
def test_a_month_with_its_year_is_that_month(phrase: str) -> None:
    understood = ask(f"تفجير {phrase}؟")
    assert days(f"تفجير {phrase}؟") == "2021-03-01..2021-03-31"
    assert (understood.text, understood.phrases) == ("تفجير؟", (phrase,))


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("في كانون الثاني 2021", "2021-01-01..2021-01-31"),
        ("في كانون الثاني/يناير 2021", "2021-01-01..2021-01-31"),
        ("في كانون الأول 2020", "2020-12-01..2020-12-31"),
        ("في تشرين الثاني 2020", "2020-11-01..2020-11-30"),
        ("في تشرين الأول - أكتوبر 2020", "2020-10-01..2020-10-31"),
        ("في حزيران (يونيو) 2020", "2020-06-01..2020-06-30"),
        ("في شباط 2020", "2020-02-01..2020-02-29"),
    ],
)
def test_names_of_two_words_and_pairs_of_names(phrase: str, expected: str) -> None:
    understood = ask(f"انفجار {phrase}؟")
    assert days(f"انفجار {phrase}؟") == expected
    assert understood.text == "انفجار؟"


@pytest.mark.parametrize(
    "question",
    [
        *("ماذا حدث في مارس؟", "في شهر آذار", "في 15 مارس", "بين مارس ويونيو", "منذ مارس"),
        *("في مارس 1443", "مارس 2021", "نشر مارس 2021", "في تشرين 2020", "في كانون 2021"),
        *("في 31 يونيو 2021", "يوم 31/6/2021", "في 29 فبراير 2021", "يوم 15/13/2021", "في 13/2021"),
        *("بتاريخ 2021-00-10", "في 0 مارس 2021", "في 32 مارس 2021", "يوم 2021"),
    ],
)
def test_what_names_no_days_restricts_nothing(question: str) -> None:
    assert not ask(question).restriction


@pytest.mark.parametrize(
    "phrase",
    [
        *(
            "في 15 مارس 2021",
            "يوم 15/3/2021",
            "بتاريخ 2021-03-15",
            "بتاريخ ١٥/٠٣/٢٠٢١",
            "في 15.3.2021",
        ),
        *(
            "يوم الاثنين 15 مارس 2021",
            "في يوم 15 مارس 2021",
            "في 15 من مارس 2021",
            "في 15 آذار/مارس 2021",
        ),
        *("في الخامس عشر من مارس 2021", "يوم الإثنين الموافق 15 مارس 2021", "يوم 15 / 3 / 2021"),
        *("on March 15, 2021", "on 15 March 2021", "le 15 mars 2021", "on the 15th of March 2021"),
        *("يوم الاثنين، 15 مارس 2021", "في 2021/3/15", "في 15 مارس من عام 2021"),
    ],
)
def test_a_day_is_that_day_and_comes_before_its_month(phrase: str) -> None:
    understood = ask(f"بيان الحكومة {phrase}؟")
    assert days(f"بيان الحكومة {phrase}؟") == "2021-03-15..2021-03-15"
    assert (understood.text, understood.phrases) == ("بيان الحكومة؟", (phrase,))


def test_a_date_ends_where_quotation_marks_begin() -> None:
    assert ask("ماذا حدث في 3 / 2021 «في غزة»؟").text == "ماذا حدث «في غزة»؟"


def test_days_may_be_counted_in_words() -> None:
    assert days("بيان الحكومة في الحادي والعشرين من مارس 2021") == "2021-03-21..2021-03-21"
    assert days("بيان الحكومة في الثلاثين من أبريل 2021") == "2021-04-30..2021-04-30"


def test_the_day_of_the_week_belongs_to_the_date() -> None:
    assert ask("ماذا قرر التحالف يوم الثلاثاء 30 مارس 2021؟").text == "ماذا قرر التحالف؟"


# --- Ranges -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("بين مارس ويونيو 2021", "2021-03-01..2021-06-30"),
        ("بين مارس و يونيو 2021", "2021-03-01..2021-06-30"),
        ("بين آذار وحزيران من عام 2020", "2020-03-01..2020-06-30"),
        ("بين شهري مارس ويونيو 2021", "2021-03-01..2021-06-30"),
        ("بين 2016 و2018", "2016-01-01..2018-12-31"),
        ("بين 2016 و 2018", "2016-01-01..2018-12-31"),
        ("ما بين عامي ٢٠١٦ و٢٠١٨", "2016-01-01..2018-12-31"),
        ("بين عام 2016 وعام 2018", "2016-01-01..2018-12-31"),
        ("بين عامي 2016-2018", "2016-01-01..2018-12-31"),
        ("بين 2018 و2016", "2016-01-01..2018-12-31"),
        ("من مارس إلى يونيو 2021", "2021-03-01..2021-06-30"),
        ("من مارس 2020 إلى يونيو 2021", "2020-03-01..2021-06-30"),
        ("من مارس 2020 إلى يونيو", "2020-03-01..2020-06-30"),
        ("من ديسمبر إلى فبراير 2021", "2020-12-01..2021-02-28"),
        ("من 2016 حتى 2018", "2016-01-01..2018-12-31"),
        ("من 1994م إلى 1998م", "1994-01-01..1998-12-31"),
        ("من 1953الى 1964", "1953-01-01..1964-12-31"),
        ("من عام 2016 وحتى عام 2018", "2016-01-01..2018-12-31"),
        ("من عام 2016 إلى مارس 2018", "2016-01-01..2018-03-31"),
        ("منذ 2016 وحتى 2018", "2016-01-01..2018-12-31"),
        ("ما بين 15 و20 مارس 2021", "2021-03-15..2021-03-20"),
        ("من 15 إلى 20 مارس 2021", "2021-03-15..2021-03-20"),
        ("بين 15 مارس و20 أبريل 2021", "2021-03-15..2021-04-20"),
        ("من 15/3/2021 إلى 20/4/2021", "2021-03-15..2021-04-20"),
        ("من يوم 15 مارس إلى يوم 20 مارس 2021", "2021-03-15..2021-03-20"),
        ("في الفترة من مارس إلى يونيو 2021", "2021-03-01..2021-06-30"),
        ("خلال الفترة بين 2016 و2018", "2016-01-01..2018-12-31"),
        ("في الفترة الممتدة من 2016 إلى 2018", "2016-01-01..2018-12-31"),
        ("خلال عامي 2016 و2017", "2016-01-01..2017-12-31"),
        ("في 2016 و2017", "2016-01-01..2017-12-31"),
        ("في 2016-2018", "2016-01-01..2018-12-31"),
        ("خلال 2016 و2018 و2017", "2016-01-01..2018-12-31"),
        ("في 3 و5 و7 مارس 2021", "2021-03-03..2021-03-07"),
        ("في مارس وأبريل ومايو 2021", "2021-03-01..2021-05-31"),
        ("في نوفمبر وديسمبر ويناير 2021", "2020-11-01..2021-01-31"),
        ("في مارس وأبريل 2021", "2021-03-01..2021-04-30"),
        ("بين كانون الثاني وتشرين الثاني 2020", "2020-01-01..2020-11-30"),
        ("between March and June 2021", "2021-03-01..2021-06-30"),
        ("from 2016 to 2018", "2016-01-01..2018-12-31"),
        ("entre mars et juin 2021", "2021-03-01..2021-06-30"),
        ("de 2016 à 2018", "2016-01-01..2018-12-31"),
    ],
)
def test_a_range_is_from_the_first_day_of_one_to_the_last_of_the_other(
    phrase: str, expected: str
) -> None:
    understood = ask(f"خسائر الزراعة {phrase}؟")
    assert days(f"خسائر الزراعة {phrase}؟") == expected
    assert (understood.text, understood.phrases) == ("خسائر الزراعة؟", (phrase,))


@pytest.mark.parametrize(
    "question",
    [
        *("ارتفع السعر من 2000 إلى 2018 دولارا", "بين 2016 و2018 قتيلا", "بين سوريا و2018 لاجئا"),
        *(
            "بين 15 و20",
            "من مارس إلى يونيو",
            "بين 2016 وسوريا",
            "بين 2020 ومارس",
            "من 2018 إلى 2019%",
        ),
        *("من باريس إلى 2018", "بين مونديال 2018 و2022", "بين 1440 و1442", "أكثر من 1990 إلى 2018"),
    ],
)
def test_what_is_no_range_of_days_restricts_nothing(question: str) -> None:
    assert not ask(question).restriction


@pytest.mark.parametrize(
    ("phrase", "since"),
    [
        ("منذ 2020", "2020-01-01"),
        ("منذ عام 2020", "2020-01-01"),
        ("منذ سنة 2020", "2020-01-01"),
        ("منذ بداية 2020", "2020-01-01"),
        ("منذ مطلع عام 2020", "2020-01-01"),
        ("منذ مارس 2020", "2020-03-01"),
        ("منذ شهر آذار 2020", "2020-03-01"),
        ("منذ 15 مارس 2020", "2020-03-15"),
        ("منذ 2020 حتى الآن", "2020-01-01"),
        ("منذ 2020 وحتى اليوم", "2020-01-01"),
        ("منذ أمس", "2021-07-13"),
        ("منذ بداية العام", "2021-01-01"),
        ("منذ بداية هذا الشهر", "2021-07-01"),
        ("منذ العام الماضي", "2020-01-01"),
        ("since 2020", "2020-01-01"),
        ("since March 2020", "2020-03-01"),
        ("depuis 2020", "2020-01-01"),
    ],
)
def test_since_leaves_the_end_open(phrase: str, since: str) -> None:
    understood = ask(f"عدد اللاجئين {phrase}؟")
    assert days(f"عدد اللاجئين {phrase}؟") == f"{since}.."
    assert (understood.text, understood.phrases) == ("عدد اللاجئين؟", (phrase,))


@pytest.mark.parametrize(
    "question",
    [
        *("منذ 2018 يوما", "منذ شهر", "منذ 3 أيام", "منذ الأزل", "منذ نهاية 2020", "منذ العام"),
        *("ما أعلى مستوى للتضخم منذ 2008؟", "خسر لأول مرة منذ مايو 2014", "the worst since 2010"),
    ],
)
def test_since_something_else_restricts_nothing(question: str) -> None:
    assert not ask(question).restriction


# --- Counted from today -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("أمس", "2021-07-13..2021-07-13"),
        ("امس", "2021-07-13..2021-07-13"),
        ("يوم أمس", "2021-07-13..2021-07-13"),
        ("مساء أمس", "2021-07-13..2021-07-13"),
        ("أمس الثلاثاء", "2021-07-13..2021-07-13"),
        ("بالأمس", "2021-07-13..2021-07-13"),
        ("البارحة", "2021-07-13..2021-07-13"),
        ("yesterday", "2021-07-13..2021-07-13"),
        ("أول أمس", "2021-07-12..2021-07-12"),
        ("أول من أمس", "2021-07-12..2021-07-12"),
        ("أمس الأول", "2021-07-12..2021-07-12"),
        ("قبل أمس", "2021-07-12..2021-07-12"),
        ("الأسبوع الماضي", "2021-07-05..2021-07-11"),
        ("في الأسبوع الماضي", "2021-07-05..2021-07-11"),
        ("خلال الأسبوع المنصرم", "2021-07-05..2021-07-11"),
        ("last week", "2021-07-05..2021-07-11"),
        ("هذا الأسبوع", "2021-07-12..2021-07-18"),
        ("الشهر الماضي", "2021-06-01..2021-06-30"),
        ("خلال الشهر الماضي", "2021-06-01..2021-06-30"),
        ("هذا الشهر", "2021-07-01..2021-07-31"),
        ("الشهر الجاري", "2021-07-01..2021-07-31"),
        ("في الشهر الحالي", "2021-07-01..2021-07-31"),
        ("السنة الماضية", year(2020)),
        ("العام الماضي", year(2020)),
        ("l'année dernière", year(2020)),
        ("هذا العام", year(2021)),
        ("هذه السنة", year(2021)),
        ("العام الجاري", year(2021)),
        ("آخر 3 أيام", "2021-07-11..2021-07-14"),
        ("آخر ٣ أيام", "2021-07-11..2021-07-14"),
        ("في آخر ثلاثة أيام", "2021-07-11..2021-07-14"),
        ("آخر 24 ساعة", "2021-07-13..2021-07-14"),
        ("خلال الـ24 ساعة الماضية", "2021-07-13..2021-07-14"),
        ("خلال 24 ساعة الماضية", "2021-07-13..2021-07-14"),
        ("خلال الساعات الست الماضية", "2021-07-13..2021-07-14"),
        ("خلال الأيام السبعة الماضية", "2021-07-07..2021-07-14"),
        ("في الأيام العشرة الأخيرة", "2021-07-04..2021-07-14"),
        ("آخر أسبوعين", "2021-06-30..2021-07-14"),
        ("خلال الأسبوعين الماضيين", "2021-06-30..2021-07-14"),
        ("في آخر أسبوع", "2021-07-07..2021-07-14"),
        ("خلال الأشهر الستة الماضية", "2021-01-14..2021-07-14"),
        ("آخر ستة أشهر", "2021-01-14..2021-07-14"),
        ("آخر 15 يوما", "2021-06-29..2021-07-14"),
        ("خلال السنوات الثلاث الماضية", "2018-07-14..2021-07-14"),
        ("آخر سنتين", "2019-07-14..2021-07-14"),
        ("in the last 3 days", "2021-07-11..2021-07-14"),
        ("over the past two weeks", "2021-06-30..2021-07-14"),
        ("ces 3 derniers mois", "2021-04-14..2021-07-14"),
    ],
)
def test_a_time_counted_from_today(phrase: str, expected: str) -> None:
    understood = ask(f"كم مهاجرا وصل {phrase}؟")
    assert days(f"كم مهاجرا وصل {phrase}؟") == expected
    assert (understood.text, understood.phrases) == ("كم مهاجرا وصل؟", (phrase,))


@pytest.mark.parametrize(
    ("today", "phrase", "expected"),
    [
        (date(2024, 3, 31), "الشهر الماضي", "2024-02-01..2024-02-29"),
        (date(2024, 1, 5), "الشهر الماضي", "2023-12-01..2023-12-31"),
        (date(2024, 3, 31), "آخر شهر", "none"),  # the last month of what?
        (date(2024, 3, 31), "في آخر شهر", "2024-02-29..2024-03-31"),
        (date(2024, 1, 1), "أمس", "2023-12-31..2023-12-31"),
        (date(2024, 1, 1), "الأسبوع الماضي", "2023-12-25..2023-12-31"),  # a Monday
        (date(2023, 12, 31), "الأسبوع الماضي", "2023-12-18..2023-12-24"),  # a Sunday
        (date(2024, 2, 29), "آخر سنتين", "2022-02-28..2024-02-29"),
        (date(2024, 12, 15), "آخر ستة أشهر", "2024-06-15..2024-12-15"),
    ],
)
def test_where_months_weeks_and_years_meet(today: date, phrase: str, expected: str) -> None:
    assert days(f"أخبار لبنان {phrase}", today) == expected


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("أخبار اليوم", "أخبار"),
        ("ما أخبار اليوم عن اليمن؟", "ما أخبار عن اليمن؟"),
        ("عناوين اليوم؟", "عناوين؟"),
        ("أخبار هذا اليوم", "أخبار"),
        ("ماذا حدث اليوم في غزة؟", "ماذا حدث في غزة؟"),
        ("ماذا يجري اليوم؟", "ماذا يجري؟"),
    ],
)
def test_today_is_meant_where_the_news_of_it_is_asked(question: str, text: str) -> None:
    assert ask(question) == Understood(text, Restriction(TODAY, TODAY), (phrase_of(question),))


def phrase_of(question: str) -> str:
    return "هذا اليوم" if "هذا" in question else "اليوم"


@pytest.mark.parametrize(
    "question",
    [
        *("أين يستخدم الحمض النووي اليوم؟", "سعر صرف الليرة مقابل الدولار اليوم", "في اليوم نفسه"),
        *("ماذا حدث في هذا اليوم؟", "ماذا حدث هذا اليوم من التاريخ؟", "أخبار اليوم السابع"),
        *("ما رأي المصري اليوم؟", "روسيا اليوم", "صحيفة أخبار اليوم", "مؤسسة أخبار اليوم", "اليوم"),
        *("كم عدد الزوار في اليوم الواحد؟", "العدو الأمس", "ما الفرق بين اليوم والأمس؟"),
        *(
            "بين الأمس واليوم",
            "نتائج نهاية العام الماضي",
            "مقارنة مع العام الماضي",
            "بعد اجتماع أمس",
        ),
        *(
            "أرقام صيف العام الماضي",
            "قبل الأسبوع الماضي",
            "العام الدراسي الحالي",
            "هذا العام الدراسي",
        ),
        "تضاعفت على امتداد 15 سنة الماضية",
        *("آخر 3 أيام من رمضان", "آخر عشرة أيام قبل العيد", "آخر يوم", "آخر الأخبار", "آخر مرة"),
        *("الأيام الماضية", "الأشهر الستة", "ستة أشهر", "خلال 3 أيام", "آخر 100 عام", "آخر 0 أيام"),
        *(
            "الأسبوع قبل الماضي",
            "قبل أسبوع",
            "بالأمس القريب",
            "الماضي",
            "الفرق بين هذا العام والعام الماضي",
        ),
        "قبل اعتزاله من اللعب, مع أي فريق قضى اللاعب آخر سنتين؟",
        "في واشنطن أمس الاثنين",  # yesterday was a Tuesday: it is quoted from an article
    ],
)
def test_words_for_time_that_are_part_of_what_is_asked(question: str) -> None:
    assert not ask(question).restriction


# --- Sources ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "sources"),
    [
        ("من بي بي سي", BBC),
        ("من بى بى سى", BBC),
        ("من بي.بي.سي", BBC),
        ("من BBC", BBC),
        ("من bbc عربي", BBC),
        ("من موقع بي بي سي", BBC),
        ("من شبكة بي بي سي البريطانية", BBC),
        ("حسب بي بي سي", BBC),
        ("وفقًا لبي بي سي", BBC),
        ("وفقا لـ BBC", BBC),
        ("وفقا لـBBC", BBC),
        ("from BBC", BBC),
        ("from the BBC", BBC),
        ("according to BBC News", BBC),
        ("عن رويترز", ("Reuters",)),
        ("نقلا عن رويترز", ("Reuters",)),
        ("نقلاً عن وكالة رويترز للأنباء", ("Reuters",)),
        ("بحسب رويترز", ("Reuters",)),
        ("وفقا لرويترز", ("Reuters",)),
        ("طبقا لوكالة أنباء رويترز", ("Reuters",)),
        ("حسبما ذكرت رويترز", ("Reuters",)),
        ("كما أفادت وكالة رويترز", ("Reuters",)),
        ("بحسب ما نقلته رويترز", ("Reuters",)),
        ("وفقا لما ذكرته رويترز", ("Reuters",)),
        ("according to Reuters", ("Reuters",)),
        ("selon Reuters", ("Reuters",)),
        ("بحسب تقرير رويترز", ("Reuters",)),
        ("وفق تقرير لرويترز", ("Reuters",)),
        ("وفقا لتقرير نشرته رويترز", ("Reuters",)),
        ("d'après l'agence Reuters", ("Reuters",)),
        ("نقلا عن سكاي نيوز", ("skynews",)),
        ("نقلا عن سكاي نيوز عربية", ("skynews",)),
        ("من Sky News Arabia", ("skynews",)),
        ("وفق فرانس 24", ("france24",)),
        ("وفق فرانس ٢٤", ("france24",)),
        ("من France24", ("france24",)),
        ("من قناة العربية", ("alarabia",)),
        ("نقلا عن العربية", ("alarabia",)),
        ("من العربية نت", ("alarabia",)),
        ("المصدر: العربية", ("alarabia",)),
        ("المصدر: CNN", ("CNN",)),
        ("source: CNN", ("CNN",)),
        ("من سي إن إن", ("CNN",)),
        ("من سي ان ان بالعربية", ("CNN",)),
        ("من جوهرة إف إم", ("Jawhara FM",)),
        ("من Jawhara FM", ("Jawhara FM",)),
        ("من إذاعة الجوهرة", ("Jawhara FM",)),
        ("من روزا اليوسف", ("بوابة روزا اليوسف",)),
        ("من بوابة روزا اليوسف", ("بوابة روزا اليوسف",)),
        ("من مجلة روز اليوسف", ("بوابة روزا اليوسف",)),
        ("من موقع هسبريس", ("هسبريس",)),
        ("من Hespress", ("هسبريس",)),
        ("من قناة الجزيرة", ("الجزيرة",)),
        ("وفقا لقناة الجزيرة القطرية", ("الجزيرة",)),
        ("من موقع قناة الجزيرة", ("الجزيرة",)),
        ("من الجزيرة نت", ("الجزيرة",)),
        ("نقلا عن الجزيرة", ("الجزيرة",)),
        ("من صحيفة الشرق الأوسط", ("الشرق الأوسط",)),
        ("من صحيفة «الشرق الأوسط» اللندنية", ("الشرق الأوسط",)),
        ('نقلا عن صحيفة "الأهرام"', ("الأهرام",)),
        ("من جريدة الأهرام المصرية", ("الأهرام",)),
        ("من موقع الزاوية", ("الزاوية",)),  # in the archive, in no list
    ],
)
def test_a_source_at_the_end_of_a_question(phrase: str, sources: tuple[str, ...]) -> None:
    understood = ask(f"ما أسباب انهيار الليرة {phrase}؟")
    assert understood.restriction == Restriction(sources=sources)
    assert (understood.text, understood.phrases) == ("ما أسباب انهيار الليرة؟", (phrase,))


@pytest.mark.parametrize(
    ("question", "text", "sources"),
    [
        ("من بي بي سي: ما أسباب الأزمة؟", "ما أسباب الأزمة؟", BBC),
        ("من بي بي سي، ما أسباب الأزمة؟", "ما أسباب الأزمة؟", BBC),
        ("من بي بي سي ما أسباب الأزمة؟", "ما أسباب الأزمة؟", BBC),
        ("كم طالبا قتل الجيش من رويترز؟", "كم طالبا قتل الجيش؟", ("Reuters",)),
        ("كم قتيلا سقط حسب رويترز في غزة؟", "كم قتيلا سقط في غزة؟", ("Reuters",)),
        ("أريد أخبارا من بي بي سي", "أريد أخبارا", BBC),
        ("أخبار من بي بي سي عن سوريا", "أخبار عن سوريا", BBC),
        ("ماذا نشر في موقع هسبريس عن الماء؟", "ماذا نشر عن الماء؟", ("هسبريس",)),
        ("ماذا ورد في قناة العربية عن اليمن؟", "ماذا ورد عن اليمن؟", ("alarabia",)),
        ("ماذا عرض على الجزيرة نت حول اليمن؟", "ماذا عرض حول اليمن؟", ("الجزيرة",)),
        ("ما عدد القتلى نقلا عن رويترز، وما أسبابه؟", "ما عدد القتلى، وما أسبابه؟", ("Reuters",)),
        ("أزمة الماء من بي بي سي وسي إن إن", "أزمة الماء", (*BBC, "CNN")),
        ("أزمة الماء من بي بي سي ورويترز وفرانس 24", "أزمة الماء", (*BBC, "Reuters", "france24")),
        ("أزمة الماء من بي بي سي أو من رويترز؟", "أزمة الماء؟", (*BBC, "Reuters")),
        ("أزمة الماء من قناتي الجزيرة والعربية", "أزمة الماء", ("الجزيرة", "alarabia")),
        ("أزمة الماء من رويترز وصحيفة الأهرام", "أزمة الماء", ("Reuters", "الأهرام")),
        ("water crisis from BBC and CNN", "water crisis", (*BBC, "CNN")),
        ("ما حال الليرة من بي بي سي وأسوشيتد برس؟", "ما حال الليرة؟", BBC),  # the archive has one
        ("أنباء غزة من رويترز ثم عن رويترز", "أنباء غزة من رويترز ثم", ("Reuters",)),
    ],
)
def test_a_source_elsewhere(question: str, text: str, sources: tuple[str, ...]) -> None:
    understood = ask(question)
    assert (understood.text, understood.restriction) == (text, Restriction(sources=sources))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("ما وضع غزة من رويترز في 2018 عند النساء", "ما وضع غزة عند النساء"),
        ("ما وضع غزة في 2018 من رويترز عند النساء", "ما وضع غزة عند النساء"),
        ("من رويترز في 2018 كيف كان وضع غزة", "كيف كان وضع غزة"),
    ],
)
def test_a_source_may_stand_beside_a_time(question: str, text: str) -> None:
    restriction = Restriction(date(2018, 1, 1), date(2018, 12, 31), ("Reuters",))
    assert (ask(question).text, ask(question).restriction) == (text, restriction)


@pytest.mark.parametrize(
    "question",
    [
        *("من هو مدير بي بي سي؟", "كم موظفا في بي بي سي؟", "متى تأسست قناة الجزيرة؟", "بي بي سي"),
        *("ماذا قالت رويترز عن الأزمة؟", "ماذا قالت بي بي سي؟", "ماذا قال ترامب عن بي بي سي؟"),
        *("من مؤسس سي إن إن؟", "ماذا تعرف عن بي بي سي؟", "ماذا عن رويترز؟", "معلومات عن رويترز"),
        *("أخبار عن رويترز", "عن رويترز: متى تأسست؟", "لماذا استقال المذيع من بي بي سي؟"),
        *("متى طردت المراسلة من رويترز؟", "من أكبر من بي بي سي؟", "كل من بي بي سي وسي إن إن"),
        *("ما مشكلة التمويل في بي بي سي؟", "ماذا حدث في قناة الجزيرة؟", "هجوم على قناة العربية"),
        *("ما موقف ترامب من سي إن إن؟", "لماذا طلب تعويضا من بي بي سي؟", "من بي بي سي؟"),
        *("فيلم عن بي بي سي", "صحفي من رويترز", "هل يختلف موقع هسبريس عن رويترز؟", "قناة العربية"),
        *(
            "ما مصدر الخبر؟",
            "من المصدر؟",
            "المصدر: مجهول",
            "نقلا عن مصدر",
            "حسب الوزير",
            "وفقا للقانون",
        ),
        *("resigned from BBC", "who owns the BBC?", "what is Reuters?", "BBC"),
    ],
)
def test_a_question_about_an_outlet_is_not_restricted_to_it(question: str) -> None:
    assert ask(question) == Understood(question, Restriction(), ())


@pytest.mark.parametrize(
    "question",
    [
        *("ما وفود من الجزيرة العربية؟", "نفط من الجزيرة", "صادرات من العربية", "أخبار من الأهرام"),
        *(
            "قادم من الشرق الأوسط",
            "أخبار من الشرق الأوسط",
            "وفق العربية",
            "حسب الجزيرة",
            "في الجزيرة",
        ),
        *("أخبار من الزاوية", "صور من الأهرام", "على الجزيرة", "كأس العرب", "عن العربية"),
    ],
)
def test_a_name_that_is_an_ordinary_word_counts_only_after_a_word_for_an_outlet(
    question: str,
) -> None:
    assert not ask(question).restriction


@pytest.mark.parametrize(
    "question", ["أزمة الماء من CNN Türk", "water from BBC Sport", "وفق BBC Persian"]
)
def test_another_outlet_with_a_longer_latin_name_is_not_this_one(question: str) -> None:
    assert not ask(question).restriction


@pytest.mark.parametrize(
    "question",
    ["أزمة الماء من دويتشه فيله", "أزمة الماء نقلا عن لوموند", "أزمة الماء من قناة الميادين"],
)
def test_an_outlet_that_the_archive_does_not_have_restricts_nothing(question: str) -> None:
    assert ask(question) == Understood(question, Restriction(), ())


def test_without_sources_in_the_archive_no_outlet_restricts() -> None:
    for sources in ((), ("",), [" "]):
        assert not understand("أزمة الماء من بي بي سي", sources, TODAY, EARLIEST).restriction


@pytest.mark.parametrize("name", ["BBC", "bbc", "BBC Arabic", "bbc.com", "بي بي سي", "BBC عربي"])
def test_an_archive_may_write_an_outlet_in_any_way_it_is_written(name: str) -> None:
    understood = understand("أزمة الماء من بي بي سي", {name, "skynews"}, TODAY, EARLIEST)
    assert understood.restriction.sources == (name,)


def test_the_kind_of_outlet_in_the_name_of_a_source_need_not_be_said() -> None:
    for name in ("وكالة رويترز", "قناة العربية", "صحيفة الأيام الجديدة"):
        bare = name.split(maxsplit=1)[1]
        understood = understand(f"أزمة الماء نقلا عن {bare}", [name], TODAY, EARLIEST)
        assert understood.restriction.sources == (name,)


def test_the_kind_in_the_name_of_a_source_does_not_hide_which_outlet_it_is() -> None:
    understood = understand("أزمة الماء من Reuters", ["وكالة رويترز", "BBC"], TODAY, EARLIEST)
    assert understood.restriction.sources == ("وكالة رويترز",)


def listed() -> list[list[str]]:
    path = Path(restriction.__file__).with_name("outlets.toml")
    outlets = tomllib.loads(path.read_text(encoding="utf-8"))["outlet"]
    return [[*outlet["names"], *outlet.get("common", ())] for outlet in outlets]


def listed_names() -> list[str]:
    return [name for outlet in listed() for name in outlet]


def test_every_name_in_the_list_names_a_source_that_the_archive_writes_so() -> None:
    for name in listed_names():
        understood = understand(f"ما أسعار القمح نقلا عن {name}؟", [name], TODAY, EARLIEST)
        restriction = Restriction(sources=(name,))
        expected = Understood("ما أسعار القمح؟", restriction, (f"نقلا عن {name}",))
        assert understood == expected, name


def test_every_name_in_the_list_names_its_outlet_however_the_archive_writes_it() -> None:
    for outlet in listed():
        for name in outlet:
            source = outlet[0]
            understood = understand(f"ما أسعار القمح نقلا عن {name}؟", [source], TODAY, EARLIEST)
            assert understood.restriction.sources == (source,), name


def test_no_name_is_listed_twice() -> None:
    assert len(set(listed_names())) == len(listed_names())


def test_a_phrase_in_quotation_marks_names_no_source() -> None:
    assert not ask("من كتب «أزمة الماء من بي بي سي»؟").restriction
    assert not ask("من كتب «أزمة الماء وفق بي بي سي»؟").restriction


def test_the_publisher_today_is_no_day() -> None:
    understood = understand("أزمة الماء نقلا عن أخبار اليوم", ["أخبار اليوم"], TODAY, EARLIEST)
    assert understood.restriction == Restriction(sources=("أخبار اليوم",))


# --- Characters ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "text", "phrase"),
    [
        ("ماذا حَدَثَ فِي عَامِ ٢٠١٨ في سُورِيَا؟", "ماذا حَدَثَ في سُورِيَا؟", "فِي عَامِ ٢٠١٨"),
        ("مـــاذا حدث فــي ســنة 2018؟", "مـــاذا حدث؟", "فــي ســنة 2018"),
        ("ﷺ ماذا حدث في 2018؟", "ﷺ ماذا حدث؟", "في 2018"),  # one character, eighteen folded
        ("Straße ﬁn in 2018?", "Straße ﬁn?", "in 2018"),
        ("ماذا حدث ﻓﻲ 2018", "ماذا حدث", "ﻓﻲ 2018"),
        ("ماذا حدث منذُ 2020 في لبنان", "ماذا حدث في لبنان", "منذُ 2020"),
        ("اﻟﺨﺒﺮ ومِن بي بي سيِ", "اﻟﺨﺒﺮ و", "مِن بي بي سيِ"),
    ],
)
def test_phrases_are_cut_at_the_characters_of_the_question(
    question: str, text: str, phrase: str
) -> None:
    understood = ask(question)
    assert (understood.text, understood.phrases) == (text, (phrase,))


PIECES = st.sampled_from(
    [
        *(
            "في",
            "من",
            "عن",
            "بين",
            "منذ",
            "إلى",
            "حتى",
            "و",
            "خلال",
            "يوم",
            "عام",
            "سنة",
            "شهر",
            "بعد",
        ),
        *(
            "2018",
            "٢٠٢٠",
            "15",
            "15/3/2021",
            "2016-2018",
            "هـ",
            "م",
            "مارس",
            "كانون",
            "الثاني",
            "/",
        ),
        *("أمس", "اليوم", "الأسبوع", "الماضي", "آخر", "3", "أيام", "أخبار", "بي", "سي", "رويترز"),
        *(
            "قناة",
            "العربية",
            "نقلا",
            "حسب",
            "وفقا",
            "لرويترز",
            "المصدر",
            ":",
            "«",
            "»",
            '"',
            "؟",
            "،",
        ),
        *("(", ")", "ﷺ", "َ", "ـ", "\u200f", "BBC", "in", "from", "last", "سوريا", "-", "\n", "½"),
    ]
)
QUESTIONS = st.one_of(
    st.text(max_size=60),
    st.lists(PIECES, max_size=25).map(" ".join),
    st.lists(PIECES, max_size=25).map("".join),
)


@settings(deadline=None, max_examples=500)
@given(QUESTIONS, st.dates(), st.none() | st.dates(), st.lists(st.text(max_size=12), max_size=3))
def test_any_question_is_understood_and_every_phrase_is_in_it(
    question: str, today: date, earliest: date | None, names: list[str]
) -> None:
    understood = understand(question, [*SOURCES, *names], today, earliest)
    position = 0
    for phrase in understood.phrases:
        assert phrase.strip()
        position = question.index(phrase, position)
    assert bool(understood.phrases) == bool(understood.restriction)
    assert understood.text == " ".join(understood.text.split())
    assert set(understood.restriction.sources) <= {*SOURCES, *names}


@settings(deadline=None, max_examples=300)
@given(QUESTIONS)
def test_what_is_left_is_made_of_the_words_of_the_question(question: str) -> None:
    left = iter("".join(ask(question).text.split()))
    rest = iter("".join(question.split()))
    assert all(character in rest for character in left)


@settings(deadline=None, max_examples=300)
@given(QUESTIONS)
def test_since_is_never_after_until(question: str) -> None:
    restriction = ask(question).restriction
    if restriction.since and restriction.until:
        assert restriction.since <= restriction.until


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_the_form_of_unicode_makes_no_difference(
    form: Literal["NFC", "NFD", "NFKC", "NFKD"],
) -> None:
    question = unicodedata.normalize(form, "ما أسباب الأزمة في آب/أغسطس ٢٠١٨ من سي إن إن؟")
    restriction = Restriction(date(2018, 8, 1), date(2018, 8, 31), ("CNN",))
    assert ask(question).restriction == restriction
    assert fold(ask(question).text) == fold("ما أسباب الأزمة؟")


@pytest.mark.parametrize(
    "piece",
    [
        *("في ", "2018 ", "بين ", "7", "منذ ", "من ", "«", '"', "َ", "في 2018 ", "من بي بي سي "),
        *(
            "و ",
            "بين 2016 و",
            "من بي بي سي و",
            "أمس ",
            "آخر ",
            "(",
            "بعد ",
            "1/",
            "نقلا عن ",
            "قناة ",
        ),
        *("كانون ", "ﷺ", "موقع قناة ", "بي ", "-", "من مارس إلى ", "في الفترة ", "حسب ما "),
    ],
)
def test_the_time_to_understand_grows_with_the_length_and_no_faster(piece: str) -> None:
    def seconds(length: int) -> float:
        return min(timed((piece * length)[:length]) for _ in range(2))

    def timed(question: str) -> float:
        start = time.process_time()
        ask(question)
        return time.process_time() - start

    ask(piece)
    assert seconds(4096) < 0.05 + 10 * seconds(1024)  # quadratic would be 16
