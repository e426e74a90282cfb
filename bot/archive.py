"""The archive as the bot's event loop sees it: work is done elsewhere, never on the loop."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar, TypeVarTuple

from bot.engine import WARMING, Engine
from bot.metrics import Metrics
from retrieval.documents import Answer, Coverage, Restriction
from retrieval.manifest import Manifest
from retrieval.retriever import Retriever

_LOOK_SECONDS = 2.0

_Result = TypeVar("_Result")
_Arguments = TypeVarTuple("_Arguments")

logger = logging.getLogger(__name__)


def _never(_generation: str) -> Engine | None:
    return None


@dataclass(slots=True)
class _Served:
    """An engine, and since when it is served."""

    engine: Engine
    since: datetime = field(default_factory=lambda: datetime.now(UTC))


class Archive:
    """Has work done with the generation that is served.

    When another generation is published, work in flight ends in the one it began in, and what comes
    next is done in the new one: no answer is made of two.
    """

    def __init__(
        self,
        engine: Engine,
        newer: Callable[[str], Engine | None] = _never,
        withdrawn: Callable[[], Collection[str]] | None = None,
    ) -> None:
        """Args: what does the work, how to find a newer one, and how to read what is withdrawn.

        `newer` gets the name of the generation that is served, and opens the current one unless it
        is that; for the name "" it always does. `withdrawn` gives the ids of articles.
        """
        self._read_withdrawn = withdrawn
        self._served = _Served(engine)
        self._newer = newer
        self._swapping = asyncio.Lock()
        self._withdrawn: frozenset[str] | None = None  # as the engine was opened
        self._pending = 0
        self.metrics = Metrics()
        self.metrics.watch(lambda: self.coverage, lambda: self.waiting)

    @property
    def coverage(self) -> Coverage:
        """What is searched now."""
        return self._served.engine.coverage

    @property
    def manifest(self) -> Manifest:
        """What the generation that is served is made of."""
        return self._served.engine.manifest

    @property
    def generation(self) -> str:
        """The generation that is being served."""
        return self.coverage.generation

    @property
    def since(self) -> datetime:
        """When it began to be served."""
        return self._served.since

    @property
    def waiting(self) -> int:
        """How much work waits for other work to be done."""
        return max(0, self._pending - self._served.engine.workers)

    async def answer(self, question: str, restriction: Restriction | None = None) -> Answer:
        """Answer a question, from what it restricts itself to if no restriction is given.

        Raises:
            QuestionError: If the question has no word in it.
        """
        with self.metrics.question():
            answer = await self.run(_answer, question, restriction)
        self.metrics.answered(answer.outcome)
        told = {"outcome": answer.outcome, "ms": round(answer.elapsed_ms), "hits": len(answer.hits)}
        logger.info("%(outcome)s in %(ms)d ms, %(hits)d hits", told, extra=told)
        return answer

    async def probe(self) -> None:
        """Answer a question that nobody asked, to see whether it can be done; it is not counted."""
        await self.run(_answer, WARMING, None)

    async def run(
        self,
        work: Callable[[Retriever, *_Arguments], _Result],
        *arguments: *_Arguments,
    ) -> _Result:
        """Return `work(retriever, *arguments)`.

        All must be such as can be pickled. What was being done in a process that was killed is done
        once more, in a new one.
        """
        served = self._served
        self._pending += 1
        try:
            return await asyncio.wrap_future(served.engine.submit(work, *arguments))
        except BrokenExecutor:
            engine = await self._opened_again(served)
            return await asyncio.wrap_future(engine.submit(work, *arguments))
        finally:
            self._pending -= 1

    async def refresh(self) -> bool:
        """Serve the current generation, if that is another one; say whether it is.

        Raises:
            IsnadError: If it cannot be opened; the one before goes on being served.
        """
        async with self._swapping:
            engine = await asyncio.to_thread(self._newer, self.generation)
            if engine is None:
                return False
            self._serve(engine)
            return True

    async def withdraw(self, ids: Iterable[str]) -> None:
        """Leave out the articles with these ids, and no others, from the next question on.

        Waits for a swap that is under way, whose engine may have been opened without them.
        """
        ids = frozenset(ids)
        async with self._swapping:
            self._withdrawn = ids
            served = self._served
            try:
                coverage = await asyncio.wrap_future(served.engine.withdraw(ids))
            except BrokenExecutor:
                killed = True
            else:
                served.engine.coverage, killed = coverage, False
        if killed:
            await self._opened_again(served)  # which reads from their file what was withdrawn

    async def keep_fresh(self) -> None:
        """Look every two seconds, for ever, for a newer generation and for what was withdrawn.

        Whoever published or withdrew it: another process of the bot, or an editor by hand.
        """
        failed = ""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self._heed_withdrawals()
                await self.refresh()
                failed = ""
            except Exception as error:  # noqa: BLE001 - whatever it is, the watch must go on
                if str(error) != failed:  # once: it is tried again and again
                    logger.warning("what is new cannot be served: %s", error)
                failed = str(error)

    async def _heed_withdrawals(self) -> None:
        if self._read_withdrawn is not None:
            found = frozenset(await asyncio.to_thread(self._read_withdrawn))
            if found != self._withdrawn:
                await self.withdraw(found)

    def close(self) -> None:
        """End, once what was begun is done.

        It is waited for: an interpreter that ends while a pool does may say that a pipe is closed.
        """
        self._served.engine.close(wait=True)

    async def _opened_again(self, broken: _Served) -> Engine:
        """Return an engine in the place of a broken one, whoever opens it."""
        async with self._swapping:
            if self._served is broken:
                logger.error("a process that answers questions was killed; another one is started")
                engine = await asyncio.to_thread(self._newer, "")
                if engine is None:
                    raise BrokenExecutor("nothing can be opened again")
                self._serve(engine)
            return self._served.engine

    def _serve(self, engine: Engine) -> None:
        before, self._served = self._served, _Served(engine)
        before.engine.close()
        logger.info("serving generation %s", self.generation)


def _answer(served: Retriever, question: str, restriction: Restriction | None) -> Answer:
    return served.answer(question, restriction=restriction)
