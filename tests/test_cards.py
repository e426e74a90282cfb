"""Cards: every quotation to the letter, within Telegram's limits, with its origin."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from botapi_rules import check_message_text, check_reply_markup, utf16_len, utf16_slice
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import MessageEntity

from bot.cards import (
    LIFT,
    Ask,
    Pointer,
    also_message,
    answer_messages,
    hit_message,
    rest_message,
)
from bot.composing import ENTITY_LIMIT, MESSAGE_LIMIT, Message, utf16_length
from bot.texts import ARABIC, ENGLISH, Texts
from retrieval.documents import (
    AlsoIn,
    Answer,
    Article,
    Basis,
    Coverage,
    Hit,
    Outcome,
    Precision,
    Published,
    Relation,
    Restriction,
    Scope,
    Source,
    Span,
)
from retrieval.errors import QuotationError
from retrieval.passages import sentences

AT_LENGTH = settings(deadline=None, max_examples=100)
BRIEFLY = settings(deadline=None, max_examples=30)
QUOTATION = MessageEntity.EXPANDABLE_BLOCKQUOTE
COVERAGE = Coverage(5, 59, "2021-03-30", "2024-10-01", 0, "20250101T000000-abcdef")
LANGUAGES = pytest.mark.parametrize("texts", [ARABIC, ENGLISH], ids=["Arabic", "English"])

BODY = "أكد الوزراء التزامهم. وقال بلينكن إن عشرة آلاف مقاتل 🇮🇶 محتجزون 😀. ثم انتهى الاجتماع."
ARTICLE = Article(
    id="001_made-up",
    title="وزراء التحالف يجتمعون في روما",
    body=f"  {BODY}\n\nوعاد الوزراء.",
    source=Source("وكالة الأنباء", Basis.EDITOR),
    published=Published("2021-06-28", Precision.DAY, Basis.ESTIMATED),
)


def hit_of(article: Article, start: int, end: int, answer: tuple[int, int] | None = None) -> Hit:
    body = article.body
    span = Span(*answer, body[answer[0] : answer[1]]) if answer else None
    return Hit(article, start, end, body[start:end], row=7, answer=span)


def whole_hit(article: Article, sentence: int | None = None) -> Hit:
    """Return the body of an article as a hit, with its nth sentence as the answer."""
    text = article.body
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    spans = [(start + a, start + b) for a, b in sentences(text[start:end])]
    return hit_of(article, start, end, None if sentence is None else spans[sentence])


HIT = hit_of(ARTICLE, 2, 2 + len(BODY), (24, 24 + BODY[22:].index(".") + 1))


def answered(*hits: Hit, outcome: Outcome = Outcome.ANSWERED) -> Answer:
    return Answer("سؤال", outcome, COVERAGE, hits, probability=0.875)


def card(hit: Hit, texts: Texts = ARABIC) -> str:
    (message,) = answer_messages(answered(hit), texts)
    return message.text


def covered(message: Message, entity: MessageEntity) -> str:
    return utf16_slice(message.text, entity.offset, entity.length)


def quotations(messages: Sequence[Message]) -> list[str]:
    return [
        covered(m, entity) for m in messages for entity in m.entities if entity.type == QUOTATION
    ]


def bold_within_quotations(messages: Sequence[Message]) -> list[str]:
    return [
        covered(message, bold)
        for message in messages
        for quotation in message.entities
        for bold in message.entities
        if quotation.type == QUOTATION
        and bold.type == MessageEntity.BOLD
        and quotation.offset <= bold.offset < quotation.offset + quotation.length
    ]


def with_others(hit: Hit, *others: Article, count: int | None = None) -> Hit:
    """Return `hit` as one that other articles share; rows 100, 101 … are theirs."""
    also = tuple(AlsoIn(other, 100 + n, Relation.COPY) for n, other in enumerate(others))
    return replace(hit, also_in=also, also_count=len(also) if count is None else count)


def buttons(message: Message) -> dict[str, str]:
    """Return what each button asks for, by its label."""
    rows = message.keyboard.inline_keyboard if message.keyboard else ()
    return {button.text: str(button.callback_data) for row in rows for button in row}


def rest_of(message: Message) -> Pointer | None:
    """Return what the button for the rest of a passage asks for, if there is one."""
    found = [Pointer.parse(data) for data in buttons(message).values()]
    rests = [pointer for pointer in found if pointer and pointer.ask is Ask.REST]
    assert len(rests) <= 1
    return rests[0] if rests else None


def check_taken_by_telegram(message: Message) -> None:
    """Hold a message to the limits, and to the rules by which the Bot API refuses one."""
    assert utf16_length(message.text) == utf16_len(message.text) <= MESSAGE_LIMIT
    assert len(message.entities) <= ENTITY_LIMIT
    check_message_text(message.text, [entity.to_dict() for entity in message.entities], "")
    if message.keyboard is not None:
        check_reply_markup(message.keyboard.to_dict(), inline_only=True)
        assert all(len(data.encode()) <= 64 for data in buttons(message).values())


def read_on(hit: Hit, message: Message, texts: Texts = ARABIC) -> list[Message]:
    """Press the button under each message, as a reader would, until there is none."""
    messages = [message]
    while (rest := rest_of(messages[-1])) is not None:
        assert (rest.generation, rest.row) == (COVERAGE.generation, hit.row)
        start = hit.start + rest.offset
        assert start < hit.end, "a button leads to nothing"
        messages.append(rest_message(hit.article, start, hit.end, rest, texts))
        assert len(messages) < 100, "the buttons lead nowhere"
    return messages


LETTERS = "ابتثدعمقلنويهءئ aZ9٣،؛:'-😀🇮🇶👩\u200d👩\u200d👧𠌕\u064b\u200f«»"
WORDS = st.text(LETTERS, min_size=1, max_size=12)
SENTENCES = st.builds(
    lambda words, times, end: " ".join(words * times) + end,
    st.lists(WORDS, min_size=1, max_size=6),
    st.sampled_from([1, 1, 1, 2, 10, 60]),
    st.sampled_from([". ", "؟ ", "… ", "\n\n", ".\n", " "]),
)
NAMES = st.builds(lambda text, times: text * times, WORDS, st.sampled_from([1, 2, 10, 40]))
PUBLISHED = st.one_of(
    st.just(Published()),
    st.builds(
        Published,
        st.dates().map(lambda day: day.isoformat()),
        st.just(Precision.DAY),
        st.sampled_from([Basis.STATED, Basis.EDITOR, Basis.ESTIMATED, Basis.PAGE]),
    ),
)
ARTICLES = st.builds(
    Article,
    id=st.text("abcdef0123456789_-.🇮", min_size=1, max_size=40),
    title=NAMES,
    body=st.lists(SENTENCES, min_size=1, max_size=8).map("".join).filter(lambda body: body.strip()),
    title_basis=st.sampled_from([Basis.STATED, Basis.ESTIMATED]),
    source=st.one_of(st.just(Source()), st.builds(Source, NAMES, st.just(Basis.EDITOR))),
    published=PUBLISHED,
    url=st.one_of(st.none(), st.just("https://news.example/2021/1")),
)


@st.composite
def hits(draw: st.DrawFn) -> Hit:
    article = draw(ARTICLES)
    spans = sentences(article.body)
    first = draw(st.integers(0, len(spans) - 1))
    last = draw(st.integers(first, len(spans) - 1))
    answer = draw(st.one_of(st.none(), st.sampled_from(spans[first : last + 1])))
    hit = hit_of(article, spans[first][0], spans[last][1], answer)
    others = draw(st.lists(st.just(ARTICLE), max_size=8))
    return with_others(replace(hit, row=draw(st.integers(0, 10**9))), *others)


# --- Quotations ---------------------------------------------------------------------------------


@given(st.lists(hits(), min_size=1, max_size=5), st.sampled_from([ARABIC, ENGLISH]))
@BRIEFLY
def test_every_quotation_is_a_slice_of_its_article_and_what_is_cut_can_be_read_on(
    found: list[Hit], texts: Texts
) -> None:
    messages = answer_messages(answered(*found), texts)
    remaining = list(found)
    for message in messages:
        for quotation in quotations([message]):
            hit = remaining.pop(0)
            if quotation != hit.text:
                assert quotations([message]) == [quotation]
                parts = read_on(hit, message, texts)
                assert len(parts) > 1
                assert "".join(quotations(parts)) == hit.text
    assert remaining == []


@given(st.lists(hits(), min_size=1, max_size=5), st.sampled_from([ARABIC, ENGLISH]))
@BRIEFLY
def test_the_answering_sentence_alone_is_bold_within_a_quotation(
    found: list[Hit], texts: Texts
) -> None:
    messages = answer_messages(answered(*found), texts)
    if any(rest_of(message) for message in messages):
        return
    expected = [hit.answer.text for hit in found if hit.answer]
    assert bold_within_quotations(messages) == expected


@given(st.lists(hits(), min_size=1, max_size=5), st.sampled_from([ARABIC, ENGLISH]))
@BRIEFLY
def test_telegram_takes_every_message(found: list[Hit], texts: Texts) -> None:
    for outcome in (Outcome.ANSWERED, Outcome.RELATED):
        for message in answer_messages(answered(*found, outcome=outcome), texts):
            check_taken_by_telegram(message)
    for hit in found:
        for message in answer_messages(answered(hit), texts):
            for part in read_on(hit, message, texts):
                check_taken_by_telegram(part)


def test_offsets_count_utf16_units_so_that_emoji_move_nothing() -> None:
    body = "🇮🇶🇸🇾 مرحبا. 😀 هنا الجواب 😀. نهاية 👩\u200d👧."
    article = replace(ARTICLE, title="😀 روما 😀", body=body)
    messages = answer_messages(answered(whole_hit(article, 1)), ARABIC)
    assert quotations(messages) == [article.body]
    assert bold_within_quotations(messages) == ["😀 هنا الجواب 😀."]
    (message,) = messages
    assert covered(message, message.entities[0]) == "😀 روما 😀"


def test_a_quotation_is_one_expandable_block_with_its_answer_in_bold() -> None:
    messages = answer_messages(answered(HIT), ARABIC)
    assert quotations(messages) == [BODY]
    assert bold_within_quotations(messages) == ["وقال بلينكن إن عشرة آلاف مقاتل 🇮🇶 محتجزون 😀."]


@pytest.mark.parametrize(
    "tampered",
    [
        pytest.param(replace(HIT, text=BODY.replace("عشرة", "تسعة")), id="a word changed"),
        pytest.param(replace(HIT, text=f"{BODY} "), id="a space added"),
        pytest.param(replace(HIT, text=""), id="emptied"),
        pytest.param(replace(HIT, start=HIT.start + 1), id="begun too late"),
        pytest.param(replace(HIT, end=HIT.end - 1), id="ended too early"),
        pytest.param(replace(HIT, start=HIT.end, end=HIT.start), id="turned round"),
        pytest.param(replace(HIT, article=replace(ARTICLE, body="")), id="article emptied"),
        pytest.param(
            replace(HIT, article=replace(ARTICLE, body=ARTICLE.body.replace("عشرة", "تسعة"))),
            id="article changed",
        ),
        pytest.param(replace(HIT, answer=Span(2, 8, "أنكر ا")), id="answer changed"),
        pytest.param(replace(HIT, answer=Span(0, 5, ARTICLE.body[:5])), id="answer too early"),
        pytest.param(
            replace(HIT, answer=Span(90, len(ARTICLE.body), ARTICLE.body[90:])),
            id="answer too late",
        ),
        pytest.param(replace(HIT, answer=Span(5, 5, "")), id="answer empty"),
    ],
)
@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.RELATED])
def test_what_is_not_a_slice_of_its_article_is_never_quoted(
    tampered: Hit, outcome: Outcome
) -> None:
    with pytest.raises(QuotationError, match="001_made-up"):
        answer_messages(answered(HIT, tampered, outcome=outcome), ARABIC)


@given(hits(), st.data())
@BRIEFLY
def test_one_character_changed_is_enough_for_no_message(hit: Hit, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(hit.text) - 1))
    character = data.draw(st.characters(exclude_characters=hit.text[place]))
    text = hit.text[:place] + character + hit.text[place + 1 :]
    with pytest.raises(QuotationError):
        answer_messages(answered(replace(hit, text=text)), ARABIC)


# --- Limits -------------------------------------------------------------------------------------


def long_article(number: int, sentence_count: int) -> Article:
    text = " ".join(f"الجملة {place} من المقال {number} تامة." for place in range(sentence_count))
    return replace(ARTICLE, id=f"long-{number}", body=text)


def test_hits_that_do_not_fit_move_whole_to_a_later_message() -> None:
    found = [whole_hit(long_article(number, 80)) for number in range(4)]
    messages = answer_messages(answered(*found), ARABIC)
    assert len(messages) > 1
    assert quotations(messages) == [hit.text for hit in found]
    assert all(message.keyboard is None for message in messages)
    assert all(utf16_length(message.text) <= MESSAGE_LIMIT for message in messages)


def test_hits_that_fit_share_a_message_and_the_order_stays() -> None:
    found = [whole_hit(long_article(number, 3)) for number in range(5)]
    (message,) = answer_messages(answered(*found), ARABIC)
    assert quotations([message]) == [hit.text for hit in found]
    identifiers = [covered(message, e) for e in message.entities if e.type == MessageEntity.CODE]
    assert identifiers == [hit.article.id for hit in found]


def test_no_message_has_more_entities_than_telegram_takes() -> None:
    article = replace(ARTICLE, id="x", title="ع", body="نعم.", source=Source(), url="http://a.bc")
    found = [whole_hit(article, 0)] * 60
    messages = answer_messages(answered(*found), ENGLISH)
    assert quotations(messages) == ["نعم."] * 60
    for message in messages:
        check_taken_by_telegram(message)


@LANGUAGES
def test_a_passage_longer_than_a_message_is_cut_after_a_sentence(texts: Texts) -> None:
    hit = whole_hit(long_article(1, 400), sentence=3)
    (message,) = answer_messages(answered(hit), texts)
    check_taken_by_telegram(message)
    (quotation,) = quotations([message])
    assert hit.text.startswith(quotation)
    assert quotation.rstrip().endswith("تامة.")
    assert len(quotation) > MESSAGE_LIMIT * 3 // 4
    assert hit.answer is not None
    assert bold_within_quotations([message]) == [hit.answer.text]
    assert message.keyboard is not None
    assert message.keyboard.inline_keyboard[0][0].text == texts.rest


@LANGUAGES
def test_the_rest_of_a_cut_passage_is_cut_after_sentences_too(texts: Texts) -> None:
    hit = whole_hit(long_article(1, 600))
    (message,) = answer_messages(answered(hit), texts)
    parts = read_on(hit, message, texts)
    assert len(parts) > 3
    assert "".join(quotations(parts)) == hit.text
    for part in parts:
        check_taken_by_telegram(part)
        assert quotations([part])[0].rstrip().endswith("تامة.")


def test_hits_after_a_cut_one_come_in_messages_of_their_own() -> None:
    found = [whole_hit(long_article(number, count)) for number, count in enumerate((5, 400, 5, 5))]
    messages = answer_messages(answered(*found), ARABIC)
    assert [len(quotations([message])) for message in messages] == [1, 1, 2]
    assert [message.keyboard is not None for message in messages] == [False, True, False]


def test_an_answer_that_lies_behind_the_cut_leaves_nothing_bold_before_it() -> None:
    hit = whole_hit(long_article(1, 400), sentence=-1)
    assert bold_within_quotations(answer_messages(answered(hit), ARABIC)) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ا" * 9000, id="one word"),
        pytest.param("😀" * 5000, id="surrogate pairs"),
        pytest.param("س" + "😀" * 5000, id="surrogate pairs at odd places"),
        pytest.param("كلمة " * 3000 + "نهاية", id="no sentence"),
        pytest.param("كلمة\n" * 3000 + "نهاية", id="lines"),
        pytest.param("جملة. " + "ا" * 9000, id="a sentence and one word"),
        pytest.param("جملة\n\n" + "ا" * 9000, id="a paragraph and one word"),
    ],
)
def test_whatever_is_cut_can_be_read_to_the_end_with_nothing_lost_or_doubled(text: str) -> None:
    hit = whole_hit(replace(ARTICLE, body=text))
    (message,) = answer_messages(answered(hit), ARABIC)
    parts = read_on(hit, message)
    assert "".join(quotations(parts)) == text
    for part in parts:
        check_taken_by_telegram(part)


@LANGUAGES
@pytest.mark.parametrize(
    "article",
    [
        pytest.param(replace(ARTICLE, title="عنوان طويل " * 900), id="title"),
        pytest.param(replace(ARTICLE, title="😀" * 5000), id="title without a space"),
        pytest.param(replace(ARTICLE, id="long" * 1500), id="id"),
        pytest.param(replace(ARTICLE, source=Source("جريدة " * 900, Basis.EDITOR)), id="source"),
        pytest.param(replace(ARTICLE, url="https://a.example/" + "%D8%A7" * 700), id="url"),
    ],
)
def test_no_field_of_an_article_is_too_long_for_a_message(article: Article, texts: Texts) -> None:
    hit = with_others(whole_hit(article, 1), *[article] * 6)
    messages = answer_messages(answered(hit), texts)
    for message in messages:
        check_taken_by_telegram(message)
    assert "".join(quotations(read_on(hit, messages[-1], texts))) == hit.text


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/a b",
        "https://",
        "http://localhost/1",
        "http://[broken",
        "https:///path",
        "javascript:alert(1)",
        "ftp://news.example/",
        "nonsense",
        "",
    ],
)
def test_a_url_that_telegram_would_refuse_does_not_cost_the_answer(url: str) -> None:
    hit = whole_hit(replace(ARTICLE, url=url))
    (message,) = answer_messages(answered(hit), ARABIC)
    check_taken_by_telegram(message)
    assert quotations([message]) == [hit.text]


def test_the_url_of_an_article_is_a_link() -> None:
    url = "https://news.example/2021?id=1&x=%D8%A7"
    (message,) = answer_messages(answered(whole_hit(replace(ARTICLE, url=url))), ARABIC)
    assert [entity.url for entity in message.entities if entity.url] == [url]


# --- Buttons ------------------------------------------------------------------------------------


@given(
    st.from_regex(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{6}", fullmatch=True),
    st.integers(0, 10**10),
    st.integers(0, 10**10),
)
@AT_LENGTH
def test_what_a_button_asks_for_survives_its_callback_data(
    generation: str, row: int, offset: int
) -> None:
    for ask in Ask:
        pointer = Pointer(ask, generation, row, offset)
        assert len(pointer.data().encode()) <= 64
        assert Pointer.parse(pointer.data()) == pointer


@pytest.mark.parametrize(
    "data",
    [
        "",
        "rest",
        "rest:",
        "rest:g:1",
        "rest:g:1:2:3",
        "rest:g:x:2",
        "rest:g:1:x",
        "rest:g:-1:2",
        "rest:g:1:-2",
        "rest:g:1.5:2",
        "rest:g::2",
        "rest:g: 1:2",
        "rest:g:1:2 ",
        "Rest:g:1:2",
        "more:g:1:2",
        "rest:g:²:2",
        "rest:g:٣:2",
        "rest:g:007:2",
        "rest:g:1:" + "9" * 5000,
        "lift",
        "lift:g:1:2",
    ],
)
def test_callback_data_of_another_making_is_not_read(data: str) -> None:
    assert Pointer.parse(data) is None


@given(st.one_of(st.text(), st.from_regex(r"(rest|open):\w*:\d*:\d*", fullmatch=True)))
@AT_LENGTH
def test_only_what_a_button_wrote_is_read_from_callback_data(data: str) -> None:
    pointer = Pointer.parse(data)
    assert pointer is None or pointer.data() == data


@LANGUAGES
def test_every_article_that_is_listed_can_be_opened(texts: Texts) -> None:
    (message,) = answer_messages(answered(with_others(HIT, *others(3))), texts)
    check_taken_by_telegram(message)
    assert buttons(message) == {
        texts.open_number.format(number=number): f"open:{COVERAGE.generation}:{99 + number}:0"
        for number in (1, 2, 3)
    }


def test_numbers_go_on_from_hit_to_hit_so_that_no_two_buttons_are_alike() -> None:
    hit = with_others(HIT, *others(2))
    (message,) = answer_messages(answered(hit, hit), ARABIC)
    assert re.findall(r"^(\d+)\. ", message.text, re.MULTILINE) == ["1", "2", "3", "4"]
    assert len(buttons(message)) == 4


@LANGUAGES
def test_of_many_articles_all_can_be_listed(texts: Texts) -> None:
    hit = with_others(HIT, *others(10), count=23)
    (message,) = answer_messages(answered(hit), texts)
    data = buttons(message)[texts.also_all.format(count=23)]
    pointer = Pointer.parse(data)
    assert pointer == Pointer(Ask.ALSO, COVERAGE.generation, HIT.row)
    seen = []
    every = [AlsoIn(article, n, Relation.INDEPENDENT) for n, article in enumerate(others(23))]
    while pointer:
        page = also_message(every[pointer.offset : pointer.offset + 10], 23, pointer, texts)
        check_taken_by_telegram(page)
        seen += [int(n) for n in re.findall(r"^(\d+)\. ", page.text, re.MULTILINE)]
        rest = buttons(page).get(texts.also_rest)
        pointer = Pointer.parse(rest) if rest else None
    assert seen == list(range(1, 24))


@LANGUAGES
@pytest.mark.parametrize("relation", list(Relation))
def test_a_copy_is_told_from_an_independent_report(texts: Texts, relation: Relation) -> None:
    other = AlsoIn(others(1)[0], 100, relation)
    text = card(replace(HIT, also_in=(other,), also_count=1), texts)
    told = [r for r in Relation if texts.relations[r] in text]
    assert told == [relation]


def test_a_passage_that_is_opened_is_a_card_of_its_own() -> None:
    hit = replace(HIT, answer=None)
    message = hit_message(hit, ARABIC, COVERAGE.generation)
    assert [message] == answer_messages(answered(hit), ARABIC)


# --- Restrictions -------------------------------------------------------------------------------

YEAR = Restriction(date(2018, 1, 1), date(2018, 12, 31), ("BBC",))


@LANGUAGES
@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_restriction_is_shown_with_a_button_to_lift_it(outcome: Outcome, texts: Texts) -> None:
    found = () if outcome is Outcome.ABSENT else (HIT,)
    answer = replace(answered(*found, outcome=outcome), scope=Scope(YEAR, 12, 0))
    (message,) = answer_messages(answer, texts)
    assert texts.scope(Scope(YEAR, 12, 0)) in message.text
    for part in ("2018", "BBC", texts.count_articles(12)):
        assert part in message.text
    assert buttons(message) == {texts.lift: LIFT}
    assert message.replies
    assert texts.absent not in message.text  # the archive may have it elsewhere


@LANGUAGES
def test_articles_of_unknown_date_are_never_left_in_or_out_in_silence(texts: Texts) -> None:
    answer = replace(answered(HIT), scope=Scope(YEAR, 12, 3))
    (message,) = answer_messages(answer, texts)
    assert texts.restricted_undated.format(articles=texts.count_articles(3)) in message.text


@LANGUAGES
def test_a_restriction_that_no_article_meets_says_so(texts: Texts) -> None:
    answer = replace(answered(outcome=Outcome.ABSENT), scope=Scope(YEAR, 0, 0))
    (message,) = answer_messages(answer, texts)
    assert texts.restricted_to_none.split("{")[0] in message.text


def test_only_the_first_message_of_a_restricted_answer_lifts() -> None:
    found = [whole_hit(long_article(number, 80)) for number in range(4)]
    messages = answer_messages(replace(answered(*found), scope=Scope(YEAR, 12, 0)), ARABIC)
    assert len(messages) > 1
    assert [LIFT in buttons(m).values() for m in messages] == [True] + [False] * (len(messages) - 1)
    for message in messages:
        check_taken_by_telegram(message)


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (date(2018, 1, 1), date(2018, 12, 31), "2018"),
        (date(2021, 3, 1), date(2021, 3, 31), "March 2021"),
        (date(2020, 2, 1), date(2020, 2, 29), "February 2020"),
        (date(2021, 12, 1), date(2021, 12, 31), "December 2021"),
        (date(2021, 3, 30), date(2021, 3, 30), "30 March 2021"),
        (date(2021, 3, 1), date(2021, 6, 30), "from 1 March 2021 to 30 June 2021"),
        (date(2018, 1, 1), date(2019, 12, 31), "from 1 January 2018 to 31 December 2019"),
        (date(2020, 1, 1), None, "since 1 January 2020"),
        (None, date(2017, 12, 31), "until 31 December 2017"),
    ],
)
def test_a_time_is_told_in_the_largest_whole_unit(
    since: date | None, until: date | None, words: str
) -> None:
    text = ENGLISH.scope(Scope(Restriction(since, until), 3, 0))
    assert words in text.replace("\u2068", "").replace("\u2069", "")


# --- Outcomes -----------------------------------------------------------------------------------


@LANGUAGES
def test_an_absent_answer_says_what_was_searched_and_quotes_nothing(texts: Texts) -> None:
    (message,) = answer_messages(answered(outcome=Outcome.ABSENT), texts)
    assert message == Message(f"{texts.absent}\n{texts.coverage(COVERAGE)}")
    assert texts.count_articles(5) in message.text
    assert texts.day("2021-03-30") in message.text
    assert texts.day("2024-10-01") in message.text


@LANGUAGES
def test_a_related_answer_says_first_that_it_is_none(texts: Texts) -> None:
    hit = replace(HIT, answer=None)
    messages = answer_messages(answered(hit, outcome=Outcome.RELATED), texts)
    assert messages[0].text.startswith(f"{texts.related}\n{texts.coverage(COVERAGE)}\n\n")
    assert quotations(messages) == [BODY]
    assert bold_within_quotations(messages) == []


@LANGUAGES
def test_an_answer_has_no_word_of_doubt(texts: Texts) -> None:
    (message,) = answer_messages(answered(HIT), texts)
    assert texts.related not in message.text
    assert texts.absent not in message.text


@pytest.mark.parametrize("outcome", list(Outcome))
def test_no_probability_is_shown(outcome: Outcome) -> None:
    found = [] if outcome is Outcome.ABSENT else [HIT]
    for message in answer_messages(answered(*found, outcome=outcome), ENGLISH):
        assert "87" not in message.text


# --- Origin -------------------------------------------------------------------------------------


@LANGUAGES
def test_a_card_names_title_source_and_date_with_their_bases_and_the_id(texts: Texts) -> None:
    text = card(HIT, texts)
    lines = [re.sub("[\u2066-\u2069]", "", line) for line in text.split("\n")]
    assert lines[0] == ARTICLE.title
    assert lines[1] == f"{texts.source}: وكالة الأنباء ({texts.bases[Basis.EDITOR]})"
    day = texts.day("2021-06-28")
    assert lines[2] == f"{texts.published}: {day} ({texts.bases[Basis.ESTIMATED]})"
    assert lines[-1] == f"{texts.identifier}: 001_made-up"


@LANGUAGES
@pytest.mark.parametrize("basis", [Basis.STATED, Basis.EDITOR, Basis.ESTIMATED, Basis.PAGE])
def test_a_date_is_never_shown_without_its_basis(texts: Texts, basis: Basis) -> None:
    published = Published("2021-06", Precision.MONTH, basis)
    text = card(whole_hit(replace(ARTICLE, published=published)), texts)
    assert f"({texts.bases[basis]})" in text.split("\n")[2]


@LANGUAGES
def test_an_unknown_source_is_said_to_be_unknown_and_the_file_is_named(texts: Texts) -> None:
    text = card(whole_hit(replace(ARTICLE, source=Source(), published=Published())), texts)
    source, published = text.split("\n")[1:3]
    assert texts.unknown in source
    assert "001_made-up" in source
    assert published == f"{texts.published}: {texts.unknown}"


@LANGUAGES
def test_a_title_taken_from_the_text_says_so(texts: Texts) -> None:
    text = card(whole_hit(replace(ARTICLE, title_basis=Basis.ESTIMATED)), texts)
    assert text.split("\n")[0] == f"{ARTICLE.title} ({texts.title_from_text})"
    assert texts.title_from_text not in card(HIT, texts)


def test_an_article_without_a_title_is_headed_by_its_id() -> None:
    assert card(whole_hit(replace(ARTICLE, title=" \n"))).startswith("001_made-up\n")


def test_a_title_stands_on_one_line_and_a_long_one_is_cut_between_words() -> None:
    article = replace(ARTICLE, title="عنوان\nطويل  " * 100)
    title = card(whole_hit(article)).split("\n")[0]
    assert title.startswith("عنوان طويل عنوان")
    assert title.endswith((" طويل…", " عنوان…"))
    assert len(title) <= 301


@pytest.mark.parametrize("title", ["NATO يعلن", "«داعش» في أفريقيا", "10 سنوات", "😀 روما"])
def test_an_arabic_title_that_does_not_begin_in_arabic_is_marked_as_running_leftward(
    title: str,
) -> None:
    (message,) = answer_messages(answered(whole_hit(replace(ARTICLE, title=title))), ARABIC)
    assert message.text.startswith(f"\u200f{title}\n")
    assert covered(message, message.entities[0]) == title


@pytest.mark.parametrize("title", ["روما", "Rome meeting"])
def test_a_title_of_one_direction_needs_no_mark(title: str) -> None:
    assert card(whole_hit(replace(ARTICLE, title=title))).startswith(f"{title}\n")


def test_names_of_either_direction_are_isolated_from_what_stands_around_them() -> None:
    article = replace(ARTICLE, title="Rome", source=Source("Reuters", Basis.STATED))
    text = card(with_others(HIT, article))
    assert "\u2068Rome\u2069" in text
    assert "\u2068Reuters\u2069" in text
    assert text.count("\u2068") == text.count("\u2069")


def others(count: int) -> tuple[Article, ...]:
    return tuple(
        replace(ARTICLE, id=f"copy-{number}", title=f"نسخة {number}", source=Source())
        for number in range(count)
    )


@LANGUAGES
@pytest.mark.parametrize("count", [1, 2, 5, 6, 7, 12, 105])
def test_other_articles_are_listed_up_to_five_and_the_rest_are_counted(
    texts: Texts, count: int
) -> None:
    text = card(with_others(HIT, *others(count)), texts)
    assert f"\n{texts.also_in}:\n" in text
    assert [n for n in range(count) if f"نسخة {n}\u2069" in text] == list(range(min(count, 5)))
    more = texts.also_in_more.format(articles=texts.count_articles(count - 5))
    assert (more in text.split("\n")) == (count > 5)
    assert len(re.findall(r"^\d+\. ", text, re.MULTILINE)) == min(count, 5)


@LANGUAGES
def test_a_passage_found_once_names_no_other_article(texts: Texts) -> None:
    assert texts.also_in not in card(HIT, texts)


@LANGUAGES
def test_another_article_is_named_with_source_and_date(texts: Texts) -> None:
    known = replace(ARTICLE, title="عنوان آخر")
    (line,) = re.findall("^1\\..*$", card(with_others(HIT, known), texts), re.MULTILINE)
    for part in ("عنوان آخر", "وكالة الأنباء", texts.date(ARTICLE.published)):
        assert part in line
    (line,) = re.findall("^1\\..*$", card(with_others(HIT, *others(1)), texts), re.MULTILINE)
    assert "copy-0" in line


def test_an_english_card_has_no_arabic_of_ours() -> None:
    english = Article("a1", "Rome", "Ministers met.", source=Source("Reuters", Basis.STATED))
    text = card(with_others(whole_hit(english), *[english] * 6), ENGLISH)
    assert re.findall("[\u0600-\u06ff]", text) == []
