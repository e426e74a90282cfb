"""What kind of thing a question asks for, and whether a sentence holds that kind.

Four kinds can be told by words alone: a number, a time, a person, a place. Of a question three more
are told, which no sentence can be held to: that it asks why, how, or whether.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from retrieval import arabic

KINDS = NUMBER, TIME, PERSON, PLACE = "number", "time", "person", "place"
FORMS = WHY, HOW, WHETHER = "why", "how", "whether"


def _folded(text: str) -> frozenset[str]:
    return frozenset(arabic.words(text))


# By the question words of `arabic.ASKED`, and by the things that are asked for.
_ASKING = {
    NUMBER: _folded("كم عدد مبلغ نسبة ثمن سعر عمر سن مساحة طول حجم قيمة combien price cost prix"),
    TIME: _folded("متى تاريخ سنة عام يوم شهر when quand year année date"),
    PERSON: _folded("من who whom whose qui"),
    PLACE: _folded("أين مدينة مكان بلد دولة where où city country ville pays"),
}
_FORMS = {
    WHY: _folded("لماذا سبب أسباب السبب الأسباب سر دوافع why reason pourquoi"),
    HOW: _folded("كيف how comment"),
    WHETHER: _folded("هل واش whether"),
}
# These ask only where a question opens with them; further on they are prepositions, relatives and,
# as où without its accent, conjunctions.
_OPENING = _folded("من who whom whose qui où")
_OPENS_WITHIN = 2
_COUNTED = _folded("many much old long far tall high large big often")  # after how
_PREPOSITION = arabic.fold("من")
_AFTER_PREPOSITION = _folded("أين متى أي أية كم")  # من أين asks for no person

# As words, not stems: the stem of الاثنين, Monday, is that of two.
_NUMBERS = frozenset(
    f"{prefix}{word}"
    for prefix in ("", "ال", "ب", "ل")
    for word in arabic.words(
        "واحد واحدة اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة ثلاث أربع خمس ست سبع ثماني "
        "تسع عشر عشرون عشرين ثلاثون ثلاثين أربعون أربعين خمسون خمسين ستون ستين سبعون سبعين ثمانون "
        "ثمانين تسعون تسعين عشرات مئة مائة مئتان مئتين مئات ألف ألفا ألفين آلاف مليون مليونا "
        "مليونين ملايين مليار مليارا مليارات نصف ثلث ربع ثلثي"
    )
)
_TIMES = _folded(
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر كانون شباط آذار "
    "نيسان أيار حزيران تموز آب أيلول تشرين جانفي فيفري أفريل جوان جويلية أوت السبت الأحد الاثنين "
    "الثلاثاء الأربعاء الخميس الجمعة أمس اليوم غدا صباح مساء"
)
_PERSONS = _folded(
    "الرئيس رئيس رئيسة وزير وزيرة الوزير المدير مدير مديرة السيد السيدة الدكتور الأستاذ أستاذ "
    "الأمير الملك الشيخ الباحث باحث الكاتب الكاتبة الشاعر الفنان الفنانة المخرج المخرجة الممثل "
    "الممثلة المتحدث الناطق زعيم قائد اللواء العميد الجنرال النائب القاضي المحامي اللاعب المدرب "
    "بن بنت ابن عبد محمد أحمد علي حسن يدعى اسمه اسمها"
)
_PLACES = _folded(
    "مدينة بمدينة مدينتي محافظة إقليم بإقليم منطقة بمنطقة ولاية قرية حي شارع ساحة مطار ميناء جزيرة "
    "شمال جنوب شرق غرب شمالي جنوبي شرقي غربي وسط عاصمة العاصمة بلدة مقاطعة جهة بجهة ضواحي ريف"
)
_YEAR = re.compile(r"(?:1[89]|20)\d\d")


def asked_kinds(question: str) -> frozenset[str]:
    """Return the kinds that a question asks for; none for why, how and what."""
    written = arabic.words(question)
    words = [_asked(word) for word in written]
    asking = {
        word
        for place, (word, as_written) in enumerate(zip(words, written, strict=True))
        # مين and شكون are never a preposition, wherever they stand.
        if word not in _OPENING or place < _OPENS_WITHIN or word != as_written.removeprefix("و")
    }
    for word, following in pairwise(words):
        if word == _PREPOSITION and following in _AFTER_PREPOSITION:
            asking.discard(word)
    found = {kind for kind, asked in _ASKING.items() if asked & asking}
    if any(word == "how" and following in _COUNTED for word, following in pairwise(words)):
        found.add(NUMBER)
    return frozenset(found)


def asked_forms(question: str) -> frozenset[str]:
    """Return which of `FORMS` a question has."""
    words = {_asked(word) for word in arabic.words(question)}
    return frozenset(form for form, asked in _FORMS.items() if asked & words)


def _asked(word: str) -> str:
    """Return the word of the written language for a question word, without an "and" before it."""
    word = arabic.ASKED.get(word, word)
    bare = word.removeprefix("و")
    return arabic.ASKED.get(bare, bare if bare == _PREPOSITION else word)


def has_kind(words: Sequence[str]) -> frozenset[str]:
    """Return the kinds that a sentence of folded words holds."""
    held = set(words)
    numbers = [word for word in held if word[0].isdigit()]
    found = set()
    if numbers or held & _NUMBERS:
        found.add(NUMBER)
    if held & _TIMES or any(map(_YEAR.fullmatch, numbers)):
        found.add(TIME)
    if held & _PERSONS:
        found.add(PERSON)
    if held & _PLACES:
        found.add(PLACE)
    return frozenset(found)
