"""What people or postings taught us: whose customer, and which item, a store's own id means."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Moment, db, now


class Remembered(db.Model):  # type: ignore[name-defined,misc]
    """A search key that the mirror does not have; a refresh of the mirror leaves it alone."""

    __tablename__ = "remembered"
    __table_args__ = (
        UniqueConstraint("company_id", "kind", "by", "value"),
        Index("ix_remembered_listed", "company_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    kind: Mapped[str]
    """Customer, Item"""
    by: Mapped[str]
    """store_id (a store's customer), alias (an item that goes by another SKU)"""
    value: Mapped[str]
    """Normalised as look-ups are."""
    text: Mapped[str] = mapped_column(default="")
    """As the store or the person wrote it."""
    list_id: Mapped[str]
    full_name: Mapped[str]
    """As it was then; the ListID counts."""
    who: Mapped[str] = mapped_column(default="")
    """The person who said so; empty when a posting did."""
    at: Mapped[datetime] = mapped_column(Moment, default=now)
