"""Asking QuickBooks how a transaction stands: changed there, voided, deleted, or unread."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from app.models import MessageSet, Order, Posting, db, now
from app.sync import taxes
from app.sync.queue import balances, matching, posted, sets
from app.sync.queue.call import Call, sentence, words
from app.sync.queue.orders import conclude
from app.sync.queue.outcome import judge
from app.sync.queue.posted import Pairs
from qbwc import documents, qbxml
from qbwc.messages import Draft

MOST = 500
DUE = 2_000
"""Of so many orders that are due the transactions are read before they are decided."""
CHUNK = 100
SURE = timedelta(hours=1)
"""So long after it was read the newest transaction is taken to be there."""
AROUND = 100
"""So many transactions on either side of one that is missing are looked for, too."""


def ask(call: Call) -> str | None:
    """One set that asks for all transactions that have to be read again.

    So are those of the orders that are decided next: what they plan follows what QuickBooks has.
    """
    groups: defaultdict[tuple[str, bool], list[tuple[int, str]]] = defaultdict(list)
    for posting_id, kind, txn_id, corrections in _wanted(call):
        changes = any(one["choice"] == "replace" for one in (corrections or {}).values())
        groups[kind, changes].append((posting_id, txn_id))
    draft = Draft()
    for (name, changes), group in groups.items():
        asked = documents.kind(name)
        for start in range(0, len(group), CHUNK):
            some = group[start : start + CHUNK]
            text = qbxml.query_request(
                asked,
                draft.next_id(),
                ids=[txn_id for _, txn_id in some],
                line_items=asked.returns_lines or asked.applies or changes,
                linked_txns=bool(asked.balance),
            )
            draft.add(text, ["refresh", name, [posting_id for posting_id, _ in some]])
    return sets.hand_out(call, draft, "refresh", writes=False) if draft else None


def _wanted(call: Call) -> list[Any]:
    query = (
        select(Posting.id, Posting.kind, Posting.txn_id, Order.corrections)
        .join(Order, Order.id == Posting.order_id)
        .order_by(Posting.id)
        .limit(MOST)
    )
    stale = query.where(Posting.company_id == call.company.id, Posting.stale, Posting.ended == "")
    due = (
        select(Order.id)
        .where(Order.company_id == call.company.id, Order.due)
        .order_by(Order.id)
        .limit(DUE)
        .subquery()
    )
    decided = query.where(
        Posting.order_id.in_(select(due.c.id)),
        Posting.read_at < call.session.started_at,
        Posting.ended == "",
    )
    return [*db.session.execute(stale)] or [*db.session.execute(decided)]


def doubt_the_newest(call: Call) -> None:
    """Read the transaction that was posted last: a company file from an older backup lacks it."""
    row = db.session.execute(
        select(Posting.id, Posting.read_at)
        .where(Posting.company_id == call.company.id, Posting.ended == "")
        .order_by(Posting.posted_at.desc(), Posting.id.desc())
        .limit(1)
    ).first()
    if row is not None and row.read_at < call.session.started_at - SURE:
        db.session.execute(update(Posting), [{"id": row.id, "stale": True}])


def settle(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """Write how the transactions stand; the order of one that is gone is decided again."""
    del message_set
    changes: list[dict[str, Any]] = []
    orders: set[int] = set()
    due: set[int] = set()
    missing: set[int] = set()
    for about, result in pairs:
        kind = documents.kind(about[1])
        judged = judge(result)
        unread = judged is None or judged.outcome not in {"done", "none_found"}
        records = {record.text("TxnID"): record for record in (result.records if result else ())}
        for posting in _live(about[2]):
            record = records.get(posting.txn_id)
            orders.add(posting.order_id)
            if record is not None and not matching.is_void(kind, record, posting.expected):
                changes.append({"id": posting.id, **posted.current(kind, record)})
                posted.compare(call, posting, changes[-1]["total"], posting.expected)
            elif record is None and unread:
                db.session.execute(
                    update(Posting), [{"id": posting.id, "stale": False, "read_at": now()}]
                )
                _tell(call, posting, UNREAD)
            else:
                end(call, posting, "voided" if record is not None else "missing")
                due.add(posting.order_id)
                if record is None:
                    missing.add(posting.id)
        if kind.applies:
            balances.learn(call.company.id, records)
    if changes:
        db.session.execute(update(Posting), changes)
    if missing:
        _look_around(call, missing)
    taxes.posted(orders)
    conclude(orders, due)


def _look_around(call: Call, missing: set[int]) -> None:
    """Nobody deleted these: look for their neighbours, and for theirs, until all are there."""
    call.log("company.older", OLDER, level="warning")
    live = select(Posting.id).where(
        Posting.company_id == call.company.id, Posting.ended == "", ~Posting.stale
    )
    before = live.where(Posting.id < min(missing)).order_by(Posting.id.desc())
    after = live.where(Posting.id > min(missing)).order_by(Posting.id)
    near = [i for some in (before, after) for i in db.session.scalars(some.limit(AROUND))]
    if near:
        db.session.execute(update(Posting), [{"id": one, "stale": True} for one in near])


def end(call: Call, posting: Any, how: str) -> None:
    """Somebody voided or deleted a transaction in QuickBooks: it is posted no more."""
    db.session.execute(update(Posting), [{"id": posting.id, **posted.NOTHING, "ended": how}])
    balances.release(posting.order_id, posting.kind, posting.part, posting.txn_id)
    _tell(call, posting, GONE[how])


def _live(posting_ids: list[int]) -> list[Any]:
    return list(
        db.session.execute(
            select(
                Posting.id, Posting.order_id, Posting.kind, Posting.part, Posting.txn_id,
                Posting.ref_number, Posting.expected, Order.number, Order.currency,
            )
            .join(Order, Order.id == Posting.order_id)
            .where(Posting.id.in_(posting_ids), Posting.ended == "")
        )
    )  # fmt: skip


OLDER = (
    "Transactions are missing that QuickBooks does not list as deleted: the company file may have "
    "been restored from an older backup. What else is missing is looked for; nothing is posted "
    "again unless somebody says so."
)
UNREAD = "could not be read from QuickBooks; what is kept of it may be out of date."
GONE = {
    "missing": "is no longer in QuickBooks: somebody deleted it there.",
    "voided": "was voided in QuickBooks.",
}


def _tell(call: Call, posting: Any, what: str) -> None:
    call.log(
        "document.missing",
        f"{sentence(words(posting.kind))} {posting.ref_number} of order {posting.number} {what}",
        order_id=posting.order_id,
        level="warning",
        detail={"TxnID": posting.txn_id},
    )
