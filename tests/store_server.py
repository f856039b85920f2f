"""A real HTTP server before a fake shop, so that sockets, certificates and headers are real."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

Answer = Callable[[httpx.Request], httpx.Response]


@contextmanager
def served(answer: Answer, *, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address at which the function answers."""
    with listening(_handler(answer), context) as address:
        yield address


@contextmanager
def raw(sends: Callable[[Any], None]) -> Iterator[str]:
    """The address at which the function itself writes what comes back."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sends(self)

        def log_message(self, *_: Any) -> None:
            pass

    with listening(Handler, None) as address:
        yield address


@contextmanager
def listening(handler: Any, context: ssl.SSLContext | None) -> Iterator[str]:
    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            host = self.headers["host"]
            request = httpx.Request(
                self.command,
                f"http://{host}{self.path}",
                headers=dict(self.headers),
                content=self.rfile.read(length),
            )
            got = answer(request)
            body = got.content
            self.send_response(got.status_code)
            for key, value in got.headers.items():
                if key not in {"content-length", "transfer-encoding", "content-encoding", "date"}:
                    self.send_header(key, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
