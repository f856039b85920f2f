"""Voiding and deleting what is posted, by us and by somebody in QuickBooks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask

from app.models import Event, Order, Outbox, Posting, db
from qbwc.documents import Document
from qbwc.practice.clock import Clock
from tests.exchange import Exchange, invoice, payment, receipt, sale
from tests.faults import first_requests, forget_message_sets
from tests.test_queue_posting import change
from tests.test_queue_recovery import hand_out


@pytest.fixture
def exchange(any_app: Flask, tmp_path: Path) -> Iterator[Exchange]:
    found = Exchange(any_app, tmp_path)
    found.session()
    yield found
    found.quickbooks.close()


def posted(exchange: Exchange, *documents: Document) -> int:
    order = exchange.order(*documents, number="1001")
    exchange.session()
    return order


def ask(exchange: Exchange, body: str) -> str:
    """What a person does in QuickBooks."""
    return exchange.quickbooks.process(
        '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?>'
        f'<QBXML><QBXMLMsgsRq onError="stopOnError">{body}</QBXMLMsgsRq></QBXML>',
        app="a person",
    )


def by_hand(exchange: Exchange, kind: str, action: str = "Del") -> None:
    (txn,) = [one for one in exchange.quickbooks.transactions() if one.kind == kind]
    answer = ask(
        exchange,
        f"<Txn{action}Rq><Txn{action}Type>{kind}</Txn{action}Type>"
        f"<TxnID>{txn.txn_id}</TxnID></Txn{action}Rq>",
    )
    assert 'statusCode="0"' in answer


def ended(exchange: Exchange) -> dict[str, str]:
    return {row.kind: row.ended for row in exchange.all(Posting)}


@pytest.mark.parametrize("action", ["void", "delete"])
@pytest.mark.parametrize("done", [True, False])
def test_an_uncertain_ending_is_found_out_by_asking_for_the_transaction(
    exchange: Exchange, action: str, *, done: bool
) -> None:
    order = posted(exchange, receipt("1001"))
    change(exchange, order, Document(kind="SalesReceipt", action=action))
    _, document = hand_out(exchange)
    if done:
        exchange.process(document)
    forget_message_sets(exchange)
    report = exchange.session()
    asked = [text for text in report.sent if "<SalesReceiptQueryRq" in text and "<TxnID>" in text]
    assert len(asked) == 1
    assert (document in report.sent) is not done
    assert ended(exchange) == {"SalesReceipt": action}
    assert {row.state for row in exchange.all(Outbox)} == {"done"}
    assert exchange.only(Order).state == "posted"
    assert [txn.total for txn in exchange.quickbooks.transactions()] in ([], [0])


def test_of_a_set_that_broke_off_each_ending_is_judged_by_itself(exchange: Exchange) -> None:
    numbers = ("1001", "1002", "1003")
    orders = [exchange.order(receipt(number), number=number) for number in numbers]
    exchange.session()
    for order in orders:
        change(exchange, order, Document(kind="SalesReceipt", action="delete"))
    _, document = hand_out(exchange)
    exchange.quickbooks.process(first_requests(document, 2))
    exchange.session()
    assert exchange.quickbooks.transactions() == []
    assert [row.ended for row in exchange.all(Posting)] == ["delete"] * 3
    assert {row.state for row in exchange.all(Outbox)} == {"done"}


def test_what_is_deleted_already_counts_as_deleted(exchange: Exchange) -> None:
    order = posted(exchange, receipt("1001"))
    change(exchange, order, Document(kind="SalesReceipt", action="delete"))
    exchange.quickbooks.on_request = once("<TxnDelRq", lambda: by_hand(exchange, "SalesReceipt"))
    exchange.session()
    assert ended(exchange) == {"SalesReceipt": "delete"}
    assert exchange.only(Order).state == "posted"


def once(word: str, act: Any) -> Any:
    done: list[str] = []

    def look(request: str) -> None:
        if word in request and not done:
            done.append(word)
            act()

    return look


def test_what_is_to_be_voided_and_was_deleted_is_read_again(exchange: Exchange) -> None:
    order = posted(exchange, receipt("1001"))
    change(exchange, order, Document(kind="SalesReceipt", action="void"))
    exchange.quickbooks.on_request = once("<TxnVoidRq", lambda: by_hand(exchange, "SalesReceipt"))
    exchange.session()
    assert ended(exchange) == {"SalesReceipt": "missing"}
    assert [row.state for row in exchange.all(Outbox)] == ["done", "dropped"]
    assert exchange.only(Order).due


def test_a_locked_transaction_is_voided_later(exchange: Exchange) -> None:
    order = posted(exchange, receipt("1001"))
    change(exchange, order, Document(kind="SalesReceipt", action="void"))
    exchange.quickbooks.lock(3175, 1)
    with time_machine.travel(datetime.now(UTC)) as clock:
        report = exchange.session(pause=lambda: clock.shift(5))
    assert report.waits
    assert ended(exchange) == {"SalesReceipt": "void"}


def test_what_is_tied_to_a_deleted_transaction_is_read_again(exchange: Exchange) -> None:
    order = posted(exchange, invoice("1001"), payment("1001"))
    change(exchange, order, Document(kind="ReceivePayment", part="pay1", action="delete"))
    exchange.session()
    (kept,) = [row for row in exchange.all(Posting) if not row.ended]
    assert (kept.kind, str(kept.balance)) == ("Invoice", "26.64")


def test_a_deletion_in_quickbooks_is_noticed_and_the_order_decided_again(
    exchange: Exchange,
) -> None:
    posted(exchange, invoice("1001"))
    by_hand(exchange, "Invoice")
    exchange.order(receipt("1002"), number="1002")
    report = exchange.session()
    assert any("<TxnDeletedQueryRq" in text for text in report.sent)
    assert ended(exchange) == {"Invoice": "missing", "SalesReceipt": ""}
    assert [row.due for row in exchange.all(Order)] == [True, False]
    told = [event.text for event in exchange.all(Event) if event.kind == "document.missing"]
    assert told == [
        "Invoice 1001 of order 1001 is no longer in QuickBooks: somebody deleted it there."
    ]


def test_a_deletion_is_told_once_and_asked_from_the_last_one(exchange: Exchange) -> None:
    posted(exchange, invoice("1001"))
    by_hand(exchange, "Invoice")
    for number in ("1002", "1003"):
        exchange.order(receipt(number), number=number)
        report = exchange.session()
    asked = [text for text in report.sent if "<TxnDeletedQueryRq" in text]
    assert "<FromDeletedDate>2026" in asked[0]
    assert len([event for event in exchange.all(Event) if event.kind == "document.missing"]) == 1


def test_a_deletion_in_the_hour_that_comes_twice_is_noticed(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted(exchange, invoice("1001"))
    by_hand(exchange, "Invoice")
    exchange.order(receipt("1002"), number="1002")
    exchange.session()
    before = Clock.now
    monkeypatch.setattr(Clock, "now", lambda self: before(self) - timedelta(minutes=50))
    by_hand(exchange, "SalesReceipt")
    exchange.order(receipt("1003"), number="1003")
    exchange.session()
    gone = [event.text for event in exchange.all(Event) if event.kind == "document.missing"]
    assert len(gone) == 2
    assert "1002" in gone[1]


def test_what_was_voided_in_quickbooks_is_noticed_when_its_order_is_due(
    exchange: Exchange,
) -> None:
    order = posted(exchange, invoice("1001"))
    by_hand(exchange, "Invoice", "Void")
    make_due(exchange, order)
    exchange.session()
    assert ended(exchange) == {"Invoice": "voided"}


def make_due(exchange: Exchange, order: int) -> None:
    with exchange.app.app_context():
        db.session.get_one(Order, order).due = True
        db.session.commit()


def test_a_payment_of_an_invoice_that_is_gone_lets_the_invoice_be_read_again(
    exchange: Exchange,
) -> None:
    order = posted(exchange, invoice("1001"))
    change(exchange, order, payment("1001"))
    look = once("<ReceivePaymentAddRq", lambda: by_hand(exchange, "Invoice"))
    exchange.quickbooks.on_request = look
    exchange.session()
    assert ended(exchange) == {"Invoice": "missing"}
    assert exchange.only(Order).due
    assert not exchange.quickbooks.transactions()


def test_a_form_of_no_amount_is_not_taken_for_voided(exchange: Exchange) -> None:
    order = posted(exchange, invoice("1001", amount="0.00"), sale("SalesOrder", "1001"))
    make_due(exchange, order)
    exchange.session()
    assert ended(exchange) == {"Invoice": "", "SalesOrder": ""}


def test_a_question_that_quickbooks_cannot_read_keeps_nothing_else_back(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted(exchange, receipt("1001"))
    process = exchange.process

    def refusing(document: str) -> tuple[str, str, str]:
        if "<TxnDeletedQueryRq" in document:
            return "", "0x80040400", "cannot be read"
        return process(document)

    monkeypatch.setattr(exchange, "process", refusing)
    for number in ("1002", "1003", "1004"):
        exchange.order(receipt(number), number=number)
        report = exchange.session()
        assert report.status == "done"
    assert len(exchange.quickbooks.transactions()) == 4
    asked = [text for text in report.sent if "<TxnDeletedQueryRq" in text]
    assert len(asked) == 1
    assert "<CustomerQueryRq" not in asked[0]
    assert len([text for text in report.sent if "<CustomerQueryRq" in text]) == 1
