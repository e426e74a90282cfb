"""Which update is being handled: its id is in every line of the log that it causes."""

import contextvars
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """One update: an id of our own, and what was written in it, which no log may show.

    `update` is Telegram's number for it, 0 if it has none; `calls` counts what was called for it.
    """

    id: str
    written: tuple[str, ...] = ()
    update: int = 0
    calls: Counter[str] = field(default_factory=Counter)

    def next_call(self, method: str) -> str:
        """Name a call of the Bot API, as whoever handles the same update again will name it."""
        self.calls[method] += 1
        return f"{self.update}:{method}:{self.calls[method]}"


_current: contextvars.ContextVar[Request | None] = contextvars.ContextVar("request", default=None)


def current_request() -> Request | None:
    """Return what is being handled here; tasks and threads begun for it belong to it, too."""
    return _current.get()


@contextmanager
def handling(written: Iterable[str] = (), update: int = 0) -> Iterator[Request]:
    """Handle a request of a new id within the block."""
    request = Request(secrets.token_hex(4), tuple(written), update)
    token = _current.set(request)
    try:
        yield request
    finally:
        _current.reset(token)
