"""Text with entities and buttons, put together piece by piece within Telegram's limits."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from bot.texts import FIRST_STRONG_ISOLATE, POP_ISOLATE
from retrieval.passages import sentences

MESSAGE_LIMIT = 4096
"""UTF-16 code units that Telegram takes in one message."""

ENTITY_LIMIT = 100
"""Entities that Telegram takes in one message."""

_BLANK = re.compile(r"\s*")
_URL_LIMIT = 2048


@dataclass(frozen=True, slots=True)
class Message:
    """One message; entity offsets count UTF-16 code units, as Telegram does."""

    text: str
    entities: tuple[MessageEntity, ...] = ()
    keyboard: InlineKeyboardMarkup | None = None
    replies: bool = False
    """Whether it must be sent as a reply to the question, for its button to find it again."""


class Composer:
    """Text that grows piece by piece, with the entities and the buttons that go with it."""

    def __init__(self) -> None:
        self.text = ""
        self.entities: list[MessageEntity] = []
        self.buttons: list[list[InlineKeyboardButton]] = []
        self.alone = False
        """Whether it stands alone in its message: its buttons would be taken for another's."""

    def add_button(self, label: str, data: str) -> None:
        """Append a button in a row of its own."""
        self.buttons.append([InlineKeyboardButton(label, callback_data=data)])

    def add(self, text: str, kind: str | None = None, url: str | None = None) -> None:
        """Append text, covered by an entity of `kind` if one is given."""
        if kind and text:
            self.entities.append(MessageEntity(kind, len(self.text), len(text), url=url))
        self.text += text

    def add_isolated(self, text: str, kind: str) -> None:
        """Append text of another direction, covered by an entity that ends where the text does."""
        self.add(FIRST_STRONG_ISOLATE)
        self.add(text, kind)
        self.add(POP_ISOLATE)

    def append(self, other: "Composer") -> None:
        """Append another text with its entities."""
        shift = len(self.text)
        self.entities += MessageEntity.shift_entities(shift, other.entities)
        self.text += other.text
        self.buttons += other.buttons

    @property
    def size(self) -> int:
        """Length in UTF-16 code units."""
        return utf16_length(self.text)

    def message(self) -> Message:
        """Return what has been put together."""
        entities = MessageEntity.adjust_message_entities_to_utf_16(self.text, self.entities)
        keyboard = InlineKeyboardMarkup(self.buttons) if self.buttons else None
        return Message(self.text, tuple(entities), keyboard)


def utf16_length(text: str) -> int:
    """Return the number of UTF-16 code units of `text`."""
    return len(text.encode("utf-16-le")) // 2


def short(text: str, units: int) -> str:
    """Return `text` on one line, cut between words to so many UTF-16 units and marked so."""
    text = " ".join(text.split())
    if utf16_length(text) <= units:
        return text
    longest = within(text, units - 1)
    return text[: text.rfind(" ", 0, longest + 1) if " " in text[:longest] else longest] + "…"


def is_link(url: str) -> bool:
    """Say whether Telegram will take a URL: one that it refuses costs the whole message."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    whole = len(url) <= _URL_LIMIT and not any(character.isspace() for character in url)
    return whole and parts.scheme in ("http", "https") and "." in host.strip(".")


def cut(text: str, units: int) -> int:
    """Return where to cut `text` so that at most `units` UTF-16 units come before.

    After a sentence and the white space behind it, else between words, else between characters;
    never so that one side has nothing to see.
    """
    if utf16_length(text) <= units:
        return len(text)
    longest = within(text, units)
    ends = [_BLANK.match(text, end).end() for _, end in sentences(text)]  # type: ignore[union-attr] # matches always
    words = [match.end() for match in re.finditer(r"\s+", text[:longest]) if match.start()]
    for cuts in ([end for end in ends if end <= longest], words):
        if cuts:
            return cuts[-1]
    return longest


def within(text: str, units: int) -> int:
    """Return how many characters of `text` fit into so many UTF-16 units."""
    return len(text.encode("utf-16-le")[: units * 2].decode("utf-16-le", errors="ignore"))
