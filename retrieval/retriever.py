"""Question -> Answer: the one door the bot, the console and the command line use."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache

import numpy as np

from retrieval import arabic
from retrieval.calibration import Calibration, outcome_signals, overall
from retrieval.concepts import thesaurus
from retrieval.copies import relation, same, shingles
from retrieval.documents import (
    AlsoIn,
    Answer,
    Article,
    Coverage,
    Hit,
    Outcome,
    Restriction,
    Scope,
    Span,
)
from retrieval.encoder import FloatArray, word_vectors
from retrieval.errors import QuestionError
from retrieval.evidence import NO_EVIDENCE, Asked, Evidence, Matcher
from retrieval.facets import LAST_DAY, Facets
from retrieval.fusion import Candidate, fuse
from retrieval.generation import Generation
from retrieval.manifest import Manifest
from retrieval.overview import Overview
from retrieval.rarity import Rarity
from retrieval.restriction import understand
from retrieval.shown import Shown
from retrieval.store import StoredPassage

DEPTH = 100
"""Candidates asked of each ranker."""

MAX_QUESTION = 4096
"""Characters of a question that are read; no chat message is longer."""

_HEAD = 40
"""Candidates that are looked at closely."""

_REST = 0.5
"""Part of the last score of the lexical ranker that what it did not find has: 0.53 was measured."""

_SEARCHED = 300  # passages of which those are kept that have all that is searched for

_JUDGED = 3  # hits that tell whether there is an answer, however many are shown

_WORTH_SHOWING = 0.5  # of the answer's probability: less is no answer beside it

ALSO_SHOWN = 10
"""Other articles that a hit names; the rest can be asked for."""


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
    """The candidates for a question, best first.

    `evidence` and `scores` (n,) are those of the first n, which were looked at closely: none, where
    one ranker alone decides.
    """

    asked: Asked
    candidates: Sequence[Candidate]
    evidence: Evidence
    scores: FloatArray


class Retriever:
    """Answers questions from one open generation; safe to share between threads."""

    def __init__(
        self, generation: Generation, calibration: Calibration, withdrawn: Iterable[str] = ()
    ) -> None:
        """Args: an open generation, its encoder's calibration, and what to leave out, by id."""
        self._generation = generation
        self._shown = Shown.without(generation, withdrawn)
        self._calibration = calibration
        lexical = generation.lexical
        idf = Rarity.load().within(lexical.count, lexical.frequency)
        words = word_vectors(generation.encoder)
        self._has_words = words is generation.encoder
        self.matcher = Matcher(generation.forward, words, thesaurus(), idf)

    def close(self) -> None:
        """Close the generation."""
        self._generation.close()

    def withdraw(self, ids: Iterable[str]) -> None:
        """Leave out the articles with these ids, and no others, from the next question on."""
        self._shown = Shown.without(self._generation, ids)

    def is_withdrawn(self, row: int) -> bool:
        """Say whether the article of a passage is left out."""
        return not self._shown.articles[self.facets.article[row]]

    @property
    def manifest(self) -> Manifest:
        """What the generation is made of."""
        return self._generation.manifest

    @property
    def coverage(self) -> Coverage:
        """What is searched."""
        return self._shown.coverage

    @property
    def facets(self) -> Facets:
        """What questions can be restricted by."""
        return self._generation.facets

    def article(self, article_id: str) -> Article:
        """Return an article by its id.

        Raises:
            ArticleNotFoundError: If the archive has none of that id.
        """
        return self._generation.store.article(article_id)

    def rows_of(self, article_id: str) -> list[int]:
        """Return the rows of an article's passages, in order; none for an id that is not there."""
        return self._generation.store.rows_of(article_id)

    def overview(self) -> Overview:
        """Count what is searched, by source and by year."""
        return Overview.of(self.facets, self._shown.articles)

    def passages(self, rows: Sequence[int]) -> dict[int, StoredPassage]:
        """Return the passages of the given rows, by row."""
        return self._generation.store.passages(rows)

    def answer(
        self,
        question: str,
        top_k: int = 3,
        restriction: Restriction | None = None,
        today: date | None = None,
    ) -> Answer:
        """Answer a question with up to `top_k` hits: those that are as much an answer as the best.

        Args:
            question: What to ask; what it says of time and source ("في 2018 من بي بي سي")
                restricts it.
            top_k: Hits at most.
            restriction: Restrict it to this instead, and take the question as it is; an empty
                one asks the whole archive.
            today: What "last week" is counted from; the day it is, if None.

        Raises:
            QuestionError: If the question is empty or has no word in it.
        """
        started = time.perf_counter()
        question = _readable(question)
        asked = question
        if restriction is None:
            asked, restriction = self.understood(question, today)
        ranking = self.rank(asked, restriction=restriction)
        places = self._grouped(ranking, max(top_k, _JUDGED))
        probabilities = self.probabilities(ranking, places)
        whole = overall(probabilities[:_JUDGED])
        places = places[:top_k]
        stored = self.passages([ranking.candidates[place].row for place in places])
        outcome = self._calibration.outcome(whole)
        hits = [
            self._hit(ranking, place, stored, outcome, restriction)
            for number, place in enumerate(places)
            if outcome is not Outcome.ABSENT
            and (number == 0 or self._is_worth_showing(probabilities[number], outcome, whole))
        ]
        return Answer(
            question=question,
            outcome=outcome,
            coverage=self.coverage,
            hits=tuple(_without_echoes(hits)),
            scope=self.scope(restriction),
            probability=whole,
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )

    def understood(self, question: str, today: date | None = None) -> tuple[str, Restriction]:
        """Return what is asked, and what time and sources the question restricts itself to.

        A time before the archive begins is the story's, not that of articles to search.
        """
        facets = self.facets
        understood = understand(question, facets.sources, today or _today(), facets.earliest)
        text = understood.text if arabic.words(understood.text) else question
        return text, understood.restriction

    def rank(
        self,
        question: str,
        ranker: Ranker = Ranker.HYBRID,
        depth: int = DEPTH,
        restriction: Restriction = Restriction(),  # noqa: B008 - frozen
    ) -> Ranking:
        """Return the best candidates for a question, taken as it is.

        Raises:
            QuestionError: If the question is empty or has no word in it.
        """
        question = _readable(question)
        lexical, dense = self.found(question, ranker, depth, restriction)
        weights = _WEIGHTS.get(ranker, self._calibration.fusion)
        candidates = fuse(lexical, dense, weights, depth)
        asked = self.matcher.asked(question)
        if ranker is Ranker.HYBRID and candidates:
            return self._reranked(asked, candidates)
        if ranker is Ranker.DENSE and candidates and self._has_words:
            candidates = self._word_by_word(asked, candidates)
        return Ranking(asked, candidates, NO_EVIDENCE, np.zeros(0, dtype=np.float32))

    def found(
        self,
        question: str,
        ranker: Ranker = Ranker.HYBRID,
        depth: int = DEPTH,
        restriction: Restriction = Restriction(),  # noqa: B008 - frozen
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Return what the rankers find for a question: BM25 over its bound, and cosine, by row.

        Of what the vectors alone find BM25 is not counted, which takes as long as the search: it is
        at most that of the last passage found, and taken for the usual part of it.

        Raises:
            QuestionError: If the question is empty or has no word in it.
        """
        if not arabic.words(question):
            raise QuestionError("the question is empty: ask with at least one word")
        index, vectors = self._generation.lexical, self._generation.vectors
        shown = self._shown
        allowed, filters = shown.passages, []
        if restriction:
            allowed = (self.facets.articles(restriction) & shown.articles)[self.facets.article]
            filters = index.filters(restriction, self.facets)
        vector = self._generation.encoder.encode_questions([question])[0]
        lexical: dict[int, float] = {}
        rest = 0.0  # where fewer are found than asked for, no other has a term that is searched
        if ranker is not Ranker.DENSE:
            # The index knows nothing of what was withdrawn since: ask for so many more.
            best = index.search(index.query(question), depth + shown.hidden, filters)
            lexical = dict([one for one in best if shown.has(one[0])][:depth])
            if len(lexical) == depth:
                rest = _REST * min(lexical.values())
        dense: dict[int, float] = {}
        if ranker is not Ranker.LEXICAL and np.any(vector):
            dense = dict(vectors.search(vector, depth, allowed))
        dense |= vectors.similarities(vector, [row for row in lexical if row not in dense])
        return {row: lexical.get(row, rest) for row in dense}, dense

    def _reranked(self, asked: Asked, candidates: Sequence[Candidate]) -> Ranking:
        """Look at the first candidates closely and put them in a new order."""
        head = candidates[:_HEAD]
        articles = self.facets.article[[candidate.row for candidate in head]]
        leads = np.searchsorted(self.facets.article, articles).tolist()
        evidence = self.matcher.evidence(asked, head, leads)
        scores = self._calibration.scores(evidence.signals)
        order = np.argsort(-scores, kind="stable")
        reordered = [head[place] for place in order.tolist()]
        ordered = (*reordered, *candidates[_HEAD:])
        return Ranking(asked, ordered, evidence.ordered(order), scores[order])

    def _word_by_word(self, asked: Asked, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Put what the vectors of texts found in the order that those of words give, too.

        An encoder without vectors of single words is left to its texts alone.
        """
        nearness = self.matcher.nearness(asked, [candidate.row for candidate in candidates])
        compared = [
            replace(candidate, score=candidate.dense + near)
            for candidate, near in zip(candidates, nearness.tolist(), strict=True)
        ]
        return sorted(compared, key=lambda candidate: (-candidate.score, candidate.row))

    def also_in(
        self,
        row: int,
        start: int = 0,
        count: int = ALSO_SHOWN,
        restriction: Restriction = Restriction(),  # noqa: B008 - frozen
    ) -> tuple[list[AlsoIn], int]:
        """Return other articles with a passage in nearly the same words, in the archive's order.

        Args:
            row: The passage.
            start: How many to leave out at the beginning.
            count: How many to return at most.
            restriction: What they must meet.

        Returns:
            The articles, each once, and how many there are in all.
        """
        facets = self.facets
        allowed = facets.articles(restriction) & self._shown.articles
        first: dict[int, int] = {}
        for other, article in self._generation.store.copies(row):
            if article != facets.article[row] and allowed[article]:
                first.setdefault(article, other)
        rows = list(first.values())
        if not rows[start : start + count]:
            return [], len(rows)
        stored = self.passages([row, *rows[start : start + count]])
        own = stored[row].article
        found = [
            AlsoIn(stored[other].article, other, relation(own, stored[other].article))
            for other in rows[start : start + count]
        ]
        return found, len(rows)

    def hit(
        self,
        row: int,
        answer: tuple[int, int] | None = None,
        restriction: Restriction = Restriction(),  # noqa: B008 - frozen
    ) -> Hit:
        """Return a passage as a hit.

        Args:
            row: The passage.
            answer: Where its article answers a question, if it does.
            restriction: What other articles that have the passage must meet to be named.
        """
        passage = self.passages([row])[row]
        start, end = _trimmed(passage)
        body = passage.article.body
        span = Span(*answer, body[answer[0] : answer[1]]) if answer else None
        found, count = self.also_in(row, restriction=restriction)
        return Hit(passage.article, start, end, body[start:end], row, span, tuple(found), count)

    def latest(self, count: int) -> list[StoredPassage]:
        """Return the first passages of the latest articles of known date, the latest first."""
        facets = self.facets
        dated = np.flatnonzero(self._shown.articles & (facets.last_day != LAST_DAY))
        order = np.lexsort((dated, -facets.last_day[dated], -facets.first_day[dated]))
        rows = np.searchsorted(facets.article, dated[order[:count]]).tolist()
        stored = self.passages(rows)
        return [stored[row] for row in rows]

    def search(
        self,
        text: str,
        phrases: Sequence[str] = (),
        restriction: Restriction = Restriction(),  # noqa: B008 - frozen
        count: int = 10,
    ) -> list[Hit]:
        """Return passages that have every word of a text, best first.

        Args:
            text: The words; a passage has one where it or its title has one of the same stem.
            phrases: What a passage must have besides, as it is written but for what folding undoes.
            restriction: What its article must meet.
            count: How many at most.

        Raises:
            QuestionError: If there is no word in it.
        """
        everything = " ".join((text, *phrases))
        wanted = {arabic.stem(word) for word in arabic.words(everything)}
        ranking = self.rank(everything, Ranker.LEXICAL, _SEARCHED, restriction)
        stored = self.passages([candidate.row for candidate in ranking.candidates])
        found = []
        for candidate in ranking.candidates:
            passage = stored[candidate.row]
            words = arabic.words(f"{passage.article.title}\n{passage.text}")
            folded = f" {' '.join(arabic.words(passage.text))} "
            if wanted <= {arabic.stem(word) for word in words} and all(
                f" {' '.join(arabic.words(phrase))} " in folded for phrase in phrases
            ):
                found.append(self.hit(candidate.row))
                if len(found) == count:
                    break
        return found

    def probabilities(self, ranking: Ranking, places: Sequence[int]) -> list[float]:
        """Return how likely it is that the candidates at some places answer, each 0 to 1."""
        if ranking.asked.empty or not places:
            return [0.0] * len(places)
        evidence, scores = ranking.evidence.signals, ranking.scores
        signals = [outcome_signals(evidence, scores, place) for place in places]
        likely: list[float] = self._calibration.probabilities(np.stack(signals)).tolist()
        return likely

    def _is_worth_showing(self, probability: float, outcome: Outcome, whole: float) -> bool:
        """Say whether a hit is as much an answer, or as much related, as the answer as a whole."""
        own = self._calibration.outcome(min(probability, whole))
        return own is outcome and probability >= _WORTH_SHOWING * whole

    def answering_span(self, ranking: Ranking, place: int, passage: StoredPassage) -> Span:
        """Return the sentence that answers best of the passage at a place, as its article's."""
        evidence = ranking.evidence
        if place >= len(ranking.scores):  # one that was not looked at yet
            candidate = ranking.candidates[place]
            alone = self.matcher.evidence(ranking.asked, [candidate], [candidate.row])
            evidence, place = alone, 0
        spans, signals = evidence.sentences_of(place)
        start, end = spans[int(self._calibration.sentence_scores(signals).argmax())]
        return Span(passage.start + start, passage.start + end, passage.text[start:end])

    def _grouped(self, ranking: Ranking, count: int) -> list[int]:
        """Return the places of the best, of several in nearly the same words only the best one."""
        leaders: list[int] = []
        folded: set[int] = set()
        for place, candidate in enumerate(ranking.candidates[: len(ranking.scores)]):
            if len(leaders) == count:
                break
            if candidate.row not in folded:
                leaders.append(place)
                folded |= {row for row, _ in self._generation.store.copies(candidate.row)}
        return leaders

    def _hit(
        self,
        ranking: Ranking,
        place: int,
        stored: Mapping[int, StoredPassage],
        outcome: Outcome,
        restriction: Restriction,
    ) -> Hit:
        passage = stored[ranking.candidates[place].row]
        start, end = _trimmed(passage)
        text = passage.article.body[start:end]
        answer = None
        if outcome is Outcome.ANSWERED:
            answer = self.answering_span(ranking, place, passage)
        also_in, count = self.also_in(passage.row, restriction=restriction)
        return Hit(passage.article, start, end, text, passage.row, answer, tuple(also_in), count)

    def scope(self, restriction: Restriction) -> Scope | None:
        """Return what a restricted question is answered from; None without a restriction."""
        if not restriction:
            return None
        facets = self.facets
        allowed = facets.articles(restriction) & self._shown.articles
        return Scope(restriction, int(np.count_nonzero(allowed)), facets.undated(allowed))


def _without_echoes(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits without those whose answering sentence an earlier hit tells as well.

    Two reports that quote one statement may cut it into passages at other places. The article of
    a hit that is left out is named with the earlier one, where it is not named there already.
    """
    kept: list[Hit] = []
    wording = cache(shingles)
    for hit in hits:
        tells = (n for n, before in enumerate(kept) if _tells(before, hit, wording))
        place = next(tells, None)
        if place is None:
            kept.append(hit)
            continue
        before = kept[place]
        if hit.article.id not in {also.article.id for also in before.also_in}:
            also = AlsoIn(hit.article, hit.row, relation(before.article, hit.article))
            named = (also, *before.also_in)
            kept[place] = replace(before, also_in=named, also_count=before.also_count + 1)
    return kept


def _tells(before: Hit, hit: Hit, wording: Callable[[str], frozenset[int]]) -> bool:
    if hit.answer is None or hit.article.id == before.article.id:
        return False
    return same(wording(hit.answer.text), wording(before.text))


def _readable(question: str) -> str:
    # A shell passes on bytes that are no UTF-8 as half characters, which nothing can store.
    return question[:MAX_QUESTION].encode(errors="replace").decode().strip()


def _today() -> date:
    return datetime.now().astimezone().date()


def _trimmed(passage: StoredPassage) -> tuple[int, int]:
    """Return start and end of a passage in its article, without the white space around it."""
    text = passage.text
    start = passage.start + len(text) - len(text.lstrip())
    return start, start + len(text.strip())
