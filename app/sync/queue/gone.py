"""What somebody deleted in QuickBooks since we last asked, of what we posted or read to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select, update

from app.models import MessageSet, Mirror, Order, Posting, Sale, db
from app.sync import taxes
from app.sync.mirror import hour_before
from app.sync.queue import refresh
from app.sync.queue.call import Call
from app.sync.queue.orders import conclude
from app.sync.queue.outcome import judge
from qbwc import documents, qbxml

if TYPE_CHECKING:
    from app.sync.queue.posted import Pairs
    from qbwc.messages import Draft

KIND = "TxnDeleted"
"""Under which the mirror keeps when something was last deleted."""
CHUNK = 5_000


def ask(call: Call, draft: Draft) -> None:
    """Ask, once a session, what was deleted of the kinds that we have posted or read to send.

    The question goes with those about the lists; once QuickBooks refused the two together, alone.
    """
    row = db.session.get(Mirror, (call.company.id, KIND))
    if row and row.loaded_at and row.loaded_at >= call.session.started_at:
        return
    if bool(row and row.alone) == bool(draft):
        return
    kept = [
        or_(
            *(
                exists().where(table.company_id == call.company.id, table.kind == name)
                for table in (Posting, Sale)
            )
        ).label(name)
        for name in documents.kinds()
    ]
    (found,) = db.session.execute(select(*kept)).mappings()
    known = [kind for name, kind in documents.kinds().items() if found[name]]
    if not known:
        return
    since = hour_before(row.modified_until) if row and row.modified_until else None
    text = qbxml.deleted_request(known, draft.next_id(), deleted_from=since)
    draft.add(text, ["gone"])


def refused(call: Call, message_set: MessageSet) -> None:
    """QuickBooks could not read a set with the question: it goes alone, then not this session."""
    if ["gone"] not in message_set.contents.values():
        return
    row = _row(call)
    if row.alone:
        row.loaded_at, row.problem = call.at, message_set.message
    row.alone = True


def _row(call: Call) -> Mirror:
    row = db.session.get(Mirror, (call.company.id, KIND))
    if row is None:
        row = Mirror(company_id=call.company.id, kind=KIND, modified_until="", alone=False)
        db.session.add(row)
    return row


def settle(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """What was deleted is posted no more, and its orders are decided again; no store ships it."""
    del message_set
    row = _row(call)
    row.loaded_at = call.at
    for _, result in pairs:
        judged = judge(result)
        if result is None or judged is None or judged.outcome not in {"done", "none_found"}:
            row.problem = result.message if result else "QuickBooks did not answer."
            continue
        row.problem = ""
        times = [record.text("TimeDeleted")[:19] for record in result.records]
        row.modified_until = max([row.modified_until or "", *times])
        _end(call, sorted({record.text("TxnID") for record in result.records}))
    refresh.doubt_the_newest(call)


def _end(call: Call, txn_ids: list[str]) -> None:
    due: set[int] = set()
    for start in range(0, len(txn_ids), CHUNK):
        db.session.execute(
            update(Sale)
            .where(
                Sale.company_id == call.company.id,
                Sale.txn_id.in_(txn_ids[start : start + CHUNK]),
            )
            .values(gone="deleted")
            .execution_options(synchronize_session=False)
        )
        rows = db.session.execute(
            select(
                Posting.id, Posting.order_id, Posting.kind, Posting.part, Posting.txn_id,
                Posting.ref_number,
                Order.number,
            )
            .join(Order, Order.id == Posting.order_id)
            .where(
                Posting.company_id == call.company.id,
                Posting.txn_id.in_(txn_ids[start : start + CHUNK]),
                Posting.ended == "",
            )
        ).all()  # fmt: skip
        for posting in rows:
            refresh.end(call, posting, "missing")
            due.add(posting.order_id)
    taxes.posted(due)
    conclude(due, due)
