"""Articles from JSON lines: `_id`, `title`, `text`, and what is known of source, date and URL."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from retrieval.documents import Article, Basis, Precision, Published, Source
from retrieval.errors import CorpusError

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ].*)?)?)?", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
_PRECISIONS = (Precision.YEAR, Precision.MONTH, Precision.DAY)


def read(path: Path) -> Iterator[Article]:
    """Yield the articles of a .jsonl or .jsonl.gz file.

    Raises:
        CorpusError: For a file that cannot be read or a line that is no article, by file and line.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _article(line, f"{path}:{number}")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise CorpusError(f"{path}: cannot be read ({error})") from error


def _article(line: str, where: str) -> Article:
    try:
        record = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise CorpusError(f"{where}: not JSON ({error})") from error
    if not isinstance(record, dict):
        raise CorpusError(f"{where}: not a JSON object")
    source = _text(record, "source", where)
    published = _text(record, "published", where)
    return Article(
        id=_text(record, "_id", where, required=True),
        title=_text(record, "title", where).strip(),
        body=_text(record, "text", where),
        source=Source(source, Basis.STATED) if source else Source(),
        published=parse_date(published, Basis.STATED, f"{where}: published"),
        url=_text(record, "url", where) or None,
        abstract=_text(record, "abstract", where) or None,
    )


def _text(record: dict[str, Any], name: str, where: str, *, required: bool = False) -> str:
    value = record.get(name)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise CorpusError(f"{where}: {name} should be text, not {type(value).__name__}")
    if _SURROGATE.search(value):
        raise CorpusError(f"{where}: {name} has half a character (a lone surrogate)")
    if required and not value.strip():
        raise CorpusError(f"{where}: {name} is missing")
    return value


def parse_date(value: str, basis: Basis, where: str) -> Published:
    """Read YYYY, YYYY-MM or YYYY-MM-DD (a time after it is passed over); empty is unknown.

    Raises:
        CorpusError: For anything else, naming `where`.
    """
    if not value:
        return Published()
    match = _DATE.fullmatch(value)
    parts = [int(part) for part in match.groups() if part] if match else []
    try:
        date(*[*parts, 1, 1][:3])
    except (TypeError, ValueError) as error:
        raise CorpusError(f"{where} is {value!r}, not YYYY-MM-DD, YYYY-MM or YYYY") from error
    precision = _PRECISIONS[len(parts) - 1]
    return Published("-".join(f"{part:02d}" for part in parts), precision, basis)
