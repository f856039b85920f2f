"""Web Connector sessions and the message sets they carried."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.models.base import Data, Moment, db, now


class Session(db.Model):  # type: ignore[name-defined,misc]
    """One run of a Web Connector, known by its ticket (kept as a digest)."""

    __tablename__ = "sessions"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    ticket_digest: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="open")
    """open, closed, replaced (another session took over)"""
    greeted: Mapped[bool] = mapped_column(default=False)
    """Whether sendRequestXML was called, and the company file was checked."""
    started_at: Mapped[datetime] = mapped_column(Moment, default=now)
    called_at: Mapped[datetime] = mapped_column(Moment, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    done: Mapped[int] = mapped_column(default=0)
    """Requests settled in this session, for the progress figure."""
    errors: Mapped[int] = mapped_column(default=0)
    """How often connectionError was called."""
    waits: Mapped[int] = mapped_column(default=0)
    """How often the Web Connector was asked for five seconds' patience."""
    last_error: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")


class MessageSet(db.Model):  # type: ignore[name-defined,misc]
    """One batch of requests: its exact bytes, committed before they are handed out."""

    __tablename__ = "message_sets"
    __table_args__ = (
        UniqueConstraint("company_id", "set_id"),
        Index("ix_message_sets_company_id_state", "company_id", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    """The session that it was last handed out in."""
    set_id: Mapped[str]
    """At most 23 characters; sets that only ask have one too, for our own book-keeping."""
    writes: Mapped[bool]
    purpose: Mapped[str]
    """mirror, search, entries, documents, recover"""
    state: Mapped[str] = mapped_column(default="in_flight")
    """in_flight; uncertain (nobody knows if it was done); asked (QuickBooks is asked for its
    record of it); recovering (it has none: a search decides); unsent (nothing of it was done: to
    be sent again as it is); settled; refused (whole, with 0x80040400); lost (it only asked)"""
    request: Mapped[str] = deferred(mapped_column(Text))
    contents: Mapped[Any] = deferred(mapped_column(Data))
    """requestID -> what the request is about, e.g. ["outbox", 17]."""
    handed_out: Mapped[int] = mapped_column(default=1)
    sent_at: Mapped[datetime] = mapped_column(Moment, default=now)
    """When it was first handed out."""
    handed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    """When it was last handed out."""
    replied_at: Mapped[datetime | None] = mapped_column(Moment)
    reply: Mapped[str | None] = deferred(mapped_column(Text))
    hresult: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
