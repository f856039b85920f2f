"""Shopify's client: our queries run on Shopify's published schema, over a shop's data."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import stamina

from app.stores.base import Shipment, StockChange
from app.stores.errors import (
    CredentialsRefused,
    PermissionMissing,
    RequestRefused,
    SettingsRefused,
    SignatureRefused,
    StoreBusy,
)
from app.stores.formats import RawOrder, Shop
from app.stores.shopify import bulk, queries
from app.stores.shopify.client import Shopify, ShopifySettings
from rules_library.order import Order
from tests.fake_shopify import FakeShopify, document, gid, money, stamp
from tests.store_contract import START


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """How long our code wanted to sleep."""
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    with stamina.set_testing(True, attempts=3):
        yield slept


@pytest.fixture
def shop() -> FakeShopify:
    return FakeShopify()


def pulled(shop: FakeShopify, *, first: bool = False) -> list[Order]:
    client = shop.client()
    return [
        client.format.translate(item.raw, Shop(key="shop", type="shopify"))
        for page in client.orders(START, first=first)
        for item in page.items
        if isinstance(item, RawOrder)
    ]


def refund(order: dict[str, Any], lines: int, *, number: int = 1) -> dict[str, Any]:
    """A refund of so many of the order's lines, of ten dollars each."""
    made = {
        "__typename": "Refund", "id": gid("Refund", f"{order['id'][-4:]}{number}"),
        "createdAt": order["updatedAt"], "processedAt": order["updatedAt"], "note": "Too big",
        "totalRefundedSet": money(f"{10 * lines}.0"), "duties": [],
        "refundLineItems": [
            {"id": gid("RefundLineItem", int(line["id"].rsplit("/", 1)[-1]) * 10 + number),
             "quantity": 1, "restockType": "RETURN",
             "restocked": True, "lineItem": line, "subtotalSet": money("10.0"),
             "totalTaxSet": money("0.0")}
            for line in order["lineItems"][:lines]
        ],
        "refundShippingLines": [], "orderAdjustments": [],
        "transactions": [{
            "__typename": "OrderTransaction", "id": gid("OrderTransaction", f"77{number}"),
            "kind": "REFUND", "status": "SUCCESS", "gateway": "shopify_payments",
            "createdAt": order["updatedAt"], "processedAt": order["updatedAt"],
            "amountSet": money(f"{10 * lines}.0"), "fees": [],
        }],
    }  # fmt: skip
    order["refunds"].append(made)
    order["transactions"] += made["transactions"]
    order["displayFinancialStatus"] = "PARTIALLY_REFUNDED"
    return made


ALL = {
    name: value for name, value in vars(queries).items()
    if name.isupper() and isinstance(value, str) and "{" in value
    and not name.startswith("_") and name != "BULK_ORDERS"
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_each_query_is_valid_and_asks_for_nothing_deprecated(shop: FakeShopify, name: str) -> None:
    assert document(ALL[name])


@pytest.mark.parametrize("name", queries.MORE, ids=".".join)
def test_so_is_each_query_for_what_lies_beyond_a_page(
    shop: FakeShopify, name: tuple[str, str]
) -> None:
    assert document(queries.MORE[name])


def test_lines_beyond_the_first_page_come(shop: FakeShopify) -> None:
    shop.add(2, lines=600)
    found = pulled(shop)
    assert [(len(one.lines), one.total, one.difference) for one in found] == [(600, 6000, 0)] * 2
    assert shop.asked.count("More") == 6


def test_refunded_lines_beyond_the_first_page_come(shop: FakeShopify) -> None:
    shop.add(1, lines=50)
    refund(shop.orders[0], 40)
    (order,) = pulled(shop)
    (back,) = order.refunds
    assert (len(back.lines), back.total, back.difference) == (40, 400, 0)


def test_more_refunds_than_are_asked_for_at_first_come(shop: FakeShopify) -> None:
    shop.add(1, lines=30)
    for number in range(30):
        refund(shop.orders[0], 1, number=number)
    (order,) = pulled(shop)
    assert len(order.refunds) == 30
    assert len({one.source_id for one in order.refunds}) == 30


def test_no_sign_of_pages_is_left_in_what_is_kept(shop: FakeShopify) -> None:
    shop.add(1, lines=60)
    refund(shop.orders[0], 3)
    (item,) = next(iter(shop.client().orders(START))).items
    assert isinstance(item, RawOrder)
    assert "pageInfo" not in str(item.raw)
    shop.largest_first = 2
    (again,) = next(iter(shop.client().orders(START))).items
    assert isinstance(again, RawOrder)
    assert again.raw == item.raw


def test_a_query_that_costs_too_much_is_asked_in_smaller_pieces(shop: FakeShopify) -> None:
    shop.add(30)
    shop.largest_first = 3
    assert len(pulled(shop)) == 30
    client = shop.client()
    assert [one.source_id for one in client.order("#1004")] == ["5004"]
    assert sum(len(one.items) for one in client.reread(["5001", "5002", "5003"])) == 3


def test_a_query_that_costs_too_much_however_small_is_told(shop: FakeShopify) -> None:
    shop.add(1)
    shop.largest_first = 0
    with pytest.raises(Exception, match="exceeds the single query max cost"):
        pulled(shop)


def test_throttled_questions_are_asked_again_after_a_pause(
    shop: FakeShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add(3)
    shop.throttled = 3
    assert len(pulled(shop)) == 3
    shop.throttled = 1000
    with pytest.raises(StoreBusy):
        pulled(shop)


def test_the_pause_is_what_the_cost_needs(
    shop: FakeShopify, monkeypatch: pytest.MonkeyPatch, naps: list[float]
) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 1000.0)
    client = shop.client()
    assert isinstance(client, Shopify)
    client.api.bucket.learn(available=20, rate=50, largest=2000)
    client.check()
    assert naps == [pytest.approx((100 - 20) / 50)]


def test_a_token_is_asked_for_once_and_again_when_it_is_refused(shop: FakeShopify) -> None:
    shop.add(30)
    client = shop.client()
    assert isinstance(client, Shopify)
    list(client.orders(START))
    client.check()
    assert shop.tokens == 1
    client.api.token._fresh = "shpat_expired"
    client.check()
    assert shop.tokens == 2


def test_a_wrong_client_secret_is_told_in_words(shop: FakeShopify) -> None:
    shop.settings = shop.settings | {"client_secret": "shpss_wrong"}
    with pytest.raises(CredentialsRefused, match="Dev Dashboard") as told:
        shop.client().check()
    assert told.value.stops
    assert "shpss_wrong" not in str(told.value)


def test_an_old_apps_token_needs_nothing_else(shop: FakeShopify) -> None:
    shop.settings = {"shop": "grove", "access_token": "shpat_old"}
    shop.add(1)
    assert len(pulled(shop)) == 1
    assert shop.tokens == 0
    shop.settings = {"shop": "grove", "access_token": "shpat_revoked"}
    with pytest.raises(CredentialsRefused):
        pulled(shop)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"shop": "shop.example.com", "access_token": "x"}, "must be the address that ends in"),
        ({"shop": "grove.myshopify.com.evil.example", "access_token": "x"}, "ends in"),
        ({"shop": "grove"}, "Client ID and client secret are needed"),
        ({"shop": "grove", "client_id": "x"}, "Client ID and client secret are needed"),
    ],
)
def test_settings_that_cannot_be_used_are_told(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsRefused, match=words):
        ShopifySettings.read(given)


@pytest.mark.parametrize(
    "entered", ["Grove", "grove.myshopify.com", "https://grove.myshopify.com/admin"]
)
def test_the_shop_is_taken_however_it_was_entered(entered: str) -> None:
    assert (
        ShopifySettings.read({"shop": entered, "access_token": "x"}).shop == "grove.myshopify.com"
    )


def test_missing_scopes_are_warned_of(shop: FakeShopify) -> None:
    shop.scopes = ["read_orders"]
    said = " ".join(shop.client().check().warnings)
    assert all(word in said for word in ("60 days", "stock", "tracking numbers"))
    shop.scopes = ["read_products"]
    with pytest.raises(PermissionMissing, match="read_orders"):
        shop.client().check()


def test_another_version_than_asked_for_is_warned_of(shop: FakeShopify) -> None:
    def fault(request: httpx.Request, honest: Any) -> httpx.Response:
        answer: httpx.Response = honest()
        answer.headers["x-shopify-api-version"] = "2027-01"
        return answer

    shop.fault = fault
    assert "answers as version 2027-01" in " ".join(shop.client().check().warnings)


def test_a_plan_that_withholds_who_the_customer_is_still_gives_orders(shop: FakeShopify) -> None:
    shop.add(2)
    shop.errors = [
        {"message": "This app is not approved to access the Customer object.",
         "path": ["orders", "nodes", 0, "customer"], "extensions": {"code": "ACCESS_DENIED"}}
    ]  # fmt: skip
    assert len(pulled(shop)) == 2


def test_orders_that_are_withheld_as_a_whole_are_told(shop: FakeShopify) -> None:
    shop.add(2)
    shop.errors = [
        {"message": "Access denied for orders field. Required access: `read_orders`.",
         "path": ["orders"], "extensions": {"code": "ACCESS_DENIED"}}
    ]  # fmt: skip
    with pytest.raises(PermissionMissing, match="read_orders"):
        pulled(shop)


def test_without_the_right_to_old_orders_none_is_said_to_be_gone(shop: FakeShopify) -> None:
    shop.add(2)
    shop.scopes = ["read_orders"]
    (found,) = shop.client().reread(["5001", "9999"])
    assert (len(found.items), found.gone) == (1, ())
    shop.scopes.append("read_all_orders")
    (found,) = shop.client().reread(["5001", "9999"])
    assert list(found.gone) == ["9999"]


def fill(shop: FakeShopify) -> None:
    """An order of each sort that the bulk file does not tell whole, and simple ones."""
    shop.add(8, lines=3)
    refund(shop.orders[1], 1)
    for order, parts in ((shop.orders[2], 1), (shop.orders[3], 2)):
        shop.to_ship(order)
        lines = [line["id"].rsplit("/", 1)[-1] for line in order["lineItems"]]
        client = shop.client()
        if parts == 2:
            part = {lines[0]: Decimal(1)}
            client.push_fulfilment(Shipment(order["id"][-4:], "a", "1", lines=part))
        client.push_fulfilment(Shipment(order["id"][-4:], "b", "2"))
        order["displayFulfillmentStatus"] = "FULFILLED"
    ship = {"id": gid("ShippingLine", 1), "title": "Post", "isRemoved": False,
            "originalPriceSet": money("5.0"), "discountedPriceSet": money("5.0")}  # fmt: skip
    for place, count in ((4, 1), (5, 2)):
        order = shop.orders[place]
        order["shippingLines"] = [ship | {"id": gid("ShippingLine", n)} for n in range(count)]
        order["shippingLine"] = order["shippingLines"][0]
        order["totalShippingPriceSet"] = money(f"{5 * count}.0")
        order["totalPriceSet"] = order["currentTotalPriceSet"] = money(f"{30 + 5 * count}.0")
        order["transactions"][0]["amountSet"] = order["totalPriceSet"]


def test_a_large_first_import_is_prepared_as_a_file_and_tells_the_same(
    shop: FakeShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shop)
    paged = pulled(shop)
    monkeypatch.setattr("app.stores.shopify.client.BULK_FROM", 5)
    shop.asked.clear()
    prepared = pulled(shop, first=True)
    assert "BulkRun" in shop.asked
    assert "Orders" not in shop.asked
    assert len(paged) == len(prepared) == 8
    for one, two in zip(sorted(paged, key=by_id), sorted(prepared, key=by_id), strict=True):
        assert (one.total, one.difference) == (two.total, 0)
        for key in ("lines", "charges", "taxes", "payments", "refunds", "fulfillment_status"):
            assert getattr(one, key) == getattr(two, key), key
        assert [sent.lines for sent in one.fulfillments] == [s.lines for s in two.fulfillments]
        assert [s.tracking_numbers for s in one.fulfillments] == [
            s.tracking_numbers for s in two.fulfillments
        ]


def by_id(order: Order) -> str:
    return order.source_id


def test_the_watermark_of_a_file_comes_last(
    shop: FakeShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stores.shopify.client.BULK_FROM", 5)
    shop.add(120)
    marks = [page.watermark for page in shop.client().orders(START, first=True)]
    assert marks[-1] == START + timedelta(minutes=120)
    assert set(marks[:-1]) == {None}
    assert len(marks) > 3


def test_a_small_first_import_is_listed(shop: FakeShopify) -> None:
    shop.add(3)
    pulled(shop, first=True)
    assert "BulkRun" not in shop.asked


def test_where_no_file_can_be_prepared_the_orders_are_listed(
    shop: FakeShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stores.shopify.client.BULK_FROM", 5)
    shop.add(9)
    shop.bulk_fails = "INTERNAL_SERVER_ERROR"
    assert len(pulled(shop, first=True)) == 9


def test_a_file_that_is_cut_or_damaged_is_not_the_end_of_it(
    shop: FakeShopify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stores.shopify.client.BULK_FROM", 5)
    shop.add(9)

    def fault(request: httpx.Request, honest: Any) -> httpx.Response:
        answer: httpx.Response = honest()
        if request.url.host == "storage.example.com":
            return httpx.Response(200, content=answer.content[: len(answer.content) // 2])
        return answer

    shop.fault = fault
    assert len({one.source_id for one in pulled(shop, first=True)}) == 9


def test_the_file_is_read_as_shopify_writes_it(shop: FakeShopify) -> None:
    order = {"refunds": [], "fulfillments": [], "shippingLine": None, "discountCodes": []}
    assert bulk.is_simple(order)
    assert not bulk.is_simple(order | {"refunds": [{"id": "1"}]})
    assert not bulk.is_simple(order | {"discountCodes": ["A", "B"]})
    assert not bulk.is_simple(order | {"totalShippingPriceSet": money("5.0")})
    assert not bulk.is_simple(
        order | {"fulfillments": [{}], "displayFulfillmentStatus": "PARTIALLY_FULFILLED"}
    )


def stock(shop: FakeShopify, *, dry: bool = False, **quantities: str) -> dict[str, str]:
    changes = [StockChange(sku, Decimal(quantity)) for sku, quantity in quantities.items()]
    done = shop.client().push_stock(changes, dry=dry)
    return {one.change.sku: one.reason or one.outcome for one in done}


def available(shop: FakeShopify) -> list[int]:
    return [
        one["inventoryItem"]["inventoryLevel"]["quantities"][0]["quantity"] for one in shop.variants
    ]


def test_stock_is_set_where_it_differs(shop: FakeShopify) -> None:
    shop.variant("A", 5)
    shop.variant("B", 7)
    shop.variant("B-LARGE", 70)
    assert stock(shop, A="5", B="9") == {"A": "same", "B": "changed"}
    assert available(shop) == [5, 9, 70]


def test_a_sale_in_between_is_not_overwritten_but_read_again(shop: FakeShopify) -> None:
    shop.variant("A", 5)
    shop.variant("B", 5)
    sales = [1]

    def sale() -> None:
        if sales:
            sales.pop()
            shop.variants[0]["inventoryItem"]["inventoryLevel"]["quantities"][0]["quantity"] = 4

    shop.before_write = sale
    assert stock(shop, A="9", B="9") == {"A": "changed", "B": "changed"}
    assert available(shop) == [9, 9]


def test_stock_that_never_rests_is_given_up(shop: FakeShopify) -> None:
    shop.variant("A", 5)

    def sale() -> None:
        shop.variants[0]["inventoryItem"]["inventoryLevel"]["quantities"][0]["quantity"] += 1

    shop.before_write = sale
    assert "keeps changing" in stock(shop, A="100")["A"]


def test_a_repeated_request_sets_stock_once(shop: FakeShopify) -> None:
    shop.variant("A", 5)
    lost = [1]

    def fault(request: httpx.Request, honest: Any) -> httpx.Response:
        answer: httpx.Response = honest()
        if b"SetStock" in request.content and lost:
            lost.pop()
            raise httpx.ReadTimeout("lost on the way back")
        return answer

    shop.fault = fault
    assert stock(shop, A="9") == {"A": "changed"}
    assert len(shop.idempotent) == 1


def test_stock_that_cannot_be_set_is_said_and_does_not_stop_the_rest(shop: FakeShopify) -> None:
    shop.variant("A", 5)
    shop.variant("UNCOUNTED", 1, tracked=False)
    shop.variant("ELSEWHERE", 1, stocked=False)
    shop.variant("TWO", 1)
    shop.variant("TWO", 1)
    shop.variant("MUCH", 1)
    done = stock(shop, A="6", NONE="1", UNCOUNTED="5", ELSEWHERE="5", TWO="5", MUCH="2000000000")
    assert done.pop("A") == "changed"
    words = {"NONE": "no variant", "UNCOUNTED": "does not count", "ELSEWHERE": "not stocked",
             "TWO": "Several", "MUCH": "too high"}  # fmt: skip
    assert all(word in done[sku] for sku, word in words.items()), done


def test_an_sku_with_quotes_is_searched_for_as_it_is(shop: FakeShopify) -> None:
    shop.variant('12" \\ ruler', 5)
    changes = [StockChange('12" \\ ruler', Decimal(6))]
    assert [one.outcome for one in shop.client().push_stock(changes)] == ["changed"]


def test_a_dry_run_of_stock_writes_nothing(shop: FakeShopify) -> None:
    shop.variant("A", 5)
    assert stock(shop, dry=True, A="6") == {"A": "would_change"}
    assert "SetStock" not in shop.asked


def test_a_location_that_is_not_there_is_said(shop: FakeShopify) -> None:
    shop.variant("A", 5)
    shop.settings = shop.settings | {"location": "Moon"}
    assert "no active location 'Moon'" in stock(shop, A="6")["A"]
    shop.settings = shop.settings | {"location": " SHOP "}
    assert stock(shop, A="6") == {"A": "changed"}


def test_a_shipment_is_told_once(shop: FakeShopify) -> None:
    shop.add(1, lines=2)
    shop.to_ship(shop.orders[0])
    shipment = Shipment("5001", "key", tracking_number="1Z9", carrier="UPS", notify=True)
    client = shop.client()
    assert [client.push_fulfilment(shipment).outcome for _ in range(2)] == ["told", "known"]
    (sent,) = shop.orders[0]["fulfillments"]
    assert sent["trackingInfo"] == [{"company": "UPS", "number": "1Z9"}]
    assert len(sent["fulfillmentLineItems"]) == 2


def test_a_shipment_whose_answer_is_lost_is_not_told_twice(shop: FakeShopify) -> None:
    shop.add(1)
    shop.to_ship(shop.orders[0])

    def fault(request: httpx.Request, honest: Any) -> httpx.Response:
        answer: httpx.Response = honest()
        if b"mutation Ship(" in request.content:
            raise httpx.ReadTimeout("lost on the way back")
        return answer

    shop.fault = fault
    shipment = Shipment("5001", "key", tracking_number="1Z9")
    with pytest.raises(Exception, match="in time"):
        shop.client().push_fulfilment(shipment)
    shop.fault = None
    assert shop.client().push_fulfilment(shipment).outcome == "known"
    assert len(shop.orders[0]["fulfillments"]) == 1


def test_lines_at_two_locations_are_two_fulfilments(shop: FakeShopify) -> None:
    shop.add(1, lines=100)
    shop.to_ship(shop.orders[0], locations=2)
    shop.client().push_fulfilment(Shipment("5001", "key", tracking_number="1Z9"))
    sent = shop.orders[0]["fulfillments"]
    assert [len(one["fulfillmentLineItems"]) for one in sent] == [50, 50]


def test_a_part_of_the_lines_is_shipped(shop: FakeShopify) -> None:
    shop.add(1, lines=3)
    shop.to_ship(shop.orders[0])
    line = shop.orders[0]["lineItems"][1]
    wanted = {line["id"].rsplit("/", 1)[-1]: Decimal(5)}
    shop.client().push_fulfilment(Shipment("5001", "key", "1", lines=wanted))
    (sent,) = shop.orders[0]["fulfillments"]
    (item,) = sent["fulfillmentLineItems"]
    assert (item["lineItem"]["id"], item["quantity"]) == (line["id"], 1)


def test_a_shipment_without_a_number_gets_it_later(shop: FakeShopify) -> None:
    shop.add(1)
    shop.to_ship(shop.orders[0])
    client = shop.client()
    client.push_fulfilment(Shipment("5001", "key"))
    assert client.push_fulfilment(Shipment("5001", "key", tracking_number="1")).outcome == "told"
    (sent,) = shop.orders[0]["fulfillments"]
    assert sent["trackingInfo"] == [{"number": "1"}]


def test_nothing_to_ship_is_said(shop: FakeShopify) -> None:
    shop.add(1)
    client = shop.client()
    with pytest.raises(RequestRefused, match="nothing to ship"):
        client.push_fulfilment(Shipment("5001", "key", tracking_number="1"))
    with pytest.raises(RequestRefused, match="no such order"):
        client.push_fulfilment(Shipment("9999", "key", tracking_number="1"))


@pytest.mark.parametrize(
    ("topic", "body", "of"),
    [
        ("orders/updated", b'{"id": 17}', ("17",)),
        ("refunds/create", b'{"id": 5, "order_id": 17}', ("17",)),
        ("fulfillments/update", b'{"id": 5, "order_id": 17}', ("17",)),
        ("app/uninstalled", b'{"id": 5}', ()),
    ],
)
def test_a_signed_webhook_says_which_order_to_fetch(
    shop: FakeShopify, topic: str, body: bytes, of: tuple[str, ...]
) -> None:
    settings = ShopifySettings.read(shop.settings)
    made = base64.b64encode(hmac.new(shop.secret.encode(), body, hashlib.sha256).digest())
    headers = {"X-Shopify-Topic": topic, "X-Shopify-Hmac-SHA256": made.decode(),
               "X-Shopify-Event-Id": "e1"}  # fmt: skip
    found = Shopify.webhook(settings, headers, body)
    assert (found.topic, found.order_ids, found.delivery) == (topic, of, "e1")
    with pytest.raises(SignatureRefused):
        Shopify.webhook(settings, headers, body + b" ")


def test_changes_are_asked_for_from_the_very_second(shop: FakeShopify) -> None:
    shop.add(3)
    shop.orders[0]["updatedAt"] = stamp(START)
    assert len(pulled(shop)) == 3
