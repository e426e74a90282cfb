"""What becomes of a call that Telegram refuses for now, or that a broken connection loses."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from telegram.error import BadRequest, NetworkError, RetryAfter, TimedOut
from telegram.ext import BaseRateLimiter

_FLOOD_RETRIES = 5
_LONGEST_WAIT_SECONDS = 60.0  # whoever asked is no longer there
_CONNECTION_RETRIES = 3
_FIRST_PAUSE_SECONDS = 0.5

logger = logging.getLogger(__name__)


class RateLimiter(BaseRateLimiter[int]):
    """Waits where and as long as Telegram says, and sends again when a connection breaks.

    Only what goes to the same chat waits: a busy group must not hold up a reader. Nothing is slowed
    down before Telegram asks for it, since answers go one to a question, to chats of their own.

    A broken connection can have delivered the message, so a reader may see an answer twice; never
    not at all. A time-out is not tried again: there the message was delivered more often than not.
    """

    def __init__(self) -> None:
        self._free_at: dict[Any, float] = {}

    async def initialize(self) -> None:
        """Do nothing: there is nothing to begin."""

    async def shutdown(self) -> None:
        """Forget who is to be waited for."""
        self._free_at.clear()

    async def process_request(  # noqa: D102 - inherited
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,  # noqa: ARG002 - inherited
    ) -> Any:
        if endpoint == "sendChatAction":  # worth nothing later
            return await callback(*args, **kwargs)
        chat = data.get("chat_id")
        floods = breaks = 0
        while True:
            await self._wait(chat)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                floods += 1
                seconds = _seconds(error.retry_after)
                if floods > _FLOOD_RETRIES or seconds > _LONGEST_WAIT_SECONDS:
                    raise
                logger.info("%s: told to wait for %.0f seconds", endpoint, seconds)
                self._free_at[chat] = asyncio.get_running_loop().time() + seconds
            except (BadRequest, TimedOut):  # both are NetworkErrors to the library
                raise
            except NetworkError as error:
                breaks += 1
                if breaks > _CONNECTION_RETRIES:
                    raise
                logger.warning("%s: %s; trying again", endpoint, error)
                await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2 ** (breaks - 1))

    async def _wait(self, chat: Any) -> None:
        """Wait until a chat may be written to again."""
        seconds = self._free_at.get(chat, 0.0) - asyncio.get_running_loop().time()
        if seconds > 0:
            await asyncio.sleep(seconds)
            await self._wait(chat)  # it may have been told again meanwhile
        else:
            self._free_at.pop(chat, None)


def _seconds(wait: int | timedelta) -> float:
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
