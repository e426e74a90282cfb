"""Questions, wherever they are asked: in private, in groups, by a button."""

from typing import Any

from telegram import Message as TelegramMessage
from telegram import MessageEntity, Update
from telegram.constants import ChatType
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.access import Access
from bot.archive import Archive
from bot.cards import LIFT, answer_messages
from bot.composing import Message
from bot.examples import examples
from bot.handlers.replying import reader_texts, reply, say, texts_of
from bot.handlers.typing_action import typing
from bot.keyboards import EXAMPLE, example_buttons
from bot.paging import FoundAnswer, Turn, group_card
from bot.shelf import GoneError, Shelf
from bot.state import State
from bot.texts import Texts
from retrieval.documents import Answer, Restriction
from retrieval.errors import QuestionError

_Context = ContextTypes.DEFAULT_TYPE

_EXAMPLES = 3
SHARED = "a"
"""What the number of an answer begins with in a link to it."""


class Answering:
    """Handles what readers ask."""

    def __init__(self, archive: Archive, shelf: Shelf, state: State, access: Access) -> None:
        """Args: the archive to ask, the answers that are kept, the memory, and who may ask."""
        self._archive = archive
        self._shelf = shelf
        self._state = state
        self._access = access

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add the handlers; what bots write and what was sent by way of a bot is no question."""
        written = filters.UpdateType.MESSAGE & ~filters.VIA_BOT & _BY_PEOPLE
        private = filters.ChatType.PRIVATE & written
        question = private & filters.TEXT & ~filters.COMMAND
        in_group = filters.ChatType.GROUPS & written & filters.TEXT & ~filters.COMMAND
        application.add_handler(CommandHandler("start", self.start, private))
        application.add_handler(CommandHandler("help", self.help, private))
        application.add_handler(CommandHandler("ask", self.ask, written))
        application.add_handler(MessageHandler(question, self.question))
        application.add_handler(MessageHandler(in_group, self.mentioned))
        application.add_handler(MessageHandler(private & filters.COMMAND, self.unknown_command))
        application.add_handler(
            MessageHandler(private & ~filters.TEXT & ~filters.StatusUpdate.ALL, self.other)
        )
        application.add_handler(CallbackQueryHandler(self.lift, f"^{LIFT}$"))
        application.add_handler(CallbackQueryHandler(self.example, f"^{EXAMPLE}:"))

    async def start(self, update: Update, context: _Context) -> None:
        """Say what the bot can do, with examples; or show an answer that a group was given."""
        texts = reader_texts(update, self._state)
        shared = (context.args or [""])[0].removeprefix(SHARED)
        if shared.isascii() and shared.isdigit():
            try:
                message = await self._shelf.page(Turn(int(shared[:19]), 0), texts)
            except GoneError as error:
                message = Message(str(error))
            await reply(update, message)
            return
        await reply(update, Message(texts.start, keyboard=await self._examples()))

    async def help(self, update: Update, _context: _Context) -> None:
        """Say how to ask and how to read an answer."""
        await reply(update, Message(reader_texts(update, self._state).help))

    async def unknown_command(self, update: Update, _context: _Context) -> None:
        """Point to what there is."""
        await reply(update, Message(reader_texts(update, self._state).unknown_command))

    async def other(self, update: Update, _context: _Context) -> None:
        """Ask for text instead of a picture, a voice, a sticker."""
        await reply(update, Message(reader_texts(update, self._state).only_text))

    async def question(self, update: Update, context: _Context) -> None:
        """Answer a question with what the archive says."""
        message = update.effective_message
        assert message is not None
        await self._answer(update, context, message, message.text or "")

    async def ask(self, update: Update, context: _Context) -> None:
        """Answer what is written after the command."""
        message = update.effective_message
        assert message is not None
        question = " ".join(context.args or ())
        if self._is_silent(message):
            return
        if not question:
            await reply(
                update, Message(reader_texts(update, self._state).question_help), to=message
            )
            return
        await self._answer(update, context, message, question)

    async def mentioned(self, update: Update, context: _Context) -> None:
        """Answer in a group, if the bot is mentioned or replied to there."""
        message = update.effective_message
        assert message is not None
        question = addressed(message, context.bot.id, context.bot.username)
        if question is None or self._is_silent(message):
            return
        if not question:
            await reply(update, Message(reader_texts(update, self._state).no_topic), to=message)
            return
        await self._answer(update, context, message, question)

    async def example(self, update: Update, context: _Context) -> None:
        """Ask what the button says that was pressed."""
        query, card = update.callback_query, update.effective_message
        assert query is not None
        await say(update.callback_query)
        rows = card.reply_markup.inline_keyboard if card and card.reply_markup else ()
        pressed = [button for row in rows for button in row if button.callback_data == query.data]
        if card is not None and pressed:
            await self._answer(update, context, card, pressed[0].text)

    async def lift(self, update: Update, context: _Context) -> None:
        """Ask the question that a restricted answer replied to again, of the whole archive."""
        query, card = update.callback_query, update.effective_message
        assert query is not None
        asked = card.reply_to_message if card else None
        question = question_of(asked, context.bot.id, context.bot.username) if asked else ""
        if asked is None or not question:
            await say(update.callback_query, reader_texts(update, self._state).question_gone)
            return
        await say(update.callback_query)
        await self._answer(update, context, asked, question, Restriction())

    async def _answer(
        self,
        update: Update,
        context: _Context,
        asked: TelegramMessage,
        question: str,
        restriction: Restriction | None = None,
    ) -> None:
        texts = texts_of(question, update, self._state)
        refused = self._refused(update, asked, texts)
        if refused is not None:
            await reply(update, refused, to=asked)
            return
        answer = None
        async with typing(context.bot, asked.chat_id):
            try:
                answer = await self._archive.answer(question, restriction)
            except QuestionError:
                message = Message(texts.empty_question)
            else:
                message = await self._message(answer, asked, texts, context.bot.username)
            await reply(update, message, to=asked)
        if answer is not None:
            await self._state.asked(answer.outcome, answer.elapsed_ms)

    def _refused(self, update: Update, asked: TelegramMessage, texts: Texts) -> Message | None:
        """Return what to say instead of an answer, to who may not ask or asks too often."""
        user = update.effective_user.id if update.effective_user else asked.chat_id
        if not self._access.admits(user, asked.chat_id):
            return Message(texts.not_admitted)
        wait = self._access.wait(user, asked.chat_id)
        return Message(texts.too_many.format(seconds=round(wait) or 1)) if wait else None

    async def _message(
        self, answer: Answer, asked: TelegramMessage, texts: Texts, username: str
    ) -> Message:
        if not answer.hits:
            (message,) = answer_messages(answer, texts)
            if asked.chat.type != ChatType.PRIVATE or message.keyboard is not None:
                return message
            offered = await self._examples()
            text = f"{message.text}\n\n{texts.examples}" if offered else message.text
            return Message(text, message.entities, offered)
        found, best = FoundAnswer.of(answer), answer.hits[0]
        if asked.chat.type == ChatType.PRIVATE:
            return await self._shelf.first(found, best, answer.coverage, answer.question, texts)
        number = await self._shelf.keep(found, answer.question)
        link = f"https://t.me/{username}?start={SHARED}{number}"
        return group_card(found, best, answer.coverage, texts, link)

    async def _examples(self) -> Any:
        corpus = self._shelf.corpus
        found = await self._archive.run(examples, corpus, _EXAMPLES)
        return example_buttons(found)

    def _is_silent(self, message: TelegramMessage) -> bool:
        return message.chat_id in self._state.silent


def addressed(message: TelegramMessage, bot_id: int, username: str) -> str | None:
    """Return what a message in a group asks the bot, without its name; None if it does not ask it.

    It does where it mentions the bot, and where it replies to what the bot wrote.
    """
    text = message.text or ""
    named = False
    mentions = message.parse_entities([MessageEntity.MENTION, MessageEntity.TEXT_MENTION])
    for entity, mention in mentions.items():
        user = entity.user
        if (user and user.id == bot_id) or mention.lower() == f"@{username.lower()}":
            named = True
            text = text.replace(mention, " ", 1)
    replied = message.reply_to_message
    to_bot = (
        replied is not None
        and replied.from_user is not None
        and replied.from_user.id == bot_id
        and replied.forum_topic_created is None
    )
    return text.strip() if named or to_bot else None


def question_of(message: TelegramMessage, bot_id: int, username: str) -> str:
    """Return what a message that was answered asked, without its command or the bot's name."""
    text = message.text or ""
    if text.startswith("/"):
        return text.partition(" ")[2].strip()
    return addressed(message, bot_id, username) or text


class _ByPeople(filters.MessageFilter):
    """Messages of people; those of a group's anonymous admins come from a bot of Telegram's."""

    def filter(self, message: TelegramMessage) -> bool:
        """Say whether a person wrote it."""
        if message.is_automatic_forward:
            return False
        if message.sender_chat is not None:
            return message.sender_chat.id == message.chat_id
        return message.from_user is not None and not message.from_user.is_bot


_BY_PEOPLE = _ByPeople()
