"""Documents on their way into QuickBooks, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.models import Company, Event, MessageSet, Order, Outbox, Posting, db
from qbwc.documents import Document, Ref
from tests.days import TODAY
from tests.exchange import Exchange, invoice, line, moment, payment, receipt, sale


@pytest.fixture
def exchange(any_app: Flask, tmp_path: Path) -> Iterator[Exchange]:
    found = Exchange(any_app, tmp_path)
    yield found
    found.quickbooks.close()


def test_a_sales_receipt_is_posted(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    report = exchange.session()
    assert report.status == "done"
    assert report.progress[-1] == 100
    (txn,) = exchange.quickbooks.transactions("SalesReceipt")
    posting = exchange.only(Posting)
    assert (txn.txn_id, txn.ref_number, txn.total) == (
        posting.txn_id,
        "1001",
        Decimal("26.64"),
    )
    assert (posting.total, posting.expected, posting.how) == (
        Decimal("26.64"),
        Decimal("26.64"),
        "added",
    )
    assert exchange.only(Outbox).state == "done"
    assert exchange.only(Order).state == "posted"
    assert f"<TxnID>{txn.txn_id}</TxnID>" in exchange.only(Outbox).response
    assert exchange.only(Outbox).request.startswith("<SalesReceiptAddRq")
    assert {row.state for row in exchange.all(MessageSet)} == {"settled"}
    assert "document.posted" in {row.kind for row in exchange.all(Event)}


def test_an_invoice_and_its_payment_go_in_one_set_tied_by_a_macro(exchange: Exchange) -> None:
    exchange.order(invoice("1001"), payment("1001"), number="1001")
    report = exchange.session()
    sets = [text for text in report.sent if "InvoiceAddRq" in text]
    assert len(sets) == 1
    assert "useMacro" in sets[0]
    (txn,) = exchange.quickbooks.transactions("Invoice")
    assert txn.balance == 0
    balances = {row.kind: row.balance for row in exchange.all(Posting)}
    assert balances == {"Invoice": 0, "ReceivePayment": 0}


def test_a_payment_waits_for_the_set_after_an_invoice_whose_total_is_uncertain(
    exchange: Exchange,
) -> None:
    exchange.order(invoice("1001", certain=False), payment("1001"), number="1001")
    report = exchange.session()
    assert [("InvoiceAddRq" in text, "ReceivePaymentAddRq" in text) for text in report.sent][
        -2:
    ] == [(True, False), (False, True)]
    assert exchange.quickbooks.transactions("Invoice")[0].balance == 0
    assert exchange.only(Order).state == "posted"


def test_what_depends_on_a_held_document_waits_and_goes_when_that_is_released(
    exchange: Exchange,
) -> None:
    exchange.order(invoice("1001", FOB=3), payment("1001"), number="1001")
    exchange.session()
    first, second = exchange.all(Outbox)
    assert (first.state, second.state, second.waiting) == ("held", "ready", True)
    assert exchange.login()[1] == "none", "nothing can be done about it"
    with exchange.app.app_context():
        row = db.session.get_one(Outbox, first.id)
        row.state, row.payload = "ready", invoice("1001").dumps()
        db.session.commit()
    exchange.session()
    assert [row.state for row in exchange.all(Outbox)] == ["done", "done"]
    assert exchange.only(Order).state == "posted"


def test_a_document_that_cannot_be_written_holds_only_itself(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    exchange.order(receipt("1002", FOB="far too long to be a FOB", Terms=1), number="1002")
    exchange.order(receipt("1003"), number="1003")
    exchange.session()
    assert [row.state for row in exchange.all(Order)] == ["posted", "held", "posted"]
    held = exchange.all(Order)[1]
    assert "Terms" in held.reasons[0]
    assert [row.order_id for row in exchange.all(Event) if row.kind == "document.held"] == [held.id]


def test_a_document_that_quickbooks_refuses_holds_only_itself(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    exchange.order(receipt("1002", TxnDate=date(1999, 1, 1)), number="1002")
    exchange.quickbooks.prefer("ClosingDate", "2020-12-31")
    exchange.session()
    good, bad = exchange.all(Outbox)
    assert (good.state, bad.state, bad.status_code) == ("done", "held", 3171)
    assert "closing date" in bad.advice
    assert exchange.all(Order)[1].reasons == [bad.advice]


def test_what_is_locked_is_tried_again_within_the_session(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    exchange.quickbooks.lock(3175)
    with time_machine.travel(moment("2026-11-25T12:00:00"), tick=False) as clock:
        report = exchange.session(pause=lambda: clock.shift(5))
    assert report.waits == 1
    assert report.status == "done"
    row = exchange.only(Outbox)
    assert (row.state, row.attempts) == ("done", 1)


def test_what_stays_locked_is_left_for_a_later_session(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    exchange.quickbooks.lock(3175, 50)
    with time_machine.travel(moment("2026-11-25T12:00:00"), tick=False) as clock:
        report = exchange.session(pause=lambda: clock.shift(5))
        assert report.waits <= 6
        assert exchange.only(Outbox).state == "ready"
        assert exchange.login()[1] == "none"
        clock.shift(3600)
        assert exchange.login()[1] != "none"


def test_what_cannot_be_saved_three_times_is_for_a_person(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    exchange.quickbooks.lock(3180, 50)
    with time_machine.travel(moment("2026-11-25T12:00:00"), tick=False) as clock:
        for _ in range(4):
            exchange.session(pause=lambda: clock.shift(5))
            clock.shift(3600)
    row = exchange.only(Outbox)
    assert (row.state, row.status_code) == ("held", 3180)


def test_another_total_than_planned_is_told(exchange: Exchange) -> None:
    exchange.order(receipt("1001", TxnDate=TODAY, lines=[line("20.00")]), number="1001")
    exchange.session()
    (told,) = [row for row in exchange.all(Event) if row.kind == "document.difference"]
    assert told.level == "warning"
    assert "20.00" in told.text
    assert "26.64" in told.text
    assert exchange.only(Posting).total == Decimal("20.00")
    assert exchange.only(Posting).expected == Decimal("26.64")


def test_an_order_with_more_to_come_is_decided_again(exchange: Exchange) -> None:
    exchange.order(sale("SalesOrder", "1001"), number="1001", more=True)
    exchange.session(most=30)
    order = exchange.only(Order)
    assert (order.due, order.state) == (True, "queued")
    (found,) = exchange.only(Posting).answer["lines"]
    assert found["TxnLineID"]


def test_a_document_is_planned_again_twice_at_most_when_a_name_is_missing(
    exchange: Exchange,
) -> None:
    """A missing class is looked for again; then a person has to see to it."""
    exchange.order(receipt("1001", ClassRef=Ref("Class", "Nowhere")), number="1001")
    rounds = []

    def decide(company: Company, _limit: int) -> int:
        rounds.append(company.id)
        for order in db.session.scalars(select(Order).filter_by(due=True)):
            order.due = False
            for row in db.session.scalars(select(Outbox).filter_by(order_id=order.id)):
                row.state, row.attempts = "ready", 0
        db.session.flush()
        return 0

    exchange.decide = decide
    exchange.session()
    row = exchange.only(Outbox)
    assert (row.state, row.replans, len(rounds)) == ("held", 2, 2)
    assert "Nowhere" in row.advice


def test_a_posted_document_is_changed_with_the_edit_sequence_that_is_held(
    exchange: Exchange,
) -> None:
    order = exchange.order(invoice("1001"), number="1001")
    exchange.session()
    before = exchange.only(Posting).edit_sequence
    change(exchange, order, Document(kind="Invoice", action="mod", fields={"Memo": "Shop 1001!"}))
    exchange.session()
    (txn,) = exchange.quickbooks.transactions("Invoice")
    posting = exchange.only(Posting)
    assert txn.memo == "Shop 1001!"
    assert posting.edit_sequence == txn.edit_sequence != before


def test_a_change_of_what_somebody_changed_meanwhile_is_read_again_and_planned_anew(
    exchange: Exchange,
) -> None:
    order = exchange.order(invoice("1001"), number="1001")
    exchange.session()
    with exchange.app.app_context():
        db.session.scalars(select(Posting)).one().edit_sequence = "1"
        db.session.commit()
    change(exchange, order, Document(kind="Invoice", action="mod", fields={"Memo": "Shop 1001!"}))
    exchange.session(most=30)
    row = exchange.all(Outbox)[-1]
    assert (row.state, row.status_code) == ("dropped", 3200)
    assert exchange.only(Order).due
    assert (
        exchange.only(Posting).edit_sequence == exchange.quickbooks.transactions()[0].edit_sequence
    )


@pytest.mark.parametrize("action", ["void", "delete"])
def test_a_posted_document_is_voided_or_deleted(exchange: Exchange, action: str) -> None:
    order = exchange.order(receipt("1001"), number="1001")
    exchange.session()
    change(exchange, order, Document(kind="SalesReceipt", action=action))
    exchange.session()
    assert [row.state for row in exchange.all(Outbox)] == ["done", "done"]
    posting = exchange.only(Posting)
    assert (posting.total, posting.ended) == (0, action)
    assert [txn.total for txn in exchange.quickbooks.transactions()] in ([], [0])


def test_many_orders_go_in_few_sets_of_growing_size(exchange: Exchange) -> None:
    for number in range(1, 501):
        exchange.order(receipt(f"N{number}"), number=f"N{number}")
    report = exchange.session()
    sizes = [text.count("<SalesReceiptAddRq") for text in report.sent]
    assert [size for size in sizes if size] == [150, 300, 50]
    assert report.progress[-1] == 100
    assert all(0 < done < 100 for done in report.progress[:-1])
    assert len(exchange.quickbooks.transactions()) == 500


def change(exchange: Exchange, order: int, document: Document) -> None:
    """A change of a posted document, as the runner would write it."""
    with exchange.app.app_context():
        company = db.session.scalars(select(Company)).one()
        db.session.add(
            Outbox(
                company_id=company.id,
                order_id=order,
                kind=document.kind,
                part=document.part,
                action=document.action,
                payload=document.dumps(),
            )
        )
        db.session.commit()
