"""Plans into rows: the difference between what should exist and what is posted or on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, insert, select
from sqlalchemy.orm import undefer

from app.models import Addition, Company, Event, Outbox, db, needs
from app.sync import taken
from app.sync.preview import Planned, shape_of
from app.sync.trace import counted, kept
from qbwc import documents
from qbwc.documents.base import Document, Key, refs

STATES = {"skip": "skipped", "hold": "held", "wait": "waiting"}


class Written(NamedTuple):
    """A document that is to be sent: a new row, or one that is there already."""

    order_id: int
    document: Document
    new: dict[str, Any] | None


def write(company: Company, planned: Sequence[Planned], release_id: int | None) -> None:
    """Write verdicts and traces, and what is to be sent: entries, documents, and who waits."""
    additions = _write_additions(company, planned)
    rows = _outbox_of([one.of.row.id for one in planned])
    fresh: list[Written] = []
    for one in planned:
        known = rows.get(one.of.row.id, {})
        written = _write_documents(company, one, known, release_id) if one.plan.documents else []
        fresh += written
        _withdraw(one, known)
        _note(company, one, release_id, pending=bool(written) or _pending(known))
    db.session.flush()
    new = [each.new for each in fresh if each.new]
    if new:
        # Not as objects: SQLite would take them in one by one, to tell us their ids.
        options = {"render_nulls": True}
        db.session.execute(insert(Outbox), new, execution_options=options)
    _write_needs(fresh, additions)
    taken.write(company, planned)


def _outbox_of(ids: Sequence[int]) -> dict[int, dict[tuple[str, str, str], Outbox]]:
    found: dict[int, dict[tuple[str, str, str], Outbox]] = {}
    rows = db.session.scalars(
        select(Outbox)
        .where(Outbox.order_id.in_(ids))
        .options(undefer(Outbox.payload))
        .order_by(Outbox.generation)
    )
    for row in rows:
        found.setdefault(row.order_id, {})[row.kind, row.part, row.action] = row
    return found


def _write_documents(
    company: Company,
    one: Planned,
    known: Mapping[tuple[str, str, str], Outbox],
    release_id: int | None,
) -> list[Written]:
    """The outbox rows that are new, or are to be sent (again) with other content."""
    written = []
    for document in one.plan.documents:
        if document.action == "add" and one.of.ledger.get(document.kind, document.part):
            continue
        row = known.get((document.kind, document.part, document.action))
        payload = document.dumps()
        if row is not None and row.state == "done":
            if row.payload == payload and document.action != "add":
                continue
            generation = row.generation + 1
            row = None
        else:
            generation = row.generation if row else 1
        if row is not None and row.state == "ready" and row.payload == payload:
            continue
        values = _values(one, document, generation) | {"payload": payload, "release_id": release_id}
        if row is None:
            key = {"kind": document.kind, "part": document.part, "action": document.action}
            new = values | key | {"company_id": company.id, "order_id": one.of.row.id}
            written.append(Written(one.of.row.id, document, new | {"generation": generation}))
            continue
        for name, value in values.items():
            setattr(row, name, value)
        written.append(Written(one.of.row.id, document, None))
    return written


def _values(one: Planned, document: Document, generation: int) -> dict[str, Any]:
    """What a row says of a document that nobody has tried to send yet."""
    guid = ""
    if document.action == "add" and documents.kind(document.kind).external_guid:
        key = Key(one.of.order.store, one.of.order.source_id, document.kind, document.part)
        guid = key.guid(generation)
    return {
        "state": "ready",
        "attempts": 0,
        "not_before": None,
        "advice": "",
        "alike": None,
        "status_code": None,
        "ref_number": str(document.fields.get("RefNumber") or ""),
        "searched": False,
        "waiting": False,
        "within": None,
        "guid": guid,
    }


def _withdraw(one: Planned, known: Mapping[tuple[str, str, str], Outbox]) -> None:
    """Documents that were planned before, never sent, and are not wanted any more."""
    keep = {(d.kind, d.part, d.action) for d in one.plan.documents}
    for key, row in known.items():
        if row.state in {"ready", "held"} and key not in keep:
            row.state = "dropped"


def _pending(known: Mapping[tuple[str, str, str], Outbox]) -> bool:
    return any(row.state in {"ready", "sent", "review"} for row in known.values())


def _note(company: Company, one: Planned, release_id: int | None, *, pending: bool) -> None:
    """Write the verdict, the trace and, when the order's state changed, an event."""
    row, made = one.of.row, one.plan
    before = (row.state, list(row.reasons or ()))
    settled = "waiting" if made.unbooked else "posted"
    state = STATES.get(made.verdict) or ("queued" if pending else settled)
    row.state, row.reasons, row.due = state, list(made.reasons), False
    row.untold = True
    row.causes = [list(cause) for cause in made.causes]
    row.more, row.remember = made.more and pending, made.remember
    row.decided_at, row.release_id = datetime.now(UTC), release_id
    row.trace = {
        "context": {
            "today": one.of.context.today,
            "in_quickbooks": one.of.context.in_quickbooks,
            "customer_orders": one.of.context.customer_orders,
        },
        "release": release_id,
        **kept(one.of.decided, made),
    }
    row.fired = counted(one.of.decided)
    if made.documents and one.of.ledger.is_empty:
        row.shape = shape_of(one.of.decided)
    if (state, list(made.reasons)) != before and state in {"held", "waiting", "skipped"}:
        db.session.add(
            Event(
                company_id=company.id,
                order_id=row.id,
                level="warning" if state == "held" else "info",
                kind=f"order.{state}",
                text=f"Order {row.number} is {state}: {'; '.join(made.reasons)}.",
            )
        )


def _write_additions(company: Company, planned: Sequence[Planned]) -> dict[tuple[str, str], int]:
    """Rows for the list entries that have to be created; (kind, name key) -> their ids."""
    wanted_entries = {
        (addition.kind, addition.key): addition
        for one in planned
        for addition in one.plan.additions
    }
    referred = {
        (reference.kind, reference.key)
        for one in planned
        for document in one.plan.documents
        for reference in refs(document.fields)
        if not reference.list_id
    }
    keys = {key for _, key in (*wanted_entries, *referred)}
    if not keys:
        return {}
    mine = and_(
        Addition.company_id == company.id,
        Addition.kind.in_({kind for kind, _ in (*wanted_entries, *referred)}),
        Addition.name_key.in_(sorted(keys)),
    )
    known = {
        (row.kind, row.name_key): row for row in db.session.scalars(select(Addition).where(mine))
    }
    for key, row in known.items():
        if key in wanted_entries and row.state in {"held", "done"}:
            row.state, row.attempts, row.advice = "ready", 0, ""
            row.payload = wanted_entries[key].dumps()
    fresh = [
        {
            "company_id": company.id,
            "kind": kind,
            "full_name": addition.full_name,
            "name_key": key,
            "payload": addition.dumps(),
        }
        for (kind, key), addition in wanted_entries.items()
        if (kind, key) not in known
    ]
    if fresh:
        db.session.execute(insert(Addition), fresh)
    rows = db.session.execute(select(Addition.kind, Addition.name_key, Addition.id).where(mine))
    return {(kind, key): found for kind, key, found in rows}


def _write_needs(written: Sequence[Written], additions: Mapping[tuple[str, str], int]) -> None:
    """Let each document wait for the entries that it refers to."""
    if not written:
        return
    ids = _ids({each.order_id for each in written})
    rows = [ids[each.order_id, _key(each.document)] for each in written]
    db.session.execute(needs.delete().where(needs.c.outbox_id.in_(rows)))
    pairs = {
        (row, additions[reference.kind, reference.key])
        for row, each in zip(rows, written, strict=True)
        for reference in (refs(each.document.fields) if additions else ())
        if not reference.list_id and (reference.kind, reference.key) in additions
    }
    if pairs:
        db.session.execute(
            needs.insert(), [{"outbox_id": row, "addition_id": entry} for row, entry in pairs]
        )


def _key(document: Document) -> tuple[str, str, str]:
    return document.kind, document.part, document.action


def _ids(order_ids: set[int]) -> dict[tuple[int, tuple[str, str, str]], int]:
    """The row of each document's newest generation."""
    rows = db.session.execute(
        select(Outbox.id, Outbox.order_id, Outbox.kind, Outbox.part, Outbox.action)
        .where(Outbox.order_id.in_(order_ids))
        .order_by(Outbox.generation)
    )
    return {(order_id, (kind, part, action)): row for row, order_id, kind, part, action in rows}
