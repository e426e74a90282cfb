"""How long an archive takes to build, to open and to ask.

    python benchmarks/speed.py --corpus PATH... --questions FILE

Builds a generation of the corpus in a temporary folder, asks every question of a JSON-lines file
(`question` or `text`) once to warm up and once to measure, and prints a table.
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
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from retrieval.calibration import Calibration
from retrieval.encoder import BUNDLED, load_encoder
from retrieval.generation import open_current, publish_new
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
            lambda: publish_new(data, options.corpus, options.encoder, lambda _stage, _done: None)
        )
        encoder = load_encoder(options.encoder)
        opened = time.perf_counter()
        retriever = Retriever(open_current(data, encoder), Calibration.for_encoder(encoder, data))
        opening = time.perf_counter() - opened
        for question in questions:
            retriever.answer(question)
        times = [1000 * _seconds(partial(retriever.answer, question)) for question in questions]
        command = [sys.executable, "-m", "retrieval", "ask", questions[0], "--json"]
        environment = {"ISNAD_DATA": folder, "ISNAD_ENCODER": options.encoder}
        shell = statistics.median(_seconds(lambda: _run(command, environment)) for _ in range(5))
    cuts = statistics.quantiles(times, n=100)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = retriever.coverage
    print(f"machine: {platform.machine()}, Python {platform.python_version()}")
    print(f"archive: {size.articles} articles, {size.passages} passages")
    print(f"build, verify twice, publish: {build:.1f} s")
    print(f"open: {opening * 1000:.0f} ms")
    print(f"question p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms")
    print(f"`ask` as a whole process, median of 5: {shell:.2f} s")
    print(f"peak memory of this process: {peak:.0f} MB")


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})


if __name__ == "__main__":
    main()
