"""A server that can be killed between any two statements, and a Web Connector that goes wrong."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import Flask
from lxml import etree
from sqlalchemy.orm import Session as OrmSession

from app.models import db
from tests.database import close_app, open_app
from tests.exchange import Exchange

NIGHTLY = os.environ.get("RULEBOOKS_NIGHTLY") == "1"
"""Whether there is time for every schedule, or for a tenth of them."""
HRESULTS = ("0x80040401", "0x80040402", "0x80040408", "0x8004040D", "0x80040410")


class Killed(BaseException):
    """The server process is gone."""


class Lost(Exception):  # noqa: N818 - it happened; nobody did it
    """The connection is gone; the Web Connector gives the session up."""


class Killer:
    """Counts statements and commits of an application, and kills it at one of them."""

    def __init__(self) -> None:
        self.count = 0
        self.at: int | None = None

    def tick(self, *_arguments: Any) -> None:
        self.count += 1
        if self.at is not None and self.count == self.at:
            self.at = None
            raise Killed

    def arm(self, moments: int) -> None:
        """Kill so many moments from now."""
        self.at = self.count + moments

    @contextmanager
    def watching(self, app: Flask, *, statements: bool = True) -> Iterator[None]:
        """Count in an application: before each statement, before and after each commit."""
        with app.app_context():
            engine = db.engine
        commit = OrmSession.commit

        def commit_and_tick(session: OrmSession) -> None:
            commit(session)
            self.tick()

        hooks = ["commit", "before_cursor_execute"] if statements else ["commit"]
        for name in hooks:
            sa.event.listen(engine, name, self.tick)
        OrmSession.commit = commit_and_tick  # type: ignore[method-assign]
        try:
            yield
        finally:
            OrmSession.commit = commit  # type: ignore[method-assign]
            for name in hooks:
                sa.event.remove(engine, name, self.tick)


class Server:
    """The application of an exchange; after it was killed it is started from the database."""

    def __init__(self, exchange: Exchange, url: str, killer: Killer) -> None:
        self.exchange = exchange
        self.killer = killer
        self._url = url
        self._statements = True
        self.kills = 0

    def call(self, method: str, *arguments: Any) -> Any:
        """One SOAP call; Lost if the server dies of it."""
        try:
            with self.killer.watching(self.exchange.app, statements=self._statements):
                return self.exchange.call(method, *arguments)
        except Killed:
            self.kills += 1
            close_app(self.exchange.app)
            if self.kills % 10 == 1:
                self.exchange.app = open_app(self._url)
            raise Lost from None

    @contextmanager
    def only_commits(self) -> Iterator[None]:
        """Count commits only: before and after each."""
        self._statements = False
        yield
        self._statements = True


class Connector:
    """A Web Connector that makes one call at a time, so that two can be interleaved."""

    def __init__(self, server: Server, chance: random.Random | None, rate: float = 0.25) -> None:
        self.server = server
        self.exchange = server.exchange
        self.chance = chance
        self.rate = rate
        self.late: list[tuple[str, str, str, str]] = []
        self.steps = 0

    def run(self) -> None:
        """One session, to its end or until something is lost."""
        for _ in self.session():
            pass

    def session(self) -> Iterator[None]:
        """One session, a call at a time."""
        try:
            yield from self._session()
        except Lost:
            pass
        finally:
            self.exchange.quickbooks.end_session()

    def _session(self) -> Iterator[None]:
        ticket, answer = self._call("authenticate", "grove", self.exchange.password)
        yield
        if answer in {"none", "nvu", "busy"}:
            return
        self.exchange.stamp()
        told = self.exchange.quickbooks.host_response()
        while True:
            self.steps += 1
            assert self.steps < 2_000, "the session does not come to an end"
            document = self._call("send_request", ticket, told, "C:\\grove.qbw", "US", 13, 0)
            told = ""
            yield
            if not document:
                if self._call("get_last_error", ticket) == "NoOp":
                    yield
                    continue
                break
            reply = self._process(document)
            yield
            if self._happens(0.3):
                self.late.append((ticket, *reply))
                raise Lost
            percent = self._call("receive_response", ticket, *reply)
            yield
            if percent < 0 or percent == 100:
                break
        self._call("close_connection", ticket)

    def deliver_late(self) -> None:
        """The answers that were held up arrive, on tickets that are old by now."""
        late, self.late = self.late, []
        for reply in late:
            try:
                self.server.call("receive_response", *reply)
            except Lost:
                continue

    def _happens(self, share: float) -> bool:
        return self.chance is not None and self.chance.random() < self.rate * share

    def _call(self, method: str, *arguments: Any) -> Any:
        if self._happens(0.15):
            raise Lost  # the request never arrives
        if self._happens(0.4):
            assert self.chance is not None
            self.server.killer.arm(self.chance.randint(1, 40))
        answer = self.server.call(method, *arguments)
        if self._happens(0.15):
            raise Lost  # the answer never arrives
        return answer

    def _process(self, document: str) -> tuple[str, str, str]:
        quickbooks = self.exchange.quickbooks
        if self.chance is None:
            return self.exchange.process(document)
        if self._happens(0.15):
            raise Lost  # a crash before QuickBooks has it
        if self._happens(0.2):
            quickbooks.lock(self.chance.choice((3175, 3176, 3180)), self.chance.randint(1, 3))
        if self._happens(0.15):
            return "", self.chance.choice(HRESULTS), "not done"
        if self._happens(0.15):
            self.exchange.process(first_requests(document, self.chance.randint(1, 4)))
            raise Lost  # a crash in the middle, of which QuickBooks keeps no record
        reply = self.exchange.process(document)
        if self._happens(0.15):
            raise Lost  # a crash after QuickBooks did it
        if self._happens(0.15):
            return "", self.chance.choice(HRESULTS), "done, but QuickBooks says otherwise"
        if self._happens(0.1):
            return reply[0][: self.chance.randint(0, len(reply[0]))], "", ""
        return reply


def first_requests(document: str, requests: int) -> str:
    """A message set cut down to its first requests, without an id."""
    root = etree.fromstring(document.encode())
    (messages,) = root
    for name in ("newMessageSetID", "oldMessageSetID"):
        messages.attrib.pop(name, None)
    for request in messages[requests:]:
        messages.remove(request)
    inner = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?>{inner}'


def forget_message_sets(exchange: Exchange) -> None:
    """QuickBooks loses its records of message sets."""
    exchange.quickbooks._file.run("DELETE FROM message_set")
