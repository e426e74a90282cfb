"""Markdown: the text a reader sees, and what the front matter says of it."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.articles import markdown
from retrieval.articles.findings import Remark, Skipped
from retrieval.documents import Article, Basis, Precision, Published, Source
from retrieval.errors import CorpusError

PROSE = "وقال الوزير إن الاجتماع بحث سبل التعاون."


def read(folder: Path, content: str | bytes) -> list[Article | Skipped | Remark]:
    path = folder / "a.b.md"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(markdown.read(path))


def article(folder: Path, content: str | bytes) -> Article:
    (found,) = read(folder, content)
    assert isinstance(found, Article), found
    return found


# --- Front matter -------------------------------------------------------------------------------


def test_front_matter_says_what_is_known_of_an_article(tmp_path: Path) -> None:
    found = article(
        tmp_path,
        "---\nid: x1\ntitle: وزراء في روما\nsource: وكالة\ndate: 2021-03-30\n"
        f"url: https://a.example/x\ndescription: ملخص\ntags: [أ, ب]\n---\n\n{PROSE}\n",
    )
    assert found == Article(
        id="x1",
        title="وزراء في روما",
        body=PROSE,
        source=Source("وكالة", Basis.STATED),
        published=Published("2021-03-30", Precision.DAY, Basis.STATED),
        url="https://a.example/x",
        abstract="ملخص",
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2021-03-30", "2021-03-30"),
        ("2021-03-30 10:00:00 +03:00", "2021-03-30"),
        ("2021-03-30T23:59:00-05:00", "2021-03-30"),
        ("'30 مارس 2021'", "2021-03-30"),
        ("2021-03", "2021-03"),
        ("2021", "2021"),
    ],
)
def test_a_date_is_read_as_it_is_written(tmp_path: Path, written: str, value: str) -> None:
    assert article(tmp_path, f"---\ndate: {written}\n---\n{PROSE}").published.value == value


@pytest.mark.parametrize("written", ["no", "2021", "1e3", "0x10", "2021-03-30", "=", "<<"])
def test_a_title_is_text_whatever_yaml_would_make_of_it(tmp_path: Path, written: str) -> None:
    assert article(tmp_path, f"---\ntitle: {written}\n---\n{PROSE}").title == written


@pytest.mark.parametrize(
    "matter", ["", "---\n---\n", "---\n# nothing\n---\n", "---\ntitle:\n---\n"]
)
def test_without_front_matter_an_article_has_its_name_and_first_sentence(
    tmp_path: Path, matter: str
) -> None:
    found = article(tmp_path, f"{matter}{PROSE} وعاد.")
    assert found.id == "a.b"
    assert (found.title, found.title_basis) == (PROSE, Basis.ESTIMATED)
    assert (found.source, found.published, found.url) == (Source(), Published(), None)


def test_windows_line_endings_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    content = f"\ufeff---\r\ntitle: عنوان\r\n---\r\n\r\n{PROSE}\r\n"
    found = article(tmp_path, content)
    assert (found.title, found.body) == ("عنوان", PROSE)


def test_a_wrong_date_leaves_the_article(tmp_path: Path) -> None:
    found, remark = read(tmp_path, f"---\ndate: 2021-02-31\n---\n{PROSE}")
    assert isinstance(found, Article)
    assert found.published == Published()
    assert isinstance(remark, Remark)
    assert "2021-02-31" in remark.why


@pytest.mark.parametrize(
    ("matter", "why"),
    [
        ("---\ntitle: a\nsource: b: c\n---\n", "line 3: the front matter is not YAML"),
        ("---\ntitle: [a\n---\n", "line 3: the front matter is not YAML"),
        ("---\ntitle: 'a\n---\n", "the front matter is not YAML"),
        ("---\ntitle: \x07\n---\n", "the front matter is not YAML"),
        ("---\na: &a [*a]\n---\n", "the front matter is not YAML"),
        (f"---\na: {'[' * 5_000}\n---\n", "the front matter is not YAML"),
        ("---\n- a\n- b\n---\n", "line 2: the front matter should be fields"),
        ("---\njust text\n---\n", "line 2: the front matter should be fields"),
        ("---\ntitle: a\n", "line 1: the front matter is not closed"),
        ("---\n\n", "line 1: the front matter is not closed"),
        (f"---\ntitle: {'a ' * 40_000}\n---\n", "line 1: the front matter is not closed"),
    ],
)
def test_broken_front_matter_is_refused_by_its_line(tmp_path: Path, matter: str, why: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read(tmp_path, matter + PROSE)
    assert why in str(caught.value)


@pytest.mark.parametrize("value", ["[a]", "{a: b}", "\n- a"])
def test_a_field_that_is_no_text_is_named(tmp_path: Path, value: str) -> None:
    (skipped,) = read(tmp_path, f"---\ntitle: {value}\n---\n{PROSE}")
    assert isinstance(skipped, Skipped)
    assert skipped.why.startswith("title should be text")


def test_tags_of_yaml_have_no_effect(tmp_path: Path) -> None:
    tagged = f"!!python/object/apply:pathlib.Path.touch [{tmp_path}/made]"
    read(tmp_path, f"---\nx: {tagged}\n---\n{PROSE}")
    assert not (tmp_path / "made").exists()


def test_references_of_yaml_to_one_another_take_no_time(tmp_path: Path) -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    (skipped,) = read(tmp_path, f"---\nl0: &l0 [a]\n{levels}\ntitle: *l11\n---\n{PROSE}")
    assert isinstance(skipped, Skipped)


# --- The title ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading", ["# وزراء *في* روما", "وزراء في روما\n===", "مقدمة\n\n# وزراء في روما #"]
)
def test_the_first_heading_is_the_title_and_not_in_the_body(tmp_path: Path, heading: str) -> None:
    found = article(tmp_path, f"{heading}\n\n{PROSE}\n\n# أخرى")
    assert (found.title, found.title_basis) == ("وزراء في روما", Basis.STATED)
    assert "وزراء" not in found.body
    assert found.body.endswith(f"{PROSE}\n\nأخرى")


def test_a_heading_of_the_second_level_is_no_title(tmp_path: Path) -> None:
    found = article(tmp_path, f"## فرعي\n\n{PROSE}")
    assert found.title_basis is Basis.ESTIMATED
    assert found.body == f"فرعي\n\n{PROSE}"


def test_a_heading_beside_the_title_of_the_front_matter_stays(tmp_path: Path) -> None:
    found = article(tmp_path, f"---\ntitle: عنوان\n---\n# آخر\n\n{PROSE}")
    assert (found.title, found.body) == ("عنوان", f"آخر\n\n{PROSE}")


def test_a_heading_that_repeats_the_title_goes(tmp_path: Path) -> None:
    found = article(tmp_path, f"---\ntitle: عنوان\n---\n# عنوان\n\n{PROSE}")
    assert (found.title, found.body) == ("عنوان", PROSE)


# --- The text -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("كلام **غامق** و*مائل* و~~محذوف~~ و`رمز`", "كلام غامق ومائل ومحذوف ورمز"),
        ("[نص](https://a.example 'عنوان') و<https://b.example>", "نص وhttps://b.example"),
        ("[نص][1]\n\n[1]: https://a.example", "نص"),
        ("سطر\nيتبع", "سطر يتبع"),
        ("سطر  \nجديد\\\nآخر", "سطر\nجديد\nآخر"),
        (r"\*نجوم\* &amp; &#1575; &lt;b&gt;", "*نجوم* & ا <b>"),
        ("قبل ![صورة](a.png) بعد", "قبل بعد"),
        ("قبل <b>وسم</b> <br> بعد", "قبل وسم\nبعد"),
        ("أ <script>alert(1)</script> ب", "أ ب"),
        ("فقرة\n\nفقرة", "فقرة\n\nفقرة"),
        ("## عنوان\nفقرة", "عنوان\n\nفقرة"),
        ("- أ\n- ب\n\nفقرة", "أ\nب\n\nفقرة"),
        ("3. أ\n4. ب\n   - ج\n5. د", "3. أ\n4. ب\nج\n5. د"),
        ("0. أ\n1. ب", "0. أ\n1. ب"),
        ("- أ\n\n  تتمة\n- ب", "أ\nتتمة\nب"),
        ("> اقتباس\n> > أعمق\n\nفقرة", "اقتباس\n\nأعمق\n\nفقرة"),
        ("```py\nx = 1\n\n  y\n```\nفقرة", "x = 1\n\n  y\n\nفقرة"),
        ("    كود\n\nفقرة", "كود\n\nفقرة"),
        ("أ\n\n***\n\nب", "أ\n\nب"),
        ("|أ|ب|\n|-|-|\n|1|*2*|\n\nفقرة", "أ\tب\n1\t2\n\nفقرة"),
        ("5 * 3 * 2 و a_b_c", "5 * 3 * 2 و a_b_c"),
    ],
)
def test_the_body_is_what_a_reader_sees(tmp_path: Path, source: str, seen: str) -> None:
    assert article(tmp_path, source).body == seen


def test_images_and_html_are_dropped_in_their_order(tmp_path: Path) -> None:
    source = f"![صورة](a.png)\n\n{PROSE}\n\n<div>\nخام\n</div>\n\nقبل ![أخرى](b.png)"
    found = article(tmp_path, source)
    assert found.dropped == ("صورة", "<div>", "خام", "</div>", "أخرى")
    assert found.body == f"{PROSE}\n\nقبل"


@pytest.mark.parametrize(
    "content", ["", " \n", "---\ntitle: a\n---\n", "<div>خام</div>", "***", "\u200f"]
)
def test_a_file_without_text_is_passed_over(tmp_path: Path, content: str) -> None:
    (skipped,) = read(tmp_path, content)
    assert isinstance(skipped, Skipped)
    assert "has no text" in skipped.why


@pytest.mark.parametrize(
    "content",
    [
        ">" * 10_000 + "a",
        "> " * 10_000 + "a",
        "- " * 10_000 + "a",
        "1. " * 10_000 + "a",
        "".join(" " * (2 * n) + "- a\n" for n in range(400)),
    ],
)
def test_deep_nesting_is_refused_and_loses_nothing_in_silence(tmp_path: Path, content: str) -> None:
    with pytest.raises(CorpusError, match="deep"):
        read(tmp_path, content)


def test_a_bearable_nesting_is_read(tmp_path: Path) -> None:
    assert article(tmp_path, "> " * 40 + PROSE).body == PROSE


@pytest.mark.parametrize("character", ["[", "![", "[](", "[a]: b\n"])
def test_brackets_without_end_are_refused(tmp_path: Path, character: str) -> None:
    with pytest.raises(CorpusError, match="brackets"):
        read(tmp_path, character * 20_000)


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="larger than"):
        read(tmp_path, "[" * 1_000_000)


@pytest.mark.parametrize(
    "piece", ["*a **b ", "`a", "<a ", "&a;", "_", "\\", "<!--", "[a]", "|a|\n"]
)
def test_a_file_made_to_take_time_takes_little(tmp_path: Path, piece: str) -> None:
    read(tmp_path, piece * 2_000)


@given(
    st.lists(
        st.sampled_from(
            [
                *"*_`[]()<>!#-|~\\&\n ",
                "---\n",
                "> ",
                "- ",
                "1. ",
                "```\n",
                "title: x\n",
                "<div>",
                "ا",
            ]
        ),
        max_size=40,
    )
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_marks_are_read_or_refused(tmp_path: Path, pieces: list[str]) -> None:
    with contextlib.suppress(CorpusError):
        read(tmp_path, "".join(pieces))


@given(st.binary(max_size=300))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    with contextlib.suppress(CorpusError):
        read(tmp_path, content)


def test_an_old_encoding_is_read(tmp_path: Path) -> None:
    text = " ".join([PROSE, "وكان ذلك في القاهرة من قبل إلى أن عاد على ما كان عليه."] * 3)
    assert article(tmp_path, text.encode("cp1256")).body == text
