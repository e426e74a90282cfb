"""Each ranker of the project and each peer in a process of its own, and what it takes there.

A process indexes, or opens what the project has indexed, and is then asked, one question after the
other, every thread of it on one core and its linear algebra on one thread. What indexing has left
behind is given back to the system before. The first ten questions are asked to warm up; the times
are those of the others.

Memory is that which is of no file, of the process and all that it has started (see `memory.py`):
pages of mapped files, which the system can take back, are not counted. The peak of indexing
includes the texts that a peer is given as a list; memory while answering is taken after the last
question. The seconds of indexing include importing what is needed and loading the encoder.
"""

import ctypes
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent))

from benchmarks.memory import Peak, of_processes
from benchmarks.peers import DEPTH, PEERS, QUIET, Rank

BUILD = "build"
"""The contestant that builds the project's index, and answers nothing."""

GENERATION = "generation"
TEXTS = "texts.jsonl"
"""In the folder of a task: the project's index, and what each passage is matched by, a JSON string
a line, row 0 first."""

_TASK = "task.json"
_WARM = 10


@dataclass(frozen=True, slots=True)
class Task:
    """What contestants are given.

    Attributes:
        folder: Where the texts and the project's index are.
        encoder: The name of the encoder.
        corpus: The articles that the project's index is built of.
        whole: Whether an article is one passage.
        questions: What is asked.
    """

    folder: str
    encoder: str
    corpus: Sequence[str] = ()
    whole: bool = False
    questions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Indexing:
    """What indexing, or opening an index, took."""

    seconds: float
    peak: int  # MB


@dataclass(frozen=True, slots=True)
class Answering:
    """What was answered, and what that took."""

    rows: Sequence[Sequence[int]]  # for each question, best first
    times: Sequence[float]  # ms, of each question
    memory: int  # MB

    @property
    def settled(self) -> Sequence[float]:
        """Times without those of the first questions, if there are more."""
        return self.times[_WARM:] or self.times


class ContestantError(Exception):
    """A process that ended before it had answered; the message says how."""


def run(name: str, task: Task) -> tuple[Indexing, Answering]:
    """Have a ranker, a peer or `BUILD` do a task in a process of its own.

    Raises:
        ContestantError: If the process ended early; what it had to say is on standard error.
    """
    file = Path(task.folder) / _TASK
    file.write_text(json.dumps(asdict(task)), encoding="utf-8")
    command = [sys.executable, __file__, name, str(file)]
    environment = {**os.environ, **QUIET}
    if name in PEERS:  # as they come: one thread is what `retrieval` sets, for the project
        environment["OPENBLAS_NUM_THREADS"] = str(os.cpu_count())
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        with Peak(process.pid) as peak:
            indexed = process.stdout.readline()
        answered = process.stdout.readline()
    if process.returncode or not answered:
        raise ContestantError(f"{name} ended early (exit code {process.returncode})")
    return Indexing(json.loads(indexed), peak.megabytes), Answering(**json.loads(answered))


def main() -> None:
    """Do a task, in a process that has done nothing before."""
    name, file = sys.argv[1:]
    # Libraries print what they like: only the parent gets standard output.
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    task = Task(**json.loads(Path(file).read_text(encoding="utf-8")))
    ready = _contestant(name, task)
    started = time.perf_counter()
    rank = ready()
    print(json.dumps(time.perf_counter() - started), file=report, flush=True)
    del ready  # and the texts with it
    _settle()
    rows, times = [], []
    for question in task.questions:
        started = time.perf_counter()
        ranked = rank(question)
        times.append(1000 * (time.perf_counter() - started))
        rows.append(list(ranked[:DEPTH]))
    answering = Answering(rows, times, of_processes(os.getpid()))
    print(json.dumps(asdict(answering)), file=report, flush=True)


def _contestant(name: str, task: Task) -> Callable[[], Rank]:
    """Return what makes a contestant ready to answer."""
    folder = Path(task.folder)
    if name == BUILD:
        return lambda: _built(folder / GENERATION, task)
    if name not in PEERS:
        return lambda: _opened(folder, task.encoder, name)
    with (folder / TEXTS).open(encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines]
    return lambda: PEERS[name].index(texts, task.encoder, folder / name)


def _built(folder: Path, task: Task) -> Rank:
    from retrieval.building import build
    from retrieval.encoder import load_encoder
    from retrieval.passages import split, whole

    splitter = whole if task.whole else split
    paths = [Path(path) for path in task.corpus]
    build(folder, paths, load_encoder(task.encoder), _unheard, splitter=splitter)
    return lambda _: ()


def _unheard(*_: Any) -> None:
    """Nobody waits for the progress of a build."""


def _opened(folder: Path, encoder: str, ranker: str) -> Rank:
    from retrieval.calibration import Calibration
    from retrieval.encoder import load_encoder
    from retrieval.generation import Generation
    from retrieval.retriever import Ranker, Retriever

    loaded = load_encoder(encoder)
    generation = Generation(folder / GENERATION, loaded)
    retriever = Retriever(generation, Calibration.for_encoder(loaded, folder))

    def rank(question: str) -> list[int]:
        asked, restriction = retriever.understood(question)
        ranking = retriever.rank(asked, Ranker(ranker), restriction=restriction)
        return [candidate.row for candidate in ranking.candidates]

    return rank


def _settle() -> None:
    """Give back what is no longer needed, and stay on one core from now on."""
    from threadpoolctl import threadpool_limits

    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    core = min(os.sched_getaffinity(0))
    for thread in Path("/proc/self/task").iterdir():
        with suppress(ProcessLookupError):  # it has ended meanwhile
            os.sched_setaffinity(int(thread.name), {core})
    threadpool_limits(1)


if __name__ == "__main__":
    main()
