"""Which generation is served, which are kept, and what is refused."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any, cast

import chromadb
import numpy as np
import pytest
from chromadb.api.client import Client
from conftest import SEEDS, silent

from retrieval import processes, publishing
from retrieval.canaries import read_canaries
from retrieval.changes import Changes
from retrieval.encoder import BUNDLED, Encoder
from retrieval.errors import CorpusError, GenerationError, RefusedError
from retrieval.manifest import VECTORS
from retrieval.publishing import (
    current,
    generations,
    holder,
    is_current,
    prune,
    publish_new,
    rollback,
)
from retrieval.seal import seal


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus, and the data folder with two generations of it."""
    folder = tmp_path_factory.mktemp("two")
    shutil.copytree(SEEDS, folder / "corpus")
    publish_new(folder / "var", [folder / "corpus"], BUNDLED, silent)
    (folder / "corpus" / "new.txt").write_text("خبر جديد عن القمر الصناعي.", encoding="utf-8")
    publish_new(folder / "var", [folder / "corpus"], BUNDLED, silent)
    return folder


@pytest.fixture
def data(two: Path, tmp_path: Path) -> Path:
    shutil.copytree(two, tmp_path, dirs_exist_ok=True)
    return tmp_path / "var"


@pytest.fixture
def corpus(data: Path) -> Path:
    return data.parent / "corpus"


def test_changes_are_counted_and_named() -> None:
    before = {"a": "1", "b": "2", "c": "3"}
    after = {"b": "2", "c": "4", "d": "5"}
    changes = Changes.between(before, after)
    assert (changes.added, changes.changed, changes.removed, changes.unchanged) == (1, 1, 1, 1)
    assert changes.named == {"added": ["d"], "changed": ["c"], "removed": ["a"]}


def test_a_generation_tells_what_it_replaced_and_what_changed(data: Path) -> None:
    second, first = (kept.manifest for kept in generations(data))
    assert second.replaces == first.generation
    assert first.replaces is None
    assert first.changes == Changes(5, 0, 0, 0, first.changes.named)
    assert (second.changes.added, second.changes.unchanged) == (1, 5)
    assert second.changes.named["added"] == ["new"]


def test_rollback_serves_the_generation_before_and_no_start_builds_the_corpus_again(
    data: Path, corpus: Path, encoder: Encoder
) -> None:
    second, first = (kept.manifest.generation for kept in generations(data))
    assert current(data) == second
    assert rollback(data).generation == first == current(data)
    assert is_current(data, [corpus], encoder)
    (corpus / "new.txt").unlink()
    assert is_current(data, [corpus], encoder)  # it is what is served
    (corpus / "other.txt").write_text("خبر آخر عن البحر.", encoding="utf-8")
    assert not is_current(data, [corpus], encoder)
    with pytest.raises(GenerationError, match="no generation before"):
        rollback(data)


def test_what_is_not_needed_is_deleted(data: Path) -> None:
    second, first = (kept.manifest.generation for kept in generations(data))
    half = data / "generations" / "19990101T000000-half"
    half.mkdir()
    assert prune(data, keep=2) == [half.name]
    assert prune(data, keep=1) == [first]
    assert [kept.manifest.generation for kept in generations(data)] == [second]


@pytest.mark.parametrize(
    ("canary", "why"),
    [
        ('question = "من ترأس اجتماع روما؟"\narticle = "lost"', "there is no article lost"),
        ('question = "كيف حالك؟"\narticle = "new"', "does not find new"),
        ('question = "كم عضوا في التحالف الدولي؟"\nabsent = true', "should be absent"),
        ('question = "؟؟"\nabsent = true', "at least one word"),
    ],
)
def test_a_canary_that_is_silent_keeps_a_generation_from_being_published(
    data: Path, corpus: Path, canary: str, why: str
) -> None:
    before = current(data)
    (corpus / "canaries.toml").write_text(f"[[canary]]\n{canary}\n", encoding="utf-8")
    with pytest.raises(RefusedError, match=why):
        publish_new(data, [corpus], BUNDLED, silent)
    assert current(data) == before
    (newest, *_) = generations(data)
    assert newest.refused is not None
    assert why in newest.refused
    assert newest.manifest.generation not in prune(data)  # kept for inspection


@pytest.mark.parametrize("times", [1, 2])
def test_a_build_that_lost_a_vector_is_made_once_more_and_then_refused(
    data: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    before, lost = current(data), times
    run = processes.run_fresh

    def run_and_lose(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Lose a vector, as Chroma would: the build is real, and so is what verifies it."""
        nonlocal lost
        result = run(function, *arguments, **options)
        if function.__name__ == "_build" and lost:
            lost -= 1
            forget_a_vector(arguments[0])
        return result

    monkeypatch.setattr(publishing, "run_fresh", run_and_lose)
    (corpus / "more.txt").write_text("خبر\n\nتحدث الخبراء عن السد طويلا أمس.", encoding="utf-8")
    if times == 1:
        assert publish_new(data, [corpus], BUNDLED, silent).generation == current(data) != before
    else:
        with pytest.raises(RefusedError, match="not found in Chroma"):
            publish_new(data, [corpus], BUNDLED, silent)
        assert current(data) == before


def forget_a_vector(folder: Path) -> None:
    """Put a far vector in the place of one in Chroma, in a generation that is whole otherwise."""
    client = chromadb.PersistentClient(str(folder / VECTORS))
    collection = client.get_collection("passages", embedding_function=None)
    first = collection.get(limit=1, include=["embeddings"])
    collection.update(ids=first["ids"], embeddings=-np.array(first["embeddings"]))
    cast("Client", client).close()
    seal(folder)


def test_canaries_that_sing_let_a_generation_pass(data: Path, corpus: Path) -> None:
    (corpus / "canaries.toml").write_text(
        '[[canary]]\nquestion = "من ترأس الاجتماع الوزاري للتحالف في روما؟"\n'
        'article = "002_bf51089687a09448"\n'
        '[[canary]]\nquestion = "كيف أطبخ الكسكس بالخضار؟"\nabsent = true\n',
        encoding="utf-8",
    )
    assert publish_new(data, [corpus], BUNDLED, silent).generation == current(data)


@pytest.mark.parametrize(
    "text", ["[[canary]", "[canary]\nx = 1", "[[canary]]\nquestion = 3", "other = 1",
             '[[canary]]\nquestion = "س"', '[[canary]]\nquestion = "س"\nabsent = false']
)  # fmt: skip
def test_canaries_that_cannot_be_read_are_an_error_by_their_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "canaries.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=r"canaries\.toml"):
        read_canaries([tmp_path])


def test_too_full_a_disk_is_told_before_anything_is_built(
    data: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(data)
    nearly_full = type(usage)(usage.total, usage.total - 1000, 1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: nearly_full)
    with pytest.raises(GenerationError, match="MB are free"):
        publish_new(data, [corpus], BUNDLED, silent)
    assert len(generations(data)) == 2


@pytest.fixture
def building(data: Path, corpus: Path) -> Iterator[subprocess.Popen[str]]:
    """An indexer that has begun to build."""
    for number in range(400):
        text = f"خبر رقم {number}.\n" + f"تفاصيل الخبر رقم {number} في العاصمة. " * 40
        (corpus / f"{number}.txt").write_text(text, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "retrieval", "index", "--progress-json"],
        env={**os.environ, "ISNAD_DATA": str(data), "ISNAD_CORPUS": str(corpus)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["stage"] == "read"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_an_indexer_that_is_told_to_end_leaves_nothing_behind(
    data: Path, building: subprocess.Popen[str]
) -> None:
    before = {folder.name for folder in (data / "generations").iterdir()}
    assert len(before) == 3
    assert f"process {building.pid}" in str(holder(data))
    building.send_signal(signal.SIGTERM)
    assert building.wait(timeout=30) == 128 + signal.SIGTERM
    assert len(list((data / "generations").iterdir())) == 2
    assert holder(data) is None


def test_a_killed_indexer_takes_its_builder_with_it_and_the_next_build_succeeds(
    data: Path, corpus: Path, building: subprocess.Popen[str]
) -> None:
    tasks = Path(f"/proc/{building.pid}/task/{building.pid}/children")
    children = tasks.read_text(encoding="ascii").split()
    assert children
    served = current(data)
    building.kill()
    building.wait()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in children):
        assert time.monotonic() < deadline, "the builder goes on without its indexer"
        time.sleep(0.05)
    assert current(data) == served
    for number in range(400):
        (corpus / f"{number}.txt").unlink()
    manifest = publish_new(data, [corpus], BUNDLED, silent)
    assert current(data) == manifest.generation
    assert len(list((data / "generations").iterdir())) == 3


def test_a_watcher_indexes_again_when_the_corpus_changes(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text("خبر عن الزلزال في المغرب.", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "retrieval", "index", "--watch", "--progress-json"],
        env={**os.environ, "ISNAD_DATA": str(tmp_path / "var"), "ISNAD_CORPUS": str(corpus)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None

    def told() -> Iterator[dict[str, dict[str, object]]]:
        assert process.stdout is not None
        yield from (json.loads(line) for line in process.stdout)

    try:
        published = (line["published"] for line in told() if "published" in line)
        assert next(published)["articles"] == 1
        # Watching begins a moment later; what is written again and again is seen at last.
        writing = Thread(target=_keep_writing, args=(corpus / "b.txt", process), daemon=True)
        writing.start()
        assert next(published)["articles"] == 2
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def _keep_writing(path: Path, process: subprocess.Popen[str]) -> None:
    for number in range(60):
        if process.poll() is None:
            path.write_text(f"خبر عن المعرض، الطبعة {number}.", encoding="utf-8")
            time.sleep(4)
