"""The application served on a free port of this machine, for a Web Connector in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import waitress
from flask import Flask
from waitress import wasyncore


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application on a free port of this machine; yields its address."""
    sockets: dict[int, Any] = {}
    server = waitress.create_server(
        app, map=sockets, host="127.0.0.1", port=0, threads=4, ident=None
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # In the server's own thread: it may be waiting for these sockets right now.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join(timeout=5)
        server.task_dispatcher.shutdown()
