"""What a store was told of its stock, what QuickBooks has at each site, and what was sold since."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Data, Moment, Money, Whole, db, now


class StockLevel(db.Model):  # type: ignore[name-defined,misc]
    """One SKU at one location of a store."""

    __tablename__ = "stock_levels"
    __table_args__ = (UniqueConstraint("store_id", "sku", "location"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    sku: Mapped[str]
    location: Mapped[str] = mapped_column(default="")
    item: Mapped[str]
    """The full name of QuickBooks' item."""
    quantity: Mapped[Decimal | None] = mapped_column(Money)
    """What the store shows, as far as we know; None when it refused."""
    problem: Mapped[str] = mapped_column(default="")
    """Why the store refused, and what to do."""
    put_off: Mapped[bool] = mapped_column(default=False)
    """Whether a store that refused it is left alone with it for a while."""
    at: Mapped[datetime] = mapped_column(Moment, default=now)


class SiteStock(db.Model):  # type: ignore[name-defined,misc]
    """How much of an item is at an inventory site, or in a bin of it; QuickBooks: ItemSites."""

    __tablename__ = "site_stocks"
    __table_args__ = (
        UniqueConstraint("company_id", "list_id"),
        Index("ix_site_stocks_company_id_item_id", "company_id", "item_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    list_id: Mapped[str]
    item_id: Mapped[str]
    """The ListID of the item."""
    site_id: Mapped[str]
    """The ListID of the site; "" where QuickBooks names none."""
    location_id: Mapped[str] = mapped_column(default="")
    """The ListID of the bin."""
    data: Mapped[dict[str, Any]] = mapped_column(Data, default=dict)
    """The quantities, as QuickBooks wrote them."""
    load: Mapped[int]
    """In which load it was seen last; what the newest load did not see is gone."""


class Taken(db.Model):  # type: ignore[name-defined,misc]
    """How many of an item an order took that QuickBooks' quantities do not show yet."""

    __tablename__ = "taken"
    __table_args__ = (
        Index("ix_taken_company_id_list_id", "company_id", "list_id", "posted_at", "quantity"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    list_id: Mapped[str]
    """The item's."""
    quantity: Mapped[Decimal] = mapped_column(Whole)
    coming: Mapped[bool]
    """Whether a document that is to be sent takes it."""
    posted_at: Mapped[datetime | None] = mapped_column(Moment)
    """When QuickBooks took that document: the quantities may have been read before."""
