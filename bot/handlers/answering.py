"""Questions and the buttons under answers."""

from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.archive import Archive
from bot.cards import Message, Rest, answer_messages, rest_message
from bot.handlers.typing_action import typing
from bot.texts import ARABIC, Texts, has_arabic, texts_for
from retrieval.errors import QuestionError
from retrieval.retriever import trimmed

_Context = ContextTypes.DEFAULT_TYPE


class Answering:
    """Handles what readers write."""

    def __init__(self, archive: Archive) -> None:
        """Args: the archive to ask."""
        self._archive = archive

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
        assert update.effective_chat is not None
        question = _text(update)
        texts = ARABIC if has_arabic(question) else reader_texts(update)
        async with typing(context.bot, update.effective_chat.id):
            try:
                answer = await self._archive.answer(question)
            except QuestionError:
                messages = [Message(texts.empty_question)]
            else:
                messages = answer_messages(answer, texts)
            await _reply(update, *messages)

    async def button(self, update: Update, _context: _Context) -> None:
        """Send the rest of a passage that was cut."""
        query = update.callback_query
        assert query is not None
        texts = reader_texts(update)
        rest = Rest.parse(query.data or "")
        passage = None
        if rest is not None and rest.generation == self._archive.generation:
            passage = await self._archive.passage(rest.row)
        if rest is None or passage is None or update.effective_message is None:
            await query.answer(texts.outdated)
            return
        start, end = trimmed(passage)
        await query.answer()
        if start + rest.offset < end:
            message = rest_message(passage.article, start + rest.offset, end, rest, texts)
            await _reply(update, message)


def reader_texts(update: Update) -> Texts:
    """Return the texts in the language of the reader's Telegram."""
    user = update.effective_user
    return texts_for(user.language_code if user else None)


def _text(update: Update) -> str:
    message = update.effective_message
    return (message.text or "") if message else ""


async def _reply(update: Update, *messages: Message) -> None:
    chat = update.effective_chat
    assert chat is not None
    for message in messages:
        await chat.send_message(
            message.text,
            entities=message.entities,
            reply_markup=message.keyboard,
            disable_web_page_preview=True,
        )
