"""The answers that are kept, and the cards that are made of them again."""

from pathlib import Path

from bot.archive import Archive
from bot.composing import Message
from bot.keyboards import vote_buttons
from bot.paging import FoundAnswer, Turn, hit_page
from bot.state import State
from bot.texts import Texts
from retrieval.documents import Coverage, Hit
from retrieval.retriever import Retriever


class GoneError(Exception):
    """What a button asks for is not there any more; the message says so to the reader."""


class Shelf:
    """Keeps what answers found, and shows their hits while their generation is being served."""

    def __init__(
        self, archive: Archive, state: State, corpus: Path, *, keeps_questions: bool
    ) -> None:
        """Args: what is asked, where answers are kept, the corpus, and whether with questions."""
        self.corpus = corpus
        self.keeps_questions = keeps_questions
        self._archive = archive
        self._state = state

    async def keep(self, found: FoundAnswer, question: str) -> int:
        """Keep an answer, and return its number."""
        kept = question if self.keeps_questions else None
        return await self._state.keep_answer(found.to_json(), kept)

    async def first(
        self, found: FoundAnswer, hit: Hit, coverage: Coverage, question: str, texts: Texts
    ) -> Message:
        """Keep an answer and return the card of its first hit, which is at hand.

        It is shown whatever is being served by now: another generation may have been published
        since it was asked.
        """
        number = await self.keep(found, question)
        return _card(found, hit, Turn(number, 0), coverage, texts)

    async def found(self, number: int) -> FoundAnswer | None:
        """Return an answer by its number, if it is still kept."""
        kept = await self._state.answer(number)
        return FoundAnswer.from_json(kept) if kept else None

    async def page(self, turn: Turn, texts: Texts) -> Message:
        """Return the card of a hit.

        Raises:
            GoneError: If the answer is no longer kept, its generation no longer served, or the
                article withdrawn.
        """
        found = await self.found(turn.number)
        if found is None or turn.place >= len(found.hits):
            raise GoneError(texts.outdated)
        shown = await self._archive.run(_shown, found, turn.place)
        if shown is None:
            raise GoneError(texts.outdated)
        hit, coverage = shown
        if hit is None:
            raise GoneError(texts.withdrawn)
        return _card(found, hit, turn, coverage, texts)


def _shown(served: Retriever, found: FoundAnswer, place: int) -> tuple[Hit | None, Coverage] | None:
    """Return a hit of an answer, None if its article is withdrawn, and what is searched.

    None where another generation is being served.
    """
    if served.coverage.generation != found.generation:
        return None
    kept = found.hits[place]
    if served.is_withdrawn(kept.row):
        return None, served.coverage
    return served.hit(kept.row, kept.answer, found.restriction), served.coverage


def _card(found: FoundAnswer, hit: Hit, turn: Turn, coverage: Coverage, texts: Texts) -> Message:
    return hit_page(found, hit, turn, coverage, texts, vote_buttons(turn.number, turn.place))
