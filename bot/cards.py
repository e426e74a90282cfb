"""Answer -> messages: text, entities and buttons. Pure: no I/O, no Markdown, no HTML.

A quotation is copied from the stored article and nothing else; one that is not a slice of its
article raises QuotationError, and no message is made.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from bot.texts import Texts, has_arabic, isolated
from retrieval.documents import AlsoIn, Answer, Article, Basis, Hit, Outcome
from retrieval.errors import QuotationError
from retrieval.passages import sentences

MESSAGE_LIMIT = 4096
"""UTF-16 code units that Telegram takes in one message."""

ENTITY_LIMIT = 100
"""Entities that Telegram takes in one message."""

# UTF-16 units of what stands around a quotation: together they leave half a message for it.
_TITLE_LIMIT = 300
_NAME_LIMIT = 120
_ALSO_TITLE_LIMIT = 120
_ALSO_LIMIT = 5
_NUMBER = r"(0|[1-9][0-9]{0,17})"
_POINTER = re.compile(rf"([a-z]+):([^:]+):{_NUMBER}:{_NUMBER}")
_BUTTONS_IN_ROW = 5
LIFT = "lift"
"""Callback data of the button that asks the whole archive; the question is what was replied to."""

_BLANK = re.compile(r"\s*")
_URL_LIMIT = 2048
_RIGHT_TO_LEFT_MARK = "\u200f"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; entity offsets count UTF-16 code units, as Telegram does."""

    text: str
    entities: tuple[MessageEntity, ...] = ()
    keyboard: InlineKeyboardMarkup | None = None
    replies: bool = False
    """Whether it must be sent as a reply to the question, for its button to find it again."""


class Ask(StrEnum):
    """What a button asks for."""

    REST = "rest"  # the passage from character `offset` on
    OPEN = "open"  # the passage with its source and date
    ALSO = "also"  # the articles that have the passage too, from number `offset` on


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a button points at: a passage of a generation, by its row."""

    ask: Ask
    generation: str
    row: int
    offset: int = 0

    def data(self) -> str:
        """Return the callback data: at most 64 bytes, without anything personal."""
        return f"{self.ask}:{self.generation}:{self.row}:{self.offset}"

    @classmethod
    def parse(cls, data: str) -> "Pointer | None":
        """Read callback data; None for what `data` did not write."""
        match = _POINTER.fullmatch(data)
        if match is None or match[1] not in list(Ask):
            return None
        return cls(Ask(match[1]), match[2], int(match[3]), int(match[4]))


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


def answer_messages(answer: Answer, texts: Texts) -> list[Message]:
    """Return the messages that answer a question, in the order to send them.

    Hits that do not fit into a message move whole to the next one; a passage that is longer than a
    message is cut after a sentence, with a button for the rest.

    Raises:
        QuotationError: If a quotation is not, to the letter, a slice of its article.
    """
    generation = answer.coverage.generation
    messages: list[Message] = []
    current = Composer()
    current.add(_opening(answer, texts))
    number = 1
    for hit in answer.hits:
        gap = "\n\n" if current.text else ""
        block = _hit(hit, texts, generation, number)
        number += min(len(hit.also_in), _ALSO_LIMIT)
        fits = current.size + len(gap) + block.size <= MESSAGE_LIMIT
        alone = current.alone or block.alone
        if fits and not alone and len(current.entities) + len(block.entities) <= ENTITY_LIMIT:
            current.add(gap)
            current.append(block)
            continue
        if current.text:
            messages.append(current.message())
        current = block
    messages.append(current.message())
    if answer.scope:
        messages[0] = _with_lift(messages[0], texts)
    return messages


def _with_lift(message: Message, texts: Texts) -> Message:
    """Add the button that lifts the restriction to the message that tells of it."""
    lift = [InlineKeyboardButton(texts.lift, callback_data=LIFT)]
    rows = message.keyboard.inline_keyboard if message.keyboard else ()
    return replace(message, keyboard=InlineKeyboardMarkup([*rows, lift]), replies=True)


def _opening(answer: Answer, texts: Texts) -> str:
    """Say what was searched, unless it was the whole archive and it answers."""
    lines = []
    if answer.outcome is Outcome.ABSENT:
        lines.append(texts.absent_in_scope if answer.scope else texts.absent)
    elif answer.outcome is Outcome.RELATED:
        lines.append(texts.related)
    if answer.scope:
        lines.append(texts.scope(answer.scope))
    elif lines:
        lines.append(texts.coverage(answer.coverage))
    return "\n".join(lines)


def hit_message(hit: Hit, texts: Texts, generation: str) -> Message:
    """Return the card of one hit.

    Raises:
        QuotationError: If the quotation is not, to the letter, a slice of its article.
    """
    return _hit(hit, texts, generation, 1).message()


def also_message(found: Sequence[AlsoIn], total: int, pointer: Pointer, texts: Texts) -> Message:
    """Return the list of articles that have a passage too, with a button to open each.

    Args:
        found: The articles from number `pointer.offset` on.
        total: How many there are in all.
        pointer: What the button asked for.
        texts: The reader's language.
    """
    composer = Composer()
    composer.add(texts.also_list)
    _list(composer, found, pointer.offset + 1, pointer.generation, texts)
    following = pointer.offset + len(found)
    if following < total:
        more = Pointer(Ask.ALSO, pointer.generation, pointer.row, following)
        composer.add_button(texts.also_rest, more.data())
    return composer.message()


def rest_message(article: Article, start: int, end: int, rest: Pointer, texts: Texts) -> Message:
    """Return what follows of a passage that was cut, again with a button if that is long.

    Args:
        article: The article of the passage.
        start: Where the rest begins in its body.
        end: Where the passage ends in its body.
        rest: What the button asked for.
        texts: The reader's language.
    """
    composer = Composer()
    cut = _cut(article.body[start:end], MESSAGE_LIMIT)
    _quote(composer, article, start, start + cut, None)
    if start + cut < end:
        following = Pointer(Ask.REST, rest.generation, rest.row, rest.offset + cut)
        composer.add_button(texts.rest, following.data())
    return composer.message()


def _hit(hit: Hit, texts: Texts, generation: str, number: int) -> Composer:
    """Lay out a hit; one that is longer than a message is cut, with a button for the rest."""
    _check(hit)
    composer, footer = _header(hit, texts), _footer(hit, texts, generation, number)
    cut = _cut(hit.text, MESSAGE_LIMIT - composer.size - footer.size)
    end = hit.start + cut
    answer = (hit.answer.start, min(hit.answer.end, end)) if hit.answer else None
    _quote(composer, hit.article, hit.start, end, answer)
    if end < hit.end:
        composer.add_button(texts.rest, Pointer(Ask.REST, generation, hit.row, cut).data())
        composer.alone = True
    composer.append(footer)
    return composer


def _check(hit: Hit) -> None:
    body = hit.article.body
    spans = [(hit.start, hit.end, hit.text)]
    if hit.answer:
        spans.append((hit.answer.start, hit.answer.end, hit.answer.text))
    for start, end, text in spans:
        if not (hit.start <= start < end <= hit.end) or body[start:end] != text:
            raise QuotationError(
                f"article {hit.article.id}, characters {start} to {end}: not what is quoted"
            )


def _header(hit: Hit, texts: Texts) -> Composer:
    article = hit.article
    composer = Composer()
    title = _title(article, _TITLE_LIMIT)
    if has_arabic(title) and not has_arabic(title[:1]):
        composer.add(_RIGHT_TO_LEFT_MARK)  # or a title that begins with a Latin name runs leftward
    composer.add(title, MessageEntity.BOLD)
    if article.title_basis is Basis.ESTIMATED:
        composer.add(f" ({texts.title_from_text})")
    composer.add(f"\n{texts.source}: ")
    if article.source.name is None:
        composer.add(texts.unknown_source.format(file=isolated(short(article.id, _NAME_LIMIT))))
    else:
        name = short(article.source.name, _NAME_LIMIT)
        composer.add(f"{isolated(name)} ({texts.bases[article.source.basis]})")
    composer.add(f"\n{texts.published}: {texts.date(article.published)}\n")
    return composer


def _title(article: Article, units: int) -> str:
    return short(article.title, units) or short(article.id, units)


def short(text: str, units: int) -> str:
    """Return `text` on one line, cut between words to so many UTF-16 units and marked so."""
    text = " ".join(text.split())
    if utf16_length(text) <= units:
        return text
    longest = within(text, units - 1)
    return text[: text.rfind(" ", 0, longest + 1) if " " in text[:longest] else longest] + "…"


def _quote(
    composer: Composer, article: Article, start: int, end: int, answer: tuple[int, int] | None
) -> None:
    """Append body[start:end] as a block quotation, with the answering sentence bold."""
    offset = len(composer.text)
    composer.add(article.body[start:end], MessageEntity.EXPANDABLE_BLOCKQUOTE)
    if answer and answer[0] < answer[1]:
        bold = MessageEntity(MessageEntity.BOLD, offset + answer[0] - start, answer[1] - answer[0])
        composer.entities.append(bold)


def _footer(hit: Hit, texts: Texts, generation: str, number: int) -> Composer:
    composer = Composer()
    if hit.also_in:
        composer.add(f"\n{texts.also_in}:")
        _list(composer, hit.also_in[:_ALSO_LIMIT], number, generation, texts)
        more = hit.also_count - min(len(hit.also_in), _ALSO_LIMIT)
        if more > 0:
            composer.add(f"\n{texts.also_in_more.format(articles=texts.count_articles(more))}")
            label = texts.also_all.format(count=hit.also_count)
            composer.add_button(label, Pointer(Ask.ALSO, generation, hit.row).data())
    composer.add(f"\n{texts.identifier}: ")
    composer.add(short(hit.article.id, _NAME_LIMIT), MessageEntity.CODE)
    if hit.article.url and is_link(hit.article.url):
        composer.add("\n")
        composer.add(texts.link, MessageEntity.TEXT_LINK, url=hit.article.url)
    return composer


def _list(
    composer: Composer, found: Sequence[AlsoIn], number: int, generation: str, texts: Texts
) -> None:
    """Append a numbered line for each article, from `number` on, and the buttons to open them."""
    buttons = []
    for position, also in enumerate(found, start=number):
        article = also.article
        source = short(article.source.name or article.id, _NAME_LIMIT)
        composer.add(f"\n{position}. {isolated(_title(article, _ALSO_TITLE_LIMIT))}")
        composer.add(f" ({isolated(source)}{texts.comma} {texts.date(article.published)}")
        composer.add(f"{texts.comma} {texts.relations[also.relation]})")
        data = Pointer(Ask.OPEN, generation, also.row).data()
        label = texts.open_number.format(number=position)
        buttons.append(InlineKeyboardButton(label, callback_data=data))
    for start in range(0, len(buttons), _BUTTONS_IN_ROW):
        composer.buttons.append(buttons[start : start + _BUTTONS_IN_ROW])


def is_link(url: str) -> bool:
    """Say whether Telegram will take a URL: one that it refuses costs the whole message."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    whole = len(url) <= _URL_LIMIT and not any(character.isspace() for character in url)
    return whole and parts.scheme in ("http", "https") and "." in host.strip(".")


def _cut(text: str, units: int) -> int:
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
