"""Named fields -> an article: what JSON, front matter, tags and HTML metadata have in common."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from retrieval.arabic import fold
from retrieval.articles.dates import find_date
from retrieval.articles.findings import Remark, Skipped
from retrieval.documents import Article, Basis, Precision, Published, Source
from retrieval.errors import CorpusError
from retrieval.passages import sentences

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

# The names of the JSON lines format, each with what other formats call the same.
_ALIASES = {
    "_id": ("id", "docno", "docid"),
    "title": ("headline", "head"),
    "text": ("body",),
    "source": ("publisher", "site"),
    "published": ("date", "date_time", "pubdate"),
    "url": ("link", "canonical"),
    "abstract": ("description",),
}
_TITLE_REACH = 500  # characters that a sentence has as a title at most
_UNPRINTABLE = {
    "half a character (a lone surrogate)": re.compile("[\ud800-\udfff]"),
    "a NUL character": re.compile("\0"),
}

_PRECISIONS = (Precision.YEAR, Precision.MONTH, Precision.DAY)
_EARLIEST = 1800  # no Arabic newspaper is older; a year before it is one of another calendar
_DATE_LENGTH = 100
_STRICT = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ].*)?)?)?", re.ASCII)
_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[t ].*)?)?)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:t.*)?", re.ASCII)
_WORD = r"[^\W\d_]+\.?"
_MONTH = rf"({_WORD}(?: {_WORD})?)"
_REST = r"(?:[ ,،|\-–]+\D{0,20}\d{1,2}:\d{2}.*)?"  # a time, which is passed over
_DAY_FIRST = re.compile(
    rf"({_WORD}[,،]? )?(\d{{1,2}})[^\W\d_]{{0,2}}[ \-/]{_MONTH}[ \-/,،]+(\d{{4}}){_REST}"
)
_MONTH_FIRST = re.compile(
    rf"({_WORD}[,،]? )??{_MONTH} (\d{{1,2}})[^\W\d_]{{0,2}},? (\d{{4}}){_REST}"
)
_NO_DAY = re.compile(rf"{_MONTH}[ ,،]+(\d{{4}})")


def entries(record: Mapping[str, object], where: str) -> Iterator[Article | Skipped | Remark]:
    """Yield the article that a record describes, and what there is to say about it.

    Args:
        record: Values by the names `_id`, `title`, `text`, `source`, `published`, `url` and
            `abstract`; all but `_id` and `text` may be missing or None.
        where: The place of the record, for messages.
    """
    try:
        article, value = _article(record)
    except CorpusError as error:
        yield Skipped(where, str(error))
        return
    if not has_text(article.body):
        yield Skipped(f"{where}: {article.id}", "has no text")
        return
    published, remarks = dated(value, f"{where}: {article.id}")
    yield titled(replace(article, published=published))
    yield from remarks


def canonical(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields an article has, by their names in JSON lines; names in any letter case.

    Where two names mean the same, the first one that has a value counts.
    """
    lower = {name.lower(): value for name, value in reversed(list(fields.items()))}
    return {
        name: next((lower[key] for key in (name, *others) if lower.get(key)), None)
        for name, others in _ALIASES.items()
    }


def has_text(text: str) -> bool:
    """Say whether there is a letter or digit in it."""
    return any(character.isalnum() for character in text)


def titled(article: Article) -> Article:
    """Return `article` with a title: where it has none its first sentence, said to be estimated."""
    if article.title.strip() or not article.body.strip():
        return article
    text = article.body.lstrip()
    head = text[:_TITLE_REACH]
    if head != text:  # no half a word
        head = head.rsplit(None, 1)[0]
    start, end = sentences(head)[0]
    return replace(article, title=head[start:end], title_basis=Basis.ESTIMATED)


def _article(record: Mapping[str, object]) -> tuple[Article, str]:
    """Return the article of a record, undated and maybe without a title, and its date's text."""
    source = _text(record, "source").strip()
    article = Article(
        id=_text(record, "_id"),
        title=" ".join(_text(record, "title").split()),
        body=_text(record, "text"),
        source=Source(source, Basis.STATED) if source else Source(),
        url=_text(record, "url").strip() or None,
        abstract=_text(record, "abstract") or None,
    )
    if not article.id.strip():
        raise CorpusError("_id is missing")
    return article, _text(record, "published")


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise CorpusError(f"{name} should be text, not {type(value).__name__}")
    for what, pattern in _UNPRINTABLE.items():
        if pattern.search(value):
            raise CorpusError(f"{name} has {what}")
    return value


# --- Dates --------------------------------------------------------------------------------------


def today() -> date:
    """Return the current day; what is dated later than tomorrow is dated wrongly."""
    return datetime.now(UTC).date()


def parse_date(value: str, basis: Basis, where: str) -> Published:
    """Read YYYY, YYYY-MM or YYYY-MM-DD (a time after it is passed over); empty is unknown.

    Raises:
        CorpusError: For anything else, naming `where`.
    """
    if not value:
        return Published()
    match = _STRICT.fullmatch(value)
    published = _published(match.groups()) if match else None
    if published is None:
        raise CorpusError(f"{where} is {value!r}, not YYYY-MM-DD, YYYY-MM or YYYY")
    return replace(published, basis=basis)


def dated(value: str, where: str) -> tuple[Published, tuple[Remark, ...]]:
    """Return the date that metadata states, and what is wrong with it.

    A wrong date is worse than none: one that cannot be read, is impossible or lies in the future
    is taken as unknown, with a remark.
    """
    if not value.strip():
        return Published(), ()
    published = stated_date(value)
    why = "is no date; write YYYY-MM-DD" if published is None else _doubt(published)
    if published is None or why:
        shown = value if len(value) <= _DATE_LENGTH else f"{value[:_DATE_LENGTH]}…"
        return Published(), (Remark(where, f"its date is taken as unknown: {shown!r} {why}"),)
    return published, ()


def stated_date(value: str) -> Published | None:
    """Return the date of one piece of metadata, or None where it is none.

    12/05/2022 is the twelfth of May; the day is the one that is written, in whatever time zone.
    """
    text = " ".join(value.split())
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    if len(text) > _DATE_LENGTH:
        return None
    folded = fold(text)
    match = _ISO.fullmatch(folded) or _COMPACT.fullmatch(folded)
    if match:
        return _published(match.groups())
    if found := find_date(text):
        return replace(found, basis=Basis.STATED)
    return _in_words(text)


def _published(parts: tuple[str | None, ...]) -> Published | None:
    """Return the date of year, month and day, the last ones of which may be missing."""
    numbers = [int(part) for part in parts if part]
    try:
        date(*[*numbers, 1, 1][:3])
    except ValueError:
        return None
    year, *rest = numbers
    value = "-".join([f"{year:04d}", *(f"{part:02d}" for part in rest)])
    return Published(value, _PRECISIONS[len(rest)], Basis.STATED)


def _in_words(text: str) -> Published | None:
    """Read a date whose month has a name: 30 March 2021, Mar 30, 2021, mars 2021."""
    if match := _DAY_FIRST.fullmatch(text):
        lead, day, month, year = match.groups()
    elif match := _MONTH_FIRST.fullmatch(text):
        lead, month, day, year = match.groups()
    elif match := _NO_DAY.fullmatch(text):
        lead, (month, year), day = None, match.groups(), None
    else:
        return None
    plain = f"{lead or ''}{int(day or 1)} {month} {int(year)}"
    found = find_date(plain)
    value = found.value if found else _named_day(plain)
    if value is None or not value.startswith(f"{int(year):04d}-"):
        return None
    if day is None:
        return Published(value[:7], Precision.MONTH, Basis.STATED)
    return Published(value, Precision.DAY, Basis.STATED)


def _named_day(text: str) -> str | None:
    found = _parser().get_date_data(text).date_obj
    return found.date().isoformat() if found else None


@cache
def _parser() -> "DateDataParser":
    """Return the reader of dates with month names; nothing is filled in from the current day."""
    from dateparser.date import DateDataParser

    settings = {
        "DATE_ORDER": "DMY",
        "STRICT_PARSING": True,
        "REQUIRE_PARTS": ["day", "month", "year"],
        "PARSERS": ["absolute-time"],
    }
    return DateDataParser(languages=["ar", "en", "fr"], settings=settings)


def _doubt(published: Published) -> str:
    """Return why a date cannot be that of an article; empty if it can."""
    year, month, day = (int(p) for p in f"{published.value}-01-01".split("-")[:3])
    if year < _EARLIEST:
        return "lies before there was news; give it in the Gregorian calendar"
    if date(year, month, day) > today() + timedelta(days=1):
        return "lies in the future"
    return ""
