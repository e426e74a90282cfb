"""Admins reload the archive over a real socket, with the real indexer as a process of its own."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import silent
from house import ADMIN_ID, WAIT, House, house, story, write

from bot.admin_texts import ENGLISH as ADMIN
from bot.state import State
from bot.texts import ENGLISH
from retrieval.encoder import BUNDLED
from retrieval.publishing import current, publish_new
from retrieval.retriever import Retriever

QUESTION = "كم حالة ذكرها الخبراء عن الزلزال؟"
SUBJECTS = ("الزلزال", "الانتخابات", "المعرض", "الميزانية", "الجفاف")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus and the data folder with its generation, built once and copied for every bot."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "corpus").mkdir()
    for number, subject in enumerate(SUBJECTS):
        write(folder / "corpus", f"article{number}", story(subject))
    publish_new(folder / "var", [folder / "corpus"], BUNDLED, silent)
    return folder


@pytest.fixture
async def bot(built: Path, tmp_path: Path) -> AsyncIterator[House]:
    async with house(built, tmp_path) as one:
        yield one


async def test_a_reload_tells_what_changed_and_the_next_answer_has_it(bot: House) -> None:
    write(bot.corpus, "article0", story("البركان"))
    write(bot.corpus, "new", story("القمر الصناعي"))
    (bot.corpus / "article4.txt").unlink()
    (bot.corpus / "broken.txt").write_bytes(b"\x89PNG\xff\xfe\x00\xfb")
    before = bot.archive.generation
    await bot.admin.send("/reload")
    (told,) = await bot.api.wait_for_messages(ADMIN_ID, 1)
    ending = await bot.ended(told)
    assert "1 added, 1 changed, 1 removed, 3 unchanged, 1 skipped" in ending
    assert b'isnad_reloads_total{result="published"} 1.0' in bot.archive.metrics.text()
    assert "broken.txt" in ending
    assert bot.archive.generation == current(bot.data) != before
    assert bot.archive.generation in ending
    await bot.reader.send("كم حالة ذكرها الخبراء عن القمر الصناعي؟")
    (card,) = await bot.api.wait_for_messages(bot.reader.id, 1)
    assert "new" in card.entities_of("code")


async def test_readers_are_answered_while_the_archive_is_reloaded(bot: House) -> None:
    write(bot.corpus, "new", story("القمر الصناعي"))
    await bot.admin.send("/reload")
    (told,) = await bot.api.wait_for_messages(ADMIN_ID, 1)
    for number in range(5):
        await bot.reader.send(QUESTION)
        await bot.api.wait_for_messages(bot.reader.id, number + 1)
    await bot.ended(told)
    cards = await bot.api.wait_for_messages(bot.reader.id, 5)
    assert all("article0" in card.entities_of("code") for card in cards)


async def test_nobody_but_an_admin_can_reload(bot: House) -> None:
    generation = bot.archive.generation
    for command in ("/reload", "/rollback", "/status", "/cancel"):
        await bot.reader.send(command)
    told = await bot.api.wait_for_messages(bot.reader.id, 4)
    assert {message.text for message in told} == {ENGLISH.unknown_command}
    assert bot.archive.generation == generation


async def test_a_second_reload_is_told_who_began_the_first_and_cancel_ends_it(
    built: Path, tmp_path: Path
) -> None:
    slow = ("/bin/sh", "-c", 'echo \'{"stage": "read", "done": 7, "total": 9}\'; exec sleep 60')
    async with house(built, tmp_path, *slow) as bot:
        await bot.admin.send("/reload")
        (told,) = await bot.api.wait_for_messages(ADMIN_ID, 1)
        await bot.api.wait_until(lambda: "7/9" in told.text, timeout=WAIT)
        await bot.admin.send("/reload")
        second = (await bot.api.wait_for_messages(ADMIN_ID, 2))[1]
        assert bot.admin.first_name in second.text
        assert "7/9" in second.text
        await bot.admin.send("/status")
        status = (await bot.api.wait_for_messages(ADMIN_ID, 3))[2]
        assert "7/9" in status.text
        await bot.admin.send("/cancel")
        await bot.api.wait_until(lambda: told.text.startswith("The reload was cancelled"), WAIT)
        await bot.admin.send("/cancel")
        last = (await bot.api.wait_for_messages(ADMIN_ID, 5))[4]
        assert last.text == ADMIN.nothing_to_cancel
        assert b'isnad_reloads_total{result="cancelled"} 1.0' in bot.archive.metrics.text()


async def test_of_two_reloads_at_once_one_runs_and_the_other_is_told(
    built: Path, tmp_path: Path
) -> None:
    async with house(built, tmp_path, "/bin/sleep", "60") as bot:
        await bot.admin.send("/reload")
        await bot.admin.send("/reload")
        told = {message.text for message in await bot.api.wait_for_messages(ADMIN_ID, 2)}
        assert len(told) == 2
        assert sum(text.startswith(bot.admin.first_name) for text in told) == 1


async def test_a_corpus_that_fails_a_canary_is_refused_and_the_archive_stays(bot: House) -> None:
    write(bot.corpus, "new", story("القمر الصناعي"))
    (bot.corpus / "canaries.toml").write_text(
        '[[canary]]\nquestion = "كم حالة ذكرها الخبراء عن الزلزال؟"\narticle = "lost"\n',
        encoding="utf-8",
    )
    generation = bot.archive.generation
    await bot.admin.send("/reload")
    (told,) = await bot.api.wait_for_messages(ADMIN_ID, 1)
    ending = await bot.ended(told)
    assert "there is no article lost" in ending
    assert "kept for inspection" in ending
    assert b'isnad_reloads_total{result="refused"} 1.0' in bot.archive.metrics.text()
    assert bot.archive.generation == current(bot.data) == generation
    assert len(list((bot.data / "generations").glob("*/refused"))) == 1


async def test_rollback_serves_the_generation_before(bot: House) -> None:
    first = bot.archive.generation
    await bot.admin.send("/rollback")
    (none,) = await bot.api.wait_for_messages(ADMIN_ID, 1)
    assert "no generation before" in none.text
    write(bot.corpus, "new", story("القمر الصناعي"))
    await bot.admin.send("/reload")
    told = (await bot.api.wait_for_messages(ADMIN_ID, 2))[1]
    await bot.ended(told)
    assert bot.archive.generation != first
    await bot.admin.send("/rollback")
    back = (await bot.api.wait_for_messages(ADMIN_ID, 3))[2]
    assert first in back.text
    assert bot.archive.generation == current(bot.data) == first


async def test_status_tells_of_the_archive_and_of_the_questions(bot: House) -> None:
    await bot.reader.send(QUESTION)
    await bot.api.wait_for_messages(bot.reader.id, 1)
    await bot.admin.send("/status")
    (status,) = await bot.api.wait_for_messages(ADMIN_ID, 1)
    assert bot.archive.generation in status.text
    assert "Articles: 5, 5 undated" in status.text
    assert "Questions today: 1, median" in status.text
    assert ADMIN.status_no_reload in status.text


async def test_a_generation_that_somebody_else_publishes_is_served_within_seconds(
    bot: House,
) -> None:
    write(bot.corpus, "new", story("القمر الصناعي"))
    manifest = await asyncio.to_thread(publish_new, bot.data, [bot.corpus], BUNDLED, silent)
    await bot.api.wait_until(lambda: bot.archive.generation == manifest.generation, timeout=WAIT)


async def test_sighup_reloads(bot: House) -> None:
    write(bot.corpus, "new", story("القمر الصناعي"))
    before = bot.archive.generation
    os.kill(os.getpid(), signal.SIGHUP)
    await bot.api.wait_until(lambda: bot.archive.generation != before, timeout=WAIT)


def process(_retriever: Retriever) -> int:
    return os.getpid()


async def test_every_question_is_answered_once_though_who_answers_is_killed(bot: House) -> None:
    number = await bot.archive.run(process)
    readers = [bot.api.user(language_code="ar") for _ in range(20)]
    for reader in readers:
        await reader.send(QUESTION)
    await bot.api.wait_for_messages(readers[0].id, 1, timeout=WAIT)
    os.kill(number, signal.SIGKILL)
    for reader in readers:
        await bot.api.wait_for_messages(reader.id, 1, timeout=WAIT)
    await bot.reader.send(QUESTION)  # what would come twice would have come before
    await bot.api.wait_for_messages(bot.reader.id, 1, timeout=WAIT)
    for reader in readers:
        (card,) = bot.api.bot_messages(reader.id)
        assert card.entities_of("code")[0] == "article0"
    assert await bot.archive.run(process) != number


def slow(retriever: Retriever) -> tuple[str, str]:
    time.sleep(1.0)
    answer = retriever.answer(QUESTION)
    return answer.coverage.generation, answer.hits[0].article.id


async def test_a_question_in_flight_ends_in_the_generation_it_began_in(bot: House) -> None:
    before = bot.archive.generation
    asking = asyncio.create_task(bot.archive.run(slow))
    await asyncio.sleep(0.1)
    write(bot.corpus, "new", story("القمر الصناعي"))
    manifest = await asyncio.to_thread(publish_new, bot.data, [bot.corpus], BUNDLED, silent)
    await bot.api.wait_until(lambda: bot.archive.generation == manifest.generation, timeout=WAIT)
    assert await asking == (before, "article0")


async def test_an_answer_is_given_though_another_generation_is_served_by_then(
    bot: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = State.keep_answer

    async def keep_late(self: State, found: str, question: str | None) -> int:
        write(bot.corpus, "new", story("القمر الصناعي"))
        await asyncio.to_thread(publish_new, bot.data, [bot.corpus], BUNDLED, silent)
        assert await bot.archive.refresh()
        return await keep(self, found, question)

    monkeypatch.setattr(State, "keep_answer", keep_late)
    await bot.reader.send(QUESTION)
    (card,) = await bot.api.wait_for_messages(bot.reader.id, 1, timeout=WAIT)
    assert "تحدث الخبراء عن الزلزال" in card.text


async def test_a_bot_that_stops_ends_its_reload_and_says_so(built: Path, tmp_path: Path) -> None:
    async with house(built, tmp_path, "/bin/sleep", "600") as bot:
        await bot.admin.send("/reload")
        (told,) = await bot.api.wait_for_messages(ADMIN_ID, 1)
    assert told.text.startswith("The reload was cancelled")
