"""A strict fake of the Telegram Bot API, served over a real loopback socket.

Point a bot at :attr:`BotApi.base_url` and :attr:`BotApi.base_file_url`, act as its users through
:class:`User`, then look at what arrived. What Telegram would refuse is refused here with
Telegram's own words (see :mod:`botapi_rules`) and is noted in :attr:`BotApi.violations`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from botapi_rules import (
    CHAT_ACTIONS,
    MAX_CALLBACK_ANSWER,
    MAX_TEXT,
    ApiError,
    Formatted,
    JsonDict,
    Params,
    Upload,
    bad_request,
    check_caption,
    check_command_scope,
    check_commands,
    check_inline_results,
    check_language,
    check_link_preview,
    check_message_text,
    check_picture,
    check_reply_markup,
    clean_text,
    named_values,
    read_params,
    utf16_len,
    utf16_slice,
)
from webhooks import Deliveries, Webhook

TOKEN = "110201543:token-of-the-fake-server"
MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_PHOTO_UPLOAD = 10 * 1024 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
MAX_POLL_SECONDS = 50
# What a bot gets only when it asks for it by name in allowed_updates.
UNASKED_UPDATES = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
ONE_PIXEL_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)
OTHER_POLL = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is "
    "running"
)
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete "
    "the webhook first"
)
STALE_QUERY = "query is too old and response timeout expired or query ID is invalid"

_METHOD_PATH = re.compile(r"/bot([^/]+)/(\w+)")
_FILE_PATH = re.compile(r"/file/bot([^/]+)/(.+)")
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
_WEBHOOK_PORTS = (None, 80, 88, 443, 8443)
_COMMAND = re.compile(r"(?<![\w/@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")
_MENTION = re.compile(r"(?<![\w/@])@[A-Za-z0-9_]{3,32}\b")


# --- What a test reads --------------------------------------------------------------------------


@dataclass(slots=True)
class Call:
    """One request of the bot; ``response`` stays None until it is answered."""

    method: str
    params: JsonDict
    files: dict[str, Upload]
    time: float
    response: JsonDict | None = None
    dropped: bool = False

    @property
    def finished(self) -> bool:
        """Tell whether the bot has its answer, or its broken connection."""
        return self.dropped or self.response is not None

    @property
    def ok(self) -> bool:
        """Tell whether the call succeeded, and the bot could know."""
        return not self.dropped and bool(self.response and self.response["ok"])


@dataclass(slots=True)
class StoredMessage:
    """A message of a chat as it is now; the text of a file is its caption."""

    message_id: int
    chat_id: int
    sender_id: int
    from_bot: bool
    text: str = ""
    entities: list[JsonDict] = field(default_factory=list)
    reply_markup: JsonDict | None = None
    media: JsonDict = field(default_factory=dict)
    reply_to: int | None = None
    message_thread_id: int | None = None
    date: int = field(default_factory=lambda: int(time.time()))
    edited: int = 0
    history: list[str] = field(default_factory=list)

    def slice(self, entity: JsonDict) -> str:
        """Return the text that an entity covers."""
        return utf16_slice(self.text, entity["offset"], entity["length"])

    def entities_of(self, kind: str) -> list[str]:
        """Return the texts covered by the entities of one type."""
        return [self.slice(entity) for entity in self.entities if entity["type"] == kind]

    @property
    def buttons(self) -> list[JsonDict]:
        """Return the inline buttons, row after row."""
        rows = (self.reply_markup or {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]


@dataclass(slots=True, frozen=True)
class StoredFile:
    """A file that Telegram keeps."""

    file_id: str
    filename: str
    content: bytes
    mime_type: str

    @property
    def path(self) -> str:
        """Return where the bot downloads it."""
        return f"files/{self.file_id}/{self.filename}"

    def describe(self) -> JsonDict:
        """Return the fields that all kinds of files have."""
        size = len(self.content)
        return {"file_id": self.file_id, "file_unique_id": self.file_id[::-1], "file_size": size}


@dataclass(slots=True, frozen=True)
class CallbackAnswer:
    """What the bot answered to the press of a button."""

    callback_query_id: str
    text: str
    show_alert: bool
    url: str


@dataclass(slots=True, frozen=True)
class InlineAnswer:
    """What the bot answered to an inline query."""

    inline_query_id: str
    results: list[JsonDict]
    params: JsonDict


@dataclass(slots=True, frozen=True)
class ChatAction:
    """A "typing..." that a chat showed."""

    chat_id: int
    action: str
    message_thread_id: int | None
    time: float


@dataclass(slots=True)
class Chat:
    """A private chat or a group, with the status of each member."""

    id: int
    type: str
    title: str = ""
    is_forum: bool = False
    members: dict[int, str] = field(default_factory=dict)
    topics: set[int] = field(default_factory=set)
    messages: dict[int, StoredMessage] = field(default_factory=dict)
    blocked: bool = False
    migrated_to: int | None = None
    last_message_id: int = 0


@dataclass(slots=True, eq=False)
class User:
    """A person who uses the bot."""

    api: BotApi = field(repr=False)
    id: int
    first_name: str
    language_code: str | None = "ar"
    username: str | None = None

    @property
    def as_json(self) -> JsonDict:
        """Return the User object that Telegram sends."""
        optional = {"username": self.username, "language_code": self.language_code}
        named = {name: value for name, value in optional.items() if value}
        return {"id": self.id, "is_bot": False, "first_name": self.first_name} | named

    async def send(
        self,
        text: str,
        chat: Chat | int | None = None,
        message_thread_id: int | None = None,
        reply_to: StoredMessage | int | None = None,
    ) -> int:
        """Send a text and return the id of the update that the bot gets."""
        typed = _typed(text)
        if not typed.text or utf16_len(typed.text) > MAX_TEXT:
            raise ValueError("Telegram would not let anyone send this text")
        return self._send(typed, {}, chat, message_thread_id, reply_to)

    async def send_update(self, update: JsonDict) -> int:
        """Send an update of the test's own making."""
        return self.api.push(update)

    async def sticker(self, chat: Chat | int | None = None) -> int:
        """Send a sticker."""
        file = self.api.store_file("sticker.webp", b"RIFF....WEBP", "image/webp")
        shape = {"type": "regular", "width": 512, "height": 512, "emoji": "\N{WAVING HAND SIGN}"}
        flags = {"is_animated": False, "is_video": False}
        return self._send(Formatted(), {"sticker": file.describe() | shape | flags}, chat)

    async def photo(
        self, caption: str = "", content: bytes = ONE_PIXEL_PNG, chat: Chat | int | None = None
    ) -> int:
        """Send a photo."""
        file = self.api.store_file("photo.jpg", content, "image/jpeg")
        return self._send(_typed(caption), _photo_json(file), chat)

    async def voice(self, content: bytes = b"OggS", chat: Chat | int | None = None) -> int:
        """Send a voice message."""
        file = self.api.store_file("voice.ogg", content, "audio/ogg")
        voice = file.describe() | {"duration": 1, "mime_type": file.mime_type}
        return self._send(Formatted(), {"voice": voice}, chat)

    async def document(
        self,
        filename: str = "file.txt",
        content: bytes = b"content",
        caption: str = "",
        chat: Chat | int | None = None,
    ) -> int:
        """Send a file."""
        file = self.api.store_file(filename, content, "application/octet-stream")
        return self._send(_typed(caption), _document_json(file), chat)

    async def edit(self, message_id: int, text: str, chat: Chat | int | None = None) -> int:
        """Change the text of a message sent before."""
        message = self.api.chat_of(self, chat).messages[message_id]
        if message.sender_id != self.id:
            raise ValueError("people edit only their own messages")
        self.api.rewrite(message, _typed(text))
        return self.api.push({"edited_message": self.api.message_json(message)})

    async def press(self, message: StoredMessage, button: str) -> JsonDict:
        """Press an inline button, named by its text or by its data; return the update."""
        found = [b for b in message.buttons if button in (b["text"], b.get("callback_data"))]
        if not found or "callback_data" not in found[0]:
            raise ValueError(f"no button {button!r} to press among {message.buttons}")
        query = {
            "id": self.api.new_query_id(),
            "from": self.as_json,
            "message": self.api.message_json(message),
            "chat_instance": str(message.chat_id),
            "data": found[0]["callback_data"],
        }
        return self.api.updates[self.api.push({"callback_query": query})]

    async def inline(self, query: str, offset: str = "") -> JsonDict:
        """Type an inline query; return the update."""
        query_id = self.api.new_query_id()
        inline = {"id": query_id, "from": self.as_json, "query": query, "offset": offset}
        return self.api.updates[self.api.push({"inline_query": inline | {"chat_type": "sender"}})]

    def _send(
        self,
        content: Formatted,
        media: JsonDict,
        chat: Chat | int | None,
        message_thread_id: int | None = None,
        reply_to: StoredMessage | int | None = None,
    ) -> int:
        place = self.api.chat_of(self, chat)
        if place.is_forum and message_thread_id:
            place.topics.add(message_thread_id)
        replied = reply_to.message_id if isinstance(reply_to, StoredMessage) else reply_to
        message = self.api.store_message(
            place,
            content,
            sender_id=self.id,
            media=media,
            message_thread_id=message_thread_id,
            reply_to=replied,
        )
        return self.api.push({"message": self.api.message_json(message)})


def _typed(text: str) -> Formatted:
    """Return what arrives of a text that somebody types."""
    clean = clean_text(text).text
    return Formatted(clean, _detect(clean))


def _detect(text: str) -> list[JsonDict]:
    """Find the commands and the mentions of a text, as Telegram marks them."""
    spans = [("bot_command", span) for span in _COMMAND.finditer(text)]
    spans += [("mention", span) for span in _MENTION.finditer(text)]
    return [
        {
            "type": kind,
            "offset": utf16_len(text[: span.start()]),
            "length": utf16_len(span[0]),
        }
        for kind, span in sorted(spans, key=lambda found: found[1].start())
    ]


def _photo_json(file: StoredFile) -> JsonDict:
    return {"photo": [file.describe() | {"width": 1, "height": 1}]}


def _document_json(file: StoredFile) -> JsonDict:
    names = {"file_name": file.filename, "mime_type": file.mime_type}
    return {"document": file.describe() | names}


# --- Long polling -------------------------------------------------------------------------------


class _UpdateQueue:
    """The updates that the bot has not confirmed, and the one long poll that may wait for them."""

    def __init__(self) -> None:
        self.pending: list[JsonDict] = []
        self.allowed: frozenset[str] = frozenset()
        self.confirmed_offset = 0
        self._poll: asyncio.Future[str | None] | None = None

    @property
    def polling(self) -> bool:
        return self._poll is not None

    def push(self, update: JsonDict) -> None:
        kind = next(name for name in update if name != "update_id")
        wanted = kind in self.allowed if self.allowed else kind not in UNASKED_UPDATES
        if wanted:
            self.pending.append(update)
            self._end_poll(None)

    def allow(self, kinds: Any) -> None:
        """Remember which updates the bot wants; an empty list asks for the usual ones."""
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            raise bad_request("can't parse allowed_updates JSON object")
        self.allowed = frozenset(kinds)

    def confirm(self, offset: int) -> None:
        """Forget the updates before an offset; a negative one counts from the end."""
        if offset < 0:
            offset = self.pending[offset:][0]["update_id"] if self.pending else 0
        self.confirmed_offset = max(self.confirmed_offset, offset)
        self.pending = [update for update in self.pending if update["update_id"] >= offset]

    def take(self, update_id: int) -> None:
        """Forget an update that a webhook has taken."""
        self.pending = [update for update in self.pending if update["update_id"] != update_id]

    async def wait(self, seconds: float, gone: asyncio.Task[Any]) -> None:
        """Hold a poll until an update comes, the time is up or the client hangs up."""
        self.terminate(OTHER_POLL)
        poll = self._poll = asyncio.get_running_loop().create_future()
        await asyncio.wait({poll, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if self._poll is poll:
            self._poll = None
        # Whoever hung up before the next poll came was not in its way.
        if poll.done() and not gone.done() and (conflict := poll.result()):
            raise ApiError(409, conflict)

    def terminate(self, conflict: str) -> None:
        """Send the waiting poll away."""
        self._end_poll(conflict)

    def _end_poll(self, conflict: str | None) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_result(conflict)


# --- Users, chats and messages ------------------------------------------------------------------


class _World:
    """Everything that exists on the other side of the Bot API."""

    def __init__(self, bot_id: int, username: str, first_name: str) -> None:
        self.bot: JsonDict = {
            "id": bot_id,
            "is_bot": True,
            "first_name": first_name,
            "username": username,
        }
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.updates: dict[int, JsonDict] = {}
        self.deleted: list[StoredMessage] = []
        self.answers_to_callbacks: list[CallbackAnswer] = []
        self.inline_answers: list[InlineAnswer] = []
        self.chat_actions: list[ChatAction] = []
        self._queue = _UpdateQueue()
        self.deliveries = Deliveries(lambda: self._queue.pending, self._queue.take)
        self._pending_queries: set[str] = set()
        self._expired_queries: set[str] = set()
        self._vanished: set[tuple[int, int]] = set()
        self._ids = itertools.count(1000)
        self._update_ids = itertools.count(700_000_001)

    @property
    def confirmed_offset(self) -> int:
        """Return the offset up to which the bot has confirmed updates."""
        return self._queue.confirmed_offset

    @property
    def pending_updates(self) -> list[JsonDict]:
        """Return the updates that the bot has not confirmed."""
        return list(self._queue.pending)

    @property
    def polling(self) -> bool:
        """Tell whether a long poll is waiting for updates right now."""
        return self._queue.polling

    def group(
        self,
        id: int,  # noqa: A002  (named as in the Bot API)
        title: str,
        members: Iterable[User] = (),
        *,
        is_forum: bool = False,
        admins: Iterable[User] = (),
        bot_status: str = "member",
    ) -> Chat:
        """Make a group that the bot is in; ids of supergroups begin with -100."""
        if id >= 0 or id in self.chats:
            raise ValueError(f"{id} is not the id of a new group")
        kind = "supergroup" if str(id).startswith("-100") and len(str(id)) > 10 else "group"
        chat = self.chats[id] = Chat(id, kind, title, is_forum=is_forum)
        chat.members = {user.id: "member" for user in members}
        chat.members |= {user.id: "administrator" for user in admins}
        chat.members[self.bot["id"]] = bot_status
        return chat

    def chat_of(self, user: User, chat: Chat | int | None) -> Chat:
        """Return the chat meant, which is the private one unless another is named."""
        return chat if isinstance(chat, Chat) else self.chats[user.id if chat is None else chat]

    def block(self, chat_id: int) -> None:
        """Let a user block the bot, or a group expel it."""
        self.chats[chat_id].blocked = True

    def unblock(self, chat_id: int) -> None:
        """Let the bot in again."""
        self.chats[chat_id].blocked = False

    def migrate(self, chat_id: int, new_id: int) -> Chat:
        """Turn a group into a supergroup with another id."""
        old = self.chats[chat_id]
        old.migrated_to = new_id
        chat = self.chats[new_id] = Chat(new_id, "supergroup", old.title)
        chat.members = dict(old.members)
        return chat

    def vanish(self, message: StoredMessage) -> None:
        """Let a person delete a message, which the bot isn't told about."""
        del self.chats[message.chat_id].messages[message.message_id]
        self._vanished.add((message.chat_id, message.message_id))

    def expire_queries(self) -> None:
        """Let every unanswered callback and inline query become too old to answer."""
        self._expired_queries |= self._pending_queries
        self._pending_queries.clear()

    def messages(self, chat_id: int) -> list[StoredMessage]:
        """Return the messages of a chat, of users and of the bot, oldest first."""
        return list(self.chats[chat_id].messages.values())

    def bot_messages(self, chat_id: int) -> list[StoredMessage]:
        """Return the bot's own messages in a chat."""
        return [message for message in self.messages(chat_id) if message.from_bot]

    # Used by users and methods

    def push(self, update: JsonDict) -> int:
        """Queue an update for the bot and return its id."""
        update = {"update_id": update.get("update_id") or next(self._update_ids)} | update
        self.updates[update["update_id"]] = update
        self._queue.push(update)
        self.deliveries.begin()
        return int(update["update_id"])

    def new_query_id(self) -> str:
        """Return the id of a query that waits for an answer."""
        query_id = f"77{next(self._ids):08}"
        self._pending_queries.add(query_id)
        return query_id

    def store_file(self, filename: str, content: bytes, mime_type: str) -> StoredFile:
        """Keep a file and return it with its id."""
        file = StoredFile(f"AgACAgQ{next(self._ids)}", filename, content, mime_type)
        self.files[file.file_id] = file
        return file

    def store_message(
        self, chat: Chat, content: Formatted, sender_id: int, **rest: Any
    ) -> StoredMessage:
        """Add a message to a chat."""
        chat.last_message_id += 1
        message = StoredMessage(
            chat.last_message_id,
            chat.id,
            sender_id,
            sender_id == self.bot["id"],
            content.text,
            content.entities,
            **rest,
        )
        chat.messages[message.message_id] = message
        return message

    def rewrite(self, message: StoredMessage, content: Formatted) -> None:
        """Change the text of a message."""
        message.history.append(message.text)
        message.text, message.entities = content.text, content.entities
        message.edited += 1

    def message_json(self, message: StoredMessage, *, with_reply: bool = True) -> JsonDict:
        """Return the Message object that Telegram sends."""
        chat = self.chats[message.chat_id]
        kind = "caption" if message.media else "text"
        replied = chat.messages.get(message.reply_to or 0) if with_reply else None
        thread = message.message_thread_id
        markup = message.reply_markup if message.buttons else None
        optional = {
            kind: message.text,
            "caption_entities" if message.media else "entities": message.entities,
            "reply_markup": markup,
            "edit_date": int(time.time()) if message.edited else None,
            "reply_to_message": self.message_json(replied, with_reply=False) if replied else None,
            "message_thread_id": thread,
            "is_topic_message": bool(thread and chat.is_forum),
        }
        return {
            "message_id": message.message_id,
            "date": message.date,
            "chat": self.chat_json(chat),
            "from": self.user_json(message.sender_id),
            **message.media,
            **{name: value for name, value in optional.items() if value},
        }

    def chat_json(self, chat: Chat) -> JsonDict:
        """Return the Chat object that Telegram sends."""
        if chat.type == "private":
            person = self.user_json(chat.id)
            named = {name: person[name] for name in ("first_name", "username") if name in person}
            return {"id": chat.id, "type": chat.type} | named
        forum = {"is_forum": True} if chat.is_forum else {}
        return {"id": chat.id, "type": chat.type, "title": chat.title} | forum

    def user_json(self, user_id: int) -> JsonDict:
        """Return the User object of a person or of the bot."""
        return self.bot if user_id == self.bot["id"] else self.users[user_id].as_json


# --- The methods of the Bot API -----------------------------------------------------------------


class _Methods(_World):
    """What each method does, one small function per method."""

    def __init__(self, bot_id: int, username: str, first_name: str) -> None:
        super().__init__(bot_id, username, first_name)
        self.logged_out = False
        self.commands: dict[tuple[str, str], list[JsonDict]] = {}
        self.profile: dict[tuple[str, str], str] = {}
        self.handlers: dict[str, Callable[[Params], Any]] = {
            "getMe": self._get_me,
            "logOut": self._log_out,
            "close": lambda _params: True,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendDocument": self._send_document,
            "sendChatAction": self._send_chat_action,
            "editMessageText": self._edit_message_text,
            "editMessageReplyMarkup": self._edit_message_reply_markup,
            "deleteMessage": self._delete_message,
            "answerCallbackQuery": self._answer_callback_query,
            "answerInlineQuery": self._answer_inline_query,
            "getChat": self._get_chat,
            "getChatMember": self._get_chat_member,
            "getChatAdministrators": self._get_chat_administrators,
            "getFile": self._get_file,
            "setMyCommands": self._set_my_commands,
            "getMyCommands": lambda params: self.commands.get(self._command_key(params), []),
            "deleteMyCommands": self._delete_my_commands,
            "setMyName": lambda params: self._set_profile(params, "name", 64),
            "getMyName": lambda params: self._get_profile(params, "name"),
            "setMyDescription": lambda params: self._set_profile(params, "description", 512),
            "getMyDescription": lambda params: self._get_profile(params, "description"),
            "setMyShortDescription": lambda params: self._set_profile(
                params, "short_description", 120
            ),
            "getMyShortDescription": lambda params: self._get_profile(params, "short_description"),
        }

    # The bot itself

    def _get_me(self, _params: Params) -> JsonDict:
        abilities = {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
        return self.bot | abilities

    def _log_out(self, _params: Params) -> bool:
        self.logged_out = True
        return True

    def _command_key(self, params: Params) -> tuple[str, str]:
        scope = check_command_scope(params.json.get("scope"))
        language = check_language(params.text("language_code"))
        return json.dumps(scope, sort_keys=True), language

    def _set_my_commands(self, params: Params) -> bool:
        self.commands[self._command_key(params)] = check_commands(params.json.get("commands", []))
        return True

    def _delete_my_commands(self, params: Params) -> bool:
        self.commands.pop(self._command_key(params), None)
        return True

    def _set_profile(self, params: Params, name: str, limit: int) -> bool:
        value = params.text(name)
        if len(value) > limit:
            raise bad_request(f"{name.upper()}_TOO_LONG")
        self.profile[name, check_language(params.text("language_code"))] = value
        return True

    def _get_profile(self, params: Params, name: str) -> JsonDict:
        language = check_language(params.text("language_code"))
        fallback = self.bot["first_name"] if name == "name" else ""
        return {
            name: self.profile.get((name, language)) or self.profile.get((name, "")) or fallback
        }

    # Updates

    async def get_updates(self, params: Params, gone: asyncio.Task[Any]) -> list[JsonDict]:
        """Answer getUpdates, the one method that waits."""
        if self.deliveries.webhook is not None:
            raise ApiError(409, WEBHOOK_ACTIVE)
        if "allowed_updates" in params.json:
            self._queue.allow(params.json["allowed_updates"])
        limit = max(1, min(params.integer("limit", 100), 100))
        timeout = max(0, min(params.integer("timeout"), MAX_POLL_SECONDS))
        self._queue.confirm(params.integer("offset"))
        if timeout and not self._queue.pending:
            await self._queue.wait(timeout, gone)
        return self._queue.pending[:limit]

    def _set_webhook(self, params: Params) -> bool:
        url = params.text("url")
        if url and not url.startswith("https://"):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if url and urlsplit(url).port not in _WEBHOOK_PORTS:
            raise bad_request(
                "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
            )
        secret = params.text("secret_token")
        if not _WEBHOOK_SECRET.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        connections = params.integer("max_connections", 40)
        if not 1 <= connections <= 100:
            raise bad_request("MAX_CONNECTIONS_INVALID")
        if url:
            self._queue.terminate("Conflict: terminated by setWebhook request")
        if "allowed_updates" in params.json:
            self._queue.allow(params.json["allowed_updates"])
        return self._change_webhook(params, Webhook(url, secret, connections) if url else None)

    def _delete_webhook(self, params: Params) -> bool:
        return self._change_webhook(params, None)

    def _change_webhook(self, params: Params, webhook: Webhook | None) -> bool:
        self.deliveries.webhook = webhook
        if params.flag("drop_pending_updates"):
            self._queue.pending.clear()
        self.deliveries.begin()
        return True

    def _get_webhook_info(self, _params: Params) -> JsonDict:
        webhook = self.deliveries.webhook
        told: JsonDict = {
            "url": webhook.url if webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._queue.pending),
        }
        if webhook:
            told["max_connections"] = webhook.max_connections
        if webhook and webhook.last_error:
            told["last_error_message"] = webhook.last_error
        return told

    # Finding things

    def _chat(self, params: Params) -> Chat:
        if not params.text("chat_id"):
            raise bad_request("chat_id is empty")
        known = {str(chat_id): chat for chat_id, chat in self.chats.items()}
        chat = known.get(params.text("chat_id"))
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": chat.migrated_to},
                arranged=True,
            )
        return chat

    def _writable_chat(self, params: Params) -> Chat:
        chat = self._chat(params)
        if chat.blocked:
            private = chat.type == "private"
            what = "blocked by the user" if private else f"kicked from the {chat.type} chat"
            raise ApiError(403, f"Forbidden: bot was {what}", arranged=True)
        return chat

    def _find_message(self, chat: Chat, message_id: int, role: str) -> StoredMessage:
        if message_id <= 0:
            raise bad_request("message identifier is not specified")
        if message_id not in chat.messages:
            arranged = (chat.id, message_id) in self._vanished
            raise bad_request(f"{role} not found", arranged=arranged)
        return chat.messages[message_id]

    def _thread(self, chat: Chat, params: Params) -> int | None:
        thread = params.integer("message_thread_id")
        if thread and thread not in chat.topics:
            raise bad_request("message thread not found")
        return thread or None

    def _replied(self, chat: Chat, params: Params) -> StoredMessage | None:
        options = params.json.get("reply_parameters")
        if options is None:
            options = {
                "message_id": params.integer("reply_to_message_id"),
                "allow_sending_without_reply": params.flag("allow_sending_without_reply"),
            }
            if not options["message_id"]:
                return None
        if not isinstance(options, dict):
            raise bad_request("object expected as reply parameters")
        if type(options.get("message_id")) is not int:
            raise bad_request('can\'t find field "message_id"')
        if options["message_id"] not in chat.messages and options.get(
            "allow_sending_without_reply"
        ):
            return None
        replied = self._find_message(chat, options["message_id"], "message to be replied")
        if str(options.get("quote", "")) not in replied.text:
            raise bad_request("QUOTE_TEXT_INVALID")
        return replied

    def _answer_query(self, query_id: str) -> None:
        if query_id not in self._pending_queries:
            raise bad_request(STALE_QUERY, arranged=query_id in self._expired_queries)

    # Messages

    def _send_message(self, params: Params) -> JsonDict:
        check_link_preview(params.json.get("link_preview_options"))
        return self._send(params, self._text_of(params), {})

    def _send_photo(self, params: Params) -> JsonDict:
        caption = self._caption_of(params)
        upload = params.upload("photo")
        if upload:
            check_picture(upload.content)
        return self._send(
            params, caption, _photo_json(self._file_of(params, "photo", MAX_PHOTO_UPLOAD))
        )

    def _send_document(self, params: Params) -> JsonDict:
        caption = self._caption_of(params)
        return self._send(
            params, caption, _document_json(self._file_of(params, "document", MAX_UPLOAD))
        )

    def _text_of(self, params: Params) -> Formatted:
        return check_message_text(
            params.text("text"), params.json.get("entities"), params.text("parse_mode")
        )

    def _caption_of(self, params: Params) -> Formatted:
        return check_caption(
            params.text("caption"), params.json.get("caption_entities"), params.text("parse_mode")
        )

    def _send(self, params: Params, content: Formatted, media: JsonDict) -> JsonDict:
        markup = check_reply_markup(params.json.get("reply_markup"))
        chat = self._writable_chat(params)
        thread = self._thread(chat, params)
        replied = self._replied(chat, params)
        if replied and chat.is_forum:
            thread = thread or replied.message_thread_id
        message = self.store_message(
            chat,
            content,
            self.bot["id"],
            media=media,
            reply_markup=markup,
            reply_to=replied.message_id if replied else None,
            message_thread_id=thread,
        )
        return self.message_json(message)

    def _file_of(self, params: Params, name: str, limit: int) -> StoredFile:
        upload, value = params.upload(name), params.text(name)
        if upload is None:
            if value in self.files:
                return self.files[value]
            if value.startswith(("http://", "https://")):
                raise bad_request("failed to get HTTP URL content")
            if not value or value.startswith("attach://"):
                raise bad_request(f"there is no {name} in the request")
            raise bad_request("wrong remote file identifier specified: Wrong string length")
        if not upload.content:
            raise bad_request("file must be non-empty")
        if len(upload.content) > limit:
            raise ApiError(413, "Request Entity Too Large")
        return self.store_file(upload.filename, upload.content, upload.mime_type)

    def _editable(self, params: Params) -> StoredMessage:
        if params.text("inline_message_id") and not params.text("chat_id"):
            raise bad_request("MESSAGE_ID_INVALID")
        chat = self._writable_chat(params)
        message = self._find_message(chat, params.integer("message_id"), "message to edit")
        if not message.from_bot:
            raise bad_request("message can't be edited")
        return message

    def _edit_message_text(self, params: Params) -> JsonDict:
        content = self._text_of(params)
        check_link_preview(params.json.get("link_preview_options"))
        markup = check_reply_markup(params.json.get("reply_markup"), inline_only=True)
        message = self._editable(params)
        if message.media:
            raise bad_request("there is no text in the message to edit")
        if content == Formatted(message.text, message.entities) and markup == message.reply_markup:
            raise bad_request(NOT_MODIFIED)
        message.reply_markup = markup
        self.rewrite(message, content)
        return self.message_json(message)

    def _edit_message_reply_markup(self, params: Params) -> JsonDict:
        markup = check_reply_markup(params.json.get("reply_markup"), inline_only=True)
        message = self._editable(params)
        if markup == message.reply_markup:
            raise bad_request(NOT_MODIFIED)
        message.reply_markup = markup
        message.edited += 1
        return self.message_json(message)

    def _delete_message(self, params: Params) -> bool:
        chat = self._writable_chat(params)
        message = self._find_message(chat, params.integer("message_id"), "message to delete")
        own = message.from_bot or chat.type == "private"
        if not own and chat.members[self.bot["id"]] != "administrator":
            raise bad_request("message can't be deleted")
        self.deleted.append(chat.messages.pop(message.message_id))
        return True

    def _send_chat_action(self, params: Params) -> bool:
        if params.text("action") not in CHAT_ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat = self._writable_chat(params)
        thread = self._thread(chat, params)
        self.chat_actions.append(
            ChatAction(chat.id, params.text("action"), thread, time.monotonic())
        )
        return True

    # Queries

    def _answer_callback_query(self, params: Params) -> bool:
        if len(params.text("text")) > MAX_CALLBACK_ANSWER:
            raise bad_request("MESSAGE_TOO_LONG")
        query_id = params.text("callback_query_id")
        self._answer_query(query_id)
        self._pending_queries.discard(query_id)
        self.answers_to_callbacks.append(
            CallbackAnswer(
                query_id, params.text("text"), params.flag("show_alert"), params.text("url")
            )
        )
        return True

    def _answer_inline_query(self, params: Params) -> bool:
        results = check_inline_results(params.json.get("results", []))
        if len(params.text("next_offset").encode()) > 64:
            raise bad_request("NEXT_OFFSET_INVALID")
        query_id = params.text("inline_query_id")
        self._answer_query(query_id)
        self._pending_queries.discard(query_id)
        self.inline_answers.append(InlineAnswer(query_id, results, params.readable()))
        return True

    # Chats and files

    def _get_chat(self, params: Params) -> JsonDict:
        gifts = {f"{kind}_gifts": True for kind in ("unlimited", "limited", "unique")} | {
            "premium_subscription": True,
            "gifts_from_channels": True,
        }
        full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
        return self.chat_json(self._chat(params)) | full

    def _get_chat_member(self, params: Params) -> JsonDict:
        chat, user_id = self._writable_chat(params), params.integer("user_id")
        if user_id != self.bot["id"] and user_id not in self.users:
            raise bad_request("user not found")
        outside = "member" if chat.id == user_id else "left"
        return self._member_json(user_id, chat.members.get(user_id, outside))

    def _get_chat_administrators(self, params: Params) -> list[JsonDict]:
        chat = self._writable_chat(params)
        if chat.type == "private":
            raise bad_request("there are no administrators in the private chat")
        return [
            self._member_json(user_id, status)
            for user_id, status in chat.members.items()
            if status == "administrator"
        ]

    def _member_json(self, user_id: int, status: str) -> JsonDict:
        member = {"user": self.user_json(user_id), "status": status}
        if status != "administrator":
            return member
        rights = (
            "can_be_edited is_anonymous can_manage_chat can_delete_messages "
            "can_manage_video_chats can_restrict_members can_promote_members can_change_info "
            "can_invite_users can_post_stories can_edit_stories can_delete_stories"
        )
        return member | {right: right == "can_delete_messages" for right in rights.split(" ")}

    def _get_file(self, params: Params) -> JsonDict:
        file = self.files.get(params.text("file_id"))
        if file is None:
            raise bad_request("invalid file_id")
        if len(file.content) > MAX_DOWNLOAD:
            raise bad_request("file is too big")
        return file.describe() | {"file_path": file.path}


# --- HTTP ---------------------------------------------------------------------------------------


@dataclass(slots=True, frozen=True)
class _HttpRequest:
    target: str
    headers: dict[str, str]
    body: bytes


async def _read_request(reader: asyncio.StreamReader) -> _HttpRequest | None:
    """Read the next request of a connection; None when the client hung up."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request_line, *lines = head.rstrip("\r\n").split("\r\n")
        _method, target, _version = request_line.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if "transfer-encoding" in headers:
            raise ValueError("this server reads only bodies with a Content-Length")
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return _HttpRequest(target, headers, body)


def _http_response(status: int, body: bytes, content_type: str = "application/json") -> bytes:
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"Content-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _json_response(body: JsonDict) -> bytes:
    return _http_response(body.get("error_code", 200), json.dumps(body).encode())


@dataclass(slots=True, frozen=True)
class _Fault:
    error: ApiError | None = None
    drop: str = ""
    delay: float = 0


# --- The server ---------------------------------------------------------------------------------


class BotApi(_Methods):
    """The fake server; ``async with BotApi() as api`` starts and stops it.

    ``violations`` lists every refusal that the test did not arrange, and each parse_mode while
    ``forbid_parse_mode`` holds. Exceptions inside the server are kept in ``errors``, and
    ``unhandled_connections`` says what was being served; leaving the context raises them.
    """

    def __init__(
        self,
        token: str = TOKEN,
        *,
        username: str = "test_bot",
        first_name: str = "Test Bot",
        forbid_parse_mode: bool = True,
    ) -> None:
        super().__init__(int(token.partition(":")[0]), username, first_name)
        self.token = token
        self.forbid_parse_mode = forbid_parse_mode
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.errors: list[Exception] = []
        self.unhandled_connections: list[str] = []
        self.port = 0
        self._faults: defaultdict[str, list[_Fault]] = defaultdict(list)
        self._names = {name.lower(): name for name in ("getUpdates", *self.handlers)}
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None

    @property
    def base_url(self) -> str:
        """Return the address for ``ApplicationBuilder.base_url``."""
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        """Return the address for ``ApplicationBuilder.base_file_url``."""
        return f"http://127.0.0.1:{self.port}/file/bot"

    # Users

    def user(
        self,
        id: int | None = None,  # noqa: A002  (named as in the Bot API)
        first_name: str = "Test",
        language_code: str | None = "ar",
        username: str | None = None,
    ) -> User:
        """Make a person who has started a private chat with the bot."""
        user_id = next(self._ids) if id is None else id
        if user_id <= 0 or user_id in self.users or user_id == self.bot["id"]:
            raise ValueError(f"{user_id} is not the id of a new user")
        self.users[user_id] = User(self, user_id, first_name, language_code, username)
        members = {user_id: "member", self.bot["id"]: "member"}
        self.chats[user_id] = Chat(user_id, "private", members=members)
        return self.users[user_id]

    # Faults: each call of a method meets at most one, in the order they were arranged

    def fail_next(
        self,
        method: str,
        error_code: int,
        description: str,
        parameters: JsonDict | None = None,
        times: int = 1,
    ) -> None:
        """Answer the next calls with an error, without executing them."""
        error = ApiError(error_code, description, parameters, arranged=True)
        self._arrange(method, _Fault(error=error), times)

    def flood_next(self, method: str, retry_after: int, times: int = 1) -> None:
        """Answer the next calls with 429 Too Many Requests."""
        description = f"Too Many Requests: retry after {retry_after}"
        self.fail_next(method, 429, description, {"retry_after": retry_after}, times)

    def drop_next(self, method: str, times: int = 1, *, after_processing: bool = False) -> None:
        """Break the connection of the next calls, before or after executing them."""
        self._arrange(method, _Fault(drop="after" if after_processing else "before"), times)

    def delay_next(self, method: str, seconds: float, times: int = 1) -> None:
        """Let the next calls wait before they are executed."""
        self._arrange(method, _Fault(delay=seconds), times)

    def _arrange(self, method: str, fault: _Fault, times: int) -> None:
        self._faults[self._names[method.lower()]] += [fault] * times

    # Waiting

    async def wait_until(
        self,
        condition: Callable[[], object],
        timeout: float = 5,  # noqa: ASYNC109  (it says what was missing)
        what: str = "a condition",
    ) -> None:
        """Wait until something becomes true, of the server or of anything else."""
        try:
            async with asyncio.timeout(timeout):
                while not condition():  # noqa: ASYNC110  (nothing tells when it changes)
                    await asyncio.sleep(0.005)
        except TimeoutError:
            seen = [f"{call.method} {call.params} -> {call.response}" for call in self.calls[-10:]]
            raise TimeoutError("\n".join([f"{timeout}s without {what}; calls:", *seen])) from None

    async def wait_for_messages(
        self,
        chat_id: int,
        count: int,
        timeout: float = 5,  # noqa: ASYNC109
    ) -> list[StoredMessage]:
        """Wait for the bot's messages in a chat and return them all."""
        await self.wait_until(
            lambda: len(self.bot_messages(chat_id)) >= count, timeout, f"{count} messages"
        )
        return self.bot_messages(chat_id)

    async def wait_for_call(
        self,
        method: str,
        count: int = 1,
        timeout: float = 5,  # noqa: ASYNC109
    ) -> list[Call]:
        """Wait until a method was called and answered so often; return those calls."""
        name = self._names[method.lower()]

        def found() -> list[Call]:
            return [call for call in self.calls if call.method == name and call.finished]

        await self.wait_until(lambda: len(found()) >= count, timeout, f"{count} calls of {name}")
        return found()

    # Serving

    async def __aenter__(self) -> Self:
        """Start listening."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        exception: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop at once, then raise what went wrong inside the server."""
        await self.deliveries.end()
        if self._server:
            self._server.close()
        for task, writer in self._connections.items():
            writer.transport.abort()
            task.cancel()
        ends = await asyncio.gather(*self._connections, return_exceptions=True)
        self.errors += [end for end in ends if isinstance(end, Exception)]
        if self._server:
            await self._server.wait_closed()
        if self.errors and exception is None:
            raise ExceptionGroup("the fake Bot API server failed", self.errors)
        if self.errors and exception is not None:
            exception.add_note(f"the fake Bot API server failed as well: {self.errors}")

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections[task] = writer
        task.add_done_callback(self._connections.pop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upcoming = asyncio.create_task(_read_request(reader))
        target = "the request line"
        try:
            while request := await upcoming:
                target = request.target
                # Reading ahead is how a hang-up is noticed while a long poll is held.
                upcoming = asyncio.create_task(_read_request(reader))
                reply = await self._answer(request, upcoming)
                if reply is None or not await _write(writer, reply):
                    break
                if request.headers.get("connection", "").lower() == "close":
                    break
        except Exception as error:  # noqa: BLE001  (raised when the server stops)
            self.errors.append(error)
            self.unhandled_connections.append(f"{target}: {error!r}")
            await _write(writer, _http_response(500, b"{}"))
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, request: _HttpRequest, gone: asyncio.Task[Any]) -> bytes | None:
        """Return the reply to a request, or None to break the connection."""
        path, _, query = request.target.partition("?")
        path = unquote(path)
        if match := _FILE_PATH.fullmatch(path):
            return self._download(match[1], match[2])
        if match := _METHOD_PATH.fullmatch(path):
            method = self._names.get(match[2].lower(), match[2])
            call = Call(method, {}, {}, time.monotonic())
            self.calls.append(call)
            fault = self._next_fault(method)
            response = await self._respond(call, match[1], (query, request), fault, gone)
            call.dropped = bool(fault.drop)
            call.response = None if call.dropped else response
            return None if call.dropped else _json_response(response)
        return _json_response(ApiError(404, "Not Found").response())

    def _download(self, token: str, path: str) -> bytes:
        found = [file for file in self.files.values() if file.path == path]
        if token != self.token or not found:
            self.violations.append(f"download of {path}: 404 Not Found")
            return _json_response(ApiError(404, "Not Found").response())
        return _http_response(200, found[0].content, found[0].mime_type)

    def _next_fault(self, method: str) -> _Fault:
        faults = self._faults[method]
        return faults.pop(0) if faults else _Fault()

    async def _respond(
        self,
        call: Call,
        token: str,
        source: tuple[str, _HttpRequest],
        fault: _Fault,
        gone: asyncio.Task[Any],
    ) -> JsonDict:
        query, request = source
        try:
            params = read_params(query, request.headers.get("content-type", ""), request.body)
            call.params, call.files = params.readable(), params.files
            self._check_access(call.method, token)
            if fault.error:
                raise fault.error
            if fault.drop == "before":
                return {}
            await asyncio.sleep(fault.delay)
            self._check_parse_mode(call)
            return {"ok": True, "result": await self._execute(call.method, params, gone)}
        except ApiError as error:
            if not error.arranged:
                self.violations.append(f"{call.method}: {error}")
            return error.response()

    def _check_access(self, method: str, token: str) -> None:
        if token != self.token:
            raise ApiError(401, "Unauthorized")
        if self.logged_out:
            raise ApiError(400, "Logged out")
        if method not in self._names.values():
            raise ApiError(404, "Not Found: method not found")

    def _check_parse_mode(self, call: Call) -> None:
        for name, value in named_values(call.params):
            if self.forbid_parse_mode and name.endswith("parse_mode") and value:
                self.violations.append(f"{call.method}: {name} {value} is forbidden")

    async def _execute(self, method: str, params: Params, gone: asyncio.Task[Any]) -> Any:
        if method == "getUpdates":
            return await self.get_updates(params, gone)
        return self.handlers[method](params)


async def _write(writer: asyncio.StreamWriter, reply: bytes) -> bool:
    """Send a reply; False when the client is no longer there to read it."""
    try:
        writer.write(reply)
        await writer.drain()
    except ConnectionError:
        return False
    return not writer.is_closing()
