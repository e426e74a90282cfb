"""The command line: python -m retrieval index | ask | show | sources | evaluate | …."""

import atexit
import gc
import json
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from config.settings import ConfigurationError, Settings, load_settings
from retrieval.errors import IsnadError, QuestionError

if TYPE_CHECKING:
    from retrieval.documents import Scope

# Heavy modules (chromadb, numpy) are imported by the commands that need them, so that help and
# mistakes answer at once.

app = typer.Typer(
    help="An archive of Arabic news that answers in quotations, each with its source and date.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

CorpusOption = Annotated[
    list[Path] | None,
    typer.Option("--corpus", help="A file or folder of articles; repeat it for more."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def index(
    corpus: CorpusOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay, and index again whenever the corpus changes.")
    ] = False,
    progress_json: Annotated[
        bool, typer.Option("--progress-json", help="Tell progress and result as JSON lines.")
    ] = False,
    nice: Annotated[
        int, typer.Option(min=0, max=19, help="Leave the processor to others, 0 to 19.")
    ] = 0,
) -> None:
    """Build a generation from the corpus, verify it and publish it."""
    os.nice(nice)
    settings = load_settings()
    paths = corpus or [settings.corpus]
    publish = _publish_as_json if progress_json else _publish
    publish(settings, paths)
    if watch:
        from retrieval.watching import changed

        for _ in changed(paths):
            try:
                publish(settings, paths)
            except IsnadError as error:  # the next change may mend it
                _tell(f"isnad: {error}")


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Say which generation is served, which are kept, and whether one is being built."""
    from retrieval.publishing import cached_bytes, current, generations, holder

    settings = load_settings()
    served, builder = current(settings.data), holder(settings.data)
    kept = generations(settings.data)
    if as_json:
        listed = [
            {
                "generation": one.manifest.generation,
                "created": one.manifest.created,
                "articles": one.manifest.articles,
                "passages": one.manifest.passages,
                "encoder": one.manifest.encoder,
                "server": one.manifest.server,
                "bytes": one.bytes,
                "refused": one.refused,
            }
            for one in kept
        ]
        _print_json(
            {
                "current": served,
                "building": builder,
                "generations": listed,
                "cached_bytes": cached_bytes(settings.data),
            }
        )
        return
    for one in kept:
        mark = "*" if one.manifest.generation == served else " "
        print(  # noqa: T201
            f"{mark} {one.manifest.generation}  {one.manifest.created}  "
            f"{one.manifest.articles} articles, {one.manifest.passages} passages, "
            f"{one.bytes >> 20} MB, encoder {one.manifest.encoder}"
            + (f", vectors on {one.manifest.server}" if one.manifest.server else "")
            + (f"\n    refused: {one.refused}" if one.refused else "")
        )
    print(f"  vectors kept for the next builds: {cached_bytes(settings.data) >> 20} MB")  # noqa: T201
    if served is None:
        print("no generation is served; build one with: python -m retrieval index")  # noqa: T201
    if builder:
        print(f"being built by {builder}")  # noqa: T201


@app.command()
def rollback() -> None:
    """Serve the generation again that the current one replaced."""
    from retrieval.chroma_server import ChromaServer
    from retrieval.publishing import rollback as roll_back

    settings = load_settings()
    manifest = roll_back(settings.data, ChromaServer.of(settings))
    print(f"serving {manifest.generation}: {manifest.articles} articles")  # noqa: T201


@app.command()
def prune(
    keep: Annotated[int | None, typer.Option(min=1, help="Generations to keep.")] = None,
    lost: Annotated[
        bool,
        typer.Option(
            "--lost",
            help="Also delete the collections of ISNAD_CHROMA_URL whose generations are not here. "
            "Only if no other machine uses its database.",
        ),
    ] = False,
) -> None:
    """Delete generations that are not needed any more."""
    from retrieval.chroma_server import ChromaServer
    from retrieval.publishing import prune as delete
    from retrieval.publishing import prune_server

    settings = load_settings()
    server = ChromaServer.of(settings)
    if lost and server is None:
        raise typer.BadParameter("--lost: ISNAD_CHROMA_URL names no server")
    deleted = delete(settings.data, keep or settings.keep_generations, server)
    if lost and server is not None:
        deleted += prune_server(settings.data, server)
    for name in deleted:
        print(f"deleted {name}")  # noqa: T201


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    top_k: Annotated[int, typer.Option("--top-k", min=1, max=50, help="Hits at most.")] = 3,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only articles from this day on.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only articles up to this day.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Only articles of this source; repeat it.")
    ] = None,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Whatever time or source the question names.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the archive; what it says of time and source restricts it."""
    from retrieval.documents import Restriction
    from retrieval.report import answer_json

    if not question.strip():
        raise QuestionError("the question is empty: ask with at least one word")
    restriction = None
    if since or until or source or everywhere:
        restriction = Restriction(
            since.date() if since else None, until.date() if until else None, tuple(source or ())
        )
    answer = _retriever(load_settings()).answer(question, top_k, restriction)
    if as_json:
        _print_json(answer_json(answer))
        return
    print(answer.outcome)  # noqa: T201
    if answer.scope:
        print(f"only from {_scope_in_words(answer.scope)}")  # noqa: T201
    for hit in answer.hits:
        published, origin = hit.article.published, hit.article.source
        print(  # noqa: T201
            f"\n[{hit.article.id}] {hit.article.title}\n"
            f"source: {origin.name or '-'} ({origin.basis}), "
            f"published: {published.value or '-'} ({published.basis})\n{hit.text}"
        )


@app.command()
def show(
    article_id: Annotated[str, typer.Argument(help="The id of an article.")],
    dropped: Annotated[
        bool, typer.Option("--dropped", help="Print what of its page is not the article.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the body of an article byte for byte, or with --json where it comes from."""
    from retrieval.report import provenance_json

    article = _store(load_settings()).article(article_id)
    if dropped and as_json:
        _print_json(list(article.dropped))
    elif dropped:
        _write("".join(f"{line}\n" for line in article.dropped))
    elif as_json:
        _print_json(provenance_json(article))
    else:
        _write(article.body)


@app.command()
def sources(
    missing: Annotated[
        bool, typer.Option("--missing", help="Only articles of which something is not known.")
    ] = False,
    template: Annotated[
        bool, typer.Option("--template", help="Print a sources.toml to fill in.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the archive with what is known of each article's origin and what is missing."""
    from retrieval import inventory
    from retrieval.report import provenance_json

    articles = _store(load_settings()).articles()
    if as_json:
        listed = [{**provenance_json(a), "missing": inventory.missing(a)} for a in articles]
        _print_json([one for one in listed if one["missing"] or not missing])
        return
    found = inventory.template(articles) if template else None
    for line in found or inventory.lines(articles, only_missing=missing):
        _write(f"{line}\n")


@app.command()
def evaluate(
    questions: Annotated[
        Path | None, typer.Option(help="Questions with gold quotations (JSON lines).")
    ] = None,
    corpus: CorpusOption = None,
    beir: Annotated[Path | None, typer.Option(help="A BEIR folder.")] = None,
    distractors: Annotated[
        Path | None, typer.Option(help="More passages to hide the right one among (JSON lines).")
    ] = None,
    ranker: Annotated[str, typer.Option(help="lexical, dense or hybrid.")] = "hybrid",
    run: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write what was found as a TREC run.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Compare with this run for the same.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure retrieval on a test collection."""
    from tempfile import TemporaryDirectory

    from retrieval import evaluation
    from retrieval.building import build
    from retrieval.calibration import Calibration
    from retrieval.encoder import load_encoder
    from retrieval.evaluation.tables import tables
    from retrieval.generation import Generation
    from retrieval.passages import split, whole
    from retrieval.retriever import Ranker, Retriever

    if (questions is None) == (beir is None):
        raise typer.BadParameter("give either --questions with --corpus, or --beir")
    if ranker not in list(Ranker):
        raise typer.BadParameter(f"--ranker is {ranker!r}, not one of {', '.join(Ranker)}")
    if run and not run.absolute().parent.is_dir():
        raise typer.BadParameter(f"--run is {str(run)!r}, in no folder that there is")
    settings = load_settings()
    if beir is not None:
        own, asked = evaluation.read_beir(beir)
        paths, splitter = [own, *([distractors] if distractors else [])], whole
    else:
        assert questions is not None
        asked = evaluation.read_questions(questions)
        paths, splitter = corpus or [settings.corpus], split
    other = evaluation.read_run(compare, asked) if compare else None
    encoder = load_encoder(settings.encoder)
    with TemporaryDirectory(prefix="isnad-") as folder, _counter("index") as (bar, task):
        build(
            Path(folder) / "generation",
            paths,
            encoder,
            lambda stage, done, total: bar.update(
                task, description=stage, completed=done, total=total
            ),
            splitter=splitter,
        )
        generation = Generation(Path(folder) / "generation", encoder)
        retriever = Retriever(generation, Calibration.for_encoder(encoder, settings.data))
        bar.update(task, description="ask", completed=0, total=len(asked))
        results = evaluation.ask(
            retriever, generation.store, asked, Ranker(ranker), lambda: bar.advance(task)
        )
    coverage = generation.coverage
    measures = {
        "ranker": ranker,
        **evaluation.measured(results),
        "archive": {"articles": coverage.articles, "passages": coverage.passages},
    }
    if other:
        measures["compare"] = evaluation.compare(results, other)
    if run:
        evaluation.write_run(run, evaluation.Run(ranker, evaluation.rankings(results)))
    if as_json:
        _print_json(measures)
    else:
        for table in tables(measures):
            Console().print(table)


@app.command()
def calibrate(
    questions: Annotated[
        Path, typer.Argument(help="Questions with gold quotations, and some without an answer.")
    ],
    corpus: Annotated[
        list[Path], typer.Option("--corpus", help="The articles they are about; repeat for more.")
    ],
    pairs: Annotated[
        Path | None,
        typer.Option(help="JSON lines of `question` and `passage`; those held out are asked too."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write.")] = None,
    default: Annotated[
        Path | None, typer.Option(help="File to write a calibration for other encoders to.")
    ] = None,
) -> None:
    """Fit ranking and thresholds for the configured encoder, on questions it was not trained on."""
    from retrieval.calibration import Calibration
    from retrieval.encoder import load_encoder
    from retrieval.fitting import Collection, fit

    settings = load_settings()
    encoder = load_encoder(settings.encoder)
    with _counter("ask") as (bar, task):
        fitted, unscaled = fit(
            Collection(questions, corpus, pairs), encoder, lambda: bar.advance(task)
        )
    output = output or Calibration.path_for(encoder, settings.data)
    output.parent.mkdir(parents=True, exist_ok=True)
    fitted.save(output)
    if default is not None:
        unscaled.save(default)
    print(f"wrote {output}")  # noqa: T201


@app.command()
def train(
    output: Annotated[Path, typer.Argument(help="Folder to write the encoder to.")],
    articles: Annotated[
        list[Path], typer.Option("--articles", help="Articles to learn from; repeat for more.")
    ],
    questions: Annotated[
        list[Path] | None,
        typer.Option("--questions", help="JSON lines of `question` and `passage`."),
    ] = None,
    teacher: Annotated[
        Path | None,
        typer.Option(help="An encoder that finds the same event told by two publishers."),
    ] = None,
    epochs: Annotated[float, typer.Option(help="Passes over the pairs.")] = 0,
    features: Annotated[int, typer.Option(help="Features to keep.")] = 0,
    batch: Annotated[
        int, typer.Option(help="Pairs in a batch, each a negative to the others.")
    ] = 0,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint.")] = False,
) -> None:
    """Train a static encoder from nothing (needs the `train` extra)."""
    from dataclasses import asdict, replace

    from retrieval.articles import Corpus
    from retrieval.encoder import load_encoder
    from retrieval.training import (
        Pairs,
        Recipe,
        article_pairs,
        event_pairs,
        question_pairs,
        read_pairs,
        write_card,
    )
    from retrieval.training import train as run

    recipe = Recipe()
    recipe = replace(
        recipe,
        epochs=epochs or recipe.epochs,
        features=features or recipe.features,
        batch=batch or recipe.batch,
    )
    pairs = Pairs()
    corpus = list(Corpus(articles))
    article_pairs(corpus, pairs, recipe)
    if teacher is not None:
        event_pairs(corpus, load_encoder(str(teacher)), pairs)
    for path in questions or []:
        question_pairs(read_pairs(path), pairs, recipe)
    work = output.with_name(f"{output.name}-work")
    counts = run(pairs, output, recipe, work, resume=resume)
    write_card(output, [*articles, *(questions or [])], asdict(recipe), counts)
    print(f"wrote {output}: {counts}")  # noqa: T201


@app.command()
def count(
    output: Annotated[Path, typer.Argument(help="File to write.")],
    articles: Annotated[
        list[Path], typer.Option("--articles", help="Articles to count in; repeat for more.")
    ],
) -> None:
    """Count in how many passages of news at large each stem and each concept is."""
    from retrieval.articles import Corpus
    from retrieval.passages import split
    from retrieval.rarity import Rarity

    passages = (passage.text for article in Corpus(articles) for passage in split(article))
    Rarity.counted(passages).save(output)
    print(f"wrote {output}")  # noqa: T201


def _publish(settings: Settings, paths: Sequence[Path]) -> None:
    from retrieval.chroma_server import ChromaServer
    from retrieval.publishing import publish_new

    with _counter("read") as (bar, task):
        manifest = publish_new(
            settings.data,
            paths,
            settings.encoder,
            lambda stage, done, total: bar.update(
                task, description=stage, completed=done, total=total
            ),
            server=ChromaServer.of(settings),
            keep=settings.keep_generations,
            cached=settings.embedding_cache_mb << 20,
        )
    for line in manifest.findings():
        _tell(line)
    changes = manifest.changes
    print(  # noqa: T201 - the command's result
        f"published {manifest.generation}: {manifest.articles} articles, "
        f"{manifest.passages} passages, {len(manifest.skipped)} skipped, "
        f"{len(manifest.remarks)} notes; {changes.added} added, {changes.changed} changed, "
        f"{changes.removed} removed, {changes.unchanged} unchanged",
        flush=True,
    )


def _publish_as_json(settings: Settings, paths: Sequence[Path]) -> None:
    """Publish for a program that reads lines: each tells progress, the last one the end."""
    from retrieval.chroma_server import ChromaServer
    from retrieval.publishing import publish_new
    from retrieval.report import manifest_json

    def tell(**what: Any) -> None:
        print(json.dumps(what, ensure_ascii=False), flush=True)  # noqa: T201

    try:
        manifest = publish_new(
            settings.data,
            paths,
            settings.encoder,
            lambda stage, done, total: tell(stage=stage, done=done, total=total),
            server=ChromaServer.of(settings),
            keep=settings.keep_generations,
            cached=settings.embedding_cache_mb << 20,
        )
    except IsnadError as error:
        tell(error=str(error), kind=type(error).__name__)
        sys.exit(1)
    tell(published=manifest_json(manifest))


def _retriever(settings: Settings) -> Any:
    from retrieval.chroma_server import ChromaServer
    from retrieval.encoder import load_encoder
    from retrieval.opening import open_retriever

    encoder = load_encoder(settings.encoder)
    server = ChromaServer.of(settings)
    return open_retriever(settings.data, [settings.corpus], encoder, server=server)


def _store(settings: Settings) -> Any:
    from retrieval.publishing import open_store

    return open_store(settings.data)


@contextmanager
def _counter(description: str) -> Iterator[tuple[Progress, Any]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=_stderr(), transient=True) as bar:
        yield bar, bar.add_task(description, total=None)


def _scope_in_words(scope: "Scope") -> str:
    restriction = scope.restriction
    parts = [f"{restriction.since or '…'} to {restriction.until or '…'}"]
    if not (restriction.since or restriction.until):
        parts = []
    parts += restriction.sources
    return f"{', '.join(parts)}: {scope.articles} articles, {scope.undated} of unknown date"


def _write(text: str) -> None:
    """Write to standard output to the letter, whatever the locale and the platform."""
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def _tell(text: str) -> None:
    _stderr().print(text, markup=False, highlight=False, soft_wrap=True)


def _stderr() -> Console:
    return Console(stderr=True)


def _print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=2))  # noqa: T201


def main(run: Callable[[], None] = app) -> None:
    """Run a command; what is wrong is said in one message on standard error, with exit code 1."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # The last collection would walk all that chromadb imported: a sixth of the time of a question.
    atexit.register(gc.freeze)
    # A build that is told to end deletes what it has begun.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        run()
    except (IsnadError, ConfigurationError) as error:
        print(f"isnad: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except sqlite3.DatabaseError as error:
        build = "build again: python -m retrieval index"
        print(f"isnad: the archive is damaged ({error}); {build}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()


if __name__ == "__main__":
    main()
