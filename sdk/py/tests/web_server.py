"""A real HTTP server on loopback that answers as it is told."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer


@dataclass(frozen=True)
class Seen:
    """A request that has arrived."""

    method: str
    path: str
    content_type: str | None
    content: bytes
    authorization: str | None = None
    cookie: str | None = None


@dataclass(frozen=True)
class Answer:
    """What is answered to one request."""

    content: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    """Content-Length, where it is not that of the content: the connection is closed then."""
    is_dropped: bool = False
    """Closes the connection without a word."""
    is_silent: bool = False
    """Says nothing until the server stops."""


Script = Callable[[Seen], Answer]


class WebServer:
    """Answers by a function of the request; remembers all of them."""

    def __init__(self, script: Script) -> None:
        self.seen: list[Seen] = []
        self._stopped = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._handle()

            def do_POST(self) -> None:
                self._handle()

            def _handle(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                content_type = self.headers.get("Content-Type")
                authorization, cookie = self.headers.get("Authorization"), self.headers.get("Cookie")
                seen = Seen(self.command, self.path, content_type, content, authorization, cookie)
                owner.seen.append(seen)
                self._send(script(seen))

            def _send(self, answer: Answer) -> None:
                if answer.is_silent:
                    owner._stopped.wait()
                if answer.is_silent or answer.is_dropped:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                length = len(answer.content) if answer.length is None else answer.length
                for name, value in {"Content-Length": str(length), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.close_connection = answer.length is not None
                try:
                    self.wfile.write(answer.content)
                except ConnectionError:
                    # Whoever asked has seen enough.
                    self.close_connection = True

            def log_message(self, *_arguments: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Ends all that is still waiting."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def serving(script: Script) -> Iterator[WebServer]:
    """A server that is gone afterwards."""
    server = WebServer(script)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def dripping(beginning: bytes, more: bytes) -> Iterator[str]:
    """The URL of a server that answers with a beginning, and then with a bit more, again and again."""
    stopped = threading.Event()

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            # The answer to nobody ends with the connection.
            with contextlib.suppress(OSError):
                self.request.recv(65536)
                self.request.sendall(beginning)
                while not stopped.wait(0.02):
                    self.request.sendall(more)

    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def in_turn(*answers: Answer) -> Script:
    """One answer after the other; the last again and again."""
    left = list(answers)
    return lambda _seen: left.pop(0) if len(left) > 1 else left[0]
