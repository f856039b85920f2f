"""Refunds: a credit memo for each, after the sale, to the cent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qbwc.planning import Plan
from rules_library.order import Adjustment, Order, Refund, RefundLine
from tests.planning import (
    FILE,
    D,
    kinds,
    line,
    only,
    order,
    planned,
    posted,
    refund,
    rows,
    sample,
    shipping,
    tax,
    total_of,
)

CREDIT = "CreditMemo"
CODES: dict[str, Any] = {"tax_mode": "codes", "tax_item": "NY 8.875"}


def back(quantity: int, net: str, tax_back: str = "0", **given: Any) -> RefundLine:
    return RefundLine(line_id="1", quantity=D(quantity), net=D(net), tax=D(tax_back), **given)


def adjusted(net: str, kind: Any = "adjustment", tax_back: str = "0") -> Adjustment:
    name = {"shipping": "Flat rate"}.get(kind, "")
    return Adjustment(kind=kind, name=name, net=D(net), tax=D(tax_back))


def after(of: Order, *refunds: Refund, **rules: Any) -> Plan:
    """The plan of a posted order that was refunded since."""
    first = planned(of, **rules)
    assert first.verdict == "post", first.reasons
    return planned(replace(of, refunds=refunds), ledger=posted(*first.documents), **rules)


def test_a_refund_waits_for_its_sale_to_be_posted() -> None:
    made = planned(order(refunds=(refund("20.00", lines=(back(1, "20.00"),)),)))
    assert CREDIT not in kinds(made)
    assert "the refund follows once its sale is in QuickBooks" in made.reasons
    assert (made.more, made.unbooked) == (True, True)


@pytest.mark.parametrize("kind", ["sales_receipt", "invoice"])
def test_a_whole_refund_gives_everything_back(kind: str) -> None:
    whole = refund(
        "48.40",
        lines=(back(2, "40.00", "3.00"),),
        adjustments=(adjusted("5.00", "shipping", "0.40"),),
    )
    memo = only(after(order(taxes=(tax("3.40"),)), whole, transaction_type=kind), CREDIT)
    assert rows(memo) == [("HAM-16", "40.00"), ("Shipping", "5.00"), ("Sales Tax", "3.40")]
    assert memo.fields["lines"][0]["Quantity"] == 2
    assert total_of(memo) == D("48.40")


def test_a_partial_refund_gives_back_its_lines() -> None:
    memo = only(after(order(), refund("20.00", lines=(back(1, "20.00"),))), CREDIT)
    assert rows(memo) == [("HAM-16", "20.00")]
    assert memo.fields["lines"][0]["Quantity"] == 1


def test_an_amount_only_refund_uses_the_adjustment_item() -> None:
    memo = only(after(order(), refund("8.00", adjustments=(adjusted("8.00"),))), CREDIT)
    assert rows(memo) == [("Refund Adjustment", "8.00")]
    assert memo.fields["lines"][0]["Desc"] == "Refund"


def test_a_restocking_fee_is_kept_from_the_refund() -> None:
    given = refund("35.00", lines=(back(2, "40.00"),), adjustments=(adjusted("-5.00", "fee"),))
    memo = only(after(order(), given), CREDIT)
    assert rows(memo) == [("HAM-16", "40.00"), ("Fees", "-5.00")]
    assert total_of(memo) == D("35.00")


def test_a_refunds_header() -> None:
    given = refund("8.00", adjustments=(adjusted("8.00"),), reason="Damaged")
    memo = only(after(order(), given, terms="Net 30", due_date="2026-12-31"), CREDIT)
    assert memo.part == "r1"
    assert memo.fields["RefNumber"] == "1001-R1"
    assert memo.fields["Memo"] == "shop #1001 refund r1 Damaged"
    assert memo.fields["CustomerRef"].list_id == "80000001-C"
    assert "TermsRef" not in memo.fields
    assert "DueDate" not in memo.fields


@pytest.mark.parametrize("dated", [None, {"clear": []}, {"var": "order.placed_on"}])
def test_a_refund_has_its_own_date_whatever_the_sales(dated: Any) -> None:
    given = refund("8.00", adjustments=(adjusted("8.00"),))
    given = replace(given, created_at=given.created_at.replace(month=12, hour=3))
    memo = only(after(order(), given, txn_date=dated), CREDIT)
    assert memo.fields["TxnDate"].isoformat() == "2026-12-20"


def test_a_refund_of_a_sale_in_a_closed_period_is_not_held() -> None:
    of = order()
    ledger = posted(*planned(of).documents)
    given = refund("8.00", adjustments=(adjusted("8.00"),))
    later = replace(given, created_at=given.created_at.replace(month=12))
    closed = replace(FILE, closing_date="2026-11-30")
    assert planned(replace(of, refunds=(later,)), closed, ledger).verdict == "post"
    assert planned(replace(of, refunds=(given,)), closed, ledger).verdict == "hold"


def test_several_refunds_are_numbered_and_kept_apart() -> None:
    one = refund("8.00", adjustments=(adjusted("8.00"),))
    two = refund("2.00", adjustments=(adjusted("2.00"),), source_id="r2")
    made = after(order(), one, two)
    assert [(d.part, d.fields["RefNumber"]) for d in made.documents if d.kind == CREDIT] == [
        ("r1", "1001-R1"), ("r2", "1001-R2"),
    ]  # fmt: skip


def test_two_refunds_with_the_same_id_are_held() -> None:
    one = refund("8.00", adjustments=(adjusted("8.00"),))
    assert after(order(), one, one).reasons == (
        "two refunds of the order have the same id, so they cannot be told apart",
    )


def test_a_posted_refund_stays_as_it_was() -> None:
    of = order()
    made = after(of, refund("8.00", adjustments=(adjusted("8.00"),)))
    again = planned(replace(of, refunds=(refund("9.99"),)), ledger=posted(*made.documents))
    assert only(again, CREDIT) == only(made, CREDIT)


def test_a_posted_refund_that_the_store_has_no_more_is_held() -> None:
    of = order()
    made = after(of, refund("8.00", adjustments=(adjusted("8.00"),)))
    assert planned(of, ledger=posted(*made.documents)).reasons == (
        "refund r1 is in QuickBooks, but the store does not have it any more",
    )


def test_a_refund_with_fractions_of_a_cent_is_credited_to_the_cent() -> None:
    parts = (back(1, "10.002"), back(1, "10.002"))
    memo = only(after(order(), refund("20.004", lines=parts)), CREDIT)
    assert total_of(memo) == D("20.00")


def test_a_refunded_amount_of_nothing_is_no_line() -> None:
    given = refund("8.00", adjustments=(adjusted("8.00"), adjusted("0.00", "shipping")))
    assert rows(only(after(order(), given), CREDIT)) == [("Refund Adjustment", "8.00")]


def test_the_tax_of_an_adjustment_that_a_marketplace_gave_back_is_not_credited() -> None:
    of = order(taxes=(tax("3.00", remitted_by="marketplace"),))
    given = refund("8.60", adjustments=(adjusted("8.00", tax_back="0.60"),))
    assert total_of(only(after(of, given), CREDIT)) == D("8.00")


def test_a_refund_that_does_not_add_up_is_held_with_its_arithmetic() -> None:
    made = after(order(), refund("21.00", lines=(back(1, "20.00", "0.50"),)))
    assert made.reasons == (
        "refund r1 does not add up: items 20.00 + tax 0.50, but the store gave back 21.00",
    )


def test_a_refund_of_nothing_is_no_document() -> None:
    assert CREDIT not in kinds(after(order(), refund("0.00", lines=(back(1, "0.00"),))))


def test_a_refund_of_less_than_nothing_is_held() -> None:
    made = after(order(), refund("-5.00", adjustments=(adjusted("-5.00", "fee"),)))
    assert made.reasons == ("refund r1 is negative: -5.00",)


def test_a_refund_of_an_unknown_line_is_held() -> None:
    gone = RefundLine(line_id="77", quantity=D(1), net=D("20.00"))
    made = after(order(), refund("20.00", lines=(gone,)))
    assert made.reasons == ("refund r1 names a line that the order does not have once",)


def test_a_refund_of_a_line_whose_id_the_order_has_twice_is_held() -> None:
    twice = order(lines=(line(), line(sku="SAW-1")))
    assert after(twice, refund("20.00", lines=(back(1, "20.00"),))).verdict == "hold"


def test_quickbooks_computes_the_tax_of_a_refund() -> None:
    of = order(taxes=(tax("3.55"),))
    memo = only(after(of, refund("21.78", lines=(back(1, "20.00", "1.78"),)), **CODES), CREDIT)
    assert memo.fields["ItemSalesTaxRef"].full_name == "NY 8.875"
    assert memo.totals
    assert (memo.totals.subtotal, memo.totals.tax) == (D("20.00"), D("1.78"))


def test_refunded_shipping_is_taxed_as_the_shipping_was() -> None:
    of = order(charges=(shipping(taxes=(tax("0.44"),)),), taxes=(tax("3.99"),))
    given = refund("5.44", adjustments=(adjusted("5.00", "shipping", "0.44"),))
    memo = only(after(of, given, **CODES), CREDIT)
    assert memo.fields["lines"][0]["SalesTaxCodeRef"].full_name == "Tax"
    assert total_of(memo) == D("5.44")


def test_a_taxed_adjustment_is_taxable() -> None:
    given = refund("10.89", adjustments=(adjusted("10.00", tax_back="0.89"),))
    memo = only(after(order(taxes=(tax("3.55"),)), given, **CODES), CREDIT)
    assert total_of(memo) == D("10.89")


def test_tax_that_a_marketplace_gave_back_is_not_credited() -> None:
    of = order(taxes=(tax("3.00", remitted_by="marketplace"),))
    memo = only(after(of, refund("21.50", lines=(back(1, "20.00", "1.50"),))), CREDIT)
    assert rows(memo) == [("HAM-16", "20.00")]
    assert total_of(memo) == D("20.00")


def test_the_merchants_share_of_a_mixed_tax_is_credited() -> None:
    taxes = (tax("1.00"), tax("3.00", remitted_by="marketplace"))
    of = order(lines=(line(taxes=taxes),), taxes=taxes)
    memo = only(after(of, refund("22.00", lines=(back(1, "20.00", "2.00"),))), CREDIT)
    assert rows(memo) == [("HAM-16", "20.00"), ("Sales Tax", "0.50")]


@pytest.mark.parametrize(
    "number", ["5106", "5107", "5108", "#2006", "#2013", "LB3004", "LB3005", "B-2205"]
)
def test_the_samples_refunds_are_credited_to_the_cent(number: str) -> None:
    of = sample(number)
    made = after(replace(of, refunds=()), *of.refunds, when_item_missing="create_service")
    given_back = [total_of(one) for one in made.documents if one.kind == CREDIT]
    assert sum(given_back) == of.refunded


def test_a_marketplaces_sample_refund_is_credited_without_the_tax() -> None:
    of = sample("12-10345-77810")
    made = after(replace(of, refunds=()), *of.refunds, when_item_missing="create_service")
    assert total_of(only(made, CREDIT)) == D("85.00")
