"""Answer -> messages: text, entities and buttons. Pure: no I/O, no Markdown, no HTML.

A quotation is copied from the stored article and nothing else; one that is not a slice of its
article raises QuotationError, and no message is made.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from bot.texts import Texts, has_arabic, isolated
from retrieval.documents import Answer, Article, Basis, Hit, Outcome
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
_REST = re.compile(r"rest:([^:]+):(0|[1-9][0-9]{0,17}):(0|[1-9][0-9]{0,17})")
_BLANK = re.compile(r"\s*")
_URL_LIMIT = 2048
_RIGHT_TO_LEFT_MARK = "\u200f"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; entity offsets count UTF-16 code units, as Telegram does."""

    text: str
    entities: tuple[MessageEntity, ...] = ()
    keyboard: InlineKeyboardMarkup | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """What the button under a cut passage asks for: the passage's row, from `offset` on."""

    generation: str
    row: int
    offset: int

    def data(self) -> str:
        """Return the callback data: at most 64 bytes, without anything personal."""
        return f"rest:{self.generation}:{self.row}:{self.offset}"

    @classmethod
    def parse(cls, data: str) -> "Rest | None":
        """Read callback data; None for what `data` did not write."""
        match = _REST.fullmatch(data)
        return cls(match[1], int(match[2]), int(match[3])) if match else None


class _Composer:
    """Text that grows piece by piece, with the entities that cover its pieces."""

    def __init__(self) -> None:
        self.text = ""
        self.entities: list[MessageEntity] = []

    def add(self, text: str, kind: str | None = None, url: str | None = None) -> None:
        """Append text, covered by an entity of `kind` if one is given."""
        if kind and text:
            self.entities.append(MessageEntity(kind, len(self.text), len(text), url=url))
        self.text += text

    def append(self, other: "_Composer") -> None:
        """Append another text with its entities."""
        shift = len(self.text)
        self.entities += MessageEntity.shift_entities(shift, other.entities)
        self.text += other.text

    @property
    def size(self) -> int:
        """Length in UTF-16 code units."""
        return utf16_length(self.text)

    def message(self, keyboard: InlineKeyboardMarkup | None = None) -> Message:
        entities = MessageEntity.adjust_message_entities_to_utf_16(self.text, self.entities)
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
    if answer.outcome is Outcome.ABSENT:
        return [_plain(f"{texts.absent}\n{texts.coverage(answer.coverage)}")]
    messages: list[Message] = []
    current = _Composer()
    if answer.outcome is Outcome.RELATED:
        current.add(f"{texts.related}\n{texts.coverage(answer.coverage)}")
    for hit in answer.hits:
        gap = "\n\n" if current.text else ""
        block = _hit(hit, texts)
        fits = current.size + len(gap) + block.size <= MESSAGE_LIMIT
        if fits and len(current.entities) + len(block.entities) <= ENTITY_LIMIT:
            current.add(gap)
            current.append(block)
            continue
        if current.text:
            messages.append(current.message())
        current = _Composer()
        if block.size <= MESSAGE_LIMIT:
            current.append(block)
        else:
            messages.append(_long_hit(hit, texts, answer.coverage.generation))
    if current.text:
        messages.append(current.message())
    return messages


def rest_message(article: Article, start: int, end: int, rest: Rest, texts: Texts) -> Message:
    """Return what follows of a passage that was cut, again with a button if that is long.

    Args:
        article: The article of the passage.
        start: Where the rest begins in its body.
        end: Where the passage ends in its body.
        rest: What the button asked for.
        texts: The reader's language.
    """
    composer = _Composer()
    cut = _cut(article.body[start:end], MESSAGE_LIMIT)
    _quote(composer, article, start, start + cut, None)
    if start + cut == end:
        return composer.message()
    following = Rest(rest.generation, rest.row, rest.offset + cut)
    return composer.message(_rest_button(following, texts))


def _plain(text: str) -> Message:
    return Message(text)


def _hit(hit: Hit, texts: Texts) -> _Composer:
    composer = _header(hit, texts)
    answer = (hit.answer.start, hit.answer.end) if hit.answer else None
    _check(hit)
    _quote(composer, hit.article, hit.start, hit.end, answer)
    composer.append(_footer(hit, texts))
    return composer


def _long_hit(hit: Hit, texts: Texts, generation: str) -> Message:
    composer, footer = _header(hit, texts), _footer(hit, texts)
    cut = _cut(hit.text, MESSAGE_LIMIT - composer.size - footer.size)
    end = hit.start + cut
    answer = (hit.answer.start, min(hit.answer.end, end)) if hit.answer else None
    _quote(composer, hit.article, hit.start, end, answer)
    composer.append(footer)
    return composer.message(_rest_button(Rest(generation, hit.row, cut), texts))


def _rest_button(rest: Rest, texts: Texts) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(texts.rest, callback_data=rest.data())]])


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


def _header(hit: Hit, texts: Texts) -> _Composer:
    article = hit.article
    composer = _Composer()
    title = _title(article, _TITLE_LIMIT)
    if has_arabic(title) and not has_arabic(title[:1]):
        composer.add(_RIGHT_TO_LEFT_MARK)  # or a title that begins with a Latin name runs leftward
    composer.add(title, MessageEntity.BOLD)
    if article.title_basis is Basis.ESTIMATED:
        composer.add(f" ({texts.title_from_text})")
    composer.add(f"\n{texts.source}: ")
    if article.source.name is None:
        composer.add(texts.unknown_source.format(file=isolated(_short(article.id, _NAME_LIMIT))))
    else:
        name = _short(article.source.name, _NAME_LIMIT)
        composer.add(f"{isolated(name)} ({texts.bases[article.source.basis]})")
    composer.add(f"\n{texts.published}: {texts.date(article.published)}\n")
    return composer


def _title(article: Article, units: int) -> str:
    return _short(article.title, units) or _short(article.id, units)


def _short(text: str, units: int) -> str:
    """Return `text` on one line, cut between words to so many UTF-16 units and marked so."""
    text = " ".join(text.split())
    if utf16_length(text) <= units:
        return text
    longest = _within(text, units - 1)
    return text[: text.rfind(" ", 0, longest + 1) if " " in text[:longest] else longest] + "…"


def _quote(
    composer: _Composer, article: Article, start: int, end: int, answer: tuple[int, int] | None
) -> None:
    """Append body[start:end] as a block quotation, with the answering sentence bold."""
    offset = len(composer.text)
    composer.add(article.body[start:end], MessageEntity.EXPANDABLE_BLOCKQUOTE)
    if answer and answer[0] < answer[1]:
        bold = MessageEntity(MessageEntity.BOLD, offset + answer[0] - start, answer[1] - answer[0])
        composer.entities.append(bold)


def _footer(hit: Hit, texts: Texts) -> _Composer:
    composer = _Composer()
    if hit.also_in:
        composer.add(f"\n{texts.also_in}:")
        for article in hit.also_in[:_ALSO_LIMIT]:
            source = _short(article.source.name or article.id, _NAME_LIMIT)
            composer.add(f"\n• {isolated(_title(article, _ALSO_TITLE_LIMIT))}")
            composer.add(f" ({isolated(source)}{texts.comma} {texts.date(article.published)})")
        more = len(hit.also_in) - _ALSO_LIMIT
        if more > 0:
            composer.add(f"\n{texts.also_in_more.format(articles=texts.count_articles(more))}")
    composer.add(f"\n{texts.identifier}: ")
    composer.add(_short(hit.article.id, _NAME_LIMIT), MessageEntity.CODE)
    if hit.article.url and _is_link(hit.article.url):
        composer.add("\n")
        composer.add(texts.link, MessageEntity.TEXT_LINK, url=hit.article.url)
    return composer


def _is_link(url: str) -> bool:
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
    longest = _within(text, units)
    ends = [_BLANK.match(text, end).end() for _, end in sentences(text)]  # type: ignore[union-attr] # matches always
    words = [match.end() for match in re.finditer(r"\s+", text[:longest]) if match.start()]
    for cuts in ([end for end in ends if end <= longest], words):
        if cuts:
            return cuts[-1]
    return longest


def _within(text: str, units: int) -> int:
    """Return how many characters of `text` fit into so many UTF-16 units."""
    return len(text.encode("utf-16-le")[: units * 2].decode("utf-16-le", errors="ignore"))
