"""Posting again what was voided or deleted: only when a person says so."""

from __future__ import annotations

from sqlalchemy import update

from app.models import Order, Posting, db
from app.sync.gather import REPLACED


def post_again(order: Order) -> int:
    """Let an order's documents that QuickBooks no longer has be posted again, as new generations.

    Returns:
        How many they are. The order is decided again; the caller commits.
    """
    found = db.session.execute(
        update(Posting)
        .where(Posting.order_id == order.id, Posting.ended.not_in(("", REPLACED)))
        .values(ended=REPLACED)
        .execution_options(synchronize_session=False)
    )
    count: int = found.rowcount  # type: ignore[attr-defined]
    if count:
        order.due = True
    return count
