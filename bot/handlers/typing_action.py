"""The "typing" that a reader sees while the bot works."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from telegram import Chat
from telegram.constants import ChatAction
from telegram.error import TelegramError

_SHOWN_SECONDS = 4.0  # Telegram shows it for five

logger = logging.getLogger(__name__)


@asynccontextmanager
async def typing(chat: Chat) -> AsyncIterator[None]:
    """Show "typing" in a chat for as long as the block runs; that it fails never matters."""
    done = asyncio.Event()
    task = asyncio.create_task(_show(chat, done))
    try:
        yield
    finally:
        done.set()
        await task


async def _show(chat: Chat, done: asyncio.Event) -> None:
    while not done.is_set():
        try:
            # No retries: an answer must not wait until Telegram takes a mere sign of it.
            await chat.send_action(ChatAction.TYPING, rate_limit_args=0)
        except TelegramError as error:
            logger.debug("typing is not shown: %s", error)
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), _SHOWN_SECONDS)
