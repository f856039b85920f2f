"""Sales that are deleted or voided in QuickBooks after a store was sent them: none is shipped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
from sqlalchemy import select

from app.models import Company, Event, Mirror, Sale, SaleSent, db, now
from app.notify import letters
from app.schedule import run_now
from app.scheduler import Scheduler
from app.stores.base import SaleCancelled, SaleGone
from app.stores.errors import RequestRefused, StoreAnsweredOddly, StoreError
from app.sync import attention
from app.sync.sales import gone, rounds
from qbwc.practice import Faults
from tests.fake_shipstation import FakeShipStation
from tests.flows import Flow, flowing, is_
from tests.sales import read, selling
from tests.store_contract import always, status
from tests.test_sales import ready, sell, sent_to, states
from tests.test_web_attention import person


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def shop(flow: Flow) -> FakeShipStation:
    """A store that was sent an invoice and a sales order."""
    made = FakeShipStation()
    ready(flow)
    sell(flow, "1", "Invoice")
    sell(flow, "2")
    read(flow)
    assert sent_to(flow, made).sent == 2
    return made


def end(flow: Flow, kind: str, how: str) -> None:
    """A person deletes (Del) or voids (Void) the one transaction of a kind, and it is read."""
    txn = flow.txn(kind)
    flow.ask(
        f"<Txn{how}Rq><Txn{how}Type>{kind}</Txn{how}Type><TxnID>{txn.txn_id}</TxnID></Txn{how}Rq>"
    )
    read(flow)


def there(shop: FakeShipStation) -> dict[str, str]:
    """Number -> status of the store's orders."""
    return {one["orderNumber"]: one["orderStatus"] for one in shop.orders}


def refuses(request: httpx.Request, honest: Any) -> httpx.Response:
    """A store that changes no order."""
    if request.method == "POST":
        return httpx.Response(400, json={"message": "The order is locked."})
    answer: httpx.Response = honest()
    return answer


@pytest.mark.parametrize(
    ("kind", "how", "number", "word"),
    [
        ("Invoice", "Del", "1", "deleted"),
        ("Invoice", "Void", "1", "voided"),
        ("SalesOrder", "Del", "2", "deleted"),
    ],
)
def test_what_is_gone_is_cancelled_in_the_store_once(  # noqa: PLR0917
    flow: Flow, shop: FakeShipStation, kind: str, how: str, number: str, word: str
) -> None:
    before = {one["orderNumber"]: dict(one) for one in shop.orders}
    end(flow, kind, how)
    dry = sent_to(flow, shop, dry=True)
    assert [one.row.number for one in dry.would_cancel] == [number]
    assert set(there(shop).values()) == {"awaiting_shipment"}, "a dry run changes nothing"
    sent = sent_to(flow, shop)
    assert (sent.cancelled, sent.sent, sent.refused, sent.astray) == (1, 0, [], [])
    other = {"1": "2", "2": "1"}[number]
    assert there(shop) == {number: "cancelled", other: "awaiting_shipment"}
    assert len(shop.orders) == 2
    after = next(one for one in shop.orders if one["orderNumber"] == number)
    for kept in ("shipTo", "orderTotal", "internalNotes", "orderKey"):
        assert after[kept] == before[number][kept], "the rest of the order stays"
    assert states(flow)[number] == "cancelled"
    (text,) = flow.events("sale.cancelled")
    assert f"was {word} in QuickBooks: Dispatch ships it no more." in text
    asked = len(shop.requests)
    read(flow)
    assert sent_to(flow, shop).cancelled == 0
    assert len(shop.requests) == asked, "it is told once"
    assert len(flow.events("sale.cancelled")) == 1


def test_what_was_cancelled_before_the_power_failed_is_told_once(
    flow: Flow, shop: FakeShipStation
) -> None:
    end(flow, "Invoice", "Del")
    with flow.app.app_context():
        before = {one.id: one.state for one in db.session.scalars(select(SaleSent))}
    sent_to(flow, shop)
    with flow.app.app_context():
        for sent_id, state in before.items():
            db.session.get_one(SaleSent, sent_id).state = state
        db.session.commit()
    writes = [one for one in shop.requests if one.method == "POST"]
    assert sent_to(flow, shop).cancelled == 1
    assert [one for one in shop.requests if one.method == "POST"] == writes
    assert there(shop)["1"] == "cancelled"


def test_what_the_store_took_just_before_the_power_failed_is_cancelled_too(
    flow: Flow, shop: FakeShipStation
) -> None:
    with flow.app.app_context():
        db.session.execute(db.delete(SaleSent))
        db.session.commit()
    end(flow, "Invoice", "Del")
    assert sent_to(flow, shop).cancelled == 1
    assert there(shop)["1"] == "cancelled"


def test_what_no_store_was_sent_is_not_told(flow: Flow) -> None:
    shop = FakeShipStation()
    ready(flow, False, (is_("sale.kind", "sales_order"), True))
    sell(flow, "1", "Invoice")
    sell(flow, "2")
    read(flow)
    end(flow, "Invoice", "Void")
    end(flow, "SalesOrder", "Del")
    sent = sent_to(flow, shop)
    assert (sent.sent, sent.cancelled, shop.orders) == (0, 0, [])
    assert states(flow) == {"1": "left_out", "2": "left_out"}
    assert flow.events("sale.cancelled") == flow.events("sale.astray") == []
    assert [one.method for one in shop.requests] == ["GET"], "only whether it has the order"
    sent_to(flow, shop)
    assert len(shop.requests) == 1


def test_what_was_shipped_there_is_for_a_person(flow: Flow, shop: FakeShipStation) -> None:
    shop.ship(shop.orders[0], "2026-11-26", "1Z9")
    end(flow, "Invoice", "Del")
    sent = sent_to(flow, shop)
    assert sent.astray == [("Invoice 1", gone.SHIPPED)]
    assert there(shop)["1"] == "shipped"
    with selling(flow) as (company, store):
        (event,) = db.session.scalars(select(Event).where(Event.kind == "sale.astray"))
        assert (event.level, "shipped there already" in event.text) == ("error", True)
        assert attention.things(company) == 1
        text = letters.digest(company, now().date()).text()
        assert "Gone from QuickBooks, but not from a store: 1 sale" in text
        assert "1 thing needs you" in text
        client = shop.client()
        list(rounds.send_due(company, store, client=client))
        list(rounds.send_due(company, store, client=client))
        client.http.close()
    assert len(flow.events("sale.astray")) == 1, "its shipment is noted, and it stays as it is"
    web = person(flow, "bookkeeper")
    page = web.get("/companies/1/attention").text
    assert "Invoice 1" in page
    assert "shipped there already" in page
    assert "Gone from QuickBooks" in web.get("/companies/1/dashboard").text
    assert "Gone, but there" in web.get("/companies/1/sales").text
    with flow.app.app_context():
        row = db.session.scalars(select(SaleSent).where(SaleSent.state == "astray")).one()
        other = db.session.scalars(select(SaleSent).where(SaleSent.state != "astray")).one()
        row_id, other_id = row.id, other.id
    seen = f"/companies/1/attention/sales/{row_id}/seen"
    assert person(flow, "viewer").post(seen).status_code == 403
    for wrong in (other_id, row_id + 1000):
        web.post(f"/companies/1/attention/sales/{wrong}/seen")
    assert "Invoice 1" in web.get("/companies/1/attention").text
    assert web.post(seen).status_code == 303
    assert "Nothing needs you" in web.get("/companies/1/attention").text
    with flow.app.app_context():
        db.session.execute(db.update(SaleSent).values(at=now() - timedelta(days=9)))
        db.session.commit()
    with selling(flow) as (company, store):
        client = shop.client()
        list(rounds.send_due(company, store, client=client))
        client.http.close()
        assert attention.things(company) == 0, "what a person saw to does not come back"


def test_a_store_that_refuses_is_asked_again_and_told_of_once(
    flow: Flow, shop: FakeShipStation
) -> None:
    end(flow, "Invoice", "Void")
    shop.fault = refuses
    assert "The order is locked" in sent_to(flow, shop).astray[0][1]
    assert sent_to(flow, shop).astray == []
    with flow.app.app_context():
        db.session.execute(db.update(SaleSent).values(at=now() - timedelta(days=2)))
        db.session.commit()
    assert len(sent_to(flow, shop).astray) == 1
    assert len(flow.events("sale.astray")) == 1
    shop.fault = None
    with flow.app.app_context():
        db.session.execute(db.update(SaleSent).values(at=now() - timedelta(days=2)))
        db.session.commit()
    assert sent_to(flow, shop).cancelled == 1
    with selling(flow) as (company, _):
        assert attention.things(company) == 0


def test_one_that_is_shipped_while_it_is_cancelled_is_for_a_person(
    flow: Flow, shop: FakeShipStation
) -> None:
    end(flow, "Invoice", "Del")

    def ships_first(request: httpx.Request, honest: Any) -> httpx.Response:
        if request.method == "POST":
            shop.orders[0]["orderStatus"] = "shipped"
        answer: httpx.Response = honest()
        return answer

    shop.fault = ships_first
    assert sent_to(flow, shop).astray == [("Invoice 1", gone.SHIPPED)]


def test_a_store_that_does_not_answer_is_told_later(flow: Flow, shop: FakeShipStation) -> None:
    end(flow, "Invoice", "Del")
    shop.fault = always(status(503))
    with pytest.raises(StoreError):
        sent_to(flow, shop)
    assert states(flow)["1"] == "sent"
    shop.fault = None
    assert sent_to(flow, shop).cancelled == 1


def test_an_order_that_somebody_deleted_there_is_no_matter(
    flow: Flow, shop: FakeShipStation
) -> None:
    shop.orders.clear()
    end(flow, "Invoice", "Del")
    assert sent_to(flow, shop).cancelled == 1
    assert shop.orders == []


def test_what_comes_back_is_sent_again(flow: Flow, shop: FakeShipStation) -> None:
    """As when the company file is restored from a backup."""
    with flow.app.app_context():
        row = db.session.scalars(select(Sale).where(Sale.number == "1")).one()
        row.gone = "deleted"
        db.session.commit()
    assert sent_to(flow, shop).cancelled == 1
    read(flow)
    with flow.app.app_context():
        assert db.session.scalars(select(Sale).where(Sale.number == "1")).one().gone == ""
    assert sent_to(flow, shop).closed == 1
    assert "takes no change" in flow.events("sale.closed")[0]
    assert sent_to(flow, shop).closed == 0


def test_a_session_that_ends_anywhere_loses_no_deletion(flow: Flow, shop: FakeShipStation) -> None:
    txn = flow.txn("Invoice")
    flow.ask(f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{txn.txn_id}</TxnID></TxnDelRq>")
    for call in range(3, 9):
        flow.connector(Faults(stop_after_call=call)).run()
        sent_to(flow, shop)
    read(flow)
    sent_to(flow, shop)
    assert there(shop)["1"] == "cancelled"
    assert len(flow.events("sale.cancelled")) == 1


def test_another_companys_sale_is_not_touched(flow: Flow, shop: FakeShipStation) -> None:
    with selling(flow) as (company, _):
        other = Company(name="Other", username="other", password_digest="x", zone="UTC")
        db.session.add(other)
        db.session.flush()
        sale = db.session.scalars(select(Sale).where(Sale.number == "1")).one()
        twin = Sale(company_id=other.id, kind="Invoice", txn_id=sale.txn_id, number="1",
                    modified_at=now(), data={})  # fmt: skip
        db.session.add(twin)
        db.session.commit()
        twin_id = twin.id
        assert company.id != other.id
    txn = flow.txn("Invoice")
    flow.ask(f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{txn.txn_id}</TxnID></TxnDelRq>")
    with flow.app.app_context():
        db.session.execute(db.update(Mirror).values(stale=True))
        db.session.commit()
    flow.sync()
    with flow.app.app_context():
        rows = {one.id: one.gone for one in db.session.scalars(select(Sale))}
        assert rows.pop(twin_id) == ""
        assert set(rows.values()) == {"", "deleted"}


def test_the_command_tells(
    flow: Flow, shop: FakeShipStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    end(flow, "Invoice", "Del")
    monkeypatch.setattr("app.sync.sales.dispatch.client_of", lambda _store: shop.client())
    with selling(flow) as (_, store):
        key = store.key
    told = flow.run("sales", flow.company_name, key)
    assert "would cancel Invoice 1: it was deleted in QuickBooks" in told.out, told.err
    assert flow.run("sales", flow.company_name, key, "--send").code == 0
    assert there(shop)["1"] == "cancelled"


SALE = SaleGone(key="k", reference="90001", number="1", edit_sequence="7", how="deleted")


@pytest.mark.parametrize("row", [
    {"orderKey": "rulebooks-k", "orderStatus": "awaiting_shipment", "items": "<script>"},
    {"orderKey": "rulebooks-k", "orderStatus": "awaiting_shipment", "items": [7]},
])  # fmt: skip
def test_an_odd_answer_is_named(row: dict[str, Any]) -> None:
    shop = FakeShipStation()
    shop.fault = lambda request, _: httpx.Response(200, json=row)
    client = shop.client()
    with pytest.raises(StoreAnsweredOddly):
        client.cancel_sale(SALE)
    client.http.close()


def test_an_order_of_another_key_is_never_cancelled() -> None:
    """The reference may lead to an order that is not ours: ids are the store's word."""
    shop = FakeShipStation()
    shop.add(1)
    client = shop.client()
    assert client.cancel_sale(SALE).outcome == "unknown"
    client.http.close()
    assert there(shop) == {"1": "awaiting_shipment"}


def test_what_the_store_says_of_a_refusal_is_told() -> None:
    shop = FakeShipStation()
    shop.add(1)
    shop.orders[0]["orderKey"] = "rulebooks-k"
    shop.fault = refuses
    client = shop.client()
    with pytest.raises(RequestRefused, match="locked"):
        client.cancel_sale(SALE)
    client.http.close()
    assert json.loads(shop.requests[1].content)["orderStatus"] == "cancelled"


def test_a_shop_that_says_nothing_is_believed_to_have_shipped_what_it_told_of(
    flow: Flow, shop: FakeShipStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shop of one's own takes the message, and cannot say that it is too late."""
    monkeypatch.setattr(
        "app.stores.shipstation.client.ShipStation.cancel_sale",
        lambda _self, _sale: SaleCancelled("told"),
    )
    shop.ship(shop.orders[0], "2026-11-26", "1Z9")
    with selling(flow) as (company, store):
        client = shop.client()
        list(rounds.send_due(company, store, client=client))
        client.http.close()
    end(flow, "Invoice", "Del")
    end(flow, "SalesOrder", "Del")
    sent = sent_to(flow, shop)
    assert (sent.cancelled, sent.astray) == (1, [("Invoice 1", gone.SHIPPED)])
    assert states(flow) == {"1": "astray", "2": "cancelled"}


def test_old_shipments_of_what_was_cancelled_are_no_news(flow: Flow, shop: FakeShipStation) -> None:
    """Its label was voided there after we had read of it: the order could be cancelled."""
    shop.ship(shop.orders[0], "2026-11-26", "1Z9")
    with selling(flow) as (company, store):
        client = shop.client()
        list(rounds.send_due(company, store, client=client))
        client.http.close()
    shop.orders[0]["orderStatus"] = "awaiting_shipment"
    end(flow, "Invoice", "Del")
    for _ in range(3):
        with selling(flow) as (company, store):
            client = shop.client()
            list(rounds.send_due(company, store, client=client))
            client.http.close()
    assert states(flow)["1"] == "cancelled"
    assert len(flow.events("sale.cancelled")) == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_nodes_cancel_it_once(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = request.getfixturevalue("postgres") if kind == "postgresql" else None
    url = server.create(empty=True) if server else ""
    shop = FakeShipStation()
    monkeypatch.setattr("app.sync.sales.rounds.client_of", lambda _store: shop.client())
    with flowing(tmp_path, url) as flow:
        ready(flow)
        for number in ("1", "2"):
            sell(flow, number, "Invoice" if number == "1" else "SalesOrder")
        read(flow)
        assert sent_to(flow, shop).sent == 2
        end(flow, "Invoice", "Void")
        end(flow, "SalesOrder", "Del")
        with selling(flow) as (company, _):
            run_now(company, "sales")
        shop.requests.clear()

        def node(_: int) -> None:
            while Scheduler(flow.app)._do_a_task():
                pass

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(node, range(3)))
        written = [one for one in shop.requests if one.method == "POST"]
        assert [json.loads(one.content)["orderStatus"] for one in written] == ["cancelled"] * 2
        assert set(there(shop).values()) == {"cancelled"}
        assert len(flow.events("sale.cancelled")) == 2
        assert "Cancelled" in person(flow, "bookkeeper").get("/companies/1/sales").text
    if server:
        server.drop(url)
