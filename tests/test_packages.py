"""What is sent is not trusted: names that lead out, archives that swell, links."""

import io
import stat
import struct
import zipfile

import pytest

from retrieval.articles.decoding import MAX_BYTES
from retrieval.articles.packages import (
    MAX_FILES,
    MAX_PACKAGE,
    MAX_UNPACKED,
    PackageError,
    Reason,
    unpack,
)

TEXT = "نص".encode()


def packed(*files: tuple[str | zipfile.ZipInfo, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", how) as package:
        for name, content in files:
            package.writestr(name, content, compress_type=how)
    return written.getvalue()


def refused(name: str, content: bytes) -> Reason:
    with pytest.raises(PackageError) as told:
        unpack(name, content)
    return told.value.reason


def entry(name: str, mode: int) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.create_system = 3
    made.external_attr = mode << 16
    return made


@pytest.mark.parametrize("name", ["a.txt", "خبر.md", "page.html", "old.htm", "many.jsonl"])
def test_a_file_of_a_known_kind_is_taken_as_it_is(name: str) -> None:
    assert unpack(name, TEXT) == {name: TEXT}


def test_a_package_is_taken_with_its_folders_and_without_what_systems_put_there() -> None:
    content = packed(
        ("a.txt", TEXT),
        ("sub/", b""),
        ("sub/خبر.md", TEXT * 2),
        ("__MACOSX/._a.txt", b"x"),
        ("sub/.DS_Store", b"x"),
        (entry("regular.txt", stat.S_IFREG | 0o644), TEXT),
    )
    assert unpack("Package.ZIP", content) == {
        "a.txt": TEXT,
        "sub/خبر.md": TEXT * 2,
        "regular.txt": TEXT,
    }


@pytest.mark.parametrize(
    "name",
    [
        "../a.txt",
        "a/../../b.txt",
        "/etc/a.txt",
        "..\\a.txt",
        "C:/a.txt",
        "a//b.txt",
        "./a.txt",
        ".hidden.txt",
        ".git/a.txt",
        "a\u202etxt.txt",
        "a\nb.txt",
        " a.txt",
        "ا" * 101 + ".txt",
    ],
)
def test_names_that_lead_out_hide_or_deceive_are_refused(name: str) -> None:
    assert refused("package.zip", packed((name, TEXT))) is Reason.NAME
    if "/" not in name:
        assert refused(name, TEXT) is Reason.NAME


@pytest.mark.parametrize(
    "name", ["a.exe", "a", "withdrawn.toml", "sources.toml", "a.txt.gz", "inner.zip", "a.TXT"]
)
def test_other_kinds_are_refused_archives_in_archives_among_them(name: str) -> None:
    assert refused("package.zip", packed((name, TEXT))) is Reason.KIND


def test_a_link_in_a_package_is_refused() -> None:
    link = entry("a.txt", stat.S_IFLNK | 0o777)
    assert refused("package.zip", packed((link, b"/etc/passwd"))) is Reason.LINK
    pipe = entry("a.txt", stat.S_IFIFO | 0o644)
    assert refused("package.zip", packed((pipe, b"x"))) is Reason.LINK


@pytest.mark.parametrize("other", ["a.txt", "A.txt"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused(other: str) -> None:
    assert refused("package.zip", packed(("a.txt", TEXT), (other, b"other"))) is Reason.TWICE


def test_one_name_in_two_spellings_of_unicode_is_twice() -> None:
    both = packed(("caf\u00e9.txt", TEXT), ("cafe\u0301.txt", TEXT))
    assert refused("package.zip", both) is Reason.TWICE


def test_sizes_numbers_and_depths_are_bounded() -> None:
    assert refused("a.txt", b"x" * (MAX_BYTES + 1)) is Reason.SIZE
    assert refused("a.zip", b"x" * (MAX_PACKAGE + 1)) is Reason.SIZE
    many = [(f"{number}.txt", b"x") for number in range(MAX_FILES + 1)]
    assert refused("a.zip", packed(*many)) is Reason.COUNT
    assert len(unpack("a.zip", packed(*many[1:]))) == MAX_FILES
    assert refused("a.zip", packed(("1/2/3/4/a.txt", b"x"))) is Reason.DEPTH
    assert list(unpack("a.zip", packed(("1/2/3/a.txt", b"x")))) == ["1/2/3/a.txt"]
    assert refused("a.txt", b"") is Reason.EMPTY
    assert refused("a.zip", packed(("a.txt", b""))) is Reason.EMPTY
    assert refused("a.zip", packed()) is Reason.EMPTY


def test_a_bomb_is_unpacked_no_further_than_the_limit() -> None:
    assert refused("a.zip", packed(("a.txt", b"\0" * (MAX_BYTES + 1)))) is Reason.SIZE
    size = MAX_BYTES - 1
    several = [(f"{number}.txt", b"x" * size) for number in range(MAX_UNPACKED // size + 1)]
    content = packed(*several)
    assert len(content) < MAX_PACKAGE
    assert refused("a.zip", content) is Reason.UNPACKED


def test_a_size_that_lies_is_not_believed() -> None:
    content = bytearray(packed(("a.txt", b"x" * 100_000)))
    place = content.index(b"PK\x01\x02")  # the central directory: the size unpacked is at 24
    content[place + 24 : place + 28] = struct.pack("<I", 10)
    assert refused("a.zip", bytes(content)) is Reason.DAMAGED


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_may_ask_for_much_memory_is_refused(how: int) -> None:
    assert refused("a.zip", packed(("a.txt", TEXT), how=how)) is Reason.DAMAGED


def test_very_many_entries_are_not_even_listed() -> None:
    folders = [(f"{number}/", b"") for number in range(10 * MAX_FILES + 1)]
    assert refused("a.zip", packed(("a.txt", TEXT), *folders)) is Reason.COUNT


def test_a_locked_file_is_refused() -> None:
    content = bytearray(packed(("a.txt", TEXT)))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert refused("a.zip", bytes(content)) is Reason.ENCRYPTED


def test_damage_is_told() -> None:
    whole = packed(("a.txt", b"some text of an article " * 100))
    assert refused("a.zip", b"no zip") is Reason.DAMAGED
    assert refused("a.zip", whole[:-30]) is Reason.DAMAGED
    for place in range(40, len(whole) - 80, 3):
        broken = bytearray(whole)
        broken[place] ^= 0xFF
        try:
            unpack("a.zip", bytes(broken))
        except PackageError:
            continue
        raise AssertionError(place)
