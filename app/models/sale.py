"""Sales of QuickBooks that may go to a store, and what each store was told of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.models.base import Data, Moment, db, now


class Sale(db.Model):  # type: ignore[name-defined,misc]
    """One sales order, invoice or sales receipt as QuickBooks last told it."""

    __tablename__ = "sales"
    __table_args__ = (
        UniqueConstraint("company_id", "txn_id"),
        Index("ix_sales_company_id_kind", "company_id", "kind"),
        Index("ix_sales_company_id_modified_at", "company_id", "modified_at"),
        Index("ix_sales_company_id_gone", "company_id", "gone"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    kind: Mapped[str]
    """SalesOrder, Invoice or SalesReceipt"""
    txn_id: Mapped[str]
    number: Mapped[str] = mapped_column(default="")
    customer: Mapped[str] = mapped_column(default="")
    customer_list_id: Mapped[str] = mapped_column(default="")
    edit_sequence: Mapped[str] = mapped_column(default="")
    modified_at: Mapped[datetime] = mapped_column(Moment)
    """When it was last changed in QuickBooks."""
    read_at: Mapped[datetime] = mapped_column(Moment, default=now)
    gone: Mapped[str] = mapped_column(default="")
    """deleted or voided: how it ended in QuickBooks; empty = it is there."""
    redacted_at: Mapped[datetime | None] = mapped_column(Moment)
    """When personal data was removed; it is not sent any more, unless it changes in QuickBooks."""
    data: Mapped[dict[str, Any]] = deferred(mapped_column(Data, nullable=False))
    """Every text of QuickBooks' answer by its dotted path."""


class SaleSent(db.Model):  # type: ignore[name-defined,misc]
    """What became of a sale at a store, as it was when it was last looked at."""

    __tablename__ = "sales_sent"
    __table_args__ = (UniqueConstraint("store_id", "sale_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default="left_out")
    """sent; left_out (no rule sends it, or it came from that store); refused (by the store);
    closed (the store has shipped or cancelled it and takes no change); fault (of the rules).
    Of one that is gone from QuickBooks: cancelled (there too); astray (the store shipped it, or
    cannot be told: a person has to see to it); seen (a person did)"""
    edit_sequence: Mapped[str] = mapped_column(default="")
    """QuickBooks' mark of how the sale was then."""
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"))
    """Whose rules decided."""
    digest: Mapped[str] = mapped_column(default="")
    """Of what the store took last; empty = it took nothing yet."""
    reference: Mapped[str] = mapped_column(default="")
    """The store's id of it."""
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why the store refused it and what to do, or what is wrong with the rules."""
    at: Mapped[datetime] = mapped_column(Moment, default=now)


class SaleShipment(db.Model):  # type: ignore[name-defined,misc]
    """A shipment of a sale that a store told of, to be written back to QuickBooks."""

    __tablename__ = "sale_shipments"
    __table_args__ = (
        UniqueConstraint("store_id", "key"),
        Index("ix_sale_shipments_company_id_state", "company_id", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id", ondelete="CASCADE"), index=True)
    key: Mapped[str]
    """The store's own id of it."""
    shipped_on: Mapped[date]
    tracking: Mapped[str] = mapped_column(default="")
    into: Mapped[str]
    """What is written, see the decision shipment_back_as."""
    state: Mapped[str] = mapped_column(default="ready")
    """ready, sent, done, held (QuickBooks does not take it), left_out (no rule wants it)"""
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None] = mapped_column(Moment)
    within: Mapped[int | None]
    """After a set with it was refused: how many requests the next set with it may hold."""
    status_code: Mapped[int | None]
    advice: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class ShopShipment(db.Model):  # type: ignore[name-defined,misc]
    """What an order's own shop was told of the shipment of its sale in QuickBooks."""

    __tablename__ = "shop_shipments"
    __table_args__ = (UniqueConstraint("store_id", "sale_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id", ondelete="CASCADE"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    state: Mapped[str] = mapped_column(default="waiting")
    """waiting (no rule tells it, or it has no tracking number yet); told; known (the shop had it);
    refused (by the shop); fault (of the rules)"""
    edit_sequence: Mapped[str] = mapped_column(default="")
    """QuickBooks' mark of how the sale was when it was looked at."""
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"))
    """Whose rules decided."""
    tracking: Mapped[str] = mapped_column(default="")
    """The number that the shop has now; empty = it was told none yet."""
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why the shop refused it and what to do, or what is wrong with the rules."""
    at: Mapped[datetime] = mapped_column(Moment, default=now)
