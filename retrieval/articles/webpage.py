"""Articles from web pages: which lines of a page are the article, in the page's own words.

What is article is for trafilatura to say. Its text is not kept, because white space, invisible
marks and entities are changed in it: kept are the lines of the page that it was taken from.
"""

import codecs
import json
import logging
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from retrieval.articles.chrome import clean
from retrieval.articles.dates import find_date
from retrieval.articles.decoding import MAX_BYTES, decode
from retrieval.articles.fields import dated, titled
from retrieval.articles.findings import Remark, Skipped
from retrieval.documents import Article, Basis, Published, Source
from retrieval.errors import CorpusError

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DEPTH = 200  # elements within elements; what walks a tree calls itself for each, several times
_ELEMENTS = 30_000  # what a page has at most, and what is taken apart in seconds
_DATELINE = 100  # characters of a line that is a date
_SHORTEST = 40  # letters outside links that an article has at least


def read(path: Path) -> Iterator[Article | Skipped | Remark]:
    """Yield the article of a web page; its id is the file's name without the ending.

    Raises:
        CorpusError: If the page cannot be read, decoded or taken apart.
    """
    tree = _parse(_text(_bytes(path)))
    page = _Page(tree)
    metadata = _Metadata(tree)
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


# --- Bytes -> tree ------------------------------------------------------------------------------

_CHARSET = re.compile(rb"<meta\s[^<>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_CHARSET_REACH = 4096  # bytes in which a page says what encoding it is in
_ARABIC = {"cp1256", "iso8859-6"}
_CHARSETS = re.compile(r"cp125\d|iso8859-\d+|mac-arabic")


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CorpusError(f"cannot be read ({error.strerror})") from error
    if len(data) > MAX_BYTES:
        raise CorpusError(f"larger than {MAX_BYTES / 1e6:g} MB, which no article is")
    return data


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


def _parse(text: str) -> "HtmlElement":
    from lxml import etree, html

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


# --- What a reader sees -------------------------------------------------------------------------

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
_NO_LETTER = re.compile(r"[\W_]+")


class _Line(NamedTuple):
    """A line of a page: text, line breaks before it, its letters, how many of them in links."""

    text: str
    gap: int
    key: str
    links: int


class _Page:
    """The visible lines of a page and the dates that its <time> elements show, in their order.

    White space is collapsed as browsers do; a row of a table is a line, its cells parted by tabs.
    """

    def __init__(self, tree: "HtmlElement") -> None:
        from lxml import etree

        self.lines: list[_Line] = []
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
            self.times.append((len(self.lines), _shown(element)))
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
                self.lines.append(_Line(line, self._gap, key, min(self._links, len(key))))
                self._gap = 1
        self._pieces.clear()
        self._links = 0


def _is_hidden(element: "HtmlElement") -> bool:
    if element.tag in _UNSEEN or element.get("hidden") is not None:
        return True
    style = element.get("style")
    return style is not None and bool(_HIDDEN.search(style[:1000]))


def letters(text: str) -> str:
    """Return the letters and digits of a text: what two prints of it have in common."""
    return _NO_LETTER.sub("", text)


# --- Which lines are the article ----------------------------------------------------------------

_OUTPUT_BLOCKS = frozenset(
    ("body", "p", "head", "list", "item", "quote", "table", "row", "cell", "lb", "div", "code")
)
_SHORT = 20  # letters of a piece that may stand in many places: it is looked for nearby,
_NEARBY = 3000  # among so many letters
_PROSE_LENGTH = 60
_SENTENCE_END = re.compile(r"[.…!؟?][\"”»)]*\s*\Z")
_MISSED = 0.2  # of what was extracted: more of it is not the page's
_MISSES = 200


def _chosen(tree: "HtmlElement", lines: Sequence[_Line]) -> list[int]:
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


def _trimmed(lines: Sequence[_Line], chosen: Sequence[int], title: str) -> list[int]:
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


def _is_prose(line: _Line) -> bool:
    long = len(line.text) >= _PROSE_LENGTH and bool(_SENTENCE_END.search(line.text[-10:]))
    return long and 2 * line.links < len(line.key)


def _joined(lines: Sequence[_Line], chosen: Sequence[int]) -> str:
    """Return the text of some lines, with a blank line where there are other blocks between."""
    pieces: list[str] = []
    last = -1
    for number in chosen:
        gap = max(line.gap for line in lines[last + 1 : number + 1])
        pieces += ["\n" * gap, lines[number].text]
        last = number
    return "".join(pieces[1:])


def _places(body: str, lines: Sequence[_Line], chosen: Sequence[int]) -> list[int]:
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


# --- What a page says of its article ------------------------------------------------------------

_ARTICLE_TYPES = re.compile(r"(?:\w*Article|\w*BlogPosting|Report)\Z", re.ASCII)
_DATE_NAMES = (
    *("article:published_time", "og:article:published_time", "article:published"),
    *("datepublished", "dc.date.issued", "dcterms.issued", "dc.date", "pubdate", "publishdate"),
    *("publish-date", "publish_date", "publication_date", "parsely-pub-date", "sailthru.date"),
    "date",
)
_LONGEST_VALUE = 2000
_SURROGATE = re.compile("[\ud800-\udfff]")
_SITE_PART = r"\s+[|\-–—:·»«]+\s+{}\Z"


class _Metadata:
    """What a page states of its article outside the text: nothing is guessed from an address."""

    def __init__(self, tree: "HtmlElement") -> None:
        self._tree = tree
        self._values: defaultdict[str, list[str]] = defaultdict(list)
        for meta in tree.iter("meta"):
            content = _value(meta.get("content"))
            for attribute in ("property", "name", "itemprop"):
                name = meta.get(attribute)
                if name and content:
                    self._values[name.strip().lower()].append(content)
        self._articles = list(_json_articles(tree))
        self.source = self._source()
        self.title = self._title()

    def _first(self, *names: str) -> str:
        return next((self._values[name][0] for name in names if self._values.get(name)), "")

    def _stated(self, name: str) -> list[str]:
        """Return the values of a property in the JSON-LD of the page's articles."""
        return [text for article in self._articles if (text := _value(article.get(name)))]

    def _source(self) -> Source:
        publishers = (article.get("publisher") for article in self._articles)
        names = (_value(p.get("name")) for p in publishers if isinstance(p, dict))
        name = (
            self._first("og:site_name")
            or next(filter(None, names), "")
            or self._first("application-name")
        )
        return Source(name, Basis.STATED) if name else Source()

    def _title(self) -> str:
        """Return the heading that the metadata confirms, else what the metadata has."""
        own = [*self._stated("headline")[:1], self._first("og:title")]
        own = [title for title in map(self._without_site, own) if title]
        page = self._without_site(self._page_title())
        headings = [_value(heading.text_content()) for heading in self._tree.iter("h1")]
        headings = [h for h in headings if letters(h) and h != self.source.name]
        for heading in headings:
            if any(_same_title(heading, title) for title in (*own, page) if title):
                return heading
        only = headings if len(headings) == 1 else []
        return next(iter([*own, *only, page]))

    def _page_title(self) -> str:
        title = self._tree.find(".//head/title")
        return "" if title is None else _value(title.text_content())

    def _without_site(self, title: str) -> str:
        name = self.source.name
        if not name or not title.endswith(name):
            return title
        return "" if title == name else re.sub(_SITE_PART.format(re.escape(name)), "", title)

    @property
    def url(self) -> str | None:
        """The address that the page gives as its own."""
        links = (link for link in self._tree.iter("link") if link.get("rel") == "canonical")
        addresses = [*(_value(link.get("href")) for link in links), self._first("og:url")]
        return next(filter(_is_address, addresses), None)

    @property
    def abstract(self) -> str | None:
        """The description of the article."""
        return self._first("og:description", "description") or None

    def published(self, where: str) -> tuple[Published, tuple[Remark, ...]]:
        """Return the date that the page states, and what is wrong with others that it states.

        Where one kind of metadata gives several days none of them is believed.
        """
        remarks: tuple[Remark, ...] = ()
        for values in self._dates():
            found = [dated(value, where) for value in dict.fromkeys(values)]
            remarks += tuple(remark for _, wrong in found for remark in wrong)
            days = {date for date, _ in found if date.value}
            if len(days) == 1:
                return days.pop(), remarks
            if days:
                named = ", ".join(sorted(str(day.value) for day in days))
                remarks += (Remark(where, f"its page states several dates ({named}), none taken"),)
        return Published(), remarks

    def _dates(self) -> Iterator[list[str]]:
        yield self._stated("datePublished")
        yield from (self._values[name] for name in _DATE_NAMES if name in self._values)
        properties = self._tree.iterfind(".//*[@itemprop='datePublished']")
        yield [_shown(element) for element in properties if element.tag != "meta"]
        yield [_shown(element) for element in self._tree.iterfind(".//time[@pubdate]")]


def _value(value: object) -> str:
    """Return a text of the metadata on one line; empty for what is none."""
    if not isinstance(value, str) or len(value) > _LONGEST_VALUE or _SURROGATE.search(value):
        return ""
    return " ".join(value.replace("\0", " ").split())


def _shown(element: "HtmlElement") -> str:
    value = element.get("content") or element.get("datetime") or element.text_content()
    return _value(value)


def _same_title(heading: str, title: str) -> bool:
    short, long = sorted((letters(heading), letters(title)), key=len)
    return short in long and 2 * len(short) >= len(long)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in url


def _json_articles(tree: "HtmlElement") -> Iterator[dict[str, Any]]:
    """Yield the articles that the page describes in JSON-LD; what is only listed is left out."""
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            queue = [json.loads(script.text or "", strict=False)]
        except (ValueError, RecursionError):
            continue
        for node in queue:  # which grows
            if isinstance(node, list):
                queue += node
            elif isinstance(node, dict):
                types = node.get("@type")
                names = types if isinstance(types, list) else [types]
                if any(isinstance(n, str) and _ARTICLE_TYPES.match(n) for n in names):
                    yield node
                queue += [node[key] for key in ("@graph", "mainEntity") if key in node]


def _shown_date(page: _Page, kept: Sequence[int]) -> Published:
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
