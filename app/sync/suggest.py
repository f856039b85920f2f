"""Near misses: which customer or item of QuickBooks an order may mean. A person chooses.

Candidates come from the index of search keys: those that are the same by some key, and those with
a name that begins like a word of the order's. So much as is read is bounded, however long the
lists are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rapidfuzz import fuzz
from sqlalchemy import and_, or_, select

from app.models import Company, EntryKey, ListEntry, db
from qbwc.lists import loose, normal
from qbwc.planning import lookup
from rules_library.order import Address, Line, Order

LEAST = 70
"""A likeness (0 to 100) below which nothing is suggested."""
MOST_WORDS = 5
MOST_READ = 400
"""So many names that begin alike are looked at."""
BEGINNING = 3
"""Letters of a word that a name may begin with."""
PART = 0.85
"""What it is worth that all words of one name are in the other."""

_NAMES = {"Customer": "loose", "Item": "name"}
"""The key that holds what entries are called."""
Same = Mapping[str, tuple[int, str, Iterable[str]]]
"""Key -> what it is worth that it is the same, how that is said, the order's values."""


class Suggestion(NamedTuple):
    """An entry that may be meant."""

    entry: ListEntry
    score: int
    """From 0 to 100."""
    why: str
    """A clause for people."""


def customer_suggestions(company: Company, order: Order, most: int = 5) -> list[Suggestion]:
    """The active customers that an order's buyer may be, the likeliest first."""
    buyer, billing, shipping = order.customer, order.billing, order.shipping
    companies = (buyer.company, billing.company, shipping.company)
    phones = (buyer.phone, billing.phone, shipping.phone)
    same: Same = {
        "email": (98, "the same e-mail address", (buyer.email,)),
        "company": (96, "the same company", companies),
        "phone": (92, "the same phone number", phones),
        "address": (88, "the same street and postal code", [*map(_place, (billing, shipping))]),
    }
    names = (*companies, buyer.name, billing.name, shipping.name)
    return _suggest(company, "Customer", names, same, most)


def _place(address: Address) -> str:
    return f"{address.line1}|{address.postal_code}" if address.line1 else ""


def item_suggestions(company: Company, line: Line, most: int = 5) -> list[Suggestion]:
    """The active items that a line may be, the likeliest first."""
    same: Same = {
        "name": (99, "the same name below another item", (line.sku,)),
        "barcode": (98, "the same barcode", (line.barcode, line.sku)),
        "part_number": (97, "the same manufacturer's part number", (line.sku,)),
    }
    return _suggest(company, "Item", (line.sku, line.name), same, most)


def names_like(company: Company, kind: str, typed: str, most: int) -> list[str]:
    """The full names of active entries that are like what a person typed, the likeliest first."""
    same: Same = {"name": (99, "the same name", (typed,))} if kind == "Item" else {}
    return [one.entry.full_name for one in _suggest(company, kind, (typed[:200],), same, most)]


def _suggest(
    company: Company, kind: str, names: Iterable[str], same: Same, most: int
) -> list[Suggestion]:
    found: dict[int, tuple[int, str]] = {}
    for key, entry_id in _same(company, kind, same):
        _better(found, entry_id, *same[key][:2])
    wanted = [name for name in dict.fromkeys(map(loose, names)) if name]
    for value, entry_id in _alike(company, kind, wanted):
        score = max(_likeness(name, loose(value)) for name in wanted)
        if score >= LEAST:
            _better(found, entry_id, score, "a like name")
    return _best(company, found, most)


def _better(found: dict[int, tuple[int, str]], entry_id: int, score: int, why: str) -> None:
    known, said = found.get(entry_id, (0, ""))
    if why not in said:
        said = f"{said}, {why}" if said else why
    found[entry_id] = (max(known, score), said)


def _same(company: Company, kind: str, same: Same) -> list[tuple[str, int]]:
    """The entries that have one of these values, with its key."""
    asked = {
        (by, lookup(kind, by, text).value)
        for by, (_, _, texts) in same.items()
        for text in texts
        if text
    }
    pairs = [
        and_(EntryKey.by == by, EntryKey.value == value) for by, value in sorted(asked) if value
    ]
    if not pairs:
        return []
    rows = db.session.execute(
        select(EntryKey.by, EntryKey.entry_id)
        .where(EntryKey.company_id == company.id, EntryKey.kind == kind, or_(*pairs))
        .limit(MOST_READ)
    )
    return [(by, entry_id) for by, entry_id in rows]


def _alike(company: Company, kind: str, wanted: Iterable[str]) -> Iterable[tuple[str, int]]:
    """Names that begin with a word of those that are wanted, or with its first letters."""
    found: dict[tuple[str, int], None] = {}
    for beginning in dict.fromkeys(each for name in wanted for each in _beginnings(name)):
        after = beginning[:-1] + chr(ord(beginning[-1]) + 1)
        rows = db.session.execute(
            select(EntryKey.value, EntryKey.entry_id)
            .where(
                EntryKey.company_id == company.id,
                EntryKey.kind == kind,
                EntryKey.by == _NAMES[kind],
                EntryKey.value >= beginning,
                EntryKey.value < after,
            )
            .limit(MOST_READ)
        )
        found |= dict.fromkeys((value, entry_id) for value, entry_id in rows)
    return found


def _beginnings(name: str) -> Iterable[str]:
    """How names may begin that are like one: Jane Doe -> jane doe, doe jan, jane, jan, doe."""
    words = name.split()[:MOST_WORDS]
    if len(words) > 1:
        yield f"{words[0]} {words[1][:BEGINNING]}"
        yield f"{words[-1]} {words[0][:BEGINNING]}"
    yield from words
    yield from (word[:BEGINNING] for word in words)


def _likeness(one: str, other: str) -> int:
    """How much alike two names are, whatever the order of their words, from 0 to 100."""
    best = max(
        fuzz.token_sort_ratio(one, other),
        fuzz.ratio(one.replace(" ", ""), other.replace(" ", "")),
    )
    if min(one.count(" "), other.count(" ")):
        best = max(best, PART * fuzz.token_set_ratio(one, other))
    return round(best)


def _best(company: Company, found: Mapping[int, tuple[int, str]], most: int) -> list[Suggestion]:
    likeliest = sorted(found, key=lambda entry_id: -found[entry_id][0])[: most * 10]
    entries: Iterable[Any] = db.session.scalars(
        select(ListEntry).where(
            ListEntry.company_id == company.id, ListEntry.id.in_(likeliest), ListEntry.is_active
        )
    )
    made = [Suggestion(entry, *found[entry.id]) for entry in entries]
    made.sort(key=lambda one: (-one.score, normal(one.entry.full_name)))
    return made[:most]
