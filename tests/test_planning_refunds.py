"""Refunds: a credit memo for each, after the sale, to the cent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qbwc.documents import Document, Ref, Totals, TxnRef
from qbwc.planning import Ledger, Plan
from rules_library.order import Adjustment, Order, Refund, RefundLine
from tests.planning import (
    FILE,
    D,
    an,
    kinds,
    line,
    only,
    order,
    payment,
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


def test_a_posted_refund_stays_as_it_was_and_is_held_when_it_changes() -> None:
    of, given = order(), refund("8.00", adjustments=(adjusted("8.00"),))
    made = after(of, given)
    ledger = posted(*made.documents)
    again = planned(replace(of, refunds=(given,)), ledger=ledger)
    assert only(again, CREDIT) == only(made, CREDIT)
    more = refund("9.99", adjustments=(adjusted("9.99"),))
    held = planned(replace(of, refunds=(more,)), ledger=ledger)
    assert (held.verdict, held.reasons, [one.choices for one in held.drifts]) == (
        "hold",
        (
            (
                "refund r1 changed after it was posted: Refund Adjustment 9.99 instead of 8.00: "
                "8.00 then, 9.99 now"
            ),
        ),
        [("void_and_repost", "keep")],
    )
    uneven = planned(replace(of, refunds=(refund("9.99"),)), ledger=ledger)
    assert [(one.words, one.choices) for one in uneven.drifts] == [
        (("its lines cannot be planned as they are now",), ("keep",))
    ]


def test_what_a_person_used_of_a_changed_refund_is_not_voided() -> None:
    of, given = order(), refund("8.00", adjustments=(adjusted("8.00"),))
    ledger = posted(*after(of, given).documents)
    memo = replace(ledger.posted[CREDIT, "r1"], balance=D("3.00"))
    more = refund("9.99", adjustments=(adjusted("9.99"),))
    used = Ledger({**ledger.posted, (CREDIT, "r1"): memo})
    held = planned(replace(of, refunds=(more,)), ledger=used)
    assert [one.choices for one in held.drifts] == [("keep",)]


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


# What a refund is booked as.

CARD, CHEQUE = "ARRefundCreditCard", "Check"
UNPAID: dict[str, Any] = {"payment_status": "pending", "payments": ()}
GOODWILL = refund("8.00", adjustments=(adjusted("8.00"),))
WHOLE = refund("45.00", lines=(back(2, "40.00"),), adjustments=(adjusted("5.00", "shipping"),))


def test_a_card_refund_pays_out_the_credit_memo_as_it_was_paid() -> None:
    made = after(order(), GOODWILL, refund_as="card_refund")
    assert kinds(made)[-2:] == [CREDIT, CARD]
    money = only(made, CARD)
    assert money.part == "r1"
    assert money.fields["refunded"] == [{"TxnID": TxnRef(CREDIT, "r1"), "RefundAmount": D("8.00")}]
    assert money.fields["RefundFromAccountRef"].full_name == "Undeposited Funds"
    assert money.fields["PaymentMethodRef"].full_name == "Visa"
    assert (money.fields["RefNumber"], money.fields["Memo"]) == ("1001-R1", "shop #1001 refund r1")
    assert money.fields["TxnDate"].isoformat() == "2026-11-21"
    assert total_of(money) == D("8.00")


def test_a_refund_is_given_back_by_its_own_payment_method() -> None:
    own = payment("8.00", kind="refund", method="PayPal", source_id="b1")
    made = after(order(), replace(GOODWILL, payments=(own,)), refund_as="card_refund")
    assert only(made, CARD).fields["PaymentMethodRef"].full_name == "PayPal"


def test_how_a_refund_is_booked_is_decided_by_the_payment_that_is_given_back() -> None:
    rule = {"if": [{"==": [{"var": "payment.method"}, "PayPal"]}, "card_refund", "credit_memo"]}
    own = payment("8.00", kind="refund", method="PayPal", source_id="b1")
    two = replace(GOODWILL, source_id="r2", payments=(own,))
    made = after(order(), GOODWILL, two, refund_as=rule)
    assert [one.part for one in made.documents if one.kind == CREDIT] == ["r1", "r2"]
    assert [one.part for one in made.documents if one.kind == CARD] == ["r2"]


def test_a_refund_by_cheque_is_drawn_on_the_bank_and_applied_to_the_credit_memo() -> None:
    money = only(after(order(), GOODWILL, refund_as="cheque"), CHEQUE)
    assert money.fields["AccountRef"].full_name == "Checking"
    assert money.fields["PayeeEntityRef"].full_name == "Jane Doe"
    assert money.fields["refunded"] == [{"TxnID": TxnRef(CREDIT, "r1"), "Amount": D("8.00")}]
    (row,) = money.fields["lines"]
    assert (row["AccountRef"].full_name, row["Amount"]) == ("Accounts Receivable", D("8.00"))
    assert row["CustomerRef"].full_name == "Jane Doe"
    assert money.fields["IsToBePrinted"] is True
    assert "RefNumber" not in money.fields


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"cheque_account": "Sales Tax Payable"}, "is no bank account"),
        ({"cheque_account": "Nowhere"}, "QuickBooks has no Account 'Nowhere'"),
        ({"cheque_account": None}, "no account is chosen"),
        ({"receivables_account": "Nowhere"}, "QuickBooks has no Account 'Nowhere'"),
    ],
)
def test_a_cheque_needs_its_accounts(rules: dict[str, Any], why: str) -> None:
    payable = an("Account", "Sales Tax Payable", AccountType="OtherCurrentLiability")
    file = FILE.without("Sales Tax Payable").with_(payable)
    ledger = posted(*planned(order()).documents)
    of = order(refunds=(GOODWILL,))
    made = planned(of, file, ledger, refund_as="cheque", **rules)
    assert why in " ".join(made.reasons)


def test_of_several_receivables_accounts_one_has_to_be_chosen_for_a_cheque() -> None:
    file = FILE.with_(an("Account", "A/R 2", AccountType="AccountsReceivable"))
    ledger = posted(*planned(order()).documents)
    of = order(refunds=(GOODWILL,))
    assert planned(of, file, ledger, refund_as="cheque").verdict == "hold"
    chosen = planned(of, file, ledger, refund_as="cheque", receivables_account="A/R 2")
    assert only(chosen, CHEQUE).fields["lines"][0]["AccountRef"].full_name == "A/R 2"


def test_a_card_refund_needs_a_payment_method() -> None:
    made = after(order(), GOODWILL, refund_as="card_refund", payment_method=None)
    assert made.reasons == ("refund r1 has no payment method, which a refund to it needs",)


def test_money_goes_back_after_a_credit_memo_whose_tax_quickbooks_computes() -> None:
    of = order(taxes=(tax("3.55"),), lines=(line(taxes=(tax("3.55"),)),))
    given = refund("21.78", lines=(back(1, "20.00", "1.78"),))
    rules: dict[str, Any] = {"tax_mode": "codes", "tax_item": "CA 7.25", "refund_as": "card_refund"}
    file = FILE.with_(an("Item", "CA 7.25"))
    first = planned(of, file, **rules)
    ledger = posted(*first.documents)
    waiting = planned(replace(of, refunds=(given,)), file, ledger, **rules)
    assert (CARD in kinds(waiting), waiting.more) == (False, True)
    ledger = posted(*waiting.documents)
    assert total_of(only(planned(replace(of, refunds=(given,)), file, ledger, **rules), CARD)) == (
        D("21.78")
    )


def test_how_a_posted_refund_was_booked_stays_when_the_rule_changes() -> None:
    of = order(refunds=(GOODWILL,))
    for first, then, expected in (
        ("credit_memo", "card_refund", [CREDIT]),
        ("card_refund", "credit_memo", [CREDIT, CARD]),
        ("card_refund", "none", [CREDIT, CARD]),
    ):
        sale = planned(order())
        memo = planned(of, ledger=posted(*sale.documents), refund_as=first)
        again = planned(of, ledger=posted(*memo.documents), refund_as=then)
        assert [kind for kind in kinds(again) if kind in {CREDIT, CARD}] == expected


def test_a_credit_memo_that_somebody_used_up_holds_the_money() -> None:
    of = order(refunds=(GOODWILL,))
    sale = planned(order())
    made = planned(of, ledger=posted(*sale.documents), refund_as="card_refund")
    ledger = posted(*[one for one in made.documents if one.kind != CARD])
    memo = ledger.posted[CREDIT, "r1"]
    used = Ledger({**ledger.posted, (CREDIT, "r1"): replace(memo, balance=D("3.00"))})
    held = planned(of, ledger=used, refund_as="card_refund")
    assert held.verdict == "hold"
    assert "3.00 is left, not 8.00" in held.reasons[0]


def test_a_refund_that_is_not_booked_leaves_the_order_posted_with_a_note() -> None:
    made = after(order(), GOODWILL, refund_as="none")
    assert (made.verdict, CREDIT in kinds(made), made.unbooked) == ("post", False, False)
    assert made.reasons == ("refund r1 is not booked: by rule",)


def test_an_unpaid_invoice_is_voided_when_all_of_it_is_given_back() -> None:
    made = after(order(**UNPAID, payment_terms="Net 30"), WHOLE, refund_as="void")
    (ending,) = made.documents
    assert (ending.kind, ending.action, ending.fields) == ("Invoice", "void", {"TxnID": "T1"})
    assert made.verdict == "post"


@pytest.mark.parametrize(
    ("of", "given", "rules", "why"),
    [
        (order(), WHOLE, {}, "it was paid or credited"),
        (order(**UNPAID, payment_terms="x"), GOODWILL, {}, "it gives back 8.00 of 45.00"),
        (order(), WHOLE, {"transaction_type": "sales_receipt"}, "a sale that was paid"),
    ],
)
def test_what_cannot_be_voided_is_held_with_the_reason(
    of: Order, given: Refund, rules: dict[str, Any], why: str
) -> None:
    made = after(of, given, refund_as="void", **rules)
    assert made.verdict == "hold"
    assert why in made.reasons[0]


def test_an_invoice_that_somebody_was_paid_for_is_not_voided() -> None:
    of = order(**UNPAID, payment_terms="Net 30")
    ledger = posted(*planned(of).documents, balance=D("40.00"))
    made = planned(replace(of, refunds=(WHOLE,)), ledger=ledger, refund_as="void")
    assert made.verdict == "hold"


def test_an_order_whose_invoice_was_voided_for_a_refund_is_settled() -> None:
    of = order(**UNPAID, payment_terms="Net 30", refunds=(WHOLE,))
    rules: dict[str, Any] = {"refund_as": "void", "transaction_type": "sales_order_and_invoice"}
    ledger = posted(*planned(replace(of, refunds=()), **rules).documents)
    invoice = replace(ledger.posted["Invoice", ""], ended="void", ref_number="1001")
    left = {key: one for key, one in ledger.posted.items() if key[0] == "SalesOrder"}
    made = planned(of, ledger=Ledger(left, {("Invoice", ""): invoice}), **rules)
    assert [(one.kind, one.action) for one in made.documents] == [("SalesOrder", "mod")]
    assert made.documents[0].fields["IsManuallyClosed"] is True
    assert made.reasons == ("invoice 1001 was voided: all of it was given back",)


@pytest.mark.parametrize("kind", ["sales_order", "estimate"])
def test_a_refund_of_what_never_has_a_sale_in_quickbooks_does_not_wait_for_ever(kind: str) -> None:
    made = after(order(), GOODWILL, transaction_type=kind)
    assert (made.verdict, made.unbooked, made.more) == ("post", False, False)
    assert "refund r1 is not booked: with" in made.reasons[0]


@pytest.mark.parametrize(("how", "kind"), [("card_refund", CARD), ("cheque", CHEQUE)])
def test_a_payment_on_a_sales_order_is_given_back_from_the_payment(how: str, kind: str) -> None:
    rules: dict[str, Any] = {"transaction_type": "sales_order_and_payment", "refund_as": how}
    made = after(order(), GOODWILL, **rules)
    (source,) = only(made, kind).fields["refunded"]
    assert source["TxnID"] == "T2"
    assert total_of(only(made, kind)) == D("8.00")
    again = planned(order(refunds=(GOODWILL,)), ledger=posted(*made.documents), **rules)
    assert kinds(again) == kinds(made)


def test_goods_that_are_not_restocked_are_credited_by_another_item() -> None:
    file = FILE.with_(an("Item", "STK-1", QuantityOnHand="5"))
    of = order(lines=(line(sku="STK-1"), line(source_id="2", gross=D("10.00"))))
    parts = (
        back(1, "20.00"),
        replace(back(1, "20.00"), restocked=True),
        replace(back(1, "5.00"), line_id="2"),
    )
    given = refund("45.00", lines=parts)
    ledger = posted(*planned(of, file).documents)
    rules = {"unrestocked_item": "Refund Adjustment"}
    memo = only(planned(replace(of, refunds=(given,)), file, ledger, **rules), CREDIT)
    assert rows(memo) == [
        ("Refund Adjustment", "20.00"), ("STK-1", "20.00"), ("HAM-16", "5.00"),
    ]  # fmt: skip
    assert [row.get("Quantity") for row in memo.fields["lines"]] == [None, 1, 1]


NOT_INVOICED: dict[str, Any] = {
    "transaction_type": "sales_order_invoice_and_payment", "create_invoice": "none",
}  # fmt: skip


def given_back(*refunds: Refund, ledger: Ledger | None = None, **rules: Any) -> Plan:
    """The plan of an order, its sales order and payment posted, that was given back since."""
    rules = NOT_INVOICED | rules
    if ledger is None:
        ledger = posted(*planned(order(), **rules).documents)
    of = order(refunds=refunds, payment_status="refunded")
    return planned(of, ledger=ledger, **rules)


def test_an_order_given_back_before_its_invoice_is_settled_by_its_payment() -> None:
    made = given_back(whole_back())
    assert [(one.kind, one.action) for one in made.documents] == [
        ("SalesOrder", "mod"), ("ReceivePayment", "add"),
    ]  # fmt: skip
    assert (made.verdict, made.more, made.unbooked) == ("post", False, False)
    said = "nothing of it is invoiced: all that was paid was given back before"
    credit = "nothing was invoiced, so payment ch_1 is the customer's credit"
    assert made.reasons == (said, f"refund r1 needs no credit memo: {credit}")
    again = given_back(whole_back(), ledger=after_posting(made))
    assert [(one.kind, one.action) for one in again.documents] == [
        ("SalesOrder", "add"), ("ReceivePayment", "add"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("how", "kind"), [("card_refund", "ARRefundCreditCard"), ("cheque", "Check")]
)
def test_the_money_goes_out_of_the_payment_that_was_received(how: str, kind: str) -> None:
    made = given_back(whole_back(), refund_as=how)
    assert kinds(made) == ["SalesOrder", "ReceivePayment", kind]
    assert total_of(only(made, kind)) == D("45.00")


def test_a_payment_that_somebody_used_up_is_not_given_back_as_well() -> None:
    ledger = posted(*planned(order(), **NOT_INVOICED).documents)
    (key,) = [one for one in ledger.posted if one[0] == "ReceivePayment"]
    used = replace(ledger.posted[key], balance=D("20.00"))
    ledger = Ledger({**ledger.posted, key: used})
    made = given_back(whole_back(), ledger=ledger, refund_as="card_refund")
    assert (made.verdict, made.reasons) == (
        "hold", ("the payments do not hold what refund r1 gave back",),
    )  # fmt: skip


def test_without_a_payment_or_without_an_invoice_nothing_is_booked_for_the_refund() -> None:
    unpaid = given_back(whole_back(), create_payment=False, refund_as="card_refund")
    assert "nothing was invoiced, and QuickBooks has no payment of it" in unpaid.reasons[-1]
    assert (unpaid.verdict, kinds(unpaid)) == ("post", ["SalesOrder"])
    left_out = given_back(whole_back(), refund_as="none")
    assert left_out.verdict == "post"
    voided = given_back(whole_back(), refund_as="void")
    said = "refund r1 cannot void the invoice: there is none, and a payment was received"
    assert (voided.verdict, voided.reasons) == ("hold", (said,))


def test_a_payment_that_came_with_the_refund_is_posted_first() -> None:
    rules = NOT_INVOICED | {"refund_as": "card_refund"}
    ledger = posted(*planned(order(payments=(), payment_status="pending"), **rules).documents)
    made = given_back(whole_back(), ledger=ledger, **rules)
    assert "the refund follows once the payment is in QuickBooks" in made.reasons
    assert (made.more, kinds(made)) == (True, ["SalesOrder", "ReceivePayment"])


def test_an_order_given_back_in_part_still_waits_for_its_invoice() -> None:
    made = given_back(refund("8.00", adjustments=(adjusted("8.00"),)))
    assert "the refund follows once its sale is in QuickBooks" in made.reasons
    assert {one.action for one in made.documents} == {"add"}


def test_a_sales_order_of_a_closed_period_stays_open_and_that_is_told() -> None:
    closed = replace(FILE, closing_date="2026-12-31")
    ledger = posted(*planned(order(), **NOT_INVOICED).documents)
    of = order(refunds=(whole_back(),), payment_status="refunded")
    made = planned(of, closed, ledger, **NOT_INVOICED)
    assert made.verdict == "post"
    assert any("stays open: QuickBooks' books are closed" in said for said in made.reasons)


def test_what_was_bought_for_it_stays_and_that_is_told() -> None:
    bought = Document(
        kind="PurchaseOrder",
        part="V-1",
        fields={"VendorRef": Ref("Vendor", "Acme"), "RefNumber": "1001-P1"},
        totals=Totals(subtotal=D(9), tax=D(0), total=D(9)),
    )
    ledger = posted(*planned(order(), **NOT_INVOICED).documents, bought)
    made = given_back(whole_back(), ledger=ledger)
    assert only(made, "PurchaseOrder").action == "add"
    assert "purchase order 1001-P1 stays open: all of the order was given back" in made.reasons


def whole_back() -> Refund:
    return refund("45.00", adjustments=(adjusted("45.00"),))


def after_posting(made: Plan) -> Ledger:
    """The ledger once the plan is in QuickBooks."""
    ledger = posted(*planned(order(), **NOT_INVOICED).documents)
    changed = {
        key: replace(one, document=one.document.changed(change))
        for key, one in ledger.posted.items()
        for change in made.documents
        if change.action == "mod" and (change.kind, change.part) == key
    }
    return Ledger({**ledger.posted, **changed})
