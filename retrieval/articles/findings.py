"""What there is to tell an editor about a corpus, beside its articles."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something of the corpus that is not in the archive: which file or article, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about an article that is in the archive: which, and what an editor should know."""

    what: str
    why: str
