"""What an editor writes beside a file: `source: …`, `published: …`, a line each."""

from collections.abc import Mapping

from retrieval.articles.fields import parse_date
from retrieval.documents import Basis
from retrieval.errors import CorpusError

_FIELDS = {
    "source": "source",
    "المصدر": "source",
    "published": "published",
    "date": "published",
    "التاريخ": "published",
    "evidence": "evidence",
    "الدليل": "evidence",
    "title": "title",
    "العنوان": "title",
    "url": "url",
    "الرابط": "url",
}
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_MARKS = str.maketrans(dict.fromkeys("\u200e\u200f\u061c\u2066\u2067\u2068\u2069"))  # of direction
OF_ONE = ("evidence", "title", "url")
"""Fields that can be only one article's."""


def read_caption(caption: str) -> Mapping[str, str]:
    """Return what a caption says, by the names of the fields of sources.toml.

    Raises:
        CorpusError: If a line is none, a field is there twice, a date is none, or evidence has
            none to support. The message is that line.
    """
    said: dict[str, str] = {}
    for line in caption.splitlines():
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        field = _FIELDS.get(name.translate(_MARKS).strip().casefold())
        value = value.strip()
        if not colon or field is None or not value or field in said:
            raise CorpusError(line.strip())
        said[field] = _date(value, line) if field == "published" else value
    if "evidence" in said and "published" not in said:
        raise CorpusError(said["evidence"])
    return said


def _date(value: str, line: str) -> str:
    value = value.translate(_MARKS).translate(_DIGITS).strip()
    try:
        parse_date(value, Basis.EDITOR, "published")
    except CorpusError as error:
        raise CorpusError(line.strip()) from error
    return value
