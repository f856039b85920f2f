"""How many orders of the same buyer came before an order: what the rules know of old customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from app.models import Order, db

MOST: Final = 1000
"""More are not counted, so that a channel whose orders all have one address costs no more."""
_CHUNK: Final = 500


def earlier_orders(ids: Sequence[int]) -> dict[int, int]:
    """How many orders the buyer of each order placed before it, in one query for 500.

    The same buyer has the same customer id in the store, or the same e-mail address in any store
    of the company. An order that names neither, or no time, is left out: nobody can tell.
    """
    mine, earlier = aliased(Order), aliased(Order)
    same = or_(
        and_(
            mine.buyer_id != "",
            earlier.store_id == mine.store_id,
            earlier.buyer_id == mine.buyer_id,
        ),
        and_(mine.email != "", earlier.company_id == mine.company_id, earlier.email == mine.email),
    )
    before = (
        select(earlier.id)
        .where(same, earlier.placed_at < mine.placed_at)
        .limit(MOST)
        .correlate(mine)
        .subquery()
    )
    count = select(func.count()).select_from(before).scalar_subquery()
    known = and_(mine.placed_at.is_not(None), or_(mine.buyer_id != "", mine.email != ""))
    found: dict[int, int] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = db.session.execute(
            select(mine.id, count).where(mine.id.in_(ids[start : start + _CHUNK]), known)
        )
        found |= {one: number for one, number in rows}  # noqa: C416 - rows are no plain tuples
    return found
