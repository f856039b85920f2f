"""Stock from QuickBooks to a store: which items, how many, only what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.models import Company, Event, ListEntry, Mirror, StockLevel, Store, db
from app.stores.base import StockChange, StockResult
from app.sync import remembered
from app.sync.stock import NoStockError, push, read_items_whole
from qbwc.planning import stock
from rules_library.decision import BadValueError, Count, decisions, decisions_of
from rules_library.imports.connex import import_connex
from rules_library.rulebook import Rulebook
from rules_library.stock import Held, StockItem
from tests.flows import Flow, is_, line, order, rule

HAMMER = StockItem(
    full_name="Tools:HAM-16",
    all=Held(on_hand=Decimal(12), on_sales_orders=Decimal("2.5"), on_order=Decimal(5)),
)


def level(**rules: Any) -> stock.Level | None:
    given = {"push_stock": True, **rules}
    book = Rulebook.from_file(
        {"rulebooks": 1, "rules": {k: {"logic": v} for k, v in given.items()}, "tables": {}}
    )
    found, fault = stock.decide_stock(book, HAMMER, "web", "woocommerce")
    assert fault == ""
    return found


# What is decided.

EFFECTS: dict[str, tuple[Any, stock.Level | None]] = {
    "push_stock": (False, None),
    "exclude_from_stock": (True, None),
    "stock_quantity": ({"min": [{"var": "item.on_hand"}, 10]}, stock.Level(Decimal(10))),
    "stock_location": ("Fresno", stock.Level(Decimal(9), "Fresno")),
}


def test_every_decision_about_items_is_tried_here() -> None:
    assert set(EFFECTS) == {one.key for one in decisions_of("item")}


@pytest.mark.parametrize("key", EFFECTS)
def test_a_decision_changes_what_is_sent(key: str) -> None:
    answer, wanted = EFFECTS[key]
    assert level() == stock.Level(Decimal(9)), "on hand minus sales orders, rounded down"
    assert level(**{key: answer}) == wanted


def test_a_safety_stock_never_goes_below_none() -> None:
    assert level(stock_quantity={"-": [{"var": "item.available"}, 20]}) == stock.Level(Decimal(0))


def test_a_rule_may_tell_stores_and_items_apart() -> None:
    rule = {"if": [{"is": [{"var": "store.type"}, "shopify"]}, False, True]}
    assert level(push_stock=rule) is not None
    by_name = {"if": [{"starts_with": [{"var": "item.name"}, "ham"]}, False, True]}
    assert level(push_stock=by_name) is None


def test_a_rule_that_fails_sends_nothing_and_says_so() -> None:
    book = Rulebook.from_file(
        {"rulebooks": 1, "rules": {
            "push_stock": {"logic": True}, "stock_quantity": {"logic": {"cat": ["many"]}},
        }, "tables": {}}
    )  # fmt: skip
    found, fault = stock.decide_stock(book, HAMMER, "web", "woocommerce")
    assert found is None
    assert "not a number" in fault


@pytest.mark.parametrize(("given", "read"), [("2.9", 2), (-3, 0), (0, 0), ("", None), (None, None)])
def test_pieces_are_whole_and_never_negative(given: Any, read: int | None) -> None:
    assert Count().read(given) == read


@pytest.mark.parametrize("given", ["many", True, "NaN", "Infinity", 10**9, [1]])
def test_what_is_no_number_of_pieces_is_refused(given: Any) -> None:
    with pytest.raises(BadValueError):
        Count().read(given)


def test_an_assembly_can_be_built_as_often_as_its_scarcest_component_allows() -> None:
    data = {
        "ItemInventoryAssemblyLine.ItemInventoryRef.FullName": "Head",
        "ItemInventoryAssemblyLine.Quantity": "1",
        "ItemInventoryAssemblyLine.2.ItemInventoryRef.FullName": "Nail",
        "ItemInventoryAssemblyLine.2.Quantity": "4",
    }
    parts = stock.components(data)
    assert parts == [("Head", Decimal(1)), ("Nail", Decimal(4))]
    assert stock.buildable(parts, {"Head": Decimal(9), "Nail": Decimal(15)}) == 3
    assert stock.buildable(parts, {"Head": Decimal(9)}) == 0
    assert stock.buildable([], {}) == 0


def test_connexs_exclude_from_inventory_is_a_rule_about_items() -> None:
    file = import_connex(
        "name,action,field,map from,comparison,conjunction,map to\n"
        "No hammers,Exclude from inventory,SKU,HAM-16,equals,,\n"
    )
    (case,) = file["rules"]["exclude_from_stock"]["cases"]
    assert case["when"] == {"is": [{"var": "item.name"}, "HAM-16"]}
    file["rules"]["push_stock"] = {"otherwise": True}
    assert stock.decide_stock(Rulebook.from_file(file), HAMMER, "web", "x") == (None, "")
    assert decisions()["exclude_from_stock"].scope == "item"


# What is sent.


@dataclass
class Shop:
    """A store's client that keeps what it is told."""

    capabilities: frozenset[str] = frozenset({"push_stock"})
    levels: dict[str, Decimal] = field(default_factory=dict)
    calls: list[list[str]] = field(default_factory=list)

    def push_stock(
        self, changes: Sequence[StockChange], *, dry: bool = False
    ) -> Iterator[StockResult]:
        self.calls.append([one.sku for one in changes])
        for one in changes:
            before = self.levels.get(one.sku)
            if one.sku == "GONE":
                yield StockResult(one, "refused", reason="The store has no such SKU.")
                continue
            if not dry:
                self.levels[one.sku] = one.quantity
            yield StockResult(one, "would_change" if dry else "changed", before)


@contextmanager
def selling(flow: Flow) -> Iterator[tuple[Company, Store]]:
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        yield company, db.session.scalars(select(Store)).one()


def part(flow: Flow, name: str, on_hand: int) -> None:
    """An inventory part in QuickBooks."""
    income, cogs, asset = (
        f"<{role}AccountRef><FullName>{account}</FullName></{role}AccountRef>"
        for role, account in (
            ("Income", "Sales"), ("COGS", "Cost of Goods Sold"), ("Asset", "Inventory Asset"),
        )
    )  # fmt: skip
    flow.add(
        "ItemInventory",
        f"<Name>{name}</Name>{income}<PurchaseCost>1.00</PurchaseCost>{cogs}{asset}"
        f"<QuantityOnHand>{on_hand}</QuantityOnHand>",
    )


def ready(flow: Flow, **rules: Any) -> None:
    part(flow, "HAM-16", 12)
    part(flow, "GONE", 1)
    flow.rules(push_stock=rule(False, ({"in": [{"var": "item.name"}, ["HAM-16", "GONE"]]}, True)),
               transaction_type="sales_order", **rules)  # fmt: skip
    flow.post(order("1", [line("HAM-16", "5.00", 2)]))
    with selling(flow) as (company, _):
        read_items_whole(company)
        db.session.commit()
    flow.sync()


def test_only_what_changed_is_told_and_what_is_refused_is_asked_again(flow: Flow) -> None:
    ready(flow)
    shop: Any = Shop()
    with selling(flow) as (company, store):
        pushed = push(company, store, client=shop)
        assert (pushed.changed, len(pushed.refused)) == (1, 1)
        assert shop.levels == {"HAM-16": Decimal(10)}, "12 on hand, 2 on a sales order"
        again = push(company, store, client=shop)
        assert (again.changed, again.same) == (0, 1)
        assert [sorted(call) for call in shop.calls] == [["GONE", "HAM-16"], ["GONE"]]
        held = db.session.scalars(select(StockLevel).where(StockLevel.sku == "GONE")).one()
        assert (held.quantity, held.problem) == (None, "The store has no such SKU.")
        told = db.session.scalars(select(Event.text).where(Event.kind == "stock.pushed")).all()
        assert told[0] == "Stock of 1 SKUs was changed in shop; 1 were refused."


def test_a_sale_in_quickbooks_reaches_the_store_once_the_items_are_read_whole(flow: Flow) -> None:
    ready(flow)
    shop: Any = Shop()
    with selling(flow) as (company, store):
        push(company, store, client=shop)
    flow.post(order("2", [line("HAM-16", "5.00", 3)]))
    with selling(flow) as (company, store):
        read_items_whole(company)
        db.session.commit()
        mirror = db.session.get_one(Mirror, (company.id, "Item"))
        assert mirror.stale
    flow.sync()
    with selling(flow) as (company, store):
        assert push(company, store, client=shop).changed == 1
    assert shop.levels == {"HAM-16": Decimal(7)}


def test_a_dry_run_changes_nothing(flow: Flow) -> None:
    ready(flow)
    shop: Any = Shop()
    with selling(flow) as (company, store):
        pushed = push(company, store, dry=True, client=shop)
        assert [one.change.sku for one in pushed.would_change] == ["HAM-16"]
        assert shop.levels == {}
        assert db.session.scalars(select(StockLevel)).all() == []


def test_every_sku_that_is_mapped_to_an_item_gets_its_stock(flow: Flow) -> None:
    ready(flow)
    shop: Any = Shop()
    with selling(flow) as (company, store):
        item = db.session.scalars(select(ListEntry).where(ListEntry.full_name == "HAM-16")).one()
        remembered.remember(company, "Item", "alias", "Hammer-Blue", item, who="Ada")
        db.session.commit()
        push(company, store, client=shop)
    assert shop.levels == {"HAM-16": Decimal(10), "Hammer-Blue": Decimal(10)}


def test_a_store_that_takes_no_stock_and_rules_that_send_none_are_told(flow: Flow) -> None:
    flow.rules(push_stock=rule(False, (is_("item.name", "x"), True)))
    flow.post(order("1"))
    deaf: Any = Shop(capabilities=frozenset())
    with selling(flow) as (company, store), pytest.raises(NoStockError, match="take stock"):
        push(company, store, client=deaf)
    flow.rules()
    with selling(flow) as (company, store), pytest.raises(NoStockError, match="No rule sends"):
        push(company, store, client=deaf)
