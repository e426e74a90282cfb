"""What the bot remembers beside the archive: answers, votes, choices, and what admins did.

    data/state.sqlite

Of a question only the moment, the outcome and the time it took are kept, for thirty days; neither
its words nor who asked. Of an answer the places of its passages are kept, for ninety days, with the
words of its question only if the operator wants that. Votes and chosen languages are kept by user
id, until the user has them deleted or the answer goes. What admins do is kept for good.
"""

import asyncio
import secrets
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
CREATE TABLE IF NOT EXISTS answer (
    number INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    found TEXT NOT NULL,
    question TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS answer_at ON answer (at);
CREATE TABLE IF NOT EXISTS vote (
    answer INTEGER NOT NULL REFERENCES answer (number) ON DELETE CASCADE,
    user INTEGER NOT NULL,
    place INTEGER NOT NULL,
    liked INTEGER NOT NULL,
    reason TEXT,
    at REAL NOT NULL,
    PRIMARY KEY (answer, user)
) STRICT;
CREATE INDEX IF NOT EXISTS vote_user ON vote (user);
CREATE TABLE IF NOT EXISTS language (user INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS silent (chat INTEGER PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS choices (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER) STRICT;
INSERT OR IGNORE INTO choices VALUES (1, 0);
CREATE TRIGGER IF NOT EXISTS language_chosen AFTER INSERT ON language
BEGIN UPDATE choices SET version = version + 1; END;
CREATE TRIGGER IF NOT EXISTS language_forgotten AFTER DELETE ON language
BEGIN UPDATE choices SET version = version + 1; END;
CREATE TRIGGER IF NOT EXISTS silence_chosen AFTER INSERT ON silent
BEGIN UPDATE choices SET version = version + 1; END;
CREATE TRIGGER IF NOT EXISTS silence_ended AFTER DELETE ON silent
BEGIN UPDATE choices SET version = version + 1; END;
"""
_KEPT_SECONDS = 30 * 86_400
ANSWER_DAYS = 90
"""How long an answer's buttons work."""

_ID_BITS = 62  # of a random number: SQLite's are signed
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


@dataclass(frozen=True, slots=True)
class Voted:
    """A vote: on the hit at a place of an answer, with the reason where it is against it.

    `found` is what was kept of the answer, `question` its question's words if they were kept.
    """

    answer: int
    place: int
    liked: bool
    reason: str | None
    found: str
    question: str | None


class State:
    """The bot's memory, in a SQLite file that several processes may share.

    Attributes:
        languages: What each user chose, by id.
        silent: The ids of the groups that want no answers.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        """Args: an open connection; see `open_state`."""
        self._connection = connection
        self.languages: dict[int, str] = {}
        self.silent: set[int] = set()
        self._version = -1

    async def catch_up(self, *_: object) -> None:
        """Read what was chosen since, if anything was, by users who spoke to another process."""
        ((version,),) = await self._read("SELECT version FROM choices")
        if version != self._version:
            await self.load_choices()
            self._version = version

    async def load_choices(self) -> None:
        """Read what was chosen before."""
        self.languages = dict(await self._read("SELECT user, code FROM language"))
        self.silent = {chat for (chat,) in await self._read("SELECT chat FROM silent")}

    async def keep_answer(self, found: str, question: str | None) -> int:
        """Keep what an answer found, and return the number that its buttons name it by."""
        number = secrets.randbits(_ID_BITS)
        await self._write(
            "INSERT INTO answer (number, at, found, question) VALUES (?, ?, ?, ?)",
            (number, time.time(), found, question),
        )
        return number

    async def answer(self, number: int) -> str | None:
        """Return what was kept of an answer, if it still is."""
        rows = await self._read("SELECT found FROM answer WHERE number = ?", (number,))
        return rows[0][0] if rows else None

    async def vote(
        self, answer: int, user: int, place: int, *, liked: bool, reason: str | None = None
    ) -> None:
        """Keep a user's vote on an answer; it takes the place of the one before."""
        await self._write(
            "INSERT OR REPLACE INTO vote (answer, user, place, liked, reason, at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (answer, user, place, int(liked), reason, time.time()),
        )

    async def votes(self) -> list[Voted]:
        """Return every vote that is kept, the oldest first."""
        query = (
            "SELECT answer, place, liked, reason, found, question "
            "FROM vote JOIN answer ON answer = number ORDER BY vote.at"
        )
        return [
            Voted(answer, place, bool(liked), reason, found, question)
            for answer, place, liked, reason, found, question in await self._read(query)
        ]

    async def choose_language(self, user: int, code: str) -> None:
        """Remember the language that a user wants."""
        self.languages[user] = code
        await self._write(
            "INSERT OR REPLACE INTO language (user, code) VALUES (?, ?)", (user, code)
        )

    async def set_silent(self, chat: int, *, silent: bool) -> None:
        """Remember whether a group wants no answers."""
        if silent:
            self.silent.add(chat)
            await self._write("INSERT OR IGNORE INTO silent (chat) VALUES (?)", (chat,))
        else:
            self.silent.discard(chat)
            await self._write("DELETE FROM silent WHERE chat = ?", (chat,))

    async def forget(self, user: int) -> None:
        """Delete what is kept about a user."""
        self.languages.pop(user, None)
        await self._write("DELETE FROM vote WHERE user = ?", (user,))
        await self._write("DELETE FROM language WHERE user = ?", (user,))

    async def asked(self, outcome: str, ms: float) -> None:
        """Remember that a question was answered."""
        await self._write(
            "INSERT INTO asked (at, outcome, ms) VALUES (?, ?, ?)", (time.time(), outcome, ms)
        )

    async def load(self, since: float) -> Load:
        """Return how often the bot was asked since a moment, in seconds since 1970."""
        query = "SELECT ms FROM asked WHERE at >= ? ORDER BY ms"
        times = [ms for (ms,) in await self._read(query, (since,))]
        if len(times) < 2:  # noqa: PLR2004 - no quantiles of one
            only = times[0] if times else 0.0
            return Load(len(times), only, only)
        cuts = statistics.quantiles(times, n=20, method="inclusive")
        return Load(len(times), statistics.median(times), cuts[_95])

    async def did(self, user: int, action: str, detail: str = "") -> None:
        """Write into the audit log."""
        await self._write(
            "INSERT INTO audit (at, user, action, detail) VALUES (?, ?, ?, ?)",
            (time.time(), user, action, detail),
        )

    async def last(self, action: str) -> Action | None:
        """Return the latest entry of a kind in the audit log."""
        query = "SELECT at, user, action, detail FROM audit WHERE action = ? ORDER BY at DESC"
        rows = await self._read(query, (action,))
        return Action(*rows[0]) if rows else None

    # Each statement is a transaction of its own, and is done when the next one begins. One that
    # reads on while another writes would have to write to what it read, which it may not once
    # another process has written: SQLite refuses that at once, however long it is told to wait.

    async def _read(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        return list(await self._connection.execute_fetchall(query, values))

    async def _write(self, statement: str, values: tuple[object, ...]) -> None:
        await self._connection.execute_fetchall(statement, values)


@asynccontextmanager
async def open_state(data: Path) -> AsyncIterator[State]:
    """Open the memory under `data`, creating it where there is none, and forget what is old."""
    await asyncio.to_thread(data.mkdir, parents=True, exist_ok=True)
    async with aiosqlite.connect(data / "state.sqlite", isolation_level=None) as connection:
        await connection.execute("PRAGMA busy_timeout = 5000")
        await connection.execute("PRAGMA journal_mode = WAL")
        # No wait for the disk at each commit, which is long while an index is being written: a
        # power cut can cost the last entries, and nothing else.
        await connection.execute("PRAGMA synchronous = NORMAL")
        await connection.executescript(_SCHEMA)
        await connection.execute("PRAGMA foreign_keys = ON")
        now = time.time()
        await connection.execute("DELETE FROM asked WHERE at < ?", (now - _KEPT_SECONDS,))
        await connection.execute("DELETE FROM answer WHERE at < ?", (now - ANSWER_DAYS * 86_400,))
        state = State(connection)
        await state.load_choices()
        yield state
