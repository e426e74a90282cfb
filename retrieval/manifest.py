"""What a generation is made of, as its manifest tells, and the names of its files."""

import json
from dataclasses import dataclass
from pathlib import Path

from retrieval import analysis
from retrieval.articles import Remark, Skipped
from retrieval.changes import Changes
from retrieval.errors import GenerationError

FORMAT = 6
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

    `server` is the URL of the Chroma server that was given its vectors, None if they are in its
    folder. `replaces` names the generation that was served when it was built, `changes` says what
    is different from that one, `taken` how many passages were taken over from it, and `seconds` how
    long building took.
    """

    format: int
    generation: str
    created: str
    encoder: str
    encoder_fingerprint: str
    analyser: str
    server: str | None
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
