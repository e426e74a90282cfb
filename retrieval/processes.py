"""Work done in a process of its own, so that what it leaves on disk is proven by its clean end."""

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from retrieval.errors import GenerationError, IsnadError

Progress = Callable[[str, int], None]
"""Called with a stage (`read`, `verified`) and how many are done in it."""


def run_fresh(function: Callable[..., Any], *arguments: object, on_progress: Progress) -> Any:
    """Run `function(*arguments, progress)` in a fresh process and return what it returns.

    Args:
        function: A function of a module, whose arguments and result can be pickled.
        arguments: Its arguments; a `Progress` is added as the last.
        on_progress: Receives the progress of the other process.

    Raises:
        IsnadError: What the function raised.
        GenerationError: If the process ended without a result, killed or crashed.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(sender, function, arguments), daemon=True)
    process.start()
    sender.close()
    result: Any = None
    finished = False
    try:
        with suppress(EOFError):  # the other end is closed: the process is over
            while True:
                kind, value = receiver.recv()
                if kind == "progress":
                    on_progress(*value)
                elif kind == "error":
                    raise value
                else:
                    result, finished = value, True
    finally:
        receiver.close()
        process.join()
    if not finished or process.exitcode != 0:
        raise GenerationError(
            f"{function.__name__.strip('_')} ended early (exit code {process.exitcode}); "
            "nothing was published"
        )
    return result


def _child(sender: Connection, function: Callable[..., Any], arguments: tuple[object, ...]) -> None:
    def progress(stage: str, done: int) -> None:
        sender.send(("progress", (stage, done)))

    try:
        sender.send(("result", function(*arguments, progress)))
    except IsnadError as error:
        sender.send(("error", error))
