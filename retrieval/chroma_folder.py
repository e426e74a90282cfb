"""A collection of Chroma in a folder of this machine.

It is written once, by one process, and only read afterwards, or copied to be the beginning of
another: a second writer loses vectors, and a kill in the middle of a write can leave a store whose
queries crash. (On opening, Chroma itself touches a few bytes of its SQLite file; the vectors it
never writes again.)
"""

import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from retrieval.chroma import BATCH, CONFIGURATION, Nearest, nearest
from retrieval.encoder import FloatArray
from retrieval.errors import GenerationError

if TYPE_CHECKING:  # imported where it is used: it takes a second, and the bot itself does without
    from chromadb.api.client import Client

_COLLECTION = "passages"
_MANY, _FEW = 1000, 2  # changes after which Chroma writes its index: its default, and at once


class FolderWriter:
    """Writes a collection in a folder."""

    def __init__(self, folder: Path, copied: Path | None = None) -> None:
        """Create it in a new folder, empty or as a copy of what is in another."""
        self._folder = folder
        self.is_copy = copied is not None
        if copied is not None:
            shutil.copytree(copied, folder)
            self._set_threshold(_MANY)
        self._client = _folder_client(folder)
        self._collection = self._client.get_or_create_collection(
            _COLLECTION, embedding_function=None, configuration=CONFIGURATION
        )
        self._last: tuple[str, FloatArray] | None = None

    def upsert(self, keys: Sequence[int], vectors: FloatArray) -> None:  # noqa: D102
        for start in range(0, len(vectors), BATCH):
            batch = vectors[start : start + BATCH]
            ids = [str(key) for key in keys[start : start + BATCH]]
            self._collection.upsert(ids=ids, embeddings=batch)
            self._last = ids[-1], batch[-1:].copy()

    def remove(self, keys: Sequence[int]) -> None:  # noqa: D102
        for start in range(0, len(keys), BATCH):
            self._collection.delete(ids=[str(key) for key in keys[start : start + BATCH]])

    def close(self) -> None:
        """Have Chroma write the whole index to disk.

        It writes after every `sync_threshold` changes; the rest waits in a log, from which every
        opening would build it anew and write into the folder. So the threshold is lowered, which
        holds from the next opening on, and one vector is written again.
        """
        last = self._last or self._any()
        self._client.close()
        if last is not None:
            self._set_threshold(_FEW)
            client = _folder_client(self._folder)
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
        client = _folder_client(self._folder)
        with warnings.catch_warnings():  # Chroma warns of its own way to store a configuration
            warnings.simplefilter("ignore", DeprecationWarning)
            client.get_collection(_COLLECTION, embedding_function=None).modify(
                configuration={"hnsw": {"sync_threshold": threshold}}
            )
        client.close()


class FolderCollection:
    """A collection in a folder."""

    def __init__(self, folder: Path) -> None:
        """Open it."""
        self._client = _folder_client(folder)
        try:
            self._collection = self._client.get_collection(_COLLECTION, embedding_function=None)
        except Exception:  # a bot tries a damaged one again and again
            self._client.close()
            raise

    def count(self) -> int:  # noqa: D102
        return self._collection.count()

    def nearest(self, vector: FloatArray, top_k: int) -> Nearest:  # noqa: D102
        from chromadb.errors import ChromaError

        try:
            return nearest(self._collection, vector, top_k)
        except ChromaError as error:
            raise GenerationError(f"Chroma's files are damaged: {error}") from error

    def close(self) -> None:  # noqa: D102
        self._client.close()


def _folder_client(folder: Path) -> "Client":
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    return cast("Client", chromadb.PersistentClient(str(folder), settings=settings))
