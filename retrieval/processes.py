"""Work done in a process of its own, so that what it leaves on disk is proven by its clean end."""

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import Any

from retrieval.errors import GenerationError, IsnadError, KilledError

Progress = Callable[[str, int, int | None], None]
"""Called with a stage (`read`, `embedded`, `written`, `verified`), how many are done in it, and how
many there are, if that is known."""


_KILLED = -signal.SIGKILL, -signal.SIGTERM

# Forks of a process that has imported what builds and verifies, and done nothing else: as fresh as
# one that imports it anew, which takes two seconds, three times for each build.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["retrieval.fresh"])


def begin_forks(module: str) -> None:
    """Start the process that others are forked from, before there are any.

    It imports the module, while whoever called goes on, instead of what builds and verifies.
    """
    CONTEXT.set_forkserver_preload([module])
    forkserver.ensure_running()


def run_fresh(function: Callable[..., Any], *arguments: object, on_progress: Progress) -> Any:
    """Run `function(*arguments, progress)` in a fresh process and return what it returns.

    Args:
        function: A function of a module, whose arguments and result can be pickled.
        arguments: Its arguments; a `Progress` is added as the last.
        on_progress: Receives the progress of the other process.

    Raises:
        IsnadError: What the function raised.
        KilledError: If the process was killed.
        GenerationError: If it ended without a result for another reason, or met a defect of the
            program; of that the traceback is on standard error.
    """
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_child, args=(sender, function, arguments))
    process.start()
    sender.close()
    result: Any = None
    finished = failed = False
    try:
        with suppress(EOFError):  # the other end is closed: the process is over
            while True:
                kind, value = receiver.recv()
                if kind == "progress":
                    on_progress(*value)
                else:
                    result, finished = value, kind == "result"
                    failed = kind == "error"
    except BaseException:  # whoever waited was told to stop: so is the process
        process.kill()
        raise
    finally:
        receiver.close()
        process.join()
    if failed:
        raise result
    if not finished or process.exitcode != 0:
        killed = process.exitcode in _KILLED
        raise (KilledError if killed else GenerationError)(
            f"{function.__name__.strip('_')} ended early (exit code {process.exitcode}); "
            "nothing was published"
        )
    return result


def _child(sender: Connection, function: Callable[..., Any], arguments: tuple[object, ...]) -> None:
    Thread(target=end_with_parent, daemon=True).start()

    def progress(stage: str, done: int, total: int | None) -> None:
        sender.send(("progress", (stage, done, total)))

    try:
        sender.send(("result", function(*arguments, progress)))
    except IsnadError as error:
        sender.send(("error", error))
    except Exception as error:  # noqa: BLE001 - whoever waits gets a sentence, not an exit code
        traceback.print_exc()
        name = function.__name__.strip("_")
        sender.send(("error", GenerationError(f"{name} failed: {type(error).__name__}: {error}")))


def heed_parent_alone() -> None:
    """Leave signals to the parent, which says when this process is to end, and end when it does.

    A terminal and systemd signal every process of a group.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """End at once when the parent does, however it does: nobody waits for the result any more."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
