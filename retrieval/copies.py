"""Copies: which passages of an archive say the same, and which articles are one report.

The wording of a text is its set of shingles, the runs of three stems (Broder, "On the resemblance
and containment of documents", 1997). Two texts are compared by containment, the part of the smaller
set that the other has too, because a copy may be cut, or be one paragraph of something longer.

Comparing every passage with every other would be quadratic. MinHash (Broder) with banding (Indyk
and Motwani, "Approximate nearest neighbors", 1998) proposes pairs; each proposal is then counted
out, shingle by shingle, so an estimate never decides. Shingles that very many passages have are
passed over (Broder, Glassman, Manasse and Zweig, "Syntactic clustering of the Web", 1997): that
keeps footers from counting as wording, and the work linear.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from retrieval import arabic
from retrieval.documents import Article, Relation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from retrieval.wordings import Wordings

SAME = 0.5
"""Containment from which two passages say the same. Just above it lie a passage and its copy with
another boundary, and one statement edited by two desks; below it begin reports of one event."""

FEWEST = 6
"""Shingles two texts must share to be the same without being equal: eight words in a row. Shorter
runs are formulas («دوري أبطال أوروبا للمرة الثالثة على التوالي») that strangers share."""

COPY = 0.5
"""Containment of bodies from which an article is a copy: most of the shorter one stands in the
longer. Below it, two articles share a statement or the background and tell the rest themselves."""

COMMON = 100
"""Texts of an archive that may have a shingle before it is passed over when passages are compared:
what more of them have is the footer of a page or a formula, and makes strangers look alike."""

_RUN = 3  # stems in a shingle
_BITS = 64
_MASK = (1 << _BITS) - 1
_FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F  # odd, so that places in a run differ

# Two passages of Jaccard similarity s meet in a bucket with probability 1 - (1 - s²)⁶⁴: 0.9995 at
# 1/3 (half of each is in the other), 0.98 at 1/4, 0.006 at 1/100 (one run that strangers share).
_BANDS = 64
_BAND = 2  # permutations in a band; two of 32 bits are one number of 64


class Near(NamedTuple):
    """Two texts that say the same in nearly the same words: their first rows, `row` < `other`."""

    row: int
    other: int
    containment: float


@lru_cache(maxsize=arabic.WORDS_KEPT)
def _number(stem: str) -> int:
    """Return 64 bits of a stem, the same in every process and on every machine."""
    return int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=_BITS // 8).digest(), "big")


def shingles(text: str) -> frozenset[int]:
    """Return the wording of a text: a 64-bit hash of each run of three stems.

    A text of one or two stems is one run; a text without a word has none.
    """
    return shingles_of(arabic.words(text))


def shingles_of(words: Iterable[str]) -> frozenset[int]:
    """Return the wording of a text whose folded words are known."""
    stems = [_number(arabic.stem(word)) for word in words]
    if 0 < len(stems) < _RUN:
        stems = [0] * (_RUN - len(stems)) + stems
    return frozenset(
        [
            (one * _FIRST + two * _SECOND + three) & _MASK
            for one, two, three in zip(stems, stems[1:], stems[2:], strict=False)
        ]
    )


def packed(wording: frozenset[int]) -> "array[int]":
    """Return the shingles of a wording in order, 64 bits each."""
    return array("Q", sorted(wording))


def containment(a: frozenset[int], b: frozenset[int]) -> float:
    """Return the part of the smaller wording that the other has too, 0 to 1; 0 if one is empty."""
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller else 0.0


def same(a: frozenset[int], b: frozenset[int]) -> bool:
    """Say whether two wordings say the same; a wording of few shingles only if they are equal."""
    shared = len(a & b)
    if shared >= FEWEST:
        return shared >= SAME * min(len(a), len(b))
    return bool(a) and a == b


def relation(article: Article, other: Article) -> Relation:
    """Say what an article is to another that shares a passage with it, by their bodies."""
    return (
        Relation.COPY
        if containment(_wording(article.body), _wording(other.body)) >= COPY
        else Relation.INDEPENDENT
    )


@lru_cache(maxsize=256)  # one article is held against each of the others a hit names
def _wording(body: str) -> frozenset[int]:
    return shingles(body)


class CopyFinder:
    """Finds, row by row, which passages say the same; memory and time are linear in the rows.

    Rows of equal wording are grouped as they come, so that a line printed under thousands of
    articles is one text. Texts that are nearly the same are found at the end, by `near`. Linear,
    because a shingle is compared in at most `COMMON` texts: so a text has at most 2 x `COMMON`
    others that share half of its shingles, and meets only those it shares some with. What is
    found depends on the texts, not on their order, and is the same in every process.

    Attributes:
        twins: For each row the first row of equal wording; the row itself where it is the first.
        common: How many shingles `near` passed over.
        candidates: How many pairs `near` counted out.
    """

    def __init__(self, known: "Wordings | None" = None) -> None:
        """Args: the wordings of an archive whose rows `take` takes over."""
        self.twins: list[int] = []
        self.common = 0
        self.candidates = 0
        self._first: dict[bytes, int] = {}  # digest of a wording -> its number
        self._rows = array("Q")  # number of a wording -> its first row
        self._ends = array("Q", [0])  # number of a wording -> where it ends in `_shingles`
        self._shingles = array("Q")
        self._numbers = array("q")  # row -> number of its wording; -1 for none
        self._known = known
        self._taken: dict[int, int] = {}  # number of a known wording -> its number here

    def add(self, packed: "array[int]") -> int:
        """Take the next row's wording, that of the slice of the body, without the title.

        Returns:
            The number of the wording; -1 for none.
        """
        row = len(self.twins)
        if not packed:  # it says nothing, so it says the same as nothing
            self.twins.append(row)
            self._numbers.append(-1)
            return -1
        digest = hashlib.blake2b(packed.tobytes(), digest_size=16).digest()
        number = self._first.setdefault(digest, len(self._rows))
        if number == len(self._rows):
            self._rows.append(row)
            self._shingles.extend(packed)
            self._ends.append(len(self._shingles))
        self.twins.append(self._rows[number])
        self._numbers.append(number)
        return number

    def take(self, row: int) -> None:
        """Take for the next row what a row of the known archive has."""
        assert self._known is not None
        known = int(self._known.of_rows[row])
        packed = array("Q")
        if known >= 0:
            packed.frombytes(self._known[known].tobytes())
        number = self.add(packed)
        if known >= 0:
            self._taken[known] = number

    def wordings(self) -> "Wordings":
        """Return the wordings of all rows, for the next archive."""
        import numpy as np

        from retrieval.wordings import Wordings

        return Wordings(
            _view(self._shingles, np.uint64),
            _view(self._ends, np.int64),
            _view(self._numbers, np.int64),
        )

    def near(self, known: Iterable[tuple[int, int]] = ()) -> Iterator[Near]:
        """Yield the pairs of first rows that say nearly the same, in the order of the rows.

        They are compared without the shingles that more than `COMMON` texts have. Texts that are
        told apart by such shingles alone have containment 1.

        Args:
            known: The pairs of rows that were found in the known archive. Then only what is new is
                compared with everything, shingle by shingle and without MinHash.
        """
        import numpy as np

        every = _view(self._shingles, np.uint64)
        common = _common(every)
        self.common = len(common)
        telling = _outside(every, common)
        ends = _view(self._ends, np.int64)
        ends = np.where(ends > 0, np.cumsum(telling)[ends - 1], 0) if len(every) else ends
        every = every[telling]
        texts = np.flatnonzero(np.diff(ends) >= FEWEST).tolist()
        wordings = [(int(ends[text]), int(ends[text + 1])) for text in texts]
        if self._known is None:
            pairs = _candidates(_signatures(every, wordings))
        else:
            yield from self._still_near(known)
            old = set(self._taken.values())
            fresh = [place for place, text in enumerate(texts) if text not in old]
            pairs = _sharing(every, wordings, fresh)
        self.candidates = len(pairs)
        last, own = -1, frozenset[int]()
        for a, b in pairs.tolist():
            if a != last:
                last, own = a, frozenset(every[slice(*wordings[a])].tolist())
            other = frozenset(every[slice(*wordings[b])].tolist())
            if same(own, other):
                rows = self._rows[texts[a]], self._rows[texts[b]]
                yield Near(min(rows), max(rows), containment(own, other))

    def _still_near(self, known: Iterable[tuple[int, int]]) -> Iterator[Near]:
        """Yield the pairs of the known archive of which both are here still, by their rows here."""
        assert self._known is not None
        for pair in known:
            numbers = [self._taken.get(int(self._known.of_rows[row])) for row in pair]
            if None in numbers:
                continue
            a, b = (self._wording(number) for number in numbers if number is not None)
            rows = [self._rows[number] for number in numbers if number is not None]
            yield Near(min(rows), max(rows), containment(a, b))

    def _wording(self, number: int) -> frozenset[int]:
        return frozenset(self._shingles[self._ends[number] : self._ends[number + 1]])


def _view(values: "array[int]", kind: Any) -> "NDArray[Any]":
    """Return an array's numbers, which are not copied: it must not grow while they are used."""
    import numpy as np

    return np.frombuffer(values, dtype=kind) if values else np.zeros(0, dtype=kind)


def _common(every: "NDArray[np.uint64]") -> "NDArray[np.uint64]":
    """Return the shingles that occur more than `COMMON` times, sorted."""
    import numpy as np

    ordered = np.sort(every)
    return np.unique(ordered[COMMON:][ordered[COMMON:] == ordered[:-COMMON]])


def _outside(every: "NDArray[np.uint64]", few: "NDArray[np.uint64]") -> "NDArray[np.bool_]":
    """Return which numbers are not among `few`, sorted ones; `numpy.isin` would sort them all."""
    import numpy as np

    if not len(few):
        return np.ones(len(every), dtype=np.bool_)
    place = np.minimum(np.searchsorted(few, every), len(few) - 1)
    return np.not_equal(few[place], every)


def _signatures(
    every: "NDArray[np.uint64]", wordings: list[tuple[int, int]]
) -> "NDArray[np.uint32]":
    """Return the MinHash of each wording: wordings x permutations, 32 bits each.

    Args:
        every: Shingles.
        wordings: Where each wording starts and ends in `every`.
    """
    import numpy as np
    from datasketch import MinHash

    signatures = np.empty((len(wordings), _BANDS * _BAND), dtype=np.uint32)
    # One sketch, filled again and again: making one costs as much as filling it. The shingles are
    # hashes already; `int` hands their upper half on.
    sketch = MinHash(num_perm=_BANDS * _BAND, scheme="affine32", hashfunc=int)
    for place, (start, end) in enumerate(wordings):
        sketch.clear()
        sketch.update_batch((every[start:end] >> np.uint64(32)).tolist())
        signatures[place] = sketch.hashvalues
    return signatures


def _candidates(signatures: "NDArray[np.uint32]") -> "NDArray[np.int64]":
    """Propose the pairs of texts that agree in a whole band of their signatures.

    Texts that agree lie side by side once the band is sorted, which takes an array where
    datasketch's MinHashLSH keeps a set for each text and band (20 kB a text, and five times the
    time). No more than `COMMON` agree, for they share a shingle.

    Args:
        signatures: Texts x permutations.

    Returns:
        Pairs x 2, each once, sorted: the places of two texts, the smaller first.
    """
    import numpy as np

    texts = len(signatures)
    waiting: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    for start in range(0, signatures.shape[1], _BAND):
        band = np.ascontiguousarray(signatures[:, start : start + _BAND]).view(np.uint64).ravel()
        order = np.argsort(band, kind="stable")  # stable: in a bucket, smaller places come first
        band = band[order]
        for step in range(1, COMMON):
            place = np.flatnonzero(band[step:] == band[:-step])
            if not len(place):
                break
            waiting.append(order[place] * texts + order[place + step])
        if sum(map(len, waiting)) > COMMON * texts:  # mostly the same pairs again
            waiting = [_distinct(waiting)]
    return np.stack(np.divmod(_distinct(waiting), max(1, texts)), axis=1)


def _sharing(
    every: "NDArray[np.uint64]", wordings: list[tuple[int, int]], fresh: list[int]
) -> "NDArray[np.int64]":
    """Return the pairs of texts that share `FEWEST` shingles, one of them at least fresh.

    Args:
        every: Shingles.
        wordings: Where each wording starts and ends in `every`.
        fresh: The places of those wordings that are compared with all.

    Returns:
        Pairs x 2, each once, sorted: the places of two texts, the smaller first.
    """
    import numpy as np

    nothing = np.empty((0, 2), dtype=np.int64)
    if not fresh:
        return nothing
    owners = np.repeat(np.arange(len(wordings)), [end - start for start, end in wordings])
    held = np.concatenate([np.arange(start, end) for start, end in wordings])
    numbers = every[held]
    asked = np.isin(owners, fresh)
    wanted = np.unique(numbers[asked])
    there = ~_outside(numbers, wanted)
    numbers, owners, asked = numbers[there], owners[there], asked[there]
    order = np.argsort(numbers, kind="stable")
    numbers, owners, asked = numbers[order], owners[order], asked[order]
    bounds = np.flatnonzero(np.diff(numbers)) + 1
    shared: Counter[tuple[int, int]] = Counter()
    for start, end in zip([0, *bounds.tolist()], [*bounds.tolist(), len(numbers)], strict=True):
        group, news = owners[start:end].tolist(), asked[start:end].tolist()
        for place, (one, is_new) in enumerate(zip(group, news, strict=True)):
            # A pair of two fresh ones is met from the second of them.
            others = (other for at, other in enumerate(group) if at < place or not news[at])
            if is_new:
                shared.update((min(one, other), max(one, other)) for other in others)
    pairs = sorted(pair for pair, count in shared.items() if count >= FEWEST)
    return np.array(pairs, dtype=np.int64) if pairs else nothing


def _distinct(numbers: "list[NDArray[np.int64]]") -> "NDArray[np.int64]":
    """Return the distinct numbers, sorted; `numpy.unique` hashes, and takes 20 times as long."""
    import numpy as np

    ordered = np.sort(np.concatenate(numbers))
    return ordered[np.diff(ordered, prepend=-1) > 0]  # numbers are not negative
