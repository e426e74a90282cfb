"""The buttons of cards: other hits, whole articles, other places, votes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from telegram import InlineKeyboardMarkup, Update
from telegram.error import BadRequest
from telegram.ext import Application, CallbackQueryHandler, ContextTypes

from bot.archive import Archive
from bot.cards import Ask, Pointer, also_message, hit_message, rest_message
from bot.composing import Message
from bot.handlers.replying import edit, reader_texts, reply, say
from bot.keyboards import BACK, DOWN, UP, Vote, reason_buttons
from bot.paging import STAY, Turn, article_page
from bot.shelf import GoneError, Shelf
from bot.state import State
from bot.texts import Texts
from retrieval.documents import AlsoIn, Hit
from retrieval.retriever import Retriever

_Context = ContextTypes.DEFAULT_TYPE


class Reading:
    """Handles the buttons under answers."""

    def __init__(self, archive: Archive, shelf: Shelf, state: State) -> None:
        """Args: the archive, the answers that are kept, and the bot's memory."""
        self._archive = archive
        self._shelf = shelf
        self._state = state

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add the handlers; the last takes every button, so that none is left unanswered."""
        application.add_handler(CallbackQueryHandler(self.stay, f"^{STAY}$"))
        application.add_handler(CallbackQueryHandler(self.turn, "^page:"))
        application.add_handler(CallbackQueryHandler(self.vote, "^vote:"))
        application.add_handler(CallbackQueryHandler(self.button))

    async def stay(self, update: Update, _context: _Context) -> None:
        """Do nothing: the page that was asked for is shown."""
        await say(update.callback_query, None)

    async def turn(self, update: Update, _context: _Context) -> None:
        """Show another hit in the message."""
        texts = reader_texts(update, self._state)
        turn = Turn.parse(_data(update))
        if turn is None:
            await say(update.callback_query, texts.outdated)
            return
        try:
            message = await self._shelf.page(turn, texts)
        except GoneError as error:
            await say(update.callback_query, str(error))
            return
        await say(update.callback_query, None if await edit(update, message) else texts.too_old)

    async def vote(self, update: Update, _context: _Context) -> None:
        """Keep a vote; ask for the reason of one against, in the place of the other buttons."""
        texts = reader_texts(update, self._state)
        vote, user = Vote.parse(_data(update)), update.effective_user
        if vote is None or user is None or await self._shelf.found(vote.number) is None:
            await say(update.callback_query, texts.outdated)
            return
        if vote.said == DOWN:
            await self._state.vote(vote.number, user.id, vote.place, liked=False)
            await say(update.callback_query, texts.reasons_asked)
            await _change_buttons(update, reason_buttons(vote.number, vote.place, texts))
            return
        if vote.said == UP:
            await self._state.vote(vote.number, user.id, vote.place, liked=True)
        elif vote.said != BACK:
            await self._state.vote(vote.number, user.id, vote.place, liked=False, reason=vote.said)
        await say(update.callback_query, None if vote.said == BACK else texts.thanks)
        if vote.said != UP:
            try:
                card = await self._shelf.page(Turn(vote.number, vote.place), texts)
            except GoneError:
                await _change_buttons(update, None)
            else:
                await _change_buttons(update, card.keyboard)

    async def button(self, update: Update, _context: _Context) -> None:
        """Show what a button under a card points at."""
        texts = reader_texts(update, self._state)
        pointer = Pointer.parse(_data(update))
        if pointer is None or update.effective_message is None:
            await say(update.callback_query, texts.outdated)
            return
        try:
            message = _pointed_at(await self._archive.run(_looked_up, pointer), pointer, texts)
        except GoneError as error:
            await say(update.callback_query, str(error))
            return
        if pointer.ask is Ask.TURN:
            await say(update.callback_query, None if await edit(update, message) else texts.too_old)
            return
        await say(update.callback_query, None)
        await reply(update, message, to=update.effective_message)


@dataclass(frozen=True, slots=True)
class _LookedUp:
    """What a pointer points at: a passage as a hit, and some of the articles that have it, too."""

    hit: Hit
    also_in: Sequence[AlsoIn]
    withdrawn: bool


def _looked_up(served: Retriever, pointer: Pointer) -> _LookedUp | None:
    """Look up what a pointer points at; None if its generation is not served or has no such row."""
    if served.coverage.generation != pointer.generation:
        return None
    if pointer.row not in served.passages([pointer.row]):
        return None
    also = served.also_in(pointer.row, pointer.offset)[0] if pointer.ask is Ask.ALSO else []
    return _LookedUp(served.hit(pointer.row), also, served.is_withdrawn(pointer.row))


def _pointed_at(found: _LookedUp | None, pointer: Pointer, texts: Texts) -> Message:
    """Return the message for what a pointer points at, or raise GoneError."""
    if found is None:
        raise GoneError(texts.outdated)
    if found.withdrawn:
        raise GoneError(texts.withdrawn)
    hit = found.hit
    message: Message | None = None
    if pointer.ask is Ask.OPEN:
        message = hit_message(hit, texts, pointer.generation)
    elif pointer.ask is Ask.ALSO:
        if found.also_in:
            message = also_message(found.also_in, hit.also_count, pointer, texts)
    elif pointer.ask is Ask.REST:
        start = hit.start + pointer.offset
        if start < hit.end:
            message = rest_message(hit.article, start, hit.end, pointer, texts)
    else:
        message = article_page(hit.article, pointer, texts)
    if message is None:
        raise GoneError(texts.outdated)
    return message


def _data(update: Update) -> str:
    query = update.callback_query
    assert query is not None
    return query.data or ""


async def _change_buttons(update: Update, keyboard: InlineKeyboardMarkup | None) -> None:
    query, shown = update.callback_query, update.effective_message
    assert query is not None
    if shown and shown.reply_markup == keyboard:
        return
    try:
        await query.edit_message_reply_markup(keyboard)
    except BadRequest as error:  # the same already, or too old
        if "not modified" not in error.message and "can't be edited" not in error.message:
            raise
