"""Documents on their way into QuickBooks, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask

from app.models import Event, MessageSet, Order, Outbox, Posting
from tests.exchange import Exchange, receipt


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
    assert {row.state for row in exchange.all(MessageSet)} == {"settled"}
    assert "document.posted" in {row.kind for row in exchange.all(Event)}
