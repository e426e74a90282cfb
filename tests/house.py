"""A bot over a fake Bot API server: with a corpus of its own, or as a process of its own."""

import asyncio
import os
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from conftest import ROOT, SEEDS
from fakes import TOKEN, BotApi, StoredMessage, User
from pydantic import SecretStr

from bot.admin_texts import ENGLISH as ADMIN
from bot.application import ALLOWED_UPDATES, build_application
from bot.archive import Archive
from bot.engine import ProcessEngine
from bot.reloading import INDEX, Reloader
from config.settings import Settings, TelegramSettings
from retrieval.encoder import BUNDLED
from retrieval.opening import open_afresh
from retrieval.publishing import current

ADMIN_ID = 777
WAIT = 60.0  # an indexer starts, builds and verifies twice
_INDEX = INDEX[: INDEX.index("--nice")]  # or it would wait for all other tests


@dataclass
class House:
    """A bot that answers from a corpus of its own."""

    api: BotApi
    admin: User
    reader: User
    corpus: Path
    data: Path
    archive: Archive

    async def ended(self, message: StoredMessage) -> str:
        """Wait until a message of progress tells the end, and return it."""
        begun = re.compile(re.escape(ADMIN.reload_begins) + "|Reloading the archive:")
        await self.api.wait_until(lambda: not begun.match(message.text), timeout=WAIT)
        return message.text


def write(corpus: Path, name: str, text: str) -> None:
    (corpus / f"{name}.txt").write_text(text, encoding="utf-8")


def story(subject: str) -> str:
    return f"خبر عن {subject}\n\nتحدث الخبراء عن {subject} طويلا وقالوا إن العدد بلغ 20 حالة أمس."


@asynccontextmanager
async def house(
    built: Path, tmp_path: Path, *command: str, corpus: str = "corpus"
) -> AsyncIterator[House]:
    """Run a bot with a copy of what is under `built`: `var`, and `corpus` as its corpus."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    articles, data = tmp_path / corpus, tmp_path / "var"

    def opened() -> ProcessEngine:
        return ProcessEngine(partial(open_afresh, data, [articles], BUNDLED))

    def newer(generation: str) -> ProcessEngine | None:
        return None if current(data) == generation else opened()

    archive = Archive(opened(), newer)
    environment = {"ISNAD_CORPUS": str(articles), "ISNAD_DATA": str(data)}
    async with BotApi() as api:
        settings = Settings(
            telegram=TelegramSettings(
                token=SecretStr(TOKEN),
                api_url=api.base_url[: -len("/bot")],
                admins=(ADMIN_ID,),
            ),
            corpus=articles,
            data=data,
        )
        reloader = Reloader(command or _INDEX, environment)
        application = build_application(settings, archive, reloader)
        async with application:
            assert application.post_init is not None
            assert application.post_stop is not None
            await application.post_init(application)
            await application.start()
            assert application.updater is not None
            await application.updater.start_polling(allowed_updates=ALLOWED_UPDATES)
            admin = api.user(ADMIN_ID, language_code="en")
            reader = api.user(language_code="en")
            try:
                yield House(api, admin, reader, articles, data, archive)
            finally:
                await application.updater.stop()
                await application.stop()
                await application.post_stop(application)
                archive.close()
        assert api.violations == []


@asynccontextmanager
async def program(
    api: BotApi, data: Path, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the bot as a process, over the seeds, with more in its environment."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        cwd=ROOT,
        env={
            **os.environ,
            "ISNAD_TELEGRAM__TOKEN": TOKEN,
            "ISNAD_TELEGRAM__API_URL": api.base_url[: -len("/bot")],
            "ISNAD_DATA": str(data),
            "ISNAD_CORPUS": str(SEEDS),
            **environment,
        },
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
