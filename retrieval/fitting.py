"""Fit a calibration for an encoder on questions that trained nothing else.

Three archives are asked for every held-out question: one that holds the passage that answers, the
same without that passage (its neighbours stay: a near miss), and one about other things altogether.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.calibration import SIGNALS, Calibration
from retrieval.documents import Article
from retrieval.encoder import Encoder
from retrieval.errors import CorpusError
from retrieval.fusion import Candidate
from retrieval.generation import Generation, build
from retrieval.passages import split, whole
from retrieval.retriever import Ranking, Retriever
from retrieval.training import held_out, read_questions

ANSWERABLE_ANSWERED = 0.9
"""The share of answerable questions that the first threshold lets through."""

ANSWERABLE_SHOWN = 0.98
"""The share of answerable questions that the second threshold lets through."""

_CANDIDATES = 40  # of each question, for the fusion


def fit(
    pairs: Path,
    distractors: Sequence[Path],
    encoder: Encoder,
    start: Calibration,
    on_question: Callable[[int, int], None],
) -> Calibration:
    """Fit the fusion of two rankers, then when their best hit is an answer.

    Args:
        pairs: JSON lines of `question` and `passage`; only passages that training holds out ask.
        distractors: A corpus of articles about other things.
        encoder: The encoder to fit for.
        start: What to rank with until the fusion is fitted.
        on_question: Told how many questions are done, of how many.

    Raises:
        CorpusError: If the pairs or the corpus are wrong, or hold nothing.
    """
    with TemporaryDirectory(prefix="isnad-") as folder:
        passages = Path(folder) / "passages.jsonl"
        questions = _write_passages(pairs, passages)
        if not questions:
            raise CorpusError(f"{pairs}: no question whose passage is held out from training")
        near = _open(Path(folder) / "near", [passages, *distractors], encoder)
        far = _open(Path(folder) / "far", distractors, encoder)
        fusion = _fit_fusion(Retriever(near, start), questions, on_question)
        fitted = replace(start, fusion=fusion)
        return _fit_outcome(fitted, near, far, questions, on_question)


def _write_passages(pairs: Path, output: Path) -> list[tuple[str, str]]:
    """Write every passage as an article; return (question, id) of those held out."""
    ids: dict[str, str] = {}
    questions = []
    for question, passage in read_questions(pairs):
        article_id = ids.setdefault(passage, f"passage-{len(ids)}")
        if held_out(passage):
            questions.append((question, article_id))
    lines = (json.dumps({"_id": i, "text": p}, ensure_ascii=False) for p, i in ids.items())
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return questions


def _open(folder: Path, paths: Sequence[Path], encoder: Encoder) -> Generation:
    def splitter(article: Article) -> Sequence[Any]:
        return whole(article) if article.id.startswith("passage-") else split(article)

    build(folder, paths, encoder, lambda _stage, _done: None, splitter=splitter)
    return Generation(folder, encoder)


def _fit_fusion(
    retriever: Retriever,
    questions: Sequence[tuple[str, str]],
    on_question: Callable[[int, int], None],
) -> dict[str, float]:
    rows: list[tuple[float, float]] = []
    labels: list[bool] = []
    for number, (question, article_id) in enumerate(questions):
        ranking = retriever.rank(question)
        best = ranking.candidates[:_CANDIDATES]
        right = _rows_of(retriever, best, article_id)
        if right:
            rows.extend((candidate.lexical, candidate.dense) for candidate in best)
            labels.extend(candidate.row in right for candidate in best)
        on_question(number + 1, 2 * len(questions))
    weights, _ = _logistic(np.array(rows), np.array(labels))
    return dict(zip(("lexical", "dense"), weights, strict=True))


def _fit_outcome(
    start: Calibration,
    near: Generation,
    far: Generation,
    questions: Sequence[tuple[str, str]],
    on_question: Callable[[int, int], None],
) -> Calibration:
    with_answers, without = Retriever(near, start), Retriever(far, start)
    present, absent = [], []
    for number, (question, article_id) in enumerate(questions):
        ranking = with_answers.rank(question)
        right = _rows_of(with_answers, ranking.candidates, article_id)
        wrong = [c for c in ranking.candidates if c.row not in right]
        present.append(_signals(with_answers, ranking, ranking.candidates))
        absent.append(_signals(with_answers, ranking, wrong))
        elsewhere = without.rank(question)
        absent.append(_signals(without, elsewhere, elsewhere.candidates))
        on_question(len(questions) + number + 1, 2 * len(questions))
    weights, intercept = _logistic(
        np.array(present + absent), np.array([True] * len(present) + [False] * len(absent))
    )
    fitted = replace(start, intercept=intercept, weights=dict(zip(SIGNALS, weights, strict=True)))
    probabilities = [fitted.probability(dict(zip(SIGNALS, s, strict=True))) for s in present]
    return replace(
        fitted,
        answered=round(float(np.quantile(probabilities, 1 - ANSWERABLE_ANSWERED)), 4),
        related=round(float(np.quantile(probabilities, 1 - ANSWERABLE_SHOWN)), 4),
    )


def _rows_of(
    retriever: Retriever, candidates: Iterable[Candidate], article_id: str
) -> frozenset[int]:
    stored = retriever.passages([candidate.row for candidate in candidates])
    return frozenset(row for row, passage in stored.items() if passage.article.id == article_id)


def _signals(
    retriever: Retriever, ranking: Ranking, candidates: Sequence[Candidate]
) -> list[float]:
    signals: Mapping[str, float] = dict.fromkeys(SIGNALS, 0.0)
    if candidates:
        row = candidates[0].row
        signals = retriever.signals(ranking, candidates[0], retriever.passages([row])[row])
    return [signals[name] for name in SIGNALS]


def _logistic(
    rows: npt.NDArray[np.float64], labels: npt.NDArray[np.bool_]
) -> tuple[list[float], float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10.0, max_iter=5000).fit(rows, labels)
    return [round(float(w), 4) for w in model.coef_[0]], round(float(model.intercept_[0]), 4)
