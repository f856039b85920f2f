"""What is to be sent to QuickBooks, and what QuickBooks holds."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.models.base import Base, Data, Moment, Money, db, now
from app.models.order import Order

needs = Table(
    "outbox_needs",
    Base.metadata,
    Column("outbox_id", ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True),
    Column("addition_id", ForeignKey("additions.id"), primary_key=True, index=True),
)
"""A document waits for the list entries that it refers to."""


class Outbox(db.Model):  # type: ignore[name-defined,misc]
    """A document that is to be added or modified; its key is the posting's key."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("order_id", "kind", "part", "action", "generation"),
        Index("ix_outbox_company_id_ref_number", "company_id", "kind", "ref_number"),
        Index("ix_outbox_company_id_state", "company_id", "state", "order_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    kind: Mapped[str]
    part: Mapped[str] = mapped_column(default="")
    action: Mapped[str] = mapped_column(default="add")
    generation: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="ready")
    """ready, sent (in a message set), done, held (a person acts), review (may be in QuickBooks:
    never sent again on a guess), dropped (no longer wanted)"""
    searched: Mapped[bool] = mapped_column(default=False)
    """Whether QuickBooks was asked if it already holds this document."""
    ref_number: Mapped[str] = mapped_column(default="")
    guid: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None] = mapped_column(Moment)
    within: Mapped[int | None]
    """After a set with it was refused: how many requests the next set with it may hold."""
    waiting: Mapped[bool] = mapped_column(default=False)
    """Whether the document that it refers to is not posted: looked at again when one is."""
    replans: Mapped[int] = mapped_column(default=0)
    """How often its order was decided again because QuickBooks held something else."""
    status_code: Mapped[int | None]
    advice: Mapped[str] = mapped_column(default="")
    alike: Mapped[dict[str, Any] | None] = mapped_column(Data)
    """Of what is held because QuickBooks holds its like: txn_id, ref_number, date, total."""
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)

    # The long texts come last: SQLite reads past what stands before a column.
    payload: Mapped[str] = deferred(mapped_column(Text))
    """qbwc.documents.base.Document.dumps()"""
    request: Mapped[str] = deferred(mapped_column(Text, default=""))
    """The request's qbXML as last sent."""
    response: Mapped[str] = deferred(mapped_column(Text, default=""))

    order: Mapped[Order] = relationship()
    needs: Mapped[list[Addition]] = relationship(secondary=needs)


class Addition(db.Model):  # type: ignore[name-defined,misc]
    """A list entry that is to be created; safe by its name (3100 = find it and use it)."""

    __tablename__ = "additions"
    __table_args__ = (
        UniqueConstraint("company_id", "kind", "name_key"),
        Index("ix_additions_company_id_state", "company_id", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    kind: Mapped[str]
    full_name: Mapped[str]
    name_key: Mapped[str]
    """qbwc.lists.normal(full_name) where the list compares so; else the folded full name."""
    payload: Mapped[str] = mapped_column(Text)
    """qbwc.lists.Addition.dumps()"""
    state: Mapped[str] = mapped_column(default="ready")
    """ready, sent, done, find (name in use: look it up), held"""
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None] = mapped_column(Moment)
    within: Mapped[int | None]
    """After a set with it was refused: how many requests the next set with it may hold."""
    status_code: Mapped[int | None]
    advice: Mapped[str] = mapped_column(default="")
    list_id: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class CustomValue(db.Model):  # type: ignore[name-defined,misc]
    """The text of a custom field that is to be written to what QuickBooks holds for a document."""

    __tablename__ = "custom_values"
    __table_args__ = (
        UniqueConstraint("company_id", "txn_id", "name"),
        Index("ix_custom_values_company_id_state", "company_id", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    kind: Mapped[str]
    txn_id: Mapped[str]
    name: Mapped[str]
    text: Mapped[str] = mapped_column(Text, default="")
    """Empty clears the field."""
    state: Mapped[str] = mapped_column(default="ready")
    """ready, sent, done, held (QuickBooks does not take it)"""
    change: Mapped[bool] = mapped_column(default=False)
    """Whether QuickBooks would not add it: the field has a value, which is changed."""
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None] = mapped_column(Moment)
    within: Mapped[int | None]
    """After a set with it was refused: how many requests the next set with it may hold."""
    status_code: Mapped[int | None]
    advice: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Posting(db.Model):  # type: ignore[name-defined,misc]
    """What QuickBooks holds for a document: one row a key and generation, for ever."""

    __tablename__ = "postings"
    __table_args__ = (
        UniqueConstraint("order_id", "kind", "part", "generation"),
        UniqueConstraint("company_id", "txn_id"),
        Index("ix_postings_company_id_ref_number", "company_id", "kind", "ref_number"),
        Index("ix_postings_company_id_posted_at", "company_id", "posted_at", "kind"),
        Index(
            "ix_postings_stale",
            "company_id",
            sqlite_where=text("stale = 1"),
            postgresql_where=text("stale"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    kind: Mapped[str]
    part: Mapped[str] = mapped_column(default="")
    generation: Mapped[int] = mapped_column(default=1)
    stale: Mapped[bool] = mapped_column(default=False)
    """Whether QuickBooks has to be asked how it stands: changed there, or recovered unread."""
    txn_id: Mapped[str]
    edit_sequence: Mapped[str] = mapped_column(default="")
    ref_number: Mapped[str] = mapped_column(default="")
    customer_list_id: Mapped[str] = mapped_column(default="")
    subtotal: Mapped[Decimal | None] = mapped_column(Money)
    tax: Mapped[Decimal | None] = mapped_column(Money)
    total: Mapped[Decimal | None] = mapped_column(Money)
    balance: Mapped[Decimal | None] = mapped_column(Money)
    """What QuickBooks last said is open (invoice) or unused (payment, credit memo)."""
    tax_lines: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    """Sales tax that its lines carry, a part of the subtotal."""
    expected: Mapped[Decimal | None] = mapped_column(Money)
    """The total that the plan predicted."""
    how: Mapped[str] = mapped_column(default="added")
    """added, recovered (from QuickBooks' record), found (by a search)"""
    ended: Mapped[str] = mapped_column(default="")
    """Empty while QuickBooks holds it; void, delete (we did it); voided, missing (somebody did it
    in QuickBooks); replaced (a person lets the document be posted again)"""
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"))
    posted_at: Mapped[datetime] = mapped_column(Moment, default=now)
    read_at: Mapped[datetime] = mapped_column(Moment, default=now)
    """When QuickBooks last told how it stands."""

    # The long texts come last: SQLite reads past what stands before a column.
    payload: Mapped[str] = deferred(mapped_column(Text, default=""))
    """The document as planned when it was posted: qbwc.documents.base.Document.dumps()"""
    answer: Mapped[Any] = deferred(mapped_column(Data, nullable=True))
    """Lines' TxnLineIDs and whatever else a later document needs."""

    order: Mapped[Order] = relationship()
