"""Names in two scripts: a Latin word and an Arabic one are compared by their consonants.

Arabic writes few of the vowels of foreign names, and some consonants in several ways (g as غ, ج, ق
or ك). What remains when vowels go and such consonants are taken for one is the skeleton: mrks for
Marcos and ماركوس alike.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from retrieval.arabic import WORDS_KEPT

_SHORTEST = 3
"""Consonants that a skeleton needs; shorter ones fit too many words."""

# Each class is written as one letter; the first pattern that fits counts.
_LATIN = (
    ("tsch", "S"), ("sch", "S"), ("tch", "S"), ("chr", "KR"), ("ch", "S"), ("sh", "S"),
    ("cz", "S"), (r"(?<=v)ic$", "S"), ("kh", "K"), ("gh", "K"), ("zh", "K"), ("dj", "K"),
    ("ph", "F"), ("th", "T"), ("dh", "D"), ("ck", "K"), ("^x", "S"), ("eaux?$", ""), ("x", "KZ"),
    ("c(?=[eiy])", "Z"),
    ("b", "B"), ("p", "B"), ("f", "F"), ("v", "F"), ("d", "D"), ("t", "T"), ("j", "K"), ("g", "K"),
    ("k", "K"), ("q", "K"), ("c", "K"), ("l", "L"), ("m", "M"), ("n", "N"), ("r", "R"), ("s", "Z"),
    ("z", "Z"),
)  # fmt: skip
_ARABIC = (
    ("تش", "S"),
    ("ب", "B"), ("ف", "F"), ("د", "D"), ("ض", "D"), ("ذ", "D"), ("ت", "T"), ("ط", "T"), ("ث", "T"),
    ("ج", "K"), ("غ", "K"), ("ك", "K"), ("ق", "K"), ("خ", "K"), ("ش", "S"), ("ل", "L"), ("م", "M"),
    ("ن", "N"), ("ر", "R"), ("س", "Z"), ("ص", "Z"), ("ز", "Z"), ("ظ", "Z"),
)  # fmt: skip
# What may be the article, in either script: Alexander loses what ألكسندر loses.
_LATIN_ARTICLE = re.compile(r"^[aei]l+(?=...)")
_ARTICLE = re.compile(r"^(?:وال|بال|لل|ال)(?=...)")
_DOUBLED = re.compile(r"(.)\1+")


def _read(word: str, pattern: re.Pattern[str], classes: Sequence[tuple[str, str]]) -> str:
    return "".join(
        classes[match.lastindex - 1][1] for match in pattern.finditer(word) if match.lastindex
    )


def _compiled(classes: Sequence[tuple[str, str]]) -> re.Pattern[str]:
    return re.compile("|".join(f"({pattern})" for pattern, _ in classes))


_LATIN_PATTERN = _compiled(_LATIN)
_ARABIC_PATTERN = _compiled(_ARABIC)


@lru_cache(maxsize=WORDS_KEPT)
def skeleton(word: str) -> str:
    """Return the consonant classes of a folded word, "" for fewer than three of them."""
    if word.isascii():
        classes = _read(_LATIN_ARTICLE.sub("", word), _LATIN_PATTERN, _LATIN)
    else:
        classes = _read(_ARTICLE.sub("", word), _ARABIC_PATTERN, _ARABIC)
    classes = _DOUBLED.sub(r"\1", classes)
    return classes if len(classes) >= _SHORTEST else ""
