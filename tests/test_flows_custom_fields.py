"""Custom fields in QuickBooks: written once the document is there, whatever comes between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from lxml import etree
from sqlalchemy import select

from app.models import CustomValue, Event, Outbox, Posting, db
from qbwc.documents import Document
from tests.exchange import Exchange, invoice, receipt
from tests.faults import forget_message_sets
from tests.flows import Flow, order, rule


def in_quickbooks(quickbooks: object, kind: str = "Invoice") -> list[dict[str, str]]:
    """The custom fields of each transaction of a kind, as QuickBooks tells them."""
    answer = quickbooks.process(  # type: ignore[attr-defined]
        '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML>'
        f'<QBXMLMsgsRq onError="stopOnError"><{kind}QueryRq><OwnerID>0</OwnerID></{kind}QueryRq>'
        "</QBXMLMsgsRq></QBXML>",
        app="a person",
    )
    return [
        {
            str(data.findtext("DataExtName")): str(data.findtext("DataExtValue"))
            for data in ret.findall("DataExtRet")
        }
        for ret in etree.fromstring(answer.encode()).iter(f"{kind}Ret")
    ]


def test_fields_are_written_to_the_documents_of_an_order(flow: Flow) -> None:
    flow.quickbooks.prefer("CustomFields", "Lot,Channel")
    flow.rules(
        transaction_type="sales_order_and_invoice",
        custom_fields=[["Lot", "7"], ["channel", {"var": "store.key"}]],
    )
    flow.post(order("1"), order("2"))
    assert in_quickbooks(flow.quickbooks) == 2 * [{"Lot": "7", "Channel": "shop"}]
    assert in_quickbooks(flow.quickbooks, "SalesOrder") == 2 * [{"Lot": "7", "Channel": "shop"}]
    assert flow.states() == {"1": "posted", "2": "posted"}


def test_what_is_kept_of_a_transaction_is_read_again_after_its_fields(flow: Flow) -> None:
    flow.quickbooks.prefer("CustomFields", "Lot")
    flow.rules(transaction_type="invoice", custom_fields=[["Lot", "7"]])
    flow.post(order("1"))
    with flow.app.app_context():
        posting = db.session.scalars(select(Posting)).one()
        assert posting.edit_sequence == flow.txn("Invoice").edit_sequence
        assert not posting.stale


def test_a_field_that_a_person_defines_later_lets_the_order_go(flow: Flow) -> None:
    flow.rules(transaction_type="invoice", custom_fields=[["Lot", "7"]])
    flow.take(order("1"))
    flow.sync()
    assert flow.state("1") == ("held", ["Custom fields: QuickBooks has no custom field 'Lot'"])
    flow.quickbooks.prefer("CustomFields", "Lot")
    flow.sync()
    flow.post(order("1", customer_note="again"))
    assert in_quickbooks(flow.quickbooks) == [{"Lot": "7"}]


def test_a_field_that_is_no_longer_defined_is_not_asked_for(flow: Flow) -> None:
    flow.quickbooks.prefer("CustomFields", "Lot")
    flow.rules(
        transaction_type="invoice",
        custom_fields=rule([], ({"==": [{"var": "order.number"}, "2"]}, ["Lot", "7"])),
    )
    flow.post(order("1"))
    flow.quickbooks.prefer("CustomFields", "")
    flow.sync()
    flow.take(order("2"))
    flow.sync()
    assert flow.state("2")[0] == "held"


@pytest.fixture
def exchange(any_app: Flask, tmp_path: Path) -> Iterator[Exchange]:
    found = Exchange(any_app, tmp_path)
    found.quickbooks.prefer("CustomFields", "Lot,Gift")
    yield found
    found.quickbooks.close()


def fields(**texts: str) -> dict[str, dict[str, str]]:
    return {"CustomFields": texts}


def states(exchange: Exchange) -> list[str]:
    return [row.state for row in exchange.all(CustomValue)]


def with_lot(exchange: Exchange, number: str = "1001", **texts: str) -> None:
    exchange.order(invoice(number, **fields(**(texts or {"Lot": "7"}))), number=number)


def test_they_go_in_one_set_after_the_documents(exchange: Exchange) -> None:
    for number in ("1001", "1002"):
        with_lot(exchange, number, Lot=number, Gift="yes")
    report = exchange.session()
    writing = [text for text in report.sent if "newMessageSetID" in text]
    assert [text.count("<DataExtAddRq") for text in writing] == [0, 4]
    assert in_quickbooks(exchange.quickbooks) == [
        {"Lot": "1001", "Gift": "yes"},
        {"Lot": "1002", "Gift": "yes"},
    ]
    assert states(exchange) == ["done"] * 4


def test_a_field_that_has_a_value_already_is_changed(exchange: Exchange) -> None:
    exchange.quickbooks.process(
        '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML>'
        '<QBXMLMsgsRq onError="stopOnError"><DataExtAddRq><DataExtAdd><OwnerID>0</OwnerID>'
        "<DataExtName>Lot</DataExtName><ListDataExtType>Customer</ListDataExtType><ListObjRef>"
        "<FullName>Web Store</FullName></ListObjRef><DataExtValue>old</DataExtValue></DataExtAdd>"
        "</DataExtAddRq></QBXMLMsgsRq></QBXML>",
        app="a person",
    )
    with_lot(exchange)
    exchange.session()
    assert in_quickbooks(exchange.quickbooks) == [{"Lot": "7"}]
    assert states(exchange) == ["done"]


def test_a_transaction_that_somebody_has_open_is_written_to_later(exchange: Exchange) -> None:
    with_lot(exchange)
    locked: list[str] = []

    def lock(request: str) -> None:
        if "DataExtAdd" in request and not locked:
            locked.append(request)
            exchange.quickbooks.lock(3176)

    exchange.quickbooks.on_request = lock
    exchange.session()
    (row,) = exchange.all(CustomValue)
    assert row.attempts == 1
    assert (row.state, row.change) in {("ready", False), ("done", False)}


def test_what_quickbooks_does_not_take_is_told_and_the_order_stays_posted(
    exchange: Exchange,
) -> None:
    with_lot(exchange, Size="XL")
    exchange.session()
    (row,) = exchange.all(CustomValue)
    assert row.state == "held"
    assert row.status_code == 3140
    (event,) = [one for one in exchange.all(Event) if one.kind == "custom_field.held"]
    assert event.text.startswith(
        "The custom field “Size” of the invoice of order 1001 could not be written."
    )
    assert event.order_id == row.order_id
    assert len(exchange.postings()) == 1


def test_a_crash_while_they_are_written_leaves_none_out(exchange: Exchange) -> None:
    with_lot(exchange)
    ticket, _ = exchange.login()
    exchange.stamp()
    document = exchange.send(ticket, exchange.quickbooks.host_response())
    while "DataExtAdd" not in document:
        exchange.call("receive_response", ticket, *exchange.process(document))
        document = exchange.send(ticket)
    exchange.process(document)
    forget_message_sets(exchange)
    assert states(exchange) == ["sent"]
    exchange.session()
    assert states(exchange) == ["done"]
    assert in_quickbooks(exchange.quickbooks) == [{"Lot": "7"}]


@pytest.mark.wrong_requests
def test_one_that_quickbooks_cannot_read_is_found_and_held_alone(exchange: Exchange) -> None:
    for number in ("1001", "1002", "1003"):
        with_lot(exchange, number)
    exchange.session()
    with exchange.app.app_context():
        for row in db.session.scalars(select(CustomValue)):
            row.state = "ready"
        db.session.get_one(CustomValue, 2).txn_id = "x" * 40
        db.session.commit()
    exchange.session()
    assert states(exchange) == ["done", "held", "done"]
    assert "cannot read it" in exchange.all(CustomValue)[1].advice


def test_what_was_found_in_quickbooks_is_not_written_to(exchange: Exchange) -> None:
    exchange.order(receipt("1001"), number="1001")
    exchange.session()
    with exchange.app.app_context():
        row = db.session.get_one(Outbox, 1)
        posting = db.session.get_one(Posting, 1)
        db.session.delete(posting)
        row.state, row.searched = "ready", False
        document = Document.loads(row.payload)
        row.payload = Document(
            kind=document.kind,
            fields={**document.fields, **fields(Lot="7")},
            totals=document.totals,
        ).dumps()
        db.session.commit()
    exchange.session()
    assert [posting.how for posting in exchange.postings().values()] == ["found"]
    assert exchange.all(CustomValue) == []
