"""The application of the seeds, run in this process against the fake Bot API server."""

import pickle
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from conftest import SEEDS
from fakes import TOKEN, BotApi, User
from pydantic import SecretStr

from bot.application import ALLOWED_UPDATES, build_application
from bot.archive import Archive
from bot.engine import Engine
from bot.state import open_state
from bot.texts import Texts
from config.settings import Settings, TelegramSettings
from retrieval.documents import Answer, Coverage, Restriction
from retrieval.retriever import Retriever

WHO_CHAIRED_ROME = "من ترأس الاجتماع الوزاري للتحالف في روما؟"
HOW_MANY_MEMBERS = "كم عضوا في التحالف الدولي؟"
ADMIN_ID = 777
Result = TypeVar("Result")
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
    archive = Archive(Here(retriever))
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


async def reader_who_chose(api: BotApi, data: Path, texts: Texts) -> User:
    """Return a reader who has chosen a language, of a bot that is not running."""
    reader = api.user(language_code=texts.language)
    async with open_state(data) as state:
        await state.choose_language(reader.id, texts.language)
    return reader


class Here(Engine):
    """A retriever on threads of this process, for what needs no process of its own.

    Arguments and results are pickled all the same.
    """

    def __init__(self, retriever: Retriever) -> None:
        """Args: what is asked; it is left open."""
        self.retriever = retriever
        self.manifest = retriever.manifest
        self.coverage = retriever.coverage
        self.workers = 4
        self._executor = ThreadPoolExecutor(self.workers)

    def submit(self, work: Callable[..., Result], *arguments: Any) -> "Future[Result]":
        """Begin work on a thread."""
        return self._executor.submit(self._do, work, pickle.dumps(arguments))

    def withdraw(self, ids: Iterable[str]) -> "Future[Coverage]":
        """Leave out some articles."""
        self.retriever.withdraw(ids)
        return self.submit(_covered)

    def close(self, *, wait: bool = False) -> None:
        """End the threads."""
        self._executor.shutdown(wait=wait)

    def _do(self, work: Callable[..., Result], pickled: bytes) -> Result:
        arguments = pickle.loads(pickled)  # noqa: S301 - our own
        result: Result = pickle.loads(pickle.dumps(work(self.retriever, *arguments)))  # noqa: S301
        return result


def _covered(served: Retriever) -> Coverage:
    return served.coverage


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
