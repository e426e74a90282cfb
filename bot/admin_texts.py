"""Every fixed text an admin sees, in Arabic and English."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AdminTexts:
    """The texts of one language; a field that one language lacks is a type error."""

    reload_begins: str
    reload_progress: str
    reload_left: str
    reload_running: str
    reload_done: str
    reload_skipped: str
    reload_more: str
    reload_failed: str
    reload_refused: str
    reload_cancelled: str
    cancelling: str
    nothing_to_cancel: str
    rolled_back: str
    not_rolled_back: str
    status: str
    status_reload: str
    status_no_reload: str
    status_running: str
    never_asked: str
    times: str
    system: str
    stages: Mapping[str, str]
    reload_menu: str
    cancel_menu: str
    status_menu: str
    rollback_menu: str
    feedback_menu: str
    votes: str
    votes_none: str
    votes_file: str
    complaints_file: str

    def duration(self, seconds: float) -> str:
        """Return a duration as hours, minutes and seconds: 0:07, 12:30, 1:02:03."""
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


ARABIC = AdminTexts(
    reload_begins="بدأ تحديث الأرشيف…",
    reload_progress="تحديث الأرشيف: {stage} {done}، منذ {seconds}.",
    reload_left="بقي نحو {seconds} من هذه المرحلة.",
    reload_running="بدأ {by} تحديثا قبل {seconds}، وهو الآن: {stage} {done}.",
    reload_done=(
        "انتهى التحديث في {seconds}: {articles} مقال، {passages} مقطع.\n"
        "أضيف {added}، تغير {changed}، حذف {removed}، بقي {unchanged}، تخطيت {skipped}.\n"
        "الجيل: {generation}"
    ),
    reload_skipped="تخطيت {what}: {why}",
    reload_more="و{count} غيرها، في بيان الجيل.",
    reload_failed="لم يتم التحديث، والأرشيف السابق باق في الخدمة: {why}",
    reload_refused="رفض الجيل الجديد وحفظ للفحص، والأرشيف السابق باق في الخدمة: {why}",
    reload_cancelled="أوقف التحديث بعد {seconds}. الأرشيف كما كان.",
    cancelling="أوقف التحديث…",
    nothing_to_cancel="لا تحديث جار.",
    rolled_back="عاد الأرشيف إلى الجيل {generation}: {articles} مقال.",
    not_rolled_back="لم أرجع إلى جيل سابق: {why}",
    status=(
        "الجيل: {generation}\nمنذ: {created}\nالمقالات: {articles}، منها {undated} بلا تاريخ\n"
        "المقاطع: {passages}\nالمرمز: {encoder}\nيعمل منذ: {uptime}\nالذاكرة: {memory} ميغابايت\n"
        "أسئلة اليوم: {questions}"
    ),
    status_reload="آخر تحديث: {when}، بدأه {by}: {how}",
    status_no_reload="لم يحدث الأرشيف بعد.",
    status_running="يجري تحديث الآن: {stage} {done}.",
    never_asked="لا أسئلة بعد",
    times="{count}، الوسيط {median} م.ث، و95٪ منها دون {p95} م.ث",
    system="النظام",
    stages={
        "": "يستعد",
        "read": "قرئت المقالات:",
        "embedded": "رمزت المقاطع:",
        "written": "كتبت الأجزاء:",
        "verified": "فحصت المقاطع:",
    },
    reload_menu="حدث الأرشيف",
    cancel_menu="أوقف التحديث",
    status_menu="حال الأرشيف والبوت",
    rollback_menu="ارجع إلى الجيل السابق",
    feedback_menu="آراء القراء",
    votes="الآراء: {liked} 👍، {disliked} 👎{reasons}",
    votes_none="لا آراء بعد.",
    votes_file="أسئلة مرضية أجوبتها، مجموعة اختبار لأمر evaluate --questions ({count})",
    complaints_file="ما لم يرض القراء ({count})",
)

ENGLISH = AdminTexts(
    reload_begins="Reloading the archive…",
    reload_progress="Reloading the archive: {stage} {done}, for {seconds}.",
    reload_left="About {seconds} of this stage are left.",
    reload_running="{by} started a reload {seconds} ago; it is at: {stage} {done}.",
    reload_done=(
        "Reloaded in {seconds}: {articles} articles, {passages} passages.\n"
        "{added} added, {changed} changed, {removed} removed, {unchanged} unchanged, "
        "{skipped} skipped.\nGeneration: {generation}"
    ),
    reload_skipped="skipped {what}: {why}",
    reload_more="and {count} more, in the generation's manifest.",
    reload_failed="Not reloaded; the archive from before goes on serving: {why}",
    reload_refused=(
        "The new generation is refused and kept for inspection; the archive from before goes on "
        "serving: {why}"
    ),
    reload_cancelled="The reload was cancelled after {seconds}. The archive is as it was.",
    cancelling="Cancelling the reload…",
    nothing_to_cancel="No reload is running.",
    rolled_back="Back to generation {generation}: {articles} articles.",
    not_rolled_back="Not rolled back: {why}",
    status=(
        "Generation: {generation}\nSince: {created}\nArticles: {articles}, {undated} undated\n"
        "Passages: {passages}\nEncoder: {encoder}\nUp for: {uptime}\nMemory: {memory} MB\n"
        "Questions today: {questions}"
    ),
    status_reload="Last reload: {when}, by {by}: {how}",
    status_no_reload="The archive has not been reloaded yet.",
    status_running="A reload is running: {stage} {done}.",
    never_asked="none yet",
    times="{count}, median {median} ms, 95th percentile {p95} ms",
    system="the system",
    stages={
        "": "getting ready",
        "read": "articles read:",
        "embedded": "passages embedded:",
        "written": "parts written:",
        "verified": "passages verified:",
    },
    reload_menu="Reload the archive",
    cancel_menu="Cancel the reload",
    status_menu="How the archive and the bot are",
    rollback_menu="Back to the generation before",
    feedback_menu="What readers think",
    votes="Votes: {liked} 👍, {disliked} 👎{reasons}",
    votes_none="No votes yet.",
    votes_file="Questions with an answer that was liked, for evaluate --questions ({count})",
    complaints_file="What readers did not like ({count})",
)
