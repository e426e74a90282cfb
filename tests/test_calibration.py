"""Signals become an order, a probability and an outcome; the weights are fitted."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier

from retrieval.calibration import (
    DEFAULT,
    OUTCOME_SIGNALS,
    SCALED,
    Calibration,
    outcome_signals,
)
from retrieval.documents import Outcome
from retrieval.encoder import Encoder
from retrieval.errors import CorpusError, EncoderError
from retrieval.evidence import SENTENCE_SIGNALS, SIGNALS
from retrieval.fitting import ANSWERED, Collection, fit
from retrieval.trees import Trees

SUBJECTS = (
    "الزلزال", "الانتخابات", "المعرض", "المباراة", "الميزانية", "الجفاف", "القمة", "الميناء",
    "المهرجان", "الإضراب", "الحريق", "المتحف",
)  # fmt: skip


MATCH, SCORE = OUTCOME_SIGNALS.index("match"), OUTCOME_SIGNALS.index("score")
# The first tells 0.8 where the match is above a half, but 0.4 where the score is up to 2; else 0.1.
# The second knows one answer.
TWO_TREES = Trees(
    roots=[0, 5],
    feature=[MATCH, -1, SCORE, -1, -1, -1],
    right=[2, 0, 2, 0, 0, 0],
    value=[0.5, 0.1, 2.0, 0.4, 0.8, 0.5],
)


def calibration(**changed: object) -> Calibration:
    made: dict[str, object] = {
        "fusion": {"lexical": 1.0, "dense": 1.0},
        "ranking": {"match": 2.0},
        "sentence": {"dense": 3.0},
        "trees": TWO_TREES,
        "answered": 0.6,
        "related": 0.3,
    }
    return Calibration(**(made | changed))  # type: ignore[arg-type] # made of the right ones


def test_scores_are_weighted_sums_of_named_signals() -> None:
    signals = np.zeros((2, len(SIGNALS)), dtype=np.float32)
    signals[:, SIGNALS.index("match")] = [0.25, 0.5]
    signals[:, SIGNALS.index("stems")] = [9, 9]
    assert calibration().scores(signals).tolist() == [0.5, 1.0]
    sentences = np.zeros((1, len(SENTENCE_SIGNALS)), dtype=np.float32)
    sentences[0, SENTENCE_SIGNALS.index("dense")] = 0.5
    assert calibration().sentence_scores(sentences).tolist() == [1.5]


@pytest.mark.parametrize(
    ("match", "score", "leaf"),
    [(0.2, 9.0, 0.1), (0.5, 9.0, 0.1), (0.75, 2.0, 0.4), (0.75, 2.5, 0.8)],
)
def test_a_probability_is_the_mean_of_what_the_trees_tell(
    match: float, score: float, leaf: float
) -> None:
    signals = np.zeros(len(OUTCOME_SIGNALS), dtype=np.float32)
    signals[[MATCH, SCORE]] = match, score
    (likely,) = calibration().probabilities(signals[None])
    assert likely == pytest.approx((leaf + 0.5) / 2)


def test_trees_tell_what_the_library_that_grew_them_tells() -> None:
    chance = np.random.default_rng(3)
    rows = chance.normal(size=(400, 5)).astype(np.float32)
    labels = rows[:, 0] * rows[:, 1] + chance.normal(0, 0.3, 400) > 0.2
    model = ExtraTreesClassifier(n_estimators=30, min_samples_leaf=4, random_state=0)
    model.fit(rows, labels)
    trees = Trees.of(model)
    np.testing.assert_allclose(
        trees.probabilities(rows), model.predict_proba(rows)[:, 1], atol=1e-3
    )


@pytest.mark.parametrize(
    ("probability", "outcome"),
    [
        (0.6, Outcome.ANSWERED),
        (0.59, Outcome.RELATED),
        (0.3, Outcome.RELATED),
        (0.29, Outcome.ABSENT),
    ],
)
def test_thresholds_part_the_three_outcomes(probability: float, outcome: Outcome) -> None:
    assert calibration().outcome(probability) is outcome


def test_what_decides_the_outcome_has_the_leads_over_the_others() -> None:
    signals = np.arange(6 * len(SIGNALS), dtype=np.float32).reshape(6, -1)
    scores = np.array([10, 8, 7, 6, 5, 4], dtype=np.float32)
    found = outcome_signals(signals, scores, 0)
    assert found[: len(SIGNALS)].tolist() == signals[0].tolist()
    assert found[len(SIGNALS) :].tolist() == [10, 2, 5, 4]
    second = outcome_signals(signals, scores, 1)
    assert second[len(SIGNALS) :].tolist() == pytest.approx([8, -2, 3, 1.6])


def test_the_only_candidate_leads_by_its_whole_score() -> None:
    signals = np.ones((1, len(SIGNALS)), dtype=np.float32)
    found = outcome_signals(signals, np.array([3], dtype=np.float32), 0)
    assert found[len(SIGNALS) :].tolist() == [3, 3, 3, 3]


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    calibration().save(tmp_path / "calibration.json")
    assert Calibration.load(tmp_path / "calibration.json") == calibration()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"fusion": 1}', '{"trees": {}}', "nonsense"])
def test_a_damaged_calibration_is_an_error_by_its_path(tmp_path: Path, text: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EncoderError, match=r"calibration\.json"):
        Calibration.load(path)


def test_a_calibration_fitted_to_other_signals_tells_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    calibration().save(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    data["signals"].remove("foreign")
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(EncoderError, match=r"calibration\.json: .*retrieval calibrate"):
        Calibration.load(path)


def test_the_default_weighs_nothing_that_depends_on_an_encoder() -> None:
    default = Calibration.load(DEFAULT)
    assert not set(SCALED) & default.ranking.keys()
    assert default.ranking.keys() <= set(SIGNALS)
    used = {OUTCOME_SIGNALS[number] for number in default.trees.feature if number >= 0}
    assert used
    assert not set(SCALED) & used
    assert 0 < default.related < default.answered < 1


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    folder = tmp_path_factory.mktemp("collection")
    articles, questions = [], []
    for number, subject in enumerate(SUBJECTS):
        quote = f"تحدث الخبراء عن {subject} طويلا وقالوا إن العدد بلغ {number + 20} حالة."
        text = f"{quote} وفي سياق آخر شهدت المدينة أمطارا غزيرة.\n\nثم عاد الهدوء إلى الشوارع."
        articles.append({"_id": str(number), "title": f"خبر رقم {number}", "text": text})
        questions += [
            {
                "_id": f"{number}-1",
                "question": f"كم حالة ذكرها الخبراء عن {subject}؟",
                "gold": [{"article": str(number), "start": 0, "end": len(quote)}],
            },
            {
                "_id": f"{number}-2",
                "question": f"من اخترع آلة التصوير الضوئي قبل {subject}؟",
                "answerable": False,
                "near": str(number),
                "gold": [],
            },
        ]
    for name, records in (("articles", articles), ("questions", questions)):
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return Collection(folder / "questions.jsonl", [folder / "articles.jsonl"])


def test_what_is_fitted_tells_answered_from_absent(
    collection: Collection, encoder: Encoder
) -> None:
    done = []
    fitted, unscaled = fit(collection, encoder, lambda: done.append(1))
    handfuls = 2  # which are asked about others, too
    assert len(done) == 4 * 2 * len(SUBJECTS) + handfuls * 4  # every question, of four archives
    assert 0 < fitted.related <= fitted.answered == ANSWERED
    assert fitted.ranking.keys() <= set(SIGNALS)
    assert not set(SCALED) & unscaled.ranking.keys()
    assert fitted != unscaled


def test_a_collection_without_absent_questions_cannot_be_fitted_on(
    collection: Collection, encoder: Encoder, tmp_path: Path
) -> None:
    lines = collection.questions.read_text(encoding="utf-8").splitlines()
    only = tmp_path / "questions.jsonl"
    only.write_text("\n".join(line for line in lines if '"near"' not in line), encoding="utf-8")
    with pytest.raises(CorpusError, match="with and without an answer"):
        fit(Collection(only, collection.corpora), encoder, lambda: None)


def test_questions_about_other_articles_cannot_be_fitted_on(
    collection: Collection, encoder: Encoder, tmp_path: Path
) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"_id": "x", "title": "آخر", "text": "خبر آخر."}\n', encoding="utf-8")
    with pytest.raises(CorpusError, match=r"questions\.jsonl: asks about no article of .*other"):
        fit(Collection(collection.questions, [other]), encoder, print)


def test_a_corpus_may_have_any_name(
    collection: Collection, encoder: Encoder, tmp_path: Path
) -> None:
    small = tmp_path / "small.jsonl"
    small.write_bytes(collection.corpora[0].read_bytes())
    fitted, _ = fit(Collection(collection.questions, [small]), encoder, lambda: None)
    assert fitted.ranking
