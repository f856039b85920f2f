"""Stock by inventory site: read from QuickBooks, decided by rules, told to a store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from lxml import etree
from sqlalchemy import select

from app.models import Company, Mirror, SiteStock, db
from app.sync import mirror
from app.sync.stock import levels, push, read_items_whole, sites
from app.sync.stores import add_store
from qbwc import lists, qbxml
from qbwc.planning import stock
from qbwc.practice.books import DEFAULTS
from rules_library.decision import decisions
from rules_library.facts import FACTS
from rules_library.lint.reads import exists, in_scope
from rules_library.rulebook import Rulebook
from rules_library.stock import Held, StockItem
from tests.exchange import Exchange
from tests.fake_woocommerce import FakeWooCommerce
from tests.flows import Flow, flowing, line, order, rule
from tests.test_stock import Shop, part, selling, shop
from tests.test_web_attention import person

FEATURES = f"{DEFAULTS['Features']} InventorySites"
EAST = Held(on_hand=Decimal(7), on_sales_orders=Decimal(2))
LAMP = StockItem(
    full_name="Lamp",
    all=Held(on_hand=Decimal(30)),
    sites={"East": EAST, "St. Louis": Held(on_hand=Decimal(4))},
)


def decided(quantity: Any, of: StockItem = LAMP) -> tuple[stock.Level | None, str]:
    rules = {"push_stock": {"logic": True}, "stock_quantity": {"logic": quantity}}
    book = Rulebook.from_file({"rulebooks": 1, "rules": rules, "tables": {}})
    return stock.decide_stock(book, of, "web", "woocommerce")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("item.at.East.on_hand", 7),
        ("item.at.EAST.available", 5),
        ("item.at.East.on_sales_orders", 2),
        ("item.at.St. Louis.on_hand", 4),
        ("item.at.st. louis.available", 4),
    ],
)
def test_a_rule_says_at_which_site(path: str, wanted: int) -> None:
    assert decided({"var": path}) == (stock.Level(Decimal(wanted)), "")
    assert FACTS[path].type == "number"
    assert FACTS[path].label.endswith(f" at {path.split('.', 2)[2].rpartition('.')[0]}")
    assert exists(path)
    assert in_scope(path, decisions()["stock_quantity"])
    assert not in_scope(path, decisions()["class"])


@pytest.mark.parametrize("of", [LAMP, StockItem(full_name="Lamp", all=EAST)])
def test_a_site_that_quickbooks_does_not_tell_of_is_never_taken_for_an_empty_one(
    of: StockItem,
) -> None:
    for rule_ in ({"var": "item.at.West.on_hand"}, {"-": [{"var": "item.at.West.on_hand"}, 2]}):
        level, fault = decided(rule_, of)
        assert level is None
        assert "QuickBooks tells no stock at an inventory site “West”" in fault


@pytest.mark.parametrize("path", ["item.at.East", "item.at.East.color", "item.at..on_hand"])
def test_what_is_no_quantity_at_a_site_is_no_fact(path: str) -> None:
    assert path not in FACTS
    assert not exists(path)


def test_an_assembly_is_built_of_the_components_of_its_own_site() -> None:
    made = StockItem(full_name="Kit", kind="assembly", sites={"East": Held(), "West": Held()})
    parts = [("Lamp", Decimal(1)), ("Bulb", Decimal(2))]
    found = {
        "Lamp": stock.Available(Decimal(9), {"East": Decimal(6), "West": Decimal(3)}),
        "Bulb": stock.Available(Decimal(11), {"East": Decimal(1), "West": Decimal(10)}),
    }
    kit = stock.built(made, parts, found)
    assert kit.all.buildable == 5
    assert {site: held.buildable for site, held in kit.sites.items()} == {"East": 0, "West": 3}
    assert decided({"var": "item.at.West.buildable"}, kit)[0] == stock.Level(Decimal(3))


# What is asked of QuickBooks, on both databases.


@pytest.fixture
def exchange(any_app: Flask, tmp_path: Path) -> Iterator[Exchange]:
    found = Exchange(any_app, tmp_path)
    yield found
    found.quickbooks.close()


def add(exchange: Exchange, kind: str, inner: str) -> None:
    answer = exchange.quickbooks.process(
        '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
        f"<{kind}AddRq><{kind}Add>{inner}</{kind}Add></{kind}AddRq></QBXMLMsgsRq></QBXML>"
    )
    assert 'statusCode="0"' in answer, answer


def two_sites(exchange: Exchange) -> None:
    exchange.quickbooks.prefer("Features", FEATURES)
    for site in ("East", "West"):
        add(exchange, "InventorySite", f"<Name>{site}</Name>")
    exchange.quickbooks.put("Desk Lamp", "East", 20)
    exchange.quickbooks.put("Desk Lamp", "West", 100)
    exchange.quickbooks.put("LED Bulb", "East", 5)


def again(exchange: Exchange) -> list[str]:
    """A session that reads the quantities anew; what it asked."""
    with exchange.app.app_context():
        read_items_whole(db.session.get_one(Company, 1))
        db.session.commit()
    return [text for text in exchange.session().sent if "ItemSites" in text]


def visit(exchange: Exchange) -> list[str]:
    """A session that has something else to do; what it asked about sites."""
    with exchange.app.app_context():
        db.session.get_one(Mirror, (1, "Terms")).stale = True
        db.session.commit()
    report = exchange.session()
    assert report.sent
    return [text for text in report.sent if "ItemSites" in text]


def on_hand(exchange: Exchange) -> dict[tuple[str, str], Decimal]:
    with exchange.app.app_context():
        company = db.session.get_one(Company, 1)
        return {
            (item.full_name, site): held.on_hand
            for _, item in levels.items(company)
            for site, held in item.sites.items()
            if held.on_hand
        }


def test_sites_are_read_with_the_lists_once_and_then_only_when_stock_is(
    exchange: Exchange,
) -> None:
    two_sites(exchange)
    first = exchange.session()
    assert len(first.sent) == 1
    assert 'iterator="Start"' in re.findall("<ItemSitesQueryRq[^>]*>", first.sent[0])[0]
    assert on_hand(exchange) == {
        ("Desk Lamp", "East"): 20, ("Desk Lamp", "West"): 100, ("LED Bulb", "East"): 5,
    }  # fmt: skip
    assert visit(exchange) == []
    exchange.quickbooks.put("Desk Lamp", "East", -3)
    before = {row.id: row.data for row in exchange.all(SiteStock)}
    (asked,) = again(exchange)
    assert "FromModifiedDate" not in asked.split("<ItemSitesQueryRq")[1].split("</Item")[0]
    assert on_hand(exchange)["Desk Lamp", "East"] == 17
    after = {row.id: row.data for row in exchange.all(SiteStock)}
    assert before.keys() == after.keys()
    assert sum(before[one] != after[one] for one in before) == 1


def test_long_answers_come_in_pages_and_what_is_gone_is_forgotten(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "PAGE", 2)
    two_sites(exchange)
    exchange.session()
    assert len(exchange.all(SiteStock)) == 3
    assert len(again(exchange)) == 2
    books = exchange.quickbooks.books
    (bulb,) = [one for one in books.lists.of_kind("ItemInventory") if one.name == "LED Bulb"]
    del bulb.fields["_sites"]
    books.lists.keep(bulb)
    again(exchange)
    assert on_hand(exchange) == {("Desk Lamp", "East"): 20, ("Desk Lamp", "West"): 100}


def test_without_advanced_inventory_nothing_is_asked_and_nothing_known(exchange: Exchange) -> None:
    report = exchange.session()
    assert not any("ItemSites" in text for text in report.sent)
    with exchange.app.app_context():
        assert mirror.is_loaded(1)
        assert sites.names(db.session.get_one(Company, 1)) == {}
    assert again(exchange) == []
    two_sites(exchange)
    assert len(visit(exchange)) == 1
    assert on_hand(exchange), "it was switched on"
    exchange.quickbooks.prefer("Features", DEFAULTS["Features"])
    assert visit(exchange) == []
    assert on_hand(exchange) == {}, "it was switched off"
    assert exchange.all(SiteStock) == []


def test_a_refusal_is_shown_and_makes_the_quantities_unknown(exchange: Exchange) -> None:
    two_sites(exchange)
    exchange.session()
    exchange.quickbooks.prefer("Features", DEFAULTS["Features"])
    with exchange.app.app_context():
        row = db.session.get_one(Mirror, (1, "Company"))
        told = dict(row.facts)
    assert told["multi_location"] is True
    real = exchange.quickbooks.host_response
    text = real().replace(
        "<IsMultiLocationInventoryEnabled>false", "<IsMultiLocationInventoryEnabled>true"
    )
    exchange.quickbooks.host_response = lambda: text  # type: ignore[method-assign]
    assert len(again(exchange)) == 1
    (row,) = [row for row in exchange.all(Mirror) if row.kind == "ItemSites"]
    assert row.problem
    assert on_hand(exchange) == {}
    assert visit(exchange) == []


def test_bins_are_added_up_unless_their_site_says_its_own_sum(exchange: Exchange) -> None:
    two_sites(exchange)
    exchange.session()
    with exchange.app.app_context():
        company = db.session.get_one(Company, 1)
        rows = db.session.scalars(select(SiteStock).order_by(SiteStock.id)).all()
        lamp = next(row for row in rows if row.data["QuantityOnHand"] == "20")
        for number, quantity in enumerate(("8", "12")):
            db.session.add(SiteStock(
                company_id=company.id, list_id=f"bin-{number}", item_id=lamp.item_id,
                site_id=lamp.site_id, location_id=f"L{number}",
                data={"QuantityOnHand": quantity}, load=lamp.load,
            ))  # fmt: skip
        db.session.flush()
        assert sites.held(company, [lamp.item_id])[lamp.item_id]["East"].on_hand == 20
        db.session.delete(lamp)
        db.session.flush()
        assert sites.held(company, [lamp.item_id])[lamp.item_id]["East"].on_hand == 20


def test_the_practice_companys_answer_is_what_the_schema_allows(exchange: Exchange) -> None:
    two_sites(exchange)
    asked = qbxml.message_set([qbxml.query_request(lists.kind("ItemSites"), "1")])
    answer = etree.fromstring(exchange.quickbooks.process(asked.decode()).encode())
    records = answer.findall(".//ItemSitesRet")
    assert [one.findtext("InventorySiteRef/FullName") for one in records] == [
        "East",
        "West",
        "East",
    ]
    children = [child.tag for child in records[0]]
    assert children == [
        "ListID", "ItemInventoryRef", "InventorySiteRef", "QuantityOnHand",
        "QuantityOnPurchaseOrders", "QuantityOnSalesOrders",
    ]  # fmt: skip
    exchange.quickbooks.prefer("Features", DEFAULTS["Features"])
    assert 'statusCode="3250"' in exchange.quickbooks.process(asked.decode())


# From a rule to a store, over SOAP.


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[Flow]:
    with flowing(tmp_path) as found:
        found.quickbooks.prefer("Features", FEATURES)
        for site in ("East", "West"):
            found.add("InventorySite", f"<Name>{site}</Name>")
        part(found, "HAM-16", 12)
        found.quickbooks.put("HAM-16", "East", 4)
        found.quickbooks.put("HAM-16", "West", 8)
        yield found


def read(flow: Flow) -> None:
    with selling(flow) as (company, _):
        read_items_whole(company)
        db.session.commit()
    flow.sync()


def told(flow: Flow, shop: Any) -> int:
    with selling(flow) as (company, store):
        return push(company, store, client=shop).changed


def test_a_store_is_told_of_its_own_site_and_only_when_that_changed(flow: Flow) -> None:
    flow.rules(
        push_stock=rule(False, ({"is": [{"var": "item.name"}, "HAM-16"]}, True)),
        stock_quantity={"otherwise": {"var": "item.at.East.available"}},
        transaction_type="sales_order",
        inventory_site=rule("West", ({"starts_with": [{"var": "order.number"}, "E"]}, "East")),
    )
    flow.post(order("1", [line("HAM-16", "5.00", 2)]))
    read(flow)
    shop: Any = Shop()
    assert told(flow, shop) == 1
    assert shop.levels == {"HAM-16": 4}, "the two of order 1 leave West"
    flow.post(order("2", [line("HAM-16", "5.00", 1)]))
    read(flow)
    assert told(flow, shop) == 0
    flow.post(order("E3", [line("HAM-16", "5.00", 1)]))
    read(flow)
    assert told(flow, shop) == 1
    assert shop.levels == {"HAM-16": 3}, "one is on a sales order at East"
    flow.quickbooks.put("HAM-16", "West", -2)
    flow.quickbooks.put("HAM-16", "East", 2)
    read(flow)
    assert told(flow, shop) == 1, "a transfer leaves the item's own quantity as it was"
    assert shop.levels == {"HAM-16": 5}


def test_while_the_site_is_not_told_the_store_is_not_either(flow: Flow) -> None:
    flow.rules(push_stock=rule(True), stock_quantity={"otherwise": {"var": "item.at.Easy.on_hand"}})
    flow.post(order("1"))
    shop: Any = Shop()
    with selling(flow) as (company, store):
        faults = push(company, store, client=shop).faults
    assert shop.levels == {}
    assert any("HAM-16" in one and "“Easy”" in one for one in faults)


def test_the_pages_show_the_sites_and_the_builder_offers_them(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    flow.rules(push_stock=rule(True))
    flow.post(order("1"))
    with selling(flow) as (company, _):
        given = shop.settings | {"url": shop.address}  # type: ignore[attr-defined]
        add_store(company, "woocommerce", given, key="web", name="Web shop")
        db.session.commit()
    client = person(flow, "admin")
    offered = client.get("/companies/1/rules/decision/stock_quantity").text
    assert "item.at.East.available" in offered
    assert "On hand minus sales orders at East" in offered
    assert "item.at.East.available" not in client.get("/companies/1/rules/decision/class").text
    assert "item.at.West.on_hand" in client.get("/companies/1/rules/presets/stock_of_one_site").text
    stocked = client.get("/companies/1/stock?q=HAM").text
    assert "East: 4" in stocked
    assert "West: 8" in stocked
    listed = client.get("/companies/1/lists").text
    assert "Stock at inventory sites" in listed
    assert "/lists/ItemSites" not in listed
    assert client.get("/companies/1/lists/ItemSites").status_code == 404


__all__ = ["shop"]
