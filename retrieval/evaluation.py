"""Test collections in, measures out.

Two kinds: questions over articles with gold quotations (a hit is relevant when its passage overlaps
a gold quotation by at least half of the shorter of the two), and BEIR folders (`corpus.jsonl[.gz]`,
`queries.jsonl`, `qrels/test.tsv`; every document is one passage).
"""

import csv
import json
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ir_measures
from ir_measures import RR, Success

from retrieval.documents import Answer, Outcome
from retrieval.errors import CorpusError
from retrieval.retriever import Ranker, Ranking, Retriever
from retrieval.store import StoredPassage

_MEASURES = {
    "recall@1": Success @ 1,
    "recall@3": Success @ 3,
    "recall@10": Success @ 10,
    "mrr@10": RR @ 10,
}
_SHOWN = 3  # hits a reader is shown


@dataclass(frozen=True, slots=True)
class Gold:
    """A quotation of an article that answers."""

    article: str
    quote: str


@dataclass(frozen=True, slots=True)
class TestQuestion:
    """A question with what answers it; `answerable` is None where a collection does not say."""

    __test__ = False  # not a pytest class

    id: str
    text: str
    type: str
    lang: str
    answerable: bool | None
    gold: tuple[Gold, ...]
    documents: frozenset[str] = frozenset()


def read_questions(path: Path) -> list[TestQuestion]:
    """Read a collection of questions with gold quotations.

    Raises:
        CorpusError: For a file or line that is none, by file and line.
    """
    questions = []
    for where, record in _records(path):
        try:
            gold = tuple(Gold(g["article"], g["quote"]) for g in record.get("gold", []))
            questions.append(
                TestQuestion(
                    id=record["_id"],
                    text=record["question"],
                    type=record.get("type", "question"),
                    lang=record.get("lang", "ar"),
                    answerable=record.get("answerable", bool(gold)),
                    gold=gold,
                )
            )
        except (KeyError, TypeError) as error:
            raise CorpusError(f"{where}: not a question with `_id`, `question`, `gold`") from error
    return questions


def read_beir(folder: Path) -> tuple[Path, list[TestQuestion]]:
    """Return the corpus file of a BEIR folder and its test questions.

    Raises:
        CorpusError: If a file is missing or a line is wrong.
    """
    corpora = [folder / name for name in ("corpus.jsonl.gz", "corpus.jsonl")]
    corpus = next((path for path in corpora if path.is_file()), None)
    if corpus is None:
        raise CorpusError(f"{folder}: no corpus.jsonl or corpus.jsonl.gz; not a BEIR folder")
    relevant: dict[str, set[str]] = defaultdict(set)
    qrels = folder / "qrels" / "test.tsv"
    try:
        with qrels.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                if int(row["score"]) > 0:
                    relevant[row["query-id"]].add(row["corpus-id"])
    except (OSError, KeyError, ValueError) as error:
        raise CorpusError(f"{qrels}: not readable as qrels ({error})") from error
    questions = [
        TestQuestion(
            id=record["_id"],
            text=record["text"],
            type="beir",
            lang="ar",
            answerable=None,
            gold=(),
            documents=frozenset(relevant[record["_id"]]),
        )
        for _, record in _records(folder / "queries.jsonl")
        if record["_id"] in relevant
    ]
    return corpus, questions


def _records(path: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read ({error})") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield f"{path}:{number}", json.loads(line)
            except json.JSONDecodeError as error:
                raise CorpusError(f"{path}:{number}: not JSON ({error})") from error


@dataclass(frozen=True, slots=True)
class _Judged:
    """What one question came to."""

    question: TestQuestion
    run: Mapping[str, float]
    relevant: Sequence[str]
    answer: Answer | None
    sentence_right: bool | None


def evaluate(
    retriever: Retriever,
    questions: Sequence[TestQuestion],
    ranker: Ranker,
    on_question: Callable[[], None],
) -> dict[str, Any]:
    """Ask every question and measure.

    Returns:
        `overall`, and `type` and `lang` by name: `n`, the measures over the answerable questions
        (recall@k: the share with a relevant passage among the first k), and where answerability
        is known `auroc`, `answered_when_absent` and `absent_when_answerable`; `answer_sentence@1`
        is the share of right sentences in the first relevant hit that a reader would be shown.
    """
    judged = []
    for question in questions:
        judged.append(_judge(retriever, question, ranker))
        on_question()
    return {
        "ranker": str(ranker),
        "overall": _summary(judged),
        "type": _by(judged, lambda one: one.question.type),
        "lang": _by(judged, lambda one: one.question.lang),
    }


def _by(judged: Sequence[_Judged], key: Callable[[_Judged], str]) -> dict[str, dict[str, Any]]:
    grouped: dict[str, list[_Judged]] = defaultdict(list)
    for one in judged:
        grouped[key(one)].append(one)
    return {name: _summary(grouped[name]) for name in sorted(grouped)}


def _judge(retriever: Retriever, question: TestQuestion, ranker: Ranker) -> _Judged:
    asked, restriction = retriever.understood(question.text)
    ranking = retriever.rank(asked, ranker, restriction=restriction)
    rows = [candidate.row for candidate in ranking.candidates]
    stored = retriever.passages(rows)
    gold = _gold_spans(retriever, question)
    relevant = [row for row in rows if _is_relevant(stored[row], question, gold)]
    sentence_right = None
    shown = [c.row for c in ranking.candidates[:_SHOWN] if c.row in set(relevant)]
    if gold and shown:
        sentence_right = _sentence_right(retriever, ranking, stored[shown[0]], gold)
    return _Judged(
        question=question,
        # A rank is what matters: scores that tie would be reordered by the measuring library.
        run={str(row): float(len(rows) - position) for position, row in enumerate(rows)},
        relevant=[str(row) for row in relevant],
        answer=retriever.answer(question.text) if question.answerable is not None else None,
        sentence_right=sentence_right,
    )


def _gold_spans(retriever: Retriever, question: TestQuestion) -> list[tuple[str, int, int]]:
    spans = []
    for gold in question.gold:
        start = retriever.article(gold.article).body.find(gold.quote)
        if start < 0:
            raise CorpusError(
                f"question {question.id}: gold quotation is not in article {gold.article}"
            )
        spans.append((gold.article, start, start + len(gold.quote)))
    return spans


def _is_relevant(
    passage: StoredPassage, question: TestQuestion, gold: Iterable[tuple[str, int, int]]
) -> bool:
    if passage.article.id in question.documents:
        return True
    return any(
        article == passage.article.id and _overlaps(passage.start, passage.end, start, end)
        for article, start, end in gold
    )


def _overlaps(start: int, end: int, other_start: int, other_end: int) -> bool:
    shared = min(end, other_end) - max(start, other_start)
    return shared > 0 and 2 * shared >= min(end - start, other_end - other_start)


def _sentence_right(
    retriever: Retriever,
    ranking: Ranking,
    passage: StoredPassage,
    gold: Iterable[tuple[str, int, int]],
) -> bool:
    span = retriever.answering_span(ranking, passage)
    return any(
        article == passage.article.id and _overlaps(span.start, span.end, start, end)
        for article, start, end in gold
    )


def _summary(judged: Sequence[_Judged]) -> dict[str, Any]:
    asked = [one for one in judged if one.question.answerable is not False]
    summary: dict[str, Any] = {"n": len(judged)}
    if asked:
        summary |= _measures(asked)
    sentences = [one.sentence_right for one in judged if one.sentence_right is not None]
    if sentences:
        summary["answer_sentence@1"] = round(statistics.mean(sentences), 4)
    return summary | _answerability(judged)


def _measures(asked: Sequence[_Judged]) -> dict[str, float]:
    qrels = {one.question.id: dict.fromkeys(one.relevant or ["none"], 1) for one in asked}
    run = {one.question.id: dict(one.run) for one in asked}
    values = ir_measures.calc_aggregate(list(_MEASURES.values()), qrels, run)
    return {name: round(values[measure], 4) for name, measure in _MEASURES.items()}


def _answerability(judged: Sequence[_Judged]) -> dict[str, float]:
    answers = [(one.question.answerable, one.answer) for one in judged if one.answer is not None]
    present = [answer for answerable, answer in answers if answerable]
    absent = [answer for answerable, answer in answers if not answerable]
    found: dict[str, float] = {}
    if present and absent:
        found["auroc"] = round(_auroc(present, absent), 4)
    if absent:
        answered = [answer.outcome is Outcome.ANSWERED for answer in absent]
        found["answered_when_absent"] = round(statistics.mean(answered), 4)
    if present:
        missed = [answer.outcome is Outcome.ABSENT for answer in present]
        found["absent_when_answerable"] = round(statistics.mean(missed), 4)
    return found


def _auroc(present: Sequence[Answer], absent: Sequence[Answer]) -> float:
    from sklearn.metrics import roc_auc_score

    labels = [True] * len(present) + [False] * len(absent)
    return float(roc_auc_score(labels, [a.probability for a in (*present, *absent)]))
