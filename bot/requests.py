"""Which update is being handled: its id is in every line of the log that it causes."""

import contextvars
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """One update: an id of our own, and what was written in it, which no log may show."""

    id: str
    written: tuple[str, ...] = ()


_current: contextvars.ContextVar[Request | None] = contextvars.ContextVar("request", default=None)


def current_request() -> Request | None:
    """Return what is being handled here; tasks and threads begun for it belong to it, too."""
    return _current.get()


@contextmanager
def handling(written: Iterable[str] = ()) -> Iterator[Request]:
    """Handle a request of a new id within the block."""
    request = Request(secrets.token_hex(4), tuple(written))
    token = _current.set(request)
    try:
        yield request
    finally:
        _current.reset(token)
