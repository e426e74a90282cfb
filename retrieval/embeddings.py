"""Vectors that an encoder computed before, kept by the digest of the text they are of.

A build that is begun again after it was stopped, one of an archive that another analysis read, and
the passages of a changed article that did not change with it need no encoder: with a large model
and no GPU that is hours. A file for each encoder:

    data/embeddings/FINGERPRINT.sqlite

It is a cache and no more: whatever is wrong with it, the vectors are computed.
"""

import hashlib
import logging
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from retrieval.encoder import Encoder, FloatArray

logger = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vector
    (digest BLOB PRIMARY KEY, used INTEGER NOT NULL, crc INTEGER NOT NULL, vector BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS vector_used ON vector (used);
"""
Compute = Callable[[Sequence[int]], FloatArray]
"""Computes the vectors of n passages, given their places among those asked for: (n, dim)."""

_ENDING = ".sqlite"
_ROW_BYTES = 64  # beside the vector itself
_SOME = 500  # digests in one query


def file_of(folder: Path, fingerprint: str) -> Path:
    """Return the file that the vectors of an encoder are kept in."""
    return folder / f"{fingerprint}{_ENDING}"


def delete_all_but(folder: Path, fingerprints: set[str]) -> list[str]:
    """Delete the vectors of every other encoder, and return the names of the files."""
    others = [file for file in folder.glob(f"*{_ENDING}") if file.stem not in fingerprints]
    for file in others:
        _delete(file)
    return [file.name for file in others]


class EmbeddingCache:
    """The vectors of one encoder's passages; for one process at a time."""

    def __init__(self, folder: Path, encoder: Encoder, bound: int) -> None:
        """Open the file of an encoder, or begin it.

        Args:
            folder: Where the files are.
            encoder: What computes what is not there.
            bound: Bytes that are kept at most, those longest unused going first; 0 keeps none.
        """
        self._file = file_of(folder, encoder.fingerprint)
        self._encoder = encoder
        self._most = bound // (encoder.dim * np.dtype(np.float32).itemsize + _ROW_BYTES)
        self._connection: sqlite3.Connection | None = None
        self._use = 0
        self.computed = 0
        """Passages that the encoder was asked for."""
        if self._most:
            folder.mkdir(parents=True, exist_ok=True)
            try:
                self._open()
            except sqlite3.DatabaseError as error:
                logger.warning("%s is begun anew: %s", self._file, error)
                _delete(self._file)
                self._open()
        else:
            _delete(self._file)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave no more than the bound, and close the file."""
        if self._connection is None:
            return
        try:
            self._evict(self._connection)
        except sqlite3.Error as problem:
            self._give_up(problem)
        else:
            self._connection.close()

    def encode_passages(self, texts: Sequence[str], compute: Compute | None = None) -> FloatArray:
        """Return the vectors of passages as `Encoder.encode_passages` does: float32, (n, dim).

        Args:
            texts: What the vectors are of, and known by.
            compute: How to compute those of some places in `texts`, if not from these texts.
        """
        digests = [hashlib.sha256(text.encode()).digest() for text in texts]
        known = self._look_up(digests)
        missing = [place for place, digest in enumerate(digests) if digest not in known]
        if compute is None:
            computed = self._encoder.encode_passages([texts[place] for place in missing])
        else:
            computed = compute(missing)
        self.computed += len(missing)
        self._keep([digests[place] for place in missing], computed)
        if not known:
            return computed
        vectors = np.zeros((len(texts), self._encoder.dim), dtype=np.float32)
        vectors[missing] = computed
        for place, digest in enumerate(digests):
            if digest in known:
                vectors[place] = known[digest]
        return vectors

    def _open(self) -> None:
        connection = sqlite3.connect(self._file)
        try:
            connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; {_SCHEMA}")
            last = connection.execute("SELECT max(used) FROM vector").fetchone()[0]
        except sqlite3.DatabaseError:
            connection.close()
            raise
        self._use = (last or 0) + 1
        self._connection = connection

    def _look_up(self, digests: Sequence[bytes]) -> dict[bytes, FloatArray]:
        """Return the vectors that are kept of some digests, and note that they were used."""
        found: dict[bytes, FloatArray] = {}
        if self._connection is None:
            return found
        try:
            for start in range(0, len(digests), _SOME):
                some = digests[start : start + _SOME]
                marks = ",".join("?" * len(some))
                rows = self._connection.execute(
                    f"SELECT digest, crc, vector FROM vector WHERE digest IN ({marks})",  # noqa: S608
                    some,
                )
                for digest, crc, blob in rows:
                    vector = np.frombuffer(blob, dtype=np.float32)
                    if zlib.crc32(blob) == crc and vector.shape == (self._encoder.dim,):
                        found[digest] = vector
            self._connection.executemany(
                "UPDATE vector SET used = ? WHERE digest = ?",
                [(self._use, digest) for digest in found],
            )
        except sqlite3.Error as error:
            self._give_up(error)
        return found

    def _keep(self, digests: Sequence[bytes], vectors: FloatArray) -> None:
        """Keep vectors at once: what follows may be stopped at any moment."""
        if self._connection is None:
            return
        blobs = [vector.tobytes() for vector in vectors.astype(np.float32, copy=False)]
        try:
            with self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO vector VALUES (?, ?, ?, ?)",
                    [
                        (digest, self._use, zlib.crc32(blob), blob)
                        for digest, blob in zip(digests, blobs, strict=True)
                    ],
                )
        except sqlite3.Error as error:
            self._give_up(error)

    def _evict(self, connection: sqlite3.Connection) -> None:
        count = connection.execute("SELECT count(*) FROM vector").fetchone()[0]
        if count > self._most:
            with connection:
                connection.execute(
                    "DELETE FROM vector WHERE rowid IN "
                    "(SELECT rowid FROM vector ORDER BY used, rowid LIMIT ?)",
                    (count - self._most,),
                )
            connection.execute("VACUUM")

    def _give_up(self, error: sqlite3.Error) -> None:
        """Go on without: a full disk or a damaged file must not keep an archive from its build."""
        logger.warning("%s is deleted, and embedding goes on without it: %s", self._file, error)
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        _delete(self._file)


def _delete(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
