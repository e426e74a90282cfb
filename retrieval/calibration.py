"""Signals -> how likely the archive answers -> one of three outcomes.

A logistic regression over signals of the best hit, with two thresholds. Weights and thresholds are
data: fitted by `python -m retrieval calibrate` for an encoder and stored beside it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from retrieval.documents import Outcome
from retrieval.encoder import Encoder
from retrieval.errors import EncoderError

FILE_NAME = "calibration.json"
SIGNALS = ("lexical", "dense", "coverage")

_DEFAULT: Mapping[str, Any] = {
    "fusion": {"lexical": 4.0, "dense": 2.0},
    "intercept": -3.0,
    "weights": {"lexical": 4.0, "dense": 0.0, "coverage": 4.0},
    "answered": 0.35,
    "related": 0.15,
}


@dataclass(frozen=True, slots=True)
class Calibration:
    """How to weigh two rankers, and when their best hit is an answer.

    `fusion` weighs `lexical` and `dense`; `intercept` and `weights` (by `SIGNALS`) give the
    log-odds that the archive answers; at or above `answered` the outcome is answered, at or above
    `related` it is related, below that absent.
    """

    fusion: Mapping[str, float]
    intercept: float
    weights: Mapping[str, float]
    answered: float
    related: float

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            EncoderError: If the file is missing or damaged.
        """
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise EncoderError(f"{path}: not a readable calibration ({error})") from error

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def for_encoder(cls, encoder: Encoder, data: Path) -> Self:
        """Return the calibration of an encoder.

        One that `calibrate` wrote under `data` comes first, then the one in the encoder's own
        folder; an encoder without either gets a cautious default, which leaves it to the words
        whether a hit is an answer.

        Raises:
            EncoderError: If the file is damaged.
        """
        places = [cls.path_for(encoder, data)]
        if encoder.folder is not None:
            places.append(encoder.folder / FILE_NAME)
        found = next((path for path in places if path.is_file()), None)
        return cls.load(found) if found else cls(**_DEFAULT)

    @staticmethod
    def path_for(encoder: Encoder, data: Path) -> Path:
        """Return where `calibrate` writes what it fits for an encoder."""
        return data / f"calibration-{encoder.fingerprint}.json"

    def probability(self, signals: Mapping[str, float]) -> float:
        """Return how likely a hit with these signals answers the question, 0 to 1."""
        log_odds = self.intercept + math.fsum(
            weight * signals[name] for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-log_odds))

    def outcome(self, probability: float) -> Outcome:
        """Return the outcome for the probability of the best hit."""
        if probability >= self.answered:
            return Outcome.ANSWERED
        return Outcome.RELATED if probability >= self.related else Outcome.ABSENT
