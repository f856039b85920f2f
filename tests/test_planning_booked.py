"""Shipping, surcharges and used gift cards: shown where the rules want them, to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from qbwc.planning import Plan
from qbwc.planning.booked import shares_of
from rules_library.order import Order, RefundLine
from tests.planning import (
    FILE,
    D,
    an,
    charge,
    kinds,
    line,
    only,
    order,
    payment,
    planned,
    refund,
    reposted,
    rows,
    shipping,
    tax,
    total_of,
)


def shown(made: Plan, kind: str = "Invoice") -> list[tuple[str, str]]:
    assert made.verdict == "post", made.reasons
    return rows(only(made, kind))


def described(made: Plan) -> list[str]:
    return [one["Desc"] for one in only(made, "Invoice").fields["lines"]]


TWO = order(
    charges=(
        shipping("5.00"),
        charge("fee", "1.00"),
        shipping("7.50", source_id="s2", name="Express", discount=D("0.50")),
    )
)


def test_each_shipping_charge_is_a_line_by_default() -> None:
    assert shown(planned(TWO))[1:] == [("Shipping", "5.00"), ("Fees", "1.00"), ("Shipping", "7.00")]


def test_all_shipping_may_be_one_line() -> None:
    made = planned(TWO, shipping_as="one_line")
    assert shown(made)[1:] == [("Shipping", "12.00"), ("Fees", "1.00")]
    assert described(made)[1] == "Flat rate, Express"


def test_two_shipping_charges_that_are_the_same_are_still_two() -> None:
    of = order(charges=(shipping("5.00"), shipping("5.00")))
    assert shown(planned(of, shipping_as="one_line"))[1:] == [("Shipping", "10.00")]


def test_shipping_may_stand_in_the_goods() -> None:
    of = order(
        lines=(line(), line(source_id="2", sku="SAW-1", quantity=D(1), gross=D("20.00"))),
        charges=(shipping("5.00"),),
    )
    made = planned(of, shipping_as="in_lines")
    assert shown(made) == [("HAM-16", "43.33"), ("SAW-1", "21.67")]
    assert total_of(only(made, "Invoice")) == of.total


def test_shipping_without_goods_stays_a_line() -> None:
    of = order(lines=(line(gross=D(0)),))
    assert shown(planned(of, shipping_as="in_lines")) == [("HAM-16", "0.00"), ("Shipping", "5.00")]


def test_shipping_does_not_stand_in_a_gift_card() -> None:
    of = order(lines=(line(kind="gift_card"), line(source_id="2", gross=D("1.00"))))
    assert shown(planned(of, shipping_as="in_lines")) == [
        ("Gift Card", "40.00"),
        ("HAM-16", "6.00"),
    ]


FUEL = [["Web Sales", "1.25", "Fuel"], ["Fees", "0.75"]]


def test_surcharges_are_taken_off_the_shipping() -> None:
    made = planned(order(), surcharge=FUEL)
    assert shown(made)[1:] == [("Shipping", "3.00"), ("Web Sales", "1.25"), ("Fees", "0.75")]
    assert described(made)[2:] == ["Fuel", "Fees"]
    assert total_of(only(made, "Invoice")) == D("45.00")


def test_surcharges_may_take_all_of_several_shipping_charges() -> None:
    made = planned(TWO, surcharge=[["Web Sales", "12.00"]])
    assert shown(made)[1:] == [("Fees", "1.00"), ("Web Sales", "12.00")]


@pytest.mark.parametrize("how", ["each", "one_line", "in_lines"])
def test_surcharges_and_shipping_are_shown_together_to_the_cent(how: str) -> None:
    made = planned(TWO, surcharge=FUEL, shipping_as=how)
    assert total_of(only(made, "Invoice")) == TWO.total
    assert ("Web Sales", "1.25") in shown(made)


def test_a_surcharge_beyond_the_shipping_is_held() -> None:
    assert planned(order(), surcharge=[["Web Sales", "5.01"]]).reasons == (
        "the surcharges come to 5.01, but the shipping that they are a share of only to 5.00",
    )
    assert planned(order(charges=()), surcharge=FUEL).verdict == "hold"


def test_a_negative_surcharge_is_held() -> None:
    assert planned(order(), surcharge=[["Web Sales", "-1"]]).reasons == (
        "a surcharge is a share of the shipping, so it cannot be negative",
    )


def test_a_surcharges_item_that_quickbooks_lacks_is_held_or_created() -> None:
    made = planned(order(), surcharge=[["Fuel", "1"]])
    assert made.reasons == ("Shipping item: QuickBooks has no item 'Fuel'",)
    made = planned(order(), surcharge=[["Fuel", "1"]], when_item_missing="create_service")
    assert [entry.full_name for entry in made.additions] == ["Fuel"]


GIFTED = order(
    payments=(
        payment("20.00", method="Gift Card", method_kind="gift_card", reference="GC7"),
        payment("25.00", source_id="p2"),
    )
)


def test_a_used_gift_card_is_a_payment_by_default() -> None:
    assert kinds(planned(GIFTED)) == ["Invoice", "ReceivePayment", "ReceivePayment"]


@pytest.mark.parametrize(
    ("how", "item"), [("discount", "Discount"), ("negative_line", "Gift Card")]
)
def test_a_used_gift_card_may_lower_the_sale(how: str, item: str) -> None:
    made = planned(GIFTED, gift_card_used_as=how)
    assert shown(made)[-1] == (item, "-20.00")
    assert described(made)[-1] == "Gift Card GC7"
    assert total_of(only(made, "Invoice")) == D("25.00")
    assert only(made, "ReceivePayment").fields["TotalAmount"] == D("25.00")
    assert only(made, "ReceivePayment").part == "p2"


def test_a_gift_card_pays_before_tax_is_reckoned_on_the_goods() -> None:
    """8.875 % of 40.00 is 3.55, whether or not a gift card pays a part."""
    of = order(
        lines=(line(taxes=(tax("3.55"),)),), taxes=(tax("3.55"),),
        payments=(
            payment("20.00", method="Gift Card", method_kind="gift_card"),
            payment("28.55", source_id="p2"),
        ),
    )  # fmt: skip
    codes = {"tax_mode": "codes", "tax_item": "NY 8.875"}
    made = planned(of, gift_card_used_as="negative_line", **codes)
    assert total_of(only(made, "Invoice")) == D("28.55")


def test_an_order_that_gift_cards_pay_whole_comes_to_nothing() -> None:
    of = order(payments=(payment("45.00", method="Gift Card", method_kind="gift_card"),))
    made = planned(of, gift_card_used_as="negative_line", transaction_type="sales_receipt")
    assert total_of(only(made, "SalesReceipt")) == 0
    assert kinds(made) == ["SalesReceipt"]


def test_a_gift_card_that_was_posted_as_a_payment_stays_one() -> None:
    first = planned(GIFTED)
    again = reposted(GIFTED, first, gift_card_used_as="discount")
    assert again.verdict == "post", again.reasons
    assert kinds(again) == kinds(first)


def test_a_failed_gift_card_lowers_nothing() -> None:
    failed = payment("20.00", method="Gift Card", method_kind="gift_card", status="failed")
    of = order(payments=(failed, payment("45.00", source_id="p2")))
    assert total_of(only(planned(of, gift_card_used_as="discount"), "Invoice")) == D("45.00")


def given_back(amount: str, card: str) -> Order:
    back = refund(
        amount,
        lines=(RefundLine(line_id="1", quantity=D(1), net=D(amount)),),
        payments=(
            payment(card, kind="refund", method="Gift Card", method_kind="gift_card"),
            payment(str(D(amount) - D(card)), source_id="p3", kind="refund"),
        ),
    )
    return order(payments=GIFTED.payments, refunds=(back,))


@pytest.mark.parametrize(
    ("how", "item"), [("discount", "Refund Adjustment"), ("negative_line", "Gift Card")]
)
def test_what_goes_back_to_a_gift_card_is_not_credited_to_the_buyer(how: str, item: str) -> None:
    of = given_back("20.00", "15.00")
    again = reposted(of, planned(of, gift_card_used_as=how), gift_card_used_as=how)
    assert shown(again, "CreditMemo") == [("HAM-16", "20.00"), (item, "-15.00")]
    assert total_of(only(again, "CreditMemo")) == D("5.00")


def test_a_refund_to_a_gift_card_alone_is_held() -> None:
    of = given_back("20.00", "20.00")
    made = planned(of, gift_card_used_as="negative_line")
    assert made.reasons == ("refund r1 went to a gift card alone, which a credit memo cannot show",)


def test_a_gift_card_item_that_quickbooks_lacks_is_held() -> None:
    made = planned(GIFTED, FILE.without("Gift Card"), gift_card_used_as="negative_line")
    assert made.reasons == ("Item for gift cards sold: QuickBooks has no item 'Gift Card'",)


def test_nothing_of_it_touches_an_order_that_has_none_of_it() -> None:
    of = order(charges=())
    rules: dict[str, Any] = {"gift_card_used_as": "discount", "shipping_as": "in_lines"}
    assert planned(of, **rules) == planned(of)


def test_a_gift_card_in_a_file_with_its_own_item_uses_it() -> None:
    file = FILE.with_(an("Item", "Vouchers"))
    made = planned(GIFTED, file, gift_card_used_as="negative_line", gift_card_sold_item="Vouchers")
    assert shown(made)[-1] == ("Vouchers", "-20.00")


@pytest.mark.parametrize(
    ("amount", "weights"),
    [
        ("10.00", "1 1 1"),
        ("0.01", "1 1 1"),
        ("-7.77", "3 5 9"),
        ("99999.99", "0.001 7 0"),
        ("5", "0 0"),
    ],
)
def test_shares_are_cents_and_add_up(amount: str, weights: str) -> None:
    found = shares_of(D(amount), [D(weight) for weight in weights.split()])
    assert sum(found, Decimal(0)) == D(amount)
    assert all(share == round(share, 2) for share in found)
