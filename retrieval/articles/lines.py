"""The lines of a page, and what each tells by itself: its words, its form, its date.

The words that betray a page are data, in chrome.toml.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from retrieval.arabic import fold
from retrieval.articles.dates import find_date
from retrieval.documents import Published

SHORTEST_PROSE = 60
"""Characters from which on a line that ends like a sentence is prose."""

LONG = 150
"""Characters from which on any line is prose."""

LONG_TITLE = 110
"""Characters that few titles have."""

TITLE_WORDS = 3
"""Words that most titles have."""

_CHROME_LENGTH = 120  # a line longer than this is chrome by its words
_TITLE_LENGTH = 200  # only if it is a link with a title, which has no sentence end,
_NOTICE_LENGTH = 400  # or what a page says of itself

# Titles end with a question mark or a quotation too; hardly ever with a full stop.
SENTENCE_END = re.compile(r"[.…:][\"”»)]*\s*\Z")
ELLIPSIS = re.compile(r"(?:\.\.|…)[\"”»)]*\s*\Z")
CLOSED = re.compile(r"[.…][\"”»)]*\s*\Z")
_LAST = 12  # characters of a line that its end is looked for in; runs of spaces stay cheap
_ITEM = re.compile(r"(?:\d+|[^\W\d_])\s*[-–—.)]|[-–—•*·]\s*\S")
_STOP = re.compile(r"(?<!\.)\.\s")  # between sentences
_STOP_FROM = 20  # characters; before them a full stop is that of a name or a number
LINKS = 8
"""Lines that a list of links has at most."""

ORNAMENT = " *•·▪●■◄►◀▶|<>›‹«»←→[](){}#-–—_~\t"
"""What stands around the words of a link or a heading."""

_OPENING_ORNAMENT = ORNAMENT.replace("#", "")
_GROUP = re.compile(r"(?<!\\)\((?!\?)")  # no group of the lexicon is asked for: it costs time
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_TAG = re.compile(r"<(/?)(script|style)\b", re.IGNORECASE)

# Kinds of lines that the lexicon tells; the rest are known by where they stand.
GOES = frozenset({"inline", "anywhere", "heading", "notice", "script"})
"""Kinds that are never part of an article, wherever they stand."""

_SCRIPT = frozenset({"script"})
OF_THE_PAGE = GOES | {"foot", "masthead", "office", "section"}
"""Kinds that are the page's where they stand in its place for them."""


class Line(NamedTuple):
    """A line of a page: its text and key, the kinds of the lexicon it matches, its date."""

    text: str
    key: str
    kinds: frozenset[str] = frozenset()
    blank: bool = False
    repeated: bool = False
    told: bool = False  # it may be text of the article, title included, as far as the line tells
    prose: bool = False  # by its form and words; what is repeated is prose as well
    date: Published | None = None  # where that is all it says

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.key.split())

    @property
    def linklike(self) -> bool:
        """Whether it could be a link: short, and without a sentence end."""
        return len(self.key) < LONG and not ends(SENTENCE_END, self.text)


def read_lines(text: str, repeated: Collection[str]) -> list[Line]:
    """Return the lines of a page; `repeated` are keys of lines that its source shares."""
    raw = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    folded = fold("\n".join(raw)).split("\n")  # character by character, so line by line
    scripts = _script_lines(raw)
    return [
        Line(line, key, _SCRIPT, not line.strip())
        if number in scripts
        else line_of(line, key, repeated)
        for number, line in enumerate(raw)
        for key in (" ".join(folded[number].split()),)
    ]


def line_of(text: str, key: str, repeated: Collection[str]) -> Line:
    """Return a line with all that it tells by itself."""
    if not key:
        return Line(text, key, blank=not text.strip())
    kinds = _kinds(text, key)
    page = not kinds.isdisjoint(OF_THE_PAGE)
    again = key in repeated
    prose = not page and _reads_like_prose(text)
    dated = len(key) <= _CHROME_LENGTH and _YEAR.search(key)
    date = find_date(text) if dated else None
    return Line(text, key, kinds, False, again, not page and not again, prose, date)  # noqa: FBT003


def _reads_like_prose(text: str) -> bool:
    length = len(text.strip())
    return length >= LONG or (length >= SHORTEST_PROSE and ends(SENTENCE_END, text))


def ends(pattern: re.Pattern[str], text: str) -> bool:
    """Say whether a line ends as `pattern` has it."""
    return bool(pattern.search(text.rstrip()[-_LAST:]))


def _script_lines(raw: Sequence[str]) -> set[int]:
    """Return the numbers of the lines of script and style blocks.

    A block that is never closed is its first line only: the rest may be the article.
    """
    inside: set[int] = set()
    opened: tuple[int, str] | None = None
    for number, line in enumerate(raw):
        for match in _TAG.finditer(line) if "<" in line else ():
            closing, name = bool(match[1]), match[2].lower()
            if opened is None and not closing:
                opened = (number, name)
                inside.add(number)
            elif opened is not None and closing and name == opened[1]:
                inside.update(range(opened[0], number + 1))
                opened = None
    return inside


@cache
def _lexicon() -> dict[str, re.Pattern[str]]:
    data = tomllib.loads((Path(__file__).parent / "chrome.toml").read_text(encoding="utf-8"))
    words = data.pop("words")

    def compiled(pattern: str) -> str:
        filled = re.sub(r"<(\w+)>", lambda match: words[match[1]], pattern)
        return _GROUP.sub("(?:", fold(filled))

    return {
        kind: re.compile("|".join(compiled(pattern) for pattern in patterns))
        for kind, patterns in data.items()
    }


@cache
def _any() -> re.Pattern[str]:
    return re.compile("|".join(pattern.pattern for pattern in _lexicon().values()))


def _kinds(text: str, key: str) -> frozenset[str]:
    if not key or len(key) > _NOTICE_LENGTH:
        return frozenset()
    bare = key.lstrip(_OPENING_ORNAMENT).rstrip(ORNAMENT) or key
    if not _any().fullmatch(bare):
        return frozenset()
    kinds = {kind for kind, pattern in _lexicon().items() if pattern.fullmatch(bare)}
    if len(key) > _CHROME_LENGTH:
        link = len(key) <= _TITLE_LENGTH and not ends(CLOSED, text)
        kinds &= {"notice", "inline"} if link else {"notice"}
    return frozenset(kinds)


def joined(lines: Iterable[Line]) -> str:
    """Return the text of some lines, blank ones between them reduced to one."""
    kept: list[str] = []
    for line in lines:
        if not line.blank:
            kept.append(line.text)
        elif kept and kept[-1]:
            kept.append("")
    return "\n".join(kept).strip("\n")


def texts(lines: Sequence[Line], numbers: Collection[int]) -> tuple[str, ...]:
    """Return the lines of some numbers that are not blank, as they stand."""
    return tuple(
        line.text for number, line in enumerate(lines) if number in numbers and not line.blank
    )


def line_key(line: str) -> str:
    """Return what two prints of the same line share; empty for a line without visible text."""
    return " ".join(fold(line).split())


def line_lengths(text: str) -> dict[str, int]:
    """Return the key of every line of a page, in order, with its length if it is prose, else 0.

    What the lexicon knows for chrome is no prose; what is repeated only the caller can tell.
    """
    lines = read_lines(text, frozenset())
    return {line.key: len(line.key) if line.prose else 0 for line in lines if line.key}


def reads_like_text(line: Line) -> bool:
    """Whether a line that is no prose is more likely the article's than the title of another."""
    sentence = ends(CLOSED, line.text) or _STOP.search(line.key, _STOP_FROM)
    return bool(
        (sentence and line.words >= TITLE_WORDS)
        or len(line.key) >= LONG_TITLE
        or _ITEM.match(line.key)
    )
