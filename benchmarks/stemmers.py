"""How well BM25 alone ranks with other stemmers than the one in `retrieval.arabic`.

    python benchmarks/stemmers.py [--questions FILE --corpus PATH...]
        [--beir FOLDER [--distractors FILE...]]...

Every way of making terms has its own index in memory, without fields other than the terms, so the
figures are those of the lexical ranker before anything is fused. `clitics` is Light10 after one
run of one-letter words and one pronoun ending are taken off, where what is left is a word of the
corpus; `clitics, commoner`: a word more frequent there than the whole.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import snowballstemmer
import tantivy

from retrieval import arabic
from retrieval.articles import Corpus
from retrieval.documents import Passage
from retrieval.evaluation import TestQuestion, read_beir, read_questions
from retrieval.passages import split, whole
from retrieval.preparation import matched_text

_DEPTH = 10
_SHORTEST = 3  # letters of a word that may be left
# The article, alone or after one-letter words, is Light10's to take off.
_CLITICS = ("", *"وفبكلس", "وب", "ول", "وك", "وس", "فب", "فل", "فك", "فس", "لي", "ولي")
_WITH_ARTICLE = ("ال", "وال", "فال", "بال", "كال", "وبال", "وكال", "فبال", "لل", "ولل", "فلل")
_PRONOUNS = ("", "هما", "هم", "هن", "كما", "كم", "كن", "ها", "نا", "ني", "وا", "ه", "ك", "ي")

Stem = Callable[[str, str], str]
"""The stem of a word, which comes as it was written and folded."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Questions, each with the rows of its answers, and the passages, row 0 first."""

    name: str
    questions: Sequence[tuple[str, frozenset[int]]]
    texts: Sequence[str]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--corpus", type=Path, action="append", default=[])
    parser.add_argument("--beir", type=Path, action="append", default=[])
    parser.add_argument("--distractors", type=Path, action="append", default=[])
    options = parser.parse_args()
    collections = []
    if options.questions:
        collections.append(_news(options.questions, options.corpus))
    for folder in options.beir:
        collections.append(_beir(folder, []))
        if options.distractors:
            collections.append(_beir(folder, options.distractors))
    for collection in collections:
        print(f"\n{collection.name}: {len(collection.questions)} questions, ", end="")
        print(f"{len(collection.texts)} passages\n")
        print("| terms | MRR@10 | recall@3 | recall@10 |\n| --- | --- | --- | --- |")
        known = Counter(folded for text in collection.texts for _, folded in _words(text))
        for name, stem in _stemmers(known).items():
            for grams in (False, True):
                figures = _measure(collection, stem, grams=grams)
                print(f"| {name}{' + 4-grams' * grams} | ", end="")
                print(" | ".join(f"{100 * figure:.1f}" for figure in figures), "|", flush=True)
        figures = _measure(collection, None, grams=True)
        print("| 4-grams | " + " | ".join(f"{100 * figure:.1f}" for figure in figures), "|")


def _news(questions: Path, corpus: Sequence[Path]) -> Collection:
    articles = list(Corpus(corpus))
    bodies = {article.id: article.body for article in articles}
    passages = [(article, passage) for article in articles for passage in split(article)]
    asked = []
    for question in read_questions(questions):
        quotes = [(gold.article, gold.quote or "") for gold in question.gold]
        spans = [(article, bodies[article].find(quote), len(quote)) for article, quote in quotes]
        if spans:
            right = frozenset(
                row
                for row, (_, passage) in enumerate(passages)
                if any(_holds(passage, *span) for span in spans)
            )
            asked.append((question.text, right))
    return Collection(questions.parent.name, asked, [matched_text(a, p.text) for a, p in passages])


def _holds(passage: Passage, article: str, start: int, length: int) -> bool:
    """Say what `retrieval.evaluation` calls relevant."""
    shared = min(passage.end, start + length) - max(passage.start, start)
    return passage.article_id == article and 2 * shared >= min(passage.end - passage.start, length)


def _beir(folder: Path, distractors: Sequence[Path]) -> Collection:
    corpus, questions = read_beir(folder)
    passages = [
        (article, passage)
        for article in Corpus([corpus, *distractors])
        for passage in whole(article)
    ]
    rows = {article.id: row for row, (article, _) in enumerate(passages)}
    return Collection(
        folder.name + ", hidden" * bool(distractors),
        [(question.text, _rows(question, rows)) for question in questions],
        [matched_text(article, passage.text) for article, passage in passages],
    )


def _rows(question: TestQuestion, rows: Mapping[str, int]) -> frozenset[int]:
    return frozenset(rows[document] for document in question.documents if document in rows)


@cache
def _words(text: str) -> tuple[tuple[str, str], ...]:
    """Return the words of a text, each as written and folded."""
    return tuple((text[word.start : word.end], word.text) for word in arabic.tokens(text))


def _stemmers(known: Mapping[str, int]) -> dict[str, Stem]:
    snowball = snowballstemmer.stemmer("arabic")

    @cache
    def clitics(word: str) -> str:
        return arabic.stem(_core(word, known, lambda _: 1))

    @cache
    def commoner(word: str) -> str:
        return arabic.stem(_core(word, known, lambda whole: known.get(whole, 0) + 1))

    @cache
    def snowball_stem(written: str) -> str:
        return arabic.fold(snowball.stemWord(written)) or written

    return {
        "words": lambda _, folded: folded,
        "Light10": lambda _, folded: arabic.stem(folded),
        "Snowball": lambda written, _: snowball_stem(written),
        "clitics": lambda _, folded: clitics(folded),
        "clitics, commoner": lambda _, folded: commoner(folded),
    }


def _core(word: str, known: Mapping[str, int], least: Callable[[str], int]) -> str:
    """Return `word` without clitics and pronoun, as many as leave a word known often enough."""
    needed = least(word)
    best, shortest = word, len(word)
    for pronoun in _PRONOUNS:
        if not word.endswith(pronoun):
            continue
        body = word.removesuffix(pronoun)
        for clitic in (*_CLITICS, *_WITH_ARTICLE):
            if not body.startswith(clitic) or (not clitic and not pronoun):
                continue
            rest = body.removeprefix(clitic)
            forms = [rest]
            if pronoun and rest.endswith("ت"):
                forms.append(f"{rest[:-1]}ه")  # مدرستهم is of مدرسة
            if clitic in _WITH_ARTICLE:
                forms.append(f"ال{rest}")
            form = next((form for form in forms if known.get(form, 0) >= needed), None)
            if form and _SHORTEST <= len(rest) < shortest:
                best, shortest = form, len(rest)
    return best


def _terms(text: str, stem: Stem | None, *, grams: bool) -> list[str]:
    found = []
    for written, folded in _words(text):
        if stem:
            found.append(f"={stem(written, folded)}")
        if grams:
            found += arabic.word_features(folded)[2:]
    return found


def _measure(
    collection: Collection, stem: Stem | None, *, grams: bool
) -> tuple[float, float, float]:
    """Return MRR@10, recall@3 and recall@10."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field("row", fast=True)
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(heap_size=128_000_000, num_threads=1)
    for row, text in enumerate(collection.texts):
        document = tantivy.Document()
        document.add_text("terms", " ".join(_terms(text, stem, grams=grams)))
        document.add_unsigned("row", row)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    ranks = []
    for question, right in collection.questions:
        asked = dict.fromkeys(_terms(question, stem, grams=grams))
        query = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.term_query(schema, "terms", term, "freq"))
                for term in asked
            ]
        )
        hits = searcher.search(query, _DEPTH, count=False).hits
        rows = searcher.fast_field_values("row", [address for _, address in hits])
        ranks.append(next((n for n, row in enumerate(rows, start=1) if row in right), None))
    count = len(ranks)
    return (
        sum(1 / rank for rank in ranks if rank) / count,
        sum(1 for rank in ranks if rank and rank <= 3) / count,
        sum(1 for rank in ranks if rank) / count,
    )


if __name__ == "__main__":
    main()
