"""What a document refers to, as QuickBooks knows it: list entries and transactions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from sqlalchemy import select, update

from app.models import EntryKey, ListEntry, Mirror, Posting, db
from app.sync.queue.call import Call
from qbwc.documents import Ref
from qbwc.lists import Addition, normal

CHUNK = 5_000

PostingKey = tuple[int, str, str]
"""Order, kind, part."""


def resolver(call: Call, references: Iterable[Ref]) -> Callable[[Ref], str | None]:
    """Look all references up by their full names, and return what answers for each."""
    by_kind: defaultdict[str, set[str]] = defaultdict(set)
    for each in references:
        if not each.list_id:
            by_kind[each.kind].add(normal(each.full_name))
    found: dict[tuple[str, str], str] = {}
    for kind, names in by_kind.items():
        wanted = sorted(names)
        for start in range(0, len(wanted), CHUNK):
            found.update(_list_ids(call.company.id, kind, wanted[start : start + CHUNK]))

    def resolve(reference: Ref) -> str | None:
        return reference.list_id or found.get((reference.kind, normal(reference.full_name)))

    return resolve


def _list_ids(company_id: int, kind: str, names: list[str]) -> dict[tuple[str, str], str]:
    return {
        (kind, value): list_id
        for value, list_id in db.session.execute(
            select(EntryKey.value, ListEntry.list_id)
            .join(ListEntry, ListEntry.id == EntryKey.entry_id)
            .where(
                EntryKey.company_id == company_id,
                EntryKey.kind == kind,
                EntryKey.by == "full_name",
                EntryKey.value.in_(names),
            )
            .order_by(ListEntry.is_active, ListEntry.id.desc())
        )
    }


def edit_sequences(company_id: int, entries: Iterable[Addition]) -> dict[str, str]:
    """The EditSequence of each entry that is there, by its ListID, as the mirror has it."""
    kinds = {one.list_id: one.kind for one in entries if one.list_id}
    if not kinds:
        return {}
    rows = db.session.execute(
        select(ListEntry.list_id, ListEntry.edit_sequence).where(
            ListEntry.company_id == company_id,
            ListEntry.kind.in_(set(kinds.values())),
            ListEntry.list_id.in_(kinds),
        )
    )
    return {row.list_id: row.edit_sequence for row in rows}


def postings(order_ids: Iterable[int]) -> dict[PostingKey, tuple[str, str]]:
    """TxnID and EditSequence of what QuickBooks holds for some orders."""
    return {
        (order_id, kind, part): (txn_id, edit_sequence)
        for order_id, kind, part, txn_id, edit_sequence in db.session.execute(
            select(
                Posting.order_id,
                Posting.kind,
                Posting.part,
                Posting.txn_id,
                Posting.edit_sequence,
            )
            .where(Posting.order_id.in_(set(order_ids)), Posting.ended == "")
            .order_by(Posting.generation)
        )
    }


def distrust(call: Call, kinds: Iterable[str]) -> None:
    """QuickBooks knew no such entry: the lists are read again before anything is decided."""
    db.session.execute(
        update(Mirror)
        .where(Mirror.company_id == call.company.id, Mirror.kind.in_(set(kinds)))
        .values(stale=True)
        .execution_options(synchronize_session=False)
    )
