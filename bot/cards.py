"""Answer -> messages: text, entities and buttons. Pure: no I/O, no Markdown, no HTML.

A quotation is copied from the stored article and nothing else; one that is not a slice of its
article raises QuotationError, and no message is made.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from bot.composing import ENTITY_LIMIT, MESSAGE_LIMIT, Composer, Message, cut, is_link, short
from bot.texts import Texts, has_arabic, isolated
from retrieval.documents import AlsoIn, Answer, Article, Basis, Coverage, Hit, Outcome, Scope
from retrieval.errors import QuotationError

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

_RIGHT_TO_LEFT_MARK = "\u200f"


class Ask(StrEnum):
    """What a button asks for."""

    REST = "rest"  # the passage from character `offset` on
    OPEN = "open"  # the passage with its source and date
    ALSO = "also"  # the articles that have the passage too, from number `offset` on
    BODY = "body"  # the whole article of the passage, from page `offset` on
    TURN = "turn"  # another page of it, in the message of the button


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
    current.add(opening(answer.outcome, answer.scope, answer.coverage, texts))
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


def opening(outcome: Outcome, scope: Scope | None, coverage: Coverage, texts: Texts) -> str:
    """Say what was searched, unless it was the whole archive and it answers."""
    lines = []
    if outcome is Outcome.ABSENT:
        lines.append(texts.absent_in_scope if scope else texts.absent)
    elif outcome is Outcome.RELATED:
        lines.append(texts.related)
    if scope:
        lines.append(texts.scope(scope))
    elif lines:
        lines.append(texts.coverage(coverage))
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
    length = cut(article.body[start:end], MESSAGE_LIMIT)
    quote(composer, article, start, start + length, None)
    if start + length < end:
        following = Pointer(Ask.REST, rest.generation, rest.row, rest.offset + length)
        composer.add_button(texts.rest, following.data())
    return composer.message()


def _hit(hit: Hit, texts: Texts, generation: str, number: int) -> Composer:
    """Lay out a hit; one that is longer than a message is cut, with a button for the rest."""
    check(hit)
    composer, footer = header(hit.article, texts), _footer(hit, texts, generation, number)
    length = cut(hit.text, MESSAGE_LIMIT - composer.size - footer.size)
    end = hit.start + length
    answer = (hit.answer.start, min(hit.answer.end, end)) if hit.answer else None
    quote(composer, hit.article, hit.start, end, answer)
    if end < hit.end:
        composer.add_button(texts.rest, Pointer(Ask.REST, generation, hit.row, length).data())
        composer.alone = True
    composer.append(footer)
    return composer


def check(hit: Hit) -> None:
    """Raise QuotationError unless a hit is, to the letter, what it says it quotes."""
    body = hit.article.body
    spans = [(hit.start, hit.end, hit.text)]
    if hit.answer:
        spans.append((hit.answer.start, hit.answer.end, hit.answer.text))
    for start, end, text in spans:
        if not (hit.start <= start < end <= hit.end) or body[start:end] != text:
            raise QuotationError(
                f"article {hit.article.id}, characters {start} to {end}: not what is quoted"
            )


def header(article: Article, texts: Texts) -> Composer:
    """Return title, source and date of an article, each with its basis."""
    composer = Composer()
    title = title_of(article, _TITLE_LIMIT)
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


def title_of(article: Article, units: int) -> str:
    """Return the title of an article, or its id where it has none, cut to so many UTF-16 units."""
    return short(article.title, units) or short(article.id, units)


def quote(
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
    composer.add_isolated(short(hit.article.id, _NAME_LIMIT), MessageEntity.CODE)
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
        composer.add(f"\n{position}. {isolated(title_of(article, _ALSO_TITLE_LIMIT))}")
        composer.add(f" ({isolated(source)}{texts.comma} {texts.date(article.published)}")
        composer.add(f"{texts.comma} {texts.relations[also.relation]})")
        data = Pointer(Ask.OPEN, generation, also.row).data()
        label = texts.open_number.format(number=position)
        buttons.append(InlineKeyboardButton(label, callback_data=data))
    for start in range(0, len(buttons), _BUTTONS_IN_ROW):
        composer.buttons.append(buttons[start : start + _BUTTONS_IN_ROW])
