"""How much memory answering takes, question after question.

    python benchmarks/soak.py --data var --corpus ant.jsonl.gz [--questions 20000]

Asks the current generation under a data folder, in one process, for words of random titles of a
corpus, so that there are ever new words, and prints the memory of its own that the process has.
"""

import argparse
import gzip
import json
import os
import random
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))

from benchmarks.memory import of_processes
from retrieval.encoder import BUNDLED
from retrieval.opening import open_afresh

_TIMES = 10  # that memory is told
_WORDS = 8


def main() -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True, help="articles, a JSON object a line")
    parser.add_argument("--questions", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    retriever = open_afresh(options.data, [], BUNDLED)
    opened = gzip.open if options.corpus.suffix == ".gz" else open
    with opened(options.corpus, "rt", encoding="utf-8") as lines:
        titles = [json.loads(line)["title"].split() for line in lines]
    titles = [title for title in titles if len(title) > 2]
    rng = random.Random(options.seed)
    print(f"{retriever.coverage.passages:,} passages\n\n| questions | memory | seconds |")
    print("| --- | --- | --- |")
    started = time.monotonic()
    for number in range(options.questions + 1):
        if number % max(1, options.questions // _TIMES) == 0:
            seconds = time.monotonic() - started
            print(f"| {number:,} | {of_processes(os.getpid())} MB | {seconds:.0f} |", flush=True)
        retriever.answer(f"ماذا عن {' '.join(rng.choice(titles)[:_WORDS])}؟")


if __name__ == "__main__":
    main()
