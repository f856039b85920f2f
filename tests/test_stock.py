"""Stock from QuickBooks to a store: which items, how many, only what changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import stamina
import time_machine
from sqlalchemy import select

from app.models import Company, Event, ListEntry, MessageSet, Mirror, StockLevel, Store, db, now
from app.schedule import entries, run_now
from app.scheduler import Scheduler
from app.stores.base import StockChange, StockResult
from app.stores.errors import StoreUnavailable
from app.sync import remembered
from app.sync.outward import FIRST_PAUSE
from app.sync.stock import NoStockError, push, read_items_whole, telling
from app.sync.stock.rounds import WHOLE, forget
from app.sync.stock.telling import AGAIN
from app.sync.stores import add_store
from qbwc.planning import stock
from rules_library.decision import BadValueError, Count, decisions, decisions_of
from rules_library.imports.connex import import_connex
from rules_library.rulebook import Rulebook
from rules_library.stock import Held, StockItem
from tests.fake_woocommerce import FakeWooCommerce
from tests.flows import Flow, is_, line, order, rule, run
from tests.store_contract import always
from tests.store_server import served
from tests.test_web_attention import person

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

    capabilities: frozenset[str] = frozenset({"stock"})
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
        assert told[0] == "shop: the stock of 1 SKU was changed; 1 SKU was refused."


@pytest.mark.parametrize("how", ["a day later", "on demand"])
def test_what_somebody_changed_in_the_shop_is_told_again(flow: Flow, how: str) -> None:
    ready(flow)
    shop: Any = Shop()
    with selling(flow) as (company, store):
        push(company, store, client=shop)
        shop.levels["HAM-16"] = Decimal(99)
        push(company, store, client=shop)
        assert shop.levels["HAM-16"] == 99, "within the day it is not asked"
        if how == "on demand":
            forget([store])
        with time_machine.travel(now() + (AGAIN if how == "a day later" else timedelta(0))):
            assert push(company, store, client=shop).changed == 1
        assert shop.levels["HAM-16"] == 10


def test_nothing_is_told_while_nobody_knows_what_quickbooks_holds(flow: Flow) -> None:
    ready(flow)
    shop: Any = Shop()
    with selling(flow) as (company, store):
        last = db.session.scalars(select(MessageSet).order_by(MessageSet.id.desc())).first()
        assert last is not None
        before, last.writes, last.state = last.state, True, "uncertain"
        db.session.commit()
        assert push(company, store, client=shop).changed == 0
        assert shop.levels == {}
        last.state = before
        db.session.commit()
        assert push(company, store, client=shop).changed == 1


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


# How it goes round.


@pytest.fixture
def shop() -> Iterator[FakeWooCommerce]:
    """A shop over HTTP that counts three articles; nobody waits between two tries."""
    made = FakeWooCommerce()
    made.products = [article(1, "HAM-16", 5), article(2, "SAW", 1)]
    with stamina.set_testing(True, attempts=1), served(made._handle) as address:
        made.address = address  # type: ignore[attr-defined]
        yield made


def article(number: int, sku: str, quantity: int) -> dict[str, Any]:
    return {
        "id": number, "sku": sku, "type": "simple", "manage_stock": True,
        "stock_quantity": quantity,
    }  # fmt: skip


def connected(flow: Flow, shop: FakeWooCommerce) -> None:
    """Stock in QuickBooks, a rule that sends it, and the shop as the company's store `web`."""
    ready(flow)
    with selling_to(flow) as (company, _):
        given = shop.settings | {"url": shop.address}  # type: ignore[attr-defined]
        add_store(company, "woocommerce", given, key="web", name="Web shop")
        db.session.commit()


@contextmanager
def selling_to(flow: Flow, key: str = "shop") -> Iterator[tuple[Company, Store]]:
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        yield company, db.session.scalars(select(Store).where(Store.key == key)).one()


def go_round(flow: Flow) -> str:
    """Let the schedule send stock now; what it says."""
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        run_now(company, "stock")
        while Scheduler(flow.app)._do_a_task():
            pass
        return next(one.said for one in entries(company) if one.key == "stock")


def counted(shop: FakeWooCommerce) -> dict[str, int]:
    return {one["sku"]: one["stock_quantity"] for one in shop.products}


def test_the_schedule_tells_a_real_shop_and_says_so(flow: Flow, shop: FakeWooCommerce) -> None:
    connected(flow, shop)
    assert go_round(flow) == "Web shop: 1 changed, 0 the same, 1 refused"
    assert counted(shop) == {"HAM-16": 10, "SAW": 1}
    before = len(shop.requests)
    assert go_round(flow) == "Web shop: 0 changed, 1 the same"
    assert len(shop.requests) == before, "what is known, and what was refused, is not asked again"
    (event,) = flow.events("stock.pushed")
    assert event == "Web shop: the stock of 1 SKU was changed; 1 SKU was refused."
    with flow.app.app_context():
        detail = db.session.scalars(select(Event.detail).where(Event.kind == "stock.pushed")).one()
        assert detail["changed"] == {"HAM-16": "5 -> 10"}
        assert "no article" in detail["refused"]["GONE"]


def test_a_refused_sku_is_asked_again_after_a_day_or_when_a_person_sends(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    connected(flow, shop)
    go_round(flow)
    shop.products.append(article(3, "GONE", 0))
    go_round(flow)
    assert counted(shop)["GONE"] == 0
    with time_machine.travel(now() + AGAIN):
        go_round(flow)
    assert counted(shop)["GONE"] == 1


def test_without_a_rule_that_sends_stock_no_store_is_called(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    connected(flow, shop)
    flow.rules()
    assert go_round(flow) == "No rule sends stock to a store."
    assert shop.requests == []


def test_quickbooks_quantities_are_asked_for_again_when_they_are_old(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    connected(flow, shop)
    go_round(flow)
    with flow.app.app_context():
        assert not db.session.get_one(Mirror, (1, "Item")).stale, "asked less than half an hour ago"
    with time_machine.travel(now() + WHOLE):
        go_round(flow)
        with flow.app.app_context():
            assert db.session.get_one(Mirror, (1, "Item")).stale


def test_a_shop_that_fails_is_left_alone_for_longer_each_time_and_told_when_it_lasts(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    connected(flow, shop)
    shop.fault = always(lambda: httpx.Response(503, text="down"))
    at = now()
    pauses = []
    for _ in range(4):
        with time_machine.travel(at, tick=False):
            assert "it failed" in go_round(flow)
            assert go_round(flow) == "No store is due."
            with selling_to(flow, "web") as (_, store):
                assert store.stock_next_at
                pauses.append(store.stock_next_at - at)
                assert (store.failures, store.stopped) == (0, False), "it is still read"
                at = store.stock_next_at
    assert pauses == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4, FIRST_PAUSE * 8]
    with flow.app.app_context():
        told = db.session.scalars(select(Event.level).where(Event.kind == "stock.failed")).all()
    assert told == ["warning", "error"], "the second failure is one that people are mailed"
    shop.fault = None
    with time_machine.travel(at, tick=False):
        assert "1 changed" in go_round(flow)
    assert flow.events("stock.recovered") == ["Web shop takes its stock again."]


def test_what_a_store_took_before_it_failed_is_not_told_again(flow: Flow) -> None:
    class Breaks(Shop):
        def push_stock(self, changes: Any, *, dry: bool = False) -> Iterator[StockResult]:
            self.calls.append([one.sku for one in changes])
            yield StockResult(changes[0], "changed", Decimal(0))
            raise StoreUnavailable("The shop is away.")

    ready(flow)
    part(flow, "HAM-17", 3)
    flow.rules(push_stock=True, transaction_type="sales_order")
    with selling(flow) as (company, store):
        read_items_whole(company)
        db.session.commit()
    flow.sync()
    with selling(flow) as (company, store):
        breaks: Any = Breaks()
        with pytest.raises(StoreUnavailable):
            push(company, store, client=breaks)
        (first, *others), whole = breaks.calls[0], Shop()
        push(company, store, client=whole)  # type: ignore[arg-type]
        assert sorted(whole.calls[0]) == sorted(others)
        assert first not in whole.levels


def test_a_power_failure_after_the_store_took_it_tells_it_the_same_number_again(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: Any) -> None:
        raise KeyboardInterrupt

    ready(flow)
    shop: Any = Shop()
    with selling(flow) as (company, store), monkeypatch.context() as patch:
        patch.setattr(telling, "_write", cut)
        with pytest.raises(KeyboardInterrupt):
            push(company, store, client=shop)
        db.session.rollback()
    assert shop.levels == {"HAM-16": Decimal(10)}
    with selling(flow) as (company, store):
        assert push(company, store, client=shop).changed == 1
        assert shop.levels == {"HAM-16": Decimal(10)}
        assert len(db.session.scalars(select(StockLevel)).all()) == 2


def test_rules_that_fail_are_told_once_a_day(flow: Flow) -> None:
    ready(flow, stock_quantity={"cat": ["many"]})
    shop: Any = Shop()
    with selling(flow) as (company, store):
        for _ in range(2):
            assert push(company, store, client=shop).faults
    (told,) = flow.events("stock.fault")
    assert "2 items are not sent" in told


# What people see.


def test_the_command_only_says_what_would_change_unless_it_is_told_to_send(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    connected(flow, shop)
    with flow.app.app_context():
        printed = run("stock", "1", "web", "--json").out
        said = json.loads(printed[printed.index("{\n") :])
        assert "would change HAM-16: 5 -> 10" in run("stock", "1", "web").out
    assert said["would_change"] == [{"sku": "HAM-16", "quantity": "10", "before": "5"}]
    assert counted(shop)["HAM-16"] == 5
    with flow.app.app_context():
        assert "1 changed, 0 the same, 1 refused." in run("stock", "1", "web", "--send").out
        assert "no store 'nope'" in run("stock", "1", "nope").err
    assert counted(shop)["HAM-16"] == 10


def test_the_page_shows_what_a_store_would_be_told_and_why(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    connected(flow, shop)
    client = person(flow, "bookkeeper")
    text = client.get("/companies/1/stock").text
    assert "HAM-16" in text
    assert "Never yet" in text
    assert shop.requests == []
    go_round(flow)
    text = client.get("/companies/1/stock?q=gone").text
    assert "no article with this SKU" in text
    assert "HAM-16" not in text
    assert "How many can be sold: otherwise" in text
    assert client.post("/companies/1/stock/send").status_code == 303
    assert client.post("/companies/1/stock/read").status_code == 303
    with flow.app.app_context():
        assert db.session.get_one(Mirror, (1, "Item")).stale
        assert not db.session.scalars(select(StockLevel).where(StockLevel.put_off)).all()


@pytest.mark.parametrize("query", ["q=%25", "q=%00", "store=x", "store=-1", "after=%00~", "q='"])
def test_nonsense_in_the_address_of_the_page_does_no_harm(
    flow: Flow, shop: FakeWooCommerce, query: str
) -> None:
    connected(flow, shop)
    assert person(flow, "viewer").get(f"/companies/1/stock?{query}").status_code == 200


def test_quantities_are_read_where_what_is_bought_depends_on_them(flow: Flow) -> None:
    ready(flow)
    flow.rules(only_when_short=rule(False, (is_("line.sku", "HAM-16"), True)))
    assert go_round(flow) == "No rule sends stock to a store."
    with flow.app.app_context():
        assert not db.session.get_one(Mirror, (1, "Item")).stale, "asked less than half an hour ago"
    with time_machine.travel(now() + WHOLE):
        assert go_round(flow) == "No rule sends stock to a store."
        with flow.app.app_context():
            assert db.session.get_one(Mirror, (1, "Item")).stale
