"""Stores: how each is reached, how far it is read, and what went wrong last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.models.base import Data, Moment, db, now
from app.models.company import Company


class Store(db.Model):  # type: ignore[name-defined,misc]
    """One connection to a shop or channel of a company."""

    __tablename__ = "stores"
    __table_args__ = (
        UniqueConstraint("company_id", "key"),
        Index("ix_stores_next_pull_at", "next_pull_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    key: Mapped[str]
    type: Mapped[str]
    name: Mapped[str]
    zone: Mapped[str] = mapped_column(default="")
    currency: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    settings: Mapped[dict[str, Any] | None] = mapped_column(Data)
    """What it is reached by; None for a store whose orders come from files.

    Of one for CSV files it holds the saved profiles.
    """
    secrets: Mapped[str] = deferred(mapped_column(Text, default=""))
    """The secret settings as JSON, encrypted."""
    retention_days: Mapped[int | None]
    """After how many days personal data is removed from orders that are done; None = never."""

    active: Mapped[bool] = mapped_column(default=True)
    """False while a person has paused it."""
    pull_minutes: Mapped[int] = mapped_column(default=15)
    since: Mapped[datetime | None] = mapped_column(Moment)
    """Orders that last changed before are never fetched."""
    watermark: Mapped[datetime | None] = mapped_column(Moment)
    """Up to when, by the store's clock, all changes are here."""
    next_pull_at: Mapped[datetime | None] = mapped_column(Moment)
    """Not before then; None = at once. A failing store is left alone for longer each time."""
    tried_at: Mapped[datetime | None] = mapped_column(Moment)
    pulled_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was last read to the end."""
    reread_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the orders that are here were last compared with the store's."""
    reread_next_at: Mapped[datetime | None] = mapped_column(Moment)
    """Not compared before then, since it failed."""
    reread_failures: Mapped[int] = mapped_column(default=0)
    reread_error: Mapped[str] = mapped_column(default="")
    """Why they could not be compared; empty when it went well."""
    doubted: Mapped[list[str] | None] = mapped_column(Data)
    """Its ids of the orders that it says are gone, too many to be believed without a person."""
    error: Mapped[str] = mapped_column(default="")
    """What went wrong last and what to do, in words; empty when the last pull went well."""
    failures: Mapped[int] = mapped_column(default=0)
    """Pulls that failed since the last good one."""
    stopped: Mapped[bool] = mapped_column(default=False)
    """Whether it is asked no more until a person has mended its settings."""
    stock_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was last told its stock to the end."""
    stock_next_at: Mapped[datetime | None] = mapped_column(Moment)
    """Not told stock before then, since it failed; None = at the next round."""
    stock_failures: Mapped[int] = mapped_column(default=0)
    stock_error: Mapped[str] = mapped_column(default="")
    """Why it could not be told stock and what to do; empty when it went well."""
    sales_since: Mapped[datetime | None] = mapped_column(Moment)
    """Sales of QuickBooks that last changed before are not sent; None = none are sent yet."""
    sales_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was last sent sales to the end."""
    sales_next_at: Mapped[datetime | None] = mapped_column(Moment)
    """Not sent sales before then, since it failed; None = at the next round."""
    sales_failures: Mapped[int] = mapped_column(default=0)
    sales_error: Mapped[str] = mapped_column(default="")
    """Why it could not be sent sales and what to do; empty when it went well."""
    fulfilment_since: Mapped[datetime | None] = mapped_column(Moment)
    """It is told of no shipment of a sale that last changed before; None = of none yet."""
    fulfilment_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was last told of shipments to the end."""
    fulfilment_next_at: Mapped[datetime | None] = mapped_column(Moment)
    """Not told of shipments before then, since it failed; None = at the next round."""
    fulfilment_failures: Mapped[int] = mapped_column(default=0)
    fulfilment_error: Mapped[str] = mapped_column(default="")
    """Why it could not be told of shipments and what to do; empty when it went well."""
    shipped_until: Mapped[datetime | None] = mapped_column(Moment)
    """Up to when, by the store's clock, its shipments of our sales are here."""
    lease: Mapped[str] = mapped_column(default="")
    """Who reads it now, so that nobody else does."""
    lease_until: Mapped[datetime | None] = mapped_column(Moment)

    company: Mapped[Company] = relationship(back_populates="stores")

    @property
    def from_files(self) -> bool:
        """Whether its orders come from files: it has no connection, at most saved profiles."""
        return self.settings is None or self.type == "csv"
