"""When and by whom: which articles meet a restriction."""

from datetime import date
from pathlib import Path

import pytest

from retrieval.documents import Article, Basis, Precision, Published, Restriction, Source
from retrieval.facets import Facets, FacetsWriter, days


def article(
    name: str, value: str | None, source: str | None, basis: Basis | None = None
) -> Article:
    published = Published()
    if value:
        precision = (Precision.YEAR, Precision.MONTH, Precision.DAY)[value.count("-")]
        published = Published(value, precision, basis or Basis.STATED)
    return Article(
        id=name,
        title=name,
        body=name,
        published=published,
        source=Source(source, Basis.STATED) if source else Source(),
    )


ARTICLES = [
    article("bbc-2018", "2018-05-12", "BBC"),
    article("bbc-2017", "2017-12-31", "BBC"),
    article("cnn-march", "2018-03", "CNN"),
    article("cnn-year", "2018", "CNN"),
    article("undated", None, "BBC"),
    article("of-the-page", "2018-01-01", None, Basis.PAGE),
    article("estimated", "2018-12-31", None, Basis.ESTIMATED),
]


@pytest.fixture
def facets(tmp_path: Path) -> Facets:
    writer = FacetsWriter()
    for number, one in enumerate(ARTICLES):
        writer.add(one, number % 3)
    writer.save(tmp_path / "facets.npz")
    return Facets(tmp_path / "facets.npz")


def met(facets: Facets, restriction: Restriction) -> set[str]:
    return {a.id for a, ok in zip(ARTICLES, facets.articles(restriction), strict=True) if ok}


UNDATED = {"undated", "of-the-page"}


def test_no_restriction_is_met_by_all(facets: Facets) -> None:
    assert met(facets, Restriction()) == {one.id for one in ARTICLES}


def test_a_year_is_met_by_its_articles_and_by_those_of_unknown_date(facets: Facets) -> None:
    year = Restriction(date(2018, 1, 1), date(2018, 12, 31))
    dated = {"bbc-2018", "cnn-march", "cnn-year", "estimated"}
    assert met(facets, year) == dated | UNDATED


def test_a_date_known_to_the_month_meets_any_day_of_it(facets: Facets) -> None:
    day = Restriction(date(2018, 3, 31), date(2018, 3, 31))
    assert met(facets, day) == {"cnn-march", "cnn-year"} | UNDATED
    after = Restriction(date(2018, 4, 1), date(2018, 4, 1))
    assert met(facets, after) == {"cnn-year"} | UNDATED


@pytest.mark.parametrize(
    ("restriction", "dated"),
    [
        (Restriction(since=date(2018, 5, 12)), {"bbc-2018", "cnn-year", "estimated"}),
        (Restriction(since=date(2018, 5, 13)), {"cnn-year", "estimated"}),
        (Restriction(until=date(2017, 12, 31)), {"bbc-2017"}),
        (Restriction(until=date(2017, 12, 30)), set()),
    ],
)
def test_an_open_side_is_open(facets: Facets, restriction: Restriction, dated: set[str]) -> None:
    assert met(facets, restriction) == dated | UNDATED


def test_a_source_is_met_by_its_articles_only(facets: Facets) -> None:
    assert met(facets, Restriction(sources=("BBC",))) == {"bbc-2018", "bbc-2017", "undated"}
    assert met(facets, Restriction(sources=("BBC", "CNN"))) == {
        *("bbc-2018", "bbc-2017", "undated"),
        *("cnn-march", "cnn-year"),
    }
    assert met(facets, Restriction(sources=("رويترز",))) == set()


def test_time_and_source_hold_together(facets: Facets) -> None:
    restriction = Restriction(date(2018, 1, 1), date(2018, 12, 31), ("BBC",))
    assert met(facets, restriction) == {"bbc-2018", "undated"}
    assert facets.undated(facets.articles(restriction)) == 1


def test_the_date_of_a_page_is_none_of_its_article() -> None:
    assert days(Published("2024-03-29", Precision.DAY, Basis.PAGE)) == days(Published())


def test_february_ends_when_it_does() -> None:
    first, last = days(Published("2020-02", Precision.MONTH, Basis.EDITOR))
    assert date.fromordinal(first) == date(2020, 2, 1)
    assert date.fromordinal(last) == date(2020, 2, 29)


def test_the_earliest_day_is_that_of_a_dated_article(facets: Facets) -> None:
    assert facets.earliest == date(2017, 12, 31)


def test_an_archive_without_dates_has_no_earliest_day(tmp_path: Path) -> None:
    writer = FacetsWriter()
    writer.add(article("undated", None, None), 1)
    writer.save(tmp_path / "facets.npz")
    assert Facets(tmp_path / "facets.npz").earliest is None


def test_every_passage_knows_its_article(facets: Facets) -> None:
    assert facets.article.tolist() == [1, 2, 2, 4, 5, 5]
    assert facets.sources == ["", "BBC", "CNN"]
