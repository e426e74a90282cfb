"""Question -> Answer: the one door the bot, the console and the command line use."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from retrieval import arabic
from retrieval.calibration import Calibration
from retrieval.documents import Answer, Article, Coverage, Hit, Outcome, Span
from retrieval.encoder import FloatArray
from retrieval.errors import QuestionError
from retrieval.fusion import Candidate, fuse, groups
from retrieval.generation import Generation, matched_text
from retrieval.highlight import answering_sentence, coverage
from retrieval.rarity import Rarity
from retrieval.store import StoredPassage

DEPTH = 100
"""Candidates asked of each ranker."""

MAX_QUESTION = 4096
"""Characters of a question that are read; no chat message is longer."""

_WORTH_SHOWING = 0.5  # of the best hit's probability: less is no answer beside it
_GROUPED = 20  # best candidates among which copies are folded


class Ranker(StrEnum):
    """Which rankers decide."""

    LEXICAL = "lexical"
    DENSE = "dense"
    HYBRID = "hybrid"


_WEIGHTS = {
    Ranker.LEXICAL: {"lexical": 1.0, "dense": 0.0},
    Ranker.DENSE: {"lexical": 0.0, "dense": 1.0},
}


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates for a question, best first, and what they were ranked by."""

    question: str
    vector: FloatArray
    candidates: Sequence[Candidate]


class Retriever:
    """Answers questions from one open generation; safe to share between threads."""

    def __init__(self, generation: Generation, calibration: Calibration) -> None:
        """Args: an open generation, and the calibration of its encoder."""
        self._generation = generation
        self._calibration = calibration
        lexical = generation.lexical
        self._idf = Rarity.load().within(lexical.count, lexical.frequency)

    @property
    def coverage(self) -> Coverage:
        """What is searched."""
        return self._generation.coverage

    def article(self, article_id: str) -> Article:
        """Return an article by its id.

        Raises:
            ArticleNotFoundError: If the archive has none of that id.
        """
        return self._generation.store.article(article_id)

    def passages(self, rows: Sequence[int]) -> dict[int, StoredPassage]:
        """Return the passages of the given rows, by row."""
        return self._generation.store.passages(rows)

    def answer(self, question: str, top_k: int = 3) -> Answer:
        """Answer a question with up to `top_k` hits: those that are as much an answer as the best.

        Raises:
            QuestionError: If the question is empty or has no word in it.
        """
        started = time.perf_counter()
        ranking = self.rank(question)
        groups_found = self._grouped(ranking)
        probabilities = [self.probability(ranking, group[0]) for group in groups_found[:top_k]]
        best = max(probabilities, default=0.0)
        outcome = self._calibration.outcome(best)
        hits = [
            self._hit(ranking, group, outcome)
            for group, probability in zip(groups_found, probabilities, strict=False)
            if outcome is not Outcome.ABSENT
            and self._calibration.outcome(probability) is outcome
            and probability >= _WORTH_SHOWING * best
        ]
        elapsed = (time.perf_counter() - started) * 1000
        return Answer(
            question=ranking.question,
            outcome=outcome,
            coverage=self.coverage,
            hits=tuple(hits),
            probability=best,
            elapsed_ms=elapsed,
        )

    def rank(self, question: str, ranker: Ranker = Ranker.HYBRID, depth: int = DEPTH) -> Ranking:
        """Return the best candidates for a question.

        Raises:
            QuestionError: If the question is empty or has no word in it.
        """
        # A shell passes on bytes that are no UTF-8 as half characters, which nothing can store.
        question = question[:MAX_QUESTION].encode(errors="replace").decode().strip()
        if not arabic.words(question):
            raise QuestionError("the question is empty: ask with at least one word")
        lexical_index, vectors = self._generation.lexical, self._generation.vectors
        vector = self._generation.encoder.encode_questions([question])[0]
        query = lexical_index.query(question)
        lexical = {} if ranker is Ranker.DENSE else dict(lexical_index.search(query, depth))
        dense: dict[int, float] = {}
        if ranker is not Ranker.LEXICAL and np.any(vector):
            dense = dict(vectors.search(vector, depth))
        lexical |= lexical_index.scores(query, [row for row in dense if row not in lexical])
        dense |= vectors.similarities(vector, [row for row in lexical if row not in dense])
        weights = _WEIGHTS.get(ranker, self._calibration.fusion)
        return Ranking(question, vector, fuse(lexical, dense, weights)[:depth])

    def signals(self, ranking: Ranking, candidate: Candidate) -> dict[str, float]:
        """Return the signals of a candidate, by the names of `calibration.SIGNALS`."""
        stored = self.passages([candidate.row])[candidate.row]
        text = matched_text(stored.article, stored.text)
        return {
            "lexical": candidate.lexical,
            "dense": candidate.dense,
            "coverage": coverage(ranking.question, text, self._idf),
        }

    def probability(self, ranking: Ranking, candidate: Candidate) -> float:
        """Return how likely it is that this candidate answers, 0 to 1."""
        return self._calibration.probability(self.signals(ranking, candidate))

    def answering_span(self, ranking: Ranking, passage: StoredPassage) -> Span:
        """Return the sentence of a passage that answers best, as a span of its article."""
        span = answering_sentence(
            ranking.question,
            ranking.vector,
            passage.text,
            encoder=self._generation.encoder,
            idf=self._idf,
        )
        return Span(passage.start + span.start, passage.start + span.end, span.text)

    def _grouped(self, ranking: Ranking) -> list[list[Candidate]]:
        best = ranking.candidates[:_GROUPED]
        stored = self.passages([candidate.row for candidate in best])
        found = groups([stored[candidate.row].text for candidate in best])
        return [[best[index] for index in group] for group in found]

    def _hit(self, ranking: Ranking, group: Sequence[Candidate], outcome: Outcome) -> Hit:
        stored = self.passages([candidate.row for candidate in group])
        passage = stored[group[0].row]
        start, end = trimmed(passage)
        text = passage.article.body[start:end]
        answer = None
        if outcome is Outcome.ANSWERED:
            answer = self.answering_span(ranking, passage)
        others = {stored[c.row].article.id: stored[c.row].article for c in group[1:]}
        others.pop(passage.article.id, None)
        return Hit(passage.article, start, end, text, passage.row, answer, tuple(others.values()))


def trimmed(passage: StoredPassage) -> tuple[int, int]:
    """Return start and end of a passage in its article, without the white space around it."""
    text = passage.text
    start = passage.start + len(text) - len(text.lstrip())
    return start, start + len(text.strip())
