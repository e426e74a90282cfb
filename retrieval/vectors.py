"""The Chroma collection of one generation: passage vectors under cosine similarity.

A store is written once, by one process, and only read afterwards: a second writer loses vectors,
and a kill in the middle of a write can leave a store whose queries crash. (On opening, Chroma
itself touches a few bytes of its SQLite file; the vectors it never writes again.)
"""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.config import Settings

from retrieval.encoder import FloatArray

_COLLECTION = "passages"
_BATCH = 1000
# Fixed at creation: changing ef_search later has no effect on a collection that is open.
_CONFIGURATION: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 16}
}


def _client(folder: Path) -> Client:
    settings = Settings(anonymized_telemetry=False)
    return cast("Client", chromadb.PersistentClient(str(folder), settings=settings))


class VectorWriter:
    """Writes the vectors of a new collection, row 0 first."""

    def __init__(self, folder: Path) -> None:
        """Create the collection in a new folder."""
        self._folder = folder
        self._client = _client(folder)
        self._collection = self._client.create_collection(
            _COLLECTION, embedding_function=None, configuration=_CONFIGURATION
        )
        self._first: FloatArray | None = None
        self._count = 0

    def add(self, vectors: FloatArray) -> None:
        """Append vectors, shape (n, dim), as the next n rows."""
        for start in range(0, len(vectors), _BATCH):
            batch = vectors[start : start + _BATCH]
            if self._first is None:
                self._first = batch[:1].copy()
            ids = [str(self._count + row) for row in range(len(batch))]
            self._collection.upsert(ids=ids, embeddings=batch)
            self._count += len(batch)

    def close(self) -> None:
        """Have Chroma write the whole index to disk.

        It writes after every `sync_threshold` vectors; the rest waits in a log, from which every
        opening would build it anew and write into the folder. So the threshold is lowered, which
        holds from the next opening on, and one vector is written again.
        """
        if self._first is not None:
            with warnings.catch_warnings():  # Chroma warns of its own way to store a configuration
                warnings.simplefilter("ignore", DeprecationWarning)
                self._collection.modify(configuration={"hnsw": {"sync_threshold": 2}})
        self._client.close()
        if self._first is not None:
            client = _client(self._folder)
            collection = client.get_collection(_COLLECTION, embedding_function=None)
            collection.upsert(ids=["0"], embeddings=self._first)
            client.close()


class VectorIndex:
    """A written collection, open for searching; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Open what a `VectorWriter` wrote."""
        self._client = _client(folder)
        self._collection = self._client.get_collection(_COLLECTION, embedding_function=None)
        self.count = self._collection.count()

    def close(self) -> None:
        """Give back the files and the memory."""
        self._client.close()

    def search(self, vector: FloatArray, top_k: int) -> list[tuple[int, float]]:
        """Return up to `top_k` (row, cosine), best first, for a unit vector of shape (dim,)."""
        found = self._collection.query(
            query_embeddings=vector[np.newaxis],
            n_results=min(top_k, self.count),
            include=["distances"],
        )
        distances = found["distances"] or [[]]
        return [
            (int(row), 1.0 - distance)
            for row, distance in zip(found["ids"][0], distances[0], strict=True)
        ]

    def similarities(self, vector: FloatArray, rows: Sequence[int]) -> dict[int, float]:
        """Return the cosine of a unit vector with each of `rows`."""
        if not rows:
            return {}
        found = self._collection.get(ids=[str(row) for row in rows], include=["embeddings"])
        cosines = np.asarray(found["embeddings"], dtype=np.float32) @ vector
        return {int(row): float(cosine) for row, cosine in zip(found["ids"], cosines, strict=True)}
