"""What QuickBooks holds already is found before anything is posted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.models import Event, Order, Outbox, Posting, db
from app.sync.queue.matching import stamp
from tests.exchange import Exchange, receipt, sale


@pytest.fixture
def exchange(any_app: Flask, tmp_path: Path) -> Iterator[Exchange]:
    found = Exchange(any_app, tmp_path)
    found.session()
    yield found
    found.quickbooks.close()


def forget(exchange: Exchange) -> None:
    """The database is a new one: it knows of no posting and no search."""
    with exchange.app.app_context():
        db.session.query(Posting).delete()
        for row in db.session.query(Outbox):
            row.state, row.searched, row.response = "ready", False, ""
        for order in db.session.query(Order):
            order.state = "queued"
        db.session.commit()


def test_a_document_with_our_guid_is_bound_and_not_sent(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    exchange.session()
    forget(exchange)
    exchange.session()
    (txn,) = exchange.quickbooks.transactions()
    posting = exchange.only(Posting)
    assert (posting.txn_id, posting.how, posting.total) == (txn.txn_id, "found", txn.total)
    assert exchange.only(Order).state == "posted"
    assert "document.found" in {row.kind for row in exchange.all(Event)}


def test_a_document_with_our_stamp_in_its_memo_is_bound(exchange: Exchange) -> None:
    exchange.order(receipt("1001", Memo="Shop #1001, paid by Visa"), number="1001")
    exchange.session()
    forget(exchange)
    with exchange.app.app_context():
        row = db.session.query(Outbox).one()
        row.guid = "{00000000-1111-4222-8333-444444444444}"
        row.payload = receipt("1001", Memo="Shop #1001, paid by PayPal").dumps()
        db.session.commit()
    exchange.session()
    assert exchange.only(Posting).how == "found"
    assert len(exchange.quickbooks.transactions()) == 1


def test_the_lines_of_a_sales_order_that_was_found_are_read(exchange: Exchange) -> None:
    exchange.order(sale("SalesOrder", "1001"), number="1001")
    exchange.session()
    before = exchange.only(Posting).answer["lines"]
    forget(exchange)
    exchange.session()
    posting = exchange.only(Posting)
    assert (posting.stale, posting.answer["lines"]) == (False, before)


def by_hand(exchange: Exchange, amount: str, customer: str) -> None:
    """A receipt that somebody typed into QuickBooks."""
    exchange.order(receipt("1001", amount=amount, customer=customer), number="typed")
    exchange.session()
    with exchange.app.app_context():
        db.session.query(Posting).delete()
        db.session.query(Outbox).delete()
        db.session.query(Event).delete()
        db.session.query(Order).filter_by(number="typed").delete()
        db.session.commit()
    exchange.quickbooks._file.run(
        "UPDATE txn SET fields = replace(replace(fields, 'Memo', 'Other'), 'ExternalGUID', 'FOB')"
    )


def test_the_same_number_customer_and_total_that_we_did_not_make_is_held(
    exchange: Exchange,
) -> None:
    by_hand(exchange, "26.64", "Web Store")
    exchange.order(receipt("1001"), number="1001")
    exchange.session()
    row = exchange.only(Outbox)
    assert row.state == "held"
    assert row.advice.startswith(
        "QuickBooks already holds sales receipt 1001 of 25 November 2026 for 26.64 USD of the same "
        "customer that we did not make."
    )
    assert len(exchange.quickbooks.transactions()) == 1


@pytest.mark.parametrize(
    ("amount", "customer"), [("26.65", "Web Store"), ("26.64", "Kern Lighting")]
)
def test_the_same_number_alone_proves_nothing(
    exchange: Exchange, amount: str, customer: str
) -> None:
    by_hand(exchange, amount, customer)
    exchange.order(receipt("1001"), number="1001")
    exchange.session()
    assert exchange.only(Posting).how == "added"
    assert len(exchange.quickbooks.transactions()) == 2


def test_many_documents_are_looked_for_in_one_question(exchange: Exchange) -> None:
    for number in range(1, 601):
        exchange.order(receipt(f"N{number}"), number=f"N{number}")
    report = exchange.session()
    asked = [text for text in report.sent if "SalesReceiptQueryRq" in text]
    assert len(asked) == 1
    assert asked[0].count("<RefNumber>") == 600


@pytest.mark.parametrize(
    ("memo", "number", "mark"),
    [
        ("Shop #1001, paid by Visa", "1001", "Shop #1001"),
        ("Shop 1001", "1001", "Shop 1001"),
        ("Thank you", "1001", "Thank you"),
        ("", "1001", ""),
    ],
)
def test_the_stamp_reaches_to_the_end_of_the_number(memo: str, number: str, mark: str) -> None:
    assert stamp(memo, number) == mark
