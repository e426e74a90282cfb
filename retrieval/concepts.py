"""Expressions that mean the same: what a reader calls it and what an article calls it.

A thesaurus of Arabic news (`models/concepts/`) joins synonyms, names and their periphrases,
dialect words, and the English and French for them. Where a text has one of a concept's
expressions, it has the concept, as an index term and as a feature of the static encoder; so
"القارة العجوز" and "Europe" find "أوروبا". A file that an editor can read and correct decides what
means the same, not a model.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import zip_longest
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
# Endings, what stands in their place, and the letters that must be left. Names of places make
# adjectives: روسي, روسية, روسيون.
_OF_NAMES = (("يه", "ي", 3), ("يين", "ي", 3), ("يون", "ي", 3), ("يات", "ي", 3), ("ي", "", 4))
_OF_WORDS = (
    *((ending, "", 3) for ending in ("هما", "كما", "ها", "هم", "هن", "كم", "نا", "وا", "تم", "ت")),
    *((ending, "ه", 3) for ending in ("تهما", "تها", "تهم", "تنا", "تكم", "ته", "تي", "ات")),
    *((ending, "", 4) for ending in ("ات", "ون", "ين", "ان", "ه", "ي", "ا", "ك")),
)

_STEMMER = Stemmer.Stemmer("english")
_STEMMING = Lock()  # a stemmer has a state

Node = dict[str, "Node | tuple[str, ...]"]

_Opening = tuple[Sequence[Node], tuple[str, ...], frozenset[str]]
"""What a word opens: the nodes, the terms of what it says alone, and the keys that may follow."""


class Concepts:
    """Finds the concepts of a text."""

    def __init__(
        self,
        concepts: Mapping[str, Sequence[Sequence[str]]],
        names: Mapping[str, Sequence[Sequence[str]]],
        *,
        fingerprint: str = "",
    ) -> None:
        """Args: the folded words of the expressions of each concept and each name, by its term.

        And what changes when they do.
        """
        self.fingerprint = fingerprint
        self._root: Node = {}
        self._known: set[str] = set()
        self._inflected: set[str] = set()
        for kind, inflected in ((concepts, True), (names, False)):
            for term, expressions in kind.items():
                for expression in expressions:
                    self._add(term, expression, inflected=inflected)
        self._kinds = lru_cache(maxsize=1 << 17)(self._kinds_of)
        self._keys = lru_cache(maxsize=1 << 17)(self._keys_of)
        self._opening = lru_cache(maxsize=1 << 17)(self._opening_of)

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
        try:
            texts = {
                path: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))
            }
        except (OSError, UnicodeDecodeError) as error:
            raise EncoderError(f"{folder}: not readable as a thesaurus ({error})") from error
        for path, text in texts.items():
            kind = names if path.name == _NAMES else concepts
            # Folded once: folding what is folded changes nothing.
            for line in arabic.fold(text).splitlines():
                parts = (arabic.folded_words(part) for part in _DIVIDER.split(line))
                expressions = [words for words in parts if words]
                if expressions:
                    kind.setdefault(MARK + "_".join(expressions[0]), []).extend(expressions)
        if not concepts and not names:
            raise EncoderError(f"{folder}: holds no thesaurus")
        digest = hashlib.sha256()
        for path, text in texts.items():
            digest.update(f"{path.name}\0{text}\0".encode())
        return cls(concepts, names, fingerprint=digest.hexdigest()[:16])

    def terms(self, words: Sequence[str]) -> list[str]:
        """Return the terms of the concepts that folded words name."""
        return [term for _, _, terms in self.spans(words) for term in terms]

    def spans(self, words: Sequence[str]) -> list[tuple[int, int, tuple[str, ...]]]:
        """Return (start, end, terms) of the longest expression at every word that begins one."""
        found = []
        for start, (word, following) in enumerate(zip_longest(words, words[1:])):
            nodes, terms, continued_by = self._opening(word)
            length = 1
            # Most words go on with no expression: that is known without walking the tree.
            if following and not continued_by.isdisjoint(self._keys(following)):
                length, terms = _longest(nodes, words, start, self._kinds)
            if terms and (length > 1 or word not in arabic.STOP_WORDS):
                found.append((start, start + length, terms))
        return found

    def _add(self, term: str, words: Sequence[str], *, inflected: bool) -> None:
        if arabic.STOP_WORDS.issuperset(words):
            return
        keys = [_key(word) for word in words]
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


def _without(word: str, endings: Sequence[tuple[str, str, int]]) -> Iterator[str]:
    for ending, instead, letters in endings:
        if word.endswith(ending):
            form = word.removesuffix(ending) + instead
            if len(form) >= letters:
                yield form


@lru_cache(maxsize=1 << 17)
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


@cache
def thesaurus() -> Concepts:
    """Return the shipped thesaurus."""
    return Concepts.load()
