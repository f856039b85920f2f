"""Work that comes round: when it is next done, by whom now, and how it went last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Moment, db


class Task(db.Model):  # type: ignore[name-defined,misc]
    """One kind of work that comes round for a company; any node does it, one at a time."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("company_id", "kind"),
        Index("ix_tasks_next_at", "next_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    kind: Mapped[str]
    """The name of a module in app.schedule.kinds."""
    paused: Mapped[bool] = mapped_column(default=False)
    asked: Mapped[bool] = mapped_column(default=False)
    """Whether a person wants it once now, paused or not."""
    next_at: Mapped[datetime] = mapped_column(Moment)
    lease: Mapped[str] = mapped_column(default="")
    """Who does it now, so that nobody else does."""
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    result: Mapped[str] = mapped_column(default="")
    """How it went last, in words."""
    failures: Mapped[int] = mapped_column(default=0)
    """How often it failed since it last went well."""
