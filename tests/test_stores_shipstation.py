"""ShipStation: its times without a zone, discounts, shipments, its pace, word of shipments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import stamina

from app.stores.base import Shipment
from app.stores.errors import RequestRefused, SettingsRefused, SignatureRefused, StoreBusy
from app.stores.formats import RawOrder, Shop, format_named, read
from app.stores.payload import parse
from app.stores.shipstation.client import ShipStation, ShipStationSettings
from rules_library.order import Order
from tests.conftest import shared
from tests.fake_shipstation import FakeShipStation, Row, local
from tests.store_contract import always, status


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5):
        yield


@pytest.fixture
def shop() -> FakeShipStation:
    return FakeShipStation()


def read_ids(shop: FakeShipStation, since: datetime | None = None) -> list[int]:
    """The numbers of every order that a pull brings, as often as it brings it."""
    client = shop.client()
    pages = list(client.orders(since))
    client.http.close()
    found = [one for page in pages for one in page.items if isinstance(one, RawOrder)]
    return [int(one.source_id) - 90_000 for one in found]


def translated(raw: Row) -> Order:
    (raw,) = parse(json.dumps(raw, default=float))
    return format_named("shipstation").translate(raw, Shop(key="s", type="shipstation"))


def only(shop: FakeShipStation) -> Order:
    """The shop's one order as a pull brings it."""
    client = shop.client()
    (page,) = client.orders(None)
    client.http.close()
    (item,) = page.items
    assert isinstance(item, RawOrder)
    return translated(item.raw)


def test_times_are_pacific() -> None:
    made = FakeShipStation().make(1, datetime(2026, 7, 1, 12, 0, tzinfo=UTC), 1)
    assert made["orderDate"].startswith("2026-07-01T05:00:00")
    assert translated(made).placed_at == datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def test_in_the_hour_that_comes_twice_nothing_is_missed(shop: FakeShipStation) -> None:
    """On 1 November 2026 the clock goes from 01:59 back to 01:00 at 09:00 UTC."""
    first, second = (datetime(2026, 11, 1, 8, 45, tzinfo=UTC),
                     datetime(2026, 11, 1, 9, 10, tzinfo=UTC))  # fmt: skip
    shop.orders = [shop.make(1, first, 1), shop.make(2, second, 1)]
    assert local(second) < local(first)
    assert set(read_ids(shop, first)) == {1, 2}
    assert 2 in read_ids(shop, second)
    client = shop.client()
    (page,) = client.orders(None)
    client.http.close()
    assert page.watermark == first


def test_more_orders_in_one_second_than_a_page_holds_all_come(shop: FakeShipStation) -> None:
    shop.add(350)
    for one in shop.orders[20:300]:
        shop.touch(one, datetime(2026, 11, 3, 12, tzinfo=UTC))
    assert set(read_ids(shop)) == set(range(1, 351))


def test_a_discount_stands_in_the_lines(shop: FakeShipStation) -> None:
    shop.add(1, lines=2)
    shop.orders[0]["items"].append({
        "orderItemId": 9, "sku": "TENOFF", "name": "10% off", "quantity": 1, "unitPrice": -2.01,
        "adjustment": True,
    })  # fmt: skip
    shop.orders[0] |= {"orderTotal": 24.49, "taxAmount": 1.5, "shippingAmount": 5.0}
    order = only(shop)
    assert (order.total, order.difference) == (Decimal("24.49"), 0)
    assert [line.net for line in order.lines] == [Decimal("8.99"), Decimal("9.00")]
    assert [(one.title, one.amount) for one in order.discounts] == [("10% off", Decimal("2.01"))]
    assert [(one.name, one.net) for one in order.charges] == [("Priority Mail", 5)]


def test_a_discount_of_more_than_the_lines_is_a_charge(shop: FakeShipStation) -> None:
    shop.add(1)
    shop.orders[0]["items"].append({
        "orderItemId": 9, "name": "Goodwill", "quantity": 1, "unitPrice": -12, "adjustment": True,
    })  # fmt: skip
    shop.orders[0] |= {"orderTotal": 3.0, "shippingAmount": 5.0}
    order = only(shop)
    assert order.difference == 0
    assert {one.name: one.net for one in order.charges} == {"Priority Mail": 5, "Goodwill": -12}


def test_a_total_that_is_no_sum_of_its_parts_is_told(shop: FakeShipStation) -> None:
    shop.add(1)
    shop.orders[0]["orderTotal"] = 11.0
    assert only(shop).difference == 1


@pytest.mark.parametrize(
    ("said", "paid", "expected"),
    [
        ("awaiting_payment", 0, ("open", "pending", "unfulfilled")),
        ("awaiting_shipment", 4, ("open", "partially_paid", "unfulfilled")),
        ("on_hold", 10, ("open", "paid", "on_hold")),
        ("shipped", 10, ("completed", "paid", "fulfilled")),
        ("cancelled", 10, ("cancelled", "paid", "unfulfilled")),
    ],
)
def test_states(shop: FakeShipStation, said: str, paid: int, expected: tuple[str, ...]) -> None:
    shop.add(1)
    shop.orders[0] |= {"orderStatus": said, "amountPaid": paid}
    order = only(shop)
    assert (order.status, order.payment_status, order.fulfillment_status) == expected
    assert order.is_called_off == (said == "cancelled")


def test_a_shipped_order_has_its_tracking_number_and_no_void_label(shop: FakeShipStation) -> None:
    shop.add(1, lines=2)
    shop.ship(shop.orders[0], "2026-11-05", "1Z999")
    shop.ship(shop.orders[0], "2026-11-05", "void", voided=True)
    shop.ship(shop.orders[0], "2026-11-05", "return", isReturnLabel=True)
    order = only(shop)
    (sent,) = order.fulfillments
    assert (sent.tracking_numbers, sent.carrier, len(sent.lines)) == (("1Z999",), "ups", 2)
    assert [line.quantity_fulfilled for line in order.lines] == [1, 1]


def test_many_shipments_of_a_day_are_asked_for_at_once(shop: FakeShipStation) -> None:
    shop.add(40)
    for one in shop.orders[:30]:
        shop.ship(one, "2026-11-05", f"1Z{one['orderId']}")
    shop.ship(shop.orders[30], "2026-11-06", "alone")
    client = shop.client()
    (page,) = client.orders(None)
    client.http.close()
    asked = [one for one in shop.requests if one.url.path == "/shipments"]
    assert len(asked) == 2
    orders = [translated(one.raw) for one in page.items if isinstance(one, RawOrder)]
    numbers = {order.number: order.fulfillments for order in orders if order.fulfillments}
    assert numbers["1"][0].tracking_numbers == ("1Z90001",)
    assert numbers["31"][0].tracking_numbers == ("alone",)
    assert len(numbers) == 31


def test_an_order_that_was_shipped_elsewhere_is_shipped(shop: FakeShipStation) -> None:
    shop.add(1)
    shop.orders[0]["orderStatus"] = "shipped"
    order = only(shop)
    assert order.fulfillments[0].lines[0].quantity == 1
    assert order.fulfillments[0].tracking_numbers == ()


def test_a_shipment_is_told_once(shop: FakeShipStation) -> None:
    shop.add(1)
    client = shop.client()
    told = Shipment("90001", "key", "1Z9", "UPS", shipped_at=datetime(2026, 11, 6, 2, tzinfo=UTC))
    assert client.push_fulfilment(told).outcome == "told"
    assert client.push_fulfilment(told).outcome == "known"
    client.http.close()
    (made,) = shop.fulfillments
    assert (made["trackingNumber"], made["carrierCode"]) == ("1Z9", "ups")
    assert made["shipDate"] == "2026-11-05"
    assert only(shop).fulfillments[0].tracking_numbers == ("1Z9",)


def test_a_part_of_an_order_cannot_be_marked_as_shipped(shop: FakeShipStation) -> None:
    shop.add(1, lines=2)
    first, second = (str(one["orderItemId"]) for one in shop.orders[0]["items"])
    client = shop.client()
    with pytest.raises(RequestRefused, match="only as a whole"):
        client.push_fulfilment(Shipment("90001", "key", lines={first: Decimal(1)}))
    with pytest.raises(RequestRefused, match="no such order"):
        client.push_fulfilment(Shipment("1", "key"))
    whole = {first: Decimal(1), second: Decimal(1)}
    assert client.push_fulfilment(Shipment("90001", "key", lines=whole)).outcome == "told"
    client.http.close()


def test_it_waits_until_the_window_of_requests_is_over(
    shop: FakeShipStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("app.stores.pace.time.sleep", waited.append)
    shop.add(1)

    def spent(request: httpx.Request, honest: Any) -> httpx.Response:
        answer: httpx.Response = honest()
        answer.headers["x-rate-limit-remaining"] = "0"
        answer.headers["x-rate-limit-reset"] = "25"
        return answer

    shop.fault = spent
    client = shop.client()
    client.check()
    client.http.close()
    assert [round(one) for one in waited] == [25]


def test_it_says_for_how_long_it_wants_to_be_left_alone(shop: FakeShipStation) -> None:
    shop.fault = always(status(429, x_rate_limit_reset="600"))
    client = shop.client()
    with pytest.raises(StoreBusy) as told:
        client.check()
    client.http.close()
    assert told.value.retry_after == timedelta(minutes=10)
    assert len(shop.requests) == 1


def test_the_currency_is_three_letters() -> None:
    with pytest.raises(SettingsRefused, match="three letters"):
        ShipStationSettings.read({"api_key": "k", "api_secret": "s", "currency": "dollars"})


def test_the_sample_of_the_documentation_has_no_id() -> None:
    text = shared("orders/shipstation/create_order_docs_sample_0.json").read_bytes()
    with pytest.raises(ValueError, match="no orders"):
        read("shipstation", text, Shop(key="s", type="shipstation"))
    order = translated({**json.loads(text), "orderId": 7, "orderTotal": 194.43})
    assert order.difference == 0
    assert order.discounts[0].amount == Decimal("20.55")


NOTIFY = b'{"resource_url": "https://evil.example/orders", "resource_type": "SHIP_NOTIFY"}'


def hooked(query: dict[str, str] | None, body: bytes = NOTIFY, secret: str = "hook7") -> Any:
    settings = ShipStation.settings_model.read(
        FakeShipStation.settings | {"webhook_secret": secret}
    )
    return ShipStation.webhook(settings, {"X-Key": "hook7"}, body, query)


def test_a_webhook_is_a_hint_and_nothing_more() -> None:
    """Nothing in it is proven: no id is taken from it, and its address is never asked for."""
    found = hooked({"key": "hook7"})
    assert (found.topic, found.is_hint, found.order_ids, found.delivery) == (
        "SHIP_NOTIFY", True, (), "",
    )  # fmt: skip
    for body in (b"[]", b"{}", b'{"resource_type": ["SHIP_NOTIFY"]}', b'{"resource_type": "x"}'):
        assert hooked({"key": "hook7"}, body).topic == ""


@pytest.mark.parametrize("query", [None, {}, {"key": ""}, {"key": "hook"}, {"key": "hook77"},
                                   {"key": "h\u00f6\ud800"}, {"Key": "hook7"}])  # fmt: skip
def test_a_webhook_without_the_key_is_refused(query: dict[str, str] | None) -> None:
    with pytest.raises(SignatureRefused):
        hooked(query)
    with pytest.raises(SignatureRefused):
        hooked(query, secret="")


@pytest.mark.parametrize("body", [b"", b"x", b"[" * 9_000, b"\xff\xfe"])
def test_a_webhook_without_json_is_refused(body: bytes) -> None:
    with pytest.raises(SignatureRefused):
        hooked({"key": "hook7"}, body)
