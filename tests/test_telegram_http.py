"""How calls reach the Bot API: over real sockets, with servers that do and do not behave."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from fakes import TOKEN, BotApi
from telegram import Bot
from telegram.error import NetworkError, TimedOut

from bot.telegram_http import HttpRequest, proxy_for

Serve = Callable[[StreamReader, StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[str]:
    """Serve connections as told, and close them then; give the URL."""
    served: list[asyncio.Task[None] | None] = []

    async def serve_one(reader: StreamReader, writer: StreamWriter) -> None:
        served.append(asyncio.current_task())
        try:
            await serve(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    listening = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    await asyncio.gather(*filter(None, served))


@asynccontextmanager
async def bot(url: str, seconds: float = 5.0) -> AsyncIterator[Bot]:
    one = Bot(
        TOKEN,
        base_url=f"{url}/bot",
        request=HttpRequest(4, seconds),
        get_updates_request=HttpRequest(1, seconds),
    )
    await one._request[0].initialize()
    await one._request[1].initialize()
    try:
        yield one
    finally:
        await one._request[0].shutdown()
        await one._request[1].shutdown()


async def test_calls_and_files_and_errors_are_told_apart(api: BotApi) -> None:
    reader = api.user()
    async with bot(api.base_url.removesuffix("/bot")) as one:
        assert (await one.get_me()).is_bot
        await reader.send("سؤال")
        sent = await one.send_message(reader.id, "نصّ «بين قوسين» \u200f😀")
        assert sent.text == "نصّ «بين قوسين» \u200f😀"
        document = await one.send_document(reader.id, "جسم المقال".encode(), filename="مقال.txt")
        assert document.document is not None
        assert document.document.file_name == "مقال.txt"


async def test_a_server_that_does_not_answer_is_given_up() -> None:
    async def silent(reader: StreamReader, _writer: StreamWriter) -> None:
        await reader.read()  # until the other end hangs up

    async with server(silent) as url, bot(url, seconds=0.2) as one:
        with pytest.raises(TimedOut):
            await one.get_me()


@pytest.mark.parametrize(
    "said", [b"", b"what?\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]
)
async def test_a_connection_that_breaks_is_told_without_the_token(said: bytes) -> None:
    async def broken(_reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(said)

    async with server(broken) as url, bot(url) as one:
        with pytest.raises(NetworkError) as raised:
            await one.get_me()
    assert TOKEN not in str(raised.value)
    assert TOKEN not in repr(raised.value.__cause__)


async def test_where_nobody_listens_the_address_is_told_and_not_the_token() -> None:
    async def never(_reader: StreamReader, _writer: StreamWriter) -> None:
        raise AssertionError

    async with server(never) as url:
        pass
    async with bot(url) as one:
        with pytest.raises(NetworkError, match=r"127\.0\.0\.1") as raised:
            await one.get_me()
    assert TOKEN not in str(raised.value)


async def test_calls_go_by_the_proxy_of_the_environment_but_for_what_it_excepts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bytes] = []

    async def proxy(reader: StreamReader, writer: StreamWriter) -> None:
        asked.append(await reader.readline())
        body = b'{"ok":true,"result":true}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()

    async with server(proxy) as url:
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
        proxy_for.cache_clear()
        async with bot("http://api.example") as one:
            assert await one.log_out()
        assert asked == [f"POST http://api.example/bot{TOKEN}/logOut HTTP/1.1\r\n".encode()]
        assert proxy_for("http", "127.0.0.1:1") is None
    proxy_for.cache_clear()


async def test_it_is_not_sent_on_to_where_an_answer_points() -> None:
    async def elsewhere(_reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        )
        await writer.drain()

    async with server(elsewhere) as url, bot(url) as one:
        with pytest.raises(NetworkError, match="Found"):
            await one.get_me()
