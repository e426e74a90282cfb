"""The archive as the bot's event loop sees it: questions run on threads, never on the loop."""

import asyncio
import contextvars
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from bot.metrics import Metrics
from retrieval.documents import AlsoIn, Answer, Hit, Restriction
from retrieval.retriever import Retriever
from retrieval.store import StoredPassage

_THREADS = 4
_LOOK_SECONDS = 2.0
_WARMING = "ماذا قال الرئيس؟"  # reads in what the first question would wait for

_Result = TypeVar("_Result")

logger = logging.getLogger(__name__)


def _never(_generation: str) -> Retriever | None:
    return None


@dataclass(slots=True)
class _Served:
    """A retriever, since when it is served, and how many questions are in flight in it."""

    retriever: Retriever
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    questions: int = 0
    retired: bool = False


class Archive:
    """Asks a retriever without holding up the event loop.

    When another generation is published, questions in flight end in the one they began in, and the
    next ones are asked of the new one: no answer is made of two.
    """

    def __init__(
        self, retriever: Retriever, newer: Callable[[str], Retriever | None] = _never
    ) -> None:
        """Args: what to ask, safe to share between threads, and how to find a newer one.

        `newer` gets the name of the generation that is served, and opens the current one unless it
        is that.
        """
        self._served = _Served(retriever)
        self._newer = newer
        self._swapping = asyncio.Lock()
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="archive")
        self.metrics = Metrics()
        self.metrics.watch(lambda: self.retriever.coverage)

    @property
    def retriever(self) -> Retriever:
        """The retriever that is being served now."""
        return self._served.retriever

    @property
    def generation(self) -> str:
        """The generation that is being served."""
        return self.retriever.coverage.generation

    @property
    def since(self) -> datetime:
        """When it began to be served."""
        return self._served.since

    async def answer(self, question: str, restriction: Restriction | None = None) -> Answer:
        """Answer a question, from what it restricts itself to if no restriction is given.

        Raises:
            QuestionError: If the question has no word in it.
        """
        with self.metrics.question():
            answer = await self.run(lambda served: served.answer(question, restriction=restriction))
        self.metrics.answered(answer.outcome)
        told = {"outcome": answer.outcome, "ms": round(answer.elapsed_ms), "hits": len(answer.hits)}
        logger.info("%(outcome)s in %(ms)d ms, %(hits)d hits", told, extra=told)
        return answer

    async def probe(self) -> None:
        """Answer a question that nobody asked, to see whether it can be done; it is not counted."""
        await self.run(lambda served: served.answer(_WARMING))

    async def passage(self, row: int, generation: str) -> StoredPassage | None:
        """Return a passage of a generation, if that is being served and has the row."""

        def find(served: Retriever) -> StoredPassage | None:
            same = served.coverage.generation == generation
            return served.passages([row]).get(row) if same else None

        return await self.run(find)

    async def is_withdrawn(self, row: int, generation: str) -> bool:
        """Say whether the article of a passage was withdrawn, if its generation is being served."""

        def look(served: Retriever) -> bool:
            return served.coverage.generation == generation and served.is_withdrawn(row)

        return await self.run(look)

    async def hit(self, row: int, generation: str) -> Hit | None:
        """Return a passage of a generation as a hit of its own, if that is being served."""

        def find(served: Retriever) -> Hit | None:
            return served.hit(row) if served.coverage.generation == generation else None

        return await self.run(find)

    async def also_in(self, row: int, start: int, generation: str) -> tuple[list[AlsoIn], int]:
        """Return other articles that have a passage too, from number `start` on, and how many.

        None of them, and 0, where another generation is being served.
        """

        def find(served: Retriever) -> tuple[list[AlsoIn], int]:
            same = served.coverage.generation == generation
            return served.also_in(row, start) if same else ([], 0)

        return await self.run(find)

    async def run(self, work: Callable[[Retriever], _Result]) -> _Result:
        """Do some work on a thread with the retriever that is being served when it begins."""
        served = self._served
        served.questions += 1
        try:
            return await self._on_thread(lambda: work(served.retriever))
        finally:
            served.questions -= 1
            await self._close_if_done(served)

    async def refresh(self) -> bool:
        """Serve the current generation, if that is another one; say whether it is.

        Raises:
            IsnadError: If it cannot be opened; the one before goes on being served.
        """
        async with self._swapping:
            retriever = await self._on_thread(lambda: self._opened(self.generation))
            if retriever is None:
                return False
            before, self._served = self._served, _Served(retriever)
            before.retired = True
            logger.info("serving generation %s", self.generation)
            await self._close_if_done(before)
            return True

    async def withdraw(self, ids: Iterable[str]) -> None:
        """Leave out the articles with these ids, and no others, from the next question on.

        Waits for a swap that is under way, whose retriever may have been opened without them.
        """
        async with self._swapping:
            await self.run(lambda served: served.withdraw(ids))

    async def keep_fresh(self) -> None:
        """Look for a newer generation every two seconds, whoever publishes it, for ever."""
        failed = ""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.refresh()
                failed = ""
            except Exception as error:  # noqa: BLE001 - whatever it is, the watch must go on
                if str(error) != failed:  # once: it is tried again and again
                    logger.warning("the new generation cannot be served: %s", error)
                failed = str(error)

    def close(self) -> None:
        """End the threads, once what they are doing is done."""
        self._executor.shutdown()

    def _opened(self, generation: str) -> Retriever | None:
        retriever = self._newer(generation)
        if retriever is not None:
            try:
                retriever.answer(_WARMING)
            except Exception:
                retriever.close()
                raise
        return retriever

    async def _close_if_done(self, served: _Served) -> None:
        if served.retired and not served.questions:
            served.retired = False  # once
            await self._on_thread(served.retriever.close)

    async def _on_thread(self, work: Callable[[], _Result]) -> _Result:
        context = contextvars.copy_context()  # what is logged on the thread has its request, too
        with self.metrics.waiting() as begun:

            def do() -> _Result:
                begun()
                return context.run(work)

            return await asyncio.get_running_loop().run_in_executor(self._executor, do)
