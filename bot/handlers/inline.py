"""Inline mode: @bot and a question, in any chat."""

from pathlib import Path
from typing import Any

from telegram import (
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
    Update,
)
from telegram.error import BadRequest
from telegram.ext import Application, ContextTypes, InlineQueryHandler

from bot.access import Access
from bot.archive import Archive
from bot.cards import hit_message
from bot.composing import short
from bot.examples import examples
from bot.handlers.replying import texts_of
from bot.shelf import Shelf
from bot.state import State
from bot.texts import Texts
from retrieval.documents import Hit, Outcome
from retrieval.errors import QuestionError
from retrieval.retriever import Retriever

_Context = ContextTypes.DEFAULT_TYPE

_CARDS = 10
_EXAMPLES = 5
_CACHED_SECONDS = 60  # a reload changes what is answered
_TITLE = 120
_DESCRIPTION = 160


class Inline:
    """Handles what is typed behind the bot's name."""

    def __init__(self, archive: Archive, shelf: Shelf, state: State, access: Access) -> None:
        """Args: the archive, the answers that are kept, the memory, and who may ask."""
        self._archive = archive
        self._corpus = shelf.corpus
        self._state = state
        self._access = access

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add the handler."""
        application.add_handler(InlineQueryHandler(self.query))

    async def query(self, update: Update, _context: _Context) -> None:
        """Offer the cards of what answers, or of examples where nothing is typed yet."""
        query = update.inline_query
        assert query is not None
        texts = texts_of(query.query, update, self._state)
        user = query.from_user.id
        hits: list[tuple[str, Hit]] = []
        generation = ""
        if self._access.admits(user, user):
            hits, generation = await self._archive.run(_found, query.query, self._corpus)
        results = [
            _card(number, title, hit, texts, generation)
            for number, (title, hit) in enumerate(hits[:_CARDS])
        ]
        nothing = None
        if not results:
            nothing = InlineQueryResultsButton(short(texts.absent, 64), start_parameter="start")
        try:
            await query.answer(results, _CACHED_SECONDS, button=nothing)
        except BadRequest as error:  # typed on meanwhile: nobody waits for it
            if "query is too old" not in error.message.lower():
                raise


def _found(served: Retriever, asked: str, corpus: Path) -> tuple[list[tuple[str, Hit]], str]:
    """Return hits, each with the title to offer it under, and their generation."""
    return _titled(served, asked, corpus), served.coverage.generation


def _titled(served: Retriever, asked: str, corpus: Path) -> list[tuple[str, Hit]]:
    """Return hits with titles: their articles', or the example's that each answers."""
    if asked.strip():
        try:
            answer = served.answer(asked, _CARDS)
        except QuestionError:
            return []
        answered = answer.outcome is not Outcome.ABSENT
        return [(hit.article.title or hit.article.id, hit) for hit in answer.hits if answered]
    found = []
    for example in examples(served, corpus, _EXAMPLES):
        answer = served.answer(example, 1)
        found += [(example, hit) for hit in answer.hits]
    return found


def _card(
    number: int, title: str, hit: Hit, texts: Texts, generation: str
) -> InlineQueryResultArticle:
    message = hit_message(hit, texts, generation)
    source = hit.article.source.name or texts.unknown
    said = hit.answer.text if hit.answer else hit.text
    return InlineQueryResultArticle(
        id=f"{number}",
        title=short(title, _TITLE),
        description=short(
            f"{source}{texts.comma} {texts.date(hit.article.published)}: {said}", _DESCRIPTION
        ),
        input_message_content=InputTextMessageContent(
            message.text,
            entities=message.entities,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        ),
    )
