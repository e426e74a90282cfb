"""Which kind of thing a question asks for, and which sentences hold it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import arabic
from retrieval.kinds import (
    FORMS,
    HOW,
    NUMBER,
    PERSON,
    PLACE,
    TIME,
    WHETHER,
    WHY,
    asked_forms,
    asked_kinds,
    has_kind,
)


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("كم عدد القتلى؟", {NUMBER}),
        ("وكم بلغت الخسائر؟", {NUMBER}),
        ("بكام الدولار؟", {NUMBER}),
        ("شحال الضحايا؟", {NUMBER}),
        ("قديش عدد اللاجئين؟", {NUMBER}),
        ("ما نسبة البطالة؟", {NUMBER}),
        ("How many people died?", {NUMBER}),
        ("how much does it weigh", {NUMBER}),
        ("How old is the president?", {NUMBER}),
        ("Combien de morts ?", {NUMBER}),
        ("متى وقع الزلزال؟", {TIME}),
        ("إمتى الانتخابات؟", {TIME}),
        ("فوقاش كانت القمة؟", {TIME}),
        ("في أي سنة استقلت الجزائر؟", {TIME}),
        ("When did it happen?", {TIME}),
        ("Quand a-t-il démissionné ?", {TIME}),
        ("En quelle année ?", {TIME}),
        ("من هو رئيس فرنسا؟", {PERSON}),
        ("ومن اغتاله؟", {PERSON}),
        ("مين ربح؟", {PERSON}),
        ("شكون ربح؟", {PERSON}),
        ("قتله منو؟", {PERSON}),
        ("الذي فاز بالجائزة مين؟", {PERSON}),
        ("Who won?", {PERSON}),
        ("Qui a gagné ?", {PERSON}),
        ("أين وقع الانفجار؟", {PLACE}),
        ("وأين دفن؟", {PLACE}),
        ("وين المؤتمر؟", {PLACE}),
        ("فين عقدت القمة؟", {PLACE}),
        ("منين جاؤوا؟", {PLACE}),
        ("من أين جاء اللاجئون؟", {PLACE}),
        ("في أي مدينة عقدت القمة؟", {PLACE}),
        ("Where was it signed?", {PLACE}),
        ("Où est-il né ?", {PLACE}),
        ("D'où vient le virus ?", {PLACE}),
        ("متى وأين عقدت القمة؟", {TIME, PLACE}),
    ],
)
def test_a_question_asks_for_its_kind(question: str, kinds: set[str]) -> None:
    assert asked_kinds(question) == kinds


@pytest.mark.parametrize(
    "question",
    [
        "لماذا استقال الوزير؟",
        "ليش استقال؟",
        "كيف انتهت الحرب؟",
        "ماذا قال الرئيس؟",
        "شو صار؟",
        "ما موقف روسيا من الاتفاق؟",
        "انسحاب القوات من سوريا",
        "لماذا انسحبت القوات من سوريا ومن العراق؟",
        "How did the war end?",
        "Why did so many people flee?",
        "What did the man who resigned say?",
        "Comment la guerre a-t-elle fini ?",
        "Que dit le président ou le ministre ?",
        "",
    ],
)
def test_why_how_and_what_ask_for_no_kind(question: str) -> None:
    assert asked_kinds(question) == frozenset()


@pytest.mark.parametrize(
    ("question", "forms"),
    [
        ("لماذا استقال الوزير؟", {WHY}),
        ("ليش استقال؟", {WHY}),
        ("وليش استقال؟", {WHY}),
        ("ما أسباب الأزمة؟", {WHY}),
        ("Pourquoi a-t-il démissionné ?", {WHY}),
        ("كيف انتهت الحرب؟", {HOW}),
        ("شلون صار هالشي؟", {HOW}),
        ("هل استقال الوزير؟", {WHETHER}),
        ("متى استقال الوزير؟", set()),
        ("ماذا قال الرئيس؟", set()),
        ("", set()),
    ],
)
def test_a_question_asks_in_its_form(question: str, forms: set[str]) -> None:
    assert asked_forms(question) == forms


@pytest.mark.parametrize(
    ("sentence", "kinds"),
    [
        ("قتل 12 جنديا", {NUMBER}),
        ("قتل ١٢ جنديا", {NUMBER}),
        ("قتل عشرات الجنود", {NUMBER}),
        ("خسائر بمليون دولار", {NUMBER}),
        ("وقع الاتفاق يوم الثلاثاء", {TIME}),
        ("عقد المؤتمر في كانون الثاني", {TIME}),
        ("استقلت سنة 1962", {NUMBER, TIME}),
        ("استقلت سنة ١٩٦٢", {NUMBER, TIME}),
        ("وصل الرئيس", {PERSON}),
        ("قال خالد بن سلمان", {PERSON}),
        ("انفجار بمدينة حمص", {PLACE}),
        ("معارك شمال غربي البلاد", {PLACE}),
        ("وصل الوزير إلى العاصمة يوم الاثنين", {PERSON, PLACE, TIME}),
        ("رفضت الحكومة الاتفاق", set()),
        ("", set()),
    ],
)
def test_a_sentence_holds_its_kinds(sentence: str, kinds: set[str]) -> None:
    assert has_kind(arabic.words(sentence)) == kinds


def test_a_number_that_is_no_year_is_no_time() -> None:
    assert has_kind(["3021"]) == has_kind(["20210"]) == has_kind(["1750"]) == {NUMBER}


def test_monday_is_no_number() -> None:
    assert has_kind(arabic.words("الاثنين")) == {TIME}


@given(st.text())
def test_kinds_are_of_the_four_and_read_alike_folded(text: str) -> None:
    assert asked_kinds(text) <= {NUMBER, TIME, PERSON, PLACE}
    assert asked_kinds(arabic.fold(text)) == asked_kinds(text)
    assert asked_forms(arabic.fold(text)) == asked_forms(text) <= {*FORMS}
    assert has_kind(arabic.words(text)) <= {NUMBER, TIME, PERSON, PLACE}


@given(st.lists(st.sampled_from(arabic.words("قال الرئيس في مدينة حلب يوم الأحد 12 قتيلا"))))
def test_a_sentence_holds_what_its_words_hold(words: list[str]) -> None:
    assert has_kind(words) == frozenset().union(*(has_kind([word]) for word in words))
