"""Signals -> the order of candidates, and how likely the archive answers: one of three outcomes.

Scores of candidates and of sentences are weighted sums of their signals; whether a hit answers is
told by decision trees over its signals, and two thresholds. Weights, trees and thresholds
are data, fitted by `python -m retrieval calibrate` for an encoder and stored beside it; one without
gets those of `models/calibration.json`, which use no signal that depends on an encoder's scale.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np

from retrieval.documents import Outcome
from retrieval.encoder import Encoder, FloatArray, quiet_products
from retrieval.errors import EncoderError
from retrieval.evidence import SENTENCE_SIGNALS, SIGNALS
from retrieval.trees import Trees

FILE_NAME = "calibration.json"
DEFAULT = Path(__file__).parent / "models" / FILE_NAME

SCALED = ("dense", "dense_gap", "support")
"""Signals that mean something else with another encoder."""

LEADS = ("score", "lead_1", "lead_4", "lead_all")
"""Of a hit's score: itself, and its distance to the best other, the fourth other, and the mean."""

OUTCOME_SIGNALS = (*SIGNALS, *LEADS)
"""What decides whether a hit answers."""

_FOURTH = 4


@dataclass(frozen=True, slots=True)
class Calibration:
    """How to weigh signals, and when the best hit is an answer.

    `fusion` weighs `lexical` and `dense` to choose candidates, `ranking` the `SIGNALS` to order
    them, `sentence` the `SENTENCE_SIGNALS`; a signal without a weight weighs nothing. `trees` tell
    from the `OUTCOME_SIGNALS` how likely a hit answers; at or above `answered` the outcome is
    answered, at or above `related` it is related, below that absent.
    """

    fusion: Mapping[str, float]
    ranking: Mapping[str, float]
    sentence: Mapping[str, float]
    trees: Trees
    answered: float
    related: float

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            EncoderError: If the file is missing, damaged or of another version.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            signals = data.pop("signals")
            fitted = cls(**(data | {"trees": Trees.read(data["trees"])}))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise EncoderError(f"{path}: not a readable calibration ({error})") from error
        if tuple(signals) != OUTCOME_SIGNALS:  # whose places the trees go by
            raise EncoderError(
                f"{path}: fitted to other signals than this version has; delete it, or fit it "
                "again with: python -m retrieval calibrate"
            )
        return fitted

    def save(self, path: Path) -> None:
        """Write as JSON."""
        data = asdict(self) | {"signals": OUTCOME_SIGNALS}
        path.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")

    @classmethod
    def for_encoder(cls, encoder: Encoder, data: Path) -> Self:
        """Return the calibration of an encoder.

        One that `calibrate` wrote under `data` comes first, then the one in the encoder's own
        folder; an encoder without either gets the default.

        Raises:
            EncoderError: If the file is damaged.
        """
        places = [cls.path_for(encoder, data)]
        if encoder.folder is not None:
            places.append(encoder.folder / FILE_NAME)
        found = next((path for path in places if path.is_file()), None)
        return cls.load(found or DEFAULT)

    @staticmethod
    def path_for(encoder: Encoder, data: Path) -> Path:
        """Return where `calibrate` writes what it fits for an encoder."""
        return data / f"calibration-{encoder.fingerprint}.json"

    @quiet_products
    def scores(self, signals: FloatArray) -> FloatArray:
        """Return the score of each candidate, from signals of shape (n, len(SIGNALS))."""
        return signals @ _vector(self.ranking, SIGNALS)

    @quiet_products
    def sentence_scores(self, signals: FloatArray) -> FloatArray:
        """Return the score of each sentence, from signals (n, len(SENTENCE_SIGNALS))."""
        return signals @ _vector(self.sentence, SENTENCE_SIGNALS)

    def probabilities(self, signals: FloatArray) -> FloatArray:
        """Return how likely each of n hits answers, 0 to 1, from rows of `outcome_signals`."""
        return self.trees.probabilities(signals)

    def outcome(self, probability: float) -> Outcome:
        """Return the outcome for the probability of the best hit."""
        if probability >= self.answered:
            return Outcome.ANSWERED
        return Outcome.RELATED if probability >= self.related else Outcome.ABSENT


def outcome_signals(signals: FloatArray, scores: FloatArray, place: int) -> FloatArray:
    """Return what decides whether one of n candidates answers, shape (len(OUTCOME_SIGNALS),).

    Args:
        signals: Of all candidates, shape (n, len(SIGNALS)).
        scores: Theirs, shape (n,).
        place: Which candidate.
    """
    score = scores[place]
    others = np.sort(np.delete(scores, place))[::-1]
    if not len(others):
        others = np.zeros(1, dtype=np.float32)
    fourth = others[min(_FOURTH, len(others)) - 1]
    leads = [score, score - others[0], score - fourth, score - others.mean()]
    return np.concatenate([signals[place], np.array(leads, dtype=np.float32)])


def overall(probabilities: Sequence[float]) -> float:
    """Return how likely the hits answer, given how likely each does, best-ranked first; 0 for none.

    The mean of the first and the likeliest: the first alone misses answers further down, and the
    likeliest of several is too often likely by chance.
    """
    return (probabilities[0] + max(probabilities)) / 2 if probabilities else 0.0


def _vector(weights: Mapping[str, float], names: tuple[str, ...]) -> FloatArray:
    return np.array([weights.get(name, 0.0) for name in names], dtype=np.float32)
