"""A generation made of the one before is what one made at one go would be."""

import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import numpy as np
import pytest
from conftest import SEEDS, silent

from retrieval.building import build
from retrieval.calibration import Calibration
from retrieval.encoder import BUNDLED, Encoder
from retrieval.generation import Generation
from retrieval.keys import Keys
from retrieval.previous import previous
from retrieval.processes import run_fresh
from retrieval.retriever import Ranker, Retriever
from retrieval.verification import verify

SUBJECTS = ("الزلزال", "الانتخابات", "المعرض", "الميزانية", "الجفاف", "المباراة", "الميناء")
QUESTIONS = (
    "من ترأس الاجتماع الوزاري للتحالف في روما؟",
    "كم عضوا في التحالف الدولي؟",
)
WIRE = (
    "وأفادت الوكالة نقلا عن مصادر رسمية بأن اللجنة العليا قررت تأجيل الجلسة المقبلة إلى إشعار "
    "آخر بعد مشاورات طويلة استمرت حتى ساعة متأخرة من الليل."
)


def article(number: int, source: str, edition: int = 0) -> dict[str, str]:
    subject = SUBJECTS[number % len(SUBJECTS)]
    paragraphs = [
        f"تحدث الخبراء عن {subject} في الندوة رقم {number} وقالوا إن العدد بلغ {number + 20}.",
        f"وفي سياق آخر شهدت المدينة أمطارا غزيرة في يوم {number}. " * 8,
        WIRE if number % 3 == 0 else "",
        f"وهذه طبعة {edition} من الخبر." if edition else "",
    ]
    return {
        "_id": f"a{number}",
        "title": f"خبر رقم {number} عن {subject}",
        "text": "\n\n".join(paragraph for paragraph in paragraphs if paragraph),
        "source": source,
        "published": f"2021-0{1 + number % 9}-11",
    }


def write(path: Path, articles: Sequence[dict[str, str]]) -> None:
    lines = [json.dumps(one, ensure_ascii=False) for one in articles]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def rows_of(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "archive.sqlite")) as connection:
        return connection.execute(query).fetchall()


def same_generation(one: Path, other: Path, encoder: Encoder) -> None:
    """Hold everything that questions are answered from against each other."""
    for query in ("SELECT * FROM article ORDER BY number", "SELECT * FROM passage ORDER BY row"):
        assert rows_of(one, query) == rows_of(other, query)
    # What is new is compared shingle by shingle, so pairs that MinHash misses are found.
    near = "SELECT * FROM near"
    assert set(rows_of(one, near)) >= set(rows_of(other, near))
    a, b = Generation(one, encoder), Generation(other, encoder)
    np.testing.assert_array_equal(a.vectors.matrix, b.vectors.matrix)
    np.testing.assert_array_equal(a.facets.article, b.facets.article)
    rows = list(range(a.coverage.passages))
    mine, theirs = a.forward.segments(rows), b.forward.segments(rows)
    for name in ("norms", "kinds", "spans", "owner", "titles", "begins"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))
    for name in ("keys", "stems", "skeletons", "vectors", "lengths"):
        np.testing.assert_array_equal(
            getattr(mine, name)[mine.tokens], getattr(theirs, name)[theirs.tokens]
        )
    calibration = Calibration.for_encoder(encoder, Path("nowhere"))
    first, second = Retriever(a, calibration), Retriever(b, calibration)
    # tantivy counts what is gone among those that have a term, and Chroma's graph is another one
    # each time it is built: near ties may fall the other way.
    for question in QUESTIONS:
        for ranker in (Ranker.LEXICAL, Ranker.DENSE):
            left, right = (one.rank(question, ranker).candidates for one in (first, second))
            assert left[0].row in [candidate.row for candidate in right[:3]]
            cosines = {candidate.row: candidate.dense for candidate in right}
            assert left[0].dense == pytest.approx(cosines[left[0].row], abs=1e-6)
    a.close()
    b.close()


@pytest.fixture
def corpus(tmp_path: Path) -> list[Path]:
    shutil.copytree(SEEDS, tmp_path / "seeds")
    write(tmp_path / "a.jsonl", [article(n, f"مصدر {n % 4}") for n in range(40)])
    return [tmp_path / "seeds", tmp_path / "a.jsonl"]


def test_what_has_not_changed_is_taken_over_and_nothing_differs(
    tmp_path: Path, corpus: list[Path], encoder: Encoder
) -> None:
    first = build(tmp_path / "first", corpus, encoder, silent)
    assert first.taken == 0
    articles = [article(n, f"مصدر {n % 4}") for n in range(40) if n not in (0, 17, 39)]
    articles[5] = article(5 + 1, "مصدر 2", edition=2)
    articles.insert(9, article(77, "مصدر جديد"))
    articles.append(article(81, "مصدر 1"))
    write(corpus[1], articles)
    second = build(tmp_path / "second", corpus, encoder, silent, replaces=tmp_path / "first")
    assert (second.changes.added, second.changes.changed, second.changes.removed) == (2, 1, 3)
    whole = build(tmp_path / "whole", corpus, encoder, silent)
    assert 0.8 * second.passages < second.taken < second.passages == whole.passages
    assert Keys.load(tmp_path / "second" / "keys.npy").dead > 0
    run_fresh(verify, tmp_path / "second", corpus, BUNDLED, tmp_path, None, on_progress=silent)
    same_generation(tmp_path / "second", tmp_path / "whole", encoder)


def test_generation_upon_generation_stays_what_it_would_be_at_one_go(
    tmp_path: Path, corpus: list[Path], encoder: Encoder
) -> None:
    chance = Random(7)
    articles = {n: article(n, f"مصدر {n % 4}") for n in range(40)}
    before = tmp_path / "g0"
    build(before, corpus, encoder, silent)
    for round_ in range(1, 4):
        for number in chance.sample(sorted(articles), 2):
            del articles[number]
        for number in chance.sample(sorted(articles), 2):
            articles[number] = article(number, "مصدر 3", edition=round_)
        articles[100 + round_] = article(100 + round_, f"مصدر {round_}")
        listed = list(articles.values())
        chance.shuffle(listed)
        write(corpus[1], listed)
        after = tmp_path / f"g{round_}"
        assert build(after, corpus, encoder, silent, replaces=before).taken > 0
        before = after
    build(tmp_path / "whole", corpus, encoder, silent)
    assert rows_of(before, "SELECT row, twin FROM passage ORDER BY row") == rows_of(
        tmp_path / "whole", "SELECT row, twin FROM passage ORDER BY row"
    )
    same_generation(before, tmp_path / "whole", encoder)


def test_an_archive_in_another_order_is_taken_over_whole(
    tmp_path: Path, corpus: list[Path], encoder: Encoder
) -> None:
    build(tmp_path / "first", corpus, encoder, silent)
    again = [corpus[1], corpus[0]]
    second = build(tmp_path / "second", again, encoder, silent, replaces=tmp_path / "first")
    assert second.taken == second.passages
    assert second.changes.unchanged == second.articles
    build(tmp_path / "whole", again, encoder, silent)
    same_generation(tmp_path / "second", tmp_path / "whole", encoder)


def test_dead_keys_and_other_encoders_are_reasons_to_build_anew(
    tmp_path: Path, corpus: list[Path], encoder: Encoder
) -> None:
    build(tmp_path / "first", corpus, encoder, silent)
    assert previous(tmp_path / "first", encoder) is not None
    write(corpus[1], [article(n, "مصدر") for n in range(5)])
    build(tmp_path / "second", corpus, encoder, silent, replaces=tmp_path / "first")
    assert previous(tmp_path / "second", encoder) is None
    third = build(tmp_path / "third", corpus, encoder, silent, replaces=tmp_path / "second")
    assert third.taken == 0
    manifest = tmp_path / "first" / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace(encoder.fingerprint, "another"), encoding="utf-8")
    assert previous(tmp_path / "first", encoder) is None
