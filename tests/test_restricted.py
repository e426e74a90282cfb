"""Questions about a time or a source are answered from it, and from nothing else."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from conftest import silent
from numpy.typing import NDArray

from retrieval import vectors as vectors_module
from retrieval.calibration import Calibration
from retrieval.chroma_folder import FolderCollection, FolderWriter
from retrieval.documents import Outcome, Restriction
from retrieval.encoder import BUNDLED, Encoder, FloatArray
from retrieval.keys import Keys
from retrieval.opening import open_current
from retrieval.publishing import publish_new
from retrieval.retriever import Ranker, Retriever
from retrieval.vectors import VectorIndex, VectorWriter

QUESTION = "كم بلغ عدد ضحايا زلزال أغادير؟"
TODAY = date(2021, 7, 15)
TOLD = "بلغ عدد ضحايا زلزال أغادير {number} قتيلا، بحسب ما أعلنه وزير الداخلية في مؤتمر صحفي."
# Other words, so that no two articles are copies of one another.
REST = (
    "ووصلت فرق الإنقاذ إلى المدينة مساء واستمر البحث عن ناجين تحت الأنقاض طوال الليل.",
    "وأرسلت دول عدة مساعدات طبية وخياما، وقال شهود إن الطرق المؤدية إلى الحي القديم مقطوعة.",
    "ويعد هذا من أعنف ما عرفته المنطقة منذ عقود وفق مركز الرصد الوطني في الرباط.",
    "وأعلن الحداد ثلاثة أيام، وألغيت الاحتفالات التي كانت مقررة في نهاية الأسبوع.",
    "وتوقفت الدراسة في مدارس الإقليم، وفتحت الملاعب لإيواء الأسر التي فقدت بيوتها.",
    "وقالت شركة الكهرباء إن التيار عاد إلى نصف الأحياء وإن العمل مستمر في البقية.",
)


def record(name: str, source: str, published: str, number: int) -> dict[str, str]:
    text = f"{TOLD.format(number=number)} {REST[number % len(REST)]}"
    title = f"زلزال أغادير: خبر {name}"
    return {"_id": name, "title": title, "text": text, "source": source, "published": published}


RECORDS = [
    record("bbc-2018", "BBC", "2018-05-12", 100),
    record("bbc-2017", "BBC", "2017-05-12", 101),
    record("cnn-2018", "CNN", "2018-06-01", 102),
    record("cnn-month", "CNN", "2021-06", 103),
    record("undated", "skynews", "", 104),
    record("last-week", "skynews", "2021-07-08", 105),
]


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[Retriever]:
    place = tmp_path_factory.mktemp("dated")
    lines = "\n".join(json.dumps(record, ensure_ascii=False) for record in RECORDS)
    (place / "articles.jsonl").write_text(lines, encoding="utf-8")
    publish_new(place / "var", [place / "articles.jsonl"], BUNDLED, silent)
    generation = open_current(place / "var", encoder)
    yield Retriever(generation, Calibration.for_encoder(encoder, place / "var"))
    generation.close()


def found(retriever: Retriever, question: str, restriction: Restriction | None = None) -> set[str]:
    """Return the articles that a question finds, also those folded into a hit."""
    hits = retriever.answer(question, top_k=10, restriction=restriction, today=TODAY).hits
    return {a.id for hit in hits for a in (hit.article, *(also.article for also in hit.also_in))}


EVERY = {record["_id"] for record in RECORDS}


def test_without_a_restriction_every_article_can_answer(dated: Retriever) -> None:
    answer = dated.answer(QUESTION, top_k=10)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.scope is None
    assert found(dated, QUESTION) == EVERY


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("في 2018", {"bbc-2018", "cnn-2018"}),
        ("في ٢٠١٨", {"bbc-2018", "cnn-2018"}),
        ("في عام 2017", {"bbc-2017"}),
        ("في أيار 2018", {"bbc-2018"}),
        ("في ماي 2018", {"bbc-2018"}),
        ("بين مايو ويونيو 2018", {"bbc-2018", "cnn-2018"}),
        ("بين مارس ويونيو 2021", {"cnn-month"}),
        ("منذ 2020", {"cnn-month", "last-week"}),
        ("في الأسبوع الماضي", {"last-week"}),
        ("يوم 12 مايو 2018", {"bbc-2018"}),
        ("منذ 2022", set()),
    ],
)
def test_a_time_restricts_and_leaves_the_undated_in(
    dated: Retriever, phrase: str, expected: set[str]
) -> None:
    question = f"{QUESTION[:-1]} {phrase}؟"
    answer = dated.answer(question, top_k=10, today=TODAY)
    assert found(dated, question) == expected | {"undated"}
    assert answer.question == question
    assert answer.scope is not None
    assert (answer.scope.articles, answer.scope.undated) == (len(expected) + 1, 1)


@pytest.mark.parametrize("phrase", ["من بي بي سي", "من BBC", "نقلا عن بي بي سي"])
def test_a_source_restricts(dated: Retriever, phrase: str) -> None:
    assert found(dated, f"{QUESTION[:-1]} {phrase}؟") == {"bbc-2018", "bbc-2017"}


@pytest.mark.parametrize(
    "phrase", ["في 2018 من بي بي سي", "من بي بي سي في 2018", "في عام ٢٠١٨ من BBC"]
)
def test_time_and_source_restrict_together(dated: Retriever, phrase: str) -> None:
    answer = dated.answer(f"{QUESTION[:-1]} {phrase}؟", top_k=10)
    assert {hit.article.id for hit in answer.hits} == {"bbc-2018"}
    assert answer.outcome is Outcome.ANSWERED
    assert answer.scope is not None
    assert answer.scope.restriction == Restriction(date(2018, 1, 1), date(2018, 12, 31), ("BBC",))


def test_a_time_before_the_archive_is_the_story_s(dated: Retriever) -> None:
    answer = dated.answer("كم بلغ عدد ضحايا زلزال أغادير في 1960؟", top_k=10)
    assert answer.scope is None
    assert answer.outcome is not Outcome.ABSENT


def test_a_source_stays_when_the_time_is_the_story_s(dated: Retriever) -> None:
    answer = dated.answer("كم بلغ عدد ضحايا زلزال أغادير في 1960 من CNN؟", top_k=10)
    assert answer.scope is not None
    assert answer.scope.restriction == Restriction(sources=("CNN",))


def test_a_source_the_archive_does_not_have_restricts_nothing(dated: Retriever) -> None:
    assert dated.answer(f"{QUESTION[:-1]} من رويترز؟").scope is None


def test_a_restriction_given_is_taken_instead_of_what_the_question_says(dated: Retriever) -> None:
    question = f"{QUESTION[:-1]} في 2018؟"
    given = Restriction(sources=("skynews",))
    assert set() < found(dated, question, given) <= {"undated", "last-week"}
    assert dated.answer(question, restriction=Restriction()).scope is None
    for restriction, expected in ((given, {"undated", "last-week"}), (Restriction(), EVERY)):
        rows = [one.row for one in dated.rank(question, restriction=restriction).candidates]
        assert {stored.article.id for stored in dated.passages(rows).values()} == expected


def test_nothing_but_a_restriction_is_asked_as_it_stands(dated: Retriever) -> None:
    answer = dated.answer("في 2018 من بي بي سي", top_k=10)
    assert {hit.article.id for hit in answer.hits} <= {"bbc-2018", "undated"}


def test_no_article_that_meets_it_is_an_absent_answer(dated: Retriever) -> None:
    answer = dated.answer(QUESTION, restriction=Restriction(date(2030, 1, 1), None, ("BBC",)))
    assert answer.outcome is Outcome.ABSENT
    assert answer.scope is not None
    assert answer.scope.articles == 0


@pytest.mark.parametrize("ranker", list(Ranker))
def test_every_ranker_keeps_to_the_restriction(dated: Retriever, ranker: Ranker) -> None:
    ranking = dated.rank(QUESTION, ranker, restriction=Restriction(sources=("CNN",)))
    stored = dated.passages([candidate.row for candidate in ranking.candidates])
    assert {passage.article.id for passage in stored.values()} == {"cnn-2018", "cnn-month"}


# --- Vectors ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[VectorIndex, FloatArray]]:
    folder = tmp_path_factory.mktemp("vectors")
    vectors = np.random.default_rng(5).normal(size=(3000, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    writer = VectorWriter(FolderWriter(folder / "chroma"), folder / "vectors.f32", 16)
    writer.add(vectors, range(3000), range(3000))
    writer.close()
    collection = FolderCollection(folder / "chroma")
    keys = Keys(np.arange(3000), 3000)
    yield VectorIndex(collection, folder / "vectors.f32", 16, keys), vectors
    collection.close()


NEVER_ASKED = 10_000


def nearest_of(rows: list[int], expected: NDArray[np.intp]) -> bool:
    """Say whether rows are the nearest, but for one in ten: Chroma's graph is built by chance."""
    return len(set(rows) & set(expected.tolist())) >= 0.9 * len(expected)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.1, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("as_long", [0, 20, NEVER_ASKED])
def test_a_search_among_some_rows_finds_the_nearest_of_them(
    indexed: tuple[VectorIndex, FloatArray],
    share: float,
    as_long: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vectors_module, "_AS_LONG", as_long)  # from asking Chroma always to never
    index, vectors = indexed
    allowed = np.random.default_rng(6).random(3000) < share
    query = vectors[17]
    hits = index.search(query, 10, allowed)
    cosines = np.where(allowed, vectors @ query, -2.0)
    expected = np.argsort(-cosines)[: min(10, int(allowed.sum()))]
    rows = [row for row, _ in hits]
    assert len(rows) == len(expected)
    assert nearest_of(rows, expected)
    if as_long == NEVER_ASKED:
        assert rows == expected.tolist()
    assert [cosine for _, cosine in hits] == pytest.approx(cosines[rows].tolist(), abs=1e-5)
    assert all(allowed[rows])
    assert rows == sorted(rows, key=lambda row: -cosines[row])


@pytest.mark.parametrize("farther_than", [0.5, 0.9, 0.98, 0.995])
def test_a_search_among_rows_that_lie_far_finds_the_nearest_of_them(
    indexed: tuple[VectorIndex, FloatArray], farther_than: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors_module, "_AS_LONG", 0)
    index, vectors = indexed
    query = vectors[17]
    cosines = vectors @ query
    allowed = cosines < np.quantile(cosines, farther_than)
    hits = index.search(query, 100, allowed)
    expected = np.argsort(-np.where(allowed, cosines, -2.0))[:100]
    assert 40 <= len(hits) <= 100
    rows = [row for row, _ in hits]
    assert allowed[rows].all()
    assert rows == sorted(rows, key=lambda row: -cosines[row])
    assert nearest_of(rows, expected[: len(hits)])


def test_similarities_are_those_of_the_rows_asked_for(tmp_path: Path) -> None:
    vectors = np.eye(4, dtype=np.float32)
    writer = VectorWriter(FolderWriter(tmp_path / "chroma"), tmp_path / "vectors.f32", 4)
    writer.add(vectors[:2], [0, 1], [0, 1])
    writer.add(vectors[2:], [2, 3], [2, 3])
    writer.close()
    keys = Keys(np.arange(4), 4)
    collection = FolderCollection(tmp_path / "chroma")
    index = VectorIndex(collection, tmp_path / "vectors.f32", 4, keys)
    assert index.similarities(vectors[2], [3, 2]) == {3: 0.0, 2: 1.0}
    assert index.similarities(vectors[2], []) == {}
    collection.close()
