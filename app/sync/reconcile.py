"""Reconciliation: what the store says against what QuickBooks holds, to the cent, with reasons.

Nothing is asked of QuickBooks: what it returned when a document was posted, and what it told of
changes since, is in the postings. Amounts are in the order's own currency and never added across
currencies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Final, Literal, Self

from sqlalchemy import ColumnElement, String, and_, case, cast, func, select
from sqlalchemy.orm import undefer
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from app.models import Company, Order, Posting, Store, db
from app.sync.exact import amount, whole

By = Literal["day", "store", "method", "currency"]
ZERO = Decimal(0)
CHUNK: Final = 5_000
HELD, ENDED = "held", "ended"
SALES: Final = frozenset({"Invoice", "SalesReceipt"})
MONEY: Final = frozenset({"SalesReceipt", "ReceivePayment"})
CREDITS: Final = frozenset({"CreditMemo"})
COLUMNS: Final = (
    "day", "store", "number", "customer", "method", "currency", "state",
    "store_sales", "store_tax", "store_received", "store_refunded",
    "quickbooks_sales", "quickbooks_tax", "quickbooks_received", "quickbooks_refunded",
    "difference", "reason",
)  # fmt: skip
"""The columns of the report as CSV, one order a row."""


@dataclass(slots=True)
class Sums:
    """What one side holds: money earned, tax owed, money received, money given back."""

    sales: Decimal = ZERO
    """With tax, before refunds; what a marketplace remits itself is not the merchant's."""
    tax: Decimal = ZERO
    received: Decimal = ZERO
    refunded: Decimal = ZERO

    def __iadd__(self, other: Sums) -> Self:
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
        return self

    def differences(self, other: Sums) -> dict[str, Decimal]:
        """Other less this, by name, where they differ."""
        return {
            one.name: apart
            for one in fields(self)
            if (apart := getattr(other, one.name) - getattr(self, one.name))
        }


_SIDE: Final = tuple(one.name for one in fields(Sums))


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
            f"{side}_{one.name}": getattr(sums, one.name)
            for side, sums in sides.items()
            for one in fields(sums)
        }
        own = {name: getattr(self, name) for name in COLUMNS if name not in amounts}
        found = own | amounts
        return {name: found[name] for name in COLUMNS}


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

    both = _both(company, first, last)
    is_even = _is_even(both)
    rows = db.session.execute(
        select(
            both[by],
            both.currency,
            func.aggregate_strings(case((~is_even, cast(both.id, String))), ","),
            func.sum(case((is_even, 1), else_=0)),
            *(func.sum(case((is_even, both[name]), else_=0)) for name in _SIDE),
        ).group_by(both[by], both.currency)
    )
    uneven: list[int] = []
    for key_of, currency, ids, count, *sums in rows:
        uneven += map(int, ids.split(",") if ids else ())
        if count:
            group = group_of(key_of, currency)
            group.orders += count
            group.shop += Sums(*map(amount, sums))
            group.quickbooks += Sums(*map(amount, sums))
    for one in _of(sorted(uneven)):
        group = group_of(getattr(one, by), one.currency)
        group.orders += 1
        group.shop += one.shop
        group.quickbooks += one.quickbooks
        group.uneven += 1
        group.reasons[one.reason] = group.reasons.get(one.reason, 0) + 1
    return [groups[found] for found in sorted(groups)]


def orders(
    company: Company,
    first: date,
    last: date,
    *,
    uneven: bool = False,
    group: tuple[By, str, str] | None = None,
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
    both = _both(company, first, last)
    chosen = select(both.id)
    if uneven:
        chosen = chosen.where(~_is_even(both))
    if group is not None:
        by, key, currency = group
        if by != "currency":
            chosen = chosen.where(func.coalesce(cast(both[by], String), "") == key)
        if currency:
            chosen = chosen.where(both.currency == currency)
    ids = db.session.scalars(chosen.order_by(both.day, both.id).limit(most))
    yield from _of(list(ids))


def _of(ids: list[int]) -> Iterator[Reconciled]:
    for start in range(0, len(ids), CHUNK):
        yield from _chunk(ids[start : start + CHUNK])


def _both(company: Company, first: date, last: date) -> ReadOnlyColumnCollection[str, Any]:
    """The orders of a range with both sides in whole numbers, as `_chunk` has them in decimals."""
    remitted, received = whole(Order.remitted), whole(Order.received)
    shop = {
        "sales": whole(Order.total) - remitted,
        "tax": whole(Order.tax),
        "received": case((received > remitted, received - remitted), else_=0),
        "refunded": whole(Order.refunded),
    }
    total, tax = whole(Posting.total), whole(Posting.tax) + whole(Posting.tax_lines)
    held = {
        "sales": (total, SALES),
        "tax": (tax, SALES),
        "received": (total, MONEY),
        "refunded": (total, CREDITS),
    }
    books = [
        func.sum(case((Posting.kind.in_(sorted(kinds)), one), else_=0)).label(f"held_{name}")
        for name, (one, kinds) in held.items()
    ]
    return (
        select(
            Order.id, Order.placed_on.label("day"), Store.key.label("store"), Order.method,
            Order.currency, *(one.label(name) for name, one in shop.items()), *books,
        )
        .join(Store, Store.id == Order.store_id)
        .outerjoin(Posting, Posting.order_id == Order.id)
        .where(Order.company_id == company.id, Order.placed_on.between(first, last))
        .group_by(Order.id, Store.key)
        .subquery()
        .c
    )  # fmt: skip


def _is_even(both: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[bool]:
    return and_(*(both[name] == both[f"held_{name}"] for name in _SIDE))


_SHOWN = (
    Order.id, Order.placed_on, Store.key, Order.number, Order.customer, Order.method,
    Order.currency, Order.state, Order.reasons, Order.total, Order.tax, Order.remitted,
    Order.received, Order.refunded,
)  # fmt: skip


def _chunk(ids: list[int]) -> Iterator[Reconciled]:
    books = _books(ids)
    rows = db.session.execute(
        select(*_SHOWN)
        .join(Store, Store.id == Order.store_id)
        .where(Order.id.in_(ids))
        .order_by(Order.placed_on, Order.id)
    ).all()
    apart = []
    found = []
    for row in rows:
        held, posted = books.get(row.id, (Sums(), ""))
        remitted = row.remitted or ZERO
        shop = Sums(
            sales=(row.total or ZERO) - remitted,
            tax=row.tax or ZERO,
            received=max((row.received or ZERO) - remitted, ZERO),
            refunded=row.refunded or ZERO,
        )
        if shop != held:
            apart.append(row.id)
        found.append((row, shop, held, posted))
    traces = _traces(apart)
    for row, shop, held, posted in found:
        yield Reconciled(
            order_id=row.id,
            day=row.placed_on,
            store=row.key,
            number=row.number,
            customer=row.customer,
            method=row.method,
            currency=row.currency,
            state=row.state,
            shop=shop,
            quickbooks=held,
            reason=_reason(row, shop, held, traces[row.id], posted) if row.id in traces else "",
        )


def _books(ids: list[int]) -> dict[int, tuple[Sums, str]]:
    """What QuickBooks holds of each order, and whether that is a sale: see `_reason`."""
    rows = db.session.execute(
        select(
            Posting.order_id,
            Posting.kind,
            Posting.total,
            Posting.tax,
            Posting.tax_lines,
            Posting.ended,
        )
        .where(Posting.order_id.in_(ids))
        .order_by(Posting.order_id)
    )
    found = {}
    for order_id, postings in groupby(rows, key=lambda row: row.order_id):
        sums, posted = Sums(), ""
        for row in postings:
            total = row.total or ZERO
            tax = (row.tax or ZERO) + (row.tax_lines or ZERO)
            if row.kind in SALES:
                posted = HELD if total else posted or (ENDED if row.ended else "")
                sums.sales += total
                sums.tax += tax
            if row.kind in MONEY:
                sums.received += total
            if row.kind in CREDITS:
                sums.refunded += total
        found[order_id] = (sums, posted)
    return found


def _traces(ids: list[int]) -> dict[int, dict[str, Any]]:
    """What was decided for the orders that differ."""
    rows = db.session.scalars(select(Order).where(Order.id.in_(ids)).options(undefer(Order.trace)))
    return {row.id: ((row.trace or {}).get("decided") or {}) for row in rows}


def _reason(row: Any, shop: Sums, held: Sums, decided: dict[str, Any], posted: str) -> str:
    """Why an order's two sides differ, the heaviest cause first.

    ``posted`` is ``HELD`` or ``ENDED`` where QuickBooks holds, or held, a sale.
    """
    if row.state in {"new", "queued"} and not posted:
        return "not sent to QuickBooks yet"
    if row.state != "posted" and row.reasons:
        return f"{row.state}: {row.reasons[0]}"
    apart = shop.differences(held)
    if posted != HELD:
        return _without_sale(row, decided, posted)
    if "sales" in apart:
        if apart["sales"] == apart.get("tax"):
            return "QuickBooks computed another tax"
        return "the amount in QuickBooks is not the store's"
    if "refunded" in apart:
        return "the refund is not in QuickBooks"
    if "received" in apart:
        if _value(decided, "mark_invoice_unpaid"):
            return "the invoice is marked as unpaid by rule"
        if _value(decided, "create_payment") is False:
            return "no payment by rule"
        return "the payment is not in QuickBooks" if apart["received"] < 0 else "paid more"
    return "the tax in QuickBooks is not the store's"


def _without_sale(row: Any, decided: dict[str, Any], posted: str) -> str:
    if posted == ENDED:
        return "the sale was voided or deleted in QuickBooks"
    return (
        "no invoice or sales receipt by rule" if _value(decided, "transaction_type") else row.state
    )


def _value(decided: dict[str, Any], key: str) -> Any:
    return (decided.get(key) or {}).get("value")
