"""Asks the questions of a collection and keeps what each came to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retrieval.documents import Answer
from retrieval.evaluation.judging import Place, Relevance, names_of
from retrieval.evaluation.questions import TestQuestion
from retrieval.retriever import Ranker, Ranking, Retriever
from retrieval.store import Store, StoredPassage

_SHOWN = 3  # hits a reader is shown


@dataclass(frozen=True, slots=True)
class Result:
    """What one question came to: the names of the documents found, best first, and the answer.

    `answer` is None where the collection does not say what is answerable. `sentence_right` is None
    unless a relevant passage is among those a reader would be shown.
    """

    question: TestQuestion
    documents: Sequence[str]
    relevance: Relevance
    answer: Answer | None
    sentence_right: bool | None


def ask(
    retriever: Retriever,
    store: Store,
    questions: Sequence[TestQuestion],
    ranker: Ranker,
    on_question: Callable[[], None],
) -> list[Result]:
    """Ask every question.

    Args:
        retriever: Who is asked.
        store: The articles and passages that it searches.
        questions: What to ask.
        ranker: Which rankers decide.
        on_question: Told when a question is done.

    Raises:
        CorpusError: If a gold quotation is not in its article.
    """
    results = []
    for question in questions:
        results.append(_result(retriever, store, question, ranker))
        on_question()
    return results


def _result(retriever: Retriever, store: Store, question: TestQuestion, ranker: Ranker) -> Result:
    asked, restriction = retriever.understood(question.text)
    ranking = retriever.rank(asked, ranker, restriction=restriction)
    rows = [candidate.row for candidate in ranking.candidates]
    stored = retriever.passages(rows)
    passages = [stored[row] for row in rows]
    relevance = Relevance.of(question, retriever, store)
    return Result(
        question=question,
        documents=names_of(question, passages),
        relevance=relevance,
        answer=retriever.answer(question.text) if question.answerable is not None else None,
        sentence_right=_sentence_right(retriever, ranking, passages[:_SHOWN], relevance),
    )


def _sentence_right(
    retriever: Retriever, ranking: Ranking, shown: Sequence[StoredPassage], relevance: Relevance
) -> bool | None:
    """Whether the sentence of the first relevant passage shown is in a gold quotation."""
    for place, passage in enumerate(shown):
        article = passage.article.id
        if any(Place(article, passage.start, passage.end).overlaps(g) for g in relevance.gold):
            span = retriever.answering_span(ranking, place, passage)
            return any(Place(article, span.start, span.end).overlaps(g) for g in relevance.gold)
    return None
