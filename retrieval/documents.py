"""The words of the product as types: what an article, a passage, a hit and an answer are."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Basis(StrEnum):
    """Where a source or a date is known from."""

    STATED = "stated"  # by the article itself: byline, dateline or metadata
    EDITOR = "editor"  # by the editor, in sources.toml
    ESTIMATED = "estimated"  # by the editor, with a passage of the article as evidence
    PAGE = "page"  # only by the page around the article: the page's, not the article's
    UNKNOWN = "unknown"


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
    """

    id: str
    title: str
    body: str
    title_basis: Basis = Basis.STATED
    source: Source = Source()
    published: Published = Published()
    url: str | None = None
    abstract: str | None = None

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


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, without the white space around it.

    `article.body[start:end] == text` always; `answer`, where there is one, lies within. `row` is
    the passage's number within its generation.
    `also_in` names the other articles of the archive that say the same in nearly the same words.
    """

    article: Article
    start: int
    end: int
    text: str
    row: int
    answer: Span | None = None
    also_in: tuple[Article, ...] = ()


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
class Answer:
    """The hits for a question, best first; none when the outcome is absent.

    `probability` is how likely the archive answers, 0 to 1; it is measured, never shown.
    """

    question: str
    outcome: Outcome
    coverage: Coverage
    hits: tuple[Hit, ...] = ()
    probability: float = 0.0
    elapsed_ms: float = field(default=0.0, compare=False)
