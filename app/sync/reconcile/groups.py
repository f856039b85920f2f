"""Both sides in groups: by day, store, payment method or currency."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import String, case, cast, func, select

from app.models import Company, Order, db
from app.sync.reconcile.each import these
from app.sync.reconcile.sides import SIDE, Sums, both, is_even, side

By = Literal["day", "store", "method", "currency"]


@dataclass(slots=True)
class Group:
    """Orders of one day, store, payment method or currency."""

    key: str
    currency: str
    orders: int = 0
    uneven: int = 0
    shop: Sums = field(default_factory=Sums)
    quickbooks: Sums = field(default_factory=Sums)
    reasons: dict[str, int] = field(default_factory=dict)
    """Reason -> number of orders."""

    @property
    def difference(self) -> Decimal:
        """QuickBooks' sales less refunds, less the store's."""
        mine, theirs = self.shop, self.quickbooks
        return (theirs.sales - theirs.refunded) - (mine.sales - mine.refunded)


def reconcile(company: Company, first: date, last: date, by: By = "day") -> list[Group]:
    """Both sides of the orders placed in a range of days (both included), in groups.

    The orders that are even on both sides are added up by the database.
    """
    groups: dict[tuple[str, str], Group] = {}

    def group_of(key: Any, currency: str) -> Group:
        key = "" if by == "currency" else str(key or "")
        return groups.setdefault((key, currency), Group(key or currency, currency))

    found = both(Order.company_id == company.id, Order.placed_on.between(first, last))
    even = is_even(found)
    rows = db.session.execute(
        select(
            found[by].label("key"),
            found.currency.label("money"),
            func.aggregate_strings(case((~even, cast(found.id, String))), ",").label("apart"),
            func.sum(case((even, 1), else_=0)).label("orders"),
            *(func.sum(case((even, found[name]), else_=0)).label(name) for name in SIDE),
        ).group_by(found[by], found.currency)
    )
    uneven: list[int] = []
    for row in rows:
        uneven += map(int, row.apart.split(",") if row.apart else ())
        if row.orders:
            group = group_of(row.key, row.money)
            group.orders += row.orders
            group.shop += side(row)
            group.quickbooks += side(row)
    for one in these(sorted(uneven)):
        group = group_of(getattr(one, by), one.currency)
        group.orders += 1
        group.shop += one.shop
        group.quickbooks += one.quickbooks
        group.uneven += 1
        group.reasons[one.reason] = group.reasons.get(one.reason, 0) + 1
    return [groups[key] for key in sorted(groups)]
