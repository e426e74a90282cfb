"""Every fixed text a reader sees, in Arabic and English. None states a fact about the news."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from retrieval.arabic import fold
from retrieval.documents import Basis, Coverage, Published, Relation, Scope

_FEW = 10
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


class Reason(StrEnum):
    """Why a reader does not like an answer."""

    PASSAGE = "passage"
    ORIGIN = "origin"
    MISSED = "missed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language; a field that one language lacks is a type error."""

    language: str
    start: str
    help: str
    only_text: str
    unknown_command: str
    empty_question: str
    apology: str
    absent: str
    absent_in_scope: str
    searched: str
    searched_undated: str
    searched_no_dates: str
    related: str
    source: str
    published: str
    unknown: str
    unknown_source: str
    also_in: str
    also_in_more: str
    identifier: str
    link: str
    comma: str
    rest: str
    outdated: str
    withdrawn: str
    question_gone: str
    prompt: str
    goodbye: str
    title_from_text: str
    restricted: str
    restricted_undated: str
    restricted_to_none: str
    from_to: str
    since: str
    until: str
    lift: str
    open_number: str
    also_all: str
    also_rest: str
    also_list: str
    whole_article: str
    copy_citation: str
    citation: str
    unknown_citation: str
    other_sources: str
    page_of: str
    reasons_asked: str
    thanks: str
    too_old: str
    examples: str
    latest: str
    latest_none: str
    search_help: str
    search_wrong: str
    search_none: str
    search_found: str
    language_asked: str
    language_set: str
    about: str
    questions_kept: str
    questions_not_kept: str
    forgotten: str
    too_many: str
    not_admitted: str
    question_help: str
    in_private: str
    group_silent: str
    group_answers: str
    group_admins_only: str
    no_topic: str
    reasons: Mapping[Reason, str]
    menu: Mapping[str, str]
    menu_off: str
    menu_on: str
    description: str
    short_description: str
    bases: Mapping[Basis, str]
    relations: Mapping[Relation, str]
    months: tuple[str, ...]
    articles: tuple[str, str, str, str, str]
    """One, two, three to ten, eleven to ninety-nine, and the rest, by the last two digits."""

    def date(self, published: Published) -> str:
        """Return a date in words, as precise as it is known, with its basis."""
        if published.value is None:
            return self.unknown
        return f"{isolated(self.day(published.value))} ({self.bases[published.basis]})"

    def day(self, value: str) -> str:
        """Return YYYY-MM-DD, YYYY-MM or YYYY in words."""
        year, *rest = value.split("-")
        words = [self.months[int(rest[0]) - 1], year] if rest else [year]
        if len(rest) > 1:
            words.insert(0, str(int(rest[1])))
        return " ".join(words)

    def count_articles(self, count: int) -> str:
        """Return a number of articles with the noun in its right form."""
        if count in (1, 2):
            return self.articles[count - 1]
        last_digits = count % 100
        if last_digits in range(3, 11):
            return self.articles[2].format(count)
        return self.articles[3 if last_digits > _FEW else 4].format(count)

    def scope(self, scope: Scope) -> str:
        """Say what a restricted question was answered from."""
        restriction = scope.restriction
        parts = [self._period(restriction.since, restriction.until)]
        parts.append(f"{self.comma} ".join(isolated(name) for name in restriction.sources))
        what = f"{self.comma} ".join(part for part in parts if part)
        if not scope.articles:
            return self.restricted_to_none.format(what=what)
        articles = self.count_articles(scope.articles)
        text = self.restricted.format(what=what, articles=articles)
        if scope.undated:
            undated = self.count_articles(scope.undated)
            text += " " + self.restricted_undated.format(articles=undated)
        return text

    def _period(self, since: dt.date | None, until: dt.date | None) -> str:
        if since and until:
            whole = _whole(since, until)
            if whole:
                return isolated(self.day(whole))
            return self.from_to.format(
                first=isolated(self.day(since.isoformat())),
                last=isolated(self.day(until.isoformat())),
            )
        if since:
            return self.since.format(first=isolated(self.day(since.isoformat())))
        return self.until.format(last=isolated(self.day(until.isoformat()))) if until else ""

    def coverage(self, coverage: Coverage) -> str:
        """Say how much was searched and from when to when."""
        articles = self.count_articles(coverage.articles)
        if coverage.first is None or coverage.last is None:
            return self.searched_no_dates.format(articles=articles)
        text = self.searched.format(
            articles=articles,
            first=isolated(self.day(coverage.first)),
            last=isolated(self.day(coverage.last)),
        )
        if coverage.undated:
            text += " " + self.searched_undated.format(
                articles=self.count_articles(coverage.undated)
            )
        return text


def _whole(since: dt.date, until: dt.date) -> str | None:
    """Return the day, month or year that two days are the first and the last of, or None."""
    if since == until:
        return since.isoformat()
    after = until + dt.timedelta(days=1)
    if (since.month, since.day) == (after.month, after.day) == (1, 1):
        return f"{since.year:04d}" if after.year == since.year + 1 else None
    next_month = (since.year + since.month // 12, since.month % 12 + 1)
    if since.day == after.day == 1 and (after.year, after.month) == next_month:
        return f"{since.year:04d}-{since.month:02d}"
    return None


def isolated(text: str) -> str:
    """Return `text` so that its direction and its neighbours' do not mix."""
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"


ARABIC = Texts(
    language="ar",
    start=(
        "أهلا بك. أنا إسناد: اسألني عما في أرشيف الأخبار، أجبك بمقاطع منقولة حرفيا من المقالات، "
        "لكل منها مصدره وتاريخه. وإن لم يكن الجواب في الأرشيف قلت ذلك.\n\n"
        "اكتب سؤالك، أو /help للمزيد."
    ),
    help=(
        "اكتب سؤالك كما تقوله لصديق، فأبحث في الأرشيف وأنقل لك المقاطع التي تجيب حرفيا، والجملة "
        "التي فيها الجواب بخط عريض.\n\n"
        "تحت كل عنوان مصدر المقال وتاريخه، ومن أين عرفا: من المقال نفسه، أو من محرر الأرشيف، أو "
        "تقديرا من نص المقال. وما لا يعرف يبقى «غير معروف».\n\n"
        "ويمكنك أن تقصر السؤال على مدة أو مصدر: «في 2018»، «بين مارس ويونيو 2021»، «الأسبوع "
        "الماضي»، «من بي بي سي». وأذكر القيد مع الجواب، ومعه زر لرفعه.\n\n"
        "لا أكتب عن الأخبار جملة من عندي: إما نقل وإما «لا يوجد في الأرشيف».\n\n"
        "/search بحث بالكلمات، /latest أحدث المقالات، /sources المصادر، /lang اللغة، "
        "/about عني وما أحفظه، /forget احذف ما يخصك"
    ),
    only_text="أجيب عن الأسئلة المكتوبة فقط. اكتب سؤالك نصا من فضلك.",
    unknown_command="لا أعرف هذا الأمر. اكتب سؤالك، أو /help.",
    empty_question="لم أجد في رسالتك كلمة أبحث عنها. اكتب سؤالك بكلمات من فضلك.",
    apology="عذرا، تعذر علي الجواب الآن. حاول بعد قليل من فضلك. (رقم العطل: {id})",
    absent="لا يوجد في الأرشيف جواب عن هذا السؤال.",
    absent_in_scope="لم أجد جوابا عن هذا السؤال فيما بحثت فيه.",
    searched="بحثت في {articles}، من {first} إلى {last}.",
    searched_undated="وتاريخ {articles} منها غير معروف.",
    searched_no_dates="بحثت في {articles} بلا تاريخ معروف.",
    related="لم أجد جوابا عن هذا السؤال. هذا أقرب ما وجدت، وهو ذو صلة وليس جوابا:",
    source="المصدر",
    published="التاريخ",
    unknown="غير معروف",
    unknown_source="غير معروف، الملف {file}",
    also_in="ورد أيضا في",
    also_in_more="وفي {articles} غير ذلك",
    identifier="المعرف",
    link="المقال الأصلي",
    comma="،",
    rest="تتمة المقطع",
    outdated="تغير الأرشيف منذ هذه الرسالة. أعد سؤالك من فضلك.",
    withdrawn="سحب محرر الأرشيف هذا المقال، فلم أعد أقتبس منه.",
    question_gone="لم أعد أجد سؤالك. أعده من فضلك بلا قيد.",
    prompt="سؤالك",
    goodbye="إلى اللقاء.",
    title_from_text="أول المقال، إذ لا عنوان له",
    restricted="بحثت فقط في {what}: {articles}.",
    restricted_undated="منها {articles} بلا تاريخ معروف، فقد لا تكون من هذه المدة.",
    restricted_to_none="لا مقال في الأرشيف من {what}.",
    from_to="المدة من {first} إلى {last}",
    since="المدة منذ {first}",
    until="المدة حتى {last}",
    lift="ابحث في الأرشيف كله",
    open_number="افتح {number}",
    also_all="كل المواضع ({count})",
    also_rest="بقية المواضع",
    also_list="مقالات فيها هذا النص أو ما يكاد يطابقه:",
    whole_article="المقال كاملا",
    copy_citation="نسخ الاقتباس",
    citation="«{title}»، {source}، التاريخ: {date}",
    unknown_citation="مصدر غير معروف",
    other_sources="مصادر أخرى ({count})",
    page_of="صفحة {number} من {total}",
    reasons_asked="ما العيب؟",
    thanks="شكرا، حفظت رأيك.",
    too_old="لم تعد هذه الرسالة تتغير. أعد سؤالك من فضلك.",
    examples="أسئلة لها جواب في الأرشيف أو عناوين منه:",
    latest="أحدث المقالات في الأرشيف:",
    latest_none="لا مقال في الأرشيف بتاريخ معروف.",
    search_help=(
        "اكتب ما تبحث عنه بعد الأمر: /search زلزال\nالعبارة بين علامتي تنصيص تطابق حرفيا: "
        '/search "مجلس الأمن"\nويمكنك أن تقصر البحث: source:رويترز date:2018 أو '
        "date:2018-01..2018-06"
    ),
    search_wrong="لم أفهم «{what}». اكتب /search وحده لأريك كيف يكتب.",
    search_none="لا مقطع في الأرشيف فيه هذه الكلمات.",
    search_found="مقاطع فيها ما بحثت عنه، وليست جوابا عن سؤال:",
    language_asked="بأي لغة أخاطبك؟",
    language_set="سأخاطبك بالعربية.",
    about=(
        "أنا إسناد: أنقل من أرشيف أخبار مقاطع حرفية، لكل منها مصدره وتاريخه، ولا أكتب جملة "
        "من عندي عن الأخبار.\n\nفي الأرشيف {articles}.\n\nما أحفظه: لكل سؤال وقته ونتيجته "
        "ومدته ثلاثين يوما، بلا نصه وبلا اسمك. ولكل جواب مواضع مقاطعه {days} يوما حتى تعمل "
        "أزراره. ورأيك فيه إن أبديته، ولغتك إن اخترتها، برقم حسابك. {questions}\nأمر /forget "
        "يحذف ما يخصك."
    ),
    questions_kept="ونص السؤال يحفظ مع جوابه، لأن صاحب البوت اختار ذلك.",
    questions_not_kept="ونص السؤال لا يحفظ.",
    forgotten="حذفت ما كنت أحفظه عنك.",
    too_many="أسئلة كثيرة في وقت قصير. أعد سؤالك بعد {seconds} ثانية من فضلك.",
    not_admitted="عذرا، هذا البوت لقراء معينين.",
    question_help="اكتب سؤالك بعد الأمر: /ask من ترأس الاجتماع؟",
    in_private="الجواب كاملا على الخاص",
    group_silent="لن أجيب في هذه المجموعة حتى يكتب أحد مشرفيها /on.",
    group_answers="سأجيب في هذه المجموعة إذا ذكرتموني أو رددتم علي أو كتبتم /ask.",
    group_admins_only="هذا الأمر لمشرفي المجموعة.",
    no_topic="لا أجيب إلا عن سؤال: اذكرني ومعه السؤال.",
    reasons={
        Reason.PASSAGE: "مقطع غير مناسب",
        Reason.ORIGIN: "تاريخ أو مصدر خطأ",
        Reason.MISSED: "في الأرشيف جواب لم أجده",
        Reason.OTHER: "شيء آخر",
    },
    menu={
        "start": "ما أستطيعه",
        "help": "كيف تسأل",
        "ask": "سؤال",
        "search": "بحث بالكلمات",
        "latest": "أحدث المقالات",
        "sources": "مصادر الأرشيف",
        "lang": "اللغة",
        "about": "عن البوت وما يحفظه",
        "forget": "احذف ما يخصني",
    },
    menu_off="لا أجيب هنا",
    menu_on="أجيب هنا",
    description=(
        "أجيب عن الأسئلة بمقاطع منقولة حرفيا من أرشيف أخبار، لكل منها مصدره وتاريخه. "
        "وإن لم يكن الجواب في الأرشيف قلت ذلك."
    ),
    short_description="أنقل من أرشيف الأخبار حرفيا، بالمصدر والتاريخ.",
    bases={
        Basis.STATED: "كما ورد في المقال",
        Basis.EDITOR: "من محرر الأرشيف",
        Basis.ESTIMATED: "تقدير محرر الأرشيف من نص المقال",
        Basis.PAGE: "تاريخ الصفحة، لا تاريخ المقال",
        Basis.UNKNOWN: "غير معروف",
    },
    relations={
        Relation.COPY: "نسخة من المقال نفسه",
        Relation.INDEPENDENT: "مقال آخر فيه النص نفسه",
    },
    months=(
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ),
    articles=("مقال واحد", "مقالين", "{} مقالات", "{} مقالا", "{} مقال"),
)

ENGLISH = Texts(
    language="en",
    start=(
        "Welcome. I am Isnad: ask me about what is in the news archive, and I answer with passages "
        "quoted to the letter, each with its source and its date. If the archive has no answer, I "
        "say so.\n\nWrite your question, or /help for more."
    ),
    help=(
        "Write your question as you would ask a friend. I search the archive and quote the "
        "passages that answer, to the letter, with the answering sentence in bold.\n\n"
        "Under each title stand the article's source and date, and how they are known: from the "
        "article itself, from the archive's editor, or estimated from the article's text. What is "
        "not known stays unknown.\n\n"
        "You can restrict a question in time or to a source: “in 2018”, “between March and June "
        "2021”, “from BBC”. The answer says so, with a button to lift it.\n\n"
        "I never write a sentence of my own about the news: it is a quotation or “not in the "
        "archive”. The articles are in Arabic; questions in Arabic find the most.\n\n"
        "/search for words, /latest articles, /sources, /lang for the language, /about me and what "
        "I keep, /forget what is yours"
    ),
    only_text="I answer written questions only. Please write your question as text.",
    unknown_command="I do not know this command. Write your question, or /help.",
    empty_question="I found no word to search for in your message. Please ask in words.",
    apology="Sorry, I could not answer just now. Please try again in a while. (Fault: {id})",
    absent="The archive has no answer to this question.",
    absent_in_scope="I found no answer to this question where I searched.",
    searched="I searched {articles}, from {first} to {last}.",
    searched_undated="The date of {articles} of them is not known.",
    searched_no_dates="I searched {articles} without a known date.",
    related=(
        "I found no answer to this question. This is the nearest I found: related, not an answer:"
    ),
    source="Source",
    published="Date",
    unknown="unknown",
    unknown_source="unknown, file {file}",
    also_in="Also in",
    also_in_more="and in {articles} more",
    identifier="Id",
    link="The original article",
    comma=",",
    rest="Rest of the passage",
    outdated="The archive has changed since this message. Please ask again.",
    withdrawn="The archive's editor has withdrawn this article, so I no longer quote it.",
    question_gone="I can no longer find your question. Please ask again, without a restriction.",
    prompt="Your question",
    goodbye="Goodbye.",
    title_from_text="the article's beginning, as it has no title",
    restricted="I searched only {what}: {articles}.",
    restricted_undated=(
        "The date of {articles} of them is not known: they may not be from this period."
    ),
    restricted_to_none="The archive has no article from {what}.",
    from_to="the time from {first} to {last}",
    since="the time since {first}",
    until="the time until {last}",
    lift="Search the whole archive",
    open_number="Open {number}",
    also_all="All places ({count})",
    also_rest="More places",
    also_list="Articles with this text, or nearly this text:",
    whole_article="Whole article",
    copy_citation="Copy citation",
    citation="“{title}”, {source}, date: {date}",
    unknown_citation="unknown source",
    other_sources="Other sources ({count})",
    page_of="Page {number} of {total}",
    reasons_asked="What is wrong?",
    thanks="Thank you, your vote is kept.",
    too_old="This message can no longer change. Please ask again.",
    examples="Questions that the archive answers, or titles from it:",
    latest="The latest articles of the archive:",
    latest_none="The archive has no article of known date.",
    search_help=(
        "Write what to search for after the command: /search earthquake\nA phrase in "
        'quotation marks is matched to the letter: /search "Security Council"\nYou can restrict '
        "it: source:Reuters date:2018 or date:2018-01..2018-06"
    ),
    search_wrong="I do not understand “{what}”. Send /search alone to see how it is written.",
    search_none="No passage of the archive has these words.",
    search_found="Passages with what you searched for, not an answer to a question:",
    language_asked="Which language should I use?",
    language_set="I will write to you in English.",
    about=(
        "I am Isnad: I quote passages from a news archive to the letter, each with its "
        "source and its date, and I write no sentence of my own about the news.\n\nThe "
        "archive has {articles}.\n\nWhat I keep: of each question its moment, its outcome "
        "and the time it took, for thirty days, neither its words nor who asked. Of each "
        "answer where its passages are, for {days} days, so that its buttons work. Your vote "
        "on it if you give one, and your language if you choose one, by your account number. "
        "{questions}\n/forget deletes what is yours."
    ),
    questions_kept=(
        "The words of a question are kept with its answer, because the bot's operator chose so."
    ),
    questions_not_kept="The words of a question are not kept.",
    forgotten="I have deleted what I kept about you.",
    too_many="Many questions in a short time. Please ask again in {seconds} seconds.",
    not_admitted="Sorry, this bot is for certain readers only.",
    question_help="Write your question after the command: /ask who chaired the meeting?",
    in_private="The whole answer in private",
    group_silent="I will not answer in this group until one of its admins writes /on.",
    group_answers=(
        "I will answer in this group when I am mentioned, replied to, or asked with /ask."
    ),
    group_admins_only="This command is for the group's admins.",
    no_topic="I only answer questions: mention me together with one.",
    reasons={
        Reason.PASSAGE: "Wrong passage",
        Reason.ORIGIN: "Wrong date or source",
        Reason.MISSED: "It should have found something",
        Reason.OTHER: "Something else",
    },
    menu={
        "start": "What I can do",
        "help": "How to ask",
        "ask": "A question",
        "search": "Search for words",
        "latest": "The latest articles",
        "sources": "The archive's sources",
        "lang": "Language",
        "about": "About the bot and what it keeps",
        "forget": "Delete what is mine",
    },
    menu_off="No answers here",
    menu_on="Answers here",
    description=(
        "I answer questions with passages quoted to the letter from an archive of Arabic news, "
        "each with its source and its date. If the archive has no answer, I say so."
    ),
    short_description="Quotes from an archive of Arabic news, with source and date.",
    bases={
        Basis.STATED: "as the article states",
        Basis.EDITOR: "from the archive's editor",
        Basis.ESTIMATED: "estimated by the archive's editor from the article's text",
        Basis.PAGE: "the page's date, not the article's",
        Basis.UNKNOWN: "unknown",
    },
    relations={
        Relation.COPY: "a copy of the same article",
        Relation.INDEPENDENT: "another article with the same text",
    },
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    articles=("1 article", "2 articles", "{} articles", "{} articles", "{} articles"),
)


def texts_for(language_code: str | None) -> Texts:
    """Return the texts for a Telegram language code: Arabic where it is Arabic or not known."""
    return ARABIC if language_code is None or language_code.startswith("ar") else ENGLISH


def has_arabic(text: str) -> bool:
    """Say whether a text is written in Arabic letters, at least in part."""
    return any("\u0600" <= character <= "\u06ff" for character in fold(text))
