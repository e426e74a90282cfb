"""How fast the bot talks to Telegram, and how often it tries again."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from telegram.error import BadRequest, NetworkError, TimedOut
from telegram.ext import AIORateLimiter

_FLOOD_RETRIES = 5
_CONNECTION_RETRIES = 3
_FIRST_PAUSE_SECONDS = 0.5

logger = logging.getLogger(__name__)


class RateLimiter(AIORateLimiter):
    """Telegram's limits, kept; waits when told to, and sends again when a connection breaks.

    A broken connection can have delivered the message, so a reader may see an answer twice; never
    not at all. A time-out is not tried again: there the message was delivered more often than not.
    The typing action counts against no limit of ours, since an answer must never wait for it.
    """

    def __init__(self) -> None:
        super().__init__(max_retries=_FLOOD_RETRIES)

    async def process_request(  # noqa: D102 - inherited
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        if endpoint == "sendChatAction":
            return await callback(*args, **kwargs)
        for attempt in range(_CONNECTION_RETRIES):
            try:
                return await super().process_request(
                    callback, args, kwargs, endpoint, data, rate_limit_args
                )
            except (BadRequest, TimedOut):  # both are NetworkErrors to the library
                raise
            except NetworkError as error:
                logger.warning("%s: %s; trying again", endpoint, error)
                await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)
        return await super().process_request(
            callback, args, kwargs, endpoint, data, rate_limit_args
        )
