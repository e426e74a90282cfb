"""One generation: everything a question is answered from, in a folder that is written once.

    data/generations/NAME/            manifest.json, archive.sqlite, facets.npz, tantivy/, chroma/,
                                      vectors.f32, forward/, keys.npy, wordings/,
                                      seal.json

`building` writes it, `verification` holds it to what it says of itself, `publishing` makes it the
one that is served. It is never written again, only deleted whole.
"""

import fcntl
import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from retrieval import analysis
from retrieval.articles import Remark, Skipped
from retrieval.changes import Changes
from retrieval.encoder import Encoder
from retrieval.errors import EncoderMismatchError, GenerationError
from retrieval.facets import Facets
from retrieval.forward import ForwardIndex
from retrieval.keys import Keys
from retrieval.lexical import LexicalIndex
from retrieval.seal import check
from retrieval.store import Store
from retrieval.vectors import VectorIndex

FORMAT = 5
MANIFEST = "manifest.json"
STORE = "archive.sqlite"
LEXICAL = "tantivy"
VECTORS = "chroma"
MATRIX = "vectors.f32"
FACETS = "facets.npz"
FORWARD = "forward"
KEYS = "keys.npy"
WORDINGS = "wordings"
BUILD = "python -m retrieval index"
"""What to do about a generation that cannot be opened."""

_TOLD = 200  # findings that are printed; all are in the manifest


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is made of.

    `replaces` names the generation that was served when it was built, `changes` says what is
    different from that one, `taken` how many passages were taken over from it, and `seconds` how
    long building took.
    """

    format: int
    generation: str
    created: str
    encoder: str
    encoder_fingerprint: str
    analyser: str
    corpus: str
    articles: int
    passages: int
    skipped: tuple[Skipped, ...]
    remarks: tuple[Remark, ...]
    replaces: str | None
    changes: Changes
    taken: int
    seconds: float

    def findings(self) -> list[str]:
        """Return what an editor should know of the corpus, a line each, at most `_TOLD` lines.

        Names of files can hold anything; what is not printable is shown as a question mark.
        """
        lines = [f"skipped {skipped.what}: {skipped.why}" for skipped in self.skipped]
        lines += [f"note {remark.what}: {remark.why}" for remark in self.remarks]
        if len(lines) > _TOLD:
            lines[_TOLD:] = [f"and {len(lines) - _TOLD} more, in its {MANIFEST}"]
        return ["".join(c if c.isprintable() else "?" for c in line) for line in lines]


class Generation:
    """A generation that is open for questions; safe to share between threads."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        """Open a built generation with the encoder it was built with.

        Raises:
            GenerationError: If it is missing, damaged or of another format.
            EncoderMismatchError: If it was built with another encoder.
        """
        self.manifest = read_manifest(folder)
        if self.manifest.encoder_fingerprint != encoder.fingerprint:
            raise EncoderMismatchError(
                f"generation {self.manifest.generation} was built with encoder "
                f"{self.manifest.encoder} ({self.manifest.encoder_fingerprint}), but ISNAD_ENCODER "
                f"is {encoder.name} ({encoder.fingerprint}); build again with: {BUILD}"
            )
        self.encoder = encoder
        self._open = ExitStack()
        try:
            # Held while open, so that no build deletes what somebody answers from.
            in_use = self._open.enter_context((folder / MANIFEST).open("rb"))
            fcntl.flock(in_use, fcntl.LOCK_SH)
            check(folder, every_byte=False)
            self.store = Store(folder / STORE)
            self._open.callback(self.store.close)
            keys = Keys.load(folder / KEYS)
            self.lexical = LexicalIndex(folder / LEXICAL, keys)
            self.vectors = VectorIndex(folder / VECTORS, folder / MATRIX, encoder.dim, keys)
            self._open.callback(self.vectors.close)
            self.facets = Facets(folder / FACETS)
            self.forward = ForwardIndex(folder / FORWARD)
            self.coverage = self.store.coverage(self.manifest.generation)
        except Exception as error:  # what tantivy and Chroma raise for damage is not documented
            self._open.close()
            raise GenerationError(f"{folder}: damaged ({error}); build again: {BUILD}") from error

    def close(self) -> None:
        """Close the files that can be closed, and let the folder be deleted."""
        self._open.close()


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a built generation.

    Raises:
        GenerationError: If it is missing, damaged or of another format.
    """
    try:
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if data["format"] != FORMAT or data["analyser"] != analysis.version():
            raise GenerationError(f"{folder}: built by another version; build again: {BUILD}")
        data["skipped"] = tuple(Skipped(**skipped) for skipped in data["skipped"])
        data["changes"] = Changes(**data["changes"])
        data["remarks"] = tuple(Remark(**remark) for remark in data["remarks"])
        return Manifest(**data)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GenerationError(f"{folder}: damaged ({error}); build again: {BUILD}") from error
