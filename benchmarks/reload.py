"""How long readers wait, at rest and while the archive is reloaded.

    python benchmarks/reload.py --corpus ant.jsonl.gz [--articles 10000] [--reloads 3]
    python benchmarks/reload.py --corpus ant.jsonl.gz --per-second 50 --rest 120 --reloads 0
    python benchmarks/reload.py --corpus ant.jsonl.gz --webhook 2 --others 5 --reloads 20 --pause 20

Starts the bot as a process of its own against the fake Bot API server (`tests/fakes.py`) and sends
it questions, twenty a second unless told otherwise, first at rest and then while it reloads its
archive again and again on an admin's command, ten articles changed each time. A question has words
of some article's title, so that each asks for something else. Told are how long answers took, from
the moment a question is there to be fetched until the last message of its answer has come;
apologies and questions without an answer; and answers that are not of one generation: whose buttons
name two, or whose quotations stand in no one generation's articles of the ids that are shown.

With `--webhook`, updates are posted to as many bots; with `--others`, readers do other things, too:
they page, vote, search by words, ask inline. After each reload stands what the processes take.
"""

import argparse
import asyncio
import gzip
import json
import math
import os
import random
import signal
import socket
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.append(str(Path(__file__).parent.parent))
sys.path.append(str(Path(__file__).parent.parent / "tests"))  # where the fake Bot API server is

from botapi_rules import DIRECTION_MARKS, REMOVED_CHARACTERS
from fakes import BotApi, StoredMessage, User

from benchmarks.crashes import House, generations_of, started_bot
from benchmarks.memory import of_processes, open_files, threads
from bot.admin_texts import ENGLISH as ADMIN
from retrieval.errors import ArticleNotFoundError
from retrieval.publishing import current
from retrieval.store import Store

_READERS = 1200  # so that a minute lies between two questions of one chat
_ADMIN = 777
_CHANGED = 10
_PARTS = 4  # of the time at rest, after each of which memory is looked at
_LAST_SECONDS = 60.0  # that the last answers are waited for
_WAIT = 3600.0
_BEGINNINGS = (ADMIN.reload_begins, ADMIN.reload_progress.partition("{")[0])
_DONE = ADMIN.reload_done.partition("{")[0]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: when it was sent, to which chat, and the id of its message."""

    sent: float
    chat: int
    message: int


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: how long it took, and its messages."""

    seconds: float
    messages: Sequence[StoredMessage]


class Load:
    """Asks at a steady pace, whether or not there are answers."""

    def __init__(
        self, api: BotApi, titles: Sequence[str], rng: random.Random, per_second: float
    ) -> None:
        self._api = api
        self._titles = titles
        self._rng = rng
        self._per_second = per_second
        self._readers = [api.user() for _ in range(_READERS)]
        self._number = 0

    async def run(self, end: asyncio.Event) -> list[Asked]:
        """Ask until told to end."""
        asked = []
        begun = time.monotonic()
        while not end.is_set():
            asked.append(await self._ask())
            await asyncio.sleep(max(0.0, begun + len(asked) / self._per_second - time.monotonic()))
        return asked

    async def _ask(self) -> Asked:
        reader = self._readers[self._number % _READERS]
        self._number += 1
        words = self._rng.choice(self._titles).split()[:8]
        sent = time.monotonic()
        update = await reader.send(f"ماذا عن {' '.join(words)}؟")
        return Asked(sent, reader.id, self._api.updates[update]["message"]["message_id"])

    def answers(self, asked: Sequence[Asked]) -> dict[Asked, Answered]:
        """Return what was answered, by question: what the chat got before its next question."""
        sent: defaultdict[int, list[tuple[float, StoredMessage]]] = defaultdict(list)
        for call in self._api.calls:
            if call.method == "sendMessage" and call.ok and call.response:
                message_id = call.response["result"]["message_id"]
                chat = call.params["chat_id"]
                sent[chat].append((call.time, self._api.chats[chat].messages[message_id]))
        questions = {
            chat: [m.message_id for m in self._api.messages(chat) if not m.from_bot]
            for chat in {one.chat for one in asked}
        }
        answered = {}
        for one in asked:
            later = [number for number in questions[one.chat] if number > one.message]
            end = later[0] if later else math.inf
            found = [pair for pair in sent[one.chat] if one.message < pair[1].message_id < end]
            if found:
                last = max(moment for moment, _ in found)
                answered[one] = Answered(last - one.sent, [message for _, message in found])
        return answered


class Others:
    """Does what readers do beside asking, at a steady pace."""

    def __init__(
        self, api: BotApi, titles: Sequence[str], rng: random.Random, per_second: float
    ) -> None:
        self._api = api
        self._titles = titles
        self._rng = rng
        self._per_second = per_second
        self._readers = [api.user() for _ in range(_READERS)]
        self.done = 0

    async def run(self, end: asyncio.Event) -> None:
        """Go on until told to end."""
        while self._per_second and not end.is_set():
            reader = self._rng.choice(self._readers)
            words = self._rng.choice(self._titles)
            cards = [card for card in self._api.bot_messages(reader.id) if card.buttons]
            what = self._rng.choice(("ask", "search", "inline", "press", "press"))
            if what == "press" and cards:
                buttons = [b for b in cards[-1].buttons if "callback_data" in b]
                if buttons:
                    await reader.press(cards[-1], self._rng.choice(buttons)["callback_data"])
            elif what == "inline":
                await reader.inline(" ".join(words.split()[:4]))
            else:
                command = "/search" if what == "search" else "/ask"
                await reader.send(f"{command} {' '.join(words.split()[:4])}")
            self.done += 1
            await asyncio.sleep(1 / self._per_second)


def is_of_one_generation(answered: Answered, stores: Mapping[str, Store]) -> bool:
    """Say whether the buttons of an answer name one generation, and it has what is quoted."""
    named: set[str] = set().union(*map(generations_of, answered.messages))
    candidates = named or stores.keys()
    return len(named) < 2 and any(_holds(stores[name], answered) for name in candidates)


def _holds(store: Store, answered: Answered) -> bool:
    bodies = []
    for message in answered.messages:
        for article in message.entities_of("code"):
            try:
                bodies.append(_as_telegram_keeps_it(store.article(article).body))
            except ArticleNotFoundError:
                return False
    return all(
        any(_as_telegram_keeps_it(quotation).strip() in body for body in bodies)
        for message in answered.messages
        for kind in ("blockquote", "expandable_blockquote")
        for quotation in message.entities_of(kind)
    )


def _as_telegram_keeps_it(text: str) -> str:
    """Return a text without what Telegram takes out of messages or puts in another's place."""
    return "".join(
        character
        for character in text
        if character not in REMOVED_CHARACTERS and character not in DIRECTION_MARKS
    )


def change(corpus: Path, records: Sequence[dict[str, Any]], edition: int) -> None:
    """Write the corpus, ten articles of it other than before."""
    spaced = range(0, len(records), max(1, len(records) // _CHANGED))
    changed = set(list(spaced)[:_CHANGED]) if edition else set()
    with corpus.open("w", encoding="utf-8") as file:
        for number, record in enumerate(records):
            text = record["text"]
            if number in changed:
                text = f"هذه الطبعة رقم {edition} من الخبر.\n{text}"
            file.write(json.dumps({**record, "text": text}, ensure_ascii=False) + "\n")


def _editions(house: House, records: Sequence[dict[str, Any]], reloads: int) -> list[Path]:
    """Write the corpus as it is at first and for each reload: what is measured must not wait."""
    editions = [house.folder / f"edition{number}.jsonl" for number in range(reloads + 1)]
    for number, edition in enumerate(editions):
        change(edition, records, number)
    return editions


async def measure(house: House, corpus: Path, options: argparse.Namespace) -> None:
    """Ask at rest, ask while reloading, and print both."""
    records = _records(options.corpus, options.articles)
    first, *editions = _editions(house, records, options.reloads)
    first.replace(corpus)
    print(f"{len(records):,} articles are indexed …", flush=True)
    house.index()
    rng = random.Random(options.seed)
    titles = [record["title"] for record in records if len(record["title"].split()) > 2]
    served = [str(current(house.data))]
    async with BotApi() as api:
        load = Load(api, titles, rng, options.per_second)
        admin = api.user(_ADMIN, language_code="en")
        others = Others(api, titles, rng, options.others)
        if options.webhook:
            api.deliveries.behind = ("127.0.0.1", _behind(options.webhook))
        taken = []
        with started_bot(house, api) as process:
            ended = asyncio.Event()
            doing = asyncio.create_task(others.run(ended))
            await _after(load, options.warm)
            memory = [of_processes(process.pid)]
            rest: list[Asked] = []
            for _ in range(_PARTS):
                rest += await _after(load, options.rest / _PARTS)
                memory.append(of_processes(process.pid))
            end = asyncio.Event()
            asking = asyncio.create_task(load.run(end))
            took: list[float] = []
            for number, edition in enumerate(editions, start=1):
                edition.replace(corpus)
                started = time.monotonic()
                await _reload(api, admin, number)
                took.append(time.monotonic() - started)
                served.append(str(current(house.data)))
                await asyncio.sleep(options.pause)
                taken.append(_taken(process.pid))
            end.set()
            reloading = await asking
            await _settled(load, reloading)
            ended.set()
            await doing
    stores = {name: Store(house.data / "generations" / name / "archive.sqlite") for name in served}
    print(f"memory of their own, after each {1 / _PARTS:.0%} of the time at rest: {memory} MB")
    print("| | questions | without an answer | apologies | mixed | p50 | p95 | p99 |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    at_rest = _tell("at rest", rest, load.answers(rest), stores)
    if took:
        meanwhile = _tell("while reloading", reloading, load.answers(reloading), stores)
        print(f"ratio of the 95th percentiles: {meanwhile / at_rest:.2f}")
        _tell_taken(took, taken)
    print(f"other updates: {others.done}; not taken: {len(api.pending_updates)}")
    print(f"calls the server refused: {len(api.violations)}")


def _behind(bots: int) -> int:
    """Have as many bots posted to; return the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    os.environ["ISNAD_WEBHOOK__URL"] = "https://bot.example.org/isnad"
    os.environ["ISNAD_WEBHOOK__PORT"] = str(port)
    os.environ["ISNAD_WEBHOOK__WORKERS"] = str(bots)
    return port


def _taken(process: int) -> tuple[int, int, int]:
    return of_processes(process), open_files(process), threads(process)


async def _after(load: Load, seconds: float) -> list[Asked]:
    """Ask for some seconds, and return what was asked when it has been answered."""
    end = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, end.set)
    asked = await load.run(end)
    await _settled(load, asked)
    return asked


async def _settled(load: Load, asked: Sequence[Asked]) -> None:
    """Wait for the last answers, as long as that is worth it."""
    for _ in range(int(_LAST_SECONDS)):
        if len(load.answers(asked)) == len(asked):
            break
        await asyncio.sleep(1.0)


async def _reload(api: BotApi, admin: User, number: int) -> None:
    await admin.send("/reload")
    (*_, told) = await api.wait_for_messages(admin.id, number, timeout=_WAIT)
    await api.wait_until(lambda: not told.text.startswith(_BEGINNINGS), timeout=_WAIT)
    if not told.text.startswith(_DONE):
        raise RuntimeError(f"not reloaded: {told.text}")


def _tell(
    name: str,
    asked: Sequence[Asked],
    answers: Mapping[Asked, Answered],
    stores: Mapping[str, Store],
) -> float:
    times = [answer.seconds * 1000 for answer in answers.values()]
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    apologies = sum(
        "رقم العطل" in message.text for one in answers.values() for message in one.messages
    )
    mixed = [one for one in answers.values() if not is_of_one_generation(one, stores)]
    for one in mixed:
        print("mixed:", [message.text for message in one.messages], file=sys.stderr)
    print(
        f"| {name} | {len(asked)} | {len(asked) - len(answers)} | {apologies} | {len(mixed)} "
        f"| {cuts[49]:.0f} ms | {cuts[94]:.0f} ms | {cuts[98]:.0f} ms |"
    )
    return cuts[94]


def _tell_taken(took: Sequence[float], taken: Sequence[tuple[int, int, int]]) -> None:
    print(f"reloads: {', '.join(f'{seconds:.0f} s' for seconds in took)}")
    print("| after | memory | open files | threads |\n| --- | --- | --- | --- |")
    for number, (memory, files, running) in enumerate(taken, start=1):
        print(f"| reload {number} | {memory} MB | {files} | {running} |")


def _records(path: Path, limit: int) -> list[dict[str, Any]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line, _ in zip(lines, range(limit), strict=False)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="articles, a JSON object a line")
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--reloads", type=int, default=3)
    parser.add_argument("--per-second", type=float, default=20.0, help="questions in a second")
    parser.add_argument("--warm", type=float, default=30.0, help="seconds before all that")
    parser.add_argument("--rest", type=float, default=60.0, help="seconds to ask at rest")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds after each reload")
    parser.add_argument("--webhook", type=int, default=0, help="bots that updates are posted to")
    parser.add_argument("--others", type=float, default=0.0, help="other updates in a second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # Told to end, it ends what it has started, too.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with TemporaryDirectory(prefix="isnad-") as folder:
        house = House(Path(folder))
        os.environ["ISNAD_TELEGRAM__ADMINS"] = f"[{_ADMIN}]"
        os.environ["ISNAD_KEEP_GENERATIONS"] = str(options.reloads + 1)
        house.corpus.mkdir()
        asyncio.run(measure(house, house.corpus / "articles.jsonl", options))


if __name__ == "__main__":
    main()
