"""What a store should show of each item, and which case of which rule says so.

QuickBooks does not date an item's record when a transaction moves its stock, so the items are read
whole from time to time while a rule sends stock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import attrgetter
from typing import Final

from sqlalchemy import func, select

from app.models import Company, ListEntry, Mirror, Remembered, StockLevel, Store, db, now
from app.stores.base import StockChange
from app.sync import taken, whole
from app.sync.stock import sites
from qbwc.planning import stock
from rules_library.compiled import Outcome
from rules_library.decision import decisions
from rules_library.logic.equality import fold
from rules_library.rulebook import Rulebook
from rules_library.stock import ZERO, StockItem

CHUNK: Final = 1_000
KIND: Final = taken.KIND


class NoStockError(Exception):
    """The store does not take stock, or no rule sends any."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One item as a dry run shows it: what the store would be told, what it was told, and why."""

    item: StockItem
    changes: Sequence[StockChange]
    """One for each SKU of the item; none when its stock is left alone."""
    told: Sequence[StockLevel | None]
    """What the store took last of each."""
    why: str
    """The decision and the case that settled it."""
    fault: str = ""


def sends_stock(rulebook: Rulebook) -> bool:
    """Whether any rule may send stock at all."""
    return _may(rulebook, "push_stock")


def looks_at_stock(rulebook: Rulebook) -> bool:
    """Whether what is bought may depend on how many there are."""
    return _may(rulebook, "only_when_short")


def _may(rulebook: Rulebook, key: str) -> bool:
    rule = rulebook.rule(decisions()[key])
    return rule.constant is None or bool(rule.constant.value)


def read_items_whole(company: Company) -> None:
    """Let the next session read all items, with their quantities; the caller commits."""
    whole.read_whole(company.id, KIND, now())
    at_sites = db.session.get(Mirror, (company.id, sites.KIND), populate_existing=True)
    if at_sites is not None:
        at_sites.stale = True


def items(company: Company) -> Iterator[tuple[str, StockItem]]:
    """(ListID, item) of everything with a stock; assemblies know what could be built."""
    available: dict[str, stock.Available] = {}
    assemblies: list[tuple[ListEntry, StockItem]] = []
    rows = _rows(company)
    while some := list(islice(rows, CHUNK)):
        for row, made in _items(company, some):
            available[row.full_name] = stock.available(made)
            if made.kind == "assembly":
                assemblies.append((row, made))
            else:
                yield row.list_id, made
    for row, made in assemblies:
        yield row.list_id, stock.built(made, stock.components(row.data), available)


def changes(
    company: Company, store: Store, rulebook: Rulebook
) -> Iterator[tuple[StockChange | None, str, str]]:
    """(change, the item's name, fault) for each SKU that a rule decides about."""
    aliases = _aliases(company)
    for list_id, item in items(company):
        level, fault = stock.decide_stock(rulebook, item, store.key, store.type)
        if fault:
            yield None, item.full_name, fault
        if level is None:
            continue
        for sku in _skus(item, aliases.get(list_id, ())):
            yield StockChange(sku, level.quantity, level.location), item.full_name, ""


def shown(
    company: Company,
    store: Store,
    rulebook: Rulebook,
    *,
    like: str = "",
    after: str = "",
    most: int,
) -> list[Shown]:
    """A page of the dry run: items in the order of their names, after one of them.

    Args:
        company: Whose items.
        store: Which store would be told.
        rulebook: The rules.
        like: Only items whose full name holds this.
        after: The full name that the page follows.
        most: How many items.
    """
    page = _page(company, like=like, after=after, most=most)
    aliases = _aliases(company, [row.list_id for row, _ in page])
    held = _held(store, [sku for row, item in page
                         for sku in _skus(item, aliases.get(row.list_id, ()))])  # fmt: skip
    found = []
    for row, item in page:
        outcomes = stock.outcomes(rulebook, item, store.key, store.type)
        level, fault = stock.settled(outcomes)
        skus = _skus(item, aliases.get(row.list_id, ())) if level else []
        wanted = [StockChange(sku, level.quantity, level.location) for sku in skus if level]
        told = [held.get((one.sku, one.location)) for one in wanted]
        found.append(Shown(item, wanted, told, _why(outcomes), fault))
    return found


def first(company: Company, most: int, *, named: str = "") -> list[StockItem]:
    """The first items in the order of their names, or those of which one is called so."""
    found = [item for _, item in _page(company, like=named, after="", most=most)]
    wanted = fold(named)
    exact = [one for one in found if wanted in {fold(one.full_name), fold(one.name)}]
    return exact or found


def _page(
    company: Company, *, like: str, after: str, most: int
) -> list[tuple[ListEntry, StockItem]]:
    """Items with all that is known of them, in the order of their names."""
    rows = list(islice(_rows(company, like=like, after=after), most))
    parts = {name for row in rows for name, _ in stock.components(row.data)}
    found = _items(company, _named(company, parts))
    available = {row.full_name: stock.available(item) for row, item in found}
    return [
        (row, stock.built(item, stock.components(row.data), available))
        if item.kind == "assembly"
        else (row, item)
        for row, item in _items(company, rows)
    ]


def _why(outcomes: Mapping[str, Outcome]) -> str:
    key = stock.deciding(outcomes)
    won = outcomes[key]
    case = won.title or (f"case {won.case}" if won.case else "otherwise")
    return f"{decisions()[key].label}: {case}"


def _rows(company: Company, *, like: str = "", after: str = "") -> Iterator[ListEntry]:
    query = (
        select(ListEntry)
        .where(ListEntry.company_id == company.id, ListEntry.kind == KIND)
        .execution_options(yield_per=CHUNK)
    )
    if like:
        name = func.lower(ListEntry.full_name)
        query = query.where(name.contains(like.lower(), autoescape=True))
    if after:
        query = query.where(ListEntry.full_name > after)
    for row in db.session.scalars(query.order_by(ListEntry.full_name, ListEntry.id)):
        if "QuantityOnHand" in row.data:
            yield row


def _named(company: Company, names: Iterable[str]) -> list[ListEntry]:
    if not names:
        return []
    query = select(ListEntry).where(
        ListEntry.company_id == company.id,
        ListEntry.kind == KIND,
        ListEntry.full_name.in_(sorted(names)),
    )
    return [row for row in db.session.scalars(query) if "QuantityOnHand" in row.data]


def _item(row: ListEntry) -> StockItem:
    made = any(path.startswith(stock.COMPONENT) for path in row.data)
    variant = "ItemInventoryAssembly" if made else "ItemInventory"
    return stock.item(variant, row.full_name, row.data, is_active=row.is_active)


def _items(company: Company, rows: Sequence[ListEntry]) -> list[tuple[ListEntry, StockItem]]:
    """The items with what is at each inventory site."""
    ids = [row.list_id for row in rows]
    at, sold = sites.held(company, ids), taken.of_items(company, ids)
    return [
        (
            row,
            replace(
                _item(row),
                sites=at.get(row.list_id, {}),
                not_in_quickbooks=sold.get(row.list_id, ZERO),
            ),
        )
        for row in rows
    ]


def _skus(item: StockItem, aliases: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((item.name, *aliases)))


def _aliases(company: Company, of: Sequence[str] | None = None) -> dict[str, list[str]]:
    """The ListIDs of items -> the SKUs that people mapped to them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    query = select(Remembered).where(Remembered.company_id == company.id, Remembered.kind == KIND)
    if of is not None:
        query = query.where(Remembered.list_id.in_(of))
    for row in sorted(db.session.scalars(query), key=attrgetter("id")):
        found[row.list_id].append(row.text)
    return found


def _held(store: Store, skus: Sequence[str]) -> dict[tuple[str, str], StockLevel]:
    rows = db.session.scalars(
        select(StockLevel).where(StockLevel.store_id == store.id, StockLevel.sku.in_(skus))
    )
    return {(row.sku, row.location): row for row in rows}
