"""What happens to an order on its way: sent again, changed in between, refused, decided anew."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from app.models import Company, Order, Outbox, Posting, db
from app.sync.again import cancel_as, post_again
from app.sync.answers import AnswerRefusedError, skip
from app.sync.attention import groups
from qbwc.practice import Faults
from tests.flows import Flow, buyer, is_, line, order, rule


def when_sent(flow: Flow, word: str, change: Any) -> None:
    """Do something while QuickBooks has the first request with that word in hand."""
    done: list[str] = []

    def look(request: str) -> None:
        if word in request and not done:
            done.append(word)
            change()

    flow.quickbooks.on_request = look


def test_the_same_order_imported_and_synced_twice_is_posted_once(flow: Flow) -> None:
    flow.rules()
    for _ in range(2):
        flow.take(order("1001"), order("1001"))
        flow.sync()
    assert flow.kinds() == ["Invoice", "ReceivePayment"]
    assert flow.count(Posting) == 2


def test_a_session_without_work_makes_no_document_and_few_calls(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001"))
    before = flow.quickbooks.transactions()
    report = flow.sync()
    assert report.status == "none"
    assert report.sent == []
    assert flow.quickbooks.transactions() == before


def test_two_stores_may_have_the_same_order_number(flow: Flow) -> None:
    flow.rules(number_prefix=rule(None, (is_("store.key", "second"), "B-")))
    flow.take(order("1001"))
    flow.take(order("1001"), store="second")
    flow.sync()
    assert sorted(txn.ref_number for txn in flow.txns("Invoice")) == ["1001", "B-1001"]


def test_a_number_that_another_order_has_in_quickbooks_holds_the_second(flow: Flow) -> None:
    flow.rules()
    flow.take(order("1001"))
    flow.sync()
    flow.take(order("1001"), store="second")
    flow.sync()
    assert len(flow.txns("Invoice")) == 1
    held = "Order 1001 is held: another order's Invoice has the number 1001."
    assert flow.events("order.held") == [held]


def test_an_order_that_is_shipped_while_it_is_in_flight_is_posted_once(flow: Flow) -> None:
    flow.rules()
    flow.take(order("1001"))
    when_sent(
        flow, "<InvoiceAddRq", lambda: flow.take(order("1001", fulfillment_status="fulfilled"))
    )
    flow.sync()
    flow.sync()
    assert flow.kinds() == ["Invoice", "ReceivePayment"]
    assert flow.state("1001") == ("posted", [])
    assert flow.order("1001").revision == 2


def test_an_order_whose_total_changes_in_flight_is_held_and_not_posted_twice(flow: Flow) -> None:
    flow.rules()
    flow.take(order("1001"))
    more = [line("LAMP", "20.00"), line("BULB", "5.00")]
    when_sent(flow, "<InvoiceAddRq", lambda: flow.take(order("1001", more)))
    flow.sync()
    flow.sync()
    assert flow.txn("Invoice").total == Decimal("20.00")
    state, reasons = flow.state("1001")
    assert state == "held"
    said = "the order changed after it was posted: 1 x BULB was added: 20.00 then, 25.00 now"
    assert said in reasons


def test_a_refund_that_comes_in_flight_follows(flow: Flow) -> None:
    flow.rules()
    flow.take(order("1001"))
    refund = {
        "source_id": "r-1",
        "total": "5.00",
        "created_at": "2026-11-22T09:00:00-05:00",
        "adjustments": [{"kind": "adjustment", "name": "Goodwill", "net": "5.00"}],
    }
    refunded = order("1001", refunds=[refund], payment_status="partially_refunded")
    when_sent(flow, "<InvoiceAddRq", lambda: flow.take(refunded))
    flow.sync()
    flow.sync()
    assert flow.kinds() == ["CreditMemo", "Invoice", "ReceivePayment"]
    assert flow.txn("CreditMemo").total == Decimal("5.00")


def test_a_rule_published_in_flight_does_not_touch_what_is_sent(flow: Flow) -> None:
    flow.rules()
    flow.take(order("1001"))
    when_sent(flow, "<InvoiceAddRq", lambda: flow.rules(transaction_type="sales_receipt"))
    flow.sync()
    flow.post(order("1002"))
    assert {txn.kind: txn.ref_number for txn in flow.quickbooks.transactions()} == {
        "Invoice": "1001",
        "ReceivePayment": "ch-1001",
        "SalesReceipt": "1002",
    }


def test_a_posted_order_keeps_its_shape_when_the_rules_change(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001", paid=None, fulfillment_status="fulfilled"))
    assert flow.kinds() == ["Invoice"]
    flow.rules(transaction_type="sales_receipt", number_prefix="X-")
    flow.post(order("1001", fulfillment_status="fulfilled"))
    assert flow.kinds() == ["Invoice", "ReceivePayment"]
    assert flow.txn("Invoice").balance == 0
    assert flow.txn("Invoice").ref_number == "1001"


def test_an_order_that_quickbooks_refuses_does_not_keep_the_others_back(flow: Flow) -> None:
    flow.rules(customer_match=["email"], when_customer_missing="create")
    flow.quickbooks.prefer("ClosingDate", "2026-10-31")
    old = order("1001", placed_at="2026-10-15T12:00:00-05:00")
    flow.take(old, order("1002"), order("1003"))
    flow.sync()
    assert flow.states() == {"1001": "held", "1002": "posted", "1003": "posted"}
    assert "closed" in flow.state("1001")[1][0]
    assert sorted(txn.ref_number for txn in flow.txns("Invoice")) == ["1002", "1003"]


def test_by_rule_an_order_of_a_closed_period_is_dated_on_the_first_open_day(flow: Flow) -> None:
    flow.rules(closed_period="first_open_day")
    flow.quickbooks.prefer("ClosingDate", "2026-11-22")
    flow.post(order("1001"))
    assert {txn.date.isoformat() for txn in flow.quickbooks.transactions()} == {"2026-11-23"}


def test_a_document_that_fails_in_quickbooks_is_held_with_advice_and_the_others_go_on(
    flow: Flow,
) -> None:
    flow.rules(transaction_type="invoice")
    flow.take(order("1001"), order("1002", placed_at="2026-11-24T12:00:00-05:00"))
    # A person closes the books between our look at the company and the invoices.
    when_sent(flow, "<InvoiceAddRq", lambda: flow.quickbooks.prefer("ClosingDate", "2026-11-20"))
    flow.sync()
    assert flow.states() == {"1001": "held", "1002": "posted"}
    assert flow.txn("Invoice").ref_number == "1002"
    assert "closing date" in " ".join(flow.state("1001")[1])


def test_a_held_order_goes_through_after_the_rule_is_changed(flow: Flow) -> None:
    flow.rules(when_item_missing="hold")
    flow.take(order("1001", [line("NEW-1", "9.00")]), order("1002", [line("Desk Lamp", "9.00")]))
    flow.sync()
    assert flow.states() == {"1001": "held", "1002": "posted"}
    flow.rules(when_item_missing="create_service")
    flow.sync()
    assert flow.states() == {"1001": "posted", "1002": "posted"}
    assert flow.state("1001") == ("posted", [])


def test_a_skipped_order_goes_through_after_the_rule_is_changed(flow: Flow) -> None:
    flow.rules(sync_order=False)
    flow.take(order("1001"))
    flow.sync()
    assert flow.order("1001").state == "skipped"
    flow.rules(sync_order=True)
    flow.sync()
    assert flow.order("1001").state == "posted"


def test_an_order_cancelled_after_posting_is_held_for_a_person(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001"))
    flow.take(order("1001", status="cancelled"))
    flow.sync()
    why = "the order was cancelled after it was posted: credit invoice 1001"
    assert flow.state("1001") == ("held", [why])
    assert flow.kinds() == ["Invoice", "ReceivePayment"]


def test_an_order_held_in_the_outbox_is_dropped_when_it_is_skipped_later(flow: Flow) -> None:
    flow.rules(when_item_missing="hold")
    flow.take(order("1001", [line("NEW-1", "9.00")]))
    flow.sync()
    flow.take(order("1001", [line("NEW-1", "9.00")], status="cancelled"))
    flow.sync()
    assert flow.order("1001").state == "skipped"
    assert flow.kinds() == []


def test_a_locked_record_is_tried_again(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1000"))
    flow.take(order("1001"))
    with time_machine.travel(datetime.now(UTC)) as clock:
        report = flow.connector(Faults(locked=(3175, 1)), sleep=clock.shift).run()
    assert report.status == "done"
    assert flow.states() == {"1000": "posted", "1001": "posted"}
    assert len(flow.txns("Invoice")) == 2


def test_a_reply_that_is_lost_posts_nothing_twice(flow: Flow) -> None:
    flow.rules()
    for send in range(1, 8):
        number = str(1000 + send)
        flow.take(order(number, customer=buyer("Lee", f"Number {send}")))
        flow.connector(Faults(at_receive={send: "lose request"})).run()
        flow.sync()
    assert set(flow.states().values()) == {"posted"}
    assert len(flow.txns("Invoice")) == len(flow.txns("ReceivePayment")) == 7
    assert all(txn.balance == 0 for txn in flow.txns("Invoice"))
    assert flow.count(Outbox) == flow.count(Posting) == 14


# A person's answer for one order.


def test_an_answer_for_one_order_stands_over_the_rules_for_it_alone(flow: Flow) -> None:
    flow.rules(hold_for_review=True)
    flow.take(order("1"), order("2"))
    flow.sync()
    assert flow.states() == {"1": "held", "2": "held"}
    with flow.app.app_context():
        row = db.session.scalars(select(Order).where(Order.number == "1")).one()
        assert row.causes == [["review", ""]]
        row.answers, row.due = {"hold_for_review": [False, "Ada"]}, True
        db.session.commit()
    flow.sync()
    assert flow.states() == {"1": "posted", "2": "held"}
    decided = flow.order("1").trace["decided"]["hold_for_review"]
    assert (decided["value"], decided["title"]) == (False, "decided by Ada")


def removed(flow: Flow, kind: str, action: str = "Del") -> None:
    """Let a person delete or void QuickBooks' one transaction of a kind."""
    flow.ask(
        f"<Txn{action}Rq><Txn{action}Type>{kind}</Txn{action}Type>"
        f"<TxnID>{flow.txn(kind).txn_id}</TxnID></Txn{action}Rq>"
    )


@pytest.mark.parametrize(("action", "how"), [("Del", "deleted"), ("Void", "voided")])
def test_what_somebody_removed_in_quickbooks_is_held_and_posted_again_only_when_told(
    flow: Flow, action: str, how: str
) -> None:
    flow.rules(transaction_type="invoice")
    flow.post(order("1001"))
    removed(flow, "Invoice", action)
    flow.take(order("1001", fulfillment_status="fulfilled"))
    flow.sync()
    flow.sync()
    why = f"invoice 1001 was {how} in QuickBooks: post it again, or leave the order as it is"
    assert flow.state("1001") == ("held", [why])
    before = len(flow.txns("Invoice"))
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        assert [group.answers for group in groups(company)] == [("post_again", "skip")]
        post_again(company, [flow.order("1001").id], who="Ada")
        with pytest.raises(AnswerRefusedError):
            post_again(company, [flow.order("1001").id], who="Ada")
    flow.sync()
    assert flow.state("1001") == ("posted", [])
    assert len(flow.txns("Invoice")) == before + 1
    assert flow.txns("Invoice")[-1].total == Decimal("20.00")
    assert flow.sync().status == "none"
    with flow.app.app_context():
        rows = db.session.execute(select(Posting.generation, Posting.ended))
        assert sorted(tuple(row) for row in rows) == [(1, "replaced"), (2, "")]


def test_an_order_whose_invoice_was_deleted_may_be_left_out_for_good(flow: Flow) -> None:
    flow.rules(transaction_type="invoice")
    flow.post(order("1001"))
    removed(flow, "Invoice")
    flow.take(order("1001", fulfillment_status="fulfilled"))
    flow.sync()
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        skip(company, [flow.order("1001").id], who="Ada")
    flow.sync()
    assert flow.order("1001").state == "skipped"
    assert flow.kinds() == []


def test_a_person_chooses_how_one_cancelled_order_is_taken_back(flow: Flow) -> None:
    flow.rules(transaction_type="invoice", create_invoice="whole")
    unpaid = [order(number, paid=None) for number in ("1001", "1002")]
    flow.post(*unpaid)
    flow.take(*[one | {"status": "cancelled"} for one in unpaid])
    flow.sync()
    assert flow.states() == {"1001": "held", "1002": "held"}
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        cancel_as(company, [flow.order("1001").id], "void", who="Ada")
        with pytest.raises(AnswerRefusedError):
            cancel_as(company, [flow.order("1002").id], "burn", who="Ada")
    flow.sync()
    assert flow.states() == {"1001": "posted", "1002": "held"}
    assert {one.ref_number: str(one.total) for one in flow.txns("Invoice")} == {
        "1001": "0.00",
        "1002": "20.00",
    }


def test_an_order_that_the_plan_holds_stays_held_when_its_document_is_read_again(
    flow: Flow,
) -> None:
    flow.rules()
    flow.post(order("1"))
    flow.take(order("1", status="cancelled"))
    flow.sync()
    held = flow.state("1")
    assert held[0] == "held"
    with flow.app.app_context():
        db.session.execute(update(Posting).values(stale=True))
        db.session.commit()
    flow.sync()
    assert flow.state("1") == held
