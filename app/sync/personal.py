"""Personal data of orders that are done is removed after the time that the store sets."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import undefer

from app.models import Order, Outbox, Store, db, now
from app.stores.payload import dump_raw, load_raw
from app.stores.personal import without_personal
from app.sync.summary import searchable

BATCH = 200
DONE = ("posted", "skipped")


def forget(store: Store, moment: datetime | None = None) -> int:
    """Remove who the buyers were; how many orders that were.

    What was bought, paid and posted stays, and so does the hash of what the store sent: the same
    payload is known when it comes again. A later revision of the order is whole again.
    """
    if store.retention_days is None:
        return 0
    before = (moment or now()) - timedelta(days=store.retention_days)
    count = 0
    while True:
        rows = db.session.scalars(
            select(Order)
            .where(
                Order.store_id == store.id,
                Order.redacted_at.is_(None),
                Order.state.in_(DONE),
                ~Order.due,
                ~Order.more,
                Order.placed_at < before,
                Order.received_at < before,
            )
            .order_by(Order.id)
            .limit(BATCH)
            .options(undefer(Order.raw))
        ).all()
        if not rows:
            return count
        for row in rows:
            row.raw = dump_raw(without_personal(load_raw(row.raw)))
            row.customer = row.email = ""
            row.search = searchable(row.number)
            row.trace, row.fired, row.redacted_at = None, None, now()
        ids = [row.id for row in rows]
        db.session.execute(
            update(Outbox)
            .where(Outbox.order_id.in_(ids), Outbox.state == "done")
            .values(request="", response="")
        )
        db.session.commit()
        count += len(rows)
