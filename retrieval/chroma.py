"""A collection of Chroma, wherever it is: what writes one, and what searches it.

Each generation has one, under its keys: in its folder (see `chroma_folder`) or on a server (see
`chroma_server`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from retrieval.encoder import FloatArray

if TYPE_CHECKING:  # imported where it is used: it takes a second, and the bot itself does without
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection as ChromaCollection

BATCH = 1000
"""Vectors that are written at a time."""

# Fixed at creation: changing ef_search later has no effect on a collection that is open.
CONFIGURATION: "CreateCollectionConfiguration" = {
    "hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 16}
}

Nearest = list[tuple[int, float]]
"""Keys with their cosines, the greatest first."""


class CollectionWriter(Protocol):
    """Writes a new collection; `is_copy` says whether it begins with what was in another."""

    is_copy: bool

    def upsert(self, keys: Sequence[int], vectors: FloatArray) -> None:
        """Add vectors, shape (n, dim), under their keys."""
        ...

    def remove(self, keys: Sequence[int]) -> None:
        """Take some keys out."""
        ...

    def close(self) -> None:
        """Write what is left, so that all of it can be searched."""
        ...


class Collection(Protocol):
    """A written collection, open for searching; safe to share between threads."""

    def count(self) -> int:
        """Return how many vectors it holds."""
        ...

    def nearest(self, vector: FloatArray, top_k: int) -> Nearest:
        """Return up to `top_k` of what is nearest to a unit vector of shape (dim,).

        Raises:
            GenerationError: If its files are damaged.
            ServerError: If its server cannot be used.
        """
        ...

    def close(self) -> None:
        """Give back the files and the memory."""
        ...


def nearest(collection: "ChromaCollection", vector: FloatArray, top_k: int) -> Nearest:
    """Return up to `top_k` of what is nearest to a unit vector of shape (dim,)."""
    found = collection.query(
        query_embeddings=vector[np.newaxis], n_results=top_k, include=["distances"]
    )
    distances = (found["distances"] or [[]])[0]
    return [
        (int(key), 1.0 - distance) for key, distance in zip(found["ids"][0], distances, strict=True)
    ]
