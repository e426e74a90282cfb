"""The fake Bot API keeps to what Telegram does: what it accepts, refuses and delivers."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest
from botapi_rules import JsonDict, utf16_len, utf16_slice
from fakes import ONE_PIXEL_PNG, BotApi, User
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TimedOut
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)
from telegram.request import HTTPXRequest

# Nothing is encrypted here, and loading certificates would take longer than most tests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
SMILE = "\N{GRINNING FACE}"  # two UTF-16 code units, four UTF-8 bytes
SALAM = "\u0633\u0644\u0627\u0645"
ChatBot = Application[Any, Any, Any, Any, Any, Any]


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=5, trust_env=False, verify=NO_TLS) as client:
        yield client


@pytest.fixture
def user(api: BotApi) -> User:
    return api.user(id=7, first_name="Amal", username="amal_77")


class Caller:
    """Calls methods as a bot without a library does."""

    def __init__(self, api: BotApi, http: httpx.AsyncClient) -> None:
        self.api = api
        self.http = http

    def url(self, method: str) -> str:
        return f"{self.api.base_url}{self.api.token}/{method}"

    async def reply(self, method: str, **params: Any) -> JsonDict:
        response = await self.http.post(self.url(method), json=params)
        body: JsonDict = response.json()
        assert response.status_code == body.get("error_code", 200)
        return body

    async def result(self, method: str, **params: Any) -> Any:
        body = await self.reply(method, **params)
        assert body["ok"], body
        return body["result"]

    async def refusal(self, method: str, **params: Any) -> str:
        body = await self.reply(method, **params)
        assert not body["ok"], body
        assert any(body["description"] in noted for noted in self.api.violations)
        return str(body["description"])


@pytest.fixture
def bot(api: BotApi, http: httpx.AsyncClient) -> Caller:
    return Caller(api, http)


def span(kind: str, offset: Any, length: Any, **rest: Any) -> JsonDict:
    return {"type": kind, "offset": offset, "length": length} | rest


def keyboard(*buttons: JsonDict) -> JsonDict:
    return {"inline_keyboard": [[button] for button in buttons]}


# --- Requests -----------------------------------------------------------------------------------


async def test_a_wrong_token_is_unauthorized(api: BotApi, http: httpx.AsyncClient) -> None:
    response = await http.get(f"{api.base_url}1:wrong/getMe")
    assert response.status_code == 401
    assert response.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_an_unknown_method_is_not_found(bot: Caller) -> None:
    body = await bot.reply("sendTelepathy")
    assert (body["error_code"], body["description"]) == (404, "Not Found: method not found")


async def test_method_names_ignore_case(bot: Caller) -> None:
    assert (await bot.result("GETME"))["username"] == "test_bot"
    assert bot.api.calls[-1].method == "getMe"


@pytest.mark.parametrize("encoding", ["query", "form", "json", "multipart"])
async def test_parameters_arrive_in_every_encoding(
    bot: Caller, http: httpx.AsyncClient, user: User, encoding: str
) -> None:
    text, entities = f"{SALAM} & {SMILE}=1", [span("bold", 0, 4)]
    fields = {"chat_id": str(user.id), "text": text, "entities": json.dumps(entities)}
    url = bot.url("sendMessage")
    if encoding == "query":
        response = await http.get(url, params=fields)
    elif encoding == "form":
        response = await http.post(url, data=fields)
    elif encoding == "json":
        body = {"chat_id": user.id, "text": text, "entities": entities}
        response = await http.post(url, json=body)
    else:
        parts = {name: (None, value.encode()) for name, value in fields.items()}
        response = await http.post(url, files=parts)
    assert response.json()["result"]["text"] == text
    assert bot.api.calls[-1].params == {"chat_id": user.id, "text": text, "entities": entities}
    assert bot.api.messages(user.id)[0].entities_of("bold") == [SALAM]


async def test_a_broken_multipart_body_is_refused(bot: Caller) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    for body in (b"--x\r\n\r\nvalue\r\n--x--\r\n", b'--x\r\nC: f; name="a"\r\n\r\nvalue'):
        reply = await bot.http.post(bot.url("getMe"), content=body, headers=headers)
        assert reply.json()["description"] == "Bad Request: can't parse multipart request body"


async def test_a_connection_is_kept_until_the_client_wants_it_closed(bot: Caller) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", bot.api.port)
    for connection in ("keep-alive", "close"):
        request = f"GET /bot{bot.api.token}/getMe HTTP/1.1\r\nConnection: {connection}\r\n\r\n"
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        assert length
        assert json.loads(await reader.readexactly(int(length[1])))["ok"]
    assert await asyncio.wait_for(reader.read(), 1) == b""
    writer.close()
    await writer.wait_closed()


async def test_numbers_and_flags_are_readable_and_texts_stay_texts(bot: Caller, user: User) -> None:
    await bot.result("sendMessage", chat_id=user.id, text="true", disable_notification=True)
    params = {"chat_id": user.id, "text": "true", "disable_notification": True}
    assert bot.api.calls[-1].params == params


async def test_a_number_is_written_in_ascii_digits(bot: Caller, user: User) -> None:
    problem = await bot.refusal("deleteMessage", chat_id=user.id, message_id="\u0661")
    assert problem.startswith("Bad Request: parameter message_id must be an Integer")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("entities", "can't parse entities JSON object"),
        ("reply_markup", "can't parse reply keyboard markup JSON object"),
        ("link_preview_options", "can't parse link preview options JSON object"),
        ("reply_parameters", "can't parse reply parameters JSON object"),
        ("commands", "can't parse commands JSON object"),
        ("scope", "can't parse BotCommandScope JSON object"),
        ("allowed_updates", "can't parse allowed_updates JSON object"),
        ("media", "can't parse media JSON object"),
        ("results", "can't parse JSON encoded inline query results"),
    ],
)
async def test_malformed_json_is_refused(bot: Caller, name: str, problem: str) -> None:
    assert await bot.refusal("getMe", **{name: "[{'a': 1}]"}) == f"Bad Request: {problem}"


async def test_half_a_surrogate_pair_is_refused(bot: Caller, user: User) -> None:
    half = keyboard({"text": "\ud83d", "callback_data": "x"})
    problem = await bot.refusal(
        "sendMessage", chat_id=user.id, text="x", reply_markup=json.dumps(half)
    )
    assert problem == "Bad Request: strings must be encoded in UTF-8"


@pytest.mark.parametrize("reference", ["document", "attach://other"])
async def test_an_uploaded_file_can_be_downloaded_again(
    bot: Caller, http: httpx.AsyncClient, user: User, reference: str
) -> None:
    content = b"\r\n--not the boundary\r\n\x00\xff" * 50
    part = reference.removeprefix("attach://")
    fields = {"chat_id": str(user.id)} | ({"document": reference} if part == "other" else {})
    upload = {part: (f"{SALAM}.bin", content, "application/x-test")}
    reply = await http.post(bot.url("sendDocument"), data=fields, files=upload)
    document = reply.json()["result"]["document"]
    assert document["file_name"] == f"{SALAM}.bin"
    assert bot.api.calls[-1].files[part].content == content
    path = (await bot.result("getFile", file_id=document["file_id"]))["file_path"]
    download = await http.get(f"{bot.api.base_file_url}{bot.api.token}/{path}")
    assert download.content == content


async def test_a_file_that_does_not_exist_is_not_found(bot: Caller) -> None:
    assert await bot.refusal("getFile", file_id="nonsense") == "Bad Request: invalid file_id"
    path = bot.api.store_file("a.txt", b"a", "text/plain").path
    for address in (f"{bot.api.token}/files/none", f"1:wrong/{path}"):
        missing = await bot.http.get(f"{bot.api.base_file_url}{address}")
        assert missing.status_code == 404


async def test_a_file_must_be_neither_empty_nor_too_big(bot: Caller, user: User) -> None:
    empty = await bot.http.post(
        bot.url("sendDocument"), data={"chat_id": str(user.id)}, files={"document": b""}
    )
    assert empty.json()["description"] == "Bad Request: file must be non-empty"
    big = bot.api.store_file("big.bin", bytes(20 * 1024 * 1024 + 1), "application/octet-stream")
    problem = await bot.refusal("getFile", file_id=big.file_id)
    assert problem == "Bad Request: file is too big"


async def test_a_photo_must_be_a_picture(bot: Caller, user: User) -> None:
    narrow = ONE_PIXEL_PNG[:20] + (21).to_bytes(4, "big") + ONE_PIXEL_PNG[24:]
    big = ONE_PIXEL_PNG + bytes(10 * 1024 * 1024)
    cases = ((b"text", 400), (narrow, 400), (b"", 400), (big, 413), (ONE_PIXEL_PNG, 200))
    for content, status in cases:
        reply = await bot.http.post(
            bot.url("sendPhoto"), data={"chat_id": str(user.id)}, files={"photo": content}
        )
        assert reply.status_code == status
    problem = await bot.refusal("sendPhoto", chat_id=user.id)
    assert problem == "Bad Request: there is no photo in the request"


# --- Long polling -------------------------------------------------------------------------------


async def test_updates_come_again_until_they_are_confirmed(bot: Caller, user: User) -> None:
    first, second = await user.send("one"), await user.send("two")
    for _ in range(2):
        updates = await bot.result("getUpdates")
        assert [update["update_id"] for update in updates] == [first, second]
    [rest] = await bot.result("getUpdates", offset=second)
    assert rest["message"]["text"] == "two"
    assert bot.api.confirmed_offset == second
    assert await bot.result("getUpdates", offset=second + 1) == []
    assert await bot.result("getUpdates", offset=first) == []


async def test_a_negative_offset_forgets_all_but_the_last_updates(bot: Caller, user: User) -> None:
    for text in ("one", "two", "three"):
        await user.send(text)
    kept = await bot.result("getUpdates", offset=-2)
    assert [update["message"]["text"] for update in kept] == ["two", "three"]
    assert len(await bot.result("getUpdates")) == 2


async def test_a_limit_cuts_the_updates(bot: Caller, user: User) -> None:
    for number in range(3):
        await user.send(str(number))
    assert len(await bot.result("getUpdates", limit=2)) == 2


async def test_a_poll_waits_until_an_update_comes(bot: Caller, user: User) -> None:
    poll = asyncio.create_task(bot.result("getUpdates", timeout=5))
    await bot.api.wait_until(lambda: bot.api.polling)
    assert not poll.done()
    await user.send("now")
    [update] = await asyncio.wait_for(poll, 1)
    assert update["message"]["text"] == "now"


async def test_a_poll_ends_when_its_time_is_up(bot: Caller) -> None:
    start = time.monotonic()
    assert await bot.result("getUpdates", timeout=1) == []
    assert 0.9 < time.monotonic() - start < 4


async def test_the_older_of_two_polls_is_terminated(bot: Caller, user: User) -> None:
    older = asyncio.create_task(bot.reply("getUpdates", timeout=5))
    await bot.api.wait_until(lambda: bot.api.polling)
    newer = asyncio.create_task(bot.result("getUpdates", timeout=5))
    conflict = await older
    assert conflict["error_code"] == 409
    assert conflict["description"] == (
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running"
    )
    await user.send("for the newer")
    assert len(await newer) == 1
    assert bot.api.violations == [f"getUpdates: 409 {conflict['description']}"]


async def test_a_poll_given_up_by_the_client_loses_nothing(bot: Caller, user: User) -> None:
    poll = asyncio.create_task(bot.result("getUpdates", timeout=30))
    await bot.api.wait_until(lambda: bot.api.polling)
    poll.cancel()
    await bot.api.wait_until(lambda: not bot.api.polling)
    await user.send("kept")
    assert len(await bot.result("getUpdates", timeout=5)) == 1
    assert bot.api.violations == []


async def test_polling_is_refused_while_a_webhook_is_set(bot: Caller, user: User) -> None:
    poll = asyncio.create_task(bot.reply("getUpdates", timeout=5))
    await bot.api.wait_until(lambda: bot.api.polling)
    await bot.result("setWebhook", url="https://example.com/hook")
    assert (await poll)["description"] == "Conflict: terminated by setWebhook request"
    await user.send("hello")
    assert (await bot.reply("getUpdates"))["error_code"] == 409
    info = await bot.result("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == ("https://example.com/hook", 1)
    await bot.result("deleteWebhook", drop_pending_updates=True)
    assert await bot.result("getUpdates") == []


async def test_a_webhook_needs_https(bot: Caller) -> None:
    problem = await bot.refusal("setWebhook", url="http://example.com")
    assert problem == "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"


async def test_a_webhook_needs_a_port_and_a_secret_that_telegram_takes(bot: Caller) -> None:
    problem = await bot.refusal("setWebhook", url="https://example.com:8080/hook")
    assert problem.endswith("Webhook can be set up only on ports 80, 88, 443 or 8443")
    problem = await bot.refusal("setWebhook", url="https://example.com", secret_token="two words")
    assert problem.endswith("secret token contains unallowed characters")


async def test_a_webhook_gets_each_update_with_its_secret_until_it_takes_it(
    bot: Caller, user: User
) -> None:
    statuses, posted = [500, 403, 200, 200], []

    async def hook(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(re.findall(r"Content-Length: (\d+)", head)[0])
        posted.append((head, json.loads(await reader.readexactly(length))))
        writer.write(f"HTTP/1.1 {statuses.pop(0)} So\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    await user.send("first")
    await bot.result("setWebhook", url="https://example.com/hook", secret_token="a-secret")
    await bot.api.wait_until(lambda: bot.api.deliveries.attempts)  # nobody listens yet
    assert len(bot.api.pending_updates) == 1
    async with await asyncio.start_server(hook, "127.0.0.1", 0) as server:
        bot.api.deliveries.behind = server.sockets[0].getsockname()
        await bot.api.wait_until(lambda: bot.api.pending_updates == [])
        await user.send("second")
        await bot.api.wait_until(lambda: bot.api.pending_updates == [])
    assert [update["message"]["text"] for _, update in posted] == ["first"] * 3 + ["second"]
    assert all(head.startswith("POST /hook HTTP/1.1\r\n") for head, _ in posted)
    assert all("X-Telegram-Bot-Api-Secret-Token: a-secret\r\n" in head for head, _ in posted)
    tried = [delivery.status for delivery in bot.api.deliveries.attempts]
    assert [status for status in tried if status] == [500, 403, 200, 200]
    assert "403" in (await bot.result("getWebhookInfo"))["last_error_message"]


async def test_the_filter_of_updates_is_remembered(bot: Caller, user: User) -> None:
    await bot.result("getUpdates", allowed_updates=["inline_query"])
    await user.send("unwanted")
    await user.inline("wanted")
    [update] = await bot.result("getUpdates")
    assert update["inline_query"]["query"] == "wanted"
    await bot.result("getUpdates", allowed_updates=[])
    await user.send("wanted again")
    assert len(await bot.result("getUpdates")) == 2


async def test_changes_of_members_come_only_when_asked_for(bot: Caller, user: User) -> None:
    await user.send_update({"chat_member": {}})
    await bot.result("getUpdates", allowed_updates=["chat_member"])
    asked = await user.send_update({"chat_member": {}})
    assert [update["update_id"] for update in await bot.result("getUpdates")] == [asked]


# --- Texts and entities -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "message text is empty"),
        (" \n \n", "message text is empty"),
        ("\r\t\u200f", "message text is empty"),
        ("x" * 4097, "message is too long"),
        (SMILE * 2048 + "x", "message is too long"),
    ],
)
async def test_a_text_has_1_to_4096_utf16_units(
    bot: Caller, user: User, text: str, problem: str
) -> None:
    sent = await bot.result("sendMessage", chat_id=user.id, text="original")
    for method, target in (("sendMessage", {}), ("editMessageText", {"message_id": 1})):
        refused = await bot.refusal(method, chat_id=user.id, text=text, **target)
        assert refused == f"Bad Request: {problem}"
    assert [message.text for message in bot.api.messages(user.id)] == [sent["text"]]


@pytest.mark.parametrize("text", ["x" * 4096, SMILE * 2048, " " + "x" * 4096 + "\n\n"])
async def test_a_text_of_exactly_4096_utf16_units_is_sent(
    bot: Caller, user: User, text: str
) -> None:
    await bot.result("sendMessage", chat_id=user.id, text=text)
    assert bot.api.messages(user.id)[0].text == text.strip()


async def test_a_caption_has_at_most_1024_utf16_units(bot: Caller, user: User) -> None:
    file = bot.api.store_file("a.txt", b"a", "text/plain").file_id
    await bot.result("sendDocument", chat_id=user.id, document=file, caption=SMILE * 512)
    problem = await bot.refusal(
        "sendDocument", chat_id=user.id, document=file, caption=SMILE * 512 + "x"
    )
    assert problem == "Bad Request: message caption is too long"


async def test_a_text_is_trimmed_and_its_entities_follow(bot: Caller, user: User) -> None:
    text = f" \n{SMILE} a\u202eb\tc \n"
    entities = [span("italic", 5, 4), span("bold", 5, 6), span("underline", 9, 2)]
    await bot.result("sendMessage", chat_id=user.id, text=text, entities=entities)
    [message] = bot.api.messages(user.id)
    assert message.text == f"{SMILE} ab c"
    assert message.entities_of("italic") == ["ab "]
    assert message.entities_of("bold") == ["ab c"]
    assert message.entities_of("underline") == ["c"]
    assert [entity["offset"] for entity in message.entities] == [3, 3, 6]


async def test_only_the_last_of_repeated_direction_marks_stays(bot: Caller, user: User) -> None:
    await bot.result("sendMessage", chat_id=user.id, text="\u200f\u200e\u200fa\u200fb")
    assert bot.api.messages(user.id)[0].text == "\u200c\u200c\u200fa\u200fb"


async def test_spaces_inside_the_first_entity_are_not_trimmed(bot: Caller, user: User) -> None:
    await bot.result("sendMessage", chat_id=user.id, text="\n  code", entities=[span("pre", 1, 6)])
    assert bot.api.messages(user.id)[0].entities_of("pre") == ["  code"]


@pytest.mark.parametrize(
    ("entity", "problem"),
    [
        (7, "can't parse MessageEntity: expected an Object"),
        ({"type": "bold", "length": 1}, "can't parse MessageEntity: Can't find field \"offset\""),
        (
            span("bold", "0", 1),
            'can\'t parse MessageEntity: Field "offset" must be of type Integer',
        ),
        (
            span("bold", 0, 1.5),
            'can\'t parse MessageEntity: Field "length" must be of type Integer',
        ),
        (span("shiny", 0, 1), "can't parse MessageEntity: Unsupported type specified"),
        (span("text_link", 0, 1), "can't parse MessageEntity: Can't find field \"url\""),
        (span("text_mention", 0, 1), "can't parse MessageEntity: Can't find field \"user\""),
        (
            span("text_link", 0, 1, url="not-a-url"),
            "entity URL 'not-a-url' is invalid: Wrong HTTP URL",
        ),
        (
            span("text_link", 0, 1, url="ftp://a.example"),
            "entity URL 'ftp://a.example' is invalid: Unsupported URL protocol",
        ),
        (span("text_link", 0, 1, url=""), "entity URL '' is invalid: URL host is empty"),
        (span("bold", -1, 1), "receive an entity with incorrect offset -1"),
        (span("bold", 0, 0), "receive an entity with incorrect length 0"),
        (span("bold", 5, 1), "entity begins after the end of the text at UTF-16 offset 5"),
        (
            span("bold", 3, 2),
            "entity beginning at UTF-16 offset 3 ends after the end of the text at UTF-16 offset 5",
        ),
        (span("bold", 2, 1), "entity begins in a middle of a UTF-16 symbol at byte offset 5"),
        (
            span("bold", 0, 2),
            (
                "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte "
                "offset 5"
            ),
        ),
    ],
)
async def test_an_entity_must_fit_its_text(
    bot: Caller, user: User, entity: Any, problem: str
) -> None:
    refused = await bot.refusal(
        "sendMessage", chat_id=user.id, text=f"a{SMILE}b", entities=[entity]
    )
    assert refused == f"Bad Request: {problem}"


@pytest.mark.parametrize(
    "entities",
    [
        [span("bold", 0, 4), span("italic", 3, 4)],
        [span("blockquote", 0, 8), span("expandable_blockquote", 2, 3)],
        [span("bold", 0, 8), span("code", 2, 3)],
        [span("pre", 0, 8), span("text_link", 2, 3, url="https://a.example")],
        [span("text_link", 0, 8, url="https://a.example"), span("blockquote", 0, 4)],
    ],
    ids=lambda entities: "+".join(entity["type"] for entity in entities),
)
async def test_entities_are_nested_as_telegram_allows_or_disjoint(
    bot: Caller, user: User, entities: list[JsonDict]
) -> None:
    problem = await bot.refusal(
        "sendMessage", chat_id=user.id, text="abcdefgh", entities=entities[::-1]
    )
    assert re.match("Bad Request: entities (partially overlap|can't be nested): ", problem)


async def test_allowed_nesting_is_kept(bot: Caller, user: User) -> None:
    entities = [
        span("blockquote", 0, 6),
        span("bold", 0, 6),
        span("text_link", 1, 3, url="tg://user?id=7"),
        span("italic", 2, 1),
        span("blockquote", 6, 2),
        span("code", 6, 2),
    ]
    await bot.result("sendMessage", chat_id=user.id, text="abcdefgh", entities=entities[::-1])
    assert bot.api.messages(user.id)[0].entities == entities


async def test_more_than_a_hundred_entities_are_refused(bot: Caller, user: User) -> None:
    entities = [span("bold", 2 * at, 1) for at in range(101)]
    allowed = {"chat_id": user.id, "text": "a." * 101, "entities": entities[:100]}
    await bot.result("sendMessage", **allowed)
    problem = await bot.refusal("sendMessage", **(allowed | {"entities": entities}))
    assert problem == "Bad Request: too many entities"


async def test_a_parse_mode_is_noted_and_never_goes_with_entities(bot: Caller, user: User) -> None:
    await bot.result("sendMessage", chat_id=user.id, text="x", parse_mode="HTML")
    assert bot.api.violations == ["sendMessage: parse_mode HTML is forbidden"]
    bot.api.forbid_parse_mode = False
    bot.api.violations.clear()
    await bot.result("sendMessage", chat_id=user.id, text="x", parse_mode="HTML")
    assert bot.api.violations == []
    both = {"parse_mode": "HTML", "entities": [span("bold", 0, 1)]}
    await bot.refusal("sendMessage", chat_id=user.id, text="x", **both)
    problem = await bot.refusal("sendMessage", chat_id=user.id, text="x", parse_mode="RTF")
    assert problem == "Bad Request: unsupported parse_mode"


def test_slices_count_utf16_units() -> None:
    text = f"a{SMILE}{SALAM}"
    assert utf16_len(text) == 7
    assert utf16_slice(text, 1, 2) == SMILE
    assert utf16_slice(text, 3, 4) == SALAM


# --- Chats and messages -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chat_id", "problem"),
    [("", "chat_id is empty"), (8, "chat not found"), ("@nobody", "chat not found")],
)
async def test_an_unknown_chat_is_not_found(
    bot: Caller, user: User, chat_id: Any, problem: str
) -> None:
    assert user.id != chat_id
    for method, rest in (("sendMessage", {"text": "x"}), ("getChat", {})):
        assert await bot.refusal(method, chat_id=chat_id, **rest) == f"Bad Request: {problem}"


async def test_a_reply_needs_its_message(bot: Caller, user: User) -> None:
    await user.send("question")
    for options, known in (({"message_id": 1}, True), ({"message_id": 9}, False)):
        params = {"chat_id": user.id, "text": "answer"}
        if known:
            sent = await bot.result("sendMessage", **params, reply_parameters=options)
            assert sent["reply_to_message"]["text"] == "question"
            continue
        problem = await bot.refusal("sendMessage", **params, reply_parameters=options)
        assert problem == "Bad Request: message to be replied not found"
        lenient: JsonDict = options | {"allow_sending_without_reply": True}
        alone = await bot.result("sendMessage", **params, reply_parameters=lenient)
        assert "reply_to_message" not in alone


async def test_a_quote_is_part_of_the_message_it_quotes(bot: Caller, user: User) -> None:
    await user.send("a long question")
    params = {"chat_id": user.id, "text": "answer"}
    await bot.result("sendMessage", **params, reply_parameters={"message_id": 1, "quote": "long"})
    problem = await bot.refusal(
        "sendMessage", **params, reply_parameters={"message_id": 1, "quote": "short"}
    )
    assert problem == "Bad Request: QUOTE_TEXT_INVALID"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ([], "object expected as link preview options"),
        ({"is_disabled": "yes"}, 'field "is_disabled" must be of type Boolean'),
        ({"url": "example"}, "link preview URL 'example' is invalid: Wrong HTTP URL"),
    ],
)
async def test_broken_link_previews_are_refused(
    bot: Caller, user: User, options: Any, problem: str
) -> None:
    params = {"text": "x", "link_preview_options": options}
    refused = await bot.refusal("sendMessage", chat_id=user.id, **params)
    assert refused == f"Bad Request: {problem}"
    query_id = (await user.inline("q"))["inline_query"]["id"]
    content = {"message_text": "x", "link_preview_options": options}
    results = [article(1) | {"input_message_content": content}]
    refused = await bot.refusal("answerInlineQuery", inline_query_id=query_id, results=results)
    assert refused == f"Bad Request: {problem}"


async def test_an_edit_changes_the_message(bot: Caller, user: User) -> None:
    await bot.result(
        "sendMessage",
        chat_id=user.id,
        text="thinking",
        reply_markup=keyboard({"text": "stop", "callback_data": "stop"}),
    )
    target = {"chat_id": user.id, "message_id": 1}
    edited = await bot.result(
        "editMessageText", **target, text="done", entities=[span("bold", 0, 4)]
    )
    assert edited["edit_date"]
    [message] = bot.api.messages(user.id)
    assert (message.text, message.edited, message.history) == ("done", 1, ["thinking"])
    assert message.entities_of("bold") == ["done"]
    assert message.reply_markup is None
    await bot.result(
        "editMessageReplyMarkup",
        **target,
        reply_markup=keyboard({"text": "again", "callback_data": "again"}),
    )
    assert [button["text"] for button in message.buttons] == ["again"]


async def test_an_edit_takes_only_an_inline_keyboard(bot: Caller, user: User) -> None:
    await bot.result("sendMessage", chat_id=user.id, text="x")
    problem = await bot.refusal(
        "editMessageText",
        chat_id=user.id,
        message_id=1,
        text="y",
        reply_markup={"keyboard": [["a"]]},
    )
    assert problem == "Bad Request: inline keyboard expected"


async def test_a_file_has_no_text_to_edit(bot: Caller, user: User) -> None:
    file = bot.api.store_file("a.txt", b"a", "text/plain").file_id
    await bot.result("sendDocument", chat_id=user.id, document=file)
    problem = await bot.refusal("editMessageText", chat_id=user.id, message_id=1, text="y")
    assert problem == "Bad Request: there is no text in the message to edit"


async def test_an_edit_must_change_something(bot: Caller, user: User) -> None:
    same = {
        "chat_id": user.id,
        "text": "same",
        "entities": [span("bold", 0, 4)],
        "reply_markup": keyboard({"text": "a", "callback_data": "a"}),
    }
    await bot.result("sendMessage", **same)
    again = same | {"message_id": 1, "text": "same "}
    not_modified = (
        "Bad Request: message is not modified: specified new message content and reply markup "
        "are exactly the same as a current content and reply markup of the message"
    )
    assert await bot.refusal("editMessageText", **again) == not_modified
    assert await bot.refusal("editMessageReplyMarkup", **again) == not_modified
    changes: list[JsonDict] = [{"reply_markup": None}, {"entities": []}]
    for change in changes:
        await bot.result("editMessageText", **(again | change))


async def test_only_messages_of_the_bot_can_be_edited(bot: Caller, user: User) -> None:
    await user.send("mine")
    target = {"chat_id": user.id, "text": "x"}
    problems = [
        await bot.refusal("editMessageText", **target, message_id=number) for number in (1, 2)
    ]
    assert problems == [
        "Bad Request: message can't be edited",
        "Bad Request: message to edit not found",
    ]


async def test_a_message_that_a_person_deleted_is_gone_without_violation(
    bot: Caller, user: User
) -> None:
    await bot.result("sendMessage", chat_id=user.id, text="x")
    bot.api.vanish(bot.api.messages(user.id)[0])
    gone = await bot.reply("editMessageText", chat_id=user.id, message_id=1, text="y")
    assert gone["description"] == "Bad Request: message to edit not found"
    assert bot.api.violations == []


async def test_a_deleted_message_leaves_the_chat(bot: Caller, user: User) -> None:
    await bot.result("sendMessage", chat_id=user.id, text="x")
    assert await bot.result("deleteMessage", chat_id=user.id, message_id=1)
    assert (bot.api.messages(user.id), bot.api.deleted[0].text) == ([], "x")
    problem = await bot.refusal("deleteMessage", chat_id=user.id, message_id=1)
    assert problem == "Bad Request: message to delete not found"


async def test_a_member_can_not_delete_messages_of_others(bot: Caller, user: User) -> None:
    for chat_id, status, deleted in ((-5, "member", False), (-6, "administrator", True)):
        group = bot.api.group(chat_id, "Friends", [user], bot_status=status)
        await user.send("theirs", chat=group)
        reply = await bot.reply("deleteMessage", chat_id=chat_id, message_id=1)
        assert reply["ok"] is deleted


async def test_threads_exist_only_where_somebody_opened_them(bot: Caller, user: User) -> None:
    forum = bot.api.group(-1001234567890, "Forum", [user], is_forum=True)
    await user.send("in the topic", chat=forum, message_thread_id=4)
    sent = await bot.result("sendMessage", chat_id=forum.id, text="x", message_thread_id=4)
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (4, True)
    reply = {"chat_id": forum.id, "text": "y", "reply_parameters": {"message_id": 1}}
    assert (await bot.result("sendMessage", **reply))["message_thread_id"] == 4
    for chat_id, thread in ((forum.id, 5), (user.id, 4)):
        problem = await bot.refusal(
            "sendMessage", chat_id=chat_id, text="x", message_thread_id=thread
        )
        assert problem == "Bad Request: message thread not found"


async def test_chat_actions_are_recorded(bot: Caller, user: User) -> None:
    await bot.result("sendChatAction", chat_id=user.id, action="typing")
    [action] = bot.api.chat_actions
    assert (action.chat_id, action.action) == (user.id, "typing")
    problem = await bot.refusal("sendChatAction", chat_id=user.id, action="dancing")
    assert problem == "Bad Request: wrong parameter action in request"


# --- Keyboards ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "problem"),
    [
        ({"text": "a", "callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": SALAM * 8 + "x"}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
        ({"text": " ", "callback_data": "x"}, "inline keyboard button text must be non-empty"),
        (
            {"text": "a"},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "a", "callback_data": "x", "url": "https://a.example"},
            (
                "can't parse inline keyboard button: "
                "exactly one action is allowed, got url, callback_data"
            ),
        ),
        (
            {"text": "a", "url": "example"},
            "inline keyboard button URL 'example' is invalid: Wrong HTTP URL",
        ),
        ({"text": "a", "copy_text": {"text": ""}}, "BUTTON_COPY_TEXT_INVALID"),
        ({"text": "a", "copy_text": {"text": "x" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
        ({"text": "a", "pay": True}, "BUTTON_TYPE_INVALID"),
    ],
)
async def test_a_broken_button_is_refused(
    bot: Caller, user: User, button: JsonDict, problem: str
) -> None:
    refused = await bot.refusal(
        "sendMessage", chat_id=user.id, text="x", reply_markup=keyboard(button)
    )
    assert refused == f"Bad Request: {problem}"


async def test_a_keyboard_has_at_most_a_hundred_buttons(bot: Caller, user: User) -> None:
    good: list[JsonDict] = [
        {"text": "a", "callback_data": SALAM * 8},
        {"text": "b", "url": "https://a.example/?q=1"},
        {"text": "c", "copy_text": {"text": "x" * 256}},
        {"text": "d", "switch_inline_query_current_chat": ""},
    ]
    params = {"chat_id": user.id, "text": "x"}
    await bot.result("sendMessage", **params, reply_markup=keyboard(*good * 25))
    problem = await bot.refusal("sendMessage", **params, reply_markup=keyboard(*good * 25, good[0]))
    assert problem == "Bad Request: reply markup is too long"


@pytest.mark.parametrize(
    ("markup", "problem"),
    [
        ([], "object expected as reply markup"),
        ({"inline_keyboard": "x"}, 'field "inline_keyboard" must be of type Array'),
        (
            {"inline_keyboard": [{"text": "a"}]},
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        ({"force_reply": "yes"}, 'field "force_reply" must be of type Boolean'),
    ],
)
async def test_a_broken_keyboard_is_refused(
    bot: Caller, user: User, markup: Any, problem: str
) -> None:
    refused = await bot.refusal("sendMessage", chat_id=user.id, text="x", reply_markup=markup)
    assert refused == f"Bad Request: {problem}"


async def test_a_pressed_button_is_answered_once(bot: Caller, user: User) -> None:
    markup = keyboard({"text": "Yes", "callback_data": "y:1"})
    await bot.result("sendMessage", chat_id=user.id, text="Sure?", reply_markup=markup)
    update = await user.press(bot.api.messages(user.id)[0], "Yes")
    [received] = await bot.result("getUpdates")
    assert received == update
    query = received["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("y:1", user.id)
    assert query["message"]["reply_markup"] == markup
    answer = {"callback_query_id": query["id"]}
    too_long = await bot.refusal("answerCallbackQuery", **answer, text="x" * 201)
    assert too_long == "Bad Request: MESSAGE_TOO_LONG"
    await bot.result("answerCallbackQuery", **answer, text="x" * 200, show_alert=True)
    [stored] = bot.api.answers_to_callbacks
    assert (stored.callback_query_id, stored.show_alert) == (query["id"], True)
    assert await bot.refusal("answerCallbackQuery", **answer) == (
        "Bad Request: query is too old and response timeout expired or query ID is invalid"
    )


async def test_a_button_that_is_not_there_can_not_be_pressed(bot: Caller, user: User) -> None:
    markup = keyboard({"text": "Site", "url": "https://a.example"})
    await bot.result("sendMessage", chat_id=user.id, text="x", reply_markup=markup)
    [message] = bot.api.messages(user.id)
    for button in ("No", "Site"):
        with pytest.raises(ValueError, match="to press"):
            await user.press(message, button)


async def test_an_expired_query_is_too_old_without_violation(bot: Caller, user: User) -> None:
    query = (await user.inline("x"))["inline_query"]
    bot.api.expire_queries()
    late = await bot.reply("answerInlineQuery", inline_query_id=query["id"], results=[])
    assert late["description"].startswith("Bad Request: query is too old")
    assert bot.api.violations == []


def article(number: int, text: str = "content") -> JsonDict:
    content = {"message_text": text}
    return {
        "type": "article",
        "id": str(number),
        "title": "t",
        "input_message_content": content,
    }


@pytest.mark.parametrize(
    ("results", "problem"),
    [
        ([article(number) for number in range(51)], "too many inline query results specified"),
        ([article(1), article(1)], "RESULT_ID_DUPLICATE"),
        ([article(1) | {"id": "x" * 65}], "RESULT_ID_INVALID"),
        ([article(1) | {"id": ""}], "RESULT_ID_INVALID"),
        ([article(1, " ")], "message text is empty"),
        (
            [article(1) | {"title": ""}],
            "can't parse inline query result: Can't find field \"title\"",
        ),
        (
            [article(1) | {"type": "poem"}],
            (
                "can't parse inline query result: "
                'type "poem" is unsupported for the inline query result'
            ),
        ),
        ({}, "expected an Array of inline query results"),
    ],
)
async def test_broken_inline_results_are_refused(
    bot: Caller, user: User, results: Any, problem: str
) -> None:
    query_id = (await user.inline("q"))["inline_query"]["id"]
    refused = await bot.refusal("answerInlineQuery", inline_query_id=query_id, results=results)
    assert refused == f"Bad Request: {problem}"
    page = {"inline_query_id": query_id, "next_offset": "x" * 65}
    assert await bot.refusal("answerInlineQuery", **page) == "Bad Request: NEXT_OFFSET_INVALID"
    fifty = [article(number) for number in range(50)]
    await bot.result("answerInlineQuery", inline_query_id=query_id, results=fifty)
    assert bot.api.inline_answers[0].results == fifty


# --- The profile of the bot ---------------------------------------------------------------------


async def test_commands_are_kept_by_scope_and_language(bot: Caller) -> None:
    groups = {"scope": {"type": "all_group_chats"}, "language_code": "ar"}
    others: tuple[JsonDict, ...] = ({}, {"scope": groups["scope"]}, {"language_code": "ar"})
    await bot.result("setMyCommands", commands=[{"command": "ask", "description": "d"}], **groups)
    assert (await bot.result("getMyCommands", **groups))[0]["command"] == "ask"
    for other in others:
        assert await bot.result("getMyCommands", **other) == []
    await bot.result("deleteMyCommands", **groups)
    assert await bot.result("getMyCommands", **groups) == []


@pytest.mark.parametrize(
    ("commands", "problem"),
    [
        ([{"command": "Ask", "description": "d"}], "BOT_COMMAND_INVALID"),
        ([{"command": "a" * 33, "description": "d"}], "BOT_COMMAND_INVALID"),
        ([{"command": "ask", "description": ""}], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": "ask", "description": "x" * 257}], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": f"a{n}", "description": "d"} for n in range(101)], "BOT_COMMANDS_TOO_MUCH"),
    ],
)
async def test_broken_commands_are_refused(bot: Caller, commands: Any, problem: str) -> None:
    assert await bot.refusal("setMyCommands", commands=commands) == f"Bad Request: {problem}"


@pytest.mark.parametrize(
    ("method", "name", "limit"),
    [
        ("MyName", "name", 64),
        ("MyDescription", "description", 512),
        ("MyShortDescription", "short_description", 120),
    ],
)
async def test_the_profile_has_limits_and_languages(
    bot: Caller, method: str, name: str, limit: int
) -> None:
    arabic = {"language_code": "ar"}
    await bot.result(f"set{method}", **{name: "d" * limit})
    await bot.result(f"set{method}", **{name: SALAM}, **arabic)
    assert await bot.result(f"get{method}", **arabic) == {name: SALAM}
    assert await bot.result(f"get{method}", language_code="fr") == {name: "d" * limit}
    await bot.refusal(f"set{method}", **{name: "d" * (limit + 1)})
    await bot.refusal(f"get{method}", language_code="arabic")


async def test_after_logging_out_nothing_works(bot: Caller) -> None:
    await bot.result("close")
    await bot.result("logOut")
    assert await bot.refusal("getMe") == "Logged out"


# --- Faults -------------------------------------------------------------------------------------


async def test_arranged_errors_come_in_order_and_are_no_violations(bot: Caller, user: User) -> None:
    bot.api.fail_next("SENDMESSAGE", 400, "Bad Request: TOPIC_CLOSED", times=2)
    bot.api.flood_next("sendMessage", 3)
    replies = [await bot.reply("sendMessage", chat_id=user.id, text="x") for _ in range(4)]
    assert [reply.get("error_code") for reply in replies] == [400, 400, 429, None]
    assert replies[2]["description"] == "Too Many Requests: retry after 3"
    assert replies[2]["parameters"] == {"retry_after": 3}
    assert (len(bot.api.messages(user.id)), bot.api.violations) == (1, [])


@pytest.mark.parametrize("after_processing", [False, True])
async def test_a_dropped_call_gets_no_answer(
    bot: Caller,
    user: User,
    after_processing: bool,  # noqa: FBT001  (a parameter of the test)
) -> None:
    bot.api.drop_next("sendMessage", after_processing=after_processing)
    with pytest.raises(httpx.RemoteProtocolError):
        await bot.reply("sendMessage", chat_id=user.id, text="x")
    [call] = await bot.api.wait_for_call("sendMessage")
    assert call.dropped
    assert len(bot.api.messages(user.id)) == int(after_processing)


async def test_a_delayed_call_waits_but_others_do_not(bot: Caller, user: User) -> None:
    bot.api.delay_next("sendMessage", 0.3)
    start = time.monotonic()
    slow = asyncio.create_task(bot.result("sendMessage", chat_id=user.id, text="slow"))
    await bot.api.wait_until(lambda: bot.api.calls)
    await bot.result("sendMessage", chat_id=user.id, text="quick")
    assert len(await bot.api.wait_for_call("sendMessage")) == 1
    await slow
    assert time.monotonic() - start > 0.25
    assert [message.text for message in bot.api.messages(user.id)] == ["quick", "slow"]


async def test_a_fault_for_a_method_that_does_not_exist_is_a_mistake(bot: Caller) -> None:
    with pytest.raises(KeyError):
        bot.api.drop_next("sendMesage")


@pytest.mark.parametrize(
    ("chat_id", "problem"),
    [
        (7, "Forbidden: bot was blocked by the user"),
        (-9, "Forbidden: bot was kicked from the group chat"),
        (-1009876543210, "Forbidden: bot was kicked from the supergroup chat"),
    ],
)
async def test_a_blocked_bot_is_forbidden_to_write(
    bot: Caller, user: User, chat_id: int, problem: str
) -> None:
    if chat_id < 0:
        bot.api.group(chat_id, "Group", [user])
    bot.api.block(chat_id)
    reply = await bot.reply("sendMessage", chat_id=chat_id, text="x")
    assert (reply["error_code"], reply["description"]) == (403, problem)
    assert bot.api.violations == []
    bot.api.unblock(chat_id)
    await bot.result("sendMessage", chat_id=chat_id, text="x")


async def test_a_migrated_group_names_its_successor(bot: Caller, user: User) -> None:
    bot.api.group(-9, "Group", [user])
    bot.api.migrate(-9, -1009876543210)
    reply = await bot.reply("sendMessage", chat_id=-9, text="x")
    assert reply["parameters"] == {"migrate_to_chat_id": -1009876543210}
    sent = await bot.result("sendMessage", chat_id=-1009876543210, text="x")
    assert sent["chat"]["type"] == "supergroup"


async def test_an_error_inside_the_server_is_raised_when_it_stops() -> None:
    def broken(_params: object) -> None:
        raise RuntimeError("a bug in the fake")

    async def use_the_server() -> None:
        async with BotApi() as api, httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
            api.handlers["getMe"] = broken
            reply = await client.get(f"{api.base_url}{api.token}/getMe")
            assert reply.status_code == 500
            assert re.fullmatch(".*/getMe: RuntimeError.*", api.unhandled_connections[0])

    with pytest.raises(ExceptionGroup) as raised:
        await use_the_server()
    assert [str(error) for error in raised.value.exceptions] == ["a bug in the fake"]


async def test_an_error_inside_the_server_does_not_hide_that_of_the_test() -> None:
    async def use_the_server() -> None:
        async with BotApi() as api:
            _, writer = await asyncio.open_connection("127.0.0.1", api.port)
            writer.write(b"nonsense\r\n\r\n")
            await api.wait_until(lambda: api.errors)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            raise LookupError

    with pytest.raises(LookupError) as raised:
        await use_the_server()
    assert "failed as well" in raised.value.__notes__[0]


async def test_stopping_is_quick_and_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    async with BotApi() as api, httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
        bot = Caller(api, client)
        await bot.result("getMe")
        api.delay_next("getMe", 60)
        waiting = [
            asyncio.create_task(bot.reply(method, timeout=50)) for method in ("getUpdates", "getMe")
        ]
        await api.wait_until(lambda: api.polling and len(api.calls) == 3)
        start = time.monotonic()
        await api.__aexit__(None, None, None)
        ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(end, httpx.TransportError) for end in ends)
    assert time.monotonic() - start < 2
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_waiting_in_vain_tells_what_was_called(bot: Caller, user: User) -> None:
    await bot.result("sendChatAction", chat_id=user.id, action="typing")
    with pytest.raises(TimeoutError, match=r"2 messages; calls:\nsendChatAction"):
        await bot.api.wait_for_messages(user.id, 2, timeout=0.05)


# --- Users --------------------------------------------------------------------------------------


async def test_commands_and_mentions_of_users_are_marked_in_utf16(user: User) -> None:
    await user.send(f"  /ask@test_bot {SMILE} @amal_77 a/b me@home.example ")
    [message] = user.api.messages(user.id)
    assert message.text.startswith("/ask@test_bot")
    assert message.entities_of("bot_command") == ["/ask@test_bot"]
    assert message.entities_of("mention") == ["@amal_77"]


@pytest.mark.parametrize("text", ["", " \n", "x" * 4097, "\ud83d"])
async def test_nobody_can_send_what_telegram_does_not_deliver(user: User, text: str) -> None:
    with pytest.raises(ValueError, match=r"send this text|surrogates"):
        await user.send(text)


async def test_updates_of_users_are_those_of_telegram(bot: Caller, user: User) -> None:
    group = bot.api.group(-1001234567890, "Friends", [user])
    await user.send("question", chat=group)
    [question] = bot.api.messages(group.id)
    await user.send("more", chat=group.id, reply_to=question)
    await user.edit(1, "better question", chat=group)
    await user.photo("look /here")
    await user.document("notes.txt", b"notes")
    await user.sticker()
    await user.voice()
    updates = [Update.de_json(update, None) for update in await bot.result("getUpdates")]
    first, reply, edit, photo, document, sticker, voice = updates
    assert first.message
    assert first.message.from_user
    assert first.message.from_user.language_code == "ar"
    assert first.message.chat.type == "supergroup"
    assert reply.message
    assert reply.message.reply_to_message
    assert reply.message.reply_to_message.text == "question"
    assert edit.edited_message
    assert edit.edited_message.text == "better question"
    assert photo.message
    assert photo.message.photo
    assert list(photo.message.parse_caption_entities().values()) == ["/here"]
    assert document.message
    assert document.message.document
    assert document.message.document.file_name == "notes.txt"
    assert sticker.message
    assert sticker.message.sticker
    assert voice.message
    assert voice.message.voice
    ids = [update.update_id for update in updates]
    assert ids == list(range(ids[0], ids[0] + 7))


async def test_people_edit_only_their_own_messages(bot: Caller, user: User) -> None:
    await bot.result("sendMessage", chat_id=user.id, text="x")
    with pytest.raises(ValueError, match="their own"):
        await user.edit(1, "y")


# --- A real bot ---------------------------------------------------------------------------------


async def echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    message = update.effective_message
    assert message
    await message.reply_text(message.text or "(file)")


def build(api: BotApi, **timeouts: float) -> ChatBot:
    request = HTTPXRequest(httpx_kwargs={"trust_env": False, "verify": NO_TLS}, **timeouts)  # type: ignore[arg-type]
    polling = HTTPXRequest(httpx_kwargs={"trust_env": False, "verify": NO_TLS})
    builder = ApplicationBuilder().token(api.token)
    builder = builder.base_url(api.base_url).base_file_url(api.base_file_url)
    return builder.request(request).get_updates_request(polling).build()


@asynccontextmanager
async def running(app: ChatBot) -> AsyncIterator[ChatBot]:
    async with app:
        await app.start()
        assert app.updater
        await app.updater.start_polling(timeout=10, allowed_updates=Update.ALL_TYPES)
        try:
            yield app
        finally:
            await app.updater.stop()
            await app.stop()


@asynccontextmanager
async def echo_bot(api: BotApi, errors: list[Exception] | None = None) -> AsyncIterator[ChatBot]:
    async def remember(_update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert errors is not None
        assert context.error
        errors.append(context.error)

    app = build(api)
    app.add_handler(MessageHandler(filters.ALL, echo))
    app.add_error_handler(remember)
    async with running(app):
        yield app


async def test_a_bot_answers_what_users_send(api: BotApi, user: User) -> None:
    async with echo_bot(api):
        last = [await user.send(text) for text in (SALAM, f"{SMILE} two")][-1]
        answers = await api.wait_for_messages(user.id, 2)
    assert [answer.text for answer in answers] == [SALAM, f"{SMILE} two"]
    assert all(answer.from_bot for answer in answers)
    assert api.confirmed_offset == last + 1
    assert (api.pending_updates, api.violations) == ([], [])


async def test_a_bot_gets_what_came_before_it_and_what_was_never_confirmed(
    api: BotApi, user: User, bot: Caller
) -> None:
    await user.send("while the bot was away")
    assert len(await bot.result("getUpdates")) == 1
    for number in (1, 2):
        async with echo_bot(api):
            await api.wait_for_messages(user.id, number)
            await user.send("and again")
            await api.wait_for_messages(user.id, number + 1)
    texts = [message.text for message in api.bot_messages(user.id)]
    assert texts == ["while the bot was away", "and again", "and again"]
    assert api.violations == []


async def test_a_bot_polls_again_after_a_broken_poll(api: BotApi, user: User) -> None:
    api.drop_next("getUpdates")
    async with echo_bot(api):
        await user.send("hello")
        await api.wait_for_messages(user.id, 1)
    polls = [call for call in api.calls if call.method == "getUpdates"]
    assert [call.dropped for call in polls[:2]] == [True, False]


async def test_a_bot_sees_floods_blocks_and_broken_connections(
    api: BotApi, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without it, the library warns about the type of retry_after in every RetryAfter.
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    errors: list[Exception] = []
    async with echo_bot(api, errors):
        api.flood_next("sendMessage", 7)
        await user.send("flood")
        await api.wait_until(lambda: len(errors) == 1)
        api.drop_next("sendMessage")
        await user.send("drop")
        await api.wait_until(lambda: len(errors) == 2)
        api.block(user.id)
        await user.send("block")
        await api.wait_until(lambda: len(errors) == 3)
        api.unblock(user.id)
        await user.send("back")
        await api.wait_for_messages(user.id, 1)
    flood, drop, block = errors
    assert isinstance(flood, RetryAfter)
    assert flood.retry_after == timedelta(seconds=7)
    assert isinstance(drop, NetworkError)
    assert isinstance(block, Forbidden)
    assert str(block) == "Forbidden: bot was blocked by the user"
    assert api.violations == []


async def test_a_slow_answer_times_out_but_the_message_was_sent(api: BotApi, user: User) -> None:
    app = build(api, read_timeout=0.1)
    async with app:
        api.delay_next("sendMessage", 0.3)
        with pytest.raises(TimedOut):
            await app.bot.send_message(user.id, "late")
        [message] = await api.wait_for_messages(user.id, 1)
    assert message.text == "late"


async def test_a_bot_shows_buttons_and_answers_presses_and_inline_queries(
    api: BotApi, user: User
) -> None:
    async def ask(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])
        await update.message.reply_text("Sure?", reply_markup=markup, do_quote=True)

    async def pressed(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query
        await query.answer("Thanks")
        await query.edit_message_text(f"You said {query.data}")

    async def inline(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.inline_query
        await update.inline_query.answer([], cache_time=0)

    app = build(api)
    app.add_handler(MessageHandler(filters.TEXT, ask))
    app.add_handler(CallbackQueryHandler(pressed))
    app.add_handler(InlineQueryHandler(inline))
    async with running(app):
        await user.send("do it")
        [question] = await api.wait_for_messages(user.id, 1)
        await user.press(question, "Yes")
        await api.wait_for_call("editMessageText")
        await user.inline("find")
        await api.wait_for_call("answerInlineQuery")
    assert (question.text, question.buttons, question.reply_to) == ("You said y", [], 1)
    assert [answer.text for answer in api.answers_to_callbacks] == ["Thanks"]
    assert api.inline_answers[0].params["cache_time"] == 0
    assert api.violations == []


async def test_a_bot_reads_chats_members_and_files(api: BotApi, user: User) -> None:
    chief = api.user(first_name="Chief")
    api.group(-9, "Group", [user], admins=[chief])
    await user.document("notes.txt", b"notes")
    file_id = next(iter(api.files))
    app = build(api)
    async with app:
        assert (await app.bot.get_chat(-9)).title == "Group"
        assert (await app.bot.get_chat_member(-9, user.id)).status == "member"
        assert (await app.bot.get_chat_member(user.id, chief.id)).status == "left"
        [admin] = await app.bot.get_chat_administrators(-9)
        assert (admin.user.id, admin.status) == (chief.id, "administrator")
        for question in (
            app.bot.get_chat_administrators(user.id),
            app.bot.get_chat_member(-9, 404),
        ):
            await assert_refused(question)
        file = await app.bot.get_file(file_id)
        assert bytes(await file.download_as_bytearray()) == b"notes"
        api.migrate(-9, -1009876543210)
        with pytest.raises(ChatMigrated):
            await app.bot.send_message(-9, "x")


async def assert_refused(question: Coroutine[Any, Any, Any]) -> None:
    with pytest.raises(BadRequest):
        await question


async def test_a_bot_sends_photos_and_documents(api: BotApi, user: User) -> None:
    app = build(api)
    async with app:
        await app.bot.send_photo(user.id, ONE_PIXEL_PNG, caption=SALAM)
        sent: Message = await app.bot.send_document(
            user.id, b"table", filename=f"{SALAM}.csv", caption="c"
        )
    assert sent.document
    assert api.files[sent.document.file_id].content == b"table"
    assert api.files[sent.document.file_id].filename == f"{SALAM}.csv"
    assert [message.text for message in api.messages(user.id)] == [SALAM, "c"]
    assert [list(message.media) for message in api.messages(user.id)] == [["photo"], ["document"]]
