"""Runs the indexer as a process of its own, and tells how far it is."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

INDEX = (sys.executable, "-m", "retrieval", "index", "--progress-json", "--nice", "19")
"""The command that indexes, with readers first; it has the bot's own settings."""

_GRACE_SECONDS = 10.0
_LONGEST_LINE = 1 << 26  # the result names every file that was skipped


class IndexingError(Exception):
    """An indexer that did not publish; the message says why.

    `refused` says that a generation was built, and kept because something is wrong with it.
    """

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.refused = refused


class IndexingCancelledError(IndexingError):
    """An indexer that was told to stop."""


@dataclass(slots=True)
class Reload:
    """One run of the indexer: who started it, when, and how far it is.

    `stage`, `done` and `total` are what it told last; `total` is None where it is not known.
    """

    by: str
    started: float = field(default_factory=time.monotonic)
    stage: str = ""
    done: int = 0
    total: int | None = None
    cancelled: bool = False
    _stage_started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self.started

    @property
    def seconds_left(self) -> float | None:
        """How long the stage it is in will go on, if that can be told."""
        if not self.total or not 0 < self.done < self.total:
            return None
        return (time.monotonic() - self._stage_started) * (self.total - self.done) / self.done

    def tell(self, stage: str, done: int, total: int | None) -> None:
        """Take what the indexer told."""
        if stage != self.stage:
            self._stage_started = time.monotonic()
        self.stage, self.done, self.total = stage, done, total


class Reloader:
    """Runs one indexer at a time."""

    def __init__(
        self, command: Sequence[str] = INDEX, environment: Mapping[str, str] | None = None
    ) -> None:
        """Args: the command, and what to set in its environment beside the bot's own."""
        self._command = command
        self._environment = environment or {}
        self._process: asyncio.subprocess.Process | None = None
        self.running: Reload | None = None

    def start(self, reload: Reload) -> "asyncio.Task[dict[str, Any]]":
        """Begin to index and publish; nothing else may be running.

        It counts as running from this call on, before the process is there.

        Returns:
            A task that gives what was published, as `index --progress-json` tells it; or raises
            IndexingError with the reason why nothing was, IndexingCancelledError after `cancel`.
        """
        assert self.running is None
        self.running = reload
        task = asyncio.create_task(self._run(reload))
        task.add_done_callback(self._ended)
        return task

    def cancel(self) -> bool:
        """Tell the indexer to stop; say whether there was one."""
        if self.running is None:
            return False
        self.running.cancelled = True
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return True

    async def stop(self) -> None:
        """Stop the indexer and wait for its end: the bot is about to end itself."""
        process = self._process
        if self.cancel() and process is not None:
            try:
                await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
            except TimeoutError:
                process.kill()

    def _ended(self, _task: "asyncio.Task[dict[str, Any]]") -> None:
        self.running = self._process = None

    async def _run(self, reload: Reload) -> dict[str, Any]:
        process = self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            env={**os.environ, "OMP_NUM_THREADS": "1", **self._environment},
        )
        if reload.cancelled:
            process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        assert process.stderr is not None
        errors = asyncio.ensure_future(process.stderr.read())
        told: dict[str, Any] = {}
        try:
            async for line in process.stdout:
                told = json.loads(line)
                if "stage" in told:
                    reload.tell(told["stage"], told["done"], told["total"])
            code = await process.wait()
            complaint = (await errors).decode(errors="replace").strip().splitlines()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if "published" in told:
            published: dict[str, Any] = told["published"]
            return published
        if reload.cancelled:
            raise IndexingCancelledError("cancelled")
        last = complaint[-1] if complaint else f"exit code {code}"
        why = told.get("error") or f"the indexer ended early: {last}"
        raise IndexingError(why, refused=told.get("kind") == "RefusedError")
