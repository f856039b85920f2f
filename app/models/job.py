"""Long work that a person started: any process may run it, any page may watch it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.models.base import Data, Moment, db, now


class Job(db.Model):  # type: ignore[name-defined,misc]
    """One piece of work of a company, how far it is, and what came out."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state", "state", "id"),
        Index("ix_jobs_company_id_kind", "company_id", "kind", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    kind: Mapped[str]
    arguments: Mapped[Any] = deferred(mapped_column(Data))
    who: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="waiting")
    """waiting, running, done, failed, cancelled, lost (its runner died);
    kept (no work: a file that waits, see app.jobs.kinds.csv_import)"""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[Any] = deferred(mapped_column(Data, nullable=True))
    error: Mapped[str] = mapped_column(default="")
    cancel: Mapped[bool] = mapped_column(default=False)
    """Whether somebody asked to stop it."""
    runner: Mapped[str] = mapped_column(default="")
    """The process that runs it."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    """When its runner last said that it works on it."""
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
