"""What a web page states of its article outside the text: title, source, date, address."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from retrieval.articles.fields import dated
from retrieval.articles.findings import Remark
from retrieval.documents import Basis, Published, Source

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_ARTICLE_TYPES = re.compile(r"(?:\w*Article|\w*BlogPosting|Report)\Z", re.ASCII)
_DATE_NAMES = (
    *("article:published_time", "og:article:published_time", "article:published"),
    *("datepublished", "dc.date.issued", "dcterms.issued", "dc.date", "pubdate", "publishdate"),
    *("publish-date", "publish_date", "publication_date", "parsely-pub-date", "sailthru.date"),
    "date",
)
_NO_LETTER = re.compile(r"[\W_]+")
_LONGEST_VALUE = 2000
_SURROGATE = re.compile("[\ud800-\udfff]")
_SITE_PART = r"\s+[|\-–—:·»«]+\s+{}\Z"


class Metadata:
    """What a page states of its article outside the text: nothing is guessed from an address."""

    def __init__(self, tree: "HtmlElement") -> None:
        self._tree = tree
        self._values: defaultdict[str, list[str]] = defaultdict(list)
        for meta in tree.iter("meta"):
            content = _value(meta.get("content"))
            for attribute in ("property", "name", "itemprop"):
                name = meta.get(attribute)
                if name and content:
                    self._values[name.strip().lower()].append(content)
        self._articles = list(_json_articles(tree))
        self.source = self._source()
        self.title = self._title()

    def _first(self, *names: str) -> str:
        return next((self._values[name][0] for name in names if self._values.get(name)), "")

    def _stated(self, name: str) -> list[str]:
        """Return the values of a property in the JSON-LD of the page's articles."""
        return [text for article in self._articles if (text := _value(article.get(name)))]

    def _source(self) -> Source:
        publishers = (article.get("publisher") for article in self._articles)
        names = (_value(p.get("name")) for p in publishers if isinstance(p, dict))
        name = (
            self._first("og:site_name")
            or next(filter(None, names), "")
            or self._first("application-name")
        )
        return Source(name, Basis.STATED) if name else Source()

    def _title(self) -> str:
        """Return the heading that the metadata confirms, else what the metadata has."""
        own = [*self._stated("headline")[:1], self._first("og:title")]
        own = [title for title in map(self._without_site, own) if title]
        page = self._without_site(self._page_title())
        headings = [_value(heading.text_content()) for heading in self._tree.iter("h1")]
        headings = [h for h in headings if letters(h) and h != self.source.name]
        for heading in headings:
            if any(_same_title(heading, title) for title in (*own, page) if title):
                return heading
        only = headings if len(headings) == 1 else []
        return next(iter([*own, *only, page]))

    def _page_title(self) -> str:
        title = self._tree.find(".//head/title")
        return "" if title is None else _value(title.text_content())

    def _without_site(self, title: str) -> str:
        name = self.source.name
        if not name or not title.endswith(name):
            return title
        return "" if title == name else re.sub(_SITE_PART.format(re.escape(name)), "", title)

    @property
    def url(self) -> str | None:
        """The address that the page gives as its own."""
        links = (link for link in self._tree.iter("link") if link.get("rel") == "canonical")
        addresses = [*(_value(link.get("href")) for link in links), self._first("og:url")]
        return next(filter(_is_address, addresses), None)

    @property
    def abstract(self) -> str | None:
        """The description of the article."""
        return self._first("og:description", "description") or None

    def published(self, where: str) -> tuple[Published, tuple[Remark, ...]]:
        """Return the date that the page states, and what is wrong with others that it states.

        Where one kind of metadata gives several days none of them is believed.
        """
        remarks: tuple[Remark, ...] = ()
        for values in self._dates():
            found = [dated(value, where) for value in dict.fromkeys(values)]
            remarks += tuple(remark for _, wrong in found for remark in wrong)
            days = {date for date, _ in found if date.value}
            if len(days) == 1:
                return days.pop(), remarks
            if days:
                named = ", ".join(sorted(str(day.value) for day in days))
                remarks += (Remark(where, f"its page states several dates ({named}), none taken"),)
        return Published(), remarks

    def _dates(self) -> Iterator[list[str]]:
        yield self._stated("datePublished")
        yield from (self._values[name] for name in _DATE_NAMES if name in self._values)
        properties = self._tree.iterfind(".//*[@itemprop='datePublished']")
        yield [shown_value(element) for element in properties if element.tag != "meta"]
        yield [shown_value(element) for element in self._tree.iterfind(".//time[@pubdate]")]


def _value(value: object) -> str:
    """Return a text of the metadata on one line; empty for what is none."""
    if not isinstance(value, str) or len(value) > _LONGEST_VALUE or _SURROGATE.search(value):
        return ""
    return " ".join(value.replace("\0", " ").split())


def shown_value(element: "HtmlElement") -> str:
    """Return what an element gives as its value, else its text."""
    value = element.get("content") or element.get("datetime") or element.text_content()
    return _value(value)


def _same_title(heading: str, title: str) -> bool:
    short, long = sorted((letters(heading), letters(title)), key=len)
    return short in long and 2 * len(short) >= len(long)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in url


def _json_articles(tree: "HtmlElement") -> Iterator[dict[str, Any]]:
    """Yield the articles that the page describes in JSON-LD; what is only listed is left out."""
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            queue = [json.loads(script.text or "", strict=False)]
        except (ValueError, RecursionError):
            continue
        for node in queue:  # which grows
            if isinstance(node, list):
                queue += node
            elif isinstance(node, dict):
                types = node.get("@type")
                names = types if isinstance(types, list) else [types]
                if any(isinstance(n, str) and _ARTICLE_TYPES.match(n) for n in names):
                    yield node
                queue += [node[key] for key in ("@graph", "mainEntity") if key in node]


def letters(text: str) -> str:
    """Return the letters and digits of a text: what two prints of it have in common."""
    return _NO_LETTER.sub("", text)
