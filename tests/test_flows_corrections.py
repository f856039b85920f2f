"""An order that the store edits after it was posted: told in words, corrected as a person says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app.models import Order, db
from app.sync.corrections import OutdatedProposalError, Proposal, apply, propose
from tests.flows import Flow, is_, line, order, rule

D = Decimal
HAMMER, SAW = line("HAM-16", "19.99"), line("SAW-1", "31.53")
UNPAID: dict[str, Any] = {"paid": None, "fulfillment_status": "fulfilled"}
REMOVED = "the order changed after it was posted: 1 x HAM-16 was removed: 51.52 then, 31.53 now"


def proposals(flow: Flow, number: str = "1001") -> dict[str, Proposal]:
    """What is proposed for the sale of an order, by choice; its payment has changed with it."""
    with flow.app.app_context():
        every = propose(db.session.scalars(select(Order).where(Order.number == number)).one())
        found = [one for one in every if one.kind != "ReceivePayment"]
        assert len({one.choice for one in found}) == len(found)
        return {one.choice: one for one in found}


def choose(flow: Flow, proposal: Proposal, number: str = "1001") -> None:
    """Let a person choose."""
    with flow.app.app_context():
        apply(
            db.session.scalars(select(Order).where(Order.number == number)).one(), proposal, "Robin"
        )
        db.session.commit()


def edited(flow: Flow, kind: str = "invoice_and_payment", **fields: Any) -> None:
    """A posted order of 51.52 of which the store removes the hammer."""
    flow.rules(transaction_type=kind)
    flow.post(order("1001", [HAMMER, SAW], **fields))
    flow.take(order("1001", [SAW], **fields))
    flow.sync()


def books(flow: Flow) -> tuple[Decimal, Decimal]:
    """Accounts receivable and income."""
    return flow.quickbooks.balance("Accounts Receivable"), flow.quickbooks.balance("Sales")


def settled(flow: Flow) -> None:
    """The order is posted, and another session changes nothing."""
    assert flow.state("1001") == ("posted", [])
    before = flow.quickbooks.transactions()
    flow.sync()
    assert flow.quickbooks.transactions() == before


def test_an_edit_is_held_with_the_difference_in_words_and_nothing_is_sent(flow: Flow) -> None:
    edited(flow, **UNPAID)
    assert flow.state("1001") == ("held", [REMOVED])
    assert books(flow) == (D("51.52"), D("51.52"))
    found = proposals(flow)
    assert list(found) == ["replace", "void_and_repost", "credit", "keep"]
    assert {(one.document, one.then, one.now, one.changes) for one in found.values()} == {
        ("invoice 1001", D("51.52"), D("31.53"), ("1 x HAM-16 was removed",))
    }


def test_replace_changes_the_invoice_and_keeps_its_other_line(flow: Flow) -> None:
    edited(flow, **UNPAID)
    before = flow.txn("Invoice")
    choose(flow, proposals(flow)["replace"])
    flow.sync()
    after = flow.txn("Invoice")
    assert (after.txn_id, after.total, after.balance) == (before.txn_id, D("31.53"), D("31.53"))
    assert [one["TxnLineID"] for one in after.lines] == [before.lines[1]["TxnLineID"]]
    assert books(flow) == (D("31.53"), D("31.53"))
    settled(flow)
    assert proposals(flow) == {}


def test_replace_adds_a_line_and_a_quantity(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001", [HAMMER], **UNPAID))
    flow.take(order("1001", [line("HAM-16", "19.99", 2), SAW], **UNPAID))
    flow.sync()
    assert flow.state("1001")[1] == [
        (
            "the order changed after it was posted: 1 x SAW-1 was added; 2 x HAM-16 instead of 1: "
            "19.99 then, 71.51 now"
        )
    ]
    found = proposals(flow)
    assert "credit" not in found
    choose(flow, found["replace"])
    flow.sync()
    lines = [(one["item"], one["Quantity"], one["Amount"]) for one in flow.txn("Invoice").lines]
    assert lines == [("HAM-16", "2", "39.98"), ("SAW-1", "1", "31.53")]
    assert books(flow) == (D("71.51"), D("71.51"))
    settled(flow)


def test_void_and_repost_leaves_one_invoice_that_counts(flow: Flow) -> None:
    edited(flow, **UNPAID)
    choose(flow, proposals(flow)["void_and_repost"])
    flow.sync()
    assert sorted(txn.total for txn in flow.txns("Invoice")) == [0, D("31.53")]
    assert books(flow) == (D("31.53"), D("31.53"))
    settled(flow)
    flow.take(order("1001", [HAMMER], **UNPAID))
    flow.sync()
    choose(flow, proposals(flow)["void_and_repost"])
    flow.sync()
    assert sorted(txn.total for txn in flow.txns("Invoice")) == [0, 0, D("19.99")]
    assert books(flow) == (D("19.99"), D("19.99"))
    settled(flow)


def test_void_and_repost_applies_the_payment_to_the_new_invoice(flow: Flow) -> None:
    """The store takes a hammer of 20.00 out and puts a lamp of the same price in."""
    flow.rules()
    flow.post(order("1001", [line("HAM-16", "20.00")]))
    flow.take(order("1001", [line("LAMP", "20.00")]))
    flow.sync()
    assert flow.state("1001")[1] == [
        (
            "the order changed after it was posted: 1 x HAM-16 was removed; 1 x LAMP was added "
            "(the total is still 20.00)"
        )
    ]
    choose(flow, proposals(flow)["void_and_repost"])
    flow.sync()
    live = next(txn for txn in flow.txns("Invoice") if txn.total)
    assert [one["item"] for one in live.lines] == ["LAMP"]
    assert live.balance == 0
    assert flow.txn("ReceivePayment").balance == 0
    assert books(flow)[0] == 0
    settled(flow)


def test_credit_takes_the_difference_back_by_a_memo(flow: Flow) -> None:
    edited(flow, **UNPAID)
    choose(flow, proposals(flow)["credit"])
    flow.sync()
    memo = flow.txn("CreditMemo")
    assert (memo.ref_number, memo.total) == ("1001-E", D("19.99"))
    assert [one["item"] for one in memo.lines] == ["HAM-16"]
    assert flow.txn("Invoice").total == D("51.52")
    assert books(flow) == (D("31.53"), D("31.53"))
    settled(flow)


def test_what_is_kept_is_not_held_again_until_it_changes_again(flow: Flow) -> None:
    edited(flow, **UNPAID)
    choose(flow, proposals(flow)["keep"])
    flow.sync()
    settled(flow)
    flow.take(order("1001", [SAW], customer_note="thanks", **UNPAID))
    flow.sync()
    assert flow.state("1001") == ("posted", [])
    flow.take(order("1001", [line("SAW-1", "31.53", 2)], **UNPAID))
    flow.sync()
    assert flow.order("1001").state == "held"
    assert "1 x HAM-16 was removed; 2 x SAW-1 instead of 1" in flow.state("1001")[1][0]


def test_a_proposal_for_an_order_that_changed_meanwhile_is_refused(flow: Flow) -> None:
    edited(flow, **UNPAID)
    found = proposals(flow)["replace"]
    flow.take(order("1001", [HAMMER], **UNPAID))
    with pytest.raises(OutdatedProposalError, match="Look at it again"):
        choose(flow, found)
    flow.sync()
    assert books(flow) == (D("51.52"), D("51.52"))


def test_a_paid_invoice_cannot_become_less_than_was_paid(flow: Flow) -> None:
    edited(flow, paid="Visa")
    assert list(proposals(flow)) == ["void_and_repost", "credit", "keep"]


def test_a_sales_receipt_is_replaced(flow: Flow) -> None:
    flow.rules(transaction_type="sales_receipt")
    flow.post(order("1001", [line("HAM-16", "20.00")]))
    flow.take(order("1001", [line("LAMP", "20.00")]))
    flow.sync()
    choose(flow, proposals(flow)["replace"])
    flow.sync()
    assert [one["item"] for one in flow.txn("SalesReceipt").lines] == ["LAMP"]
    assert flow.quickbooks.balance("Undeposited Funds") == D("20.00")
    settled(flow)


def test_a_sales_order_is_replaced_before_its_invoice(flow: Flow) -> None:
    flow.rules(transaction_type="sales_order_and_invoice", create_invoice="shipped")
    flow.post(order("1001", [HAMMER, SAW], paid=None))
    flow.take(order("1001", [SAW], paid=None))
    flow.sync()
    assert list(proposals(flow)) == ["replace", "void_and_repost", "keep"]
    choose(flow, proposals(flow)["replace"])
    flow.sync()
    assert flow.txn("SalesOrder").total == D("31.53")
    flow.post(order("1001", [SAW], paid=None, fulfillment_status="fulfilled"))
    assert flow.txn("Invoice").total == D("31.53")
    assert flow.txn("SalesOrder").is_fully_invoiced


@pytest.mark.parametrize(("choice", "total"), [("replace", "51.52"), ("keep", "31.53")])
def test_the_invoice_of_a_shipped_sales_order_is_corrected(
    flow: Flow, choice: str, total: str
) -> None:
    flow.rules(transaction_type="sales_order_invoice_and_payment", create_invoice="shipped")
    flow.post(order("1001", [SAW], **UNPAID))
    flow.take(order("1001", [SAW, HAMMER], **UNPAID))
    flow.sync()
    choose(flow, proposals(flow)[choice])
    flow.sync()
    assert flow.txn("Invoice").total == D(total)
    assert books(flow) == (D(total), D(total))
    settled(flow)


@pytest.mark.parametrize(
    "create_invoice", ["shipped", rule("none", (is_("fulfillment.status", "fulfilled"), "whole"))]
)
def test_the_invoice_waits_until_its_sales_order_is_corrected(
    flow: Flow, create_invoice: Any
) -> None:
    flow.rules(transaction_type="sales_order_and_invoice", create_invoice=create_invoice)
    flow.post(order("1001", [SAW], paid=None))
    flow.take(order("1001", [SAW, HAMMER], **UNPAID))
    flow.sync()
    choose(flow, proposals(flow)["replace"])
    flow.quickbooks.lock(3175)
    flow.connector().run()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        flow.sync()
    assert flow.txn("SalesOrder").total == D("51.52")
    assert flow.txn("Invoice").total == D("51.52")
    settled(flow)


def test_a_sales_order_is_deleted_and_posted_anew(flow: Flow) -> None:
    flow.rules(transaction_type="sales_order")
    flow.post(order("1001", [HAMMER, SAW], paid=None))
    flow.take(order("1001", [SAW], paid=None))
    flow.sync()
    choose(flow, proposals(flow)["void_and_repost"])
    flow.sync()
    assert flow.txn("SalesOrder").total == D("31.53")
    settled(flow)


def test_a_new_address_is_told_and_can_be_sent(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001", [SAW], **UNPAID))
    moved = {"region": "TX", "country": "US", "city": "Austin", "line1": "1 Congress Ave"}
    flow.take(order("1001", [SAW], shipping=moved, **UNPAID))
    flow.sync()
    note = "the shipping address changed after the invoice was posted"
    assert flow.order("1001").reasons == [note]
    assert flow.order("1001").state == "posted"
    assert list(proposals(flow)) == ["replace", "keep"]
    choose(flow, proposals(flow)["replace"])
    flow.sync()
    assert flow.txn("Invoice").fields["ShipAddress"]["City"] == "Austin"
    assert flow.txn("Invoice").total == D("31.53")
    settled(flow)
    assert proposals(flow) == {}


def test_a_rule_that_maps_the_item_otherwise_is_no_edit_of_the_store(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001", [SAW], **UNPAID))
    flow.rules(item="Desk Lamp")
    flow.post(order("1001", [SAW], customer_note="now", **UNPAID))
    assert [one["item"] for one in flow.txn("Invoice").lines] == ["SAW-1"]
