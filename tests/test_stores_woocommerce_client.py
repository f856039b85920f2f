"""WooCommerce's client: the traps that its REST API has, each as it was verified on a real shop."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
import stamina
from flask import Flask

from app.models import Company, Order, Store, db
from app.stores.base import Shipment, StockChange
from app.stores.errors import (
    AddressRefused,
    CredentialsRefused,
    NotOffered,
    SettingsRefused,
    SignatureRefused,
    StoreAnsweredHtml,
    StoreNotFound,
)
from app.stores.formats import RawOrder, Shop
from app.stores.woocommerce.client import WooCommerce, WooCommerceSettings
from app.sync.intake import pull, reread, translate
from tests.fake_woocommerce import FakeWooCommerce, stamp
from tests.store_contract import START
from tests.store_server import served


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def shop() -> FakeWooCommerce:
    return FakeWooCommerce()


@pytest.fixture
def store(sqlite_app: Flask) -> Iterator[Store]:
    with sqlite_app.app_context():
        company = Company(name="Grove", username="grove", password_digest="", zone="UTC")
        made = Store(company=company, key="shop", type="woocommerce", name="Shop", settings={})
        db.session.add_all([company, made])
        db.session.commit()
        yield made


def ids(shop: FakeWooCommerce, since: datetime | None = None) -> list[str]:
    return [
        item.source_id
        for page in shop.client().orders(since)
        for item in page.items
        if isinstance(item, RawOrder)
    ]


def in_one_second(shop: FakeWooCommerce, count: int) -> None:
    shop.add(count)
    for order in shop.orders:
        order["date_modified_gmt"] = stamp(START)


def test_times_are_asked_for_as_utc_and_pages_hold_a_hundred(shop: FakeWooCommerce) -> None:
    shop.add(3)
    ids(shop, START)
    asked = dict(shop.requests[0].url.params)
    assert (asked["dates_are_gmt"], asked["per_page"], asked["status"]) == ("true", "100", "any")
    assert asked["modified_after"] == "2026-11-01T08:59:59"


def test_an_order_of_the_very_second_comes_although_the_shop_compares_strictly(
    shop: FakeWooCommerce,
) -> None:
    shop.add(1)
    assert ids(shop, START + timedelta(minutes=1)) == ["1"]


@pytest.mark.parametrize("since", [START, START - timedelta(days=1), None])
def test_more_orders_in_one_second_than_a_page_holds_all_come(
    shop: FakeWooCommerce, since: datetime | None
) -> None:
    in_one_second(shop, 350)
    assert set(ids(shop, since)) == {str(number) for number in range(1, 351)}


def test_no_order_is_left_out_while_others_change_and_leave_the_list(shop: FakeWooCommerce) -> None:
    shop.add(350)
    pages = [0]

    def change() -> None:
        pages[0] += 1
        for order in shop.orders[pages[0] * 7 : pages[0] * 7 + 5]:
            shop.touch(order, shop.clock + timedelta(minutes=pages[0]))

    shop.before_page = change
    first = set(ids(shop, START))
    moved = {str(one["id"]) for one in shop.orders if changed(one) > shop.clock}
    assert first | moved == {str(number) for number in range(1, 351)}


def changed(order: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(order["date_modified_gmt"]).replace(tzinfo=UTC)


def test_orders_of_one_second_that_leave_while_it_is_read_hide_none(shop: FakeWooCommerce) -> None:
    in_one_second(shop, 350)
    calls = [0]

    def change() -> None:
        calls[0] += 1
        if calls[0] in {2, 3}:
            for order in shop.orders[:40]:
                shop.touch(order, shop.clock + timedelta(minutes=calls[0]))

    shop.before_page = change
    assert set(ids(shop, START)) >= {str(number) for number in range(41, 351)}


def test_a_shop_that_gives_fewer_a_page_than_asked_is_read_whole(shop: FakeWooCommerce) -> None:
    shop.largest_page = 30
    shop.add(100)
    assert len(set(ids(shop, START))) == 100


def test_an_order_too_large_for_a_page_is_asked_for_with_fewer(
    shop: FakeWooCommerce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stores.http.LARGEST", 40_000)
    shop.add(90)
    assert len(set(ids(shop, START))) == 90
    assert {one.url.params["per_page"] for one in shop.requests} == {"100", "20"}


def test_an_old_woocommerce_that_ignores_the_time_of_change_is_told(
    shop: FakeWooCommerce, store: Store
) -> None:
    shop.add(30)
    shop.ignores_changes = True
    store.watermark = START + timedelta(minutes=20)
    assert "WooCommerce 5.8" in pull(store, client=shop.client()).error


def test_refunds_come_with_their_order(shop: FakeWooCommerce, store: Store) -> None:
    shop.add(2)
    shop.refund(shop.orders[0], "4.00", START + timedelta(hours=1))
    pull(store, client=shop.client())
    order = translate(db.session.query(Order).filter_by(source_id="1").one())
    assert [(one.total, one.created_at) for one in order.refunds] == [
        (Decimal("4.00"), START + timedelta(hours=1))
    ]


def test_more_refunds_than_a_page_holds_all_come(shop: FakeWooCommerce) -> None:
    shop.add(1)
    for number in range(120):
        shop.refund(shop.orders[0], "0.01", START + timedelta(hours=1, seconds=number))
    (item,) = next(iter(shop.client().orders(START))).items
    assert isinstance(item, RawOrder)
    assert len(item.raw["_supplement"]["refunds"]) == 120


def test_a_deleted_refund_is_gone_when_the_order_is_read_again(
    shop: FakeWooCommerce, store: Store
) -> None:
    shop.add(1)
    shop.refund(shop.orders[0], "4.00", START + timedelta(hours=1))
    pull(store, client=shop.client())
    shop.refunds.clear()
    shop.orders[0]["refunds"] = []
    assert pull(store, client=shop.client()).received.changed == 1
    assert translate(db.session.query(Order).one()).refunds == ()


def test_a_trashed_order_is_found_by_reading_it_again(shop: FakeWooCommerce, store: Store) -> None:
    shop.add(3)
    pull(store, client=shop.client())
    order = shop.orders.pop(1)
    order["status"] = "trash"
    shop.trash.append(order)
    assert pull(store, client=shop.client()).received.changed == 0
    assert reread(store, client=shop.client(), days=10_000).received.changed == 1
    row = db.session.query(Order).filter_by(source_id="2").one()
    assert translate(row).status == "cancelled"
    assert row.due
    shop.orders.append(shop.trash.pop())
    order["status"] = "processing"
    reread(store, client=shop.client(), days=10_000)
    assert translate(row).status == "open"


def test_fulfillments_come_where_the_shop_keeps_them(shop: FakeWooCommerce) -> None:
    shop.add(1)
    order = shop.orders[0]
    line = order["line_items"][0]["id"]
    client = shop.client()
    order["meta_data"] = [{"id": 1, "key": "_fulfillment_status", "value": "fulfilled"}]
    assert client.order("1")
    shop.fulfillments = {}
    client.push_fulfilment(Shipment("1", "key", tracking_number="1Z9", carrier="UPS"))
    (item,) = client.order("1")
    assert isinstance(item, RawOrder)
    sent = client.format.translate(item.raw, Shop(key="s", type="woocommerce")).fulfillments
    assert [(one.tracking_numbers, one.lines[0].line_id) for one in sent] == [(("1Z9",), str(line))]


def test_an_order_is_found_by_a_number_that_is_not_its_id(shop: FakeWooCommerce) -> None:
    shop.add(12)
    shop.orders[4]["number"] = "WEB-77"
    shop.orders[6]["number"] = "5"
    client = shop.client()
    assert [one.source_id for one in client.order("WEB-77")] == ["5"]
    assert [one.source_id for one in client.order("5")] == ["7"]


def product(number: int, sku: str, quantity: int | None, **more: Any) -> dict[str, Any]:
    kind = "variation" if more.get("parent_id") else "simple"
    return {"id": number, "sku": sku, "type": kind, "manage_stock": quantity is not None,
            "stock_quantity": quantity, **more}  # fmt: skip


def pushed(shop: FakeWooCommerce, *, dry: bool = False, **quantities: str) -> dict[str, str]:
    changes = [StockChange(sku, Decimal(quantity)) for sku, quantity in quantities.items()]
    done = shop.client().push_stock(changes, dry=dry)
    return {one.change.sku: one.reason or one.outcome for one in done}


def test_stock_is_set_where_it_differs(shop: FakeWooCommerce) -> None:
    shop.products = [product(1, "A", 5), product(2, "B", 7), product(3, "C", 1, parent_id=9)]
    assert pushed(shop, A="5", B="9.7", C="4") == {"A": "same", "B": "changed", "C": "changed"}
    assert [one["stock_quantity"] for one in shop.products] == [5, 9, 4]
    assert {one.url.path for one in shop.requests if one.method == "POST"} == {
        "/wp-json/wc/v3/products/batch",
        "/wp-json/wc/v3/products/9/variations/batch",
    }


def test_a_dry_run_of_stock_writes_nothing(shop: FakeWooCommerce) -> None:
    shop.products = [product(1, "A", 5)]
    assert pushed(shop, dry=True, A="6") == {"A": "would_change"}
    assert shop.products[0]["stock_quantity"] == 5


def test_stock_goes_in_batches_of_a_hundred(shop: FakeWooCommerce) -> None:
    shop.products = [product(number, f"S{number}", 0) for number in range(1, 251)]
    done = pushed(shop, **{f"S{number}": "3" for number in range(1, 251)})
    assert set(done.values()) == {"changed"}
    assert [one.method for one in shop.requests].count("POST") == 3


def test_stock_that_cannot_be_set_is_said_and_does_not_stop_the_rest(shop: FakeWooCommerce) -> None:
    shop.products = [
        product(1, "A", 5), product(2, "TWO", 1), product(3, "TWO", 1),
        product(4, "UNCOUNTED", None),
    ]  # fmt: skip
    changes = [StockChange(sku, Decimal(8)) for sku in ("NONE", "TWO", "UNCOUNTED", "X,Y", "A")]
    done = list(shop.client().push_stock(changes))
    assert [one.outcome for one in done] == ["refused"] * 4 + ["changed"]
    assert [
        word for word, one in zip(
            ("no article", "Several", "does not count", "comma"), done, strict=False
        ) if word in one.reason
    ] == ["no article", "Several", "does not count", "comma"]  # fmt: skip


@pytest.mark.parametrize("way", ["automatic", "fulfillments", "plugin", "note"])
def test_a_tracking_number_is_told_once_by_each_way(shop: FakeWooCommerce, way: str) -> None:
    shop.add(1, lines=2)
    shop.settings = shop.settings | {"tracking": way}
    shop.fulfillments = {} if way != "plugin" else None
    shop.trackings = {} if way == "plugin" else None
    shipment = Shipment("1", "key", tracking_number="1Z9", carrier="UPS", tracking_url="https://u")
    outcomes = [shop.client().push_fulfilment(shipment).outcome for _ in range(2)]
    assert outcomes == ["told", "known"]
    kept = {"note": shop.notes, "plugin": shop.trackings}.get(way, shop.fulfillments)
    assert kept is not None
    assert len(kept[1]) == 1
    assert "1Z9" in str(kept[1])


def test_automatic_takes_the_plugin_and_then_the_note(shop: FakeWooCommerce) -> None:
    shop.add(2)
    shop.trackings = {}
    shop.client().push_fulfilment(Shipment("1", "a", tracking_number="1"))
    shop.trackings, kept = None, shop.trackings
    shop.client().push_fulfilment(Shipment("2", "b", tracking_number="2"))
    assert (len(kept[1]), len(shop.notes[2])) == (1, 1)


def test_a_shipment_of_a_part_holds_only_what_is_left_of_its_lines(shop: FakeWooCommerce) -> None:
    shop.add(1, lines=2)
    shop.fulfillments = {}
    one, two = (str(line["id"]) for line in shop.orders[0]["line_items"])
    client = shop.client()
    client.push_fulfilment(Shipment("1", "a", tracking_number="1", lines={one: Decimal(3)}))
    client.push_fulfilment(Shipment("1", "b", tracking_number="2"))
    items = [
        next(meta["value"] for meta in sent["meta_data"] if meta["key"] == "_items")
        for sent in shop.fulfillments[1]
    ]
    assert items == [[{"item_id": int(one), "qty": 1}], [{"item_id": int(two), "qty": 1}]]


def test_a_way_that_the_shop_does_not_have_is_said(shop: FakeWooCommerce) -> None:
    shop.add(1)
    for way in ("fulfillments", "plugin"):
        shop.settings = shop.settings | {"tracking": way}
        with pytest.raises(NotOffered):
            shop.client().push_fulfilment(Shipment("1", "key", tracking_number="1"))


def test_the_order_is_completed_if_that_is_wished(shop: FakeWooCommerce) -> None:
    shop.add(1)
    shop.settings = shop.settings | {"complete_orders": True}
    shop.client().push_fulfilment(Shipment("1", "key", tracking_number="1"))
    assert shop.orders[0]["status"] == "completed"


def signed(body: bytes, secret: str = "hook") -> dict[str, str]:
    made = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"x-wc-webhook-topic": "order.updated", "x-wc-webhook-signature": made,
            "X-WC-Webhook-Delivery-ID": "d1"}  # fmt: skip


def test_a_signed_webhook_says_which_order_to_fetch(shop: FakeWooCommerce) -> None:
    settings = WooCommerceSettings.read(shop.settings)
    body = b'{"id": 17, "total": "1.00"}'
    found = WooCommerce.webhook(settings, signed(body), body)
    assert (found.topic, found.order_ids, found.delivery) == ("order.updated", ("17",), "d1")
    with pytest.raises(SignatureRefused):
        WooCommerce.webhook(settings, signed(body), body + b" ")
    with pytest.raises(SignatureRefused):
        WooCommerce.webhook(settings, signed(body, "other"), body)


def test_without_a_secret_no_webhook_is_believed(shop: FakeWooCommerce) -> None:
    settings = WooCommerceSettings.read(shop.settings | {"webhook_secret": ""})
    with pytest.raises(SignatureRefused):
        WooCommerce.webhook(settings, signed(b"{}", ""), b"{}")


def test_the_unsigned_sign_of_a_webhooks_creation_fetches_nothing(shop: FakeWooCommerce) -> None:
    settings = WooCommerceSettings.read(shop.settings)
    assert WooCommerce.webhook(settings, {}, b"webhook_id=1").order_ids == ()
    with pytest.raises(SignatureRefused):
        WooCommerce.webhook(settings, {}, b"webhook_id=1&x=2")


@pytest.mark.parametrize(
    ("entered", "kept"),
    [
        ("shop.example.com/", "https://shop.example.com"),
        ("https://shop.example.com/wp-json/wc/v3/", "https://shop.example.com"),
        (" https://shop.example.com/shop/wp-admin ", "https://shop.example.com/shop"),
    ],
)
def test_the_address_is_taken_however_it_was_copied(
    shop: FakeWooCommerce, entered: str, kept: str
) -> None:
    assert WooCommerceSettings.read(shop.settings | {"url": entered}).url == kept


def test_settings_that_cannot_be_used_are_named_without_their_values(shop: FakeWooCommerce) -> None:
    given = {"url": "shop.example.com", "consumer_key": "cs_x1", "consumer_secret": "ck_x2", "z": 1}
    with pytest.raises(SettingsRefused) as told:
        WooCommerceSettings.read(given)
    said = str(told.value)
    assert "Consumer key: it must begin with ck_" in said
    assert "Consumer secret: it must begin with cs_" in said
    assert "is no setting" in said
    assert "x1" not in said
    assert "x2" not in said


def test_plain_http_to_another_computer_is_refused(shop: FakeWooCommerce) -> None:
    shop.settings = shop.settings | {"url": "http://shop.example.com"}
    with pytest.raises(AddressRefused, match="not encrypted"):
        shop.client()


def test_over_https_the_key_goes_in_the_header_or_if_wished_in_the_address(
    shop: FakeWooCommerce,
) -> None:
    shop.client().check()
    assert shop.requests[-1].headers["authorization"].startswith("Basic ")
    assert "consumer_key" not in str(shop.requests[-1].url)
    shop.settings = shop.settings | {"key_in_query": True}
    shop.client().check()
    assert "authorization" not in shop.requests[-1].headers
    assert shop.requests[-1].url.params["consumer_secret"] == shop.secret


def test_over_http_on_this_computer_requests_are_signed_as_woocommerce_checks_it(
    shop: FakeWooCommerce,
) -> None:
    shop.add(2)
    nonces = []

    def answer(request: httpx.Request) -> httpx.Response:
        nonces.append(request.url.params["oauth_nonce"])
        assert "authorization" not in request.headers
        assert shop.secret not in str(request.url)
        assert request.url.params["oauth_signature"] == wordpress_signature(request, shop.secret)
        return shop.answer(request)

    with served(answer) as address:
        settings = WooCommerceSettings.read(shop.settings | {"url": address})
        http = WooCommerce.connect(settings)
        client = WooCommerce(settings, Shop(key="s", type="woocommerce"), http)
        assert client.check().zone == "America/New_York"
        assert [one.source_id for page in client.orders(START) for one in page.items] == ["1", "2"]
        http.close()
    assert len(set(nonces)) == len(nonces)


def wordpress_signature(request: httpx.Request, secret: str) -> str:
    """WC_REST_Authentication::check_oauth_signature, put into Python line by line."""
    query = request.url.query.decode().split("&")
    pairs = dict(one.split("=", 1) for one in query)
    params = {unquote(key): unquote(value) for key, value in pairs.items()}
    del params["oauth_signature"]
    joined = "%26".join(
        f"{_raw(key).replace('%', '%25')}%3D{_raw(value).replace('%', '%25')}"
        for key, value in sorted(params.items())
    )
    address = f"http://{request.url.netloc.decode()}{request.url.path}"
    text = f"{request.method}&{_raw(address)}&{joined}"
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _raw(text: str) -> str:
    return quote(text, safe="-_.~")


def test_a_wordpress_without_woocommerce_is_told(shop: FakeWooCommerce) -> None:
    index = {"name": "Blog", "namespaces": ["wp/v2"]}
    shop.fault = lambda request, honest: httpx.Response(200, json=index)
    with pytest.raises(StoreNotFound, match="Activate WooCommerce"):
        shop.client().check()


def test_plain_permalinks_are_told(shop: FakeWooCommerce) -> None:
    shop.fault = lambda request, honest: httpx.Response(404, html="<!DOCTYPE html>Not found")
    with pytest.raises(StoreAnsweredHtml, match="must not be Plain"):
        shop.client().check()


def test_a_refused_key_may_be_one_that_the_host_strips(shop: FakeWooCommerce) -> None:
    def fault(request: httpx.Request, honest: Any) -> httpx.Response:
        if request.url.path.endswith("/orders"):
            return httpx.Response(401, json={"code": "woocommerce_rest_cannot_view"})
        return honest()  # type: ignore[no-any-return]

    shop.fault = fault
    with pytest.raises(CredentialsRefused, match="Send the key in the address"):
        shop.client().check()
