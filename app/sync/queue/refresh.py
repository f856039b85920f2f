"""Asking QuickBooks how a transaction stands: changed there, or recovered without its sums."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import select, update

from app.models import MessageSet, Order, Posting, db
from app.sync.queue import posted, sets
from app.sync.queue.call import Call, sentence, words
from app.sync.queue.orders import conclude
from app.sync.queue.outcome import judge
from app.sync.queue.posted import Pairs
from qbwc import documents, qbxml
from qbwc.messages import Draft

MOST = 500
CHUNK = 100


def ask(call: Call) -> str | None:
    """One set that asks for all transactions that have to be read again."""
    groups: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for posting_id, kind, txn_id in db.session.execute(
        select(Posting.id, Posting.kind, Posting.txn_id)
        .where(Posting.company_id == call.company.id, Posting.stale)
        .order_by(Posting.id)
        .limit(MOST)
    ):
        groups[kind].append((posting_id, txn_id))
    draft = Draft()
    for name, group in groups.items():
        asked = documents.kind(name)
        for start in range(0, len(group), CHUNK):
            some = group[start : start + CHUNK]
            text = qbxml.query_request(
                asked,
                draft.next_id(),
                ids=[txn_id for _, txn_id in some],
                line_items=asked.returns_lines,
            )
            draft.add(text, ["refresh", name, [posting_id for posting_id, _ in some]])
    return sets.hand_out(call, draft, "refresh", writes=False) if draft else None


def settle(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """Write how the transactions stand; one that is gone is told."""
    del message_set
    changes: list[dict[str, Any]] = []
    orders: set[int] = set()
    for about, result in pairs:
        kind = documents.kind(about[1])
        judged = judge(result)
        unread = judged is None or judged.outcome not in {"done", "none_found"}
        records = {record.text("TxnID"): record for record in (result.records if result else ())}
        for posting in _stale(about[2]):
            record = records.get(posting.txn_id)
            orders.add(posting.order_id)
            if record is not None:
                changes.append({"id": posting.id, **posted.current(kind, record)})
                posted.compare(call, posting, changes[-1]["total"], posting.expected)
                continue
            gone = {"stale": False} if unread else {"stale": False, "answer": {"missing": True}}
            db.session.execute(update(Posting), [{"id": posting.id, **gone}])
            _tell_missing(call, posting, unread=unread)
    if changes:
        db.session.execute(update(Posting), changes)
    conclude(orders)


def _stale(posting_ids: list[int]) -> list[Any]:
    return list(
        db.session.execute(
            select(
                Posting.id, Posting.order_id, Posting.kind, Posting.txn_id, Posting.ref_number,
                Posting.expected, Order.number,
            )
            .join(Order, Order.id == Posting.order_id)
            .where(Posting.id.in_(posting_ids), Posting.stale)
        )
    )  # fmt: skip


def _tell_missing(call: Call, posting: Any, *, unread: bool) -> None:
    what = (
        "could not be read from QuickBooks; what is kept of it may be out of date."
        if unread
        else "is no longer in QuickBooks. If it was deleted by mistake, post the order again."
    )
    call.log(
        "document.missing",
        f"{sentence(words(posting.kind))} {posting.ref_number} of order {posting.number} {what}",
        order_id=posting.order_id,
        level="warning",
        detail={"TxnID": posting.txn_id},
    )
