"""What is known of each article's origin and what is missing, for the editor who completes it."""

import json
from collections.abc import Iterable, Iterator

from retrieval.documents import DATED, Article, Basis

FIELDS = ("title", "source", "published", "url")
_EXAMPLES = {
    "title": "…",
    "source": "…",
    "published": "YYYY-MM-DD",
    "url": "https://…",
}


def missing(article: Article) -> list[str]:
    """Return which of `FIELDS` are not known of an article.

    A title that is its first sentence, and a date that is only its page's, are not known.
    """
    known = {
        "title": article.title_basis is not Basis.ESTIMATED and bool(article.title),
        "source": article.source.name is not None,
        "published": article.published.basis in DATED,
        "url": article.url is not None,
    }
    return [name for name in FIELDS if not known[name]]


def lines(articles: Iterable[Article], *, only_missing: bool = False) -> Iterator[str]:
    """Yield a line for each article, fields set apart by tabs, and a summary at the end.

    A field that is not known is `-`; a basis stands behind what is known.
    """
    count = 0
    lacking = dict.fromkeys(FIELDS, 0)
    for article in articles:
        count += 1
        gaps = missing(article)
        for name in gaps:
            lacking[name] += 1
        if gaps or not only_missing:
            yield _line(article)
    gaps_told = ", ".join(f"{name} of {number}" for name, number in lacking.items() if number)
    yield f"{count} articles; not known: {gaps_told or 'nothing'}"


def _line(article: Article) -> str:
    source, published = article.source, article.published
    fields = (
        article.id,
        f"{published.value} ({published.basis})" if published.value else "-",
        f"{source.name} ({source.basis})" if source.name else "-",
        article.url or "-",
        f"{' '.join(article.title.split())} ({article.title_basis})" if article.title else "-",
    )
    return "\t".join(fields)


def template(articles: Iterable[Article]) -> Iterator[str]:
    """Yield the lines of a sources.toml to fill in: what is missing of each article, as comments.

    An empty table is valid, so a template changes nothing until something is filled in.
    """
    for article in articles:
        gaps = missing(article)
        if gaps:
            yield f"[{json.dumps(article.id, ensure_ascii=False)}]  # {_comment(article.title)}"
            for name in gaps:
                yield f'# {name} = "{_EXAMPLES[name]}"'
            yield ""


def _comment(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:100]
