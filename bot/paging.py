"""An answer shown hit by hit, an article shown page by page: buttons that edit their message.

What an answer found is kept under a random number, so that its buttons outlive a restart and say
nothing of who asked what. Pure: no I/O.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from telegram import CopyTextButton, InlineKeyboardButton, MessageEntity

from bot.cards import LIFT, Ask, Pointer, check, header, opening, quote
from bot.composing import MESSAGE_LIMIT, Composer, Message, cut, is_link, short, utf16_length
from bot.texts import Texts
from retrieval.documents import (
    Answer,
    Article,
    Basis,
    Coverage,
    Hit,
    Outcome,
    Restriction,
    Scope,
)

STAY = "stay"
"""Callback data of the button that tells which page it is."""

COPY_LIMIT = 256
"""Characters that a button copies at most."""

_ID_LIMIT = 120
_GROUP_LIMIT = 600  # UTF-16 units that are quoted in a group
_PAGE_LINE = 80  # UTF-16 units of what says which page it is
_DATA = re.compile(r"page:([0-9]{1,19}):([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class Turn:
    """What ◀ and ▶ ask for: the hit at a place of the answer that is kept under a number."""

    number: int
    place: int

    def data(self) -> str:
        """Return the callback data."""
        return f"page:{self.number}:{self.place}"

    @classmethod
    def parse(cls, data: str) -> "Turn | None":
        """Read callback data; None for what `data` did not write."""
        match = _DATA.fullmatch(data)
        return cls(int(match[1]), int(match[2])) if match else None


@dataclass(frozen=True, slots=True)
class FoundHit:
    """A hit of an answer: the row of its passage, and where its answering sentence is."""

    row: int
    answer: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """What is kept of an answer to show its hits again: places in a generation, no words."""

    generation: str
    outcome: Outcome
    scope: Scope | None
    hits: tuple[FoundHit, ...]
    searched: bool = False
    """Whether they were searched for by words, and answer no question."""

    @classmethod
    def of(cls, answer: Answer) -> "FoundAnswer":
        """Return what is to be kept of an answer."""
        hits = tuple(
            FoundHit(hit.row, (hit.answer.start, hit.answer.end) if hit.answer else None)
            for hit in answer.hits
        )
        return cls(answer.coverage.generation, answer.outcome, answer.scope, hits)

    @classmethod
    def by_words(cls, hits: Sequence[Hit], generation: str, scope: Scope | None) -> "FoundAnswer":
        """Return what is to be kept of a search for words."""
        found = tuple(FoundHit(hit.row, None) for hit in hits)
        return cls(generation, Outcome.RELATED, scope, found, searched=True)

    @property
    def restriction(self) -> Restriction:
        """What the question was restricted to."""
        return self.scope.restriction if self.scope else Restriction()

    def to_json(self) -> str:
        """Return it as text to be stored."""
        scope = None
        if self.scope:
            restriction = self.scope.restriction
            scope = {
                "since": restriction.since and restriction.since.isoformat(),
                "until": restriction.until and restriction.until.isoformat(),
                "sources": restriction.sources,
                "articles": self.scope.articles,
                "undated": self.scope.undated,
            }
        hits = [[hit.row, *(hit.answer or ())] for hit in self.hits]
        data = {
            "generation": self.generation,
            "outcome": self.outcome,
            "scope": scope,
            "hits": hits,
            "searched": self.searched,
        }
        return json.dumps(data, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "FoundAnswer":
        """Read what `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        scope = None
        if data["scope"]:
            told = data["scope"]
            since, until = (
                told[name] and date.fromisoformat(told[name]) for name in ("since", "until")
            )
            restriction = Restriction(since or None, until or None, tuple(told["sources"]))
            scope = Scope(restriction, told["articles"], told["undated"])
        hits = tuple(
            FoundHit(row, (answer[0], answer[1]) if answer else None)
            for row, *answer in data["hits"]
        )
        outcome = Outcome(data["outcome"])
        return cls(data["generation"], outcome, scope, hits, data["searched"])


def hit_page(
    found: FoundAnswer,
    hit: Hit,
    turn: Turn,
    coverage: Coverage,
    texts: Texts,
    feedback: Sequence[Sequence[InlineKeyboardButton]] = (),
) -> Message:
    """Return the card of one hit of an answer, with buttons to the others.

    Args:
        found: The answer.
        hit: The one of its hits that is shown.
        turn: Under which number the answer is kept, and the place of the hit.
        coverage: What was searched.
        texts: The reader's language.
        feedback: Rows of buttons to judge it by.

    Raises:
        QuotationError: If the quotation is not, to the letter, a slice of its article.
    """
    check(hit)
    composer = Composer()
    said = texts.search_found
    if not found.searched:
        said = opening(found.outcome, found.scope, coverage, texts)
    if said:
        composer.add(f"{said}\n\n")
    composer.append(header(hit.article, texts))
    footer = Composer()
    footer.add(f"\n{texts.identifier}: ")
    footer.add_isolated(short(hit.article.id, _ID_LIMIT), MessageEntity.CODE)
    length = cut(hit.text, MESSAGE_LIMIT - composer.size - footer.size)
    end = hit.start + length
    answer = (hit.answer.start, min(hit.answer.end, end)) if hit.answer else None
    quote(composer, hit.article, hit.start, end, answer)
    composer.append(footer)
    composer.buttons = [
        *_turns([Turn(turn.number, n).data() for n in range(len(found.hits))], turn.place, texts),
        *_actions(found, hit, length if end < hit.end else 0, texts),
        *map(list, feedback),
    ]
    if found.scope and not found.searched:
        composer.add_button(texts.lift, LIFT)
    message = composer.message()
    return Message(message.text, message.entities, message.keyboard, replies=bool(found.scope))


def group_card(
    found: FoundAnswer, hit: Hit, coverage: Coverage, texts: Texts, in_private: str
) -> Message:
    """Return the short card of the best hit, for a group: what answers, and a link to the rest.

    Args:
        found: The answer.
        hit: Its first hit.
        coverage: What was searched.
        texts: The reader's language.
        in_private: The link that shows the whole answer in a chat with the bot.

    Raises:
        QuotationError: If the quotation is not, to the letter, a slice of its article.
    """
    check(hit)
    composer = Composer()
    said = opening(found.outcome, found.scope, coverage, texts)
    if said:
        composer.add(f"{said}\n\n")
    composer.append(header(hit.article, texts))
    start = hit.answer.start if hit.answer else hit.start
    end = hit.answer.end if hit.answer else hit.end
    length = cut(hit.article.body[start:end], _GROUP_LIMIT)
    composer.add(hit.article.body[start : start + length], MessageEntity.BLOCKQUOTE)
    composer.buttons = [[InlineKeyboardButton(texts.in_private, url=in_private)]]
    if found.scope:
        composer.add_button(texts.lift, LIFT)
    return composer.message()


def _actions(
    found: FoundAnswer, hit: Hit, rest: int, texts: Texts
) -> list[list[InlineKeyboardButton]]:
    """Return the buttons that a hit has whatever it is an answer to."""
    pointer = Pointer(Ask.BODY, found.generation, hit.row)
    rows = [
        [
            InlineKeyboardButton(texts.whole_article, callback_data=pointer.data()),
            InlineKeyboardButton(
                texts.copy_citation, copy_text=CopyTextButton(citation(hit.article, texts))
            ),
        ]
    ]
    if rest:
        more = Pointer(Ask.REST, found.generation, hit.row, rest)
        rows.insert(0, [InlineKeyboardButton(texts.rest, callback_data=more.data())])
    others = []
    if hit.also_count:
        also = Pointer(Ask.ALSO, found.generation, hit.row)
        label = texts.other_sources.format(count=hit.also_count)
        others.append(InlineKeyboardButton(label, callback_data=also.data()))
    if hit.article.url and is_link(hit.article.url):
        others.append(InlineKeyboardButton(texts.link, url=hit.article.url))
    return [*rows, others] if others else rows


def citation(article: Article, texts: Texts) -> str:
    """Return source, title and date of an article in one line, for a reader to copy.

    What is estimated or not known is said to be so here, too: it is copied without its card.
    """
    source = article.source.name or texts.unknown_citation
    published = article.published
    day = texts.unknown
    if published.value is not None:
        day = texts.day(published.value)
        if published.basis is not Basis.STATED:
            day = f"{day} ({texts.bases[published.basis]})"
    around = texts.citation.format(title="", source=short(source, _ID_LIMIT), date=day)
    title = short(article.title or article.id, max(1, COPY_LIMIT - utf16_length(around)))
    return texts.citation.format(title=title, source=short(source, _ID_LIMIT), date=day)


def article_page(article: Article, asked: Pointer, texts: Texts) -> Message | None:
    """Return a page of an article's whole body, with buttons to the others.

    Args:
        article: The article.
        asked: What points at it; its offset is the number of the page, from 0.
        texts: The reader's language.

    Returns:
        None if it has no such page.
    """
    composer = header(article, texts)
    ends = _pages(article.body, MESSAGE_LIMIT - composer.size - _PAGE_LINE)
    if asked.offset >= len(ends):
        return None
    if len(ends) > 1:
        said = texts.page_of.format(number=asked.offset + 1, total=len(ends))
        composer.add(f"{said}\n")
    start = ends[asked.offset - 1] if asked.offset else 0
    composer.add(article.body[start : ends[asked.offset]], MessageEntity.BLOCKQUOTE)
    pages = [
        Pointer(Ask.TURN, asked.generation, asked.row, page).data() for page in range(len(ends))
    ]
    composer.buttons = _turns(pages, asked.offset, texts)
    return composer.message()


def _pages(body: str, units: int) -> list[int]:
    """Return where each page of a body ends."""
    ends: list[int] = []
    start = 0
    while start < len(body):
        start += cut(body[start:], units)
        ends.append(start)
    return ends


def _turns(pages: Sequence[str], place: int, texts: Texts) -> list[list[InlineKeyboardButton]]:
    """Return the row that leads to the page before and the page after, if there are several.

    Buttons stand from left to right in every language: where the text runs leftward, so do pages.
    """
    if len(pages) < 2:  # noqa: PLR2004
        return []
    leftward = texts.language == "ar"
    row = [InlineKeyboardButton(f"{place + 1}/{len(pages)}", callback_data=STAY)]
    for step, arrow in ((-1, "▶" if leftward else "◀"), (1, "◀" if leftward else "▶")):
        if 0 <= place + step < len(pages):
            button = InlineKeyboardButton(arrow, callback_data=pages[place + step])
            row = [button, *row] if (step > 0) is leftward else [*row, button]
    return [row]
