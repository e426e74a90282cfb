"""The vectors of one generation: a Chroma collection to search, and the same vectors as a matrix.

The matrix, a file that is mapped into memory, gives the exact cosine of any passage and searches
the few that a restriction leaves; Chroma's `get` and its filters take many times as long.

A store is written once, by one process, and only read afterwards, or copied to be the beginning
of another: a second writer loses vectors, and a kill in the middle of a write can leave a store
whose queries crash. (On opening, Chroma itself touches a few bytes of its SQLite file; the vectors
it never writes again.)
"""

import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.config import Settings
from chromadb.errors import ChromaError

from retrieval.encoder import FloatArray
from retrieval.errors import GenerationError
from retrieval.facets import BoolArray
from retrieval.keys import Keys

_COLLECTION = "passages"
_BATCH = 1000
_MANY, _FEW = 1000, 2  # changes after which Chroma writes its index: its default, and at once
# Where a restriction leaves this share of the passages, it is faster to ask Chroma for so many more
# than to compare with all that are left.
_DENSE_SHARE = 0.15
_SPARE = 2.0
# Fixed at creation: changing ef_search later has no effect on a collection that is open.
_CONFIGURATION: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 16}
}


def _client(folder: Path) -> Client:
    settings = Settings(anonymized_telemetry=False)
    return cast("Client", chromadb.PersistentClient(str(folder), settings=settings))


class VectorWriter:
    """Writes the vectors of a new collection, and the same as a matrix, row by row."""

    def __init__(self, folder: Path, matrix: Path, dim: int, copied: Path | None = None) -> None:
        """Create the collection in a new folder, empty or as a copy, and the file of the matrix."""
        self._folder = folder
        self._matrix = matrix.open("xb")
        self._row_bytes = dim * np.dtype(np.float32).itemsize
        if copied is not None:
            shutil.copytree(copied, folder)
            self._set_threshold(_MANY)
        self._client = _client(folder)
        self._collection = self._client.get_or_create_collection(
            _COLLECTION, embedding_function=None, configuration=_CONFIGURATION
        )
        self._last: tuple[str, FloatArray] | None = None

    def add(self, vectors: FloatArray, rows: Sequence[int], keys: Sequence[int]) -> None:
        """Add vectors, shape (n, dim): under keys to the collection, at rows to the matrix."""
        for start in range(0, len(vectors), _BATCH):
            batch = vectors[start : start + _BATCH]
            ids = [str(key) for key in keys[start : start + _BATCH]]
            self._collection.upsert(ids=ids, embeddings=batch)
            self._last = ids[-1], batch[-1:].copy()
        for row, vector in zip(rows, vectors, strict=True):
            self.take(row, vector)

    def take(self, row: int, vectors: FloatArray) -> None:
        """Write vectors that the collection has already to the matrix, from a row on."""
        self._matrix.seek(row * self._row_bytes)
        self._matrix.write(np.ascontiguousarray(vectors, dtype=np.float32).tobytes())

    def remove(self, keys: Sequence[int]) -> None:
        """Take some keys out of the collection."""
        for start in range(0, len(keys), _BATCH):
            self._collection.delete(ids=[str(key) for key in keys[start : start + _BATCH]])

    def close(self) -> None:
        """Have Chroma write the whole index to disk.

        It writes after every `sync_threshold` changes; the rest waits in a log, from which every
        opening would build it anew and write into the folder. So the threshold is lowered, which
        holds from the next opening on, and one vector is written again.
        """
        self._matrix.close()
        last = self._last or self._any()
        self._client.close()
        if last is not None:
            self._set_threshold(_FEW)
            client = _client(self._folder)
            collection = client.get_collection(_COLLECTION, embedding_function=None)
            collection.upsert(ids=[last[0]], embeddings=last[1])
            client.close()

    def _any(self) -> tuple[str, FloatArray] | None:
        found = self._collection.get(limit=1, include=["embeddings"])
        if not found["ids"]:
            return None
        return found["ids"][0], np.array(found["embeddings"], dtype=np.float32)

    def _set_threshold(self, threshold: int) -> None:
        """Say after how many changes Chroma writes its index, from the next opening on."""
        client = _client(self._folder)
        with warnings.catch_warnings():  # Chroma warns of its own way to store a configuration
            warnings.simplefilter("ignore", DeprecationWarning)
            client.get_collection(_COLLECTION, embedding_function=None).modify(
                configuration={"hnsw": {"sync_threshold": threshold}}
            )
        client.close()


class VectorIndex:
    """A written collection, open for searching; safe to share between threads."""

    def __init__(self, folder: Path, matrix: Path, dim: int, keys: Keys) -> None:
        """Open what a `VectorWriter` wrote: vectors of `dim` numbers, under the given keys."""
        self._keys = keys
        self._client = _client(folder)
        try:
            self._collection = self._client.get_collection(_COLLECTION, embedding_function=None)
            self.count = self._collection.count()
            self.matrix: FloatArray = np.memmap(matrix, dtype=np.float32, mode="r").reshape(-1, dim)
        except Exception:  # a bot tries a damaged one again and again
            self._client.close()
            raise

    def close(self) -> None:
        """Give back the files and the memory."""
        self._client.close()

    def search(
        self, vector: FloatArray, top_k: int, allowed: BoolArray | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `top_k` (row, cosine), best first, for a unit vector of shape (dim,).

        Args:
            vector: What to search for.
            top_k: Rows at most.
            allowed: Which rows may be returned, shape (rows,); None for all.
        """
        if allowed is None:
            return self._nearest(vector, top_k)
        share = float(allowed.mean())
        if share >= _DENSE_SHARE:
            found = self._nearest(vector, int(top_k * _SPARE / share))
            kept = [(row, cosine) for row, cosine in found if allowed[row]][:top_k]
            if len(kept) == top_k:
                return kept
            return self._best(np.where(allowed, self.matrix @ vector, -np.inf), top_k)
        rows = np.flatnonzero(allowed)
        found = self._best(self.matrix[rows] @ vector, top_k)
        return [(int(rows[place]), cosine) for place, cosine in found]

    @staticmethod
    def _best(cosines: FloatArray, top_k: int) -> list[tuple[int, float]]:
        """Return the places of the greatest numbers, greatest first; infinite ones are none."""
        best = np.arange(len(cosines))
        if len(cosines) > top_k:
            best = np.argpartition(-cosines, top_k)[:top_k]
        best = best[np.argsort(-cosines[best], kind="stable")]
        return [(int(place), float(cosines[place])) for place in best if cosines[place] > -np.inf]

    def similarities(self, vector: FloatArray, rows: Sequence[int]) -> dict[int, float]:
        """Return the cosine of a unit vector with each of `rows`."""
        cosines = self.matrix[list(rows)] @ vector
        return {row: float(cosine) for row, cosine in zip(rows, cosines, strict=True)}

    def _nearest(self, vector: FloatArray, top_k: int) -> list[tuple[int, float]]:
        try:
            found = self._collection.query(
                query_embeddings=vector[np.newaxis],
                n_results=min(top_k, self.count),
                include=["distances"],
            )
        except ChromaError as error:
            raise GenerationError(f"Chroma's files are damaged: {error}") from error
        distances = found["distances"] or [[]]
        rows = self._keys.rows(int(key) for key in found["ids"][0])
        return [(row, 1.0 - distance) for row, distance in zip(rows, distances[0], strict=True)]
