"""Expressions that mean the same: what a reader calls it and what an article calls it.

A thesaurus of Arabic news (`models/concepts/`) joins synonyms, names and their periphrases,
dialect words, and the English and French for them. Where a text has one of a concept's
expressions, it has the concept, as an index term and as a feature of the static encoder; so
"القارة العجوز" and "Europe" find "أوروبا". A file that an editor can read and correct decides what
means the same, not a model.
"""

import gc
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Self

import Stemmer

from retrieval import arabic
from retrieval.errors import EncoderError

FOLDER = Path(__file__).parent / "models" / "concepts"
_NAMES = "names.txt"
MARK = "#"

_END = ""  # a key no word has: in a node of the tree, the concepts that end there
_MOST = 4  # concepts of one expression: what means everything means nothing
_SHORTEST = 3  # letters that must be left of a word
_ARTICLES = ("وال", "بال", "كال", "فال", "ال", "لل")
_CLITICS = "وفبلكس"
_CONJOINED = re.compile(r"(?:[وف](?=[بلس])|و(?=و))(?=....)")  # ولروسيا, فسيرفض, ووالدتها
_DIVIDER = re.compile("[|=]")
_PERSONS = "يتنا"

_Endings = Mapping[str, Sequence[tuple[str, str, int]]]
"""Endings, what stands in their place, and the letters that must be left, by their last letter."""


def _by_last_letter(*endings: tuple[str, str, int]) -> _Endings:
    last: dict[str, list[tuple[str, str, int]]] = {}
    for ending in endings:
        last.setdefault(ending[0][-1], []).append(ending)
    return last


# Names of places make adjectives: روسي, روسية, روسيون.
_OF_NAMES = _by_last_letter(
    ("يه", "ي", 3), ("يين", "ي", 3), ("يون", "ي", 3), ("يات", "ي", 3), ("ي", "", 4)
)
_OF_WORDS = _by_last_letter(
    *((ending, "", 3) for ending in ("هما", "كما", "ها", "هم", "هن", "كم", "نا", "وا", "تم", "ت")),
    *((ending, "ه", 3) for ending in ("تهما", "تها", "تهم", "تنا", "تكم", "ته", "تي", "ات")),
    *((ending, "", 4) for ending in ("ات", "ون", "ين", "ان", "ه", "ي", "ا", "ك")),
)

_STEMMER = Stemmer.Stemmer("english")
_STEMMING = Lock()  # a stemmer has a state

Node = dict[str, "Node | tuple[str, ...]"]

_Opening = tuple[Sequence[Node], tuple[str, ...], frozenset[str]]
"""What a word opens: the nodes, the terms of what it says alone, and the keys that may follow."""

_OPENS_NOTHING: _Opening = ((), (), frozenset())


class Concepts:
    """Finds the concepts of a text."""

    def __init__(
        self,
        concepts: Mapping[str, Sequence[Sequence[str]]],
        names: Mapping[str, Sequence[Sequence[str]]],
    ) -> None:
        """Args: the folded words of the expressions of each concept and each name, by its term."""
        self._root: Node = {}
        self._known: set[str] = set()
        self._inflected: set[str] = set()
        key = cache(_key)
        for kind, inflected in ((concepts, True), (names, False)):
            for term, expressions in kind.items():
                for expression in expressions:
                    if not arabic.STOP_WORDS.issuperset(expression):
                        self._add(term, [*map(key, expression)], inflected=inflected)
        self._kinds = lru_cache(maxsize=arabic.WORDS_KEPT)(self._kinds_of)
        self._keys = lru_cache(maxsize=arabic.WORDS_KEPT)(self._keys_of)
        self._opening = lru_cache(maxsize=arabic.WORDS_KEPT)(self._opening_of)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Self:
        """Read a thesaurus: files of a concept a line, ``arabic | … = english | … = french | …``.

        A concept's term is made of its first expression, which should therefore stay. The names in
        `names.txt` are not inflected as words are.

        Raises:
            EncoderError: If a file is not readable, or no file has anything.
        """
        concepts: dict[str, list[list[str]]] = {}
        names: dict[str, list[list[str]]] = {}
        for name, text in _read(folder).items():
            kind = names if name == _NAMES else concepts
            # Folded once: folding what is folded changes nothing.
            for line in arabic.fold(text).splitlines():
                parts = (arabic.folded_words(part) for part in _DIVIDER.split(line))
                expressions = [words for words in parts if words]
                if expressions:
                    kind.setdefault(MARK + "_".join(expressions[0]), []).extend(expressions)
        if not concepts and not names:
            raise EncoderError(f"{folder}: holds no thesaurus")
        return cls(concepts, names)

    def terms(self, words: Sequence[str]) -> list[str]:
        """Return the terms of the concepts that folded words name."""
        return [term for _, _, terms in self.spans(words) for term in terms]

    def spans(self, words: Sequence[str]) -> list[tuple[int, int, tuple[str, ...]]]:
        """Return (start, end, terms) of the longest expression at every word that begins one."""
        found = []
        for start, word in enumerate(words):
            opening = self._opening(word)
            if opening is _OPENS_NOTHING:
                continue
            nodes, terms, continued_by = opening
            length = 1
            # Most words begin no longer expression: that is known without walking the tree.
            if continued_by and start + 1 < len(words):
                following = words[start + 1]
                if not continued_by.isdisjoint(self._keys(following)):
                    length, terms = _longest(nodes, words, start, self._kinds)
            if terms and (length > 1 or word not in arabic.STOP_WORDS):
                found.append((start, start + length, terms))
        return found

    def terms_of_parts(
        self, words: Sequence[str], ends: Sequence[int]
    ) -> tuple[list[str], list[list[str]]]:
        """Return the `terms` of folded words, and those of each part of them by itself.

        Args:
            words: The words of all parts.
            ends: Where in `words` each part ends.
        """
        spans = self.spans(words)
        of_parts: list[list[str]] = []
        start = 0
        for end in ends:
            own = [span for span in spans if start <= span[0] < end]
            if any(last > end for _, last, _ in own):  # an expression that goes on in the next part
                own = self.spans(words[start:end])
            of_parts.append([term for _, _, terms in own for term in terms])
            start = end
        return [term for _, _, terms in spans for term in terms], of_parts

    def _add(self, term: str, keys: Sequence[str], *, inflected: bool) -> None:
        self._known.update(keys)
        if inflected:
            self._inflected.update(keys)
        node: Any = self._root
        for key in keys:
            node = node.setdefault(key, {})
        ends = node.get(_END, ())
        if term not in ends:
            node[_END] = (*ends, term)

    def _opening_of(self, word: str) -> _Opening:
        nodes = _children(self._root, self._kinds(word))
        if not nodes:
            return _OPENS_NOTHING
        continued_by = frozenset(key for node in nodes for key in node if key != _END)
        return nodes, _ends(nodes), continued_by

    def _keys_of(self, word: str) -> frozenset[str]:
        return frozenset(key for keys in self._kinds(word) for key in keys)

    def _kinds_of(self, word: str) -> tuple[tuple[str, ...], ...]:
        """Return the known keys that a word may stand for, kind by kind, the most literal first."""
        literal = [_key(word)]
        if word.isascii():
            return (tuple(literal),) if literal[0] in self._known else ()
        if word[0] in _CLITICS and len(word) > _SHORTEST:
            literal.append(_key(word[1:]))
        adjectives = [form for key in literal for form in _without(key, _OF_NAMES)]
        inflected = [form for key in (*literal, *adjectives) for form in _without(key, _OF_WORDS)]
        # What looks like an article after a clitic may be neither: والدتها is of والدة.
        rooted = list(_without(word, _OF_WORDS)) if word[1:].startswith("ال") else []
        acted = [
            key[1:] for key in (*literal, *inflected) if key[0] in _PERSONS and len(key) > _SHORTEST
        ]
        kinds = (
            [form for form in dict.fromkeys(forms) if form in known]
            for forms, known in (
                (literal[:1], self._known),
                (literal[1:], self._known),
                (adjectives, self._known),
                (inflected, self._inflected),
                (acted, self._inflected),
                (rooted, self._inflected),
            )
        )
        others = self._kinds_of(word[1:]) if _CONJOINED.match(word) else ()
        return (*(tuple(forms) for forms in kinds if forms), *others)


def _longest(
    nodes: Sequence[Node],
    words: Sequence[str],
    start: int,
    kinds: Callable[[str], Sequence[Sequence[str]]],
) -> tuple[int, tuple[str, ...]]:
    best: tuple[int, tuple[str, ...]] = (0, ())
    for end in range(start + 1, len(words) + 1):
        ends = _ends(nodes)
        if ends:
            best = (end - start, ends)
        if end == len(words):
            break
        nodes = [child for node in nodes for child in _children(node, kinds(words[end]))]
        if not nodes:
            break
    return best


def _ends(nodes: Sequence[Node]) -> tuple[str, ...]:
    """Return the terms of the concepts that end at any of the nodes, `_MOST` at most."""
    ends = [term for node in nodes for term in node.get(_END, ())]
    return tuple(dict.fromkeys(ends))[:_MOST]


def _children(node: Node, kinds: Sequence[Sequence[str]]) -> list[Node]:
    """Return the nodes that continue a node with a word, of the most literal kind that does."""
    for keys in kinds:
        children = [child for key in keys if isinstance(child := node.get(key), dict)]
        if children:
            return children
    return []


def _without(word: str, endings: _Endings) -> Iterator[str]:
    for ending, instead, letters in endings.get(word[-1], ()):
        if word.endswith(ending):
            form = word.removesuffix(ending) + instead
            if len(form) >= letters:
                yield form


def _key(word: str) -> str:
    """Return a folded word without its article; a Latin one by its English stem."""
    if word.isascii():
        return word if word.isdigit() else _english(word)
    for article in _ARTICLES:
        if word.startswith(article) and len(word) - len(article) >= _SHORTEST:
            return word[len(article) :]
    return word


def _english(word: str) -> str:
    with _STEMMING:
        return str(_STEMMER.stemWord(word))


def _read(folder: Path) -> dict[str, str]:
    try:
        files = sorted(folder.glob("*.txt"))
        return {path.name: path.read_text(encoding="utf-8") for path in files}
    except (OSError, UnicodeDecodeError) as error:
        raise EncoderError(f"{folder}: not readable as a thesaurus ({error})") from error


def fingerprint(folder: Path = FOLDER) -> str:
    """Return what changes when a thesaurus does; it need not be understood for that.

    Raises:
        EncoderError: If a file is not readable.
    """
    digest = hashlib.sha256()
    for name, text in _read(folder).items():
        digest.update(f"{name}\0{text}\0".encode())
    return digest.hexdigest()[:16]


@cache
def thesaurus() -> Concepts:
    """Return the shipped thesaurus."""
    # Hundreds of thousands of objects that stay: to look for garbage among them again and again
    # takes a third of the time.
    collects = gc.isenabled()
    gc.disable()
    try:
        return Concepts.load()
    finally:
        if collects:
            gc.enable()
