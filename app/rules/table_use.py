"""Which rows of its tables the last orders of a company looked up; nothing is stored for it.

The orders are decided again by the rulebook that is asked about, with the context that their traces
kept: a trace tells the values that came out, not the row that they came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from app.models import Company, Order, db, now
from app.stores.formats import MalformedPayload
from app.sync.intake import translate
from rules_library.facts import Context, facts
from rules_library.rulebook import Rulebook
from rules_library.table_use import TableUse

MOST: Final = 10_000
"""The newest orders that are decided again."""
_AT_ONCE: Final = 200


def table_use(company: Company, rulebook: Rulebook, days: int) -> TableUse:
    """What the orders that were decided in the last days look up by a rulebook."""
    use = TableUse(rulebook)
    if use.tables:
        for row in _orders(company, days):
            try:
                order = translate(row)
            except MalformedPayload:
                continue
            use.add(facts(order, _context(row)))
    return use


def _orders(company: Company, days: int) -> Iterator[Order]:
    ids = list(
        db.session.scalars(
            select(Order.id)
            .where(
                Order.company_id == company.id,
                Order.trace.is_not(None),
                Order.decided_at >= now() - timedelta(days=days),
            )
            .order_by(Order.decided_at.desc(), Order.id.desc())
            .limit(MOST)
        )
    )
    whole = [undefer(Order.raw), undefer(Order.trace), joinedload(Order.store)]
    for start in range(0, len(ids), _AT_ONCE):
        rows = db.session.scalars(
            select(Order).where(Order.id.in_(ids[start : start + _AT_ONCE])).options(*whole)
        ).all()
        yield from rows
        for row in rows:
            db.session.expire(row, ["raw", "trace"])


def _context(row: Order) -> Context:
    kept: dict[str, Any] = (row.trace or {}).get("context") or {}
    assert row.decided_at is not None  # noqa: S101 - it was asked for
    today = kept.get("today")
    return Context(
        today=date.fromisoformat(today) if today else row.decided_at.date(),
        customer_orders=kept.get("customer_orders"),
        in_quickbooks=tuple(kept.get("in_quickbooks") or ()),
    )
