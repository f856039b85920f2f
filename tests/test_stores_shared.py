"""Every recorded payload of a store: orders to the cent, or why there are none."""

from __future__ import annotations

import pytest

from app.stores.formats import BadOrder, MalformedPayload, Shop, format_named, read
from tests.conftest import SHARED, shared

BAD = "does not add up"
# file -> what comes out: "number total status payment refunded" an order, or the refusal.
WOOCOMMERCE: dict[str, list[str] | str] = {
    "docs_order-refunds_1.json": ["supplement to 723: 1 refunds"],
    "docs_order-refunds_2.json": ["supplement to 723: 1 refunds"],
    "docs_order-refunds_3.json": ["supplement to 723: 2 refunds"],
    "docs_order-refunds_4.json": ["supplement to 723: 1 refunds"],
    "docs_orders_1.json": ["727 29.35 open paid 0"],
    "docs_orders_2.json": ["727 29.35 open paid 0"],
    "docs_orders_3.json": ["727 29.35 open paid 0", "723 39.00 completed pending 19.00"],
    "docs_orders_4.json": ["727 29.35 completed paid 0"],
    "docs_orders_5.json": ["727 29.35 completed paid 0"],
    "docs_orders_6.json": [
        "728 62.25 open pending 0",
        "729 54.40 open paid 0",
        "727 29.35 completed paid 0",
        "723 39.00 completed pending 19.00",
    ],
    "docs_products_1.json": "products",
    "docs_products_2.json": "products",
    "docs_webhooks_1.json": "webhooks",
    "docs_webhooks_2.json": "webhooks",
    "docs_webhooks_3.json": "webhooks",
    "docs_webhooks_4.json": "webhooks",
    "docs_webhooks_5.json": "webhooks",
    "docs_webhooks_6.json": "webhooks",
    "live-wc-11.0.1/01_simple_paid.json": ["17 51.52 open paid 0"],
    "live-wc-11.0.1/02_coupon_fee_meta.json": ["18 100.84 open paid 0"],
    "live-wc-11.0.1/05_full_refund.json": ["23 26.64 completed refunded 26.64"],
    "live-wc-11.0.1/05_full_refund_refunds.json": ["supplement to 23: 1 refunds"],
    "live-wc-11.0.1/07_cancelled.json": ["26 3.60 cancelled pending 0"],
    "live-wc-11.0.1/08_zero_total.json": ["27 0.00 open paid 0"],
    "live-wc-11.0.1/coupons.json": "coupons",
    "live-wc-11.0.1/customer.json": "customers",
    "live-wc-11.0.1/error_400_per_page.json": (
        "an error of the store: Invalid parameter(s): per_page"
    ),
    "live-wc-11.0.1/error_401.json": "an error of the store: Sorry, you cannot list resources.",
    "live-wc-11.0.1/fulfillments.json": ["supplement to 20: 1 fulfillments"],
    "live-wc-11.0.1/order_notes.json": "order notes",
    "live-wc-11.0.1/products.json": "products",
    "live-wc-11.0.1/refunds_list.json": [
        "supplement to 23: 1 refunds",
        "supplement to 20: 2 refunds",
    ],
    "live-wc-11.0.1/taxes.json": "tax rates",
    "live-wc-11.0.1/variations.json": "products",
}
SHOPIFY: dict[str, list[str] | str] = {
    "graphql_cancel_userErrors.json": "orderCancel",
    "graphql_order_by_number.json": ["#1360 144.00 open paid 0"],
    "graphql_orders_by_email.json": [
        "#1360 144.00 open paid 0",
        f"#1355 32.57 cancelled refunded 0 {BAD}: 2.58",
    ],
    "graphql_orders_query_error.json": (
        "an error of the store: Field 'orders' doesn't accept argument 'unknown'"
    ),
    "graphql_refundCreate.json": ["supplement to 5906068897943: 1 refunds"],
    "graphql_shopifysharp_order_snapshot.json": [
        "order {Scrubbed}, /processed_at: not a date: 'DateTimeOffset_1'"
    ],
    "graphql_suggestedRefund.json": "order",
    "rest_customers_search.json": "customers",
    "rest_draft_order_completed.json": [f"#D1 1027.41 draft pending 0 {BAD}: -144.49"],
    "rest_fulfillment.json": ["supplement to 450789469: 1 fulfillments"],
    "rest_gift_card.json": "gift card",
    "rest_go_fulfillment.json": ["supplement to 450789469: 1 fulfillments"],
    "rest_go_fulfillment_order.json": "fulfillment order",
    "rest_go_inventory_level.json": "inventory level",
    "rest_go_order.json": ["#9999 10.00 cancelled voided 0"],
    "rest_go_order_with_transaction.json": ["#9999 10.00 cancelled voided 0"],
    "rest_go_orders.json": ["#9999 10.00 cancelled voided 0"],
    "rest_go_payments_transactions.json": "transactions",
    "rest_go_payouts.json": "payouts",
    "rest_go_transactions.json": ["supplement to 450789469: 1 transactions"],
    "rest_graphql.json": "shop",
    "rest_inventory_level.json": "inventory level",
    "rest_inventory_levels.json": "inventory levels",
    "rest_location.json": "location",
    "rest_order.json": [f"#1001 409.94 open authorized 0 {BAD}: -199.00"],
    "rest_orders.json": [f"#1001 598.94 open partially_refunded 0 {BAD}: 587.00"],
    "rest_payouts.json": "payouts",
    "rest_payouts_transactions.json": "transactions",
    "rest_refund.json": ["supplement to 450789469: 1 refunds"],
    "rest_refund_calculate.json": "refund",
    "rest_shop.json": "shop",
    "rest_tender_transactions.json": "tender transactions",
    "rest_transaction.json": ["supplement to 450789469: 1 transactions"],
    "rest_transactions.json": ["supplement to 450789469: 1 transactions"],
    "rest_variant.json": "variant",
}
APART = "/products: BigCommerce keeps an order's products apart, and they are not here"
BIGCOMMERCE: dict[str, list[str] | str] = {
    "gladly_order_products.json": ["supplement to 106: 2 products"],
    "gladly_order_shipments.json": [
        "supplement to 106: 1 shipments",
        "supplement to 107: 1 shipments",
        "supplement to 109: 2 shipments",
    ],
    "gladly_order_transactions.json": ["supplement to 106: 1 transactions"],
    "gladly_orders.json": [
        f"order {number}, {APART}; import GET /v2/orders/{number}/products too"
        for number in (106, 107, 109)
    ],
}
LISTED = {"bigcommerce": BIGCOMMERCE, "shopify": SHOPIFY, "woocommerce": WOOCOMMERCE}
EVERY = [(key, *pair) for key, listed in LISTED.items() for pair in listed.items()]


def told(format_key: str, name: str) -> list[str] | str:
    """What the file gives, in the words of the tables above."""
    shop = Shop(key="s", type=format_key, currency="USD")
    try:
        items = read(format_key, shared(f"orders/{format_key}/{name}").read_bytes(), shop)
    except MalformedPayload as error:
        return str(error).removeprefix("no orders: the payload holds ")
    said = []
    for item in items:
        if isinstance(item, BadOrder):
            said.append(item.reason)
        elif item.kind == "supplement":
            (records,) = [value for value in item.raw.values() if isinstance(value, list)]
            what = next(key for key, value in item.raw.items() if value is records)
            said.append(f"supplement to {item.source_id}: {len(records)} {what}")
        else:
            said.append(_order(format_key, item.raw, shop))
    return said


def _order(format_key: str, raw: dict[str, object], shop: Shop) -> str:
    try:
        order = format_named(format_key).translate(raw, shop)
    except MalformedPayload as error:
        return str(error)
    off = f" {BAD}: {order.difference}" if order.difference else ""
    return (
        f"{order.number} {order.total} {order.status} {order.payment_status} {order.refunded}{off}"
    )


@pytest.mark.parametrize(("format_key", "name", "expected"), EVERY)
def test_a_recorded_file_gives_its_orders_or_says_what_it_holds(
    format_key: str, name: str, expected: list[str] | str
) -> None:
    assert told(format_key, name) == expected


@pytest.mark.parametrize(("format_key", "listed"), LISTED.items())
def test_no_recorded_file_is_left_out(format_key: str, listed: dict[str, object]) -> None:
    folder = shared(f"orders/{format_key}")
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*.json")}
    assert found == set(listed)


@pytest.mark.parametrize("format_key", ["woocommerce", "shopify"])
def test_every_refund_of_a_recorded_order_adds_up(format_key: str) -> None:
    shared(f"orders/{format_key}")
    shop = Shop(key="s", type=format_key, currency="USD")
    for path in (SHARED / "orders" / format_key).rglob("*order*.json"):
        try:
            items = read(format_key, path.read_bytes(), shop)
        except MalformedPayload:
            continue
        for item in items:
            if isinstance(item, BadOrder) or item.kind == "supplement" or "Scrub" in item.source_id:
                continue
            order = format_named(format_key).translate(item.raw, shop)
            assert [refund.difference for refund in order.refunds if refund.difference] == []
