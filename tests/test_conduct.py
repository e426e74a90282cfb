"""Who may ask and how often, what is no question, and what the bot says of itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import silent
from fakes import BotApi, Chat, User
from serving import ADMIN_ID, HOW_MANY_MEMBERS, MEMBERS, reader_who_chose, running

from bot.admin_texts import ENGLISH as ADMIN
from bot.texts import ARABIC, ENGLISH, Texts
from retrieval.encoder import BUNDLED
from retrieval.opening import open_afresh
from retrieval.publishing import publish_new
from retrieval.retriever import Retriever

URL = "https://news.example/flood?id=7"


@pytest.fixture
def reader(reader_of_either: User) -> User:
    return reader_of_either


def newsroom(api: BotApi, *members: User) -> Chat:
    return api.group(-1_001_234_567_899, "غرفة الأخبار", list(members))


@pytest.mark.usefixtures("reader")
async def test_telegram_is_told_in_both_languages_what_the_bot_is(api: BotApi) -> None:
    for method, field, told in (
        ("setMyDescription", "description", {ARABIC.description, ENGLISH.description}),
        (
            "setMyShortDescription",
            "short_description",
            {ARABIC.short_description, ENGLISH.short_description},
        ),
    ):
        calls = await api.wait_for_call(method, 2)
        assert {call.params[field] for call in calls} == told
        assert {call.params.get("language_code") for call in calls} == {None, "ar"}


async def test_in_a_group_on_the_list_anybody_may_ask_and_elsewhere_nobody(
    api: BotApi, retriever: Retriever, tmp_path: Path, texts: Texts
) -> None:
    reader = await reader_who_chose(api, tmp_path, texts)
    group = newsroom(api, reader)
    async with running(api, retriever, tmp_path, access={"chats": (group.id,)}):
        await reader.send(f"/ask {HOW_MANY_MEMBERS}", group)
        (card,) = await api.wait_for_messages(group.id, 1)
        assert MEMBERS[:20] in card.text
        await reader.send(HOW_MANY_MEMBERS)
        (told,) = await api.wait_for_messages(reader.id, 1)
        assert told.text == texts.not_admitted


async def test_a_group_that_asks_too_often_is_asked_to_wait_whoever_asks(
    api: BotApi, retriever: Retriever, tmp_path: Path, texts: Texts
) -> None:
    one = await reader_who_chose(api, tmp_path, texts)
    other = await reader_who_chose(api, tmp_path, texts)
    group = newsroom(api, one, other)
    async with running(api, retriever, tmp_path, access={"chat_per_minute": 1}):
        await one.send(f"/ask {HOW_MANY_MEMBERS}", group)
        await api.wait_for_messages(group.id, 1)
        await other.send(f"/ask {HOW_MANY_MEMBERS}", group)
        told = (await api.wait_for_messages(group.id, 2))[1]
        assert told.text.startswith(texts.too_many.partition("{")[0])
        await other.send(HOW_MANY_MEMBERS)
        (card,) = await api.wait_for_messages(other.id, 1)
        assert MEMBERS in card.text


async def test_a_group_that_put_the_bot_out_is_no_fault(
    api: BotApi, reader: User, caplog: pytest.LogCaptureFixture
) -> None:
    group = newsroom(api, reader)
    api.block(group.id)
    await reader.send(f"/ask {HOW_MANY_MEMBERS}", group)
    await api.wait_for_call("sendMessage")
    await reader.send(HOW_MANY_MEMBERS)
    await api.wait_for_messages(reader.id, 1)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    api.violations.clear()


async def test_a_question_that_is_edited_is_not_answered_again(api: BotApi, reader: User) -> None:
    update = await reader.send(HOW_MANY_MEMBERS)
    await api.wait_for_messages(reader.id, 1)
    asked = api.updates[update]["message"]["message_id"]
    await reader.edit(asked, f"{HOW_MANY_MEMBERS} الآن")
    await reader.send("/about")
    _, about = await api.wait_for_messages(reader.id, 2)
    assert MEMBERS not in about.text


async def test_a_question_full_of_entities_is_answered_like_any_other(
    api: BotApi, reader: User
) -> None:
    entities = [{"type": "bold", "offset": n % 20, "length": 1} for n in range(3000)]
    message = {
        "message_id": 900_001,
        "date": 1_700_000_000,
        "chat": {"id": reader.id, "type": "private"},
        "from": reader.as_json,
        "text": HOW_MANY_MEMBERS,
        "entities": entities,
    }
    await reader.send_update({"message": message})
    (card,) = await api.wait_for_messages(reader.id, 1)
    assert MEMBERS in card.text


async def test_votes_are_summed_up_for_admins(api: BotApi, reader: User) -> None:
    admin = api.user(ADMIN_ID, language_code="en")
    await reader.send(HOW_MANY_MEMBERS)
    (card,) = await api.wait_for_messages(reader.id, 1)
    await reader.press(card, "👎")
    await api.wait_for_call("answerCallbackQuery")
    await admin.send("/status")
    (status,) = await api.wait_for_messages(admin.id, 1)
    assert ADMIN.votes.format(liked=0, disliked=1, reasons="") in status.text


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    """An archive of two articles that report the same, one with its URL."""
    folder = tmp_path_factory.mktemp("linked")
    text = "قال وزير الري إن فيضان نهر عطبرة أغرق ثلاثين قرية في ولاية كسلا يوم الخميس الماضي."
    common = {"title": "فيضان عطبرة", "text": text}
    articles = [
        {"_id": "one", "source": "سونا", "published": "2021-09-03", "url": URL, **common},
        {"_id": "two", "source": "رويترز", "published": "2021-09-04", **common},
    ]
    corpus = folder / "articles.jsonl"
    corpus.write_text("".join(f"{json.dumps(one)}\n" for one in articles), encoding="utf-8")
    publish_new(folder / "var", [corpus], BUNDLED, silent)
    one = open_afresh(folder / "var", [corpus], BUNDLED)
    yield one
    one.close()


async def test_a_card_links_to_its_article_and_names_who_else_reported_it_with_dates(
    api: BotApi, linked: Retriever, tmp_path: Path, texts: Texts
) -> None:
    reader = await reader_who_chose(api, tmp_path, texts)
    async with running(api, linked, tmp_path):
        await reader.send("كم قرية أغرق فيضان نهر عطبرة؟")
        (card,) = await api.wait_for_messages(reader.id, 1)
        shown = linked.article(card.entities_of("code")[0])
        other = linked.article("two" if shown.id == "one" else "one")
        await reader.press(card, texts.other_sources.format(count=1))
        listed = (await api.wait_for_messages(reader.id, 2))[1]
        assert other.source.name is not None
        assert other.source.name in listed.text
        assert texts.date(other.published) in listed.text
        await reader.press(listed, texts.open_number.format(number=1))
        opened = (await api.wait_for_messages(reader.id, 3))[2]
        links = [b["url"] for message in (card, opened) for b in message.buttons if "url" in b]
        assert links == [URL]
