"""Reading a corpus: files and folders in, articles out, and what was passed over and why."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from retrieval.articles import text
from retrieval.articles.files import files, fingerprint
from retrieval.articles.findings import Remark, Skipped
from retrieval.articles.provenance import Sources
from retrieval.articles.withdrawals import FILE_NAME as WITHDRAWN
from retrieval.articles.withdrawals import read_withdrawn
from retrieval.documents import Article
from retrieval.errors import CorpusError

__all__ = ["Corpus", "Remark", "Skipped"]

# The modules that read a format, by the ending of a file's name; loaded when one is met.
_READERS = {
    ".md": "markdown",
    ".html": "webpage",
    ".htm": "webpage",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".xml": "trec",
    ".trec": "trec",
    ".sgml": "trec",
}
_TEXT = ".txt"
_PAGES = 200  # pages of a folder that are looked at to learn which lines they share

# A right-to-left override (U+202E) shows what follows it, up to its end mark, in another order
# than it stands. Around Arabic alone it changes nothing.
_OVERRIDE = re.compile("\u202e([^\u202c\n]*)(\u202c?)")
_ARABIC = re.compile("[\u0590-\u08ff\ufb1d-\ufeff]")


@dataclass(slots=True)
class Corpus:
    """The articles under some paths; iterate over it once, then look at the findings.

    What cannot be read, an article without text, one that is withdrawn and an id met before are
    passed over and listed in `skipped`. What an editor should know of articles that are in is
    listed in `remarks`: a date that could not be read, a body that stands under two ids, an entry
    for no article. A path that does not exist or a wrong entry in sources.toml or withdrawn.toml
    is an error.
    """

    paths: Sequence[Path]
    skipped: list[Skipped] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def __iter__(self) -> Iterator[Article]:
        """Yield the articles, in the order of the paths and of the names within a folder.

        Raises:
            CorpusError: If a path does not exist, or sources.toml or withdrawn.toml is wrong.
        """
        ids: dict[str, Path] = {}
        bodies: dict[str, str] = {}
        entries: dict[tuple[Path, str], None] = {}
        withdrawn = read_withdrawn(self.paths)
        absent = dict(withdrawn)
        for path in self.paths:
            repeated = _Repeated()
            root = path if path.is_dir() else path.parent
            for file in files(path):
                if isinstance(file, Skipped):
                    self.skipped.append(file)
                    continue
                sources = Sources.of(file, root)
                entries |= dict.fromkeys(sources.ids())
                for article in self._articles(file, repeated):
                    absent.pop(article.id, None)
                    why = withdrawn.get(article.id) or _refusal(article, ids)
                    if why:
                        self.skipped.append(Skipped(f"{file}: {article.id}", why))
                        continue
                    ids[article.id] = file
                    twin = bodies.setdefault(article.sha256, article.id)
                    if twin != article.id:
                        self.remarks.append(Remark(article.id, f"has the same text as {twin}"))
                    yield sources.complete(article)
        self.remarks += [
            Remark(f"{file}: {article_id}", "no article of the corpus has this id")
            for file, article_id in entries
            if article_id not in ids and article_id not in withdrawn
        ]
        self.remarks += [
            Remark(f"{WITHDRAWN}: {article_id}", "no article of the corpus has this id")
            for article_id in absent
        ]

    def fingerprint(self) -> str:
        """Return a digest of every file's name and bytes: equal if and only if nothing changed.

        Raises:
            CorpusError: If a path does not exist.
        """
        return fingerprint(self.paths)

    def _articles(self, file: Path, repeated: "_Repeated") -> Iterator[Article]:
        name = next((n for ending, n in _READERS.items() if file.name.endswith(ending)), None)
        found: Iterator[Article | Skipped | Remark]
        if file.name.endswith(_TEXT):
            found = text.read(file, repeated.lines(file))
        elif name is not None:
            found = import_module(f"{__name__}.{name}").read(file)
        else:
            known = ", ".join((_TEXT, *_READERS))
            self.skipped.append(Skipped(str(file), f"not one of {known}"))
            return
        while True:
            try:
                item = next(found, None)
            except CorpusError as error:
                self.skipped.append(Skipped(str(file), str(error)))
                return
            if item is None:
                return
            if isinstance(item, Skipped):
                self.skipped.append(item)
            elif isinstance(item, Remark):
                self.remarks.append(item)
            else:
                yield item


class _Repeated:
    """The lines that the text pages of a folder share; folders are met one after the other."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._lines: frozenset[str] = frozenset()

    def lines(self, file: Path) -> frozenset[str]:
        """Return the keys of the lines that the pages beside `file` share with it."""
        if file.parent != self._folder:
            self._folder = file.parent
            self._lines = text.repeated_in(file.parent, _PAGES)
        return self._lines


def _refusal(article: Article, ids: dict[str, Path]) -> str | None:
    """Return why an article cannot be let in, or None."""
    if article.id in ids:
        return f"id {article.id!r} is already taken by {ids[article.id]}"
    if not article.body.strip():
        return "has no text"
    fields = (article.id, article.title, article.source.name, article.url, article.body)
    texts = [value for value in fields if value]
    if any("\0" in value for value in texts):
        return "has a NUL character in it"
    if any(_misleads(value) for value in texts):
        return "has a right-to-left override (U+202E), which shows letters in another order"
    return None


def _misleads(text: str) -> bool:
    return any(
        not match[2] or any(c.isalnum() and not _ARABIC.match(c) for c in match[1])
        for match in _OVERRIDE.finditer(text)
    )
