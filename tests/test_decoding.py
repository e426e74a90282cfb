"""Bytes -> text: what is certain is read, what is not is refused."""

import io
import random
import zipfile
from pathlib import Path

import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st

from retrieval.articles.decoding import decode, read_text
from retrieval.errors import CorpusError

SEED_TEXTS = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))]
SHORT = "قال الوزير من القاهرة إنه سيعود غدا."


@pytest.mark.parametrize("text", [*SEED_TEXTS, SHORT])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"]
)
def test_unicode_is_read_with_and_without_a_byte_order_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", [*SEED_TEXTS, SHORT])
def test_windows_1256_is_read_to_the_letter(text: str) -> None:
    data = text.encode("cp1256", errors="ignore")
    assert decode(data) == data.decode("cp1256")


@pytest.mark.parametrize("cut", [5, 101, 2001])
def test_damaged_utf8_is_never_taken_for_another_encoding(cut: int) -> None:
    data = SEED_TEXTS[0].encode()
    at = next(i for i in range(cut, len(data)) if data[i] >= 0xC0) + 1  # within a character
    with pytest.raises(CorpusError, match="damaged UTF-8"):
        decode(data[:at])
    with pytest.raises(CorpusError, match="damaged UTF-8"):
        decode(data[:at] + b"\xff" + data[at:])


def test_damaged_utf16_is_refused() -> None:
    with pytest.raises(CorpusError, match="damaged UTF-16"):
        decode(SHORT.encode("utf-16")[:-1])


def _zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("article.txt", SEED_TEXTS[0])
    return content.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        _zip(),
        random.Random(1).randbytes(5000),
        SHORT.encode() + b"\0" + SHORT.encode(),
        b"\x89PNG\r\n\x1a\n" + random.Random(2).randbytes(2000),
        SHORT.encode("iso8859-6"),
        "Москва столица России и большой город".encode("cp1251"),
        "中国政府今天在北京宣布新政策".encode("gb18030"),
    ],
    ids=["zip", "random", "nul", "png", "iso8859-6", "cp1251", "gb18030"],
)
def test_what_is_no_text_or_of_another_encoding_is_refused(data: bytes) -> None:
    with pytest.raises(CorpusError, match="binary"):
        decode(data)


def test_nothing_is_an_empty_text() -> None:
    assert decode(b"") == ""


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        text = decode(data)
    except CorpusError:
        return
    assert "\0" not in text


@given(st.text())
def test_utf8_comes_back_as_it_was(text: str) -> None:
    if "\0" not in text and not text.startswith("\ufeff"):
        data = text.encode(errors="replace")
        if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            assert decode(data).encode() == data


def test_a_file_over_the_limit_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(1 << 34)  # sparse: 16 GB that take no room
    with pytest.raises(CorpusError, match="larger than 10 MB"):
        read_text(path)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot be read"):
        read_text(tmp_path / "none.txt")
