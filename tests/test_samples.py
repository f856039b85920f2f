"""The sample orders: enough of them, consistent to the cent, varied, invented."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from app import samples
from app.samples import SAMPLES, Sample
from app.stores.formats import RawOrder, format_named
from app.stores.raw_total import marketplace_tax, raw_total
from rules_library.order import Order
from tests.store_totals import parts_total

READY = [
    (sample, raw, format_named(sample.format_key).translate(raw.raw, sample.shop))
    for sample in SAMPLES
    for raw in sample.orders()
]
ORDERS: dict[str, Order] = {order.number: order for _, _, order in READY}
DOES_NOT_ADD_UP = {"5116"}


def test_there_are_56_orders_with_numbers_of_their_own() -> None:
    assert len(READY) == 56
    assert len(ORDERS) == 56


def test_every_order_adds_up_but_the_one_that_is_meant_not_to() -> None:
    assert {number for number, order in ORDERS.items() if order.difference} == DOES_NOT_ADD_UP
    assert ORDERS["5116"].difference == Decimal("1.10")


def test_every_refund_adds_up() -> None:
    refunds = [(o.number, r.difference) for o in ORDERS.values() for r in o.refunds]
    assert len(refunds) == 9
    assert [number for number, difference in refunds if difference] == []


@pytest.mark.parametrize(("sample", "raw", "order"), READY, ids=lambda v: getattr(v, "number", ""))
def test_three_independent_sums_agree(sample: Sample, raw: RawOrder, order: Order) -> None:
    assert raw_total(sample.format_key, raw.raw) == (order.total, order.refunded)
    if order.number not in DOES_NOT_ADD_UP:
        assert parts_total(sample.format_key, raw.raw) == order.total


def test_paid_orders_were_paid_exactly() -> None:
    for order in ORDERS.values():
        if order.payment_status in {"paid", "partially_refunded", "refunded"}:
            assert order.balance_due == 0, order.number


def test_43_orders_can_be_posted_as_paid_sales_in_us_dollars() -> None:
    ready = [
        order
        for order in ORDERS.values()
        if order.payment_status in {"paid", "partially_refunded", "refunded"}
        and order.status in {"open", "completed"}
        and order.currency == "USD"
        and not order.is_test
        and not order.difference
    ]
    assert len(ready) == 43


def test_the_readme_lists_each_order_that_does_not_post() -> None:
    text = (Path(samples.__file__).parent / "README.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| (\S+) \| (wait|skip|hold) \|", text, re.MULTILINE))
    assert Counter(listed.values()) == {"wait": 4, "skip": 4, "hold": 4}
    for number, verdict in listed.items():
        order = ORDERS[number]
        is_open = order.status in {"open", "completed"} and not order.is_test
        assert (verdict == "skip") is not is_open, number
        assert (verdict == "wait") is (is_open and not order.captured), number


def test_the_statuses_that_a_rule_may_meet_are_there() -> None:
    assert {o.payment_status for o in ORDERS.values()} >= {
        "paid", "pending", "authorized", "partially_paid", "partially_refunded", "refunded",
        "voided", "failed",
    }  # fmt: skip
    assert {o.status for o in ORDERS.values()} >= {"open", "completed", "cancelled", "failed"}
    assert {o.fulfillment_status for o in ORDERS.values()} >= {
        "unfulfilled",
        "partial",
        "fulfilled",
    }
    assert any(order.is_test for order in ORDERS.values())
    assert ORDERS["5115"].source_status == "awaiting-pickup"


def test_the_kinds_of_lines_and_charges_are_there() -> None:
    lines = Counter(line.kind for order in ORDERS.values() for line in order.lines)
    charges = Counter(charge.kind for order in ORDERS.values() for charge in order.charges)
    assert lines.keys() >= {"product", "gift_card", "custom", "service", "bundle", "bundle_part"}
    assert charges.keys() >= {
        "shipping", "handling", "wrapping", "fee", "tip", "duty", "rounding", "surcharge",
    }  # fmt: skip
    assert any(charge.net < 0 for order in ORDERS.values() for charge in order.charges)


def test_long_orders_and_free_ones_are_there() -> None:
    assert len(ORDERS["5117"].lines) == 25
    assert ORDERS["5110"].total == 0
    assert any(not line.net for line in ORDERS["#2011"].lines)
    assert any(not line.sku for line in ORDERS["5118"].lines)


def test_a_marketplaces_tax_is_told_from_the_merchants() -> None:
    for sample, raw, order in READY:
        remitted = sum(tax.amount for tax in order.taxes if tax.remitted_by == "marketplace")
        given_back = sum(refund.tax for refund in order.refunds) if remitted else 0
        assert marketplace_tax(sample.format_key, raw.raw) == remitted - given_back
    assert ORDERS["WM-20881773"].taxes[0].remitted_by == "marketplace"


def test_the_refund_record_beside_the_orders_is_merged_into_its_order() -> None:
    (refund,) = ORDERS["5107"].refunds
    assert refund.lines[0].quantity == 2
    assert not refund.is_amount_only


def test_nobody_real_can_be_reached_through_a_sample() -> None:
    for sample in SAMPLES:
        for address in re.findall(r"[\w.+-]+@[\w.-]+", sample.text.decode()):
            assert address.endswith((".example", ".test")), address


def test_names_from_everywhere_are_there() -> None:
    names = " ".join(order.customer.name + order.customer.company for order in ORDERS.values())
    assert all(sign in names for sign in ("ü", "ß", "Ś", "佐藤", ":", "'"))
    assert max(len(o.customer.company or o.customer.name) for o in ORDERS.values()) > 60
    assert any("🎉" in order.customer_note for order in ORDERS.values())
