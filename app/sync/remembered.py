"""Matches that are remembered: a store's customer, and SKUs that go by another item's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.models import Company, Event, ListEntry, Order, Remembered, Store, db, now
from qbwc.lists import Entry
from qbwc.planning import Lookup, lookup

BY = frozenset({"store_id", "alias"})
CHUNK = 5_000


def remember(
    company: Company, kind: str, by: str, text: str, entry: Entry | ListEntry, *, who: str
) -> None:
    """Let a text mean an entry from now on; the last word counts. The caller commits.

    Args:
        company: Whose.
        kind: Customer or Item.
        by: store_id (text: the store's key, a space, the customer's id) or alias (a SKU).
        text: What is looked up.
        entry: What it means.
        who: The person who says so.
    """
    value = lookup(kind, by, text).value
    write(
        [
            {
                "company_id": company.id, "kind": kind, "by": by, "value": value, "text": text,
                "list_id": entry.list_id, "full_name": entry.full_name, "who": who,
            }
        ]
    )  # fmt: skip
    what = "SKU" if by == "alias" else "Customer"
    db.session.add(
        Event(
            company_id=company.id,
            kind="match.remembered",
            text=f"{what} “{text}” is {entry.full_name} from now on, says {who}.",
        )
    )


def learn(company_id: int, customers: Mapping[int, str]) -> None:
    """Remember whose customers the buyers of posted orders are; the caller commits.

    Args:
        company_id: The company.
        customers: Order -> the ListID of the customer that QuickBooks has it under.
    """
    if not customers:
        return
    rows = db.session.execute(
        select(Order.id, Store.key, Order.buyer_id, Order.customer)
        .join(Store, Store.id == Order.store_id)
        .where(Order.id.in_(customers), Order.remember, Order.buyer_id != "")
        .order_by(Order.id)
    )
    known = {lookup("Customer", "store_id", f"{row.key} {row.buyer_id}").value: row for row in rows}
    write(
        [
            {
                "company_id": company_id, "kind": "Customer", "by": "store_id", "value": value,
                "text": f"{row.key} {row.buyer_id}",
                "list_id": customers[row.id], "full_name": row.customer, "who": "",
            }
            for value, row in known.items()
        ]
    )  # fmt: skip


def forget(company: Company, remembered_id: int) -> bool:
    """Remove what was remembered; says whether there was such a thing. The caller commits."""
    mine = (Remembered.company_id == company.id) & (Remembered.id == remembered_id)
    return bool(list(db.session.scalars(delete(Remembered).where(mine).returning(Remembered.id))))


def write(rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows in place of what was remembered under the same value."""
    if not rows:
        return
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Remembered).values([{**row, "at": now()} for row in rows])
    taken = ("text", "list_id", "full_name", "who", "at")
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["company_id", "kind", "by", "value"],
            set_={name: getattr(statement.excluded, name) for name in taken},
        )
    )


def found(company_id: int, asked: Iterable[Lookup]) -> list[tuple[Lookup, ListEntry]]:
    """The entries that look-ups by something remembered mean, as far as QuickBooks has them."""
    values = sorted({(one.kind, one.by, one.value) for one in asked if one.by in BY})
    answers = []
    for start in range(0, len(values), CHUNK):
        some = values[start : start + CHUNK]
        rows = db.session.execute(
            select(Remembered, ListEntry)
            .join(
                ListEntry,
                and_(
                    ListEntry.company_id == Remembered.company_id,
                    ListEntry.kind == Remembered.kind,
                    ListEntry.list_id == Remembered.list_id,
                ),
            )
            .where(
                Remembered.company_id == company_id,
                Remembered.kind.in_({kind for kind, _, _ in some}),
                Remembered.by.in_({by for _, by, _ in some}),
                Remembered.value.in_({value for _, _, value in some}),
            )
        )
        answers += [(Lookup(row.kind, row.by, row.value), entry) for row, entry in rows]
    return answers


def lost(company: Company) -> list[Remembered]:
    """What is remembered of entries that QuickBooks no longer has."""
    return list(
        db.session.scalars(
            select(Remembered)
            .outerjoin(
                ListEntry,
                and_(
                    ListEntry.company_id == Remembered.company_id,
                    ListEntry.kind == Remembered.kind,
                    ListEntry.list_id == Remembered.list_id,
                ),
            )
            .where(Remembered.company_id == company.id, ListEntry.id.is_(None))
            .order_by(Remembered.id)
        )
    )
