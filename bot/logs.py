"""Logs without secrets: whatever is logged, by us or by a library, the token is not in it."""

import logging
import sys

from telegram.error import InvalidToken

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_HIDDEN = "[secret]"


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, and takes the secrets out of the result."""

    def __init__(self, *secrets: str) -> None:
        """Args: what must never be shown."""
        super().__init__(_FORMAT)
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with every secret replaced."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text


def _is_not_said_elsewhere(record: logging.LogRecord) -> bool:
    """Pass over a refused token: the start ends with one sentence on it, not with tracebacks."""
    return not (record.exc_info and isinstance(record.exc_info[1], InvalidToken))


def set_up_logging(*secrets: str) -> None:
    """Log to standard error from INFO up; libraries that log every request from WARNING up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(*secrets))
    handler.addFilter(_is_not_said_elsewhere)
    logging.raiseExceptions = False  # or a call that cannot be formatted is printed, secret and all
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "apscheduler", "telegram.ext.AIORateLimiter"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
