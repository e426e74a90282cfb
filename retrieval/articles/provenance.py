"""What an editor knows of articles: sources.toml, beside them or in a folder above.

    [default]                           # for every article of the folder and of those below it
    source = "الجزيرة"

    ["000_93b21bcfa360256c"]            # the id of an article
    source = "بوابة روزا اليوسف"
    published = "2021-03-30"            # YYYY-MM-DD, YYYY-MM or YYYY
    evidence = "…"                      # a quotation of the article that supports the date
    title = "…"
    url = "https://…"

With `evidence` the date is *estimated* and the quotation must occur in the article; without it the
date is the *editor*'s word. A default fills in what the article itself does not state; an entry of
the article corrects what it states. The nearer file wins, field by field.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from retrieval.articles.fields import parse_date
from retrieval.documents import Article, Basis, Source
from retrieval.errors import CorpusError

FILE_NAME = "sources.toml"
DEFAULT = "default"
_FIELDS = ("source", "published", "evidence", "title", "url")
_STATED = (Basis.STATED, Basis.EDITOR)

_Entry = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SourcesFile:
    """The entries of one sources.toml, by article id."""

    path: Path
    entries: Mapping[str, _Entry]


@dataclass(frozen=True, slots=True)
class Sources:
    """What every sources.toml from a corpus folder down to a file's own says; outermost first."""

    files: Sequence[SourcesFile]

    @classmethod
    def of(cls, file: Path, root: Path) -> Self:
        """Read each sources.toml from `root` down to the folder of `file`; none, no entries.

        Raises:
            CorpusError: If one is not TOML or has a field that is unknown or not text.
        """
        folders = [file.parent]
        while folders[0] != root and root in folders[0].parents:
            folders.insert(0, folders[0].parent)
        return cls([_read(folder / FILE_NAME) for folder in folders])

    def complete(self, article: Article) -> Article:
        """Return `article` with what the editor knows of it.

        Raises:
            CorpusError: If a date is none, or its evidence does not occur in the article.
        """
        default = _merged([(file, file.entries.get(DEFAULT, {})) for file in self.files])
        missing = {name: value for name, value in default.items() if _lacks(article, name)}
        own = _merged([(file, file.entries.get(article.id, {})) for file in self.files])
        return _applied(article, _merged_pair(missing, own))

    def ids(self) -> Iterator[tuple[Path, str]]:
        """Yield the articles that have an entry, with the file it stands in."""
        for file in self.files:
            for article_id in file.entries:
                if article_id != DEFAULT:
                    yield file.path, article_id


# A value with the file that gave it, for messages.
_Values = dict[str, tuple[str, Path]]


def _merged(layers: Sequence[tuple[SourcesFile, _Entry]]) -> _Values:
    merged: _Values = {}
    for file, entry in layers:
        values = {name: (value, file.path) for name, value in entry.items()}
        merged = _merged_pair(merged, values)
    return merged


def _merged_pair(outer: _Values, inner: _Values) -> _Values:
    """Join two layers; a date brings its own evidence or none, never that of another date."""
    kept = {name: v for name, v in outer.items() if name != "evidence" or "published" not in inner}
    return {**kept, **inner}


def _lacks(article: Article, name: str) -> bool:
    if name == "source":
        return article.source.basis not in _STATED
    if name in ("published", "evidence"):
        return article.published.basis not in _STATED
    if name == "title":
        return article.title_basis not in _STATED
    return article.url is None


def _applied(article: Article, values: _Values) -> Article:
    changes: dict[str, Any] = {}
    if "published" in values:
        value, path = values["published"]
        where = f"{path}: {article.id}"
        evidence = values.get("evidence", (None, path))[0]
        if evidence is not None and evidence not in article.body:
            raise CorpusError(f"{where}: evidence does not occur in the article: {evidence!r}")
        basis = Basis.EDITOR if evidence is None else Basis.ESTIMATED
        changes["published"] = parse_date(value, basis, f"{where}: published")
    if "source" in values:
        changes["source"] = Source(values["source"][0], Basis.EDITOR)
    if "title" in values:
        changes |= {"title": values["title"][0], "title_basis": Basis.EDITOR}
    if "url" in values:
        changes["url"] = values["url"][0]
    return replace(article, **changes) if changes else article


def _read(path: Path) -> SourcesFile:
    modified = path.stat().st_mtime_ns if path.is_file() else None
    return SourcesFile(path, {} if modified is None else _parsed(path, modified))


@lru_cache(maxsize=64)
def _parsed(path: Path, _modified: int) -> Mapping[str, _Entry]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
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
    if "evidence" in entry and "published" not in entry:
        raise CorpusError(f"{where}: evidence without published; give the date that it supports")
