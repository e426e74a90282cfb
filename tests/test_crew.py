"""Several processes of the bot behind one address: one answer to an update, whoever is killed."""

import asyncio
import os
import random
import re
import secrets
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from conftest import SEEDS, silent
from fakes import TOKEN, BotApi, User
from house import free_port, program, write
from serving import ADMIN_ID, HOW_MANY_MEMBERS, MEMBERS, WHO_CHAIRED_ROME
from webhooks import post

from bot.crew import _from
from bot.texts import ARABIC, ENGLISH
from retrieval.encoder import BUNDLED
from retrieval.publishing import holder, publish_new

URL = "https://bot.example.org/isnad"
WAIT = 60.0


class Crew:
    """A running bot of several processes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log: list[str] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.log.append(line.decode())

    def pids(self) -> dict[int, int]:
        """Return the process id of each number, of those that were begun last."""
        begun = (
            re.search(r"process (\d+) of the bot begins: pid (\d+)", line) for line in self.log
        )
        return {int(one[1]): int(one[2]) for one in begun if one}

    def kill(self, number: int) -> bool:
        """Kill a process; say whether it was alive."""
        try:
            os.kill(self.pids()[number], signal.SIGKILL)
        except ProcessLookupError:  # it was killed a moment ago
            return False
        return True

    async def until(self, condition: Callable[[], object], what: str) -> None:
        async with asyncio.timeout(WAIT):
            while not condition():
                assert self.process.returncode is None, f"ended before {what}: {self.log[-5:]}"
                await asyncio.sleep(0.05)

    async def end(self) -> None:
        """Tell it to end, and see that every process has."""
        pids = [self.process.pid, *self.pids().values()]
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(WAIT):
            await self.process.wait()
            await self._reading
        assert self.process.returncode == 0, self.log[-5:]
        assert alive(pids) == []
        log = "".join(self.log)
        assert TOKEN not in log
        assert "Traceback" not in log


def alive(pids: Iterable[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(WAIT):
        while not await condition():  # noqa: ASYNC110 - nothing tells it
            await asyncio.sleep(0.2)


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server
        assert server.violations == []


@asynccontextmanager
async def crew(api: BotApi, data: Path, processes: int, **environment: str) -> AsyncIterator[Crew]:
    port = free_port()
    api.deliveries.behind = ("127.0.0.1", port)
    settings = {
        "ISNAD_WEBHOOK__URL": URL,
        "ISNAD_WEBHOOK__PORT": str(port),
        "ISNAD_WEBHOOK__WORKERS": str(processes),
        "ISNAD_TELEGRAM__ADMINS": f"[{ADMIN_ID}]",
        "ISNAD_ACCESS__USER_PER_MINUTE": "0",
        **environment,
    }
    async with program(api, data, **settings) as process:
        running = Crew(process)
        await running.until(lambda: len(running.pids()) == processes, "all had begun")
        yield running
        if process.returncode is None:
            await running.end()


@pytest.fixture
def data(seeds_data: Path, tmp_path: Path) -> Path:
    shutil.copytree(seeds_data, tmp_path / "var")
    return tmp_path / "var"


def user_of(api: BotApi, number: int, processes: int, language: str = "ar") -> User:
    """Return a user whose updates go to the process with a number, while that lives."""
    return api.user(10 * processes * (1 + len(api.users)) + number, language_code=language)


async def test_each_update_has_one_answer_whichever_process_is_killed_and_when(
    api: BotApi, data: Path
) -> None:
    seed = secrets.randbelow(1 << 32)
    print(f"seed: {seed}")  # noqa: T201 - pytest shows it of a test that fails
    rng = random.Random(seed)
    async with crew(api, data, 2) as bot:
        users = [user_of(api, number % 2, 2) for number in range(12)]
        await users[0].send(WHO_CHAIRED_ROME)
        await users[1].send(WHO_CHAIRED_ROME)
        for user in users[:2]:
            await api.wait_for_messages(user.id, 1, timeout=WAIT)
        api.delay_next("sendMessage", 0.1, times=1000)  # as long as Telegram may take
        killed = 0
        for kill in range(4):
            for user in users:
                await user.send(HOW_MANY_MEMBERS)
            await asyncio.sleep(rng.random() * 0.4)
            killed += bot.kill(kill % 2)
            await asyncio.sleep(rng.random() * 0.4)
        await bot.until(lambda: api.pending_updates == [], "every update was taken")
        for number, user in enumerate(users):
            expected = 4 + (number < 2)
            messages = await api.wait_for_messages(user.id, expected, timeout=WAIT)
            assert len(messages) == expected, (seed, number)
            assert all(MEMBERS in one.text for one in messages[number < 2 :])
    assert sum("of the bot ended (-9)" in line for line in bot.log) == killed >= 2


async def test_an_update_that_is_posted_again_meanwhile_is_handled_once(
    api: BotApi, data: Path
) -> None:
    async with crew(api, data, 1):
        reader = api.user()
        await reader.send(HOW_MANY_MEMBERS)  # and Telegram has told where and with what to post
        await api.wait_for_messages(reader.id, 1, timeout=WAIT)
        behind, webhook = api.deliveries.behind, api.deliveries.webhook
        assert behind is not None
        assert webhook is not None
        sent = next(iter(api.updates.values()))
        again = {**sent, "update_id": 77}
        api.delay_next("sendMessage", 0.5)
        statuses = await asyncio.gather(
            *(post(behind, URL, again, webhook.secret) for _ in range(3))
        )
        assert statuses == [200, 200, 200]
        assert await post(behind, URL, again, webhook.secret) == 200
        assert len(api.bot_messages(reader.id)) == 2
        unread: list[object] = [[], {}, {"update_id": "x"}, 7]
        for malformed in unread:
            assert await post(behind, URL, malformed, webhook.secret) == 400


async def test_what_one_process_is_told_all_others_heed(api: BotApi, data: Path) -> None:
    async with crew(api, data, 2) as bot:
        first, second = user_of(api, 0, 2), user_of(api, 1, 2)
        # In private by the first; in a group, whose updates go to the second, the same user.
        await first.send("/lang")
        (menu,) = await api.wait_for_messages(first.id, 1, timeout=WAIT)
        english = next(b["callback_data"] for b in menu.buttons if b["text"] == "English")
        await first.press(menu, english)
        group = api.group(-1_000_001, "غرفة الأخبار", [first], admins=[second])
        assert (group.id % 2, first.id % 2) == (1, 0)
        await first.send(f"/ask {HOW_MANY_MEMBERS}", group)
        (card,) = await api.wait_for_messages(group.id, 1, timeout=WAIT)
        assert ENGLISH.source in card.text
        assert ARABIC.source not in card.text
        # And the other way round: who is silenced by the second is by the first.
        await second.send("/off", group)
        await api.wait_for_messages(group.id, 2, timeout=WAIT)
        bot.kill(1)
        await first.send(f"/ask {HOW_MANY_MEMBERS}", group)  # handled by the first meanwhile
        await bot.until(lambda: api.pending_updates == [], "every update was taken")
        assert len(api.bot_messages(group.id)) == 2
        bot.process.send_signal(signal.SIGHUP)
        await bot.until(lambda: holder(data), "the first began to index")


async def test_an_article_that_is_withdrawn_and_one_that_is_new_reach_all_in_seconds(
    api: BotApi, data: Path, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(SEEDS, corpus)
    publish_new(data, [corpus], BUNDLED, silent)
    async with crew(api, data, 2, ISNAD_CORPUS=str(corpus)):
        readers = [user_of(api, number, 2) for number in range(2)]

        async def answers(question: str) -> list[str]:
            told = []
            for reader in readers:
                before = len(api.bot_messages(reader.id))
                await reader.send(question)
                messages = await api.wait_for_messages(reader.id, before + 1, timeout=WAIT)
                told.append(messages[-1].text)
            return told

        assert all(MEMBERS in text for text in await answers(HOW_MANY_MEMBERS))
        article = next(one.stem for one in SEEDS.glob("*.txt") if MEMBERS in one.read_text("utf-8"))
        admin = api.user(ADMIN_ID, language_code="en")
        await admin.send(f"/withdraw {article}")
        await api.wait_for_messages(ADMIN_ID, 1, timeout=WAIT)

        async def withdrawn() -> bool:
            return not any(MEMBERS in text for text in await answers(HOW_MANY_MEMBERS))

        async def reloaded() -> bool:
            return all("بيروت" in text for text in await answers("أين افتتح معرض الكتاب؟"))

        await until(withdrawn)
        write(corpus, "late", "افتتح الوزير معرض الكتاب الخامس في بيروت.")
        await asyncio.to_thread(publish_new, data, [corpus], BUNDLED, silent)
        await until(reloaded)


async def test_processes_end_with_the_one_in_front(api: BotApi, data: Path) -> None:
    async with crew(api, data, 2) as bot:
        reader = user_of(api, 1, 2)
        await reader.send(HOW_MANY_MEMBERS)
        await api.wait_for_messages(reader.id, 1, timeout=WAIT)
        # Until Telegram is told that it was taken, it would post it again to the next one.
        await bot.until(lambda: api.pending_updates == [], "the update was taken")
        pids = bot.pids().values()
        bot.process.kill()
        await bot.process.wait()

        async def ended() -> bool:
            return not alive(pids)

        await until(ended)
        # What nobody was told was taken is posted to the next one.
        await reader.send(HOW_MANY_MEMBERS)
        async with crew(api, data, 1):
            messages = await api.wait_for_messages(reader.id, 2, timeout=WAIT)
            assert len(messages) == 2


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({"update_id": 1, "message": {"from": {"id": 5}, "chat": {"id": -7}}}, (-7, 5)),
        ({"callback_query": {"from": {"id": 5}, "message": {"chat": {"id": -7}}}}, (-7, 5)),
        ({"callback_query": {"from": {"id": 5}, "inline_message_id": "x"}}, (5, 5)),
        ({"inline_query": {"from": {"id": 5}}}, (5, 5)),
        ({"update_id": 1, "poll": {"id": "9"}}, (0, 0)),
        ({"update_id": 1, "message": []}, (0, 0)),
    ],
)
def test_an_update_goes_by_its_chat(update: dict[str, object], expected: tuple[int, int]) -> None:
    assert _from(update) == expected
