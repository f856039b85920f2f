"""What planning needs of the mirror and the ledger, loaded for a batch with one query a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import select, true, union_all

from app.models import (
    Addition,
    Company,
    EntryKey,
    ListEntry,
    Mirror,
    Order,
    Outbox,
    Posting,
    Store,
    db,
)
from app.sync import mirror, remembered, taken, whole
from qbwc import documents
from qbwc import lists as quickbooks_lists
from qbwc.documents.base import Document, Ref
from qbwc.lists import Entry, normal
from qbwc.planning import Choice, Ledger, Lists, Lookup, Posted, lookup, member_names

LOOKED_UP = ("Customer", "Item", "Vendor")
"""Lists that may be long: only what a batch wants of them is loaded."""
CHUNK = 5_000
KEY = attrgetter("kind", "by")
TAX_MEMBER = "ItemSalesTaxRef"
_EDITIONS = {"GB": "UK"}
"""ISO codes of countries that QuickBooks names otherwise."""
REPLACED = "replaced"
"""Of a posting: a person lets its document be posted again."""


def load_lists(
    company: Company,
    wanted: Iterable[Lookup],
    numbers: set[str],
    buying: Collection[int] = (),
) -> Lists:
    """The answers to what a batch wants, and the short lists whole.

    Args:
        company: Whose lists.
        wanted: The questions.
        numbers: The RefNumbers that documents may get.
        buying: The batch's orders, if one of them buys what is short.
    """
    asked = set(wanted)
    pending = _pending(company)
    found = _find(company, asked, pending)
    whole = _whole(company, pending)
    taxes = _asked(name for code in whole["SalesTaxCode"].values() for name in _members(code))
    if more := taxes - asked:
        found |= _find(company, more, pending)
    members = _asked(
        name
        for entries in list(found.values())
        for entry in entries
        for name in (*_members(entry), *member_names(entry.data))
    )
    if more := members - asked - taxes:
        found |= _find(company, more, pending)
    preferences = db.session.get(Mirror, (company.id, "Company"))
    facts = (preferences.facts if preferences else None) or {}
    return Lists(
        found=found,
        whole=whole,
        rates=_rates(found),
        verified=mirror.is_loaded(company.id),
        country=_EDITIONS.get(country := str(facts.get("country") or company.country), country),
        home_currency=company.home_currency,
        multi_currency=bool(facts.get("multi_currency")),
        closing_date=str(facts.get("closing_date") or ""),
        taken=_taken(company, numbers),
        sold=taken.by_orders(company, _items(found), buying) if buying else None,
    )


def _items(found: Mapping[Lookup, tuple[Entry, ...]]) -> set[str]:
    return {one.list_id for some in found.values() for one in some if one.kind == taken.KIND}


def _asked(names: Iterable[str]) -> set[Lookup]:
    return {lookup("Item", "full_name", name) for name in names}


def _entry(row: ListEntry) -> Entry:
    return Entry(
        kind=row.kind,
        list_id=row.list_id,
        full_name=row.full_name,
        edit_sequence=row.edit_sequence,
        is_active=row.is_active,
        data=row.data,
        keys={},
    )


def _find(
    company: Company, asked: set[Lookup], pending: Sequence[Entry]
) -> dict[Lookup, tuple[Entry, ...]]:
    found: dict[Lookup, list[Entry]] = {one: [] for one in asked}
    ordered = sorted(asked)
    for start in range(0, len(ordered), CHUNK):
        keys = union_all(
            *(
                select(EntryKey.kind, EntryKey.by, EntryKey.value, EntryKey.entry_id).where(
                    EntryKey.company_id == company.id,
                    EntryKey.kind == kind,
                    EntryKey.by == by,
                    EntryKey.value.in_([one.value for one in some]),
                )
                for (kind, by), some in groupby(ordered[start : start + CHUNK], KEY)
            )
        ).subquery()
        rows = db.session.execute(
            select(keys.c.kind, keys.c.by, keys.c.value, ListEntry).join(
                keys, ListEntry.id == keys.c.entry_id
            )
        )
        for kind, by, value, row in rows:
            found[Lookup(kind, by, value)].append(_entry(row))
    for one, row in remembered.found(company.id, asked):
        if one in found:
            found[one].append(_entry(row))
    _add_pending(found, pending)
    return {one: tuple(answers) for one, answers in found.items()}


def _add_pending(found: dict[Lookup, list[Entry]], pending: Sequence[Entry]) -> None:
    """Let what is about to be created answer where nothing else does."""
    for entry in pending:
        for by, keys in entry.keys.items():
            for value in keys:
                answers = found.get(Lookup(entry.kind, by, value))
                if answers is not None and not answers:
                    answers.append(entry)


def _pending(company: Company) -> list[Entry]:
    """Entries that are about to be created: as good as there, so that nothing is made twice."""
    rows = db.session.scalars(
        select(Addition.payload).where(
            Addition.company_id == company.id, Addition.state.in_(("ready", "sent", "find"))
        )
    )
    loaded = map(quickbooks_lists.Addition.loads, rows)
    return [pending_entry(addition) for addition in loaded if not addition.list_id]


def _keys(addition: quickbooks_lists.Addition) -> dict[str, tuple[str, ...]]:
    """The search keys that an entry will have once it is created."""
    kind = quickbooks_lists.kind(addition.kind)
    fields = addition.elements()
    data = {name: held for name, held in fields.items() if isinstance(held, str)}
    keys = {"full_name": (normal(addition.full_name),)}
    return keys | {key: search.values(data) for key, search in kind.keys.items()}


def pending_entry(addition: quickbooks_lists.Addition) -> Entry:
    """An entry that is about to be created, as planning sees it: no ListID yet."""
    currency = addition.elements().get("CurrencyRef")
    return Entry(
        kind=addition.kind,
        list_id="",
        full_name=addition.full_name,
        edit_sequence="",
        is_active=True,
        data={"CurrencyRef.FullName": currency.full_name} if isinstance(currency, Ref) else {},
        variant=addition.variant,
        keys=_keys(addition),
    )


def add_pending(lists: Lists, additions: Sequence[quickbooks_lists.Addition]) -> None:
    """Let the next orders of the batch see what this one creates."""
    found: Any = lists.found
    for addition in additions:
        if addition.list_id:
            continue
        entry = pending_entry(addition)
        if addition.kind not in LOOKED_UP:
            whole: Any = lists.whole[addition.kind]
            whole[normal(addition.full_name)] = entry
        for by, values in entry.keys.items():
            for value in values:
                one = Lookup(addition.kind, by, value)
                if one in found and not found[one]:
                    found[one] = (entry,)


def _whole(company: Company, pending: Sequence[Entry]) -> dict[str, dict[str, Entry]]:
    whole: dict[str, dict[str, Entry]] = {
        kind: {} for kind in quickbooks_lists.kinds() if kind not in LOOKED_UP
    }
    rows = db.session.scalars(
        select(ListEntry).where(ListEntry.company_id == company.id, ListEntry.kind.in_(whole))
    )
    for row in rows:
        known = whole[row.kind].get(normal(row.full_name))
        if known is None or not known.is_active:
            whole[row.kind][normal(row.full_name)] = _entry(row)
    for entry in pending:
        if entry.kind in whole:
            whole[entry.kind].setdefault(normal(entry.full_name), entry)
    return whole


def _members(entry: Entry) -> list[str]:
    """The names of the tax items that a tax group is made of."""
    return [
        name
        for path, name in entry.data.items()
        if path.startswith(TAX_MEMBER) and path.endswith(".FullName")
    ]


def _rates(found: dict[Lookup, tuple[Entry, ...]]) -> dict[str, tuple[Decimal, ...]]:
    single: dict[str, Decimal] = {}
    groups: dict[str, list[str]] = {}
    for entries in found.values():
        for entry in entries:
            if "TaxRate" in entry.data:
                try:
                    single[normal(entry.full_name)] = Decimal(entry.data["TaxRate"].rstrip("%"))
                except InvalidOperation:
                    continue
            elif members := _members(entry):
                groups[normal(entry.full_name)] = members
    rates: dict[str, tuple[Decimal, ...]] = {name: (rate,) for name, rate in single.items()}
    for name, members in groups.items():
        parts = [single.get(normal(member)) for member in members]
        if all(part is not None for part in parts):
            rates[name] = tuple(part for part in parts if part is not None)
    return rates


def load_ledgers(orders: Sequence[Order]) -> dict[int, Ledger]:
    """What is posted of each order."""
    ids = [order.id for order in orders]
    chosen = {order.id: order.corrections or {} for order in orders}
    posted: dict[int, dict[tuple[str, str], Posted]] = {one: {} for one in ids}
    gone: dict[int, dict[tuple[str, str], Posted]] = {one: {} for one in ids}
    read = {one: whole.read_whole_at(one, "Item") for one in {order.company_id for order in orders}}
    for start in range(0, len(ids), CHUNK):
        rows = db.session.execute(
            select(Posting, Posting.payload, Posting.answer)
            .where(Posting.order_id.in_(ids[start : start + CHUNK]))
            .order_by(Posting.generation, Posting.id)
        )
        for row, payload, answer in rows:
            document = Document.loads(payload)
            key = (row.kind, row.part)
            posted[row.order_id].pop(key, None)
            gone[row.order_id].pop(key, None)
            if row.ended == REPLACED or _is_let_go(row, chosen[row.order_id]):
                continue
            (gone if row.ended else posted)[row.order_id][key] = Posted(
                txn_id=row.txn_id,
                document=document,
                edit_sequence=row.edit_sequence,
                ref_number=row.ref_number,
                total=row.total,
                balance=row.balance,
                customer=_customer(document, row.customer_list_id),
                ended=row.ended,
                lines=tuple((answer or {}).get("lines", ())),
                linked=frozenset((answer or {}).get("linked", ())),
                is_counted=(at := read[row.company_id]) is not None and row.posted_at < at,
            )
    return {one: Ledger(posted[one], gone[one], _choices(chosen[one])) for one in ids}


def _choices(corrections: Mapping[str, Any]) -> dict[tuple[str, str], Choice]:
    found = {}
    for key, made in corrections.items():
        kind, _, part = key.partition(" ")
        found[kind, part] = Choice(made["choice"], made["mark"])
    return found


def _is_let_go(row: Posting, corrections: Mapping[str, Any]) -> bool:
    """Whether we voided a posting because a person chose that: it is missed no more."""
    made = corrections.get(f"{row.kind} {row.part}".strip())
    return (
        row.ended in {"void", "delete"}
        and made is not None
        and made["choice"] in {"void_and_repost", "void"}
        and made["txn_id"] == row.txn_id
    )


def _customer(document: Document, list_id: str) -> Ref | None:
    planned = document.fields.get("CustomerRef")
    if not list_id or not isinstance(planned, Ref):
        return None
    return Ref("Customer", planned.full_name, list_id)


def _taken(company: Company, numbers: set[str]) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """(kind, RefNumber) -> the orders that have a document of that number, or will have one."""
    taken: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    ordered = sorted(numbers)
    for start in range(0, len(ordered), CHUNK):
        for table, there in ((Posting, true()), (Outbox, Outbox.state != "dropped")):
            rows = db.session.execute(
                select(table.kind, table.ref_number, Store.key, Order.source_id)
                .join(Order, Order.id == table.order_id)
                .join(Store, Store.id == Order.store_id)
                .where(
                    table.company_id == company.id,
                    table.kind.in_(documents.kinds()),
                    table.ref_number.in_(ordered[start : start + CHUNK]),
                    there,
                )
            )
            for kind, number, store, source_id in rows:
                taken[kind, number].add((store, source_id))
    return taken
