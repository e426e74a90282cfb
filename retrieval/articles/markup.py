"""The bytes of a web page -> its tree, unless taking it apart would exhaust stack or time."""

import codecs
import re
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.articles.decoding import decode, read_bytes
from retrieval.errors import CorpusError

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DEPTH = 200  # elements within elements; what walks a tree calls itself for each, several times
_ELEMENTS = 30_000  # what a page has at most, and what is taken apart in seconds
_CHARSET = re.compile(rb"<meta\s[^<>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_CHARSET_REACH = 4096  # bytes in which a page says what encoding it is in
_ARABIC = {"cp1256", "iso8859-6"}
_CHARSETS = re.compile(r"cp125\d|iso8859-\d+|mac-arabic")


def _text(data: bytes) -> str:
    """Return the text of a page: in UTF-8 if it is that, else in the encoding it names."""
    declared = _declared(data)
    if declared in _ARABIC and not _is_utf8(data):
        try:
            return data.decode(declared)
        except UnicodeDecodeError:
            return decode(data)
    try:
        return decode(data)
    except CorpusError:
        # Arabic pages name a Latin encoding, too, so that is believed only as a last resort.
        if declared is None:
            raise
        try:
            return data.decode(declared)
        except UnicodeDecodeError:
            pass
        raise


def _declared(data: bytes) -> str | None:
    match = _CHARSET.search(data[:_CHARSET_REACH])
    try:
        name = codecs.lookup(match[1].decode("ascii")).name if match else ""
    except (LookupError, UnicodeDecodeError):
        return None
    return name if _CHARSETS.fullmatch(name) else None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def parse(path: Path) -> "HtmlElement":
    """Return the tree of a web page.

    Raises:
        CorpusError: If the page cannot be read, decoded or taken apart.
    """
    from lxml import etree, html

    text = _text(read_bytes(path))
    if "\0" in text:
        raise CorpusError("binary, not text")
    data = text.encode()
    _measure(data)
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise CorpusError("no article text in it") from error


class _Meter:
    """Counts the elements of a page while it is being parsed."""

    def __init__(self) -> None:
        self.depth = 0
        self.deepest = 0
        self.elements = 0

    def start(self, _tag: str, _attributes: object) -> None:
        self.depth += 1
        self.elements += 1
        self.deepest = max(self.deepest, self.depth)

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def close(self) -> None:
        """Return nothing: what was counted is read from the attributes."""


def _measure(data: bytes) -> None:
    """Refuse a page that would exhaust the stack, or time, before a tree is built of it."""
    from lxml import etree

    meter = _Meter()
    parser = etree.HTMLParser(target=meter, encoding="utf-8")
    step = 1 << 14
    for start in range(0, len(data), step):
        parser.feed(data[start : start + step])
        if meter.deepest > _DEPTH:
            raise CorpusError(f"has elements more than {_DEPTH} deep, which no article has")
        if meter.elements > _ELEMENTS:
            raise CorpusError(f"has more than {_ELEMENTS} elements, which no article has")
