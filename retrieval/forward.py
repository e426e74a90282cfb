"""The forward index of one generation: the words of every passage, sentence by sentence.

What candidates are compared with a question by is looked up here, not analysed again: a question
reads some forty passages. Arrays are mapped into memory; words are numbers, compared by hashes of
themselves, of their stems and of their consonants, so that no vocabulary is read on opening.
"""

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from retrieval import arabic, transliteration
from retrieval.concepts import MARK
from retrieval.encoder import FloatArray
from retrieval.errors import GenerationError
from retrieval.kinds import KINDS

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

_CHUNK = 1 << 12  # vectors in memory at once: 4 MB
_SEGMENTS = 256
_UNITS_KEPT = 1 << 16  # whose numbers a writer knows without hashing them
_TINY = np.float32(1e-8)
_ARRAYS = (
    "tokens",  # units, segment after segment; a segment is a title or a sentence
    "segments",  # where each segment begins in tokens, and the end
    "norms",  # length of the sum of a segment's vectors
    "starts",  # of a segment in its text, in characters
    "ends",
    "kinds",  # of things that a segment holds, a bit each
    "firsts",  # the first segment of each passage
    "lasts",  # the segment after its last
    "titles",  # the segment of its title; -1 where the title does not count
    "vectors",  # of units, of unit length, in 8 bits
    "scales",
    "lengths",  # of the vectors of units, as they were
    "keys",  # hashes of units,
    "stems",  # of their stems,
    "skeletons",  # of their consonants; 0 for none
)


_WRITTEN = {
    "tokens": "i",
    "segments": "q",
    "starts": "i",
    "ends": "i",
    "kinds": "B",
    "firsts": "q",
    "lasts": "q",
    "titles": "q",
    "norms": "f",
}
"""The arrays that grow as articles come, with the type codes of their numbers."""

_UNKNOWN = -1.0  # the norm of a segment before it is counted


class WordVectors(Protocol):
    """Vectors of single words and concepts, of `dim` numbers."""

    dim: int

    def word_vectors(self, words: Sequence[str]) -> FloatArray:
        """Return the vectors of folded words and of concept terms, float32, shape (n, dim)."""
        ...


@lru_cache(maxsize=arabic.WORDS_KEPT)
def key(text: str) -> int:
    """Return the hash that stands for a word, 0 for none."""
    if not text:
        return 0
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def keys(texts: Iterable[str]) -> Keys:
    """Return the hash of each."""
    return np.array([key(text) for text in texts], dtype=np.uint64)  # mixed sizes: else floats


class Segment(NamedTuple):
    """A title or a sentence: its place in its text, the kinds it holds, its words and concepts."""

    start: int
    end: int
    kinds: int
    units: Sequence[str]


class ForwardWriter:
    """Writes a new index, row 0 first."""

    def __init__(
        self,
        folder: Path,
        vectors: WordVectors,
        previous: "ForwardIndex | None" = None,
    ) -> None:
        """Create the folder; `previous` is the index whose passages `take` takes over."""
        folder.mkdir(parents=True)
        self._folder = folder
        self._vectors = vectors
        self._previous = previous
        known = [] if previous is None else previous.tables["keys"].tolist()
        self._units = {key: number for number, key in enumerate(known)}
        self._new: list[str] = []
        self._number = lru_cache(maxsize=_UNITS_KEPT)(self._number_of)
        self._arrays: dict[str, array[Any]] = {name: array(code) for name, code in _WRITTEN.items()}

    def add(self, title: Segment, passages: Sequence[tuple[Sequence[Segment], bool]]) -> None:
        """Append an article: its title; its passages' sentences, and whether the title counts."""
        arrays = self._arrays
        heading = len(arrays["starts"])
        self._add_segment(title)
        for sentences, titled in passages:
            arrays["titles"].append(heading if titled else -1)
            arrays["firsts"].append(len(arrays["starts"]))
            for sentence in sentences:
                self._add_segment(sentence)
            arrays["lasts"].append(len(arrays["starts"]))

    def take(self, rows: range) -> None:
        """Append an article of the previous index, given the rows of its passages there."""
        assert self._previous is not None
        arrays, tables = self._arrays, self._previous.tables
        heading = int(tables["firsts"][rows.start]) - 1
        own = slice(heading, int(tables["lasts"][rows.stop - 1]))
        moved = len(arrays["starts"]) - heading
        begins = tables["segments"][own.start : own.stop + 1]
        self._extend("segments", begins[:-1] + (len(arrays["tokens"]) - begins[0]))
        self._extend("tokens", tables["tokens"][begins[0] : begins[-1]])
        for name in ("starts", "ends", "kinds", "norms"):
            self._extend(name, tables[name][own])
        passages = slice(rows.start, rows.stop)
        for name in ("firsts", "lasts"):
            self._extend(name, tables[name][passages] + moved)
        titles = tables["titles"][passages]
        self._extend("titles", np.where(titles >= 0, titles + moved, -1))

    def _extend(self, name: str, values: npt.NDArray[Any]) -> None:
        written = self._arrays[name]
        written.frombytes(np.ascontiguousarray(values, dtype=written.typecode).tobytes())

    def _add_segment(self, segment: Segment) -> None:
        arrays = self._arrays
        arrays["segments"].append(len(arrays["tokens"]))
        arrays["tokens"].extend(map(self._number, segment.units))
        arrays["starts"].append(segment.start)
        arrays["ends"].append(segment.end)
        arrays["kinds"].append(segment.kinds)
        arrays["norms"].append(_UNKNOWN)

    def _number_of(self, unit: str) -> int:
        """Return the number of a unit: units are known by their hashes, as a reader knows them."""
        known = key(unit)
        number = self._units.get(known)
        if number is None:
            number = self._units[known] = len(self._units)
            self._new.append(unit)
        return number

    def close(self) -> None:
        """Write everything."""
        self._arrays["segments"].append(len(self._arrays["tokens"]))
        tables: dict[str, npt.NDArray[Any]] = {
            name: np.frombuffer(values, dtype=values.typecode) if len(values) else np.zeros(0)
            for name, values in self._arrays.items()
        }
        tables |= self._unit_tables()
        tables["norms"] = _norms(tables)
        for name in _ARRAYS:
            np.save(self._folder / f"{name}.npy", tables[name])

    def _unit_tables(self) -> dict[str, npt.NDArray[Any]]:
        """Return what is known of units: first those of the previous index, then the new ones."""
        units = self._new
        words = ["" if unit.startswith(MARK) else unit for unit in units]
        new: dict[str, npt.NDArray[Any]] = {
            "vectors": np.empty((len(units), self._vectors.dim), dtype=np.int8),
            "scales": np.empty(len(units), dtype=np.float32),
            "lengths": np.empty(len(units), dtype=np.float32),
            "keys": keys(units),
            "stems": keys(arabic.stem(word) if word else "" for word in words),
            "skeletons": keys(transliteration.skeleton(word) if word else "" for word in words),
        }
        for first in range(0, len(units), _CHUNK):
            some = slice(first, first + _CHUNK)
            vectors = self._vectors.word_vectors(units[some])
            norms = np.linalg.norm(vectors, axis=1)
            unit = vectors / np.maximum(norms, _TINY)[:, None]
            scale = np.maximum(np.abs(unit).max(axis=1), _TINY) / 127
            new["vectors"][some] = np.rint(unit / scale[:, None])
            new["scales"][some] = scale
            new["lengths"][some] = norms
        if self._previous is None:
            return new
        old = self._previous.tables
        return {name: np.concatenate([old[name], table]) for name, table in new.items()}


@dataclass(frozen=True, slots=True)
class Segments:
    """Titles and sentences of n passages, as numbers to compare a question with.

    Of u different units: `vectors` (u, dim) of unit length, `lengths`, `keys`, `stems` and
    `skeletons` (u,); the first stands for a segment without words and is zero. `tokens` are
    their places in segment after segment, which `begins` (segments,) says; `owner` (segments,) is
    the place of a segment's passage, `titles` (segments,) whether it is a title.
    """

    vectors: FloatArray
    lengths: FloatArray
    keys: Keys
    stems: Keys
    skeletons: Keys
    tokens: Ints
    begins: Ints
    owner: Ints
    titles: npt.NDArray[np.bool_]
    norms: FloatArray
    kinds: npt.NDArray[np.uint8]
    spans: Ints


class Units(NamedTuple):
    """The words and concepts of n passages, in order, and where each passage begins among them.

    Of u different ones `keys`, `stems` and `skeletons` (u,), as of `Segments`, and so are `tokens`.
    """

    keys: Keys
    stems: Keys
    skeletons: Keys
    tokens: Ints
    begins: Ints


class ForwardIndex:
    """A written index, mapped into memory; safe to share between threads.

    `tables` are its arrays by name.
    """

    def __init__(self, folder: Path) -> None:
        """Open what a `ForwardWriter` wrote."""
        self.tables: dict[str, npt.NDArray[Any]] = {
            # A plain view: a memmap makes a memmap of every slice, which takes longer than slicing.
            name: np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray)
            for name in _ARRAYS
        }
        self.count = len(self.tables["firsts"])

    def segments(self, rows: Sequence[int]) -> Segments:
        """Return the titles and sentences of passages: for each its title, then its sentences.

        Raises:
            GenerationError: If the files name something that they do not have.
        """
        with _damage_told():
            return self._segments(rows)

    def units(self, rows: Sequence[int]) -> Units:
        """Return the words and concepts of passages, without those of their titles.

        Raises:
            GenerationError: If the files name something that they do not have.
        """
        with _damage_told():
            tables = self.tables
            starts = tables["segments"][tables["firsts"][rows]]
            sizes = tables["segments"][tables["lasts"][rows]] - starts
            units, tokens, begins = self._units(starts, sizes)
            keys, stems, skeletons = (
                _after_zeros(tables[name][units]) for name in ("keys", "stems", "skeletons")
            )
            return Units(keys, stems, skeletons, tokens, begins)

    def _units(self, starts: Ints, sizes: Ints) -> tuple[Ints, Ints, Ints]:
        """Return the different units of runs of tokens, the tokens as places after a zero, begins.

        An empty run has one token that is zero.
        """
        places, begins = _runs(starts, np.maximum(sizes, 1))
        tokens = np.zeros(len(places), dtype=np.int64)
        present = np.repeat(sizes > 0, np.maximum(sizes, 1))
        tokens[present] = self.tables["tokens"][places[present]] + 1
        unique, tokens = np.unique(np.append(tokens, 0), return_inverse=True)
        return unique[1:] - 1, tokens[:-1], begins

    def _segments(self, rows: Sequence[int]) -> Segments:
        tables = self.tables
        chosen_rows = np.array(rows)
        firsts = tables["firsts"][chosen_rows].astype(np.int64)
        counts = 1 + tables["lasts"][chosen_rows] - firsts  # the title, and the sentences
        chosen, heads = _runs(firsts - 1, counts)
        chosen[heads] = tables["titles"][chosen_rows]
        owner = np.repeat(np.arange(len(rows)), counts)
        known = np.maximum(chosen, 0)
        starts = tables["segments"][known]
        sizes = np.where(chosen >= 0, tables["segments"][known + 1] - starts, 0)
        units, tokens, begins = self._units(starts, sizes)
        return Segments(
            vectors=_scaled_after_zeros(tables["vectors"][units], tables["scales"][units]),
            lengths=_after_zeros(tables["lengths"][units]),
            keys=_after_zeros(tables["keys"][units]),
            stems=_after_zeros(tables["stems"][units]),
            skeletons=_after_zeros(tables["skeletons"][units]),
            tokens=tokens,
            begins=begins,
            owner=owner,
            titles=np.concatenate(([True], np.diff(owner) > 0)),
            norms=np.where(chosen >= 0, tables["norms"][known], 0.0),
            kinds=tables["kinds"][known],
            spans=np.stack([tables["starts"][known], tables["ends"][known]], axis=1),
        )


@contextmanager
def _damage_told() -> Iterator[None]:
    """Say that files are damaged where their numbers point anywhere."""
    try:
        yield
    except (IndexError, ValueError, MemoryError) as error:
        raise GenerationError(f"the forward index is damaged ({error})") from error


def bits(kinds: frozenset[str]) -> int:
    """Return kinds as a number with a bit for each."""
    return sum(1 << place for place, kind in enumerate(KINDS) if kind in kinds)


def _norms(tables: dict[str, npt.NDArray[Any]]) -> FloatArray:
    """Return the length of the sum of each segment's vectors; what is known is not counted."""
    segments, tokens = tables["segments"], tables["tokens"]
    factors = tables["scales"] * tables["lengths"]
    norms: FloatArray = tables["norms"].astype(np.float32)
    unknown = np.flatnonzero(norms == _UNKNOWN)
    norms[unknown] = 0.0
    sizes = segments[unknown + 1] - segments[unknown]
    unknown, sizes = unknown[sizes > 0], sizes[sizes > 0]
    for start in range(0, len(unknown), _SEGMENTS):
        some = unknown[start : start + _SEGMENTS]
        places, begins = _runs(segments[some], sizes[start : start + _SEGMENTS])
        units = tokens[places]
        vectors = tables["vectors"][units] * factors[units, None]
        norms[some] = np.linalg.norm(np.add.reduceat(vectors, begins, axis=0), axis=1)
    return norms


def _runs(starts: Ints, sizes: Ints) -> tuple[Ints, Ints]:
    """Return the numbers from each start on, as many as its size, and where each run begins."""
    begins = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum())) + np.repeat(starts - begins, sizes), begins


def _scaled_after_zeros(rows: npt.NDArray[np.int8], scales: FloatArray) -> FloatArray:
    scaled = np.zeros((len(rows) + 1, rows.shape[1]), dtype=np.float32)
    np.multiply(rows, scales[:, None], out=scaled[1:])
    return scaled


def _after_zeros(rows: npt.NDArray[Any]) -> Any:
    return np.concatenate([np.zeros_like(rows, shape=(1, *rows.shape[1:])), rows])
