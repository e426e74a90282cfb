"""What an archive costs as it grows: to build, to change, to open and to ask.

    python benchmarks/scale.py --corpus ant.jsonl.gz [--sizes 1000 10000 34443] [--synthetic 240000]
    python benchmarks/scale.py --draw-only

For each number of articles: a build by `python -m retrieval index`, stage by stage; a second one
with ten articles changed; `ask` as a whole process, with its files in the system's cache and
without; the questions of `questions/test.jsonl` in one process on one core, all of the archive and
restricted; and askers side by side, on as many processes as there are cores. A synthetic archive
has as many articles, each of paragraphs of others, in random order: its size is real, its sense is
not.

With `ISNAD_CHROMA_URL`, vectors are searched on that server: then a table is printed and nothing
written, and what the server itself takes is not counted.

Writes `scale.json` and, with matplotlib, `scale.svg`, and prints the table of both.
"""

import argparse
import gzip
import itertools
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))

from benchmarks.memory import Peak
from bot.engine import ProcessEngine
from config.settings import load_settings
from retrieval.chroma_server import ChromaServer
from retrieval.documents import Answer, Restriction
from retrieval.encoder import BUNDLED
from retrieval.manifest import read_manifest
from retrieval.opening import open_afresh
from retrieval.publishing import folder_of
from retrieval.retriever import Retriever

HERE = Path(__file__).parent
FIGURES = HERE / "scale.json"
PLOT = HERE / "scale.svg"

_ASKERS = (1, 2, 4, 8)
_SECONDS = 10.0  # that each number of askers asks for
_WARM = 100  # questions that each process answers before that
_CHANGED = 10
_SHARES = (0.5, 0.1)  # of the archive's passages, the latest, that a restriction in time leaves
_ROWS = (
    ("passages", "{:,}", "passages"),
    ("build", "{:.0f} s", "build, verify twice, publish"),
    ("prepare", "{:.0f} s", "… read, prepare, embed, index"),
    ("write", "{:.0f} s", "… write what is left"),
    ("verify", "{:.0f} s", "… verify twice, sync, publish"),
    ("rate", "{:.0f}", "passages a second"),
    ("build_memory", "{:,} MB", "peak memory of the build, all processes"),
    ("disk", "{:,} MB", "on disk"),
    ("reload", "{:.1f} s", "build with ten articles changed"),
    ("reload_memory", "{:,} MB", "its peak memory"),
    ("ask_cold", "{:.2f} s", "`ask` as a whole process, nothing cached by the system"),
    ("ask_warm", "{:.2f} s", "`ask` as a whole process"),
    ("open", "{:.2f} s", "open, in a process that has read in the program"),
    ("p50", "{:.1f} ms", "question, one core: p50"),
    ("p95", "{:.1f} ms", "p95"),
    ("p99", "{:.1f} ms", "p99"),
    ("half_p95", "{:.1f} ms", "p95 of the latest half"),
    ("tenth_p95", "{:.1f} ms", "p95 of the latest tenth"),
    ("source_p95", "{:.1f} ms", "p95 of one source"),
    *((f"askers_{n}", "{:.0f}", f"questions a second, askers: {n}") for n in _ASKERS),
    ("memory", "{:,} MB", "memory of one process that answers"),
)


def main() -> None:
    """Measure, draw and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="articles, a JSON object a line")
    parser.add_argument("--questions", type=Path, default=HERE / "questions" / "test.jsonl")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000, 34_443])
    parser.add_argument("--synthetic", type=int, help="articles of a synthetic archive")
    parser.add_argument("--draw-only", action="store_true")
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)  # in a process of its own
    options = parser.parse_args()
    questions = [json.loads(line)["question"] for line in options.questions.open(encoding="utf-8")]
    if options.ask:
        print(json.dumps(_asked(options.ask, questions)))
        return
    if not options.draw_only:
        if not options.corpus:
            parser.error("--corpus is missing")
        server = load_settings().chroma_url is not None
        known = FIGURES.is_file() and not server
        kept = json.loads(FIGURES.read_text(encoding="utf-8")) if known else []
        wanted = [(size, False) for size in options.sizes]
        wanted += [(options.synthetic, True)] if options.synthetic else []
        for size, synthetic in wanted:
            figures = _measured(options.corpus, questions, options.questions, size, synthetic)
            kept = [one for one in kept if one["name"] != figures["name"]]
            kept = sorted([*kept, figures], key=lambda one: one["passages"])
            if not server:
                FIGURES.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
            print(json.dumps(figures), file=sys.stderr, flush=True)
        if server:
            _print(kept)
            return
    kept = json.loads(FIGURES.read_text(encoding="utf-8"))
    _print(kept)
    if find_spec("matplotlib") is None:
        print("not drawn: pip install -e '.[plots]'", file=sys.stderr)
    else:
        _draw(kept)


def _measured(
    corpus: Path,
    questions: Sequence[str],
    asked: Path,
    size: int,
    synthetic: bool,  # noqa: FBT001
) -> dict[str, Any]:
    with TemporaryDirectory(prefix="isnad-scale-") as folder:
        data, articles = Path(folder) / "var", Path(folder) / "articles.jsonl"
        with articles.open("w", encoding="utf-8") as file:
            lines = _synthetic(corpus, size) if synthetic else itertools.islice(_read(corpus), size)
            for record in lines:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        found: dict[str, Any] = {
            "name": f"{size:,} articles{', synthetic' if synthetic else ''}",
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "machine": f"{os.cpu_count()} cores, {platform.machine()}, "
            f"Python {platform.python_version()}",
        }
        found |= _built(data, articles)
        generation = folder_of(data)
        found["passages"] = read_manifest(generation).passages
        found["rate"] = found["passages"] / found["build"]
        files = [file for file in generation.rglob("*") if file.is_file()]
        found["disk"] = sum(file.stat().st_size for file in files) >> 20
        environment = {**os.environ, "ISNAD_DATA": str(data), "ISNAD_CORPUS": str(articles)}
        ask = [sys.executable, "-m", "retrieval", "ask", questions[0], "--json"]
        run = partial(subprocess.run, check=True, capture_output=True, env=environment)
        cold = []
        for _ in range(3):
            _forget(files)
            cold.append(_seconds(partial(run, ask)))
        found["ask_cold"] = statistics.median(cold)
        found["ask_warm"] = statistics.median(_seconds(partial(run, ask)) for _ in range(5))
        command = [sys.executable, __file__, "--ask", str(data), "--questions", str(asked)]
        found |= json.loads(run(command, text=True).stdout)
        found |= _throughput(data, questions)
        _change(articles)
        again = _built(data, articles)
        return found | {"reload": again["build"], "reload_memory": again["build_memory"]}


def _read(corpus: Path) -> Iterator[dict[str, Any]]:
    opened = gzip.open if corpus.suffix == ".gz" else open
    with opened(corpus, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _synthetic(corpus: Path, size: int) -> Iterator[dict[str, Any]]:
    """Yield as many articles as wanted: heads of real ones, paragraphs of others."""
    records = list(_read(corpus))
    paragraphs = [part for record in records for part in record["text"].split("\n") if part.strip()]
    lengths = [len([part for part in r["text"].split("\n") if part.strip()]) for r in records]
    chance = random.Random(1)
    for number in range(size):
        place = number % len(records)
        text = "\n".join(chance.choices(paragraphs, k=lengths[place]))
        yield {**records[place], "_id": f"s{number}", "text": text}


def _built(data: Path, articles: Path) -> dict[str, Any]:
    """Index, and return how long the stages took, in seconds, and the peak of memory."""
    command = [sys.executable, "-m", "retrieval", "index", "--progress-json"]
    environment = {**os.environ, "ISNAD_DATA": str(data), "ISNAD_CORPUS": str(articles)}
    started = time.perf_counter()
    ends: dict[str, float] = {}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    with process, Peak(process.pid) as peak:
        assert process.stdout is not None
        for line in process.stdout:
            ends[json.loads(line).get("stage", "published")] = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"index ended with {process.returncode}")
    return {
        "build": ends["published"],
        "prepare": ends["embedded"],
        "write": ends["written"] - ends["embedded"],
        "verify": ends["published"] - ends["written"],
        "build_memory": peak.megabytes,
    }


def _change(articles: Path) -> None:
    """Say something else at the end of some articles, all over the archive."""
    lines = articles.read_text(encoding="utf-8").splitlines()
    for place in range(0, len(lines), len(lines) // _CHANGED):
        record = json.loads(lines[place])
        record["text"] += f"\nوأضاف المصدر أن العدد بلغ {place} حالة."
        lines[place] = json.dumps(record, ensure_ascii=False)
    articles.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _forget(files: Sequence[Path]) -> None:
    """Have the system drop what it has cached of files."""
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def _asked(data: Path, questions: Sequence[str]) -> dict[str, float]:
    """Ask one after the other, on one core, and return quantiles in milliseconds."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    started = time.perf_counter()
    retriever = open_afresh(data, [], BUNDLED, server=ChromaServer.of(load_settings()))
    found: dict[str, float] = {"open": time.perf_counter() - started}
    facets = retriever.facets
    days = np.sort(facets.days)
    latest = [date.fromordinal(int(days[int(len(days) * (1 - share))])) for share in _SHARES]
    counts = np.bincount(facets.source[facets.article], minlength=len(facets.sources))
    named = [int(place) for place in np.argsort(-counts) if facets.sources[place]]
    restrictions = {
        "": Restriction(),
        "half_": Restriction(since=latest[0]),
        "tenth_": Restriction(since=latest[1]),
        "source_": Restriction(sources=(facets.sources[named[0]],)),
    }
    for name, restriction in restrictions.items():
        for question in questions[:50]:
            retriever.answer(question, restriction=restriction)
        times = [
            1000 * _seconds(partial(retriever.answer, question, restriction=restriction))
            for question in questions
        ]
        cuts = statistics.quantiles(times, n=100)
        found |= {f"{name}p50": cuts[49], f"{name}p95": cuts[94], f"{name}p99": cuts[98]}
    with Peak(os.getpid(), 0.01) as peak:
        time.sleep(0.1)
    return found | {"memory": peak.megabytes}


def _throughput(data: Path, questions: Sequence[str]) -> dict[str, float]:
    """Return how many questions a second so many askers get answered."""
    found = {}
    for askers in _ASKERS:
        workers = min(askers, os.cpu_count() or 1)
        server = ChromaServer.of(load_settings())
        engine = ProcessEngine(partial(open_afresh, data, [], BUNDLED, server=server), workers)
        for warming in [engine.submit(_answered, one) for one in questions[: _WARM * workers]]:
            warming.result()
        ends = time.perf_counter() + _SECONDS

        def ask(seed: int, engine: ProcessEngine = engine, ends: float = ends) -> int:
            chance, answers = random.Random(seed), 0
            while time.perf_counter() < ends:
                engine.submit(_answered, chance.choice(questions)).result()
                answers += 1
            return answers

        with ThreadPoolExecutor(askers) as pool:
            found[f"askers_{askers}"] = sum(pool.map(ask, range(askers))) / _SECONDS
        engine.close(wait=True)
    return found


def _answered(retriever: Retriever, question: str) -> Answer:
    return retriever.answer(question)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _print(kept: Sequence[dict[str, Any]]) -> None:
    print(f"| | {' | '.join(one['name'] for one in kept)} |")
    print(f"| --- |{' --- |' * len(kept)}")
    for key, form, name in _ROWS:
        print(f"| {name} | {' | '.join(form.format(one[key]) for one in kept)} |")


def _draw(kept: Sequence[dict[str, Any]]) -> None:
    panels = (
        ("seconds to build", ("build", "prepare", "reload")),
        ("MB", ("build_memory", "disk", "memory")),
        ("ms a question", ("p50", "p95", "p99", "tenth_p95")),
        ("seconds to start", ("ask_cold", "ask_warm", "open")),
    )
    # Not an import statement: types are checked alike with matplotlib and without it.
    figure = import_module("matplotlib.figure").Figure(figsize=(11, 8), layout="constrained")
    sizes = [one["passages"] for one in kept]
    for place, (label, keys) in enumerate(panels, start=1):
        axes = figure.add_subplot(2, 2, place)
        for key in keys:
            axes.plot(sizes, [one[key] for one in kept], marker="o", label=key.replace("_", " "))
        axes.set(xscale="log", ylim=(0, None), xlabel="passages", ylabel=label)
        if place < 3:
            axes.set(yscale="log", ylim=(None, None))
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
    with import_module("matplotlib").rc_context({"svg.hashsalt": PLOT.stem}):
        figure.savefig(PLOT, metadata={"Date": None})


if __name__ == "__main__":
    main()
