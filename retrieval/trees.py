"""A sum of small decision trees, as data: fitted with scikit-learn, run with numpy alone.

Gradient boosting of the log-odds (Friedman, "Greedy Function Approximation: A Gradient Boosting
Machine", 2001).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from retrieval.encoder import FloatArray


@dataclass(frozen=True)
class Trees:
    """Log-odds of yes, as a start and the leaves that n trees add.

    The nodes of all trees stand one after the other; `roots` are those that trees begin with. A
    node sends a value of `feature` up to its `threshold` to `left`, any other to `right`; a leaf
    has feature -1 and adds its `value`.
    """

    start: float
    roots: Sequence[int]
    feature: Sequence[int]
    threshold: Sequence[float]
    left: Sequence[int]
    right: Sequence[int]
    value: Sequence[float]

    def probabilities(self, signals: FloatArray) -> FloatArray:
        """Return how likely yes is, 0 to 1, for each of n rows of signals; shape (n,)."""
        roots, feature, threshold, left, right, value = self._arrays
        rows = np.arange(len(signals))[:, None]
        nodes = np.tile(roots, (len(signals), 1))
        while (feature[nodes] >= 0).any():  # all trees at once; a leaf leads to itself
            low = signals[rows, feature[nodes]] <= threshold[nodes]
            nodes = np.where(low, left[nodes], right[nodes])
        likely: FloatArray = 1 / (1 + np.exp(-self.start - value[nodes].sum(axis=1)))
        return likely

    @cached_property
    def _arrays(self) -> tuple[npt.NDArray[Any], ...]:
        feature = np.array(self.feature)
        own = np.arange(len(feature))
        left, right = (np.where(feature < 0, own, side) for side in (self.left, self.right))
        roots, threshold, value = map(np.array, (self.roots, self.threshold, self.value))
        return roots, feature, threshold, left, right, value

    @classmethod
    def of(cls, model: Any) -> Self:
        """Take over a fitted `GradientBoostingClassifier` of two classes."""
        tables: dict[str, list[Any]] = {
            name: [] for name in ("roots", "feature", "threshold", "left", "right", "value")
        }
        for (regressor,) in model.estimators_:
            tree = regressor.tree_
            first = len(tables["feature"])
            tables["roots"].append(first)
            leaf = tree.children_left < 0
            # A threshold is written in full: rounded, it would part other values.
            tables["feature"] += np.where(leaf, -1, tree.feature).tolist()
            tables["threshold"] += np.where(leaf, 0.0, tree.threshold).tolist()
            tables["left"] += np.where(leaf, -1, tree.children_left + first).tolist()
            tables["right"] += np.where(leaf, -1, tree.children_right + first).tolist()
            tables["value"] += np.round(model.learning_rate * tree.value[:, 0, 0], 5).tolist()
        (_, prior) = model.init_.class_prior_
        return cls(start=round(math.log(prior / (1 - prior)), 5), **tables)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Make trees of what `dataclasses.asdict` gave.

        Raises:
            TypeError: If a field is missing.
            ValueError: If the tables do not fit each other.
        """
        trees = cls(**data)
        tables = (trees.feature, trees.threshold, trees.left, trees.right, trees.value)
        if len({len(table) for table in tables}) != 1:
            raise ValueError("the tables of its trees are of different lengths")
        return trees
