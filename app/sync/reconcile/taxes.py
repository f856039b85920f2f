"""Sales tax by tax: taxable sales and tax on both sides, refunds taken off, with reasons.

What counts is the day of the sale or of the refund: the store's own, and the document's date in
QuickBooks. So the sums are those of a sales tax return.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, String, and_, case, cast, func, or_, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from app.models import Company, OrderTax, db
from app.sync.reconcile.each import CHUNK, Reconciled, these

ByTax = Literal["store", "quickbooks"]
ZERO: Final = Decimal(0)
TAX_COLUMNS: Final = (
    "tax", "rate", "currency", "day", "store", "number", "state", "store_taxable", "store_tax",
    "quickbooks_taxable", "quickbooks_tax", "difference", "reason",
)  # fmt: skip
"""The columns of the report as CSV: one tax of one order a row."""
ANOTHER_DAY = "QuickBooks has it on another day"
ANOTHER_BASE = "QuickBooks taxes another amount"
REFUND_TAX = "the tax of the refund in QuickBooks is not the store's"


@dataclass(slots=True)
class Taxed:
    """One side of a tax, sales less refunds."""

    taxable: Decimal | None = ZERO
    """What is taxed, as far as it is told; None where it is told of nothing."""
    tax: Decimal = ZERO
    untold: int = 0
    """Of so many orders it is not told what is taxed."""
    once: Decimal = ZERO
    """What of ``taxable`` counts under no other tax."""


@dataclass(slots=True)
class TaxGroup:
    """One tax on both sides, as the store or QuickBooks names it."""

    name: str
    """Empty: whoever names taxes has none where the other side has."""
    rate: Decimal | None
    """In percent, where it is told."""
    currency: str
    orders: int = 0
    uneven: int = 0
    shop: Taxed = field(default_factory=Taxed)
    quickbooks: Taxed = field(default_factory=Taxed)
    reasons: dict[str, int] = field(default_factory=dict)
    """Reason -> number of orders."""

    @property
    def label(self) -> str:
        """The name with its rate, e.g. ``CA State Tax 7.25%``."""
        return labelled(self.name, self.rate)

    @property
    def difference(self) -> Decimal:
        """QuickBooks' tax less the store's."""
        return self.quickbooks.tax - self.shop.tax


def labelled(name: str, rate: Decimal | None) -> str:
    """A tax's name with its rate, unless the name tells it already."""
    told = "" if rate is None else f"{rate.normalize():f}%"
    return name if not told or told in name.replace(" ", "") else f"{name} {told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxOfOrder:
    """One tax of one order on both sides."""

    name: str
    rate: Decimal | None
    order: Reconciled
    shop: Taxed
    quickbooks: Taxed
    reason: str = ""

    @property
    def difference(self) -> Decimal:
        """QuickBooks' tax less the store's."""
        return self.quickbooks.tax - self.shop.tax

    def row(self) -> dict[str, Any]:
        """As a row of the CSV, see ``TAX_COLUMNS``."""
        one = self.order
        return {
            "tax": self.name, "rate": self.rate, "currency": one.currency, "day": one.day,
            "store": one.store, "number": one.number, "state": one.state,
            "store_taxable": self.shop.taxable, "store_tax": self.shop.tax,
            "quickbooks_taxable": self.quickbooks.taxable, "quickbooks_tax": self.quickbooks.tax,
            "difference": self.difference, "reason": self.reason,
        }  # fmt: skip


def reconcile_taxes(
    company: Company, first: date, last: date, by: ByTax = "store"
) -> list[TaxGroup]:
    """Both sides of each tax in a range of days (both included).

    Args:
        company: Whose orders they are.
        first: The first day.
        last: The last day.
        by: Whether the taxes are those that the stores name or those of QuickBooks.
    """
    each = _each(company, first, last, by).subquery().c
    apart = ~_is_even(each)
    rows = db.session.execute(
        select(
            each.name, each.rate, each.currency,
            func.count().label("orders"),
            func.aggregate_strings(case((apart, cast(each.order_id, String))), ",").label("apart"),
            *(func.sum(each[name]).label(name) for name in _SUMS),
            *(func.sum(case((each[name] > 0, 1), else_=0)).label(name) for name in _UNTOLD),
        ).group_by(each.name, each.rate, each.currency)
    ).all()  # fmt: skip
    found = []
    uneven: dict[int, list[TaxGroup]] = {}
    for row in rows:
        group = TaxGroup(
            row.name, row.rate, row.currency, row.orders,
            shop=_taxed(row, "shop", row.orders), quickbooks=_taxed(row, "books", row.orders),
        )  # fmt: skip
        found.append(group)
        for order_id in map(int, row.apart.split(",") if row.apart else ()):
            uneven.setdefault(order_id, []).append(group)
    for one, reason in _reasons(sorted(uneven), by, first, last):
        for group in uneven[one.order_id]:
            group.uneven += 1
            group.reasons[reason] = group.reasons.get(reason, 0) + 1
    return sorted(found, key=lambda one: (one.currency, one.name, one.rate or ZERO))


def tax_totals(groups: Iterable[TaxGroup]) -> list[TaxGroup]:
    """All taxes together, a currency each; what several taxes are on counts once.

    Their ``orders`` are 0: an order with several taxes is in several groups.
    """
    totals: dict[str, TaxGroup] = {}
    for group in groups:
        total = totals.setdefault(group.currency, TaxGroup("", None, group.currency))
        for sums, more in ((total.shop, group.shop), (total.quickbooks, group.quickbooks)):
            sums.tax += more.tax
            sums.untold += more.untold
            sums.once += more.once
            sums.taxable = sums.once
    return [totals[currency] for currency in sorted(totals)]


def tax_orders(
    company: Company,
    first: date,
    last: date,
    by: ByTax = "store",
    *,
    uneven: bool = False,
    group: tuple[str, Decimal | None, str] | None = None,
    most: int | None = None,
) -> Iterator[TaxOfOrder]:
    """Every tax of every order in a range of days.

    Args:
        company: Whose orders they are.
        first: The first day.
        last: The last day.
        by: Who names the taxes.
        uneven: Only those that differ.
        group: Only a tax: its name, its rate and its currency ("": any).
        most: How many, the first ones; None for all.
    """
    chosen = _each(company, first, last, by)
    if group is not None:
        name, rate, currency = group
        chosen = chosen.where(OrderTax.name == name, OrderTax.rate.is_not_distinct_from(rate))
        if currency:
            chosen = chosen.where(OrderTax.currency == currency)
    each = chosen.subquery().c
    even = _is_even(each)
    query = select(*each, even.label("even"))
    if uneven:
        query = query.where(~even)
    rows = db.session.execute(query.order_by(each.order_id, each.name).limit(most)).all()
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        known = {one.order_id: one for one in these(sorted({row.order_id for row in chunk}))}
        apart = sorted({row.order_id for row in chunk if not row.even})
        reasons = {one.order_id: reason for one, reason in _reasons(apart, by, first, last)}
        for row in chunk:
            yield TaxOfOrder(
                name=row.name,
                rate=row.rate,
                order=known[row.order_id],
                shop=_taxed(row, "shop", 1),
                quickbooks=_taxed(row, "books", 1),
                reason="" if row.even else reasons[row.order_id],
            )


_SUMS: Final = (
    "shop_base", "shop_tax", "shop_once", "books_base", "books_tax", "books_once",
)  # fmt: skip
_UNTOLD: Final = ("shop_untold", "books_untold")
_Each = ReadOnlyColumnCollection[str, Any]


def _within(company: Company, first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    return (OrderTax.company_id == company.id, OrderTax.day.between(first, last))


def _sum(name: str) -> ColumnElement[Decimal]:
    return func.coalesce(func.sum(getattr(OrderTax, name)), ZERO).label(name)


def _untold() -> Iterator[ColumnElement[int]]:
    """How many rows of a side have tax and do not tell what is taxed."""
    for name, base, tax in (
        ("shop_untold", OrderTax.shop_base, OrderTax.shop_tax),
        ("books_untold", OrderTax.books_base, OrderTax.books_tax),
    ):
        is_untold = and_(base.is_(None), tax.is_not(None))
        yield func.sum(case((is_untold, 1), else_=0)).label(name)


def _each(company: Company, first: date, last: date, by: ByTax) -> Any:
    """One tax of one order a row, its days added up as whole numbers."""
    return (
        select(
            OrderTax.order_id, OrderTax.name, OrderTax.rate, OrderTax.currency,
            *(_sum(name) for name in _SUMS),
            *_untold(),
        )
        .where(*_within(company, first, last), OrderTax.by == by)
        .group_by(OrderTax.order_id, OrderTax.name, OrderTax.rate, OrderTax.currency)
    )  # fmt: skip


def _is_even(each: _Each) -> ColumnElement[bool]:
    """Whether the tax is the same, and what is taxed, where both sides tell it."""
    untold = or_(each.shop_untold > 0, each.books_untold > 0)
    return and_(each.shop_tax == each.books_tax, or_(untold, each.shop_base == each.books_base))


def _taxed(row: Any, side: str, orders: int) -> Taxed:
    untold = getattr(row, f"{side}_untold")
    base = getattr(row, f"{side}_base")
    return Taxed(
        taxable=None if untold >= orders and not base else base,
        tax=getattr(row, f"{side}_tax"),
        untold=untold,
        once=getattr(row, f"{side}_once"),
    )


def _reasons(
    ids: list[int], by: ByTax, first: date, last: date
) -> Iterator[tuple[Reconciled, str]]:
    """Why orders differ that do."""
    sides = OrderTax.shop_tax, OrderTax.books_tax
    shop, books = (func.coalesce(side, ZERO) for side in sides)
    apart = books - shop
    within = case((OrderTax.day.between(first, last), apart), else_=ZERO)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        sums = {
            order_id: (ever, then)
            for order_id, ever, then in db.session.execute(
                select(OrderTax.order_id, func.sum(apart), func.sum(within))
                .where(OrderTax.order_id.in_(chunk), OrderTax.by == by)
                .group_by(OrderTax.order_id)
            )
        }
        for one in these(chunk):
            yield one, _reason(one, *sums[one.order_id])


def _reason(one: Reconciled, ever: Decimal, then: Decimal) -> str:
    """Why, by how far the taxes are apart over all days, and in those that are looked at."""
    if not ever:
        return ANOTHER_DAY if then else ANOTHER_BASE
    apart = one.shop.differences(one.quickbooks)
    return one.reason if {"sales", "tax", "refunded"} & apart.keys() else REFUND_TAX
