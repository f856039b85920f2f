"""Custom fields of what was posted: written in requests of their own, once there is a TxnID.

To write a text twice does no harm, so that nothing of it has to be searched after a crash. What
QuickBooks does not add, because the field has a value already, is changed instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import or_, select, update

from app.models import CustomValue, MessageSet, Order, Posting, db
from app.sync.queue import sets
from app.sync.queue.call import Call, words
from app.sync.queue.outcome import delay, explain
from app.sync.queue.posted import Pairs
from app.sync.queue.repeatable import CUSTOM_FIELD
from qbwc import qbxml, status
from qbwc.messages import Draft

PURPOSE = "custom fields"
CANNOT_SAVE = 3180
MOST = 300
"""So many fields are written in one set."""


def send(call: Call) -> str | None:
    """The next set of custom fields, if any is to be written."""
    ready = (
        select(CustomValue)
        .where(
            CustomValue.company_id == call.company.id,
            CustomValue.state == "ready",
            or_(CustomValue.not_before.is_(None), CustomValue.not_before <= call.at),
        )
        .order_by(CustomValue.within.is_(None), CustomValue.within, CustomValue.id)
        .limit(MOST)
    )
    found = list(db.session.scalars(ready))
    if not found:
        return None
    draft = Draft()
    for row in found[: found[0].within or MOST]:
        if draft.full:
            break
        text = qbxml.custom_field_request(
            row.kind, row.txn_id, row.name, row.text, draft.next_id(), change=row.change
        )
        draft.add(text, [CUSTOM_FIELD, row.id])
        row.state = "sent"
    return sets.hand_out(call, draft, PURPOSE, writes=True)


def settle(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """Write what became of each field; its transaction is read again."""
    del message_set
    answers = {about[1]: result for about, result in pairs if result is not None}
    held: dict[int, str] = {}
    changed: set[str] = set()
    for row in _rows(answers, "sent"):
        result = answers[row.id]
        judged = status.judge(result.code, result.name, result.message)
        row.status_code, row.within = result.code, None
        if judged.outcome == "done":
            row.state, row.advice = "done", ""
            changed.add(row.txn_id)
        elif _has_a_value(row, result, judged):
            row.state, row.change = "ready", True
        elif judged.outcome == "again" and row.attempts + 1 < judged.tries:
            row.state = "ready"
            row.attempts += 1
            row.not_before = call.at + delay(row.attempts)
        else:
            held[row.id] = explain(judged, result)
    read_again(call, changed)
    hold(call, held)


def _has_a_value(row: CustomValue, result: qbxml.Result, judged: status.Judgement) -> bool:
    """Whether the field may have a value already: QuickBooks has no code of its own for that."""
    added = bool(row.text) and not row.change
    return added and (result.code == CANNOT_SAVE or judged.outcome != "again")


def _rows(ids: Iterable[int], state: str) -> list[CustomValue]:
    return list(
        db.session.scalars(
            select(CustomValue)
            .where(CustomValue.id.in_(ids), CustomValue.state == state)
            .order_by(CustomValue.id)
        )
    )


def read_again(call: Call, txn_ids: Iterable[str]) -> None:
    """QuickBooks gives a transaction another EditSequence with each field that is written."""
    db.session.execute(
        update(Posting)
        .where(
            Posting.company_id == call.company.id,
            Posting.txn_id.in_(set(txn_ids)),
            Posting.ended == "",
        )
        .values(stale=True)
        .execution_options(synchronize_session=False)
    )


def hold(call: Call, held: Mapping[int, str]) -> None:
    """QuickBooks does not take these fields: the documents stay posted without them."""
    numbers = dict(
        db.session.execute(
            select(CustomValue.id, Order.number)
            .join(Order, Order.id == CustomValue.order_id)
            .where(CustomValue.id.in_(held))
        ).all()
    )
    for row in _rows(held, "sent"):
        row.state, row.advice, row.within = "held", held[row.id], None
        call.log(
            "custom_field.held",
            f"The custom field “{row.name}” of the {words(row.kind)} of order "
            f"{numbers[row.id]} could not be written. {row.advice}",
            order_id=row.order_id,
            level="error",
        )
