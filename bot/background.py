"""Work that goes on after the update that began it was handled, until the bot ends it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from telegram import Update
from telegram.ext import Application

_Result = TypeVar("_Result")


class Background:
    """Tasks of one application, which `Application.stop` does not wait for, as it does for its own.

    What they wait for is ended first, and only then they are: an indexer runs for minutes.
    """

    def __init__(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Args: the application whose error handlers get what the tasks raise."""
        self._application = application
        self._tasks: set[asyncio.Task[Any]] = set()

    def begin(
        self, work: Coroutine[Any, Any, _Result], update: Update | None = None
    ) -> "asyncio.Task[_Result]":
        """Run some work; `update` is what asked for it."""
        task = asyncio.create_task(self._guarded(work, update))
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    async def ended(self) -> None:
        """Wait until all has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # is seen: the error handlers had it

    async def _guarded(self, work: Coroutine[Any, Any, _Result], update: Update | None) -> _Result:
        try:
            return await work
        except Exception as error:
            await self._application.process_error(update, error)
            raise
