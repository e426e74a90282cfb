"""A port of this machine for who watches the bot: /health and /metrics."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import web

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
    served = web.Application()
    served.router.add_get("/health", partial(_health, archive))
    served.router.add_get("/metrics", partial(_metrics, archive))
    runner = web.AppRunner(served, access_log=None)  # who watches would fill the log
    await runner.setup()
    try:
        await web.SockSite(runner, listen_on(_HOST, port, "ISNAD_METRICS_PORT")).start()
        yield
    finally:
        await runner.cleanup()


async def _metrics(archive: Archive, _request: web.Request) -> web.Response:
    """Tell all numbers."""
    numbers = await asyncio.to_thread(archive.metrics.text)
    return web.Response(body=numbers, headers={"Content-Type": _TEXT})


async def _health(archive: Archive, _request: web.Request) -> web.Response:
    """Ask the archive a question, since that is what it is there for."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await archive.probe()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was asked for
        logger.warning("the archive cannot answer: %r", error)
        return web.json_response({"status": "failing", "error": type(error).__name__}, status=503)
    coverage = archive.coverage
    return web.json_response(
        {
            "status": "ok",
            "generation": coverage.generation,
            "articles": coverage.articles,
            "passages": coverage.passages,
            "since": archive.since.isoformat(timespec="seconds"),
        }
    )
