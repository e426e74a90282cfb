"""How calls reach the Bot API."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.requests import current_request

CALL_HEADER = "X-Isnad-Call"
"""What tells the process in front which call of which update one is: `UPDATE:METHOD:N`."""


class HttpRequest(BaseRequest):
    """Calls the Bot API by aiohttp, which takes less time for each call than httpx.

    Proxies and certificates are those of the environment, as the library's own request has it
    (`HTTPS_PROXY`, `SSL_CERT_FILE`).
    """

    def __init__(self, connections: int, timeout: float, front: Path | None = None) -> None:
        """Args: how many connections at most, and what to wait for each step, in seconds.

        `front` is the socket of what makes the calls; see `bot.front`.
        """
        self._connections = connections
        self._timeout = timeout
        self._front = front
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer is waited for."""
        return self._timeout

    async def initialize(self) -> None:
        """Open the session."""
        if self._session is None:
            self._session = open_session(self._connections, self._front)

    async def shutdown(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(  # noqa: D102 - inherited
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - aiohttp has none
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise RuntimeError("not initialized")
        timeout = aiohttp.ClientTimeout(
            total=None,
            connect=self._seconds(pool_timeout),
            sock_connect=self._seconds(connect_timeout),
            sock_read=self._seconds(read_timeout),
        )
        address = urlsplit(url)
        headers = {"User-Agent": self.USER_AGENT}
        if self._front is not None and (request := current_request()) is not None:
            headers[CALL_HEADER] = request.next_call(address.path.rpartition("/")[2])
        body: Any = None
        if request_data is not None and request_data.contains_files:
            body = _form(request_data)
        elif request_data is not None:
            body = json.dumps(request_data.parameters, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=timeout,
                proxy=None if self._front else proxy_for(address.scheme, address.netloc),
                allow_redirects=False,
            ) as response:
                return response.status, await response.read()
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientConnectionError as error:
            raise NetworkError(f"{type(error).__name__}: {error}") from error
        except aiohttp.ClientError as error:  # those quote the URL, and the token is in that
            raise NetworkError(type(error).__name__) from None

    def _seconds(self, given: Any) -> float | None:
        return self._timeout if given is BaseRequest.DEFAULT_NONE else given


def open_session(connections: int = 100, front: Path | None = None) -> aiohttp.ClientSession:
    """Open a session with the Bot API, or with what stands in front of it at a socket."""
    connector: aiohttp.BaseConnector
    if front is not None:
        connector = aiohttp.UnixConnector(str(front), limit=connections)
    else:
        connector = aiohttp.TCPConnector(limit=connections, ssl=httpx.create_ssl_context())
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


def _form(request_data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)  # Telegram shows names as they come
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form


@cache
def proxy_for(scheme: str, host: str) -> str | None:
    """Return the proxy that the environment has for a host, looked up once.

    aiohttp itself would look it up at every call, and read `.netrc` besides.
    """
    proxies = getproxies()
    return None if proxy_bypass(host) else proxies.get(scheme, proxies.get("all"))
