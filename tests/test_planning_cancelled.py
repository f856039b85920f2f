"""Orders that are cancelled after they were posted: what is taken back, what a person is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qbwc.documents import Document, Ref, Totals
from qbwc.planning import Ledger, Plan
from rules_library.order import Adjustment, Order, Payment
from tests.planning import FILE, NOW, D, kinds, only, order, planned, posted, refund, rows, total_of

SAID = "the order was cancelled after it was posted"
ON_ACCOUNT: dict[str, Any] = {
    "payment_status": "pending", "payments": (), "payment_terms": "Net 30",
}  # fmt: skip
UNPAID = order(**ON_ACCOUNT)


def cancelled(of: Order, *more: Document, ledger: Ledger | None = None, **rules: Any) -> Plan:
    """The plan of an order that was posted and cancelled since."""
    if ledger is None:
        ledger = posted(*planned(of, **rules).documents, *more)
    taken = replace(of, status="cancelled", cancelled_at=NOW.replace(month=12))
    return planned(taken, ledger=ledger, **rules)


def actions(made: Plan) -> list[tuple[str, str]]:
    return [(one.kind, one.action) for one in made.documents if one.action != "add"]


@pytest.mark.parametrize(
    ("of", "kind", "proposal"),
    [
        (UNPAID, "invoice", "void invoice 1001"),
        (order(), "invoice_and_payment", "credit invoice 1001"),
        (order(), "sales_receipt", "credit sales receipt 1001"),
        (UNPAID, "sales_order", "close sales order 1001"),
        (order(), "sales_order_and_payment", "close sales order 1001, refund payment ch_1"),
        (UNPAID, "estimate", "delete estimate 1001"),
    ],
)
def test_by_default_a_person_is_told_what_to_do(of: Order, kind: str, proposal: str) -> None:
    made = cancelled(of, transaction_type=kind)
    assert (made.verdict, made.reasons) == ("hold", (f"{SAID}: {proposal}",))


def test_an_order_that_was_never_posted_is_skipped() -> None:
    made = planned(replace(UNPAID, status="cancelled"), when_cancelled="void")
    assert made.verdict == "skip"


@pytest.mark.parametrize("action", ["void", "delete"])
def test_an_unpaid_invoice_is_taken_back_and_then_its_sales_order(action: str) -> None:
    rules: dict[str, Any] = {
        "transaction_type": "sales_order_and_invoice", "when_cancelled": action,
    }  # fmt: skip
    ledger = posted(*planned(UNPAID, **rules).documents)
    first = cancelled(UNPAID, ledger=ledger, **rules)
    assert actions(first) == [("Invoice", action)]
    assert first.more
    gone = {("Invoice", ""): replace(ledger.posted["Invoice", ""], ended=action)}
    left = {("SalesOrder", ""): ledger.posted["SalesOrder", ""]}
    then = cancelled(UNPAID, ledger=Ledger(left, gone), **rules)
    assert actions(then) == [("SalesOrder", "mod" if action == "void" else "delete")]
    assert not then.more


def test_what_was_taken_back_stays_settled() -> None:
    ledger = posted(*planned(UNPAID).documents)
    gone = replace(ledger.posted["Invoice", ""], ended="void", ref_number="1001")
    made = cancelled(UNPAID, ledger=Ledger({}, {("Invoice", ""): gone}), when_cancelled="void")
    assert (made.verdict, made.documents) == ("post", ())
    assert made.reasons == ("invoice 1001 was voided",)


@pytest.mark.parametrize("how", ["void", "delete"])
@pytest.mark.parametrize("kind", ["invoice_and_payment", "sales_receipt"])
def test_what_was_paid_is_never_voided_or_deleted(how: str, kind: str) -> None:
    made = cancelled(order(), transaction_type=kind, when_cancelled=how)
    assert made.verdict == "hold"
    assert "it was paid or credited" in made.reasons[0]


def test_an_invoice_that_somebody_received_money_for_is_not_voided() -> None:
    ledger = posted(*planned(UNPAID).documents, balance=D("40.00"))
    assert cancelled(UNPAID, ledger=ledger, when_cancelled="void").verdict == "hold"


def test_an_estimate_is_deleted_only_when_that_is_chosen() -> None:
    deleted = cancelled(UNPAID, transaction_type="estimate", when_cancelled="delete")
    assert actions(deleted) == [("Estimate", "delete")]
    kept = cancelled(UNPAID, transaction_type="estimate", when_cancelled="void")
    assert (kinds(kept), actions(kept)) == (["Estimate"], [])


def test_a_sales_order_is_closed_once() -> None:
    rules: dict[str, Any] = {"transaction_type": "sales_order", "when_cancelled": "close"}
    ledger = posted(*planned(UNPAID, **rules).documents)
    made = cancelled(UNPAID, ledger=ledger, **rules)
    (closing,) = made.documents
    assert closing.fields == {"TxnID": "T1", "EditSequence": "1", "IsManuallyClosed": True}
    held = ledger.posted["SalesOrder", ""]
    done = replace(held, document=held.document.changed(closing))
    again = cancelled(UNPAID, ledger=Ledger({("SalesOrder", ""): done}), **rules)
    assert (again.verdict, actions(again)) == ("post", [])
    assert only(again, "SalesOrder").fields["RefNumber"] == "1001"


def test_an_invoiced_or_paid_sales_order_is_not_just_closed() -> None:
    for kind in ("sales_order_and_invoice", "sales_order_and_payment"):
        made = cancelled(order(), transaction_type=kind, when_cancelled="close")
        assert made.verdict == "hold", kind


def test_a_purchase_order_is_closed_with_its_sales_order() -> None:
    bought = Document(
        kind="PurchaseOrder",
        part="V-1",
        fields={"VendorRef": Ref("Vendor", "Acme"), "RefNumber": "1001-P1"},
        totals=Totals(subtotal=D(9), tax=D(0), total=D(9)),
    )
    made = cancelled(UNPAID, bought, transaction_type="sales_order", when_cancelled="close")
    assert [(one.kind, one.part) for one in made.documents] == [
        ("SalesOrder", ""), ("PurchaseOrder", "V-1"),
    ]  # fmt: skip
    assert {one.action for one in made.documents} == {"mod"}


def test_a_sale_is_credited_whole_when_the_store_gave_nothing_back() -> None:
    made = cancelled(order(), when_cancelled="credit_memo")
    memo = only(made, "CreditMemo")
    assert (memo.part, memo.fields["RefNumber"]) == ("cancelled", "1001-C")
    assert rows(memo) == [("HAM-16", "40.00"), ("Shipping", "5.00")]
    assert (total_of(memo), memo.fields["TxnDate"].isoformat()) == (D("45.00"), "2026-12-21")
    ledger = posted(*made.documents)
    again = cancelled(order(), ledger=ledger, when_cancelled="credit_memo")
    assert [one.dumps() for one in again.documents] == [one.dumps() for one in made.documents]


def back(total: str) -> Any:
    given = Adjustment(kind="adjustment", name="Cancelled", net=D(total))
    return refund(total, adjustments=(given,))


def test_the_stores_own_refund_stands_for_the_cancellation() -> None:
    rules: dict[str, Any] = {"when_cancelled": "credit_memo", "refund_as": "card_refund"}
    ledger = posted(*planned(order(), **rules).documents)
    made = cancelled(order(refunds=(back("45.00"),)), ledger=ledger, **rules)
    assert kinds(made) == ["Invoice", "ReceivePayment", "CreditMemo", "ARRefundCreditCard"]
    assert made.verdict == "post"


def test_a_cancelled_order_that_was_given_back_in_part_is_held() -> None:
    ledger = posted(*planned(order()).documents)
    of = order(refunds=(back("20.00"),))
    made = cancelled(of, ledger=ledger, when_cancelled="credit_memo")
    assert "the store gave back 20.00 of 45.00" in made.reasons[0]


CREDITED: dict[str, Any] = {"when_cancelled": "credit_memo", "refund_as": "card_refund"}


def credited(**of_memo: Any) -> Ledger:
    """The ledger of a paid order that was cancelled and credited."""
    ledger = posted(*cancelled(order(), **CREDITED).documents)
    memo = replace(ledger.posted["CreditMemo", "cancelled"], ref_number="1001-C", **of_memo)
    return Ledger({**ledger.posted, ("CreditMemo", "cancelled"): memo})


def test_a_refund_that_was_credited_by_itself_and_with_the_whole_sale_is_held() -> None:
    given = order(refunds=(back("45.00"),))
    own = only(planned(given, ledger=posted(*planned(order()).documents)), "CreditMemo")
    ledger = credited()
    (one,) = posted(own).posted.values()
    both = Ledger({**ledger.posted, ("CreditMemo", "r1"): replace(one, ref_number="1001-R1")})
    made = cancelled(given, ledger=both, **CREDITED)
    said = "the sale is credited twice, by credit memo 1001-C and credit memo 1001-R1: void one"
    assert (made.verdict, made.reasons) == ("hold", (said,))
    assert made.causes[0].code == "cancelled"


def test_no_more_goes_back_than_is_left_of_the_credit() -> None:
    given = order(refunds=(back("45.00"),))
    made = cancelled(given, ledger=credited(balance=D("40.00")), **CREDITED)
    said = "of credit memo 1001-C 40.00 is left, but refund r1 gave 45.00 back"
    assert (made.verdict, made.reasons) == ("hold", (said,))
    assert cancelled(given, ledger=credited(balance=D("45.00")), **CREDITED).verdict == "post"


def test_a_credit_that_somebody_voided_is_not_made_again_by_itself() -> None:
    ledger = credited(ended="voided")
    rest, memo = dict(ledger.posted), ("CreditMemo", "cancelled")
    gone = {memo: rest.pop(memo)}
    made = cancelled(order(), ledger=Ledger(rest, gone), **CREDITED)
    assert (made.verdict, made.causes[0].code) == ("hold", "cancelled")
    assert made.reasons[0].startswith("credit memo 1001-C was voided in QuickBooks: post it again")
    left = cancelled(order(), ledger=Ledger(rest, gone), **CREDITED | {"when_cancelled": "keep"})
    assert (left.verdict, actions(left)) == ("post", [])


def test_a_credit_is_voided_for_an_order_that_lives_again_if_nothing_went_back_out_of_it() -> None:
    (drift,) = planned(order(), ledger=credited(), **CREDITED).drifts
    assert drift.choices == ("void", "keep")
    ledger = credited()
    given = cancelled(order(refunds=(back("5.00"),)), ledger=ledger, **CREDITED)
    assert only(given, "ARRefundCreditCard").totals.total == D("5.00")
    paid = posted(only(given, "ARRefundCreditCard"))
    more = Ledger({**ledger.posted, **paid.posted})
    (drift,) = planned(order(refunds=(back("5.00"),)), ledger=more, **CREDITED).drifts
    assert drift.choices == ("keep",)


def test_an_order_that_was_changed_before_it_was_cancelled_is_not_credited() -> None:
    ledger = posted(*planned(order()).documents)
    of = order(charges=())
    made = cancelled(of, ledger=ledger, when_cancelled="credit_memo")
    assert "45.00 is posted, 40.00 the order now" in made.reasons[0]


def test_without_a_sale_there_is_nothing_to_credit_and_the_sales_order_is_closed() -> None:
    made = cancelled(UNPAID, transaction_type="sales_order", when_cancelled="credit_memo")
    assert actions(made) == [("SalesOrder", "mod")]


def test_a_payment_of_a_failed_order_is_not_planned_any_more() -> None:
    ledger = posted(*planned(UNPAID, FILE).documents)
    late = Payment(source_id="p9", kind="charge", amount=D("45.00"), method="Visa")
    of = replace(UNPAID, status="failed", payments=(late,))
    made = planned(of, ledger=ledger, when_cancelled="void")
    assert actions(made) == [("Invoice", "void")]
