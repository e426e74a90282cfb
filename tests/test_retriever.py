import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.copies import same, shingles
from retrieval.documents import Basis, Outcome, Relation
from retrieval.errors import ArticleNotFoundError, QuestionError
from retrieval.retriever import Ranker, Retriever

WHO_CHAIRED_ROME = "من ترأس الاجتماع الوزاري للتحالف في روما؟"
HOW_MANY_MEMBERS = "كم عضوا في التحالف الدولي؟"


def test_a_question_is_answered_from_the_article_that_tells(retriever: Retriever) -> None:
    answer = retriever.answer(WHO_CHAIRED_ROME)
    assert answer.outcome is Outcome.ANSWERED
    told = [hit.answer.text for hit in answer.hits if hit.answer]
    assert any("ترأسه وزير الخارجية الإيطالي ونظيره الأمريكي" in text for text in told)


def test_a_question_of_number_gets_the_sentence_with_the_number(retriever: Retriever) -> None:
    answer = retriever.answer(HOW_MANY_MEMBERS)
    assert answer.outcome is Outcome.ANSWERED
    hit = answer.hits[0]
    assert hit.article.id == "004_54d29c8a5962ac88"
    assert hit.answer is not None
    assert "(84) عضواً" in hit.answer.text


@pytest.mark.parametrize(
    "question",
    [
        "كيف حالك",
        "كيف حالك؟",
        "السلام عليكم ورحمة الله وبركاته",
        "شكرا جزيلا",
        "ما هي أفضل وصفة للكشري؟",
        "كيف أطبخ الكسكس بالخضار؟",
        "طريقة عمل البيتزا",
        "كم انتهت مباراة الأهلي والزمالك؟",
        "كم هدفا سجل محمد صلاح هذا الموسم؟",
        "ما تفسير حلم سقوط الأسنان؟",
        "how are you",
        "What is the best way to learn guitar at home?",
    ],
)
def test_what_the_archive_is_not_about_is_absent_and_has_no_hits(
    retriever: Retriever, question: str
) -> None:
    answer = retriever.answer(question)
    assert answer.outcome is Outcome.ABSENT
    assert answer.hits == ()


def test_an_absent_answer_says_what_was_searched(retriever: Retriever) -> None:
    coverage = retriever.answer("كيف حالك").coverage
    assert coverage.articles == 5
    assert (coverage.first, coverage.last) == ("2021-03-30", "2024-10-01")
    assert coverage.undated == 0


@pytest.mark.parametrize("question", ["", "   \n", "؟؟؟", "…", "🙂", "\u200f\u200b"])
def test_a_question_without_a_word_is_an_error(retriever: Retriever, question: str) -> None:
    with pytest.raises(QuestionError, match="at least one word"):
        retriever.answer(question)


@pytest.mark.parametrize("ranker", list(Ranker))
def test_every_ranker_finds_a_question_in_the_words_of_its_article(
    retriever: Retriever, ranker: Ranker
) -> None:
    ranking = retriever.rank(
        "إعادة المقاتلين المحتجزين في معسكرات قوات سوريا الديمقراطية إلى بلدانهم", ranker
    )
    best = ranking.candidates[0].row
    assert retriever.passages([best])[best].article.id == "002_bf51089687a09448"


def test_passages_that_answer_less_are_not_shown_beside_the_one_that_does(
    retriever: Retriever,
) -> None:
    hits = retriever.answer(HOW_MANY_MEMBERS, top_k=10).hits
    assert {hit.article.id[:3] for hit in hits} <= {"004", "002"}


def test_top_k_bounds_the_hits(retriever: Retriever) -> None:
    assert len(retriever.answer("التحالف الدولي ضد داعش", top_k=2).hits) == 2


@pytest.mark.parametrize(
    "question",
    [
        "شدد الوزراء على وقف ومنع العنف والانتهاكات الجسيمة لحقوق الأطفال المتأثرين بالنزاع",
        "شدد الوزراء على وقف ومنع العنف والانتهاكات الجسيمة لحقوق الأطفال",
        "توخي اليقظة ضد تهديد الإرهاب بجميع أشكاله ومظاهره وتجنب الفراغات الأمنية",
    ],
)
def test_two_prints_of_one_communique_are_one_hit_that_names_the_other(
    retriever: Retriever, question: str
) -> None:
    (hit, *rest) = retriever.answer(question).hits
    (also,) = hit.also_in
    assert {hit.article.id[:3], also.article.id[:3]} == {"000", "001"}
    assert also.relation is Relation.INDEPENDENT
    assert hit.also_count == 1
    assert retriever.hit(also.row).article.id == also.article.id
    assert hit.answer is not None
    for other in rest:
        assert other.answer is not None
        assert not same(shingles(other.answer.text), shingles(hit.text))


def test_an_article_that_is_not_there_is_an_error_by_its_id(retriever: Retriever) -> None:
    with pytest.raises(ArticleNotFoundError, match="no-such"):
        retriever.article("no-such")


def test_the_capture_date_of_a_page_is_nobodys_publication_date(retriever: Retriever) -> None:
    article = retriever.article("000_93b21bcfa360256c")
    assert article.published.value == "2021-03-30"
    assert article.published.basis is Basis.ESTIMATED


ARABIC_TEXT = st.text(
    st.sampled_from("ابتثجحخدذرزسشصضطظعغفقكلمنهوي ةىأإآؤئءًٌَُ؟!.،0123456789٠١٢ abcde\n\u200f"),
    max_size=200,
)


@settings(max_examples=60, deadline=None)
@given(question=ARABIC_TEXT | st.text(max_size=100))
def test_whatever_is_asked_every_hit_is_a_slice_of_its_article(
    retriever: Retriever, question: str
) -> None:
    try:
        answer = retriever.answer(question)
    except QuestionError:
        return
    for hit in answer.hits:
        assert hit.article.body[hit.start : hit.end] == hit.text == hit.text.strip() != ""
        if hit.answer:
            assert hit.start <= hit.answer.start < hit.answer.end <= hit.end
            assert hit.article.body[hit.answer.start : hit.answer.end] == hit.answer.text
    assert (answer.outcome is Outcome.ABSENT) == (not answer.hits)


def test_200_varied_questions_quote_to_the_letter(retriever: Retriever) -> None:
    stored = retriever.passages(list(range(retriever.coverage.passages)))
    quoted = 0
    for index in range(200):
        words = stored[index % len(stored)].text.split()
        start = (index // len(stored)) * 5 % len(words)
        question = " ".join(words[start : start + 5])
        for hit in retriever.answer(question, top_k=10).hits:
            assert retriever.article(hit.article.id).body[hit.start : hit.end] == hit.text
            quoted += 1
    assert quoted > 200


def test_what_words_do_not_find_has_part_of_the_last_score_or_none(retriever: Retriever) -> None:
    question = "التحالف الدولي"
    lexical, dense = retriever.found(question, depth=2)
    words, _ = retriever.found(question, Ranker.LEXICAL, depth=2)
    assert len(words) == 2
    others = lexical.keys() - words.keys()
    assert others
    assert lexical.keys() == dense.keys()
    assert {lexical[row] for row in others} == {min(words.values()) / 2}
    # Where fewer have a word of it than are asked for, all others have none.
    lexical, _ = retriever.found("2014", depth=100)
    words, _ = retriever.found("2014", Ranker.LEXICAL, depth=100)
    assert 0 < len(words) < 100
    assert {lexical[row] for row in lexical.keys() - words.keys()} == {0.0}
