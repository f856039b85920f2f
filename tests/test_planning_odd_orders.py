"""An order may hold anything that a store can send: planning never crashes, and never miscounts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rules_library.order import Address, Adjustment, Customer, Order, RefundLine
from tests.planning import (
    D,
    charge,
    line,
    order,
    payment,
    planned,
    posted,
    refund,
    rows,
    shipping,
    tax,
)
from tests.test_planning_samples import check

IDS = st.sampled_from(["", *"123456789"])
CENTS = st.integers(0, 20_000).map(lambda cents: Decimal(cents) / 100)
ODD = st.integers(-50_000, 200_000).map(lambda mills: Decimal(mills) / 10_000)
MONEY = st.integers(0, 19).flatmap(lambda roll: CENTS if roll else ODD)
TAXES = st.lists(
    st.builds(tax, MONEY.map(str), remitted_by=st.sampled_from(["merchant", "marketplace"])),
    max_size=2,
).map(tuple)
NAMES = st.sampled_from(["", "x", "Jane:Doe", "🎉", "é" * 60, "\x00", "Claw hammer " * 5, "NaN"])
LINES = st.builds(
    line,
    source_id=IDS,
    name=NAMES,
    sku=st.sampled_from(["HAM-16", "SAW-1", "NEW-1", "é" * 40]),
    quantity=st.sampled_from([D(0), D(1), D(3), D("-2"), D("0.33333333"), D("1E+3")]),
    gross=MONEY,
    discount=st.sampled_from([D(0), D("0.01"), D("2.50"), D("-1.00")]),
    taxes=TAXES,
    kind=st.sampled_from(["product", "gift_card", "tip", "bundle_part"]),
    taxable=st.booleans(),
)
CHARGES = st.builds(
    charge,
    st.sampled_from(["shipping", "fee", "tip", "duty", "rounding", "surcharge"]),
    MONEY.map(str),
    taxes=TAXES,
)
PAYMENTS = st.builds(
    payment,
    MONEY.map(str),
    source_id=IDS,
    method=NAMES,
    reference=NAMES,
    kind=st.sampled_from(["charge", "charge", "charge", "authorization", "change"]),
    status=st.sampled_from(["success", "success", "failed"]),
    paid_at=st.none(),
)
REFUNDS = st.builds(
    refund,
    MONEY.map(str),
    source_id=IDS,
    lines=st.lists(
        st.builds(RefundLine, line_id=IDS, quantity=st.just(D(1)), net=MONEY, tax=MONEY), max_size=2
    ).map(tuple),
    adjustments=st.lists(
        st.builds(
            Adjustment,
            kind=st.sampled_from(["shipping", "fee", "duty", "tip", "adjustment"]),
            name=NAMES,
            net=MONEY,
            tax=MONEY,
        ),
        max_size=2,
    ).map(tuple),
)
ORDERS = st.builds(
    order,
    number=st.sampled_from(["#1001", "", "1" * 40, "🎉"]),
    lines=st.lists(LINES, min_size=1, max_size=4).map(tuple),
    charges=st.lists(CHARGES, max_size=3).map(tuple),
    taxes=TAXES,
    payments=st.lists(PAYMENTS, min_size=1, max_size=3).map(tuple),
    refunds=st.lists(REFUNDS, max_size=1).map(tuple),
    customer=st.builds(Customer, email=NAMES, first_name=NAMES, company=NAMES, phone=NAMES),
    billing=st.builds(Address, last_name=NAMES, city=NAMES),
    fulfillment_status=st.sampled_from(["unfulfilled", "fulfilled"]),
)
RULES = st.fixed_dictionaries(
    {
        "transaction_type": st.sampled_from(
            ["invoice_and_payment", "sales_receipt", "sales_order_invoice_and_payment"]
        ),
        "discount_as": st.sampled_from(["net_lines", "one_line", "per_line"]),
        "tax_mode": st.sampled_from(["line_item", "line_item", "codes", "none"]),
        "tax_item": st.sampled_from([None, "NY 8.875"]),
        "rounding_item": st.sampled_from([None, "Rounding"]),
        "rounding_limit": st.sampled_from(["0.00", "0.05", "500.00"]),
        "marketplace_tax": st.sampled_from(["leave_out", "in_and_out"]),
        "when_item_missing": st.sampled_from(["create_service", "create_inventory", "fallback"]),
        "create_invoice": st.just("whole"),
        "fallback_item": st.just("Web Sales"),
        "item": st.just({"var": "line.sku"}),
        "customer_name": st.just("Anybody"),
        "skip_line": st.just({"==": [{"var": "line.net"}, 0]}),
    }
)


def whole(of: Order, off: Decimal) -> Order:
    """The order with totals that add up, but for the difference."""
    refunds = tuple(replace(one, total=one.net + one.tax) for one in of.refunds)
    return replace(of, total=of.computed_total + off, refunds=refunds)


@given(of=ORDERS, off=st.sampled_from([D(0)] * 9 + [D("0.01")]), rules=RULES)
@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_any_order_makes_a_sound_plan(of: Order, off: Decimal, rules: dict[str, Any]) -> None:
    of = whole(of, off)
    made = planned(of, **rules)
    check(of, made)
    if made.verdict == "post":
        again = planned(of, ledger=posted(*made.documents), **rules)
        check(of, again)
        last = [d for d in again.documents if d.action == "add"]
        check(of, planned(of, ledger=posted(*last), **rules))


def test_fractions_of_a_cent_do_not_change_the_total() -> None:
    lines = tuple(line(source_id=str(n), gross=D("3.3333")) for n in range(3))
    of = order(lines=lines, charges=(shipping("0.0001"),))
    (invoice, _) = planned(of).documents
    assert rows(invoice) == [
        ("HAM-16", "3.33"), ("HAM-16", "3.34"), ("HAM-16", "3.33"), ("Shipping", "0.00"),
    ]  # fmt: skip
    assert invoice.totals
    assert invoice.totals.total == of.total == D("10.00")


def test_a_stated_total_with_fractions_of_a_cent_is_held() -> None:
    made = planned(order(lines=(line(gross=D("40.004")),)))
    (reason,) = made.reasons
    assert reason == "QuickBooks keeps amounts with two decimals, and the total is 45.004 USD"


def test_a_quantity_has_no_more_than_five_decimals() -> None:
    (invoice, _) = planned(order(lines=(line(quantity=D(1) / D(3)),))).documents
    assert invoice.fields["lines"][0]["Quantity"] == D("0.33333")


def test_a_line_of_no_pieces_has_an_amount_and_no_quantity() -> None:
    (invoice, _) = planned(order(lines=(line(quantity=D(0)),))).documents
    assert "Quantity" not in invoice.fields["lines"][0]
    assert invoice.fields["lines"][0]["Amount"] == D("40.00")


def test_a_line_that_was_taken_back_is_a_negative_line() -> None:
    back = line(source_id="2", quantity=D(-1), gross=D("-20.00"))
    (invoice, _) = planned(order(lines=(line(), back))).documents
    assert rows(invoice)[:2] == [("HAM-16", "40.00"), ("HAM-16", "-20.00")]
    assert invoice.fields["lines"][1]["Quantity"] == -1


def test_an_order_that_comes_to_less_than_nothing_is_held() -> None:
    made = planned(order(lines=(line(gross=D("-10.00")),), charges=()))
    assert made.verdict == "hold"
    assert made.reasons == ("the total is negative: -10.00",)


def test_an_order_without_lines_is_held() -> None:
    made = planned(order(lines=(), charges=(), payment_status="paid"))
    assert made.reasons == ("the order has no line to post",)


@pytest.mark.parametrize("field", ["lines", "charges"])
def test_a_free_line_or_charge_is_no_reason_to_hold(field: str) -> None:
    free: Any = (line(source_id="9", gross=D(0)),) if field == "lines" else (shipping("0.00"),)
    made = planned(order(**{field: (*getattr(order(), field), *free)}))
    assert made.verdict == "post"
