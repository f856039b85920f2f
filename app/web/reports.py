"""Reconciliation: the store against QuickBooks, to the cent, with the reason of each difference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app.models import Company, Order, db
from app.sync import reconcile
from app.sync.reconcile import By, ByTax, Group, Sums
from app.web import access
from app.web.csv import csv_response
from app.web.days import span
from app.web.nav import Nav
from app.web.pages import Page, render

blueprint = Blueprint("reports", __name__, url_prefix=access.COMPANY)
nav = Nav("Reconciliation", "clipboard-check", 60, "reports.index")

BYS: Final[dict[By, str]] = {
    "day": "Day", "store": "Store", "method": "Payment method", "currency": "Currency",
}  # fmt: skip
BY_TAX: Final[dict[str, ByTax]] = {"tax": "store", "quickbooks_tax": "quickbooks"}
TITLES: Final = BYS | {"tax": "Tax", "quickbooks_tax": "Tax in QuickBooks"}
DAYS: Final = 7
MOST_DAYS: Final = 92
"""Of more days the file tells; a page would take long."""
MOST_ORDERS: Final = 200
RATE: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what makes no sense is as if it were not there."""

    first: date
    last: date
    by: By
    """By what orders are grouped, when it is not by tax."""
    by_tax: str = ""
    """tax (as the store names it), quickbooks_tax, or empty."""
    key: str = ""
    rate: Decimal | None = None
    currency: str = ""
    uneven: bool = False
    shortened: bool = False


@blueprint.get("/reconciliation")
@access.may("see")
def index(company: Company) -> Page:
    """The groups, with what differs and why."""
    asked = _asked(company)
    if asked.by_tax:
        by = BY_TAX[asked.by_tax]
        taxes = reconcile.reconcile_taxes(company, asked.first, asked.last, by)
        return render(
            "reconciliation_taxes.html",
            asked=asked,
            groups=taxes,
            totals=reconcile.tax_totals(taxes),
            TITLES=TITLES,
            MOST_DAYS=MOST_DAYS,
        )
    groups = reconcile.reconcile(company, asked.first, asked.last, asked.by)
    newest = select(func.max(Order.placed_on)).where(Order.company_id == company.id)
    return render(
        "reconciliation.html",
        asked=asked,
        groups=groups,
        newest=None if groups else db.session.scalar(newest),
        week=timedelta(days=DAYS - 1),
        totals=_totals(groups),
        TITLES=TITLES,
        MOST_DAYS=MOST_DAYS,
    )


@blueprint.get("/reconciliation/orders")
@access.may("see")
def orders(company: Company) -> Page:
    """The orders of one group."""
    asked = _asked(company)
    if asked.by_tax:
        return _tax_orders(company, asked)
    group = asked.by, asked.key, asked.currency
    found = reconcile.orders(
        company, asked.first, asked.last, uneven=asked.uneven, group=group, most=MOST_ORDERS + 1
    )
    rows = list(found)
    return render(
        "reconciliation_orders.html",
        asked=asked,
        rows=rows[:MOST_ORDERS],
        more=len(rows) > MOST_ORDERS,
        BYS=BYS,
    )


def _tax_orders(company: Company, asked: Asked) -> Page:
    found = reconcile.tax_orders(
        company,
        asked.first,
        asked.last,
        BY_TAX[asked.by_tax],
        uneven=asked.uneven,
        group=(asked.key, asked.rate, asked.currency),
        most=MOST_ORDERS + 1,
    )
    rows = list(found)
    return render(
        "reconciliation_tax_orders.html",
        asked=asked,
        label=reconcile.labelled(asked.key, asked.rate),
        rows=rows[:MOST_ORDERS],
        more=len(rows) > MOST_ORDERS,
        TITLES=TITLES,
    )


@blueprint.get("/reconciliation.csv")
@access.may("see")
def csv(company: Company) -> Response:
    """One order, or one tax of an order, a row, of as many days as are asked for."""
    asked = _asked(company, most=None)

    def rows() -> Iterator[dict[str, Any]]:
        for one in reconcile.orders(company, asked.first, asked.last, uneven=asked.uneven):
            yield one.row()

    def taxes() -> Iterator[dict[str, Any]]:
        by = BY_TAX[asked.by_tax]
        for one in reconcile.tax_orders(company, asked.first, asked.last, by, uneven=asked.uneven):
            yield one.row()

    days = f"{asked.first} to {asked.last}.csv"
    if asked.by_tax:
        return csv_response(taxes(), reconcile.TAX_COLUMNS, f"sales tax {days}")
    return csv_response(rows(), reconcile.COLUMNS, f"reconciliation {days}")


def _asked(company: Company, most: int | None = MOST_DAYS) -> Asked:
    given = request.args
    today = datetime.now(ZoneInfo(company.zone)).date()
    asked_first, asked_last = span(given)
    last = asked_last or max(today, asked_first or today)
    first = asked_first or last - timedelta(days=DAYS - 1)
    shortened = most is not None and (last - first).days >= most
    if most is not None and shortened:
        first = last - timedelta(days=most - 1)
    by = given.get("by", "")
    return Asked(
        first,
        last,
        next((one for one in get_args(By) if one == by), "day"),
        by_tax=by if by in BY_TAX else "",
        key=given.get("key", ""),
        rate=percent(given.get("rate", "")),
        currency=given.get("currency", ""),
        uneven=given.get("uneven") == "1",
        shortened=shortened,
    )


def percent(text: str) -> Decimal | None:
    """A rate as an address has it; what makes no sense is none."""
    return Decimal(text) if RATE.fullmatch(text) else None


def _totals(groups: list[Group]) -> list[Group]:
    """The sums of all groups, a currency each."""
    found: dict[str, Group] = {}
    for group in groups:
        total = found.setdefault(group.currency, Group("", group.currency, 0, 0, Sums(), Sums()))
        total.orders += group.orders
        total.uneven += group.uneven
        total.shop += group.shop
        total.quickbooks += group.quickbooks
    return [found[currency] for currency in sorted(found)]
