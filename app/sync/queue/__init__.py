"""The queue that the Web Connector works off, kept in the database.

A session asks for its next set (``work``: in which order), each step writes one kind of set and
settles the answers to it. To add a step, write its module with ``ask`` or ``send``, put it into
``work.next_set`` and its settler into ``settle.SETTLERS``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module

from sqlalchemy import select

from app.models import Company, Session, db, now
from app.security import digest
from app.sync.queue import sessions
from app.sync.queue.call import Call, lock
from app.sync.queue.visit import DatabaseVisit
from app.sync.queue.work import Decide
from qbwc.conversation import Login

LEASE = timedelta(seconds=120)


def decide_due(company: Company, limit: int) -> int:
    """Let the runner decide due orders."""
    decided: int = import_module("app.sync.runner").decide_due(company, limit)
    return decided


class DatabaseQueue:
    """Implements ``qbwc.conversation.Queue``; needs an app context. Each call is one unit."""

    def __init__(self, *, lease: timedelta = LEASE, decide: Decide = decide_due) -> None:
        """Keep second Web Connectors out for ``lease``; fill the outbox by ``decide``."""
        self._lease = lease
        self._decide = decide

    def login(self, username: str, password: str) -> Login:
        """Open a session if the password is right and there is anything to do."""
        return sessions.login(username, password, self._lease)

    @contextmanager
    def visit(self, ticket: str) -> Iterator[DatabaseVisit | None]:
        """The session of a ticket, locked; committed at the end, undone on any error."""
        found = db.session.execute(
            select(Session.id, Session.company_id).where(Session.ticket_digest == digest(ticket))
        ).first()
        if found is None:
            db.session.rollback()
            yield None
            return
        try:
            company = lock(found.company_id)
            session = db.session.get_one(Session, found.id, populate_existing=True)
            call = Call(company, session)
            session.called_at = now()
            yield DatabaseVisit(call, self._decide)
            call.keep()
        except BaseException:
            db.session.rollback()
            raise


__all__ = ["DatabaseQueue", "DatabaseVisit", "Decide", "digest"]
