"""The generations under a data folder: which is served, which are kept, and how one is replaced.

    data/current                      the name of the generation being served
    data/index.lock                   held while building
    data/generations/NAME/            a generation; see `generation`
    data/generations/NAME/refused     why it was not published
    data/embeddings/                  see `embeddings`

A generation is built by one process, verified twice by fresh ones and published by replacing the
pointer file. It is never written again, only deleted whole when later ones have taken its place.
Where its vectors are on a server of Chroma, its collection there is deleted before its folder: what
cannot be reached is deleted another time.
"""

import fcntl
import logging
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from retrieval.articles import Corpus
from retrieval.chroma_server import CHROMA_URL, ChromaServer
from retrieval.embeddings import EmbeddingCache, delete_all_but
from retrieval.encoder import Encoder, load_encoder
from retrieval.errors import (
    CorpusError,
    GenerationError,
    IsnadError,
    KilledError,
    LostVectorError,
    RefusedError,
    ServerError,
)
from retrieval.manifest import BUILD, MANIFEST, STORE, Manifest, read_manifest
from retrieval.processes import Progress, run_fresh
from retrieval.seal import check
from retrieval.store import Store

logger = logging.getLogger(__name__)

KEPT = 3
"""Generations that are kept, the one that is served among them."""

CACHED = 512 << 20
"""Bytes of vectors that are kept beside the generations."""

_POINTER = "current"
_LOCK = "index.lock"
_REFUSED = "refused"
_VERIFICATIONS = 2  # damage to a store can show at the second opening only
# A new generation takes about as much as the one before; a first one, this much for a byte of text.
_GROWTH = 1.3
_BYTES_PER_BYTE = 10
_PACKED = 4  # how much smaller a .gz file is than its text
_LEAST_BYTES = 64 << 20
_FULL_BYTES = 1 << 20  # free, and less: what is left is of no use


@dataclass(frozen=True, slots=True)
class Kept:
    """A generation on disk: its manifest, and why it was refused if it was."""

    manifest: Manifest
    refused: str | None
    bytes: int


def open_store(data: Path) -> Store:
    """Open the articles of the published generation, whatever encoder it was built with.

    Raises:
        GenerationError: If there is none, or it cannot be opened.
    """
    return Store(folder_of(data) / STORE)


def current(data: Path) -> str | None:
    """Return the name of the published generation, or None."""
    lines = _pointer(data)
    return lines[0] if lines else None


def folder_of(data: Path, name: str | None = None) -> Path:
    """Return the folder of a generation; of the published one if none is named.

    Raises:
        GenerationError: If none is published.
    """
    name = name or current(data)
    if name is None:
        raise GenerationError(f"no generation under {data} yet; build one with: {BUILD}")
    return _folder(data, name)


def is_current(
    data: Path, paths: Sequence[Path], encoder: Encoder, server: ChromaServer | None = None
) -> bool:
    """Say whether there is nothing to build: the corpus is served, or was taken back from service.

    After a rollback the corpus is still the one whose generation the editor did not want. Vectors
    that are to be on a server, or not any more, are a reason to build.
    """
    lines = _pointer(data)
    if not lines:
        return False
    try:
        manifest = read_manifest(_folder(data, lines[0]))
    except GenerationError:
        return False
    return (
        Corpus(paths).fingerprint() in (manifest.corpus, *lines[1:])
        and manifest.encoder_fingerprint == encoder.fingerprint
        and (manifest.server is None) == (server is None)
    )


def generations(data: Path) -> list[Kept]:
    """Return the whole generations on disk, the newest first, with those that were refused."""
    found = []
    for folder in sorted(_folders(data), reverse=True):
        try:
            manifest = read_manifest(folder)
        except GenerationError:  # half built, or of another version
            continue
        reason = folder / _REFUSED
        why = reason.read_text(encoding="utf-8").strip() if reason.is_file() else None
        found.append(Kept(manifest, why, _bytes(folder)))
    return found


def cached_bytes(data: Path) -> int:
    """Return how much the vectors take that are kept for the next builds."""
    return _bytes(_embeddings(data))


def holder(data: Path) -> str | None:
    """Return who is building under `data` and since when, or None where nobody is."""
    try:
        with (data / _LOCK).open("r", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read().strip() or "unknown"
    except FileNotFoundError:
        pass
    return None


def publish_new(
    data: Path,
    paths: Sequence[Path],
    encoder: str,
    on_progress: Progress,
    *,
    server: ChromaServer | None = None,
    keep: int = KEPT,
    cached: int = CACHED,
) -> Manifest:
    """Build a generation from a corpus, verify it and make it the current one.

    Args:
        data: The folder of generations.
        paths: Files and folders of articles.
        encoder: The value of ISNAD_ENCODER.
        on_progress: Told how far it is.
        server: Where vectors are to be searched, if not in the folder of the generation.
        keep: How many generations to keep, this one among them.
        cached: How many bytes of vectors to keep beside them.

    Returns:
        The manifest of the published generation.

    Raises:
        CorpusError: If the corpus is wrong or holds no article.
        GenerationError: If it cannot be built, or another build is under way.
        RefusedError: If it was built and is not as it should be; it is kept for inspection.
        ServerError: If the server cannot be used.

    Whatever is raised, nothing was published, and the generation before goes on being served.
    """
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    with _failures_told(data), _lock(data):
        _delete_unfinished(data, server)
        # The nearest that is whole, so that no rollback leads to one that is damaged.
        whole = _first_whole(data, _published(data))
        before = _folder(data, whole.generation) if whole else None
        _check_space(data, paths, before)
        folder = _folder(data, name)
        for last in (False, True):
            try:
                run_fresh(
                    _build,
                    folder,
                    list(paths),
                    encoder,
                    before,
                    server,
                    cached,
                    on_progress=on_progress,
                )
            except BaseException:
                _delete([folder], server)
                raise
            if _is_whole(folder, paths, encoder, data, server, on_progress, last=last):
                break
        manifest = read_manifest(folder)
        _publish(data, folder)
        _prune(data, keep, server)
    return manifest


def rollback(data: Path, server: ChromaServer | None = None) -> Manifest:
    """Make the generation that the current one replaced the current one again.

    Raises:
        GenerationError: If it is not there any more, is damaged, or was built by another version.
        ServerError: If its vectors are on the server, and that cannot be used.
    """
    with _failures_told(data), _lock(data):
        served = read_manifest(folder_of(data))
        if served.replaces is None or not _folder(data, served.replaces).is_dir():
            raise GenerationError(f"no generation before {served.generation} is kept")
        folder = _folder(data, served.replaces)
        manifest = read_manifest(folder)
        check(folder, every_byte=True)
        _check_collection(manifest, server)
        _point(data, manifest.generation, served.corpus)
    return manifest


def fall_back(data: Path) -> Manifest:
    """Make the newest whole generation before the current one current, because that is damaged.

    Unlike after a rollback the corpus is still wanted, and the next start builds it.

    Raises:
        GenerationError: If there is none.
    """
    with _failures_told(data), _lock(data):
        served = current(data)
        before = [one for one in _published(data) if one.generation != served]
        whole = _first_whole(data, before)
        if whole is None:
            raise GenerationError(f"no whole generation before {served} is kept")
        _point(data, whole.generation)
    return whole


def prune(data: Path, keep: int = KEPT, server: ChromaServer | None = None) -> list[str]:
    """Delete what is not needed any more, and return the names of what was deleted.

    Kept are the current generation, those it replaced, `keep` of them in all, the last one that was
    refused, and any that somebody answers from. Vectors of encoders that made none of them go, too.
    """
    with _failures_told(data), _lock(data):
        return _delete_unfinished(data, server) + _prune(data, keep, server)


def prune_server(data: Path, server: ChromaServer) -> list[str]:
    """Delete the collections of a server whose generations are not here, and return their names.

    Such are left where a disk with generations was lost. Who calls it knows that no other machine
    answers from the same database of the server.

    Raises:
        ServerError: If the server cannot be used.
    """
    with _failures_told(data), _lock(data):
        here = {folder.name for folder in _folders(data)}
        lost = [name for name in server.generations() if name not in here]
        for name in lost:
            server.delete(name)
    return lost


def _build(
    folder: Path,
    paths: Sequence[Path],
    encoder: str,
    replaces: Path | None,
    server: ChromaServer | None,
    cached: int,
    progress: Progress,
) -> None:
    from retrieval.building import build

    data = folder.parent.parent
    with _failures_told(data):
        loaded = load_encoder(encoder)
        with EmbeddingCache(_embeddings(data), loaded, cached) as cache:
            embed = cache.encode_passages
            build(folder, paths, loaded, progress, embed=embed, replaces=replaces, server=server)


def _verify(
    folder: Path,
    paths: Sequence[Path],
    encoder: str,
    data: Path,
    server: ChromaServer | None,
    progress: Progress,
) -> None:
    from retrieval.verification import verify

    verify(folder, paths, encoder, data, server, progress)


def _check_collection(manifest: Manifest, server: ChromaServer | None) -> None:
    if manifest.server is not None:
        if server is None:
            raise GenerationError(
                f"the vectors of {manifest.generation} are on {manifest.server}: set {CHROMA_URL}"
            )
        server.check(manifest.generation, manifest.passages)


@contextmanager
def _failures_told(data: Path) -> Iterator[None]:
    """Say in one sentence what keeps files from being written: above all, a full disk.

    Then Chroma and tantivy raise whatever they were about to do, so it is the disk that is asked.
    """
    try:
        yield
    except (IsnadError, BrokenPipeError):  # the latter: nobody listens to the progress any more
        raise
    except Exception as error:
        if _is_full(data):
            raise GenerationError(f"cannot be written: the disk of {data} is full") from error
        from chromadb.errors import ChromaError

        if isinstance(error, OSError):
            where = f" ({error.filename})" if error.filename else ""
            why = f"{error.strerror or error}{where}"
        elif isinstance(error, sqlite3.Error | ChromaError):
            why = str(error)
        else:
            raise  # a defect of the program
        raise GenerationError(f"cannot be written: {why}") from error


def _is_full(data: Path) -> bool:
    return shutil.disk_usage(data).free < _FULL_BYTES


def _is_whole(
    folder: Path,
    paths: Sequence[Path],
    encoder: str,
    data: Path,
    server: ChromaServer | None,
    on_progress: Progress,
    *,
    last: bool,
) -> bool:
    """Verify a generation in fresh processes; one that is refused is kept, with the reason.

    Returns:
        False if it should be built once more, and is deleted: Chroma was seen to lose a vector of a
        small archive on a busy machine, once in some hundred builds. Not if it is the `last` time.

    Raises:
        RefusedError: If it is not as it should be.
    """
    try:
        for _ in range(_VERIFICATIONS):
            run_fresh(_verify, folder, list(paths), encoder, data, server, on_progress=on_progress)
    except KilledError:
        _delete([folder], server)
        raise
    except (GenerationError, CorpusError) as error:
        if isinstance(error, LostVectorError) and not last:
            logger.warning("%s is built once more: %s", folder.name, error)
            _delete([folder], server)
            return False
        if _is_full(data):
            # Chroma writes a little at every opening; that it could not says nothing of the rest.
            _delete([folder], server)
            raise GenerationError(f"cannot be verified: the disk of {data} is full") from error
        (folder / _REFUSED).write_text(f"{error}\n", encoding="utf-8")
        raise RefusedError(f"{folder.name} is refused and kept for inspection: {error}") from error
    except BaseException:
        _delete([folder], server)
        raise
    return True


def _pointer(data: Path) -> list[str]:
    """Return the name of the current generation and the corpora not to be built again."""
    try:
        return (data / _POINTER).read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return []


def _published(data: Path) -> list[Manifest]:
    """Return the current generation and those that were published before it, the newest first."""
    served = current(data) or ""
    return [
        kept.manifest
        for kept in generations(data)
        if kept.refused is None and kept.manifest.generation <= served
    ]


def _first_whole(data: Path, manifests: Sequence[Manifest]) -> Manifest | None:
    for manifest in manifests:
        try:
            check(_folder(data, manifest.generation), every_byte=True)
        except GenerationError as error:
            logger.warning("%s is damaged: %s", manifest.generation, error)
        else:
            return manifest
    return None


def _folder(data: Path, name: str) -> Path:
    return data / "generations" / name


def _folders(data: Path) -> list[Path]:
    root = data / "generations"
    return [folder for folder in root.iterdir() if folder.is_dir()] if root.is_dir() else []


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
                f"another build is under way ({file.read().strip() or 'unknown'}); "
                "wait for it to end"
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        file.flush()
        yield


def _publish(data: Path, folder: Path) -> None:
    """Point at `folder`, in an order that survives a power cut: content first, pointer last."""
    for file in sorted(folder.rglob("*"), reverse=True):
        _sync(file)
    for above in (folder, folder.parent, data):
        _sync(above)
    _point(data, folder.name)


def _point(data: Path, name: str, *unwanted: str) -> None:
    pointer = data / _POINTER
    new = pointer.with_suffix(".new")
    new.write_text("\n".join((name, *unwanted)) + "\n", encoding="utf-8")
    _sync(new)
    new.replace(pointer)
    _sync(data)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_space(data: Path, paths: Sequence[Path], before: Path | None) -> None:
    """Refuse to begin what the disk has no room for.

    Raises:
        GenerationError: If there is less room than a generation is likely to take.
    """
    needed = int(_GROWTH * _bytes(before)) if before else 0
    for path in () if before else paths:
        files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        for file in files:
            packed = _PACKED if file.suffix == ".gz" else 1
            needed += _BYTES_PER_BYTE * packed * file.stat().st_size
    needed = max(needed, _LEAST_BYTES)
    free = shutil.disk_usage(data).free
    if free < needed:
        raise GenerationError(
            f"{data}: {free >> 20:,} MB are free, and a generation takes about "
            f"{needed >> 20:,} MB; make room, or set ISNAD_DATA"
        )


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _delete_unfinished(data: Path, server: ChromaServer | None) -> list[str]:
    """Delete what builds that never ended have left."""
    return _delete([one for one in _folders(data) if not (one / MANIFEST).is_file()], server)


def _prune(data: Path, keep: int, server: ChromaServer | None) -> list[str]:
    kept: set[str] = set()
    name = current(data)
    while name and len(kept) < keep:
        kept.add(name)
        try:
            name = read_manifest(_folder(data, name)).replaces
        except GenerationError:
            name = None
    found = sorted(_folders(data))
    refused = [folder for folder in found if (folder / _REFUSED).is_file()]
    kept |= {folder.name for folder in refused[-1:]}
    unused = [one for one in found if one.name not in kept and not _is_in_use(one)]
    deleted = _delete(unused, server)
    encoders = {one.manifest.encoder_fingerprint for one in generations(data)}
    return deleted + (delete_all_but(_embeddings(data), encoders) if encoders else [])


def _embeddings(data: Path) -> Path:
    return data / "embeddings"


def _delete(folders: Sequence[Path], server: ChromaServer | None) -> list[str]:
    """Delete generations, and return the names of those that could be."""
    deleted = []
    for folder in folders:
        if server is None:
            if kept := _server_of(folder):
                logger.warning("the collection of %s stays on %s", folder.name, kept)
        else:
            try:
                server.delete(folder.name)
            except ServerError as error:
                logger.warning("%s is deleted another time: %s", folder.name, error)
                (folder / MANIFEST).unlink(missing_ok=True)  # it is none any more
                continue
        shutil.rmtree(folder, ignore_errors=True)
        deleted.append(folder.name)
    return deleted


def _server_of(folder: Path) -> str | None:
    try:
        return read_manifest(folder).server
    except GenerationError:  # never finished, or of another version
        return None


def _is_in_use(folder: Path) -> bool:
    try:
        with (folder / MANIFEST).open("rb") as manifest:
            fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
