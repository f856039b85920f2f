"""Payments: one for each that was captured, applied at once, after posting, or not at all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from qbwc.documents import Document, TxnRef
from qbwc.planning import Choice, Ledger, Plan, Posted
from qbwc.planning.unapplied import unapplied
from qbwc.planning.work import Work
from tests.planning import (
    FILE,
    D,
    an,
    decided,
    kinds,
    only,
    order,
    payment,
    planned,
    posted,
    reposted,
    sample,
    tax,
)

PAY = "ReceivePayment"
CODES: dict[str, Any] = {"tax_mode": "codes", "tax_item": "NY 8.875"}


def taken(made: Plan) -> list[tuple[str, Decimal, list[Decimal]]]:
    """Part, amount and applied amounts of each payment."""
    return [
        (one.part, one.fields["TotalAmount"], [
            row["PaymentAmount"] for row in one.fields.get("applied", ())
        ])
        for one in made.documents
        if one.kind == PAY
    ]  # fmt: skip


def test_a_payment_is_tied_to_its_invoice_when_the_total_is_certain() -> None:
    paid = only(planned(order()), PAY)
    assert paid.fields["applied"] == [{"TxnID": TxnRef("Invoice"), "PaymentAmount": D("45.00")}]
    assert "IsAutoApply" not in paid.fields


def test_a_payments_header() -> None:
    fields = only(planned(order(), receivables_account="Accounts Receivable"), PAY).fields
    assert fields["CustomerRef"].full_name == "Jane Doe"
    assert fields["ARAccountRef"].full_name == "Accounts Receivable"
    assert fields["PaymentMethodRef"].full_name == "Visa"
    assert fields["DepositToAccountRef"].full_name == "Undeposited Funds"
    assert fields["RefNumber"] == "ch_1"
    assert fields["TxnDate"].isoformat() == "2026-11-21"
    assert fields["Memo"] == "shop #1001 payment p1"


def test_a_payment_without_reference_has_the_orders_number() -> None:
    made = planned(order(payments=(payment("45.00", reference=""),)))
    assert only(made, PAY).fields["RefNumber"] == "1001"


def test_a_payment_without_its_own_date_has_the_orders() -> None:
    made = planned(order(payments=(payment("45.00", paid_at=None),)))
    assert only(made, PAY).fields["TxnDate"].isoformat() == "2026-11-21"


def test_an_unpaid_order_gets_no_payment() -> None:
    made = planned(order(payment_status="pending", payment_terms="Net 30"))
    assert kinds(made) == ["Invoice"]


@pytest.mark.parametrize(
    "odd", [{"status": "pending"}, {"status": "failed"}, {"kind": "authorization"}]
)
def test_money_that_was_not_captured_is_no_payment(odd: dict[str, Any]) -> None:
    assert kinds(planned(order(payments=(payment("45.00", **odd),)))) == ["Invoice"]


def test_mark_unpaid_by_payment_method_posts_the_invoice_alone() -> None:
    rule = {"==": [{"var": "payment.method"}, "PayPal"]}
    by_card, by_paypal = order(), order(payments=(payment("45.00", method="PayPal"),))
    assert kinds(planned(by_card, mark_invoice_unpaid=rule)) == ["Invoice", PAY]
    assert kinds(planned(by_paypal, mark_invoice_unpaid=rule)) == ["Invoice"]


def test_create_payment_no_leaves_the_payment_out() -> None:
    assert kinds(planned(order(), create_payment=False)) == ["Invoice"]


def test_several_payments_are_each_applied_in_turn() -> None:
    payments = (
        payment("20.00", source_id="card"),
        payment("25.00", source_id="card2", method="Gift Card", method_kind="gift_card"),
    )
    made = planned(order(payments=payments))
    assert taken(made) == [
        ("card", D("20.00"), [D("20.00")]), ("card2", D("25.00"), [D("25.00")]),
    ]  # fmt: skip
    assert only(made, PAY, "card2").fields["PaymentMethodRef"].full_name == "Gift Card"


def test_each_payment_has_its_own_account() -> None:
    rule = {"if": [{"==": [{"var": "payment.kind"}, "gift_card"]}, "Checking", "Undeposited Funds"]}
    payments = (
        payment("20.00", source_id="a"),
        payment("25.00", source_id="b", method="Gift Card", method_kind="gift_card"),
    )
    made = planned(order(payments=payments), deposit_account=rule)
    accounts = [
        one.fields["DepositToAccountRef"].full_name for one in made.documents if one.kind == PAY
    ]
    assert accounts == ["Undeposited Funds", "Checking"]


def test_what_was_paid_too_much_stays_unapplied_and_is_told() -> None:
    made = planned(order(payments=(payment("50.00"),)))
    assert taken(made) == [("p1", D("50.00"), [D("45.00")])]
    assert made.reasons == ("5.00 of payment p1 stays unapplied: the invoice takes no more",)


def test_a_payment_that_the_invoice_does_not_take_at_all_is_unapplied() -> None:
    payments = (payment("45.00"), payment("10.00", source_id="p2"))
    made = planned(order(payments=payments))
    assert taken(made)[1] == ("p2", D("10.00"), [])
    assert only(made, PAY, "p2").fields["IsAutoApply"] is False


def test_change_handed_back_comes_off_the_last_payment() -> None:
    payments = (
        payment("20.00", source_id="card"),
        payment("30.00", source_id="cash", method="Cash"),
        payment("5.00", source_id="change", kind="change", method="Cash"),
    )
    assert taken(planned(order(payments=payments))) == [
        ("card", D("20.00"), [D("20.00")]), ("cash", D("25.00"), [D("25.00")]),
    ]  # fmt: skip


def test_a_partial_payment_leaves_the_rest_open() -> None:
    of = order(payment_status="partially_paid", payments=(payment("20.00"),))
    assert taken(planned(of)) == [("p1", D("20.00"), [D("20.00")])]


def test_a_later_payment_follows_the_posted_invoice() -> None:
    of = order(payment_status="partially_paid", payments=(payment("20.00"),))
    first = planned(of)
    full = replace(of, payments=(payment("25.00", source_id="p0"), *of.payments))
    made = planned(full, ledger=posted(*first.documents))
    assert taken(made) == [
        ("p1", D("20.00"), [D("20.00")]), ("p0", D("25.00"), [D("25.00")]),
    ]  # fmt: skip


def test_a_payment_takes_no_more_than_quickbooks_said_is_due() -> None:
    of = order(payments=())
    ledger = posted(*planned(of).documents, total=D("45.00"), balance=D("30.00"))
    made = planned(replace(of, payments=(payment("45.00"),)), ledger=ledger)
    assert taken(made) == [("p1", D("45.00"), [D("30.00")])]


def test_two_payments_with_the_same_id_are_held() -> None:
    made = planned(order(payments=(payment("20.00"), payment("25.00"))))
    assert made.verdict == "hold"
    assert made.reasons == (
        "two payments of the order have the same id, so they cannot be told apart",
    )


def test_a_payment_that_changed_after_posting_is_held() -> None:
    first = planned(order(payment_status="partially_paid", payments=(payment("20.00"),)))
    made = planned(order(payments=(payment("45.00"),)), ledger=posted(*first.documents))
    assert made.reasons == ("payments changed after they were posted: 20.00 then, 45.00 now",)


def test_a_posted_payment_that_the_store_has_no_more_is_held() -> None:
    of = order()
    gone = replace(of, payments=(payment("44.00", source_id="p9"),))
    assert planned(gone, ledger=posted(*planned(of).documents)).reasons == (
        "payment p1 is in QuickBooks, but the store does not have it any more",
    )


def test_with_a_total_that_is_not_certain_the_payment_follows_the_posted_invoice() -> None:
    file = FILE.with_(an("Item", "Avatax"))
    rules: dict[str, Any] = {"tax_mode": "codes", "tax_item": "Avatax"}
    of = order(taxes=(tax("3.55"),))
    first = planned(of, file, **rules)
    assert kinds(first) == ["Invoice"]
    assert first.more is True
    ledger = posted(*first.documents, total=D("48.50"), balance=D("48.50"))
    second = planned(of, file, ledger, **rules)
    assert taken(second) == [("p1", D("48.55"), [D("48.50")])]
    assert second.more is False


def test_with_tax_that_is_predicted_the_payment_is_tied_at_once() -> None:
    made = planned(order(taxes=(tax("3.55"),)), **CODES)
    assert taken(made) == [("p1", D("48.55"), [D("48.55")])]


def test_a_pending_invoice_takes_no_payment_yet() -> None:
    made = planned(order(), pending=True)
    assert kinds(made) == ["Invoice"]
    assert made.reasons == ("the payment waits: a pending invoice takes none",)


def test_tax_that_a_marketplace_keeps_is_not_received() -> None:
    of = order(taxes=(tax("3.00", remitted_by="marketplace"),))
    made = planned(of)
    assert of.total == D("48.00")
    assert taken(made) == [("p1", D("45.00"), [D("45.00")])]


def test_what_came_off_a_posted_payment_does_not_come_off_a_later_one() -> None:
    keeps = tax("3.00", remitted_by="marketplace")
    of = order(payment_status="partially_paid", taxes=(keeps,), payments=(payment("20.00"),))
    first = planned(of)
    full = replace(of, payments=(*of.payments, payment("28.00", source_id="p2")))
    made = planned(full, ledger=posted(*first.documents))
    assert taken(first) == [("p1", D("17.00"), [D("17.00")])]
    assert taken(made)[1] == ("p2", D("28.00"), [D("28.00")])


def test_a_long_payment_method_is_created_within_31_characters() -> None:
    method = "Pay later: in four instalments, with Klarna"
    made = planned(order(payments=(payment("45.00", method=method),)))
    (created,) = made.additions
    assert (created.kind, created.full_name) == (
        "PaymentMethod",
        "Pay later in four instalments,",
    )
    known = FILE.with_(an("PaymentMethod", created.full_name))
    assert planned(order(payments=(payment("45.00", method=method),)), known).additions == ()


def test_an_inactive_payment_method_is_held_not_created_again() -> None:
    file = FILE.without("Visa").with_(an("PaymentMethod", "Visa", active=False))
    made = planned(order(), file)
    assert made.reasons == ("Payment method: the PaymentMethod 'Visa' is inactive in QuickBooks",)


def test_a_receipt_carries_method_account_and_check_number() -> None:
    fields = only(planned(order(), transaction_type="sales_receipt"), "SalesReceipt").fields
    assert fields["PaymentMethodRef"].full_name == "Visa"
    assert fields["DepositToAccountRef"].full_name == "Undeposited Funds"
    assert fields["CheckNumber"] == "ch_1"


def test_a_sample_with_gift_card_and_card_is_paid_by_both() -> None:
    of = sample("5111")
    made = planned(of, when_item_missing="create_service")
    assert sum(amount for _, amount, _ in taken(made)) == of.total
    assert len(taken(made)) > 1


def test_posted_payments_stay_in_the_plan_and_are_not_applied_twice() -> None:
    of = order()
    assert taken(reposted(of, planned(of))) == taken(planned(of))


JOURNAL = {"TxnID": "J-1", "PaymentAmount": D("20.00")}


def used_elsewhere(now: str) -> Plan:
    """A payment of 45.00, 20.00 of it used for a journal entry, that the shop says is another."""
    first = planned(order())
    ledger = posted(*first.documents)
    mine = ledger.posted["ReceivePayment", "p1"]
    rows = [{"TxnID": TxnRef("Invoice"), "PaymentAmount": D("25.00")}, JOURNAL]
    told = replace(mine.document, fields={**mine.document.fields, "applied": rows})
    held = {**ledger.posted, ("ReceivePayment", "p1"): replace(mine, document=told)}
    of = order(payment_status="partially_paid", payments=(payment(now),))
    (drift,) = planned(of, ledger=replace(ledger, posted=held)).drifts
    chosen = {(drift.kind, drift.part): Choice("replace", drift.mark)}
    return planned(of, ledger=replace(ledger, posted=held, choices=chosen))


def test_what_a_person_applied_elsewhere_stays_when_a_payment_becomes_less() -> None:
    made = used_elsewhere("30.00")
    (changed,) = [one for one in made.documents if one.action == "mod"]
    assert changed.fields["TotalAmount"] == 30
    assert changed.fields["applied"] == [{"TxnID": "T1", "PaymentAmount": D("10.00")}, JOURNAL]


def test_a_payment_never_becomes_less_than_what_a_person_applied_elsewhere() -> None:
    made = used_elsewhere("15.00")
    assert made.verdict == "hold"
    assert "applied to more than that besides this order" in made.reasons[0]


def test_what_was_given_back_out_of_a_payment_counts_once_however_quickbooks_tells_it() -> None:
    back = Document(
        kind="ARRefundCreditCard", part="r1",
        fields={"refunded": [{"TxnID": "P", "RefundAmount": D("20.00")}]},
    )  # fmt: skip
    for told in ([], [{"TxnID": "R", "PaymentAmount": D("20.00")}]):
        paid = Document(kind=PAY, part="p1", fields={"TotalAmount": D("45.00"), "applied": told})
        ledger = Ledger({
            (PAY, "p1"): Posted(txn_id="P", document=paid, balance=D("25.00")),
            ("ARRefundCreditCard", "r1"): Posted(txn_id="R", document=back),
        })  # fmt: skip
        work = Work(order(), decided(order()), ledger, FILE.answering(()))
        assert unapplied(work) == [("P", D("25.00"))]
