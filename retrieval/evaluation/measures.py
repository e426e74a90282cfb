"""Results in, measures out, overall and by the type and the language of the questions."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ir_measures
import numpy as np
from ir_measures import RR, Success, nDCG

from retrieval.documents import Outcome
from retrieval.evaluation.asking import Result
from retrieval.evaluation.resampling import Estimate, FloatArray, answered_at, auroc, mean

_MEASURES = {
    "recall@1": Success @ 1,
    "recall@3": Success @ 3,
    "recall@10": Success @ 10,
    "mrr@10": RR @ 10,
    "ndcg@10": nDCG @ 10,
}
RETRIEVAL = tuple(_MEASURES)
"""The measures of a ranking."""

Rankings = Mapping[str, Sequence[str]]
"""The names of documents by the id of a question, best first."""


def rankings(results: Sequence[Result]) -> Rankings:
    """Return what was found for each question."""
    return {result.question.id: result.documents for result in results}


def measured(results: Sequence[Result]) -> dict[str, Any]:
    """Measure results.

    Returns:
        `overall`, and `type` and `lang` by name: `n`, the measures over the answerable questions
        (recall@k: the share with a relevant document among the first k), and where answerability
        is known `auroc`, `answered_at_90` (the share of absent questions answered at the threshold
        that answers 90% of the others), `answered_when_absent` and `absent_when_answerable`;
        `answer_sentence@1` is the share of right sentences in the first relevant hit that a reader
        would be shown. `ci` holds the 95% interval of each.
    """
    return {
        "overall": _summary(results),
        "type": _by(results, lambda result: result.question.type),
        "lang": _by(results, lambda result: result.question.lang),
    }


def asked(results: Sequence[Result]) -> list[Result]:
    """Return the results of the questions that something answers, as far as is known."""
    return [result for result in results if result.question.answerable is not False]


def by_question(
    results: Sequence[Result], run: Rankings, *others: Rankings
) -> dict[str, FloatArray]:
    """Return the values of the measures of a ranking, one a question in the order of `results`.

    Args:
        results: The questions and what is relevant to each.
        run: What to measure; a question that is not in it has found nothing.
        others: Runs to compare with. What is relevant in any of them belongs to the best ranking
            that nDCG compares with, should they hold passages that the archive does not have.
    """
    qrels, scored = {}, {}
    for result in results:
        name = result.question.id
        found = {document for one in (run, *others) for document in one.get(name, ())}
        relevant = result.relevance.known | set(filter(result.relevance.includes, found))
        qrels[name] = dict.fromkeys(sorted(relevant) or ["none"], 1)
        documents = run.get(name, ())
        # A rank is what matters: scores that tie would be reordered by the measuring library.
        scored[name] = {d: float(len(documents) - rank) for rank, d in enumerate(documents)}
    values: dict[Any, dict[str, float]] = defaultdict(dict)
    for metric in ir_measures.iter_calc(list(_MEASURES.values()), qrels, scored):
        values[metric.measure][metric.query_id] = metric.value
    return {
        name: np.array([values[measure].get(result.question.id, 0.0) for result in results])
        for name, measure in _MEASURES.items()
    }


def _by(results: Sequence[Result], key: Callable[[Result], str]) -> dict[str, dict[str, Any]]:
    grouped: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        grouped[key(result)].append(result)
    return {name: _summary(grouped[name]) for name in sorted(grouped)}


def _summary(results: Sequence[Result]) -> dict[str, Any]:
    found: dict[str, Estimate] = {}
    answerable = asked(results)
    if answerable:
        values = by_question(answerable, rankings(answerable))
        found |= {name: mean(values[name]) for name in RETRIEVAL}
    sentences = [r.sentence_right for r in results if r.sentence_right is not None]
    if sentences:
        found["answer_sentence@1"] = mean(sentences)
    found |= _answerability(results)
    figures = {name: figure for name, (figure, _) in found.items()}
    return {"n": len(results), **figures, "ci": {name: ci for name, (_, ci) in found.items()}}


def _answerability(results: Sequence[Result]) -> dict[str, Estimate]:
    answers = [(r.question.answerable, r.answer) for r in results if r.answer is not None]
    present = [answer for answerable, answer in answers if answerable]
    absent = [answer for answerable, answer in answers if not answerable]
    found: dict[str, Estimate] = {}
    if present and absent:
        likely = [answer.probability for answer in present], [a.probability for a in absent]
        found["auroc"] = auroc(*likely)
        found["answered_at_90"] = answered_at(90, *likely)
    if absent:
        answered = [answer.outcome is Outcome.ANSWERED for answer in absent]
        found["answered_when_absent"] = mean(answered)
    if present:
        missed = [answer.outcome is Outcome.ABSENT for answer in present]
        found["absent_when_answerable"] = mean(missed)
    return found
