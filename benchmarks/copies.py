"""How long it takes to find the copies of an archive, how many there are, and how many are missed.

    python benchmarks/copies.py --corpus PATH... [--examples N]

Finds the passages that say the same in a quarter of the articles, in half of them and in all.
Then counts, for a sample of passages, what every passage of the archive shares with them, and
compares: that join misses nothing, and takes time that grows with the square of the archive.
Last comes how much of their wording articles share that share a passage.
"""

import argparse
import platform
import resource
import time
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

from retrieval.articles import Corpus
from retrieval.copies import (
    COMMON,
    COPY,
    FEWEST,
    CopyFinder,
    Near,
    containment,
    packed,
    same,
    shingles,
)
from retrieval.documents import Article
from retrieval.passages import split

_PARTS = (4, 2, 1)
_SAMPLE = 3000  # passages of the exact join
_ARTICLES = 2000  # pairs of articles whose wording is compared
_PAGE = resource.getpagesize()
_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Archive:
    """Articles, and for each passage its article and its text."""

    articles: list[Article]
    owners: list[Article]
    texts: list[str]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, action="append", required=True)
    parser.add_argument("--examples", type=int, default=0, help="pairs to print of each kind")
    options = parser.parse_args()
    chance = Random(1)
    articles = list(Corpus(options.corpus))
    print(f"machine: {platform.machine()}, Python {platform.python_version()}")
    print("articles passages    CPU s  passages/s    MB  candidates    pairs   common")
    for part in _PARTS:
        chosen = sorted(chance.sample(range(len(articles)), len(articles) // part))
        archive = _archive([articles[number] for number in chosen])
        finder, pairs = _measured(archive)
    _print_groups(archive, finder, pairs)
    _print_recall(archive, finder, pairs, chance)
    _print_articles(archive, pairs, chance, options.examples)
    for low, high in pairwise((0.5, 0.6, 0.8, 1.01)):
        found = [pair for pair in pairs if low <= pair.containment < high]
        for pair in chance.sample(found, min(options.examples, len(found))):
            print(f"\n{pair.containment:.2f} {archive.owners[pair.row].id}, ", end="")
            print(f"{archive.owners[pair.other].id}")
            for row in (pair.row, pair.other):
                print(f"  {' '.join(archive.texts[row].split())}")


def _archive(articles: list[Article]) -> Archive:
    passages = [(article, passage.text) for article in articles for passage in split(article)]
    return Archive(articles, [owner for owner, _ in passages], [text for _, text in passages])


def _measured(archive: Archive) -> tuple[CopyFinder, list[Near]]:
    before = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    started = time.process_time()
    finder = CopyFinder()
    for text in archive.texts:
        finder.add(packed(shingles(text)))
    pairs = list(finder.near())
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f"{len(archive.articles):8} {len(archive.texts):8} {seconds:8.1f} "
        f"{len(archive.texts) / seconds:11.0f} {max(0, peak - before) / _MEGABYTE:5.0f} "
        f"{finder.candidates:11} {len(pairs):8} {finder.common:8}"
    )
    return finder, pairs


def _print_groups(archive: Archive, finder: CopyFinder, pairs: list[Near]) -> None:
    sizes = Counter(finder.twins)
    groups = [size for size in sizes.values() if size > 1]
    owners = archive.owners
    others = [pair for pair in pairs if owners[pair.row].id != owners[pair.other].id]
    sources = sum(owners[p.row].source.name != owners[p.other].source.name for p in others)
    print(f"\npassages of equal wording: {sum(groups)} in {len(groups)} groups")
    print(f"largest groups: {sorted(groups, reverse=True)[:5]}")
    print(f"pairs nearly the same: {len(pairs)}, of two articles {len(others)}, sources {sources}")


def _print_recall(archive: Archive, finder: CopyFinder, pairs: list[Near], chance: Random) -> None:
    """Join a sample with the whole archive by an inverted index, and compare."""
    firsts = sorted(set(finder.twins))
    wordings = {row: array("Q", sorted(shingles(archive.texts[row]))) for row in firsts}
    counts = Counter(shingle for wording in wordings.values() for shingle in wording)
    common = {shingle for shingle, count in counts.items() if count > COMMON}
    counts.clear()
    sample = chance.sample(firsts, min(_SAMPLE, len(firsts)))
    sampled = {row: frozenset(wordings[row]) - common for row in sample}
    rows_with: defaultdict[int, list[int]] = defaultdict(list)
    for row, telling in sampled.items():
        for shingle in telling:
            rows_with[shingle].append(row)
    jaccards = {}
    for other, wording in wordings.items():
        telling = frozenset(wording) - common
        meeting = {row for shingle in telling & rows_with.keys() for row in rows_with[shingle]}
        for row in meeting - {other}:
            both = len(sampled[row] & telling)
            if both >= FEWEST and same(sampled[row], telling):
                pair = min(row, other), max(row, other)
                jaccards[pair] = both / len(sampled[row] | telling)
    known = {pair[:2] for pair in pairs}
    print(f"\nexact join of {len(sample)} passages with all: pairs found of pairs that there are")
    for low, high in ((0.0, 1.01), (1 / 3, 1.01), (0.25, 1 / 3), (0.0, 0.25)):
        there = [pair for pair, jaccard in jaccards.items() if low <= jaccard < high]
        found = len(known.intersection(there))
        part = f"{found / len(there):.4f}" if there else "-"
        print(f"Jaccard {low:.2f} to {high:.2f}: {found} of {len(there)}, {part}")
    extra = sum(bool(sampled.keys() & pair) for pair in known - jaccards.keys())
    print(f"found, and not in the join: {extra}")


def _print_articles(archive: Archive, pairs: list[Near], chance: Random, examples: int) -> None:
    """Print how much wording is shared by articles of two sources that share a passage."""
    owners = archive.owners
    sharing = sorted(
        {
            (pair.row, pair.other)
            for pair in pairs
            if owners[pair.row].source.name != owners[pair.other].source.name
        }
    )
    articles = {(owners[a].id, owners[b].id): (owners[a], owners[b]) for a, b in sharing}
    some = chance.sample(sorted(articles), min(_ARTICLES, len(articles)))
    shared = {
        names: containment(*(shingles(article.body) for article in articles[names]))
        for names in some
    }
    print(f"\n{len(some)} of {len(articles)} pairs of articles of two sources that share a passage")
    print(f"copies (containment from {COPY}): {sum(part >= COPY for part in shared.values())}")
    for low in range(10):
        alike = [names for names, part in shared.items() if low == min(9, int(part * 10))]
        print(f"{low / 10:.1f} to {(low + 1) / 10:.1f}: {len(alike)}")
        for names in alike[:examples]:
            for article in articles[names]:
                print(f"    {article.id} {article.title}: {' '.join(article.body.split())[:300]}")


if __name__ == "__main__":
    main()
