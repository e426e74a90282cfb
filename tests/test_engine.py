"""Work is done in processes of their own, which may be killed."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from functools import partial
from pathlib import Path

import pytest
from conftest import ROOT, SEEDS, silent
from serving import HOW_MANY_MEMBERS, MEMBERS

from bot.archive import Archive
from bot.engine import ProcessEngine
from retrieval.encoder import BUNDLED
from retrieval.errors import ArticleNotFoundError, GenerationError, KilledError
from retrieval.opening import open_afresh
from retrieval.publishing import current, publish_new
from retrieval.retriever import Retriever

ARTICLE = "000_93b21bcfa360256c"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("engine")
    publish_new(folder, [SEEDS], BUNDLED, silent)
    return folder


def started(data: Path, workers: int = 1) -> ProcessEngine:
    return ProcessEngine(partial(open_afresh, data, [SEEDS], BUNDLED), workers)


@pytest.fixture
def engine(data: Path) -> Iterator[ProcessEngine]:
    one = started(data)
    yield one
    one.close()


def test_what_those_who_answer_run_is_read_in_before_they_are_forked() -> None:
    told = "import sys, bot.fresh; print(*sys.modules)"
    run = [sys.executable, "-c", told]
    modules = subprocess.run(run, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    assert {"chromadb", "bot.archive", "bot.handlers.reading"} <= set(modules.split())


def process(_served: Retriever) -> int:
    return os.getpid()


def late(served: Retriever, seconds: float) -> int:
    time.sleep(seconds)
    return served.coverage.articles


def end(_served: Retriever) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def title(served: Retriever, article_id: str) -> str:
    return served.article(article_id).title


def is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(number: int) -> None:
    for _ in range(600):
        if not is_alive(number):
            return
        time.sleep(0.05)
    raise AssertionError(f"process {number} goes on")


def test_work_is_done_elsewhere_with_the_generation_that_was_opened(engine: ProcessEngine) -> None:
    assert engine.submit(process).result() != os.getpid()
    assert engine.coverage.articles == 5
    assert engine.manifest.generation == engine.coverage.generation


def test_what_work_raises_is_raised_here_with_where_it_was_raised(engine: ProcessEngine) -> None:
    with pytest.raises(ArticleNotFoundError) as raised:
        engine.submit(title, "none").result()
    assert "in title" in str(raised.value.__cause__)
    assert engine.submit(late, 0.0).result() == 5


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="no generation"):
        started(tmp_path)


def killed() -> Retriever:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def test_one_that_is_killed_while_it_opens_says_so() -> None:
    with pytest.raises(KilledError, match="memory"):
        ProcessEngine(killed)


def test_signals_for_the_whole_group_leave_work_to_its_end(engine: ProcessEngine) -> None:
    number = engine.submit(process).result()
    working = engine.submit(late, 0.5)
    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(number, sent)
    assert working.result() == 5


def test_one_that_is_closed_ends_its_work_and_then_itself(data: Path) -> None:
    engine = started(data)
    number = engine.submit(process).result()
    working = engine.submit(late, 0.5)
    engine.close()
    assert working.result() == 5
    wait_until_gone(number)


def test_several_work_at_a_time_and_all_leave_out_what_is_withdrawn(data: Path) -> None:
    engine = started(data, workers=2)
    both = {one.result() for one in [engine.submit(busy) for _ in range(2)]}
    assert len(both) == 2
    assert engine.withdraw([ARTICLE]).result().articles == 4
    covered = [one.result() for one in [engine.submit(late, 0.3) for _ in range(2)]]
    assert covered == [4, 4]
    engine.close()


def test_all_open_the_generation_that_is_named_whatever_is_published_meanwhile(
    data: Path, tmp_path: Path
) -> None:
    shutil.copytree(data, tmp_path / "var")
    first = current(tmp_path / "var")
    publish_new(tmp_path / "var", [SEEDS / f"{ARTICLE}.txt"], BUNDLED, silent)
    assert current(tmp_path / "var") != first
    engine = ProcessEngine(partial(open_afresh, tmp_path / "var", [SEEDS], BUNDLED, first))
    assert engine.coverage.generation == first
    engine.close()


def busy(_served: Retriever) -> int:
    time.sleep(0.5)
    return os.getpid()


async def test_a_question_is_answered_though_the_process_was_killed(data: Path) -> None:
    archive = Archive(started(data), lambda _generation: started(data))
    await archive.withdraw([ARTICLE])
    first = await archive.run(process)
    os.kill(first, signal.SIGKILL)
    wait_until_gone(first)
    answers = await asyncio.gather(*(archive.answer(HOW_MANY_MEMBERS) for _ in range(3)))
    assert all(MEMBERS in answer.hits[0].text for answer in answers)
    assert await archive.run(process) != first
    assert archive.waiting == 0
    archive.close()


async def test_work_that_kills_every_process_fails_and_nothing_else_does(data: Path) -> None:
    archive = Archive(started(data), lambda _generation: started(data))
    with pytest.raises(BrokenExecutor):
        await archive.run(end)
    assert (await archive.answer(HOW_MANY_MEMBERS)).hits
    archive.close()
