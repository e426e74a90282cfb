"""What is counted, and what the port for who watches says when the archive cannot answer."""

import asyncio
import threading
from collections.abc import AsyncIterator

import httpx
import pytest
from fakes import BotApi
from house import free_port
from serving import HOW_MANY_MEMBERS, Broken, Here, running

from bot.archive import Archive
from bot.monitoring import monitored
from config.settings import ConfigurationError
from retrieval.errors import QuestionError
from retrieval.retriever import Retriever


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server


async def fetched(archive: Archive, path: str) -> httpx.Response:
    port = free_port()
    async with monitored(archive, port), httpx.AsyncClient(trust_env=False) as http:
        return await http.get(f"http://127.0.0.1:{port}{path}")


async def numbers(archive: Archive) -> dict[str, float]:
    """Return what /metrics tells, by the name with its labels."""
    lines = (await fetched(archive, "/metrics")).text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(number) for name, number in pairs}


async def test_metrics_are_in_the_text_format_of_prometheus(retriever: Retriever) -> None:
    response = await fetched(Archive(Here(retriever)), "/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE isnad_questions_total counter" in response.text
    assert "# TYPE isnad_question_seconds histogram" in response.text


async def test_questions_are_counted_by_outcome_and_measured(retriever: Retriever) -> None:
    archive = Archive(Here(retriever))
    await archive.answer(HOW_MANY_MEMBERS)
    with pytest.raises(QuestionError):
        await archive.answer("؟؟؟")
    told = await numbers(archive)
    assert told['isnad_questions_total{outcome="answered"}'] == 1
    assert told['isnad_questions_total{outcome="empty"}'] == 1
    assert told["isnad_question_seconds_count"] == 1
    assert told["isnad_question_seconds_sum"] > 0
    assert told["isnad_articles"] == 5


async def test_every_archive_counts_for_itself(retriever: Retriever) -> None:
    await Archive(Here(retriever)).answer(HOW_MANY_MEMBERS)
    told = await numbers(Archive(Here(retriever)))
    assert told['isnad_questions_total{outcome="answered"}'] == 0


async def test_what_waits_is_told_apart_from_what_is_being_done(
    retriever: Retriever,
) -> None:
    archive, begun, going = Archive(Here(retriever)), threading.Barrier(5), threading.Event()

    def hold(_retriever: Retriever) -> None:
        begun.wait(30)
        going.wait(30)

    held = [asyncio.create_task(archive.run(hold)) for _ in range(4)]
    asked = asyncio.create_task(archive.answer(HOW_MANY_MEMBERS))
    await asyncio.to_thread(begun.wait, 30)
    told = await numbers(archive)
    assert told["isnad_questions_in_flight"] == 1
    assert told["isnad_archive_waiting"] == 1
    going.set()
    await asyncio.gather(*held, asked)
    told = await numbers(archive)
    assert told["isnad_questions_in_flight"] == told["isnad_archive_waiting"] == 0


async def test_an_archive_that_cannot_answer_is_not_healthy(retriever: Retriever) -> None:
    broken = Broken(retriever._generation, retriever._calibration)
    response = await fetched(Archive(Here(broken)), "/health")
    assert response.status_code == 503
    assert response.json() == {"status": "failing", "error": "RuntimeError"}


async def test_an_archive_whose_threads_all_hang_is_not_healthy(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.monitoring._PATIENCE_SECONDS", 0.1)
    archive, going = Archive(Here(retriever)), threading.Event()
    held = [asyncio.create_task(archive.run(lambda _: going.wait(30))) for _ in range(4)]
    response = await fetched(archive, "/health")
    going.set()
    await asyncio.gather(*held)
    assert (response.status_code, response.json()["error"]) == (503, "TimeoutError")
    assert (await fetched(archive, "/health")).status_code == 200


async def test_health_says_what_is_served_and_since_when_and_counts_no_question(
    retriever: Retriever,
) -> None:
    archive = Archive(Here(retriever))
    told = (await fetched(archive, "/health")).json()
    assert told == {
        "status": "ok",
        "generation": archive.generation,
        "articles": 5,
        "passages": retriever.coverage.passages,
        "since": archive.since.isoformat(timespec="seconds"),
    }
    assert (await numbers(archive))["isnad_question_seconds_count"] == 0


async def test_without_a_port_nothing_listens(retriever: Retriever) -> None:
    async with monitored(Archive(Here(retriever)), None):
        pass


async def test_a_port_that_is_taken_is_told_by_the_settings_name(retriever: Retriever) -> None:
    port, archive = free_port(), Archive(Here(retriever))
    async with monitored(archive, port):
        with pytest.raises(ConfigurationError, match=f"ISNAD_METRICS_PORT: .*:{port}"):
            async with monitored(archive, port):
                pass


async def test_faults_are_counted_by_where_they_are_from(api: BotApi, retriever: Retriever) -> None:
    broken = Broken(retriever._generation, retriever._calibration)
    async with running(api, broken) as archive:
        reader = api.user()
        await reader.send(HOW_MANY_MEMBERS)
        await api.wait_for_messages(reader.id, 1)
        api.fail_next("sendMessage", 400, "Bad Request: arranged")
        await reader.send("/start")
        await api.wait_for_messages(reader.id, 2)
        told = await numbers(archive)
    assert told['isnad_faults_total{where="bot"}'] == 1
    assert told['isnad_faults_total{where="telegram"}'] == 1
    assert told['isnad_questions_total{outcome="failed"}'] == 1
