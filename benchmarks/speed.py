"""How long an archive takes to build, to open and to ask.

    python benchmarks/speed.py --corpus PATH... --questions FILE

Builds a generation of the corpus in a temporary folder, asks every question of a JSON-lines file
(`question` or `text`) once to warm up and once to measure, and prints a table. Then it asks them
again restricted to sources and to stretches of time that leave more and less of the archive.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from retrieval.calibration import Calibration
from retrieval.documents import Restriction
from retrieval.encoder import BUNDLED, load_encoder
from retrieval.facets import Facets
from retrieval.opening import open_current
from retrieval.publishing import publish_new
from retrieval.retriever import Retriever


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, action="append", required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--encoder", default=BUNDLED)
    options = parser.parse_args()
    lines = options.questions.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines if line.strip()]
    questions = [record.get("question") or record["text"] for record in records]
    with TemporaryDirectory(prefix="isnad-") as folder:
        data = Path(folder)
        build = _seconds(
            lambda: publish_new(data, options.corpus, options.encoder, lambda *_: None)
        )
        encoder = load_encoder(options.encoder)
        opened = time.perf_counter()
        retriever = Retriever(open_current(data, encoder), Calibration.for_encoder(encoder, data))
        opening = time.perf_counter() - opened
        for question in questions:
            retriever.answer(question)
        times = _times(retriever, questions, Restriction())
        restricted = {
            (name, share): _times(retriever, questions, restriction)
            for name, share, restriction in _restrictions(retriever)
        }
        command = [sys.executable, "-m", "retrieval", "ask", questions[0], "--json"]
        environment = {"ISNAD_DATA": folder, "ISNAD_ENCODER": options.encoder}
        shell = statistics.median(_seconds(lambda: _run(command, environment)) for _ in range(5))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = retriever.coverage
    print(f"machine: {platform.machine()}, Python {platform.python_version()}")
    print(f"archive: {size.articles} articles, {size.passages} passages")
    print(f"build, verify twice, publish: {build:.1f} s")
    print(f"open: {opening * 1000:.0f} ms")
    print(f"question {_quantiles(times)}")
    for (name, share), taken in restricted.items():
        ratio = statistics.median(taken) / statistics.median(times)
        print(f"  {name} ({share:.1%} of passages): {_quantiles(taken)}; p50 x {ratio:.2f}")
    print(f"`ask` as a whole process, median of 5: {shell:.2f} s")
    print(f"peak memory of this process: {peak:.0f} MB")


def _times(retriever: Retriever, questions: Sequence[str], restriction: Restriction) -> list[float]:
    """Return the milliseconds each question takes."""
    for question in questions[:20]:
        retriever.answer(question, restriction=restriction)
    return [
        1000 * _seconds(partial(retriever.answer, question, restriction=restriction))
        for question in questions
    ]


def _restrictions(retriever: Retriever) -> Iterator[tuple[str, float, Restriction]]:
    """Yield restrictions that leave from all to next to none of the archive, with their shares."""
    facets = retriever.facets
    days = np.sort(facets.days)
    for part in (1.0, 0.5, 0.2, 0.1, 0.01):
        first = date.fromordinal(int(days[int(len(days) * (1 - part))]))
        yield _told(facets, f"since {first}", Restriction(since=first))
    for name in facets.sources[1:7]:
        yield _told(facets, name, Restriction(sources=(name,)))
        last = date.fromordinal(int(days[-1]))
        month = Restriction(last.replace(day=1), last, (name,))
        yield _told(facets, f"{name} in {last:%Y-%m}", month)


def _told(facets: Facets, name: str, restriction: Restriction) -> tuple[str, float, Restriction]:
    return name, float(facets.articles(restriction)[facets.article].mean()), restriction


def _quantiles(times: Sequence[float]) -> str:
    cuts = statistics.quantiles(times, n=100)
    return f"p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms"


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})


if __name__ == "__main__":
    main()
