"""Runs on file, in the form of TREC: `question Q0 document rank score tag`, one document a line."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from retrieval.errors import CorpusError
from retrieval.evaluation.judging import Place
from retrieval.evaluation.measures import Rankings
from retrieval.evaluation.questions import TestQuestion


@dataclass(frozen=True, slots=True)
class Run:
    """What somebody found for each question, and the tag they gave it."""

    tag: str
    rankings: Rankings


def write_run(path: Path, run: Run) -> None:
    """Write a run; the scores count down to 1, so that none tie.

    Raises:
        CorpusError: If the file cannot be written.
    """
    lines = (
        f"{_quoted(question)} Q0 {_quoted(document)} {rank} {len(documents) - rank + 1} {run.tag}\n"
        for question, documents in run.rankings.items()
        for rank, document in enumerate(documents, start=1)
    )
    try:
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise CorpusError(f"{path}: cannot be written ({error})") from error


def read_run(path: Path, questions: Iterable[TestQuestion]) -> Run:
    """Read a run for a collection; scores order it, as TREC has it, and ranks where scores tie.

    Raises:
        CorpusError: For a line that is wrong, by file and line, or a run of other questions.
    """
    asked = {question.id: question for question in questions}
    found: dict[str, dict[str, tuple[float, int]]] = defaultdict(dict)
    tag = ""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read ({error})") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            name, document, order, tag = _fields(line)
            _check(asked.get(name), document, found[name])
        except ValueError as error:
            raise CorpusError(f"{path}:{number}: {error}") from error
        found[name][document] = order
    if not any(name in asked and asked[name].answerable is not False for name in found):
        raise CorpusError(f"{path}: has nothing for any answerable question of the collection")
    return Run(
        tag, {name: sorted(places, key=places.__getitem__) for name, places in found.items()}
    )


def _fields(line: str) -> tuple[str, str, tuple[float, int], str]:
    """Return question, document, what to sort by, and tag."""
    try:
        question, _, document, rank, score, tag = line.split()
        order = (-float(score), int(rank))
    except ValueError as error:
        raise ValueError("not `question Q0 document rank score tag`") from error
    if math.isnan(order[0]):
        raise ValueError("the score is not a number")
    return unquote(question), unquote(document), order, tag


def _check(question: TestQuestion | None, document: str, found: Iterable[str]) -> None:
    if document in found:
        raise ValueError(f"{document} is found twice for its question")
    if question and not question.documents and Place.named(document) is None:
        raise ValueError(f"{document} is not a passage `article_id:start-end`")


def _quoted(name: str) -> str:
    """Percent-quote a name with white space in it, or that would not be read as it is."""
    blank = any(character.isspace() for character in name)
    return quote(name) if blank or unquote(name) != name else name
