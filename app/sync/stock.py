"""Stock from QuickBooks to a store: decided by rule, only what changed, with a dry run.

QuickBooks does not date an item's record when a transaction moves its stock, so the items are read
whole from time to time while a rule sends stock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.models import Company, Event, ListEntry, Mirror, Remembered, StockLevel, Store, db, now
from app.rules import current_rulebook
from app.stores.base import StockChange, StockResult, StoreClient
from app.sync.stores import client_of
from qbwc.planning import stock
from rules_library.decision import decisions
from rules_library.rulebook import Rulebook
from rules_library.stock import StockItem

CHUNK: Final = 1_000
_SENT: Final = frozenset({"changed", "same"})


class NoStockError(Exception):
    """The store does not take stock, or no rule sends any."""


@dataclass(slots=True)
class Pushed:
    """What became of a store's stock."""

    changed: int = 0
    same: int = 0
    """Known to be right already, without asking the store."""
    refused: list[StockResult] = field(default_factory=list)
    would_change: list[StockResult] = field(default_factory=list)
    """Of a dry run."""
    faults: list[str] = field(default_factory=list)
    """Rules that failed."""


def sends_stock(rulebook: Rulebook) -> bool:
    """Whether any rule may send stock at all."""
    rule = rulebook.rule(decisions()["push_stock"])
    return rule.constant is None or bool(rule.constant.value)


def read_items_whole(company: Company) -> None:
    """Let the next session read all items, with their quantities; the caller commits."""
    db.session.execute(
        update(Mirror)
        .where(Mirror.company_id == company.id, Mirror.kind == "Item")
        .values(modified_until="", stale=True)
    )


def items(company: Company) -> Iterator[tuple[str, StockItem]]:
    """(ListID, item) of everything with a stock; assemblies know what could be built."""
    rows = _rows(company)
    available: dict[str, Decimal] = {}
    assemblies: list[ListEntry] = []
    for row in rows:
        made = _item(row)
        available[row.full_name] = made.all.available
        if made.kind == "assembly":
            assemblies.append(row)
            continue
        yield row.list_id, made
    for row in assemblies:
        most = stock.buildable(stock.components(row.data), available)
        yield row.list_id, replace(_item(row), buildable=most)


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
        for sku in dict.fromkeys((item.name, *aliases.get(list_id, ()))):
            yield StockChange(sku, level.quantity, level.location), item.full_name, ""


def push(
    company: Company,
    store: Store,
    *,
    dry: bool = False,
    client: StoreClient[Any] | None = None,
) -> Pushed:
    """Tell a store what changed since it was last told; each answer is committed.

    Args:
        company: Whose items.
        store: The store.
        dry: Change nothing; say what would change.
        client: By default the store's own.

    Raises:
        NoStockError: The store takes no stock, or no rule sends any.
        app.stores.errors.StoreError: The store cannot be reached; what was told is kept.
    """
    _, rulebook = current_rulebook(company)
    if not sends_stock(rulebook):
        raise NoStockError("No rule sends stock to a store: see “Send stock to the store”.")
    client = client or client_of(store)
    if "push_stock" not in client.capabilities:
        raise NoStockError(f"{store.name} does not take stock.")
    known = {
        (row.sku, row.location): row.quantity
        for row in db.session.scalars(select(StockLevel).where(StockLevel.store_id == store.id))
    }
    pushed, wanted, names = Pushed(), [], {}
    for change, name, fault in changes(company, store, rulebook):
        if change is None:
            pushed.faults.append(f"{name}: {fault}")
            continue
        names[change.sku] = name
        if known.get((change.sku, change.location)) == change.quantity:
            pushed.same += 1
        else:
            wanted.append(change)
    for start in range(0, len(wanted), CHUNK):
        results = list(client.push_stock(wanted[start : start + CHUNK], dry=dry))
        _count(pushed, results)
        if not dry:
            _keep(store, names, results)
            db.session.commit()
    if not dry and (pushed.changed or pushed.refused):
        db.session.add(
            Event(
                company_id=company.id,
                kind="stock.pushed",
                level="warning" if pushed.refused else "info",
                text=f"Stock of {pushed.changed:,} SKUs was changed in {store.name}"
                + (f"; {len(pushed.refused):,} were refused." if pushed.refused else "."),
                detail={one.change.sku: one.reason for one in pushed.refused[:50]},
            )
        )
        db.session.commit()
    return pushed


def _rows(company: Company) -> Iterator[ListEntry]:
    query = (
        select(ListEntry)
        .where(ListEntry.company_id == company.id, ListEntry.kind == "Item")
        .order_by(ListEntry.id)
        .execution_options(yield_per=CHUNK)
    )
    for row in db.session.scalars(query):
        if "QuantityOnHand" in row.data:
            yield row


def _item(row: ListEntry) -> StockItem:
    made = any(path.startswith(stock.COMPONENT) for path in row.data)
    variant = "ItemInventoryAssembly" if made else "ItemInventory"
    return stock.item(variant, row.full_name, row.data, is_active=row.is_active)


def _aliases(company: Company) -> dict[str, list[str]]:
    """The ListIDs of items -> the SKUs that people mapped to them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    rows = db.session.scalars(
        select(Remembered)
        .where(Remembered.company_id == company.id, Remembered.kind == "Item")
        .order_by(Remembered.id)
    )
    for row in rows:
        found[row.list_id].append(row.text)
    return found


def _count(pushed: Pushed, results: Iterable[StockResult]) -> None:
    for one in results:
        if one.outcome == "changed":
            pushed.changed += 1
        elif one.outcome == "same":
            pushed.same += 1
        elif one.outcome == "would_change":
            pushed.would_change.append(one)
        else:
            pushed.refused.append(one)


def _keep(store: Store, names: dict[str, str], results: Iterable[StockResult]) -> None:
    rows = [
        {
            "store_id": store.id,
            "sku": one.change.sku,
            "location": one.change.location,
            "item": names[one.change.sku],
            "quantity": one.change.quantity if one.outcome in _SENT else None,
            "problem": one.reason,
            "at": now(),
        }
        for one in results
    ]
    if not rows:
        return
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(StockLevel).values(rows)
    taken = ("item", "quantity", "problem", "at")
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["store_id", "sku", "location"],
            set_={name: getattr(statement.excluded, name) for name in taken},
        )
    )
