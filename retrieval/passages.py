"""Article -> passages: stretches that tile the body and never cut a word.

Boundaries are looked for where a reader would pause: after a paragraph, after a sentence, after a
clause, and between two words only where nothing better fits. A quotation that fits into a passage
is not cut.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from retrieval.documents import Article, Passage

TARGET = 400
"""Characters a passage aims at: two to four sentences of news."""

LIMIT = 700
"""Characters a passage has at most, unless a single word is longer."""

# Look-behinds and possessive repeats keep the search linear in runs of spaces and of full stops.
_PARAGRAPH = re.compile(r"(?<!\s)\s*\n\s*+|^\s*\n\s*+")
_SENTENCE = re.compile(r"(?<![.؟?!…۔])[.؟?!…۔]++[\"'”’»)\]}]*+\s++")
_CLAUSE = re.compile(r"[،؛,;:]\s+")
_SPACE = re.compile(r"\s+")
# Single letters before full stops are an abbreviation (د. for doctor, an initial), not an end.
_ABBREVIATION = re.compile(r"(?:^|[\s(«“\"])(?:[^\W\d]\.){0,5}[^\W\d]\.\s*$")
_ABBREVIATION_REACH = 12  # characters before the last full stop that can belong to one
_QUOTATION = re.compile(r"«[^«»]*»|“[^“”]*”|\"[^\"\n]*\"")


def split(article: Article, target: int = TARGET, limit: int = LIMIT) -> tuple[Passage, ...]:
    """Return the passages of `article`, tiling its body.

    Args:
        article: The article; a body of white space alone has no passage.
        target: Characters to aim at.
        limit: Characters not to exceed, unless one word does.

    Returns:
        Passages with `body[start:end] == text`, each with at least one visible character.
    """
    body = article.body
    return tuple(
        Passage(article.id, ordinal, start, end, body[start:end])
        for ordinal, (start, end) in enumerate(_merged(body, target, limit))
    )


def whole(article: Article) -> tuple[Passage, ...]:
    """Return the body of `article` as its only passage."""
    body = article.body
    return (Passage(article.id, 0, 0, len(body), body),) if body.strip() else ()


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of each sentence of `text`, without the white space around it."""
    spans = []
    for start, end in _tiles(text, _sentence_ends(text)):
        sentence = text[start:end]
        stripped = sentence.strip()
        if stripped:
            lead = len(sentence) - len(sentence.lstrip())
            spans.append((start + lead, start + lead + len(stripped)))
    return spans


def _merged(body: str, target: int, limit: int) -> Iterator[tuple[int, int]]:
    """Join neighbouring sentences into passages, paragraph by paragraph while they are long."""
    quotations = _quotations(body, limit)
    paragraph_ends = {match.end() for match in _PARAGRAPH.finditer(body)}
    units = [
        piece
        for tile in _tiles(body, _outside(_sentence_ends(body), quotations))
        for piece in _pieces(body, *tile, limit, quotations)
    ]
    start = 0
    end = 0
    for unit_start, unit_end in units:
        size = len(body[start:unit_end].strip())
        at_paragraph = end in paragraph_ends and end - start >= target // 2
        full = size > limit or (end - start >= target) or (at_paragraph and size > target)
        if full and body[start:end].strip() and body[unit_start:].strip():
            yield start, end
            start = unit_start
        end = unit_end
    if body[start:].strip():
        yield start, len(body)


def _sentence_ends(text: str) -> list[int]:
    ends = {match.end() for match in _PARAGRAPH.finditer(text)}
    for match in _SENTENCE.finditer(text):
        reach = text[max(0, match.start() - _ABBREVIATION_REACH) : match.end()]
        if not _ABBREVIATION.search(reach):
            ends.add(match.end())
    return sorted(ends)


def _quotations(text: str, limit: int) -> list[tuple[int, int]]:
    return [m.span() for m in _QUOTATION.finditer(text) if len(m.group()) <= limit]


def _outside(ends: Iterable[int], spans: list[tuple[int, int]]) -> list[int]:
    """Drop the boundaries that would cut one of the spans (disjoint and in order)."""
    starts = [start for start, _ in spans]

    def cuts(end: int) -> bool:
        index = bisect_right(starts, end) - 1
        return index >= 0 and spans[index][0] < end < spans[index][1]

    return [end for end in ends if not cuts(end)]


def _tiles(text: str, ends: Iterable[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for end in ends:
        if start < end < len(text):
            yield start, end
            start = end
    if start < len(text):
        yield start, len(text)


def _pieces(
    text: str, start: int, end: int, limit: int, quotations: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Cut one over-long sentence: at a clause, else at a space, within the limit."""
    while len(text[start:end].rstrip()) > limit:
        cut = _cut(text, start, start + limit, quotations)
        if cut is None:  # a word longer than the limit is never cut
            following = _SPACE.search(text, start + limit, end)
            cut = following.end() if following else end
        if cut >= end:
            break
        yield start, cut
        start = cut
    yield start, end


def _cut(text: str, start: int, end: int, quotations: list[tuple[int, int]]) -> int | None:
    """Return the best cut between `start` and `end`: late, after a clause, outside quotations."""
    # White space that runs on past the end would let the next piece begin with the rest of it.
    spaces = [match.end() for match in _SPACE.finditer(text, start + 1, end)]
    clauses = [match.end() for match in _CLAUSE.finditer(text, start + (end - start) // 3, end)]
    free_spaces = _outside(spaces, quotations)
    late_spaces = [cut for cut in free_spaces if cut > start + (end - start) // 3]
    for cuts in (_outside(clauses, quotations), late_spaces, free_spaces, clauses, spaces):
        if cuts:
            return cuts[-1]
    return None
