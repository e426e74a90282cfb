"""A retriever in processes of its own, so that answering and Telegram do not wait for each other.

Python runs one thread of a process at a time. A question that is answered on a thread beside the
event loop changes places with it wherever numpy, Chroma or tantivy let others run, some hundred
times, and both wait each time. In a process of its own it takes half as long under load; what it
opened is given back whole when its generation is replaced, and damage that kills it (a file that
shrinks under a memory map does) kills no bot.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from typing import Any, Protocol, TypeVar

from retrieval.documents import Coverage
from retrieval.errors import IsnadError, KilledError
from retrieval.manifest import Manifest
from retrieval.processes import CONTEXT, heed_parent_alone
from retrieval.retriever import Retriever

WARMING = "ماذا قال الرئيس؟"  # reads in what the first question would wait for

_Result = TypeVar("_Result")


class Engine(Protocol):
    """Where work is done with the retriever of one generation.

    `manifest` and `coverage` are the retriever's, `workers` how many do work at a time.
    """

    manifest: Manifest
    coverage: Coverage
    workers: int

    def submit(self, work: Callable[..., _Result], *arguments: Any) -> "Future[_Result]":
        """Begin `work(retriever, *arguments)`; BrokenExecutor if that is no more."""
        ...

    def withdraw(self, ids: Iterable[str]) -> "Future[Coverage]":
        """Leave out the articles with these ids, and no others, from the next work on."""
        ...

    def close(self, *, wait: bool = False) -> None:
        """End, once what was begun is done; only if told so, wait for that."""
        ...


class ProcessEngine:
    """Processes that have opened the same generation.

    What they are to do, its arguments and its result must be such as can be pickled: functions of
    modules, and data.
    """

    def __init__(self, opening: Callable[[], Retriever], workers: int = 1) -> None:
        """Open the generation in as many processes, and answer a first question in each.

        Raises:
            IsnadError: What `opening` raised.
            KilledError: If a process was killed meanwhile.
        """
        self.workers = workers
        self._withdrawn: frozenset[str] | None = None  # as it was opened
        self._pool = ProcessPoolExecutor(
            workers, mp_context=CONTEXT, initializer=_begin, initargs=(opening,)
        )
        try:
            opened = [self.submit(_described) for _ in range(workers)]
            for each in opened:
                self.manifest, self.coverage = each.result()
        except BrokenExecutor as error:
            self.close(wait=True)
            raise KilledError(
                "a process that opens the archive was killed: is there enough memory?"
            ) from error
        except BaseException:
            self.close(wait=True)
            raise

    def submit(  # noqa: D102 - as the protocol has it
        self, work: Callable[..., _Result], *arguments: Any
    ) -> "Future[_Result]":
        return self._pool.submit(_do, self._withdrawn, work, *arguments)

    def withdraw(self, ids: Iterable[str]) -> "Future[Coverage]":  # noqa: D102
        self._withdrawn = frozenset(ids)
        return self.submit(_covered)

    def close(self, *, wait: bool = False) -> None:  # noqa: D102
        self._pool.shutdown(wait=wait)


class _Served:
    """What a process has opened; `failed` is why it could not."""

    retriever: Retriever | None = None
    failed: IsnadError | None = None
    withdrawn: frozenset[str] | None = None


_served = _Served()


def _begin(opening: Callable[[], Retriever]) -> None:
    heed_parent_alone()
    try:
        retriever = opening()
        retriever.answer(WARMING)
    except IsnadError as error:  # raised to who asks: a pool itself would only say that it broke
        _served.failed = error
    else:
        _served.retriever = retriever


def _do(withdrawn: frozenset[str] | None, work: Callable[..., _Result], *arguments: Any) -> _Result:
    if _served.retriever is None:
        raise _served.failed or RuntimeError("no generation was opened")
    if withdrawn is not None and withdrawn != _served.withdrawn:
        _served.retriever.withdraw(withdrawn)
        _served.withdrawn = withdrawn
    return work(_served.retriever, *arguments)


def _described(served: Retriever) -> tuple[Manifest, Coverage]:
    return served.manifest, served.coverage


def _covered(served: Retriever) -> Coverage:
    return served.coverage
