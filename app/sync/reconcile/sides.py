"""The two sides of an order, stated once: what its store says, and what QuickBooks holds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from app.models import Order, Posting, Store
from app.sync.exact import amount, whole

ZERO: Final = Decimal(0)
SALES: Final = frozenset({"Invoice", "SalesReceipt"})
MONEY: Final = frozenset({"SalesReceipt", "ReceivePayment"})
CREDITS: Final = frozenset({"CreditMemo"})
NEVER, ENDED, HELD = range(3)
"""Whether QuickBooks holds a sale of the order, or held one that was voided or deleted."""

Both = ReadOnlyColumnCollection[str, Any]
"""The columns of both sides, an order a row; amounts are whole numbers, see app.sync.exact."""


@dataclass(slots=True)
class Sums:
    """What one side holds: money earned, tax owed, money received, money given back."""

    sales: Decimal = ZERO
    """With tax, before refunds; what a marketplace remits itself is not the merchant's."""
    tax: Decimal = ZERO
    received: Decimal = ZERO
    refunded: Decimal = ZERO

    def __iadd__(self, other: Sums) -> Self:
        for name in SIDE:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    def differences(self, other: Sums) -> dict[str, Decimal]:
        """Other less this, by name, where they differ."""
        return {
            name: apart for name in SIDE if (apart := getattr(other, name) - getattr(self, name))
        }


SIDE: Final = tuple(one.name for one in fields(Sums))


def both(*which: ColumnElement[bool]) -> Both:
    """Both sides of the orders that all conditions hold for.

    QuickBooks' sums are called as the store's with ``held_`` before; ``posted`` is NEVER, ENDED
    or HELD.
    """
    remitted, received = whole(Order.remitted), whole(Order.received)
    shop = {
        "sales": whole(Order.total) - remitted,
        "tax": whole(Order.tax),
        "received": case((received > remitted, received - remitted), else_=0),
        "refunded": whole(Order.refunded),
    }
    total, tax = whole(Posting.total), whole(Posting.tax) + whole(Posting.tax_lines)
    is_sale = Posting.kind.in_(sorted(SALES))
    books = {
        "sales": (total, SALES),
        "tax": (tax, SALES),
        "received": (total, MONEY),
        "refunded": (total, CREDITS),
    }
    held = [
        func.sum(case((Posting.kind.in_(sorted(kinds)), one), else_=0)).label(f"held_{name}")
        for name, (one, kinds) in books.items()
    ]
    posted = case(
        (and_(is_sale, total != 0), HELD), (and_(is_sale, Posting.ended != ""), ENDED), else_=NEVER
    )
    return (
        select(
            Order.id, Order.placed_on.label("day"), Store.key.label("store"), Order.method,
            Order.currency, *(one.label(name) for name, one in shop.items()), *held,
            func.max(posted).label("posted"),
        )
        .join(Store, Store.id == Order.store_id)
        .outerjoin(Posting, Posting.order_id == Order.id)
        .where(*which)
        .group_by(Order.id, Store.key)
        .subquery()
        .c
    )  # fmt: skip


def is_even(both: Both) -> ColumnElement[bool]:
    """Whether sales, tax, money received and refunds are the same on both sides."""
    return and_(*(both[name] == both[f"held_{name}"] for name in SIDE))


def side(row: Any, held: str = "") -> Sums:
    """One side of a row with those columns, or with sums of them."""
    return Sums(*(amount(getattr(row, held + name)) for name in SIDE))
