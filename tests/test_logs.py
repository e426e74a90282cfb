"""Whatever is logged, by whomever, the token is not in it."""

import asyncio
import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from fakes import BotApi
from hypothesis import given, settings
from hypothesis import strategies as st
from serving import HOW_MANY_MEMBERS, Broken, running
from telegram.error import InvalidToken, NetworkError

from bot.logs import JsonFormatter, RedactingFormatter, set_up_logging
from bot.requests import handling
from retrieval.retriever import Retriever

TOKEN = "123456789:AAF-x_secret"
CHATTY = ["httpx", "httpcore", "apscheduler"]
logger = logging.getLogger("tests.logs")


@contextmanager
def log(
    style: Literal["text", "json"] = "text", *, questions: bool = False
) -> Iterator[io.StringIO]:
    """Set up logging with the token as its secret; what standard error gets is in the result."""
    loggers = [logging.getLogger(name) for name in ("", *CHATTY)]
    levels = [one.level for one in loggers]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", io.StringIO())
        patch.setattr(logging.root, "handlers", [])
        set_up_logging(TOKEN, style=style, questions=questions)
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


# -- JSON -----------------------------------------------------------------------------------------


def as_json(shown: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in shown.getvalue().splitlines()]


def test_a_line_of_json_says_the_same_and_what_it_was_given() -> None:
    with log("json") as shown:
        logger.warning("مرحبا\n%s", 7, extra={"ms": 3, "parts": {"a": 1.5, "b": None}})
    (line,) = as_json(shown)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line.pop("time"))
    assert line == {
        "level": "WARNING",
        "logger": "tests.logs",
        "message": "مرحبا\n7",
        "ms": 3,
        "parts": {"a": 1.5, "b": None},
    }


@given(st.text(max_size=30), st.text(max_size=30))
@settings(deadline=None, max_examples=100)
def test_any_text_is_one_line_of_json_without_the_secret(before: str, after: str) -> None:
    line = JsonFormatter(TOKEN).format(record("%s", f"{before}{TOKEN}{after}"))
    assert "\n" not in line
    assert json.loads(line)["message"] == f"{before}[secret]{after}"


def test_a_secret_is_hidden_wherever_it_is_in_a_line_of_json() -> None:
    error = raised(RuntimeError(f"second {TOKEN}"), raised(ValueError(f"first {TOKEN}")))
    with log("json") as shown:
        logger.error(
            "%s", TOKEN, exc_info=error, stack_info=True, extra={"who": [TOKEN], TOKEN: TOKEN}
        )
    (line,) = as_json(shown)
    assert TOKEN not in shown.getvalue()
    assert "RuntimeError: second [secret]" in line["traceback"]
    assert line["who"] == "['[secret]']"


# -- Requests -------------------------------------------------------------------------------------


def test_a_line_has_the_id_of_its_request_and_others_have_none() -> None:
    with log() as shown:
        with handling() as request:
            logger.info("inside")
        logger.info("outside")
    inside, outside = shown.getvalue().splitlines()
    assert inside.endswith(f" INFO tests.logs [{request.id}]: inside")
    assert outside.endswith(" INFO tests.logs: outside")


@pytest.mark.parametrize("style", ["text", "json"])
def test_what_was_written_is_not_in_the_lines_of_its_request(style: Any) -> None:
    written = 'ماذا قال "الوزير"؟\nومتى؟'
    with log(style) as shown, handling([written, "no"]):
        logger.error("cannot: %s", written, exc_info=raised(ValueError(f"near {written}")))
    assert "الوزير" not in shown.getvalue()
    assert "cannot: [what was written]" in shown.getvalue()


def test_what_was_written_does_not_change_the_form_of_a_line() -> None:
    with log("json") as shown, handling(["outcome", "answered", "tests.logs", "message"]):
        logger.info("answered", extra={"outcome": "answered"})
    (line,) = as_json(shown)
    assert (line["outcome"], line["logger"]) == ("answered", "tests.logs")
    assert line["message"] == "[what was written]"


def test_what_was_written_is_not_in_a_traceback_that_was_formatted_before() -> None:
    entry = record("failed", error=raised(ValueError("near a question")))
    assert "a question" in logging.Formatter().format(entry)
    with handling(["a question"]):
        assert "a question" not in RedactingFormatter(TOKEN).format(entry)
        assert "a question" not in JsonFormatter(TOKEN).format(entry)


def test_updates_that_the_library_quotes_are_not_shown() -> None:
    library = logging.getLogger("telegram.ext.Updater")
    with log() as shown:
        library.critical("Received data was: %r", {"text": "a question"})
        library.critical("update %s: %s", object(), "why")
    assert "a question" not in shown.getvalue()
    assert "Received data was: '[an update]'" in shown.getvalue()
    assert "update [an update]: why" in shown.getvalue()


async def test_threads_and_tasks_of_a_request_log_its_id() -> None:
    async def later() -> None:
        logger.info("in a task")

    with log("json") as shown:
        with handling() as request:
            await asyncio.to_thread(logger.info, "on a thread")
            task = asyncio.create_task(later())
        await task
        await asyncio.to_thread(logger.info, "of nobody")
    told = {line["message"]: line.get("request") for line in as_json(shown)}
    assert told == {"on a thread": request.id, "in a task": request.id, "of nobody": None}


async def test_a_fault_is_logged_with_its_request_and_without_the_question(
    retriever: Retriever,
) -> None:
    class Quoting(Broken):
        def answer(self, question: str, *_: Any, **__: Any) -> Any:
            raise ValueError(f"cannot parse {question}")

    async with BotApi() as api:
        with log("json") as shown:
            async with running(api, Quoting(retriever._generation, retriever._calibration)):
                reader = api.user()
                await reader.send(HOW_MANY_MEMBERS)
                await reader.send(f"{HOW_MANY_MEMBERS} الآن")
                await api.wait_for_messages(reader.id, 2)
    faults = [line for line in as_json(shown) if line["message"].startswith("fault ")]
    assert len({line["request"] for line in faults}) == 2
    assert all("cannot parse [what was written]" in line["traceback"] for line in faults)
    assert HOW_MANY_MEMBERS not in shown.getvalue()


async def test_questions_and_who_asked_are_logged_where_the_operator_wants_them(
    retriever: Retriever,
) -> None:
    async with BotApi() as api:
        with log("json", questions=True) as shown:
            async with running(api, retriever, log_questions=True):
                reader = api.user()
                await reader.send(HOW_MANY_MEMBERS)
                await api.wait_for_messages(reader.id, 1)
    lines = {line["logger"]: line for line in as_json(shown)}
    assert lines["bot.processing"]["message"] == f"user {reader.id}: {HOW_MANY_MEMBERS}"
    assert lines["bot.processing"]["request"] == lines["bot.archive"]["request"]
