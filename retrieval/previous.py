"""The generation before, as what the next one is made of: what has not changed is taken over."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.encoder import Encoder, FloatArray
from retrieval.errors import GenerationError
from retrieval.facets import Facets
from retrieval.forward import ForwardIndex
from retrieval.keys import Keys
from retrieval.manifest import (
    FACETS,
    FORWARD,
    KEYS,
    MATRIX,
    STORE,
    WORDINGS,
    Manifest,
    read_manifest,
)
from retrieval.wordings import Wordings

_DEAD = 0.2
"""The share of keys that may be dead: each still costs the indexes room and time."""


@dataclass(frozen=True, slots=True)
class Known:
    """An article of the generation before: its digest, its number, and the rows of its passages."""

    digest: str
    number: int
    first: int
    last: int

    @property
    def rows(self) -> range:
        """The rows of its passages."""
        return range(self.first, self.last)


class Previous:
    """A generation that can be built upon; nothing of it is written."""

    def __init__(self, folder: Path, manifest: Manifest, encoder: Encoder) -> None:
        """Open the parts; see `previous`."""
        self.folder = folder
        self.manifest = manifest
        self.keys = Keys.load(folder / KEYS)
        self.forward = ForwardIndex(folder / FORWARD)
        self.sources = Facets(folder / FACETS).sources
        self.wordings = Wordings.load(folder / WORDINGS)
        self.matrix: FloatArray = np.memmap(folder / MATRIX, dtype=np.float32, mode="r").reshape(
            -1, encoder.dim
        )
        connection = sqlite3.connect(
            f"{(folder / STORE).absolute().as_uri()}?mode=ro&immutable=1", uri=True
        )
        try:
            self.articles = {
                article_id: Known(digest, number, first, last + 1)
                for article_id, digest, number, first, last in connection.execute(
                    "SELECT id, digest, number, min(row), max(row) "
                    "FROM article JOIN passage ON article = number GROUP BY number"
                )
            }
            self.twins = [
                twin for (twin,) in connection.execute("SELECT twin FROM passage ORDER BY row")
            ]
            self.near = connection.execute(
                "SELECT row, other FROM near WHERE row < other"
            ).fetchall()
        finally:
            connection.close()


def previous(folder: Path, encoder: Encoder) -> Previous | None:
    """Open a generation to build upon; None where it is better to build anew.

    That is so where another encoder or another analysis made it, and where much of its indexes is
    of passages that are gone. Whether it is damaged is not looked at here.
    """
    try:
        manifest = read_manifest(folder)
    except GenerationError:
        return None
    if manifest.encoder_fingerprint != encoder.fingerprint:
        return None
    found = Previous(folder, manifest, encoder)
    return None if found.keys.dead > _DEAD * found.keys.next else found
