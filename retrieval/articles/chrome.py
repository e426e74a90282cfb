"""Tells an article from the page that was scraped around it.

A page is read line by line. What stands before the first line of prose is its head: a masthead,
a title (often printed twice), a dateline. What follows the last line of prose, from the first
line that says so, is its foot. Between them only lines that are never part of an article go.
Kept lines are kept to the letter; the words that betray a page are data, in chrome.toml.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from retrieval.arabic import fold
from retrieval.articles.dates import find_date
from retrieval.documents import Basis, Published

_PROSE_LENGTH = 60  # a line that ends like a sentence is prose from here on,
_LONG_LENGTH = 150  # and any line from here on
_CHROME_LENGTH = 120  # a line longer than this is never chrome by its words
_TITLE_WORDS = 3
# Titles end with a question mark or a quotation too; hardly ever with a full stop.
_SENTENCE_END = re.compile(r"[.…:][\"”»)]*\s*$")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class Page:
    """A page taken apart; `title` is empty where it has none, `dropped` is what is not article."""

    title: str
    body: str
    published: Published
    dropped: tuple[str, ...]


def separate(text: str) -> Page:
    """Take the article out of the text of a page.

    The body is the lines of the article as they stand, blank lines between them reduced to one.
    A date alone on a line counts as the article's when it stands between title and text, and as
    the page's when it stands in the masthead.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    prose = [number for number, line in enumerate(lines) if _is_prose(line)]
    if not prose:
        prose = [number for number, line in enumerate(lines) if _is_text(line)][-1:]
    if not prose:
        return Page("", "", Published(), tuple(line for line in lines if line.strip()))
    head = _Head(lines[: prose[0]])
    foot = _foot_start(lines, prose[-1])
    kept: list[str] = list(head.kept)
    dropped: list[str] = list(head.dropped)
    for line in lines[prose[0] : foot]:
        is_chrome = _matches(line, "anywhere") or _key(line) == _key(head.title)
        (dropped if line.strip() and is_chrome else kept).append(line)
    dropped.extend(line for line in lines[foot:] if line.strip())
    return Page(head.title.strip(), _joined(kept), head.published, tuple(dropped))


class _Head:
    """The lines before the first prose: which are title, dateline, article, page."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.title = ""
        self.published = Published()
        self.kept: list[str] = []
        self.dropped: list[str] = []
        blocks = _blocks(lines)
        for block in blocks:
            if any(_matches(line, "masthead") for line in block):
                last = block[-1:] if block is blocks[-1] and _is_titular(block[-1]) else []
                self._take_masthead(block[: len(block) - len(last)])
                block = last  # noqa: PLW2901 - the title may stand right below the masthead
            for line in block:
                self._take(line)

    def _take_masthead(self, block: Sequence[str]) -> None:
        self.dropped.extend(block)
        for line in block:
            date = find_date(line)
            if date and self.published.basis is Basis.UNKNOWN:
                self.published = Published(date.value, date.precision, Basis.PAGE)

    def _take(self, line: str) -> None:
        date = find_date(line)
        if _matches(line, "anywhere"):
            self.dropped.append(line)
        elif date:
            basis = Basis.STATED if self.title else Basis.PAGE
            self.published = Published(date.value, date.precision, basis)
            self.dropped.append(line)
        elif not self.title and _is_titular(line):
            self.title = line
        elif _key(line) == _key(self.title):
            self.dropped.append(line)
        else:
            self.kept.append(line)


def _blocks(lines: Sequence[str]) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _foot_start(lines: Sequence[str], last_prose: int) -> int:
    for number in range(last_prose, len(lines)):
        if _matches(lines[number], "anywhere", "foot"):
            return number
    return len(lines)


def _is_prose(line: str) -> bool:
    length = len(line.strip())
    if length < _PROSE_LENGTH or not _is_text(line):
        return False
    return length >= _LONG_LENGTH or bool(_SENTENCE_END.search(line))


def _is_text(line: str) -> bool:
    return bool(line.strip()) and not _matches(line, "anywhere", "foot", "masthead")


def _is_titular(line: str) -> bool:
    return len(line.split()) >= _TITLE_WORDS and _is_text(line) and find_date(line) is None


def _key(line: str) -> str:
    """Return what two prints of the same line share."""
    return _INVISIBLE.sub(" ", fold(line)).strip()


def _joined(lines: Sequence[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if line.strip():
            kept.append(line)
        elif kept and kept[-1]:
            kept.append("")
    return "\n".join(kept).strip("\n")


@cache
def _lexicon() -> dict[str, re.Pattern[str]]:
    data = tomllib.loads((Path(__file__).parent / "chrome.toml").read_text(encoding="utf-8"))
    return {kind: re.compile("|".join(f"(?:{fold(p)})" for p in data[kind])) for kind in data}


def _matches(line: str, *kinds: str) -> bool:
    key = _key(line)
    if not key or len(key) > _CHROME_LENGTH:
        return False
    return any(_lexicon()[kind].fullmatch(key) for kind in kinds)
