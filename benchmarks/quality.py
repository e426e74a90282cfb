"""How well this project ranks, beside what others would put together.

    python benchmarks/quality.py [--questions FILE --corpus PATH...]
        [--beir FOLDER... [--distractors FILE]] [--skip PEER...]

Every ranker of the project and every peer gets the same questions and the same passages, each text
as the project matches it, with the title put before the passage. What a peer returns is judged as
the project's own rankings are. A BEIR folder is measured with its own passages and, where
distractors are given, hidden among those too.

The peers are called as their documentation calls them: bm25s with its tokenizer and defaults,
BM25Okapi of rank-bm25 over words between white space, and LangChain's EnsembleRetriever, half
BM25Retriever and half Chroma, with the encoder of the project. Only two defaults of the ensemble
are not kept: each half is asked for ten passages instead of four, for ten are judged (with 30 or
100 its MRR@10 and recall@10 fall on news-qa and ARCD), and passages in the same words stay two.

Two things are not alike. A question that names a time or a source restricts the project's rankers,
as in `python -m retrieval evaluate`. And the project's indexing is one for its three rankers: it
reads the articles, and stores them, what they restrict by and which passages are copies as well.
Indexing the first collection includes the time of imports, the project's and the peers'.
"""

import argparse
import statistics
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from retrieval.building import build, matched_text
from retrieval.calibration import Calibration
from retrieval.documents import Article, Passage
from retrieval.encoder import BUNDLED, Encoder, load_encoder
from retrieval.evaluation import Result, TestQuestion, measured, read_beir, read_questions
from retrieval.evaluation.judging import Relevance, names_of
from retrieval.generation import Generation
from retrieval.passages import split, whole
from retrieval.retriever import Ranker, Retriever

_DEPTH = 10  # passages that are judged
_BATCH = 1000  # passages read at a time
_MEASURES = ("recall@1", "recall@3", "recall@10", "mrr@10")
_COLUMNS = ("recall@1", "recall@3", "recall@10", "MRR@10", "question p50, ms", "indexing, s")

Rank = Callable[[str], Sequence[int]]
"""Question -> the rows of passages, best first."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What is compared with: its packages, and how it indexes texts, with a folder of its own."""

    packages: Sequence[str]
    index: Callable[[Sequence[str], Encoder, Path], Rank]


@dataclass(frozen=True, slots=True)
class Collection:
    """Questions, and where the articles are that they are asked of."""

    name: str
    questions: Sequence[TestQuestion]
    paths: Sequence[Path]
    splitter: Callable[[Article], Sequence[Passage]]


@dataclass(frozen=True, slots=True)
class Judge:
    """Who asks the answerable questions of a collection and measures what comes back."""

    retriever: Retriever
    asked: Sequence[tuple[TestQuestion, Relevance]]

    def row(self, label: str, rank: Rank, indexing: float) -> str:
        """Return the row of a table: the measures in percent with their intervals, and times."""
        times, results = [], []
        for question, relevance in self.asked:
            started = time.perf_counter()
            rows = rank(question.text)[:_DEPTH]
            times.append(1000 * (time.perf_counter() - started))
            stored = self.retriever.passages(rows)
            documents = names_of(question, [stored[row] for row in rows])
            results.append(Result(question, documents, relevance, None, None))
        overall = measured(results)["overall"]
        cells = [_percent(overall[name], overall["ci"][name]) for name in _MEASURES]
        cells += [f"{statistics.median(times):.1f}", f"{indexing:.1f}"]
        return f"| {label} | {' | '.join(cells)} |"


def main() -> None:
    """Measure and print."""
    options = _options()
    peers = {name: peer for name, peer in _PEERS.items() if name not in options.skip}
    packages = sorted({package for peer in peers.values() for package in peer.packages})
    missing = [package for package in packages if find_spec(package.replace("-", "_")) is None]
    if missing:
        sys.exit(_advice(peers, missing))
    print("peers:", ", ".join(f"{package} {version(package)}" for package in packages) or "none")
    encoder = load_encoder(options.encoder)
    for collection in _collections(options):
        with TemporaryDirectory(prefix="isnad-") as folder:
            _compare(collection, peers, encoder, Path(folder))


def _options() -> Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--corpus", type=Path, action="append", default=[])
    parser.add_argument("--beir", type=Path, action="append", default=[])
    parser.add_argument("--distractors", type=Path)
    parser.add_argument("--encoder", default=BUNDLED)
    parser.add_argument("--skip", choices=_PEERS, action="append", default=[])
    options = parser.parse_args()
    if not (options.questions or options.beir) or bool(options.questions) != bool(options.corpus):
        parser.error("give --questions with --corpus, or --beir, or both")
    return options


def _advice(peers: Mapping[str, Peer], missing: Sequence[str]) -> str:
    lacking = [name for name, peer in peers.items() if not {*missing}.isdisjoint(peer.packages)]
    return (
        f"quality: not installed: {', '.join(missing)}\n"
        "install the peers: pip install -r benchmarks/requirements.txt\n"
        f"or go without: {' '.join(f'--skip {name}' for name in lacking)}"
    )


def _collections(options: Namespace) -> Iterator[Collection]:
    if options.questions:
        questions = read_questions(options.questions)
        yield Collection(str(options.questions), questions, options.corpus, split)
    for folder in options.beir:
        corpus, questions = read_beir(folder)
        yield Collection(f"{folder}, own passages", questions, [corpus], whole)
        if options.distractors:
            paths = [corpus, options.distractors]
            yield Collection(f"{folder}, hidden", questions, paths, whole)


def _compare(
    collection: Collection, peers: Mapping[str, Peer], encoder: Encoder, folder: Path
) -> None:
    """Index and ask a collection with every ranker and every peer, and print a table."""
    archive = folder / "generation"
    started = time.perf_counter()
    build(archive, collection.paths, encoder, lambda *_: None, splitter=collection.splitter)
    indexing = time.perf_counter() - started
    generation = Generation(archive, encoder)
    retriever = Retriever(generation, Calibration.for_encoder(encoder, folder))
    judge = Judge(
        retriever,
        [
            (question, Relevance.of(question, retriever, generation.store))
            for question in collection.questions
            if question.answerable is not False
        ],
    )
    texts = _texts(retriever, generation.manifest.passages)
    print(f"\n{collection.name}: {len(judge.asked)} questions, {len(texts)} passages\n")
    print(f"| | {' | '.join(_COLUMNS)} |\n{'| --- ' * (len(_COLUMNS) + 1)}|")
    for ranker in Ranker:
        print(judge.row(ranker, _own(retriever, ranker), indexing), flush=True)
    for name, peer in peers.items():
        started = time.perf_counter()
        rank = peer.index(texts, encoder, folder / name)
        print(judge.row(name, rank, time.perf_counter() - started), flush=True)
    generation.close()


def _texts(retriever: Retriever, count: int) -> list[str]:
    """Return what each passage is matched by, row 0 first."""
    texts = []
    for start in range(0, count, _BATCH):
        rows = range(start, min(start + _BATCH, count))
        stored = retriever.passages(rows)
        texts += [matched_text(stored[row].article, stored[row].text) for row in rows]
    return texts


def _percent(figure: float, interval: Sequence[float]) -> str:
    low, high = interval
    return f"{100 * figure:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def _own(retriever: Retriever, ranker: Ranker) -> Rank:
    def rank(question: str) -> list[int]:
        asked, restriction = retriever.understood(question)
        ranking = retriever.rank(asked, ranker, restriction=restriction)
        return [candidate.row for candidate in ranking.candidates]

    return rank


# --- The peers -----------------------------------------------------------------------------------


def _bm25s(texts: Sequence[str], _encoder: Encoder, _folder: Path) -> Rank:
    import bm25s

    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(texts), show_progress=False), show_progress=False)

    def rank(question: str) -> list[int]:
        asked = bm25s.tokenize(question, show_progress=False)
        rows, _ = index.retrieve(asked, k=min(_DEPTH, len(texts)), show_progress=False)
        return [int(row) for row in rows[0]]

    return rank


def _rank_bm25(texts: Sequence[str], _encoder: Encoder, _folder: Path) -> Rank:
    from rank_bm25 import BM25Okapi

    index = BM25Okapi([text.split() for text in texts])
    rows = range(len(texts))
    return lambda question: index.get_top_n(question.split(), rows, n=_DEPTH)


class _Embeddings:
    """An encoder as LangChain calls one."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed passages."""
        return cast("list[list[float]]", self._encoder.encode_passages(texts).tolist())

    def embed_query(self, text: str) -> list[float]:
        """Embed a question."""
        return cast("list[float]", self._encoder.encode_questions([text])[0].tolist())


def _langchain(texts: Sequence[str], encoder: Encoder, folder: Path) -> Rank:
    from chromadb import PersistentClient
    from chromadb.config import Settings
    from langchain_chroma import Chroma
    from langchain_classic.retrievers import EnsembleRetriever
    from langchain_community.retrievers import BM25Retriever

    rows = [{"row": row} for row in range(len(texts))]
    depth = min(_DEPTH, len(texts))
    client = PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    vectors = Chroma.from_texts(list(texts), _Embeddings(encoder), rows, client=client)
    ensemble = EnsembleRetriever(
        retrievers=[
            BM25Retriever.from_texts(texts, rows, k=depth),
            vectors.as_retriever(search_kwargs={"k": depth}),
        ],
        weights=[0.5, 0.5],
        id_key="row",
    )
    return lambda question: [found.metadata["row"] for found in ensemble.invoke(question)]


_PEERS = {
    "bm25s": Peer(["bm25s"], _bm25s),
    "rank-bm25": Peer(["rank-bm25"], _rank_bm25),
    "langchain": Peer(
        ["langchain-chroma", "langchain-classic", "langchain-community", "rank-bm25"], _langchain
    ),
}


if __name__ == "__main__":
    main()
