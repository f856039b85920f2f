"""Reconciliation: the store against QuickBooks, to the cent, with the reason of each difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.models import Company
from app.sync import reconcile
from app.sync.reconcile import By, Group, Sums
from app.web import access
from app.web.csv import csv_response
from app.web.events import day
from app.web.nav import Nav
from app.web.pages import Page, render

blueprint = Blueprint("reports", __name__, url_prefix=access.COMPANY)
nav = Nav("Reconciliation", "clipboard-check", 60, "reports.index")

BYS: Final[dict[By, str]] = {
    "day": "Day", "store": "Store", "method": "Payment method", "currency": "Currency",
}  # fmt: skip
DAYS: Final = 7
MOST_DAYS: Final = 92
"""Of more days the file tells; a page would take long."""
MOST_ORDERS: Final = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what makes no sense is as if it were not there."""

    first: date
    last: date
    by: By
    key: str = ""
    currency: str = ""
    uneven: bool = False
    shortened: bool = False


@blueprint.get("/reconciliation")
@access.may("see")
def index(company: Company) -> Page:
    """The groups, with what differs and why."""
    asked = _asked(company)
    groups = reconcile.reconcile(company, asked.first, asked.last, asked.by)
    return render(
        "reconciliation.html",
        asked=asked,
        groups=groups,
        totals=_totals(groups),
        BYS=BYS,
        MOST_DAYS=MOST_DAYS,
    )


@blueprint.get("/reconciliation/orders")
@access.may("see")
def orders(company: Company) -> Page:
    """The orders of one group."""
    asked = _asked(company)
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


@blueprint.get("/reconciliation.csv")
@access.may("see")
def csv(company: Company) -> Response:
    """One order a row, of as many days as are asked for."""
    asked = _asked(company, most=None)

    def rows() -> Iterator[dict[str, Any]]:
        for one in reconcile.orders(company, asked.first, asked.last, uneven=asked.uneven):
            yield one.row()

    name = f"reconciliation {asked.first} to {asked.last}.csv"
    return csv_response(rows(), reconcile.COLUMNS, name)


def _asked(company: Company, most: int | None = MOST_DAYS) -> Asked:
    given = request.args
    today = datetime.now(ZoneInfo(company.zone)).date()
    last = day(given.get("to", "")) or today
    first = day(given.get("from", "")) or last - timedelta(days=DAYS - 1)
    first, last = min(first, last), max(first, last)
    shortened = most is not None and (last - first).days >= most
    if most is not None and shortened:
        first = last - timedelta(days=most - 1)
    by = given.get("by", "")
    return Asked(
        first,
        last,
        next((one for one in get_args(By) if one == by), "day"),
        key=given.get("key", ""),
        currency=given.get("currency", ""),
        uneven=given.get("uneven") == "1",
        shortened=shortened,
    )


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
