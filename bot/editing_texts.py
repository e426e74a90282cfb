"""Every fixed text an admin sees who looks into the archive or changes it, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass

from retrieval.articles.packages import Reason
from retrieval.documents import Precision


@dataclass(frozen=True, slots=True)
class EditingTexts:
    """The texts of one language; a field that one language lacks is a type error."""

    which_article: str
    no_article: str
    withdrawn: str
    withdrawn_already: str
    copies_stay: str
    canary_expects: str
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
    first_passage: str
    alike: str
    upload: str
    upload_shown: str
    upload_skipped: str
    upload_remark: str
    upload_more: str
    upload_replaces: str
    upload_elsewhere: str
    upload_withdrawn: str
    upload_added: str
    upload_discarded: str
    upload_gone: str
    upload_not_yours: str
    upload_useless: str
    upload_caption: str
    upload_needs_folder: str
    upload_not_fetched: str
    add_button: str
    replace_button: str
    discard_button: str
    reload_button: str
    refusals: Mapping[Reason, str]
    withdraw_menu: str
    restore_menu: str
    article_menu: str


ARABIC = EditingTexts(
    which_article="اكتب معرف المقال بعد الأمر: {command} 002_bf51089687a09448",
    no_article="لا مقال بهذا المعرف في الأرشيف: {id}",
    withdrawn="سحبت المقال {id} من الأجوبة: {title}\nيخرج من الأرشيف عند التحديث: /reload",
    withdrawn_already="المقال {id} مسحوب من قبل.",
    copies_stay="بقيت نسخ منه، تسحب بمعرفاتها: {ids}",
    canary_expects="في canaries.toml سؤال ينتظر هذا المقال: أزله، وإلا رفض التحديث القادم.",
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
    first_passage="أول مقطع منه:",
    alike="في الأرشيف ما يكاد يطابقه:",
    upload="{name}: عدد مقالاته {count}. هكذا تظهر إن أضيفت.",
    upload_shown="عرضت أول {count} منها.",
    upload_skipped="لا يدخل {what}: {why}",
    upload_remark="ملاحظة على {what}: {why}",
    upload_more="و{count} غيرها",
    upload_replaces="موجود في مجلد المقالات، ويحل هذا محله: {names}",
    upload_elsewhere="موجود في الأرشيف من ملف آخر لا أستطيع استبداله: {ids}",
    upload_withdrawn="مسحوب، ويبقى خارج الأجوبة حتى /restore: {ids}",
    upload_added="أضيف إلى المقالات، وعددها {count}. تدخل الأرشيف عند التحديث.",
    upload_discarded="ألغي، ولم يضف شيء.",
    upload_gone="لم يعد هذا الملف عندي. أرسله من جديد من فضلك.",
    upload_not_yours="هذا الزر لمن أرسل الملف.",
    upload_useless="لا أستطيع إضافة هذا الملف: {why}",
    upload_caption=(
        "لم أفهم هذا السطر من الشرح: {line}\nاكتب مثلا:\nالمصدر: الجزيرة\nالتاريخ: 2021-03-30"
    ),
    upload_needs_folder=(
        "المقالات هنا ملف واحد، والإضافة تحتاج إلى مجلد: اجعل ISNAD_CORPUS مجلدا."
    ),
    upload_not_fetched="لم أستطع تنزيل الملف من تيليجرام. أرسله من جديد من فضلك.",
    add_button="أضف",
    replace_button="استبدل",
    discard_button="ألغ",
    reload_button="حدث الأرشيف",
    refusals={
        Reason.KIND: "لا أقرأ هذا النوع: {what}. أقبل .txt و.md و.html و.jsonl و.zip منها.",
        Reason.SIZE: "ملف أكبر مما أقبل: {what}. الحد 10 ميغابايت، وللحزمة 20.",
        Reason.EMPTY: "ملف فارغ: {what}",
        Reason.NAME: "لا أقبل هذا الاسم: {what}",
        Reason.DEPTH: "مجلدات أعمق مما أقبل: {what}",
        Reason.TWICE: "اسم مكرر في الحزمة: {what}",
        Reason.COUNT: "في الحزمة أكثر من 200 ملف. {what}",
        Reason.UNPACKED: "الحزمة بعد فتحها أكبر من 50 ميغابايت. {what}",
        Reason.LINK: "ليس ملفا عاديا: {what}",
        Reason.ENCRYPTED: "ملف بكلمة سر: {what}",
        Reason.DAMAGED: "حزمة تالفة: {what}",
    },
    withdraw_menu="اسحب مقالا من الأجوبة",
    restore_menu="أعد مقالا مسحوبا",
    article_menu="مقال: نصه وما يعرف عنه",
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
    canary_expects=(
        "A question in canaries.toml expects this article: take it out, or the next reload is "
        "refused."
    ),
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
    first_passage="Its first passage:",
    alike="The archive has nearly the same in:",
    upload="{name}: {count} articles. This is how they would appear if added.",
    upload_shown="The first {count} are shown.",
    upload_skipped="Left out {what}: {why}",
    upload_remark="Note on {what}: {why}",
    upload_more="and {count} more",
    upload_replaces="In the corpus already, and replaced by this: {names}",
    upload_elsewhere="In the archive already, from another file, which I cannot replace: {ids}",
    upload_withdrawn="Withdrawn, and out of answers until /restore: {ids}",
    upload_added="Added to the corpus: {count} articles. The next reload takes them in.",
    upload_discarded="Discarded; nothing was added.",
    upload_gone="I no longer have this file. Please send it again.",
    upload_not_yours="This button is for whoever sent the file.",
    upload_useless="I cannot add this file: {why}",
    upload_caption=(
        "I do not understand this line of the caption: {line}\n"
        "Write for instance:\nsource: Reuters\npublished: 2021-03-30"
    ),
    upload_needs_folder=(
        "The corpus is a single file, and adding needs a folder: set ISNAD_CORPUS to one."
    ),
    upload_not_fetched="I could not fetch the file from Telegram. Please send it again.",
    add_button="Add",
    replace_button="Replace",
    discard_button="Discard",
    reload_button="Reload the archive",
    refusals={
        Reason.KIND: "I do not read this kind: {what}. I take .txt, .md, .html, .jsonl, "
        "and .zip of them.",
        Reason.SIZE: "Larger than I take: {what}. A file may have 10 MB, a package 20.",
        Reason.EMPTY: "Empty: {what}",
        Reason.NAME: "I do not take this name: {what}",
        Reason.DEPTH: "Folders deeper than I take: {what}",
        Reason.TWICE: "A name is in the package twice: {what}",
        Reason.COUNT: "More than 200 files in the package. {what}",
        Reason.UNPACKED: "More than 50 MB in the package once unpacked. {what}",
        Reason.LINK: "Not a regular file: {what}",
        Reason.ENCRYPTED: "Locked with a password: {what}",
        Reason.DAMAGED: "A damaged package: {what}",
    },
    withdraw_menu="Withdraw an article from answers",
    restore_menu="Bring a withdrawn article back",
    article_menu="An article: its text and what is known of it",
)


def editing_texts(language_code: str | None) -> EditingTexts:
    """Return the texts for a Telegram language code: Arabic where it is Arabic or not known."""
    return ARABIC if language_code is None or language_code.startswith("ar") else ENGLISH
