"""Two pictures of how well the product knows what its archive answers.

    python benchmarks/answerability.py --questions FILE --corpus PATH... --output FOLDER

`reliability.svg`: in ten bins of as many questions each, how likely an answer was said to be, and
the share that the archive answers, with its 95% interval (Wilson) and the number of questions.
`risk-coverage.svg`: the share of questions that a threshold answers, and how many of those go
wrong: nothing in the archive answers them, or no passage shown does. Its curve takes the hits that
thresholds of zero would show, for the product shows none where it calls a question absent; the
product's own point has its own hits, without those below the threshold.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.building import build
from retrieval.calibration import Calibration
from retrieval.documents import Answer, Outcome
from retrieval.encoder import BUNDLED, load_encoder
from retrieval.evaluation import Result, ask, measured, read_questions
from retrieval.evaluation.judging import names_of
from retrieval.generation import Generation
from retrieval.retriever import Ranker, Retriever

_BINS = 10
_Z = 1.96  # standard deviations about the mean hold 95%
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What questions came to: arrays of one value each, and what all came to together."""

    probability: Array
    answerable: Array
    right: Array  # whether a relevant passage is shown if the question is answered
    own: tuple[float, float]  # coverage and risk of the product as it is
    threshold: float
    measures: dict[str, Any]


def main() -> None:
    """Measure, draw and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, action="append", required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    if find_spec("matplotlib") is None:
        sys.exit("answerability: no matplotlib: pip install -e '.[plots]'")
    options.output.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="isnad-") as folder:
        asked = _ask(options.questions, options.corpus, Path(folder))
    bins = _bins(asked)
    error = float(np.average(abs(bins[0] - bins[1]), weights=bins[2]))
    _draw_reliability(bins, error, options.output / "reliability.svg")
    _draw_risk(asked, options.output / "risk-coverage.svg")
    _print(asked, error)


def _ask(path: Path, corpus: list[Path], folder: Path) -> Asked:
    """Index, and ask every question of which it is known whether the archive answers it."""
    questions = [one for one in read_questions(path) if one.answerable is not None]
    encoder = load_encoder(BUNDLED)
    build(folder / "generation", corpus, encoder, lambda *_: None)
    calibration = Calibration.for_encoder(encoder, folder)
    with closing(Generation(folder / "generation", encoder)) as generation:
        retriever = Retriever(generation, calibration)
        lenient = Retriever(generation, replace(calibration, answered=0.0, related=0.0))
        results = ask(retriever, generation.store, questions, Ranker.HYBRID, lambda: None)
        answers = [(result, result.answer) for result in results if result.answer is not None]
        answered = [pair for pair in answers if pair[1].outcome is Outcome.ANSWERED]
        wrong = sum(not right(retriever, *pair) for pair in answered)
        return Asked(
            probability=np.array([answer.probability for _, answer in answers]),
            answerable=np.array([question.answerable for question in questions]),
            right=np.array([right(lenient, r, lenient.answer(r.question.text)) for r in results]),
            own=(len(answered) / len(questions), wrong / max(1, len(answered))),
            threshold=calibration.answered,
            measures=measured(results)["overall"],
        )


def right(retriever: Retriever, result: Result, answer: Answer) -> bool:
    """Whether the question is answerable, and a relevant passage among the hits."""
    stored = retriever.passages([hit.row for hit in answer.hits]).values()
    names = names_of(result.question, stored) if result.question.answerable else ()
    return any(map(result.relevance.includes, names))


def _bins(asked: Asked) -> Array:
    """Return the mean probability, the answerable share and the number of questions of each bin."""
    # Questions of one probability are never parted: bins can differ in size, or be fewer.
    edges = np.quantile(asked.probability, np.arange(1, _BINS) / _BINS)
    place = np.searchsorted(edges, asked.probability, side="right")
    weights = (asked.probability, asked.answerable, np.ones(len(place)))
    sums = np.stack([np.bincount(place, weight, _BINS) for weight in weights])[:, np.unique(place)]
    return np.vstack([sums[:2] / sums[2], sums[2]])


def _interval(share: Array, count: Array) -> Array:
    """Return the ends of Wilson's 95% interval of each share, shape (2, n)."""
    half = _Z * np.sqrt(share * (1 - share) / count + (_Z / (2 * count)) ** 2)
    middle = share + _Z**2 / (2 * count)
    return np.stack([middle - half, middle + half]) / (1 + _Z**2 / count)


def _curve(probability: Array, right: Array) -> tuple[Array, Array]:
    """Return coverage and risk with each of the probabilities as threshold, the highest first."""
    order = np.argsort(-probability, kind="stable")
    last = np.flatnonzero(np.diff(probability[order], append=-np.inf))
    return (last + 1) / len(order), 1 - np.cumsum(right[order])[last] / (last + 1)


def _draw_reliability(bins: Array, error: float, path: Path) -> None:
    bars = abs(_interval(bins[1], bins[2]) - bins[1])
    title = f"Reliability: expected calibration error {error:.1%}"
    with _picture(path, title, "predicted probability", "share of questions answerable") as axes:
        axes.plot([0, 1], [0, 1], "--", color="grey", label="perfectly calibrated")
        axes.errorbar(*bins[:2], bars, fmt="o-", capsize=3, label="observed, 95%")
        for across, up, count in zip(bins[0], bins[1] + bars[1] + 0.01, bins[2], strict=True):
            axes.text(across, up, f"{count:.0f}", ha="center", size="small")


def _draw_risk(asked: Asked, path: Path) -> None:
    labels = ("coverage: share of questions answered", "risk: share of those that go wrong")
    with _picture(path, "Risk and coverage at every threshold", *labels) as axes:
        axes.plot(*_curve(asked.probability, asked.right), label="unanswerable or not shown")
        axes.plot(*_curve(asked.probability, asked.answerable), ":", label="unanswerable")
        axes.plot(*asked.own, "o", label=f"the product, threshold {asked.threshold:.2f}")


@contextmanager
def _picture(path: Path, title: str, across: str, up: str) -> Iterator[Any]:
    """Yield the axes of a picture, then write it: the same bytes for the same figures."""
    # Not an import statement: types are checked alike with matplotlib and without it.
    figure = import_module("matplotlib.figure").Figure(figsize=(6, 5), layout="constrained")
    axes = figure.add_subplot(title=title, xlabel=across, ylabel=up, xlim=(0, 1), ylim=(0, 1.06))
    axes.grid(alpha=0.3)
    yield axes
    axes.legend()
    with import_module("matplotlib").rc_context({"svg.hashsalt": path.stem}):
        figure.savefig(path, metadata={"Date": None})


def _print(asked: Asked, error: float) -> None:
    coverage, risk = _curve(asked.probability, asked.right)
    brier = np.mean((asked.probability - asked.answerable) ** 2)
    rows = {name: asked.measures.get(name, np.nan) for name in ("auroc", "answered_at_90")}
    rows |= {"expected calibration error": error, "Brier score": brier}
    for share in (0.25, 0.5, 0.75):
        rows[f"risk at coverage {share:.0%}"] = risk[np.argmax(coverage >= share)]
    rows |= {"coverage of the product": asked.own[0], "risk of the product": asked.own[1]}
    print(f"| {len(asked.right)} questions, {asked.answerable.sum()} answerable | |\n| --- | --- |")
    print("\n".join(f"| {name} | {figure:.3f} |" for name, figure in rows.items()))


if __name__ == "__main__":
    main()
