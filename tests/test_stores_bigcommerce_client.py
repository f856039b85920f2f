"""The BigCommerce client: what no list of changes tells, stock, shipments, webhooks, its pace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import stamina

from app.stores.base import Shipment, StockChange
from app.stores.bigcommerce import rereading
from app.stores.bigcommerce.client import BigCommerce, BigCommerceSettings
from app.stores.errors import AnswerTooLarge, CursorLoops, SettingsRefused, SignatureRefused
from app.stores.formats import RawOrder
from tests.fake_bigcommerce import FakeBigCommerce
from tests.store_contract import START, status, times


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5):
        yield


@pytest.fixture
def shop() -> FakeBigCommerce:
    return FakeBigCommerce()


def read_ids(shop: FakeBigCommerce, since: Any = None) -> list[str]:
    """Every order that a pull brings, as often as it brings it."""
    client = shop.client()
    pages = list(client.orders(since))
    client.http.close()
    return [one.source_id for page in pages for one in page.items if isinstance(one, RawOrder)]


def test_an_empty_list_is_an_empty_answer(shop: FakeBigCommerce) -> None:
    assert read_ids(shop) == []


def test_an_abandoned_checkout_is_no_order(shop: FakeBigCommerce) -> None:
    shop.add(3)
    shop.orders[1]["status_id"] = 0
    assert read_ids(shop) == ["1", "3"]


def test_more_orders_in_one_second_than_a_page_holds_all_come(shop: FakeBigCommerce) -> None:
    shop.add(130)
    for one in shop.orders[:125]:
        shop.touch(one, START)
    assert set(read_ids(shop)) == {str(number) for number in range(1, 131)}
    assert set(read_ids(shop, START)) == {str(number) for number in range(1, 131)}


def test_an_archived_order_is_found(shop: FakeBigCommerce) -> None:
    shop.add(2)
    gone = shop.orders.pop(0)
    gone["is_deleted"] = True
    shop.archived.append(gone)
    assert set(read_ids(shop, START)) == {"1", "2"}
    client = shop.client()
    (batch,) = client.reread(["1", "9"])
    assert ([one.source_id for one in batch.items], batch.gone) == (["1"], ["9"])
    client.http.close()


def test_a_new_refund_of_an_unchanged_order_is_found(shop: FakeBigCommerce) -> None:
    shop.add(2)
    later = START + timedelta(days=3)
    shop.parts[1, "refunds"] = [
        {"id": 5, "order_id": 1, "created": later.isoformat(), "total_amount": 4,
         "total_tax": 0, "items": [], "payments": []}
    ]  # fmt: skip
    client = shop.client()
    found = [one for page in client.orders(later - timedelta(hours=1)) for one in page.items]
    client.http.close()
    (only,) = found
    assert isinstance(only, RawOrder)
    assert client.format.translate(only.raw, client.shop).refunded == 4


def kept(shop: FakeBigCommerce) -> dict[str, Any]:
    """What is kept of every order, as the first pull brings it."""
    client = shop.client()
    pages = list(client.orders(None))
    client.http.close()
    found = [one for page in pages for one in page.items]
    shop.requests.clear()
    return {one.source_id: one.raw for one in found if isinstance(one, RawOrder)}


def compared(shop: FakeBigCommerce, known: dict[str, Any]) -> tuple[list[str], list[str], int]:
    """Ids that are read whole, ids that are gone, and how many are the same."""
    client = shop.client()
    batches = list(client.reread(list(known), lambda ids: {one: known[one] for one in ids}))
    client.http.close()
    items = [one for batch in batches for one in batch.items]
    gone = [one for batch in batches for one in batch.gone]
    return [one.source_id for one in items], gone, sum(batch.same for batch in batches)


def test_orders_that_did_not_change_cost_hardly_a_request(shop: FakeBigCommerce) -> None:
    shop.add(200)
    known = kept(shop)
    assert compared(shop, known) == ([], [], 200)
    cheap = len(shop.requests)
    shop.requests.clear()
    client = shop.client()
    assert sum(len(batch.items) for batch in client.reread(list(known))) == 200
    client.http.close()
    assert (cheap, len(shop.requests)) == (5, 1_000)


def change_status(shop: FakeBigCommerce) -> None:
    """No time of change moves with it."""
    shop.orders[2]["status_id"] = 5


def change_time(shop: FakeBigCommerce) -> None:
    shop.touch(shop.orders[2], START + timedelta(days=2))


def refund(shop: FakeBigCommerce) -> None:
    """It changes nothing in the order itself."""
    shop.parts[3, "refunds"] = [
        {"id": 5, "order_id": 3, "created": START.isoformat(), "total_amount": 4,
         "total_tax": 0, "items": [], "payments": []}
    ]  # fmt: skip


def archive(shop: FakeBigCommerce) -> None:
    gone = shop.orders.pop(2)
    shop.archived.append({**gone, "is_deleted": True})


@pytest.mark.parametrize("change", [change_status, change_time, refund, archive])
def test_each_change_of_a_known_order_is_found(shop: FakeBigCommerce, change: Any) -> None:
    shop.add(60)
    known = kept(shop)
    change(shop)
    assert compared(shop, known) == (["3"], [], 59)
    assert len(shop.requests) < 12


def test_a_refund_that_is_taken_back_is_found(shop: FakeBigCommerce) -> None:
    shop.add(5)
    refund(shop)
    known = kept(shop)
    assert compared(shop, known) == ([], [], 5)
    shop.parts[3, "refunds"] = []
    assert compared(shop, known) == (["3"], [], 4)


def test_what_is_gone_is_told_beside_what_is_the_same(shop: FakeBigCommerce) -> None:
    shop.add(20)
    known = kept(shop)
    del shop.orders[4]
    assert compared(shop, known) == ([], ["5"], 19)


def test_an_order_that_is_archived_and_known_so_is_the_same(shop: FakeBigCommerce) -> None:
    shop.add(5)
    known = kept(shop)
    archive(shop)
    known["3"] = {**known["3"], "is_deleted": True}
    assert compared(shop, known) == ([], [], 5)


def test_ids_far_apart_cost_no_walk_through_all_between(shop: FakeBigCommerce) -> None:
    shop.add(2_000)
    whole = kept(shop)
    known = {one: whole[one] for one in ("1", "2", "1999", "2000")}
    assert compared(shop, known) == ([], [], 4)
    assert len(shop.requests) == 4


def test_a_page_that_is_too_large_is_asked_for_in_smaller_ones(
    shop: FakeBigCommerce, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add(60)
    known = kept(shop)
    honest = rereading._page

    def page(api: Any, first: int, last: int, size: int) -> Any:
        if size > 10:
            raise AnswerTooLarge("It is too large.")
        return honest(api, first, last, size)

    monkeypatch.setattr(rereading, "_page", page)
    assert compared(shop, known) == ([], [], 60)


@pytest.mark.parametrize("given", ["x", "-1", "007", "9" * 40, "1,2", "²", ""])
def test_an_id_that_is_none_is_asked_for_by_itself(shop: FakeBigCommerce, given: str) -> None:
    shop.add(2)
    known = kept(shop) | {given: {"id": given}}
    items, gone, same = compared(shop, known)
    assert (items, same) == ([], 2)
    assert gone == [given]


def test_a_list_that_ignores_from_where_it_is_asked_comes_to_an_end(shop: FakeBigCommerce) -> None:
    shop.add(600)
    known = kept(shop)

    def always_the_first(request: httpx.Request, honest: Any) -> httpx.Response:
        if "min_id" in request.url.params:
            return httpx.Response(200, json=shop.orders[:250])
        answer: httpx.Response = honest()
        return answer

    shop.fault = always_the_first
    with pytest.raises(CursorLoops):
        compared(shop, known)


def test_an_order_of_more_products_than_a_page_comes_whole(shop: FakeBigCommerce) -> None:
    shop.add(1, lines=600)
    client = shop.client()
    (only,) = client.order("1")
    assert isinstance(only, RawOrder)
    made = client.format.translate(only.raw, client.shop)
    assert (len(made.lines), made.difference) == (600, 0)


def test_it_waits_for_the_window_of_requests(
    shop: FakeBigCommerce, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("app.stores.pace.time.sleep", waited.append)
    shop.add(2)

    def almost_spent(request: httpx.Request, honest: Any) -> httpx.Response:
        answer: httpx.Response = honest()
        answer.headers["x-rate-limit-requests-left"] = "0"
        answer.headers["x-rate-limit-requests-quota"] = "150"
        answer.headers["x-rate-limit-time-reset-ms"] = "3000"
        return answer

    shop.fault = almost_spent
    read_ids(shop)
    assert waited
    assert all(0 < one <= 3 for one in waited)


@pytest.mark.parametrize(
    "given",
    ["abc123", "https://api.bigcommerce.com/stores/abc123/v3/", "store-abc123.mybigcommerce.com"],
)
def test_the_hash_is_taken_from_what_people_paste(given: str) -> None:
    settings = BigCommerceSettings.read({"store_hash": given, "access_token": "t"})
    assert settings.store_hash == "abc123"


def test_a_hash_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsRefused, match="letters and digits"):
        BigCommerceSettings.read({"store_hash": "a/../b", "access_token": "t"})


def article(sku: str, quantity: int) -> dict[str, Any]:
    return {
        "identity": {"sku": sku, "variant_id": 3},
        "locations": [{"location_id": 1, "location_code": "BC-LOCATION-1",
                       "total_inventory_onhand": quantity, "available_to_sell": quantity}],
    }  # fmt: skip


def test_stock_is_set_where_it_differs(shop: FakeBigCommerce) -> None:
    shop.items = [article("HAM", 5), article("NAIL", 7)]
    changes = [StockChange("HAM", Decimal("8.6")), StockChange("NAIL", Decimal(7)),
               StockChange("NONE", Decimal(1)), StockChange("HAM", Decimal(1), "9")]  # fmt: skip
    client = shop.client()
    dry = {(one.change.sku, one.outcome) for one in client.push_stock(changes, dry=True)}
    assert ("HAM", "would_change") in dry
    assert all(one.method == "GET" for one in shop.requests)
    done = [(one.change.sku, one.outcome) for one in client.push_stock(changes)]
    client.http.close()
    assert sorted(done) == [
        ("HAM", "changed"), ("HAM", "refused"), ("NAIL", "same"), ("NONE", "refused"),
    ]  # fmt: skip
    assert shop.items[0]["locations"][0]["total_inventory_onhand"] == 8


def test_an_article_that_is_refused_holds_no_other(shop: FakeBigCommerce) -> None:
    shop.items = [article("HAM", 5), article("NAIL", 7)]
    client = shop.client()
    changes = [StockChange("HAM", Decimal(-1)), StockChange("NAIL", Decimal(9))]
    done = {one.change.sku: one.outcome for one in client.push_stock(changes)}
    client.http.close()
    assert done == {"HAM": "refused", "NAIL": "changed"}


def test_a_shipment_is_told_once_for_each_address(shop: FakeBigCommerce) -> None:
    shop.add(1, lines=3)
    shop.parts[1, "products"][2]["order_address_id"] = 8
    client = shop.client()
    shipment = Shipment("1", "key-1", "1Z999", "UPS")
    assert client.push_fulfilment(shipment).outcome == "told"
    assert client.push_fulfilment(shipment).outcome == "known"
    client.http.close()
    sent = shop.parts[1, "shipments"]
    assert [(one["order_address_id"], len(one["items"])) for one in sent] == [(7, 2), (8, 1)]
    assert {one["shipping_provider"] for one in sent} == {"ups"}


def test_a_shipment_that_broke_off_is_told_to_the_end(shop: FakeBigCommerce) -> None:
    shop.add(1, lines=2)
    shop.parts[1, "products"][1]["order_address_id"] = 8
    client = shop.client()
    client.push_fulfilment(Shipment("1", "key-1", "1Z", "UPS", lines={"100000": Decimal(1)}))
    assert client.push_fulfilment(Shipment("1", "key-1", "1Z", "UPS")).outcome == "told"
    client.http.close()
    assert [one["order_address_id"] for one in shop.parts[1, "shipments"]] == [7, 8]


def test_a_webhook_is_known_by_the_secret_header() -> None:
    settings = BigCommerceSettings.read(FakeBigCommerce.settings)
    body = b'{"scope": "store/order/updated", "data": {"type": "order", "id": 173}, "hash": "ab"}'
    told = BigCommerce.webhook(settings, {"X-Rulebooks-Secret": "hook"}, body)
    assert (told.topic, told.order_ids, told.delivery) == ("store/order/updated", ("173",), "ab")
    for wrong in ({}, {"X-Rulebooks-Secret": ""}, {"X-Rulebooks-Secret": "höok"}):
        with pytest.raises(SignatureRefused):
            BigCommerce.webhook(settings, wrong, body)
    without = BigCommerceSettings.read({**FakeBigCommerce.settings, "webhook_secret": ""})
    with pytest.raises(SignatureRefused):
        BigCommerce.webhook(without, {"X-Rulebooks-Secret": ""}, body)


def test_a_busy_moment_passes(shop: FakeBigCommerce) -> None:
    shop.add(2)
    shop.fault = times(1, status(429))
    assert read_ids(shop) == ["1", "2"]
