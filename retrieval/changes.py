"""What is different between two generations, article by article."""

from collections.abc import Mapping
from dataclasses import dataclass

_NAMED = 50


@dataclass(frozen=True, slots=True)
class Changes:
    """How many articles were added, changed, removed and left as they were.

    `named` are the ids of the first of each of the first three kinds, at most 50 of a kind.
    """

    added: int
    changed: int
    removed: int
    unchanged: int
    named: Mapping[str, list[str]]

    @classmethod
    def between(cls, before: Mapping[str, str], after: Mapping[str, str]) -> "Changes":
        """Compare archives, each given as the digests of its articles by their ids."""
        added = [one for one in after if one not in before]
        removed = [one for one in before if one not in after]
        kept = [one for one in after if one in before]
        changed = [one for one in kept if after[one] != before[one]]
        kinds = {"added": added, "changed": changed, "removed": removed}
        return cls(
            **{kind: len(ids) for kind, ids in kinds.items()},
            unchanged=len(kept) - len(changed),
            named={kind: ids[:_NAMED] for kind, ids in kinds.items()},
        )
