"""The processes that are the bot, where Telegram posts updates: started, watched, ended.

This one is in front (see `bot.front`), and opens nothing but sockets. The others are whole bots:
they share what is remembered, in SQLite, and the generation that is served, and each has processes
of its own that answer. What is written in a chat goes to the same one as long as that lives, so
that its order is kept and limits hold; what admins write goes to the first, which reloads.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.front import Front
from bot.member import Member, obey_front, serve
from bot.starting import log_as_set, open_archive, refusals_told
from bot.webhook import Webhook
from config.settings import ConfigurationError, Settings
from retrieval.errors import IsnadError
from retrieval.processes import CONTEXT

_LOOK_SECONDS = 0.05
_FIRST_PAUSE_SECONDS = 0.2  # before one that ended is replaced; twice as long each time
_LONGEST_PAUSE_SECONDS = 30.0
_LIVED_SECONDS = 60.0  # long enough to begin with the first pause again

logger = logging.getLogger(__name__)


class _StartError(Exception):
    """A process that could not begin, and has said why."""


def run(settings: Settings, listening: socket.socket) -> None:
    """Be in front of as many processes as the settings say, until SIGTERM.

    Exits with code 1 if one cannot begin, which has said why.
    """
    # Not under ISNAD_DATA: the path of a socket has a hundred letters at most.
    with TemporaryDirectory(prefix="isnad-") as folder:
        begun = asyncio.run(_run(settings, listening, Path(folder)))
    if not begun:
        sys.exit(1)


async def _run(settings: Settings, listening: socket.socket, folder: Path) -> bool:
    """Return whether every process could begin."""
    webhook = Webhook.of(settings)
    assert webhook is not None
    crew = _Crew(settings, folder)
    front = Front(webhook, settings.telegram.api_url, crew.choose)
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    loop.add_signal_handler(signal.SIGHUP, crew.reload)
    await front.start(listening, Member(folder, 0).calls)
    working = asyncio.create_task(crew.work())
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        await front.stop()
    finally:
        waiting.cancel()
        await crew.end()
        begun = await working
        await front.close()
    return begun


class _Crew:
    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._members = [Member(folder, number) for number in range(settings.webhook.workers)]
        self._processes: dict[int, BaseProcess] = {}
        self._ending = asyncio.Event()

    def choose(self, update: Mapping[str, Any], tried: int) -> Path | None:
        """Return the socket of who is to handle an update; see `bot.front`."""
        chat, user = _from(update)
        first = tried + (0 if user in self._settings.telegram.admins else chat)
        for number in range(len(self._members)):
            member = self._members[(first + number) % len(self._members)]
            if member.handed.exists():
                return member.handed
        return None

    def reload(self) -> None:
        """Have the first one reload, if it can by now."""
        if self._members[0].handed.exists():
            self._signal(0, signal.SIGHUP)

    async def work(self) -> bool:
        """Keep all processes running; the first begins before the others, and indexes.

        Returns:
            False if one cannot begin, True once they are told to end.
        """
        begun = True
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep(self._members[0]))
                while not (self._members[0].handed.exists() or self._ending.is_set()):  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_SECONDS)
                for member in self._members[1:]:
                    group.create_task(self._keep(member))
        except* _StartError:
            begun = False
        return begun

    async def end(self) -> None:
        """End every process, and wait for it."""
        self._ending.set()
        for number in self._processes:
            self._signal(number, signal.SIGTERM)
        for process in self._processes.values():
            await _ended(process)

    async def _keep(self, member: Member) -> None:
        began, pause = False, _FIRST_PAUSE_SECONDS
        while not self._ending.is_set():
            index = member.leads and not began
            process = CONTEXT.Process(target=_work, args=(self._settings, member, index))
            process.start()
            self._processes[member.number] = process
            logger.info("process %d of the bot begins: pid %d", member.number, process.pid)
            started = time.monotonic()
            await _ended(process)
            began |= member.handed.exists()
            member.handed.unlink(missing_ok=True)
            if self._ending.is_set():
                return
            if process.exitcode == 1 and not began:
                raise _StartError
            logger.error("process %d of the bot ended (%s)", member.number, process.exitcode)
            if time.monotonic() - started > _LIVED_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)
            pause = min(_LONGEST_PAUSE_SECONDS, 2 * pause)

    def _signal(self, number: int, what: signal.Signals) -> None:
        process = self._processes[number]
        if process.pid is not None and process.is_alive():
            with suppress(ProcessLookupError):
                os.kill(process.pid, what)


async def _ended(process: BaseProcess) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    sentinel = os.dup(process.sentinel)  # others may wait for the same process
    loop.add_reader(sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(sentinel)
        os.close(sentinel)
    process.join()


def _from(update: Mapping[str, Any]) -> tuple[int, int]:
    """Return the ids of an update's chat and user; the user's for both where it has no chat."""
    for what in update.values():
        if isinstance(what, Mapping) and isinstance(what.get("from"), Mapping):
            user = int(what["from"].get("id", 0))
            message = what if "chat" in what else what.get("message", {})
            return int(message.get("chat", {}).get("id", user)), user
    return 0, 0


def _work(settings: Settings, member: Member, index: bool) -> None:  # noqa: FBT001 - of a process
    """Be one of the processes."""
    from bot.application import build_application  # which the process in front does without

    obey_front()
    log_as_set(settings)
    try:
        archive = open_archive(settings, index=index)
        try:
            with refusals_told(settings):
                serve(build_application(settings, archive, member=member), member)
        finally:
            archive.close()
    except (IsnadError, ConfigurationError) as error:
        sys.exit(f"isnad: {error}")
