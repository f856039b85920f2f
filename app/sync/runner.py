"""The runner: decides and plans the orders that are due, and writes what is new to the outbox."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from app.models import Company, Order, Outbox, Posting, db
from app.rules import current_rulebook
from app.sync import outbox
from app.sync.preview import plan_orders

BATCH = 200
ON_ITS_WAY = ("sent", "review")


def decide_due(company: Company, limit: int = BATCH) -> int:
    """Decide and plan up to ``limit`` due orders; returns how many. The caller commits.

    An order with a document on its way stays due until that is settled; one of which QuickBooks is
    to be asked first, until it has answered.
    """
    on_its_way = select(Outbox.order_id).where(
        Outbox.company_id == company.id, Outbox.state.in_(ON_ITS_WAY)
    )
    to_be_read = select(Posting.order_id).where(
        Posting.company_id == company.id, Posting.stale, Posting.ended == ""
    )
    rows = list(
        db.session.scalars(
            select(Order)
            .where(
                Order.company_id == company.id,
                Order.due,
                Order.id.not_in(on_its_way),
                Order.id.not_in(to_be_read),
            )
            .order_by(Order.id)
            .limit(limit)
            .options(undefer(Order.raw), joinedload(Order.store))
            .with_for_update(skip_locked=True, of=Order)
        )
    )
    if not rows:
        return 0
    release_id, rulebook = current_rulebook(company)
    planned = plan_orders(company, rows, rulebook)
    outbox.write(company, planned, release_id)
    for row in rows:
        db.session.expire(row, ["raw", "trace"])
    return len(rows)
