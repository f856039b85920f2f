"""Old messages and old lines of the log go; what is not settled and what was posted stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app.models import Company, Event, Job, MessageSet, Session, db
from app.sync.retention import prune

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEEP: dict[str, Any] = {"keep_messages": timedelta(days=90), "keep_events": timedelta(days=730)}


def session(days: int, *, state: str = "closed") -> Session:
    at = AT - timedelta(days=days)
    company = db.session.scalars(select(Company)).first()
    if company is None:
        company = Company(name="Grove", username="grove", password_digest="")
        db.session.add(company)
        db.session.flush()
    number = db.session.scalar(select(func.count(Session.id))) or 0
    row = Session(
        company_id=company.id, ticket_digest=str(number), state=state, started_at=at, called_at=at
    )
    db.session.add(row)
    db.session.flush()
    return row


def message_set(days: int, *, writes: bool = True, state: str = "settled") -> int:
    at = AT - timedelta(days=days)
    own = session(days)
    row = MessageSet(
        company_id=own.company_id, session_id=own.id, set_id=f"{own.id}", writes=writes,
        purpose="documents" if writes else "mirror", state=state, request="<a/>", contents={},
        sent_at=at, handed_at=at, reply="<b/>",
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    return row.id


def texts() -> dict[int, str]:
    rows = db.session.execute(select(MessageSet.id, MessageSet.request))
    return {row.id: row.request for row in rows}


def test_questions_go_after_a_week(any_app: Flask) -> None:
    with any_app.app_context():
        old, new = message_set(8, writes=False), message_set(6, writes=False)
        assert prune(AT, **KEEP).questions == 1
        assert set(texts()) == {new}
        assert old not in texts()


def test_a_set_that_wrote_keeps_its_row_but_not_its_text(any_app: Flask) -> None:
    with any_app.app_context():
        old, new = message_set(91), message_set(89)
        assert prune(AT, **KEEP).texts == 1
        assert texts() == {old: "", new: "<a/>"}
        assert prune(AT, **KEEP).texts == 0


def test_a_set_that_is_not_settled_is_never_touched(any_app: Flask) -> None:
    with any_app.app_context():
        kept = [
            message_set(900, state=s) for s in ("in_flight", "uncertain", "recovering", "unsent")
        ]
        kept.append(message_set(900, writes=False, state="asked"))
        prune(AT, **KEEP)
        assert texts() == dict.fromkeys(kept, "<a/>")


def test_the_log_is_kept_for_its_time_and_in_batches(any_app: Flask) -> None:
    with any_app.app_context():
        company_id = session(0).company_id
        for days in [731] * 1_200 + [729]:
            db.session.add(
                Event(company_id=company_id, kind="x", text="x", at=AT - timedelta(days=days))
            )
        db.session.commit()
        assert prune(AT, **KEEP).events == 1_200
        assert db.session.scalar(select(func.count(Event.id))) == 1


def test_a_session_goes_when_nothing_of_it_is_kept(any_app: Flask) -> None:
    with any_app.app_context():
        message_set(100)
        session(100)
        session(100, state="open")
        session(1)
        db.session.commit()
        assert prune(AT, **KEEP).sessions == 1
        assert db.session.scalar(select(func.count(Session.id))) == 3


def test_a_file_that_was_never_imported_goes_after_a_week(any_app: Flask) -> None:
    with any_app.app_context():
        company_id = session(0).company_id
        for days, state in ((8, "kept"), (6, "kept"), (8, "done")):
            at = AT - timedelta(days=days)
            db.session.add(Job(company_id=company_id, kind="csv_file", arguments={}, state=state,
                               created_at=at))  # fmt: skip
        db.session.commit()
        assert prune(AT, **KEEP).files == 1
        states = db.session.scalars(select(Job.state).order_by(Job.id)).all()
        assert states == ["kept", "done"]
