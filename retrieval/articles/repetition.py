"""Lines that the pages of one source share: what the site prints, not what an article says.

A line is the site's when pages that are different reports print it. A wire report printed four
times is four pages that share every line, so copies of one report count once; where it is not
clear whether two pages are copies they are taken for copies, and the line stays.
"""

import math
from collections import Counter
from collections.abc import Iterable

from retrieval.articles.lines import line_lengths

_FEWEST = 4  # reports that must print a line,
_SHARE = 0.2  # and which share of all reports;
_PROSE_SHARE = 0.5  # more of them where it reads like prose, as what a desk adds to many reports
_EVIDENCE = 3  # longest lines of prose that two copies of a report share one of
_MANY = 12  # pages from which on a line on most of them is not taken for a report's


def repeated_lines(pages: Iterable[str]) -> frozenset[str]:
    """Return the keys (see `lines.line_key`) of the lines that pages of one source share.

    A line is shared when at least four reports and a fifth of all reports print it, or half of
    them where it reads like prose. Pages that
    share one of their three longest lines of prose are copies of one report and count once; a
    page without prose counts for nothing.

    Args:
        pages: The texts of pages of one source; some two hundred are enough. The time is linear
            in their length.

    Returns:
        The keys; empty where there are too few reports to tell.
    """
    read = [lengths for lengths in map(line_lengths, pages) if any(lengths.values())]
    counts: Counter[str] = Counter()
    reports = 0
    seen: set[str] = set()
    for lengths, evidence in zip(read, _evidence(read), strict=True):
        if seen.isdisjoint(evidence):
            reports += 1
            counts.update(lengths.keys())
        seen |= evidence
    prose = {key for lengths in read for key, length in lengths.items() if length}
    fewest = max(_FEWEST, math.ceil(_SHARE * reports))
    fewest_prose = max(_FEWEST, math.ceil(_PROSE_SHARE * reports))
    return frozenset(
        key for key, count in counts.items() if count >= (fewest_prose if key in prose else fewest)
    )


def _evidence(pages: list[dict[str, int]]) -> list[set[str]]:
    """Return, for each page, the lines by which a copy of its report is known.

    A footer that reads like prose may be among a page's longest lines, and would make all pages
    copies of one another. So a line on most of many pages is passed over, unless such lines are
    most of a page's prose: then the page may be a copy of a report that most pages print.
    """
    printed = Counter(key for lengths in pages for key, length in lengths.items() if length)
    most = len(pages) / 2 if len(pages) >= _MANY else len(pages)
    common = {key for key, count in printed.items() if count > most}
    evidence = []
    for lengths in pages:
        prose = {key: length for key, length in lengths.items() if length}
        rare = {key: length for key, length in prose.items() if key not in common}
        known = rare if 2 * sum(rare.values()) > sum(prose.values()) else prose
        evidence.append(set(sorted(known, key=known.__getitem__, reverse=True)[:_EVIDENCE]))
    return evidence
