"""Votes -> what an editor reads, and a test collection. Pure."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bot.admin_texts import AdminTexts
from bot.paging import FoundAnswer
from bot.state import Voted
from bot.texts import Reason, Texts, has_arabic
from retrieval.documents import Hit
from retrieval.retriever import Retriever


def summary(votes: Sequence[Voted], texts: AdminTexts, reader: Texts) -> str:
    """Return how many votes there are for and against, and for which reasons."""
    if not votes:
        return texts.votes_none
    reasons = Counter(vote.reason for vote in votes if vote.reason)
    told = reader.comma.join(
        f" {reader.reasons[Reason(reason)]} {count}" for reason, count in reasons.most_common()
    )
    liked = sum(vote.liked for vote in votes)
    return texts.votes.format(
        liked=liked, disliked=len(votes) - liked, reasons=f":{told}" if told else ""
    )


def collection(served: Retriever, votes: Sequence[Voted]) -> list[str]:
    """Return lines of a test collection for `evaluate --questions`: what was liked, as gold.

    Of votes on a generation that is no longer served, or whose question was not kept, there is
    nothing to be made.
    """
    lines = []
    for number, vote in enumerate(votes):
        hit = _hit(vote, served)
        if not vote.liked or hit is None or vote.question is None:
            continue
        quote = hit.answer.text if hit.answer else hit.text
        lines.append(
            _line(
                _id=f"vote{number}",
                question=vote.question,
                type="vote",
                lang="ar" if has_arabic(vote.question) else "en",
                answerable=True,
                gold=[{"article": hit.article.id, "quote": quote}],
            )
        )
    return lines


def complaints(served: Retriever, votes: Sequence[Voted]) -> list[str]:
    """Return a line of JSON for each vote against, for an editor to look into."""
    lines = []
    for vote in votes:
        if not vote.liked:
            hit = _hit(vote, served)
            lines.append(
                _line(
                    question=vote.question,
                    reason=vote.reason,
                    article=hit.article.id if hit else None,
                    quote=hit.text if hit else None,
                )
            )
    return lines


def document(lines: Iterable[str]) -> bytes:
    """Return lines as a file."""
    return "".join(f"{line}\n" for line in lines).encode()


def _hit(vote: Voted, served: Retriever) -> Hit | None:
    found = FoundAnswer.from_json(vote.found)
    if found.generation != served.coverage.generation or vote.place >= len(found.hits):
        return None
    kept = found.hits[vote.place]
    return served.hit(kept.row, kept.answer)


def _line(**fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False)
