"""Test collections: questions, and what answers each.

Two kinds: questions over articles with gold quotations, and BEIR folders (`corpus.jsonl[.gz]`,
`queries.jsonl`, `qrels/test.tsv`; every document is one passage).
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Gold:
    """What answers: a quotation of an article, or characters `start` up to `end` of its body."""

    article: str
    quote: str | None = None
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class TestQuestion:
    """A question with what answers it: gold quotations, or the ids of `documents`.

    `answerable` is None where a collection does not say; `about` is the article that a question
    was asked of, whether or not that answers it.
    """

    __test__ = False  # not a pytest class

    id: str
    text: str
    type: str
    lang: str
    answerable: bool | None
    gold: tuple[Gold, ...]
    documents: frozenset[str] = frozenset()
    about: str | None = None


def read_questions(path: Path) -> list[TestQuestion]:
    """Read a collection of questions with gold quotations.

    Raises:
        CorpusError: For a file or line that is none, by file and line.
    """
    questions = []
    for where, record in _records(path):
        try:
            gold = tuple(_gold(one) for one in record.get("gold", []))
            about = record.get("near") or (gold[0].article if gold else None)
            questions.append(
                TestQuestion(
                    id=record["_id"],
                    text=record["question"],
                    type=record.get("type", "question"),
                    lang=record.get("lang", "ar"),
                    answerable=record.get("answerable", bool(gold)),
                    gold=gold,
                    about=about,
                )
            )
        except (KeyError, TypeError) as error:
            raise CorpusError(f"{where}: not a question with `_id`, `question`, `gold`") from error
    return questions


def _gold(record: dict[str, Any]) -> Gold:
    if "quote" in record:
        return Gold(record["article"], record["quote"])
    return Gold(record["article"], start=int(record["start"]), end=int(record["end"]))


def read_beir(folder: Path) -> tuple[Path, list[TestQuestion]]:
    """Return the corpus file of a BEIR folder and its test questions.

    Raises:
        CorpusError: If a file is missing or a line is wrong.
    """
    corpora = [folder / name for name in ("corpus.jsonl.gz", "corpus.jsonl")]
    corpus = next((path for path in corpora if path.is_file()), None)
    if corpus is None:
        raise CorpusError(f"{folder}: no corpus.jsonl or corpus.jsonl.gz; not a BEIR folder")
    relevant: dict[str, set[str]] = defaultdict(set)
    qrels = folder / "qrels" / "test.tsv"
    try:
        with qrels.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                if int(row["score"]) > 0:
                    relevant[row["query-id"]].add(row["corpus-id"])
    except (OSError, KeyError, ValueError) as error:
        raise CorpusError(f"{qrels}: not readable as qrels ({error})") from error
    questions = [
        TestQuestion(
            id=record["_id"],
            text=record["text"],
            type="beir",
            lang="ar",
            answerable=None,
            gold=(),
            documents=frozenset(relevant[record["_id"]]),
        )
        for _, record in _records(folder / "queries.jsonl")
        if record["_id"] in relevant
    ]
    return corpus, questions


def _records(path: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read ({error})") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield f"{path}:{number}", json.loads(line)
            except json.JSONDecodeError as error:
                raise CorpusError(f"{path}:{number}: not JSON ({error})") from error
