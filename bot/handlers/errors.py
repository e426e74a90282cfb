"""The one place where what nobody foresaw ends: the log gets the traceback, the reader an id."""

import logging
import secrets

from telegram import Update
from telegram.error import Forbidden, TelegramError
from telegram.ext import ContextTypes

from bot.handlers.replying import reader_texts

logger = logging.getLogger(__name__)


async def on_error(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Log an error under an id and apologise with that id, once and briefly.

    Whoever blocked the bot, or put it out of a group, is gone: there is nobody to apologise to.
    """
    if isinstance(context.error, Forbidden):
        logger.info("not sent: %s", context.error.message)
        return
    fault = secrets.token_hex(4)
    logger.error("fault %s", fault, exc_info=context.error)
    if not isinstance(update, Update) or update.effective_chat is None:
        return
    try:
        await update.effective_chat.send_message(reader_texts(update).apology.format(id=fault))
    except TelegramError as error:
        logger.warning("fault %s: the apology could not be sent: %s", fault, error)
