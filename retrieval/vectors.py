"""The vectors of one generation: a Chroma collection to search, and the same vectors as a matrix.

The matrix, a file that is mapped into memory, gives the exact cosine of any passage and searches
the few that a restriction leaves; Chroma's `get` and its filters take many times as long. It also
answers while a server of Chroma does not.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.chroma import Collection, CollectionWriter
from retrieval.encoder import FloatArray
from retrieval.errors import ServerError
from retrieval.facets import BoolArray
from retrieval.keys import Keys

# Where a restriction leaves many passages, it is faster to ask Chroma for so many more than to
# compare with all that are left: one more takes as long as to compare with so many. What is left
# may lie far from the question: then fewer are taken rather than all compared.
_AS_LONG = 20
_SPARE = 1.5
_ENOUGH = 0.4
_DENSE_SHARE = 0.15  # from which all are compared rather than those copied that are left


class VectorWriter:
    """Writes the vectors of a new collection, and the same as a matrix, row by row."""

    def __init__(self, collection: CollectionWriter, matrix: Path, dim: int) -> None:
        """Take what writes the collection, and create the file of the matrix."""
        self._collection = collection
        self._matrix = matrix.open("xb")
        self._row_bytes = dim * np.dtype(np.float32).itemsize

    def add(self, vectors: FloatArray, rows: Sequence[int], keys: Sequence[int]) -> None:
        """Add vectors, shape (n, dim): under keys to the collection, at rows to the matrix."""
        self._collection.upsert(keys, vectors)
        for row, vector in zip(rows, vectors, strict=True):
            self._write(row, vector)

    def take(self, row: int, vectors: FloatArray, keys: Sequence[int]) -> None:
        """Write vectors of the generation before, from a row on, which the collection may have."""
        if not self._collection.is_copy:
            self._collection.upsert(keys, vectors)
        self._write(row, vectors)

    def remove(self, keys: Sequence[int]) -> None:
        """Take some keys out of the collection."""
        self._collection.remove(keys)

    def close(self) -> None:
        """End the writing of both."""
        self._matrix.close()
        self._collection.close()

    def _write(self, row: int, vectors: FloatArray) -> None:
        self._matrix.seek(row * self._row_bytes)
        self._matrix.write(np.ascontiguousarray(vectors, dtype=np.float32).tobytes())


class VectorIndex:
    """Written vectors, open for searching; safe to share between threads."""

    def __init__(self, collection: Collection, matrix: Path, dim: int, keys: Keys) -> None:
        """Open what a `VectorWriter` wrote: vectors of `dim` numbers, under the given keys."""
        self._keys = keys
        self._collection = collection
        self.matrix: FloatArray = np.memmap(matrix, dtype=np.float32, mode="r").reshape(-1, dim)

    def count(self) -> int:
        """Return how many vectors the collection holds.

        Raises:
            ServerError: If it is on a server that cannot be used.
        """
        return self._collection.count()

    def search(
        self, vector: FloatArray, top_k: int, allowed: BoolArray | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `top_k` (row, cosine), best first, for a unit vector of shape (dim,).

        Fewer than there are may be returned, but never fewer than two of five.

        Args:
            vector: What to search for.
            top_k: Rows at most.
            allowed: Which rows may be returned, shape (rows,); None for all.
        """
        if allowed is None:
            return self._nearest(vector, top_k)
        rows = np.flatnonzero(allowed)
        if len(rows) == 0:
            return []
        asked = int(top_k * _SPARE * len(allowed) / len(rows))
        if asked * _AS_LONG <= len(rows):
            found = self._nearest(vector, asked)
            kept = [(row, cosine) for row, cosine in found if allowed[row]][:top_k]
            if len(kept) >= _ENOUGH * min(top_k, len(rows)):
                return kept
        if len(rows) >= _DENSE_SHARE * len(allowed):
            return self._best(np.where(allowed, self.matrix @ vector, -np.inf), top_k)
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
            found = self._collection.nearest(vector, min(top_k, len(self.matrix)))
        except ServerError:  # which it has logged
            return self._best(self.matrix @ vector, top_k)
        rows = self._keys.rows(key for key, _ in found)
        return [(row, cosine) for row, (_, cosine) in zip(rows, found, strict=True)]
