"""Answers and articles as JSON, in the form that `--json` fixes."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from retrieval.documents import Answer, Article, Coverage, Hit, Scope

if TYPE_CHECKING:
    from retrieval.manifest import Manifest


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as `ask --json` prints it."""
    return {
        "question": answer.question,
        "outcome": str(answer.outcome),
        "hits": [_hit(hit) for hit in answer.hits],
        "restriction": answer.scope and _scope(answer.scope),
        "archive": coverage_json(answer.coverage),
        "elapsed_ms": round(answer.elapsed_ms, 1),
    }


def coverage_json(coverage: Coverage) -> dict[str, Any]:
    """Return what was searched."""
    return {
        "articles": coverage.articles,
        "passages": coverage.passages,
        "from": coverage.first,
        "to": coverage.last,
        "undated": coverage.undated,
        "generation": coverage.generation,
    }


def provenance_json(article: Article) -> dict[str, Any]:
    """Return where an article comes from and when, each with its basis."""
    return {
        "article_id": article.id,
        "title": article.title,
        "title_basis": str(article.title_basis),
        "source": {"name": article.source.name, "basis": str(article.source.basis)},
        "published": {
            "value": article.published.value,
            "precision": article.published.precision and str(article.published.precision),
            "basis": str(article.published.basis),
        },
        "url": article.url,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    answer = hit.answer
    return {
        **provenance_json(hit.article),
        "text": hit.text,
        "start": hit.start,
        "end": hit.end,
        "answer": answer and {"text": answer.text, "start": answer.start, "end": answer.end},
        "also_in": [
            {**provenance_json(also.article), "relation": str(also.relation)}
            for also in hit.also_in
        ],
        "also_in_count": hit.also_count,
    }


def _scope(scope: Scope) -> dict[str, Any]:
    restriction = scope.restriction
    return {
        "since": restriction.since and restriction.since.isoformat(),
        "until": restriction.until and restriction.until.isoformat(),
        "sources": list(restriction.sources),
        "articles": scope.articles,
        "undated": scope.undated,
    }


def manifest_json(manifest: "Manifest") -> dict[str, Any]:
    """Return what a new generation holds and what is different from the one before."""
    return {
        "generation": manifest.generation,
        "replaces": manifest.replaces,
        "articles": manifest.articles,
        "passages": manifest.passages,
        "changes": asdict(manifest.changes),
        "skipped": [asdict(skipped) for skipped in manifest.skipped],
        "remarks": [asdict(remark) for remark in manifest.remarks],
        "seconds": manifest.seconds,
    }
