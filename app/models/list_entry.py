"""Our mirror of QuickBooks' lists, with the keys that entries are found by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Data, Moment, db

BY_BYTES = String().with_variant(String(collation="C"), "postgresql")
"""Text that both databases order by its bytes, so that an index finds what begins with some."""


class ListEntry(db.Model):  # type: ignore[name-defined,misc]
    """One record of one QuickBooks list: customer, item, account, class, terms, tax code ..."""

    __tablename__ = "list_entries"
    __table_args__ = (UniqueConstraint("company_id", "kind", "list_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    kind: Mapped[str]
    list_id: Mapped[str]
    full_name: Mapped[str]
    edit_sequence: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    data: Mapped[dict[str, Any]] = mapped_column(Data, default=dict)
    """The mirrored elements, nested ones with dots: Email, BillAddress.City ..."""


class EntryKey(db.Model):  # type: ignore[name-defined,misc]
    """A normalised value that an entry is found by: full_name, email, company, barcode ..."""

    __tablename__ = "entry_keys"
    __table_args__ = (
        Index("ix_entry_keys_lookup", "company_id", "kind", "by", "value"),
        Index("ix_entry_keys_entry_id", "entry_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    kind: Mapped[str]
    by: Mapped[str]
    value: Mapped[str] = mapped_column(BY_BYTES)
    entry_id: Mapped[int] = mapped_column(ForeignKey("list_entries.id", ondelete="CASCADE"))


class Mirror(db.Model):  # type: ignore[name-defined,misc]
    """How far the mirror of one list is."""

    __tablename__ = "mirrors"
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    loaded_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a load was last completed; None = never."""
    modified_until: Mapped[str] = mapped_column(default="")
    """The newest TimeModified seen, as QuickBooks wrote it, without its offset (local time)."""
    iterator_id: Mapped[str] = mapped_column(default="")
    iterator_session_id: Mapped[int | None]
    remaining: Mapped[int | None]
    facts: Mapped[Any] = mapped_column(Data, nullable=True)
    """For Company and Preferences: what was read; for lists: how far a load is."""
    stale: Mapped[bool] = mapped_column(default=False)
    """Whether it has to be asked again at once: QuickBooks knew of no such entry."""
    alone: Mapped[bool] = mapped_column(default=False)
    """Whether it is asked in a set of its own, because one with it was refused."""
    problem: Mapped[str] = mapped_column(default="")
    """Why QuickBooks does not tell this list, in its own words."""
