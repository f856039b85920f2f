"""The sales tax of orders, by tax: what the store says beside what QuickBooks holds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Whole, db


class OrderTax(db.Model):  # type: ignore[name-defined,misc]
    """One tax of one order on one day: sales less refunds; see app.sync.taxes.

    Each order stands here twice: by the taxes that its store names, with what QuickBooks holds
    shared out over them, and by what QuickBooks calls them, with the store's tax shared out.
    """

    __tablename__ = "taxes"
    __table_args__ = (Index("ix_taxes_company_id_by_day", "company_id", "by", "day"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    by: Mapped[str]
    """store or quickbooks: who names the tax."""
    day: Mapped[date]
    """The order's or refund's day in the store's zone; the document's date in QuickBooks."""
    currency: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    """Empty: whoever names taxes has none that day, and the other side has."""
    rate: Mapped[Decimal | None] = mapped_column(Whole)
    """In percent, where the store tells it."""
    shop_base: Mapped[Decimal | None] = mapped_column(Whole)
    """What is taxed, without tax; None: not told. So it is of ``books_base``."""
    shop_tax: Mapped[Decimal | None] = mapped_column(Whole)
    """None: the store has no tax that day. So it is of ``books_tax``."""
    books_base: Mapped[Decimal | None] = mapped_column(Whole)
    books_tax: Mapped[Decimal | None] = mapped_column(Whole)
    shop_once: Mapped[Decimal | None] = mapped_column(Whole)
    """What of the base counts under no other tax, so that it adds up over taxes; None: not told.
    So it is of ``books_once``."""
    books_once: Mapped[Decimal | None] = mapped_column(Whole)
