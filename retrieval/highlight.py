"""The sentence of a passage that answers a question."""

import re
from collections.abc import Callable

from retrieval import arabic
from retrieval.documents import Span
from retrieval.encoder import Encoder, FloatArray
from retrieval.passages import sentences

_COVERAGE = 1.0  # what a sentence gains by naming all that was asked,
_KIND = 0.15  # and by holding the kind of thing that was asked for


def _asking(kind: str, others: str) -> frozenset[str]:
    asked = arabic.fold(kind)
    return frozenset(arabic.words(others)).union(
        word for word, meant in arabic.ASKED.items() if meant == asked
    )


_HOW_MANY = _asking("كم", "how combien عدد مبلغ نسبة ثمن سعر")
_WHEN = _asking("متى", "تاريخ سنة عام يوم شهر when quand")
# As words, not stems: the stem of الاثنين, Monday, is that of two.
_NUMBER_WORDS = frozenset(
    f"{prefix}{word}"
    for prefix in ("", "ال", "ب", "ل")
    for word in arabic.words(
        "واحد واحدة اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة ثلاث أربع خمس ست سبع ثماني "
        "تسع عشر عشرون عشرين ثلاثون ثلاثين أربعون أربعين خمسون خمسين ستون ستين سبعون سبعين ثمانون "
        "ثمانين تسعون تسعين عشرات مئة مائة مئتان مئتين مئات ألف ألفا ألفين آلاف مليون مليونا "
        "مليونين ملايين مليار مليارا مليارات نصف ثلث ربع ثلثي"
    )
)
_MONTHS = frozenset(
    arabic.words(
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر كانون "
        "شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين السبت الأحد الاثنين الثلاثاء الأربعاء "
        "الخميس الجمعة أمس"
    )
)
_DIGIT = re.compile(r"\d")


def answering_sentence(
    question: str,
    question_vector: FloatArray,
    text: str,
    *,
    encoder: Encoder,
    idf: Callable[[str], float],
) -> Span:
    """Return the sentence of `text` that answers best, as a span of `text`.

    Args:
        question: The question.
        question_vector: Its vector, shape (dim,).
        text: A passage with at least one visible character.
        encoder: What the vector was made with.
        idf: How much a stem tells.
    """
    spans = sentences(text)
    if len(spans) == 1:
        start, end = spans[0]
        return Span(start, end, text[start:end])
    parts = [text[start:end] for start, end in spans]
    cosines = encoder.encode_passages(parts) @ question_vector
    scores = [
        float(cosine)
        + _COVERAGE * coverage(question, part, idf)
        + _KIND * _has_kind(question, part)
        for cosine, part in zip(cosines, parts, strict=True)
    ]
    start, end = spans[scores.index(max(scores))]
    return Span(start, end, text[start:end])


def coverage(question: str, text: str, idf: Callable[[str], float]) -> float:
    """Return how much of what `question` is about `text` names, by rarity: 0 to 1.

    0 for a question that is about nothing: a greeting, or question words alone.
    """
    asked = dict.fromkeys(arabic.content_stems(question))
    weights = {stem: idf(stem) for stem in asked}
    total = sum(weights.values())
    named = weights.keys() & set(arabic.stems(text))
    return min(1.0, sum(weights[stem] for stem in named) / total) if total else 0.0


def _has_kind(question: str, sentence: str) -> bool:
    """Say whether a question of number or time meets a sentence with one."""
    asked = set(arabic.words(question))
    words = set(arabic.words(sentence))
    numbers = bool(_DIGIT.search(sentence)) or bool(_NUMBER_WORDS & words)
    if asked & _HOW_MANY:
        return numbers
    if asked & _WHEN:
        return bool(words & _MONTHS) or bool(_DIGIT.search(sentence))
    return False
