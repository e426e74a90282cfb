"""The words by which a question says where something is from."""

from itertools import product

from retrieval.restriction.tables import phrase_table, word_set


def _joined(*parts: str) -> str:
    """Return every phrase that has one of each part, in order; | separates them."""
    return "|".join(map(" ".join, product(*(part.split("|") for part in parts))))


_ACCORDING = "حسب|بحسب|وفق|وفقا ل|طبقا ل|تبعا ل|استنادا ل|استنادا إلى"
_REPORT = "تقرير|تقارير|أخبار|خبر|مقال|مقالات"
_REPORT_OF = "ل|من|نشره|نشرته|بثته|أعدته"
_AS_MUCH_AS = "كما|حسبما|حسب ما|بحسب ما|وفق ما|وفقا ل ما|طبقا ل ما"
_SAID = (
    "ذكرت|ذكر|ذكرته|أفادت|أفاد|أفادت به|نقلت|نقل|نقلته|أوردت|أورد|أوردته|نشرت|نشر|نشرته|قالت|قال"
)
BEFORE_OF = word_set("وفقا|طبقا|تبعا|استنادا|تقرير|تقارير|خبر|مقال")
"""Words after which ل is a word of its own: تقرير لرويترز."""
QUOTED_FROM = phrase_table("نقلا عن|المصدر:|مصدر:|المصادر:|مصادر:|source:|sources:")
"""What names a source whatever follows, even by an ordinary word."""
ACCORDING_TO = phrase_table(
    "|".join(
        (
            *(_ACCORDING, _joined(_ACCORDING, _REPORT), _joined(_ACCORDING, _REPORT, _REPORT_OF)),
            *(_joined(_AS_MUCH_AS, _SAID), "according to|selon|d'après"),
        )
    )
)
"""What names a source wherever it stands."""

FROM = word_set("من|from")
"""What may name a source at the end of a clause, or before a question."""
ABOUT = word_set("عن")
"""What may name a source, or what somebody spoke about."""
AT = word_set("في|على|عبر|on|in|via|sur")
"""What names a source where the question asks what is published there."""
WEAK = FROM | ABOUT | AT
"""Words that name a source in some places only."""

ARTICLES = phrase_table("the|la|le|l'")
"""What may stand before the name of an outlet."""
OR = phrase_table("و|أو|و من|أو من|و عن|،|,|and|or|et|ou|&")
"""What stands between several outlets."""
TOPIC = word_set("عن|حول|بشأن|بخصوص|في|حيال|about|on|in|regarding|sur|concernant")
"""What says, after an outlet, what its articles are about."""
ASKING = word_set("ما|ماذا|متى|أين|كيف|لماذا|هل|كم|من|أي|what|who|when|where|how|why|did|is|are")
"""Words that a question begins with."""
NOT_BEFORE_FROM = word_set(
    "كل|أي|واحد|واحدة|جزء|بعض|عدد|بدل|بدلا|مطلوب|أكبر|أصغر|أقدم|أحدث|أفضل|أسوأ|أكثر|أقل|أسرع|"
    "أشهر|أهم|أقوى|أعلى|away|better|older|bigger"
)
"""After one of these, من names no source."""
NOT_BEFORE_ABOUT = ASKING | word_set(
    "و|أخبار|الأخبار|خبر|أنباء|تقرير|تقارير|مقال|مقالات|كل|بحث|ابحث|فيديو|صور|بعيدا|بعيد|عوضا"
)
"""After one of these, عن names no source."""

OPENING = QUOTED_FROM.words | ACCORDING_TO.words | WEAK
"""Every word of the phrases before a source."""
