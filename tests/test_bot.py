"""The real application talks over a real socket to a fake Bot API server."""

import asyncio
import logging
import signal
from datetime import date
from pathlib import Path

import pytest
from conftest import ROOT
from fakes import TOKEN, BotApi, StoredMessage, User
from house import program
from serving import HOW_MANY_MEMBERS, MEMBERS, WHO_CHAIRED_ROME, Broken, reader_who_chose, running

from bot.texts import ARABIC, ENGLISH, Texts
from retrieval.documents import Answer, Basis, Restriction
from retrieval.retriever import Retriever


def quotations(message: StoredMessage) -> list[str]:
    return message.entities_of("expandable_blockquote")


async def test_a_question_goes_in_and_the_card_comes_out_to_the_letter(
    api: BotApi, reader_of_either: User, retriever: Retriever, texts: Texts
) -> None:
    reader = reader_of_either
    await reader.send(HOW_MANY_MEMBERS)
    (card,) = await api.wait_for_messages(reader.id, 1)
    article = retriever.article("004_54d29c8a5962ac88")
    assert card.entities_of("bold")[0] == article.title
    assert quotations(card)[0] in article.body
    assert quotations(card)[0].startswith(MEMBERS)
    assert "(84) عضواً" in card.entities_of("bold")[1]
    assert texts.date(article.published) in card.text
    assert texts.bases[article.published.basis] in card.text
    assert card.entities_of("code")[0] == article.id
    seed = (ROOT / "seeds" / f"{article.id}.txt").read_text(encoding="utf-8")
    assert all(line in seed for line in quotations(card)[0].splitlines())


async def test_an_estimated_date_is_said_to_be_estimated(
    api: BotApi, reader_of_either: User, texts: Texts, retriever: Retriever
) -> None:
    reader = reader_of_either
    await reader.send(WHO_CHAIRED_ROME)
    (card,) = await api.wait_for_messages(reader.id, 1)
    published = retriever.article("002_bf51089687a09448").published
    assert (published.value, published.basis) == ("2021-06-28", Basis.ESTIMATED)
    assert texts.date(published) in card.text
    assert texts.bases[Basis.ESTIMATED] in card.text
    assert "002_bf51089687a09448" in card.text


@pytest.mark.parametrize("question", ["كيف حالك", "ما هي أفضل وصفة للكشري؟"])
async def test_what_is_not_in_the_archive_is_said_plainly_without_a_quotation(
    api: BotApi, reader_of_either: User, question: str, texts: Texts
) -> None:
    reader = reader_of_either
    await reader.send(question)
    (message,) = await api.wait_for_messages(reader.id, 1)
    assert message.text.startswith(texts.absent)
    assert texts.count_articles(5) in message.text
    assert quotations(message) == []


async def test_the_bot_shows_that_it_is_typing_while_an_answer_takes_its_time(
    api: BotApi, reader: User
) -> None:
    api.delay_next("sendMessage", 0.8)
    await reader.send(HOW_MANY_MEMBERS)
    await api.wait_for_messages(reader.id, 1)
    assert [(a.chat_id, a.action) for a in api.chat_actions] == [(reader.id, "typing")]


async def test_commands_answer_in_the_language_of_the_user(api: BotApi, reader: User) -> None:
    english = api.user(language_code="en-GB")
    for command in ("/start", "/help"):
        await reader.send(command)
        await english.send(command)
    arabic = {m.text for m in await api.wait_for_messages(reader.id, 2)}
    assert arabic == {ARABIC.start, ARABIC.help}
    assert {m.text for m in await api.wait_for_messages(english.id, 2)} == {
        ENGLISH.start,
        ENGLISH.help,
    }


@pytest.mark.usefixtures("reader")
async def test_commands_are_set_in_both_languages(api: BotApi) -> None:
    calls = await api.wait_for_call("setMyCommands", 2)
    assert {call.params.get("language_code") for call in calls} == {None, "ar"}


async def test_a_card_is_in_the_language_of_the_question(api: BotApi, retriever: Retriever) -> None:
    async with running(api, retriever):
        english = api.user(language_code="en")
        await english.send(HOW_MANY_MEMBERS)
        (card,) = await api.wait_for_messages(english.id, 1)
        assert f"{ARABIC.published}: " in card.text
        await english.send("How are you?")
        absent = (await api.wait_for_messages(english.id, 2))[1]
        assert absent.text.startswith(ENGLISH.absent)


async def test_what_is_no_question_gets_one_kind_sentence(
    api: BotApi, reader_of_either: User, texts: Texts
) -> None:
    reader = reader_of_either
    await reader.send("؟؟؟")
    await reader.sticker()
    await reader.photo("صورة")
    await reader.voice()
    await reader.send("/nosuchcommand")
    told = [m.text for m in await api.wait_for_messages(reader.id, 5)]
    assert sorted(told) == sorted(
        [texts.empty_question, *[texts.only_text] * 3, texts.unknown_command]
    )


async def test_in_a_group_the_bot_is_silent(api: BotApi, reader: User) -> None:
    group = api.group(-1001, "نقاش", [reader])
    await reader.send(HOW_MANY_MEMBERS, chat=group)
    await reader.send(HOW_MANY_MEMBERS)
    await api.wait_for_messages(reader.id, 1)
    assert api.bot_messages(group.id) == []


async def test_a_4096_character_question_is_answered(api: BotApi, reader_of_either: User) -> None:
    reader = reader_of_either
    await reader.send((HOW_MANY_MEMBERS + " ") * 140)
    (card, *_) = await api.wait_for_messages(reader.id, 1)
    assert card.text


async def test_told_to_wait_the_bot_waits_and_then_answers(
    api: BotApi, reader_of_either: User
) -> None:
    reader = reader_of_either
    api.flood_next("sendMessage", retry_after=1)
    await reader.send(HOW_MANY_MEMBERS)
    (card,) = await api.wait_for_messages(reader.id, 1, timeout=10)
    assert MEMBERS in card.text


async def test_a_chat_that_is_to_be_waited_for_holds_up_no_other(api: BotApi, reader: User) -> None:
    api.flood_next("sendMessage", retry_after=3)
    await reader.send(HOW_MANY_MEMBERS)
    await api.wait_for_call("sendMessage", 1)
    other = api.user(language_code="ar")
    await other.send(HOW_MANY_MEMBERS)
    (card,) = await api.wait_for_messages(other.id, 1)
    assert MEMBERS in card.text
    assert not api.bot_messages(reader.id)


async def test_a_broken_connection_does_not_lose_the_answer(
    api: BotApi, reader_of_either: User
) -> None:
    reader = reader_of_either
    api.drop_next("sendMessage")
    await reader.send(HOW_MANY_MEMBERS)
    (card,) = await api.wait_for_messages(reader.id, 1, timeout=10)
    assert MEMBERS in card.text


async def test_a_typing_action_that_fails_does_not_matter(api: BotApi, reader: User) -> None:
    api.flood_next("sendChatAction", retry_after=30)
    api.delay_next("sendMessage", 0.8)
    await reader.send(HOW_MANY_MEMBERS)
    (card,) = await api.wait_for_messages(reader.id, 1)
    assert MEMBERS in card.text


async def test_questions_of_many_readers_are_all_answered_once(
    api: BotApi, retriever: Retriever
) -> None:
    async with running(api, retriever):
        readers = [api.user() for _ in range(20)]
        for reader in readers:
            await reader.send(HOW_MANY_MEMBERS)
        for reader in readers:
            (card,) = await api.wait_for_messages(reader.id, 1, timeout=20)
            assert MEMBERS in card.text


COMMUNIQUE = "شدد الوزراء على وقف ومنع العنف والانتهاكات الجسيمة لحقوق الأطفال المتأثرين بالنزاع"


async def test_a_restriction_is_shown_and_a_button_lifts_it(
    api: BotApi, reader_of_either: User, texts: Texts
) -> None:
    reader = reader_of_either
    await reader.send(f"{HOW_MANY_MEMBERS[:-1]} في 2024؟")
    (card,) = await api.wait_for_messages(reader.id, 1)
    assert "2024" in card.text.split("\n\n")[0]
    assert MEMBERS not in card.text
    await reader.press(card, texts.lift)
    lifted = (await api.wait_for_messages(reader.id, 2))[1]
    assert MEMBERS in lifted.text
    assert texts.lift not in [button["text"] for button in lifted.buttons]


async def test_a_restriction_can_be_lifted_after_a_restart(
    api: BotApi, retriever: Retriever, tmp_path: Path, texts: Texts
) -> None:
    reader = await reader_who_chose(api, tmp_path, texts)
    async with running(api, retriever, tmp_path):
        await reader.send(f"{HOW_MANY_MEMBERS[:-1]} في 2024؟")
        (card,) = await api.wait_for_messages(reader.id, 1)
    async with running(api, retriever, tmp_path):
        await reader.press(card, texts.lift)
        assert MEMBERS in (await api.wait_for_messages(reader.id, 2))[1].text


async def test_another_place_of_a_passage_can_be_opened(
    api: BotApi, reader_of_either: User, retriever: Retriever, texts: Texts
) -> None:
    reader = reader_of_either
    await reader.send(COMMUNIQUE)
    (card,) = await api.wait_for_messages(reader.id, 1)
    shown = card.entities_of("code")[0]
    await reader.press(card, texts.other_sources.format(count=1))
    listed = (await api.wait_for_messages(reader.id, 2))[1]
    await reader.press(listed, texts.open_number.format(number=1))
    opened = (await api.wait_for_messages(reader.id, 3))[2]
    other = opened.entities_of("code")[0]
    assert {shown[:3], other[:3]} == {"000", "001"}
    assert quotations(opened)[0] in retriever.article(other).body
    assert texts.date(retriever.article(other).published) in opened.text


async def test_a_button_of_an_archive_that_has_changed_says_so(
    api: BotApi, reader_of_either: User, texts: Texts
) -> None:
    reader = reader_of_either
    await reader.send(COMMUNIQUE)
    (card,) = await api.wait_for_messages(reader.id, 1)
    assert card.reply_markup is not None
    button = card.reply_markup["inline_keyboard"][0][0]
    button["callback_data"] = "open:20200101T000000-abcdef:1:0"
    await reader.press(card, button["text"])
    assert (await api.wait_for_call("answerCallbackQuery", 1))[0].params["text"] == texts.outdated


class SlowFor(Retriever):
    """The real retriever, but one reader's question takes its time."""

    def answer(
        self,
        question: str,
        top_k: int = 3,
        restriction: Restriction | None = None,
        today: date | None = None,
    ) -> Answer:
        if question.startswith("بطيء"):
            import time

            time.sleep(1.0)
        return super().answer(question, top_k, restriction, today)


async def test_a_slow_question_does_not_hold_up_another(api: BotApi, retriever: Retriever) -> None:
    slow_retriever = SlowFor(retriever._generation, retriever._calibration)
    async with running(api, slow_retriever):
        slow, quick = api.user(), api.user()
        await slow.send(f"بطيء {HOW_MANY_MEMBERS}")
        await quick.send(HOW_MANY_MEMBERS)
        await api.wait_for_messages(quick.id, 1)
        assert api.bot_messages(slow.id) == []
        await api.wait_for_messages(slow.id, 1)


async def test_a_fault_is_an_apology_with_an_id_and_a_traceback_in_the_log(
    api: BotApi, retriever: Retriever, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Broken(retriever._generation, retriever._calibration)
    async with running(api, broken):
        reader = api.user()
        with caplog.at_level(logging.ERROR):
            await reader.send(HOW_MANY_MEMBERS)
            (apology,) = await api.wait_for_messages(reader.id, 1)
    record = next(r for r in caplog.records if r.message.startswith("fault "))
    fault = record.message.split()[1]
    assert apology.text == ARABIC.apology.format(id=fault)
    assert record.exc_info is not None
    assert "RuntimeError" not in apology.text


async def test_a_button_of_an_old_generation_says_so(api: BotApi, retriever: Retriever) -> None:
    async with running(api, retriever):
        reader = api.user()
        await reader.send(HOW_MANY_MEMBERS)
        (card,) = await api.wait_for_messages(reader.id, 1)
        query = {
            "id": "1",
            "from": reader.as_json,
            "chat_instance": "1",
            "data": "rest:20200101T000000-aaaaaa:0:5",
            "message": {
                "message_id": card.message_id,
                "date": card.date,
                "chat": {"id": reader.id, "type": "private"},
                "text": card.text,
            },
        }
        await reader.send_update({"callback_query": query})
        await api.wait_for_call("answerCallbackQuery")
    call = next(call for call in api.calls if call.method.lower() == "answercallbackquery")
    assert call.params["text"] == ARABIC.outdated
    api.violations.clear()  # the query above is of our own making: the server does not know it


# -- The program itself ---------------------------------------------------------------------------


async def test_the_program_answers_and_ends_cleanly_on_sigterm(
    api: BotApi, seeds_data: Path
) -> None:
    async with program(api, seeds_data) as process:
        reader = api.user()
        await reader.send(HOW_MANY_MEMBERS)
        (card,) = await api.wait_for_messages(reader.id, 1, timeout=30)
        assert MEMBERS in card.text
        process.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0
        assert TOKEN not in log.decode()
        assert "Traceback" not in log.decode()
        assert api.pending_updates == []


async def test_questions_sent_while_the_program_is_down_are_answered_when_it_is_back(
    api: BotApi, seeds_data: Path
) -> None:
    reader = api.user()
    async with program(api, seeds_data) as process:
        await reader.send(HOW_MANY_MEMBERS)
        await api.wait_for_messages(reader.id, 1, timeout=30)
        process.send_signal(signal.SIGTERM)
        # Some of these arrive while it is stopping, some after: none may be lost.
        for number in range(5):
            await reader.send(f"{HOW_MANY_MEMBERS} {number}")
            await asyncio.sleep(0.02)
        await asyncio.wait_for(process.communicate(), 20)
    async with program(api, seeds_data) as process:
        await api.wait_for_messages(reader.id, 6, timeout=30)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 20)
    assert len(api.bot_messages(reader.id)) == 6


async def test_a_token_that_telegram_refuses_stops_the_start_by_the_settings_name(
    seeds_data: Path,
) -> None:
    async with BotApi(token="987:another") as api, program(api, seeds_data) as process:
        _, log = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 1
        assert "ISNAD_TELEGRAM__TOKEN" in log.decode()
        assert TOKEN not in log.decode()
        assert "Traceback" not in log.decode()
        api.violations.clear()
