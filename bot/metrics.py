"""What the bot counts, for Prometheus. No number tells who asked, or what."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from telegram.error import TelegramError
from telegram.ext import CallbackContext

from retrieval.documents import Coverage, Outcome
from retrieval.errors import QuestionError

PUBLISHED, REFUSED, CANCELLED, FAILED = "published", "refused", "cancelled", "failed"
"""How reloads end; a question that met a fault has failed, too."""

EMPTY = "empty"
"""The outcome of a question without a word in it."""

_OUTCOMES = (*Outcome, EMPTY, FAILED)
_RELOADS = (PUBLISHED, REFUSED, CANCELLED, FAILED)
_FAULTS = ("bot", "telegram")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The counters of one bot, in a registry of its own; safe to share between threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._questions = Counter(
            "isnad_questions", "Questions by outcome.", ["outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "isnad_question_seconds",
            "From asking the archive to its answer, waiting for others included.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._in_flight = Gauge(
            "isnad_questions_in_flight",
            "Questions that the archive is answering or that wait.",
            registry=self.registry,
        )
        self._reloads = Counter(
            "isnad_reloads", "Reloads by result.", ["result"], registry=self.registry
        )
        self._faults = Counter(
            "isnad_faults",
            "Errors that nobody foresaw: of the bot, or of talking to Telegram.",
            ["where"],
            registry=self.registry,
        )
        # A series that begins with its first event hides that event from rate().
        for counter, labels in (
            (self._questions, _OUTCOMES),
            (self._reloads, _RELOADS),
            (self._faults, _FAULTS),
        ):
            for label in labels:
                counter.labels(label)
        ProcessCollector(registry=self.registry)

    def watch(self, served: Callable[[], Coverage], waiting: Callable[[], int]) -> None:
        """Tell of the archive, too, as it is whenever somebody looks."""
        self.registry.register(_ArchiveCollector(served, waiting))

    @contextmanager
    def question(self) -> Iterator[None]:
        """Measure a question that is asked within the block."""
        begun = time.perf_counter()
        with self._in_flight.track_inprogress():
            try:
                yield
            except QuestionError:
                self._questions.labels(EMPTY).inc()
                raise
            except Exception:
                self._questions.labels(FAILED).inc()
                raise
        self._seconds.observe(time.perf_counter() - begun)

    def answered(self, outcome: Outcome) -> None:
        """Count a question that was answered."""
        self._questions.labels(outcome).inc()

    def reloaded(self, result: str) -> None:
        """Count a reload by how it ended."""
        self._reloads.labels(result).inc()

    async def on_error(self, _update: object, context: CallbackContext) -> None:  # type: ignore[type-arg]
        """Count what the bot's error handlers get."""
        telegram = isinstance(context.error, TelegramError)
        self._faults.labels("telegram" if telegram else "bot").inc()

    def text(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        return generate_latest(self.registry)


class _ArchiveCollector(Collector):
    """Reads what is served when somebody looks, so that no swap need tell."""

    def __init__(self, served: Callable[[], Coverage], waiting: Callable[[], int]) -> None:
        self._served = served
        self._waiting = waiting

    def collect(self) -> Iterable[Metric]:
        coverage = self._served()
        yield GaugeMetricFamily("isnad_articles", "Articles served.", coverage.articles)
        yield GaugeMetricFamily("isnad_passages", "Passages served.", coverage.passages)
        yield GaugeMetricFamily(
            "isnad_archive_waiting", "Work of any kind that waits for other work.", self._waiting()
        )
        yield InfoMetricFamily(
            "isnad_generation", "The generation served.", {"generation": coverage.generation}
        )
