"""What a passage has of what was asked: the signals that rank candidates and tell answers.

Every word of the question looks for its best match in every sentence: the same stem, an expression
of the same concept, the same name in another script, or else the word with the nearest vector.
Late interaction of word vectors follows Khattab and Zaharia, "ColBERT", 2020, with static vectors
and words weighted by their rarity; shares of the question matched at several strengths are the
kernels of Xiong et al., "End-to-End Neural Ad-hoc Ranking with Kernel Pooling", 2017, cut to steps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from retrieval import arabic, transliteration
from retrieval.concepts import Concepts
from retrieval.encoder import FloatArray, quiet_products
from retrieval.forward import ForwardIndex, Ints, Keys, Segments, Units, WordVectors, bits, keys
from retrieval.fusion import Candidate
from retrieval.kinds import FORMS, KINDS, asked_forms, asked_kinds

SIGNALS = (
    "lexical",  # BM25 over its bound
    "dense",  # cosine of question and passage
    "lexical_gap",  # to the best candidate's
    "dense_gap",
    "lexical_place",  # 1 / rank among the candidates
    "dense_place",
    "stems",  # share of the question, by rarity, whose stems are in the passage or its title
    "match",  # the same, each word counted by how well it is matched
    "exact",  # share matched by stem or concept,
    "close",  # at 0.7 or better,
    "related",  # at 0.5 or better,
    "distant",  # at 0.35 or better
    "missing",  # what is missing most: rarity times lack of match; and second most
    "missing_next",
    "title_stems",
    "title_match",
    "title_dense",
    "sentence_stems",  # of the best sentence
    "sentence_match",  # of the best sentence together with the title
    "sentence_dense",
    "concepts",  # share of the question's concepts that the passage has
    "kind",  # +1 where the best sentence has the kind of thing that is asked for, -1 where not
    "support",  # the best score among the other candidates of the same article
    "length",  # log of the characters
    "nowhere",  # what no candidate has, most: rarity times lack of match; the same for all
    "nowhere_else",  # the same among the passages of the candidate's article
    "asked",  # log of the question's content words; the same for all
    "foreign",  # share of them that are in Latin letters; the same for all
    "size",  # log of the archive's passages: more are near anything; the same for all
    "led",  # as `match`, also met where the article begins with the stem, concept or name
    "asked_first",  # how well the question's first content word is matched: mostly what is asked
    "asks_number",  # what kind of thing is asked for; these are the same for all
    "asks_time",
    "asks_person",
    "asks_place",
    "asks_why",
    "asks_how",
    "asks_whether",
)
"""The signals of a candidate, in the order of the columns of `Evidence.signals`."""

SENTENCE_SIGNALS = ("stems", "match", "dense", "kind", "length")
"""The signals of a sentence, in the order of the columns of `Evidence.sentence_signals`."""

_STEMS, _MATCH, _DENSE, _KIND, _LENGTH = range(len(SENTENCE_SIGNALS))
_CONCEPT_MATCH = 0.9
_NAME_MATCH = 0.95
_NO_MATCH = -0.1
_ROUNDING = 1e-3
_STEPS = (_CONCEPT_MATCH - _ROUNDING, 0.7, 0.5, 0.35)
_SUPPORT_LEXICAL = 2.0
_UNKNOWN_FOREIGN = 0.5  # what a foreign word that nothing translates tells, against an Arabic one


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, read: of m content words, hashes of what each means, and what it tells.

    `weights` sum to one, shape (m,); `vectors` are of unit length, shape (m, dim). `foreign` is the
    share of the words that are in Latin letters; `asks` (len(KINDS) + len(FORMS),) says for what is
    asked and how. `empty` says that the question is about nothing: a greeting, or question words
    alone.
    """

    empty: bool
    stems: Keys
    concepts: Sequence[Keys]
    names: Keys
    weights: FloatArray
    vectors: FloatArray
    vector: FloatArray
    kinds: int
    asks: FloatArray
    foreign: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What n passages have of a question.

    Attributes:
        signals: Shape (n, len(SIGNALS)).
        sentence_signals: Of all their segments, shape (segments, len(SENTENCE_SIGNALS)).
        spans: Of those in their texts, shape (segments, 2).
        sentences: The first sentence of each passage among them, and the end, shape (n, 2).
    """

    signals: FloatArray
    sentence_signals: FloatArray
    spans: Ints
    sentences: Ints

    def ordered(self, order: Ints) -> "Evidence":
        """Return the same for the passages in another order."""
        return replace(self, signals=self.signals[order], sentences=self.sentences[order])

    def sentences_of(self, place: int) -> tuple[list[tuple[int, int]], FloatArray]:
        """Return the spans of the sentences of a passage in its text, and their signals."""
        own = slice(*self.sentences[place].tolist())
        spans = [(start, end) for start, end in self.spans[own].tolist()]
        return spans, self.sentence_signals[own]


NO_EVIDENCE = Evidence(
    np.zeros((0, len(SIGNALS)), dtype=np.float32),
    np.zeros((0, len(SENTENCE_SIGNALS)), dtype=np.float32),
    np.zeros((0, 2), dtype=np.int64),
    np.zeros((0, 2), dtype=np.int64),
)
"""Of passages that were not looked at closely."""


class Matcher:
    """Collects evidence; safe to share between threads."""

    def __init__(
        self,
        forward: ForwardIndex,
        vectors: WordVectors,
        concepts: Concepts,
        idf: Callable[[str], float],
    ) -> None:
        """Args: the words of the passages, and for questions vectors, concepts and rarity."""
        self._forward = forward
        self._vectors = vectors
        self._concepts = concepts
        self._idf = idf

    def asked(self, question: str) -> Asked:
        """Read a question that has at least one word."""
        told = arabic.told_words(question)
        words = told or arabic.words(question)
        spans = self._concepts.spans(words)
        concepts: list[set[str]] = [set() for _ in words]
        for start, end, terms in spans:
            for position in range(start, end):
                concepts[position].update(terms)
        content = [i for i, word in enumerate(words) if word not in arabic.STOP_WORDS]
        kept = content or list(range(len(words)))
        weights = np.array([self._worth(words[i], concepts[i]) for i in kept], dtype=np.float32)
        units = [*words, *(term for _, _, terms in spans for term in terms)]
        vectors = self._vectors.word_vectors(units)
        kinds, forms = asked_kinds(question), asked_forms(question)
        asks = [*(kind in kinds for kind in KINDS), *(form in forms for form in FORMS)]
        return Asked(
            empty=not told or not content,
            stems=keys(arabic.stem(words[i]) for i in kept),
            concepts=[keys(concepts[i]) for i in kept],
            names=keys(_foreign_name(words[i], concepts[i]) for i in kept),
            weights=weights / weights.sum(),
            vectors=_unit(vectors[kept]),
            vector=_unit(vectors.sum(axis=0, keepdims=True))[0],
            kinds=bits(kinds),
            asks=np.array(asks, dtype=np.float32),
            foreign=_foreign([words[i] for i in kept]),
        )

    @quiet_products
    def evidence(
        self, asked: Asked, candidates: Sequence[Candidate], leads: Sequence[int]
    ) -> Evidence:
        """Return what each of some candidates, at least one, has of the question.

        Args:
            asked: The question.
            candidates: The passages.
            leads: The row of the first passage of each one's article.
        """
        segments = self._forward.segments([candidate.row for candidate in candidates])
        match, stems, dense = _compared(asked, segments)
        weights = asked.weights
        titles = np.flatnonzero(segments.titles)
        best, stemmed = (np.maximum.reduceat(a, titles, axis=1) for a in (match, stems))
        sentences = _sentence_signals(asked, segments, match, stems, dense)
        chosen = _best_of_each(sentences, segments)
        titled = np.maximum(match[:, chosen], match[:, titles])
        began, own = np.unique(np.array(leads), return_inverse=True)
        led = _met(asked, self._forward.units(began.tolist()))[:, own]
        missing = np.sort(weights[:, None] * (1 - best), axis=0)[::-1]
        known = np.array([len(each) > 0 for each in asked.concepts])
        lexical, lexical_gap, lexical_place = _scaled([c.lexical for c in candidates])
        cosine, dense_gap, dense_place = _scaled([c.dense for c in candidates])
        ends = np.append(titles[1:], len(segments.titles))
        columns = [
            lexical,
            cosine,
            lexical_gap,
            dense_gap,
            lexical_place,
            dense_place,
            weights @ stemmed,
            weights @ best,
            *(weights @ (best > step) for step in _STEPS),
            missing[0],
            missing[1] if len(missing) > 1 else np.zeros(len(candidates)),
            weights @ stems[:, titles],
            weights @ np.maximum(match[:, titles], 0),
            dense[titles],
            sentences[chosen, _STEMS],
            weights @ titled,
            sentences[chosen, _DENSE],
            _share(weights[known], best[known] >= _CONCEPT_MATCH - _ROUNDING),
            sentences[chosen, _KIND],
            _support(leads, lexical, cosine),
            np.log(np.maximum(1, segments.spans[ends - 1, 1] - segments.spans[titles + 1, 0])),
            np.full(len(candidates), (weights * (1 - best.max(axis=1))).max()),
            _missing_together(weights, best, leads),
            np.full(len(candidates), np.log(len(weights))),
            np.full(len(candidates), asked.foreign),
            np.full(len(candidates), np.log(self._forward.count)),
            weights @ np.maximum(best, led),
            best[0],
            *(np.full(len(candidates), asks) for asks in asked.asks),
        ]
        return Evidence(
            np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1),
            sentences,
            segments.spans,
            np.stack([titles + 1, ends], axis=1),
        )

    @quiet_products
    def nearness(self, asked: Asked, rows: Sequence[int]) -> FloatArray:
        """Return how near the words of a question are to those of each of n passages, by vectors.

        The cosine of each word with the nearest of the passage or its title, weighted by the word's
        rarity: late interaction. Shape (n,), at most 1.
        """
        segments = self._forward.segments(rows)
        cosines = (asked.vectors @ segments.vectors.T)[:, segments.tokens]
        firsts = segments.begins[segments.titles]  # the first word of each passage
        nearness: FloatArray = asked.weights @ np.maximum.reduceat(cosines, firsts, axis=1)
        return nearness

    def _worth(self, word: str, concepts: set[str]) -> float:
        worth = self._idf(arabic.stem(word))
        if not word.isascii() or word.isdigit():
            return worth
        if concepts:  # the archive is in Arabic: a translated word tells what its concept tells
            return max(self._idf(concept) for concept in concepts)
        return _UNKNOWN_FOREIGN * worth


def _compared(asked: Asked, segments: Segments) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return, by segment, each question word's best match, whether its stem is there, cosines.

    Shapes (m, segments), (m, segments), (segments,).
    """
    # One product for the words and the whole question: this way round it takes half of the time.
    cosines = (segments.vectors @ np.vstack([asked.vectors, asked.vector]).T).T
    match = np.ascontiguousarray(cosines[:-1])
    match[:, (segments.stems == 0)] = _NO_MATCH  # concepts are met as such or not at all
    exact = _exact(asked, segments)
    stems = (exact >= 1).astype(np.float32)
    np.maximum(match, exact, out=match, where=exact > 0)
    parts = cosines[-1] * segments.lengths
    sums = np.add.reduceat(parts[segments.tokens], segments.begins)
    norms = segments.norms
    return (
        np.maximum.reduceat(match[:, segments.tokens], segments.begins, axis=1),
        np.maximum.reduceat(stems[:, segments.tokens], segments.begins, axis=1),
        np.divide(sums, norms, out=np.zeros_like(sums), where=norms > 0),
    )


def _exact(asked: Asked, units: Segments | Units) -> FloatArray:
    """Return how each of m question words is met by each of u units: by stem, concept or name.

    Shape (m, u), zero where it is not.
    """
    met: FloatArray = (asked.stems[:, None] == units.stems).astype(np.float32)
    for index, (concepts, name) in enumerate(zip(asked.concepts, asked.names, strict=True)):
        if len(concepts):
            there = (units.keys == concepts[:, None]).any(axis=0)
            met[index, there] = np.maximum(met[index, there], _CONCEPT_MATCH)
        if name:
            there = units.skeletons == name
            met[index, there] = np.maximum(met[index, there], _NAME_MATCH)
    return met


def _met(asked: Asked, units: Units) -> FloatArray:
    """Return how each question word is met in each of n passages, shape (m, n)."""
    met: FloatArray = np.maximum.reduceat(
        _exact(asked, units)[:, units.tokens], units.begins, axis=1
    )
    return met


def _sentence_signals(
    asked: Asked, segments: Segments, match: FloatArray, stems: FloatArray, dense: FloatArray
) -> FloatArray:
    """Return the signals of every segment as a sentence, shape (segments, SENTENCE_SIGNALS)."""
    signals = np.zeros((len(dense), len(SENTENCE_SIGNALS)), dtype=np.float32)
    signals[:, _STEMS] = asked.weights @ stems
    signals[:, _MATCH] = asked.weights @ match
    signals[:, _DENSE] = dense
    if asked.kinds:
        signals[:, _KIND] = np.where(segments.kinds & asked.kinds, 1.0, -1.0)
    signals[:, _LENGTH] = np.log1p(segments.spans[:, 1] - segments.spans[:, 0])
    return signals


def _best_of_each(sentences: FloatArray, segments: Segments) -> Ints:
    """Return the segment of the best sentence of each passage."""
    scores = sentences[:, _MATCH] + sentences[:, _DENSE]
    scores = np.where(segments.titles, -np.inf, scores)
    order = np.lexsort((-scores, segments.owner))
    firsts = np.concatenate(([True], np.diff(segments.owner[order]) > 0))
    return order[firsts]


def _foreign(words: Sequence[str]) -> float:
    """Return the share of words that are in Latin letters; numbers are of every language."""
    spelt = [word for word in words if not word[0].isdigit()]
    return sum(map(str.isascii, spelt)) / len(spelt) if spelt else 0.0


def _foreign_name(word: str, concepts: set[str]) -> str:
    """Return the skeleton of a word in Latin letters that nothing translates, "" for others."""
    foreign = word.isascii() and not word.isdigit() and not concepts
    return transliteration.skeleton(word) if foreign else ""


def _scaled(scores: Sequence[float]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return scores, their distances to the best, and one over their ranks."""
    array = np.array(scores, dtype=np.float32)
    ranks = np.empty(len(array), dtype=np.float32)
    ranks[np.argsort(-array, kind="stable")] = np.arange(1, len(array) + 1)
    gap: FloatArray = array - array.max()
    return array, gap, np.reciprocal(ranks)


def _support(leads: Sequence[int], lexical: FloatArray, dense: FloatArray) -> FloatArray:
    """Return the best score among the other candidates of each one's article; 0 for none."""
    numbers = np.array(leads)
    others = (numbers[:, None] == numbers[None, :]) & ~np.eye(len(numbers), dtype=bool)
    scores = dense + _SUPPORT_LEXICAL * lexical
    best: FloatArray = np.where(others, scores[None, :], 0.0).max(axis=1).astype(np.float32)
    return best


def _missing_together(weights: FloatArray, best: FloatArray, leads: Sequence[int]) -> FloatArray:
    """Return what is missing most of each candidate and the others of its article together."""
    numbers, owner = np.unique(leads, return_inverse=True)
    order = np.argsort(owner, kind="stable")
    begins = np.searchsorted(owner[order], np.arange(len(numbers)))
    together = np.maximum.reduceat(best[:, order], begins, axis=1)[:, owner]
    missing: FloatArray = (weights[:, None] * (1 - together)).max(axis=0)
    return missing


def _share(weights: FloatArray, met: npt.NDArray[np.bool_]) -> FloatArray:
    """Return the share of the weights that are met, by column; a half where there are none."""
    if not len(weights):
        return np.full(met.shape[1], 0.5, dtype=np.float32)
    return np.asarray(weights @ met / weights.sum(), dtype=np.float32)


def _unit(vectors: FloatArray) -> FloatArray:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: FloatArray = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return unit
