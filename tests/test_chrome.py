"""Which lines of a page are its article: the seeds line by line, then rule by rule."""

import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.articles.chrome import Page, clean, separate
from retrieval.articles.lines import line_key
from retrieval.articles.repetition import repeated_lines
from retrieval.documents import Basis, Precision, Published, Source

SEEDS = Path(__file__).parent.parent / "seeds"
AT_LENGTH = settings(deadline=None, max_examples=300)

# Every line of a seed that is not its article's, by its number in the file (from 1) and to the
# letter; `title` is the line shown as title. All other lines that are not blank are the article's.
TITLE_LINES = {
    "000_93b21bcfa360256c": (
        10,
        'نتائج اجتماع وزراء خارجية دول التحالف الدولي ضد داعش.. "التفاصيل الكاملة"',
    ),
    "001_c5b8073897b9a493": (1, "التحالف الدولي يصدر بيانه الختامي ويكشف عن استراتيجيته القادمة"),
    "002_bf51089687a09448": (3, "التحالف الدولي يدعو لمراقبة تحركات تنظيم الدولة"),
    "003_dbecf9ef6e395945": None,
    "004_54d29c8a5962ac88": (
        1,
        'مؤتمر مراكش يتفق على إستراتيجية جديدة لمواجهة "داعش"... ما تفاصيلهاا؟',
    ),
}
CHROME_LINES: dict[str, dict[int, str]] = {
    "000_93b21bcfa360256c": {
        1: "عاجل",
        2: "الجمعة 29 مارس 2024",
        3: "رئيس مجلس الإدارة",
        4: "هبة صادق",
        5: "رئيس التحرير",
        6: "أيمن عبد المجيد",
        7: "اعلان we",
        8: "البنك الاهلي",
        96: "تابع بوابة روزا اليوسف علي",
        97: "جوجل نيوز",
    },
    "001_c5b8073897b9a493": {30: "ليست هناك تعليقات"},
    "002_bf51089687a09448": {
        1: "اخر الاخبار",
        21: "اقرا ايضا: بايدن يؤكد استمرار الشراكة مع الأفغان",
        42: "اقرأ ايضا: السيسي أول رئيس مصري يزور العراق منذ زمن",
        44: "مقالات ذات صلة",
        46: "اترك تعليقاً",
        48: "لن يتم نشر عنوان بريدك الإلكتروني. الحقول الإلزامية مشار إليها بـ *",
        50: "زر الذهاب إلى الأعلى",
    },
    "003_dbecf9ef6e395945": {},
    "004_54d29c8a5962ac88": {
        3: 'مؤتمر مراكش يتفق على إستراتيجية جديدة لمواجهة "داعش"... ما تفاصيلهاا؟',
        6: "12/05/2022",
        64: "الصفحة الرئيسية",
    },
}
# How many lines of each seed are its article's, counted in the files.
ARTICLE_LINES = {
    "000_93b21bcfa360256c": 35,
    "001_c5b8073897b9a493": 13,
    "002_bf51089687a09448": 17,
    "003_dbecf9ef6e395945": 9,
    "004_54d29c8a5962ac88": 28,
}
IDS = sorted(CHROME_LINES)

TITLE = "وزراء التحالف يجتمعون في روما"
PROSE = (
    "وقال الوزير إن الاجتماع بحث سبل التعاون بين الدول المشاركة في مكافحة الإرهاب وتجفيف منابع "
    "تمويله."
)
MORE_PROSE = (
    "وأضاف الوزير أن الدول المشاركة اتفقت على عقد الاجتماع المقبل في العاصمة قبل نهاية العام."
)
FOOTER = (
    "تصدر هذه الصفحات عن دار المرفأ، وكل ما فيها من كلام وصور ملك لأصحابه، ولا ينقل منه شيء إلا "
    "بكتاب من الدار."
)
TAGLINE = "نكتب ما نراه من النافذة كل صباح ونرسله إلى من يحب القراءة قبل القهوة وبعدها."


def numbered(article_id: str) -> dict[int, str]:
    """The lines of a seed that are not blank, by number."""
    raw = (SEEDS / f"{article_id}.txt").read_text(encoding="utf-8")
    return {n: line for n, line in enumerate(raw.split("\n"), start=1) if line.strip()}


def taken_apart(article_id: str) -> Page:
    return separate((SEEDS / f"{article_id}.txt").read_text(encoding="utf-8"))


def page(*lines: str, repeated: tuple[str, ...] = ()) -> Page:
    return separate("\n".join(lines), {line_key(line) for line in repeated})


def body_lines(taken: Page) -> list[str]:
    return [line for line in taken.body.split("\n") if line.strip()]


# --- The seeds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("article_id", IDS)
def test_what_is_classed_by_hand_is_there(article_id: str) -> None:
    lines = numbered(article_id)
    title = TITLE_LINES[article_id]
    by_hand = CHROME_LINES[article_id] | (dict([title]) if title else {})
    assert {number: lines[number] for number in by_hand} == by_hand
    assert len(lines) - len(by_hand) == ARTICLE_LINES[article_id]


@pytest.mark.parametrize("article_id", IDS)
def test_the_body_of_a_seed_is_the_article_s_lines_in_order(article_id: str) -> None:
    title = TITLE_LINES[article_id]
    not_article = {*CHROME_LINES[article_id], *([title[0]] if title else [])}
    expected = [line for n, line in numbered(article_id).items() if n not in not_article]
    assert body_lines(taken_apart(article_id)) == expected


@pytest.mark.parametrize("article_id", IDS)
def test_what_is_dropped_of_a_seed_is_its_chrome_in_order(article_id: str) -> None:
    assert list(taken_apart(article_id).dropped) == list(CHROME_LINES[article_id].values())


@pytest.mark.parametrize("article_id", IDS)
def test_the_title_of_a_seed_is_its_title_line(article_id: str) -> None:
    title = TITLE_LINES[article_id]
    assert taken_apart(article_id).title == (title[1] if title else "")


@pytest.mark.parametrize("article_id", IDS)
def test_the_text_of_a_seed_has_nothing_left_to_clean(article_id: str) -> None:
    body = taken_apart(article_id).body
    assert clean(body) == (body, ())


# --- Lines that are chrome by their words -------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "اقرأ أيضاً: السيسي يزور العراق",
        "[اقرأ أيضا: السيسي يزور العراق]",
        "• اقرأ المزيد",
        "إقرأ أيضا | هل يعود الوزير؟",
        "شاهد أيضا.. لحظة وصول الوزير",
        "طالع أيضاً",
        "قد يهمك أيضا: من يحارب من؟",
        "لمتابعة المباراة على الحواسيب، اضغط هنا...",
        "مواضيع ذات صلة",
        "قصص مقترحة",
        "إعلان",
        "اعلان ممول",
        "مصدر الصورة Getty Images",
        "شارك",
        "شارك هذا المقال",
        "شارك الخبر مع أصدقائك",
        "شارك على فيسبوك",
        "فيسبوك تويتر واتساب",
        "Facebook | Twitter",
        "نسخ الرابط",
        "طباعة",
        "حجم الخط",
        "مدة القراءة: 3 دقائق",
        "3 دقائق للقراءة",
        "آخر تحديث: 12 مايو 2022 - 10:30",
        "آخر تحديث 12/05/2022",
        "3 تعليقات",
        "١٢٣ مشاهدة",
        "اشترك في نشرتنا البريدية",
        "انضم إلى قناتنا على تليجرام",
        "حمل تطبيق الأخبار الآن",
        "جميع الحقوق محفوظة لبوابة الأخبار 2024",
        "© 2024 بوابة الأخبار",
        "نستخدم ملفات تعريف الارتباط لتحسين تجربتك",
    ],
)
def test_a_line_of_the_site_goes_from_between_paragraphs(line: str) -> None:
    taken = page(TITLE, "", PROSE, "", line, "", MORE_PROSE)
    assert taken.body == f"{PROSE}\n\n{MORE_PROSE}"
    assert taken.dropped == (line,)
    assert clean(f"{PROSE}\n{line}\n{MORE_PROSE}") == (f"{PROSE}\n{MORE_PROSE}", (line,))


@pytest.mark.parametrize(
    "line",
    [
        "تابعونا على فيسبوك",
        "تابع بوابة الأخبار على",
        "تابعوا آخر أخبار المونديال عبر Google News",
        "لمتابعة أحدث الأخبار عبر تطبيقنا",
        "لا توجد تعليقات",
        "التعليقات (3)",
        "أضف تعليقك",
        "شاركنا برأيك",
        "البريد الإلكتروني *",
        "العودة إلى الأعلى",
        "الأكثر قراءة",
        "الكلمات المفتاحية: داعش، روما",
        "#داعش #التحالف_الدولي",
        "من نحن | اتصل بنا | سياسة الخصوصية",
        "المقال التالي",
    ],
)
def test_the_foot_goes_from_its_first_line_on(line: str) -> None:
    assert page(TITLE, "", PROSE, line, "سطر من الصفحة").dropped == (line, "سطر من الصفحة")
    assert clean(f"{PROSE}\n{line}\nسطر") == (PROSE, (line, "سطر"))


@pytest.mark.parametrize(
    "line",
    [
        "شارك الرئيس في الاجتماع.",
        "شارك علي لاريجاني في الاجتماع.",
        "شارك على هامش القمة وزير الخارجية",
        "شارك هذا الوفد في القمة",
        "مشاركة المقال في المسابقة",
        "تابع الوزير سير العمل",
        "تابع الوزير سير العمل على الأرض.",
        "انضم إلى قناة الجزيرة عام 2010",
        "اشترك في المعرض مئة ناشر.",
        "حمّل تطبيق أوبر السائقين المسؤولية.",
        "اقرأ أيضا ما كتبه المتنبي عن الحرب، ففيه العبرة.",
        "شاهد أيضا - وفق الشرطة - رجلا يركض.",
        "شاهد.. لحظة سقوط الجسر",
        "أخبار متعلقة بالانتخابات تثير جدلا",
        "المزيد من الدعم",
        "آخر تحديث للنظام صدر أمس.",
        "آخر الأخبار التي وصلت من الجبهة",
        "إعلان بغداد",
        "حقوق المرأة في المغرب",
        "لا يجوز دخول المنزل دون إذن من القاضي.",
        "لمتابعة آخر التطورات على الأرض توجه الوزير إلى الموقع.",
        "تعليق عمل المركز الثقافي",
        "رئيس التحرير يعلن استقالته",
        "كلمات الأغاني والذوق العام",
        "العودة إلى الواجهة في أبطال أوروبا",
        "المصدر: وثائق المحكمة",
        "لمعرفة كل ما تخزنه الشركة عنك، اضغط هنا.",
        "فرانس24/ أ ف ب",
        "1. الصين",
    ],
)
def test_a_line_of_the_article_stays_between_paragraphs(line: str) -> None:
    taken = page(TITLE, "", PROSE, "", line, "", MORE_PROSE)
    assert body_lines(taken) == [PROSE, line, MORE_PROSE]
    assert clean(f"{PROSE}\n{line}\n{MORE_PROSE}") == (f"{PROSE}\n{line}\n{MORE_PROSE}", ())


@pytest.mark.parametrize(
    "title",
    [
        "شاهد.. لحظة سقوط الجسر في جنوة",
        "رئيس التحرير يعلن استقالته من الصحيفة",
        "تقرير: معدلات نمو استثنائية تنتظر دول النفط",
        "تابع الوزير سير العمل في الميناء",
    ],
)
def test_a_title_that_begins_like_chrome_is_a_title(title: str) -> None:
    taken = page(title, "", PROSE)
    assert (taken.title, taken.body, taken.dropped) == (title, PROSE, ())


def test_a_long_sentence_that_begins_like_a_link_stays() -> None:
    line = (
        "اقرأ أيضا: هكذا كان المعلم يقول لنا كل صباح قبل أن يغلق دفتره ويخرج إلى الساحة، ثم يعود "
        "ليسألنا عما قرأناه في البيت وما فهمناه منه."
    )
    assert len(line) > 120
    assert line in page(TITLE, "", PROSE, "", line, "", MORE_PROSE).body


# --- Lists of links -----------------------------------------------------------------------------

LINKS = ("محاكمة المنتج السينمائي بكفالة مليون دولار", "نبذة: قوات وحدات حماية الشعب الكردي")


@pytest.mark.parametrize("heading", ["اقرأ أيضاً:", "مواضيع ذات صلة", "قد يهمك أيضا"])
def test_the_links_right_below_their_heading_go_with_it(heading: str) -> None:
    taken = page(TITLE, "", PROSE, heading, *LINKS, MORE_PROSE)
    assert taken.body == f"{PROSE}\n{MORE_PROSE}"
    assert taken.dropped == (heading, *LINKS)


def test_a_blank_line_ends_a_list_of_links() -> None:
    after = "إعادة مقاتلي التنظيم إلى بلدانهم الأصلية"
    taken = page(TITLE, "", PROSE, "", "اقرأ أيضا:", LINKS[0], "", after, "", MORE_PROSE)
    assert body_lines(taken) == [PROSE, after, MORE_PROSE]


def test_a_heading_between_links_and_text_stays() -> None:
    taken = page(TITLE, "", PROSE, "اقرأ أيضا:", *LINKS, "صفقة ملكية الشركة", MORE_PROSE)
    assert body_lines(taken) == [PROSE, "صفقة ملكية الشركة", MORE_PROSE]


@pytest.mark.parametrize(
    "paragraph",
    [
        "وانتهى الاجتماع مساء.",
        (
            "وأكد الوزراء عزمهم المشترك على مواصلة القتال ضد التنظيم من خلال الجهود العسكرية "
            "والمدنية التي تساهم في هزيمته الدائمة"
        ),
    ],
)
def test_a_paragraph_right_below_a_heading_of_links_stays(paragraph: str) -> None:
    taken = page(TITLE, "", PROSE, "اقرأ أيضا:", paragraph, MORE_PROSE)
    assert body_lines(taken) == [PROSE, paragraph, MORE_PROSE]


def test_a_link_with_its_title_takes_no_line_with_it() -> None:
    taken = page(TITLE, "", PROSE, "اقرأ أيضا: السيسي يزور العراق", LINKS[0], MORE_PROSE)
    assert body_lines(taken) == [PROSE, LINKS[0], MORE_PROSE]


# --- The end of the article ---------------------------------------------------------------------


def test_a_link_after_the_last_prose_does_not_end_the_article() -> None:
    taken = page(TITLE, "", PROSE, "", "اقرأ أيضا: السيسي يزور العراق", "", "البرازيل - فرنسا")
    assert body_lines(taken) == [PROSE, "البرازيل - فرنسا"]


def test_a_short_sentence_after_a_button_is_the_article_s() -> None:
    taken = page(TITLE, "", PROSE, "", "شارك", "", "وانتهى الاجتماع مساء.", "", "فيسبوك", "رأي")
    assert body_lines(taken) == [PROSE, "وانتهى الاجتماع مساء."]
    assert taken.dropped == ("شارك", "فيسبوك", "رأي")


def test_scraps_after_a_button_are_the_page_s() -> None:
    taken = page(TITLE, "", PROSE, "", "شارك", "", "أخبار الميناء اليوم", "معرض الصور")
    assert taken.body == PROSE


# --- The head -----------------------------------------------------------------------------------

MASTHEAD = (
    "عاجل",
    "الجمعة 29 مارس 2024",
    "رئيس مجلس الإدارة",
    "هبة صادق",
    "رئيس التحرير",
    "أيمن عبد المجيد",
    "اعلان we",
    "البنك الاهلي",
)


@pytest.mark.parametrize("between", ["\n", "\n\n"])
@pytest.mark.parametrize("after", ["\n", "\n\n"])
@pytest.mark.parametrize("prints", [1, 2])
def test_a_masthead_goes_whatever_its_blank_lines(between: str, after: str, prints: int) -> None:
    lines = [between.join(MASTHEAD), *[TITLE] * prints, "12/05/2022", PROSE, MORE_PROSE]
    taken = separate(after.join(lines))
    assert (taken.title, body_lines(taken)) == (TITLE, [PROSE, MORE_PROSE])
    assert taken.dropped == (*MASTHEAD, *[TITLE] * (prints - 1), "12/05/2022")
    assert taken.published == Published("2022-05-12", Precision.DAY, Basis.STATED)


def test_a_breadcrumb_and_a_menu_are_no_title() -> None:
    menu = ["الرئيسية", "سياسة", "رياضة", "الرئيسية » سياسة » وزراء التحالف"]
    taken = page(*menu, TITLE, "سياسة", "", PROSE)
    assert (taken.title, taken.body) == (TITLE, PROSE)
    assert taken.dropped == (*menu, "سياسة")


def test_a_byline_is_no_title_and_stays() -> None:
    taken = page("كتب: أيمن عبد المجيد", TITLE, "", PROSE)
    assert (taken.title, body_lines(taken)) == (TITLE, ["كتب: أيمن عبد المجيد", PROSE])


@pytest.mark.parametrize("title", ["عقدوها", "مسألة وقت", TITLE, f"{PROSE[:-1]}.."])
def test_what_is_printed_twice_before_the_text_is_the_title(title: str) -> None:
    taken = page(title, "", title, "", PROSE)
    assert (taken.title, taken.body, taken.dropped) == (title, PROSE, (title,))


def test_a_line_that_looks_like_prose_above_the_dateline_is_the_title() -> None:
    taken = page(MORE_PROSE, "12/05/2022", "", PROSE)
    assert (taken.title, taken.body) == (MORE_PROSE, PROSE)
    assert taken.published.basis is Basis.STATED


def test_a_short_title_is_a_title_where_there_is_no_longer_one() -> None:
    assert page("مسألة وقت", "", PROSE).title == "مسألة وقت"


@pytest.mark.parametrize("lead", ["وهذا ما كان يقوله الملاكم:", "الإنسان يبتكر ثم يغير حياته.."])
def test_a_short_title_is_preferred_to_a_line_that_ends_like_a_sentence(lead: str) -> None:
    taken = page("مسألة وقت", "", lead, "", PROSE)
    assert (taken.title, body_lines(taken)) == ("مسألة وقت", [lead, PROSE])


def test_a_sentence_above_what_is_taken_for_the_title_stays() -> None:
    taken = page("انتهى الاجتماع مساء.", "إعادة المقاتلين إلى بلدانهم", "", PROSE)
    assert body_lines(taken) == ["انتهى الاجتماع مساء.", PROSE]
    assert taken.dropped == ()


def test_the_first_date_after_the_title_is_the_article_s() -> None:
    taken = page(TITLE, "12/05/2022", "13/05/2022", "", PROSE)
    assert taken.published.value == "2022-05-12"
    assert taken.dropped == ("12/05/2022", "13/05/2022")


def test_a_day_in_a_calendar_is_the_article_s() -> None:
    lines = ["12/05/2022", "المجموعة الأولى", "14/05/2022", "روسيا - مصر"]
    taken = page(TITLE, *lines, PROSE)
    assert body_lines(taken) == [*lines[1:], PROSE]


# --- Sources ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("المصدر: رويترز", "رويترز"),
        ("المصدر : الجزيرة + وكالات", "الجزيرة + وكالات"),
        ("(المصدر: رويترز)", "رويترز"),
        ("نقلا عن: الأهرام", "الأهرام"),
        ('*نقلاً عن "الشرق الأوسط"', "الشرق الأوسط"),
        ("Source: Reuters", "Reuters"),
    ],
)
def test_a_line_that_names_the_source_is_taken(line: str, name: str) -> None:
    above = page(TITLE, line, "", PROSE)
    assert above.source == Source(name, Basis.STATED)
    assert (above.body, above.dropped) == (PROSE, (line,))
    below = page(TITLE, "", PROSE, "", line)
    assert below.source == Source(name, Basis.STATED)
    assert (below.body, below.dropped) == (f"{PROSE}\n\n{line}", ())


@pytest.mark.parametrize(
    "line",
    [
        "للمزيد: ردود فعل دولية على القرار",
        "جميع المقالات المنشورة تمثل رأي كتابها فقط.",
        "يمكنكم تسلم إشعارات بأهم الموضوعات بعد تحميل أحدث نسخة من التطبيق على هاتفكم المحمول.",
    ],
)
def test_what_publishers_leave_in_a_text_stays_until_page_after_page_has_it(line: str) -> None:
    assert line in page(TITLE, "", PROSE, line, MORE_PROSE, line).body
    assert line not in separate(f"{TITLE}\n{PROSE}\n{line}", {line_key(line)}).body


def test_a_source_below_the_first_line_of_the_foot_is_taken() -> None:
    taken = page(TITLE, "", PROSE, "", "اترك تعليقا", "المصدر: رويترز")
    assert taken.source == Source("رويترز", Basis.STATED)


@pytest.mark.parametrize(
    "line", ["المصدر: مسؤول في الوزارة. وقد نفى الخبر.", "وقال المصدر: لن نعود", "المصدر:"]
)
def test_what_is_more_or_less_than_a_name_is_no_source(line: str) -> None:
    taken = page(TITLE, "", PROSE, "", line)
    assert taken.source == Source()
    assert line in taken.body


def test_a_source_between_paragraphs_is_the_article_s() -> None:
    taken = page(TITLE, "", PROSE, "المصدر: رويترز", MORE_PROSE)
    assert taken.source == Source()
    assert "المصدر: رويترز" in taken.body


def test_the_source_of_the_head_is_preferred() -> None:
    taken = page(TITLE, "المصدر: رويترز", "", PROSE, "", "المصدر: الأهرام")
    assert taken.source.name == "رويترز"
    assert taken.dropped == ("المصدر: رويترز",)


# --- Scripts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["script", "STYLE"])
def test_a_script_goes_from_its_opening_to_its_closing_line(tag: str) -> None:
    block = [f'<{tag} type="text/x">', MORE_PROSE, "", f"}} </{tag} >"]
    taken = page(TITLE, "", PROSE, *block, MORE_PROSE)
    assert body_lines(taken) == [PROSE, MORE_PROSE]
    assert list(taken.dropped) == [line for line in block if line]


def test_a_script_that_closes_on_its_line_is_that_line() -> None:
    line = f"<script>{PROSE}</script>"
    assert page(TITLE, "", PROSE, line, MORE_PROSE).dropped == (line,)


def test_a_script_that_is_never_closed_takes_its_first_line_only() -> None:
    taken = page(TITLE, "", PROSE, "<script>", MORE_PROSE)
    assert body_lines(taken) == [PROSE, MORE_PROSE]
    assert taken.dropped == ("<script>",)


# --- Repetition ---------------------------------------------------------------------------------


def reports(number: int) -> list[str]:
    """Bodies of different reports, of three lines of prose each."""
    return [
        "\n\n".join(
            f"وذكر التقرير رقم {report} أن الفقرة {line} منه تتناول ما جرى في اليوم نفسه بالتفصيل."
            for line in range(3)
        )
        for report in range(number)
    ]


def test_a_prose_like_footer_is_repeated_and_goes_with_the_foot() -> None:
    pages = [
        f"جريدة المرفأ\n\nتقرير اليوم رقم {n} من الميناء\n\n{body}\n\n"
        f"في الدرج نفسه\nرابط رقم {n}\n{FOOTER}"
        for n, body in enumerate(reports(20))
    ]
    repeated = repeated_lines(pages)
    assert repeated == {line_key(line) for line in ("جريدة المرفأ", "في الدرج نفسه", FOOTER)}
    taken = separate(pages[3], repeated)
    assert (taken.title, taken.body) == ("تقرير اليوم رقم 3 من الميناء", reports(20)[3])
    assert taken.dropped == ("جريدة المرفأ", "في الدرج نفسه", "رابط رقم 3", FOOTER)


def test_without_its_repetition_such_a_footer_stays() -> None:
    assert FOOTER in page(TITLE, "", PROSE, "", FOOTER).body


def test_a_footer_longer_than_every_paragraph_does_not_make_copies_of_all_pages() -> None:
    footer = f"{FOOTER} {FOOTER}"
    pages = [f"{body}\n\n{footer}" for body in reports(20)]
    assert line_key(footer) in repeated_lines(pages)


def test_a_report_that_four_pages_print_is_no_chrome() -> None:
    wire = f"{PROSE}\n\nإعادة المقاتلين\n\n{MORE_PROSE}"
    pages = [*reports(6), *[f"عنوان الصفحة رقم {n}\n\n{wire}" for n in range(4)]]
    assert repeated_lines(pages) == frozenset()


def test_a_report_that_most_of_many_pages_print_is_no_chrome() -> None:
    wire = f"{PROSE}\n\n{MORE_PROSE}"
    pages = [*reports(4), *[f"عنوان الصفحة رقم {n}\n\n{wire}" for n in range(30)]]
    assert repeated_lines(pages) == frozenset()


def test_copies_with_changed_paragraphs_are_copies_still() -> None:
    pages = [f"{PROSE}\n\n{body}" for body in reports(5)]
    long = [body + " " + "والتفاصيل كما وردت." for body in pages]
    assert line_key(PROSE) not in repeated_lines(long)


@pytest.mark.parametrize(("printed", "known"), [(3, False), (4, True)])
def test_a_line_is_repeated_from_four_reports_on(printed: int, known: bool) -> None:  # noqa: FBT001
    pages = [f"{body}\n\n{'باب السوق' if n < printed else ''}" for n, body in enumerate(reports(9))]
    assert (line_key("باب السوق") in repeated_lines(pages)) is known


@pytest.mark.parametrize(("printed", "known"), [(19, False), (20, True)])
def test_a_line_is_repeated_from_a_fifth_of_the_reports_on(printed: int, known: bool) -> None:  # noqa: FBT001
    pages = [
        f"{body}\n\n{'باب السوق' if n < printed else ''}" for n, body in enumerate(reports(100))
    ]
    assert (line_key("باب السوق") in repeated_lines(pages)) is known


def test_the_marks_and_spaces_of_a_line_make_no_other_line_of_it() -> None:
    prints = ["باب السوق", " بابُ  السوق", "\u200fباب السوق\u00a0", "باب الســوق"]
    pages = [f"{body}\n{line}" for body, line in zip(reports(4), prints, strict=True)]
    assert repeated_lines(pages) == {line_key("باب السوق")}


def test_no_pages_and_pages_without_prose_repeat_nothing() -> None:
    assert repeated_lines([]) == frozenset()
    assert repeated_lines(["باب السوق"] * 10) == frozenset()


def test_repeated_prose_between_paragraphs_stays_and_a_repeated_link_goes() -> None:
    taken = page(TITLE, "", PROSE, FOOTER, "باب السوق", MORE_PROSE, repeated=(FOOTER, "باب السوق"))
    assert body_lines(taken) == [PROSE, FOOTER, MORE_PROSE]
    assert taken.dropped == ("باب السوق",)


def test_repeated_prose_before_the_title_goes() -> None:
    taken = page(TAGLINE, "", TITLE, "", PROSE, repeated=(TAGLINE,))
    assert (taken.title, taken.body, taken.dropped) == (TITLE, PROSE, (TAGLINE,))


def test_repeated_prose_at_the_end_goes_though_a_line_of_the_article_follows() -> None:
    taken = page(TITLE, PROSE, FOOTER, "وانتهى الاجتماع مساء.", repeated=(FOOTER,))
    assert body_lines(taken) == [PROSE, "وانتهى الاجتماع مساء."]


def test_a_list_after_a_repeated_link_stays() -> None:
    lines = ["1999 - قمة سرت تقر إنشاء الاتحاد", "2002 - تأسيس الاتحاد الإفريقي"]
    taken = page(TITLE, PROSE, "باب السوق", *lines, repeated=("باب السوق",))
    assert body_lines(taken) == [PROSE, *lines]


@pytest.mark.parametrize(("number", "kept"), [(8, False), (9, True)])
def test_more_lines_than_a_list_of_links_has_are_the_article_s(
    number: int,
    kept: bool,  # noqa: FBT001
) -> None:
    verses = [f"بيت من القصيدة رقم {n}" for n in range(number)]
    taken = page(TITLE, PROSE, "باب السوق", *verses, repeated=("باب السوق",))
    assert body_lines(taken) == [PROSE, *(verses if kept else [])]


def test_a_title_that_lists_of_the_most_read_repeat_is_still_the_title() -> None:
    taken = page("جريدة المرفأ", "", TITLE, "", PROSE, repeated=("جريدة المرفأ", TITLE))
    assert (taken.title, taken.body) == (TITLE, PROSE)


def test_a_page_of_repeated_lines_alone_is_read_as_if_they_were_not() -> None:
    taken = page(TITLE, "", PROSE, repeated=(TITLE, PROSE))
    assert (taken.title, taken.body) == (TITLE, PROSE)


# --- Text that was extracted --------------------------------------------------------------------


def test_the_title_goes_from_the_top_of_extracted_text_only() -> None:
    text = f"{TITLE}\n\n{TITLE}\n{PROSE}\n\n{TITLE}\n\n{MORE_PROSE}"
    assert clean(text, TITLE) == (f"{PROSE}\n\n{TITLE}\n\n{MORE_PROSE}", (TITLE, TITLE))
    assert clean(text) == (text, ())


def test_dates_and_sources_are_left_in_extracted_text() -> None:
    text = f"12/05/2022\n{PROSE}\nالمصدر: رويترز"
    assert clean(text) == (text, ())


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_blank_text_cleans_to_nothing(text: str) -> None:
    assert clean(text, TITLE) == ("", ())


# --- What always holds --------------------------------------------------------------------------

PAGES = st.lists(
    st.one_of(
        st.sampled_from([TITLE, PROSE, MORE_PROSE, FOOTER, "", " ", "\u200f", "<script>", *LINKS]),
        st.sampled_from([line for lines in CHROME_LINES.values() for line in lines.values()]),
        st.sampled_from(["اقرأ أيضا:", "شارك", "المصدر: رويترز", "</script>", "سطر قصير", "سياسة"]),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=20),
    ),
    max_size=16,
)
REPEATED = st.sets(st.sampled_from([TITLE, PROSE, FOOTER, "سطر قصير", *LINKS]))


@given(PAGES, REPEATED)
@AT_LENGTH
def test_body_dropped_and_title_are_the_lines_of_the_page_once_each(
    lines: list[str], repeated: set[str]
) -> None:
    taken = separate("\n".join(lines), {line_key(line) for line in repeated})
    visible = [line for line in lines if line.strip()]
    parts = Counter(body_lines(taken)) + Counter(taken.dropped)
    rest = Counter(visible) - parts
    assert parts - Counter(visible) == Counter()
    assert [line.strip() for line in rest.elements()] == ([taken.title] if taken.title else [])


@given(PAGES, REPEATED)
@AT_LENGTH
def test_body_and_dropped_are_in_the_order_of_the_page(
    lines: list[str], repeated: set[str]
) -> None:
    taken = separate("\n".join(lines), {line_key(line) for line in repeated})
    for part in (body_lines(taken), taken.dropped):
        following = iter(lines)
        assert all(line in following for line in part)


@given(PAGES)
@AT_LENGTH
def test_cleaning_keeps_or_lists_every_line_and_keeps_it_to_the_letter(lines: list[str]) -> None:
    body, dropped = clean("\n".join(lines), TITLE)
    kept = [line for line in body.split("\n") if line.strip()]
    assert Counter([*kept, *dropped]) == Counter(line for line in lines if line.strip())


@given(st.lists(PAGES, max_size=8))
@AT_LENGTH
def test_what_is_repeated_stands_on_four_pages(pages: list[list[str]]) -> None:
    for key in repeated_lines("\n".join(lines) for lines in pages):
        assert sum(key in map(line_key, lines) for lines in pages) >= 4


# --- Time ---------------------------------------------------------------------------------------

LARGE = {
    "one line of words": "كلمة " * 200_000,
    "one line of a letter": "ك" * 1_000_000,
    "spaces within a line": f"ك{' ' * 1_000_000}ل",
    "full stops": "." * 1_000_000,
    "opening tags": "<script " * 125_000,
    "short lines": "\n".join(f"سطر رقم {n}" for n in range(200_000)),
    "headings of links": "اقرأ أيضا:\n" * 100_000,
    "names of sites": f"{'فيسبوك ' * 16}!\n" * 20_000,
    "words of a rule": f"{'تابع على ' * 13}!\n" * 20_000,
    "hashes": f"{'#' * 118}!\n" * 20_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_page_is_read_in_time_that_grows_with_its_size(name: str) -> None:
    started = time.process_time()
    separate(LARGE[name])
    assert time.process_time() - started < 20  # seconds where one or two are usual
