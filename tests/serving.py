"""The application of the seeds, run in this process against the fake Bot API server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from conftest import SEEDS
from fakes import TOKEN, BotApi
from pydantic import SecretStr

from bot.application import ALLOWED_UPDATES, build_application
from bot.archive import Archive
from config.settings import Settings, TelegramSettings
from retrieval.documents import Answer, Restriction
from retrieval.retriever import Retriever

WHO_CHAIRED_ROME = "من ترأس الاجتماع الوزاري للتحالف في روما؟"
HOW_MANY_MEMBERS = "كم عضوا في التحالف الدولي؟"
ADMIN_ID = 777
MEMBERS = "يُذكر أنّ التحالف تأسس في العام 2014"


@asynccontextmanager
async def running(
    api: BotApi, retriever: Retriever, data: Path | None = None, **options: Any
) -> AsyncIterator[Archive]:
    """Run the application in this process, polling the fake server.

    Its memory is under `data`, or gone at the end; `options` are further settings.
    """
    if data is None:
        with TemporaryDirectory() as folder:
            async with running(api, retriever, Path(folder), **options) as archive:
                yield archive
        return
    telegram = TelegramSettings(
        token=SecretStr(TOKEN), api_url=api.base_url[: -len("/bot")], admins=(ADMIN_ID,)
    )
    settings = Settings(telegram=telegram, corpus=SEEDS, data=data, **options)
    archive = Archive(retriever)
    application = build_application(settings, archive)
    async with application:
        if application.post_init:
            await application.post_init(application)
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(allowed_updates=ALLOWED_UPDATES)
        try:
            yield archive
        finally:
            await application.updater.stop()
            await application.stop()
            assert application.post_stop is not None
            await application.post_stop(application)
            archive.close()


class Broken(Retriever):
    """A retriever with a fault of the kind nobody foresaw."""

    def answer(
        self,
        question: str,
        top_k: int = 3,
        restriction: Restriction | None = None,
        today: date | None = None,
    ) -> Answer:
        raise RuntimeError(f"fault with {TOKEN}, {len(question)}, {top_k}, {restriction}, {today}")
