"""One generation: everything a question is answered from, in a folder that is written once.

    data/current                      the name of the generation being served
    data/index.lock                   held while building
    data/generations/NAME/            manifest.json, archive.sqlite, facets.npz, tantivy/, chroma/,
                                      vectors.f32, forward/

A generation is built by one process, verified twice by fresh ones and published by replacing the
pointer file. It is never written again, only deleted whole when a later one has taken its place.
"""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from retrieval import analysis
from retrieval.articles import Corpus, Remark, Skipped
from retrieval.concepts import thesaurus
from retrieval.copies import CopyFinder
from retrieval.documents import Article, Basis, Passage
from retrieval.encoder import Encoder, load_encoder, word_vectors
from retrieval.errors import CorpusError, EncoderMismatchError, GenerationError
from retrieval.facets import Facet, Facets, FacetsWriter
from retrieval.forward import ForwardIndex, ForwardWriter
from retrieval.lexical import LexicalIndex, LexicalWriter
from retrieval.passages import split
from retrieval.processes import Progress, run_fresh
from retrieval.store import Store, StoreWriter
from retrieval.vectors import VectorIndex, VectorWriter

FORMAT = 3
_POINTER = "current"
_LOCK = "index.lock"
_MANIFEST = "manifest.json"
_STORE = "archive.sqlite"
_LEXICAL = "tantivy"
_VECTORS = "chroma"
_MATRIX = "vectors.f32"
_FACETS = "facets.npz"
_FORWARD = "forward"
_BATCH = 1000
_SAMPLE = 20
_TOLD = 200  # findings that are printed; all are in the manifest
_SAME_COSINE = 0.999  # of a text with itself, less what the index rounds
_BUILD = "python -m retrieval index"

Splitter = Callable[[Article], Sequence[Passage]]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is made of."""

    format: int
    generation: str
    created: str
    encoder: str
    encoder_fingerprint: str
    analyser: str
    corpus: str
    articles: int
    passages: int
    skipped: tuple[Skipped, ...]
    remarks: tuple[Remark, ...]
    replaces: str | None

    def findings(self) -> list[str]:
        """Return what an editor should know of the corpus, a line each, at most `_TOLD` lines.

        Names of files can hold anything; what is not printable is shown as a question mark.
        """
        lines = [f"skipped {skipped.what}: {skipped.why}" for skipped in self.skipped]
        lines += [f"note {remark.what}: {remark.why}" for remark in self.remarks]
        if len(lines) > _TOLD:
            lines[_TOLD:] = [f"and {len(lines) - _TOLD} more, in its {_MANIFEST}"]
        return ["".join(c if c.isprintable() else "?" for c in line) for line in lines]


class Generation:
    """A generation that is open for questions; safe to share between threads."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        """Open a built generation with the encoder it was built with.

        Raises:
            GenerationError: If it is missing, damaged or of another format.
            EncoderMismatchError: If it was built with another encoder.
        """
        self.manifest = read_manifest(folder)
        if self.manifest.encoder_fingerprint != encoder.fingerprint:
            raise EncoderMismatchError(
                f"generation {self.manifest.generation} was built with encoder "
                f"{self.manifest.encoder} ({self.manifest.encoder_fingerprint}), but ISNAD_ENCODER "
                f"is {encoder.name} ({encoder.fingerprint}); build again with: {_BUILD}"
            )
        self.encoder = encoder
        self.store = Store(folder / _STORE)
        try:
            self.lexical = LexicalIndex(folder / _LEXICAL)
            self.vectors = VectorIndex(folder / _VECTORS, folder / _MATRIX, encoder.dim)
            self.facets = Facets(folder / _FACETS)
            self.forward = ForwardIndex(folder / _FORWARD)
        except Exception as error:  # what tantivy and Chroma raise for damage is not documented
            raise GenerationError(f"{folder}: damaged ({error}); build again: {_BUILD}") from error
        self.coverage = self.store.coverage(self.manifest.generation)
        # Held while open, so that no build deletes what somebody answers from.
        self._in_use = (folder / _MANIFEST).open("rb")
        fcntl.flock(self._in_use, fcntl.LOCK_SH)

    def close(self) -> None:
        """Close the files that can be closed, and let the folder be deleted."""
        self.store.close()
        self.vectors.close()
        self._in_use.close()


def open_current(data: Path, encoder: Encoder) -> Generation:
    """Open the published generation under `data`.

    Raises:
        GenerationError: If there is none, or it cannot be opened.
    """
    return Generation(_current_folder(data), encoder)


def open_store(data: Path) -> Store:
    """Open the articles of the published generation, whatever encoder it was built with.

    Raises:
        GenerationError: If there is none, or it cannot be opened.
    """
    return Store(_current_folder(data) / _STORE)


def _current_folder(data: Path) -> Path:
    name = current(data)
    if name is None:
        raise GenerationError(f"no generation under {data} yet; build one with: {_BUILD}")
    return _folder(data, name)


def current(data: Path) -> str | None:
    """Return the name of the published generation, or None."""
    try:
        return (data / _POINTER).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def is_current(data: Path, paths: Sequence[Path], encoder: Encoder) -> bool:
    """Say whether the published generation holds exactly this corpus, for this encoder."""
    name = current(data)
    if name is None:
        return False
    try:
        manifest = read_manifest(_folder(data, name))
    except GenerationError:
        return False
    return (
        manifest.corpus == Corpus(paths).fingerprint()
        and manifest.encoder_fingerprint == encoder.fingerprint
        and manifest.analyser == analysis.version()
    )


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a built generation.

    Raises:
        GenerationError: If it is missing, damaged or of another format.
    """
    try:
        data = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if data["format"] != FORMAT or data["analyser"] != analysis.version():
            raise GenerationError(f"{folder}: built by another version; build again: {_BUILD}")
        data["skipped"] = tuple(Skipped(**skipped) for skipped in data["skipped"])
        data["remarks"] = tuple(Remark(**remark) for remark in data["remarks"])
        return Manifest(**data)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GenerationError(f"{folder}: damaged ({error}); build again: {_BUILD}") from error


def publish_new(data: Path, paths: Sequence[Path], encoder: str, on_progress: Progress) -> Manifest:
    """Build a generation from a corpus, verify it and make it the current one.

    Args:
        data: The folder of generations.
        paths: Files and folders of articles.
        encoder: The value of ISNAD_ENCODER.
        on_progress: Told how far it is.

    Returns:
        The manifest of the published generation.

    Raises:
        CorpusError: If the corpus is wrong or holds no article.
        GenerationError: If it is refused, or another build is under way. Nothing is published
            then, and the generation before goes on being served.
    """
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    with _lock(data):
        folder = _folder(data, name)
        try:
            run_fresh(_build, folder, list(paths), encoder, current(data), on_progress=on_progress)
        except CorpusError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        for _ in range(2):  # damage to a store can show at the second opening only
            run_fresh(_verify, folder, encoder, on_progress=on_progress)
        manifest = read_manifest(folder)
        _publish(data, folder)
        _prune(data, manifest)
    return manifest


def build(
    folder: Path,
    paths: Sequence[Path],
    encoder: Encoder,
    progress: Progress,
    *,
    replaces: str | None = None,
    splitter: Splitter = split,
) -> Manifest:
    """Write a generation into a new folder; for a process that ends right after.

    Args:
        folder: A folder that does not exist yet.
        paths: Files and folders of articles.
        encoder: What embeds the passages.
        progress: Told how many articles are `read`.
        replaces: The name of the generation that this one is to replace.
        splitter: Article -> passages that tile it.

    Raises:
        CorpusError: If the corpus is wrong or holds no article.
    """
    folder.mkdir(parents=True)
    corpus = Corpus(paths)
    fingerprint = corpus.fingerprint()
    writer = _Writer(folder, encoder)
    for article in corpus:
        writer.add(article, splitter(article))
        if writer.is_full:
            writer.flush()
            progress("read", writer.store.articles)
    progress("read", writer.store.articles)
    writer.close()
    store = writer.store
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
        replaces=replaces,
    )
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2)
    (folder / _MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


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
        self.store = StoreWriter(folder / _STORE)
        self._encoder = encoder
        self._lexical = LexicalWriter(folder / _LEXICAL)
        self._vectors = VectorWriter(folder / _VECTORS, folder / _MATRIX)
        self._forward = ForwardWriter(folder / _FORWARD, word_vectors(encoder), thesaurus())
        self._facets = FacetsWriter()
        self._facets_path = folder / _FACETS
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

    def close(self) -> None:
        """Index the rest, and end the writing of every part."""
        self.flush()
        self.store.add_near((pair.row, pair.other) for pair in self._copies.near())
        self.store.close()
        self._facets.save(self._facets_path)
        self._forward.close()
        self._lexical.close()
        self._vectors.close()


def _build(
    folder: Path, paths: Sequence[Path], encoder: str, replaces: str | None, progress: Progress
) -> None:
    build(folder, paths, load_encoder(encoder), progress, replaces=replaces)


def _verify(folder: Path, encoder: str, progress: Progress) -> None:
    """Open a generation and hold it to what it says of itself.

    Raises:
        GenerationError: If counts differ, or a sample of passages is not found by its own text.
    """
    generation = Generation(folder, load_encoder(encoder))
    manifest = generation.manifest
    counts = {
        "manifest": manifest.passages,
        "archive": generation.coverage.passages,
        "tantivy": generation.lexical.count,
        "chroma": generation.vectors.count,
        "matrix": len(generation.vectors.matrix),
        "facets": len(generation.facets.article),
        "forward": generation.forward.count,
    }
    if len(set(counts.values())) != 1:
        raise GenerationError(f"{manifest.generation} refused: passages counted {counts}")
    chosen = np.linspace(0, manifest.passages - 1, min(_SAMPLE, manifest.passages)).astype(int)
    for stored in generation.store.passages([int(row) for row in chosen]).values():
        text = matched_text(stored.article, stored.text)
        _verify_found(generation, text, stored.row)
    progress("verified", manifest.passages)
    generation.close()


def _verify_found(generation: Generation, text: str, row: int) -> None:
    """Two passages may read the same, so it is the score that must be that of the text itself."""
    query = generation.lexical.query(text)
    vector = generation.encoder.encode_passages([text])[0]
    own_score = generation.lexical.scores(query, [row]).get(row, 0.0)
    best_score = max((score for _, score in generation.lexical.search(query, 1)), default=0.0)
    best_cosine = max((cosine for _, cosine in generation.vectors.search(vector, 1)), default=0.0)
    own_cosine = generation.vectors.similarities(vector, [row])[row]
    worded = bool(query.terms)
    if worded and (own_score <= 0 or best_score < own_score - 1e-6):
        raise GenerationError(f"row {row} is not found in tantivy by its own text")
    if np.any(vector) and best_cosine < _SAME_COSINE:
        raise GenerationError(f"row {row} is not found in Chroma by its own vector")
    if np.any(vector) and own_cosine < _SAME_COSINE:
        raise GenerationError(f"row {row} has another vector in {_MATRIX}")


def _folder(data: Path, name: str) -> Path:
    return data / "generations" / name


@contextmanager
def _lock(data: Path) -> Iterator[None]:
    """Hold the lock of `data`; the kernel frees it when its holder ends, however it ends."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / _LOCK).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise GenerationError(
                f"another build is under way (process {file.read().strip() or 'unknown'}); "
                "wait for it to end"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _publish(data: Path, folder: Path) -> None:
    """Point at `folder`, in an order that survives a power cut: content first, pointer last."""
    for file in sorted(folder.rglob("*"), reverse=True):
        _sync(file)
    _sync(folder)
    _sync(folder.parent)
    pointer = data / _POINTER
    new = pointer.with_suffix(".new")
    new.write_text(f"{folder.name}\n", encoding="utf-8")
    _sync(new)
    new.replace(pointer)
    _sync(data)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prune(data: Path, manifest: Manifest) -> None:
    """Delete every generation but the current one, the one it replaced and those in use."""
    kept: set[Any] = {manifest.generation, manifest.replaces}
    for folder in (data / "generations").iterdir():
        if folder.name not in kept and not _is_in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_in_use(folder: Path) -> bool:
    try:
        with (folder / _MANIFEST).open("rb") as manifest:
            fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:  # a build that never ended
        return False
    except BlockingIOError:
        return True
    return False
