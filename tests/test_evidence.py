"""What a passage has of a question, and the sentence that answers."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.articles import Corpus
from retrieval.calibration import Calibration
from retrieval.concepts import thesaurus
from retrieval.documents import Article, Passage, Span
from retrieval.encoder import Encoder, word_vectors
from retrieval.evidence import SENTENCE_SIGNALS, SIGNALS, Evidence, Matcher
from retrieval.forward import ForwardIndex, ForwardWriter
from retrieval.fusion import Candidate
from retrieval.passages import sentences
from retrieval.preparation import prepare
from retrieval.rarity import Rarity

SEEDS = Path(__file__).parent.parent / "seeds"
AT_LENGTH = settings(deadline=None, max_examples=100)
ARABIC_TEXT = st.text("ابتثجحخدذرزسشصعفقكلمنهويةىأإ ؟.،1٢3", max_size=60)


def matcher_of(encoder: Encoder, title: str, passages: Sequence[str]) -> Matcher:
    """Read passages of one article; a title that is empty does not count."""
    with TemporaryDirectory() as folder:
        writer = ForwardWriter(Path(folder) / "forward", word_vectors(encoder))
        article = Article("a", title, "\n\n".join(passages))
        ready = prepare(article, partial(_as_given, texts=passages))
        writer.add(ready.title, [(new.sentences, bool(title)) for new in ready.passages])
        writer.close()
        index = ForwardIndex(Path(folder) / "forward")
    idf = Rarity.load().within(0, lambda _stem: 0)
    return Matcher(index, word_vectors(encoder), thesaurus(), idf)


def _as_given(article: Article, texts: Sequence[str]) -> list[Passage]:
    return [Passage(article.id, n, 0, len(text), text) for n, text in enumerate(texts)]


def evidence_of(matcher: Matcher, question: str) -> Evidence:
    return matcher.evidence(matcher.asked(question), [Candidate(0, 0.5, 0.5, 1.0)], [0])


@pytest.fixture
def highlight(encoder: Encoder) -> Callable[[str, str], Span]:
    calibration = Calibration.for_encoder(encoder, Path("nowhere"))

    def find(question: str, text: str) -> Span:
        matcher = matcher_of(encoder, "", [text])
        spans, signals = evidence_of(matcher, question).sentences_of(0)
        start, end = spans[int(calibration.sentence_scores(signals).argmax())]
        return Span(start, end, text[start:end])

    return find


@pytest.fixture
def signals(encoder: Encoder) -> Callable[..., dict[str, float]]:
    def collect(question: str, passage: str, title: str = "") -> dict[str, float]:
        matcher = matcher_of(encoder, title, [passage])
        found = evidence_of(matcher, question).signals
        assert found.shape == (1, len(SIGNALS))
        return dict(zip(SIGNALS, found[0].tolist(), strict=True))

    return collect


Signals = Callable[..., dict[str, float]]
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
    ARABIC_TEXT.filter(lambda text: any(c.isalnum() for c in text)),
)
@AT_LENGTH
def test_signals_are_finite_and_every_sentence_has_its_own(
    encoder: Encoder, text: str, question: str
) -> None:
    matcher = matcher_of(encoder, "عنوان المقال", [text])
    evidence = evidence_of(matcher, question)
    spans, found = evidence.sentences_of(0)
    assert spans == sentences(text)
    assert found.shape == (len(spans), len(SENTENCE_SIGNALS))
    assert np.isfinite(found).all()
    assert np.isfinite(evidence.signals).all()


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


def test_stems_tell_how_much_of_a_question_is_named(signals: Signals) -> None:
    question = "من ترأس اجتماع روما؟"
    assert signals(question, "ترأس بلينكن اجتماع روما")["stems"] == pytest.approx(1, abs=1e-3)
    more = signals(question, "الاجتماعات في روما")["stems"]
    assert more > signals(question, "في روما")["stems"] > 0
    assert signals(question, "زيارة إلى بغداد")["stems"] == 0


def test_a_rare_word_tells_more_than_a_common_one(signals: Signals) -> None:
    question = "البشمركة والعراق"
    rare, common = signals(question, "البشمركة"), signals(question, "العراق")
    assert rare["stems"] > common["stems"]
    assert rare["missing"] < common["missing"]


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("ما موقف القارة العجوز؟", "قال الاتحاد إن أوروبا ترفض ذلك."),
        ("What did Turkey say?", "أعلنت تركيا موقفها."),
        ("Que dit la Finlande ?", "تحدثت فنلندا عن الانضمام."),
    ],
)
def test_an_expression_of_the_same_concept_is_a_match(
    signals: Signals, question: str, passage: str
) -> None:
    found = signals(question, passage)
    assert found["concepts"] >= 0.4
    assert found["match"] > signals(question, "فاز الفريق بالمباراة.")["match"] + 0.2


def test_a_name_in_latin_letters_is_met_in_arabic_ones(signals: Signals) -> None:
    question = "Who is Imelda Marcos?"
    assert signals(question, "عادت إيميلدا ماركوس إلى مانيلا.")["match"] > 0.9
    assert signals(question, "عادت الطائرة إلى المطار.")["match"] < 0.7


def test_several_foreign_names_in_one_question_are_all_met(signals: Signals) -> None:
    found = signals("Zdravko, Vulin and Imelda Marcos", "التقى زدرافكو فولين إيميلدا ماركوس.")
    assert found["match"] > 0.9


def test_the_title_counts_where_it_stands_before_the_passage(signals: Signals) -> None:
    question = "ماذا حدث في كازاخستان؟"
    alone = signals(question, "خرج المحتجون إلى الشوارع.")
    titled = signals(question, "خرج المحتجون إلى الشوارع.", title="احتجاجات في كازاخستان")
    assert alone["title_stems"] == 0 < titled["title_stems"]
    assert titled["stems"] > alone["stems"]


def test_other_passages_of_an_article_support_each_other(encoder: Encoder) -> None:
    matcher = matcher_of(encoder, "", ["أول فقرة.", "ثاني فقرة.", "ثالث فقرة."])
    candidates = [Candidate(row, 0.5 - row / 10, 0.5, 1.0) for row in range(3)]
    found = matcher.evidence(matcher.asked("فقرة"), candidates, [0, 0, 2]).signals
    support = found[:, SIGNALS.index("support")].tolist()
    assert support == pytest.approx([1.3, 1.5, 0.0])


def test_what_an_article_begins_with_is_met_further_down(encoder: Encoder) -> None:
    lead = "اختتم وزراء الخارجية مؤتمرهم في روما. وغاب عنه كثيرون."
    further = "وترأس الاجتماع وزير الدفاع."
    matcher = matcher_of(encoder, "", [lead, further, further])
    candidates = [Candidate(row, 0.5, 0.5, 1.0) for row in (1, 2)]
    asked = matcher.asked("من ترأس الاجتماع في روما؟")
    found = matcher.evidence(asked, candidates, [0, 2]).signals  # as if the last began another
    led, match = (found[:, SIGNALS.index(name)] for name in ("led", "match"))
    assert match[0] == pytest.approx(match[1])
    assert led[0] == pytest.approx(1.0)
    assert led[0] > led[1] >= match[1]


def test_what_is_asked_stands_first(signals: Signals) -> None:
    passage = "أصيب عشرون شخصا في الانفجار."
    met = signals("ما إصابات الانفجار؟", "كانت إصابات الانفجار عشرين.")
    assert met["asked_first"] == 1
    assert signals("ما أسباب الانفجار؟", passage)["asked_first"] < 1


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("كم قتيلا سقط؟", {"asks_number"}),
        ("ليش استقال الوزير؟", {"asks_why"}),
        ("متى وكيف انتهت الحرب؟", {"asks_time", "asks_how"}),
        ("هل استقال الوزير؟", {"asks_whether"}),
        ("ماذا قال الوزير؟", set()),
    ],
)
def test_it_is_told_what_a_question_asks_for(
    signals: Signals, question: str, asked: set[str]
) -> None:
    found = signals(question, "استقال الوزير.")
    assert {name for name in SIGNALS if name.startswith("asks_") and found[name]} == asked


def test_words_are_nearest_where_the_passage_has_them(encoder: Encoder) -> None:
    texts = ["انتهى الاجتماع في روما.", "فاز الفريق بالكأس.", "اختتم اللقاء في إيطاليا."]
    matcher = matcher_of(encoder, "", texts)
    near = matcher.nearness(matcher.asked("أين انتهى الاجتماع؟"), [0, 1, 2]).tolist()
    assert near[0] == pytest.approx(1.0, abs=0.02)
    assert near[0] > near[2] > near[1]


@pytest.mark.parametrize("question", ["كيف حالك؟", "السلام عليكم", "من هو؟", "شو؟"])
def test_a_question_about_nothing_is_empty(encoder: Encoder, question: str) -> None:
    assert matcher_of(encoder, "", ["نص."]).asked(question).empty


def test_two_readers_of_one_index_see_the_same(encoder: Encoder) -> None:
    texts = ["انتهى الاجتماع في روما. بدأ المؤتمر في جدة.", "لا شيء هنا."]
    matcher = matcher_of(encoder, "اجتماع", texts)
    asked = matcher.asked("أين انتهى الاجتماع؟")
    together = matcher.evidence(
        asked, [Candidate(r, 0.1, 0.1, 0.1) for r in (0, 1)], [0, 0]
    ).signals
    alone = matcher.evidence(asked, [Candidate(1, 0.1, 0.1, 0.1)], [0]).signals
    own = [SIGNALS.index(name) for name in ("stems", "match", "sentence_match", "title_match")]
    np.testing.assert_allclose(together[1, own], alone[0, own], atol=1e-6)


@pytest.mark.parametrize("question", ["أين انتهى اجتماع التحالف؟", "ماذا قالت موسكو عن الناتو؟"])
def test_a_sentence_is_as_near_as_its_vector_is(
    signals: Signals, encoder: Encoder, question: str
) -> None:
    sentence = "أكدت روسيا أن حلف شمال الأطلسي يقترب من حدودها بعد اجتماع التحالف"
    expected = encoder.encode_questions([question])[0] @ encoder.encode_passages([sentence])[0]
    assert signals(question, sentence)["sentence_dense"] == pytest.approx(expected, abs=5e-3)


def test_passages_without_a_word_are_no_match_and_no_error(encoder: Encoder) -> None:
    matcher = matcher_of(encoder, "؟؟", ["…", "🙂"])
    found = matcher.evidence(
        matcher.asked("أين انتهى الاجتماع؟"), [Candidate(1, 0.0, 0.0, 0.0)], [0]
    ).signals
    assert np.isfinite(found).all()
    assert found[0, SIGNALS.index("match")] <= 0


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("كم قتيلا سقط في الزلزال عام 2023؟", 0.0),
        ("How many died in the earthquake of 2023?", 1.0),
        ("زلزال Japan", 0.5),
        ("2023", 0.0),
    ],
)
def test_the_share_of_a_question_that_is_in_latin_letters_is_told(
    encoder: Encoder, question: str, share: float
) -> None:
    matcher = matcher_of(encoder, "", ["ضرب زلزال قوي المدينة."])
    signals = evidence_of(matcher, question).signals
    assert signals[0, SIGNALS.index("foreign")] == pytest.approx(share)
