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
from retrieval.concepts import thesaurus
from retrieval.copies import CopyFinder
from retrieval.documents import Article, Basis, Passage
from retrieval.encoder import Encoder, FloatArray, word_vectors
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
from retrieval.previous import Known, Previous, previous
from retrieval.processes import Progress
from retrieval.seal import seal
from retrieval.store import Store, StoreWriter, digest
from retrieval.vectors import VectorWriter

_BATCH = 1000

Splitter = Callable[[Article], Sequence[Passage]]
Embed = Callable[[Sequence[str]], FloatArray]


def build(
    folder: Path,
    paths: Sequence[Path],
    encoder: Encoder,
    progress: Progress,
    *,
    embed: Embed | None = None,
    replaces: Path | None = None,
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
        splitter: Article -> passages that tile it.

    Raises:
        CorpusError: If the corpus is wrong or holds no article.
    """
    started = time.monotonic()
    folder.mkdir(parents=True)
    before = _digests(replaces) if replaces else {}
    corpus = Corpus(paths)
    fingerprint = corpus.fingerprint()
    embed = embed or encoder.encode_passages
    known = previous(replaces, encoder) if replaces else None
    writer = _Writer(folder, encoder, embed, splitter, known)
    store = writer.store
    for article in corpus:
        writer.add(article)
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


def _digests(folder: Path) -> dict[str, str]:
    with closing(Store(folder / STORE)) as store:
        return store.digests()


def matched_text(article: Article, text: str) -> str:
    """Return what a passage is found by: the title of its article, then its own text.

    A title that is the article's beginning is not put before that beginning again.
    """
    text = text.strip()
    if article.title_basis is Basis.ESTIMATED and text.startswith(article.title):
        return text
    return f"{article.title}\n{text}"


class _Writer:
    """Writes articles into every part of a new generation, passages a batch at a time.

    Articles that are in the previous generation to the letter are taken over from it.
    """

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        embed: Embed,
        splitter: Splitter,
        previous: Previous | None,
    ) -> None:
        self._folder = folder
        self._embed = embed
        self._splitter = splitter
        self._previous = previous
        before = previous.folder if previous else None
        self.store = StoreWriter(folder / STORE, before and before / STORE)
        self._lexical = LexicalWriter(folder / LEXICAL, before and before / LEXICAL)
        self._vectors = VectorWriter(
            folder / VECTORS, folder / MATRIX, encoder.dim, before and before / VECTORS
        )
        self._forward = ForwardWriter(
            folder / FORWARD,
            word_vectors(encoder),
            thesaurus(),
            previous.forward if previous else None,
        )
        self._facets = FacetsWriter(previous.sources if previous else ("",))
        self._copies = CopyFinder(previous.wordings if previous else None)
        self._keys: list[int] = []
        self._next_key = previous.keys.next if previous else 0
        self._left = set(previous.keys.of_rows.tolist()) if previous else set()
        self._texts: list[str] = []
        self._facet_of: list[Facet] = []
        self._rows: list[int] = []
        self.taken = 0

    @property
    def is_full(self) -> bool:
        """Whether a batch is complete."""
        return len(self._texts) >= _BATCH

    def add(self, article: Article) -> None:
        """Store an article; what is new of it is kept for the next `flush`."""
        known = self._previous.articles.get(article.id) if self._previous else None
        if known is not None and known.digest == digest(article):
            self._take(article, known)
        else:
            self._add(article)

    def flush(self) -> None:
        """Index what was added since."""
        keys = [self._keys[row] for row in self._rows]
        self._lexical.add(self._texts, self._facet_of, keys)
        self._vectors.add(self._embed(self._texts), self._rows, keys)
        for waiting in (self._texts, self._facet_of, self._rows):
            waiting.clear()

    def close(self, progress: Progress) -> None:
        """Index the rest, and end the writing of every part."""
        self.flush()
        progress("embedded", self.store.passages, self.store.passages)
        parts: list[Callable[[], None]] = [
            self._write_copies,
            self.store.close,
            lambda: self._facets.save(self._folder / FACETS),
            self._forward.close,
            self._close_lexical,
            self._close_vectors,
        ]
        for number, write in enumerate(parts, start=1):
            write()
            progress("written", number, len(parts))

    def _add(self, article: Article) -> None:
        passages = self._splitter(article)
        for passage in passages:
            self._copies.add(passage.text)
        first = self.store.passages
        self.store.add(article, passages, self._copies.twins[first:])
        facet = self._facets.add(article, len(passages))
        texts = [matched_text(article, passage.text) for passage in passages]
        self._forward.add(
            article.title,
            [
                (passage.text, text != passage.text.strip())
                for passage, text in zip(passages, texts, strict=True)
            ],
        )
        self._texts += texts
        self._facet_of += [facet] * len(passages)
        self._rows += range(first, first + len(passages))
        self._keys += range(self._next_key, self._next_key + len(passages))
        self._next_key += len(passages)

    def _take(self, article: Article, known: Known) -> None:
        assert self._previous is not None
        for row in known.rows:
            self._copies.take(row)
        first = self.store.passages
        self.store.take(known.number, self._copies.twins[first:])
        self._facets.add(article, len(known.rows))
        self._forward.take(known.rows)
        rows = slice(known.first, known.last)
        self._vectors.take(first, self._previous.matrix[rows])
        keys = self._previous.keys.of_rows[rows].tolist()
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

    def _close_vectors(self) -> None:
        self._vectors.remove(sorted(self._left))
        self._vectors.close()
        Keys(np.array(self._keys, dtype=np.int64), self._next_key).save(self._folder / KEYS)
