"""One of the processes that are the bot, where updates are posted: it handles what it is handed."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

from aiohttp import web
from telegram import Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application

from retrieval.processes import end_with_parent

_LARGEST_UPDATE = 1 << 22  # bytes
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0

logger = logging.getLogger(__name__)

BotApplication = Application[Any, Any, Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """One of several processes of the bot; `folder` has the sockets by which they meet."""

    folder: Path
    number: int

    api_url: ClassVar[str] = "http://front"  # whatever it says, the call goes by the socket

    @property
    def leads(self) -> bool:
        """Whether it tells Telegram what is told once for all."""
        return self.number == 0

    @property
    def handed(self) -> Path:
        """The socket that updates come in by."""
        return self.folder / f"member-{self.number}"

    @property
    def calls(self) -> Path:
        """The socket of who calls the Bot API for it."""
        return self.folder / "front"


def obey_front() -> None:
    """Leave the signals of a terminal to the process in front, and end at once if that does."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Thread(target=end_with_parent, daemon=True).start()


def serve(application: BotApplication, member: Member) -> None:
    """Run the application until SIGTERM, and handle each update that comes in by the socket."""
    asyncio.run(_serve(application, member.handed))


async def _serve(application: BotApplication, handed: Path) -> None:
    serving = asyncio.current_task()
    assert serving is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    try:
        async with AsyncExitStack() as ending:
            if application.post_shutdown is not None:
                ending.push_async_callback(application.post_shutdown, application)
            ending.push_async_callback(application.shutdown)
            await patiently(application.initialize)
            if application.post_init is not None:
                await application.post_init(application)
            await application.start()
            ending.push_async_callback(_stop, application)
            await _listen(application, handed, ending)
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        logger.info("told to end")


async def patiently(call: Callable[[], Awaitable[Any]]) -> None:
    """Make a call of the Bot API until it succeeds.

    Raises:
        InvalidToken: If Telegram does not know the bot: that will not change.
    """
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            await call()
        except InvalidToken:
            raise
        except TelegramError as error:
            logger.warning("Telegram cannot be reached yet: %s", error)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, 2 * pause)
        else:
            return


async def _stop(application: BotApplication) -> None:
    await application.stop()
    if application.post_stop is not None:
        await application.post_stop(application)


async def _listen(application: BotApplication, handed: Path, ending: AsyncExitStack) -> None:
    """Handle what is handed over; whoever hands it over waits until it is handled."""

    async def handle(request: web.Request) -> web.Response:
        update = Update.de_json(await request.json(), application.bot)
        await application.update_processor.process_update(
            update, application.process_update(update)
        )
        return web.Response()

    served = web.Application(client_max_size=_LARGEST_UPDATE)
    served.router.add_post("/", handle)
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    ending.push_async_callback(runner.cleanup)
    # It is there only when it answers.
    unready = handed.with_suffix(".new")
    await web.UnixSite(runner, str(unready)).start()
    unready.rename(handed)
