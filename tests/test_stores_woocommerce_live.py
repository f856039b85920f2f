"""A real WooCommerce shop, when WOO_URL, WOO_KEY and WOO_SECRET name one that may be written to.

A certificate that the shop signed itself is trusted when SSL_CERT_FILE names it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.stores.base import Shipment, StockChange
from app.stores.formats import RawOrder, Shop
from app.stores.woocommerce.client import WooCommerce, WooCommerceSettings

GIVEN = {name: os.environ.get(f"WOO_{name}", "") for name in ("URL", "KEY", "SECRET")}
pytestmark = pytest.mark.skipif(
    not all(GIVEN.values()), reason="WOO_URL, WOO_KEY and WOO_SECRET name no shop"
)


@pytest.fixture
def client() -> Iterator[WooCommerce]:
    settings = WooCommerceSettings.read(
        {"url": GIVEN["URL"], "consumer_key": GIVEN["KEY"], "consumer_secret": GIVEN["SECRET"]}
    )
    http = WooCommerce.connect(settings)
    yield WooCommerce(settings, Shop(key="live", type="woocommerce"), http)
    http.close()


@pytest.fixture
def made(client: WooCommerce) -> Iterator[dict[str, Any]]:
    """A product with stock, and an order of it."""
    http = client.http
    sku = f"RB-{os.getpid()}-{os.urandom(3).hex()}"
    product = http.json("POST", "wc/v3/products", body={
        "name": "Rulebooks test", "type": "simple", "regular_price": "12.50", "sku": sku,
        "manage_stock": True, "stock_quantity": 40,
    }).value  # fmt: skip
    order = http.json("POST", "wc/v3/orders", body={
        "status": "processing", "set_paid": True, "payment_method": "cod",
        "billing": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"},
        "line_items": [{"product_id": product["id"], "quantity": 2}],
    }).value  # fmt: skip
    yield {"sku": sku, "product": product, "order": order}
    force = {"force": "true"}
    http.json("DELETE", f"wc/v3/orders/{order['id']}", params=force, accept=(404,))
    http.json("DELETE", f"wc/v3/products/{product['id']}", params=force)


def stamp(order: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(f"{order['date_modified_gmt']}+00:00")


def since(client: WooCommerce, moment: datetime) -> dict[str, RawOrder]:
    return {
        item.source_id: item
        for page in client.orders(moment)
        for item in page.items
        if isinstance(item, RawOrder)
    }


def test_the_connection_is_tested(client: WooCommerce) -> None:
    found = client.check()
    assert found.text
    assert len(found.currency) == 3


def test_an_order_of_the_very_second_comes_and_adds_up(
    client: WooCommerce, made: dict[str, Any]
) -> None:
    found = since(client, stamp(made["order"]))
    item = found[str(made["order"]["id"])]
    order = client.format.translate(item.raw, client.shop)
    assert (order.difference, order.lines[0].quantity) == (0, 2)


def test_a_refund_comes_with_its_order_and_goes_with_it(
    client: WooCommerce, made: dict[str, Any]
) -> None:
    number = str(made["order"]["id"])
    path = f"wc/v3/orders/{number}/refunds"
    body = {"amount": "5.00", "api_refund": False}
    refund = client.http.json("POST", path, body=body).value
    (item,) = client.order(number)
    assert isinstance(item, RawOrder)
    order = client.format.translate(item.raw, client.shop)
    assert [one.total for one in order.refunds] == [Decimal("5.00")]
    client.http.json("DELETE", f"{path}/{refund['id']}", params={"force": "true"})
    (found,) = client.reread([number])
    (again,) = found.items
    assert isinstance(again, RawOrder)
    assert client.format.translate(again.raw, client.shop).refunds == ()


def test_a_trashed_order_is_found_and_a_deleted_one_is_gone(
    client: WooCommerce, made: dict[str, Any]
) -> None:
    number = str(made["order"]["id"])
    client.http.json("DELETE", f"wc/v3/orders/{number}")
    assert number not in since(client, stamp(made["order"]) - timedelta(seconds=1))
    (found,) = client.reread([number])
    (item,) = found.items
    assert isinstance(item, RawOrder)
    assert client.format.translate(item.raw, client.shop).status == "cancelled"
    client.http.json("DELETE", f"wc/v3/orders/{number}", params={"force": "true"})
    (found,) = client.reread([number])
    assert list(found.gone) == [number]


def test_stock_is_set(client: WooCommerce, made: dict[str, Any]) -> None:
    change = StockChange(made["sku"], Decimal(17))
    assert [one.outcome for one in client.push_stock([change])] == ["changed"]
    assert [one.outcome for one in client.push_stock([change])] == ["same"]
    path = f"wc/v3/products/{made['product']['id']}"
    assert client.http.json("GET", path).value["stock_quantity"] == 17


def test_a_tracking_number_is_told_once(client: WooCommerce, made: dict[str, Any]) -> None:
    shipment = Shipment(str(made["order"]["id"]), "key-1", tracking_number="1Z9", carrier="UPS")
    assert [client.push_fulfilment(shipment).outcome for _ in range(2)] == ["told", "known"]
