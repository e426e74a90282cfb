"""The names of outlets, as outlets.toml lists them and as an archive writes them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from retrieval.restriction.tables import TOKEN, Table, Texts, phrase_table, plain

_PATH = Path(__file__).with_name("outlets.toml")


@dataclass(frozen=True, slots=True)
class Outlets:
    """What outlets.toml says, folded; see its own comments.

    `numbers` has, for every name without its spaces, the numbers of the outlets it stands for;
    `common` are those names that are ordinary words and nobody's unmistakable name; `words` are
    all words of all names.
    """

    numbers: Mapping[str, frozenset[int]]
    common: frozenset[str]
    words: frozenset[str]
    kinds: Table[None]
    adjectives: frozenset[str]
    published: frozenset[str]
    about: frozenset[str]
    telling: frozenset[str]

    def bare(self, name: str) -> str:
        """Return the key of a name without the kind that it begins with (بوابة روزا اليوسف)."""
        words = Texts(_words_of(name))
        return "".join(words.several(self.kinds.after(words, 0), len(words)))


@dataclass(frozen=True, slots=True)
class Archive:
    """The outlets that a question may name: `sources` are the archive's own names by key.

    A key that maps to nothing names an outlet that the archive does not have.
    """

    sources: Mapping[str, tuple[str, ...]]
    common: frozenset[str]


@cache
def listed() -> Outlets:
    """Return the outlets of outlets.toml."""
    data: dict[str, Any] = tomllib.loads(_PATH.read_text(encoding="utf-8"))
    numbers: dict[str, set[int]] = {}
    unmistakable: set[str] = set()
    words: set[str] = set()
    for number, outlet in enumerate(data["outlet"]):
        unmistakable.update(map(_key, outlet["names"]))
        for name in (*outlet["names"], *outlet.get("common", ())):
            numbers.setdefault(_key(name), set()).add(number)
            words.update(_words_of(name))
    return Outlets(
        {key: frozenset(several) for key, several in numbers.items()},
        frozenset(numbers) - unmistakable,
        frozenset(words),
        phrase_table("|".join(data["kinds"])),
        *(
            frozenset(map(plain, data[field]))
            for field in ("adjectives", "published", "about", "telling")
        ),
    )


@lru_cache(maxsize=8)
def archive_of(sources: frozenset[str]) -> Archive:
    """Return the names of outlets, with those of `sources` that each stands for."""
    known = listed()
    by_outlet: dict[int, set[str]] = {}
    by_key: dict[str, set[str]] = {key: set() for key in known.numbers}
    common = set(known.common)
    for source in filter(_key, sources):
        key, bare = _key(source), known.bare(source)
        for outlet in known.numbers.get(key, known.numbers.get(bare, frozenset())):
            by_outlet.setdefault(outlet, set()).add(source)
        for name in filter(None, (key, bare)):
            by_key.setdefault(name, set()).add(source)
            if name not in known.numbers and _is_ordinary(source, name):
                common.add(name)
    for key, outlets in known.numbers.items():
        by_key[key].update(*(by_outlet.get(outlet, ()) for outlet in outlets))
    return Archive({key: tuple(sorted(names)) for key, names in by_key.items()}, frozenset(common))


def _words_of(name: str) -> list[str]:
    return [text for text in TOKEN.findall(plain(name)) if text[0].isalnum()]


def _key(name: str) -> str:
    return "".join(_words_of(name))


def _is_ordinary(source: str, key: str) -> bool:
    """Whether a name that nobody has listed may be an ordinary word: one of Arabic, or a number."""
    return key.isdecimal() or (key in _words_of(source) and not key.isascii())
