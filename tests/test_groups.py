"""In groups the bot answers whoever asks it, and nobody else; in other chats by inline mode."""

from pathlib import Path

import pytest
from fakes import BotApi, Chat, User
from serving import HOW_MANY_MEMBERS, MEMBERS, reader_who_chose, running

from bot.texts import Texts
from retrieval.retriever import Retriever


@pytest.fixture
def reader(reader_of_either: User) -> User:
    return reader_of_either


@pytest.fixture
def group(api: BotApi, reader: User) -> Chat:
    return api.group(-1_001_234_567_890, "غرفة الأخبار", [reader])


async def silence(api: BotApi, reader: User, chat: Chat) -> None:
    """Show that nothing was said in a chat, by asking in private and getting an answer first."""
    await reader.send(HOW_MANY_MEMBERS)
    await api.wait_for_messages(reader.id, 1)
    assert api.bot_messages(chat.id) == []


async def test_a_mention_is_answered_briefly_with_a_link_to_the_rest(
    api: BotApi, reader: User, group: Chat, retriever: Retriever, texts: Texts
) -> None:
    await reader.send(f"@{api.bot['username']} {HOW_MANY_MEMBERS}", group)
    (card,) = await api.wait_for_messages(group.id, 1)
    asked = api.messages(group.id)[0]
    assert card.reply_to == asked.message_id
    assert card.entities_of("blockquote")[0] in retriever.article("004_54d29c8a5962ac88").body
    (button,) = card.buttons
    assert button["text"] == texts.in_private
    _, _, start = button["url"].partition("?start=")
    await reader.send(f"/start {start}")
    (whole,) = await api.wait_for_messages(reader.id, 1)
    assert MEMBERS in whole.text
    assert whole.entities_of("expandable_blockquote")


@pytest.mark.parametrize("asked", ["@{name} {question}", "/ask {question}"])
async def test_a_restriction_is_lifted_in_the_group_it_was_asked_in(
    api: BotApi, reader: User, group: Chat, texts: Texts, asked: str
) -> None:
    question = f"{HOW_MANY_MEMBERS[:-1]} في 2024؟"
    await reader.send(asked.format(name=api.bot["username"], question=question), group)
    (card,) = await api.wait_for_messages(group.id, 1)
    assert MEMBERS[:20] not in card.text
    await reader.press(card, texts.lift)
    lifted = (await api.wait_for_messages(group.id, 2))[1]
    assert MEMBERS[:20] in lifted.text
    assert [button["text"] for button in lifted.buttons] == [texts.in_private]


async def test_a_reply_to_the_bot_is_a_question(
    api: BotApi, reader: User, group: Chat, texts: Texts
) -> None:
    await reader.send(f"/ask {HOW_MANY_MEMBERS}", group)
    (first,) = await api.wait_for_messages(group.id, 1)
    await reader.send("كيف حالك", group, reply_to=first)
    second = (await api.wait_for_messages(group.id, 2))[1]
    assert second.text.startswith(texts.absent)


async def test_an_answer_stays_in_the_topic_it_was_asked_in(api: BotApi, reader: User) -> None:
    forum = api.group(-1_001_234_567_891, "منتدى", [reader], is_forum=True)
    forum.topics.add(topic := 7)
    await reader.send(
        f"/ask@{api.bot['username']} {HOW_MANY_MEMBERS}", forum, message_thread_id=topic
    )
    (card,) = await api.wait_for_messages(forum.id, 1)
    assert card.message_thread_id == topic


@pytest.mark.parametrize("text", [HOW_MANY_MEMBERS, "@somebody كم عضوا؟", "/unknown", "/start"])
async def test_what_is_not_said_to_the_bot_is_left_alone(
    api: BotApi, reader: User, group: Chat, text: str
) -> None:
    await reader.send(text, group)
    await silence(api, reader, group)


async def test_a_mention_without_a_question_is_told_how_to_ask(
    api: BotApi, reader: User, group: Chat, texts: Texts
) -> None:
    await reader.send(f"@{api.bot['username']}", group)
    (told,) = await api.wait_for_messages(group.id, 1)
    assert told.text == texts.no_topic


async def test_admins_of_a_group_switch_answers_off_and_on(
    api: BotApi, retriever: Retriever, tmp_path: Path, texts: Texts
) -> None:
    owner = await reader_who_chose(api, tmp_path, texts)
    member = await reader_who_chose(api, tmp_path, texts)
    group = api.group(-1_001_234_567_892, "غرفة", [member], admins=[owner])
    async with running(api, retriever, tmp_path):
        await member.send("/off", group)
        assert (await api.wait_for_messages(group.id, 1))[0].text == texts.group_admins_only
        await owner.send("/off", group)
        assert (await api.wait_for_messages(group.id, 2))[1].text == texts.group_silent
    async with running(api, retriever, tmp_path):
        await member.send(f"/ask {HOW_MANY_MEMBERS}", group)
        await owner.send("/on", group)
        assert (await api.wait_for_messages(group.id, 3))[2].text == texts.group_answers
        await member.send(f"/ask {HOW_MANY_MEMBERS}", group)
        assert MEMBERS[:20] in (await api.wait_for_messages(group.id, 4))[3].text


@pytest.mark.parametrize(
    "changed",
    [
        {"from": {"id": 5, "is_bot": True, "first_name": "another bot"}},
        {"via_bot": {"id": 6, "is_bot": True, "first_name": "inline"}},
        {"is_automatic_forward": True},
        {"sender_chat": {"id": -100500, "type": "channel", "title": "قناة"}},
    ],
)
async def test_bots_and_channels_get_no_answer(
    api: BotApi, reader: User, group: Chat, changed: dict[str, object]
) -> None:
    message = {
        "message_id": 900_001,
        "date": 1_700_000_000,
        "chat": {"id": group.id, "type": "supergroup", "title": group.title},
        "from": reader.as_json,
        "text": f"/ask {HOW_MANY_MEMBERS}",
        "entities": [{"type": "bot_command", "offset": 0, "length": 4}],
    }
    await reader.send_update({"message": message | changed})
    await silence(api, reader, group)


async def test_a_group_that_became_a_supergroup_is_answered_there(
    api: BotApi, reader: User
) -> None:
    group = api.group(-4321, "غرفة صغيرة", [reader])
    moved = api.migrate(group.id, -1_001_234_567_893)
    message = {
        "message_id": 900_001,
        "date": 1_700_000_000,
        "chat": {"id": group.id, "type": "group", "title": group.title},
        "from": reader.as_json,
        "text": f"/ask {HOW_MANY_MEMBERS}",
        "entities": [{"type": "bot_command", "offset": 0, "length": 4}],
    }
    await reader.send_update({"message": message})
    (card,) = await api.wait_for_messages(moved.id, 1)
    assert MEMBERS[:20] in card.text


async def test_whoever_blocked_the_bot_is_not_apologised_to(
    api: BotApi, reader: User, caplog: pytest.LogCaptureFixture
) -> None:
    gone = api.user(language_code="ar")
    api.block(gone.id)
    await gone.send(HOW_MANY_MEMBERS)
    await api.wait_for_call("sendMessage")
    await reader.send(HOW_MANY_MEMBERS)
    await api.wait_for_messages(reader.id, 1)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    api.violations.clear()


async def test_a_question_typed_inline_offers_cards_to_the_letter(
    api: BotApi, reader: User
) -> None:
    await reader.inline(HOW_MANY_MEMBERS)
    await api.wait_for_call("answerInlineQuery")
    (answer,) = api.inline_answers
    assert 1 <= len(answer.results) <= 10
    content = answer.results[0]["input_message_content"]
    assert MEMBERS in content["message_text"]
    assert "2022" in answer.results[0]["description"]


async def test_nothing_typed_inline_offers_examples(api: BotApi, reader: User) -> None:
    await reader.inline("")
    await api.wait_for_call("answerInlineQuery")
    assert api.inline_answers[0].results


@pytest.mark.parametrize("query", ["وصفة الكشري بالعدس", "؟؟؟", "س" * 256])
async def test_nothing_found_inline_says_so(api: BotApi, reader: User, query: str) -> None:
    await reader.inline(query)
    (call,) = await api.wait_for_call("answerInlineQuery")
    assert api.inline_answers[0].results == []
    assert "button" in call.params


async def test_an_inline_query_that_is_too_old_is_no_fault(
    api: BotApi, reader: User, caplog: pytest.LogCaptureFixture
) -> None:
    api.fail_next("answerInlineQuery", 400, "Bad Request: query is too old")
    await reader.inline(HOW_MANY_MEMBERS)
    await api.wait_for_call("answerInlineQuery")
    await reader.inline(HOW_MANY_MEMBERS)
    await api.wait_for_call("answerInlineQuery", 2)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
