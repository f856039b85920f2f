"""Writes the taxes of orders anew, whenever the store or QuickBooks says something new of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import delete, insert, select

from app.models import Order, OrderTax, Posting, db
from app.sync.taxes.beside import beside
from app.sync.taxes.books import GIVEN_BACK, SOLD, of_postings
from app.sync.taxes.sums import ZERO, Entry

CHUNK: Final = 500


def told(taxes: Mapping[int, list[Entry]]) -> None:
    """The store told these orders' taxes; nothing is committed.

    Args:
        taxes: Order -> its taxes, see `shop.of_order`.
    """
    _write(list(taxes), taxes)


def posted(order_ids: Collection[int]) -> None:
    """QuickBooks told how documents of these orders stand; nothing is committed."""
    ids = sorted(set(order_ids))
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        _write(chunk, _as_told(chunk))


def _as_told(ids: list[int]) -> Mapping[int, list[Entry]]:
    """What the store last told of them."""
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    rows = db.session.execute(
        select(
            OrderTax.order_id, OrderTax.day, OrderTax.name, OrderTax.rate, OrderTax.shop_base,
            OrderTax.shop_once, OrderTax.shop_tax,
        ).where(
            OrderTax.order_id.in_(ids), OrderTax.by == "store", OrderTax.shop_tax.is_not(None)
        )
    )  # fmt: skip
    for row in rows:
        own = Entry(row.day, row.name, row.rate, row.shop_base, row.shop_once, row.shop_tax or ZERO)
        found[row.order_id].append(own)
    return found


def _write(ids: list[int], taxes: Mapping[int, list[Entry]]) -> None:
    if not ids:
        return
    held: defaultdict[int, list[Any]] = defaultdict(list)
    for posting in db.session.execute(
        select(
            Posting.order_id, Posting.kind, Posting.tax, Posting.tax_lines, Posting.payload,
            Posting.answer, Posting.posted_at,
        ).where(Posting.order_id.in_(ids), Posting.kind.in_(sorted(SOLD | GIVEN_BACK)))
    ):  # fmt: skip
        held[posting.order_id].append(posting)
    db.session.execute(
        delete(OrderTax).where(OrderTax.order_id.in_(ids)),
        execution_options={"synchronize_session": False},
    )
    rows: list[dict[str, Any]] = []
    for order in db.session.execute(
        select(Order.id, Order.company_id, Order.currency).where(Order.id.in_(ids))
    ):
        own = {"order_id": order.id, "company_id": order.company_id, "currency": order.currency}
        found = beside(taxes.get(order.id, []), of_postings(held[order.id]))
        rows += [own | row for row in found]
    if rows:
        db.session.execute(insert(OrderTax), rows)
