"""Common terms are left out of a search, unless nothing else is asked."""

from pathlib import Path

import numpy as np
import pytest

from retrieval import arabic, lexical
from retrieval.analysis import analysed
from retrieval.facets import Facet
from retrieval.keys import Keys
from retrieval.lexical import Indexed, LexicalIndex, LexicalWriter

SUBJECTS = ("الزلزال", "الانتخابات", "المعرض", "الجفاف", "القمة", "الميناء", "الحريق", "الإضراب")
COMMON = "المدينة"
UNKNOWN = Facet(0, 0, 0)


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    """An index in which one word is in every text, and one other in each."""
    texts = [f"{subject} {COMMON}" for subject in SUBJECTS]
    writer = LexicalWriter(tmp_path / "tantivy")
    rows = range(len(texts))
    writer.add([Indexed.of(analysed(text)) for text in texts], [UNKNOWN] * len(texts), rows)
    writer.close()
    return LexicalIndex(tmp_path / "tantivy", Keys(np.arange(len(texts)), len(texts)))


def stem(word: str) -> str:
    return f"={arabic.stem(arabic.fold(word))}"


def test_among_few_passages_every_term_is_searched(index: LexicalIndex) -> None:
    query = index.query(f"{SUBJECTS[0]} {COMMON}")
    assert {stem(SUBJECTS[0]), stem(COMMON)} <= {*query.terms}
    assert next(row for row, _ in index.search(query, 10)) == 0
    assert len(index.search(query, 10)) == len(SUBJECTS)


def test_among_many_what_a_fifth_has_is_not(
    index: LexicalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lexical, "_COMMON", 0)
    query = index.query(f"{SUBJECTS[0]} {COMMON}")
    assert stem(SUBJECTS[0]) in query.terms
    assert stem(COMMON) not in query.terms
    ((row, score),) = index.search(query, 10)
    assert row == 0
    assert 0 < score <= 1


def test_common_words_are_searched_where_nothing_else_is_asked(
    index: LexicalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lexical, "_COMMON", 0)
    found = index.search(index.query(COMMON), 10)
    assert {row for row, _ in found} == {*range(len(SUBJECTS))}
    assert all(0 < score <= 1 for _, score in found)
