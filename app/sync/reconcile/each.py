"""The orders of a reconciliation, each with both sides and why they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import undefer

from app.models import Company, Order, db
from app.sync.reconcile.reasons import reason
from app.sync.reconcile.sides import SIDE, Sums, both, is_even, side

CHUNK: Final = 5_000
COLUMNS: Final = (
    "day", "store", "number", "customer", "method", "currency", "state",
    "store_sales", "store_tax", "store_received", "store_refunded",
    "quickbooks_sales", "quickbooks_tax", "quickbooks_received", "quickbooks_refunded",
    "difference", "reason",
)  # fmt: skip
"""The columns of the report as CSV, one order a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """One order on both sides."""

    order_id: int
    day: date | None
    store: str
    number: str
    customer: str
    method: str
    currency: str
    state: str
    shop: Sums
    quickbooks: Sums
    reason: str = ""
    """Why the two differ; empty when they do not."""

    @property
    def difference(self) -> Decimal:
        """QuickBooks' sales less refunds, less the store's."""
        mine, theirs = self.shop, self.quickbooks
        return (theirs.sales - theirs.refunded) - (mine.sales - mine.refunded)

    @property
    def is_even(self) -> bool:
        """Whether sales, tax, money received and refunds are the same on both sides."""
        return self.shop == self.quickbooks

    def row(self) -> dict[str, Any]:
        """As a row of the CSV, see ``COLUMNS``."""
        sides = {"store": self.shop, "quickbooks": self.quickbooks}
        amounts = {
            f"{name}_{one}": getattr(sums, one) for name, sums in sides.items() for one in SIDE
        }
        own = {name: getattr(self, name) for name in COLUMNS if name not in amounts}
        found = own | amounts
        return {name: found[name] for name in COLUMNS}


def orders(
    company: Company,
    first: date,
    last: date,
    *,
    uneven: bool = False,
    group: tuple[str, str, str] | None = None,
    most: int | None = None,
) -> Iterator[Reconciled]:
    """Every order placed in a range of days, by day and number.

    Args:
        company: Whose orders they are.
        first: The first day.
        last: The last day.
        uneven: Only those that differ.
        group: Only those of a group: by what it is, its key and its currency ("": any).
        most: How many, the first ones; None for all.
    """
    found = both(Order.company_id == company.id, Order.placed_on.between(first, last))
    chosen = select(found.id)
    if uneven:
        chosen = chosen.where(~is_even(found))
    if group is not None:
        by, key, currency = group
        if by != "currency":
            chosen = chosen.where(func.coalesce(cast(found[by], String), "") == key)
        if currency:
            chosen = chosen.where(found.currency == currency)
    ids = db.session.scalars(chosen.order_by(found.day, found.id).limit(most))
    yield from these(list(ids))


def these(ids: list[int]) -> Iterator[Reconciled]:
    """The orders with those ids, by day and id within each few thousand."""
    for start in range(0, len(ids), CHUNK):
        yield from _chunk(ids[start : start + CHUNK])


def _chunk(ids: list[int]) -> Iterator[Reconciled]:
    found = both(Order.id.in_(ids))
    rows = db.session.execute(
        select(*found, Order.number, Order.customer, Order.state, Order.reasons)
        .join(Order, Order.id == found.id)
        .order_by(found.day, found.id)
    ).all()
    sides = [(side(row), side(row, "held_")) for row in rows]
    decided = _decided(
        [row.id for row, (shop, held) in zip(rows, sides, strict=True) if shop != held]
    )
    for row, (shop, held) in zip(rows, sides, strict=True):
        yield Reconciled(
            order_id=row.id,
            day=row.day,
            store=row.store,
            number=row.number,
            customer=row.customer,
            method=row.method,
            currency=row.currency,
            state=row.state,
            shop=shop,
            quickbooks=held,
            reason=reason(row, shop, held, decided[row.id]) if row.id in decided else "",
        )


def _decided(ids: list[int]) -> Mapping[int, dict[str, Any]]:
    """What was decided for some orders."""
    rows = db.session.scalars(select(Order).where(Order.id.in_(ids)).options(undefer(Order.trace)))
    return {row.id: ((row.trace or {}).get("decided") or {}) for row in rows}
