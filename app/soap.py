"""The Web Connector's endpoint on the application: each call in a context of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from app.sync.queue import DatabaseQueue
from app.throttle import Failures
from qbwc import endpoint
from qbwc.conversation import Conversation
from qbwc.service import Caller

PATH = "/qbwc"
NOT_VALID = "nvu"

_address: ContextVar[str] = ContextVar("address", default="")


class AppCaller:
    """Answers each SOAP call in an app context, which ends the database session after it."""

    def __init__(self, app: Flask, conversation: Caller, failures: Failures) -> None:
        """Let `conversation` answer, and keep out who tries too many passwords."""
        self._app = app
        self._conversation = conversation
        self._failures = failures

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._call, name)

    def _call(self, name: str, *parameters: Any) -> Any:
        with self._app.app_context():
            return getattr(self._conversation, name)(*parameters)

    def authenticate(self, username: str, password: str) -> list[str]:
        """As the conversation says, unless this user name failed too often from that address."""
        address = _address.get()
        if self._failures.too_many(username, address):
            return ["", NOT_VALID]
        answer: list[str] = self._call("authenticate", username, password)
        if answer[1].lower() == NOT_VALID:
            self._failures.add(username, address)
        return answer


class Mount:
    """The endpoint, built when it is first called: most commands never do."""

    def __init__(self, app: Flask) -> None:
        """Mount the endpoint on that application."""
        self._app = app
        self._lock = Lock()
        self._endpoint: WSGIApplication | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        with self._lock:
            if self._endpoint is None:
                self._endpoint = self._build()
        _address.set(environ.get("REMOTE_ADDR", ""))
        return self._endpoint(environ, start_response)

    def _build(self) -> WSGIApplication:
        settings = self._app.config["SETTINGS"]
        queue = DatabaseQueue(lease=timedelta(seconds=settings.session_lease))
        caller: Any = AppCaller(self._app, Conversation(queue), self._app.extensions["failures"])
        return endpoint.endpoint(
            caller,
            location=settings.url + PATH if "url" in settings.model_fields_set else None,
            support=f"Your orders and what became of them: {settings.url}",
        )
