"""Handles updates, many at a time, each as a request of its own."""

import logging
from collections.abc import Awaitable
from typing import Any

from telegram import Update
from telegram.ext import SimpleUpdateProcessor

from bot.requests import handling

logger = logging.getLogger(__name__)


class RequestProcessor(SimpleUpdateProcessor):
    """Gives each update a request.

    Handlers run in the task of their update, so they and what they begin see its request.
    """

    __slots__ = ("_questions",)

    def __init__(self, concurrent: int, *, questions: bool) -> None:
        """Args: how many updates at a time, and whether to log what is written and by whom."""
        super().__init__(concurrent)
        self._questions = questions

    async def do_process_update(  # noqa: D102 - inherited
        self, update: object, coroutine: Awaitable[Any]
    ) -> None:
        if not isinstance(update, Update):
            await coroutine
            return
        with handling(() if self._questions else _texts(update), update.update_id):
            if self._questions and update.effective_user is not None:
                logger.info("user %d: %s", update.effective_user.id, _asked(update))
            await coroutine


def _asked(update: Update) -> str:
    """Return what the user wrote, or what the button stands for."""
    if update.callback_query is not None:
        return update.callback_query.data or ""
    message = update.effective_message
    return (message.text or message.caption or "") if message is not None else ""


def _texts(update: Update) -> list[str]:
    """Return all texts of an update; a button has the question where its card replies to it."""
    message = update.effective_message
    messages = [message, message.reply_to_message] if message is not None else []
    return [text for one in messages if one and (text := one.text or one.caption)]
