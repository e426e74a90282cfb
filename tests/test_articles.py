"""What is taken for an article, what for the page around it, and what is known of its origin."""

import gzip
import json
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.articles import Corpus, Remark, Skipped, jsonl, text
from retrieval.articles.chrome import Page, separate
from retrieval.articles.dates import find_date
from retrieval.articles.fields import parse_date
from retrieval.documents import Article, Basis, Precision, Published, Source
from retrieval.errors import CorpusError

SEEDS = Path(__file__).parent.parent / "seeds"
AT_LENGTH = settings(deadline=None, max_examples=200)

# The lines of each seed that are the page's and not the article's. All others are the article's.
PAGE_LINES = {
    "000_93b21bcfa360256c": [
        "عاجل",
        "الجمعة 29 مارس 2024",
        "رئيس مجلس الإدارة",
        "هبة صادق",
        "رئيس التحرير",
        "أيمن عبد المجيد",
        "اعلان we",
        "البنك الاهلي",
        "تابع بوابة روزا اليوسف علي",
        "جوجل نيوز",
    ],
    "001_c5b8073897b9a493": ["ليست هناك تعليقات"],
    "002_bf51089687a09448": [
        "اخر الاخبار",
        "اقرا ايضا: بايدن يؤكد استمرار الشراكة مع الأفغان",
        "اقرأ ايضا: السيسي أول رئيس مصري يزور العراق منذ زمن",
        "مقالات ذات صلة",
        "اترك تعليقاً",
        "لن يتم نشر عنوان بريدك الإلكتروني. الحقول الإلزامية مشار إليها بـ *",
        "زر الذهاب إلى الأعلى",
    ],
    "003_dbecf9ef6e395945": [],
    "004_54d29c8a5962ac88": ["12/05/2022", "الصفحة الرئيسية"],
}
TITLES = {
    "000_93b21bcfa360256c": (
        'نتائج اجتماع وزراء خارجية دول التحالف الدولي ضد داعش.. "التفاصيل الكاملة"'
    ),
    "001_c5b8073897b9a493": "التحالف الدولي يصدر بيانه الختامي ويكشف عن استراتيجيته القادمة",
    "002_bf51089687a09448": "التحالف الدولي يدعو لمراقبة تحركات تنظيم الدولة",
    "003_dbecf9ef6e395945": None,
    "004_54d29c8a5962ac88": (
        'مؤتمر مراكش يتفق على إستراتيجية جديدة لمواجهة "داعش"... ما تفاصيلهاا؟'
    ),
}
PROVENANCE = {
    "000_93b21bcfa360256c": (
        Source("بوابة روزا اليوسف", Basis.EDITOR),
        Published("2021-03-30", Precision.DAY, Basis.ESTIMATED),
    ),
    "001_c5b8073897b9a493": (
        Source(),
        Published("2021-03-30", Precision.DAY, Basis.ESTIMATED),
    ),
    "002_bf51089687a09448": (
        Source(),
        Published("2021-06-28", Precision.DAY, Basis.ESTIMATED),
    ),
    "003_dbecf9ef6e395945": (
        Source(),
        Published("2024-10-01", Precision.DAY, Basis.ESTIMATED),
    ),
    "004_54d29c8a5962ac88": (
        Source(),
        Published("2022-05-12", Precision.DAY, Basis.STATED),
    ),
}
IDS = sorted(PAGE_LINES)

TITLE = "وزراء التحالف يجتمعون في روما"
PROSE = (
    "وقال الوزير إن الاجتماع بحث سبل التعاون بين الدول المشاركة في مكافحة الإرهاب وتجفيف منابع "
    "تمويله."
)
MORE_PROSE = (
    "وأضاف الوزير أن الدول المشاركة اتفقت على عقد الاجتماع المقبل في العاصمة قبل نهاية العام."
)


def seed(article_id: str) -> Article:
    (article,) = Corpus([SEEDS / f"{article_id}.txt"])
    return article


def raw_lines(article_id: str) -> list[str]:
    raw = (SEEDS / f"{article_id}.txt").read_bytes().decode("utf-8")
    return [line for line in raw.split("\n") if line.strip()]


def page(*lines: str) -> Page:
    return separate("\n".join(lines))


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def records(*entries: dict[str, object]) -> str:
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)


def skipped(*paths: Path) -> list[Skipped]:
    corpus = Corpus(paths)
    list(corpus)
    return corpus.skipped


# --- The seeds ----------------------------------------------------------------------------------


def test_the_seeds_are_five_articles_and_nothing_is_passed_over() -> None:
    corpus = Corpus([SEEDS])
    assert [article.id for article in corpus] == IDS
    assert corpus.skipped == []


@pytest.mark.parametrize("article_id", IDS)
def test_what_is_listed_as_the_page_of_a_seed_is_there_to_be_left_out(article_id: str) -> None:
    assert set(PAGE_LINES[article_id]) <= set(raw_lines(article_id))


@pytest.mark.parametrize("article_id", IDS)
def test_no_line_of_the_page_is_in_a_seed(article_id: str) -> None:
    article = seed(article_id)
    kept = {line.strip() for line in [*article.body.split("\n"), article.title]}
    assert kept.isdisjoint(PAGE_LINES[article_id])


@pytest.mark.parametrize("article_id", IDS)
def test_every_other_line_of_a_seed_is_kept_to_the_letter_and_in_order(article_id: str) -> None:
    expected = [
        line
        for line in raw_lines(article_id)
        if line not in PAGE_LINES[article_id] and line != TITLES[article_id]
    ]
    assert [line for line in seed(article_id).body.split("\n") if line] == expected


@pytest.mark.parametrize("article_id", IDS)
def test_the_title_of_a_seed_is_the_one_its_page_shows(article_id: str) -> None:
    title = TITLES[article_id]
    article = seed(article_id)
    if title is None:
        assert article.title_basis is Basis.ESTIMATED
        assert article.title
        assert article.body.startswith(article.title)
    else:
        assert (article.title, article.title_basis) == (title, Basis.STATED)


def test_a_title_printed_twice_is_not_in_the_body() -> None:
    title = TITLES["004_54d29c8a5962ac88"]
    assert raw_lines("004_54d29c8a5962ac88").count(str(title)) == 2
    assert str(title) not in seed("004_54d29c8a5962ac88").body


@pytest.mark.parametrize("article_id", IDS)
def test_the_origin_of_a_seed_is_what_is_known_of_it(article_id: str) -> None:
    article = seed(article_id)
    assert (article.source, article.published) == PROVENANCE[article_id]


def test_the_day_a_page_was_captured_is_no_date_of_an_article() -> None:
    dated = {a.published.value for a in Corpus([SEEDS]) if a.published.basis is not Basis.PAGE}
    assert dated == {"2021-03-30", "2021-06-28", "2022-05-12", "2024-10-01"}
    (captured,) = text.read(SEEDS / "000_93b21bcfa360256c.txt")
    assert captured.published == Published("2024-03-29", Precision.DAY, Basis.PAGE)


def test_a_seed_without_what_its_editor_knows_has_only_the_date_of_its_page(
    tmp_path: Path,
) -> None:
    path = SEEDS / "000_93b21bcfa360256c.txt"
    (article,) = Corpus([write(tmp_path, path.name, path.read_bytes())])
    assert article.published == Published("2024-03-29", Precision.DAY, Basis.PAGE)
    assert article.source == Source()


@pytest.mark.parametrize("article_id", IDS)
def test_every_line_of_a_seed_is_kept_or_known_to_be_dropped(article_id: str) -> None:
    (taken,) = text.read(SEEDS / f"{article_id}.txt")
    kept = [line for line in taken.body.split("\n") if line]
    title = [taken.title] if taken.title_basis is Basis.STATED else []
    assert sorted([*title, *kept, *taken.dropped]) == sorted(raw_lines(article_id))


# --- Pages --------------------------------------------------------------------------------------


def test_a_date_between_title_and_text_is_stated() -> None:
    taken = page(TITLE, "", "12/05/2022", "", PROSE)
    assert taken.published == Published("2022-05-12", Precision.DAY, Basis.STATED)
    assert (taken.title, taken.body, taken.dropped) == (TITLE, PROSE, ("12/05/2022",))


def test_a_date_in_the_masthead_is_the_page_s() -> None:
    masthead = ["الجمعة 29 مارس 2024", "رئيس التحرير", "فلان الفلاني", ""]
    taken = page(*masthead, TITLE, "", PROSE)
    assert taken.published == Published("2024-03-29", Precision.DAY, Basis.PAGE)
    assert (taken.title, taken.body) == (TITLE, PROSE)
    assert taken.dropped == tuple(masthead[:-1])


def test_a_date_before_the_title_is_the_page_s() -> None:
    taken = page("12/05/2022", "", TITLE, "", PROSE)
    assert taken.published == Published("2022-05-12", Precision.DAY, Basis.PAGE)
    assert taken.title == TITLE


def test_the_article_s_date_is_preferred_to_the_page_s() -> None:
    before = page("الجمعة 29 مارس 2024", "رئيس التحرير", "", TITLE, "12/05/2022", "", PROSE)
    after = page(TITLE, "12/05/2022", "", "الطقس", "الجمعة 29 مارس 2024", "", PROSE)
    for taken in (before, after):
        assert taken.published == Published("2022-05-12", Precision.DAY, Basis.STATED)
        assert taken.body == PROSE


def test_a_date_within_a_sentence_is_no_dateline() -> None:
    taken = page(TITLE, "", f"في 12 مايو 2022 {PROSE}")
    assert taken.published == Published()


def test_a_page_without_prose_is_read_as_a_title_and_short_lines() -> None:
    taken = page(TITLE, "", "انتهى الاجتماع مساء.", "وعاد الوزراء.")
    assert (taken.title, taken.body) == (TITLE, "انتهى الاجتماع مساء.\nوعاد الوزراء.")


def test_the_foot_of_a_page_without_prose_is_the_page_s() -> None:
    taken = page(TITLE, "", "انتهى الاجتماع مساء.", "", "اترك تعليقا", "الصفحة الرئيسية")
    assert (taken.title, taken.body) == (TITLE, "انتهى الاجتماع مساء.")
    assert taken.dropped == ("اترك تعليقا", "الصفحة الرئيسية")


@pytest.mark.parametrize("raw", ["", "\n", " \n\t\r\n "])
def test_a_blank_page_has_nothing(raw: str) -> None:
    assert separate(raw) == Page("", "", Published(), ())


def test_a_page_of_chrome_alone_has_no_text() -> None:
    taken = page("عاجل", "اعلان")
    assert (taken.title, taken.body) == ("", "")
    assert taken.dropped == ("عاجل", "اعلان")


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_endings_of_other_systems_make_no_difference(ending: str) -> None:
    lines = [TITLE, "12/05/2022", "", PROSE, "", MORE_PROSE, "", "اترك تعليقا"]
    assert separate(ending.join(lines)) == separate("\n".join(lines))


def test_lines_of_the_article_keep_their_spaces_and_blank_lines_become_one() -> None:
    taken = page(TITLE, "", f"  {PROSE} \u00a0", "", " ", "", f"\t{MORE_PROSE}  ", "", "")
    assert taken.body == f"  {PROSE} \u00a0\n\n\t{MORE_PROSE}  "


def test_a_title_printed_again_with_other_marks_is_dropped() -> None:
    again = "\u200fوزراءُ التحالف  يجتمعون في روما "
    taken = page(TITLE, again, "", PROSE)
    assert (taken.title, taken.body, taken.dropped) == (TITLE, PROSE, (again,))


def test_a_page_without_a_title_begins_with_its_text() -> None:
    taken = page(PROSE, MORE_PROSE)
    assert (taken.title, taken.body) == ("", f"{PROSE}\n{MORE_PROSE}")


def test_a_short_line_between_paragraphs_is_a_subtitle_and_stays() -> None:
    taken = page(TITLE, "", PROSE, "", "إعادة المقاتلين", "", MORE_PROSE)
    assert taken.body == f"{PROSE}\n\nإعادة المقاتلين\n\n{MORE_PROSE}"


def test_a_short_last_line_of_the_article_stays() -> None:
    taken = page(TITLE, "", PROSE, "", "وانتهى الاجتماع.", "", "ليست هناك تعليقات")
    assert taken.body == f"{PROSE}\n\nوانتهى الاجتماع."


@pytest.mark.parametrize(
    "line",
    [
        "اقرأ أيضا: السيسي يزور العراق",
        "اقرا ايضا",
        "إقرأ أيضاً",
        "شاهد أيضا: اجتماع روما",
        "طالع المزيد",
        "إعلان",
        "موضوعات ذات صلة",
        "أخبار متعلقة",
        "شارك المقال",
        "نسخ الرابط",
        "فيسبوك",
        "Twitter",
    ],
)
def test_a_line_that_is_never_the_article_s_goes_wherever_it_stands(line: str) -> None:
    taken = page(TITLE, "", PROSE, "", line, "", MORE_PROSE)
    assert taken.body == f"{PROSE}\n\n{MORE_PROSE}"
    assert taken.dropped == (line,)


@pytest.mark.parametrize(
    "line",
    [
        "تابع بوابة الأخبار على",
        "تابعونا عبر تويتر",
        "ليست هناك تعليقات",
        "لا توجد تعليقات حتى الآن",
        "اترك تعليقاً",
        "أضف ردا",
        "زر الذهاب إلى الأعلى",
        "الصفحة الرئيسية",
        "جميع الحقوق محفوظة",
        "الأكثر قراءة",
        "وسوم: داعش، روما",
    ],
)
def test_the_foot_begins_with_a_line_that_says_so_after_the_text(line: str) -> None:
    taken = page(TITLE, "", PROSE, "", line, "", "سطر آخر من الصفحة")
    assert taken.body == PROSE
    assert taken.dropped == (line, "سطر آخر من الصفحة")


def test_a_line_of_a_foot_between_paragraphs_does_not_end_the_article() -> None:
    taken = page(TITLE, "", PROSE, "", "جوجل نيوز", "", MORE_PROSE)
    assert MORE_PROSE in taken.body


@pytest.mark.parametrize("label", ["عاجل", "سياسة", "آخر الأخبار"])
def test_a_title_right_below_a_label_of_the_page_is_still_the_title(label: str) -> None:
    taken = page(label, TITLE, "", PROSE)
    assert (taken.title, taken.body) == (TITLE, PROSE)
    assert taken.dropped == (label,)


@pytest.mark.parametrize("title", ["مشاركة واسعة في انتخابات تونس", "شارك الآلاف في مسيرة بالرباط"])
def test_a_title_that_begins_like_a_share_button_is_still_the_title(title: str) -> None:
    taken = page(title, "", PROSE)
    assert (taken.title, taken.body, taken.dropped) == (title, PROSE, ())


@pytest.mark.parametrize("line", ["شارك المغرب في الاجتماع.", "إعلان بغداد", "مشاركة عربية واسعة"])
def test_a_short_line_of_the_article_is_kept_though_it_begins_like_a_label(line: str) -> None:
    taken = page(TITLE, "", PROSE, "", line, "", MORE_PROSE)
    assert taken.body == f"{PROSE}\n\n{line}\n\n{MORE_PROSE}"


def test_a_short_last_sentence_is_kept_though_it_begins_like_a_foot() -> None:
    last = "تابع الوزير كلمته مؤكدا على أهمية الحوار."
    assert page(TITLE, "", PROSE, "", last).body == f"{PROSE}\n\n{last}"


@given(
    st.lists(
        st.one_of(
            st.sampled_from([TITLE, PROSE, MORE_PROSE, "", " ", "12/05/2022", "عاجل", "سطر قصير"]),
            st.sampled_from([line for lines in PAGE_LINES.values() for line in lines]),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")),
        ),
        max_size=12,
    )
)
@AT_LENGTH
def test_no_line_of_a_page_is_lost_doubled_or_altered(lines: list[str]) -> None:
    taken = separate("\n".join(lines))
    kept = [line.strip() for line in taken.body.split("\n") if line.strip()]
    title = [taken.title] if taken.title else []
    dropped = [line.strip() for line in taken.dropped]
    assert sorted([*title, *kept, *dropped]) == sorted(filter(None, map(str.strip, lines)))


# --- Dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("12/05/2022", "2022-05-12"),
        ("  12/5/2022  ", "2022-05-12"),
        ("١٢/٠٥/٢٠٢٢", "2022-05-12"),
        ("\u200f12/05/2022", "2022-05-12"),
        ("12-05-2022", "2022-05-12"),
        ("12.05.2022", "2022-05-12"),
        ("2022-05-12", "2022-05-12"),
        ("٢٠٢٢/٠٥/١٢", "2022-05-12"),
        ("12 مايو 2022", "2022-05-12"),
        ("٢٩ مارس ٢٠٢٤", "2024-03-29"),
        ("12 مايو، 2022", "2022-05-12"),
        ("الجمعة 29 مارس 2024", "2024-03-29"),
        ("الإثنين، 2 مايو 2022", "2022-05-02"),
        ("29 آذار 2024", "2024-03-29"),
        ("4 حزيران / يونيو 2020", "2020-06-04"),
        ("21 كانون الثاني/يناير 2021", "2021-01-21"),
        ("3 كانون الثاني (يناير) 2020", "2020-01-03"),
        ("30 أيلول 2024", "2024-09-30"),
        ("1 تشرين الأول 2024", "2024-10-01"),
        ("5 غشت 2021", "2021-08-05"),
        ("3 جويلية 2020", "2020-07-03"),
        ("12 ماي 2022", "2022-05-12"),
        ("7 شتنبر 2019", "2019-09-07"),
        ("نشر في: 12/05/2022", "2022-05-12"),
        ("تاريخ النشر: 12 مايو 2022 10:30 م", "2022-05-12"),
        ("الجمعة 29 مارس 2024 - 10:30 صباحاً", "2024-03-29"),
        ("12/05/2022 | 18:45", "2022-05-12"),
    ],
)
def test_a_date_alone_on_a_line_is_found(line: str, value: str) -> None:
    assert find_date(line) == Published(value, Precision.DAY, Basis.PAGE)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("12 يونيه 2022", "2022-06-12"),
        ("12 يوليه 2022", "2022-07-12"),
        ("نُشر بتاريخ 12 مايو 2022", "2022-05-12"),
        ("29 مارس 2024 م", "2024-03-29"),
        ("2022-05-12T10:30:00", "2022-05-12"),
    ],
)
def test_a_date_is_found_as_egyptian_papers_and_programs_write_it(line: str, value: str) -> None:
    assert find_date(line) == Published(value, Precision.DAY, Basis.PAGE)


@pytest.mark.parametrize(
    "line",
    [
        "31 يونيو 2022",
        "31/06/2022",
        "29/02/2023",
        "12/13/2022",
        "00/05/2022",
        "12/05",
        "05/2022",
        "2022",
        "",
        "مايو",
        "18 فبراير",
        "عقد الاجتماع في 12 مايو 2022",
        "12 مايو 2022 كان يوم الاجتماع",
        "في 18 فبراير 2021 بشأن التوسع",
        "112/05/2022",
        "12/05/20222",
    ],
)
def test_what_is_no_day_or_more_than_a_day_is_no_date(line: str) -> None:
    assert find_date(line) is None


@given(st.dates(min_value=date(1900, 1, 1)))
@AT_LENGTH
def test_every_day_is_read_day_first_in_both_kinds_of_digits(day: date) -> None:
    western = f"{day.day:02d}/{day.month:02d}/{day.year}"
    arabic_indic = western.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    for line in (western, arabic_indic, day.isoformat()):
        found = find_date(line)
        assert found is not None
        assert found.value == day.isoformat()


# --- Text files ---------------------------------------------------------------------------------


def test_the_id_of_a_text_file_is_its_name_without_the_ending(tmp_path: Path) -> None:
    (article,) = text.read(write(tmp_path, "a.b.txt", PROSE))
    assert article.id == "a.b"


def test_the_first_sentence_stands_for_a_title_and_says_so(tmp_path: Path) -> None:
    (article,) = text.read(write(tmp_path, "a.txt", f" {PROSE} {MORE_PROSE}"))
    assert (article.title, article.title_basis) == (PROSE, Basis.ESTIMATED)
    assert article.body == f" {PROSE} {MORE_PROSE}"


def test_a_byte_order_mark_is_no_part_of_a_text_file(tmp_path: Path) -> None:
    (article,) = text.read(write(tmp_path, "a.txt", b"\xef\xbb\xbf" + PROSE.encode()))
    assert article.body == PROSE


# --- sources.toml -------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "one.txt", f"{TITLE}\n\n{PROSE}")
    write(tmp_path, "two.txt", f"{TITLE}\n12/05/2022\n\n{MORE_PROSE}")
    return tmp_path


def described(folder: Path, toml: str) -> dict[str, Article]:
    write(folder, "sources.toml", toml)
    return {article.id: article for article in Corpus([folder])}


def test_the_editor_gives_source_date_title_and_url(folder: Path) -> None:
    article = described(
        folder,
        '[one]\nsource = "وكالة"\npublished = "2021-03"\ntitle = "آخر"\nurl = "https://a.example"',
    )["one"]
    assert article.source == Source("وكالة", Basis.EDITOR)
    assert article.published == Published("2021-03", Precision.MONTH, Basis.EDITOR)
    assert (article.title, article.title_basis) == ("آخر", Basis.EDITOR)
    assert article.url == "https://a.example"


def test_a_date_with_evidence_is_estimated(folder: Path) -> None:
    toml = '[one]\npublished = "2021"\nevidence = "الاجتماع بحث سبل التعاون"'
    published = described(folder, toml)["one"].published
    assert published == Published("2021", Precision.YEAR, Basis.ESTIMATED)


def test_the_default_entry_is_for_every_article_of_the_folder(folder: Path) -> None:
    toml = '[default]\nsource = "وكالة"\n\n[two]\nsource = "جريدة"'
    articles = described(folder, toml)
    assert articles["one"].source == Source("وكالة", Basis.EDITOR)
    assert articles["two"].source == Source("جريدة", Basis.EDITOR)


def test_an_article_without_an_entry_keeps_what_it_states(folder: Path) -> None:
    article = described(folder, '[one]\nsource = "وكالة"')["two"]
    assert article.source == Source()
    assert article.published == Published("2022-05-12", Precision.DAY, Basis.STATED)


def test_an_entry_describes_an_article_of_a_jsonl_file_too(tmp_path: Path) -> None:
    write(tmp_path, "all.jsonl", records({"_id": "x", "title": TITLE, "text": PROSE}))
    article = described(tmp_path, '[x]\nsource = "وكالة"')["x"]
    assert article.source == Source("وكالة", Basis.EDITOR)


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ('[one]\npublished = "30/03/2021"', ["one", "published", "30/03/2021"]),
        ('[one]\npublished = "2021-02-30"', ["one", "published", "2021-02-30"]),
        ('[one]\npublished = "2021-13"', ["one", "published", "2021-13"]),
        ('[one]\npublished = "2021-3-30"', ["one", "published", "2021-3-30"]),
        ('[one]\npublished = "20210330"', ["one", "published", "20210330"]),
        ('[one]\npublished = "2021 أو بعدها"', ["one", "published", "2021 أو بعدها"]),
        ("[one]\npublished = 2021-03-30", ["one", "published"]),
        ('[one]\nauthor = "فلان"', ["one", "author"]),
        ('[nobody]\nauthor = "فلان"', ["nobody", "author"]),
        ("[one]\nsource = 5", ["one", "source"]),
        ('[one]\nsource = " "', ["one", "source"]),
        ('[one]\npublished = "2021"\nevidence = "غير موجود"', ["one", "evidence", "غير موجود"]),
        ('one = "وكالة"', ["one", "table"]),
        ("[one", ["TOML"]),
    ],
)
def test_a_wrong_entry_is_an_error_that_names_the_file_and_the_field(
    folder: Path, toml: str, named: list[str]
) -> None:
    with pytest.raises(CorpusError) as caught:
        described(folder, toml)
    for part in [str(folder / "sources.toml"), *named]:
        assert part in str(caught.value)


def test_a_sources_file_that_is_not_utf8_is_an_error_that_names_it(folder: Path) -> None:
    write(folder, "sources.toml", b"[one]\nsource = '\xff'")
    with pytest.raises(CorpusError, match=r"sources\.toml"):
        list(Corpus([folder]))


# --- JSON lines ---------------------------------------------------------------------------------

FULL: dict[str, object] = {
    "_id": "x1",
    "title": f" {TITLE} ",
    "text": f" {PROSE}\r\n\n",
    "source": "وكالة",
    "published": "2022-05-12T10:30:00Z",
    "url": "https://a.example/x1",
    "abstract": "ملخص",
}


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_json_lines_are_read_plain_and_compressed(tmp_path: Path, name: str) -> None:
    content = records(FULL, {"_id": "x2", "text": MORE_PROSE}).encode()
    path = write(tmp_path, name, gzip.compress(content) if name.endswith("gz") else content)
    first, second = jsonl.read(path)
    assert first == Article(
        id="x1",
        title=TITLE,
        body=f" {PROSE}\r\n\n",
        source=Source("وكالة", Basis.STATED),
        published=Published("2022-05-12", Precision.DAY, Basis.STATED),
        url="https://a.example/x1",
        abstract="ملخص",
    )
    assert second == Article("x2", MORE_PROSE, MORE_PROSE, Basis.ESTIMATED)


def test_blank_lines_between_records_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", f"\n{records(FULL)}\n  \n")
    assert [article.id for article in Corpus([path])] == ["x1"]


def test_json_lines_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", b"\xef\xbb\xbf" + records(FULL).encode())
    assert [article.id for article in Corpus([path])] == ["x1"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("not json", "not JSON"),
        ('{"_id": "b"', "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"title": "t", "text": "x"}', "_id"),
        ('{"_id": " ", "text": "x"}', "_id"),
        ('{"_id": 7, "text": "x"}', "_id"),
        ('{"_id": "b", "text": ["x"]}', "text"),
        (r'{"_id": "b", "text": "x \ud83d"}', "text"),
    ],
)
def test_a_line_that_is_no_article_is_passed_over_by_file_and_line_and_the_rest_goes_on(
    tmp_path: Path, line: str, why: str
) -> None:
    path = write(tmp_path, "a.jsonl", f"{records(FULL)}\n{line}\n{records({**FULL, '_id': 'y'})}")
    corpus = Corpus([path])
    assert [article.id for article in corpus] == ["x1", "y"]
    (passed_over,) = corpus.skipped
    assert passed_over.what == f"{path}:3"
    assert why in passed_over.why


@pytest.mark.parametrize("published", ["31/02/2022", "2022-13-01", "قبل أيام", "3022-01-01"])
def test_a_date_that_cannot_be_is_unknown_and_told_of(tmp_path: Path, published: str) -> None:
    path = write(tmp_path, "a.jsonl", records({**FULL, "published": published}))
    corpus = Corpus([path])
    (article,) = corpus
    assert article.published == Published()
    (remark,) = corpus.remarks
    assert published in remark.why


def damaged_gzip() -> bytes:
    whole = bytearray(gzip.compress(records(FULL).encode()))
    for place in range(20, 60):
        whole[place] ^= 0x5A
    return bytes(whole)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.jsonl.gz", b"plain", id="not compressed"),
        pytest.param("a.jsonl.gz", gzip.compress(records(FULL).encode())[:-20], id="cut short"),
        pytest.param("a.jsonl.gz", damaged_gzip(), id="damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_that_names_it(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(CorpusError, match="cannot be read") as caught:
        list(jsonl.read(path))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("value", "published"),
    [
        ("", Published()),
        ("2022", Published("2022", Precision.YEAR, Basis.STATED)),
        ("2022-05", Published("2022-05", Precision.MONTH, Basis.STATED)),
        ("2022-05-12", Published("2022-05-12", Precision.DAY, Basis.STATED)),
        ("2022-05-12 10:30", Published("2022-05-12", Precision.DAY, Basis.STATED)),
        ("2022-05-12T10:30:00+03:00", Published("2022-05-12", Precision.DAY, Basis.STATED)),
    ],
)
def test_a_date_is_as_precise_as_it_is_written(value: str, published: Published) -> None:
    assert parse_date(value, Basis.STATED, "here") == published


@given(st.from_regex(r"[12][0-9]{3}(-[0-9]{1,3}){0,2}([T x][0-9]{0,2})?", fullmatch=True))
@AT_LENGTH
def test_a_date_is_read_whole_or_refused(value: str) -> None:
    try:
        published = parse_date(value, Basis.STATED, "here")
    except CorpusError:
        return
    rest = value.removeprefix(str(published.value))
    assert not rest or (published.precision is Precision.DAY and rest[0] in "T ")


# --- The corpus ---------------------------------------------------------------------------------


def test_folders_are_read_in_the_order_of_names_with_what_they_hold(tmp_path: Path) -> None:
    write(tmp_path, "b.txt", PROSE)
    write(tmp_path, "a/z.txt", PROSE)
    write(tmp_path, "c.jsonl", records(FULL))
    assert [article.id for article in Corpus([tmp_path])] == ["z", "b", "x1"]


def test_paths_are_read_in_the_order_given(tmp_path: Path) -> None:
    paths = [write(tmp_path, name, PROSE) for name in ("b.txt", "a.txt")]
    assert [article.id for article in Corpus(paths)] == ["b", "a"]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.txt", b"\xd8\xa7 \xff", "binary, or in another encoding"),
        ("a.txt", b"", "has no text"),
        ("a.txt", b" \n\n ", "has no text"),
        ("a.txt", "عاجل\nاعلان".encode(), "has no text"),
        ("a.pdf", b"%PDF", "not one of .txt, .md, .html"),
        ("README", b"text", "not one of .txt, .md, .html"),
        ("a.jsonl", b'{"_id": "e", "text": " "}', "has no text"),
        ("a.jsonl", b"nonsense", "not JSON"),
        ("a.jsonl.gz", b"plain", "cannot be read"),
        ("a.jsonl.gz", damaged_gzip(), "cannot be read"),
    ],
)
def test_what_is_no_article_is_passed_over_with_the_reason(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    path = write(tmp_path, name, content)
    write(tmp_path, "good.txt", PROSE)
    corpus = Corpus([tmp_path])
    assert [article.id for article in corpus] == ["good"]
    (passed_over,) = corpus.skipped
    assert passed_over.what.startswith(str(path))
    assert why in passed_over.why


def test_an_id_met_before_is_passed_over_and_named_with_its_first_place(tmp_path: Path) -> None:
    first = write(tmp_path, "a/same.txt", PROSE)
    second = write(tmp_path, "b/same.txt", MORE_PROSE)
    corpus = Corpus([tmp_path])
    assert [article.body for article in corpus] == [PROSE]
    assert corpus.skipped == [Skipped(f"{second}: same", f"id 'same' is already taken by {first}")]


def test_a_text_under_two_ids_is_in_twice_and_told_of(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", PROSE)
    write(tmp_path, "b.txt", PROSE)
    corpus = Corpus([tmp_path])
    assert [article.id for article in corpus] == ["a", "b"]
    assert corpus.skipped == []
    assert corpus.remarks == [Remark("b", "has the same text as a")]


def test_an_entry_for_no_article_is_told_of(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", PROSE)
    path = write(tmp_path, "sources.toml", '[default]\nsource = "س"\n[a]\n[mistyped]\n')
    corpus = Corpus([tmp_path])
    list(corpus)
    assert corpus.remarks == [Remark(f"{path}: mistyped", "no article of the corpus has this id")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1256"])
def test_text_in_another_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    write(tmp_path, "a.txt", PROSE.encode(encoding))
    assert [article.body for article in Corpus([tmp_path])] == [PROSE]


# --- What is never opened, or never let in ------------------------------------------------------


def test_a_pipe_is_passed_over_and_nobody_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    corpus = Corpus([tmp_path])
    corpus.fingerprint()
    assert list(corpus) == []
    assert corpus.skipped == [Skipped(str(tmp_path / "pipe.txt"), "not a regular file")]


def test_a_link_out_of_the_corpus_is_not_followed_and_one_within_is(tmp_path: Path) -> None:
    write(tmp_path, "outside/secret.txt", MORE_PROSE)
    write(tmp_path, "corpus/a.txt", PROSE)
    (tmp_path / "corpus/out.txt").symlink_to(tmp_path / "outside/secret.txt")
    (tmp_path / "corpus/folder").symlink_to(tmp_path / "outside")
    (tmp_path / "corpus/within.txt").symlink_to(tmp_path / "corpus/a.txt")
    (tmp_path / "corpus/broken.txt").symlink_to(tmp_path / "nowhere")
    corpus = Corpus([tmp_path / "corpus"])
    corpus.fingerprint()
    assert [article.id for article in corpus] == ["a", "within"]
    assert [Path(skipped.what).name for skipped in corpus.skipped] == [
        *("broken.txt", "folder", "out.txt"),
    ]


def test_a_corpus_that_is_itself_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path, "real/a.txt", PROSE)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "a.txt").symlink_to(tmp_path / "real/a.txt")
    assert [article.id for article in Corpus([tmp_path / "link"])] == ["a"]
    assert [article.id for article in Corpus([tmp_path / "a.txt"])] == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        "قال الوزير \u202eabc.exe\u202c إنه سيعود.",
        "قال الوزير \u202e100\u202c إنه سيعود.",
        "قال \u202eالوزير إنه سيعود.",
    ],
)
def test_an_override_that_shows_other_text_than_it_holds_is_refused(
    tmp_path: Path, text: str
) -> None:
    write(tmp_path, "a.txt", f"{PROSE}\n\n{text}")
    corpus = Corpus([tmp_path])
    assert list(corpus) == []
    (refused,) = corpus.skipped
    assert "right-to-left override" in refused.why


@pytest.mark.parametrize("mark", ["\u202e", "\u202b", "\u200f", "\u2067"])
def test_marks_that_change_nothing_around_arabic_stay(tmp_path: Path, mark: str) -> None:
    text = f"قال {mark}الوزير\u202c إنه سيعود."
    write(tmp_path, "a.txt", f"{PROSE}\n\n{text}")
    (article,) = Corpus([tmp_path])
    assert article.body.endswith(text)


# --- sources.toml in folders --------------------------------------------------------------------


def test_a_folder_inherits_what_the_folders_above_say(tmp_path: Path) -> None:
    write(tmp_path, "sources.toml", '[default]\nsource = "س"\npublished = "2020"\n')
    write(tmp_path, "sub/sources.toml", '[default]\nsource = "ص"\n[b]\npublished = "2021-05"\n')
    write(tmp_path, "a.txt", PROSE)
    write(tmp_path, "sub/b.txt", MORE_PROSE)
    write(tmp_path, "sub/deep/c.txt", f"{PROSE} {MORE_PROSE}")
    known = {a.id: (a.source.name, a.published.value) for a in Corpus([tmp_path])}
    assert known == {"a": ("س", "2020"), "b": ("ص", "2021-05"), "c": ("ص", "2020")}


def test_a_default_does_not_correct_what_an_article_states_and_an_entry_does(
    tmp_path: Path,
) -> None:
    write(tmp_path, "a.jsonl", records(FULL))
    sources = '[default]\nsource = "س"\npublished = "1999"\ntitle = "ع"\nurl = "https://x.y/"\n'
    path = write(tmp_path, "sources.toml", sources)
    (stated,) = Corpus([tmp_path])
    assert (stated.source.basis, stated.published.basis) == (Basis.STATED, Basis.STATED)
    assert "1999" not in str(stated)
    path.write_text('["x1"]\nsource = "س"\npublished = "1999"\n', encoding="utf-8")
    os.utime(path, ns=(1, 1))
    (corrected,) = Corpus([tmp_path])
    assert corrected.source == Source("س", Basis.EDITOR)
    assert corrected.published == Published("1999", Precision.YEAR, Basis.EDITOR)


def test_a_nearer_date_does_not_inherit_the_evidence_of_another(tmp_path: Path) -> None:
    evidence = PROSE[:20]
    write(tmp_path, "sources.toml", f'[a]\npublished = "2020"\nevidence = "{evidence}"\n')
    write(tmp_path, "sub/a.txt", PROSE)
    (article,) = Corpus([tmp_path])
    assert article.published == Published("2020", Precision.YEAR, Basis.ESTIMATED)
    write(tmp_path, "sub/sources.toml", '[a]\npublished = "2021"\n')
    (article,) = Corpus([tmp_path])
    assert article.published == Published("2021", Precision.YEAR, Basis.EDITOR)


def test_evidence_without_a_date_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", PROSE)
    path = write(tmp_path, "sources.toml", f'[a]\nevidence = "{PROSE[:20]}"\n')
    with pytest.raises(CorpusError, match="evidence without published") as error:
        list(Corpus([tmp_path]))
    assert str(path) in str(error.value)


def test_articles_before_a_broken_line_stay_and_the_break_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", f"{records(FULL)}broken\n")
    corpus = Corpus([path])
    assert [article.id for article in corpus] == ["x1"]
    assert [passed_over.what for passed_over in corpus.skipped] == [f"{path}:2"]


def test_a_file_whose_name_is_not_utf8_is_passed_over(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text(PROSE, encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    corpus = Corpus([tmp_path])
    corpus.fingerprint()
    assert list(corpus) == []
    assert len(corpus.skipped) == 1


def test_a_path_that_does_not_exist_is_an_error_that_says_what_to_set(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    for attempt in (lambda: list(Corpus([missing])), Corpus([missing]).fingerprint):
        with pytest.raises(CorpusError) as caught:
            attempt()
        assert all(part in str(caught.value) for part in (str(missing), "ISNAD_CORPUS", "--corpus"))


@pytest.mark.parametrize("name", [".hidden.txt", ".git/a.txt", "a/.b/c.txt"])
def test_hidden_files_and_folders_are_not_read(tmp_path: Path, name: str) -> None:
    write(tmp_path, "a.txt", PROSE)
    before = Corpus([tmp_path]).fingerprint()
    write(tmp_path, name, MORE_PROSE)
    corpus = Corpus([tmp_path])
    assert [article.id for article in corpus] == ["a"]
    assert corpus.skipped == []
    assert corpus.fingerprint() == before


def test_a_folder_within_a_hidden_one_can_be_the_corpus(tmp_path: Path) -> None:
    path = write(tmp_path, ".archive/seeds/a.txt", PROSE)
    assert [article.id for article in Corpus([path.parent])] == ["a"]


def test_sources_are_neither_read_nor_passed_over_as_an_article(folder: Path) -> None:
    write(folder, "sources.toml", '[one]\nsource = "وكالة"')
    assert skipped(folder) == []


def test_the_fingerprint_changes_with_content_names_and_sources(folder: Path) -> None:
    seen = [Corpus([folder]).fingerprint()]
    for name, content in [
        ("one.txt", PROSE),
        ("three.txt", MORE_PROSE),
        ("sources.toml", '[one]\nsource = "وكالة"'),
        ("sources.toml", '[one]\nsource = "جريدة"'),
    ]:
        write(folder, name, content)
        seen.append(Corpus([folder]).fingerprint())
    (folder / "three.txt").rename(folder / "four.txt")
    seen.append(Corpus([folder]).fingerprint())
    (folder / "four.txt").unlink()
    (folder / "sources.toml").unlink()
    write(folder, "one.txt", f"{TITLE}\n\n{PROSE}")
    assert len(set(seen)) == len(seen)
    assert Corpus([folder]).fingerprint() == seen[0]


def test_the_fingerprint_does_not_change_with_anything_else(folder: Path) -> None:
    before = Corpus([folder]).fingerprint()
    os.utime(folder / "one.txt", (0, 0))
    content = (folder / "two.txt").read_bytes()
    (folder / "two.txt").unlink()
    write(folder, "two.txt", content)
    (folder / "empty").mkdir()
    assert Corpus([folder]).fingerprint() == before


def test_the_same_files_elsewhere_have_the_same_fingerprint(tmp_path: Path) -> None:
    for place in ("here", "there"):
        write(tmp_path / place, "seeds/a.txt", PROSE)
    here, there = (Corpus([tmp_path / place / "seeds"]) for place in ("here", "there"))
    assert here.fingerprint() == there.fingerprint()


def test_the_fingerprint_of_a_file_changes_with_the_sources_beside_it(folder: Path) -> None:
    before = Corpus([folder / "one.txt"]).fingerprint()
    write(folder, "sources.toml", '[one]\nsource = "وكالة"')
    assert Corpus([folder / "one.txt"]).fingerprint() != before
