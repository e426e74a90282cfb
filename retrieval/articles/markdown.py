"""Articles from Markdown: front matter in YAML, and the text as a reader sees it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.articles.decoding import read_text
from retrieval.articles.fields import canonical, entries
from retrieval.articles.findings import Remark, Skipped
from retrieval.documents import Article
from retrieval.errors import CorpusError

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

FILE_LIMIT = 500_000
"""Bytes of a file: one article, and what the parser takes a bearable time for."""

FRONT_MATTER_LIMIT = 64_000
"""Characters of the front matter."""

_NESTING = 50  # quotations within lists within quotations …
_BRACKETS = 10_000  # links that nobody sets in one article, and that cost time
_RULE = re.compile(r"---[ \t]*(?:\n|\Z)")
_END = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_NOTHING = ("", "~", "null")
_HIDDEN = re.compile(r"<(/?)(?:script|style)\b", re.IGNORECASE)
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def read(path: Path) -> Iterator[Article | Skipped | Remark]:
    """Yield the article of a Markdown file; its id is the file's name unless it gives one.

    The first heading of the first level is the title where the front matter has none, and no part
    of the body.

    Raises:
        CorpusError: If the file cannot be read, or its front matter is no YAML.
    """
    text = read_text(path, FILE_LIMIT).replace("\r\n", "\n").replace("\r", "\n")
    matter, text = _front_matter(text)
    if text.count("[") > _BRACKETS:
        raise CorpusError(f"has more than {_BRACKETS} brackets, which no article has")
    record = canonical(matter)
    title = record["title"]
    page = _Page(_parser().parse(text), title if isinstance(title, str) else "")
    record |= {
        "_id": record["_id"] or path.stem,
        "title": title or page.title,
        "text": page.body,
    }
    for item in entries(record, str(path)):
        yield replace(item, dropped=tuple(page.dropped)) if isinstance(item, Article) else item


# --- Front matter -------------------------------------------------------------------------------


def _front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return the fields of the front matter, if there is one, and what follows it."""
    if not _RULE.match(text):
        return {}, text
    start = text.find("\n") + 1
    end = _END.search(text, start, start + FRONT_MATTER_LIMIT) if start else None
    if end is None:
        limit = f"{FRONT_MATTER_LIMIT // 1000} KB"
        raise CorpusError(f"line 1: the front matter is not closed by --- within {limit}")
    fields = _yaml(text[start : end.start()])
    return fields, text[end.end() :]


def _yaml(text: str) -> dict[str, object]:
    """Return the fields of a YAML mapping, every value as it is written."""
    import yaml

    try:
        # The base loader makes text of every value: a date stays as it is written, "no" is no
        # truth value, and tags and merges mean nothing.
        data = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"line {mark.line + 2}: " if mark else ""
        why = error.problem or error.context
        raise CorpusError(f"{line}the front matter is not YAML ({why})") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise CorpusError(f"the front matter is not YAML ({type(error).__name__})") from error
    if data in _NOTHING or data is None:
        return {}
    if not isinstance(data, dict):
        raise CorpusError("line 2: the front matter should be fields, as in title: …")
    return {
        name: None if isinstance(value, str) and value.strip() in _NOTHING else value
        for name, value in data.items()
        if isinstance(name, str)
    }


# --- The text -----------------------------------------------------------------------------------


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": _NESTING})
    return parser.enable(["table", "strikethrough"])


@dataclass
class _Page:
    """The text of a parsed file: blocks, each with the white space that parts it from the last.

    A row of a table is a line, its cells parted by tabs.
    """

    tokens: Sequence["Token"]
    title: str
    dropped: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._blocks: list[str] = []
        self._numbers: list[int | None] = []  # the next one of each list around, if it has them
        self._marker = ""
        self._cells: list[str] | None = None
        self._tight = False
        heading = self._find_title()
        for number, token in enumerate(self.tokens):
            if number != heading:
                self._take(token)

    @property
    def body(self) -> str:
        """The text of the article."""
        return "".join(self._blocks).strip("\n")

    def _find_title(self) -> int | None:
        """Return the number of the heading that is the title, if one of them is."""
        for number, token in enumerate(self.tokens):
            if token.type == "heading_open" and token.tag == "h1" and token.level == 0:
                text = self._inline(self.tokens[number + 1], [])
                self.title = self.title or text
                same = " ".join(text.split()) == " ".join(self.title.split())
                return number + 1 if same else None
        return None

    def _take(self, token: "Token") -> None:
        if token.level >= _NESTING - 1:
            raise CorpusError(f"has lists or quotations more than {_NESTING} deep")
        kind = token.type
        if kind == "inline":
            self._take_text(self._inline(token, self.dropped))
        elif kind in ("fence", "code_block"):
            self._add(token.content.strip("\n"))
        elif kind == "html_block":
            self.dropped += [line.strip() for line in token.content.splitlines() if line.strip()]
        elif "list" in kind:
            self._take_list(token)
        elif kind == "tr_open":
            self._cells = []
        elif kind == "tr_close":
            cells, self._cells = self._cells or [], None
            self._add("\t".join(cells).strip("\t"))
            self._tight = True
        elif kind == "table_close":
            self._tight = False

    def _take_list(self, token: "Token") -> None:
        kind = token.type
        if kind == "bullet_list_open":
            self._numbers.append(None)
        elif kind == "ordered_list_open":
            start = token.attrGet("start")
            self._numbers.append(1 if start is None else int(start))
        elif kind == "list_item_open":
            number = self._numbers[-1]
            self._marker = "" if number is None else f"{number}. "
            self._numbers[-1] = None if number is None else number + 1
        elif kind != "list_item_close":
            self._numbers.pop()
            self._tight = bool(self._numbers)

    def _take_text(self, text: str) -> None:
        if self._cells is not None:
            self._cells.append(text)
        else:
            self._add(text)

    def _add(self, text: str) -> None:
        if not text.strip():
            return
        self._blocks.append("\n" if self._tight else "\n\n")
        self._blocks.append(self._marker + text)
        self._marker = ""
        self._tight = bool(self._numbers)

    @staticmethod
    def _inline(token: "Token", dropped: list[str]) -> str:
        """Return the text of a line of Markdown; a line that ends softly goes on after a space."""
        pieces: list[str] = []
        hidden = False
        for child in token.children or ():
            if child.type == "html_inline":
                if tag := _HIDDEN.match(child.content):
                    hidden = not tag[1]
                elif _LINE_BREAK.fullmatch(child.content):
                    pieces.append("\n")
            elif child.type == "image" or hidden:
                dropped.extend([child.content] if child.content.strip() else [])
            elif child.type in ("softbreak", "hardbreak"):
                pieces.append(" " if child.type == "softbreak" else "\n")
            else:
                pieces.append(child.content)
        lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
        return "\n".join(filter(None, lines))
