"""A custom shop: its orders come by the API, and it is told by signed webhooks how they stand."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import httpx
import pytest
import stamina
from flask import Flask

from app.models import Company, Event, Order, Store, db, now
from app.schedule.kinds import kinds
from app.stores.base import SaleGone, Shipment
from app.stores.errors import SettingsRefused, StoreError
from app.stores.formats import Shop
from app.stores.rulebooks.client import RulebooksSettings, RulebooksStore, key_of, signature
from app.sync.intake import due_stores
from app.sync.intake.submit import submit
from app.sync.stores import add_store, probe
from app.sync.tell import stores_to_tell, tell
from rules_library.sale import Sale, SaleLine
from tests.flows import Flow, order
from tests.store_contract import cut, html, status
from tests.web_site import Site

SECRET = "a secret that both sides know"
URL = "https://shop.example.com/hooks/rulebooks"


class Hook:
    """The shop's end: what came, and what it answers."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: Callable[[], httpx.Response] = lambda: httpx.Response(204)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer()

    def client(self, **settings: Any) -> RulebooksStore:
        read = RulebooksSettings.read({"url": URL, "secret": SECRET} | settings)
        http = RulebooksStore.connect(read, transport=httpx.MockTransport(self))
        return RulebooksStore(read, Shop(key="shop", type="rulebooks"), http)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(one.content) for one in self.requests]


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def hook() -> Hook:
    return Hook()


@pytest.fixture
def company(empty_site: Flask) -> Iterator[Company]:
    """A company with a custom shop."""
    yield from opened(empty_site)


@pytest.fixture
def any_company(any_site: Site) -> Iterator[Company]:
    """The same on each database in turn."""
    yield from opened(any_site.app)


def opened(app: Flask) -> Iterator[Company]:
    with app.app_context():
        made = Company(name="Grove", username="grove", password_digest="", zone="UTC")
        db.session.add(made)
        db.session.flush()
        add_store(made, "rulebooks", {"url": URL, "secret": SECRET}, key="shop")
        db.session.commit()
        yield made


def sold(company: Company, *numbers: str) -> Store:
    """The shop, with orders that were decided."""
    store = company.stores[0]
    submit(company, store, [order(number) for number in numbers])
    for row in db.session.query(Order).filter_by(store_id=store.id):
        row.state, row.untold = "held", True
        row.reasons = ["QuickBooks has no item."]
    db.session.commit()
    return store


def test_a_message_is_signed_as_standard_webhooks_says() -> None:
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert signature(
        key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    ) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="  # fmt: skip


def test_a_shop_is_told_how_its_order_stands(company: Company, hook: Hook) -> None:
    store = sold(company, "1001")
    assert list(tell(store, client=hook.client())) == [1]
    (sent,) = hook.requests
    assert str(sent.url) == URL
    assert sent.headers["content-type"] == "application/json"
    assert hook.bodies == [
        {
            "type": "order.status",
            "store": "shop",
            "data": {
                "source_id": order("1001")["source_id"], "number": "1001", "state": "held",
                "reasons": ["QuickBooks has no item."], "documents": [],
            },
        }
    ]  # fmt: skip
    stamp, message = sent.headers["webhook-timestamp"], sent.headers["webhook-id"]
    assert abs(int(stamp) - now().timestamp()) < 60
    signed = f"{message}.{stamp}.".encode() + sent.content
    made = base64.b64encode(hmac.new(SECRET.encode(), signed, sha256).digest()).decode()
    assert sent.headers["webhook-signature"] == f"v1,{made}"
    assert SECRET not in str(sent.headers) + sent.content.decode()


def test_nothing_is_told_twice(any_company: Company, hook: Hook) -> None:
    store = sold(any_company, "1001", "1002")
    assert list(tell(store, client=hook.client())) == [2]
    assert list(tell(store, client=hook.client())) == []
    db.session.query(Order).filter_by(number="1001").one().untold = True
    db.session.commit()
    assert list(tell(store, client=hook.client())) == [0]
    assert len(hook.requests) == 2


def test_a_change_while_the_shop_is_told_is_told_next(company: Company, hook: Hook) -> None:
    store = sold(company, "1001")

    def meanwhile() -> httpx.Response:
        db.session.query(Order).one().state = "skipped"
        db.session.commit()
        hook.answer = lambda: httpx.Response(200, json={"thanks": True})
        return hook.answer()

    hook.answer = meanwhile
    list(tell(store, client=hook.client()))
    list(tell(store, client=hook.client()))
    assert [one["data"]["state"] for one in hook.bodies] == ["held", "skipped"]


@pytest.mark.parametrize("make", [status(503), status(429), cut], ids=["503", "429", "broken off"])
def test_what_passes_is_tried_again_as_the_same_message(
    company: Company, hook: Hook, make: Callable[[], httpx.Response]
) -> None:
    store = sold(company, "1001")

    def first() -> httpx.Response:
        hook.answer = lambda: httpx.Response(202)
        return make()

    hook.answer = first
    assert list(tell(store, client=hook.client())) == [1]
    assert len({one.headers["webhook-id"] for one in hook.requests}) == 1
    assert len(hook.requests) == 2


@pytest.mark.parametrize(
    ("make", "words"),
    [(status(500), "problem of its own"), (html, "web page"), (status(404), "address")],
)
def test_a_shop_that_is_away_is_told_later_and_the_newest(
    company: Company, hook: Hook, make: Callable[[], httpx.Response], words: str
) -> None:
    store = sold(company, "1001")
    hook.answer = make
    assert list(tell(store, client=hook.client())) == []
    assert words in store.error
    assert words in db.session.query(Event).filter_by(kind="store.failed").one().text
    assert SECRET not in store.error
    assert stores_to_tell(company, now()) == []
    db.session.query(Order).one().state = "skipped"
    db.session.commit()
    hook.requests.clear()
    hook.answer = lambda: httpx.Response(200)
    assert store.next_pull_at is not None
    assert stores_to_tell(company, store.next_pull_at) == [store]
    assert list(tell(store, client=hook.client())) == [1]
    assert hook.bodies[0]["data"]["state"] == "skipped"
    assert (store.error, store.failures) == ("", 0)


def test_a_shop_that_refuses_us_is_told_no_more_until_it_is_mended(
    company: Company, hook: Hook
) -> None:
    store = sold(company, "1001")
    hook.answer = status(401)
    list(tell(store, client=hook.client()))
    assert store.stopped
    assert stores_to_tell(company, store.next_pull_at or now()) == []


def test_a_posted_order_is_told_with_its_transaction(flow: Flow, hook: Hook) -> None:
    flow.rules()
    flow.post(order("1001"))
    with flow.app.app_context():
        row = db.session.query(Order).one()
        list(tell(row.store, client=hook.client()))
        told = hook.bodies[0]["data"]
        assert told["state"] == "posted"
        document = told["documents"][0]
        assert document["txn_id"] == flow.txn(document["kind"]).txn_id
        assert document["ref_number"] == "1001"
        assert list(tell(row.store, client=hook.client())) == []


def test_the_schedule_tells_the_shops(company: Company) -> None:
    sold(company)
    assert list(kinds()["tell"].run(company, now())) == ["Told 0 orders' state."]


def test_a_shop_without_an_address_is_told_nothing(company: Company, hook: Hook) -> None:
    store = sold(company, "1001")
    client = hook.client(url="")
    assert client.check().text == "Orders come in by the API; the shop is told nothing."
    assert list(tell(store, client=client)) == []
    assert hook.requests == []
    assert store.error == ""


def test_a_shipment_is_told_under_its_key(hook: Hook) -> None:
    client = hook.client()
    shipment = Shipment("A-1", "s-1", tracking_number="1Z999", carrier="UPS")
    assert client.push_fulfilment(shipment).outcome == "told"
    client.push_fulfilment(shipment)
    first, second = hook.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert hook.bodies[0]["type"] == "order.shipped"
    assert hook.bodies[0]["data"]["tracking_number"] == "1Z999"


def test_a_sale_of_quickbooks_is_told_as_it_is(hook: Hook) -> None:
    client = hook.client()
    sale = Sale(
        kind="invoice", txn_id="1-2", edit_sequence="7", number="1042", sold_on=date(2026, 11, 2),
        total=Decimal("19.00"),
        lines=(SaleLine(line_id="3", item="HAM-16", kind="goods", quantity=Decimal(3)),),
    )  # fmt: skip
    assert client.push_sale(sale, "key").outcome == "taken"
    client.push_sale(sale, "key")
    client.push_sale(replace(sale, edit_sequence="8"), "key")
    ids = [one.headers["webhook-id"] for one in hook.requests]
    assert (ids[0] == ids[1], ids[1] == ids[2]) == (True, False)
    body = hook.bodies[0]
    assert body["type"] == "sale"
    data = body["data"]
    assert (data["key"], data["total"], data["sold_on"]) == ("key", "19.00", "2026-11-02")
    assert data["lines"][0]["quantity"] == "3"


def test_a_sale_that_is_gone_is_told_under_its_key(hook: Hook) -> None:
    client = hook.client()
    sale = SaleGone(key="key", reference="", number="1042", edit_sequence="7", how="voided")
    assert client.cancel_sale(sale).outcome == "told"
    client.cancel_sale(sale)
    client.cancel_sale(replace(sale, edit_sequence="8"))
    ids = [one.headers["webhook-id"] for one in hook.requests]
    assert (ids[0] == ids[1], ids[1] == ids[2]) == (True, False)
    assert hook.bodies[0]["type"] == "sale.cancelled"
    assert hook.bodies[0]["data"] == {
        "key": "key", "number": "1042", "edit_sequence": "7", "reason": "voided"
    }  # fmt: skip


def test_the_shop_is_never_asked_for_orders(company: Company) -> None:
    assert due_stores() == []


def test_the_test_of_the_connection_sends_a_ping(company: Company, hook: Hook) -> None:
    store = company.stores[0]
    assert probe(store, client=hook.client()).text == "The shop takes our messages."
    assert hook.bodies[0]["type"] == "ping"
    hook.answer = status(500)
    with pytest.raises(StoreError, match="problem of its own"):
        probe(store, client=hook.client())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "https://10.0.0.1/hook"}, "internal address"),
        ({"url": "https://169.254.169.254/latest"}, "internal address"),
        ({"url": "http://shop.example.com/hook"}, "not encrypted"),
        ({"url": "https://user:word@shop.example.com"}, "user name or password"),
        ({"url": "ftp://shop.example.com"}, "https://"),
        ({"secret": "short"}, "shorter than 24"),
        ({"secret": "whsec_%%%"}, "no base64"),
        ({"secret": ""}, "is needed"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(
    company: Company, given: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsRefused, match=said):
        add_store(company, "rulebooks", {"url": URL, "secret": SECRET} | given, key="other")
