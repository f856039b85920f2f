"""What a store was last told of its stock."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Moment, Money, db, now


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
