"""How the Bot API reads a request and what it refuses, in Telegram's own words.

Pure functions, no state and no sockets: :mod:`fakes` asks them before it does anything.
A few rules are stricter than the real server, which would silently repair the request (partly
overlapping entities, more than a hundred of them, entities that may not be nested): a bot that
relies on such repairs shows its users something other than what it meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, urlsplit

JsonDict = dict[str, Any]


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ENTITIES = 100
MAX_BUTTONS = 100
MAX_CALLBACK_DATA = 64
MAX_COPY_TEXT = 256
MAX_CALLBACK_ANSWER = 200
MAX_INLINE_RESULTS = 50
MAX_COMMANDS = 100

STYLES = _words("bold italic underline strikethrough spoiler")
QUOTES = _words("blockquote expandable_blockquote")
CODE = _words("code pre")
# Telegram finds these by itself; a bot may name them, they just may not be nested.
DETECTED = _words("mention hashtag cashtag bot_command url email phone_number bank_card_number")
# Each entity type that is more than a span, with the field that it can't do without.
REQUIRED_FIELD = {
    "text_link": "url",
    "text_mention": "user",
    "custom_emoji": "custom_emoji_id",
    "date_time": "unix_time",
}
ENTITY_TYPES = STYLES | QUOTES | CODE | DETECTED | REQUIRED_FIELD.keys()

BUTTON_ACTIONS = (
    "url",
    "callback_data",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "web_app",
    "login_url",
    "callback_game",
    "pay",
)
CHAT_ACTIONS = _words(
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document "
    "choose_sticker find_location record_video_note upload_video_note"
)
INLINE_RESULT_TYPES = _words(
    "article audio contact document game gif location mpeg4_gif photo sticker venue video voice"
)

# JSON-valued parameters, with what Telegram calls them when they can't be parsed.
JSON_PARAMETERS = {
    "allowed_updates": "can't parse allowed_updates JSON object",
    "button": "can't parse inline query results button JSON object",
    "caption_entities": "can't parse entities JSON object",
    "commands": "can't parse commands JSON object",
    "entities": "can't parse entities JSON object",
    "link_preview_options": "can't parse link preview options JSON object",
    "media": "can't parse media JSON object",
    "reply_markup": "can't parse reply keyboard markup JSON object",
    "reply_parameters": "can't parse reply parameters JSON object",
    "results": "can't parse JSON encoded inline query results",
    "scope": "can't parse BotCommandScope JSON object",
}
INTEGER_PARAMETERS = _words(
    "cache_time chat_id limit message_id message_thread_id offset reply_to_message_id timeout "
    "user_id"
)

# Texts, which stay what they are even when they read like a number or like "true".
TEXT_PARAMETERS = _words("caption description name short_description text")

_INTEGER = re.compile("-?[0-9]+")
_SPACES = " \n"  # what Telegram trims from both ends of a message
_INVISIBLE = re.compile(
    "[ \n\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc]*"
)
DIRECTION_MARKS = frozenset("\u200c\u200e\u200f")  # of several the last stays, after U+200C
_REPEATED_MARKS = re.compile("[\u200e\u200f]+(?=[\u200e\u200f])")
_CONTROL_CHARACTERS = frozenset(map(chr, range(32))) - {"\n", "\r"}
REMOVED_CHARACTERS = frozenset("\r\u030a\u0333\u033f") | frozenset(map(chr, range(0x2028, 0x202F)))


class ApiError(Exception):
    """An answer that is not ok; ``arranged`` ones were set up by the test itself."""

    def __init__(
        self,
        code: int,
        description: str,
        parameters: JsonDict | None = None,
        *,
        arranged: bool = False,
    ) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters
        self.arranged = arranged

    def response(self) -> JsonDict:
        """Return the body that Telegram sends for this error."""
        body = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(problem: str, *, arranged: bool = False) -> ApiError:
    """Return the error that Telegram answers to a request it can't accept."""
    return ApiError(400, f"Bad Request: {problem}", arranged=arranged)


# --- UTF-16, the unit of every length and offset in the Bot API ---------------------------------


def utf16_len(text: str) -> int:
    """Count the UTF-16 code units of a text."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def utf16_slice(text: str, offset: int, length: int) -> str:
    """Cut a text by UTF-16 code units."""
    units = text.encode("utf-16-le")
    return units[2 * offset : 2 * (offset + length)].decode("utf-16-le")


# --- Reading the parameters of a request --------------------------------------------------------


@dataclass(slots=True, frozen=True)
class Upload:
    """A file that came with a multipart request."""

    filename: str
    content: bytes
    mime_type: str


@dataclass(slots=True)
class Params:
    """The parameters of one request, as text, with its files and its parsed JSON values."""

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)
    json: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a parameter as it came, empty when it is missing."""
        return self.fields.get(name, "")

    def flag(self, name: str) -> bool:
        """Read a boolean parameter."""
        return self.text(name).lower() in {"true", "yes", "1"}

    def integer(self, name: str, default: int = 0) -> int:
        """Read a whole number; unlike Telegram, refuse what isn't one."""
        value = self.text(name)
        if not value:
            return default
        if not _INTEGER.fullmatch(value):
            raise bad_request(f"parameter {name} must be an Integer, got {value!r}")
        return int(value)

    def upload(self, name: str) -> Upload | None:
        """Find the file of a parameter, sent under its name or by an attach:// reference."""
        attached = self.text(name).removeprefix("attach://")
        is_reference = self.text(name).startswith("attach://")
        return self.files.get(attached if is_reference else name)

    def readable(self) -> JsonDict:
        """Return the parameters as a test wants to read them: numbers, booleans, objects."""
        return {name: self._readable(name, value) for name, value in self.fields.items()}

    def _readable(self, name: str, value: str) -> Any:
        if name in self.json:
            return self.json[name]
        if name in INTEGER_PARAMETERS and _INTEGER.fullmatch(value):
            return int(value)
        if name in TEXT_PARAMETERS:
            return value
        return {"true": True, "false": False}.get(value, value)


def read_params(query: str, content_type: str, body: bytes) -> Params:
    """Read the parameters of a request from its query string and from its body."""
    params = Params()
    params.fields.update(_read_form(query.encode()))
    header = Message()
    header["content-type"] = content_type
    if body:
        _read_body(header, body, params)
    for name, problem in JSON_PARAMETERS.items():
        if params.text(name):
            params.json[name] = _parse_json(params.text(name), problem)
    return params


def _read_body(header: Message, body: bytes, params: Params) -> None:
    match header.get_content_type():
        case "application/x-www-form-urlencoded":
            params.fields.update(_read_form(body))
        case "application/json":
            params.fields.update(_read_json_body(body))
        case "multipart/form-data":
            _read_multipart(body, header.get_boundary("").encode(), params)
        case unknown:
            raise bad_request(f"unsupported content type {unknown}")


def _decode(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise bad_request("strings must be encoded in UTF-8") from None


def _read_form(raw: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(_decode(raw), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise bad_request("strings must be encoded in UTF-8") from None


def _read_json_body(raw: bytes) -> dict[str, str]:
    values = _parse_json(_decode(raw), "can't parse JSON request body")
    if not isinstance(values, dict):
        raise bad_request("can't parse JSON request body: expected an Object")
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in values.items()
        if value is not None
    }


def _read_multipart(body: bytes, boundary: bytes, params: Params) -> None:
    preamble, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if not boundary or preamble or not parts or not parts[-1].startswith(b"--"):
        raise bad_request("can't parse multipart request body")
    for part in parts[:-1]:
        raw_head, _, content = part.partition(b"\r\n\r\n")
        head = _decode(raw_head)
        name = re.search(r'[; ]name="([^"]*)"', head)
        filename = re.search(r'filename="([^"]*)"', head)
        mime_type = re.search(r"(?i)content-type: *([^\s;]+)", head)
        if name is None:
            raise bad_request("can't parse multipart request body")
        if filename is None:
            params.fields[name[1]] = _decode(content)
        else:
            kind = mime_type[1] if mime_type else "application/octet-stream"
            params.files[name[1]] = Upload(filename[1].replace("%22", '"'), content, kind)


def _parse_json(raw: str, problem: str) -> Any:
    try:
        value = json.loads(raw)
    except ValueError:
        raise bad_request(problem) from None
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, as a text cut in the middle of an emoji leaves it.
        raise bad_request("strings must be encoded in UTF-8") from None
    return value


def named_values(value: Any) -> Iterator[tuple[str, Any]]:
    """Walk every named value inside a JSON value, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from named_values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from named_values(inner)


# --- Text and its entities ----------------------------------------------------------------------


@dataclass(slots=True, frozen=True)
class Formatted:
    """A text as Telegram keeps it, with the entities moved along."""

    text: str = ""
    entities: list[JsonDict] = field(default_factory=list)


def check_message_text(text: str, entities: Any, parse_mode: str) -> Formatted:
    """Check the text of a message and return it as Telegram stores it."""
    formatted = _check_formatted(text, entities, parse_mode)
    if _INVISIBLE.fullmatch(formatted.text):
        raise bad_request("message text is empty")
    if utf16_len(formatted.text) > MAX_TEXT:
        raise bad_request("message is too long")
    return formatted


def check_caption(text: str, entities: Any, parse_mode: str) -> Formatted:
    """Check the caption of a file, which may be empty."""
    formatted = _check_formatted(text, entities, parse_mode)
    if utf16_len(formatted.text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return formatted


def _check_formatted(text: str, entities: Any, parse_mode: str) -> Formatted:
    if parse_mode.lower() not in {"", "html", "markdown", "markdownv2"}:
        raise bad_request("unsupported parse_mode")
    if not isinstance(entities or [], list):
        raise bad_request("can't parse entities: expected an Array")
    checked = [_check_entity(entity) for entity in entities or []]
    if checked and parse_mode:
        raise bad_request("parse_mode can't be used together with entities")
    if len(checked) > MAX_ENTITIES:
        raise bad_request("too many entities")
    _check_spans(text, checked)
    _check_nesting(checked)
    return clean_text(text, checked)


def _check_entity(entity: Any) -> JsonDict:
    def unparsable(problem: str) -> ApiError:
        return bad_request(f"can't parse MessageEntity: {problem}")

    if not isinstance(entity, dict):
        raise unparsable("expected an Object")
    for name in ("offset", "length"):
        if name not in entity:
            raise unparsable(f'Can\'t find field "{name}"')
        if type(entity[name]) is not int:
            raise unparsable(f'Field "{name}" must be of type Integer')
    if entity.get("type") not in ENTITY_TYPES:
        raise unparsable("Unsupported type specified")
    required = REQUIRED_FIELD.get(entity["type"])
    if required and required not in entity:
        raise unparsable(f'Can\'t find field "{required}"')
    if entity["type"] == "text_link":
        check_url(entity["url"], "entity URL", {"http", "https", "tg"})
    return dict(entity)


def _end(entity: JsonDict) -> int:
    return int(entity["offset"]) + int(entity["length"])


def _check_spans(text: str, entities: Iterable[JsonDict]) -> None:
    # UTF-16 offset of every character, with the UTF-8 offset that Telegram reports.
    byte_offsets, units, octets = {0: 0}, 0, 0
    for character in text:
        units += utf16_len(character)
        octets += len(character.encode())
        byte_offsets[units] = octets
    for entity in entities:
        offset, end = entity["offset"], _end(entity)
        if offset < 0:
            raise bad_request(f"receive an entity with incorrect offset {offset}")
        if entity["length"] <= 0:
            raise bad_request(f"receive an entity with incorrect length {entity['length']}")
        if offset > units:
            raise bad_request(f"entity begins after the end of the text at UTF-16 offset {offset}")
        if end > units:
            raise bad_request(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
                f"at UTF-16 offset {end}"
            )
        if offset not in byte_offsets:
            raise bad_request(
                "entity begins in a middle of a UTF-16 symbol at byte offset "
                f"{byte_offsets[offset + 1]}"
            )
        if end not in byte_offsets:
            raise bad_request(
                f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol "
                f"at byte offset {byte_offsets[end + 1]}"
            )


def _outermost_first(entity: JsonDict) -> tuple[int, int, int]:
    layer = 0 if entity["type"] in QUOTES else 1 if entity["type"] in STYLES else 2
    return entity["offset"], -entity["length"], layer


def _check_nesting(entities: Iterable[JsonDict]) -> None:
    enclosing: list[JsonDict] = []
    for inner in sorted(entities, key=_outermost_first):
        while enclosing and _end(enclosing[-1]) <= inner["offset"]:
            enclosing.pop()
        for outer in enclosing:
            where = f"{inner['type']} at {inner['offset']}, {outer['type']} at {outer['offset']}"
            if _end(inner) > _end(outer):
                raise bad_request(f"entities partially overlap: {where}")
            if not _may_contain(outer["type"], inner["type"]):
                raise bad_request(f"entities can't be nested: {where}")
        enclosing.append(inner)


def _may_contain(outer: str, inner: str) -> bool:
    if outer in QUOTES:
        return inner not in QUOTES
    if outer in CODE or inner in CODE:
        return False
    return outer in STYLES or inner in STYLES


def clean_text(text: str, entities: Iterable[JsonDict] = ()) -> Formatted:
    """Tidy a text as Telegram does before it keeps it: control characters, then both ends."""
    tidy, moved = _replace_characters(text)
    end = utf16_len(tidy.rstrip(_SPACES))
    kept: list[JsonDict] = []
    for entity in sorted(entities, key=_outermost_first):
        start, stop = moved[entity["offset"]], min(moved[_end(entity)], end)
        if start < stop:
            kept.append(entity | {"offset": start, "length": stop - start})
    # Spaces at the start go as well, but never those inside an entity.
    limit = min((entity["offset"] for entity in kept), default=end)
    cut = 0
    while cut < limit and tidy[cut] in _SPACES:
        cut += 1
    return Formatted(
        utf16_slice(tidy, cut, end - cut),
        [entity | {"offset": entity["offset"] - cut} for entity in kept],
    )


def _replace_characters(text: str) -> tuple[str, dict[int, int]]:
    """Return the text without forbidden characters, and where each UTF-16 offset went."""
    moved, pieces, old, new = {0: 0}, [], 0, 0
    for character in text:
        if character in REMOVED_CHARACTERS:
            piece = ""
        else:
            piece = " " if character in _CONTROL_CHARACTERS else character
        pieces.append(piece)
        old += utf16_len(character)
        new += utf16_len(piece)
        moved[old] = new
    # Only the last of several direction marks counts, the others become harmless.
    tidy = _REPEATED_MARKS.sub(lambda marks: "\u200c" * len(marks[0]), "".join(pieces))
    return tidy, moved


def check_url(url: Any, what: str, schemes: set[str]) -> None:
    """Refuse a link that Telegram would not open."""
    if not isinstance(url, str) or not url:
        raise bad_request(f"{what} '{url}' is invalid: URL host is empty")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise bad_request(f"{what} '{url}' is invalid: Wrong HTTP URL") from None
    if parts.scheme and parts.scheme not in schemes:
        raise bad_request(f"{what} '{url}' is invalid: Unsupported URL protocol")
    if parts.scheme not in {"http", "https"} and parts.scheme:
        return
    if not parts.scheme or "." not in host.strip(".") or re.search(r"\s", url):
        raise bad_request(f"{what} '{url}' is invalid: Wrong HTTP URL")


# --- Keyboards ----------------------------------------------------------------------------------


def check_reply_markup(markup: Any, *, inline_only: bool = False) -> JsonDict | None:
    """Check a keyboard; return it, or None when it is an empty inline keyboard."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    check_booleans(
        markup,
        "force_reply is_persistent one_time_keyboard remove_keyboard resize_keyboard selective",
    )
    if "inline_keyboard" in markup:
        buttons = _check_rows(markup, "inline_keyboard", _check_inline_button)
        return markup if buttons else None
    if inline_only:
        raise bad_request("inline keyboard expected")
    if "keyboard" in markup:
        _check_rows(markup, "keyboard", _check_reply_button)
    elif not markup.get("remove_keyboard") and not markup.get("force_reply"):
        raise bad_request("object expected as reply markup")
    return markup


def check_booleans(value: JsonDict, names: str) -> None:
    """Refuse flags of an object that are not true or false."""
    for name in names.split():
        if not isinstance(value.get(name, False), bool):
            raise bad_request(f'field "{name}" must be of type Boolean')


def _check_rows(markup: JsonDict, name: str, check_button: Callable[[Any], None]) -> int:
    rows = markup[name]
    if not isinstance(rows, list):
        raise bad_request(f'field "{name}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        owner = " of the InlineKeyboardMarkup" if name == "inline_keyboard" else ""
        raise bad_request(f'field "{name}"{owner} must be an Array of Arrays')
    buttons = [button for row in rows for button in row]
    if len(buttons) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    for button in buttons:
        check_button(button)
    return len(buttons)


def _check_reply_button(button: Any) -> None:
    text = button.get("text") if isinstance(button, dict) else button
    if not isinstance(text, str):
        raise bad_request("can't parse keyboard button: Can't find field \"text\"")
    if not text.strip():
        raise bad_request("keyboard button text must be non-empty")


def _check_inline_button(button: Any) -> None:
    def unparsable(problem: str) -> ApiError:
        return bad_request(f"can't parse inline keyboard button: {problem}")

    if not isinstance(button, dict):
        raise unparsable("InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise unparsable('Can\'t find field "text"')
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    actions = [name for name in BUTTON_ACTIONS if name in button]
    if not actions:
        raise unparsable("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise unparsable(f"exactly one action is allowed, got {', '.join(actions)}")
    _check_button_action(actions[0], button[actions[0]])


def _check_button_action(action: str, value: Any) -> None:
    match action:
        case "callback_data":
            if not isinstance(value, str) or not 1 <= len(value.encode()) <= MAX_CALLBACK_DATA:
                raise bad_request("BUTTON_DATA_INVALID")
        case "url":
            check_url(value, "inline keyboard button URL", {"http", "https", "tg", "ton"})
        case "web_app":
            url = value.get("url") if isinstance(value, dict) else value
            check_url(url, "inline keyboard button Web App URL", {"https"})
        case "copy_text":
            text = value.get("text") if isinstance(value, dict) else None
            if not isinstance(text, str) or not 1 <= len(text) <= MAX_COPY_TEXT:
                raise bad_request("BUTTON_COPY_TEXT_INVALID")
        case "switch_inline_query" | "switch_inline_query_current_chat":
            if not isinstance(value, str):
                raise bad_request(
                    f'can\'t parse inline keyboard button: Field "{action}" must be of type String'
                )
        case "pay" | "callback_game":
            raise bad_request("BUTTON_TYPE_INVALID")


def check_link_preview(options: Any) -> None:
    """Check the link preview options of a message."""
    if options is None:
        return
    if not isinstance(options, dict):
        raise bad_request("object expected as link preview options")
    check_booleans(options, "is_disabled prefer_small_media prefer_large_media show_above_text")
    if options.get("url"):
        check_url(options["url"], "link preview URL", {"http", "https"})


# --- Inline results and commands ----------------------------------------------------------------


def check_inline_results(results: Any) -> list[JsonDict]:
    """Check what a bot answers to an inline query."""
    if not isinstance(results, list):
        raise bad_request("expected an Array of inline query results")
    if len(results) > MAX_INLINE_RESULTS:
        raise bad_request("too many inline query results specified")
    seen: set[str] = set()
    for result in results:
        _check_inline_result(result)
        if result["id"] in seen:
            raise bad_request("RESULT_ID_DUPLICATE")
        seen.add(result["id"])
    return results


def _check_inline_result(result: Any) -> None:
    def unparsable(problem: str) -> ApiError:
        return bad_request(f"can't parse inline query result: {problem}")

    if not isinstance(result, dict):
        raise unparsable("Inline query result must be an object")
    if result.get("type") not in INLINE_RESULT_TYPES:
        raise unparsable(f'type "{result.get("type")}" is unsupported for the inline query result')
    if not isinstance(result.get("id"), str):
        raise unparsable('Can\'t find field "id"')
    if not 1 <= len(result["id"].encode()) <= MAX_CALLBACK_DATA:
        raise bad_request("RESULT_ID_INVALID")
    content = result.get("input_message_content")
    if result["type"] == "article":
        if not result.get("title"):
            raise unparsable('Can\'t find field "title"')
        if not isinstance(content, dict):
            raise unparsable('Can\'t find field "message_text"')
    _check_inline_content(result, content)
    check_reply_markup(result.get("reply_markup"), inline_only=True)


def _check_inline_content(result: JsonDict, content: JsonDict | None) -> None:
    if content and "message_text" in content:
        check_message_text(
            content["message_text"], content.get("entities"), content.get("parse_mode", "")
        )
        check_link_preview(content.get("link_preview_options"))
    check_caption(
        result.get("caption", ""), result.get("caption_entities"), result.get("parse_mode", "")
    )


def check_commands(commands: Any) -> list[JsonDict]:
    """Check the command list of a bot."""
    if not isinstance(commands, list):
        raise bad_request("expected an Array of BotCommand")
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        for name in ("command", "description"):
            if not isinstance(command, dict) or not isinstance(command.get(name), str):
                raise bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
        if not re.fullmatch("[a-z0-9_]{1,32}", command["command"]):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"].strip()) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return commands


def check_command_scope(scope: Any) -> JsonDict:
    """Check where a command list applies."""
    if scope is None:
        return {"type": "default"}
    if not isinstance(scope, dict):
        raise bad_request("can't parse BotCommandScope: BotCommandScope must be an Object")
    needed = {
        "default": set(),
        "all_private_chats": set(),
        "all_group_chats": set(),
        "all_chat_administrators": set(),
        "chat": {"chat_id"},
        "chat_administrators": {"chat_id"},
        "chat_member": {"chat_id", "user_id"},
    }.get(str(scope.get("type")))
    if needed is None:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    for name in sorted(needed - scope.keys()):
        raise bad_request(f"can't parse BotCommandScope: Can't find field \"{name}\"")
    return scope


def check_language(code: str) -> str:
    """Check a language code: empty, or two letters."""
    if code and not re.fullmatch("[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


# --- Pictures -----------------------------------------------------------------------------------


def check_picture(content: bytes) -> None:
    """Refuse a photo that Telegram could not show."""
    if not content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")):
        raise bad_request("IMAGE_PROCESS_FAILED")
    if content.startswith(b"\x89PNG"):
        width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
        sides = sorted((width, height))
        if sides[0] == 0 or sum(sides) > 10_000 or sides[1] > 20 * sides[0]:
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
