"""What a reader sees of a web page: its lines, as a browser sets them, and the dates it shows."""

import re
from typing import TYPE_CHECKING, NamedTuple

from retrieval.articles.metadata import letters, shown_value

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_UNSEEN = frozenset(
    (
        *("head", "script", "style", "noscript", "template", "svg", "math", "iframe", "object"),
        *("audio", "video", "canvas", "select", "datalist", "textarea", "map"),
    )
)
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_LINE_BLOCKS = frozenset(("br", "li", "tr", "dt", "dd", "option"))
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "button", "caption", "center"),
        *("details", "dialog", "div", "dl", "fieldset", "figcaption", "figure", "footer", "form"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "label", "legend", "main"),
        *("menu", "nav", "ol", "p", "pre", "search", "section", "summary", "table", "tbody"),
        *("tfoot", "thead", "ul"),
    )
)
_SPACE = re.compile(r"[ \t\n\r\f]+")
_NEW_LINE = re.compile(r"\r\n|[\r\n]")
_AROUND_CELLS = re.compile(r" ?\v ?")


class VisibleLine(NamedTuple):
    """A line of a page: text, line breaks before it, its letters, how many of them in links."""

    text: str
    gap: int
    key: str
    links: int


class VisiblePage:
    """The visible lines of a page and the dates that its <time> elements show, in their order.

    White space is collapsed as browsers do; a row of a table is a line, its cells parted by tabs.
    """

    def __init__(self, tree: "HtmlElement") -> None:
        from lxml import etree

        self.lines: list[VisibleLine] = []
        self.times: list[tuple[int, str]] = []
        self._hidden: list[HtmlElement] = []
        self._pieces: list[str] = []
        self._links = 0
        self._gap = 0
        self._inside = {"a": 0, "pre": 0}
        walk = etree.iterwalk(tree, events=("start", "end"))
        for event, element in walk:
            if event == "start":
                if _is_hidden(element):
                    self._hidden.append(element)
                    walk.skip_subtree()
                else:
                    self._open(element)
            else:
                if not _is_hidden(element):
                    self._close(element.tag)
                self._add(element.tail)
        self._flush()

    def clear_hidden(self) -> None:
        """Empty the elements that are not seen; trafilatura does not know all of them."""
        for element in self._hidden:
            if element.tag not in ("head", "script"):
                element.clear(keep_tail=True)

    def _open(self, element: "HtmlElement") -> None:
        tag = element.tag
        if tag in self._inside:
            self._inside[tag] += 1
        if tag in ("td", "th"):
            self._pieces.append("\v")
        if tag == "time":
            self.times.append((len(self.lines), shown_value(element)))
        self._break(tag)
        self._add(element.text)

    def _close(self, tag: str) -> None:
        self._break(tag)
        if tag in self._inside:
            self._inside[tag] -= 1

    def _break(self, tag: str) -> None:
        if tag in _LINE_BLOCKS or tag in _BLOCKS:
            self._flush()
            self._gap = max(self._gap, 2 if tag in _BLOCKS else 1)

    def _add(self, text: str | None) -> None:
        if not text:
            return
        if self._inside["a"]:
            self._links += len(letters(text))
        self._pieces.append(text.replace("\v", " "))

    def _flush(self) -> None:
        text = "".join(self._pieces)
        rows = _NEW_LINE.split(text) if self._inside["pre"] else [_SPACE.sub(" ", text)]
        for row in rows:
            line = _AROUND_CELLS.sub("\t", row).strip("\t ") if "\v" in row else row.strip(" ")
            if line.strip():
                key = letters(line)
                self.lines.append(VisibleLine(line, self._gap, key, min(self._links, len(key))))
                self._gap = 1
        self._pieces.clear()
        self._links = 0


def _is_hidden(element: "HtmlElement") -> bool:
    if element.tag in _UNSEEN or element.get("hidden") is not None:
        return True
    style = element.get("style")
    return style is not None and bool(_HIDDEN.search(style[:1000]))
