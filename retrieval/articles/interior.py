"""Which lines are chrome though text of the article may follow them."""

from collections.abc import Iterable, Sequence

from retrieval.articles.lines import GOES, LINKS, SHORTEST_PROSE, Line, reads_like_text

_HEADING_WORDS = 4  # the heading of a paragraph that follows a list of links has no more, mostly


def interior(lines: Sequence[Line], numbers: Iterable[int]) -> set[int]:
    """Return which of the lines are chrome though article text may follow them."""
    dropped: set[int] = set()
    for number in numbers:
        line = lines[number]
        if line.blank:
            continue
        if line.kinds & GOES or (
            line.repeated and line.linklike and len(line.key) < SHORTEST_PROSE
        ):
            dropped.add(number)
        if "heading" in line.kinds:
            dropped.update(_links_below(lines, number))
    return dropped


def _links_below(lines: Sequence[Line], heading: int) -> list[int]:
    """Return the links that belong to a heading such as "read also": the lines right below it.

    The list ends with a blank line or with the first line that is no title by its form. Where
    text follows it without a blank line, a short last line stays: it may be that text's heading.
    """
    links: list[int] = []
    for number in range(heading + 1, min(heading + 1 + LINKS, len(lines))):
        line = lines[number]
        if line.blank:
            return links
        if not line.told or not line.linklike or reads_like_text(line):
            break
        links.append(number)
    while links and lines[links[-1]].words <= _HEADING_WORDS:
        links.pop()
    return links
