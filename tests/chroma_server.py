"""A real server of Chroma on this machine, and a door before it that wants TLS and a password."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import cast

import httpx

from retrieval.chroma_server import ChromaServer

CERTIFICATE = Path(__file__).parent / "certificates" / "localhost.pem"
"""Of 127.0.0.1, with its key, which opens nothing but what these tests start."""
PASSWORD = "Bearer the-password-of-the-door"
_SECONDS = 30.0  # to start in, on a busy machine


class RunningChroma:
    """A `chroma run` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Start it, and wait until it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._command = [
            str(Path(sys.executable).parent / "chroma"),
            "run",
            *("--path", str(folder), "--host", "127.0.0.1", "--port", str(self.port)),
        ]
        self.server = ChromaServer(f"http://127.0.0.1:{self.port}")
        self.start()

    def start(self) -> None:
        """Start it, again after `stop`."""
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "CHROMA_ANONYMIZED_TELEMETRY": "false"},
        )
        ends = time.monotonic() + _SECONDS
        while time.monotonic() < ends:
            try:
                httpx.get(f"{self.server.url}/api/v2/heartbeat").raise_for_status()
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("chroma run does not answer")

    def freeze(self, *, thawed: bool = False) -> None:
        """Have it take connections and answer none, until it is thawed."""
        os.killpg(self._process.pid, signal.SIGCONT if thawed else signal.SIGSTOP)

    def stop(self) -> None:
        """End it."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class _Door(BaseHTTPRequestHandler):
    """Passes on what comes with the password."""

    protocol_version = "HTTP/1.1"

    def _pass_on(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Authorization") != PASSWORD:
            self._reply(403, b'{"error": "no entry"}')
            return
        inner = HTTPConnection("127.0.0.1", cast("_Doorway", self.server).inner)
        inner.request(
            self.command,
            self.path,
            content,
            {"Content-Type": "application/json"} if content else {},
        )
        reply = inner.getresponse()
        self._reply(reply.status, reply.read())
        inner.close()

    do_GET = do_POST = do_DELETE = do_PUT = _pass_on  # noqa: N815 - names of the standard library

    def _reply(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_what: object) -> None:
        """Keep quiet."""


class _Doorway(ThreadingHTTPServer):
    daemon_threads = True
    inner = 0


@contextmanager
def door(chroma: RunningChroma) -> Iterator[str]:
    """Stand before a server of Chroma; gives the https URL."""
    doorway = _Doorway(("127.0.0.1", 0), _Door)
    doorway.inner = chroma.port
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    doorway.socket = context.wrap_socket(doorway.socket, server_side=True)
    Thread(target=doorway.serve_forever, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{doorway.server_address[1]}"
    finally:
        doorway.shutdown()
        doorway.server_close()
