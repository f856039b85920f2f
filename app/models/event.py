"""The transaction log, and the audit trail: what people did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Data, Moment, db, now


class Event(db.Model):  # type: ignore[name-defined,misc]
    """One line of the transaction log: what happened, in a sentence."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_listed", "company_id", "at", "id"),
        Index("ix_events_of_kind", "company_id", "kind", "at", "id"),
        Index(
            "ix_events_trouble",
            "company_id",
            "level",
            "at",
            "id",
            sqlite_where=sql("level <> 'info'"),
            postgresql_where=sql("level <> 'info'"),
        ),
        Index("ix_events_order_id_id", "order_id", "id"),
        Index(
            "ix_events_audit_of_company",
            "company_id",
            "id",
            sqlite_where=sql("area <> ''"),
            postgresql_where=sql("area <> ''"),
        ),
        Index(
            "ix_events_audit",
            "id",
            sqlite_where=sql("area <> ''"),
            postgresql_where=sql("area <> ''"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"))
    """None for what concerns the whole installation, e.g. a failed log-in."""
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    level: Mapped[str] = mapped_column(default="info")
    """info, warning, error"""
    kind: Mapped[str]
    """e.g. order.received, order.held, document.posted, session.started"""
    text: Mapped[str]
    area: Mapped[str] = mapped_column(default="")
    """Empty, or what a person's act was about: this line belongs to the audit trail; app.audit."""
    who: Mapped[str] = mapped_column(default="")
    """The e-mail address of the person who acted, kept when they are removed."""
    detail: Mapped[Any] = mapped_column(Data, nullable=True)
