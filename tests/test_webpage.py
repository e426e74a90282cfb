"""Web pages: the article in the page's own words, and only what the page states of it."""

import contextlib
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.articles import fields, markup, webpage
from retrieval.articles.findings import Remark, Skipped
from retrieval.articles.visible import VisiblePage
from retrieval.documents import Article, Basis, Precision, Published, Source
from retrieval.errors import CorpusError

TITLE = "وزراء التحالف يجتمعون في روما"
PROSE = [
    "وقال الوزير إن الاجتماع بحث سبل التعاون بين الدول المشاركة في مكافحة الإرهاب وتجفيف منابعه.",
    "وأضاف الوزير أن الدول المشاركة اتفقت على عقد الاجتماع المقبل في العاصمة قبل نهاية العام.",
    "نعم.",
    "وكانت الدول قد اجتمعت في الشهر الماضي، وقالت مصادر دبلوماسية إن الخلافات لا تزال قائمة.",
]
PARAGRAPHS = "".join(f"<p>{line}</p>" for line in PROSE)
SECTIONS = ["الرئيسية", "سياسة", "اقتصاد", "رياضة", "ثقافة"]
NAVIGATION = f"<nav><ul>{''.join(f'<li><a href=/{s}>{s}</a></li>' for s in SECTIONS)}</ul></nav>"
LINKS = "".join(f"<li><a href=/{n}>خبر آخر عن موضوع آخر تماما رقم {n}</a></li>" for n in range(8))
ASIDE = f"<aside><h3>الأكثر قراءة</h3><ul>{LINKS}</ul></aside>"
COMMENT = "تعليق من قارئ على هذا الخبر المهم جدا في رأيه الشخصي."
COMMENTS = (
    f"<div id=comments class=comments><h3>التعليقات</h3><div class=comment><p>{COMMENT}</p>"
    "<time datetime=2022-01-01>1 يناير</time></div></div>"
)
FOOTER = "<footer><p>جميع الحقوق محفوظة لموقع الخبر 2021</p><a href=/a>اتصل بنا</a></footer>"
DAY = Published("2021-03-30", Precision.DAY, Basis.STATED)


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "today", lambda: date(2024, 5, 12))


def page(content: str = PARAGRAPHS, head: str = "", before: str = "") -> str:
    """Return a page with an article in it, and everything else that pages have."""
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{NAVIGATION}{before}"
        f"<article><h1>{TITLE}</h1>{content}</article>{ASIDE}{COMMENTS}{FOOTER}</body></html>"
    )


def read(folder: Path, content: str | bytes) -> list[Article | Skipped | Remark]:
    path = folder / "a.b.html"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(webpage.read(path))


def article(folder: Path, content: str | bytes) -> Article:
    (found,) = read(folder, content)
    assert isinstance(found, Article), found
    return found


# --- What is article ----------------------------------------------------------------------------


def test_the_article_of_a_page_is_its_paragraphs(tmp_path: Path) -> None:
    found = article(tmp_path, page())
    assert found.id == "a.b"
    assert (found.title, found.title_basis) == (TITLE, Basis.STATED)
    assert found.body == "\n\n".join(PROSE)
    assert (found.source, found.published, found.url) == (Source(), Published(), None)


def test_every_other_line_that_is_visible_is_dropped_in_its_order(tmp_path: Path) -> None:
    links = [f"خبر آخر عن موضوع آخر تماما رقم {n}" for n in range(8)]
    foot = ["جميع الحقوق محفوظة لموقع الخبر 2021", "اتصل بنا"]
    dropped = [*SECTIONS, TITLE, "الأكثر قراءة", *links, "التعليقات", COMMENT, "1 يناير", *foot]
    assert article(tmp_path, page()).dropped == tuple(dropped)


LAYOUTS = {
    "line breaks": f"<div class=text>{'<br><br>'.join(PROSE)}</div>",
    "div and span": "".join(f"<div><span>{line}</span></div>" for line in PROSE),
    "emphasis": "".join(f"<p><b>{line[:3]}</b>{line[3:]}</p>" for line in PROSE),
    "links": "".join(f"<p>{line[:-3]}<a href=x>{line[-3:]}</a></p>" for line in PROSE),
    "unclosed": "".join(f"<p>{line}" for line in PROSE),
    "list": f"<ul>{''.join(f'<li>{line}</li>' for line in PROSE)}</ul>",
    "quotation": f"<blockquote>{PARAGRAPHS}</blockquote>",
    "advertisements": "".join(f"<p>{line}</p><div class=ad-slot>إعلان</div>" for line in PROSE),
    "lead": f"<div class='lead summary'>{PROSE[0]}</div><section>"
    + "".join(f"<p>{line}</p>" for line in [*PROSE[1:], *(f"{n} {PROSE[3]}" for n in range(9))]),
    "old table": f"<table><tr><td><font size=3>{'<br>'.join(PROSE)}</font></td></tr></table>",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_paragraph_is_lost_in_any_layout(tmp_path: Path, layout: str) -> None:
    lines = article(tmp_path, page(LAYOUTS[layout])).body.split("\n")
    assert [line for line in lines if line in PROSE] == PROSE


@pytest.mark.parametrize(
    "chrome",
    [
        "<p>اقرأ أيضا: <a href=x>خبر آخر مهم عن أمر آخر</a></p>",
        "<div class=related><h3>مواضيع ذات صلة</h3><ul><li><a href=x>خبر</a></li></ul></div>",
        "<p>شارك</p>",
        "<script>var a = 'قال الوزير كلاما طويلا في الاجتماع الأخير.';</script>",
        "<style>p::after { content: 'قال الوزير كلاما طويلا في الاجتماع.' }</style>",
        "<noscript>قال الوزير كلاما طويلا في الاجتماع الأخير.</noscript>",
        "<p style='color: red; display: none'>قال الوزير كلاما طويلا في الاجتماع الأخير.</p>",
        "<p hidden>قال الوزير كلاما طويلا في الاجتماع الأخير.</p>",
        "<!-- قال الوزير كلاما طويلا في الاجتماع الأخير. -->",
    ],
)
def test_what_is_no_article_within_it_goes(tmp_path: Path, chrome: str) -> None:
    content = f"<p>{PROSE[0]}</p>{chrome}<p>{PROSE[1]}</p>{chrome}<p>{PROSE[3]}</p>"
    found = article(tmp_path, page(content))
    assert found.body == "\n\n".join((PROSE[0], PROSE[1], PROSE[3]))


@pytest.mark.parametrize("hidden", ["<script>سر</script>", "<style>سر</style>", "<p hidden>سر</p>"])
def test_what_is_not_visible_is_not_even_dropped(tmp_path: Path, hidden: str) -> None:
    assert "سر" not in "\n".join(article(tmp_path, page(before=hidden)).dropped)


def test_a_short_article_is_without_the_menus_around_it(tmp_path: Path) -> None:
    found = article(tmp_path, page(f"<p>{PROSE[0]}</p>"))
    assert found.body == PROSE[0]


def test_rows_lists_and_headings_stand_on_lines_of_their_own(tmp_path: Path) -> None:
    table = "<table><tr><th>الدولة</th><th>العدد</th></tr><tr><td>مصر</td><td>25</td></tr></table>"
    content = (
        f"{PARAGRAPHS}{table}<h2>عنوان فرعي</h2><ul><li>بند</li><li>آخر</li></ul><p>{PROSE[1]}"
    )
    found = article(tmp_path, page(content))
    after = f"الدولة\tالعدد\nمصر\t25\n\nعنوان فرعي\n\nبند\nآخر\n\n{PROSE[1]}"
    assert found.body == "\n\n".join([*PROSE, after])


def test_the_words_are_the_page_s_to_the_letter(tmp_path: Path) -> None:
    special = (
        "كلمة\u200cمركبة، شَدَّة، \u200fو&amp;lt; و&lt;b&gt; و\u00adوصل &#1575;&nbsp;نهاية الفقرة."
    )
    seen = "كلمة\u200cمركبة، شَدَّة، \u200fو&lt; و<b> و\u00adوصل ا\u00a0نهاية الفقرة."
    found = article(tmp_path, page(f"{PARAGRAPHS}<p>{special}\n \t</p>{PARAGRAPHS}"))
    assert seen in found.body.split("\n")


def test_an_empty_document_of_paragraphs_alone_is_read(tmp_path: Path) -> None:
    assert article(tmp_path, PARAGRAPHS).body == "\n\n".join(PROSE)


@pytest.mark.parametrize(
    "content",
    [
        f"<html><body>{NAVIGATION}{ASIDE}{FOOTER}</body></html>",
        f"<html><head><title>{TITLE}</title></head><body></body></html>",
        f"<html><body>{NAVIGATION}<h1>404</h1><p>الصفحة غير موجودة</p></body></html>",
        f"<script>{PROSE[0]}</script>",
        "plain",
        "<",
    ],
)
def test_a_page_without_an_article_is_passed_over(tmp_path: Path, content: str) -> None:
    (skipped,) = read(tmp_path, content)
    assert isinstance(skipped, Skipped)
    assert skipped.what == str(tmp_path / "a.b.html")
    assert "no article text" in skipped.why


def test_text_that_is_not_the_page_s_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webpage, "_extracted", lambda _: [["كلام"], ["ليسفيهذهالصفحةبلفيغيرها"]])
    with pytest.raises(CorpusError, match="cannot be told from the page"):
        read(tmp_path, page())


def test_a_line_changed_on_the_way_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webpage, "clean", lambda text, _: (text.replace("الوزير", "المدير"), ()))
    with pytest.raises(CorpusError, match="to the letter"):
        read(tmp_path, page())


# --- What the page states -----------------------------------------------------------------------


def meta(name: str, content: str, kind: str = "property") -> str:
    return f'<meta {kind}="{name}" content="{content}">'


def json_ld(*nodes: object) -> str:
    scripts = (json.dumps(node, ensure_ascii=False) for node in nodes)
    return "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)


STATED = {
    "JSON-LD": json_ld({"@type": "NewsArticle", "datePublished": "2021-03-30T10:00:00+02:00"}),
    "graph": json_ld(
        {"@graph": [{"@type": "Person"}, {"@type": ["Article"], "datePublished": "2021-03-30"}]}
    ),
    "list": json_ld([{"@type": "ReportageNewsArticle", "datePublished": "2021-03-30"}]),
    "after broken": '<script type="application/ld+json">{"a": </script>'
    + json_ld({"@type": "NewsArticle", "datePublished": "2021-03-30"}),
    "open graph": meta("article:published_time", "2021-03-30T23:30:00-05:00"),
    "datePublished": meta("datePublished", "2021-03-30", "itemprop"),
    "Dublin Core": meta("DC.date.issued", "2021-03-30", "name"),
    "pubdate": meta("pubdate", "Tue, 30 Mar 2021 10:00:00 GMT", "name"),
    "parsely": meta("parsely-pub-date", "2021-03-30T10:00:00Z", "name"),
}


@pytest.mark.parametrize("kind", STATED)
def test_a_date_of_the_metadata_is_stated(tmp_path: Path, kind: str) -> None:
    assert article(tmp_path, page(head=STATED[kind])).published == DAY


@pytest.mark.parametrize(
    "mark",
    [
        "<span itemprop=datePublished content=2021-03-30>أمس</span>",
        "<time itemprop=datePublished datetime=2021-03-30T10:00>أمس</time>",
        "<span itemprop=datePublished>30 مارس 2021</span>",
        "<time pubdate datetime=2021-03-30>أمس</time>",
        "<span itemprop=datePublished style='display:none'>2021-03-30</span>",
    ],
)
def test_a_date_marked_as_the_article_s_is_stated(tmp_path: Path, mark: str) -> None:
    assert article(tmp_path, page(mark + PARAGRAPHS)).published == DAY


@pytest.mark.parametrize(
    "shown",
    [
        "<time datetime=2021-03-30T10:00:00Z>الثلاثاء</time>",
        "<time>30 مارس 2021</time>",
        "<div class=date>30 مارس 2021</div>",
        "<p>نشر في: 30/03/2021 - 10:30</p>",
    ],
)
def test_a_date_that_is_only_shown_is_the_page_s(tmp_path: Path, shown: str) -> None:
    found = article(tmp_path, page(shown + PARAGRAPHS))
    assert found.published == Published("2021-03-30", Precision.DAY, Basis.PAGE)
    assert found.body == "\n\n".join(PROSE)


def test_of_shown_dates_the_one_next_to_the_article_counts(tmp_path: Path) -> None:
    content = f"<time datetime=2021-03-30>أمس</time>{PARAGRAPHS}"
    masthead = "<div><time datetime=2024-01-01>اليوم</time></div>"
    assert article(tmp_path, page(content, before=masthead)).published.value == "2021-03-30"


@pytest.mark.parametrize(
    "head",
    [
        json_ld({"@type": "NewsArticle", "dateModified": "2021-03-30"}),
        json_ld({"@type": "WebPage", "datePublished": "2021-03-30"}),
        json_ld(
            {
                "@type": "ItemList",
                "itemListElement": [{"@type": "Article", "datePublished": "2021-03-30"}],
            }
        ),
        json_ld({"@type": "NewsArticle", "datePublished": ["2021-03-30"]}),
        meta("article:modified_time", "2021-03-30"),
        meta("og:updated_time", "2021-03-30"),
        meta("last-modified", "2021-03-30", "name"),
        "<link rel=canonical href=https://a.example/2021/03/30/x>",
        "<meta http-equiv=date content=2021-03-30>",
    ],
)
def test_what_is_no_date_of_publication_is_not_taken_for_one(tmp_path: Path, head: str) -> None:
    found = article(tmp_path, page(head=head))
    assert found.published == Published()


@pytest.mark.parametrize("value", ["2021-02-31", "2030-01-01", "أمس"])
def test_a_wrong_date_is_remarked_and_not_taken(tmp_path: Path, value: str) -> None:
    found, remark = read(tmp_path, page(head=meta("article:published_time", value)))
    assert isinstance(found, Article)
    assert found.published == Published()
    assert isinstance(remark, Remark)
    assert value in remark.why
    assert remark.what == f"{tmp_path / 'a.b.html'}: a.b"


def test_of_two_dates_of_one_kind_neither_is_taken(tmp_path: Path) -> None:
    nodes = [{"@type": "Article", "datePublished": f"2021-03-{day}"} for day in (29, 30)]
    found, remark = read(tmp_path, page(head=json_ld(*nodes)))
    assert isinstance(found, Article)
    assert found.published == Published()
    assert isinstance(remark, Remark)
    assert "2021-03-29, 2021-03-30" in remark.why


@pytest.mark.parametrize(
    "head",
    [
        meta("og:site_name", "موقع الخبر"),
        json_ld(
            {"@type": "NewsArticle", "publisher": {"@type": "Organization", "name": "موقع الخبر"}}
        ),
        meta("application-name", "موقع الخبر", "name"),
        meta("og:site_name", "موقع الخبر") + meta("application-name", "تطبيق", "name"),
    ],
)
def test_the_source_is_what_the_page_calls_itself(tmp_path: Path, head: str) -> None:
    assert article(tmp_path, page(head=head)).source == Source("موقع الخبر", Basis.STATED)


@pytest.mark.parametrize(
    "head",
    [meta("og:url", "https://www.alkhabar.example/x"), meta("twitter:site", "@alkhabar", "name")],
)
def test_a_host_name_is_no_source(tmp_path: Path, head: str) -> None:
    assert article(tmp_path, page(head=head)).source == Source()


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ("<link rel=canonical href=https://a.example/خبر>", "https://a.example/خبر"),
        (meta("og:url", "http://a.example/x"), "http://a.example/x"),
        ("<link rel=canonical href=javascript:alert(1)>", None),
        ("<link rel=canonical href=/x><base href=https://a.example>", None),
        ("<base href='javascript:alert(1)'><link rel=canonical href=x>", None),
        ("<link rel=canonical href='https://[x'>", None),
        ("<link rel=canonical href='ftp://a.example/x'>", None),
        ("<link rel=alternate href='https://a.example/x'>", None),
    ],
)
def test_an_address_is_that_of_the_page_itself(tmp_path: Path, head: str, url: str | None) -> None:
    assert article(tmp_path, page(head=head)).url == url


@pytest.mark.parametrize(
    ("head", "heading", "title"),
    [
        (f"<title>{TITLE} | موقع الخبر</title>{meta('og:site_name', 'موقع الخبر')}", "", TITLE),
        (f"<title>{TITLE} - موقع الخبر</title>", f"<h1>موقع الخبر</h1><h1>{TITLE}</h1>", TITLE),
        (meta("og:title", TITLE), "<h1>موقع الخبر</h1>", TITLE),
        (json_ld({"@type": "NewsArticle", "headline": TITLE}), "", TITLE),
        (f"<title>{TITLE}</title>", "", TITLE),
        ("<title>موقع الخبر</title>", f"<h1>\n{TITLE}\n</h1>", TITLE),
        (meta("og:site_name", "موقع") + "<title>موقع</title>", "<h1>موقع</h1>", PROSE[0]),
        ("", "", PROSE[0]),
    ],
)
def test_the_title_is_the_heading_that_the_metadata_confirms_or_what_it_has(
    tmp_path: Path, head: str, heading: str, title: str
) -> None:
    content = (
        f"<html><head>{head}</head><body>{heading}<article>{PARAGRAPHS}</article></body></html>"
    )
    found = article(tmp_path, content)
    assert found.title == title
    assert found.title_basis is (Basis.ESTIMATED if title == PROSE[0] else Basis.STATED)
    assert found.body == "\n\n".join(PROSE)


def test_a_description_is_the_abstract(tmp_path: Path) -> None:
    assert article(tmp_path, page(head=meta("description", "ملخص", "name"))).abstract == "ملخص"


@pytest.mark.parametrize("value", [r"\ud83d", r"a\u0000b", "x" * 9000])
def test_odd_text_in_the_metadata_does_no_harm(tmp_path: Path, value: str) -> None:
    node = f'{{"@type": "Article", "headline": "{value}", "publisher": {{"name": "{value}"}}}}'
    found = article(tmp_path, page(head=f'<script type="application/ld+json">{node}</script>'))
    assert found.title == TITLE
    assert "\0" not in (found.source.name or "")


# --- Bytes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("<meta charset=windows-1256>", "cp1256"),
        ("<meta http-equiv=Content-Type content='text/html; charset=Windows-1256'>", "cp1256"),
        ("<meta charset=iso-8859-1>", "cp1256"),
        ("", "cp1256"),
        ("<meta charset=iso-8859-6>", "iso8859-6"),
        ("<meta charset=utf-8>", "utf-8"),
        ("<meta charset=windows-1256>", "utf-8"),
        ("<meta charset=utf-8>", "utf-8-sig"),
        ("<meta charset=utf-8>", "utf-16"),
        ("<meta charset=rot13>", "utf-8"),
        ("<meta charset=nonsense>", "utf-8"),
    ],
)
def test_a_page_is_read_in_the_encoding_it_is_in(
    tmp_path: Path, declared: str, encoding: str
) -> None:
    content = f"<html><head>{declared}</head><body><h1>{TITLE}</h1>{PARAGRAPHS}</body></html>"
    found = article(tmp_path, content.encode(encoding))
    assert (found.title, found.body) == (TITLE, "\n\n".join(PROSE))


def test_a_declared_encoding_of_another_script_is_the_last_resort(tmp_path: Path) -> None:
    prose = "Le ministre a déclaré que la réunion avait été très utile à tous les pays présents."
    content = f"<html><head><meta charset=iso-8859-1></head><body><p>{prose}</p></body></html>"
    assert article(tmp_path, content.encode("latin-1")).body == prose


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a\0b" * 100, "binary"),
        (page().encode()[:-300] + b"\xd8 \xff" + PARAGRAPHS.encode(), "damaged UTF-8"),
        (b"\xff\xd8\xff\xe0" * 50, "binary"),
        ("<div>" * 100_000 + PARAGRAPHS, "more than 200 deep"),
        (f"{'<div>' * 100_000}{PARAGRAPHS}{'</div>' * 100_000}", "more than 200 deep"),
        ("<b></i>" * 100_000, "more than 200 deep"),
        ("<table><tr><td>" * 50_000, "more than 200 deep"),
        ("<p>a" * 50_000, "more than 30000 elements"),
        (b"", "no article text"),
    ],
)
def test_a_page_that_cannot_be_read_is_refused(
    tmp_path: Path, content: str | bytes, why: str
) -> None:
    with pytest.raises(CorpusError, match=why):
        read(tmp_path, content)


def test_a_large_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="larger than"):
        read(tmp_path, page() + " " * 10_000_000)


def test_an_article_within_many_elements_is_read(tmp_path: Path) -> None:
    assert article(tmp_path, f"{'<div>' * 180}{PARAGRAPHS}").body == "\n\n".join(PROSE)


@pytest.mark.parametrize(
    "hostile",
    [
        f"<div title='{'x' * 1_000_000}'>",
        f"<div {' '.join(f'a{n}=1' for n in range(20_000))}>",
        "<!DOCTYPE x [<!ENTITY a 'aaa'><!ENTITY b '&a;&a;'>]><p>&b;</p>",
        "<!--" * 50_000 + "-->",
        "<script type='application/ld+json'>" + "[" * 200_000 + "</script>",
        "<p>" + " " * 1_000_000 + "</p>",
        "&" * 200_000,
        "\u202e",
        "<base href='javascript:alert(1)'>",
        "<svg><math><template><select><frameset>",
        "<p>&#xd800;&#0;&#x110000;&#13;</p>",
    ],
)
def test_hostile_markup_leaves_the_article(tmp_path: Path, hostile: str) -> None:
    with contextlib.suppress(CorpusError):
        for item in read(tmp_path, f"<html><body>{hostile}<article>{PARAGRAPHS}</article>"):
            if isinstance(item, Article):
                assert all(line in item.body for line in PROSE if len(line) > 20)


TAGS = [
    *("<p>", "</p>", "<div>", "</div>", "<b>", "<table>", "<td>", "<br>", "<a href=x>", "</a>"),
    *("<script>", "</script>", "<!--", "-->", "<pre>", "</pre>", "<h1>", "<time>", "<li>", "<ul>"),
    *("<head>", "<body>", "<article>", "&amp;", "<meta charset=", "<svg>", "\n", "<![CDATA[", "</"),
]


@given(st.lists(st.sampled_from([*TAGS, *PROSE]) | st.text(max_size=4), max_size=30))
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_markup_is_read_in_its_own_words_or_refused(tmp_path: Path, pieces: list[str]) -> None:
    content = "".join(pieces).encode("utf-8", errors="replace")
    with contextlib.suppress(CorpusError):
        for item in read(tmp_path, content):
            if isinstance(item, Article):
                tree = markup.parse(tmp_path / "a.html")
                seen = {line.text for line in VisiblePage(tree).lines}
                assert {line for line in item.body.split("\n") if line} <= seen


@given(st.binary(max_size=300))
@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    with contextlib.suppress(CorpusError):
        read(tmp_path, content)
