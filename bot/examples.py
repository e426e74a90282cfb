"""What readers are offered to ask: questions and titles that the archive has, never invented."""

from collections.abc import Sequence
from pathlib import Path

from retrieval.arabic import fold
from retrieval.canaries import read_canaries
from retrieval.documents import Basis
from retrieval.errors import CorpusError
from retrieval.retriever import Retriever

_LONGEST = 120
_LATEST = 30


def examples(retriever: Retriever, corpus: Path, count: int) -> list[str]:
    """Return questions that the editor expects to be answered, then titles of the latest articles.

    A file of canaries that cannot be read has none: whoever builds the archive is told of it.
    """
    try:
        canaries = read_canaries([corpus])
    except CorpusError:
        canaries = []
    questions = [
        canary.question
        for canary in canaries
        if canary.article and retriever.rows_of(canary.article)
    ]
    titles = [
        passage.article.title
        for passage in retriever.latest(_LATEST)
        if passage.article.title_basis is not Basis.ESTIMATED and passage.article.title
    ]
    return _first([*questions, *titles], count)


def _first(texts: Sequence[str], count: int) -> list[str]:
    """Return the first different texts that are short enough for a button."""
    found = {fold(text): text for text in reversed(texts) if len(text) <= _LONGEST}
    return list(reversed(found.values()))[:count]
