"""BigCommerce orders: four decimals, discounts with and without tax, credits, refunds, statuses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.stores.formats import MalformedPayload, Shop, format_named, read
from app.stores.raw_total import raw_total
from rules_library.order import Order
from tests.conftest import shared

SHOP = Shop(key="bc", type="bigcommerce", zone="America/New_York", currency="USD")
D = Decimal


def product(number: int, quantity: int, net: str, tax: str = "0.0000", **more: Any) -> Any:
    return {"id": number, "order_id": 1, "product_id": 9, "name": "Lamp", "sku": f"LAMP-{number}",
            "type": "physical", "quantity": quantity, "quantity_shipped": 0, "total_ex_tax": net,
            "total_tax": tax, "order_address_id": 7, "applied_discounts": [],
            "product_options": [], **more}  # fmt: skip


def raw(products: list[Any], total: str, tax: str = "0.0000", **more: Any) -> dict[str, Any]:
    net = str(sum(D(one["total_ex_tax"]) for one in products))
    parts = {"products": products, **more.pop("parts", {})}
    return {"id": 1, "status_id": 11, "date_created": "Thu, 18 Jun 2026 14:34:50 +0000",
            "date_modified": "Thu, 18 Jun 2026 15:00:00 +0000", "default_currency_code": "USD",
            "subtotal_ex_tax": net, "total_inc_tax": total, "total_tax": tax,
            "billing_address": {"email": "ada@example.com", "country_iso2": "US"},
            "_supplement": parts, **more}  # fmt: skip


def order(value: dict[str, Any]) -> Order:
    return format_named("bigcommerce").translate(value, SHOP)


def nets(value: Order) -> list[str]:
    return [str(line.net) for line in value.lines]


def test_parts_of_four_decimals_are_rounded_so_that_they_add_up() -> None:
    found = order(
        raw([product(1, 1, "8.3333"), product(2, 1, "8.3333"), product(3, 1, "8.3334")],
            "30.0000", "5.0000")
    )  # fmt: skip
    assert sorted(nets(found)) == ["8.33", "8.33", "8.34"]
    assert found.difference == 0


def test_parts_that_do_not_add_up_are_not_bent() -> None:
    found = order(raw([product(1, 1, "8.33")], "8.4000"))
    assert (nets(found), found.difference) == (["8.33"], D("0.07"))


def test_a_coupon_falls_on_the_lines_that_it_names() -> None:
    lines = [product(1, 1, "20.0000"), product(2, 2, "30.0000", applied_discounts=[
        {"id": "coupon", "amount": "5.0000", "code": "TEN"}])]  # fmt: skip
    coupon = {"id": 4, "order_id": 1, "coupon_id": 1, "code": "TEN", "discount": "5.0000"}
    found = order(raw(lines, "45.0000", coupon_discount="5.0000", parts={"coupons": [coupon]}))
    assert (nets(found), found.difference) == (["20.00", "25.00"], 0)
    assert [(one.code, one.amount) for one in found.discounts] == [("TEN", D("5.00"))]


def test_a_discount_that_has_tax_in_it_is_taken_without() -> None:
    # 24.00 with 20 % tax, 6.00 off with tax: 18.00 = 15.00 + 3.00
    found = order(
        raw([product(1, 2, "20.0000", "4.0000")], "18.0000", "3.0000", discount_amount="6.0000",
            subtotal_inc_tax="24.0000")
    )  # fmt: skip
    assert (nets(found), found.lines[0].discount, found.difference) == (["15.00"], D("5.00"), 0)


def test_shipping_handling_wrapping_and_fees_are_charges() -> None:
    value = raw(
        [product(1, 1, "10.0000")],
        "18.5000",
        shipping_cost_ex_tax="5.0000",
        handling_cost_ex_tax="1.0000",
        wrapping_cost_ex_tax="2.0000",
        parts={
            "fees": [{"id": 3, "name": "recycling", "display_name": "Recycling",
                      "cost_ex_tax": "0.5000"}],
            "shipping_addresses": [{"id": 7, "order_id": 1, "shipping_method": "UPS Ground"}],
        },
    )  # fmt: skip
    found = order(value)
    assert [(one.kind, one.name, str(one.net)) for one in found.charges] == [
        ("shipping", "UPS Ground", "5.00"),
        ("handling", "Handling", "1.00"),
        ("wrapping", "Gift Wrapping", "2.00"),
        ("fee", "Recycling", "0.50"),
    ]
    assert found.difference == 0


def transaction(number: int, event: str, amount: str, **more: Any) -> Any:
    return {"id": number, "order_id": "1", "event": event, "method": "credit_card",
            "amount": D(amount), "currency": "USD", "gateway": "stripe", "status": "ok",
            "test": False, "date_created": "2026-06-18T14:35:00+00:00", **more}  # fmt: skip


def test_store_credit_and_gift_certificates_are_payments_counted_once() -> None:
    told = transaction(2, "purchase", "20", method="store_credit", gateway="")
    found = order(
        raw([product(1, 1, "100.0000")], "100.0000", store_credit_amount="20.0000",
            gift_certificate_amount="30.0000",
            parts={"transactions": [transaction(1, "purchase", "50"), told]})
    )  # fmt: skip
    assert {one.method_kind: one.amount for one in found.payments} == {
        "card": 50, "store_credit": 20, "gift_card": 30,
    }  # fmt: skip
    assert (found.payment_status, found.balance_due, found.total) == ("paid", 0, 100)


def test_an_authorization_is_no_money_until_it_is_captured() -> None:
    lines, held = [product(1, 1, "50.0000")], transaction(1, "authorization", "50")
    found = order(raw(lines, "50.0000", parts={"transactions": [held]}))
    assert (found.payment_status, found.captured) == ("authorized", 0)
    both = [held, transaction(2, "capture", "50")]
    found = order(raw(lines, "50.0000", parts={"transactions": both}))
    assert (found.payment_status, found.captured) == ("paid", 50)


def test_a_declined_charge_is_no_money() -> None:
    failed = transaction(1, "purchase", "50", status="error")
    found = order(raw([product(1, 1, "50.0000")], "50.0000", parts={"transactions": [failed]}))
    assert (found.payment_status, found.captured) == ("pending", 0)


def refund(items: list[Any], total: str, tax: str = "0", **more: Any) -> Any:
    return {"id": 12, "order_id": 1, "created": "2026-07-01T10:00:00+00:00", "reason": "Broken",
            "total_amount": D(total), "total_tax": D(tax), "items": items,
            "payments": [{"id": 13, "provider_id": "stripe", "amount": D(total),
                          "offline": False, "is_declined": False}], **more}  # fmt: skip


def test_a_refund_of_pieces_is_worth_what_the_order_says() -> None:
    lines = [product(1, 3, "10.0000", "0.8000")]
    back = refund(
        [{"item_type": "PRODUCT", "item_id": 1, "quantity": 2, "requested_amount": None}],
        "7.20", "0.53",
    )  # fmt: skip
    found = order(raw(lines, "10.8000", "0.8000", parts={"refunds": [back]}))
    (only,) = found.refunds
    (line,) = only.lines
    assert (line.quantity, line.net, line.tax) == (2, D("6.67"), D("0.53"))
    assert (only.difference, only.adjustments, only.payments[0].amount) == (0, (), D("7.20"))
    assert found.payment_status == "partially_refunded"
    assert raw_total("bigcommerce", found.raw) == (D("10.8000"), D("7.20"))


def test_a_refund_of_an_amount_and_one_that_keeps_a_fee_say_so() -> None:
    lines = [product(1, 1, "10.0000")]
    amount = refund([{"item_type": "ORDER", "item_id": 1, "requested_amount": D("3.5")}], "3.50")
    (only,) = order(raw(lines, "10.0000", parts={"refunds": [amount]})).refunds
    assert (only.is_amount_only, only.difference) == (True, 0)
    kept = refund([{"item_type": "PRODUCT", "item_id": 1, "quantity": 1}], "8.00")
    (only,) = order(raw(lines, "10.0000", parts={"refunds": [kept]})).refunds
    assert ([one.net for one in only.lines], [one.net for one in only.adjustments]) == (
        [D("10.00")], [D("-2.00")],
    )  # fmt: skip
    assert only.difference == 0


def test_shipping_and_tax_alone_can_be_refunded() -> None:
    value = raw([product(1, 1, "10.0000", "1.0000")], "16.5000", "1.5000",
                shipping_cost_ex_tax="5.0000", shipping_cost_tax="0.5000")  # fmt: skip
    value["_supplement"]["refunds"] = [
        refund([{"item_type": "SHIPPING", "item_id": 7, "requested_amount": D("5.5")}],
               "5.50", "0.50"),
        refund([{"item_type": "TAX", "item_id": 1, "requested_amount": D(1)}], "1.00", "1.00",
               id=14),
    ]  # fmt: skip
    shipping, tax = order(value).refunds
    (part,) = shipping.adjustments
    assert (part.kind, part.net, part.tax) == ("shipping", D("5.00"), D("0.50"))
    (part,) = tax.adjustments
    assert (part.net, part.tax, tax.difference) == (0, D("1.00"), 0)


def test_a_declined_refund_gave_nothing_back() -> None:
    back = refund([], "10.00")
    back["payments"][0]["is_declined"] = True
    found = order(raw([product(1, 1, "10.0000")], "10.0000", parts={"refunds": [back]}))
    assert found.refunds == ()
    assert raw_total("bigcommerce", found.raw)[1] == 0


STATUSES = {0: "draft", 1: "open", 2: "completed", 3: "open", 5: "cancelled", 6: "failed",
            7: "open", 10: "completed", 11: "open", 14: "open", 99: "open"}  # fmt: skip


@pytest.mark.parametrize(("number", "status"), STATUSES.items())
def test_a_status_is_known_by_its_number_whatever_it_is_called(number: int, status: str) -> None:
    value = raw(
        [product(1, 1, "10.0000")], "10.0000", status_id=number, custom_status="Gone fishing"
    )
    found = order(value)
    assert (found.status, found.source_status) == (status, "Gone fishing")


def test_an_archived_order_is_a_cancelled_one() -> None:
    found = order(raw([product(1, 1, "10.0000")], "10.0000", is_deleted=True))
    assert (found.status, found.cancelled_at) == ("cancelled", found.updated_at)


def test_the_currency_is_the_one_that_was_paid_in() -> None:
    value = raw([product(1, 1, "1000.0000")], "1000.0000", default_currency_code="JPY",
                currency_code="USD")  # fmt: skip
    assert (order(value).currency, str(order(value).total)) == ("JPY", "1000")


def test_what_is_shipped_comes_from_the_shipments_and_the_lines() -> None:
    lines = [product(1, 3, "10.0000", quantity_shipped=2)]
    sent = {"id": 5, "order_id": 1, "date_created": "Fri, 19 Jun 2026 10:00:00 +0000",
            "tracking_number": "1Z", "shipping_provider": "ups",
            "items": [{"order_product_id": 1, "quantity": 1}]}  # fmt: skip
    found = order(raw(lines, "10.0000", status_id=3, parts={"shipments": [sent]}))
    assert (found.fulfillment_status, found.lines[0].quantity_fulfilled) == ("partial", 2)
    assert found.fulfillments[0].tracking_numbers == ("1Z",)


def test_an_order_without_its_products_is_held_with_that_reason() -> None:
    value = raw([], "10.0000", subtotal_ex_tax="10.0000")
    with pytest.raises(MalformedPayload, match=r"order 1, /products: .*/v2/orders/1/products"):
        order(value)


def test_the_recorded_parts_make_the_recorded_order_whole() -> None:
    folder = shared("orders/bigcommerce")
    format_ = format_named("bigcommerce")
    names = ("orders", "order_products", "order_shipments", "order_transactions")
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        for item in read("bigcommerce", (folder / f"gladly_{name}.json").read_bytes(), SHOP):
            of = found.get(item.source_id)
            found[item.source_id] = format_.merge(of, item.raw) if of else item.raw  # type: ignore[union-attr]
    made = order(found["106"])
    assert made.arithmetic == "lines 249.00 + tax 24.90 = 273.90"
    assert [(one.method, one.amount) for one in made.payments] == [
        ("Paid for in cash", D("273.90"))
    ]
    assert (made.payment_status, made.fulfillment_status) == ("paid", "partial")
    assert made.lines[0].variant == "Size: S, Color: Silver"
    assert made.url == "https://store-4egmvz9lwd.mybigcommerce.com/manage/orders/106"
