"""What Telegram does with a webhook: posts each update until it is taken, with the secret."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from botapi_rules import JsonDict

HEADER = "X-Telegram-Bot-Api-Secret-Token"
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 0.5  # Telegram waits longer: a test has not the time


@dataclass(slots=True, frozen=True)
class Delivery:
    """One attempt to post an update; ``status`` is 0 where nobody answered."""

    update_id: int
    status: int


@dataclass(slots=True)
class Webhook:
    """What the bot has set."""

    url: str
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""


@dataclass(slots=True)
class Deliveries:
    """Posts the pending updates of a bot to its webhook.

    ``behind`` is where the proxy that ends TLS passes requests on to; until a test says it, nothing
    can be delivered, as to a host that is down.
    """

    pending: Callable[[], list[JsonDict]]
    taken: Callable[[int], None]
    webhook: Webhook | None = None
    behind: tuple[str, int] | None = None
    attempts: list[Delivery] = field(default_factory=list)
    _tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)

    def begin(self) -> None:
        """Post what is pending and not under way, as many at a time as the bot wants."""
        if self.webhook is None:
            return
        for update in self.pending():
            if len(self._tasks) >= self.webhook.max_connections:
                return
            if update["update_id"] not in self._tasks:
                task = asyncio.create_task(self._deliver(update))
                self._tasks[update["update_id"]] = task

    async def end(self) -> None:
        """Give up what is under way; it stays pending."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self, update: JsonDict) -> None:
        pause, number = _FIRST_PAUSE_SECONDS, update["update_id"]
        while self.webhook is not None:
            status = await self._post(self.webhook, update)
            self.attempts.append(Delivery(number, status))
            if 200 <= status < 300:
                self.taken(number)
                break
            self.webhook.last_error = f"Wrong response from the webhook: {status or 'none'}"
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)
        self._tasks.pop(number, None)
        self.begin()

    async def _post(self, webhook: Webhook, update: JsonDict) -> int:
        if self.behind is None:
            return 0
        try:
            return await post(self.behind, webhook.url, update, webhook.secret)
        except (OSError, EOFError):
            return 0


async def post(behind: tuple[str, int], url: str, update: Any, secret: str = "") -> int:
    """Post an update as a proxy passes it on, and return the status that comes back."""
    parts, body = urlsplit(url), json.dumps(update).encode()
    head = [
        f"POST {parts.path or '/'} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *([f"{HEADER}: {secret}"] if secret else []),
    ]
    reader, writer = await asyncio.open_connection(*behind)
    try:
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        await writer.drain()
        line = await reader.readuntil(b"\r\n")
        await reader.read()
        return int(line.split()[1])
    finally:
        writer.close()
