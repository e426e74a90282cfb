"""The words of the product as types: what an article, a passage, a hit and an answer are."""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property


class Basis(StrEnum):
    """Where a source or a date is known from."""

    STATED = "stated"  # by the article itself: byline, dateline or metadata
    EDITOR = "editor"  # by the editor, in sources.toml
    ESTIMATED = "estimated"  # by the editor, with a passage of the article as evidence
    PAGE = "page"  # only by the page around the article: the page's, not the article's
    UNKNOWN = "unknown"


DATED = (Basis.STATED, Basis.EDITOR, Basis.ESTIMATED)
"""Where the date of an article can be known from; that of a page is none of its article."""


class Precision(StrEnum):
    """How much of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Source:
    """Who published an article; `name` is None exactly when the basis is unknown."""

    name: str | None = None
    basis: Basis = Basis.UNKNOWN


@dataclass(frozen=True, slots=True)
class Published:
    """When an article was published.

    `value` is YYYY-MM-DD, YYYY-MM or YYYY, as `precision` says; both are None exactly when the
    basis is unknown. With basis `page` it is the date of the page that showed the article.
    """

    value: str | None = None
    precision: Precision | None = None
    basis: Basis = Basis.UNKNOWN


@dataclass(frozen=True)
class Article:
    """One article as the archive stores it. `body` is what quotations are slices of.

    `title_basis` is `estimated` where no title was found and the first sentence stands for it.
    `dropped` are the lines of its page that are not article, in their order.
    """

    id: str
    title: str
    body: str
    title_basis: Basis = Basis.STATED
    source: Source = Source()
    published: Published = Published()
    url: str | None = None
    abstract: str | None = None
    dropped: tuple[str, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """Hexadecimal digest of the body's UTF-8 bytes."""
        return hashlib.sha256(self.body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` up to `end` of an article's body, and the text they hold."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an article's body; the passages of an article, in order, tile its body."""

    article_id: str
    ordinal: int
    start: int
    end: int
    text: str


class Outcome(StrEnum):
    """What the archive has to say on a question."""

    ANSWERED = "answered"
    RELATED = "related"
    ABSENT = "absent"


class Relation(StrEnum):
    """What an article that shares a passage with another is to it."""

    COPY = "copy"  # most of the wording of the two articles is the same: one report, twice
    INDEPENDENT = "independent"  # another report, which shares this passage (a quotation, say)


@dataclass(frozen=True, slots=True)
class AlsoIn:
    """Another article of the archive that has a passage in nearly the same words, and its row."""

    article: Article
    row: int
    relation: Relation


@dataclass(frozen=True, slots=True)
class Restriction:
    """What a question is to be answered from: articles of some time, of some sources, or both.

    `since` and `until` are the first and the last day, both included; None leaves a side open.
    `sources` are names as the archive has them; empty is any. An article whose date is not known
    meets every restriction in time: it may be from then, and nothing is left out in silence.
    """

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether it restricts anything."""
        return bool(self.since or self.until or self.sources)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, without the white space around it.

    `article.body[start:end] == text` always; `answer`, where there is one, lies within. `row` is
    the passage's number within its generation.
    `also_in` names the first of the `also_count` other articles that say the same in nearly the
    same words.
    """

    article: Article
    start: int
    end: int
    text: str
    row: int
    answer: Span | None = None
    also_in: tuple[AlsoIn, ...] = ()
    also_count: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was searched. `first` and `last` are the earliest and latest dates of articles."""

    articles: int
    passages: int
    first: str | None
    last: str | None
    undated: int
    generation: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a restricted question was answered from: so many articles, some of unknown date."""

    restriction: Restriction
    articles: int
    undated: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits for a question, best first; none when the outcome is absent.

    `probability` is how likely the archive answers, 0 to 1; it is measured, never shown. `scope`
    is what a restricted question was answered from, None for the whole archive.
    """

    question: str
    outcome: Outcome
    coverage: Coverage
    hits: tuple[Hit, ...] = ()
    scope: Scope | None = None
    probability: float = 0.0
    elapsed_ms: float = field(default=0.0, compare=False)
