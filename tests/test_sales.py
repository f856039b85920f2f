"""Sales of QuickBooks to stores that ship them: which, when, once, and never back to their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import stamina
from sqlalchemy import select

from app.models import Company, Event, Mirror, Sale, SaleSent, db, now
from app.schedule import entries, run_now
from app.scheduler import Scheduler
from app.stores.base import clients_with
from app.sync.outward import FIRST_PAUSE, due
from app.sync.sales import NoSalesError, rounds, send
from qbwc.planning import sales_out
from rules_library.order import Address
from rules_library.rulebook import Rulebook
from rules_library.sale import Sale as Facts
from rules_library.sale import SaleLine
from tests.fake_shipstation import FakeShipStation
from tests.flows import Flow, is_, line, order, rule, run
from tests.sales import read, selling
from tests.store_contract import always, status
from tests.test_web_attention import person

KEY = "send_sale_to_store"
ADDRESS = (
    "<ShipAddress><Addr1>Ada Lovelace</Addr1><Addr2>Analytical Ltd</Addr2><Addr3>1 Main St</Addr3>"
    "<City>Albany</City><State>NY</State><PostalCode>12207</PostalCode><Country>USA</Country>"
    "</ShipAddress>"
)


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def shop() -> FakeShipStation:
    return FakeShipStation()


def part(flow: Flow, name: str = "HAM-16") -> None:
    """A non-inventory part in QuickBooks."""
    sold = "<Price>5.00</Price><AccountRef><FullName>Sales</FullName></AccountRef>"
    flow.add("ItemNonInventory", f"<Name>{name}</Name><SalesOrPurchase>{sold}</SalesOrPurchase>")


def sell(
    flow: Flow, number: str, kind: str = "SalesOrder", head: str = "", pieces: int = 3
) -> None:
    """A person writes a sale of hammers in QuickBooks, with a charge of 4.00."""
    flow.add(
        kind,
        f"<CustomerRef><FullName>Kern Lighting</FullName></CustomerRef><RefNumber>{number}"
        f"</RefNumber>{ADDRESS}{head}"
        f"<{kind}LineAdd><ItemRef><FullName>HAM-16</FullName></ItemRef><Desc>Claw hammer</Desc>"
        f"<Quantity>{pieces}</Quantity><Rate>5.00</Rate></{kind}LineAdd>"
        f"<{kind}LineAdd><ItemRef><FullName>Shipping</FullName></ItemRef><Amount>4.00</Amount>"
        f"</{kind}LineAdd>",
    )


def change(flow: Flow, memo: str) -> None:
    """A person changes the memo of the one sales order."""
    txn = flow.txn("SalesOrder")
    flow.ask(
        f"<SalesOrderModRq><SalesOrderMod><TxnID>{txn.txn_id}</TxnID>"
        f"<EditSequence>{txn.edit_sequence}</EditSequence><Memo>{memo}</Memo>"
        "</SalesOrderMod></SalesOrderModRq>"
    )


def sent_to(flow: Flow, shop: FakeShipStation, **options: Any) -> Any:
    with selling(flow) as (company, store):
        client = shop.client()
        try:
            return send(company, store, client=client, **options)
        finally:
            client.http.close()


def states(flow: Flow) -> dict[str, str]:
    """Number of a sale -> what became of it."""
    with flow.app.app_context():
        rows = db.session.execute(
            select(Sale.number, SaleSent.state).join(SaleSent, SaleSent.sale_id == Sale.id)
        )
        return {row.number: row.state for row in rows}


def ready(flow: Flow, otherwise: Any = True, *cases: Any, **rules: Any) -> None:
    part(flow)
    flow.rules(**{KEY: rule(otherwise, *cases)}, **rules)
    with selling(flow):
        pass


# What is decided.

SALE = Facts(
    kind="sales_order", txn_id="1-2", number="1042", sold_on=date(2026, 11, 2),
    customer="Ada Lovelace", ship_method="UPS", total=Decimal("19.00"), paid=Decimal(4),
    billing=Address(line1="1 Main St", region="NY", country="US"),
    lines=(SaleLine(line_id="3", kind="goods", item="Tools:HAM-16", quantity=Decimal(3)),),
)  # fmt: skip


def decided(logic: Any) -> Any:
    rules = {KEY: {"logic": logic}}
    book = Rulebook.from_file({"rulebooks": 1, "rules": rules, "tables": {}})
    return sales_out.decide(book, SALE, "dispatch", "shipstation")


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (True, True),
        (False, False),
        (is_("sale.kind", "sales_order"), True),
        (is_("sale.kind", "invoice"), False),
        ({"!": [{"is_empty": [{"var": "sale.ship_method"}]}]}, True),
        (is_("sale.region", "ny"), True),
        (is_("sale.country", "US"), True),
        ({">": [{"var": "sale.balance"}, 14]}, True),
        ({">": [{"var": "sale.balance"}, 15]}, False),
        (is_("store.key", "elsewhere"), False),
        ({"in": ["Tools:HAM-16", {"var": "sale.items"}]}, True),
    ],
)
def test_a_rule_looks_at_the_sale_and_the_store(logic: Any, expected: bool) -> None:
    outcome = decided(logic)
    assert (outcome.value, outcome.error) == (expected, "")


def test_without_a_rule_nothing_is_sent(flow: Flow, shop: FakeShipStation) -> None:
    with selling(flow) as (company, _):
        assert not rounds.refresh(company, now())
    with pytest.raises(NoSalesError, match="No rule"):
        sent_to(flow, shop)
    flow.sync()
    assert flow.count(Sale) == 0


# What is sent.


def test_a_sale_goes_to_the_store_as_it_is_in_quickbooks(flow: Flow, shop: FakeShipStation) -> None:
    ready(flow)
    sell(flow, "1042", head="<PONumber>PO-7</PONumber><ShipDate>2026-11-27</ShipDate>"
         "<Memo>By phone</Memo>")  # fmt: skip
    read(flow)
    assert sent_to(flow, shop).sent == 1
    (made,) = shop.orders
    assert made["orderNumber"] == "1042"
    assert made["shipTo"]["name"] == "Ada Lovelace"
    assert made["shipTo"]["company"] == "Analytical Ltd"
    assert (made["shipTo"]["street1"], made["shipTo"]["country"]) == ("1 Main St", "US")
    items = [tuple(one[key] for key in ("sku", "quantity", "unitPrice")) for one in made["items"]]
    assert items == [("HAM-16", 3, 5.0), ("Shipping", 1, 4.0)]
    assert [one["adjustment"] for one in made["items"]] == [False, True]
    txn = flow.txn("SalesOrder")
    assert Decimal(str(made["orderTotal"])) == txn.total
    assert made["advancedOptions"]["customField1"] == "PO-7"
    assert made["shipByDate"].startswith("2026-11-27")
    assert made["orderKey"].startswith(f"rulebooks-{txn.txn_id}-")
    assert flow.events("sale.sent") == ["Sales order 1042 was sent to Dispatch."]


def test_each_sale_is_sent_once_and_its_changes_too(flow: Flow, shop: FakeShipStation) -> None:
    ready(flow)
    sell(flow, "1")
    read(flow)
    assert sent_to(flow, shop).sent == 1
    assert sent_to(flow, shop).sent == 0
    change(flow, "Ring twice")
    read(flow)
    assert sent_to(flow, shop).sent == 1
    (made,) = shop.orders
    assert made["internalNotes"] == "Ring twice"
    assert flow.events("sale.sent")[1:] == ["Changes of sales order 1 were sent to Dispatch."]


def test_what_the_store_took_before_the_power_failed_is_there_once(
    flow: Flow, shop: FakeShipStation
) -> None:
    ready(flow)
    sell(flow, "1")
    read(flow)
    sent_to(flow, shop)
    with flow.app.app_context():
        db.session.execute(db.delete(SaleSent))
        db.session.commit()
    assert sent_to(flow, shop).sent == 1
    assert len(shop.orders) == 1


def test_a_rule_chooses_and_a_new_rule_is_asked_again(flow: Flow, shop: FakeShipStation) -> None:
    ready(flow, False, (is_("sale.kind", "invoice"), True))
    sell(flow, "1")
    sell(flow, "2", "Invoice")
    sell(flow, "3", "SalesReceipt")
    read(flow)
    first = sent_to(flow, shop)
    assert (first.sent, first.left_out) == (1, 2)
    assert states(flow) == {"1": "left_out", "2": "sent", "3": "left_out"}
    assert sent_to(flow, shop).left_out == 0, "nothing changed: not looked at again"
    flow.rules(**{KEY: True})
    assert sent_to(flow, shop).sent == 2
    assert {one["orderNumber"] for one in shop.orders} == {"1", "2", "3"}
    invoice = next(one for one in shop.orders if one["orderNumber"] == "2")
    assert Decimal(str(invoice["orderTotal"])) == flow.txn("Invoice").total


def test_a_sale_that_came_from_the_store_is_not_sent_back(
    flow: Flow, shop: FakeShipStation
) -> None:
    ready(flow, transaction_type="sales_order")
    with selling(flow) as (_, store):
        flow.store = store.key
    shop.add(1)
    flow.take(*json.loads(json.dumps(shop.orders)), format_key="shipstation")
    flow.sync()
    flow.store = "other"
    flow.post(order("77", [line("HAM-16", "5.00", 1)]))
    read(flow)
    sent = sent_to(flow, shop)
    assert (sent.sent, sent.left_out) == (1, 1)
    assert [one["orderNumber"] for one in shop.orders] == ["1", "77"]


def test_what_we_sent_there_is_no_order_to_post(flow: Flow, shop: FakeShipStation) -> None:
    ready(flow)
    sell(flow, "1")
    read(flow)
    sent_to(flow, shop)
    shop.add(1)
    client = shop.client()
    found = [one for page in client.orders(None) for one in page.items]
    client.http.close()
    assert len(shop.orders) == 2
    assert len(found) == 1


def test_a_dry_run_sends_nothing_and_says_why(flow: Flow, shop: FakeShipStation) -> None:
    ready(flow, False, (is_("sale.number", "1"), True))
    sell(flow, "1")
    read(flow)
    sent = sent_to(flow, shop, dry=True)
    assert [one.why for one in sent.would_send] == ["Send the sale to the store: Case 1"]
    assert (shop.orders, flow.count(SaleSent), flow.events("sale.sent")) == ([], 0, [])


def test_what_is_shipped_there_takes_no_change(flow: Flow, shop: FakeShipStation) -> None:
    ready(flow)
    sell(flow, "1")
    read(flow)
    sent_to(flow, shop)
    shop.ship(shop.orders[0], "2026-11-26", "1Z9")
    change(flow, "Late")
    read(flow)
    assert sent_to(flow, shop).closed == 1
    assert states(flow) == {"1": "closed"}
    assert "takes no change" in flow.events("sale.closed")[0]
    assert shop.orders[0]["internalNotes"] == ""


def test_a_sale_that_is_refused_keeps_no_other_waiting(flow: Flow, shop: FakeShipStation) -> None:
    ready(flow)
    sell(flow, "1")
    sell(flow, "2")
    read(flow)

    def refuses_one(request: httpx.Request, honest: Any) -> httpx.Response:
        if request.method == "POST" and b'"orderNumber":"1"' in request.content:
            return httpx.Response(400, json={"message": "The street is missing."})
        answer: httpx.Response = honest()
        return answer

    shop.fault = refuses_one
    sent = sent_to(flow, shop)
    assert sent.sent == 1
    assert "The street is missing" in sent.refused[0][1]
    assert sent_to(flow, shop).refused == [], "put off: it is as it was"
    assert len(flow.events("sale.refused")) == 1
    shop.fault = None
    with flow.app.app_context():
        db.session.execute(db.update(SaleSent).values(at=now() - timedelta(days=2)))
        db.session.commit()
    assert sent_to(flow, shop).sent == 1
    assert states(flow) == {"1": "sent", "2": "sent"}


def test_services_alone_are_nothing_to_ship(flow: Flow, shop: FakeShipStation) -> None:
    ready(flow)
    flow.add(
        "SalesOrder",
        "<CustomerRef><FullName>Kern Lighting</FullName></CustomerRef><RefNumber>9</RefNumber>"
        "<SalesOrderLineAdd><ItemRef><FullName>Shipping</FullName></ItemRef><Amount>4.00</Amount>"
        "</SalesOrderLineAdd>",
    )
    read(flow)
    assert "can be shipped" in sent_to(flow, shop).refused[0][1]


def test_what_changed_before_sending_was_switched_on_stays(
    flow: Flow, shop: FakeShipStation
) -> None:
    ready(flow)
    sell(flow, "1")
    read(flow)
    with selling(flow) as (_, store):
        store.sales_since = now() + timedelta(days=1)
        db.session.commit()
    assert sent_to(flow, shop).sent == 0


def test_while_no_rule_sends_nothing_is_read(flow: Flow) -> None:
    ready(flow)
    sell(flow, "1")
    read(flow)
    assert flow.count(Sale) == 1
    flow.rules(**{KEY: False})
    with selling(flow) as (company, store):
        assert not rounds.refresh(company, now())
        db.session.commit()
        assert store.sales_since is None
        left = db.session.scalars(select(Mirror).where(Mirror.kind.in_(sales_out.KINDS))).all()
        assert left == []


def test_many_sales_come_in_pages(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sync.queue.sales.PAGE", 2)
    ready(flow)
    for number in range(7):
        sell(flow, str(number))
    read(flow)
    assert flow.count(Sale) == 7
    with flow.app.app_context():
        row = db.session.get_one(
            Mirror, (db.session.scalars(select(Company.id)).one(), "SalesOrder")
        )
        assert (row.stale, row.problem, row.iterator_id) == (False, "", "")
        assert row.modified_until > "2026-11-24"


def test_a_store_that_fails_is_left_alone(flow: Flow, shop: FakeShipStation) -> None:
    ready(flow)
    sell(flow, "1")
    read(flow)
    shop.fault = always(status(503))
    with selling(flow) as (company, store):
        client = shop.client()
        list(rounds.send_due(company, store, client=client))
        client.http.close()
        assert store.sales_failures == 1
        assert "problem of its own" in store.sales_error
        assert store.sales_next_at is not None
        assert store.sales_next_at >= now() + FIRST_PAUSE - timedelta(minutes=1)
        assert due(company, "sales", now()) == []
        assert due(company, "sales", now() + FIRST_PAUSE) == [store]
        assert (
            "was not sent sales"
            in db.session.scalars(select(Event.text).where(Event.kind == "sales.failed")).one()
        )
        shop.fault = None
        client = shop.client()
        list(rounds.send_due(company, store, client=client))
        client.http.close()
        assert (store.sales_error, store.sales_failures) == ("", 0)
    assert flow.events("sales.recovered") == ["Dispatch takes sales again."]


def test_the_schedule_sends(
    flow: Flow, shop: FakeShipStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(flow)
    sell(flow, "1")
    read(flow)
    monkeypatch.setattr("app.sync.sales.rounds.client_of", lambda _store: shop.client())
    with selling(flow) as (company, _):
        assert "sales" in {one.key for one in entries(company)}
        run_now(company, "sales")
        while Scheduler(flow.app)._do_a_task():
            pass
    assert [one["orderNumber"] for one in shop.orders] == ["1"]


def test_the_command_shows_and_sends(
    flow: Flow, shop: FakeShipStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(flow)
    sell(flow, "1")
    read(flow)
    monkeypatch.setattr("app.sync.sales.dispatch.client_of", lambda _store: shop.client())
    with selling(flow) as (_, store):
        told = run("sales", flow.company_name, store.key)
        assert "would send Sales order 1 of Kern Lighting: 19.00" in told.out, told.err
        (would,) = run("sales", flow.company_name, store.key, "--json").json["would_send"]
        assert (would["sale"], would["total"]) == ("Sales order 1", "19.00")
        assert "1 sent, 0 left out" in run("sales", flow.company_name, store.key, "--send").out
        assert "0 would be sent" in run("sales", flow.company_name, store.key).out
        assert run("sales", flow.company_name, "nope").code == 1


def test_sales_of_an_earlier_day_are_read_when_asked_for(flow: Flow) -> None:
    ready(flow)
    with selling(flow) as (company, store):
        rounds.refresh(company, now())
        db.session.commit()
        rounds.since(company, store, datetime(2026, 10, 1, tzinfo=UTC))
        db.session.commit()
        rows = db.session.scalars(select(Mirror).where(Mirror.kind.in_(sales_out.KINDS))).all()
        assert {(row.modified_until, row.stale) for row in rows} == {("2026-09-29T20:00:00", True)}
        assert store.sales_since == datetime(2026, 10, 1, tzinfo=UTC)


def test_stores_that_take_sales() -> None:
    assert set(clients_with("sales")) == {"rulebooks", "shipstation"}


def test_the_page_shows_what_a_store_is_sent_and_why(flow: Flow, shop: FakeShipStation) -> None:
    ready(flow, False, (is_("sale.number", "1"), True))
    client = person(flow, "bookkeeper")
    assert "No sale was read yet" in client.get("/companies/1/sales").text
    sell(flow, "1")
    sell(flow, "2")
    read(flow)
    text = client.get("/companies/1/sales").text
    assert "Sales order 2" in text
    assert "Would be sent" in text
    assert "Send the sale to the store: Case 1" in text
    sent_to(flow, shop)
    text = client.get("/companies/1/sales?before=2").text
    assert "Sent</span>" in text
    assert "Sales order 2" not in text
    assert client.post("/companies/1/sales/send").status_code == 303
    with flow.app.app_context():
        assert db.session.get_one(Mirror, (1, "Invoice")).stale
    assert person(flow, "viewer").post("/companies/1/sales/send").status_code == 403
    for query in ("store=x", "before=x", "store=-1&before=-1"):
        assert client.get(f"/companies/1/sales?{query}").status_code == 200
