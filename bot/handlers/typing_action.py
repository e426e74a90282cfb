"""The "typing" that a reader sees while the bot works."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from telegram.constants import ChatAction
from telegram.error import TelegramError
from telegram.ext import ExtBot

_PATIENCE_SECONDS = 0.5  # most answers are there before: a call to Telegram less for each
_SHOWN_SECONDS = 4.0  # Telegram shows it for five

logger = logging.getLogger(__name__)


@asynccontextmanager
async def typing(bot: ExtBot[Any], chat_id: int) -> AsyncIterator[None]:
    """Show "typing" in a chat while the block takes its time; that it fails never matters."""
    done = asyncio.Event()
    task = asyncio.create_task(_show(bot, chat_id, done))
    try:
        yield
    finally:
        done.set()
        await task


async def _show(bot: ExtBot[Any], chat_id: int, done: asyncio.Event) -> None:
    pause = _PATIENCE_SECONDS
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), pause)
            return
        pause = _SHOWN_SECONDS
        try:
            await bot.send_chat_action(chat_id, ChatAction.TYPING)
        except TelegramError as error:
            logger.debug("typing is not shown: %s", error)
