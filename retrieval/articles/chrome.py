"""Tells an article from the page that was scraped around it.

A page is read line by line. What stands before the first line of prose is its head: a masthead,
a title (often printed twice), a dateline. What follows the last line of prose, from the first
line that says so, is its foot. Between them only lines that are never part of an article go, and
links that its source prints on page after page. Kept lines are kept to the letter; the words that
betray a page are data, in chrome.toml; the lines of a source are found by `repetition`.

Where a rule is in doubt the line stays: chrome in an article is a blemish, a lost line is a loss.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from retrieval.articles.head import Head, source_name
from retrieval.articles.interior import interior
from retrieval.articles.lines import (
    ELLIPSIS,
    LINKS,
    LONG,
    Line,
    ends,
    joined,
    line_key,
    line_of,
    read_lines,
    reads_like_text,
    texts,
)
from retrieval.documents import Basis, Published, Source

_ENDS = frozenset({"anywhere", "heading", "notice"})
_UNKNOWN = Source()


@dataclass(frozen=True, slots=True)
class Page:
    """A page taken apart.

    `title` is empty where the page shows none; `dropped` is every other line that is neither
    blank nor in the body, in the order of the page: chrome, datelines, lines naming the source, a
    second print of the title.
    """

    title: str
    body: str
    published: Published
    dropped: tuple[str, ...]
    source: Source = _UNKNOWN


def separate(text: str, repeated: Collection[str] = frozenset()) -> Page:
    """Take the article out of the text of a page.

    The body is the lines of the article as they stand, blank lines between them reduced to one.
    A date alone on a line counts as the article's when it stands between title and text, and as
    the page's when it stands in the masthead.

    Args:
        text: The page, with any line endings.
        repeated: Keys (see `line_key`) of lines that the pages of its source share. Before the
            first and after the last line of prose that is not among them they go whatever their
            length, between those only where they look like links.

    Returns:
        The page; every line of `text` that is not blank is in exactly one of title, body, dropped.
    """
    lines = read_lines(text, repeated)
    span = _prose_span(lines)
    if span is None:  # nothing but what its source repeats: better that than nothing
        lines = [line_of(line.text, line.key, ()) if line.repeated else line for line in lines]
        span = _prose_span(lines)
    if span is None:
        return Page("", "", Published(), tuple(line.text for line in lines if not line.blank))
    first, last = span
    head = Head(lines, first)
    dropped = head.dropped | interior(lines, range(first, last + 1))
    title = lines[head.title].text.strip() if head.title is not None else ""
    if head.title is not None:
        key = lines[head.title].key
        dropped |= {n for n in range(first, last + 1) if lines[n].key == key}
    end = _foot_start(lines, last)
    dropped |= interior(lines, range(last + 1, end)) | set(range(end, len(lines)))
    dropped |= {number for number in range(last + 1, end) if lines[number].repeated}
    source = head.source
    for number in range(last + 1, len(lines)):  # it stays: to say so is the article's own
        if name := source_name(lines, number):
            source = source if source.name else Source(name, Basis.STATED)
    omitted = dropped if head.title is None else dropped | {head.title}
    body = joined(line for number, line in enumerate(lines) if number not in omitted)
    return Page(title, body, head.published, texts(lines, dropped), source)


def clean(text: str, title: str = "") -> tuple[str, tuple[str, ...]]:
    """Take what is left of a page out of text that was extracted from it already.

    There is no masthead to look for, and a date or the name of a source may be part of the text.
    What goes: lines that are never an article's, the foot from its first line after the last
    prose, and prints of `title` at the top.

    Returns:
        The body, its lines as they stand and blank lines reduced to one; and the lines dropped.
    """
    lines = read_lines(text, frozenset())
    span = _prose_span(lines)
    if span is None:
        return "", tuple(line.text for line in lines if not line.blank)
    end = _foot_start(lines, span[1])
    dropped = interior(lines, range(end)) | set(range(end, len(lines)))
    key = line_key(title)
    for number, line in enumerate(lines):
        if line.blank or number in dropped:
            continue
        if not key or line.key != key:
            break
        dropped.add(number)
    body = joined(line for number, line in enumerate(lines) if number not in dropped)
    return body, texts(lines, dropped)


def _prose_span(lines: Sequence[Line]) -> tuple[int, int] | None:
    """Return the numbers of the first and the last line of the article's prose.

    On a page without prose the last line that may be text stands for it; None if there is none.
    """
    titles = _titles_like_prose(lines)
    prose = [
        number
        for number, line in enumerate(lines)
        if line.prose and line.told and number not in titles
    ]
    if prose:
        return prose[0], prose[-1]
    told = [n for n in _told(lines) if "source" not in lines[n].kinds]
    foot = next((n for n, line in enumerate(lines) if "foot" in line.kinds), len(lines))
    before = [number for number in told if number < foot] or told
    return (before[-1], before[-1]) if before else None


def _titles_like_prose(lines: Sequence[Line]) -> set[int]:
    """Return the numbers of lines that are titles by their place, though they look like prose.

    These are the first text of the page where it is printed twice, is followed by a date alone on
    its line, or breaks off with an ellipsis before other prose.
    """
    told = _told(lines)
    first = next(told, None)
    if first is None or not lines[first].prose or len(lines[first].key) >= LONG:
        return set()
    prints = {first}
    following = next(told, None)
    while following is not None and lines[following].key == lines[first].key:
        prints.add(following)
        following = next(told, None)
    after = next((n for n in range(first + 1, len(lines)) if not lines[n].blank), None)
    dated = after is not None and lines[after].date is not None
    broken = ends(ELLIPSIS, lines[first].text) and following is not None
    return prints if len(prints) > 1 or dated or broken else set()


def _told(lines: Sequence[Line]) -> Iterator[int]:
    return (number for number, line in enumerate(lines) if line.told and line.date is None)


def _foot_start(lines: Sequence[Line], last_prose: int) -> int:
    """Return the number of the line that the foot of the page begins with.

    A line that only a foot has begins it. Buttons, headings of links and what the source repeats
    begin it too, but only after the last line that ends like a sentence, is an item of a list, is
    longer than titles are, or stands among more lines than a list of links has.
    """
    tail = range(last_prose + 1, len(lines))
    end = next((n for n in tail if "foot" in lines[n].kinds), len(lines))
    closed = last_prose
    run = 0
    for number in range(last_prose + 1, end):
        line = lines[number]
        run = run + line.told if line.told or line.blank else 0
        if line.told and (run > LINKS or reads_like_text(line)):
            closed = number
    return next((n for n in range(closed + 1, end) if _ends_article(lines[n])), end)


def _ends_article(line: Line) -> bool:
    return bool(line.kinds & _ENDS) or (line.repeated and "inline" not in line.kinds)
