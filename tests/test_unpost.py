"""Posted orders that are taken out of QuickBooks again, and those the rules would leave out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.models import Order, db
from app.sync.answers import AnswerRefusedError
from app.sync.corrections import Proposal, apply, propose, unpost
from qbwc.planning import LEFT_OUT
from tests.flows import Flow, is_, line, order, rule
from tests.test_web_attention import person

LAMP = [line("LAMP", "20.00", 2)]
UNPAID: dict[str, Any] = {"paid": None, "fulfillment_status": "fulfilled"}
PAID: dict[str, Any] = {"fulfillment_status": "fulfilled"}
REFUND = {
    "source_id": "r1", "created_at": "2026-11-24T10:00:00-05:00", "total": "20.00",
    "lines": [{"line_id": LAMP[0]["source_id"], "quantity": 1, "net": "20.00", "restocked": True}],
    "payments": [{"source_id": "rp1", "kind": "refund", "amount": "20.00", "method": "Visa"}],
}  # fmt: skip


def row_of(number: str = "1001") -> Order:
    return db.session.scalars(select(Order).where(Order.number == number)).one()


def take_out(flow: Flow, how: str = "void", number: str = "1001") -> None:
    with flow.app.app_context():
        unpost(row_of(number), how, "Robin")
        db.session.commit()
    flow.sync()


def proposals(flow: Flow, number: str = "1001") -> dict[str, Proposal]:
    with flow.app.app_context():
        return {one.choice: one for one in propose(row_of(number))}


def choose(flow: Flow, choice: str, number: str = "1001") -> None:
    with flow.app.app_context():
        found = {one.choice: one for one in propose(row_of(number))}
        apply(row_of(number), found[choice], "Robin")
        db.session.commit()
    flow.sync()


def live(flow: Flow) -> list[str]:
    """What is neither voided nor deleted in QuickBooks."""
    return sorted(txn.kind for txn in flow.quickbooks.transactions() if txn.total)


def left_over(flow: Flow) -> dict[str, Decimal]:
    """The accounts that sales move and that are not even, but for the opening stock's."""
    names = {"Accounts Receivable", "Undeposited Funds", "Sales", "Checking"}
    return {name: held for name, held in flow.quickbooks.totals().items() if name in names}


# What somebody takes out.


@pytest.mark.parametrize("how", ["void", "delete"])
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("invoice", UNPAID),
        ("invoice_and_payment", PAID),
        ("sales_receipt", PAID),
        ("sales_order", PAID),
        ("sales_order_invoice_and_payment", PAID),
        ("estimate", PAID),
        ("sales_order_and_payment", {}),
    ],
)
def test_nothing_is_left_of_an_order_that_is_taken_out(
    flow: Flow, kind: str, how: str, fields: Any
) -> None:
    flow.rules(transaction_type=kind)
    flow.post(order("1001", LAMP, **fields))
    assert live(flow)
    take_out(flow, how)
    assert left_over(flow) == {}
    assert flow.quickbooks.out_of_balance() == 0
    if how == "delete":
        assert flow.kinds() == []
    else:
        still = [txn for txn in flow.quickbooks.transactions() if txn.total]
        assert all(txn.kind == "SalesOrder" and txn.is_manually_closed for txn in still)
    sessions = len(flow.events("order.corrected"))
    assert sessions == 1
    flow.take(order("1001", LAMP, tags=["later"], **fields))
    flow.sync()
    assert left_over(flow) == {}, "a later revision does not bring it back"


@pytest.mark.parametrize("how", ["void", "delete"])
@pytest.mark.parametrize("refund_as", ["credit_memo", "card_refund"])
def test_a_credit_memo_goes_before_its_invoice_and_what_was_given_back_before_both(
    flow: Flow, how: str, refund_as: str
) -> None:
    flow.rules(transaction_type="invoice_and_payment", refund_as=refund_as)
    flow.post(order("1001", LAMP, **PAID))
    flow.post(order("1001", LAMP, refunds=[REFUND], payment_status="partially_refunded", **PAID))
    assert "CreditMemo" in live(flow)
    take_out(flow, how)
    assert left_over(flow) == {}
    assert live(flow) == []


def test_what_was_taken_out_is_posted_again_as_the_rules_are_now(flow: Flow) -> None:
    flow.rules(transaction_type="invoice_and_payment")
    flow.post(order("1001", LAMP, **PAID))
    take_out(flow)
    assert flow.order("1001").state == "skipped"
    flow.rules(transaction_type="sales_receipt")
    assert flow.run("orders", "post-again", "1", "1001").code == 0
    flow.sync()
    assert flow.order("1001").state == "posted"
    assert live(flow) == ["SalesReceipt"]
    assert left_over(flow) == {"Undeposited Funds": 40, "Sales": -40}
    take_out(flow)
    assert left_over(flow) == {}, "and taken out once more"


def test_a_closed_period_is_held_clearly_and_nothing_is_sent(flow: Flow) -> None:
    flow.rules(transaction_type="invoice")
    flow.post(order("1001", LAMP, **UNPAID))
    flow.quickbooks.prefer("ClosingDate", "2026-11-30")
    take_out(flow)
    state, reasons = flow.state("1001")
    assert state == "held"
    assert "lies in a closed period" in reasons[0]
    assert live(flow) == ["Invoice"]


def test_what_is_not_in_quickbooks_cannot_be_taken_out(flow: Flow) -> None:
    flow.rules(transaction_type="none")
    flow.take(order("1001"))
    flow.sync()
    with flow.app.app_context(), pytest.raises(AnswerRefusedError, match="Nothing of order 1001"):
        unpost(row_of(), "void", "Robin")
    assert "Nothing of order 1001" in flow.run("orders", "unpost", "1", "1001", "--yes").err


# What the rules would leave out now.


@pytest.mark.parametrize(
    ("rules", "title"),
    [
        ({"sync_order": rule(True, (is_("order.number", "1001"), False))}, "Case 1"),
        ({"transaction_type": "none"}, "nothing is created for this order"),
    ],
)
@pytest.mark.parametrize("choice", ["unpost_void", "unpost_delete"])
def test_an_order_that_the_rules_would_leave_out_now_is_proposed_to_be_taken_out(
    flow: Flow, rules: Any, title: str, choice: str
) -> None:
    start = {"transaction_type": "invoice_and_payment"}
    flow.rules(**start)
    flow.post(order("1001", LAMP, **PAID))
    flow.rules(**(start | rules))
    changed = order("1001", LAMP, tags=["later"], **PAID)
    flow.take(changed)
    flow.sync()
    state, reasons = flow.state("1001")
    assert state == "posted", reasons
    assert any(LEFT_OUT in one and title in one and "invoice 1001" in one for one in reasons)
    assert live(flow) == ["Invoice", "ReceivePayment"], "nothing is taken back by itself"
    assert set(proposals(flow)) == {"unpost_void", "unpost_delete", "keep"}
    page = person(flow, "bookkeeper").get("/companies/1/orders/1").text
    assert "The rules would leave it out now" in page
    choose(flow, choice)
    assert left_over(flow) == {}
    assert flow.order("1001").state == "skipped"


def test_what_a_person_left_as_it_is_is_not_said_again(flow: Flow) -> None:
    flow.rules(transaction_type="invoice_and_payment")
    flow.post(order("1001", LAMP, **PAID))
    flow.rules(transaction_type="invoice_and_payment", sync_order=False)
    flow.take(order("1001", LAMP, tags=["later"], **PAID))
    flow.sync()
    choose(flow, "keep")
    state, reasons = flow.state("1001")
    assert (state, reasons) == ("posted", [])
    assert live(flow) == ["Invoice", "ReceivePayment"]


# The page and the command line.


def test_the_page_takes_an_order_out_and_viewers_may_not(flow: Flow) -> None:
    flow.rules(transaction_type="invoice_and_payment")
    flow.post(order("1001", LAMP, **PAID))
    address = "/companies/1/orders/1/unpost"
    assert person(flow, "viewer").post(address, data={"how": "void"}).status_code == 403
    client = person(flow, "bookkeeper")
    assert "Un-post" in client.get("/companies/1/orders/1").text
    client.post(address, data={"how": "burn"})
    flow.sync()
    assert live(flow) == ["Invoice", "ReceivePayment"]
    assert client.post(address, data={"how": "void"}).status_code == 303
    flow.sync()
    assert left_over(flow) == {}
    page = client.get("/companies/1/orders/1").text
    assert "Post again" in page
    assert "Un-post" not in page


def test_the_command_line_takes_out_only_when_it_is_confirmed_and_tells_what_may_be_chosen(
    flow: Flow,
) -> None:
    flow.rules(transaction_type="invoice")
    flow.post(order("1001", LAMP, **UNPAID))
    refused = flow.run("orders", "unpost", "1", "1001")
    assert (refused.code, "add --yes" in refused.err) == (1, True)
    flow.sync()
    assert live(flow) == ["Invoice"]
    flow.take(order("1001", [line("LAMP", "25.00", 2)], **UNPAID))
    flow.sync()
    told = flow.run("orders", "correct", "1", "1001", "--json").json["proposals"]
    assert {"replace", "void_and_repost", "keep"} <= {one["choice"] for one in told}
    assert "there is: Invoice" in flow.run("orders", "correct", "1", "1001", "Invoice", "x").err
    assert flow.run("orders", "correct", "1", "1001", "Invoice", "replace").code == 0
    flow.sync()
    assert flow.txn("Invoice").total == 50
    assert flow.run("orders", "unpost", "1", "1001", "--delete", "--yes").code == 0
    flow.sync()
    assert flow.kinds() == []
