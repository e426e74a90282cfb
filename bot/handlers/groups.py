"""Whether a group wants answers: its admins say."""

from typing import Any

from telegram import Update
from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest
from telegram.ext import Application, CommandHandler, ContextTypes, filters

from bot.composing import Message
from bot.handlers.replying import reader_texts, reply
from bot.state import State

_Context = ContextTypes.DEFAULT_TYPE

_ADMINS = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)


class Groups:
    """Handles what admins of groups write."""

    def __init__(self, state: State) -> None:
        """Args: the bot's memory."""
        self._state = state

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add the handlers."""
        group = filters.ChatType.GROUPS & filters.UpdateType.MESSAGE
        application.add_handler(CommandHandler("off", self.off, group))
        application.add_handler(CommandHandler("on", self.on, group))

    async def off(self, update: Update, context: _Context) -> None:
        """Fall silent in the group."""
        await self._set(update, context, silent=True)

    async def on(self, update: Update, context: _Context) -> None:
        """Answer in the group again."""
        await self._set(update, context, silent=False)

    async def _set(self, update: Update, context: _Context, *, silent: bool) -> None:
        texts, message = reader_texts(update, self._state), update.effective_message
        assert message is not None
        if not await _is_admin(update, context):
            await reply(update, Message(texts.group_admins_only), to=message)
            return
        await self._state.set_silent(message.chat_id, silent=silent)
        said = texts.group_silent if silent else texts.group_answers
        await reply(update, Message(said), to=message)


async def _is_admin(update: Update, context: _Context) -> bool:
    """Say whether an admin of the group wrote; one who is anonymous writes as the group."""
    message, user = update.effective_message, update.effective_user
    assert message is not None
    if message.sender_chat is not None:
        return message.sender_chat.id == message.chat_id
    if user is None:
        return False
    try:
        member = await context.bot.get_chat_member(message.chat_id, user.id)
    except BadRequest:  # who is no longer there
        return False
    return member.status in _ADMINS
