"""Articles from JSON lines: `_id`, `title`, `text`, and what is known of source, date and URL."""

import codecs
import gzip
import json
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from retrieval.articles.fields import entries
from retrieval.articles.findings import Remark, Skipped
from retrieval.documents import Article
from retrieval.errors import CorpusError

LINE_LIMIT = 20_000_000
"""Bytes of a line that is read; a longer one is passed over."""

PASSED_LIMIT = 400_000_000
"""Bytes of a line that are passed over before the file is given up."""

_WRONG_LIMIT = 20  # lines that are no JSON objects, with none that is before them
_STEP = 1_000_000


def read(path: Path) -> Iterator[Article | Skipped | Remark]:
    """Yield the articles of a .jsonl or .jsonl.gz file; a line that is none is passed over.

    Raises:
        CorpusError: For a file that cannot be read (any further), or that is no JSON lines.
    """
    compressed = path.name.lower().endswith(".gz")
    try:
        with cast("BinaryIO", gzip.open(path) if compressed else path.open("rb")) as file:
            yield from _entries(file, path)
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"{path}: cannot be read ({error})") from error


def _entries(file: BinaryIO, path: Path) -> Iterator[Article | Skipped | Remark]:
    records = _records(file, path)
    head: list[Skipped] = []
    for record in islice(records, _WRONG_LIMIT + 1):
        if not isinstance(record, Skipped):
            yield from head
            yield from entries(*record)
            break
        head.append(record)
    else:
        if len(head) > _WRONG_LIMIT:
            why = f"none of its first {_WRONG_LIMIT} lines is a JSON object"
            raise CorpusError(f"{path}: {why}; write one article a line")
        yield from head
    for record in records:
        if isinstance(record, Skipped):
            yield record
        else:
            yield from entries(*record)


def _records(file: BinaryIO, path: Path) -> Iterator[tuple[dict[str, object], str] | Skipped]:
    """Yield the JSON object of each line with its place, or why the line has none."""
    for number, line in enumerate(_lines(file, path), start=1):
        where = f"{path}:{number}"
        if line is None:
            yield Skipped(where, f"longer than {LINE_LIMIT / 1e6:g} MB, which no article is")
            continue
        if not line.strip():
            continue
        try:
            record = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            yield Skipped(where, f"not UTF-8 (byte {error.start} of the line)")
        except (ValueError, RecursionError) as error:
            yield Skipped(where, f"not JSON ({error})")
        else:
            if isinstance(record, dict):
                yield record, where
            else:
                yield Skipped(where, "not a JSON object")


def _lines(file: BinaryIO, path: Path) -> Iterator[bytes | None]:
    """Yield the lines of a file; None for each that is too long."""
    line = file.readline(LINE_LIMIT).removeprefix(codecs.BOM_UTF8)
    while line:
        if len(line) < LINE_LIMIT or line.endswith(b"\n"):
            yield line
        else:
            _pass_over(file, path)
            yield None
        line = file.readline(LINE_LIMIT)


def _pass_over(file: BinaryIO, path: Path) -> None:
    """Read on to the end of a line, without keeping it."""
    for _ in range(PASSED_LIMIT // _STEP):
        if file.readline(_STEP)[-1:] in (b"", b"\n"):
            return
    raise CorpusError(
        f"{path}: has a line longer than {PASSED_LIMIT / 1e6:g} MB; write one article a line"
    )
