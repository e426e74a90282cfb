"""What is known of an article, and of the archive as a whole -> messages. Pure, as `cards`."""

from collections.abc import Iterable

from telegram import MessageEntity

from bot.composing import Composer, Message, short
from bot.editing_texts import EditingTexts
from bot.texts import Texts, isolated
from retrieval.documents import Article, Basis, Published
from retrieval.overview import Overview

_TITLE = 600  # UTF-16 units; all in all a message has 4096
_NAME = 200
_URL = 500
_FILE_NAME = 60
_SOURCES = 30
_YEARS = 40


def article_message(
    article: Article, passages: int, texts: Texts, editing: EditingTexts, *, withdrawn: bool
) -> Message:
    """Return where an article comes from, each with its basis, and how long it is.

    Args:
        article: The article.
        passages: How many passages it has.
        texts: The reader's language.
        editing: The same language.
        withdrawn: Whether it is left out of answers.
    """
    composer = provenance(article, texts, editing)
    composer.add(f"\n{editing.length.format(characters=len(article.body), passages=passages)}")
    if article.dropped:
        composer.add(f"\n{editing.dropped.format(count=len(article.dropped))}")
    if withdrawn:
        composer.add(f"\n{editing.is_withdrawn}")
    return composer.message()


def provenance(article: Article, texts: Texts, editing: EditingTexts) -> Composer:
    """Return title, source, date, address and id of an article, ready to be gone on with."""
    composer = Composer()
    composer.add(short(article.title, _TITLE) or short(article.id, _NAME), MessageEntity.BOLD)
    if article.title_basis is Basis.ESTIMATED:
        composer.add(f" ({texts.title_from_text})")
    name = article.source.name
    source = texts.unknown if name is None else isolated(short(name, _NAME))
    basis = "" if name is None else f" ({texts.bases[article.source.basis]})"
    composer.add(f"\n{texts.source}: {source}{basis}")
    composer.add(f"\n{texts.published}: {_date(article.published, texts, editing)}")
    if article.url:
        composer.add(f"\n{texts.link}: {isolated(short(article.url, _URL))}")
    composer.add(f"\n{texts.identifier}: ")
    composer.add_isolated(short(article.id, _NAME), MessageEntity.CODE)
    return composer


def overview_message(overview: Overview, texts: Texts, editing: EditingTexts) -> Message:
    """Return how many articles there are by source and by year; the first of each, if many."""
    lines = [editing.overview.format(articles=texts.count_articles(overview.articles))]
    sources = list(overview.sources[:_SOURCES])
    if overview.unknown:
        sources.append((editing.unknown_source, overview.unknown))
    lines += ["", editing.by_source, *_counts(sources, editing)]
    if len(overview.sources) > _SOURCES:
        lines.append(editing.more_sources.format(count=len(overview.sources) - _SOURCES))
    years = [(str(year), count) for year, count in overview.years[-_YEARS:]]
    if overview.undated:
        years.append((editing.undated, overview.undated))
    lines += ["", editing.by_year, *_counts(years, editing)]
    return Message("\n".join(lines))


def file_name(article_id: str) -> str:
    """Return a name for a text file of an article, whatever its id is made of."""
    kept = "".join(c if c.isalnum() or c in "-_." else "_" for c in article_id)
    return f"{kept[:_FILE_NAME].strip('.') or 'article'}.txt"


def _counts(counted: Iterable[tuple[str, int]], editing: EditingTexts) -> list[str]:
    return [
        editing.count.format(name=isolated(short(name, _NAME // 4)), count=count)
        for name, count in counted
    ]


def _date(published: Published, texts: Texts, editing: EditingTexts) -> str:
    if published.value is None or published.precision is None:
        return texts.unknown
    return f"{texts.date(published)}{texts.comma} {editing.precisions[published.precision]}"
