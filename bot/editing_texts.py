"""Every fixed text an admin sees who looks into the archive or changes it, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass

from retrieval.documents import Precision


@dataclass(frozen=True, slots=True)
class EditingTexts:
    """The texts of one language; a field that one language lacks is a type error."""

    which_article: str
    no_article: str
    withdrawn: str
    withdrawn_already: str
    copies_stay: str
    restored: str
    restored_later: str
    not_withdrawn: str
    not_written: str
    is_withdrawn: str
    length: str
    dropped: str
    precisions: Mapping[Precision, str]
    overview: str
    by_source: str
    by_year: str
    unknown_source: str
    undated: str
    count: str
    more_sources: str
    withdraw_menu: str
    restore_menu: str
    article_menu: str
    sources_menu: str


ARABIC = EditingTexts(
    which_article="اكتب معرف المقال بعد الأمر: {command} 002_bf51089687a09448",
    no_article="لا مقال بهذا المعرف في الأرشيف: {id}",
    withdrawn="سحبت المقال {id} من الأجوبة: {title}\nيخرج من الأرشيف عند التحديث: /reload",
    withdrawn_already="المقال {id} مسحوب من قبل.",
    copies_stay="بقيت نسخ منه، تسحب بمعرفاتها: {ids}",
    restored="أعدت المقال {id} إلى الأجوبة.",
    restored_later="يعود المقال {id} إلى الأرشيف عند التحديث: /reload",
    not_withdrawn="المقال {id} غير مسحوب.",
    not_written="لم أستطع كتابة التغيير، والأرشيف كما كان: {why}",
    is_withdrawn="مسحوب: لا يقتبس منه",
    length="الطول: {characters} حرفا، {passages} مقطعا",
    dropped="من صفحته {count} سطرا ليست من المقال",
    precisions={
        Precision.DAY: "بدقة اليوم",
        Precision.MONTH: "بدقة الشهر",
        Precision.YEAR: "بدقة السنة",
    },
    overview="في الأرشيف {articles}.",
    by_source="بحسب المصدر:",
    by_year="بحسب السنة:",
    unknown_source="مصدر غير معروف",
    undated="بلا تاريخ معروف",
    count="{name}: {count}",
    more_sources="و{count} مصدرا غيرها",
    withdraw_menu="اسحب مقالا من الأجوبة",
    restore_menu="أعد مقالا مسحوبا",
    article_menu="مقال: نصه وما يعرف عنه",
    sources_menu="الأرشيف بحسب المصدر والسنة",
)

ENGLISH = EditingTexts(
    which_article="Write the article's id after the command: {command} 002_bf51089687a09448",
    no_article="The archive has no article of this id: {id}",
    withdrawn=(
        "Article {id} is withdrawn from answers: {title}\n"
        "The next reload takes it out of the archive: /reload"
    ),
    withdrawn_already="Article {id} is withdrawn already.",
    copies_stay="Copies of it stay, to be withdrawn by their own ids: {ids}",
    restored="Article {id} is answered from again.",
    restored_later="Article {id} comes back with the next reload: /reload",
    not_withdrawn="Article {id} is not withdrawn.",
    not_written="I could not write the change, and the archive is as it was: {why}",
    is_withdrawn="Withdrawn: it is not quoted",
    length="Length: {characters} characters, {passages} passages",
    dropped="{count} lines of its page are not the article's",
    precisions={
        Precision.DAY: "to the day",
        Precision.MONTH: "to the month",
        Precision.YEAR: "to the year",
    },
    overview="The archive has {articles}.",
    by_source="By source:",
    by_year="By year:",
    unknown_source="source unknown",
    undated="date unknown",
    count="{name}: {count}",
    more_sources="and {count} more sources",
    withdraw_menu="Withdraw an article from answers",
    restore_menu="Bring a withdrawn article back",
    article_menu="An article: its text and what is known of it",
    sources_menu="The archive by source and by year",
)


def editing_texts(language_code: str | None) -> EditingTexts:
    """Return the texts for a Telegram language code: Arabic where it is Arabic or not known."""
    return ARABIC if language_code is None or language_code.startswith("ar") else ENGLISH
