"""What readers do with an answer, and the commands beside questions, over a real socket."""

from pathlib import Path

import pytest
from fakes import BotApi, StoredMessage, User
from serving import ADMIN_ID, HOW_MANY_MEMBERS, MEMBERS, WHO_CHAIRED_ROME, reader_who_chose, running

from bot.admin_texts import ENGLISH as ADMIN
from bot.texts import ARABIC, Reason, Texts
from retrieval.evaluation import read_questions
from retrieval.retriever import Retriever

SECOND = "003_dbecf9ef6e395945"
"""The article of the second hit for `WHO_CHAIRED_ROME`."""
NOTHING = "ما هي أفضل وصفة للكشري؟"


@pytest.fixture
def reader(reader_of_either: User) -> User:
    return reader_of_either


def onward(texts: Texts) -> str:
    """The arrow to the next page, in the direction that is read."""
    return "◀" if texts is ARABIC else "▶"


def backward(texts: Texts) -> str:
    return "▶" if texts is ARABIC else "◀"


async def card_of(api: BotApi, reader: User, question: str) -> StoredMessage:
    before = len(api.bot_messages(reader.id))
    await reader.send(question)
    return (await api.wait_for_messages(reader.id, before + 1))[before]


def labels(message: StoredMessage) -> list[str]:
    return [button["text"] for button in message.buttons]


async def edits(api: BotApi, count: int) -> None:
    await api.wait_for_call("editMessageText", count)
    await api.wait_for_call("answerCallbackQuery", count)


async def test_hits_are_turned_in_one_message_and_back(
    api: BotApi, reader: User, retriever: Retriever, texts: Texts
) -> None:
    card = await card_of(api, reader, WHO_CHAIRED_ROME)
    first, pages = card.text, [label for label in labels(card) if "/" in label]
    assert pages[0].startswith("1/")
    assert backward(texts) not in labels(card)
    await reader.press(card, onward(texts))
    await edits(api, 1)
    assert SECOND in card.text
    shown = retriever.article(SECOND)
    assert texts.date(shown.published) in card.text
    await reader.press(card, backward(texts))
    await edits(api, 2)
    assert card.text == first
    assert len(api.bot_messages(reader.id)) == 1


async def test_the_number_of_the_page_can_be_pressed_and_nothing_changes(
    api: BotApi, reader: User
) -> None:
    card = await card_of(api, reader, WHO_CHAIRED_ROME)
    text = card.text
    await reader.press(card, next(label for label in labels(card) if "/" in label))
    await api.wait_for_call("answerCallbackQuery")
    assert card.text == text


async def test_pages_are_turned_after_a_restart(
    api: BotApi, retriever: Retriever, tmp_path: Path, texts: Texts
) -> None:
    reader = await reader_who_chose(api, tmp_path, texts)
    async with running(api, retriever, tmp_path):
        card = await card_of(api, reader, WHO_CHAIRED_ROME)
    async with running(api, retriever, tmp_path):
        await reader.press(card, onward(texts))
        await edits(api, 1)
        assert SECOND in card.text


async def test_told_to_wait_in_the_middle_of_paging_the_page_turns_a_moment_later(
    api: BotApi, reader: User, texts: Texts
) -> None:
    card = await card_of(api, reader, WHO_CHAIRED_ROME)
    first = card.text
    api.flood_next("editMessageText", retry_after=1)
    await reader.press(card, onward(texts))
    await api.wait_until(lambda: card.text != first, timeout=10)
    assert SECOND in card.text
    api.flood_next("sendMessage", retry_after=1)
    await reader.press(card, texts.whole_article)
    page = (await api.wait_for_messages(reader.id, 2, timeout=10))[1]
    assert page.entities_of("blockquote")


async def test_a_whole_article_is_read_on_after_a_restart(
    api: BotApi, retriever: Retriever, tmp_path: Path, texts: Texts
) -> None:
    reader = await reader_who_chose(api, tmp_path, texts)
    async with running(api, retriever, tmp_path):
        card = await card_of(api, reader, HOW_MANY_MEMBERS)
        await reader.press(card, texts.whole_article)
        page = (await api.wait_for_messages(reader.id, 2))[1]
        first = page.entities_of("blockquote")[0]
    async with running(api, retriever, tmp_path):
        await reader.press(page, onward(texts))
        await api.wait_for_call("editMessageText")
        second = page.entities_of("blockquote")[0]
    body = retriever.article(card.entities_of("code")[0]).body
    assert first != second
    assert body.index(first) < body.index(second)


async def test_a_page_of_a_memory_that_is_gone_says_so(
    api: BotApi, retriever: Retriever, texts: Texts, tmp_path: Path
) -> None:
    reader = await reader_who_chose(api, tmp_path, texts)
    async with running(api, retriever, tmp_path):
        card = await card_of(api, reader, WHO_CHAIRED_ROME)
    async with running(api, retriever):
        await reader.press(card, onward(texts))
        (call,) = await api.wait_for_call("answerCallbackQuery")
        assert call.params["text"] == texts.outdated


async def test_a_message_that_can_no_longer_change_is_told_kindly(
    api: BotApi, reader: User, texts: Texts
) -> None:
    card = await card_of(api, reader, WHO_CHAIRED_ROME)
    api.fail_next("editMessageText", 400, "Bad Request: message can't be edited")
    await reader.press(card, onward(texts))
    (call,) = await api.wait_for_call("answerCallbackQuery")
    assert call.params["text"] == texts.too_old


async def test_a_whole_article_is_read_page_by_page_to_the_letter(
    api: BotApi, reader: User, retriever: Retriever, texts: Texts
) -> None:
    card = await card_of(api, reader, WHO_CHAIRED_ROME)
    article = retriever.article(card.entities_of("code")[0])
    await reader.press(card, texts.whole_article)
    page = (await api.wait_for_messages(reader.id, 2))[1]
    read = [page.entities_of("blockquote")[0]]
    while onward(texts) in labels(page):
        await reader.press(page, onward(texts))
        await edits(api, len(read))
        read.append(page.entities_of("blockquote")[0])
    assert "".join("".join(read).split()) == "".join(article.body.split())
    assert all(part in article.body for part in read)
    assert page.entities_of("bold")[0] == article.title


async def test_a_citation_is_copied_with_source_title_and_date(
    api: BotApi, reader: User, retriever: Retriever, texts: Texts
) -> None:
    card = await card_of(api, reader, HOW_MANY_MEMBERS)
    article = retriever.article(card.entities_of("code")[0])
    copied = next(b["copy_text"]["text"] for b in card.buttons if "copy_text" in b)
    assert (article.source.name or texts.unknown_citation) in copied
    assert "2022" in copied
    assert copied[1:].startswith(article.title[:60])


@pytest.mark.parametrize("restarts", [False, True])
async def test_one_vote_a_reader_that_can_be_changed(
    api: BotApi,
    retriever: Retriever,
    tmp_path: Path,
    restarts: bool,  # noqa: FBT001
    texts: Texts,
) -> None:
    reader = await reader_who_chose(api, tmp_path, texts)
    async with running(api, retriever, tmp_path, keep_questions=True):
        card = await card_of(api, reader, HOW_MANY_MEMBERS)
        before = labels(card)
        await reader.press(card, "👎")
        await api.wait_for_call("editMessageReplyMarkup")
        assert set(texts.reasons.values()) <= set(labels(card))
        if not restarts:
            await reader.press(card, texts.reasons[Reason.ORIGIN])
            await api.wait_for_call("editMessageReplyMarkup", 2)
            assert labels(card) == before
    async with running(api, retriever, tmp_path, keep_questions=True):
        admin = api.user(ADMIN_ID, language_code="en")
        if restarts:
            await reader.press(card, "↩")
            await api.wait_for_call("editMessageReplyMarkup", 2)
        await reader.press(card, "👍")
        calls = await api.wait_for_call("answerCallbackQuery", 3)
        assert calls[-1].params["text"] == texts.thanks
        await admin.send("/feedback")
        told = await api.wait_for_messages(admin.id, 2)
        assert told[0].text == ADMIN.votes.format(liked=1, disliked=0, reasons="")
        path = tmp_path / "questions.jsonl"
        path.write_bytes(api.files[told[1].media["document"]["file_id"]].content)
    (question,) = read_questions(path)
    assert question.text == HOW_MANY_MEMBERS
    assert question.answerable
    (gold,) = question.gold
    assert gold.quote is not None
    assert gold.quote in retriever.article(gold.article).body


async def test_without_the_setting_no_question_is_kept_or_exported(
    api: BotApi, retriever: Retriever, tmp_path: Path, texts: Texts
) -> None:
    reader = await reader_who_chose(api, tmp_path, texts)
    async with running(api, retriever, tmp_path):
        admin = api.user(ADMIN_ID, language_code="en")
        card = await card_of(api, reader, HOW_MANY_MEMBERS)
        await reader.press(card, "👍")
        await api.wait_for_call("answerCallbackQuery")
        await admin.send("/feedback")
        (told,) = await api.wait_for_messages(admin.id, 1)
        assert told.text.startswith("Votes: 1")
    stored = (tmp_path / "state.sqlite").read_bytes()
    assert "عضوا".encode() not in stored


async def test_what_is_kept_of_a_reader_is_deleted_when_they_ask(
    api: BotApi, retriever: Retriever, tmp_path: Path, texts: Texts
) -> None:
    reader = await reader_who_chose(api, tmp_path, texts)
    async with running(api, retriever, tmp_path):
        admin = api.user(ADMIN_ID, language_code="en")
        card = await card_of(api, reader, HOW_MANY_MEMBERS)
        await reader.press(card, "👍")
        await api.wait_for_call("answerCallbackQuery")
        await reader.send("/forget")
        assert (await api.wait_for_messages(reader.id, 2))[1].text == texts.forgotten
        await admin.send("/feedback")
        assert (await api.wait_for_messages(admin.id, 1))[0].text == ADMIN.votes_none


async def test_examples_can_be_tapped_and_are_answered(api: BotApi, reader: User) -> None:
    await reader.send("/start")
    (start,) = await api.wait_for_messages(reader.id, 1)
    assert len(start.buttons) == 3
    await reader.press(start, labels(start)[0])
    card = (await api.wait_for_messages(reader.id, 2))[1]
    assert card.entities_of("expandable_blockquote")


async def test_where_nothing_is_found_what_can_be_asked_is_offered(
    api: BotApi, reader: User, texts: Texts
) -> None:
    card = await card_of(api, reader, NOTHING)
    assert card.text.startswith(texts.absent)
    assert card.text.endswith(texts.examples)
    assert len(card.buttons) == 3


async def test_the_latest_articles_are_listed_with_dates_and_opened(
    api: BotApi, reader: User, retriever: Retriever, texts: Texts
) -> None:
    await reader.send("/latest")
    (listed,) = await api.wait_for_messages(reader.id, 1)
    assert listed.text.startswith(texts.latest)
    latest = retriever.latest(1)[0].article
    assert latest.title[:40] in listed.text.splitlines()[1]
    await reader.press(listed, texts.open_number.format(number=1))
    opened = (await api.wait_for_messages(reader.id, 2))[1]
    assert opened.entities_of("bold")[0] == latest.title


async def test_sources_are_told_to_every_reader(api: BotApi, reader: User, texts: Texts) -> None:
    await reader.send("/sources")
    assert texts.count_articles(5) in (await api.wait_for_messages(reader.id, 1))[0].text


async def test_a_search_finds_words_and_phrases_to_the_letter(
    api: BotApi, reader: User, texts: Texts
) -> None:
    found = await card_of(api, reader, "/search التحالف تأسس")
    assert found.text.startswith(texts.search_found)
    assert MEMBERS in found.text
    found = await card_of(api, reader, '/search "التحالف تأسس في العام 2014"')
    assert MEMBERS in found.text
    missed = await card_of(api, reader, '/search "تأسس التحالف في العام 2014"')
    assert missed.text == texts.search_none


async def test_a_search_is_restricted_to_sources_and_dates(
    api: BotApi, reader: User, retriever: Retriever, texts: Texts
) -> None:
    found = await card_of(api, reader, "/search التحالف date:2024")
    assert "2024" in found.text
    again = await card_of(api, reader, '/search التحالف source:"روزا اليوسف"')
    source = retriever.article(again.entities_of("code")[0]).source
    assert source.name == "بوابة روزا اليوسف"
    wrong = await card_of(api, reader, "/search التحالف date:غدا")
    assert "غدا" in wrong.text
    unknown = await card_of(api, reader, "/search التحالف source:لاأحد")
    assert "لاأحد" in unknown.text
    assert (await card_of(api, reader, "/search")).text == texts.search_help


async def test_a_language_that_was_chosen_stays(
    api: BotApi, retriever: Retriever, tmp_path: Path, texts: Texts
) -> None:
    name = {"ar": "العربية", "en": "English"}[texts.language]
    async with running(api, retriever, tmp_path):
        reader = api.user(language_code="en" if texts is ARABIC else "ar")
        asked = await card_of(api, reader, "/lang")
        await reader.press(asked, name)
        assert (await api.wait_for_messages(reader.id, 2))[1].text == texts.language_set
    async with running(api, retriever, tmp_path):
        assert texts.source in (await card_of(api, reader, HOW_MANY_MEMBERS)).text
        assert (await card_of(api, reader, "/help")).text == texts.help


async def test_what_is_kept_is_told(api: BotApi, reader: User, texts: Texts) -> None:
    about = await card_of(api, reader, "/about")
    assert texts.count_articles(5) in about.text
    assert texts.questions_not_kept in about.text


async def test_a_reader_who_asks_too_often_is_asked_to_wait(
    api: BotApi, retriever: Retriever, texts: Texts, tmp_path: Path
) -> None:
    reader = await reader_who_chose(api, tmp_path, texts)
    other = await reader_who_chose(api, tmp_path, texts)
    async with running(api, retriever, tmp_path, access={"user_per_minute": 2}):
        for _ in range(2):
            assert MEMBERS in (await card_of(api, reader, HOW_MANY_MEMBERS)).text
        assert (await card_of(api, reader, HOW_MANY_MEMBERS)).text.startswith(
            texts.too_many.partition("{")[0]
        )
        assert MEMBERS in (await card_of(api, other, HOW_MANY_MEMBERS)).text


async def test_only_those_on_the_list_are_answered(
    api: BotApi, retriever: Retriever, texts: Texts, tmp_path: Path
) -> None:
    stranger = await reader_who_chose(api, tmp_path, texts)
    reader = await reader_who_chose(api, tmp_path, texts)
    async with running(api, retriever, tmp_path, access={"users": (reader.id,)}):
        assert (await card_of(api, stranger, HOW_MANY_MEMBERS)).text == texts.not_admitted
        assert MEMBERS in (await card_of(api, reader, HOW_MANY_MEMBERS)).text


@pytest.mark.parametrize(
    "question",
    [
        "\u200b" * 4000,
        "\u202e\u202d" * 100 + "؟",
        "😀" * 1500,
        "\u0644\u0651\u064e" * 900,
        "'; DROP--",
    ],
)
async def test_what_is_no_question_is_met_with_a_kind_sentence_or_an_answer(
    api: BotApi, reader: User, question: str, texts: Texts
) -> None:
    update = {
        "message": {
            "message_id": 900_001,
            "date": 1_700_000_000,
            "chat": {"id": reader.id, "type": "private"},
            "from": reader.as_json,
            "text": question,
        }
    }
    await reader.send_update(update)
    (message,) = await api.wait_for_messages(reader.id, 1)
    assert message.text.startswith((texts.empty_question, texts.absent))
