"""The archive as the bot's event loop sees it: questions run on threads, never on the loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from retrieval.documents import AlsoIn, Answer, Hit, Restriction
from retrieval.retriever import Retriever
from retrieval.store import StoredPassage

_THREADS = 4

_Result = TypeVar("_Result")


class Archive:
    """Asks a retriever without holding up the event loop."""

    def __init__(self, retriever: Retriever) -> None:
        """Args: the retriever to ask; it is safe to share between threads."""
        self._retriever = retriever
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="archive")

    @property
    def generation(self) -> str:
        """The generation that is being served."""
        return self._retriever.coverage.generation

    async def answer(self, question: str, restriction: Restriction | None = None) -> Answer:
        """Answer a question, from what it restricts itself to if no restriction is given.

        Raises:
            QuestionError: If the question has no word in it.
        """
        return await self._run(lambda: self._retriever.answer(question, restriction=restriction))

    async def passage(self, row: int) -> StoredPassage | None:
        """Return a passage of the generation that is being served, if it has that row."""
        return await self._run(lambda: self._retriever.passages([row]).get(row))

    async def hit(self, row: int) -> Hit:
        """Return a passage of the generation that is being served as a hit of its own."""
        return await self._run(lambda: self._retriever.hit(row))

    async def also_in(self, row: int, start: int) -> tuple[list[AlsoIn], int]:
        """Return other articles that have a passage too, from number `start` on, and how many."""
        return await self._run(lambda: self._retriever.also_in(row, start))

    def close(self) -> None:
        """End the threads, once what they are doing is done."""
        self._executor.shutdown()

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
