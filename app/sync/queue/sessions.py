"""Who may come in: passwords, tickets, one session a company at a time."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.models import Company, MessageSet, Outbox, Session, db, now
from app.security import digest, is_digest_of
from app.sync import mirror
from app.sync.queue import sets, settle, work
from app.sync.queue.call import Call, lock
from qbwc.conversation import Login

SEEN_EVERY = timedelta(seconds=30)
"""How often an idle Web Connector's visit is noted."""


def login(username: str, password: str, lease: timedelta) -> Login:
    """Open a session if the password is right and there is anything to do.

    Args:
        username: The company's Web Connector user name.
        password: What the Web Connector was given.
        lease: For so long a set without an answer keeps other Web Connectors out.
    """
    at = now()
    found = db.session.execute(
        select(Company.id, Company.password_digest, Company.last_seen_at).where(
            Company.username == username
        )
    ).first()
    known = found.password_digest if found else digest("")
    if not is_digest_of(password, known) or found is None:
        db.session.rollback()
        return Login("nobody")
    if not work.left(found.id, at, at - mirror.FRESH):
        _note_visit(found.id, found.last_seen_at, at)
        return Login("nothing")
    return _open(lock(found.id), at, lease)


def _note_visit(company_id: int, seen: datetime | None, at: datetime) -> None:
    if seen is not None and at - seen < SEEN_EVERY:
        db.session.rollback()
        return
    db.session.execute(
        update(Company)
        .where(Company.id == company_id)
        .values(last_seen_at=at)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def _open(company: Company, at: datetime, lease: timedelta) -> Login:
    flying = sets.in_flight(company.id)
    if any(_is_busy(each, at, lease) for each in flying):
        db.session.commit()
        return Login("busy")
    for old in db.session.scalars(
        select(Session).where(Session.company_id == company.id, Session.state == "open")
    ):
        old.state = "replaced"
        old.ended_at = at
    for each in flying:
        if each.replied_at is None:
            each.state = "uncertain" if each.writes else "lost"
    ticket = secrets.token_hex(16)
    session = Session(
        company_id=company.id, ticket_digest=digest(ticket), started_at=at, called_at=at
    )
    db.session.add(session)
    db.session.flush()
    _look_again(company.id)
    call = Call(company, session, at)
    settle.finish(call)
    call.log("session.started", "The Web Connector has come to fetch work.")
    call.keep()
    return Login("open", ticket, company.company_file)


def _look_again(company_id: int) -> None:
    """What waits for another document is looked at afresh once a session."""
    db.session.execute(
        update(Outbox)
        .where(Outbox.company_id == company_id, Outbox.state == "ready", Outbox.waiting)
        .values(waiting=False)
        .execution_options(synchronize_session=False)
    )


def _is_busy(message_set: MessageSet, at: datetime, lease: timedelta) -> bool:
    return message_set.replied_at is None and at - message_set.handed_at < lease
