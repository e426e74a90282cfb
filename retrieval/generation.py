"""One generation: everything a question is answered from, in a folder that is written once.

    data/generations/NAME/            manifest.json, archive.sqlite, facets.npz, tantivy/, chroma/,
                                      vectors.f32, forward/, keys.npy, wordings/,
                                      seal.json

`building` writes it, `verification` holds it to what it says of itself, `publishing` makes it the
one that is served. It is never written again, only deleted whole.
"""

import fcntl
from contextlib import ExitStack
from pathlib import Path

from retrieval.chroma import Collection
from retrieval.chroma_folder import FolderCollection
from retrieval.chroma_server import CHROMA_URL, ChromaServer, ServerCollection
from retrieval.encoder import Encoder
from retrieval.errors import EncoderMismatchError, GenerationError
from retrieval.facets import Facets
from retrieval.forward import ForwardIndex
from retrieval.keys import Keys
from retrieval.lexical import LexicalIndex
from retrieval.manifest import (
    BUILD,
    FACETS,
    FORWARD,
    KEYS,
    LEXICAL,
    MANIFEST,
    MATRIX,
    STORE,
    VECTORS,
    read_manifest,
)
from retrieval.seal import check
from retrieval.store import Store
from retrieval.vectors import VectorIndex


class Generation:
    """A generation that is open for questions; safe to share between threads."""

    def __init__(self, folder: Path, encoder: Encoder, server: ChromaServer | None = None) -> None:
        """Open a built generation with the encoder it was built with.

        Args:
            folder: Where it is.
            encoder: What it was built with.
            server: Where its vectors are searched, if they are on a server.

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
        if self.manifest.server is not None and server is None:
            raise GenerationError(
                f"the vectors of generation {self.manifest.generation} are on "
                f"{self.manifest.server}: set {CHROMA_URL}, or build again: {BUILD}"
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
            collection: Collection
            if server is None or self.manifest.server is None:
                collection = FolderCollection(folder / VECTORS)
            else:
                collection = ServerCollection(server, self.manifest.generation)
            self._open.callback(collection.close)
            self.vectors = VectorIndex(collection, folder / MATRIX, encoder.dim, keys)
            self.facets = Facets(folder / FACETS)
            self.forward = ForwardIndex(folder / FORWARD)
            self.coverage = self.store.coverage(self.manifest.generation)
        except Exception as error:  # what tantivy and Chroma raise for damage is not documented
            self._open.close()
            raise GenerationError(f"{folder}: damaged ({error}); build again: {BUILD}") from error

    def close(self) -> None:
        """Close the files that can be closed, and let the folder be deleted."""
        self._open.close()
