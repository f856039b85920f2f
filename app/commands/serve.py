"""`rulebooks serve`: the web pages and the Web Connector's endpoint in one process."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import click
import waitress
from flask import Flask, current_app

from app.commands.tools import CommandError, with_database
from app.jobs.worker import Worker
from app.models import db
from app.scheduler import Scheduler
from app.settings import Settings
from app.stores.formats import formats
from app.web.first_run import set_up_address
from qbwc import documents, lists
from qbwc.endpoint import MAX_BYTES
from rules_library.decision import decisions_of
from rules_library.preset import presets

THREADS = 8
ENVELOPE_BYTES = 64 * 1024
GARBAGE = (50_000, 20, 100)
"""Orders are decided by the hundred: looking for cycles among them so often is a fifth of it."""


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@with_database
def command(host: str, port: int) -> None:
    """Bring the database up to date, then serve until stopped."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way to the application itself
    settings: Settings = app.config["SETTINGS"]
    try:
        server = waitress.create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            ident=None,
            max_request_body_size=MAX_BYTES + ENVELOPE_BYTES,
            clear_untrusted_proxy_headers=not settings.proxies,
        )
    except OSError as error:
        raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}") from None
    settings = app.config["SETTINGS"] = settings.at(server.effective_port)
    where = f"http://{host}:{server.effective_port}"
    click.echo(f"Rulebooks serves on {where}, known as {settings.url}; Ctrl+C stops it.", err=True)
    if address := set_up_address(app):
        click.echo(f"Nobody can log in yet. Create the owner here: {address}", err=True)
    db.session.remove()
    _prepare()
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)
    with working(app):
        server.run()


@contextmanager
def working(app: Flask) -> Iterator[None]:
    """What runs beside the pages: long work, the schedule, and at first compiling templates."""
    threading.Thread(target=prepare_pages, args=(app,), name="templates", daemon=True).start()
    parts = (Worker(app), Scheduler(app))
    for part in parts:
        part.start()
    try:
        yield
    finally:
        for part in parts:
            part.stop()


def prepare_pages(app: Flask) -> None:
    """Compile the templates, which each page's first visitor would wait for otherwise."""
    loader = app.jinja_loader
    for name in loader.list_templates() if loader else ():
        app.jinja_env.get_template(name)


def _end(_signal: int, _frame: object) -> None:
    """End as by Ctrl+C; a second time at once."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise SystemExit(0)


def _prepare() -> None:
    """Load now what the first call would load while a Web Connector waits."""
    import_module("app.sync.runner")
    formats()
    decisions_of("order")
    lists.kinds()
    documents.kinds()
    presets()
