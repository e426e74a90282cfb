"""Arabic analysis: folding, words, light stems and character 4-grams, for both indexes.

Folding maps every character on its own (never a pair of them), so the fold of a text is the
concatenation of the folds of its characters and any folded position leads back to its character.

The stemmer is Light10 (Larkey, Ballesteros and Connell, "Light Stemming for Arabic Information
Retrieval", 2007), applied to folded words. Indexing the 4-grams of ``<word>`` beside the stem
follows McNamee and Mayfield, "Character N-Gram Tokenization for European Language Text Retrieval",
2004; on Arabic news it beats the stems alone by about five points of MRR@10.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

_SHORTEST_STEM = 2

VERSION = "1"
"""Changes with anything below that changes terms or features; indexes and encoders record it."""

NGRAM = 4

WORDS_KEPT = 1 << 14
"""Words that what was worked out of is kept, wherever it is: a few hundred bytes each."""

# What compatibility decomposition leaves apart although readers take it for the same letter.
_SAME_LETTER = str.maketrans(
    {
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ے": "ي",
        "ة": "ه",
        "ھ": "ه",
        "ہ": "ه",
        "ە": "ه",
        "ک": "ك",
        "ڪ": "ك",
        "گ": "ك",
        "ڭ": "ك",
        "پ": "ب",
        "چ": "ج",
        "ژ": "ز",
        "ڤ": "ف",
        "ڨ": "ق",
        "٫": ".",
        "٬": ",",
        "\N{ARABIC TATWEEL}": None,
    }
)

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_GROUPED_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")

_PREFIXES = ("وال", "بال", "كال", "فال", "ال", "لل")
_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")

# Function and question words, folded. They say how something is asked, not what about.
_STOP_WORDS_TEXT = """
من ما لم لما هل اي ايه ايا بم عم عما مما ممن لمن بمن
في علي الي عن مع بين حتي منذ مذ خلال بعد قبل عند لدي لدن حول ضد دون بدون نحو تحت فوق امام وراء
خلف
ان انه انها انهم اذ اذا لو لولا لكن بل ام او ثم قد لقد سوف لن لا ليس ليست ليسوا كان كانت كانوا
يكون تكون
هو هي هم هن هما انا نحن انت انتم هذا هذه ذلك تلك هؤلاء اولئك هذان هاتان هنا هناك الذي التي
الذين اللذين
اللذان اللتان اللواتي كل بعض غير مثل كما كلما حيث حين حينما عندما بينما لان كي لكي الا سوي ايضا
فقط جدا
به بها بهم فيه فيها فيهم عليه عليها عليهم اليه اليها اليهم له لها لهم عنه عنها منه منها منهم
معه معها
وهو وهي وهم ومن وما وفي وعلي وان وقد ولا ولم فان فقد يا اما انما عبر عدد مدي
تم يتم جري يجري
اللي الي كده كدا بتاع عشان علشان مو مش باش دابا هالا هلا
the a an of in on at to for from by with and or is are was were be been do does did has have
had
what who whom whose when where why which how many much
le la les l de du des d un une et ou en au aux est sont a ont quel quelle quels quelles qui que
quoi
combien quand comment pourquoi dans sur par pour
"""

# How one asks, in the dialects from Morocco to Iraq and as it is often misspelt or run together.
# من and ما are not here: more often than who and what they are from and not.
_ASKED_TEXT = {
    "متى": "متى متا امتى امتا امته ايمتى ايمتا ايمته فوقاش وقتاش",
    "أين": "أين وين فين منين",
    "كيف": "كيف كيفية كيفاش شلون اشلون ازاي",
    "لماذا": "لماذا لمادا لمذا لماذ ليش ليه علاش لويش",
    "كم": "كم كام چم بكام قديش قداش اديش بقديش شحال اشحال بشحال",
    "من": "مين منو منهو منهي شكون",
    "ماذا": "ماذا مادا بماذا ماهو ماهي ايش اش شو وش شنو شنوا شنوة شنهو ايه فاش",
}

# Greetings and thanks, folded: politeness, in which سلام is no peace treaty.
_YOU = r"(?:ك|كم|كما|كن)"
_COURTESY = re.compile(
    "|".join(
        rf"\b(?:{phrase})\b".replace(" ", r"\s+")
        for phrase in (
            rf"(?:ال)?سلام علي{_YOU}(?: و\s*رحمه الله(?: (?:تعالي )?و\s*بركاته)?)?",
            rf"وعلي{_YOU} السلام(?: ورحمه الله(?: (?:تعالي )?وبركاته)?)?",
            r"(?:صباح|مساء) (?:الخير|النور|الورد)",
            rf"(?:اهلا(?: وسهلا)?|مرحبا|مرحبتين|هلا(?: والله)?|حياك الله|تحياتي)(?: ب{_YOU}| فيك)?",
            r"(?:كيف |شو |ايش |شلون )?(?:حالك|حالكم|اخبارك|اخباركم|احوالك|شلونك)",
            r"ازيك|عامل(?:ه)? (?:ايه|اي)",
            rf"(?:شكرا|مشكور|مشكوره|مشكورين|متشكر)(?: ل{_YOU})?(?: (?:جزيلا|كثيرا|جدا))?",
            r"يعطيك العافيه",
            r"من فضل(?:ك|كم)|لو سمحت|لو سمحتم|رجاء",
            r"hello|hi|thanks|thank you|how are you|good (?:morning|evening)|bonjour|merci",
        )
    )
)


def _fold_character(character: str) -> str:
    folded = character
    while True:
        again = unicodedata.normalize("NFKD", folded).casefold().translate(_SAME_LETTER)
        again = "".join(
            str(unicodedata.decimal(c)) if c.isdecimal() else c
            for c in again
            if unicodedata.category(c) not in ("Mn", "Me", "Cf")
        )
        if again == folded:
            return folded
        folded = again


class _FoldTable(dict[int, str]):
    """The fold of every character met so far; `str.translate` asks for the others."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


_FOLDS = _FoldTable()


def fold(text: str) -> str:
    """Return `text` with what Arabic readers take for the same letter made the same.

    One alef, ya for alef maqsura and hamza on ya, ha for ta marbuta, waw for hamza on waw; no
    diacritics, tatweel or invisible marks; presentation forms and Persian letters as their Arabic
    ones; digits of any script as 0-9; Latin in lower case without accents. Idempotent.
    """
    return text.translate(_FOLDS)


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text that knows which characters of its original each of its own comes from.

    `starts` and `ends` have an entry for every character of `text`. What folds to nothing (marks,
    tatweel, invisible characters) belongs to the character before it, at the beginning to none.
    All that one character folds to, such as the letters of a ligature, comes from that character.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the original the characters `start` up to `end` of `text` come from.

        The fold of that slice is ``text[start:end]``, and more only where a character of the
        original folds to several of which the span has some. `start` is before `end`.
        """
        return self.starts[start], self.ends[end - 1]


def folded(text: str, fold_character: Callable[[str], str] = fold) -> Folded:
    """Return the fold of `text` with the way back; `fold_character` folds a single character."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    end = len(text)
    for index in range(len(text) - 1, -1, -1):
        part = fold_character(text[index])
        if part:
            parts.append(part)
            starts.extend([index] * len(part))
            ends.extend([end] * len(part))
            end = index
    return Folded("".join(reversed(parts)), tuple(reversed(starts)), tuple(reversed(ends)))


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word or number: the characters `start` up to `end` of a text."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Return `words` with where in `text` each stands, in order.

    Two share a character only where it folds to several words, as ﷺ does.
    """
    whole = folded(text)
    return [
        Token(_word(match[0]), *whole.span(*match.span())) for match in _WORD.finditer(whole.text)
    ]


def words(text: str) -> list[str]:
    """Return the folded words and numbers of `text`, in order; 1,300 and ١٣٠٠ are both 1300."""
    return folded_words(fold(text))


def folded_words(text: str) -> list[str]:
    """Return the words and numbers of a text that is folded."""
    # What begins below "9" there and yet is a word is a number.
    return [word if word[0] > "9" else _word(word) for word in _WORD.findall(text)]


def _word(word: str) -> str:
    if not word[0].isdigit():
        return word
    if _GROUPED_NUMBER.fullmatch(word):
        word = word.replace(",", "")
    return word.lstrip("0") or "0" if word.isdigit() else word


@lru_cache(maxsize=WORDS_KEPT)
def stem(word: str) -> str:
    """Return the Light10 stem of a folded word; a word of another script comes back as it is."""
    if len(word) > _SHORTEST_STEM + 1 and word[0] == "و":
        word = word[1:]
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST_STEM:
            word = word[len(prefix) :]
            break
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            word = word[: -len(suffix)]
    return word


ASKED: Mapping[str, str] = MappingProxyType(
    {word: fold(asked) for asked, text in _ASKED_TEXT.items() for word in words(text)}
)
"""A folded question word -> the folded word of the written language that asks for the same.

Of these there are seven: متي, اين, كيف, لماذا, كم, من, ماذا.
من itself is no key, being more often the preposition.
"""

_ASKING = ASKED.keys() | words("من ما لم هل أي")
STOP_WORDS = frozenset(words(_STOP_WORDS_TEXT)) | ASKED.keys() | {f"و{word}" for word in _ASKING}


def told_words(text: str) -> list[str]:
    """Return the words of `text` without greetings and thanks."""
    return folded_words(_COURTESY.sub(" ", fold(text)))


def _ngrams(word: str) -> tuple[str, ...]:
    if word[0].isdigit():  # half of a number is another number
        return ()
    padded = f"<{word}>"
    return tuple(padded[i : i + NGRAM] for i in range(max(1, len(padded) - NGRAM + 1)))


def _terms_of(word: str) -> tuple[str, ...]:
    return (f"={stem(word)}", *_ngrams(word))


def word_features(word: str) -> tuple[str, ...]:
    """Return the features of one folded word: itself, its stem and its 4-grams."""
    return (f"_{word}", *_terms_of(word))


def word_terms(folded_words: Iterable[str]) -> str:
    """Return the index terms of words: ``=stem`` and the 4-grams of ``<word>``, spaces between."""
    return " ".join(map(_joined_terms, folded_words))


@lru_cache(maxsize=WORDS_KEPT)
def _joined_terms(word: str) -> str:
    return " ".join(_terms_of(word))


def terms(text: str) -> list[str]:
    """Return the index terms of the words of `text`."""
    return word_terms(words(text)).split()
