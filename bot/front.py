"""What stands between Telegram and the processes that are the bot, where updates are posted to it.

Every update is handled to its end by one process before Telegram is told that it was taken. If that
process is killed, another one handles the update from the beginning, and the calls that the first
one made of the Bot API are not made again: the second gets what Telegram said to them. So each
update has one answer, whichever process is killed and when. If all of this ends, Telegram posts
again what it was not told of.
"""

import asyncio
import hmac
import json
import logging
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
from aiohttp import web

from bot.telegram_http import CALL_HEADER, open_session, proxy_for
from bot.webhook import Webhook

Choose = Callable[[Mapping[str, Any], int], Path | None]
"""An update, and how often it was tried -> the socket of the process that is to handle it."""

_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name, no secret
_LARGEST_UPDATE = 1 << 22  # bytes
_LARGEST_CALL = 1 << 27  # with a file
_CALL_SECONDS = 60.0  # without a word; who calls waits less
_REMEMBERED = 10_000  # updates that were handled; Telegram posts one again soon or never
_TRIES = 3  # an update that ends whoever handles it is given up
_NOBODY_SECONDS = 0.05
_HANDLED = b'{"ok":true}'

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Reply:
    """What Telegram said to a call."""

    status: int
    content_type: str
    body: bytes


@dataclass(slots=True)
class _Update:
    """An update: the task that has it handled, and the calls that were made for it."""

    handled: "asyncio.Task[bool]"
    calls: "dict[str, asyncio.Task[_Reply]]" = field(default_factory=dict)


class Front:
    """Has updates handled, and makes calls for those who handle them."""

    def __init__(self, webhook: Webhook, api_url: str, choose: Choose) -> None:
        """Args: where Telegram posts, the Bot API server, and who chooses a process."""
        self._webhook = webhook
        self._path = unquote(urlsplit(webhook.url).path) or "/"
        self._api_url = api_url
        self._choose = choose
        self._updates: OrderedDict[int, _Update] = OrderedDict()
        self._session: aiohttp.ClientSession | None = None
        self._runners: list[web.AppRunner] = []
        self._posts: web.BaseSite | None = None
        self._stopping = False

    async def start(self, listening: socket.socket, calls: Path) -> None:
        """Take what Telegram posts to a socket, and what processes call by the one at a path."""
        self._session = open_session()
        called = await self._runner(self._called, _LARGEST_CALL)
        await web.UnixSite(called, str(calls)).start()
        posted = await self._runner(self._posted, _LARGEST_UPDATE)
        self._posts = web.SockSite(posted, listening)
        await self._posts.start()

    async def stop(self) -> None:
        """Take no more updates, and wait until those that a process has are handled."""
        self._stopping = True
        if self._posts is not None:
            await self._posts.stop()
        while waiting := [one.handled for one in self._updates.values() if not one.handled.done()]:
            await asyncio.wait(waiting)

    async def close(self) -> None:
        """Close every connection; who calls is gone by now."""
        for runner in reversed(self._runners):
            await runner.cleanup()
        if self._session is not None:
            await self._session.close()

    async def _runner(
        self, handler: Callable[[web.Request], Awaitable[web.StreamResponse]], largest: int
    ) -> web.AppRunner:
        application = web.Application(client_max_size=largest)
        application.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        self._runners.append(runner)
        return runner

    # --- Updates --------------------------------------------------------------------------------

    async def _posted(self, request: web.Request) -> web.Response:
        if request.path != self._path:
            return web.Response(status=404)
        if request.method != "POST":
            return web.Response(status=405)
        secret = self._webhook.secret.get_secret_value()
        shown = request.headers.get(_SECRET_HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(shown, secret.encode()):
            return web.Response(status=403)
        try:
            update = json.loads(await request.read())
            number = int(update["update_id"])
        except (ValueError, TypeError, KeyError):
            return web.Response(status=400)
        known = self._updates.get(number)
        if known is None:
            known = _Update(asyncio.create_task(self._handle(update)))
            self._updates[number] = known
            known.handled.add_done_callback(lambda _task: self._remember(number))
        # Telegram may not wait, and post it again.
        if not await asyncio.shield(known.handled):
            return web.Response(status=503)
        return web.Response(body=_HANDLED, content_type="application/json")

    async def _handle(self, update: Mapping[str, Any]) -> bool:
        """Have an update handled; say whether it was, or need not be tried again."""
        content, tried = json.dumps(update).encode(), 0
        while tried < _TRIES:
            path = self._choose(update, tried)
            if path is None:
                if self._stopping:
                    return False
                await asyncio.sleep(_NOBODY_SECONDS)
                continue
            try:
                await _hand(path, content)
            except aiohttp.ClientConnectorError:  # it has just ended, or has just begun
                await asyncio.sleep(_NOBODY_SECONDS)
            except (aiohttp.ClientError, OSError) as error:
                tried += 1
                logger.warning("who handled an update ended, it is handled again: %s", error)
            else:
                return True
        logger.error("an update is given up: it ended %d processes", _TRIES)
        return True

    def _remember(self, number: int) -> None:
        """Keep the numbers of updates that were handled lately, but nothing else of them."""
        if self._updates[number].handled.result():
            self._updates[number].calls.clear()
        else:
            del self._updates[number]
        while len(self._updates) > _REMEMBERED:
            oldest = next(iter(self._updates))
            if not self._updates[oldest].handled.done():
                break
            del self._updates[oldest]

    # --- Calls ----------------------------------------------------------------------------------

    async def _called(self, request: web.Request) -> web.Response:
        content = await request.read()
        number, _, name = request.headers.get(CALL_HEADER, "").partition(":")
        update = self._updates.get(int(number)) if number.isdecimal() else None
        if update is None or update.handled.done():
            reply = await self._call(request, content)
        else:
            if name not in update.calls:
                update.calls[name] = asyncio.create_task(self._call(request, content))
            # Whoever called may be killed; the call is made all the same, and once.
            reply = await asyncio.shield(update.calls[name])
        return web.Response(
            status=reply.status, body=reply.body, headers={"Content-Type": reply.content_type}
        )

    async def _call(self, request: web.Request, content: bytes) -> _Reply:
        assert self._session is not None
        address = urlsplit(self._api_url)
        kind = request.headers.get("Content-Type")
        try:
            async with self._session.request(
                request.method,
                f"{self._api_url}{request.raw_path}",
                data=content or None,
                headers={"Content-Type": kind} if kind else {},
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=_CALL_SECONDS, sock_read=_CALL_SECONDS
                ),
                proxy=proxy_for(address.scheme, address.netloc),
                allow_redirects=False,
            ) as response:
                said = response.headers.get("Content-Type", "application/octet-stream")
                return _Reply(response.status, said, await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:  # some quote the URL, with the token
            return _failed(type(error).__name__)


async def _hand(path: Path, content: bytes) -> None:
    """Hand an update to the process behind a socket, and wait until it is handled."""
    async with (
        aiohttp.UnixConnector(str(path)) as connector,
        aiohttp.ClientSession(
            connector=connector, timeout=aiohttp.ClientTimeout(total=None)
        ) as session,
        session.post("http://bot/", data=content) as response,
    ):
        await response.read()


def _failed(why: str) -> _Reply:
    """Return what the library takes for a broken connection."""
    told = {"ok": False, "error_code": 502, "description": f"no answer ({why})"}
    return _Reply(502, "application/json", json.dumps(told).encode())
