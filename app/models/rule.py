"""Rules and tables by content hash, and the numbered releases that list them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Data, Moment, db, now


class RuleContent(db.Model):  # type: ignore[name-defined,misc]
    """A rule or a table, immutable, named by the hash of its content."""

    __tablename__ = "rule_contents"
    hash: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[Any] = mapped_column(Data)


class Release(db.Model):  # type: ignore[name-defined,misc]
    """An immutable, numbered, published rulebook of a company."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("company_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    number: Mapped[int]
    rules: Mapped[dict[str, str]] = mapped_column(Data)
    """Decision key -> content hash; a decision not named keeps its default."""
    tables: Mapped[dict[str, str]] = mapped_column(Data)
    author: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class DraftChange(db.Model):  # type: ignore[name-defined,misc]
    """A rule or table as a company's open draft has it; together they are the draft."""

    __tablename__ = "draft_changes"
    __table_args__ = (UniqueConstraint("company_id", "part", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    part: Mapped[str]
    """rules, tables"""
    key: Mapped[str]
    hash: Mapped[str]
    """Of the content; "" where it is removed: a rule goes back to its default."""
    content: Mapped[Any] = mapped_column(Data, nullable=True)
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"))
    """The release that it was made from; None for the defaults."""
    author: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime] = mapped_column(Moment, default=now)
