"""Bytes -> text: UTF-8 and UTF-16 for certain, Windows-1256 where the result reads as Arabic.

A wrong guess would alter every quotation, so what is not certain is refused: damaged UTF-8 is never
taken for another encoding (every byte of it is a letter of Windows-1256, too).
"""

import codecs
from pathlib import Path

from retrieval import arabic
from retrieval.errors import CorpusError

MAX_BYTES = 10_000_000
"""Bytes of a file that holds one article; no article is longer."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DETECTED = ["cp1256", "utf_16_le", "utf_16_be"]
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_SAMPLE_WORDS = 2000
_STOP_SHARE = 0.03  # of the words of any Arabic text; news has five times as many


def read_text(path: Path, limit: int = MAX_BYTES) -> str:
    """Return the text of a file of at most `limit` bytes.

    Raises:
        CorpusError: If it cannot be read, is too large, binary or in an unknown encoding.
    """
    return decode(read_bytes(path, limit))


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return the bytes of a file of at most `limit` bytes.

    Raises:
        CorpusError: If it cannot be read or is too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise CorpusError(f"cannot be read ({error.strerror})") from error
    if len(data) > limit:
        raise CorpusError(f"larger than {limit / 1e6:g} MB, the most such a file may have")
    return data


def decode(data: bytes) -> str:
    """Return the text that `data` encodes, without a byte order mark.

    Raises:
        CorpusError: If it is binary, damaged, or in an encoding that cannot be told for certain.
    """
    text = _decoded(data)
    if "\0" in text:  # UTF-16 of Arabic can happen to be UTF-8 as well
        return _detected(data)
    return text


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise CorpusError(f"damaged {encoding.upper()} (byte {error.start})") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if _is_mostly_utf8(data):
            raise CorpusError(f"damaged UTF-8 (byte {error.start})") from error
        return _detected(data)


def _is_mostly_utf8(data: bytes) -> bool:
    """Say whether more of the bytes beyond ASCII make UTF-8 characters than do not."""
    text = data.decode("utf-8", errors="replace")
    wrong = text.count(_REPLACEMENT)
    right = sum(not character.isascii() for character in text) - wrong
    return right > wrong


def _detected(data: bytes) -> str:
    from charset_normalizer import from_bytes

    for match in from_bytes(data, cp_isolation=_DETECTED):
        text = str(match)
        if _reads_as_arabic(text):
            return text
    raise CorpusError("binary, or in another encoding than UTF-8, UTF-16 and Windows-1256")


def _reads_as_arabic(text: str) -> bool:
    words = arabic.words(text[: _SAMPLE_WORDS * 10])[:_SAMPLE_WORDS]
    known = sum(word in arabic.STOP_WORDS for word in words)
    return known > 0 and known >= _STOP_SHARE * len(words) and "\0" not in text
