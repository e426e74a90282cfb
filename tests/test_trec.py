"""TREC and LDC files: many documents that only look like XML."""

import codecs
import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.articles import trec
from retrieval.articles.findings import Remark, Skipped
from retrieval.documents import Article, Basis, Precision, Published, Source
from retrieval.errors import CorpusError

PROSE = "وقال الوزير في القاهرة إن الاجتماع بحث سبل التعاون بين الدول المشاركة في مكافحة الإرهاب."
GOOD = f"<DOC>\n<DOCNO> good </DOCNO>\n<TEXT>\n{PROSE}\n</TEXT>\n</DOC>\n"


def read(folder: Path, content: str | bytes) -> list[Article | Skipped | Remark]:
    path = folder / "a.xml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(trec.read(path))


def article(folder: Path, content: str | bytes) -> Article:
    (found,) = read(folder, content)
    assert isinstance(found, Article), found
    return found


def body(folder: Path, text: str) -> str:
    return article(folder, f"<DOC><DOCNO>x</DOCNO><TEXT>{text}</TEXT></DOC>").body


def test_a_document_of_gigaword_is_an_article(tmp_path: Path) -> None:
    found = article(
        tmp_path,
        '<DOC id="AFP_ARB_20000715.0001" type="story" >\n<HEADLINE>\nوزراء\nفي روما\n</HEADLINE>\n'
        "<DATELINE>\nروما 15-7 (اف ب)\n</DATELINE>\n<TEXT>\n<P>\nقال الوزير\nاليوم.\n</P>\n"
        "<P>\nثم عاد.\n</P>\n</TEXT>\n</DOC>\n",
    )
    assert found == Article(
        id="AFP_ARB_20000715.0001", title="وزراء في روما", body="قال الوزير اليوم.\n\nثم عاد."
    )


def test_a_document_of_trec_is_an_article(tmp_path: Path) -> None:
    found = article(
        tmp_path,
        '<?xml version="1.0" encoding="UTF-8"?>\n<root>\n<doc><docno> x1 </docno>\n'
        "<Title>وزراء</Title><DATE_TIME>30/03/2021 10:00</DATE_TIME><SOURCE>وكالة</SOURCE>"
        f"<URL>https://a.example/?a=1&amp;b=2</URL>\n<text>\n{PROSE}\n\nسطر.\n</text></doc></root>",
    )
    assert found == Article(
        id="x1",
        title="وزراء",
        body=f"{PROSE}\n\nسطر.",
        source=Source("وكالة", Basis.STATED),
        published=Published("2021-03-30", Precision.DAY, Basis.STATED),
        url="https://a.example/?a=1&b=2",
    )


@pytest.mark.parametrize("attribute", ['id="x1"', "ID = 'x1'", "type=story id=x1"])
def test_an_id_may_be_an_attribute(tmp_path: Path, attribute: str) -> None:
    assert article(tmp_path, f"<DOC {attribute}><TEXT>نص</TEXT></DOC>").id == "x1"


@pytest.mark.parametrize("name", ["HEADLINE", "TITLE", "HEAD", "headline"])
def test_a_title_has_several_names(tmp_path: Path, name: str) -> None:
    found = article(tmp_path, f"<DOC id=x><{name}>عنوان</{name}><TEXT>نص</TEXT></DOC>")
    assert (found.title, found.title_basis) == ("عنوان", Basis.STATED)


def test_the_first_sentence_stands_for_a_missing_title(tmp_path: Path) -> None:
    found = article(tmp_path, GOOD)
    assert (found.title, found.title_basis) == (PROSE, Basis.ESTIMATED)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\nسطر أول\nسطر ثان\n", "سطر أول\nسطر ثان"),
        ("<P>\nسطر أول\nسطر ثان\n</P><P>آخر</P>", "سطر أول سطر ثان\n\nآخر"),
        ("<P>بلا نهاية\n<P>آخر", "بلا نهاية\n\nآخر"),
        ("مقدمة <p lang=ar>فقرة<br/>سطر</p>", "مقدمة\n\nفقرة\nسطر"),
        ("a &amp; b &lt;P&gt; &#1575; &quot;", 'a & b <P> ا "'),
        ("5 < 6 و 7 > 3", "5 < 6 و 7 > 3"),
        ("كلمة <HI>بارزة</HI> هنا", "كلمة بارزة هنا"),
        ("قبل <!-- <P>تعليق</P> --> بعد", "قبل  بعد"),
        ("<![CDATA[نص & نص]]>", "نص & نص"),
        ("قبل <!-- بلا نهاية", "قبل <!-- بلا نهاية"),
        ("&unknown; نص", "&unknown; نص"),
        ("أول <TEXT>ثان", "أول ثان"),
    ],
)
def test_the_text_is_what_stands_between_the_tags(tmp_path: Path, text: str, seen: str) -> None:
    assert body(tmp_path, text) == seen


def test_several_texts_are_parted_by_a_blank_line(tmp_path: Path) -> None:
    found = article(tmp_path, "<DOC id=x><TEXT>أول</TEXT><NOTE>لا</NOTE><TEXT>ثان</TEXT></DOC>")
    assert found.body == "أول\n\nثان"


def test_a_body_around_the_text_is_no_text(tmp_path: Path) -> None:
    found = article(
        tmp_path, "<DOC id=x><BODY><HEADLINE>عنوان</HEADLINE><TEXT>نص</TEXT><F>ذيل</F></BODY></DOC>"
    )
    assert (found.title, found.body) == ("عنوان", "نص")


def test_a_field_without_an_end_ends_with_the_next(tmp_path: Path) -> None:
    found = article(tmp_path, "<DOC><DOCNO>x1\n<TITLE>عنوان\n<TEXT>نص\nآخر</DOC>")
    assert (found.id, found.title, found.body) == ("x1", "عنوان", "نص\nآخر")


@pytest.mark.parametrize(
    ("content", "what", "why"),
    [
        ("<DOC><TEXT>نص</TEXT></DOC>", "document 1", "has neither <DOCNO> nor an id"),
        ("<DOC><DOCNO>x</DOCNO></DOC>", "document 1: x", "has no text"),
        ("<DOC><DOCNO>x</DOCNO><TEXT> … </TEXT></DOC>", "document 1: x", "has no text"),
        ("<DOC><DOCNO>x</DOCNO><TEXT>نص</TEXT>", "document 1", "is not closed by </DOC>"),
        (
            f"<DOC id=x><TEXT>{'نص ' * 9}".encode() + b"\xff</TEXT></DOC>",
            "document 1",
            "damaged UTF-8",
        ),
        (b"<DOC id=x><TEXT>\xff\xfe\xfd</TEXT></DOC>", "document 1", "encoding"),
    ],
)
def test_a_document_that_is_no_article_is_passed_over_by_its_number(
    tmp_path: Path, content: str | bytes, what: str, why: str
) -> None:
    data = content.encode() if isinstance(content, str) else content
    skipped, good = read(tmp_path, data + GOOD.encode())
    assert isinstance(skipped, Skipped)
    assert skipped.what == f"{tmp_path / 'a.xml'}: {what}"
    assert why in skipped.why
    assert isinstance(good, Article)
    assert good.id == "good"


def test_an_unclosed_document_at_the_end_is_reported(tmp_path: Path) -> None:
    good, skipped = read(tmp_path, f"{GOOD}<DOC><DOCNO>x</DOCNO><TEXT>نص")
    assert isinstance(good, Article)
    assert isinstance(skipped, Skipped)
    assert "document 2" in skipped.what


def test_a_wrong_date_leaves_the_article(tmp_path: Path) -> None:
    found, remark = read(tmp_path, "<DOC id=x><DATE>31/31/2021</DATE><TEXT>نص</TEXT></DOC>")
    assert isinstance(found, Article)
    assert found.published == Published()
    assert isinstance(remark, Remark)
    assert "31/31/2021" in remark.why


def test_a_large_document_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trec, "DOC_LIMIT", 500)
    skipped, good = read(tmp_path, f"<DOC id=x><TEXT>{'نص ' * 500}</TEXT></DOC>{GOOD}")
    assert isinstance(skipped, Skipped)
    assert "larger than" in skipped.why
    assert isinstance(good, Article)


def test_a_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trec, "FILE_LIMIT", 100)
    with pytest.raises(CorpusError, match="larger than"):
        read(tmp_path, GOOD * 2)


@pytest.mark.parametrize(
    "content", ["", "<rss><item>خبر</item></rss>", "<DOCNO>1</DOCNO>", "</DOC>"]
)
def test_xml_of_another_kind_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(CorpusError, match="no <DOC> in it"):
        read(tmp_path, content)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1256"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    assert article(tmp_path, GOOD.encode(encoding)).body == PROSE


def test_declared_entities_and_files_have_no_effect(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("سر", encoding="utf-8")
    entities = f'<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "{secret.as_uri()}">'
    head = f"<!DOCTYPE x [{entities}]>"
    found = article(tmp_path, f"{head}<DOC id=x><TEXT>نص &b; &f;</TEXT></DOC>")
    assert found.body == "نص &b; &f;"


@pytest.mark.parametrize(
    "content",
    [
        "<DOC " * 200_000,
        "<DOC>" * 2_000,
        "<DOC id=x>" + "<TEXT>" * 100_000 + "</DOC>",
        "<DOC id=x><TEXT>" + "<!--" * 100_000 + "</TEXT></DOC>",
        "<DOC id=x><TEXT>" + "<" * 500_000 + "</TEXT></DOC>",
        "<DOC id=x><TEXT>" + "<P          " * 50_000 + "</TEXT></DOC>",
        "<DOC" + " id " * 400 + "><TEXT>a</TEXT></DOC>",
        "<DOC id=x>" + "<TEXT></P><TITLE>" * 30_000 + "</DOC>",
    ],
)
def test_a_file_made_to_take_time_takes_none(tmp_path: Path, content: str) -> None:
    with contextlib.suppress(CorpusError):
        read(tmp_path, content)


@given(
    st.lists(
        st.sampled_from(
            [
                "<DOC>",
                "</DOC>",
                "<DOC id=a>",
                "<DOCNO>",
                "</DOCNO>",
                "<TEXT>",
                "</TEXT>",
                "<P>",
                "x",
            ]
        )
        | st.text(max_size=5),
        max_size=25,
    )
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_tags_before_a_document_leave_it(tmp_path: Path, pieces: list[str]) -> None:
    content = "".join(pieces).encode("utf-8", errors="replace")
    found = read(tmp_path, content + GOOD.encode())
    assert [item.id for item in found[-1:] if isinstance(item, Article)] == ["good"]


@given(st.binary(max_size=300))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    with contextlib.suppress(CorpusError):
        read(tmp_path, content)


def test_a_mark_of_utf_8_is_no_part_of_a_document(tmp_path: Path) -> None:
    assert article(tmp_path, codecs.BOM_UTF8 + GOOD.encode()).body == PROSE
