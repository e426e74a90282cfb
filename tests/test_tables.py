"""An editor's files are changed where they must be and nowhere else."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.articles.tables import drop, put
from retrieval.errors import CorpusError

OURS = """# ours
[default]
source = "أ"   # every one

["one"]  # the first
source = 'ب'
# not sure of the day
published = "2021-03"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sources.toml"
    path.write_bytes(OURS.encode())
    return path


def test_a_new_table_is_appended_to_what_is_there_byte_for_byte(file: Path) -> None:
    put(file, {"two": {"source": "ج", "url": "https://a/b"}, "three": {"title": "د"}})
    assert file.read_text(encoding="utf-8") == (
        OURS + '\n["two"]\nsource = "ج"\nurl = "https://a/b"\n\n["three"]\ntitle = "د"\n'
    )


def test_a_table_that_is_there_is_changed_and_its_comments_stay(file: Path) -> None:
    put(file, {"one": {"published": "2021-03-30", "title": "ع"}})
    text = file.read_text(encoding="utf-8")
    assert text.startswith(OURS.replace('"2021-03"', '"2021-03-30"'))
    assert tomllib.loads(text)["one"] == {"source": "ب", "published": "2021-03-30", "title": "ع"}


def test_ends_of_lines_and_permissions_stay(file: Path) -> None:
    file.write_bytes(OURS.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    put(file, {"two": {"source": "ج"}})
    assert file.read_bytes().startswith(OURS.replace("\n", "\r\n").encode())
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_file_without_an_end_of_line_gets_one(file: Path) -> None:
    file.write_bytes(OURS.rstrip("\n").encode())
    put(file, {"two": {"source": "ج"}})
    assert set(tomllib.loads(file.read_text(encoding="utf-8"))) == {"default", "one", "two"}


def test_a_table_is_dropped_and_the_others_stay(file: Path) -> None:
    put(file, {"two": {"source": "ج"}})
    assert drop(file, "one")
    text = file.read_text(encoding="utf-8")
    assert set(tomllib.loads(text)) == {"default", "two"}
    assert 'source = "أ"   # every one\n' in text
    assert not drop(file, "one")


def test_a_file_that_is_no_toml_is_left_as_it_is(file: Path) -> None:
    for content in (b"no toml", b"\xff\xfe", b'two = "text"'):
        file.write_bytes(content)
        with pytest.raises(CorpusError):
            put(file, {"two": {"source": "ج"}})
        assert file.read_bytes() == content


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(max_size=50))
def test_any_name_and_any_value_are_read_again_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, name: str, value: str
) -> None:
    path = tmp_path_factory.mktemp("tables") / "sources.toml"
    encodable = value.encode(errors="ignore").decode()
    put(path, {name: {"source": encodable}})
    put(path, {name: {"title": encodable}, f"{name}'s": {"source": name}})
    assert tomllib.loads(path.read_bytes().decode()) == {
        name: {"source": encodable, "title": encodable},
        f"{name}'s": {"source": name},
    }
    assert drop(path, name)
    assert tomllib.loads(path.read_bytes().decode()) == {f"{name}'s": {"source": name}}
