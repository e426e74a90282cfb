"""How well this project ranks, and what that takes, beside what others would put together.

    python benchmarks/quality.py [--questions FILE --corpus PATH...]
        [--beir FOLDER... [--distractors FILE]] [--skip PEER...]

Every ranker of the project and every peer gets the same questions and the same passages, each text
as the project matches it, with the title put before the passage. What a peer returns is judged as
the project's own rankings are. A BEIR folder is measured with its own passages and, where
distractors are given, hidden among those too.

`peers.py` tells how the peers are called; `contestants.py` how times and memory are measured: each
ranker and each peer in a process of its own, asked on one core. A peer that ends early is left out
and named. The second table tells how many times as much each takes as the project's hybrid ranker.

Three things are not alike. A question that names a time or a source restricts the project's
rankers, as in `python -m retrieval evaluate`. The project's indexing is one for its three rankers:
it reads the articles, and stores them, what they restrict by and which passages are copies as well;
peers are given the texts. And the project's rankers open an index from disk, in a process that has
not built it, while a peer answers in the process that indexed, with whatever it holds by then.
"""

import argparse
import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))

from benchmarks.contestants import (
    BUILD,
    GENERATION,
    TEXTS,
    Answering,
    ContestantError,
    Indexing,
    Task,
    run,
)
from benchmarks.peers import PEERS, Peer, versions
from retrieval.calibration import Calibration
from retrieval.encoder import BUNDLED, Encoder, load_encoder
from retrieval.evaluation import Result, TestQuestion, measured, read_beir, read_questions
from retrieval.evaluation.judging import Relevance, names_of
from retrieval.generation import Generation
from retrieval.preparation import matched_text
from retrieval.retriever import Ranker, Retriever

_BATCH = 1000  # passages read at a time
_MEASURES = ("recall@1", "recall@3", "recall@10", "mrr@10")
_QUALITY = ("recall@1", "recall@3", "recall@10", "MRR@10")
_COSTS = {  # column -> form
    "p50, ms": ".1f",
    "p95, ms": ".1f",
    "p99, ms": ".1f",
    "memory, MB": ",.0f",
    "indexing, s": ",.1f",
    "its peak, MB": ",.0f",
}
_RATIOS = ("p50 ×", "p95 ×", "p99 ×", "memory ×", "indexing ×", "its peak ×")

# Asks for a PyStemmer older than the project's, with which it works: pip takes both only if told
# not to look at what it asks for. So it is not in the extra.
_APART = "llama-index-retrievers-bm25==0.8.0"


@dataclass(frozen=True, slots=True)
class Collection:
    """Questions, and where the articles are that they are asked of."""

    name: str
    questions: Sequence[TestQuestion]
    paths: Sequence[Path]
    whole: bool  # whether an article is one passage


@dataclass(frozen=True, slots=True)
class Judge:
    """Who measures what comes back for the answerable questions of a collection."""

    retriever: Retriever
    asked: Sequence[tuple[TestQuestion, Relevance]]

    def quality(self, rankings: Sequence[Sequence[int]]) -> list[str]:
        """Return the measures of rankings, one a question, in percent with their intervals."""
        results = []
        for (question, relevance), rows in zip(self.asked, rankings, strict=True):
            stored = self.retriever.passages(rows)
            documents = names_of(question, [stored[row] for row in rows])
            results.append(Result(question, documents, relevance, None, None))
        overall = measured(results)["overall"]
        return [_percent(overall[name], overall["ci"][name]) for name in _MEASURES]


def main() -> None:
    """Measure and print."""
    options = _options()
    peers = {name: peer for name, peer in PEERS.items() if name not in options.skip}
    found = versions(peers.values())
    if None in found.values():
        sys.exit(advice(peers, [package for package, version in found.items() if version is None]))
    print("peers:", ", ".join(f"{package} {found[package]}" for package in found) or "none")
    encoder = load_encoder(options.encoder)
    for collection in _collections(options):
        with TemporaryDirectory(prefix="isnad-") as folder:
            _compare(collection, list(peers), encoder, Path(folder))


def _options() -> Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--corpus", type=Path, action="append", default=[])
    parser.add_argument("--beir", type=Path, action="append", default=[])
    parser.add_argument("--distractors", type=Path)
    parser.add_argument("--encoder", default=BUNDLED)
    parser.add_argument("--skip", choices=PEERS, action="append", default=[])
    options = parser.parse_args()
    if not (options.questions or options.beir) or bool(options.questions) != bool(options.corpus):
        parser.error("give --questions with --corpus, or --beir, or both")
    return options


def advice(peers: Mapping[str, Peer], missing: Sequence[str]) -> str:
    """Return what to do where packages of peers are missing."""
    lacking = [name for name, peer in peers.items() if not {*missing}.isdisjoint(peer.packages)]
    return (
        f"quality: not installed: {', '.join(missing)}\n"
        "install the peers: pip install -e '.[peers]'\n"
        f"              and: pip install --no-deps {_APART}\n"
        f"or go without: {' '.join(f'--skip {name}' for name in lacking)}"
    )


def _collections(options: Namespace) -> Iterator[Collection]:
    if options.questions:
        questions = read_questions(options.questions)
        yield Collection(str(options.questions), questions, options.corpus, whole=False)
    for folder in options.beir:
        corpus, questions = read_beir(folder)
        yield Collection(f"{folder}, own passages", questions, [corpus], whole=True)
        if options.distractors:
            paths = [corpus, options.distractors]
            yield Collection(f"{folder}, hidden", questions, paths, whole=True)


def _compare(collection: Collection, peers: Sequence[str], encoder: Encoder, folder: Path) -> None:
    """Have every ranker and every peer index and answer a collection, and print the tables."""
    task = Task(str(folder), encoder.name, list(map(str, collection.paths)), collection.whole)
    built, _ = run(BUILD, task)
    _tell(BUILD, built)
    with closing(Generation(folder / GENERATION, encoder)) as generation:
        retriever = Retriever(generation, Calibration.for_encoder(encoder, folder))
        asked = [
            (question, Relevance.of(question, retriever, generation.store))
            for question in collection.questions
            if question.answerable is not False
        ]
        count = generation.manifest.passages
        _write_texts(retriever, count, folder / TEXTS)
        judge = Judge(retriever, asked)
        task = replace(task, questions=[question.text for question, _ in asked])
        quality, costs, ended = {}, {}, []
        for name in [*Ranker, *peers]:
            try:
                indexing, answering = run(name, task)
            except ContestantError as error:
                if name not in peers:
                    raise
                ended.append(str(error))
                continue
            _tell(name, indexing)
            quality[name] = judge.quality(answering.rows)
            costs[name] = _costs(indexing if name in peers else built, answering)
    print(f"\n{collection.name}: {len(asked)} questions, {count} passages\n")
    print("\n".join([*tables(quality, costs), *(f"\nNot measured: {one}." for one in ended)]))


def _tell(name: str, indexing: Indexing) -> None:
    """Say on standard error how far it has come."""
    print(f"{name}: ready after {indexing.seconds:.1f} s", file=sys.stderr, flush=True)


def _write_texts(retriever: Retriever, count: int, file: Path) -> None:
    """Write what each passage is matched by, row 0 first."""
    with file.open("w", encoding="utf-8") as lines:
        for start in range(0, count, _BATCH):
            rows = range(start, min(start + _BATCH, count))
            stored = retriever.passages(rows)
            for row in rows:
                text = matched_text(stored[row].article, stored[row].text)
                lines.write(json.dumps(text, ensure_ascii=False) + "\n")


def _costs(indexing: Indexing, answering: Answering) -> list[float]:
    """Return what stands in the columns of costs."""
    quantiles = map(float, np.percentile(answering.settled, (50, 95, 99)))
    return [*quantiles, answering.memory, indexing.seconds, indexing.peak]


def tables(
    quality: Mapping[str, Sequence[str]], costs: Mapping[str, Sequence[float]]
) -> Iterator[str]:
    """Yield the lines of a table of quality and costs, and of one of costs beside the hybrid's."""
    yield from _header(*_QUALITY, *_COSTS)
    for name, cells in quality.items():
        yield _row(name, *cells, *map(format, costs[name], _COSTS.values()))
    yield ""
    yield from _header(*_RATIOS)
    hybrid = costs[Ranker.HYBRID]
    for name, figures in costs.items():
        shares = (figure / base for figure, base in zip(figures, hybrid, strict=True))
        yield _row(name, *(f"{share:.2f}" for share in shares))


def _header(*columns: str) -> Iterator[str]:
    yield _row("", *columns)
    yield _row(*["---"] * (len(columns) + 1))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _percent(figure: float, interval: Sequence[float]) -> str:
    low, high = interval
    return f"{100 * figure:.1f} ({100 * low:.1f}–{100 * high:.1f})"


if __name__ == "__main__":
    main()
