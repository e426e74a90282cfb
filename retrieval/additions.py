"""Articles that somebody sends: what they would be in a corpus, and putting them there.

They are read by the corpus's own readers, in a temporary folder that has the sources.toml files
their places have in the corpus, so that what is shown is what will be.
"""

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from retrieval import atomic
from retrieval.articles import Corpus, Remark, Skipped, tables
from retrieval.articles.captions import OF_ONE
from retrieval.articles.provenance import DEFAULT
from retrieval.articles.provenance import FILE_NAME as SOURCES
from retrieval.documents import Article
from retrieval.errors import CorpusError

Files = Mapping[str, bytes]
"""What was sent, by names as `packages.unpack` returns them."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What files would be in a corpus.

    Attributes:
        articles: The articles, as they would be.
        skipped: What would be passed over, and why.
        remarks: What an editor should know.
        replaced: The files of the corpus they would take the place of, by their names in it.
        elsewhere: Ids that the archive has from another file, which stays.
    """

    articles: tuple[Article, ...]
    skipped: tuple[Skipped, ...]
    remarks: tuple[Remark, ...]
    replaced: tuple[str, ...]
    elsewhere: tuple[str, ...]


def preview(
    corpus: Path,
    files: Files,
    caption: Mapping[str, str],
    known: Callable[[Sequence[str]], Sequence[str]],
) -> Preview:
    """Read files as a corpus would, with what a caption says of them.

    What the text pages of a folder share is told from these files alone: beside others, a line more
    can be known as their page's.

    Args:
        corpus: The folder of the corpus.
        files: What was sent.
        caption: Fields of sources.toml for every article.
        known: Of which of some ids the archive has an article.

    Raises:
        CorpusError: If there is no article in them, or the caption cannot be true of them.
        OSError: If the temporary folder cannot be written, or the corpus not be read.
    """
    with _laid_out(files) as folder:
        plain = Corpus([folder])
        ids = [article.id for article in plain]
        if not ids:
            why = [_inside(f"{one.what}: {one.why}", folder) for one in plain.skipped]
            raise CorpusError("; ".join(why) or "there is no article in it")
        _check(ids, caption)
        for sources in _sources(corpus, files):
            shutil.copyfile(corpus / sources, folder / sources)
        _say(folder, ids, caption)
        read = Corpus([folder])
        articles = tuple(read)
        skipped = tuple(
            Skipped(_inside(one.what, folder), _inside(one.why, folder)) for one in read.skipped
        )
        remarks = tuple(
            Remark(_inside(one.what, folder), one.why)
            for one in read.remarks
            if SOURCES not in one.what  # entries for the articles of the corpus
        )
    replaced, ids_there = _taken(corpus, files, set(ids))
    elsewhere = known([one for one in ids if one not in ids_there])
    return Preview(articles, skipped, remarks, replaced, tuple(elsewhere))


def add(
    corpus: Path, files: Files, caption: Mapping[str, str], ids: Sequence[str], replaced: Files
) -> None:
    """Put files into a corpus; all of them, or none if one cannot be written.

    Args:
        corpus: The folder of the corpus.
        files: What was sent.
        caption: Fields of sources.toml for every article.
        ids: The articles' ids.
        replaced: The files they take the place of, with what those hold.

    Raises:
        CorpusError: If the sources.toml of the corpus is wrong, or a name leads out of the corpus.
        OSError: If something cannot be written.
    """
    root = corpus.resolve()
    for name in files:
        if not (corpus / name).resolve().is_relative_to(root):
            raise CorpusError(f"{name}: a link out of the corpus")
    said = corpus / SOURCES
    before = said.read_bytes() if said.is_file() else None
    with ExitStack() as undo:
        # First what is known of them: an entry without its article harms nothing.
        _say(corpus, ids, caption)
        undo.callback(_put_back, said, before)
        for name, content in files.items():
            (corpus / name).parent.mkdir(parents=True, exist_ok=True)
            atomic.write(corpus / name, content)
            undo.callback(_put_back, corpus / name, replaced.get(name))
        for name in replaced.keys() - files.keys():
            (corpus / name).unlink()
            undo.callback(_put_back, corpus / name, replaced[name])
        undo.pop_all()  # nothing to undo any more


def read_replaced(corpus: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Return what files of a corpus hold, by their names in it.

    Raises:
        OSError: If one cannot be read.
    """
    return {name: (corpus / name).read_bytes() for name in names}


def _check(ids: Sequence[str], caption: Mapping[str, str]) -> None:
    if caption and DEFAULT in ids:
        raise CorpusError(f"{DEFAULT!r} stands for every article in {SOURCES}; rename the file")
    of_one = [field for field in OF_ONE if field in caption]
    if of_one and len(ids) > 1:
        raise CorpusError(f"{', '.join(of_one)}: of one article only, and there are {len(ids)}")


def _say(folder: Path, ids: Sequence[str], caption: Mapping[str, str]) -> None:
    if caption:
        tables.put(folder / SOURCES, dict.fromkeys(ids, caption))


def _sources(corpus: Path, files: Files) -> list[Path]:
    """Return the sources.toml files that say something of these places, by their names."""
    folders = {folder for name in files for folder in PurePosixPath(name).parents}
    return [Path(one) / SOURCES for one in folders if (corpus / one / SOURCES).is_file()]


def _taken(corpus: Path, files: Files, wanted: Collection[str]) -> tuple[tuple[str, ...], set[str]]:
    """Return the files of the corpus these take the place of, and the ids of their articles.

    One of the same name, and one that is named after a wanted id and holds that article alone.
    """
    replaced: list[str] = []
    found: set[str] = set()
    for path in sorted(corpus.rglob("*")):
        name = path.relative_to(corpus).as_posix()
        if name not in files and (path.stem not in wanted or path.suffix == ".toml"):
            continue
        if not path.is_file() or any(part.startswith(".") for part in name.split("/")):
            continue
        ids = _ids({path.name: path.read_bytes()})
        if name in files or (len(ids) == 1 and ids <= set(wanted)):
            replaced.append(name)
            found |= ids
    return tuple(replaced), found


def _ids(files: Files) -> set[str]:
    # In a folder of its own, because an article of the corpus can be withdrawn there.
    with _laid_out(files) as folder:
        return {article.id for article in Corpus([folder])}


@contextmanager
def _laid_out(files: Files) -> Iterator[Path]:
    """Write files into a temporary folder."""
    with TemporaryDirectory(prefix="isnad-") as name:
        folder = Path(name)
        for file, content in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)
        yield folder


def _put_back(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        atomic.write(path, content)


def _inside(text: str, folder: Path) -> str:
    return text.replace(f"{folder}/", "")
