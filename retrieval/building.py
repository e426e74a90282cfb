"""Corpus -> a new generation, written once, by one process that ends right after."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from retrieval import analysis
from retrieval.articles import Corpus
from retrieval.changes import Changes
from retrieval.concepts import thesaurus
from retrieval.copies import CopyFinder
from retrieval.documents import Article, Basis, Passage
from retrieval.encoder import Encoder, word_vectors
from retrieval.errors import CorpusError
from retrieval.facets import Facet, FacetsWriter
from retrieval.forward import ForwardWriter
from retrieval.generation import (
    FACETS,
    FORMAT,
    FORWARD,
    LEXICAL,
    MANIFEST,
    MATRIX,
    STORE,
    VECTORS,
    Manifest,
)
from retrieval.lexical import LexicalWriter
from retrieval.passages import split
from retrieval.processes import Progress
from retrieval.seal import seal
from retrieval.store import Store, StoreWriter
from retrieval.vectors import VectorWriter

_BATCH = 1000

Splitter = Callable[[Article], Sequence[Passage]]


def build(
    folder: Path,
    paths: Sequence[Path],
    encoder: Encoder,
    progress: Progress,
    *,
    replaces: Path | None = None,
    splitter: Splitter = split,
) -> Manifest:
    """Write a generation into a new folder; for a process that ends right after.

    Args:
        folder: A folder that does not exist yet.
        paths: Files and folders of articles.
        encoder: What embeds the passages.
        progress: Told how many articles are `read`, how many passages `embedded`, and how many
            parts of the generation `written`.
        replaces: The folder of the generation that this one is to replace.
        splitter: Article -> passages that tile it.

    Raises:
        CorpusError: If the corpus is wrong or holds no article.
    """
    started = time.monotonic()
    folder.mkdir(parents=True)
    before = _digests(replaces / STORE) if replaces else {}
    corpus = Corpus(paths)
    fingerprint = corpus.fingerprint()
    writer = _Writer(folder, encoder)
    store = writer.store
    for article in corpus:
        writer.add(article, splitter(article))
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
        changes=Changes.between(before, _digests(folder / STORE)),
        seconds=round(time.monotonic() - started, 1),
    )
    seal(folder)
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def _digests(path: Path) -> dict[str, str]:
    store = Store(path)
    try:
        return store.digests()
    finally:
        store.close()


def matched_text(article: Article, text: str) -> str:
    """Return what a passage is found by: the title of its article, then its own text.

    A title that is the article's beginning is not put before that beginning again.
    """
    text = text.strip()
    if article.title_basis is Basis.ESTIMATED and text.startswith(article.title):
        return text
    return f"{article.title}\n{text}"


class _Writer:
    """Writes articles into every part of a new generation, passages a batch at a time."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.store = StoreWriter(folder / STORE)
        self._encoder = encoder
        self._lexical = LexicalWriter(folder / LEXICAL)
        self._vectors = VectorWriter(folder / VECTORS, folder / MATRIX)
        self._forward = ForwardWriter(folder / FORWARD, word_vectors(encoder), thesaurus())
        self._facets = FacetsWriter()
        self._facets_path = folder / FACETS
        self._copies = CopyFinder()
        self._texts: list[str] = []
        self._facet_of: list[Facet] = []

    @property
    def is_full(self) -> bool:
        """Whether a batch is complete."""
        return len(self._texts) >= _BATCH

    def add(self, article: Article, passages: Sequence[Passage]) -> None:
        """Store an article, and keep what its passages are matched by for the next `flush`."""
        for passage in passages:
            self._copies.add(passage.text)
        twins = self._copies.twins[len(self._copies.twins) - len(passages) :]
        self.store.add(article, passages, twins)
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

    def flush(self) -> None:
        """Index what was added since."""
        self._lexical.add(self._texts, self._facet_of)
        self._vectors.add(self._encoder.encode_passages(self._texts))
        self._texts.clear()
        self._facet_of.clear()

    def close(self, progress: Progress) -> None:
        """Index the rest, and end the writing of every part."""
        self.flush()
        progress("embedded", self.store.passages, self.store.passages)
        parts: list[Callable[[], None]] = [
            lambda: self.store.add_near((pair.row, pair.other) for pair in self._copies.near()),
            self.store.close,
            lambda: self._facets.save(self._facets_path),
            self._forward.close,
            self._lexical.close,
            self._vectors.close,
        ]
        for number, write in enumerate(parts, start=1):
            write()
            progress("written", number, len(parts))
