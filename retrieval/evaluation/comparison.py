"""Two runs side by side: how much better, and whether that may be chance."""

from collections.abc import Sequence
from typing import Any

from retrieval.evaluation.asking import Result
from retrieval.evaluation.measures import asked, by_question, rankings
from retrieval.evaluation.resampling import mean, permutation_p
from retrieval.evaluation.runs import Run


def compare(results: Sequence[Result], other: Run) -> dict[str, Any]:
    """Compare results with another run for the same questions, over the answerable ones.

    Returns:
        `run` (the other's tag), `n`, `missing` (how many questions the other has nothing for; they
        count as 0), and for each measure of a ranking `this` and `other` (means), `difference`
        (this less other), `ci` (its 95% interval) and `p`.
    """
    answerable = asked(results)
    ours, theirs = rankings(answerable), other.rankings
    own = by_question(answerable, ours, theirs)
    others = by_question(answerable, theirs, ours)
    compared: dict[str, Any] = {
        "run": other.tag,
        "n": len(answerable),
        "missing": sum(result.question.id not in theirs for result in answerable),
    }
    for name, values in own.items():
        difference, interval = mean(values - others[name])
        compared[name] = {
            "this": round(float(values.mean()), 4),
            "other": round(float(others[name].mean()), 4),
            "difference": difference,
            "ci": interval,
            "p": round(permutation_p(values - others[name]), 4),
        }
    return compared
