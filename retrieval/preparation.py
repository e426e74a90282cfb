"""What the indexes take of an article: all the work on it that needs no index.

An article's words are looked at once, for all indexes together. Where there are many articles they
are prepared on other cores, beside the one that writes; what comes of it is the same.
"""

import os
from array import array
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from retrieval import arabic
from retrieval.analysis import Analysed
from retrieval.concepts import thesaurus
from retrieval.copies import packed, shingles_of
from retrieval.documents import Article, Basis, Passage
from retrieval.errors import KilledError
from retrieval.forward import Segment, bits
from retrieval.kinds import has_kind
from retrieval.lexical import Indexed
from retrieval.passages import sentences
from retrieval.processes import CONTEXT, begin_forks, heed_parent_alone

Splitter = Callable[[Article], Sequence[Passage]]
"""Article -> passages that tile it; a function of a module, so that other processes know it."""

_CHUNK = 100_000
"""Characters of new articles that are prepared at a time, some two hundred passages."""

_ALONE = 4 * _CHUNK
"""Characters that are prepared without other processes: those take a second or two to begin."""

_AHEAD = 6
"""Chunks that wait to be written: writing takes them a batch at a time."""

_MOST = 1000
"""Articles in a chunk, however few are new."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A passage, ready for the indexes.

    Attributes:
        passage: The passage.
        titled: Whether it is found by the title of its article, too; see `matched_text`.
        indexed: What tantivy takes.
        units: The words and the concepts that it is found by: what its vector is made of.
        sentences: What the forward index takes.
        wording: What tells which passages say the same.
    """

    passage: Passage
    titled: bool
    indexed: Indexed
    units: tuple[str, ...]
    sentences: tuple[Segment, ...]
    wording: "array[int]"


class PreparedArticle(NamedTuple):
    """An article, ready for the indexes: its title, and its passages in order."""

    title: Segment
    passages: tuple[Prepared, ...]


def matched_text(article: Article, text: str) -> str:
    """Return what a passage is found by: the title of its article, then its own text."""
    text = text.strip()
    return f"{article.title}\n{text}" if _is_titled(article, text) else text


def _is_titled(article: Article, text: str) -> bool:
    """Say whether the title is put before a passage; it is not before what begins with it."""
    return not (article.title_basis is Basis.ESTIMATED and text.startswith(article.title))


def prepare(article: Article, splitter: Splitter) -> PreparedArticle:
    """Split an article, and read what the indexes take of its passages."""
    words = tuple(arabic.words(article.title))
    title = _segment(0, len(article.title), words, thesaurus().terms(words))
    passages = [_passage(article, passage, words) for passage in splitter(article)]
    return PreparedArticle(title, tuple(passages))


def _passage(article: Article, passage: Passage, title: tuple[str, ...]) -> Prepared:
    titled = _is_titled(article, passage.text.strip())
    places = sentences(passage.text)
    # No word goes from one sentence to the next, so their words are those of the passage.
    parts = [title if titled else ()]
    parts += [tuple(arabic.words(passage.text[start:end])) for start, end in places]
    words = tuple(word for part in parts for word in part)
    ends = list(accumulate(map(len, parts)))
    concepts, of_parts = thesaurus().terms_of_parts(words, ends)
    found = Analysed(words, tuple(concepts))
    return Prepared(
        passage=passage,
        titled=titled,
        indexed=Indexed.of(found),
        units=found.units,
        sentences=tuple(
            _segment(start, end, part, terms)
            for (start, end), part, terms in zip(places, parts[1:], of_parts[1:], strict=True)
        ),
        wording=packed(shingles_of(words[ends[0] :])),
    )


def _segment(start: int, end: int, words: tuple[str, ...], concepts: Sequence[str]) -> Segment:
    return Segment(start, end, bits(has_kind(words)), (*words, *concepts))


def prepared(
    articles: Iterable[Article], is_known: Callable[[Article], bool], splitter: Splitter
) -> Generator[tuple[Article, PreparedArticle | None], None, None]:
    """Yield articles in order, each prepared, or None for those that are known.

    Few are prepared here, many in other processes, as many as there are cores for beside this one.
    No more articles are held than keep those busy.

    Raises:
        KilledError: If one of those processes was killed.
    """
    others = _cores() - 1
    pool: ProcessPoolExecutor | None = None
    waiting: deque[tuple[list[tuple[Article, bool]], Future[list[PreparedArticle]]]] = deque()
    characters = 0
    try:
        for chunk in _chunks(articles, is_known):
            new = [article for article, known in chunk if not known]
            characters += sum(len(article.body) for article in new)
            if pool is None and characters > _ALONE and others:
                begin_forks(__name__)
                pool = ProcessPoolExecutor(
                    others, mp_context=CONTEXT, initializer=heed_parent_alone
                )
            if pool is None:
                yield from _together(chunk, _prepare_all(new, splitter))
                continue
            waiting.append((chunk, pool.submit(_prepare_all, new, splitter)))
            if len(waiting) > others + _AHEAD:
                first, future = waiting.popleft()
                yield from _together(first, future.result())
        for chunk, future in waiting:
            yield from _together(chunk, future.result())
    except BrokenExecutor as error:
        raise KilledError(
            "a process that prepares articles was killed: is there enough memory?"
        ) from error
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _chunks(
    articles: Iterable[Article], is_known: Callable[[Article], bool]
) -> Iterator[list[tuple[Article, bool]]]:
    chunk: list[tuple[Article, bool]] = []
    characters = 0
    for article in articles:
        known = is_known(article)
        chunk.append((article, known))
        characters += 0 if known else len(article.body)
        if characters >= _CHUNK or len(chunk) == _MOST:
            yield chunk
            chunk, characters = [], 0
    yield chunk


def _together(
    chunk: Sequence[tuple[Article, bool]], found: Sequence[PreparedArticle]
) -> Iterator[tuple[Article, PreparedArticle | None]]:
    new = iter(found)
    for article, known in chunk:
        yield article, None if known else next(new)


def _prepare_all(articles: Sequence[Article], splitter: Splitter) -> list[PreparedArticle]:
    return [prepare(article, splitter) for article in articles]
