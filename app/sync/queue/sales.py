"""Sales of QuickBooks that were made or changed since they were last read, where rules send any.

The schedule says when (``app.sync.sales.rounds``): a kind of sale whose row in the mirror is stale
is asked for. QuickBooks compares times of its own machine's clock, so what it said comes back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from app.models import MessageSet, Mirror, Sale, db
from app.sync.mirror import hour_before
from app.sync.queue import matching, sets
from app.sync.queue.call import Call
from qbwc import documents, qbxml, status
from qbwc.messages import Draft
from qbwc.planning import sales_out

if TYPE_CHECKING:
    from app.sync.queue.posted import Pairs

ABOUT = "sales"
PAGE = 200
_STALE_ITERATOR = 3391


def ask(call: Call) -> str | None:
    """The next page of each kind that is due; once QuickBooks refused several at once, of one."""
    rows = _rows(call)
    alone = [row for row in rows if row.alone]
    draft = Draft()
    for row in alone[:1] or rows:
        goes_on = bool(row.iterator_id) and row.iterator_session_id == call.session.id
        if not goes_on:
            row.iterator_id = ""
            row.facts = {"began": call.at.isoformat(), "newest": ""}
        text = qbxml.query_request(
            documents.kind(row.kind),
            draft.next_id(),
            modified_from=row.modified_until and hour_before(row.modified_until),
            max_returned=PAGE,
            iterator="Continue" if goes_on else "Start",
            iterator_id=row.iterator_id,
            include=(*sales_out.ASKED, *sales_out.line_elements(row.kind)),
            line_items=True,
        )
        draft.add(text, [ABOUT, row.kind])
    return sets.hand_out(call, draft, ABOUT, writes=False) if draft else None


def _rows(call: Call) -> list[Mirror]:
    query = select(Mirror).where(
        Mirror.company_id == call.company.id,
        Mirror.kind.in_(sales_out.KINDS),
        Mirror.stale,
    )
    return list(db.session.scalars(query.order_by(Mirror.kind)))


def settle(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """Keep the sales; a kind that this edition does not have is left alone until the next round."""
    del message_set
    rows = {row.kind: row for row in _rows(call)}
    for about, result in pairs:
        row = rows.get(about[1])
        if row is None:
            continue
        if result is None:
            _finish(row, call.at, "QuickBooks did not answer.")
        elif result.code == _STALE_ITERATOR:
            row.iterator_id = ""
        elif status.judge(result.code, result.name).outcome in {"done", "none_found"}:
            _page(call, row, result)
        else:
            _finish(row, call.at, result.message or f"status {result.code}")


def refused(call: Call, message_set: MessageSet) -> None:
    """QuickBooks could not read the questions: each goes alone, then not before the next round."""
    kinds = {about[1] for about in message_set.contents.values()}
    for row in _rows(call):
        if row.kind not in kinds:
            continue
        if row.alone:
            _finish(row, call.at, message_set.message or "QuickBooks refused the question.")
        row.alone = True


def _page(call: Call, row: Mirror, result: qbxml.Result) -> None:
    _take_in(call, row.kind, result.records)
    facts = dict(row.facts or {})
    times = [record.text("TimeModified")[:19] for record in result.records]
    facts["newest"] = max([str(facts.get("newest") or ""), *times])
    row.facts = facts
    if result.remaining > 0:
        row.iterator_id = result.iterator_id
        row.iterator_session_id = call.session.id
        row.remaining = result.remaining
        return
    if facts["newest"]:
        began = datetime.fromisoformat(facts.get("began") or call.at.isoformat())
        reached = datetime.fromisoformat(facts["newest"]) - (call.at - began)
        row.modified_until = max(row.modified_until, reached.isoformat()[:19])
    row.alone = False
    _finish(row, call.at, "")


def _finish(row: Mirror, at: datetime, problem: str) -> None:
    row.iterator_id = ""
    row.iterator_session_id = None
    row.remaining = None
    row.loaded_at = at
    row.stale = False
    row.problem = problem


def _take_in(call: Call, kind: str, records: tuple[qbxml.Record, ...]) -> None:
    """Write the sales that are new or changed; what was restored is there again."""
    zone = ZoneInfo(call.company.zone or "UTC")
    found = {record.text("TxnID"): record for record in records}
    found.pop("", None)
    held = {
        row.txn_id: row
        for row in db.session.execute(
            select(Sale.id, Sale.txn_id, Sale.edit_sequence, Sale.gone).where(
                Sale.company_id == call.company.id, Sale.txn_id.in_(found)
            )
        )
    }
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for txn_id, record in found.items():
        values = {
            "kind": kind,
            "txn_id": txn_id,
            "number": record.text("RefNumber"),
            "customer": record.text("CustomerRef/FullName"),
            "customer_list_id": record.text("CustomerRef/ListID"),
            "edit_sequence": record.text("EditSequence"),
            "modified_at": _moment(record.text("TimeModified"), zone) or call.at,
            "read_at": call.at,
            "gone": "voided" if matching.is_void(documents.kind(kind), record, None) else "",
            "redacted_at": None,
            "data": {path: text for path, text in record.leaves() if text},
        }
        if txn_id not in held:
            new.append({"company_id": call.company.id, **values})
        elif (held[txn_id].edit_sequence, held[txn_id].gone) != (
            values["edit_sequence"], values["gone"],
        ):  # fmt: skip
            changed.append({"id": held[txn_id].id, **values})
    if new:
        db.session.execute(insert(Sale), new)
    if changed:
        db.session.execute(update(Sale), changed)


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A time of QuickBooks': with an offset, or by the company's clock."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def local_text(moment: datetime, zone: str) -> str:
    """A time as QuickBooks compares it, a day earlier: its machine may be in another zone."""
    found = moment.astimezone(ZoneInfo(zone or "UTC")) - timedelta(days=1)
    return found.replace(tzinfo=None).isoformat()[:19]
