"""Shipments of sales, written back to QuickBooks: the ship date, and the tracking number.

To write the same twice does no harm, so that nothing of it has to be searched after a crash. A
sale that was changed meanwhile is read again first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import undefer

from app.models import MessageSet, Mirror, Sale, SaleShipment, Store, db
from app.sync.queue import custom_fields, sets
from app.sync.queue.call import Call, sentence, words
from app.sync.queue.outcome import delay, explain
from app.sync.queue.posted import Pairs
from app.sync.queue.repeatable import SHIPMENT
from qbwc import qbxml, status
from qbwc.messages import Draft
from qbwc.planning import sales_out

PURPOSE = "shipments"
MOST = 300
MOST_TRIES = 6


def send(call: Call) -> str | None:
    """The next set of shipments, if any is to be written; one of each sale at a time."""
    ready = (
        select(SaleShipment, Sale)
        .join(Sale, Sale.id == SaleShipment.sale_id)
        .where(
            SaleShipment.company_id == call.company.id,
            SaleShipment.state == "ready",
            or_(SaleShipment.not_before.is_(None), SaleShipment.not_before <= call.at),
        )
        .order_by(SaleShipment.within.is_(None), SaleShipment.within, SaleShipment.id)
        .limit(MOST)
        .options(undefer(Sale.data))
    )
    found = {sale.id: (row, sale) for row, sale in reversed(db.session.execute(ready).all())}
    chosen = list(reversed(found.values()))
    draft = Draft()
    for row, sale in chosen[: (chosen[0][0].within or MOST) if chosen else 0]:
        if draft.full:
            break
        document = sales_out.shipped(sale.kind, sale.data, row.shipped_on, row.tracking, row.into)
        try:
            text = qbxml.request(
                document,
                draft.next_id(),
                resolve=lambda _ref: None,
                txn=lambda _txn: None,
                held=(sale.txn_id, sale.edit_sequence),
            )
        except qbxml.CannotRender as problem:
            row.state, row.advice = "held", f"QuickBooks would not take it: {problem}"
            _tell(call, row, sale, _store(row))
            continue
        draft.add(text, [SHIPMENT, row.id])
        row.state = "sent"
    return sets.hand_out(call, draft, PURPOSE, writes=True) if draft else None


def settle(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """Write what became of each; a sale that was changed meanwhile is read again."""
    del message_set
    answers = {about[1]: result for about, result in pairs if result is not None}
    changed: set[str] = set()
    for row, sale, store in _rows(answers, "sent"):
        result = answers[row.id]
        judged = status.judge(result.code, result.name, result.message)
        row.status_code, row.within = result.code, None
        again = judged.outcome in {"again", "refresh"} and row.attempts + 1 < MOST_TRIES
        if judged.outcome == "done":
            row.state, row.advice = "done", ""
            changed.add(sale.txn_id)
        elif again:
            row.state = "ready"
            row.attempts += 1
            if judged.outcome == "again":
                row.not_before = call.at + delay(row.attempts)
        else:
            row.state = "held"
            row.advice = explain(judged, result)
        if judged.outcome == "refresh" or row.state == "done":
            _read_again(call, sale.kind)
        _tell(call, row, sale, store)
    custom_fields.read_again(call, changed)


def _rows(ids: Iterable[int], state: str) -> list[Any]:
    query = (
        select(SaleShipment, Sale, Store.name)
        .join(Sale, Sale.id == SaleShipment.sale_id)
        .join(Store, Store.id == SaleShipment.store_id)
        .where(SaleShipment.id.in_(ids), SaleShipment.state == state)
        .order_by(SaleShipment.id)
    )
    return list(db.session.execute(query))


def _store(row: SaleShipment) -> str:
    return db.session.get_one(Store, row.store_id).name


def _read_again(call: Call, kind: str) -> None:
    db.session.execute(
        update(Mirror)
        .where(Mirror.company_id == call.company.id, Mirror.kind == kind)
        .values(stale=True)
        .execution_options(synchronize_session=False)
    )


def _tell(call: Call, row: SaleShipment, sale: Sale, store: str) -> None:
    name = f"{sentence(words(sale.kind))} {sale.number or sale.txn_id}"
    detail = {"TxnID": sale.txn_id, "tracking": row.tracking}
    if row.state == "done":
        tracked = f" as {row.tracking}" if row.tracking else ""
        text = f"{name} was shipped by {store}{tracked}; QuickBooks has it."
        call.log("sale.shipped", text, detail=detail)
    elif row.state == "held":
        text = f"That {name} was shipped by {store} could not be written. {row.advice}"
        call.log("sale.shipment_held", text, level="error", detail=detail)


def hold(call: Call, held: Mapping[int, str]) -> None:
    """QuickBooks does not take these; the sales stay as they are there."""
    for row, sale, store in _rows(held, "sent"):
        row.state, row.advice, row.within = "held", held[row.id], None
        _tell(call, row, sale, store)
