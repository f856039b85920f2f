"""What the dashboard tells: whether the Web Connector comes, and what was posted by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, cast, extract, func, select

from app.connector import MINUTES
from app.models import Company, Order, Posting, Session, db, now
from app.sync.exact import amount, whole
from app.sync.reconcile import SALES

EVERY: Final = timedelta(minutes=MINUTES)
"""How often the Web Connector runs, as the .QWC file that we write tells it."""
BUSY: Final = timedelta(minutes=2)
"""An open session that called within this time is at work."""
QUARTER: Final = 900
"""Seconds: the largest piece of time that no zone's midnight cuts."""

Running = Literal["never", "busy", "good", "late", "silent"]


@dataclass(frozen=True, slots=True)
class Connector:
    """When the Web Connector was here, and when it should be again."""

    state: Running
    seen_at: datetime | None = None
    next_at: datetime | None = None
    last: Session | None = None
    """Its last session that had work."""


def connector(company: Company) -> Connector:
    """How the Web Connector of a company is doing."""
    last = db.session.scalars(
        select(Session).where(Session.company_id == company.id).order_by(Session.id.desc()).limit(1)
    ).first()
    seen = company.last_seen_at
    if seen is None:
        return Connector("never", last=last)
    ago = now() - seen
    state: Running = "good"
    if last is not None and last.state == "open" and now() - last.called_at < BUSY:
        state = "busy"
    elif ago > 96 * EVERY:
        state = "silent"
    elif ago > 2 * EVERY:
        state = "late"
    return Connector(state, seen, seen + EVERY, last)


@dataclass(slots=True)
class Day:
    """What was posted on one day."""

    day: date
    orders: int = 0
    money: dict[str, Decimal] = field(default_factory=dict)
    """Currency -> the total of its invoices and sales receipts."""


def posted_by_day(company: Company, days: int) -> list[Day]:
    """The last days, today included, in the company's zone; the oldest first."""
    zone = ZoneInfo(company.zone or "UTC")
    today = datetime.now(zone).date()
    first = today - timedelta(days=days - 1)
    found = {day: Day(day) for day in (first + timedelta(days=n) for n in range(days))}
    quarter = _quarter()
    rows = db.session.execute(
        select(quarter, Order.currency, func.count(), func.sum(whole(Posting.total)))
        .select_from(Posting)
        .join(Order, Order.id == Posting.order_id)
        .where(
            Posting.company_id == company.id,
            Posting.posted_at >= datetime.combine(first, time(), zone),
            Posting.kind.in_(SALES),
            Posting.ended == "",
        )
        .group_by(quarter, Order.currency)
    )
    for place, currency, count, total in rows:
        when = datetime.fromtimestamp(int(place) * QUARTER, zone).date()
        if when in found:
            day = found[when]
            day.orders += count
            day.money[currency] = day.money.get(currency, Decimal(0)) + amount(total)
    return list(found.values())


def currencies(days: Iterable[Day]) -> list[str]:
    """The currencies of some days, the one with most money first."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for day in days:
        for currency, total in day.money.items():
            sums[currency] += total
    return sorted(sums, key=lambda currency: (-sums[currency], currency))


def today_by_state(company: Company) -> dict[str, int]:
    """The orders that were placed today, by state."""
    today = datetime.now(ZoneInfo(company.zone or "UTC")).date()
    rows = db.session.execute(
        select(Order.state, func.count())
        .where(Order.company_id == company.id, Order.placed_on == today)
        .group_by(Order.state)
    ).all()
    return {state: number for state, number in rows}  # noqa: C416 - rows are no tuples to mypy


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def _quarter() -> ColumnElement[Any]:
    """In which quarter of an hour since 1970."""
    if _is_sqlite():
        return cast(func.strftime("%s", Posting.posted_at), Integer) // QUARTER
    return cast(func.floor(extract("epoch", Posting.posted_at) / QUARTER), Integer)
