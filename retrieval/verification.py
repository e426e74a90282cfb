"""The gate: a generation is held to what it says of itself before anybody is answered from it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.calibration import Calibration
from retrieval.canaries import Canary, read_canaries
from retrieval.chroma_server import ChromaServer
from retrieval.documents import Outcome
from retrieval.encoder import load_encoder
from retrieval.errors import ArticleNotFoundError, GenerationError, LostVectorError, QuestionError
from retrieval.generation import Generation
from retrieval.manifest import STORE, VECTORS
from retrieval.preparation import matched_text
from retrieval.processes import Progress
from retrieval.retriever import Retriever
from retrieval.seal import check, check_sqlite

_SAMPLE = 20
_SAME_COSINE = 0.999  # of a text with itself, less what the index rounds
_HOLE_BYTES = 1 << 30
_LOST = "is not found in Chroma by its own vector"


def verify(
    folder: Path,
    paths: Sequence[Path],
    encoder: str,
    data: Path,
    server: ChromaServer | None,
    progress: Progress,
) -> None:
    """Open a generation and hold it to what it says of itself; in a process of its own.

    Every file is as it was built, to the byte; Chroma's have no holes; SQLite finds its files
    whole; every part counts the same passages; a sample of passages is found by its own text in
    both indexes and stands in its article to the letter; and the canaries of the corpus are
    answered as the editor expects.

    Args:
        folder: The generation.
        paths: The corpus, for its canaries.
        encoder: The value of ISNAD_ENCODER.
        data: The folder of generations, for the encoder's calibration.
        server: Where vectors are searched, if they are on a server.
        progress: Told when it is `verified`.

    Raises:
        LostVectorError: If nothing is wrong but that Chroma does not find some vectors.
        GenerationError: If anything else is not as it should be, with all that was found.
        CorpusError: If the canaries cannot be read.
        ServerError: If its vectors are on a server that cannot be used.
    """
    canaries = read_canaries(paths)
    _check_files(folder)
    loaded = load_encoder(encoder)
    generation = Generation(folder, loaded, server)
    try:
        found = list(_miscounted(generation))
        if not found:
            found += _lost(generation)
            retriever = Retriever(generation, Calibration.for_encoder(loaded, data))
            found += [why for canary in canaries if (why := _silenced(retriever, canary))]
    finally:
        generation.close()
    if found:
        lost = all(_LOST in why for why in found)
        raise (LostVectorError if lost else GenerationError)("; ".join(found))
    progress("verified", generation.manifest.passages, generation.manifest.passages)


def _check_files(folder: Path) -> None:
    """Look for the damage that a killed writer leaves: holes of gigabytes, torn SQLite pages."""
    for file in (folder / VECTORS).rglob("*"):
        found = file.stat()
        hole = found.st_size - found.st_blocks * 512
        if hole > _HOLE_BYTES:
            raise GenerationError(f"{file.name} of Chroma has a hole of {hole:,} bytes")
    check(folder, every_byte=True)
    check_sqlite(folder / STORE)


def _miscounted(generation: Generation) -> list[str]:
    counts = {
        "manifest": generation.manifest.passages,
        "archive": generation.coverage.passages,
        "tantivy": generation.lexical.count,
        "chroma": generation.vectors.count(),
        "matrix": len(generation.vectors.matrix),
        "facets": len(generation.facets.article),
        "forward": generation.forward.count,
    }
    return [] if len(set(counts.values())) == 1 else [f"passages counted {counts}"]


def _lost(generation: Generation) -> list[str]:
    """Return what is not found of a sample of passages."""
    passages = generation.manifest.passages
    chosen = np.linspace(0, passages - 1, min(_SAMPLE, passages)).astype(int).tolist()
    found = []
    for stored in generation.store.passages(chosen).values():
        article = generation.store.article(stored.article.id)
        if not stored.text or article.body[stored.start : stored.end] != stored.text:
            found.append(f"row {stored.row} is no slice of {article.id}")
        found += _not_found(generation, matched_text(stored.article, stored.text), stored.row)
    return found


def _not_found(generation: Generation, text: str, row: int) -> list[str]:
    """Two passages may read the same, so it is the score that must be that of the text itself."""
    query = generation.lexical.query(text)
    vector = generation.encoder.encode_passages([text])[0]
    own_score = generation.lexical.scores(query, [row]).get(row, 0.0)
    best_score = max((score for _, score in generation.lexical.search(query, 1)), default=0.0)
    best_cosine = max((cosine for _, cosine in generation.vectors.search(vector, 1)), default=0.0)
    own_cosine = generation.vectors.similarities(vector, [row])[row]
    found = []
    if query.terms and (own_score <= 0 or best_score < own_score - 1e-6):
        found.append(f"row {row} is not found in tantivy by its own text")
    if np.any(vector) and best_cosine < _SAME_COSINE:
        found.append(f"row {row} {_LOST}")
    if np.any(vector) and own_cosine < _SAME_COSINE:
        found.append(f"row {row} has another vector in the matrix")
    return found


def _silenced(retriever: Retriever, canary: Canary) -> str | None:
    """Return what is wrong with the answer to a canary, or None."""
    try:
        answer = retriever.answer(canary.question)
    except QuestionError as error:
        return f"canary {canary.question!r}: {error}"
    if canary.article is None:
        if answer.outcome is Outcome.ANSWERED:
            return f"canary {canary.question!r} should be absent and is answered"
        return None
    named = {hit.article.id for hit in answer.hits}
    named |= {also.article.id for hit in answer.hits for also in hit.also_in}
    if canary.article in named:
        return None
    try:
        retriever.article(canary.article)
    except ArticleNotFoundError:
        return f"canary {canary.question!r}: there is no article {canary.article}"
    return f"canary {canary.question!r} does not find {canary.article}"
