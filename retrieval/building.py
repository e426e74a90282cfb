"""Corpus -> a new generation, written once, by one process that ends right after."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from retrieval import analysis
from retrieval.articles import Corpus
from retrieval.changes import Changes
from retrieval.chroma import CollectionWriter
from retrieval.chroma_folder import FolderWriter
from retrieval.chroma_server import ChromaServer, ServerWriter
from retrieval.copies import CopyFinder
from retrieval.documents import Article
from retrieval.embeddings import Compute
from retrieval.encoder import Encoder, FloatArray, StaticEncoder, word_vectors
from retrieval.errors import CorpusError
from retrieval.facets import Facet, FacetsWriter
from retrieval.forward import ForwardWriter
from retrieval.keys import Keys
from retrieval.lexical import LexicalWriter
from retrieval.manifest import (
    FACETS,
    FORMAT,
    FORWARD,
    KEYS,
    LEXICAL,
    MANIFEST,
    MATRIX,
    STORE,
    VECTORS,
    WORDINGS,
    Manifest,
)
from retrieval.passages import split
from retrieval.preparation import Prepared, PreparedArticle, Splitter, matched_text, prepared
from retrieval.previous import Previous, previous
from retrieval.processes import Progress
from retrieval.seal import seal
from retrieval.store import Store, StoreWriter, digest
from retrieval.vectors import VectorWriter

_BATCH = 1000

Embed = Callable[[Sequence[str], Compute], FloatArray]
"""Called with passages, and with what computes the vectors of some places among them."""


def build(
    folder: Path,
    paths: Sequence[Path],
    encoder: Encoder,
    progress: Progress,
    *,
    embed: Embed | None = None,
    replaces: Path | None = None,
    server: ChromaServer | None = None,
    splitter: Splitter = split,
) -> Manifest:
    """Write a generation into a new folder; for a process that ends right after.

    Args:
        folder: A folder that does not exist yet.
        paths: Files and folders of articles.
        encoder: What embeds the passages.
        embed: What to call for that, if not the encoder itself.
        progress: Told how many articles are `read`, how many passages `embedded`, and how many
            parts of the generation `written`.
        replaces: The folder of the generation that this one is to replace; what has not changed is
            taken over from it, if the same encoder and analysis made it.
        server: Where vectors are searched, if not in the folder.
        splitter: Article -> passages that tile it.

    Raises:
        CorpusError: If the corpus is wrong or holds no article.
        ServerError: If the server cannot be used.
    """
    started = time.monotonic()
    folder.mkdir(parents=True)
    before = _digests(replaces) if replaces else {}
    corpus = Corpus(paths)
    fingerprint = corpus.fingerprint()
    known = previous(replaces, encoder) if replaces else None
    writer = _Writer(folder, encoder, embed or _compute, known, server)
    store = writer.store
    for article, ready in prepared(corpus, writer.knows, splitter):
        writer.add(article, ready)
        if writer.is_full:
            progress("read", store.articles, max(len(before), store.articles) if before else None)
            writer.flush()
            progress("embedded", store.passages, None)
    progress("read", store.articles, store.articles)
    writer.close(progress)
    if not store.articles:
        reasons = "".join(f"\n  {skipped.what}: {skipped.why}" for skipped in corpus.skipped)
        raise CorpusError(f"no article under {', '.join(map(str, paths))}{reasons}")
    manifest = Manifest(
        format=FORMAT,
        generation=folder.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        encoder=encoder.name,
        encoder_fingerprint=encoder.fingerprint,
        analyser=analysis.version(),
        server=server.url if server else None,
        corpus=fingerprint,
        articles=store.articles,
        passages=store.passages,
        skipped=tuple(corpus.skipped),
        remarks=tuple(corpus.remarks),
        replaces=replaces.name if replaces else None,
        changes=Changes.between(before, _digests(folder)),
        taken=writer.taken,
        seconds=round(time.monotonic() - started, 1),
    )
    seal(folder)
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def _compute(texts: Sequence[str], compute: Compute) -> FloatArray:
    return compute(range(len(texts)))


def _collection(folder: Path, before: Path | None, server: ChromaServer | None) -> CollectionWriter:
    if server is not None:
        return ServerWriter(server, folder.name)
    copied = before / VECTORS if before and (before / VECTORS).is_dir() else None
    return FolderWriter(folder / VECTORS, copied)


def _digests(folder: Path) -> dict[str, str]:
    with closing(Store(folder / STORE)) as store:
        return store.digests()


class _Writer:
    """Writes articles into every part of a new generation, passages a batch at a time.

    Articles that are in the previous generation to the letter are taken over from it.
    """

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        embed: Embed,
        previous: Previous | None,
        server: ChromaServer | None,
    ) -> None:
        self._folder = folder
        self._embed = embed
        self._encoder = encoder
        self._previous = previous
        before = previous.folder if previous else None
        self.store = StoreWriter(folder / STORE, before and before / STORE)
        self._lexical = LexicalWriter(folder / LEXICAL, before and before / LEXICAL)
        self._vectors = VectorWriter(
            _collection(folder, before, server), folder / MATRIX, encoder.dim
        )
        self._forward = ForwardWriter(
            folder / FORWARD,
            word_vectors(encoder),
            previous.forward if previous else None,
        )
        self._facets = FacetsWriter(previous.sources if previous else ("",))
        self._copies = CopyFinder(previous.wordings if previous else None)
        self._keys: list[int] = []
        self._next_key = previous.keys.next if previous else 0
        self._left = set(previous.keys.of_rows.tolist()) if previous else set()
        self._new: list[Prepared] = []
        self._texts: list[str] = []
        self._facet_of: list[Facet] = []
        self._rows: list[int] = []
        self.taken = 0

    @property
    def is_full(self) -> bool:
        """Whether a batch is complete."""
        return len(self._texts) >= _BATCH

    def knows(self, article: Article) -> bool:
        """Say whether the previous generation has the article to the letter."""
        known = self._previous.articles.get(article.id) if self._previous else None
        return known is not None and known.digest == digest(article)

    def add(self, article: Article, ready: PreparedArticle | None) -> None:
        """Store an article, one that is known if it is not prepared; `flush` indexes it."""
        if ready is None:
            self._take(article)
        else:
            self._add(article, ready)

    def flush(self) -> None:
        """Index what was added since."""
        keys = [self._keys[row] for row in self._rows]
        self._lexical.add([new.indexed for new in self._new], self._facet_of, keys)
        self._vectors.add(self._embed(self._texts, self._vectors_of), self._rows, keys)
        for waiting in (self._new, self._texts, self._facet_of, self._rows):
            waiting.clear()

    def _vectors_of(self, places: Sequence[int]) -> FloatArray:
        if isinstance(self._encoder, StaticEncoder):  # what it is made of is known by now
            return self._encoder.encode_units([self._new[place].units for place in places])
        return self._encoder.encode_passages([self._texts[place] for place in places])

    def close(self, progress: Progress) -> None:
        """Index the rest, and end the writing of every part."""
        self.flush()
        progress("embedded", self.store.passages, self.store.passages)
        parts: list[Callable[[], None]] = [
            # These give their memory back; comparing the passages needs some of its own.
            self._close_lexical,
            self._close_vectors,
            self._close_forward,
            lambda: self._facets.save(self._folder / FACETS),
            self._write_copies,
            self.store.close,
        ]
        for number, write in enumerate(parts, start=1):
            write()
            progress("written", number, len(parts))

    def _add(self, article: Article, ready: PreparedArticle) -> None:
        for new in ready.passages:
            self._copies.add(new.wording)
        first, count = self.store.passages, len(ready.passages)
        passages = [new.passage for new in ready.passages]
        self.store.add(article, passages, self._copies.twins[first:])
        facet = self._facets.add(article, count)
        self._forward.add(ready.title, [(new.sentences, new.titled) for new in ready.passages])
        self._new += ready.passages
        self._texts += [matched_text(article, passage.text) for passage in passages]
        self._facet_of += [facet] * count
        self._rows += range(first, first + count)
        self._keys += range(self._next_key, self._next_key + count)
        self._next_key += count

    def _take(self, article: Article) -> None:
        assert self._previous is not None
        known = self._previous.articles[article.id]
        for row in known.rows:
            self._copies.take(row)
        first = self.store.passages
        self.store.take(known.number, self._copies.twins[first:])
        self._facets.add(article, len(known.rows))
        self._forward.take(known.rows)
        rows = slice(known.first, known.last)
        keys = self._previous.keys.of_rows[rows].tolist()
        self._vectors.take(first, self._previous.matrix[rows], keys)
        self._keys += keys
        self._left.difference_update(keys)
        self.taken += len(keys)

    def _write_copies(self) -> None:
        known = self._previous.near if self._previous else ()
        self.store.add_near((pair.row, pair.other) for pair in self._copies.near(known))
        self._copies.wordings().save(self._folder / WORDINGS)

    def _close_lexical(self) -> None:
        self._lexical.remove(sorted(self._left))
        self._lexical.close()
        del self._lexical

    def _close_forward(self) -> None:
        self._forward.close()
        del self._forward

    def _close_vectors(self) -> None:
        self._vectors.remove(sorted(self._left))
        self._vectors.close()
        del self._vectors
        Keys(np.array(self._keys, dtype=np.int64), self._next_key).save(self._folder / KEYS)
