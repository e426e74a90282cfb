"""Questions and the buttons under answers."""

from typing import Any

from telegram import Message as TelegramMessage
from telegram import ReplyParameters, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.archive import Archive
from bot.cards import (
    LIFT,
    Ask,
    Message,
    Pointer,
    also_message,
    answer_messages,
    hit_message,
    rest_message,
)
from bot.handlers.typing_action import typing
from bot.state import State
from bot.texts import ARABIC, Texts, has_arabic, texts_for
from retrieval.documents import Restriction
from retrieval.errors import QuestionError
from retrieval.retriever import trimmed
from retrieval.store import StoredPassage

_Context = ContextTypes.DEFAULT_TYPE


class Answering:
    """Handles what readers write."""

    def __init__(self, archive: Archive, state: State) -> None:
        """Args: the archive to ask, and the bot's memory."""
        self._archive = archive
        self._state = state

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add the handlers. Groups and channels are left alone: nobody asked the bot there."""
        private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
        question = private & filters.TEXT & ~filters.COMMAND
        application.add_handler(CommandHandler("start", self.start, private))
        application.add_handler(CommandHandler("help", self.help, private))
        application.add_handler(MessageHandler(question, self.question))
        application.add_handler(MessageHandler(private & filters.COMMAND, self.unknown_command))
        application.add_handler(
            MessageHandler(private & ~filters.TEXT & ~filters.StatusUpdate.ALL, self.other)
        )
        application.add_handler(CallbackQueryHandler(self.lift, f"^{LIFT}$"))
        application.add_handler(CallbackQueryHandler(self.button))

    async def start(self, update: Update, _context: _Context) -> None:
        """Say what the bot can do."""
        await _reply(update, Message(reader_texts(update).start))

    async def help(self, update: Update, _context: _Context) -> None:
        """Say how to ask and how to read an answer."""
        await _reply(update, Message(reader_texts(update).help))

    async def unknown_command(self, update: Update, _context: _Context) -> None:
        """Point to what there is."""
        await _reply(update, Message(reader_texts(update).unknown_command))

    async def other(self, update: Update, _context: _Context) -> None:
        """Ask for text instead of a picture, a voice, a sticker."""
        await _reply(update, Message(reader_texts(update).only_text))

    async def question(self, update: Update, context: _Context) -> None:
        """Answer a question with what the archive says."""
        assert update.effective_message is not None
        await self._answer(update, context, update.effective_message, None)

    async def lift(self, update: Update, context: _Context) -> None:
        """Ask the question that a restricted answer replied to again, of the whole archive."""
        query, card = update.callback_query, update.effective_message
        assert query is not None
        asked = card.reply_to_message if card else None
        if asked is None or not asked.text:
            await query.answer(reader_texts(update).question_gone)
            return
        await query.answer()
        await self._answer(update, context, asked, Restriction())

    async def _answer(
        self,
        update: Update,
        context: _Context,
        asked: TelegramMessage,
        restriction: Restriction | None,
    ) -> None:
        question = asked.text or ""
        texts = ARABIC if has_arabic(question) else reader_texts(update)
        answer = None
        async with typing(context.bot, asked.chat_id):
            try:
                answer = await self._archive.answer(question, restriction)
            except QuestionError:
                messages = [Message(texts.empty_question)]
            else:
                messages = answer_messages(answer, texts)
            await _reply(update, *messages, to=asked)
        if answer is not None:
            await self._state.asked(answer.outcome, answer.elapsed_ms)

    async def button(self, update: Update, _context: _Context) -> None:
        """Send what a button under a card points at."""
        query = update.callback_query
        assert query is not None
        texts = reader_texts(update)
        pointer = Pointer.parse(query.data or "")
        passage = None
        if pointer is not None:
            passage = await self._archive.passage(pointer.row, pointer.generation)
        if pointer is None or passage is None or update.effective_message is None:
            await query.answer(texts.outdated)
            return
        if await self._archive.is_withdrawn(pointer.row, pointer.generation):
            await query.answer(texts.withdrawn)
            return
        await query.answer()
        message = await self._pointed_at(pointer, passage, texts)
        if message is not None:
            await _reply(update, message)

    async def _pointed_at(
        self, pointer: Pointer, passage: StoredPassage, texts: Texts
    ) -> Message | None:
        if pointer.ask is Ask.OPEN:
            hit = await self._archive.hit(pointer.row, pointer.generation)
            return hit_message(hit, texts, pointer.generation) if hit else None
        if pointer.ask is Ask.ALSO:
            found, total = await self._archive.also_in(
                pointer.row, pointer.offset, pointer.generation
            )
            return also_message(found, total, pointer, texts) if found else None
        start, end = trimmed(passage)
        if start + pointer.offset >= end:
            return None
        return rest_message(passage.article, start + pointer.offset, end, pointer, texts)


def reader_texts(update: Update) -> Texts:
    """Return the texts in the language of the reader's Telegram."""
    user = update.effective_user
    return texts_for(user.language_code if user else None)


async def _reply(update: Update, *messages: Message, to: TelegramMessage | None = None) -> None:
    """Send messages to the chat; one that replies does so to `to`, if that is still there."""
    chat = update.effective_chat
    assert chat is not None
    for message in messages:
        replied = None
        if message.replies and to is not None:
            replied = ReplyParameters(to.message_id, allow_sending_without_reply=True)
        await chat.send_message(
            message.text,
            entities=message.entities,
            reply_markup=message.keyboard,
            reply_parameters=replied,
            disable_web_page_preview=True,
        )
