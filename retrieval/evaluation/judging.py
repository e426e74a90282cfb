"""What is relevant to a question, told from the name of a document.

Of a BEIR folder a document is an article, by its id. Of a collection with gold quotations it is a
passage, `article_id:start-end`, relevant when it overlaps a quotation by at least half of the
shorter of the two.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from retrieval.documents import Article
from retrieval.errors import CorpusError
from retrieval.evaluation.questions import Gold, TestQuestion
from retrieval.retriever import Retriever
from retrieval.store import Store, StoredPassage

_PASSAGE = re.compile(r"(.+):([0-9]+)-([0-9]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """Characters `start` up to `end` of an article."""

    article: str
    start: int
    end: int

    @classmethod
    def named(cls, document: str) -> "Place | None":
        """Return the place that the name of a passage tells, or None if it is no such name."""
        match = _PASSAGE.fullmatch(document)
        return cls(match[1], int(match[2]), int(match[3])) if match else None

    def overlaps(self, other: "Place") -> bool:
        """Whether the two share at least half of the shorter."""
        shared = min(self.end, other.end) - max(self.start, other.start)
        shorter = min(self.end - self.start, other.end - other.start)
        return self.article == other.article and shared > 0 and 2 * shared >= shorter


@dataclass(frozen=True, slots=True)
class Relevance:
    """What is relevant to one question.

    `known` are the relevant documents of the archive, found or not: what the best ranking would
    begin with.
    """

    documents: frozenset[str]
    gold: tuple[Place, ...]
    known: frozenset[str]

    @classmethod
    def of(cls, question: TestQuestion, retriever: Retriever, store: Store) -> "Relevance":
        """Look up the gold quotations of a question and the passages that hold them.

        Raises:
            CorpusError: If a quotation is not in its article.
        """
        gold = tuple(_place(question, retriever.article(one.article), one) for one in question.gold)
        rows = [
            row for article in {place.article for place in gold} for row in store.rows_of(article)
        ]
        names = names_of(question, store.passages(rows).values())
        known = question.documents | {name for name in names if _holds(name, gold)}
        return cls(question.documents, gold, known)

    def includes(self, document: str) -> bool:
        """Whether a document is relevant, by its name."""
        return document in self.documents or _holds(document, self.gold)


def names_of(question: TestQuestion, passages: Iterable[StoredPassage]) -> list[str]:
    """Return the names of the documents that passages are, in their order and each once."""
    if question.documents:
        return list(dict.fromkeys(passage.article.id for passage in passages))
    return [f"{passage.article.id}:{passage.start}-{passage.end}" for passage in passages]


def _holds(document: str, gold: Iterable[Place]) -> bool:
    place = Place.named(document)
    return place is not None and any(place.overlaps(one) for one in gold)


def _place(question: TestQuestion, article: Article, gold: Gold) -> Place:
    start, end = gold.start, gold.end
    if gold.quote is not None:
        start = article.body.find(gold.quote)
        end = start + len(gold.quote)
    if not 0 <= start < end <= len(article.body):
        raise CorpusError(f"question {question.id}: gold quotation is not in article {article.id}")
    return Place(article.id, start, end)
