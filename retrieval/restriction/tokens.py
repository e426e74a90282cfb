"""A question as a row of folded tokens, each of which knows its characters of the question."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Generic

from retrieval import arabic
from retrieval.restriction import source_words, time_words
from retrieval.restriction.outlets import listed
from retrieval.restriction.tables import TOKEN, T, Texts, plain

CLAUSE_MARKS = frozenset("؟?!.،,؛;:()[]{}-—|")
"""What a clause ends with."""

_DOUBLE_QUOTES = '"“”„‟＂'
_CLOSERS = {"«": "»", "‹": "›"} | dict.fromkeys(_DOUBLE_QUOTES, _DOUBLE_QUOTES)
_OF = "ل"


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word, number or mark: the characters `start` up to `end` of the question.

    `quoted` says that it stands between quotation marks, or is one.
    """

    text: str
    start: int
    end: int
    quoted: bool


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What the tokens `first` up to `end` say."""

    first: int
    end: int
    what: T


def tokens_of(question: str) -> list[Token]:
    """Return the tokens of a question; every one has at least one character."""
    folded = arabic.folded(question, plain)
    quoted = _quoted(question)
    found: list[Token] = []
    for match in TOKEN.finditer(folded.text):
        start, end = folded.span(*match.span())
        whole = Token(match[0], start, end, quoted[start])
        cut = _clitic(match[0], found[-1].text if found else "")
        if not cut:
            found.append(whole)
            continue
        letter, rest = cut
        cut_at = folded.ends[match.start()]
        found.append(replace(whole, text=letter, end=cut_at))
        found.append(replace(whole, text=rest, start=cut_at))
    return found


@cache
def _known_words() -> frozenset[str]:
    """Every word that a restricting phrase may begin with, or go on with after "and"."""
    return time_words.OPENING | source_words.OPENING | listed().words | listed().kinds.words


def _clitic(word: str, before: str) -> tuple[str, str] | None:
    """Return the one-letter word written together with `word`, and the rest of it."""
    known = _known_words()
    if word in known:  # واس is no "and اس"
        return None
    if word[0] == "و" and word[1:] in known:
        return "و", word[1:]
    if word[0] == _OF and len(word) > 1 and before in source_words.BEFORE_OF:
        return _OF, "ا" + word if word[1] == "ل" else word[1:]  # للجزيرة is ل الجزيرة
    return None


def _quoted(question: str) -> list[bool]:
    """Return, for every character, whether it is within quotation marks, these included."""
    last = {character: index for index, character in enumerate(question)}
    inside = [False] * len(question)
    start, closers = 0, ""
    for index, character in enumerate(question):
        if closers:
            if character in closers:
                inside[start : index + 1] = [True] * (index + 1 - start)
                closers = ""
        elif character in _CLOSERS:
            candidates = _CLOSERS[character]
            if any(last.get(closer, -1) > index for closer in candidates):
                start, closers = index, candidates
    return inside


def earlier(
    texts: Texts, marks: Callable[[int], bool], ends: frozenset[str] = CLAUSE_MARKS
) -> Sequence[bool]:
    """Return, for every token, whether one before it is marked, with none of `ends` between."""
    seen = False
    found: list[bool] = []
    for index, text in enumerate(texts):
        found.append(seen)
        seen = text not in ends and (seen or marks(index))
    return found
