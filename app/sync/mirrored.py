"""The entries of QuickBooks' lists as we keep them: taken in with their keys, and forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert, select, update

from app.models import EntryKey, ListEntry, Mirror, db, now
from qbwc import lists, qbxml
from qbwc.lists import Entry, ListKind, normal

CHUNK = 5_000


def take_in(company_id: int, kind: ListKind, records: Iterable[qbxml.Record]) -> set[str]:
    """Write the entries that are new or changed, with their keys; returns the ListIDs."""
    found = {entry.list_id: entry for entry in (lists.entry(kind, each) for each in records)}
    found.pop("", None)
    held = {
        row.list_id: row
        for row in db.session.execute(
            select(ListEntry.id, ListEntry.list_id, ListEntry.edit_sequence, ListEntry.data,
                   ListEntry.is_active, ListEntry.full_name)
            .where(
                ListEntry.company_id == company_id,
                ListEntry.kind == kind.name,
                ListEntry.list_id.in_(found),
            )
        )
    }  # fmt: skip
    new = [entry for list_id, entry in found.items() if list_id not in held]
    changed = {
        held[list_id].id: entry
        for list_id, entry in found.items()
        if list_id in held and not _is_same(held[list_id], entry)
    }
    ids = dict(changed)
    if new:
        inserted = db.session.execute(
            insert(ListEntry).returning(ListEntry.id, ListEntry.list_id),
            [{"company_id": company_id, "kind": kind.name, **_values(entry)} for entry in new],
        )
        ids |= {entry_id: found[list_id] for entry_id, list_id in inserted}
    if changed:
        db.session.execute(
            update(ListEntry),
            [{"id": entry_id, **_values(entry)} for entry_id, entry in changed.items()],
        )
        db.session.execute(delete(EntryKey).where(EntryKey.entry_id.in_(changed)))
    keys = [
        {
            "company_id": company_id,
            "kind": kind.name,
            "by": by,
            "value": value,
            "entry_id": entry_id,
        }
        for entry_id, entry in ids.items()
        for by, values in entry.keys.items()
        for value in values
    ]
    if keys:
        db.session.execute(insert(EntryKey), keys)
    return set(found)


def _is_same(held: Any, entry: Entry) -> bool:
    return bool(
        held.edit_sequence == entry.edit_sequence
        and held.is_active == entry.is_active
        and held.full_name == entry.full_name
        and held.data == _values(entry)["data"]
    )


def _values(entry: Entry) -> dict[str, Any]:
    return {
        "list_id": entry.list_id,
        "full_name": entry.full_name,
        "edit_sequence": entry.edit_sequence,
        "is_active": entry.is_active,
        "data": {**entry.data, "variant": entry.variant},
    }


def stand_in(company_id: int, kind: str, list_id: str, full_name: str) -> None:
    """An entry of which only name and ListID are known yet."""
    held = db.session.scalars(
        select(ListEntry).filter_by(company_id=company_id, kind=kind, list_id=list_id)
    ).first()
    if held is not None:
        return
    entry = ListEntry(company_id=company_id, kind=kind, list_id=list_id, full_name=full_name)
    db.session.add(entry)
    db.session.flush()
    db.session.add(
        EntryKey(
            company_id=company_id,
            kind=kind,
            by="full_name",
            value=normal(full_name),
            entry_id=entry.id,
        )
    )


def forget_others(company_id: int, kind: ListKind, kept: set[str]) -> None:
    """Forget the entries that a whole reading did not hold."""
    held = set(
        db.session.scalars(
            select(ListEntry.list_id).where(
                ListEntry.company_id == company_id, ListEntry.kind == kind.name
            )
        )
    )
    forget(company_id, kind.name, sorted(held - kept))


def forget(company_id: int, kind: str, list_ids: list[str]) -> None:
    """Forget the entries with these ListIDs."""
    for start in range(0, len(list_ids), CHUNK):
        db.session.execute(
            delete(ListEntry)
            .where(
                ListEntry.company_id == company_id,
                ListEntry.kind == kind,
                ListEntry.list_id.in_(list_ids[start : start + CHUNK]),
            )
            .execution_options(synchronize_session=False)
        )


def keep_company(company_id: int, facts: dict[str, Any]) -> None:
    """Keep what QuickBooks told of its company file."""
    row = db.session.get(Mirror, (company_id, "Company"))
    if row is None:
        row = Mirror(company_id=company_id, kind="Company")
        db.session.add(row)
    if row.facts != facts:
        row.facts = facts
    row.loaded_at = now()
