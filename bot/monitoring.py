"""A port of this machine for who watches the bot: /health and /metrics."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from bot.archive import Archive
from bot.listening import listen_on

_HOST = "127.0.0.1"  # nobody else's business
_PATIENCE_SECONDS = 10.0
_TEXT = "text/plain; version=0.0.4; charset=utf-8"  # which every Prometheus reads

logger = logging.getLogger(__name__)


@asynccontextmanager
async def monitored(archive: Archive, port: int | None) -> AsyncIterator[None]:
    """Serve /health and /metrics on a port within the block, if there is one.

    Raises:
        ConfigurationError: If it cannot be listened on.
    """
    if port is None:
        yield
        return
    server = HTTPServer(
        Application(
            [
                ("/health", _Health, {"archive": archive}),
                ("/metrics", _Metrics, {"archive": archive}),
            ],
            log_function=lambda _handler: None,  # who watches would fill the log
        )
    )
    server.add_socket(listen_on(_HOST, port, "ISNAD_METRICS_PORT"))
    try:
        yield
    finally:
        server.stop()
        await server.close_all_connections()


class _Watched(RequestHandler):
    SUPPORTED_METHODS = ("GET",)

    def initialize(self, archive: Archive) -> None:
        """Take what is watched: the framework's own way to give it."""
        self.archive = archive


class _Metrics(_Watched):
    async def get(self) -> None:
        """Tell all numbers."""
        self.set_header("Content-Type", _TEXT)
        self.write(await asyncio.to_thread(self.archive.metrics.text))


class _Health(_Watched):
    async def get(self) -> None:
        """Ask the archive a question, since that is what it is there for."""
        self.set_header("Content-Type", "application/json")
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self.archive.probe()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what was asked for
            logger.warning("the archive cannot answer: %r", error)
            self.set_status(503)
            self.write(json.dumps({"status": "failing", "error": type(error).__name__}))
            return
        coverage = self.archive.retriever.coverage
        told = {
            "status": "ok",
            "generation": coverage.generation,
            "articles": coverage.articles,
            "passages": coverage.passages,
            "since": self.archive.since.isoformat(timespec="seconds"),
        }
        self.write(json.dumps(told))
