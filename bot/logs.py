"""Logs without secrets: whatever is logged, by us or by a library, no secret is in it.

Nor is what readers write, unless the operator wants it: see `bot.processing`.
"""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from telegram.error import InvalidToken

from bot.requests import current_request

_FORMAT = "%(asctime)s %(levelname)s %(name)s%(tag)s: %(message)s"
_HIDDEN = "[secret]"
_WRITTEN = "[what was written]"
_SHORTEST = 4  # characters of a text that is looked for: shorter ones are in every other word
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "tag"}


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, and takes the secrets out of the result."""

    def __init__(self, *secrets: str) -> None:
        """Args: what must never be shown."""
        super().__init__(_FORMAT, defaults={"tag": ""})
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with every secret replaced."""
        if record.exc_info:
            record.exc_text = None  # another formatter may have left it, as it was raised
        return self._redacted(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: D102, N802 - inherited
        record.message = _without_written(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: D102, N802 - inherited
        return _without_written(super().formatException(ei))

    def _redacted(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text


class JsonFormatter(RedactingFormatter):
    """Formats a record as one JSON object, with what it was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with every secret replaced in each of its values."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _without_written(record.getMessage()),
        }
        if request := getattr(record, "request", ""):
            told["request"] = request
        told |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        if record.stack_info:
            told["stack"] = record.stack_info
        return json.dumps(_each(told, self._redacted), ensure_ascii=False)


def _without_written(text: str) -> str:
    """Take out of a message or traceback what the reader wrote whose request is being handled.

    Only there: elsewhere a reader could change the form of a line.
    """
    request = current_request()
    for written in request.written if request else ():
        if len(written) >= _SHORTEST:
            text = text.replace(written, _WRITTEN)
    return text


def _each(value: Any, change: Callable[[str], str]) -> Any:
    """Return a value as JSON can have it, with every text in it changed."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {change(str(key)): _each(one, change) for key, one in value.items()}
    return change(str(value))


def _is_not_said_elsewhere(record: logging.LogRecord) -> bool:
    """Pass over a refused token: the start ends with one sentence on it, not with tracebacks."""
    return not (record.exc_info and isinstance(record.exc_info[1], InvalidToken))


def _with_request(record: logging.LogRecord) -> bool:
    """Give a record the id of the request that caused it."""
    request = current_request()
    record.request = request.id if request else ""
    record.tag = f" [{request.id}]" if request else ""
    return True


def _without_updates(record: logging.LogRecord) -> bool:
    """Keep out the updates that the library quotes where it cannot read them."""
    if record.name.startswith("telegram."):
        if isinstance(record.args, Mapping):
            record.args = ("[an update]",)
        elif record.args:
            plain = (str, int, float, BaseException)
            record.args = tuple(
                one if isinstance(one, plain) else "[an update]" for one in record.args
            )
    return True


def set_up_logging(
    *secrets: str, style: Literal["text", "json"] = "text", questions: bool = False
) -> None:
    """Log to standard error from INFO up; libraries that log every request from WARNING up.

    Args:
        secrets: What must never be shown.
        style: What the lines are: text, or one JSON object each.
        questions: Whether what is written to the bot may be shown.
    """
    handler = logging.StreamHandler(sys.stderr)
    formatter = JsonFormatter if style == "json" else RedactingFormatter
    handler.setFormatter(formatter(*secrets))
    handler.addFilter(_is_not_said_elsewhere)
    handler.addFilter(_with_request)
    if not questions:
        handler.addFilter(_without_updates)
    logging.raiseExceptions = False  # or a call that cannot be formatted is printed, secret and all
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
