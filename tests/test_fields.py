"""Named fields become an article, and a date only where one is certainly stated."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.arabic import fold
from retrieval.articles import fields
from retrieval.articles.fields import canonical, dated, entries, parse_date, stated_date, titled
from retrieval.articles.findings import Remark, Skipped
from retrieval.documents import Article, Basis, Precision, Published, Source
from retrieval.errors import CorpusError

TODAY = date(2024, 5, 12)
DAY = Published("2021-03-30", Precision.DAY, Basis.STATED)
MONTH = Published("2021-03", Precision.MONTH, Basis.STATED)


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "today", lambda: TODAY)


# --- Dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "2021-03-30",
        "2021-03-30T23:30:00-05:00",
        "2021-03-30 00:10",
        "2021-03-30T00:10:00Z",
        "20210330",
        "2021/3/30",
        "30/3/2021",
        "30.03.2021 10:30",
        "٣٠/٣/٢٠٢١",
        "٣٠ مارس ٢٠٢١",
        "30 آذار/مارس 2021",
        "الثلاثاء 30 مارس 2021 - 10:30",
        "نشر في: 30 مارس 2021",
        "30 March 2021",
        "30-Mar-2021",
        "Mar 30, 2021",
        "March 30, 2021 10:00 PM",
        "Tuesday, March 30, 2021",
        "Tue, 30 Mar 2021 10:00:00 GMT",
        "30 mars 2021",
        "Le 30 mars 2021 à 09:00",
        "mardi 30 mars 2021",
        "\u200f30 مارس 2021\u200f",
        " 30  March\n2021 ",
    ],
)
def test_a_day_is_read_in_the_ways_that_metadata_writes_it(value: str) -> None:
    assert dated(value, "here") == (DAY, ())


@pytest.mark.parametrize("value", ["2021-03", "March 2021", "mars 2021", "مارس 2021", "آذار 2021"])
def test_a_month_stays_a_month(value: str) -> None:
    assert stated_date(value) == MONTH


def test_a_year_stays_a_year() -> None:
    assert stated_date("2021") == Published("2021", Precision.YEAR, Basis.STATED)


def test_the_day_comes_before_the_month() -> None:
    assert stated_date("03/04/2021") == Published("2021-04-03", Precision.DAY, Basis.STATED)


@pytest.mark.parametrize(
    "value",
    [
        "03/30/2021",
        "31 June 2021",
        "2021-02-30",
        "0000",
        "30 March",
        "30 March 21",
        "3-4-21",
        "Tuesday",
        "yesterday",
        "10:00",
        "last year",
        "Updated 30 March 2021",
        "Jan 2021 at 5",
        "hello 2021",
        "in 2021 or 2022",
        "1617098400",
        "12 رمضان 1442",
        "x" * 10_000,
        "2021-03-30" * 1000,
    ],
)
def test_what_is_no_whole_date_is_unknown_and_remarked(value: str) -> None:
    published, (remark,) = dated(value, "a.jsonl:3: x")
    assert published == Published()
    assert remark.what == "a.jsonl:3: x"
    assert value[:100] in remark.why
    assert "YYYY-MM-DD" in remark.why
    assert len(remark.why) < 250


@pytest.mark.parametrize("value", ["2024-05-14", "2024-06", "2025", "14 May 2024"])
def test_a_date_in_the_future_is_unknown_and_remarked(value: str) -> None:
    published, (remark,) = dated(value, "here")
    assert published == Published()
    assert "future" in remark.why


@pytest.mark.parametrize("value", ["2024-05-13", "2024-05", "2024"])
def test_tomorrow_is_today_in_another_time_zone(value: str) -> None:
    assert dated(value, "here")[0].value == value


@pytest.mark.parametrize("value", ["1442-09-12", "12/09/1442", "1442"])
def test_a_year_of_another_calendar_is_unknown_and_remarked(value: str) -> None:
    published, (remark,) = dated(value, "here")
    assert published == Published()
    assert "Gregorian" in remark.why


@pytest.mark.parametrize("value", ["", "  "])
def test_no_date_is_unknown_without_a_remark(value: str) -> None:
    assert dated(value, "here") == (Published(), ())


def test_nothing_of_a_date_comes_from_the_day_it_is_read_on() -> None:
    for value in ("March", "30", "30 March", "March 30", "12:00 March 30"):
        assert stated_date(value) is None


@given(st.one_of(st.text(max_size=60), st.from_regex(r"\w{1,9}[ ,./-]\d{1,4}[ ,./-]\w{1,9}.{0,9}")))
@settings(deadline=None, max_examples=300)
def test_any_text_is_a_date_that_it_spells_out_or_none(value: str) -> None:
    found = stated_date(value)
    if found is not None:
        assert found.value is not None
        year = int(found.value[:4])
        assert str(year) in fold(value)
        assert parse_date(found.value, Basis.STATED, "here") == found


@pytest.mark.parametrize("value", ["30 March 2021", "30/03/2021", "2021-3-30", "20210330", " 2021"])
def test_an_editor_writes_dates_in_one_way_only(value: str) -> None:
    with pytest.raises(CorpusError, match="sources: published is"):
        parse_date(value, Basis.EDITOR, "sources: published")


# --- Fields -------------------------------------------------------------------------------------

RECORD = {"_id": "x", "title": "عنوان", "text": "قال الوزير. ثم عاد."}


def only(record: dict[str, object]) -> Article:
    (article,) = entries(record, "here")
    assert isinstance(article, Article)
    return article


def test_a_record_is_an_article_with_what_it_states() -> None:
    stated = {
        "source": " وكالة ",
        "published": "2021-03-30",
        "url": "https://a.example",
        "abstract": "م",
    }
    assert only({**RECORD, **stated}) == Article(
        id="x",
        title="عنوان",
        body="قال الوزير. ثم عاد.",
        source=Source("وكالة", Basis.STATED),
        published=DAY,
        url="https://a.example",
        abstract="م",
    )


@pytest.mark.parametrize("title", [None, "", " \n"])
def test_the_first_sentence_stands_for_a_missing_title(title: str | None) -> None:
    article = only({**RECORD, "title": title})
    assert (article.title, article.title_basis) == ("قال الوزير.", Basis.ESTIMATED)
    assert article.body == RECORD["text"]


def test_a_title_is_one_line() -> None:
    assert only({**RECORD, "title": " سطر\n  آخر "}).title == "سطر آخر"


def test_a_first_sentence_without_end_is_cut_between_words() -> None:
    body = "كلمة " * 1000
    title = titled(Article(id="x", title="", body=body)).title
    assert body.startswith(f"{title} ")
    assert 400 < len(title) <= 500


def test_a_body_of_one_sentence_is_its_title_whole() -> None:
    assert (
        titled(Article(id="x", title="", body="\nقال الوزير ثم عاد\n")).title == "قال الوزير ثم عاد"
    )


def test_a_title_that_is_there_is_kept() -> None:
    article = Article(id="x", title="عنوان", body="نص.")
    assert titled(article) is article


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"_id": None}, "_id is missing"),
        ({"_id": " "}, "_id is missing"),
        ({"_id": 7}, "_id should be text, not int"),
        ({"text": ["x"]}, "text should be text, not list"),
        ({"url": {}}, "url should be text, not dict"),
        ({"title": "\ud83d"}, "title has half a character"),
        ({"text": "a\0b"}, "text has a NUL character"),
        ({"text": None}, "has no text"),
        ({"text": " \u200f\n…"}, "has no text"),
    ],
)
def test_a_record_that_is_no_article_is_passed_over(changed: dict[str, object], why: str) -> None:
    (skipped,) = entries({**RECORD, **changed}, "a.jsonl:3")
    assert isinstance(skipped, Skipped)
    assert skipped.what.startswith("a.jsonl:3")
    assert why in skipped.why


def test_an_article_with_a_wrong_date_stays_without_it() -> None:
    article, remark = entries({**RECORD, "published": "2999"}, "a.jsonl:3")
    assert isinstance(article, Article)
    assert article.published == Published()
    assert isinstance(remark, Remark)
    assert remark.what == "a.jsonl:3: x"


@pytest.mark.parametrize(
    ("name", "means"),
    [
        *(("ID", "_id"), ("docno", "_id"), ("Headline", "title"), ("body", "text")),
        *(("publisher", "source"), ("site", "source"), ("date", "published")),
        *(("Date_Time", "published"), ("pubdate", "published"), ("link", "url")),
        *(("canonical", "url"), ("description", "abstract"), ("published", "published")),
    ],
)
def test_names_that_mean_the_same_are_one(name: str, means: str) -> None:
    assert canonical({name: "x", "other": "y"}) == {
        **dict.fromkeys(["_id", "title", "text", "source", "published", "url", "abstract"]),
        means: "x",
    }


def test_of_two_names_the_first_that_has_a_value_counts() -> None:
    assert canonical({"headline": "b", "title": "a"})["title"] == "a"
    assert canonical({"headline": "b", "title": ""})["title"] == "b"
