"""Articles from TREC and LDC files: `<DOC>`s in a row, which only look like XML.

    <DOC id="AFP_ARB_20000715.0001" type="story">
    <DOCNO>…</DOCNO> <HEADLINE>…</HEADLINE> <DATE>…</DATE> <SOURCE>…</SOURCE> <URL>…</URL>
    <TEXT> <P>…</P> <P>…</P> </TEXT>
    </DOC>

Such files are hardly ever well-formed, so tags are looked for and nothing is parsed: declarations
of entities and other files that are named in one have no effect.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from retrieval.articles.decoding import decode, read_bytes
from retrieval.articles.fields import canonical, entries
from retrieval.articles.findings import Remark, Skipped
from retrieval.documents import Article
from retrieval.errors import CorpusError

FILE_LIMIT = 200_000_000
"""Bytes of a file; larger collections come in several."""

DOC_LIMIT = 10_000_000
"""Bytes of a document."""

_FIELDS = frozenset(
    (
        *("docno", "docid", "headline", "title", "head", "date", "date_time", "pubdate"),
        *("source", "publisher", "url", "text", "body"),
    )
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# A tag holds no "<", so that looking for its end never goes over the same characters twice.
_DOC = re.compile(rb"<(/?)doc(?:\s[^<>]{0,2000})?>", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-z][\w.:-]{0,40})(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE)
_ID = re.compile(r"\sid\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_PARAGRAPH = re.compile(r"<p(?:\s[^<>]{0,2000})?>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def read(path: Path) -> Iterator[Article | Skipped | Remark]:
    """Yield the articles of a file of `<DOC>`s; one that is none is passed over.

    Raises:
        CorpusError: If the file cannot be read, is too large, or has no `<DOC>` in it.
    """
    data = read_bytes(path, FILE_LIMIT)
    if data.startswith(_UTF16):
        data = decode(data).encode()
    number = 0
    for number, (start, end) in enumerate(_documents(data), start=1):
        where = f"{path}: document {number}"
        if end is None:
            yield Skipped(where, "is not closed by </DOC>")
        elif end - start > DOC_LIMIT:
            yield Skipped(where, f"larger than {DOC_LIMIT / 1e6:g} MB, which no article is")
        else:
            yield from _entries(data[start:end], where)
    if not number:
        raise CorpusError("has no <DOC> in it; of XML only TREC and LDC files can be read")


def _documents(data: bytes) -> Iterator[tuple[int, int | None]]:
    """Yield where each document starts, opening tag included, and ends; None if it does not."""
    start: int | None = None
    for tag in _DOC.finditer(data):
        closing = bool(tag[1])
        if start is not None:
            yield start, tag.start() if closing else None
        start = None if closing else tag.start()
    if start is not None:
        yield start, None


def _entries(data: bytes, where: str) -> Iterator[Article | Skipped | Remark]:
    try:
        content = _without_comments(decode(data))
    except CorpusError as error:
        yield Skipped(where, str(error))
        return
    opening, _, rest = content.partition(">")
    fields = _fields(rest)
    record: dict[str, object] = {
        name: _line(values[0]) for name, values in fields.items() if name not in ("text", "body")
    }
    if match := _ID.search(opening):
        record["id"] = unescape(next(filter(None, match.groups()), "")).strip()
    record["text"] = "\n\n".join(filter(None, map(_prose, fields["text"] or fields["body"])))
    record = canonical(record)
    if not record["_id"]:
        yield Skipped(where, "has neither <DOCNO> nor an id")
    elif not record["text"]:
        yield Skipped(f"{where}: {record['_id']}", "has no text")
    else:
        yield from entries(record, where)


def _fields(content: str) -> defaultdict[str, list[str]]:
    """Return what stands in each of the elements that are known, by their names.

    One that is never closed ends with the next tag that is known.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    opened: dict[str, int] = {}
    tags = [tag for tag in _TAG.finditer(content) if tag[2].lower() in _FIELDS]
    for number, tag in enumerate(tags):
        name = tag[2].lower()
        if not tag[1]:
            opened.setdefault(name, number)
        elif name in opened:
            found[name].append(content[tags[opened.pop(name)].end() : tag.start()])
    for name, number in opened.items():
        end = tags[number + 1].start() if number + 1 < len(tags) else len(content)
        found[name].append(content[tags[number].end() : end])
    return found


def _line(content: str) -> str:
    """Return the text of an element that is one line."""
    return " ".join(unescape(_TAG.sub(" ", content)).split())


def _prose(content: str) -> str:
    """Return the text of `<TEXT>`: its paragraphs, where they are marked, else its lines."""
    first, *paragraphs = _PARAGRAPH.split(content)
    if not paragraphs:
        lines = [line.strip() for line in _plain(first).splitlines()]
        return "\n".join(lines).strip("\n")
    # Lines within a marked paragraph end where the file's do, not where the article's do.
    texts = [_wrapped(paragraph) for paragraph in (first, *paragraphs)]
    return "\n\n".join(filter(None, texts))


def _wrapped(paragraph: str) -> str:
    pieces = [" ".join(_plain(piece).split()) for piece in _BREAK.split(paragraph)]
    return "\n".join(filter(None, pieces))


def _plain(content: str) -> str:
    return unescape(_TAG.sub("", _BREAK.sub("\n", content)))


def _without_comments(content: str) -> str:
    """Return it without comments, and CDATA sections without their marks."""
    kept: list[str] = []
    start = 0
    while (opened := content.find("<!--", start)) >= 0:
        closed = content.find("-->", opened + 4)
        if closed < 0:
            break
        kept.append(content[start:opened])
        start = closed + 3
    kept.append(content[start:])
    return "".join(kept).replace("<![CDATA[", "").replace("]]>", "")
