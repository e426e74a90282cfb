"""Articles from web pages: which lines of a page are the article, in the page's own words.

What is article is for trafilatura to say. Its text is not kept, because white space, invisible
marks and entities are changed in it: kept are the lines of the page that it was taken from.
"""

import logging
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.articles.chrome import clean
from retrieval.articles.dates import find_date
from retrieval.articles.fields import dated, titled
from retrieval.articles.findings import Remark, Skipped
from retrieval.articles.markup import parse
from retrieval.articles.metadata import Metadata, letters
from retrieval.articles.visible import VisibleLine, VisiblePage
from retrieval.documents import Article, Basis, Published
from retrieval.errors import CorpusError

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DATELINE = 100  # characters of a line that is a date
_SHORTEST = 40  # letters outside links that an article has at least


def read(path: Path) -> Iterator[Article | Skipped | Remark]:
    """Yield the article of a web page; its id is the file's name without the ending.

    Raises:
        CorpusError: If the page cannot be read, decoded or taken apart.
    """
    tree = parse(path)
    page = VisiblePage(tree)
    metadata = Metadata(tree)
    where = f"{path}: {path.stem}"
    published, remarks = metadata.published(where)
    page.clear_hidden()
    chosen = _trimmed(page.lines, _chosen(tree, page.lines), metadata.title)
    body = clean(_joined(page.lines, chosen), metadata.title)[0]
    kept = _places(body, page.lines, chosen)
    if sum(len(page.lines[n].key) - page.lines[n].links for n in kept) < _SHORTEST:
        yield Skipped(str(path), "no article text in it")
        return
    inside = set(kept)
    if published.basis is Basis.UNKNOWN:
        published = _shown_date(page, kept)
    yield titled(
        Article(
            id=path.stem,
            title=metadata.title,
            body=body,
            source=metadata.source,
            published=published,
            url=metadata.url,
            abstract=metadata.abstract,
            dropped=tuple(page.lines[n].text for n in range(len(page.lines)) if n not in inside),
        )
    )
    yield from remarks


_OUTPUT_BLOCKS = frozenset(
    ("body", "p", "head", "list", "item", "quote", "table", "row", "cell", "lb", "div", "code")
)
_SHORT = 20  # letters of a piece that may stand in many places: it is looked for nearby,
_NEARBY = 3000  # among so many letters
_PROSE_LENGTH = 60
_SENTENCE_END = re.compile(r"[.…!؟?][\"”»)]*\s*\Z")
_MISSED = 0.2  # of what was extracted: more of it is not the page's
_MISSES = 200


def _chosen(tree: "HtmlElement", lines: Sequence[VisibleLine]) -> list[int]:
    """Return the numbers of the lines that the text trafilatura extracts was taken from.

    Raises:
        CorpusError: If it fails, or its text does not occur in the page.
    """
    stream = "".join(line.key for line in lines)
    starts = [0, *accumulate(len(line.key) for line in lines)]
    covered = [0] * len(lines)
    search = _Search(stream, {line.key: start for line, start in zip(lines, starts, strict=False)})
    total = missed = misses = 0
    for group in _extracted(tree):
        for piece in search.pieces(group):
            total += len(piece)
            start = search.find(piece)
            if start is None:
                missed += len(piece)
                misses += 1
                continue
            search.cursor = start + len(piece)
            _cover(covered, starts, start, search.cursor)
        if misses > _MISSES:
            break
    if misses > _MISSES or missed > _MISSED * total:
        raise CorpusError("its text cannot be told from the page around it; save it as .txt")
    return [n for n, line in enumerate(lines) if line.key and 2 * covered[n] >= len(line.key)]


class _Search:
    """Where pieces of the article stand in the letters of a page; most follow one another.

    `whole` is where each line of the page begins.
    """

    def __init__(self, stream: str, whole: dict[str, int]) -> None:
        self._stream = stream
        self._whole = whole
        self.cursor = 0

    def pieces(self, group: Sequence[str]) -> Sequence[str]:
        """Return a paragraph whole if it is found, else the texts between its elements."""
        whole = "".join(group)
        if len(group) > 1 and self.find(whole) is None:
            return group
        return [whole]

    def find(self, piece: str) -> int | None:
        """Return where a piece begins, looking from the end of the last one first."""
        if len(piece) >= _SHORT:
            found = self._stream.find(piece, self.cursor)
            found = self._stream.find(piece) if found < 0 else found
            return None if found < 0 else found
        if self._stream.startswith(piece, self.cursor):
            return self.cursor
        if piece in self._whole:
            return self._whole[piece]
        found = self._stream.find(piece, self.cursor, self.cursor + _NEARBY)
        return None if found < 0 else found


def _cover(covered: list[int], starts: Sequence[int], start: int, end: int) -> None:
    number = bisect_right(starts, start) - 1
    while number < len(covered) and starts[number] < end:
        covered[number] += min(end, starts[number + 1]) - max(start, starts[number])
        number += 1


def _extracted(tree: "HtmlElement") -> list[list[str]]:
    """Return the paragraphs that trafilatura extracts, as the letters of each of their texts."""
    from lxml import etree

    try:
        document = _trafilatura().bare_extraction(
            tree, include_comments=False, include_tables=True, deduplicate=False
        )
    except Exception as error:  # any: it is given any tree
        raise CorpusError(f"cannot be taken apart ({type(error).__name__})") from error
    groups: list[list[str]] = [[]]
    if document is None:
        return groups
    for event, element in etree.iterwalk(document.body, events=("start", "end")):
        if element.tag in _OUTPUT_BLOCKS:
            groups.append([])
        if text := letters((element.text if event == "start" else element.tail) or ""):
            groups[-1].append(text)
    return [group for group in groups if group]


@cache
def _trafilatura() -> Any:
    import trafilatura

    for name in ("trafilatura", "justext", "courlan", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return trafilatura


def _trimmed(lines: Sequence[VisibleLine], chosen: Sequence[int], title: str) -> list[int]:
    """Return the numbers of the article, with its lead and without what is only around it.

    Where an article is short the menus around it are extracted with it; a lead in a box of its
    own between title and text is not.
    """
    key = letters(title)
    own = [number for number in chosen if lines[number].links < len(lines[number].key)]
    first = next((n for n in own if lines[n].key != key and not _is_date(lines[n].text)), None)
    if first is None:
        return []
    heading = next((n for n in range(first - 1, -1, -1) if lines[n].key == key), first)
    lead = [n for n in range(heading + 1, first) if _is_prose(lines[n])]
    return lead + [number for number in chosen if first <= number <= own[-1]]


def _is_date(text: str) -> bool:
    return len(text) <= _DATELINE and find_date(text) is not None


def _is_prose(line: VisibleLine) -> bool:
    long = len(line.text) >= _PROSE_LENGTH and bool(_SENTENCE_END.search(line.text[-10:]))
    return long and 2 * line.links < len(line.key)


def _joined(lines: Sequence[VisibleLine], chosen: Sequence[int]) -> str:
    """Return the text of some lines, with a blank line where there are other blocks between."""
    pieces: list[str] = []
    last = -1
    for number in chosen:
        gap = max(line.gap for line in lines[last + 1 : number + 1])
        pieces += ["\n" * gap, lines[number].text]
        last = number
    return "".join(pieces[1:])


def _places(body: str, lines: Sequence[VisibleLine], chosen: Sequence[int]) -> list[int]:
    """Return the numbers of the lines that a body is made of, each to the letter.

    Raises:
        CorpusError: If it has a line that is not the page's.
    """
    wanted = iter([line for line in body.split("\n") if line.strip()])
    line = next(wanted, None)
    kept: list[int] = []
    for number in chosen:
        if lines[number].text == line:
            kept.append(number)
            line = next(wanted, None)
    if line is not None:
        raise CorpusError(f"its text would not be the page's to the letter: {line[:60]!r}")
    return kept


def _shown_date(page: VisiblePage, kept: Sequence[int]) -> Published:
    """Return the date that stands nearest to the beginning of the article, as the page's."""
    shown = [(number, value) for number, value in page.times if number <= kept[-1]]
    for number, line in enumerate(page.lines[: kept[-1]]):
        date = find_date(line.text) if len(line.text) <= _DATELINE else None
        if date and date.value:
            shown.append((number, date.value))
    found = [(number, dated(value, "")[0]) for number, value in sorted(shown)]
    dates = [(number, replace(date, basis=Basis.PAGE)) for number, date in found if date.value]
    before = [date for number, date in dates if number <= kept[0]]
    after = (date for number, date in dates if number > kept[0])
    return before[-1] if before else next(after, Published())
