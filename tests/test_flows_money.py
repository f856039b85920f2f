"""Money on its way: credits against open invoices, refunds before posting, odd totals, tips."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.models import Outbox, Posting
from qbwc.practice import Faults
from tests.flows import PLACED, Flow, charge, line, order

D = Decimal
OPEN: dict[str, Any] = {"paid": None, "fulfillment_status": "fulfilled"}
CARD_REFUND = "ARRefundCreditCard"


def refund(amount: str, key: str = "r-1", *, money: bool = False, **fields: Any) -> dict[str, Any]:
    """An amount given back; as money, or off what is owed."""
    given = {
        "source_id": key,
        "total": amount,
        "created_at": "2026-11-22T09:00:00-05:00",
        "adjustments": [{"kind": "adjustment", "name": "Goodwill", "net": amount}],
    }
    if money:
        given["payments"] = [paid(amount, f"back-{key}", kind="refund")]
    return given | fields


def paid(amount: str, key: str = "pay-1", **fields: Any) -> dict[str, Any]:
    """One movement of money."""
    return {
        "source_id": key, "kind": "charge", "amount": amount, "method": "Visa",
        "paid_at": PLACED, "reference": f"ch-{key}",
    } | fields  # fmt: skip


def books(flow: Flow) -> dict[str, Decimal]:
    """Receivables, undeposited funds, income."""
    names = {
        "receivable": "Accounts Receivable",
        "received": "Undeposited Funds",
        "income": "Sales",
    }
    return {key: flow.quickbooks.balance(name) for key, name in names.items()}


# A credit memo against an open invoice.


def test_a_credit_is_applied_to_the_open_invoice_by_a_payment_of_nothing(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001", **OPEN))
    flow.post(order("1001", refunds=[refund("5.00")], **OPEN))
    assert flow.kinds() == ["CreditMemo", "Invoice"]
    assert (flow.txn("Invoice").balance, flow.txn("CreditMemo").balance) == (D("15.00"), 0)
    assert books(flow) == {"receivable": D("15.00"), "received": 0, "income": D("15.00")}
    before = flow.quickbooks.transactions()
    flow.post(order("1001", refunds=[refund("5.00")], customer_note="again", **OPEN))
    assert flow.quickbooks.transactions() == before
    assert flow.count(Posting) == 2
    assert flow.count(Outbox) == 3


def test_the_rest_of_a_credited_invoice_is_paid_later(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001", refunds=[refund("5.00")], **OPEN))
    payment = {"payments": [paid("15.00")], "payment_status": "partially_refunded"}
    flow.post(order("1001", refunds=[refund("5.00")], **OPEN | payment))
    assert (flow.txn("Invoice").balance, flow.txn("ReceivePayment").balance) == (0, 0)
    assert books(flow) == {"receivable": 0, "received": D("15.00"), "income": D("15.00")}


def test_a_lost_answer_applies_a_credit_once(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001", **OPEN))
    flow.take(order("1001", refunds=[refund("5.00")], **OPEN))
    for send in range(1, 8):
        flow.connector(Faults(at_receive={send: "lose request"})).run()
        flow.connector(Faults(at_receive={send: "lose answer"})).run()
    flow.sync()
    assert flow.state("1001") == ("posted", [])
    assert (flow.txn("Invoice").balance, flow.txn("CreditMemo").balance) == (D("15.00"), 0)


def test_money_given_back_is_not_taken_off_an_open_invoice(flow: Flow) -> None:
    flow.rules(refund_as="credit_memo")
    partly = {"payments": [paid("10.00")], "payment_status": "partially_paid"}
    flow.post(order("1001", **OPEN | partly))
    flow.post(order("1001", refunds=[refund("5.00", money=True)], **OPEN | partly))
    assert (flow.txn("Invoice").balance, flow.txn("CreditMemo").balance) == (D("10.00"), D("5.00"))


# Paid and given back before anything was posted.


def test_an_order_paid_and_refunded_whole_before_its_first_posting_leaves_nothing(
    flow: Flow,
) -> None:
    flow.rules(refund_as="card_refund")
    back = refund("20.00", money=True)
    flow.post(order("1001", refunds=[back], payment_status="refunded"))
    assert flow.kinds() == [CARD_REFUND, "CreditMemo", "Invoice", "ReceivePayment"]
    assert flow.txn("Invoice").balance == flow.txn("CreditMemo").balance == 0
    assert books(flow) == {"receivable": 0, "received": 0, "income": 0}


def test_a_payment_refunded_before_posting_and_replaced_by_another_is_posted_with_both(
    flow: Flow,
) -> None:
    """A first card was charged and given back in part; the order stands as the store says."""
    flow.rules(refund_as="card_refund")
    payments = [paid("20.00", "a"), paid("5.00", "b")]
    flow.take(
        order("1001", payments=payments, refunds=[refund("5.00", money=True)],
              payment_status="partially_refunded")
    )  # fmt: skip
    flow.sync()
    assert {txn.total for txn in flow.txns("ReceivePayment")} == {D("20.00"), D("5.00")}
    assert books(flow)["received"] == D("20.00")
    assert books(flow)["income"] == D("15.00")


# Several payments.


def test_gift_card_store_credit_and_card_are_payments_of_their_own(flow: Flow) -> None:
    flow.rules()
    payments = [
        paid("4.00", "g", method="Gift Card", method_kind="gift_card"),
        paid("6.00", "s", method="Store credit", method_kind="store_credit"),
        paid("10.00", "c"),
    ]
    flow.post(order("1001", payments=payments))
    assert sorted(txn.total for txn in flow.txns("ReceivePayment")) == [
        D("4.00"), D("6.00"), D("10.00"),
    ]  # fmt: skip
    assert flow.txn("Invoice").balance == 0


def test_a_deposit_and_the_rest_later_pay_the_invoice(flow: Flow) -> None:
    flow.rules()
    first = paid("8.00", "a")
    flow.post(order("1001", payments=[first], payment_status="partially_paid"))
    assert flow.txn("Invoice").balance == D("12.00")
    flow.post(order("1001", payments=[first, paid("12.00", "b")]))
    assert flow.txn("Invoice").balance == 0
    assert books(flow) == {"receivable": 0, "received": D("20.00"), "income": D("20.00")}


# Odd totals.


def test_a_free_order_is_an_invoice_of_nothing_without_payment(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001", [line("LAMP", "20.00", discount="20.00")]))
    assert flow.kinds() == ["Invoice"]
    assert (flow.txn("Invoice").total, flow.txn("Invoice").balance) == (0, 0)


def test_what_was_paid_too_much_stays_on_the_payment_for_the_customer(flow: Flow) -> None:
    flow.rules()
    flow.take(order("1001", payments=[paid("25.00")]))
    flow.sync()
    assert flow.order("1001").state == "posted"
    assert (flow.txn("Invoice").balance, flow.txn("ReceivePayment").balance) == (0, D("5.00"))
    assert books(flow) == {"receivable": D("-5.00"), "received": D("25.00"), "income": D("20.00")}


def test_a_tip_after_the_capture_is_held_with_the_difference_in_words(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001", payments=[paid("20.00")]))
    tipped = [paid("20.00"), paid("3.00", "tip")]
    flow.take(order("1001", charges=[charge("tip", "3.00")], payments=tipped))
    flow.sync()
    assert flow.state("1001") == (
        "held",
        ["the order changed after it was posted: Tips 3.00 was added: 20.00 then, 23.00 now"],
    )
    assert flow.kinds() == ["Invoice", "ReceivePayment"]
