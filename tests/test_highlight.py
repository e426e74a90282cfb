"""The sentence that is set in bold."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.articles import Corpus
from retrieval.documents import Span
from retrieval.encoder import Encoder
from retrieval.highlight import answering_sentence, coverage
from retrieval.passages import sentences
from retrieval.rarity import Rarity

SEEDS = Path(__file__).parent.parent / "seeds"
AT_LENGTH = settings(deadline=None, max_examples=150)
ARABIC_TEXT = st.text("ابتثجحخدذرزسشصعفقكلمنهويةىأإ ؟.،1٢3", max_size=60)

Idf = Callable[[str], float]


@pytest.fixture(scope="module")
def idf() -> Idf:
    """How much a stem tells in news at large."""
    return Rarity.load().within(0, lambda _stem: 0)


@pytest.fixture
def highlight(encoder: Encoder, idf: Idf) -> Callable[[str, str], Span]:
    def find(question: str, text: str) -> Span:
        vector = encoder.encode_questions([question])[0]
        return answering_sentence(question, vector, text, encoder=encoder, idf=idf)

    return find


Highlight = Callable[[str, str], Span]


@pytest.mark.parametrize(
    ("seed", "question", "answer"),
    [
        ("000", "كم قتل في هجوم موزمبيق؟", "أكثر من 55 من قوات الأمن"),
        ("000", "ما قيمة المساعدات التي قدمتها الإمارات؟", "178.3 مليون دولار"),
        ("000", "من ترأس اجتماع وزراء خارجية التحالف؟", "وترأس اجتماع وزراء خارجية التحالف"),
        ("002", "كم مقاتلا محتجز في معسكرات قوات سوريا الديمقراطية؟", "عشرة آلاف من مقاتلي"),
        ("002", "كم قدمت واشنطن مساعدات إنسانية لسوريا؟", "436 مليون دولار"),
        ("003", "متى تنتهي المهمة العسكرية للتحالف في العراق؟", "نهاية سبتمبر 2025"),
        ("003", "من ترأس وفد الكويت؟", "وترأس وزير الخارجية عبدالله اليحيا وفد الكويت"),
        ("004", "متى تأسس التحالف؟", "تأسس في العام 2014"),
        ("004", "كم خلية إرهابية فكك المغرب؟", "أكثر من (210) خلايا"),
    ],
)
def test_the_sentence_of_an_article_that_answers_is_found(
    highlight: Highlight, seed: str, question: str, answer: str
) -> None:
    (path,) = SEEDS.glob(f"{seed}_*.txt")
    (article,) = Corpus([path])
    span = highlight(question, article.body)
    assert answer in span.text
    assert article.body[span.start : span.end] == span.text
    assert (span.start, span.end) in sentences(article.body)


def test_the_only_sentence_is_the_answer_whatever_is_asked(highlight: Highlight) -> None:
    assert highlight("متى؟", "  انتهى الاجتماع.\n") == Span(2, 17, "انتهى الاجتماع.")


@given(
    st.lists(ARABIC_TEXT.filter(str.strip), min_size=1, max_size=4).map(". ".join),
    ARABIC_TEXT,
)
@AT_LENGTH
def test_the_answer_is_always_a_sentence_of_the_text(
    encoder: Encoder, idf: Idf, text: str, question: str
) -> None:
    vector = encoder.encode_questions([question])[0]
    span = answering_sentence(question, vector, text, encoder=encoder, idf=idf)
    assert (span.start, span.end) in sentences(text)
    assert text[span.start : span.end] == span.text


def test_of_equal_sentences_the_first_is_taken(highlight: Highlight) -> None:
    text = "انتهى الاجتماع في روما. انتهى الاجتماع في روما."
    assert highlight("أين انتهى الاجتماع؟", text).start == 0


@pytest.mark.parametrize(
    ("question", "without", "with_number"),
    [
        ("كم بلغ عدد المحتجزين؟", "بلغ عدد المحتجزين حدا كبيرا.", "بلغ عدد المحتجزين 600."),
        ("كم بلغ عدد المحتجزين؟", "بلغ عدد المحتجزين حدا كبيرا.", "بلغ عدد المحتجزين عشرة آلاف."),
        ("ما نسبة المحررين؟", "كانت نسبة المحررين كبيرة جدا.", "كانت نسبة المحررين ٩٩٪."),
        ("قديش عدد المقاتلين؟", "كان عدد المقاتلين قليلا.", "كان عدد المقاتلين مئات."),
        ("كام المقاتلين؟", "المقاتلين في المخيم.", "المقاتلين 50 في المخيم."),
        ("How many المقاتلين؟", "المقاتلين في المخيم.", "المقاتلين 50 في المخيم."),
    ],
)
def test_a_question_of_number_prefers_a_sentence_with_one(
    highlight: Highlight, question: str, without: str, with_number: str
) -> None:
    assert highlight(question, f"{without} {with_number}").text == with_number
    assert highlight(question, f"{with_number} {without}").text == with_number


@pytest.mark.parametrize(
    "question", ["متى تأسس التحالف؟", "إيمتى تأسس التحالف؟", "في أي سنة تأسس التحالف؟"]
)
@pytest.mark.parametrize(
    "dated", ["تأسس التحالف في سبتمبر.", "تأسس التحالف يوم الثلاثاء.", "تأسس التحالف في 2014."]
)
def test_a_question_of_time_prefers_a_sentence_with_a_date(
    highlight: Highlight, question: str, dated: str
) -> None:
    undated = "تأسس التحالف لمحاربة التنظيم."
    assert highlight(question, f"{undated} {dated}").text == dated
    assert highlight(question, f"{dated} {undated}").text == dated


@pytest.mark.parametrize(
    ("no_number", "number"),
    [
        (
            "أعادت الدولة المقاتلين يوم الاثنين.",
            "أعادت الدولة المقاتلين وهم 600.",
        ),
        (
            "أعادت الدولة المقاتلين إلى أحد السجون.",
            "أعادت الدولة 600 من المقاتلين إلى السجون.",
        ),
    ],
)
def test_monday_and_someone_are_no_numbers(
    highlight: Highlight, no_number: str, number: str
) -> None:
    question = "كم عدد المقاتلين الذين أعادتهم الدولة؟"
    assert highlight(question, f"{no_number} {number}").text == number


def test_coverage_is_how_much_of_a_question_is_named(idf: Idf) -> None:
    question = "من ترأس اجتماع روما؟"
    assert coverage(question, "ترأس بلينكن اجتماع روما", idf) == pytest.approx(1)
    assert coverage(question, "الاجتماعات في روما", idf) > coverage(question, "في روما", idf) > 0
    assert coverage(question, "زيارة إلى بغداد", idf) == 0


def test_a_rare_word_covers_more_than_a_common_one(idf: Idf) -> None:
    question = "البشمركة والعراق"
    assert coverage(question, "البشمركة", idf) > coverage(question, "العراق", idf)


def test_a_word_asked_twice_counts_once(idf: Idf) -> None:
    once, twice = "روما وبغداد", "روما روما روما وبغداد"
    assert coverage(once, "بغداد", idf) == pytest.approx(coverage(twice, "بغداد", idf))


@pytest.mark.parametrize("question", ["", "؟!", "السلام عليكم", "متى؟ أين؟ من؟", "ماذا عن ذلك"])
def test_a_question_about_nothing_is_covered_by_nothing(idf: Idf, question: str) -> None:
    assert coverage(question, f"{question} عن كل شيء ومتى وأين ومن", idf) == 0


@given(ARABIC_TEXT, ARABIC_TEXT)
@AT_LENGTH
def test_coverage_is_between_nothing_and_all(idf: Idf, question: str, text: str) -> None:
    assert 0 <= coverage(question, text, idf) <= 1 + 1e-9
    assert coverage(question, f"{text} {question}", idf) in (0, pytest.approx(1))
