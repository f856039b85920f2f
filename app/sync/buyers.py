"""How many orders of the same buyer came before an order: what the rules know of old customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, func, or_, select, union
from sqlalchemy.orm import aliased

from app.models import Order, db

MOST: Final = 1000
"""More are not counted, so that a channel whose orders all have one address costs no more."""
_CHUNK: Final = 500


def earlier_orders(ids: Sequence[int]) -> dict[int, int]:
    """How many orders the buyer of each order placed before it, in one query for 500.

    The same buyer has the same customer id in the store, or the same e-mail address in any store
    of the company. An order that names neither, or no time, is left out: nobody can tell.

    Each of the two ways to know a buyer has its own index and is its own SELECT: joined by "or"
    they made SQLite with statistics, and PostgreSQL at its own choice, read all orders.
    """
    mine, by_id, by_email = aliased(Order), aliased(Order), aliased(Order)
    same = (
        select(by_id.id).where(
            mine.buyer_id != "",
            by_id.store_id == mine.store_id,
            by_id.buyer_id == mine.buyer_id,
            by_id.placed_at < mine.placed_at,
        ),
        select(by_email.id).where(
            mine.email != "",
            by_email.company_id == mine.company_id,
            by_email.email == mine.email,
            by_email.placed_at < mine.placed_at,
        ),
    )
    most = [way.limit(MOST).correlate(mine).subquery() for way in same]
    before = union(*(select(way.c.id) for way in most)).subquery()
    count = select(func.count()).select_from(before).scalar_subquery()
    known = and_(mine.placed_at.is_not(None), or_(mine.buyer_id != "", mine.email != ""))
    found: dict[int, int] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = db.session.execute(
            select(mine.id, count).where(mine.id.in_(ids[start : start + _CHUNK]), known)
        )
        found |= {one: min(number, MOST) for one, number in rows}
    return found
