"""JSON lines: whatever a line holds, the other lines are read."""

import contextlib
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.articles import jsonl
from retrieval.articles.findings import Remark, Skipped
from retrieval.documents import Article
from retrieval.errors import CorpusError

GOOD = '{"_id": "good", "title": "عنوان", "text": "قال الوزير."}'


def write(folder: Path, content: str | bytes, name: str = "a.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def ids(path: Path) -> list[str]:
    return [item.id for item in jsonl.read(path) if isinstance(item, Article)]


def skipped(path: Path) -> list[Skipped]:
    return [item for item in jsonl.read(path) if isinstance(item, Skipped)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"not json", "not JSON"),
        (b'{"_id": "b"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"_id": ' + b"1" * 10_000 + b"}", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"_id": "\xff", "text": "x"}', "not UTF-8 (byte 9 of the line)"),
        (b'{"title": "t", "text": "x"}', "_id is missing"),
        (b'{"_id": 7, "text": "x"}', "_id should be text, not int"),
        (b'{"_id": "b", "text": ["x"]}', "text should be text, not list"),
        (rb'{"_id": "b", "text": "x \ud83d"}', "text has half a character"),
        (rb'{"_id": "b", "text": "x \u0000"}', "text has a NUL character"),
        (b'{"_id": "b", "text": " "}', "has no text"),
    ],
)
def test_a_line_that_is_no_article_is_passed_over_and_named(
    tmp_path: Path, line: bytes, why: str
) -> None:
    good = GOOD.encode()
    path = write(tmp_path, good.replace(b"good", b"one") + b"\n\n" + line + b"\n" + good)
    assert ids(path) == ["one", "good"]
    (passed_over,) = skipped(path)
    assert passed_over.what.startswith(f"{path}:3")
    assert why in passed_over.why


def test_a_wrong_date_is_remarked_by_file_line_and_id(tmp_path: Path) -> None:
    record = {**json.loads(GOOD), "published": "31/31/2021"}
    path = write(tmp_path, json.dumps(record))
    article, remark = jsonl.read(path)
    assert isinstance(article, Article)
    assert article.published.value is None
    assert isinstance(remark, Remark)
    assert remark.what == f"{path}:1: good"


def test_a_line_that_is_too_long_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl, "LINE_LIMIT", 1000)
    path = write(tmp_path, f"{'a' * 5000}\n{GOOD}\n{'b' * 1000}\n{GOOD}\n{'c' * 2000}")
    assert ids(path) == ["good", "good"]
    assert [item.what for item in skipped(path)] == [f"{path}:{n}" for n in (1, 3, 5)]


def test_a_line_as_long_as_the_limit_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl, "LINE_LIMIT", len(GOOD.encode()) + 1)
    assert ids(write(tmp_path, f"{GOOD}\n{GOOD}\n")) == ["good", "good"]


def test_a_file_with_an_endless_line_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl, "LINE_LIMIT", 1000)
    monkeypatch.setattr(jsonl, "PASSED_LIMIT", 3_000_000)
    path = write(tmp_path, gzip.compress(b"a" * 5_000_000, 1), "a.jsonl.gz")
    with pytest.raises(CorpusError, match="a line longer than 3 MB"):
        list(jsonl.read(path))


@pytest.mark.parametrize("line", ["nonsense", "[1, 2]", "\ufffe"])
def test_a_file_of_something_else_is_one_error(tmp_path: Path, line: str) -> None:
    path = write(tmp_path, f"{line}\n" * 500)
    with pytest.raises(CorpusError, match="none of its first 20 lines is a JSON object"):
        list(jsonl.read(path))


def test_a_short_file_of_something_else_is_told_by_its_lines(tmp_path: Path) -> None:
    assert len(skipped(write(tmp_path, "nonsense\n" * 20))) == 20


def test_wrong_lines_after_an_article_never_end_a_file(tmp_path: Path) -> None:
    path = write(tmp_path, f"{GOOD}\n{'nonsense' + chr(10)}" * 2 + "x\n" * 100 + GOOD)
    assert len(ids(path)) == 3
    assert len(skipped(path)) == 102


def test_lines_without_an_id_are_json_lines_all_the_same(tmp_path: Path) -> None:
    assert len(skipped(write(tmp_path, '{"text": "x"}\n' * 50))) == 50


@pytest.mark.parametrize("end", [-1, -8, -20])
def test_what_was_read_of_a_cut_file_stays(tmp_path: Path, end: int) -> None:
    lines = "".join(GOOD.replace("good", f"{n:06d}") + "\n" for n in range(5000))
    path = write(tmp_path, gzip.compress(lines.encode())[:end], "a.jsonl.gz")
    read: list[object] = []
    with pytest.raises(CorpusError, match="cannot be read"):
        read.extend(jsonl.read(path))
    assert len(read) > 4000


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path, name: str) -> None:
    content = b"\xef\xbb\xbf" + GOOD.encode()
    path = write(tmp_path, gzip.compress(content) if name.endswith("gz") else content, name)
    assert ids(path) == ["good"]


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot be read"):
        list(jsonl.read(tmp_path))


@given(content=st.binary(max_size=300), name=st.sampled_from(["a.jsonl", "a.jsonl.gz"]))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, name: str) -> None:
    with contextlib.suppress(CorpusError):
        list(jsonl.read(write(tmp_path, content, name)))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["_id", "text", "published"]), inner)
        ),
        max_leaves=8,
    )
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_between_two_articles_leaves_them(tmp_path: Path, value: object) -> None:
    path = write(tmp_path, f"{GOOD}\n{json.dumps(value)}\n{GOOD}")
    found = ids(path)
    assert (found[0], found[-1]) == ("good", "good")
    assert len(found) + len(skipped(path)) == 3
