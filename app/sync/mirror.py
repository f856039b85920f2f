"""Our mirror of QuickBooks' lists: what is asked, and how the answers are taken in.

Lists with an iterator come in pages, so that memory stays flat; the others come whole. Later only
what changed is asked for. QuickBooks reads times in its machine's own zone: what it returned is
kept without the offset and sent back, an hour earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app.models import MessageSet, Mirror, db
from app.sync import mirror_sites, taken, whole
from app.sync.mirrored import forget, forget_others, take_in
from qbwc import lists, qbxml, status
from qbwc.lists import ListKind
from qbwc.messages import Draft

if TYPE_CHECKING:
    from app.sync.queue.call import Call

PAGE = 1_000
FRESH = timedelta(hours=1)
"""How old the mirror may become before a session is opened for its sake."""
_REPEATED = timedelta(hours=1)
_STALE_ITERATOR = 3391
LEFT_OUT = "left_out"
"""Among a mirror's facts: the company does not use the feature that the list belongs to."""

Pairs = Sequence[tuple[list[Any], qbxml.Result | None]]


def ask(call: Call) -> Draft | None:
    """The next questions about lists: all at once, then the pages that are left."""
    rows = _rows(call.company.id)
    told = rows["Company"].facts or {} if "Company" in rows else {}
    due = []
    for kind in lists.kinds().values():
        if kind.needs and told.get(kind.needs) is not True:
            _leave_out(call, kind, rows[kind.name])
        elif _is_due(call, kind, rows[kind.name]):
            due.append(kind)
    alone = [kind for kind in due if rows[kind.name].alone]
    draft = Draft()
    for kind in alone[:1] or due:
        _ask_one(call, draft, kind, rows[kind.name])
    return draft or None


def is_loaded(company_id: int) -> bool:
    """Whether every list was loaded once: before that, no name can be checked."""
    loaded = db.session.scalars(
        select(Mirror.kind).where(Mirror.company_id == company_id, Mirror.loaded_at.is_not(None))
    )
    return set(lists.kinds()) <= set(loaded)


def _rows(company_id: int) -> dict[str, Mirror]:
    rows = {
        row.kind: row for row in db.session.scalars(select(Mirror).filter_by(company_id=company_id))
    }
    for name in lists.kinds():
        if name not in rows:
            rows[name] = Mirror(company_id=company_id, kind=name)
            db.session.add(rows[name])
    return rows


def _is_due(call: Call, kind: ListKind, row: Mirror) -> bool:
    """Never loaded, known to be out of date, in the middle of a load, or not asked this session."""
    return (
        row.loaded_at is None
        or row.stale
        or bool(row.iterator_id)
        or bool((row.facts or {}).get(LEFT_OUT))
        or (not kind.seldom and row.loaded_at < call.session.started_at)
    )


def _leave_out(call: Call, kind: ListKind, row: Mirror) -> None:
    """Nothing is known of a list while the company does not use the feature that it belongs to."""
    if (row.facts or {}).get(LEFT_OUT) and not row.stale:
        return
    mirror_sites.forget(call.company.id)
    forget_others(call.company.id, kind, set())
    row.facts = {**(row.facts or {}), LEFT_OUT: True}
    _finish(row, call.at, "")


def _ask_one(call: Call, draft: Draft, kind: ListKind, row: Mirror) -> None:
    facts = row.facts or {}
    goes_on = bool(row.iterator_id) and row.iterator_session_id == call.session.id
    since = hour_before(row.modified_until) if kind.modified and row.modified_until else None
    if not goes_on:
        row.iterator_id = ""
        load = {} if kind.entries else {"load": facts.get("load", 0) + 1}
        began = {"began": call.at.isoformat(), "whole": since is None}
        facts = {**facts, **began, "newest": "", **load}
        row.facts = {name: told for name, told in facts.items() if name != LEFT_OUT}
    options: dict[str, Any] = {}
    if kind.iterator:
        options = {
            "max_returned": PAGE,
            "iterator": "Continue" if goes_on else "Start",
            "iterator_id": row.iterator_id if goes_on else "",
        }
    text = qbxml.query_request(kind, draft.next_id(), modified_from=since, **options)
    draft.add(text, ["mirror", kind.name, "changes" if since else "all"])
    deleted_from = facts.get("deleted_until") or row.modified_until
    if (
        deleted_from
        and kind.deleted
        and row.loaded_at
        and not goes_on
        and not facts.get("keeps_deleted")
    ):
        text = qbxml.deleted_request(kind, draft.next_id(), deleted_from=hour_before(deleted_from))
        draft.add(text, ["deleted", kind.name])


def settle(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """Take answers in; what a list cannot be asked for is remembered with QuickBooks' words."""
    del message_set
    rows = _rows(call.company.id)
    for about, result in pairs:
        kind, row = lists.kind(about[1]), rows[about[1]]
        if result is None:
            _finish(row, call.at, "QuickBooks did not answer.")
        elif result.code == _STALE_ITERATOR:
            row.iterator_id = ""
            row.stale = True
        elif status.judge(result.code, result.name).outcome in {"done", "none_found"}:
            _page(call, kind, row, result, complete=about[2] == "all")
        else:
            _finish(row, call.at, result.message or f"status {result.code}")


def refused(call: Call, message_set: MessageSet) -> None:
    """QuickBooks refused a set of questions: from now on each is asked alone."""
    rows = _rows(call.company.id)
    kinds = {about[1] for about in message_set.contents.values() if about[0] == "mirror"}
    for name in kinds:
        row = rows[name]
        if not row.alone:
            row.alone = True
        elif any(about[0] == "deleted" for about in message_set.contents.values()):
            row.facts = {**(row.facts or {}), "keeps_deleted": True}
        else:
            _finish(row, call.at, message_set.message or "QuickBooks refused the question.")


def _page(call: Call, kind: ListKind, row: Mirror, result: qbxml.Result, *, complete: bool) -> None:
    facts = dict(row.facts or {})
    kept: set[str] = set()
    if kind.entries:
        kept = take_in(call.company.id, kind, result.records)
    else:
        mirror_sites.take_in(call.company.id, result.records, facts["load"])
    facts["newest"] = max(
        [str(facts.get("newest") or "")]
        + [record.text("TimeModified")[:19] for record in result.records]
    )
    row.facts = facts
    if kind.iterator and result.remaining > 0:
        row.iterator_id = result.iterator_id
        row.iterator_session_id = call.session.id
        row.remaining = result.remaining
        return
    if not kind.entries:
        mirror_sites.forget(call.company.id, but=facts["load"])
    elif complete and not kind.iterator:
        forget_others(call.company.id, kind, kept)
    began = datetime.fromisoformat(facts["began"]) if facts.get("began") else call.at
    newest = _earlier(facts["newest"], call.at - began) if kind.iterator else facts["newest"]
    row.modified_until = max(row.modified_until, newest)
    row.alone = False
    _finish(row, call.at, "")
    if facts.get("whole"):
        whole.was_read(row, began)
        if kind.name == taken.KIND:
            taken.forget(call.company.id, began)
    if whole.is_outdated(row, began):
        row.modified_until, row.stale = "", True


def _finish(row: Mirror, at: datetime, problem: str) -> None:
    row.iterator_id = ""
    row.iterator_session_id = None
    row.remaining = None
    row.loaded_at = at
    row.stale = False
    row.problem = problem


def hour_before(local: str) -> str:
    """From when to ask again after a local time of QuickBooks: its clock may have gone back.

    In autumn an hour comes twice, and what changed the second time has the earlier times of the
    first. What comes twice is taken in once.
    """
    return (datetime.fromisoformat(local) - _REPEATED).isoformat()


def _earlier(local: str, by: timedelta) -> str:
    """A change made while pages were read may be older than the newest that was read."""
    return (datetime.fromisoformat(local) - by).isoformat()[:19] if local else ""


def settle_deleted(call: Call, message_set: MessageSet, pairs: Pairs) -> None:
    """Forget the entries that were deleted in QuickBooks."""
    del message_set
    rows = _rows(call.company.id)
    for about, result in pairs:
        if result is None or not result.records:
            continue
        row = rows[about[1]]
        times = [record.text("TimeDeleted")[:19] for record in result.records]
        row.facts = {**(row.facts or {}), "deleted_until": max(times)}
        gone = [record.text("ListID") for record in result.records]
        forget(call.company.id, about[1], gone)
