"""A forest of decision trees, as data: fitted with scikit-learn, run with numpy alone.

Extremely randomised trees (Geurts, Ernst and Wehenkel, 2006): each is grown on all questions, from
splits at random places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from retrieval.encoder import FloatArray


@dataclass(frozen=True)
class Trees:
    """How likely yes is, by n trees: the mean of the leaves that they lead to.

    The nodes of all trees stand one after the other, each before what hangs on it; `roots` are
    those that trees begin with. A node sends a `feature` of up to its `value` to the node after
    it, a greater one as many nodes further as `right` says. A leaf has feature -1, and its `value`
    is the share of yes among what it was grown on.
    """

    roots: Sequence[int]
    feature: Sequence[int]
    right: Sequence[int]
    value: Sequence[float]

    def probabilities(self, signals: FloatArray) -> FloatArray:
        """Return how likely yes is, 0 to 1, for each of n rows of signals; shape (n,)."""
        roots, feature, left, right, value = self._arrays
        rows = np.arange(len(signals))[:, None]
        nodes = np.tile(roots, (len(signals), 1))
        while (feature[nodes] >= 0).any():  # all trees at once; a leaf leads to itself
            low = signals[rows, feature[nodes]] <= value[nodes]
            nodes = np.where(low, left[nodes], right[nodes])
        likely: FloatArray = value[nodes].mean(axis=1)
        return likely

    @cached_property
    def _arrays(self) -> tuple[npt.NDArray[Any], ...]:
        feature = np.array(self.feature)
        own = np.arange(len(feature))
        left = np.where(feature < 0, own, own + 1)
        right = np.where(feature < 0, own, own + np.array(self.right))
        return np.array(self.roots), feature, left, right, np.array(self.value)

    @classmethod
    def of(cls, model: Any) -> Self:
        """Take over a fitted `ExtraTreesClassifier` of two classes."""
        tables: dict[str, list[Any]] = {name: [] for name in ("roots", "feature", "right", "value")}
        for grown in model.estimators_:
            tree = grown.tree_
            leaf = tree.children_left < 0
            shares = tree.value[:, 0, 1] / tree.value[:, 0].sum(axis=1)
            tables["roots"].append(len(tables["feature"]))
            tables["feature"] += np.where(leaf, -1, tree.feature).tolist()
            tables["right"] += np.where(
                leaf, 0, tree.children_right - np.arange(len(leaf))
            ).tolist()
            values = np.where(leaf, np.round(shares, 4), np.round(tree.threshold, 6))
            tables["value"] += values.tolist()
        return cls(**tables)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Make trees of what `dataclasses.asdict` gave.

        Raises:
            TypeError: If a field is missing.
            ValueError: If the tables do not fit each other.
        """
        trees = cls(**data)
        tables = (trees.feature, trees.right, trees.value)
        if len({len(table) for table in tables}) != 1:
            raise ValueError("the tables of its trees are of different lengths")
        return trees
