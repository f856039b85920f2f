"""Who hears of what, and the mails that tell it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.models.base import Moment, db, now


class Subscription(db.Model):  # type: ignore[name-defined,misc]
    """One address that hears of one topic of a company."""

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("company_id", "email", "topic"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    email: Mapped[str]
    topic: Mapped[str]
    """A key of app.notify.topics.TOPICS."""
    seen: Mapped[int] = mapped_column(default=0)
    """The id of the last event that was told, or was there before."""
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the last mail was written."""
    off_at: Mapped[datetime | None] = mapped_column(Moment)
    """When whoever reads the mails switched them off; rules that name the address do not count."""


class Channel(db.Model):  # type: ignore[name-defined,misc]
    """An address of another service than e-mail, e.g. Slack; subscriptions know it by its name."""

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("company_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    name: Mapped[str]
    secret: Mapped[str] = mapped_column(Text)
    """Apprise's URL, encrypted: it holds a key."""


class Notice(db.Model):  # type: ignore[name-defined,misc]
    """One mail to one address: written once, sent until the mail server has taken it."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("company_id", "email", "key"),
        Index("ix_notices_company_id_state", "company_id", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    email: Mapped[str]
    topic: Mapped[str]
    key: Mapped[str]
    """What it tells, so that nobody is told twice: the day of a digest, the last event."""
    subject: Mapped[str]
    text: Mapped[str] = deferred(mapped_column(Text))
    html: Mapped[str] = deferred(mapped_column(Text))
    message_id: Mapped[str]
    """The same at each try, so that mail servers know the mail when it comes twice."""
    state: Mapped[str] = mapped_column(default="ready")
    """ready, sending, sent, failed (the mail server refuses it for good)"""
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(Moment, default=now)
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
