"""Orders as the stores sent them, and what was decided about each."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, event, inspect
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship
from sqlalchemy.orm.attributes import flag_modified

from app.models.base import Data, Moment, Money, db, now
from app.models.store import Store


class Order(db.Model):  # type: ignore[name-defined,misc]
    """One order of one store: raw payload, state, and the trace of its last decision."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("store_id", "source_id"),
        Index("ix_orders_due", "company_id", "due", "id"),
        Index("ix_orders_company_id_state", "company_id", "state", "placed_at"),
        Index(
            "ix_orders_listed",
            "company_id",
            "placed_at",
            "id",
            "state",
            "store_id",
            "method",
            "total",
            "search",
        ),
        Index("ix_orders_company_id_placed_on", "company_id", "placed_on", "state"),
        Index("ix_orders_company_id_number", "company_id", "number"),
        Index("ix_orders_buyer", "store_id", "buyer_id", "placed_at"),
        Index("ix_orders_untold", "store_id", "untold"),
        Index("ix_orders_email", "company_id", "email", "placed_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    source_id: Mapped[str]
    number: Mapped[str]
    customer: Mapped[str] = mapped_column(default="")
    buyer_id: Mapped[str] = mapped_column(default="")
    """The store's own id of the customer."""
    email: Mapped[str] = mapped_column(default="")
    """The customer's, in small letters."""
    currency: Mapped[str] = mapped_column(default="")
    total: Mapped[Decimal | None] = mapped_column(Money)
    tax: Mapped[Decimal | None] = mapped_column(Money)
    """Sales tax that the merchant remits."""
    remitted: Mapped[Decimal | None] = mapped_column(Money)
    """Sales tax that a marketplace keeps and remits."""
    received: Mapped[Decimal | None] = mapped_column(Money)
    """Payments received, less change."""
    refunded: Mapped[Decimal | None] = mapped_column(Money)
    method: Mapped[str] = mapped_column(default="")
    """The payment method that people see."""
    search: Mapped[str] = mapped_column(default="")
    """What a search looks into: number, customer, e-mail, total, SKUs; app.sync.summary."""
    placed_at: Mapped[datetime | None] = mapped_column(Moment)
    placed_on: Mapped[date | None]
    """The day in the shop's zone."""
    changed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the store says that the order last changed."""
    received_at: Mapped[datetime] = mapped_column(Moment, default=now)
    format: Mapped[str]
    content_hash: Mapped[str]
    redacted_at: Mapped[datetime | None] = mapped_column(Moment)
    """When personal data was removed from the payload; the next revision is whole again."""
    revision: Mapped[int] = mapped_column(default=1)

    due: Mapped[bool] = mapped_column(default=True)
    """Whether it has to be decided (again)."""
    more: Mapped[bool] = mapped_column(default=False)
    """Whether documents follow once those in the outbox are posted: then it is due again."""
    state: Mapped[str] = mapped_column(default="new")
    """new, waiting, skipped, held, queued, posted"""
    reasons: Mapped[list[str]] = mapped_column(Data, default=list)
    causes: Mapped[list[list[str]]] = mapped_column(Data, default=list)
    """Of an order that is held: [code, about] of each reason, see qbwc.planning.cause."""
    answers: Mapped[dict[str, Any]] = mapped_column(Data, default=dict)
    """What people answered for this order alone: decision key -> [value, who]."""
    remember: Mapped[bool] = mapped_column(default=False)
    """Whether the customer of its documents is to be remembered as the store's customer."""
    corrections: Mapped[dict[str, Any]] = mapped_column(Data, default=dict)
    """What people chose about posted documents that the store changed: see app.sync.corrections."""
    shape: Mapped[dict[str, Any] | None] = mapped_column(Data)
    """What was decided when its first document was planned; what is posted keeps to it."""
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)

    fired: Mapped[Any] = deferred(mapped_column(Data, nullable=True))
    """Which cases won, counted, see app.sync.trace: the trace's short form for sums over orders."""

    untold: Mapped[bool] = mapped_column(default=False)
    """Whether it may stand otherwise than its store was told; for stores that want to know."""
    told: Mapped[str] = mapped_column(default="")
    """The digest of what its store was told last."""

    # The long texts come last: SQLite reads past what stands before a column.
    raw: Mapped[str] = deferred(mapped_column(Text))
    trace: Mapped[Any] = deferred(mapped_column(Data, nullable=True))
    """What was decided and why: context, values, cases, the plan's documents."""

    store: Mapped[Store] = relationship()


@event.listens_for(Order.due, "set")
def _always_write(row: Order, value: bool, *_: Any) -> None:  # noqa: FBT001 - SQLAlchemy calls it
    """An order that becomes due is written as due, also where it was due when it was read.

    The runner may have decided it meanwhile: what was just answered or told would wait for ever.
    """
    if value and "due" in inspect(row).dict:
        flag_modified(row, "due")
