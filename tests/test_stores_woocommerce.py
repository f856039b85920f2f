"""WooCommerce payloads: what each part of an order becomes."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.samples import SAMPLES
from app.stores.formats import MalformedPayload, RawOrder, Shop, format_named, read
from rules_library.order import Order
from tests.conftest import shared

WOO = format_named("woocommerce")
SHOP = Shop(key="cedar", type="woocommerce", zone="America/New_York", currency="USD")
RAWS = {raw.source_id: raw.raw for raw in SAMPLES[0].orders()}


def order(number: str, **changed: Any) -> Order:
    return WOO.translate({**copy.deepcopy(RAWS[number]), **changed}, SHOP)


def recorded(name: str, shop: Shop = SHOP) -> Order:
    (found,) = read("woocommerce", shared(f"orders/woocommerce/{name}").read_bytes(), shop)
    assert isinstance(found, RawOrder)
    return WOO.translate(found.raw, shop)


def test_a_recorded_order_with_coupon_fees_and_stacked_taxes() -> None:
    found = recorded("live-wc-11.0.1/02_coupon_fee_meta.json")
    assert found.arithmetic == (
        "lines 79.45 + shipping 12.34 + handling 2.50 + fee -1.00 + tax 7.55 = 100.84"
    )
    assert [(tax.name, tax.amount, tax.rate) for tax in found.taxes] == [
        ("NY State", Decimal("3.55"), 4),
        ("NYC", Decimal("4.00"), Decimal("4.5")),
    ]
    hammer, nails, wrapping = found.lines
    assert (hammer.sku, hammer.quantity, hammer.gross, hammer.discount, hammer.net) == (
        "HAM-16", 4, Decimal("59.97"), Decimal("6.00"), Decimal("53.97")
    )  # fmt: skip
    assert [(tax.name, tax.amount) for tax in nails.taxes] == [
        ("NY State", Decimal("0.84")),
        ("NYC", Decimal("0.94")),
    ]
    assert nails.properties == {"Engraving": "J.O.B."}
    assert (hammer.taxable, wrapping.taxable) == (True, False)
    assert found.po_number == "PO-7781"
    assert found.attributes["_gift_message"] == "Happy b-day ☺"
    assert found.customer.company == 'Ö&B "Tools" <LLC>'
    assert [(one.code, one.amount) for one in found.discounts] == [("save10", Decimal("8.83"))]
    (paid,) = found.payments
    assert (paid.method, paid.method_kind, paid.amount) == ("PayPal", "paypal", Decimal("100.84"))


def test_times_are_utc_and_the_zone_is_the_shops() -> None:
    found = order("5101")
    assert found.placed_at == datetime(2026, 10, 6, 14, 12, 9, tzinfo=UTC)
    assert found.paid_at == datetime(2026, 10, 6, 14, 14, 9, tzinfo=UTC)
    assert found.zone == "America/New_York"


@pytest.mark.parametrize(
    ("local", "zone"),
    [
        ("2026-11-22T04:33:54", "UTC"),
        ("2026-11-21T23:33:54", "Etc/GMT+5"),
        ("2026-11-22T05:33:54", "Etc/GMT-1"),
        ("2026-11-22T10:03:54", "Asia/Kolkata"),
        ("2026-11-22T04:40:54", "UTC"),
    ],
)
def test_a_zone_that_is_not_set_is_derived_from_the_two_clocks(local: str, zone: str) -> None:
    raw = {**RAWS["5101"], "date_created": local, "date_created_gmt": "2026-11-22T04:33:54"}
    assert WOO.translate(raw, Shop(key="s", type="woocommerce")).zone == zone


def test_a_time_without_its_gmt_twin_is_in_the_shops_zone() -> None:
    assert order("5101", date_created_gmt=None).placed_at.hour == 14


def test_completed_without_a_payment_date_is_unpaid() -> None:
    text = shared("orders/woocommerce/docs_orders_3.json").read_bytes()
    raws = [one for one in read("woocommerce", text, SHOP) if isinstance(one, RawOrder)]
    found = WOO.translate(raws[1].raw, SHOP)
    assert (found.status, found.payment_status, found.payments) == ("completed", "pending", ())
    assert found.balance_due == Decimal("39.00")
    assert all(refund.payments == () for refund in found.refunds)


def test_an_unknown_status_stays_as_text_and_the_order_open() -> None:
    found = order("5115")
    assert (found.status, found.source_status, found.payment_status) == (
        "open", "awaiting-pickup", "paid"
    )  # fmt: skip
    unpaid = order("5115", date_paid=None, date_paid_gmt=None, status="wc-partial-payment")
    assert (unpaid.source_status, unpaid.payment_status) == ("partial-payment", "pending")


@pytest.mark.parametrize(
    ("number", "status", "payment"),
    [
        ("5104", "open", "pending"),
        ("5105", "open", "pending"),
        ("5106", "completed", "refunded"),
        ("5107", "completed", "partially_refunded"),
        ("5109", "cancelled", "pending"),
        ("5120", "failed", "failed"),
        ("5110", "open", "paid"),
    ],
)
def test_statuses(number: str, status: str, payment: str) -> None:
    found = order(number)
    assert (found.status, found.payment_status) == (status, payment)


def test_a_card_payment_that_is_not_captured_is_an_authorization() -> None:
    found = order(
        "5101",
        date_paid=None,
        date_paid_gmt=None,
        status="on-hold",
        meta_data=[{"id": 1, "key": "_stripe_charge_captured", "value": "no"}],
    )
    assert found.payment_status == "authorized"
    assert [payment.kind for payment in found.payments] == ["authorization"]
    assert found.captured == 0


def test_gift_cards_are_payments_and_the_total_is_before_them() -> None:
    found = order("5111")
    assert found.total == Decimal(str(RAWS["5111"]["total"])) + 50
    assert [(one.method, one.method_kind) for one in found.payments] == [
        ("Gift Card", "gift_card"),
        ("Credit Card (Stripe)", "card"),
    ]
    assert found.balance_due == 0


def test_a_gift_card_sold_is_no_product() -> None:
    card, towels = order("5112").lines
    assert (card.kind, card.taxable, card.requires_shipping) == ("gift_card", False, False)
    assert towels.kind == "product"


def test_bundles_name_their_parts() -> None:
    kit, tongs, brush, engraving = order("5118").lines
    assert (kit.kind, tongs.kind, brush.kind) == ("bundle", "bundle_part", "bundle_part")
    assert tongs.parent_id == brush.parent_id == kit.source_id
    assert (engraving.kind, engraving.sku) == ("custom", "")


def test_a_variation_is_the_product_and_its_attributes_are_told() -> None:
    board = order("5102").lines[0]
    assert (board.product_id, board.variant) == ("3031", "Size: Large")


def test_names_come_without_html() -> None:
    raw = copy.deepcopy(RAWS["5101"])
    raw["line_items"][0]["name"] = "Ship Your Idea &ndash; Black"
    raw["payment_method_title"] = 'PayPal <img src="x.png" />'
    found = WOO.translate(raw, SHOP)
    assert found.lines[0].name == "Ship Your Idea \u2013 Black"
    assert found.payments[0].method == "PayPal"


def test_fees_say_what_they_are_and_a_negative_one_is_a_fee() -> None:
    kinds = {charge.name: charge.kind for charge in order("5113").charges}
    assert kinds == {
        "Flat Rate": "shipping",
        "Gift wrap": "wrapping",
        "Loyalty discount": "fee",
        "Packing surcharge": "surcharge",
    }


def test_the_stated_total_tax_wins_over_the_rates_by_a_cent() -> None:
    raw = copy.deepcopy(RAWS["5102"])
    raw["total_tax"] = str(Decimal(raw["total_tax"]) + Decimal("0.01"))
    raw["total"] = str(Decimal(raw["total"]) + Decimal("0.01"))
    found = WOO.translate(raw, SHOP)
    assert found.difference == 0
    assert [tax.name for tax in found.taxes] == ["NY State", "New York City", "MCTD"]


def test_a_total_tax_far_from_the_rates_stands_alone() -> None:
    found = order("5102", total_tax="9.99")
    assert [(tax.amount, tax.rate) for tax in found.taxes] == [(Decimal("9.99"), None)]
    assert found.difference == Decimal("2.02")


def test_prices_with_tax_in_them_are_net_already() -> None:
    found = order("5114")
    assert found.prices_include_tax
    assert found.currency == "EUR"
    assert found.difference == 0


def test_a_full_refund_is_known_by_line_from_the_order_alone() -> None:
    (refund,) = order("5106").refunds
    assert [(line.net, line.tax) for line in refund.lines] == [
        (Decimal("45.00"), Decimal("4.66")),
        (Decimal("18.00"), Decimal("1.86")),
    ]
    assert [(part.kind, part.net, part.tax) for part in refund.adjustments] == [
        ("shipping", Decimal("6.95"), Decimal("0.72"))
    ]
    assert refund.payments[0].method == "PayPal"


def test_a_partial_refund_without_details_is_an_amount() -> None:
    raw = {key: value for key, value in RAWS["5107"].items() if key != "_supplement"}
    (refund,) = WOO.translate(raw, SHOP).refunds
    assert refund.is_amount_only
    assert (refund.total, refund.net, refund.tax) == (Decimal("37.82"), Decimal("37.82"), 0)


def test_merged_details_tell_the_lines_of_a_refund() -> None:
    text = shared("orders/woocommerce/live-wc-11.0.1/05_full_refund_refunds.json").read_bytes()
    order_text = shared("orders/woocommerce/live-wc-11.0.1/05_full_refund.json").read_bytes()
    (supplement,) = read("woocommerce", text, SHOP)
    (whole,) = read("woocommerce", order_text, SHOP)
    assert isinstance(supplement, RawOrder)
    assert isinstance(whole, RawOrder)
    assert supplement.source_id == whole.source_id
    merged = WOO.merge(whole.raw, supplement.raw)
    (refund,) = WOO.translate(merged, SHOP).refunds
    assert refund.difference == 0
    assert [(line.line_id, line.net, line.tax, line.restocked) for line in refund.lines] == [
        ("29", Decimal("19.99"), Decimal("1.65"), True)
    ]
    assert [(part.kind, part.net) for part in refund.adjustments] == [("shipping", Decimal(5))]
    assert {key: merged[key] for key in whole.raw} == whole.raw


def test_merging_twice_changes_nothing_and_a_newer_order_keeps_the_details() -> None:
    supplement = {"refund_of": "5107", "refunds": RAWS["5107"]["_supplement"]["refunds"]}
    assert WOO.merge(RAWS["5107"], supplement) == RAWS["5107"]
    plain = {key: value for key, value in RAWS["5107"].items() if key != "_supplement"}
    assert WOO.carry_over(RAWS["5107"], plain) == RAWS["5107"]
    assert WOO.carry_over(plain, plain) == plain


def test_details_of_a_refund_that_the_order_no_longer_lists_are_left_out() -> None:
    assert order("5107", refunds=[]).refunds == ()


def test_details_younger_than_the_order_are_a_new_refund() -> None:
    older = {"refunds": [], "date_modified_gmt": "2026-10-15T20:00:00"}
    assert [refund.source_id for refund in order("5107", **older).refunds] == ["5157"]


def test_a_refund_that_does_not_add_up_shows_its_difference() -> None:
    raw = copy.deepcopy(RAWS["5107"])
    raw["_supplement"]["refunds"][0]["amount"] = "40.00"
    (refund,) = WOO.translate(raw, SHOP).refunds
    assert refund.difference == Decimal("2.18")


def test_a_deleted_order_of_a_batch_answer_is_the_order_as_it_was() -> None:
    text = json.dumps({"delete": [RAWS["5101"]]}, default=str)
    (found,) = read("woocommerce", text, SHOP)
    assert isinstance(found, RawOrder)
    gone = WOO.translate(found.raw, SHOP)
    assert (gone.status, gone.source_status, gone.payment_status) == ("open", "processing", "paid")


def test_a_batch_entry_that_failed_is_told_apart() -> None:
    answer = {"create": [{"id": 7, "error": {"code": "x", "message": "Invalid ID."}}]}
    (bad,) = read("woocommerce", json.dumps(answer), SHOP)
    assert (bad.source_id, bad.reason) == ("7", "/create/0: the store answered: Invalid ID.")  # type: ignore[union-attr]


def test_the_latest_change_of_an_order_in_one_file_wins() -> None:
    old = {**RAWS["5101"], "status": "pending"}
    new = {**RAWS["5101"], "date_modified_gmt": "2026-12-01T00:00:00"}
    for pair in ([old, new], [new, old]):
        (found,) = read("woocommerce", json.dumps(pair, default=str), SHOP)
        assert isinstance(found, RawOrder)
        assert found.raw["status"] == "processing"


def test_a_shipment_of_a_tracking_plugin_and_the_rest_of_a_completed_order() -> None:
    tracked, rest = order("5102").fulfillments
    assert (tracked.carrier, tracked.tracking_numbers) == ("UPS", ("1Z00000000SAMPLE02",))
    assert (rest.source_id, len(rest.lines)) == ("completed", 3)
    assert order("5102").fulfillment_status == "fulfilled"


def test_a_fulfilment_record_ships_its_lines() -> None:
    first = RAWS["5101"]["line_items"][0]["id"]
    record = {
        "id": 1,
        "entity_type": "WC_Order",
        "entity_id": "5101",
        "status": "fulfilled",
        "meta_data": [
            {"key": "_items", "value": [{"item_id": first, "qty": 2}]},
            {"key": "_tracking_number", "value": "1Z9"},
            {"key": "_shipment_provider", "value": "ups"},
        ],
    }
    (supplement,) = read("woocommerce", json.dumps([record]), SHOP)
    assert isinstance(supplement, RawOrder)
    found = WOO.translate(WOO.merge(RAWS["5101"], supplement.raw), SHOP)
    assert found.fulfillment_status == "partial"
    assert [line.quantity_fulfilled for line in found.lines] == [2, 0]
    assert found.fulfillments[0].tracking_numbers == ("1Z9",)


def test_what_needs_no_processing_needs_no_shipping() -> None:
    assert order("5121", status="processing").fulfillment_status == "not_required"


def test_an_order_without_an_id_of_its_line_is_refused() -> None:
    raw = copy.deepcopy(RAWS["5101"])
    del raw["line_items"][0]["id"]
    with pytest.raises(MalformedPayload, match="/line_items/0/id: has no id"):
        WOO.translate(raw, SHOP)


def test_the_buyer_without_billing_is_the_one_it_is_shipped_to() -> None:
    found = order("5101", billing=[])
    assert found.customer.name == "Dana Whitfield"
    assert found.billing.is_empty


def test_the_order_can_be_opened_in_the_shop() -> None:
    assert order("5101").url == (
        "https://cedarandpine.example/wp-admin/post.php?post=5101&action=edit"
    )


def test_amounts_have_the_currencys_decimals() -> None:
    found = order("5101", currency="JPY", total="69.6", total_tax="0", tax_lines=[])
    assert found.total == 70
    assert order("5101", total="69.140000").total == Decimal("69.14")


def test_a_full_refund_takes_back_the_orders_tax_to_the_cent() -> None:
    raw = copy.deepcopy(RAWS["5106"])
    for holder, key, cent in (
        (raw, "total_tax", "0.01"),
        (raw, "total", "0.01"),
        (raw["refunds"][0], "total", "-0.01"),
    ):
        holder[key] = str(Decimal(holder[key]) + Decimal(cent))
    found = WOO.translate(raw, SHOP)
    assert found.difference == 0
    assert (found.refunds[0].difference, found.refunds[0].tax) == (0, found.tax_total)


def test_shipping_without_tax_in_an_order_with_tax_is_not_taxable() -> None:
    found = recorded("live-wc-11.0.1/05_full_refund.json")
    assert [charge.taxable for charge in found.charges] == [False]
    assert [line.taxable for line in found.lines] == [True]
    assert all(charge.taxable for charge in order("5102").charges)
