"""Which documents exist: by transaction type, by what is paid and shipped, by what is posted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qbwc.documents import CLEAR, Document, TxnRef
from qbwc.planning import Ledger
from rules_library.order import Order
from tests.planning import (
    FILE,
    NOW,
    D,
    an,
    charge,
    fulfilled,
    kinds,
    line,
    only,
    order,
    payment,
    planned,
    posted,
    reposted,
    rows,
    shipping,
    tax,
    total_of,
    unpaid,
)

PARTLY = {"payment_status": "partially_paid", "payments": (payment("20.00"),)}
SO, INV, PAY, SR, EST = "SalesOrder", "Invoice", "ReceivePayment", "SalesReceipt", "Estimate"


@pytest.mark.parametrize(
    ("kind", "paid", "not_paid", "partly", "shipped_not_paid"),
    [
        ("sales_receipt", [SR], [], [], []),
        ("invoice", [INV], [], [INV], [INV]),
        ("invoice_and_payment", [INV, PAY], [], [INV, PAY], [INV]),
        ("sales_order", [SO], [SO], [SO], [SO]),
        ("sales_order_and_invoice", [SO, INV], [SO], [SO, INV], [SO, INV]),
        ("sales_order_invoice_and_payment", [SO, INV, PAY], [SO], [SO, INV, PAY], [SO, INV]),
        ("sales_order_and_payment", [SO, PAY], [SO], [SO, PAY], [SO]),
        ("estimate", [EST], [EST], [EST], [EST]),
        ("none", [], [], [], []),
    ],
)
def test_a_transaction_type_names_the_documents(
    kind: str,
    paid: list[str],
    not_paid: list[str],
    partly: list[str],
    shipped_not_paid: list[str],
) -> None:
    for of, expected in (
        (order(), paid),
        (fulfilled(order()), paid),
        (unpaid(), not_paid),
        (order(**PARTLY), partly),
        (fulfilled(unpaid()), shipped_not_paid),
    ):
        made = planned(of, transaction_type=kind)
        assert kinds(made) == expected
        if expected:
            assert made.verdict == "post"
        else:
            assert made.verdict == ("skip" if kind == "none" else "wait")


@pytest.mark.parametrize("kind", ["sales_receipt", "invoice", "sales_order", "estimate"])
def test_every_sale_has_the_orders_lines_and_total(kind: str) -> None:
    (sale,) = planned(order(taxes=(tax("3.40"),)), transaction_type=kind).documents
    assert rows(sale) == [("HAM-16", "40.00"), ("Shipping", "5.00"), ("Sales Tax", "3.40")]
    assert sale.fields["lines"][0]["Quantity"] == 2
    assert total_of(sale) == D("48.40")


def test_a_receipt_says_what_an_order_that_is_not_fully_paid_waits_for() -> None:
    made = planned(order(**PARTLY), transaction_type="sales_receipt")
    assert made.verdict == "wait"
    assert made.reasons == (
        "not fully paid: 20.00 of 45.00, and a sales receipt is for paid orders",
    )


def test_a_receipt_waits_while_the_order_is_marked_unpaid() -> None:
    made = planned(order(), transaction_type="sales_receipt", mark_invoice_unpaid=True)
    assert made.verdict == "wait"


def test_an_unpaid_unshipped_order_waits_for_its_invoice_with_the_reason() -> None:
    made = planned(unpaid())
    assert (made.verdict, made.reasons) == (
        "wait",
        (
            (
                "the invoice is not made yet: "
                "Wait until the order is paid or shipped, unless it has payment terms"
            ),
        ),
    )


def test_an_unpaid_order_with_payment_terms_is_invoiced_at_once() -> None:
    assert kinds(planned(unpaid(payment_terms="Net 30"))) == [INV]


def test_no_sales_order_and_no_invoice_yet_waits_with_a_reason() -> None:
    made = planned(order(), transaction_type="sales_order", create_sales_order=False)
    assert made.verdict == "wait"
    assert made.reasons == ("the rules create no document for this order yet",)


def test_the_sales_order_can_be_left_out() -> None:
    made = planned(
        order(), transaction_type="sales_order_invoice_and_payment", create_sales_order=False
    )
    assert kinds(made) == [INV, PAY]
    assert "LinkToTxnID" not in only(made, INV).fields


SHIPPED = {"if": [{"==": [{"var": "fulfillment.status"}, "fulfilled"]}, "whole", "none"]}
FIRST: dict[str, Any] = {
    "transaction_type": "sales_order_invoice_and_payment",
    "create_invoice": SHIPPED,
}


def sales_order_first() -> tuple[Order, Ledger]:
    """A paid order of which QuickBooks has the sales order and the payment, not applied."""
    of = order()
    return of, posted(*planned(of, **FIRST).documents)


def test_sales_order_first_takes_the_payment_unapplied() -> None:
    made = planned(order(), **FIRST)
    assert kinds(made) == [SO, PAY]
    taken = only(made, PAY)
    assert taken.fields["IsAutoApply"] is False
    assert "applied" not in taken.fields
    assert made.more is False


def test_after_fulfilment_the_invoice_closes_the_sales_order() -> None:
    of, ledger = sales_order_first()
    made = planned(fulfilled(of), ledger=ledger, **FIRST)
    invoice = only(made, INV)
    assert invoice.fields["LinkToTxnID"] == [TxnRef(SO)]
    assert "lines" not in invoice.fields
    assert total_of(invoice) == D("45.00")
    assert kinds(made) == [SO, INV, PAY]
    assert made.more is True


def test_when_the_invoice_is_posted_a_mod_applies_the_earlier_payment() -> None:
    of, ledger = sales_order_first()
    second = planned(fulfilled(of), ledger=ledger, **FIRST)
    made = planned(fulfilled(of), ledger=posted(*second.documents), **FIRST)
    (mod,) = [one for one in made.documents if one.action == "mod"]
    assert mod.kind == PAY
    assert mod.fields == {
        "TxnID": "T3",
        "EditSequence": "1",
        "TotalAmount": D("45.00"),
        "applied": [{"TxnID": "T2", "PaymentAmount": D("45.00")}],
    }


def test_after_the_mod_nothing_more_is_sent() -> None:
    of, ledger = sales_order_first()
    second = planned(fulfilled(of), ledger=ledger, **FIRST)
    third = planned(fulfilled(of), ledger=posted(*second.documents), **FIRST)
    mod = third.documents[-1]
    after = posted(only(third, SO), only(third, INV), mod)
    made = planned(fulfilled(of), ledger=after, **FIRST)
    assert kinds(made) == [SO, INV, PAY]
    assert {one.action for one in made.documents} == {"add"}
    assert made.more is False


def test_the_mod_applies_no_more_than_the_invoice_takes() -> None:
    of, ledger = sales_order_first()
    second = planned(fulfilled(of), ledger=ledger, **FIRST)
    after = posted(*second.documents, total=D("45.00"), balance=D("12.00"))
    made = planned(fulfilled(of), ledger=after, **FIRST)
    assert made.documents[-1].fields["applied"][0]["PaymentAmount"] == D("12.00")


def test_an_invoice_that_somebody_else_paid_takes_no_payment() -> None:
    of, ledger = sales_order_first()
    second = planned(fulfilled(of), ledger=ledger, **FIRST)
    after = posted(*second.documents, total=D("45.00"), balance=D("0.00"))
    made = planned(fulfilled(of), ledger=after, **FIRST)
    assert {one.action for one in made.documents} == {"add"}


def test_what_is_posted_is_in_the_plan_as_it_was() -> None:
    of = order()
    first = planned(of)
    assert reposted(of, first).documents == first.documents


def test_a_posted_order_is_not_skipped_any_more() -> None:
    of = order()
    assert reposted(of, planned(of), sync_order=False).verdict == "post"


def test_an_order_that_changed_after_posting_is_held_with_both_totals() -> None:
    first = planned(order())
    made = planned(order(charges=(shipping("7.50"),)), ledger=posted(*first.documents))
    assert made.verdict == "hold"
    assert (
        "the order changed after it was posted: Shipping 7.50 instead of 5.00: "
        "45.00 then, 47.50 now"
    ) in made.reasons


@pytest.mark.parametrize("status", ["cancelled", "failed", "draft"])
def test_an_order_cancelled_before_posting_is_skipped(status: str) -> None:
    made = planned(order(status=status))
    assert made.verdict == "skip"
    assert made.reasons == ("left out by rule: Leave out cancelled, failed and draft orders",)


def test_a_test_order_is_skipped() -> None:
    assert planned(order(is_test=True)).reasons == ("left out by rule: Leave out test orders",)


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"cancelled_at": NOW}])
def test_an_order_cancelled_after_posting_is_held(change: dict[str, Any]) -> None:
    of = order()
    made = planned(replace(of, **change), ledger=posted(*planned(of).documents))
    assert made.verdict == "hold"
    assert made.reasons[0].startswith("the order was cancelled after it was posted")


def test_an_order_to_be_reviewed_is_held_with_the_cases_title() -> None:
    review = {"if": [{">": [{"var": "order.total"}, 40]}, True, False]}
    assert planned(order(), hold_for_review=review).reasons == ("held for review by rule",)


def test_an_order_that_does_not_add_up_is_held_with_its_arithmetic() -> None:
    made = planned(order(total=D("46.10"), taxes=(tax("1.00"),)))
    assert made.verdict == "hold"
    assert made.reasons == (
        (
            "the order does not add up: lines 40.00 + shipping 5.00 + tax 1.00 = 46.00, "
            "but the store says 46.10 (difference 0.10)"
        ),
    )


def test_a_difference_within_the_rounding_limit_becomes_a_line() -> None:
    made = planned(order(total=D("45.02")), rounding_item="Rounding", rounding_limit="0.05")
    assert rows(only(made, INV))[-1] == ("Rounding", "0.02")
    assert total_of(only(made, INV)) == D("45.02")


@pytest.mark.parametrize("rules", [{"rounding_limit": "0.05"}, {"rounding_item": "Rounding"}])
def test_without_item_or_limit_no_difference_is_rounded_away(rules: dict[str, Any]) -> None:
    assert planned(order(total=D("45.02")), **rules).verdict == "hold"


def test_a_foreign_currency_is_held() -> None:
    made = planned(order(currency="EUR"))
    assert made.reasons == ("the order is in EUR, the company's home currency is USD",)


def test_an_order_without_currency_is_held() -> None:
    assert "an unknown currency" in planned(order(currency="")).reasons[0]


def test_a_free_order_is_posted_with_a_total_of_zero() -> None:
    of = order(lines=(line(discount=D("40.00")),), charges=())
    made = planned(of)
    assert kinds(made) == [INV]
    assert total_of(only(made, INV)) == 0
    assert kinds(planned(of, transaction_type="sales_receipt")) == [SR]


def test_a_sale_in_a_closed_period_is_held() -> None:
    made = planned(order(), replace(FILE, closing_date="2026-11-21"))
    assert made.verdict == "hold"
    assert made.reasons == (
        "2026-11-21 lies in a closed period (QuickBooks' books are closed to 2026-11-21)",
    )


def test_by_rule_a_closed_day_becomes_the_first_open_one() -> None:
    file = replace(FILE, closing_date="2026-11-22")
    made = planned(order(), file, closed_period="first_open_day")
    assert [one.fields["TxnDate"].isoformat() for one in made.documents] == ["2026-11-23"] * 2


def test_the_day_after_the_closing_date_is_open() -> None:
    assert planned(order(), replace(FILE, closing_date="2026-11-20")).verdict == "post"


def test_a_payment_in_a_closed_period_is_held() -> None:
    made = planned(order(), replace(FILE, closing_date="2026-11-20"), payment_date="2026-11-20")
    assert made.verdict == "hold"


def test_what_is_posted_in_a_period_that_was_closed_since_is_not_held() -> None:
    of = order()
    made = planned(of, replace(FILE, closing_date="2026-12-31"), posted(*planned(of).documents))
    assert made.verdict == "post"


def test_a_date_that_is_cleared_does_not_crash_a_closing_date() -> None:
    made = planned(
        order(),
        replace(FILE, closing_date="2026-11-21"),
        transaction_type="invoice",
        txn_date={"clear": []},
    )
    assert only(made, INV).fields["TxnDate"] is CLEAR


def test_all_faults_of_an_order_are_told_at_once() -> None:
    made = planned(order(currency="EUR", total=D("50.00")), memo={"+": [{"var": "lines"}, "x"]})
    assert len(made.reasons) >= 2


def test_a_rule_that_fails_holds_the_order_and_names_the_decision() -> None:
    made = planned(order(), due_date={"cat": ["soon"]})
    assert made.verdict == "hold"
    assert made.reasons[0].startswith("the rule for 'Due date' cannot be used: 'soon'")


def test_nothing_is_created_for_an_order_that_is_held() -> None:
    made = planned(order(currency="EUR"), FILE.without("Jane Doe"))
    assert (made.documents, made.additions) == ((), ())


def test_before_the_first_mirror_names_hold_nothing() -> None:
    empty = replace(FILE, entries=(), verified=False)
    made = planned(order(taxes=(tax("3.40"),)), empty, terms="Net 30")
    assert kinds(made) == [INV, PAY]
    assert made.additions == ()
    assert only(made, INV).fields["TermsRef"].list_id == ""


def test_charges_of_every_kind_have_their_items() -> None:
    charges = (
        shipping(), charge("handling", "1.00"), charge("wrapping", "2.00"), charge("fee", "3.00"),
        charge("surcharge", "4.00"), charge("tip", "5.00"), charge("duty", "6.00"),
        charge("rounding", "-0.02"),
    )  # fmt: skip
    made = planned(order(charges=charges), rounding_item="Rounding")
    assert rows(only(made, INV))[1:] == [
        ("Shipping", "5.00"), ("Fees", "1.00"), ("Fees", "2.00"), ("Fees", "3.00"),
        ("Fees", "4.00"), ("Tips", "5.00"), ("Duties", "6.00"), ("Rounding", "-0.02"),
    ]  # fmt: skip


def test_a_negative_fee_uses_the_discount_item() -> None:
    made = planned(order(charges=(charge("fee", "-5.00"),)))
    assert rows(only(made, INV))[1] == ("Discount", "-5.00")


def test_a_shipping_item_goes_by_carrier() -> None:
    by_carrier = {"if": [{"==": [{"var": "charge.carrier"}, "UPS"]}, "UPS freight", "Shipping"]}
    file = FILE.with_(an("Item", "UPS freight"))
    charges = (shipping(carrier="UPS"), shipping("2.00", source_id="s2"))
    made = planned(order(charges=charges), file, shipping_item=by_carrier)
    assert rows(only(made, INV))[1:] == [("UPS freight", "5.00"), ("Shipping", "2.00")]


@pytest.mark.parametrize("shown", ["net_lines", "one_line", "per_line"])
def test_discounts_shown_in_three_ways_come_to_the_same_total(shown: str) -> None:
    lines = (line(discount=D("4.00")), line(source_id="2", sku="SAW-1", discount=D("1.01")))
    of = order(lines=lines, taxes=(tax("3.00"),))
    made = planned(of, discount_as=shown)
    assert total_of(only(made, INV)) == of.total == D("82.99")
    discounts = {
        "net_lines": [],
        "one_line": [("Discount", "-5.01")],
        "per_line": [("Discount", "-4.00"), ("Discount", "-1.01")],
    }
    assert [row for row in rows(only(made, INV)) if row[0] == "Discount"] == discounts[shown]


def test_a_discount_stands_after_its_line() -> None:
    lines = (line(discount=D("4.00")), line(source_id="2", sku="SAW-1"))
    made = planned(order(lines=lines), discount_as="per_line")
    items = [item for item, _ in rows(only(made, INV))]
    assert items == ["HAM-16", "Discount", "SAW-1", "Shipping"]


@pytest.mark.parametrize("shown", ["one_line", "per_line"])
def test_a_price_that_was_raised_is_no_discount(shown: str) -> None:
    of = order(lines=(line(discount=D("-2.00")),))
    assert rows(only(planned(of, discount_as=shown), INV))[0] == ("HAM-16", "42.00")


@pytest.mark.parametrize("shown", ["net_lines", "one_line", "per_line"])
def test_a_free_line_that_is_left_out_takes_its_discount_with_it(shown: str) -> None:
    free = line(source_id="2", sku="SAW-1", gross=D("9.00"), discount=D("9.00"))
    made = planned(
        order(lines=(line(), free)),
        discount_as=shown,
        skip_line={"==": [{"var": "line.sku"}, "SAW-1"]},
    )
    assert rows(only(made, INV)) == [("HAM-16", "40.00"), ("Shipping", "5.00")]


def test_a_line_that_costs_something_cannot_be_left_out() -> None:
    made = planned(order(), skip_line=True)
    assert made.reasons[0] == "the line 'Claw hammer' is to be left out, but costs 40.00"


def test_a_class_is_put_on_every_line_of_money() -> None:
    of = order(lines=(line(discount=D("4.00")),), taxes=(tax("3.00"),))
    made = planned(of, discount_as="one_line", line_class="Online")
    classes = [one["ClassRef"].full_name for one in only(made, INV).fields["lines"]]
    assert classes == ["Online"] * 4


def test_a_description_is_name_and_variant_or_what_the_rule_says_or_none() -> None:
    of = order(lines=(line(variant="Large"),))
    (first, *_) = only(planned(of), INV).fields["lines"]
    assert first["Desc"] == "Claw hammer - Large"
    (first, *_) = only(planned(of, line_description=None), INV).fields["lines"]
    assert "Desc" not in first


def test_a_document_survives_being_kept_as_text() -> None:
    for document in planned(order(taxes=(tax("3.40"),))).documents:
        assert Document.loads(document.dumps()) == document
