"""Who bought, taken out of orders that are done, of their documents and of the log about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased, undefer

from app.models import CustomValue, Event, Order, Outbox, Posting, Remembered, Store, db, now
from app.stores.payload import dump_raw, load_raw
from app.stores.personal import without_personal
from app.sync.personal.company import forget_besides
from app.sync.personal.words import Words, removed
from app.sync.summary import searchable
from qbwc.planning import lookup
from rules_library.decision import Choice, Choices, Reference, decisions

BATCH: Final = 200
DONE: Final = ("posted", "skipped")


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
            break
        words = {row.id: _clear(row, store) for row in rows}
        db.session.flush()
        _clear_documents(words)
        _clear_events(words)
        _clear_remembered(store, {row.buyer_id for row in rows if row.buyer_id})
        db.session.commit()
        count += len(rows)
    forget_besides(store.company_id, before)
    return count


def _clear(row: Order, store: Store) -> Words:
    """Clear the order's own row; the words that tell who bought."""
    raw = load_raw(row.raw)
    left = without_personal(raw)
    told = [("name", row.customer), ("email", row.email), *removed(raw, left)]
    words = Words(told, kept=(row.number, row.source_id, store.key, store.name, row.currency))
    row.raw = dump_raw(left)
    row.customer = row.email = ""
    row.search = searchable(row.number)
    row.trace, row.fired, row.redacted_at = None, None, now()
    row.reasons = words.cleared(row.reasons)
    row.causes = words.cleared(row.causes)
    row.answers = _values(words, row.answers)
    row.shape = row.shape and _values(words, row.shape)
    return words


def _values(words: Words, held: Mapping[str, Any]) -> dict[str, Any]:
    """Decision -> what was decided; what is chosen from QuickBooks' lists is needed again."""
    known = decisions()
    return {
        key: value
        if key in known and isinstance(known[key].kind, (Reference, Choice, Choices))
        else words.cleared(value)
        for key, value in held.items()
    }


def _clear_documents(words: Mapping[int, Words]) -> None:
    """What was planned, sent and answered; TxnIDs, numbers and amounts stay."""
    postings: list[dict[str, Any]] = []
    customers: dict[int, str] = {}
    for row in db.session.execute(
        select(
            Posting.id, Posting.order_id, Posting.payload, Posting.answer, Posting.customer_list_id
        ).where(Posting.order_id.in_(words))
    ):
        own = words[row.order_id]
        customers[row.order_id] = row.customer_list_id or customers.get(row.order_id, "")
        payload = own.document(row.payload, row.customer_list_id) if row.payload else ""
        postings.append({"id": row.id, "payload": payload, "answer": own.cleared(row.answer)})
    outbox: list[dict[str, Any]] = []
    for row in db.session.execute(
        select(Outbox.id, Outbox.order_id, Outbox.payload, Outbox.advice).where(
            Outbox.order_id.in_(words), Outbox.state.in_(("done", "dropped"))
        )
    ):
        own = words[row.order_id]
        payload = own.document(row.payload, customers.get(row.order_id, ""))
        advice = own.without(row.advice)
        outbox.append(
            {"id": row.id, "payload": payload, "advice": advice, "request": "", "response": ""}
        )
    for table, changes in ((Posting, postings), (Outbox, outbox)):
        if changes:
            db.session.execute(update(table), changes)
    db.session.execute(
        update(CustomValue)
        .where(CustomValue.order_id.in_(words), CustomValue.state == "done")
        .values(text="")
    )


def _clear_events(words: Mapping[int, Words]) -> None:
    changes: list[dict[str, Any]] = []
    for row in db.session.execute(
        select(Event.id, Event.order_id, Event.text, Event.detail).where(Event.order_id.in_(words))
    ):
        own = words[row.order_id or 0]
        text, detail = own.without(row.text), own.cleared(row.detail)
        if (text, detail) != (row.text, row.detail):
            changes.append({"id": row.id, "text": text, "detail": detail})
    if changes:
        db.session.execute(update(Event), changes)


def _clear_remembered(store: Store, buyers: set[str]) -> None:
    """The names of remembered customers of whom no order is whole any more; the ListID stays."""
    others = aliased(Order)
    still = exists().where(
        others.store_id == store.id,
        others.buyer_id == Order.buyer_id,
        others.redacted_at.is_(None),
    )
    gone = db.session.scalars(
        select(Order.buyer_id)
        .where(Order.store_id == store.id, Order.buyer_id.in_(buyers), ~still)
        .distinct()
    )
    values = [lookup("Customer", "store_id", f"{store.key} {buyer}").value for buyer in gone]
    db.session.execute(
        update(Remembered)
        .where(
            Remembered.company_id == store.company_id,
            Remembered.kind == "Customer",
            Remembered.by == "store_id",
            Remembered.value.in_(values),
        )
        .values(full_name="")
    )
