"""How far a figure can be trusted: bootstrap intervals and the paired permutation test.

All draws are seeded, so the same results have the same intervals.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

RESAMPLES = 1000
FLIPS = 10_000
_CHUNK = 1000  # of the flips are held in memory at a time
_SEED = 2007
_PERCENT = (2.5, 97.5)
_ROUNDING = 1e-9  # sums of the same numbers in another order differ by less

Estimate = tuple[float, list[float]]
"""A figure, and the bounds of its 95% interval."""


def mean(values: Sequence[float] | FloatArray) -> Estimate:
    """Return the mean of values, one a question."""
    return _estimate(_draws(len(values)) @ np.asarray(values, dtype=float) / len(values))


def auroc(present: Sequence[float], absent: Sequence[float]) -> Estimate:
    """Return how often an answerable question has the higher probability than an absent one.

    Ties count half. The two kinds of question are resampled separately.
    """
    of_present, of_absent = _draws(len(present)), _draws(len(absent), _SEED + 1)
    below = _below(of_absent)
    ranked = np.sort(absent)
    pairs = below[:, np.searchsorted(ranked, present, "left")]
    pairs += below[:, np.searchsorted(ranked, present, "right")]
    return _estimate((pairs * of_present).sum(axis=1) / (2 * len(present) * len(absent)))


def answered_at(percent: int, present: Sequence[float], absent: Sequence[float]) -> Estimate:
    """Return the share of absent questions answered if `percent` of the answerable ones are.

    The threshold is the highest at which they are; each resample has its own.
    """
    of_present, of_absent = _draws(len(present)), _draws(len(absent), _SEED + 1)
    enough = 100 * np.cumsum(of_present, axis=1) >= percent * len(present)
    falling = np.sort(present)[::-1]
    below_each = np.searchsorted(np.sort(absent), falling, "left")
    threshold = below_each[enough.argmax(axis=1)]
    below = _below(of_absent)[np.arange(RESAMPLES + 1), threshold]
    return _estimate(1 - below / len(absent))


def permutation_p(differences: FloatArray) -> float:
    """Return the two-sided p-value of paired differences, by flipping their signs at random.

    The differences as they are count as one flip, so that p is never 0. (Smucker, Allan and
    Carterette, CIKM 2007.)
    """
    rng = np.random.default_rng(_SEED)
    differences = differences[differences != 0]
    observed = abs(differences.sum()) - _ROUNDING
    as_far = 1
    for _ in range(FLIPS // _CHUNK):
        signs = 2 * rng.integers(2, size=(_CHUNK, len(differences)), dtype=np.int8) - 1
        as_far += int(np.count_nonzero(np.abs(signs @ differences) >= observed))
    return as_far / (FLIPS + 1)


@lru_cache(maxsize=2)
def _draws(count: int, seed: int = _SEED) -> FloatArray:
    """Return how often each of `count` questions stands in each resample.

    One row a resample; before them, a row of ones: the questions as they are.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.integers(count, size=(RESAMPLES, count))
    drawn += count * np.arange(RESAMPLES)[:, np.newaxis]
    often = np.bincount(drawn.ravel(), minlength=RESAMPLES * count).reshape(RESAMPLES, count)
    return np.vstack([np.ones((1, count)), often])


def _below(draws: FloatArray) -> FloatArray:
    """Return how many draws there are before each column, and after the last."""
    return np.pad(np.cumsum(draws, axis=1), ((0, 0), (1, 0)))


def _estimate(figures: FloatArray) -> Estimate:
    # Adding 0 makes a negative zero one that prints as 0.
    figure, low, high = np.round((figures[0], *np.percentile(figures[1:], _PERCENT)), 4) + 0.0
    return float(figure), [float(low), float(high)]
