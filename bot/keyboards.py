"""Buttons that offer something to ask, and buttons to judge an answer by. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.texts import Reason, Texts

EXAMPLE = "try"
"""What the callback data of a button begins with whose label is asked."""

LANGUAGE = "lang"
LANGUAGES = {"ar": "العربية", "en": "English"}

_VOTE = re.compile(r"vote:([0-9]{1,19}):([0-9]{1,3}):([a-z]+)")
UP, DOWN, BACK = "up", "down", "back"


@dataclass(frozen=True, slots=True)
class Vote:
    """What a button to judge by says of the hit at a place of an answer.

    `said` is `UP`, `DOWN`, `BACK` (to the buttons before), or the value of a `Reason`.
    """

    number: int
    place: int
    said: str

    def data(self) -> str:
        """Return the callback data."""
        return f"vote:{self.number}:{self.place}:{self.said}"

    @classmethod
    def parse(cls, data: str) -> "Vote | None":
        """Read callback data; None for what `data` did not write."""
        match = _VOTE.fullmatch(data)
        if match is None or match[3] not in (UP, DOWN, BACK, *Reason):
            return None
        return cls(int(match[1]), int(match[2]), match[3])


def example_buttons(texts: Sequence[str]) -> InlineKeyboardMarkup | None:
    """Return a button for each text; pressed, it is asked. None where there is none."""
    rows = [
        [InlineKeyboardButton(text, callback_data=f"{EXAMPLE}:{number}")]
        for number, text in enumerate(texts)
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def language_buttons() -> InlineKeyboardMarkup:
    """Return a button for each language that the bot can write in."""
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(name, callback_data=f"{LANGUAGE}:{code}")
                for code, name in LANGUAGES.items()
            ]
        ]
    )


def vote_buttons(number: int, place: int) -> list[list[InlineKeyboardButton]]:
    """Return the row to judge a hit by."""
    return [
        [
            InlineKeyboardButton(label, callback_data=Vote(number, place, said).data())
            for said, label in ((UP, "👍"), (DOWN, "👎"))
        ]
    ]


def reason_buttons(number: int, place: int, texts: Texts) -> InlineKeyboardMarkup:
    """Return a button for each reason not to like a hit, and one that leads back."""
    rows = [
        [InlineKeyboardButton(texts.reasons[one], callback_data=Vote(number, place, one).data())]
        for one in Reason
    ]
    back = InlineKeyboardButton("↩", callback_data=Vote(number, place, BACK).data())
    return InlineKeyboardMarkup([*rows, [back]])
