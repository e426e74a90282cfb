"""Vectors on a real server of Chroma: built, searched, taken back and deleted there."""

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from chroma_server import CERTIFICATE, PASSWORD, RunningChroma, door
from conftest import ROOT, SEEDS, silent

from bot.engine import ProcessEngine
from retrieval.chroma_server import ChromaServer
from retrieval.documents import Answer
from retrieval.encoder import BUNDLED, Encoder
from retrieval.errors import GenerationError, ServerError
from retrieval.opening import open_afresh, open_retriever
from retrieval.publishing import (
    current,
    folder_of,
    generations,
    is_current,
    prune,
    prune_server,
    publish_new,
    rollback,
)
from retrieval.retriever import Retriever

QUESTIONS = (
    "من أين تغيب بلينكن وما سبب إصابته؟",
    "كم عدد مقاتلي تنظيم الدولة المحتجزين في معسكرات قوات سوريا الديمقراطية؟",
    "التحالف الدولي ضد داعش",
)


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChroma]:
    running = RunningChroma(tmp_path_factory.mktemp("chroma"))
    yield running
    running.stop()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    shutil.copytree(SEEDS, folder)
    return folder


def publish(data: Path, corpus: Path, server: ChromaServer | None, keep: int = 3) -> str:
    return publish_new(data, [corpus], BUNDLED, silent, server=server, keep=keep).generation


def told(answer: Answer) -> list[tuple[str, int, int]]:
    return [(hit.article.id, hit.start, hit.end) for hit in answer.hits]


def ask_all(retriever: Retriever) -> list[list[tuple[str, int, int]]]:
    found = [told(retriever.answer(question)) for question in QUESTIONS]
    assert all(found)
    return found


def asked(data: Path, corpus: Path, encoder: Encoder, server: ChromaServer | None) -> object:
    retriever = open_retriever(data, [corpus], encoder, server=server)
    answers = ask_all(retriever)
    retriever.close()
    return answers


def test_answers_are_the_same_from_a_server_and_from_a_folder(
    tmp_path: Path,
    seeds_data: Path,
    encoder: Encoder,
    chroma: RunningChroma,
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = tmp_path / "var"
    name = publish(data, SEEDS, chroma.server)
    assert asked(data, SEEDS, encoder, chroma.server) == asked(seeds_data, SEEDS, encoder, None)
    assert name in chroma.server.generations()
    assert not (folder_of(data) / "chroma").exists()
    assert [one.manifest.server for one in generations(data)] == [chroma.server.url]
    assert is_current(data, [SEEDS], encoder, chroma.server)
    assert not is_current(data, [SEEDS], encoder)  # it is to move from there
    assert not is_current(seeds_data, [SEEDS], encoder, chroma.server)
    with pytest.raises(GenerationError, match="set ISNAD_CHROMA_URL"):
        open_retriever(data, [SEEDS], encoder)
    publish(data, SEEDS, None, keep=1)  # moved back, and the server is not known any more
    assert f"the collection of {name} stays on {chroma.server.url}" in caplog.text
    assert asked(data, SEEDS, encoder, None) == asked(seeds_data, SEEDS, encoder, None)


def test_processes_serve_one_collection_while_another_is_written_and_old_ones_are_deleted(
    tmp_path: Path, corpus: Path, encoder: Encoder, chroma: RunningChroma
) -> None:
    data = tmp_path / "var"
    first = publish(data, corpus, chroma.server)
    opening = partial(open_afresh, data, [corpus], BUNDLED, first, chroma.server)
    engine = ProcessEngine(opening, 2)
    before = engine.submit(ask_all).result()
    (corpus / "late.txt").write_text("افتتح الوزير معرض الكتاب الخامس في بيروت.", encoding="utf-8")
    second = publish(data, corpus, chroma.server, keep=1)
    assert engine.submit(ask_all).result() == before  # nobody deletes what is in use
    assert {first, second} <= {*chroma.server.generations()}
    engine.close(wait=True)
    assert prune(data, 1, chroma.server) == [first]
    assert first not in chroma.server.generations()
    retriever = open_retriever(data, [corpus], encoder, server=chroma.server)
    assert told(retriever.answer("أين افتتح معرض الكتاب؟"))[0][0] == "late"
    # What has not changed was taken over, not computed again.
    taken = retriever.manifest.taken
    assert taken == retriever.manifest.passages - 1
    retriever.close()


def test_a_rollback_looks_whether_the_collection_is_whole(
    tmp_path: Path, corpus: Path, chroma: RunningChroma
) -> None:
    data = tmp_path / "var"
    first = publish(data, corpus, chroma.server)
    (corpus / "late.txt").write_text("افتتح الوزير معرض الكتاب الخامس في بيروت.", encoding="utf-8")
    second = publish(data, corpus, chroma.server)
    assert rollback(data, chroma.server).generation == first
    publish(data, corpus, chroma.server)
    chroma.server.delete(first)
    with pytest.raises(GenerationError, match=r"no collection isnad-|no generation before"):
        rollback(data, chroma.server)
    assert current(data) not in (first, second)


def test_a_server_that_is_away_costs_time_and_no_answer(
    tmp_path: Path, corpus: Path, encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    chroma = RunningChroma(tmp_path / "chroma")
    data = tmp_path / "var"
    try:
        name = publish(data, corpus, chroma.server)
        retriever = open_retriever(data, [corpus], encoder, server=chroma.server)
        answers = ask_all(retriever)
        chroma.freeze()
        assert ask_all(retriever) == answers
        assert "timed out" in caplog.text
        chroma.freeze(thawed=True)
    finally:
        chroma.stop()
    assert ask_all(retriever) == answers
    retriever.close()
    # Neither a restart nor a reload needs it, or breaks anything.
    assert asked(data, corpus, encoder, chroma.server) == answers
    (corpus / "late.txt").write_text("افتتح الوزير معرض الكتاب الخامس في بيروت.", encoding="utf-8")
    with pytest.raises(ServerError, match=r"ISNAD_CHROMA_URL: http://127\.0\.0\.1:\d+ cannot be"):
        publish(data, corpus, chroma.server)
    assert current(data) == name
    with caplog.at_level(logging.WARNING):
        assert prune(data, 1, chroma.server) == []
    chroma.start()
    try:
        second = publish(data, corpus, chroma.server, keep=1)
        assert chroma.server.generations() == [second]
        assert [one.manifest.generation for one in generations(data)] == [second]
        assert len([*(data / "generations").iterdir()]) == 1
    finally:
        chroma.stop()


def test_a_collection_that_somebody_deleted_is_told_at_opening_and_borne_while_open(
    tmp_path: Path, corpus: Path, encoder: Encoder, chroma: RunningChroma
) -> None:
    data = tmp_path / "var"
    name = publish(data, corpus, chroma.server)
    retriever = open_retriever(data, [corpus], encoder, server=chroma.server)
    answers = ask_all(retriever)
    chroma.server.delete(name)
    assert ask_all(retriever) == answers
    retriever.close()
    with pytest.raises(GenerationError, match=r"has no collection isnad-.*build again"):
        open_retriever(data, [corpus], encoder, server=chroma.server)
    # Nothing is lost: the next build takes its vectors from the folder.
    publish(data, corpus, chroma.server)
    assert asked(data, corpus, encoder, chroma.server) == answers


def test_what_a_killed_indexer_left_on_the_server_is_deleted_by_the_next_command(
    tmp_path: Path, chroma: RunningChroma
) -> None:
    data = tmp_path / "var"
    command = [sys.executable, "-m", "retrieval"]
    environment = {
        **os.environ,
        "ISNAD_DATA": str(data),
        "ISNAD_CORPUS": str(SEEDS),
        "ISNAD_CHROMA_URL": chroma.server.url,
        "ISNAD_CHROMA_HEADERS": json.dumps({"X-Chroma-Token": PASSWORD}),
    }
    others = {*chroma.server.generations()}
    index = [*command, "index", "--progress-json"]
    with subprocess.Popen(
        index, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout is not None
        for line in killed.stdout:
            if json.loads(line).get("stage") == "written":  # the collection is there by then
                killed.kill()
    (left,) = {*chroma.server.generations()} - others

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*command, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    served = publish(data, SEEDS, chroma.server)
    assert {*chroma.server.generations()} - others == {served}
    assert served != left
    assert f"vectors on {chroma.server.url}" in run("status")
    assert json.loads(run("ask", QUESTIONS[0], "--json"))["hits"]


def test_collections_whose_disk_was_lost_are_deleted_when_told_so(
    tmp_path: Path, corpus: Path, chroma: RunningChroma
) -> None:
    lost = publish(tmp_path / "lost", corpus, chroma.server)
    shutil.rmtree(tmp_path / "lost")
    kept = publish(tmp_path / "var", corpus, chroma.server)
    assert lost in chroma.server.generations()
    assert lost in prune_server(tmp_path / "var", chroma.server)
    assert chroma.server.generations() == [kept]


def test_headers_and_certificates_are_passed_on_and_never_told(
    tmp_path: Path, corpus: Path, encoder: Encoder, chroma: RunningChroma
) -> None:
    data = tmp_path / "var"
    with door(chroma) as url:
        server = ChromaServer(url, {"Authorization": PASSWORD}, certificates=CERTIFICATE)
        assert PASSWORD not in repr(server)
        publish(data, corpus, server)
        answers = asked(data, corpus, encoder, server)
        assert answers == asked(data, corpus, encoder, chroma.server)
        for wrong, why in (
            (replace(server, certificates=None), "CERTIFICATE_VERIFY_FAILED"),
            (replace(server, headers={"Authorization": f"{PASSWORD}!"}), "403"),
            (replace(server, tenant="nobody"), r"404.*not found"),
            (replace(server, database="nothing"), r"404.*\[nothing\] not found"),
        ):
            with pytest.raises(ServerError, match=why) as caught:
                wrong.generations()
            assert PASSWORD not in str(caught.value)
