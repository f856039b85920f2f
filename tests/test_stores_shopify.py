"""Shopify payloads, REST and GraphQL: what each part of an order becomes."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.samples import SAMPLES
from app.stores.formats import RawOrder, Shop, format_named, read
from app.stores.raw_total import marketplace_tax
from app.stores.shopify.format import snake_case
from rules_library.order import Order
from tests.conftest import shared

SHOPIFY = format_named("shopify")
SHOP = Shop(key="harbor", type="shopify", zone="America/Los_Angeles", currency="USD")
GRAPHQL = {str(raw.raw["name"]): raw.raw for raw in SAMPLES[1].orders()}
REST = {str(raw.raw["name"]): raw.raw for raw in SAMPLES[2].orders()}


def order(name: str, **changed: Any) -> Order:
    raw = copy.deepcopy((GRAPHQL | REST)[name])
    return SHOPIFY.translate({**raw, **changed}, SHOP)


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "USD"}}


def one(text: str | bytes, shop: Shop = SHOP) -> RawOrder:
    found = read("shopify", text, shop)[0]
    assert isinstance(found, RawOrder)
    return found


def test_a_recorded_graphql_order() -> None:
    text = shared("orders/shopify/graphql_order_by_number.json").read_bytes()
    raw = one(text)
    found = SHOPIFY.translate(raw.raw, SHOP)
    assert raw.source_id == found.source_id == "5869612236951"
    assert [(line.sku, line.net, line.quantity_fulfilled) for line in found.lines] == [
        ("111-1", Decimal("55.00"), 1),
        ("", Decimal("89.00"), 1),
    ]
    assert found.lines[0].category == "Sleepwear & Loungewear"
    assert found.fulfillments[0].tracking_numbers == ("rgf", "fggd", "grbrg")
    assert (found.shipping.region, found.shipping.country) == ("M", "ES")
    assert found.customer.name == "Jon Doe"
    assert found.url == "https://gladly-development.myshopify.com/admin/orders/5869612236951"


def test_both_apis_give_the_same_order_id_and_the_names_of_one_are_those_of_the_other() -> None:
    assert snake_case({"totalPriceSet": [{"countryCodeV2": 1}]}) == {
        "total_price_set": [{"country_code_v2": 1}]
    }
    assert order("#2001").source_id == "6100002001"
    assert order("LB3001").source_id == "5200003001"
    assert order("#2001").shipping.country == "US"


def test_shop_money_is_booked_not_the_buyers() -> None:
    found = order("#2008")
    assert (found.currency, found.total) == ("USD", Decimal("134.77"))
    assert found.captured == found.total
    assert (found.customer.last_name, found.shipping.country) == ("佐藤", "JP")


def test_duties_and_fees_are_charges_unless_they_are_included() -> None:
    assert {charge.kind: charge.net for charge in order("#2008").charges} == {
        "shipping": Decimal("24.00"),
        "duty": Decimal("6.30"),
        "fee": Decimal("2.10"),
    }
    included = order("#2008", dutiesIncluded=True)
    assert [charge.kind for charge in included.charges] == ["shipping", "fee"]


def test_discounts_are_their_allocations() -> None:
    found = order("#2003")
    assert [line.discount for line in found.lines] == [
        Decimal("8.10"), Decimal("1.86"), Decimal("3.31")
    ]  # fmt: skip
    (discount,) = found.discounts
    assert (discount.code, discount.kind, discount.amount) == ("LEAF15", "code", Decimal("13.27"))


def test_a_tip_counts_once() -> None:
    as_charge = order("#2003")
    assert [charge.kind for charge in as_charge.charges] == ["shipping", "tip"]
    raw = copy.deepcopy(GRAPHQL["#2003"])
    raw["lineItems"]["nodes"].append(
        {"id": "gid://shopify/LineItem/77", "name": "Tip", "quantity": 1, "product": None,
         "originalUnitPriceSet": money("6.00"), "discountAllocations": [], "taxLines": []}
    )  # fmt: skip
    as_line = SHOPIFY.translate(raw, SHOP)
    assert as_line.lines[-1].kind == "tip"
    assert [charge.kind for charge in as_line.charges] == ["shipping"]
    assert as_charge.difference == as_line.difference == 0


def test_prices_with_tax_in_them_become_net_and_hold() -> None:
    found = order("#2005")
    assert found.prices_include_tax
    assert found.difference == 0
    for line in found.lines:
        assert line.gross - line.discount == line.net
    stated = Decimal("59.98") * Decimal("0.9")
    assert found.lines[0].net + found.lines[0].tax == stated.quantize(Decimal("0.01"))


def test_prices_with_tax_in_them_hold_without_the_lines_taxes() -> None:
    raw = copy.deepcopy(GRAPHQL["#2005"])
    for line in (*raw["lineItems"]["nodes"], *raw["shippingLines"]["nodes"]):
        line["taxLines"] = []
    found = SHOPIFY.translate(raw, SHOP)
    assert found.difference == 0
    assert abs(found.lines_net - order("#2005").lines_net) <= Decimal("0.01")
    raw["lineItems"]["nodes"][0]["taxLines"] = GRAPHQL["#2005"]["lineItems"]["nodes"][0]["taxLines"]
    assert SHOPIFY.translate(raw, SHOP).difference == 0


@pytest.mark.parametrize(
    ("name", "payment", "methods"),
    [
        ("#2001", "paid", ["charge Visa card"]),
        ("#2002", "authorized", ["authorization Mastercard card"]),
        ("#2003", "paid", ["charge PayPal paypal"]),
        ("#2004", "partially_paid", ["charge Manual other"]),
        ("#2007", "paid", ["charge Gift Card gift_card", "charge American Express card"]),
        ("#2010", "voided", ["authorization Visa card", "void Visa card"]),
        ("LB3001", "paid", ["charge PayPal paypal"]),
        ("LB3002", "paid", ["charge Cash cash"]),
        ("LB3006", "pending", []),
        ("LB3007", "paid", ["charge Bank Deposit bank_transfer"]),
        ("LB3009", "paid", ["charge Visa card"]),
    ],
)
def test_payments(name: str, payment: str, methods: list[str]) -> None:
    found = order(name)
    assert found.payment_status == payment
    assert [f"{one.kind} {one.method} {one.method_kind}" for one in found.payments] == methods


def test_a_payment_names_its_gateway_card_and_fee() -> None:
    (paid,) = order("#2001").payments
    assert (paid.gateway, paid.last4, paid.currency) == ("shopify_payments", "4242", "USD")
    assert paid.fee == Decimal("3.53")
    assert paid.paid_at == datetime(2026, 10, 8, 17, 20, 11, tzinfo=UTC)


def test_failed_and_pending_transactions_are_not_money() -> None:
    raw = copy.deepcopy(GRAPHQL["#2001"])
    for status, said in (("FAILURE", "failed"), ("PENDING", "pending"), ("SUCCESS", "success")):
        raw["transactions"][0]["status"] = status
        found = SHOPIFY.translate(raw, SHOP)
        assert found.payments[0].status == said
        assert (found.captured == found.total) is (said == "success")


def test_a_payment_in_a_currency_that_cannot_be_told_is_not_counted() -> None:
    text = shared("orders/shopify/rest_go_order_with_transaction.json").read_bytes()
    found = SHOPIFY.translate(one(text).raw, SHOP)
    (paid,) = found.payments
    assert (paid.amount, paid.currency, paid.status) == (Decimal("79.60"), "AUD", "pending")
    assert found.captured == 0


def test_a_payment_in_the_buyers_currency_is_brought_to_the_shops() -> None:
    raw = copy.deepcopy(REST["LB3005"])
    raw["presentment_currency"] = "CAD"
    raw["total_price_set"]["presentment_money"] = {"amount": "128.69", "currency_code": "CAD"}
    raw["transactions"][1] |= {"amount": "128.69", "currency": "CAD"}
    assert SHOPIFY.translate(raw, SHOP).captured == Decimal("91.92")


def test_transactions_that_are_read_apart_are_merged() -> None:
    raw = {key: value for key, value in REST["LB3003"].items() if key != "transactions"}
    stated = SHOPIFY.translate(raw, SHOP)
    assert [payment.source_id for payment in stated.payments] == ["paid"]
    answer = {"transactions": REST["LB3003"]["transactions"]}
    for item in read("shopify", json.dumps(answer, default=str), SHOP):
        assert isinstance(item, RawOrder)
        raw = SHOPIFY.merge(raw, item.raw)
    assert SHOPIFY.translate(raw, SHOP).payments == order("LB3003").payments


def test_cash_rounding_is_a_charge_and_was_paid() -> None:
    found = order("LB3002")
    assert (found.charges[-1].kind, found.charges[-1].net) == ("rounding", Decimal("0.02"))
    assert found.total == found.captured == Decimal("25.15")


@pytest.mark.parametrize(
    ("name", "lines", "rest"),
    [
        ("#2006", [("68.00", "5.78")], [("shipping", "5.90", "0.51")]),
        ("#2013", [("36.20", "3.13")], [("adjustment", "-5.00", "0.00")]),
        ("LB3004", [("59.80", "3.29"), ("16.30", "0.90")], [("shipping", "12.00", "0.00")]),
        ("LB3005", [], [("adjustment", "8.00", "0.00")]),
    ],
)
def test_refunds(name: str, lines: list[tuple[str, str]], rest: list[tuple[str, str, str]]) -> None:
    (refund,) = order(name).refunds
    assert refund.difference == 0
    assert [(f"{line.net:.2f}", f"{line.tax:.2f}") for line in refund.lines] == lines
    assert [(a.kind, f"{a.net:.2f}", f"{a.tax:.2f}") for a in refund.adjustments] == rest
    assert sum(payment.amount for payment in refund.payments) == refund.total


def test_shipping_that_is_told_twice_is_refunded_once() -> None:
    raw = copy.deepcopy(REST["LB3004"])
    raw["refunds"][0]["refund_shipping_lines"] = [
        {"id": 1, "subtotal_amount_set": {"shop_money": {"amount": "12.00"}}}
    ]
    (refund,) = SHOPIFY.translate(raw, SHOP).refunds
    assert refund.difference == 0
    assert [part.kind for part in refund.adjustments] == ["shipping"]


def test_a_refund_that_does_not_add_up_shows_its_difference() -> None:
    raw = copy.deepcopy(REST["LB3004"])
    raw["refunds"][0]["transactions"][0]["amount"] = "90.00"
    (refund,) = SHOPIFY.translate(raw, SHOP).refunds
    assert refund.difference == Decimal("-2.29")


def test_a_refund_with_tax_in_its_prices() -> None:
    raw = copy.deepcopy(GRAPHQL["#2005"])
    line = raw["lineItems"]["nodes"][1]
    raw["refunds"] = [
        {"id": "gid://shopify/Refund/1", "createdAt": "2026-11-01T00:00:00Z", "note": "x",
         "totalRefundedSet": money("32.58"), "orderAdjustments": {"nodes": []},
         "refundLineItems": {"nodes": [{"quantity": 1, "lineItem": {"id": line["id"]},
                                        "restockType": "RETURN", "subtotalSet": money("32.58"),
                                        "totalTaxSet": money("2.47")}]},
         "transactions": {"nodes": [{"id": "gid://shopify/OrderTransaction/9", "kind": "REFUND",
                                     "status": "SUCCESS", "gateway": "shopify_payments",
                                     "amountSet": money("32.58")}]}}
    ]  # fmt: skip
    (refund,) = SHOPIFY.translate(raw, SHOP).refunds
    assert (refund.net, refund.tax, refund.difference) == (Decimal("30.11"), Decimal("2.47"), 0)
    assert refund.lines[0].restocked


def test_a_line_that_an_edit_removed_is_gone_and_no_refund() -> None:
    found = order("LB3008")
    assert [line.sku for line in found.lines] == ["HELM-M", "BASKET"]
    assert (found.refunds, found.difference) == ((), 0)
    assert found.total == found.captured == Decimal("109.75")


def test_an_edited_order_whose_totals_both_disagree_is_held() -> None:
    found = order("LB3008", current_total_price="100.00")
    assert found.difference != 0


def test_a_refund_read_apart_is_merged() -> None:
    text = shared("orders/shopify/rest_refund.json").read_bytes()
    supplement = one(text)
    order_text = shared("orders/shopify/rest_order.json").read_bytes()
    raw = SHOPIFY.merge(one(order_text).raw, supplement.raw)
    (refund,) = SHOPIFY.translate(raw, SHOP).refunds
    assert refund.source_id == "509562969"
    assert [line.line_id for line in refund.lines] == ["703073504", "466157049"]


@pytest.mark.parametrize(
    ("name", "status", "fulfillment"),
    [
        ("#2001", "completed", "fulfilled"),
        ("#2002", "open", "unfulfilled"),
        ("#2010", "cancelled", "unfulfilled"),
        ("#2011", "open", "partial"),
        ("LB3002", "open", "fulfilled"),
    ],
)
def test_statuses(name: str, status: str, fulfillment: str) -> None:
    found = order(name)
    assert (found.status, found.fulfillment_status) == (status, fulfillment)


@pytest.mark.parametrize(
    ("said", "fulfillment"),
    [("ON_HOLD", "on_hold"), ("FULFILLMENT_NOT_REQUIRED", "not_required"),
     ("IN_PROGRESS", "unfulfilled"), ("SOMETHING_NEW", "unfulfilled")],
)  # fmt: skip
def test_shipping_statuses(said: str, fulfillment: str) -> None:
    found = order("#2002", displayFulfillmentStatus=said)
    assert found.fulfillment_status == fulfillment
    assert found.source_status == f"authorized, {said.lower()}"


def test_a_payment_status_that_is_missing_or_new() -> None:
    assert order("#2001", displayFinancialStatus=None).payment_status == "paid"
    assert order("#2004", displayFinancialStatus=None).payment_status == "partially_paid"
    assert order("#2002", displayFinancialStatus="EXPIRED").payment_status == "voided"
    assert order("#2002", displayFinancialStatus="LATER").payment_status == "pending"


def test_what_was_shipped_stands_in_the_lines() -> None:
    found = order("#2011")
    assert [line.quantity_fulfilled for line in found.lines] == [2, 3, 0]


def test_test_orders_and_drafts_say_so() -> None:
    assert order("#2009").is_test
    text = shared("orders/shopify/rest_draft_order_completed.json").read_bytes()
    draft = one(text)
    found = SHOPIFY.translate(draft.raw, SHOP)
    assert draft.source_id == found.source_id == "draft-517119332"
    assert found.status == "draft"


def test_a_nameless_order_is_an_order() -> None:
    found = order("#2012")
    assert (found.customer.name, found.customer.email) == ("", "")
    assert (found.shipping.region, found.shipping.is_empty) == ("WA", True)
    assert found.difference == 0


def test_business_orders_name_company_terms_and_purchase_order() -> None:
    found = order("#2004")
    assert found.customer.company == "North Quay Hotels LLC"
    assert (found.po_number, found.payment_terms) == ("NQ-55810", "Net 30")
    assert (found.tags, found.attributes) == (("wholesale",), {"Sales rep": "Mona"})


def test_custom_fields_and_properties_of_rest() -> None:
    found = order("LB3001")
    assert found.attributes == {"how_did_you_hear": "A friend"}
    assert found.lines[0].properties == {"Frame engraving": "G. C."}
    assert found.lines[0].variant == "Navy / M"
    assert order("LB3007").tags == ("wholesale",)


def test_kinds_of_lines() -> None:
    assert [line.kind for line in order("#2007").lines] == ["gift_card", "product"]
    assert [line.kind for line in order("LB3009").lines] == ["product", "product", "custom"]


def test_tax_that_the_channel_remits_is_the_marketplaces() -> None:
    raw = copy.deepcopy(GRAPHQL["#2001"])
    for tax in raw["taxLines"]:
        tax["channelLiable"] = True
    found = SHOPIFY.translate(raw, SHOP)
    assert {tax.remitted_by for tax in found.taxes} == {"marketplace"}
    assert [tax.rate for tax in found.taxes] == [Decimal("7.25"), Decimal("1.375")]


def test_a_merchant_of_record_remits_all_tax() -> None:
    found = order("#2001", merchantOfRecordApp={"id": "gid://shopify/App/1"})
    assert {tax.remitted_by for tax in found.taxes} == {"marketplace"}
    raw = {**GRAPHQL["#2001"], "merchantOfRecordApp": {"id": "gid://shopify/App/1"}}
    assert marketplace_tax("shopify", raw) == found.tax_total


def test_taxes_that_only_the_lines_state_are_added_up() -> None:
    raw = copy.deepcopy(GRAPHQL["#2003"])
    del raw["taxLines"]
    del raw["totalTaxSet"]
    assert SHOPIFY.translate(raw, SHOP).taxes == order("#2003").taxes


def test_the_zone_of_a_rest_order_is_in_its_times() -> None:
    raw = REST["LB3001"]
    assert SHOPIFY.translate(raw, Shop(key="s", type="shopify")).zone == "Etc/GMT+5"


def test_bulk_operation_lines_are_put_together() -> None:
    raw = copy.deepcopy(GRAPHQL["#2001"])
    lines = raw.pop("lineItems")["nodes"]
    parts = [raw, *({**line, "__parentId": raw["id"]} for line in lines)]
    text = "\n".join(json.dumps(part, default=str) for part in parts)
    assert SHOPIFY.translate(one(text).raw, SHOP).lines == order("#2001").lines


@pytest.mark.parametrize("wrap", [
    lambda raw: raw,
    lambda raw: [raw],
    lambda raw: {"order": raw},
    lambda raw: {"orders": [raw]},
    lambda raw: {"data": {"order": raw}},
    lambda raw: {"data": {"node": raw}},
    lambda raw: {"data": {"orders": {"nodes": [raw]}}},
    lambda raw: {"data": {"orders": {"edges": [{"cursor": "x", "node": raw}]}}},
])  # fmt: skip
def test_orders_are_found_wherever_the_apis_put_them(wrap: Any) -> None:
    for raw in (GRAPHQL["#2001"], REST["LB3001"]):
        found = one("\ufeff" + json.dumps(wrap(raw), default=str))
        assert found.source_id in {"6100002001", "5200003001"}


def test_shipping_without_tax_in_an_order_with_tax_is_not_taxable() -> None:
    assert [charge.taxable for charge in order("#2001").charges] == [False]
    assert [charge.taxable for charge in order("#2006").charges] == [True]
