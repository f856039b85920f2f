"""What a rulebook would change: stored orders decided and planned by it and by the present one.

Every order is taken as if it were new, with the day on which it was last decided: nothing of it is
in QuickBooks, so that posted orders count as well. Names are resolved in QuickBooks' lists as they
are now. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload, load_only

from app.models import Company, Order, db
from app.stores.formats import MalformedPayload
from app.sync.backtest_report import Report
from app.sync.buyers import earlier_orders
from app.sync.gather import load_lists
from app.sync.intake import translate
from app.sync.preview import plan_next, see
from qbwc.planning import Ledger, Lists, numbers, wanted
from rules_library.compare import Comparison, Difference
from rules_library.facts import Context, facts
from rules_library.order import Order as StoreOrder
from rules_library.rulebook import Decided, Rulebook

BATCH = 500
LAST = 10_000
NEW = Ledger({})


class _Compared(NamedTuple):
    """One order as both rulebooks decide it."""

    row: Order
    order: StoreOrder
    before: Decided
    after: Decided
    differences: list[Difference]


def backtest(
    company: Company, old: Rulebook, new: Rulebook, *, last: int = LAST, batch: int = BATCH
) -> Iterator[Report]:
    """Compare two rulebooks on the company's last orders, newest first.

    Yields:
        The report, once at the start and then after each batch: always the same object, complete
        when ``done`` is ``total``. Closing the generator stops it.
    """
    comparison = Comparison(old, new)
    ids = list(
        db.session.scalars(
            select(Order.id)
            .where(Order.company_id == company.id)
            .order_by(Order.placed_at.desc().nulls_last(), Order.id.desc())
            .limit(last)
        )
    )
    report = Report(total=len(ids), rules_changed=sorted(comparison.changed))
    yield report
    for start in range(0, len(ids), batch):
        with db.session.no_autoflush:
            _run(company, ids[start : start + batch], comparison, report)
        yield report


def _run(company: Company, ids: Sequence[int], comparison: Comparison, report: Report) -> None:
    rows = {row.id: row for row in db.session.scalars(_QUERY.where(Order.id.in_(ids)))}
    earlier = earlier_orders(ids)
    zone = ZoneInfo(company.zone or "UTC")
    made: list[_Compared] = []
    asked, asked_numbers = set(), set()
    for one in ids:
        row = rows.get(one)
        report.done += 1
        if row is None:
            report.unreadable.add({}, "removed meanwhile", None)
            continue
        try:
            order = translate(row)
        except MalformedPayload as error:
            report.unreadable.add({"reason": str(error)}, str(error), row)
            continue
        context = Context(today=_day(row, zone), customer_orders=earlier.get(row.id))
        found = facts(order, context)
        before, after = comparison.decide(found)
        differences = list(comparison.differences(before, after))
        for decided in (before, after) if differences else (before,):
            asked |= wanted(order, decided)
            asked_numbers |= numbers(order, decided)
        made.append(_Compared(row, order, before, after, differences))
    lists = load_lists(company, asked, asked_numbers)
    _plan(made, lists, _copied(lists), report)


_QUERY = select(Order).options(
    load_only(
        Order.number, Order.source_id, Order.format, Order.raw, Order.state,
        Order.decided_at, Order.store_id,
    ),
    joinedload(Order.store),
)  # fmt: skip


def _plan(made: Sequence[_Compared], before: Lists, after: Lists, report: Report) -> None:
    """Plan by both; the same decisions are planned once."""
    for one in made:
        old = plan_next(one.order, one.before, NEW, before)
        if one.differences:
            new = plan_next(one.order, one.after, NEW, after)
        else:
            new = old
            see(one.order, new, after)
        report.add(one.row, one.order.currency, one.differences, old, new)


def _copied(lists: Lists) -> Lists:
    """The same lists, to be written to apart."""
    taken: Any = {key: set(orders) for key, orders in lists.taken.items()}
    whole = {kind: dict(entries) for kind, entries in lists.whole.items()}
    return replace(lists, found=dict(lists.found), whole=whole, taken=taken)


def _day(row: Order, zone: ZoneInfo) -> date:
    return (row.decided_at or datetime.now(UTC)).astimezone(zone).date()
