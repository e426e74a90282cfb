"""What questions in English would find if the encoder knew English.

    python benchmarks/multilingual.py --corpus PATH...

No multilingual model is at hand offline, so one is played: the English questions of
`questions/test.jsonl` get the vectors of their Arabic translations
(`questions/translations.jsonl`), which is what a model that maps both languages to one space aims
at. Everything else has the English words alone, and the calibration is the one that every encoder
of unknown scale gets. The same questions asked in Arabic are what could be reached at most, those
asked in English of the bundled encoder what is reached without.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.append(str(Path(__file__).parent.parent))

from benchmarks.answerability import right
from retrieval.building import build
from retrieval.calibration import DEFAULT, Calibration
from retrieval.encoder import BUNDLED, Encoder, FloatArray, load_encoder
from retrieval.evaluation import Result, ask, measured, read_questions
from retrieval.evaluation.questions import TestQuestion
from retrieval.generation import Generation
from retrieval.manifest import STORE
from retrieval.retriever import Ranker, Retriever
from retrieval.store import Store

HERE = Path(__file__).parent / "questions"


class Translating:
    """An encoder whose questions have the vectors of their translations."""

    def __init__(self, encoder: Encoder, translations: Mapping[str, str]) -> None:
        """Args: what embeds, and what a question is in the language that it knows."""
        self._encoder = encoder
        self._translations = translations
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.dim = encoder.dim
        self.folder = encoder.folder

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        """Embed passages."""
        return self._encoder.encode_passages(texts)

    def encode_questions(self, texts: Sequence[str]) -> FloatArray:
        """Embed the translations of questions."""
        return self._encoder.encode_questions([self._translations[text] for text in texts])


def main() -> None:
    """Index, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, action="append", required=True)
    options = parser.parse_args()
    lines = (HERE / "translations.jsonl").read_text(encoding="utf-8").splitlines()
    arabic = {one["_id"]: one["question"] for one in map(json.loads, lines)}
    english = [one for one in read_questions(HERE / "test.jsonl") if one.id in arabic]
    translated = [replace(one, text=arabic[one.id]) for one in english]
    bundled = load_encoder(BUNDLED)
    print("| | recall@3 | recall@10 | answered rightly | wrongly | answered though absent |")
    print("| --- | --- | --- | --- | --- | --- |")
    with TemporaryDirectory(prefix="isnad-") as name:
        folder = Path(name) / "generation"
        build(folder, options.corpus, bundled, lambda *_: None)
        with closing(_open(folder, bundled)) as retriever:  # what is embedded has no "this year"
            told = {retriever.understood(one.text)[0]: arabic[one.id] for one in english}
        _measure("in Arabic", folder, bundled, translated)
        _measure("in English", folder, bundled, english)
        playing = Translating(bundled, told)
        _measure("in English, of an encoder that knows it", folder, playing, english)


def _open(folder: Path, encoder: Encoder) -> Retriever:
    return Retriever(Generation(folder, encoder), Calibration.load(DEFAULT))


def _measure(name: str, folder: Path, encoder: Encoder, questions: Sequence[TestQuestion]) -> None:
    with closing(_open(folder, encoder)) as retriever, closing(Store(folder / STORE)) as store:
        results = ask(retriever, store, questions, Ranker.HYBRID, lambda: None)
        print(f"| {name} | {' | '.join(_cells(retriever, results))} |", flush=True)


def _cells(retriever: Retriever, results: Sequence[Result]) -> list[str]:
    overall: dict[str, Any] = measured(results)["overall"]
    outcomes = Counter(
        (bool(result.question.answerable), right(retriever, result, result.answer))
        for result in results
        if result.answer is not None and result.answer.outcome == "answered"
    )
    present = sum(bool(result.question.answerable) for result in results)
    counts = [
        f"{outcomes[True, True]} of {present}",
        f"{outcomes[True, False]} of {present}",
        f"{outcomes[False, False]} of {len(results) - present}",
    ]
    return [f"{100 * overall[name]:.0f}" for name in ("recall@3", "recall@10")] + counts


if __name__ == "__main__":
    main()
