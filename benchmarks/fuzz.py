"""Random updates of every kind: none may end in an unhandled error or a refused call.

    python benchmarks/fuzz.py [--updates 10000] [--seed N]

Runs the bot over the seed articles in this process against the fake Bot API server, which is as
strict as Telegram and stricter, and sends it updates made by the Bot API's schema: messages with
text, commands, media and service notes, in private, in groups, topics and channels, written, edited
and sent by way of bots; presses of buttons that there are, were and never were; inline queries;
changes of membership, polls, reactions. At the end it counts faults and refused calls.
"""

import argparse
import asyncio
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.append(str(Path(__file__).parent.parent))
sys.path.append(str(Path(__file__).parent.parent / "tests"))  # where the fake Bot API server is

from fakes import BotApi, Chat, User

ROOT = Path(__file__).parent.parent

JsonDict = dict[str, Any]

_TEXT = (
    "من ترأس الاجتماع الوزاري للتحالف في روما؟ كم عضوا في التحالف الدولي؟ متى تأسس داعش who where "
    "2021 ٢٠٢٤ في مارس من بي بي سي 😀 \u202e \u200f \u200b \u0000 \ufeff \u0640 @isnad_bot source: "
    'date:2021 date:.. "وزراء الخارجية" < & > * _ ` [x](y) \n \t'
)
_COMMANDS = (
    "start help ask search latest sources lang about forget on off reload status cancel rollback "
    "feedback withdraw restore article x"
)
_DATA = (
    "page vote stay lift try:0 try:1 try:99 lang:ar lang:en lang:xx body open also rest turn up:x"
)
_MEDIA: dict[str, Any] = {
    "photo": [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}],
    "voice": {"file_id": "v", "file_unique_id": "v", "duration": 1},
    "video": {"file_id": "v", "file_unique_id": "v", "duration": 1, "width": 1, "height": 1},
    "audio": {"file_id": "a", "file_unique_id": "a", "duration": 1},
    "document": {"file_id": "d", "file_unique_id": "d", "file_name": "x.txt"},
    "location": {"latitude": 1.0, "longitude": 2.0},
    "contact": {"phone_number": "1", "first_name": "x"},
    "dice": {"emoji": "🎲", "value": 3},
    "venue": {
        "location": {"latitude": 1.0, "longitude": 2.0},
        "title": "x",
        "address": "y",
    },
    "new_chat_title": "عنوان",
    "delete_chat_photo": True,
    "group_chat_created": True,
    "pinned_message": {"message_id": 1, "date": 0, "chat": {"id": 5, "type": "private"}},
    "left_chat_member": {"id": 9, "is_bot": False, "first_name": "x"},
    "new_chat_members": [{"id": 9, "is_bot": True, "first_name": "x"}],
    "forum_topic_created": {"name": "x", "icon_color": 1},
    "migrate_from_chat_id": -77,
    "successful_payment": {
        "currency": "XTR",
        "total_amount": 1,
        "invoice_payload": "x",
        "telegram_payment_charge_id": "x",
        "provider_payment_charge_id": "x",
    },
}
_CHOSEN: JsonDict = {"option_ids": [0], "option_persistent_ids": ["x"]}
_DONE_SECONDS = 600.0


class Fuzzer:
    """Makes updates; the same seed makes the same ones."""

    def __init__(self, api: BotApi, rng: random.Random, readers: int = 20) -> None:
        """Args: the server they come from, the randomness, and how many users there are."""
        self._api = api
        self._rng = rng
        codes = ("ar", "en", "fr", None, "zh-hans")
        self._users = [api.user(language_code=rng.choice(codes)) for _ in range(readers)]
        self._name = f"@{api.bot['username']}"
        half = self._users[: readers // 2]
        self._groups = [
            api.group(-4001, "مجموعة", half, admins=self._users[:1]),
            api.group(-1_009_876_543_210, "منتدى", half, is_forum=True, admins=self._users[:2]),
        ]
        self._groups[1].topics.add(5)
        self._kinds: Sequence[tuple[int, Callable[[], JsonDict]]] = (
            (50, lambda: {"message": self._message()}),
            (4, lambda: {"edited_message": self._message() | {"edit_date": 5}}),
            (3, lambda: {"channel_post": self._post()}),
            (2, lambda: {"edited_channel_post": self._post() | {"edit_date": 5}}),
            (25, self._press),
            (12, self._inline),
            (2, self._membership),
            (2, self._poll),
        )

    def updates(self, count: int) -> Iterator[JsonDict]:
        """Yield updates, each made when it is asked for: buttons are those of the moment."""
        weights = [weight for weight, _ in self._kinds]
        for _ in range(count):
            (_, make) = self._rng.choices(self._kinds, weights)[0]
            yield make()

    def _text(self) -> str:
        words = self._rng.choices(_TEXT.split(" "), k=self._rng.choice((1, 2, 5, 9, 30)))
        text = " ".join(words) * self._rng.choice((1, 1, 1, 1, 40))
        return text[:4000] or "x"

    def _message(self) -> JsonDict:
        rng = self._rng
        user = rng.choice(self._users)
        chat: Chat | None = rng.choice((None, None, *self._groups))
        message: JsonDict = {
            "message_id": rng.randrange(1, 10**6),
            "date": int(time.time()),
            "chat": {"id": user.id, "type": "private", "first_name": "x"},
            "from": user.as_json,
        }
        if chat is not None:
            message["chat"] = {"id": chat.id, "type": chat.type, "title": chat.title}
            if chat.is_forum:
                message |= {"message_thread_id": 5, "is_topic_message": True}
        return message | self._content(user) | self._oddity(user, chat)

    def _content(self, user: User) -> JsonDict:
        rng = self._rng
        chosen = rng.random()
        if chosen < 0.25:
            name, value = rng.choice(list(_MEDIA.items()))
            return {name: value} | ({"caption": self._text()} if rng.random() < 0.5 else {})
        text = self._text()
        if chosen < 0.55:
            command = f"/{rng.choice(_COMMANDS.split())}" + rng.choice(
                ("", f"@{self._api.bot['username']}")
            )
            entity = {"type": "bot_command", "offset": 0, "length": len(command)}
            return {"text": f"{command} {text}"[:4096], "entities": [entity]}
        if chosen < 0.7:
            name = self._name
            entity = {"type": "mention", "offset": 0, "length": len(name)}
            return {"text": f"{name} {text}"[:4096], "entities": [entity]}
        if chosen < 0.8:
            mention = {"type": "text_mention", "offset": 0, "length": 1, "user": user.as_json}
            places = [rng.randrange(len(text)) for _ in range(99)]
            bold = [{"type": "bold", "offset": place, "length": 1} for place in places]
            return {"text": f"x {text}", "entities": [mention, *bold]}
        return {"text": text}

    def _oddity(self, user: User, chat: Chat | None) -> JsonDict:
        rng = self._rng
        bot = {"id": 4242, "is_bot": True, "first_name": "x", "username": "x_bot"}
        replied = {
            "message_id": rng.randrange(1, 10**6),
            "date": 0,
            "chat": {"id": chat.id if chat else user.id, "type": chat.type if chat else "private"},
            "from": rng.choice((self._api.bot, user.as_json, bot)),
        }
        odd: list[JsonDict] = [{}] * 20 + [
            {"reply_to_message": replied | rng.choice(({"text": "سؤال"}, {}))},
            {"via_bot": bot},
            {"from": bot},
            {"is_automatic_forward": True},
            {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "x"}},
        ]
        if chat is not None:
            odd.append({"sender_chat": {"id": chat.id, "type": chat.type, "title": "x"}})
            odd.append({"sender_chat": {"id": -1_005, "type": "channel", "title": "x"}})
        return rng.choice(odd)

    def _post(self) -> JsonDict:
        return {
            "message_id": self._rng.randrange(1, 10**6),
            "date": 1,
            "chat": {"id": -1_006, "type": "channel", "title": "قناة"},
            "sender_chat": {"id": -1_006, "type": "channel", "title": "قناة"},
            "text": self._text(),
        }

    def _press(self) -> JsonDict:
        rng = self._rng
        user = rng.choice(self._users)
        chat = rng.choice([user.id, *(group.id for group in self._groups)])
        sent = [message for message in self._api.bot_messages(chat) if message.buttons]
        query: JsonDict = {
            "id": self._api.new_query_id(),
            "from": user.as_json,
            "chat_instance": "1",
        }
        data = self._data()
        if sent and rng.random() < 0.8:
            card = rng.choice(sent)
            there = [
                button["callback_data"] for button in card.buttons if "callback_data" in button
            ]
            if there and rng.random() < 0.9:
                data = rng.choice(there)
            return {
                "callback_query": query | {"message": self._api.message_json(card), "data": data}
            }
        lost: list[JsonDict] = [
            {"inline_message_id": "x"},
            {"message": {"message_id": 1, "date": 0, "chat": {"id": user.id, "type": "private"}}},
        ]
        return {"callback_query": query | rng.choice(lost) | {"data": data}}

    def _data(self) -> str:
        rng = self._rng
        parts = [rng.choice(_DATA.split())]
        parts += [
            rng.choice(("0", "7", str(rng.getrandbits(62)), "-1", "x", "up", "back", "99999999999"))
            for _ in range(rng.randrange(4))
        ]
        return ":".join(parts)[:64]

    def _inline(self) -> JsonDict:
        return {
            "inline_query": {
                "id": self._api.new_query_id(),
                "from": self._rng.choice(self._users).as_json,
                "query": self._rng.choice((self._text()[:256], "")),
                "offset": self._rng.choice(("", "10", "x")),
            }
        }

    def _membership(self) -> JsonDict:
        user = self._rng.choice(self._users).as_json
        states = ("member", "left", "restricted_", "kicked_")
        member = {"user": self._api.bot, "status": self._rng.choice(states[:2])}
        change = {
            "chat": {"id": self._groups[0].id, "type": "group", "title": "x"},
            "from": user,
            "date": 1,
            "old_chat_member": member,
            "new_chat_member": {"user": self._api.bot, "status": "member"},
        }
        return {self._rng.choice(("my_chat_member", "chat_member")): change}

    def _poll(self) -> JsonDict:
        user = self._rng.choice(self._users).as_json
        return self._rng.choice(
            (
                {"poll_answer": {"poll_id": "1", "user": user, **_CHOSEN}},
                {
                    "chosen_inline_result": {"result_id": "0", "from": user, "query": self._text()},
                },
                {
                    "message_reaction": {
                        "chat": {"id": user["id"], "type": "private"},
                        "message_id": 1,
                        "user": user,
                        "date": 1,
                        "old_reaction": [],
                        "new_reaction": [{"type": "emoji", "emoji": "👍"}],
                    }
                },
            )
        )


def refused(api: BotApi) -> list[str]:
    """Return the calls that should not have been made.

    When two press one button at the same time, the second finds nothing to change; and whether
    somebody is an admin is asked of Telegram even if they are gone.
    """
    expected = ("message is not modified", "user not found")
    return [one for one in api.violations if not any(words in one for words in expected)]


class Faults(logging.Handler):
    """Collects what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.found.append(record)


async def fuzz(api: BotApi, count: int, rng: random.Random) -> tuple[Counter[str], Faults]:
    """Send so many updates to the bot that polls the server; return their kinds, and the faults."""
    faults = Faults()
    logging.getLogger().addHandler(faults)
    kinds: Counter[str] = Counter()
    try:
        for update in Fuzzer(api, rng).updates(count):
            kinds[next(iter(update))] += 1
            api.push(update)
            while len(api.pending_updates) > 100:  # noqa: ASYNC110 - the bot has its pace
                await asyncio.sleep(0.01)
        last = api.user()
        await last.send("/help")
        await api.wait_for_messages(last.id, 1, timeout=_DONE_SECONDS)
    finally:
        logging.getLogger().removeHandler(faults)
    return kinds, faults


def main() -> None:
    """Send, and tell what came of it."""
    from conftest import silent
    from serving import running

    from retrieval.encoder import BUNDLED, load_encoder
    from retrieval.opening import open_retriever
    from retrieval.publishing import publish_new

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)

    async def run(data: Path) -> None:
        retriever = open_retriever(data, [ROOT / "seeds"], load_encoder(BUNDLED))
        async with BotApi() as api, running(api, retriever, data, access=_FREELY):
            started = time.monotonic()
            kinds, faults = await fuzz(api, options.updates, random.Random(options.seed))
            seconds = time.monotonic() - started
        print(f"seed {options.seed}, {seconds:.0f} s: {dict(kinds)}")
        print(f"{len(api.calls)} calls, {len(refused(api))} refused; {len(faults.found)} faults")
        print("besides, of presses at the same time and people who are gone:")
        for violation, number in Counter(api.violations).most_common(10):
            print(f"  {number} x {violation}")

    with TemporaryDirectory(prefix="isnad-") as folder:
        publish_new(Path(folder), [ROOT / "seeds"], BUNDLED, silent)
        asyncio.run(run(Path(folder)))


_FREELY = {"user_per_minute": 0, "chat_per_minute": 0}


if __name__ == "__main__":
    main()
