"""Whatever is logged, by whomever, the token is not in it."""

import io
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram.error import InvalidToken, NetworkError

from bot.logs import RedactingFormatter, set_up_logging

TOKEN = "123456789:AAF-x_secret"
CHATTY = ["httpx", "httpcore", "apscheduler", "telegram.ext.AIORateLimiter"]
logger = logging.getLogger("tests.logs")


@contextmanager
def log() -> Iterator[io.StringIO]:
    """Set up logging with the token as its secret; what standard error gets is in the result."""
    loggers = [logging.getLogger(name) for name in ("", *CHATTY)]
    levels = [one.level for one in loggers]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", io.StringIO())
        patch.setattr(logging.root, "handlers", [])
        set_up_logging(TOKEN)
        yield sys.stderr  # type: ignore[misc]
    for one, level in zip(loggers, levels, strict=True):
        one.setLevel(level)


def record(
    message: str, *arguments: object, error: BaseException | None = None
) -> logging.LogRecord:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("bot", logging.ERROR, __file__, 1, message, arguments, exc_info)


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def test_a_secret_in_a_message_is_hidden() -> None:
    line = RedactingFormatter(TOKEN).format(record(f"GET /bot{TOKEN}/getMe, again {TOKEN}"))
    assert line.endswith("bot: GET /bot[secret]/getMe, again [secret]")


def test_a_secret_in_the_arguments_of_a_message_is_hidden() -> None:
    line = RedactingFormatter(TOKEN).format(record("GET %s: %r", f"/bot{TOKEN}", {"token": TOKEN}))
    assert line.endswith("GET /bot[secret]: {'token': '[secret]'}")


def test_a_secret_in_a_traceback_and_in_its_causes_is_hidden() -> None:
    error = raised(RuntimeError(f"second {TOKEN}"), raised(ValueError(f"first {TOKEN}")))
    error.add_note(f"third {TOKEN}")
    shown = RedactingFormatter(TOKEN).format(record("failed", error=error))
    assert "ValueError: first [secret]" in shown
    assert "RuntimeError: second [secret]" in shown
    assert "third [secret]" in shown
    assert TOKEN not in shown


def test_a_secret_in_the_stack_of_a_record_is_hidden() -> None:
    entry = record("where")
    entry.stack_info = f"Stack: {TOKEN}"
    assert RedactingFormatter(TOKEN).format(entry).endswith("Stack: [secret]")


def test_a_record_formatted_before_by_another_is_hidden_all_the_same() -> None:
    entry = record("failed", error=raised(ValueError(TOKEN)))
    assert TOKEN in logging.Formatter().format(entry)
    assert TOKEN not in RedactingFormatter(TOKEN).format(entry)


def test_every_secret_is_hidden() -> None:
    shown = RedactingFormatter("one-secret", "two-secret").format(record("one-secret two-secret"))
    assert shown.endswith("[secret] [secret]")


def test_without_a_secret_nothing_is_hidden() -> None:
    for formatter in (RedactingFormatter(), RedactingFormatter("")):
        assert formatter.format(record("as it is")).endswith("ERROR bot: as it is")


@given(st.text(max_size=30), st.text(max_size=30))
@settings(deadline=None, max_examples=100)
def test_what_surrounds_a_secret_stays(before: str, after: str) -> None:
    line = RedactingFormatter(TOKEN).format(record("%s", f"{before}{TOKEN}{after}"))
    assert line.endswith(f"bot: {before}[secret]{after}")


def test_a_line_says_when_how_grave_and_where() -> None:
    with log() as shown:
        logger.warning("مرحبا %s", 7)
    assert re.fullmatch(r"\S+ \S+ WARNING tests.logs: مرحبا 7\n", shown.getvalue())


def test_the_log_goes_to_standard_error_without_the_token() -> None:
    url = f"https://api.telegram.org/bot{TOKEN}/getUpdates"
    with log() as shown:
        logger.info("starting %s", TOKEN)
        logger.error("failed", exc_info=raised(NetworkError(url)))
    assert "starting [secret]" in shown.getvalue()
    assert "NetworkError: https://api.telegram.org/bot[secret]/getUpdates" in shown.getvalue()
    assert TOKEN not in shown.getvalue()


def test_a_message_that_cannot_be_formatted_does_not_show_the_token() -> None:
    with log() as shown:
        logger.info("%d updates", TOKEN)
    assert TOKEN not in shown.getvalue()


def test_information_is_shown_and_what_is_for_developers_is_not() -> None:
    with log() as shown:
        logger.info("for operators")
        logger.debug("for developers")
    assert "INFO tests.logs: for operators" in shown.getvalue()
    assert "for developers" not in shown.getvalue()


@pytest.mark.parametrize("name", CHATTY)
def test_libraries_that_log_every_request_are_heard_from_warnings_up(name: str) -> None:
    with log() as shown:
        logging.getLogger(name).info("a request")
        logging.getLogger(name).warning("a refusal")
    assert "a refusal" in shown.getvalue()
    assert "a request" not in shown.getvalue()


def test_a_refused_token_is_left_to_the_one_sentence_that_ends_the_start() -> None:
    refused = raised(InvalidToken(f"The token `{TOKEN}` was rejected by the server."))
    with log() as shown:
        logger.error("cannot start", exc_info=refused)
    assert shown.getvalue() == ""


def test_setting_up_twice_logs_once() -> None:
    with log() as shown:
        set_up_logging(TOKEN)
        logger.info("once")
    assert shown.getvalue().count("once") == 1
