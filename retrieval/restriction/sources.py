"""Reads the sources that a question restricts itself to."""

from collections.abc import Collection, Sequence

from retrieval.arabic import STOP_WORDS
from retrieval.restriction import source_words as words
from retrieval.restriction.days import Days
from retrieval.restriction.outlets import Archive, listed
from retrieval.restriction.tables import Read, Texts
from retrieval.restriction.tokens import CLAUSE_MARKS, Found, Token, earlier

_LONGEST_NAME = 8  # tokens
_MOST_KINDS = 2  # موقع قناة العربية
_MOST_ADJECTIVES = 2
_WITHIN_NAMES = frozenset("-.'_")
_QUOTES = frozenset('«»‹›“”„‟"')

_Names = tuple[str, ...]


class Sources:
    """Reads the sources that a question restricts itself to; `times` are those it names."""

    def __init__(
        self, tokens: Sequence[Token], archive: Archive, times: Collection[Found[Days]]
    ) -> None:
        self._tokens = tokens
        self._texts = Texts(token.text for token in tokens)
        self._archive = archive
        self._time_starts = {time.first for time in times}
        self._time_ends = {time.end for time in times}
        self._outlets = listed()
        self._about = self._earlier(self._outlets.about)
        self._telling = self._earlier(self._outlets.telling)
        self._published = self._earlier(self._outlets.published)

    def found(self) -> list[Found[_Names]]:
        """Return every source of the archive that restricts, in order; they share no token."""
        found: list[Found[_Names]] = []
        index = 0
        while index < len(self._texts):
            read = None if self._tokens[index].quoted else self._source(index)
            if read is None:
                index += 1
                continue
            names, end = read
            if names:
                found.append(Found(index, end, names))
            index = end
        return found

    def _earlier(self, marked: frozenset[str]) -> Sequence[bool]:
        return earlier(self._texts, lambda index: self._texts[index] in marked)

    def _source(self, index: int) -> Read[_Names]:
        if quoted := words.QUOTED_FROM.at(self._texts, index):
            return self._names(quoted[1], common=True)
        if said := words.ACCORDING_TO.at(self._texts, index):
            return self._names(said[1], common=False)
        if self._texts[index] not in words.WEAK:
            return None
        read = self._names(index + 1, common=False)
        if read and not self._restricts(index, read[1]):
            return (), read[1]  # nor do the names after the first
        return read

    # Whether من, عن, في … before a name restrict the question to it.

    def _restricts(self, index: int, end: int) -> bool:
        beside_time = index in self._time_ends or end in self._time_starts
        if beside_time and self._texts[index] in words.FROM:
            return True
        if self._about[index]:
            return False
        closed = beside_time or self._is_end_of_clause(end)
        searched = self._published[index] and (closed or self._texts[end] in words.TOPIC)
        word = self._texts[index]
        if word in words.FROM:
            return self._restricts_from(index, end, closed=closed or searched)
        if word in words.ABOUT:
            return closed and self._restricts_about(index)
        return searched

    def _restricts_from(self, index: int, end: int, *, closed: bool) -> bool:
        if index == 0 and self._texts[end] in ("؟", "?") and end == len(self._texts) - 1:
            return False  # من بي بي سي؟ may ask who that is
        if self._texts[index - 1] in words.NOT_BEFORE_FROM:
            return False
        leads = self._is_start_of_clause(index) and self._texts[end] in words.ASKING
        return closed or leads

    def _restricts_about(self, index: int) -> bool:
        return not (
            self._telling[index]
            or self._is_start_of_clause(index)
            or self._texts[index - 1] in words.NOT_BEFORE_ABOUT
        )

    def _is_end_of_clause(self, index: int) -> bool:
        return index >= len(self._texts) or self._texts[index] in CLAUSE_MARKS

    def _is_start_of_clause(self, index: int) -> bool:
        return index == 0 or self._texts[index - 1] in CLAUSE_MARKS

    # The names.

    def _names(self, index: int, *, common: bool) -> Read[_Names]:
        """Read one outlet or more; `common` allows names that are ordinary words."""
        one = self._one(index, common=common)
        if not one:
            return None
        names = dict.fromkeys(one[0])
        common = common or self._outlets.kinds.at(self._texts, index) is not None
        while True:
            end = one[1]
            middle = words.OR.after(self._texts, end)
            one = self._one(middle, common=common) if middle > end else None
            if not one:
                return tuple(names), end
            names.update(dict.fromkeys(one[0]))

    def _one(self, index: int, *, common: bool) -> Read[_Names]:
        """Read بي بي سي, موقع قناة العربية, صحيفة «الشرق الأوسط» اللندنية."""
        start = kind = words.ARTICLES.after(self._texts, index)
        for _ in range(_MOST_KINDS):
            kind = self._outlets.kinds.after(self._texts, kind)
        reads = [self._name(at, common=common) for at in (index, start)]  # Le Matin; the BBC
        if kind > start:
            reads.append(self._name(kind, common=True))
        name = max(filter(None, reads), key=lambda read: read[1], default=None)
        if not name:
            return None
        names, end = name
        for _ in range(_MOST_ADJECTIVES):
            end += self._texts[end] in self._outlets.adjectives
        return None if self._goes_on(end) else (names, end)

    def _goes_on(self, index: int) -> bool:
        """Whether the name goes on in Latin letters: CNN Türk is another than CNN."""
        text = self._texts[index]
        latin = text.isalpha() and text.isascii() and text not in STOP_WORDS
        return latin and self._texts[index - 1].isascii()

    def _name(self, index: int, *, common: bool) -> Read[_Names]:
        """Read the longest name, which may stand within quotation marks of its own."""
        opened = self._texts[index] in _QUOTES
        name = self._listed(index + opened, common=common)
        if not name or not opened:
            return name
        return (name[0], name[1] + 1) if self._texts[name[1]] in _QUOTES else None

    def _listed(self, index: int, *, common: bool) -> Read[_Names]:
        key = ""
        longest: Read[_Names] = None
        for end, text in enumerate(self._texts.several(index, _LONGEST_NAME), start=index + 1):
            if not text[0].isalnum():
                if text in _WITHIN_NAMES and key:
                    continue
                break
            key += text
            if key in self._archive.sources and (common or key not in self._archive.common):
                longest = self._archive.sources[key], end
        return longest
