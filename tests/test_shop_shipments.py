"""A shop is told that its order is shipped, as QuickBooks or a shipping tool says; once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stamina
import time_machine
from sqlalchemy import select

from app.models import Company, Event, Mirror, ShopShipment, Store, Task, db, now
from app.rules import current_rulebook
from app.schedule import entries, run_now
from app.schedule.rows import TaskBusyError, alone
from app.scheduler import Scheduler
from app.sync.intake import pull
from app.sync.sales import rounds
from app.sync.sales.shipments import REFUSED, telling
from app.sync.stores import add_store
from qbwc.planning import sales_out
from rules_library.decision import decisions_of
from rules_library.rulebook import Rulebook
from tests.fake_shipstation import FakeShipStation
from tests.fake_woocommerce import FakeWooCommerce
from tests.flows import Flow
from tests.sales import selling
from tests.store_contract import always
from tests.test_sales import SALE, sent_to
from tests.test_web_attention import person

TELL, TRACKING = "tell_shipment", "tracking_number"
KIND = "SalesOrder"


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


def told(**rules: Any) -> tuple[str | None, str]:
    given = {key: {"logic": logic} for key, logic in rules.items()}
    book = Rulebook.from_file({"rulebooks": 1, "rules": given, "tables": {}})
    return sales_out.told_to_shop(book, SALE, "web", "woocommerce")


def test_every_decision_about_sales_is_tried() -> None:
    """What goes to a store, and what is written back, in test_sales and test_sales_shipped."""
    assert {one.key for one in decisions_of("sale")} == {
        TELL, TRACKING, "send_sale_to_store", "shipment_back_as",
    }  # fmt: skip


def test_a_decision_says_whether_and_with_which_number() -> None:
    assert told() == (None, ""), "off unless a rule says otherwise"
    assert told(**{TELL: True}) == (SALE.other, "")
    assert told(**{TELL: True, TRACKING: {"var": "sale.memo"}}) == (SALE.memo, "")
    assert told(**{TELL: True, TRACKING: " 1Z9 "}) == ("1Z9", "")
    assert told(**{TELL: True, TRACKING: None}) == ("", ""), "not shipped yet"
    number, fault = told(**{TELL: {"/": [1, 0]}})
    assert number is None
    assert "cannot be used" in fault


@pytest.fixture
def shop(flow: Flow) -> FakeWooCommerce:
    """A shop whose two orders are sales orders in QuickBooks, which is read for shipments."""
    made = FakeWooCommerce()
    made.fulfillments = {}
    made.add(2)
    flow.rules(transaction_type="sales_order", **{TELL: True})
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        store = add_store(company, "woocommerce", made.settings, key="shop", name="Web shop")
        db.session.commit()
        assert not pull(store, client=made.client()).error
        rounds.refresh_shipments(company, now())
        store.fulfilment_since = store.created_at.replace(year=2020)
        db.session.commit()
    flow.sync()
    assert len(flow.txns(KIND)) == 2
    read(flow)
    return made


def read(flow: Flow) -> None:
    """A session reads the sales that changed."""
    with flow.app.app_context():
        db.session.execute(
            db.update(Mirror).where(Mirror.kind.in_(sales_out.KINDS)).values(stale=True)
        )
        db.session.commit()
    flow.sync()


def ship(flow: Flow, tracking: str, number: str = "1") -> None:
    """A person enters ship date and tracking number in QuickBooks."""
    (txn,) = [one for one in flow.txns(KIND) if one.ref_number == number]
    flow.ask(
        f"<{KIND}ModRq><{KIND}Mod><TxnID>{txn.txn_id}</TxnID>"
        f"<EditSequence>{txn.edit_sequence}</EditSequence><ShipDate>2026-11-26</ShipDate>"
        f"<Other>{tracking}</Other></{KIND}Mod></{KIND}ModRq>"
    )
    read(flow)


def tell(flow: Flow, shop: FakeWooCommerce) -> str:
    """A round of the schedule; what is wrong with the store."""
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        store = db.session.scalars(select(Store).where(Store.key == "shop")).one()
        client = shop.client()
        list(rounds.tell_shipments(company, store, client=client))
        client.http.close()
        return str(store.fulfilment_error)


def states(flow: Flow) -> list[tuple[str, str]]:
    with flow.app.app_context():
        rows = db.session.scalars(select(ShopShipment).order_by(ShopShipment.sale_id))
        return [(row.state, row.tracking) for row in rows]


def posts(shop: FakeWooCommerce) -> int:
    return sum(one.method in {"POST", "PUT"} for one in shop.requests)


def numbers(shop: FakeWooCommerce) -> str:
    return str(shop.fulfillments)


def test_a_tracking_number_that_is_entered_in_quickbooks_reaches_the_shop_once(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    tell(flow, shop)
    assert states(flow) == [("waiting", ""), ("waiting", "")]
    assert posts(shop) == 0
    ship(flow, "1Z9")
    assert tell(flow, shop) == ""
    assert states(flow) == [("told", "1Z9"), ("waiting", "")]
    assert "1Z9" in numbers(shop)
    before = posts(shop)
    read(flow)
    tell(flow, shop)
    assert posts(shop) == before, "nothing is told twice"
    (text,) = flow.events("shipment.told")
    assert text == "Web shop was told that order 1 is shipped, tracking number 1Z9."
    with flow.app.app_context():
        event = db.session.scalars(select(Event).where(Event.kind == "shipment.told")).one()
        assert event.order_id, "it stands on the order's page"


def test_another_change_tells_nothing_and_another_number_has_to_be_changed_in_the_shop(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    ship(flow, "1Z9")
    tell(flow, shop)
    before = posts(shop)
    ship(flow, "1Z9")
    tell(flow, shop)
    assert posts(shop) == before
    ship(flow, "1Z8")
    tell(flow, shop)
    tell(flow, shop)
    assert posts(shop) == before, "all of it is shipped there"
    (text,) = flow.events("shipment.known")
    assert text.endswith("takes no other tracking number: change it to 1Z8 there.")


def test_a_power_failure_after_the_shop_took_it_tells_it_once(
    flow: Flow, shop: FakeWooCommerce, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: Any) -> None:
        raise KeyboardInterrupt

    ship(flow, "1Z9")
    with monkeypatch.context() as patch:
        patch.setattr("app.sync.sales.shipments._log", cut)
        with pytest.raises(KeyboardInterrupt):
            tell(flow, shop)
    assert "1Z9" in numbers(shop)
    before = numbers(shop)
    tell(flow, shop)
    assert numbers(shop) == before
    assert ("known", "1Z9") in states(flow)


def test_a_shop_that_is_away_is_told_later_and_loses_nothing(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    ship(flow, "1Z9")
    shop.fault = always(lambda: httpx.Response(503, text="down"))
    assert tell(flow, shop)
    assert states(flow) == []
    assert len(flow.events("fulfilment.failed")) == 1
    shop.fault = None
    assert tell(flow, shop) == ""
    assert ("told", "1Z9") in states(flow)
    assert flow.events("fulfilment.recovered") == ["Web shop takes word of shipments again."]


def test_a_shop_whose_settings_cannot_be_used_is_told_so(flow: Flow, shop: FakeWooCommerce) -> None:
    ship(flow, "1Z9")
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        store = db.session.scalars(select(Store).where(Store.key == "shop")).one()
        store.settings = {}
        db.session.commit()
        assert list(rounds.tell_shipments(company, store)) == []
        assert store.fulfilment_error
    assert len(flow.events("fulfilment.failed")) == 1


def test_what_the_shop_refuses_is_told_in_the_log_once_and_again_after_a_day(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    ship(flow, "1Z9")
    gone = shop.orders.pop(0)
    tell(flow, shop)
    tell(flow, shop)
    assert states(flow)[0] == ("refused", "")
    (text,) = flow.events("shipment.refused")
    assert text.startswith("Web shop was not told that order 1 is shipped: ")
    shop.orders.insert(0, gone)
    with time_machine.travel(now() + REFUSED * 2):
        tell(flow, shop)
    assert states(flow)[0] == ("told", "1Z9")


def test_a_dry_run_tells_nothing_and_says_what_it_would(flow: Flow, shop: FakeWooCommerce) -> None:
    ship(flow, "1Z9")
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        store = db.session.scalars(select(Store).where(Store.key == "shop")).one()
        *_, found = telling(company, store, dry=True, client=shop.client())
        assert [(one.order.number, one.tracking) for one in found.would_tell] == [("1", "1Z9")]
    assert posts(shop) == 0
    assert states(flow) == []


def test_without_a_rule_no_shop_is_told_and_quickbooks_is_not_read(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    ship(flow, "1Z9")
    flow.rules(transaction_type="sales_order")
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        run_now(company, "shipments")
        while Scheduler(flow.app)._do_a_task():
            pass
        (said,) = [one.said for one in entries(company) if one.key == "shipments"]
        assert said == "No rule tells a shop of shipments."
        kinds = sales_out.KINDS
        assert not db.session.scalars(select(Mirror).where(Mirror.kind.in_(kinds))).all()
    assert posts(shop) == 0


def test_what_the_shipping_tool_shipped_of_a_shops_order_goes_back_to_the_shop(
    flow: Flow, shop: FakeWooCommerce
) -> None:
    tool = FakeShipStation()
    flow.rules(
        transaction_type="sales_order",
        send_sale_to_store={"if": [{"is": [{"var": "store.type"}, "shipstation"]}, True, False]},
        shipment_back_as="none",
        **{TELL: True},
    )
    with selling(flow) as (company, store):
        rounds.refresh(company, now())
        store.sales_since = store.created_at.replace(year=2020)
        db.session.commit()
    sent_to(flow, tool)
    tell(flow, shop)
    assert states(flow) == [("waiting", ""), ("waiting", "")]
    assert len(tool.orders) == 2
    (ours,) = [one for one in tool.orders if one["orderNumber"] == "1"]
    with time_machine.travel(now()):
        tool.ship(ours, "2026-11-26", "1ZTOOL")
        with selling(flow) as (company, store):
            list(rounds.send_due(company, store, client=tool.client()))
            assert store.sales_error == ""
        assert tell(flow, shop) == ""
    assert ("told", "1ZTOOL") in states(flow)
    assert "1ZTOOL" in numbers(shop)


def test_the_rules_are_asked_again_when_they_change(flow: Flow, shop: FakeWooCommerce) -> None:
    never = {"is": [{"var": "sale.number"}, "nothing"]}
    flow.rules(transaction_type="sales_order", **{TELL: {"if": [never, True, False]}})
    ship(flow, "1Z9")
    tell(flow, shop)
    assert states(flow) == [("waiting", ""), ("waiting", "")]
    flow.rules(transaction_type="sales_order", **{TELL: True})
    with flow.app.app_context():
        assert current_rulebook(db.session.scalars(select(Company)).one())[0]
    tell(flow, shop)
    assert ("told", "1Z9") in states(flow)


def test_the_page_shows_what_a_shop_would_be_told(flow: Flow, shop: FakeWooCommerce) -> None:
    client = person(flow, "bookkeeper")
    ship(flow, "1Z9")
    text = client.get("/companies/1/shipments").text
    assert "Would be told" in text
    assert "1Z9" in text
    assert "No number yet" in text
    assert posts(shop) == 0
    assert states(flow) == []
    tell(flow, shop)
    text = client.get("/companies/1/shipments").text
    assert "Told</span>" in text
    assert "Would be told" not in text
    newest = re.search(r"/orders/(\d+)", text)
    assert newest
    ship(flow, "1Z8")
    assert "Would be told" in client.get("/companies/1/shipments").text
    shop.fault = always(lambda: httpx.Response(400, json={"message": "No such order."}))
    ship(flow, "2Z1", "2")
    tell(flow, shop)
    shop.fault = None
    text = client.get("/companies/1/shipments?before=99999").text
    assert "Refused" in text
    assert "No such order." in text
    flow.rules(transaction_type="sales_order", **{TELL: False})
    text = client.get("/companies/1/shipments").text
    assert "No rule tells a shop of shipments" in text
    flow.rules(transaction_type="sales_order", **{TELL: {"/": [1, 0]}})
    assert "Rule fails" in client.get("/companies/1/shipments").text
    for query in ("store=x", "before=x", "store=-1&before=-1", "before=99999999999999999999"):
        assert client.get(f"/companies/1/shipments?{query}").status_code == 200


def test_the_page_has_a_button_for_those_who_may(flow: Flow, shop: FakeWooCommerce) -> None:
    client = person(flow, "bookkeeper")
    assert client.post("/companies/1/shipments/tell").status_code == 303
    with flow.app.app_context():
        assert db.session.get_one(Mirror, (1, KIND)).stale
    viewer = person(flow, "viewer")
    assert viewer.get("/companies/1/shipments").status_code == 200
    assert viewer.post("/companies/1/shipments/tell").status_code == 403


def test_the_command_shows_and_tells(
    flow: Flow, shop: FakeWooCommerce, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship(flow, "1Z9")
    monkeypatch.setattr("app.sync.sales.shipments.client_of", lambda _store: shop.client())
    shown = flow.run("shipments", flow.company_name, "shop")
    assert "would tell of order 1: 1Z9 (Sales order 1)" in shown.out, shown.err
    assert "1 would be told, 0 known there, 1 not shipped yet, 0 refused." in shown.out
    assert posts(shop) == 0
    assert states(flow) == []
    assert "1 told" in flow.run("shipments", flow.company_name, "shop", "--tell").out
    assert "1Z9" in numbers(shop)
    assert "0 would be told" in flow.run("shipments", flow.company_name, "shop").out
    assert flow.run("shipments", flow.company_name, "nope").code == 1
    flow.rules(transaction_type="sales_order", **{TELL: False})
    assert "No rule" in flow.run("shipments", flow.company_name, "shop").err


def test_the_command_and_a_server_never_tell_at_once(
    flow: Flow, shop: FakeWooCommerce, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship(flow, "1Z9")
    monkeypatch.setattr("app.sync.sales.shipments.client_of", lambda _store: shop.client())
    with flow.app.app_context():
        company_id = db.session.scalars(select(Company.id)).one()
        with alone(company_id, "shipments"):
            busy = flow.run("shipments", flow.company_name, "shop", "--tell")
            assert "is being done by a server at this moment" in busy.err
            assert posts(shop) == 0
            with pytest.raises(TaskBusyError), alone(company_id, "shipments"):
                pass
            assert flow.run("shipments", flow.company_name, "shop").code == 0, "looking is free"
            with alone(company_id, "sales"):
                pass
    assert "1 told" in flow.run("shipments", flow.company_name, "shop", "--tell").out
    with flow.app.app_context():
        task = db.session.scalars(select(Task).where(Task.kind == "shipments")).one()
        assert (task.lease, task.lease_until) == ("", None)


def test_a_server_that_took_over_stops_the_command(
    flow: Flow, shop: FakeWooCommerce, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship(flow, "1Z9")
    ship(flow, "2Z9", "2")
    monkeypatch.setattr("app.sync.sales.shipments.client_of", lambda _store: shop.client())

    def another(request: httpx.Request, honest: Any) -> httpx.Response:
        if request.method == "POST":
            with flow.app.app_context(), db.engine.begin() as connection:
                connection.execute(db.update(Task).values(lease="another"))
        answer: httpx.Response = honest()
        return answer

    shop.fault = another
    told = flow.run("shipments", flow.company_name, "shop", "--tell")
    assert "A server has taken over" in told.err
    assert [state for state, _ in states(flow)] == ["told"], "the second is the other's"
