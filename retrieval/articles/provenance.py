"""What an editor knows of articles: sources.toml, beside them.

    ["000_93b21bcfa360256c"]            # the id of an article; [default] is for the whole folder
    source = "بوابة روزا اليوسف"
    published = "2021-03-30"            # YYYY-MM-DD, YYYY-MM or YYYY
    evidence = "…"                      # a quotation of the article that supports the date
    title = "…"
    url = "https://…"

With `evidence` the date is *estimated* and the quotation must occur in the article; without it the
date is the *editor*'s word.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from retrieval.articles.jsonl import parse_date
from retrieval.documents import Article, Basis, Source
from retrieval.errors import CorpusError

FILE_NAME = "sources.toml"
_DEFAULT = "default"
_FIELDS = ("source", "published", "evidence", "title", "url")


@dataclass(frozen=True, slots=True)
class Sources:
    """The entries of one sources.toml, by article id."""

    path: Path
    entries: Mapping[str, Mapping[str, str]]

    @classmethod
    def beside(cls, file: Path) -> Self:
        """Read the sources.toml in the folder of `file`; no file, no entries.

        Raises:
            CorpusError: If it is not TOML or has a field that is unknown or not text.
        """
        path = file.parent / FILE_NAME
        return cls(path, _read(path, path.stat().st_mtime_ns if path.is_file() else None))

    def complete(self, article: Article) -> Article:
        """Return `article` with what the editor knows of it.

        Raises:
            CorpusError: If a date is none, or its evidence does not occur in the article.
        """
        entry = {**self.entries.get(_DEFAULT, {}), **self.entries.get(article.id, {})}
        where = f"{self.path}: {article.id}"
        evidence = entry.get("evidence")
        if evidence is not None and evidence not in article.body:
            raise CorpusError(f"{where}: evidence does not occur in the article: {evidence!r}")
        if "published" in entry:
            basis = Basis.EDITOR if evidence is None else Basis.ESTIMATED
            published = parse_date(entry["published"], basis, f"{where}: published")
            article = replace(article, published=published)
        if "source" in entry:
            article = replace(article, source=Source(entry["source"], Basis.EDITOR))
        if "title" in entry:
            article = replace(article, title=entry["title"], title_basis=Basis.EDITOR)
        if "url" in entry:
            article = replace(article, url=entry["url"])
        return article


@lru_cache(maxsize=64)
def _read(path: Path, modified: int | None) -> Mapping[str, Mapping[str, str]]:
    if modified is None:
        return {}
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CorpusError(f"{path}: not readable as TOML ({error})") from error
    for article_id, entry in data.items():
        _check(entry, f"{path}: {article_id}")
    return data


def _check(entry: Any, where: str) -> None:
    if not isinstance(entry, dict):
        raise CorpusError(f"{where}: should be a table, as in [{where.rsplit(' ', 1)[-1]!r}]")
    for name, value in entry.items():
        if name not in _FIELDS:
            raise CorpusError(f"{where}: unknown field {name!r}; known are {', '.join(_FIELDS)}")
        if not isinstance(value, str) or not value.strip():
            raise CorpusError(f"{where}: {name} should be text in quotation marks")
