"""The fixed texts: complete in both languages, and numbers and dates said as people say them."""

import re
from dataclasses import fields, replace
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.texts import ARABIC, ENGLISH, Texts, has_arabic, isolated, texts_for
from retrieval.documents import Basis, Coverage, Precision, Published

LANGUAGES = pytest.mark.parametrize("texts", [ARABIC, ENGLISH], ids=["Arabic", "English"])
NAMES = [field.name for field in fields(Texts)]
COVERAGE = Coverage(5, 59, "2021-03-30", "2024-10-01", 0, "made-up")


def strings(texts: Texts, name: str) -> list[str]:
    value = getattr(texts, name)
    if isinstance(value, str):
        return [value]
    return list(value.values() if isinstance(value, dict) else value)


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def plain(text: str) -> str:
    return re.sub("[\u2066-\u2069]", "", text)


@LANGUAGES
@pytest.mark.parametrize("name", NAMES)
def test_every_text_says_something(texts: Texts, name: str) -> None:
    assert strings(texts, name)
    for text in strings(texts, name):
        assert text.strip() == text != ""


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_number_of_texts_and_the_same_gaps_in_them(name: str) -> None:
    both = list(zip(strings(ARABIC, name), strings(ENGLISH, name), strict=True))
    if name == "articles":  # Arabic writes out one and two, English only shows the number
        both = both[2:]
    for arabic, english in both:
        assert placeholders(arabic) == placeholders(english)


@pytest.mark.parametrize(
    ("name", "gaps"),
    [
        ("apology", ["id"]),
        ("searched", ["articles", "first", "last"]),
        ("searched_undated", ["articles"]),
        ("searched_no_dates", ["articles"]),
        ("also_in_more", ["articles"]),
        ("unknown_source", ["file"]),
    ],
)
def test_the_gaps_are_those_that_are_filled(name: str, gaps: list[str]) -> None:
    for texts in (ARABIC, ENGLISH):
        assert placeholders(getattr(texts, name)) == gaps


@LANGUAGES
def test_every_basis_and_every_month_has_its_words(texts: Texts) -> None:
    assert set(texts.bases) == set(Basis)
    assert len(set(texts.bases.values())) == len(Basis)
    assert len(set(texts.months)) == 12


@pytest.mark.parametrize("name", [name for name in NAMES if name != "language"])
def test_arabic_texts_are_arabic_and_english_ones_are_not(name: str) -> None:
    assert all(has_arabic(text) for text in strings(ARABIC, name))
    assert not any(has_arabic(text) for text in strings(ENGLISH, name))


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "مقال واحد"),
        (2, "مقالين"),
        (3, "3 مقالات"),
        (10, "10 مقالات"),
        (11, "11 مقالا"),
        (20, "20 مقالا"),
        (99, "99 مقالا"),
        (100, "100 مقال"),
        (101, "101 مقال"),
        (102, "102 مقال"),
        (103, "103 مقالات"),
        (110, "110 مقالات"),
        (111, "111 مقالا"),
        (200, "200 مقال"),
        (1000, "1000 مقال"),
        (1003, "1003 مقالات"),
        (32500, "32500 مقال"),
    ],
)
def test_arabic_counts_articles_with_the_noun_in_its_right_form(count: int, said: str) -> None:
    assert ARABIC.count_articles(count) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 articles"),
        (1, "1 article"),
        (2, "2 articles"),
        (3, "3 articles"),
        (11, "11 articles"),
        (101, "101 articles"),
    ],
)
def test_english_counts_articles(count: int, said: str) -> None:
    assert ENGLISH.count_articles(count) == said


@LANGUAGES
@given(count=st.integers(3, 10**6))
@settings(deadline=None, max_examples=100)
def test_a_count_shows_its_number(texts: Texts, count: int) -> None:
    assert re.findall(r"\d+", texts.count_articles(count)) == [str(count)]


@pytest.mark.parametrize(
    ("value", "arabic", "english"),
    [
        ("2021-03-30", "30 مارس 2021", "30 March 2021"),
        ("2024-10-01", "1 أكتوبر 2024", "1 October 2024"),
        ("2020-12-09", "9 ديسمبر 2020", "9 December 2020"),
        ("2022-01", "يناير 2022", "January 2022"),
        ("2022", "2022", "2022"),
    ],
)
def test_a_date_is_said_as_precisely_as_it_is_known(value: str, arabic: str, english: str) -> None:
    assert ARABIC.day(value) == arabic
    assert ENGLISH.day(value) == english


@LANGUAGES
@pytest.mark.parametrize("basis", list(Basis))
def test_a_known_date_is_said_with_its_basis(texts: Texts, basis: Basis) -> None:
    said = texts.date(Published("2021-03-30", Precision.DAY, basis))
    assert plain(said) == f"{texts.day('2021-03-30')} ({texts.bases[basis]})"


@LANGUAGES
def test_an_unknown_date_is_said_to_be_unknown(texts: Texts) -> None:
    assert texts.date(Published()) == texts.unknown


@LANGUAGES
def test_what_was_searched_is_said_with_its_first_and_last_day(texts: Texts) -> None:
    said = plain(texts.coverage(COVERAGE))
    assert texts.count_articles(5) in said
    assert said.index(texts.day("2021-03-30")) < said.index(texts.day("2024-10-01"))
    assert not re.search("[{}]", said)


@LANGUAGES
def test_articles_without_a_date_are_counted_apart(texts: Texts) -> None:
    said = plain(texts.coverage(replace(COVERAGE, undated=3)))
    assert texts.count_articles(5) in said
    assert said.endswith(texts.searched_undated.format(articles=texts.count_articles(3)))
    assert texts.count_articles(3) not in texts.coverage(COVERAGE)


@LANGUAGES
def test_an_archive_without_any_date_names_none(texts: Texts) -> None:
    said = texts.coverage(replace(COVERAGE, first=None, last=None, undated=5))
    assert re.findall(r"\d+", said) == ["5"]


def test_two_articles_without_a_date_are_counted_in_the_right_case() -> None:
    said = ARABIC.coverage(replace(COVERAGE, undated=2))
    assert "وتاريخ مقالين منها غير معروف." in said


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("ar", ARABIC),
        ("ar-EG", ARABIC),
        (None, ARABIC),
        ("en", ENGLISH),
        ("en-GB", ENGLISH),
        ("fr", ENGLISH),
        ("fa", ENGLISH),
    ],
)
def test_a_reader_gets_arabic_unless_their_telegram_is_in_another_language(
    code: str | None, texts: Texts
) -> None:
    assert texts_for(code) is texts


def test_each_language_knows_its_own_code() -> None:
    for texts in (ARABIC, ENGLISH):
        assert texts_for(texts.language) is texts


@pytest.mark.parametrize(
    ("text", "arabic"),
    [
        ("من رأس الاجتماع؟", True),
        ("What about داعش?", True),
        ("کجا", True),
        ("ﺩﺍﻋﺶ", True),
        ("Who chaired the meeting?", False),
        ("2254", False),
        ("", False),
        ("😀", False),
    ],
)
def test_arabic_is_told_by_its_letters(text: str, arabic: bool) -> None:  # noqa: FBT001
    assert has_arabic(text) is arabic


def test_isolated_text_is_the_text_between_two_marks() -> None:
    assert isolated("Reuters") == "\u2068Reuters\u2069"
