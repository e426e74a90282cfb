"""Which articles of the archive an article that is not in it yet says the same as."""

from collections.abc import Sequence

from retrieval.copies import relation, same, shingles
from retrieval.documents import AlsoIn, Article, Passage
from retrieval.errors import QuestionError
from retrieval.retriever import Ranker, Retriever

_PASSAGES = 8  # that are looked for
_DEPTH = 20  # passages of the archive that each is held against


def alike(retriever: Retriever, article: Article, passages: Sequence[Passage]) -> list[AlsoIn]:
    """Return the articles with a passage in nearly the same words, copies first.

    Proposed by the words they share with the longest passages, and counted out as `copies` does. An
    article of the same id is not among them: it is the one that would be replaced.
    """
    longest = sorted(passages, key=lambda passage: -len(passage.text))[:_PASSAGES]
    found: dict[str, AlsoIn] = {}
    for passage in longest:
        own = shingles(passage.text)
        try:
            ranking = retriever.rank(passage.text, Ranker.LEXICAL, _DEPTH)
        except QuestionError:  # a passage without a word
            continue
        rows = [candidate.row for candidate in ranking.candidates]
        for row, stored in retriever.passages(rows).items():
            other = stored.article
            if other.id in (article.id, *found) or not same(own, shingles(stored.text)):
                continue
            found[other.id] = AlsoIn(other, row, relation(article, other))
    return sorted(found.values(), key=lambda also: (str(also.relation), also.row))
