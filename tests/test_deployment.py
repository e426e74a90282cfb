"""The bot as it is deployed: a process behind a proxy, watched through a port of its own."""

import asyncio
import json
import re
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes import TOKEN, BotApi
from house import free_port, program
from pydantic import SecretStr
from serving import HOW_MANY_MEMBERS, MEMBERS
from webhooks import Webhook, post

from bot.webhook import webhook_secret
from config.settings import WebhookSettings

URL = "https://bot.example.org/a.path/to(it)"
UNKNOWN = {"update_id": 1}
START = 30.0


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server
        assert server.violations == []


def behind_a_proxy(api: BotApi) -> dict[str, str]:
    """Return the environment of a bot that the fake Telegram posts to."""
    port = free_port()
    api.deliveries.behind = ("127.0.0.1", port)
    return {"ISNAD_WEBHOOK__URL": URL, "ISNAD_WEBHOOK__PORT": str(port)}


async def ended(process: asyncio.subprocess.Process) -> str:
    """Wait until a process has ended, and return what it logged."""
    _, log = await asyncio.wait_for(process.communicate(), START)
    return log.decode()


async def test_a_question_that_telegram_posts_is_answered_and_a_stranger_s_refused(
    api: BotApi, seeds_data: Path
) -> None:
    async with program(api, seeds_data, **behind_a_proxy(api)) as process:
        reader = api.user()
        await reader.send(HOW_MANY_MEMBERS)
        (card,) = await api.wait_for_messages(reader.id, 1, timeout=START)
        assert MEMBERS in card.text
        behind, webhook = api.deliveries.behind, api.deliveries.webhook
        assert behind is not None
        assert webhook is not None
        assert (webhook.url, len(webhook.secret)) == (URL, 64)
        assert await post(behind, URL, UNKNOWN) == 403
        assert await post(behind, URL, UNKNOWN, "another-secret") == 403
        assert await post(behind, URL, UNKNOWN, webhook.secret) == 200
        assert await post(behind, "https://bot.example.org/other", UNKNOWN, webhook.secret) == 404
        assert not any(call.method == "getUpdates" for call in api.calls)
        process.send_signal(signal.SIGTERM)
        log = await ended(process)
    assert process.returncode == 0
    assert TOKEN not in log
    assert webhook.secret not in log
    assert "Traceback" not in log
    assert api.pending_updates == []
    assert api.deliveries.webhook is not None  # what is asked from now on waits there


async def test_a_question_in_flight_at_sigterm_is_answered_and_later_ones_after_a_restart(
    api: BotApi, seeds_data: Path
) -> None:
    environment = behind_a_proxy(api) | {"ISNAD_WEBHOOK__SECRET": "a-secret-of-the-operator"}
    reader = api.user()
    async with program(api, seeds_data, **environment) as process:
        api.delay_next("sendMessage", 1.0)
        await reader.send(HOW_MANY_MEMBERS)
        sending = [call.method for call in api.calls]
        await api.wait_until(
            lambda: any(call.method == "sendMessage" for call in api.calls), START, str(sending)
        )
        assert api.bot_messages(reader.id) == []
        process.send_signal(signal.SIGTERM)
        assert "a-secret-of-the-operator" not in await ended(process)
        assert process.returncode == 0
        (card,) = api.bot_messages(reader.id)
        assert MEMBERS in card.text
    for number in range(3):
        await reader.send(f"{HOW_MANY_MEMBERS} {number}")
    async with program(api, seeds_data, **environment) as process:
        await api.wait_for_messages(reader.id, 4, timeout=START)
        process.send_signal(signal.SIGTERM)
        await ended(process)
    assert len(api.bot_messages(reader.id)) == 4
    assert api.deliveries.webhook is not None
    assert api.deliveries.webhook.secret == "a-secret-of-the-operator"


async def test_a_bot_that_polls_again_takes_its_webhook_back(api: BotApi, seeds_data: Path) -> None:
    reader = api.user()
    api.deliveries.webhook = Webhook(URL)
    async with program(api, seeds_data, PORT="8080") as process:
        await reader.send(HOW_MANY_MEMBERS)
        await api.wait_for_messages(reader.id, 1, timeout=START)
        process.send_signal(signal.SIGTERM)
        log = await ended(process)
    assert "ISNAD_WEBHOOK__URL is not: the bot polls" in log
    assert api.deliveries.webhook is None


async def test_a_webhook_that_telegram_refuses_stops_the_start_by_the_settings_name(
    api: BotApi, seeds_data: Path
) -> None:
    environment = behind_a_proxy(api) | {"ISNAD_WEBHOOK__URL": "https://bot.example.org:8080/"}
    async with program(api, seeds_data, **environment) as process:
        log = await ended(process)
    assert process.returncode == 1
    assert log.strip().splitlines()[-1].startswith("isnad: ISNAD_WEBHOOK__URL: refused (")
    assert "Traceback" not in log
    api.violations.clear()


@pytest.mark.parametrize("variable", ["ISNAD_WEBHOOK__PORT", "ISNAD_METRICS_PORT"])
async def test_a_port_that_is_taken_stops_the_start_by_the_settings_name(
    api: BotApi, seeds_data: Path, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment = behind_a_proxy(api) | {variable: str(taken.getsockname()[1])}
        async with program(api, seeds_data, **environment) as process:
            log = await ended(process)
    assert process.returncode == 1
    assert log.strip().splitlines()[-1].startswith(f"isnad: {variable}: cannot listen on 127.")
    assert "Traceback" not in log


async def test_a_bot_that_is_told_to_end_before_it_could_begin_ends(
    api: BotApi, seeds_data: Path
) -> None:
    api.fail_next("setWebhook", 500, "Internal Server Error", times=1000)
    async with program(api, seeds_data, **behind_a_proxy(api)) as process:
        await api.wait_for_call("setWebhook", 2, timeout=START)
        process.send_signal(signal.SIGTERM)
        await ended(process)
    assert process.returncode == 0


async def test_the_first_start_on_an_empty_disk_builds_the_archive_while_updates_wait(
    api: BotApi, tmp_path: Path
) -> None:
    reader = api.user()
    await reader.send(HOW_MANY_MEMBERS)
    async with program(api, tmp_path / "var", **behind_a_proxy(api)) as process:
        assert process.stderr is not None
        await asyncio.wait_for(process.stderr.readuntil(b"indexing"), START)
        process.send_signal(signal.SIGHUP)  # a reload too early is no end
        (card,) = await api.wait_for_messages(reader.id, 1, timeout=2 * START)
        assert MEMBERS in card.text
        process.send_signal(signal.SIGTERM)
        assert "indexed 5 articles" in await ended(process)


async def test_a_watched_bot_tells_health_and_numbers_and_logs_json_of_each_request(
    api: BotApi, seeds_data: Path
) -> None:
    port = free_port()
    environment = {"ISNAD_METRICS_PORT": str(port), "ISNAD_LOG_FORMAT": "json"}
    async with program(api, seeds_data, **environment) as process:
        reader = api.user(first_name="Zubaida")
        for question in (HOW_MANY_MEMBERS, "ما هي أفضل وصفة للكشري؟", "؟؟؟"):
            await reader.send(question)
        await api.wait_for_messages(reader.id, 3, timeout=START)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            health = await http.get("/health")
            metrics = (await http.get("/metrics")).text
            assert (await http.post("/health")).status_code == 405
            assert (await http.get("/")).status_code == 404
        process.send_signal(signal.SIGTERM)
        log = await ended(process)
    told = health.json()
    assert (health.status_code, told["status"], told["articles"]) == (200, "ok", 5)
    for line in (
        'isnad_questions_total{outcome="answered"} 1.0',
        'isnad_questions_total{outcome="absent"} 1.0',
        'isnad_questions_total{outcome="empty"} 1.0',
        'isnad_questions_total{outcome="failed"} 0.0',
        "isnad_question_seconds_count 2.0",
        "isnad_questions_in_flight 0.0",
        "isnad_archive_waiting 0.0",
        'isnad_reloads_total{result="published"} 0.0',
        'isnad_faults_total{where="bot"} 0.0',
        "isnad_articles 5.0",
        f'isnad_generation_info{{generation="{told["generation"]}"}} 1.0',
    ):
        assert line in metrics.splitlines()
    assert re.search(r"^process_resident_memory_bytes \d", metrics, re.MULTILINE)
    lines: list[dict[str, Any]] = [json.loads(line) for line in log.splitlines()]
    answered = [line for line in lines if line["logger"] == "bot.archive"]
    assert sorted((line["outcome"], line["hits"] > 0) for line in answered) == [
        ("absent", False),
        ("answered", True),
    ]
    assert len({line["request"] for line in answered}) == 2
    assert all(isinstance(line["ms"], int) for line in answered)
    for hidden in (TOKEN, HOW_MANY_MEMBERS, "كشري", "Zubaida", str(reader.id)):
        assert hidden not in log


def test_the_secret_is_the_operator_s_or_follows_from_the_token_alone() -> None:
    token = SecretStr(TOKEN)
    derived = webhook_secret(WebhookSettings(), token)
    assert derived == webhook_secret(WebhookSettings(url=URL), token)
    assert derived != webhook_secret(WebhookSettings(), SecretStr(f"{TOKEN}x"))
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", derived.get_secret_value())
    chosen = SecretStr("chosen")
    assert webhook_secret(WebhookSettings(secret=chosen), token) == chosen
