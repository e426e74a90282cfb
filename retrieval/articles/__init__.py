"""Reading a corpus: files and folders in, articles out, and what was passed over and why."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.articles import jsonl, text
from retrieval.articles.provenance import FILE_NAME as SOURCES
from retrieval.articles.provenance import Sources
from retrieval.documents import Article
from retrieval.errors import CorpusError

_READERS = {".txt": text.read, ".jsonl": jsonl.read, ".jsonl.gz": jsonl.read}


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something of the corpus that is not in the archive."""

    what: str
    why: str


@dataclass(slots=True)
class Corpus:
    """The articles under some paths; iterate over it once, then look at `skipped`.

    A file that cannot be read, an article without text and an id met before are passed over and
    listed in `skipped`; a path that does not exist or a wrong entry in sources.toml is an error.
    """

    paths: Sequence[Path]
    skipped: list[Skipped] = field(default_factory=list)

    def __iter__(self) -> Iterator[Article]:
        """Yield the articles, in the order of the paths and of the names within a folder.

        Raises:
            CorpusError: If a path does not exist, or sources.toml is wrong.
        """
        seen: dict[str, Path] = {}
        for path in self.paths:
            for file in self._files(path):
                for article in self._articles(file):
                    if article.id in seen:
                        why = f"id {article.id!r} is already taken by {seen[article.id]}"
                        self.skipped.append(Skipped(str(file), why))
                    elif not article.body.strip():
                        self.skipped.append(Skipped(f"{file}: {article.id}", "has no text"))
                    else:
                        seen[article.id] = file
                        yield article

    def fingerprint(self) -> str:
        """Return a digest of every file's name and bytes: equal if and only if nothing changed."""
        digest = hashlib.sha256()
        for path in self.paths:
            for file in self._files(path, with_sources=True):
                digest.update(os.fsencode(file.relative_to(path.parent)) + b"\0")
                with file.open("rb") as content:
                    digest.update(hashlib.file_digest(content, "sha256").digest())
        return digest.hexdigest()

    @staticmethod
    def _files(path: Path, *, with_sources: bool = False) -> list[Path]:
        if path.is_file():
            sources = path.with_name(SOURCES)
            return [path, sources] if with_sources and sources.is_file() else [path]
        if not path.is_dir():
            raise CorpusError(f"{path}: no such file or folder; set ISNAD_CORPUS or --corpus")
        return sorted(
            file
            for file in path.rglob("*")
            if file.is_file()
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
            and (with_sources or file.name != SOURCES)
        )

    def _articles(self, file: Path) -> Iterator[Article]:
        name = os.fsencode(file.name).decode(errors="replace")
        if name != file.name:
            self.skipped.append(Skipped(name, "its name is not UTF-8"))
            return
        reader = next((r for ending, r in _READERS.items() if file.name.endswith(ending)), None)
        if reader is None:
            why = f"not one of {', '.join(_READERS)}"
            self.skipped.append(Skipped(str(file), why))
            return
        sources = Sources.beside(file)
        articles = reader(file)
        while True:
            try:
                article = next(articles, None)
            except CorpusError as error:
                self.skipped.append(Skipped(str(file), str(error)))
                return
            if article is None:
                return
            yield sources.complete(article)
