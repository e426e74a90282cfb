"""Articles are prepared in one reading, here or on other cores, and it comes to the same."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from conftest import ROOT, SEEDS, silent
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval import arabic, preparation
from retrieval.analysis import analysed
from retrieval.articles import Corpus
from retrieval.concepts import thesaurus
from retrieval.copies import packed, shingles
from retrieval.documents import Article, Basis
from retrieval.encoder import BUNDLED
from retrieval.errors import KilledError
from retrieval.lexical import Indexed
from retrieval.passages import split
from retrieval.preparation import PreparedArticle, matched_text, prepare, prepared
from retrieval.publishing import publish_new

# Expressions of several words, whole and cut by what ends a sentence.
PIECES = st.sampled_from(
    [
        "الأمم", "المتحدة", "الاتحاد", "الأوروبي", "البيت", "الأبيض", "رئيس", "الوزراء", "كأس",
        "العالم", "د", "1,300", "2017", "Paris", "ﷺ", "قالَ", ". ", "؟ ", "! ", "\n", "\n\n",
        "... ", "، ", "» ", "«", " ", " ", " ",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, min_size=1, max_size=60).map(" ".join)


def assert_read_once(article: Article) -> None:
    """What is read together is what each part has by itself."""
    ready = prepare(article, split)
    assert [new.passage for new in ready.passages] == list(split(article))
    assert ready.title.units == analysed(article.title).units
    for new in ready.passages:
        text = new.passage.text
        whole = analysed(matched_text(article, text))
        assert new.units == whole.units
        assert new.indexed == Indexed.of(whole)
        assert new.wording == packed(shingles(text))
        assert new.titled == (matched_text(article, text) != text.strip())
        for start, end, _, units in new.sentences:
            words = arabic.words(text[start:end])
            assert units == (*words, *thesaurus().terms(words))
        assert all(one.end <= other.start for one, other in pairwise(new.sentences))


@settings(deadline=None, max_examples=200)
@given(TEXTS, TEXTS)
def test_one_reading_finds_what_reading_for_each_index_does(title: str, body: str) -> None:
    assert_read_once(Article("a", title, body))
    assert_read_once(Article("a", title, f"{title}\n{body}", title_basis=Basis.ESTIMATED))


@pytest.mark.parametrize("article", list(Corpus([SEEDS])), ids=lambda article: article.id)
def test_an_article_of_the_starting_archive_is_read_once(article: Article) -> None:
    assert_read_once(article)


def many() -> list[Article]:
    texts = [article.body for article in Corpus([SEEDS])]
    return [Article(f"a{n}", f"خبر {n}", f"{n}. {texts[n % len(texts)]}") for n in range(60)]


def all_prepared(articles: Iterable[Article]) -> list[tuple[Article, PreparedArticle | None]]:
    return list(prepared(articles, lambda article: article.id.endswith("3"), split))


def others(monkeypatch: pytest.MonkeyPatch, count: int) -> Callable[[], Sequence[BaseProcess]]:
    """Have so many other processes prepare from the first article on; return what tells which."""
    before = multiprocessing.active_children()
    monkeypatch.setattr(preparation, "_ALONE", 0)
    monkeypatch.setattr(preparation, "_CHUNK", 10_000)
    monkeypatch.setattr(preparation, "_cores", lambda: count + 1)
    return lambda: [one for one in multiprocessing.active_children() if one not in before]


def test_other_processes_prepare_the_same_in_the_same_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = all_prepared(many())
    running = others(monkeypatch, 2)
    assert all_prepared(many()) == alone
    assert [article.id for article, _ in alone] == [article.id for article in many()]
    assert [n for n, (_, ready) in enumerate(alone) if ready is None] == list(range(3, 60, 10))
    assert not running()


def test_a_process_that_is_killed_while_it_prepares_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = others(monkeypatch, 1)

    def killing() -> Iterable[Article]:
        for number, article in enumerate(many()):
            if number == 40:
                (process,) = running()
                os.kill(process.pid or 0, signal.SIGKILL)
            yield article

    with pytest.raises(KilledError, match="enough memory"):
        all_prepared(killing())
    assert not running()


def test_nobody_who_stops_listening_leaves_a_process_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = others(monkeypatch, 1)
    stream = prepared(many(), lambda _: False, split)
    next(stream)
    assert running()
    stream.close()
    assert not running()


def test_a_build_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    script = (
        "import multiprocessing, time\n"
        "from retrieval import preparation\n"
        "from retrieval.documents import Article\n"
        "from retrieval.passages import split\n"
        "if __name__ == '__main__':\n"
        "    preparation._ALONE, preparation._cores = 0, lambda: 2\n"
        "    articles = (Article(f'{n}', 'خبر', 'جملة قصيرة. ' * 20_000) for n in range(9))\n"
        "    stream = preparation.prepared(articles, lambda article: False, split)\n"
        "    next(stream)\n"
        "    print(*[each.pid for each in multiprocessing.active_children()], flush=True)\n"
        "    time.sleep(60)\n"
    )
    # A file: other processes begin by importing what is run here.
    file = tmp_path / "builds.py"
    file.write_text(script, encoding="utf-8")
    with subprocess.Popen([sys.executable, file], stdout=subprocess.PIPE, cwd=ROOT) as build:
        assert build.stdout is not None
        (other,) = map(int, build.stdout.readline().split())
        assert Path(f"/proc/{other}").is_dir()
        build.kill()
    ends = time.monotonic() + 30
    while Path(f"/proc/{other}").is_dir():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_an_archive_that_is_large_enough_is_built_with_other_processes(tmp_path: Path) -> None:
    texts = [article.body for article in Corpus([SEEDS])]
    lines: list[str] = []
    characters = 0
    while characters < 1.5 * preparation._ALONE:
        text = f"{len(lines)}. {texts[len(lines) % len(texts)]}"
        line = {"_id": f"a{len(lines)}", "title": "خبر", "text": text}
        lines.append(json.dumps(line, ensure_ascii=False))
        characters += len(text)
    corpus = tmp_path / "articles.jsonl"
    corpus.write_text("\n".join(lines), encoding="utf-8")
    manifest = publish_new(tmp_path / "var", [corpus], BUNDLED, silent)
    assert manifest.articles == len(lines)
