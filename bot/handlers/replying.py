"""Sending what was put together, wherever the question was asked."""

from telegram import CallbackQuery, ReplyParameters, Update
from telegram import Message as TelegramMessage
from telegram.constants import ChatType
from telegram.error import BadRequest, ChatMigrated

from bot.composing import Message
from bot.state import State
from bot.texts import ARABIC, Texts, has_arabic, texts_for


def reader_texts(update: Update, state: State | None = None) -> Texts:
    """Return the texts in the language that the reader chose, or that of their Telegram."""
    user = update.effective_user
    if user is None:
        return ARABIC
    chosen = state.languages.get(user.id) if state else None
    return texts_for(chosen or user.language_code)


def texts_of(question: str, update: Update, state: State) -> Texts:
    """Return the texts in which to answer a question: Arabic where it is, unless chosen."""
    user = update.effective_user
    if has_arabic(question) and not (user and user.id in state.languages):
        return ARABIC
    return reader_texts(update, state)


async def reply(update: Update, *messages: Message, to: TelegramMessage | None = None) -> None:
    """Send messages to the chat of an update, in its topic.

    In a group they reply to `to`, as does one anywhere that must; if that is still there.
    """
    chat, asked = update.effective_chat, update.effective_message
    assert chat is not None
    topic = asked.message_thread_id if asked and asked.is_topic_message else None
    for message in messages:
        replied = None
        if to is not None and (message.replies or chat.type != ChatType.PRIVATE):
            replied = ReplyParameters(to.message_id, allow_sending_without_reply=True)
        target = chat.id
        for _ in range(2):
            try:
                await chat.get_bot().send_message(
                    target,
                    message.text,
                    entities=message.entities,
                    reply_markup=message.keyboard,
                    reply_parameters=replied,
                    message_thread_id=topic,
                    disable_web_page_preview=True,
                )
            except ChatMigrated as error:  # a group that became a supergroup has another id
                target, replied = error.new_chat_id, None
            else:
                break


async def edit(update: Update, message: Message) -> bool:
    """Put a message in the place of the one whose button was pressed; say whether it could be.

    One that says the same already is left as it is.
    """
    query, shown = update.callback_query, update.effective_message
    assert query is not None
    if shown and (shown.text, shown.reply_markup) == (message.text, message.keyboard):
        return True
    try:
        await query.edit_message_text(
            message.text,
            entities=message.entities,
            reply_markup=message.keyboard,
            disable_web_page_preview=True,
        )
    except BadRequest as error:
        return "not modified" in error.message
    return True


async def say(query: CallbackQuery | None, text: str | None = None) -> None:
    """Answer the press of a button; one that waited too long for it can be answered no more."""
    assert query is not None
    try:
        await query.answer(text)
    except BadRequest as error:
        if "query is too old" not in error.message.lower():
            raise
