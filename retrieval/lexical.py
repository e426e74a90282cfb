"""The tantivy index of one generation: BM25 over the terms of `retrieval.arabic`, and concepts.

Concepts are a field of their own, so that their number changes nothing in the lengths of texts.
"""

import math
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import tantivy

from retrieval import arabic
from retrieval.analysis import Analysed, analysed
from retrieval.concepts import MARK
from retrieval.documents import Restriction
from retrieval.errors import GenerationError
from retrieval.facets import Facet, Facets
from retrieval.keys import Keys

_FIELD = "terms"
_CONCEPTS = "concepts"
_EVERY = "every"  # a field with one term that all have
_KEY = "key"
_FIRST_DAY = "first_day"
_LAST_DAY = "last_day"
_SOURCE = "source"
_K1 = 1.2  # tantivy's own constant; the bound below needs it
_CONCEPT_WEIGHT = 2.5  # beside a word's, whose stem and 4-grams each count one
_HEAP_BYTES = 50_000_000
_COMMON, _COMMON_SHARE = 20_000, 0.2  # passages that may have a term, and the share of all


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in (_FIELD, _CONCEPTS, _EVERY):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in (_KEY, _FIRST_DAY, _LAST_DAY, _SOURCE):
        builder.add_unsigned_field(name, fast=True, indexed=True)
    return builder.build()


class Indexed(NamedTuple):
    """What the index has of a text: its terms and its concepts, spaces between them."""

    terms: str
    concepts: str

    @classmethod
    def of(cls, text: Analysed) -> Self:
        """Make the terms of a text's words."""
        return cls(arabic.word_terms(text.words), " ".join(text.concepts))


class LexicalWriter:
    """Writes an index, in a new folder."""

    def __init__(self, folder: Path, copied: Path | None = None) -> None:
        """Create the index, empty or as a copy of another one."""
        if copied is None:
            folder.mkdir(parents=True)
            self._index = tantivy.Index(_schema(), path=str(folder))
        else:
            shutil.copytree(copied, folder)
            self._index = tantivy.Index.open(str(folder))
        self._writer = self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)

    def add(self, texts: Iterable[Indexed], facets: Iterable[Facet], keys: Iterable[int]) -> None:
        """Add texts, each with the facets of its article, under their keys."""
        for text, facet, key in zip(texts, facets, keys, strict=True):
            document = tantivy.Document()
            document.add_text(_FIELD, text.terms)
            document.add_text(_CONCEPTS, text.concepts)
            document.add_text(_EVERY, _EVERY)
            document.add_unsigned(_KEY, key)
            document.add_unsigned(_FIRST_DAY, facet.first_day)
            document.add_unsigned(_LAST_DAY, facet.last_day)
            document.add_unsigned(_SOURCE, facet.source)
            self._writer.add_document(document)

    def remove(self, keys: Sequence[int]) -> None:
        """Take out the texts of some keys."""
        if keys:
            unwanted = tantivy.Query.term_set_query(_schema(), _KEY, list(keys))
            self._writer.delete_documents_by_query(unwanted)

    def close(self) -> None:
        """Commit, and wait until the index is whole on disk."""
        self._writer.commit()
        self._writer.wait_merging_threads()


class LexicalQuery:
    """The terms of one question and how much each is worth in one index.

    Terms that more than a fifth of many passages have are left out: they tell the least, and
    reading who has them takes half of a search among a million. (Where there are few passages,
    everything of a subject may be in a fifth of them.)
    """

    def __init__(self, question: str, searcher: tantivy.Searcher) -> None:
        """Look up how rare each term of `question` is."""
        words, concepts = analysed(question)
        # What was taken out counts until tantivy merges it away: among all, and in each frequency.
        count = searcher.doc_freq(_EVERY, _EVERY)
        terms = {t: searcher.doc_freq(_FIELD, t) for t in arabic.word_terms(words).split()}
        named = {concept: searcher.doc_freq(_CONCEPTS, concept) for concept in concepts}
        most = max(_COMMON, _COMMON_SHARE * count)
        if min([*terms.values(), *named.values()], default=0) > most:
            most = count  # nothing else is asked
        self.terms = [term for term, found in terms.items() if found <= most]
        self.concepts = [concept for concept, found in named.items() if found <= most]
        # No passage can score more, however often and however briefly it repeats the question.
        total = sum(_idf(count, terms[term]) for term in self.terms)
        total += _CONCEPT_WEIGHT * sum(_idf(count, named[concept]) for concept in self.concepts)
        self.bound = total * (_K1 + 1) or 1.0


def _idf(count: int, frequency: int) -> float:
    return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))


class LexicalIndex:
    """A built index, open for searching; safe to share between threads."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        """Open what a `LexicalWriter` wrote; `keys` are those of the generation."""
        self._schema = _schema()
        self._keys = keys
        self._searcher = tantivy.Index.open(str(folder)).searcher()

    @property
    def count(self) -> int:
        """Passages in the index."""
        return int(self._searcher.num_docs)

    def query(self, question: str) -> LexicalQuery:
        """Prepare a question for `search` and `scores`.

        Raises:
            GenerationError: If the files are damaged; so does whatever reads them.
        """
        with _damage_told():
            return LexicalQuery(question, self._searcher)

    def frequency(self, term: str) -> int:
        """Return how many passages have a stem, or a concept."""
        with _damage_told():
            if term.startswith(MARK):
                return int(self._searcher.doc_freq(_CONCEPTS, term))
            return int(self._searcher.doc_freq(_FIELD, f"={term}"))

    def search(
        self, query: LexicalQuery, top_k: int, filters: Sequence[tantivy.Query] = ()
    ) -> list[tuple[int, float]]:
        """Return up to `top_k` (row, score), best first, among the passages that meet `filters`.

        A score is BM25 over its upper bound for this question: 0 to 1, comparable between
        questions, near 1 only where a passage holds all that was asked.
        """
        return self._run(query, _filtered(self._any_term(query), filters), top_k)

    def filters(self, restriction: Restriction, facets: Facets) -> list[tantivy.Query]:
        """Return what `search` needs to keep to a restriction; see `Facets.articles`."""
        unsigned = tantivy.FieldType.Unsigned
        found = []
        if restriction.until:
            last = restriction.until.toordinal()
            found.append(tantivy.Query.range_query(self._schema, _FIRST_DAY, unsigned, None, last))
        if restriction.since:
            first = restriction.since.toordinal()
            found.append(tantivy.Query.range_query(self._schema, _LAST_DAY, unsigned, first, None))
        if restriction.sources:
            numbers = facets.source_numbers(restriction.sources)
            found.append(tantivy.Query.term_set_query(self._schema, _SOURCE, numbers))
        return found

    def scores(self, query: LexicalQuery, rows: Sequence[int]) -> dict[int, float]:
        """Return the score of each of `rows` that shares a term with the question."""
        if not rows:
            return {}
        keys = self._keys.of_rows[list(rows)].tolist()
        wanted = tantivy.Query.term_set_query(self._schema, _KEY, keys)
        return dict(self._run(query, _filtered(self._any_term(query), [wanted]), len(rows)))

    def _any_term(self, query: LexicalQuery) -> tantivy.Query:
        words = [
            tantivy.Query.term_query(self._schema, _FIELD, term, "freq") for term in query.terms
        ]
        concepts = [
            tantivy.Query.boost_query(
                tantivy.Query.term_query(self._schema, _CONCEPTS, term, "freq"), _CONCEPT_WEIGHT
            )
            for term in query.concepts
        ]
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, each) for each in (*words, *concepts)]
        )

    def _run(
        self, query: LexicalQuery, search: tantivy.Query, top_k: int
    ) -> list[tuple[int, float]]:
        with _damage_told():
            hits = self._searcher.search(search, top_k, count=False).hits
            keys: Any = self._searcher.fast_field_values(_KEY, [address for _, address in hits])
        rows = self._keys.rows(keys)
        return [(row, score / query.bound) for row, (score, _) in zip(rows, hits, strict=True)]


@contextmanager
def _damage_told() -> Iterator[None]:
    """Say that files are damaged where tantivy finds what it did not write."""
    try:
        yield
    except ValueError as error:  # what its Python binding makes of every error
        raise GenerationError(f"tantivy's files are damaged: {error}") from error


def _filtered(query: tantivy.Query, filters: Sequence[tantivy.Query]) -> tantivy.Query:
    """Return `query` for what meets every filter; filters add nothing to a score."""
    if not filters:
        return query
    musts = [tantivy.Query.const_score_query(each, 0.0) for each in filters]
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, each) for each in (query, *musts)])
