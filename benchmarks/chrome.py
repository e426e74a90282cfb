"""How well articles are told from the pages around them.

    python benchmarks/chrome.py --corpus PATH [--limit N] [--show N] [--by-source]

Takes clean articles of a JSON-lines file (`title`, `text`, `source`; plain or gzip) and prints
each as a page, then takes the page apart and counts what became of its lines. Pages come in folders
of forty of one source, all with the furniture of one site; links, datelines and second titles vary
from page to page. The rows of the table:

- seeds, alone: the furniture of the seed pages; each page by itself.
- seeds, folder: the same pages, with the lines that the pages of the folder share.
- unseen, alone and folder: the same with made-up furniture that the lexicon does not have, among it
  a footer and a tagline that read like prose: only repetition and position can tell.
- extracted: the clean text alone, as if a web page had been taken apart before.

Clean articles are not quite clean: publishers leave links, notices and rules in them. Every figure
is given as it is, and once more with such lines (see `_LEFT`) counted as chrome.
"""

import argparse
import gzip
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing import Pool
from pathlib import Path
from typing import Self

from retrieval.arabic import fold
from retrieval.articles.chrome import clean, separate
from retrieval.articles.repetition import repeated_lines
from retrieval.passages import sentences

FOLDER = 40
PROCESSES = 2
SEED = 1

MASTHEAD = (
    "عاجل",
    "الجمعة 29 مارس 2024",
    "رئيس مجلس الإدارة",
    "هبة صادق",
    "رئيس التحرير",
    "أيمن عبد المجيد",
    "اعلان we",
    "البنك الاهلي",
)
SEED_FEET = (
    ("تابع بوابة روزا اليوسف علي", "جوجل نيوز"),
    ("ليست هناك تعليقات",),
    (
        "مقالات ذات صلة",
        "اترك تعليقاً",
        "لن يتم نشر عنوان بريدك الإلكتروني. الحقول الإلزامية مشار إليها بـ *",
        "زر الذهاب إلى الأعلى",
    ),
    (),
    ("الصفحة الرئيسية",),
)
SEED_LINKS = (
    "اقرا ايضا: بايدن يؤكد استمرار الشراكة مع الأفغان",
    "اقرأ ايضا: السيسي أول رئيس مصري يزور العراق منذ زمن",
)

# Made up for this benchmark; not one of these lines is in chrome.toml, nor may it be put there.
UNSEEN_HEADS = (
    ("جريدة المرفأ", "البر والبحر وما بينهما", "أهل المرفأ", "دفتر اليوم"),
    (
        "صحيفة الغيمة",
        "نكتب ما نراه من النافذة كل صباح، ونرسله إلى من يحب القراءة قبل القهوة وبعدها.",
        "نافذة الحي",
        "أدراج قديمة",
    ),
    ("بوابة السنبلة", "باب الحقل", "باب السوق", "باب البيت"),
)
UNSEEN_LINKS = ("جولة مصورة في أزقة المرفأ", "عدسة الغيمة: ما فاتك هذا الصباح", "من بيدر السنبلة")
UNSEEN_FEET = (
    (
        "في الدرج نفسه",
        "*",
        "*",
        "دار المرفأ للطباعة",
        (
            "تصدر هذه الصفحات عن دار المرفأ، وكل ما فيها من كلام وصور ملك لأصحابه، ولا ينقل منه "
            "شيء إلا بكتاب من الدار."
        ),
        "صندوق بريد المرفأ",
    ),
    (
        "رفوف أخرى",
        "*",
        "*",
        "*",
        (
            "تعتمد الغيمة على قرائها وحدهم، فإن أعجبك ما قرأت فساعدنا بثمن فنجان قهوة كل شهر، وسوف "
            "نكتب اسمك على جدار الأصدقاء في مدخل الدار."
        ),
        "باب الأصدقاء",
    ),
    (
        "حصاد البيدر",
        "*",
        "*",
        "عنوان الدار: حي السنابل، الطابق الثالث",
        "كل ما ينشر في السنبلة يراجعه محرران قبل أن يصل إليك، فإذا وجدت خطأ فاكتب لنا نصلحه.",
        "ميزان السنبلة",
    ),
)

# What publishers leave in clean text and a reader would not call article, by the folded line.
_LEFT = re.compile(
    r"[\s*\-_=×.|•]+"  # ruled lines
    r"|.{0,3}(?:اقرا|طالع|شاهد) (?:ايضا|المزيد|كذلك) ?[:|\-./].*|.{0,3}اقرا ?[:|].*"
    r"|للمزيد ?[:\-.].*|قد يهمك(?: ايضا)? ?[:|].*|قد يعجبك"
    r"|(?:لمتابعه|للمتابعه|لقراءه|لمشاهده|لمعرفه|للاطلاع|للمشاركه|للتسجيل|لمزيد) .*اضغط.*"
    r"|اضغط هنا.*"
    r"|يمكنكم (?:تسلم|استلام) اشعارات .*"
    r"|\W*جميع المقالات المنشوره تمثل راي كتابها فقط.*"
    r"|\W*(?:كافه )?حقوق (?:النشر|الصور) محفوظه.*"
    r"|\W*نقلا عن .{2,40}|\(?المصدر ?: .{2,60}"
    r"|فرانس ?24 ?/.{2,30}"  # whose report it is
)
_HEADING = re.compile(r".{0,3}(?:اقرا|طالع|شاهد) (?:ايضا|المزيد|كذلك) ?[:|]?|قصص ذات صله ?:")


@dataclass(frozen=True, slots=True)
class Clean:
    """An article as the corpus has it: its title and the lines of its text that are not blank."""

    title: str
    source: str
    lines: tuple[str, ...]
    left: frozenset[str]  # those of the lines that its publisher left there


@dataclass(slots=True)
class Printed:
    """A page: its lines, blank ones too, and which of them are chrome."""

    article: Clean
    lines: list[str] = field(default_factory=list)
    chrome: Counter[str] = field(default_factory=Counter)

    def add(self, *lines: str, chrome: bool = True) -> None:
        """Print lines at the end of the page."""
        self.lines.extend(lines)
        if chrome:
            self.chrome.update(line for line in lines if line.strip())

    @property
    def text(self) -> str:
        """The page as a file has it."""
        return "\n".join(self.lines)


@dataclass(slots=True)
class Count:
    """What became of the lines of some pages; once as it is, once with what was left counted."""

    pages: int = 0
    sentences: int = 0
    found: int = 0
    exact: int = 0
    dropped: int = 0
    rightly: int = 0
    chrome: int = 0
    gone: int = 0
    titles: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: "Count") -> Self:
        """Add the counts of other pages."""
        for name in self.__slots__:
            value = getattr(other, name)
            if isinstance(value, Counter):
                getattr(self, name).update(value)
            else:
                setattr(self, name, getattr(self, name) + value)
        return self


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="articles, drawn at random")
    parser.add_argument("--show", type=int, default=0, help="lines to show of each failure")
    parser.add_argument("--by-source", action="store_true")
    options = parser.parse_args()
    started = time.perf_counter()
    articles = list(_read(options.corpus))
    if options.limit:
        articles = random.Random(SEED).sample(articles, min(options.limit, len(articles)))
    totals: dict[tuple[str, str, bool], Count] = {}
    with Pool(PROCESSES) as pool:
        for counted in pool.imap_unordered(_measure, enumerate(_folders(articles)), chunksize=4):
            for (row, source, adjusted), count in counted.items():
                for group in ("all", source) if options.by_source else ("all",):
                    totals.setdefault((row, group, adjusted), Count()).__iadd__(count)
    left = sum(len(article.left) for article in articles)
    print(f"{len(articles)} articles, {sum(len(a.lines) for a in articles)} lines; ", end="")
    print(f"{left} lines left by publishers in {sum(bool(a.left) for a in articles)} articles")
    _print_table(totals)
    print(f"{time.perf_counter() - started:.0f} s with {PROCESSES} processes")
    _print_lost(totals, options.show)


def _read(path: Path) -> Iterator[Clean]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as records:
        for record in map(json.loads, records):
            title = record.get("title", "").strip()
            lines = tuple(line for line in record["text"].splitlines() if line.strip())
            if title and lines:
                left = frozenset([*_left(lines), *(line for line in lines if line == title)])
                yield Clean(title, record.get("source", ""), lines, left)


def _left(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines that a publisher left, among them the links below a heading."""
    under = False
    for line in lines:
        key = " ".join(fold(line).split())
        linklike = len(key) < 120 and len(key.split()) > 2 and not key.endswith((".", ":"))
        under = bool(_HEADING.fullmatch(key)) or (under and linklike)
        if under or _LEFT.fullmatch(key):
            yield line


def _folders(articles: Sequence[Clean]) -> Iterator[list[Clean]]:
    by_source: dict[str, list[Clean]] = {}
    for article in articles:
        by_source.setdefault(article.source, []).append(article)
    for group in by_source.values():
        for start in range(0, len(group), FOLDER):
            yield group[start : start + FOLDER]


# --- Printing pages -----------------------------------------------------------------------------


def _print_seed(articles: Sequence[Clean], rng: random.Random) -> list[Printed]:
    """Print articles as a site with the furniture of the seeds would."""
    site = rng.randrange(5)
    blank = rng.random() < 0.8
    spread = rng.random() < 0.3
    pages = []
    for article in articles:
        page = Printed(article)
        if site == 0:
            masthead = [line for line in MASTHEAD if line != MASTHEAD[1] or rng.random() < 0.7]
            for line in masthead:
                page.add(line, *([""] if spread else []))
        elif site == 2:
            page.add("اخر الاخبار")
        _print_article(page, rng, blank=blank, links=SEED_LINKS)
        for line in SEED_FEET[site]:
            page.add(*([""] if blank else []), line)
        pages.append(page)
    return pages


def _print_unseen(articles: Sequence[Clean], rng: random.Random) -> list[Printed]:
    """Print articles as a site that nobody knows would."""
    site = rng.randrange(len(UNSEEN_HEADS))
    blank = rng.random() < 0.8
    pages = []
    for article in articles:
        page = Printed(article)
        for line in UNSEEN_HEADS[site]:
            page.add(line, *([""] if blank else []))
        _print_article(page, rng, blank=blank, links=(UNSEEN_LINKS[site],))
        for line in UNSEEN_FEET[site]:
            shown = line.replace("*", rng.choice(articles).title)
            page.add(*([""] if blank else []), shown)
        pages.append(page)
    return pages


def _print_article(page: Printed, rng: random.Random, *, blank: bool, links: Sequence[str]) -> None:
    gap = [""] if blank else []
    title = page.article.title
    page.add(*gap, title, *gap, chrome=False)
    if rng.random() < 0.4:
        page.add(title, *gap)
    if rng.random() < 0.5:
        page.add("12/05/2022", *gap)
    places = [rng.randrange(1, len(page.article.lines) + 1) for _ in range(rng.randrange(3))]
    for number, line in enumerate(page.article.lines):
        for _ in range(places.count(number)):
            page.add(rng.choice(links), *gap)
        page.add(line, *gap, chrome=False)


# --- Taking them apart --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken for title, for article and for chrome."""

    title: str | None
    body: str
    dropped: Sequence[str]


def _measure(numbered: tuple[int, list[Clean]]) -> dict[tuple[str, str, bool], Count]:
    number, articles = numbered
    counts: dict[tuple[str, str, bool], Count] = {}
    for name, prints in (("seeds", _print_seed), ("unseen", _print_unseen)):
        pages = prints(articles, random.Random(f"{SEED} {name} {number}"))
        repeated = repeated_lines(page.text for page in pages)
        for page in pages:
            _count(counts, f"{name}, alone", page, _separated(page))
            _count(counts, f"{name}, folder", page, _separated(page, repeated))
    for article in articles:
        page = Printed(article)
        page.add(*article.lines, chrome=False)
        body, dropped = clean(page.text, article.title)
        _count(counts, "extracted", page, Taken(None, body, dropped))
    return counts


def _separated(page: Printed, repeated: frozenset[str] = frozenset()) -> Taken:
    taken = separate(page.text, repeated)
    return Taken(taken.title, taken.body, taken.dropped)


def _count(
    counts: dict[tuple[str, str, bool], Count], row: str, page: Printed, taken: Taken
) -> None:
    for adjusted in (False, True):
        key = (row, page.article.source or "unknown", adjusted)
        counts.setdefault(key, Count()).__iadd__(_judge(page, taken, adjusted=adjusted))


def _judge(page: Printed, taken: Taken, *, adjusted: bool) -> Count:
    left = page.article.left if adjusted else frozenset[str]()
    article = [line for line in page.article.lines if line not in left]
    body = [line for line in taken.body.split("\n") if line.strip() and line not in left]
    whole = frozenset(body)
    lost = [
        sentence
        for line in article
        if line not in whole
        for sentence in _sentences(line)
        if sentence not in taken.body
    ]
    number = sum(len(_sentences(line)) for line in article)
    dropped = Counter(taken.dropped)
    chrome = page.chrome + Counter(line for line in page.article.lines if line in left)
    kept = Counter(body) - Counter(article)
    return Count(
        pages=1,
        sentences=number,
        found=number - len(lost),
        exact=body == article,
        dropped=len(taken.dropped),
        rightly=(dropped & chrome).total(),
        chrome=page.chrome.total(),
        gone=page.chrome.total() - (kept & page.chrome).total(),
        titles=taken.title == page.article.title,
        lost=Counter(lost),
        kept=kept & page.chrome,
    )


@lru_cache(maxsize=1 << 14)
def _sentences(line: str) -> tuple[str, ...]:
    return tuple(line[start:end] for start, end in sentences(line))


# --- Printing figures ---------------------------------------------------------------------------


def _print_table(totals: dict[tuple[str, str, bool], Count]) -> None:
    columns: list[tuple[str, Callable[[Count], float]]] = [
        ("sentences kept", lambda c: _share(c.found, c.sentences)),
        ("body exact", lambda c: _share(c.exact, c.pages)),
        ("dropped rightly", lambda c: _share(c.rightly, c.dropped)),
        ("chrome gone", lambda c: _share(c.gone, c.chrome)),
        ("title right", lambda c: _share(c.titles, c.pages)),
    ]
    print("| pages | source | publisher's | n | " + " | ".join(name for name, _ in columns) + " |")
    print("| --- " * (len(columns) + 4) + "|")
    order = ("seeds, alone", "seeds, folder", "unseen, alone", "unseen, folder", "extracted")
    for row, group, adjusted in sorted(totals, key=lambda k: (order.index(k[0]), k[1] != "all", k)):
        count = totals[row, group, adjusted]
        figures = [f"{measure(count):.2f}" for _, measure in columns]
        if row == "extracted":  # nothing was printed around these
            figures[3:] = ["", ""]
        kind = "chrome" if adjusted else "article"
        print(f"| {row} | {group} | {kind} | {count.pages} | " + " | ".join(figures) + " |")


def _share(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 100.0


def _print_lost(totals: dict[tuple[str, str, bool], Count], number: int) -> None:
    for (row, group, adjusted), count in totals.items():
        if adjusted and group == "all" and number:
            for name, lines in (("lost", count.lost), ("kept", count.kept)):
                print(f"\n{name}, {row}: {lines.total()}")
                for line, times in lines.most_common(number):
                    print(f"{times:6} {line}")


if __name__ == "__main__":
    main()
