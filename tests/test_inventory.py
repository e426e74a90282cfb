"""What is known of the archive's articles, and what an editor could fill in."""

import json
import tomllib
from pathlib import Path

import pytest
from conftest import SEEDS

from retrieval import inventory
from retrieval.articles import Corpus
from retrieval.articles.provenance import Sources
from retrieval.documents import Article, Basis, Precision, Published, Source

COMPLETE = Article(
    id="complete",
    title="عنوان",
    body="نص.",
    source=Source("BBC", Basis.STATED),
    published=Published("2018-05-12", Precision.DAY, Basis.STATED),
    url="https://example.org/1",
)
BARE = Article(id='a "b" ]', title="أول\nالنص", body="أول النص.", title_basis=Basis.ESTIMATED)


def test_of_a_complete_article_nothing_is_missing() -> None:
    assert inventory.missing(COMPLETE) == []


def test_a_title_from_the_text_and_a_date_of_the_page_are_missing() -> None:
    page = Published("2024-03-29", Precision.DAY, Basis.PAGE)
    article = Article("x", "أول النص", "أول النص.", Basis.ESTIMATED, published=page)
    assert inventory.missing(article) == ["title", "source", "published", "url"]


def test_every_article_has_its_line_and_the_last_line_sums_up() -> None:
    first, second, summary = inventory.lines([COMPLETE, BARE])
    assert first == (
        "complete\t2018-05-12 (stated)\tBBC (stated)\thttps://example.org/1\tعنوان (stated)"
    )
    assert second == 'a "b" ]\t-\t-\t-\tأول النص (estimated)'
    assert summary == ("2 articles; not known: title of 1, source of 1, published of 1, url of 1")


def test_only_those_with_gaps_are_listed_when_asked() -> None:
    assert [line.split("\t")[0] for line in inventory.lines([COMPLETE, BARE], only_missing=True)][
        :-1
    ] == [BARE.id]


def test_a_template_is_a_sources_file_that_changes_nothing(tmp_path: Path) -> None:
    text = "\n".join(inventory.template([COMPLETE, BARE]))
    assert list(tomllib.loads(text)) == [BARE.id]
    (tmp_path / "sources.toml").write_text(text, encoding="utf-8")
    sources = Sources.of(tmp_path / "x.txt", tmp_path)
    assert sources.complete(BARE) == BARE


def test_a_template_that_is_filled_in_completes_the_article(tmp_path: Path) -> None:
    text = "\n".join(inventory.template([BARE])).replace("# ", "").replace("YYYY-MM-DD", "2020-01")
    filled = "\n".join(line.split("  أول")[0] for line in text.splitlines())
    (tmp_path / "sources.toml").write_text(filled, encoding="utf-8")
    article = Sources.of(tmp_path / "x.txt", tmp_path).complete(BARE)
    assert inventory.missing(article) == []
    assert article.published == Published("2020-01", Precision.MONTH, Basis.EDITOR)


@pytest.mark.parametrize("character", ["\n", "\r", "\x85", "\u2028", "\x00", "]"])
def test_no_title_breaks_a_template(character: str) -> None:
    article = Article("x", f"أول{character}النص", "أول النص.", Basis.ESTIMATED)
    assert tomllib.loads("\n".join(inventory.template([article]))) == {"x": {}}


def test_of_the_seeds_each_date_is_known_and_one_source() -> None:
    gaps = {article.id[:3]: inventory.missing(article) for article in Corpus([SEEDS])}
    assert gaps == {
        "000": ["url"],
        "001": ["source", "url"],
        "002": ["source", "url"],
        "003": ["title", "source", "url"],
        "004": ["source", "url"],
    }
    assert json.dumps(gaps)
