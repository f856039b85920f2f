"""A few days of shops, schedule and Web Connectors: the books equal the stores to the cent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.books import wrong
from tests.soak.month import month

pytest.importorskip("graphql")


def test_after_days_of_edits_refunds_outages_and_faults_the_books_equal_the_stores(
    tmp_path: Path,
) -> None:
    with month(tmp_path, orders=60, days=2) as made:
        made.run(2, 3, lambda _: None, events=3)
        assert wrong(made) == []
        sold = [shop.sold(row) for shop in made.shops for row in shop.rows]
        assert len(sold) == 60
        assert any(one.refunds for one in sold)
        assert any(not one.is_paid for one in sold)
        txn = made.companies[0].quickbooks.transactions("SalesReceipt")[0]
        made.companies[0].quickbooks.process(
            '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML>'
            '<QBXMLMsgsRq onError="stopOnError"><TxnVoidRq><TxnVoidType>SalesReceipt</TxnVoidType>'
            f"<TxnID>{txn.txn_id}</TxnID></TxnVoidRq></QBXMLMsgsRq></QBXML>",
            app="a person",
        )
        missing = f"company 0: 1 x SalesReceipt of {txn.total} are missing"
        assert missing in wrong(made)
