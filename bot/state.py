"""What the bot remembers beside the archive: when it was asked, and what admins did.

    data/state.sqlite

Of a question only the moment, the outcome and the time it took are kept, for thirty days; neither
its words nor who asked. What admins do is kept for good.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiosqlite

_SCHEMA = """
CREATE TABLE IF NOT EXISTS asked (
    at REAL NOT NULL,
    outcome TEXT NOT NULL,
    ms REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS asked_at ON asked (at);
CREATE TABLE IF NOT EXISTS audit (
    at REAL NOT NULL,
    user INTEGER NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
"""
_KEPT_SECONDS = 30 * 86_400
_95 = 18  # of the 19 cuts that part a list in twenty


@dataclass(frozen=True, slots=True)
class Load:
    """How often the bot was asked, and how long answers took, in milliseconds."""

    questions: int
    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Action:
    """What an admin did and of what: when in seconds since 1970, by user id, 0 for the system."""

    at: float
    user: int
    action: str
    detail: str


class State:
    """The bot's memory, in a SQLite file that several processes may share."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        """Args: an open connection; see `open_state`."""
        self._connection = connection

    async def asked(self, outcome: str, ms: float) -> None:
        """Remember that a question was answered."""
        await self._connection.execute(
            "INSERT INTO asked (at, outcome, ms) VALUES (?, ?, ?)", (time.time(), outcome, ms)
        )
        await self._connection.commit()

    async def load(self, since: float) -> Load:
        """Return how often the bot was asked since a moment, in seconds since 1970."""
        query = "SELECT ms FROM asked WHERE at >= ? ORDER BY ms"
        async with self._connection.execute(query, (since,)) as rows:
            times = [ms async for (ms,) in rows]
        if len(times) < 2:  # noqa: PLR2004 - no quantiles of one
            only = times[0] if times else 0.0
            return Load(len(times), only, only)
        cuts = statistics.quantiles(times, n=20, method="inclusive")
        return Load(len(times), statistics.median(times), cuts[_95])

    async def did(self, user: int, action: str, detail: str = "") -> None:
        """Write into the audit log."""
        await self._connection.execute(
            "INSERT INTO audit (at, user, action, detail) VALUES (?, ?, ?, ?)",
            (time.time(), user, action, detail),
        )
        await self._connection.commit()

    async def last(self, action: str) -> Action | None:
        """Return the latest entry of a kind in the audit log."""
        query = "SELECT at, user, action, detail FROM audit WHERE action = ? ORDER BY at DESC"
        async with self._connection.execute(query, (action,)) as rows:
            row = await rows.fetchone()
        return Action(*row) if row else None


@asynccontextmanager
async def open_state(data: Path) -> AsyncIterator[State]:
    """Open the memory under `data`, creating it where there is none, and forget what is old."""
    await asyncio.to_thread(data.mkdir, parents=True, exist_ok=True)
    async with aiosqlite.connect(data / "state.sqlite") as connection:
        await connection.execute("PRAGMA journal_mode = WAL")
        # No wait for the disk at each commit, which is long while an index is being written: a
        # power cut can cost the last entries, and nothing else.
        await connection.execute("PRAGMA synchronous = NORMAL")
        await connection.execute("PRAGMA busy_timeout = 5000")
        await connection.executescript(_SCHEMA)
        await connection.execute("DELETE FROM asked WHERE at < ?", (time.time() - _KEPT_SECONDS,))
        await connection.commit()
        yield State(connection)
