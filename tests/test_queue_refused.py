"""A set that QuickBooks cannot read comes down to the one request that is to blame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.models import Addition, MessageSet, Mirror, Order, Outbox
from qbwc.practice import HResult
from tests.exchange import Exchange, customer, invoice, payment, receipt


@pytest.fixture
def exchange(any_app: Flask, tmp_path: Path) -> Iterator[Exchange]:
    found = Exchange(any_app, tmp_path)
    found.session()
    yield found
    found.quickbooks.close()


def refuse(exchange: Exchange, bad: Callable[[str], bool]) -> None:
    """Let QuickBooks refuse each set that has something bad in it."""

    def look(document: str) -> None:
        if bad(document):
            raise HResult("0x80040400")

    exchange.quickbooks.on_request = look


def test_one_bad_document_is_held_and_all_others_are_posted(exchange: Exchange) -> None:
    for number in range(1, 41):
        exchange.order(receipt(f"N{number}"), number=f"N{number}")
    refuse(exchange, lambda text: "AddRq" in text and "<RefNumber>N17<" in text)
    exchange.session()
    held = [row for row in exchange.all(Order) if row.state != "posted"]
    assert [row.number for row in held] == ["N17"]
    assert "cannot read" in held[0].reasons[0]
    assert len(exchange.quickbooks.transactions()) == 39
    refused = [row for row in exchange.all(MessageSet) if row.state == "refused"]
    assert len(refused) == 7, "40, 20, 10, 5, 3, 2, 1"


def test_two_bad_documents_are_both_found(exchange: Exchange) -> None:
    for number in range(1, 11):
        exchange.order(receipt(f"N{number}"), number=f"N{number}")
    refuse(exchange, lambda t: "AddRq" in t and ("<RefNumber>N2<" in t or "<RefNumber>N9<" in t))
    exchange.session()
    held = [row.number for row in exchange.all(Order) if row.state != "posted"]
    assert held == ["N2", "N9"]


def test_a_payment_that_is_parted_from_its_invoice_follows_it(exchange: Exchange) -> None:
    for number in range(1, 6):
        exchange.order(invoice(f"N{number}"), payment(f"N{number}"), number=f"N{number}")
    refuse(exchange, lambda text: "AddRq" in text and "<RefNumber>N3<" in text)
    exchange.session()
    held = [row.number for row in exchange.all(Order) if row.state != "posted"]
    assert held == ["N3"]
    assert {txn.balance for txn in exchange.quickbooks.transactions("Invoice")} == {0}
    assert len(exchange.quickbooks.transactions("ReceivePayment")) == 4


def test_one_bad_entry_is_held_and_all_others_are_created(exchange: Exchange) -> None:
    for number in range(1, 8):
        exchange.addition(customer(f"Buyer {number}"))
    refuse(exchange, lambda text: "<Name>Buyer 5<" in text)
    exchange.session()
    states = {row.full_name: row.state for row in exchange.all(Addition)}
    assert states.pop("Buyer 5") == "held"
    assert set(states.values()) == {"done"}


def test_a_number_that_cannot_be_asked_for_is_held(exchange: Exchange) -> None:
    for number in range(1, 6):
        exchange.order(receipt(f"N{number}"), number=f"N{number}")
    refuse(exchange, lambda text: "QueryRq" in text and "<RefNumber>N4<" in text)
    exchange.session()
    held = [row for row in exchange.all(Outbox) if row.state != "done"]
    assert [(row.ref_number, row.state) for row in held] == [("N4", "held")]


def test_a_list_that_cannot_be_asked_for_does_not_keep_the_others(
    any_app: Flask, tmp_path: Path
) -> None:
    exchange = Exchange(any_app, tmp_path)
    refuse(exchange, lambda text: "PriceLevelQueryRq" in text)
    exchange.order(receipt("1001"), number="1001")
    exchange.session()
    mirrors = {row.kind: row for row in exchange.all(Mirror)}
    assert mirrors["PriceLevel"].problem
    assert not mirrors["Customer"].problem
    assert mirrors["Customer"].modified_until
    assert exchange.only(Order).state == "posted"
    exchange.quickbooks.close()


def test_a_question_about_deletions_that_is_refused_does_not_keep_the_list_from_being_read(
    exchange: Exchange,
) -> None:
    refuse(exchange, lambda text: "<ListDelType>Class<" in text)
    for number in ("1001", "1002"):
        exchange.order(receipt(number), number=number)
        exchange.session()
    sets = [row for row in exchange.all(MessageSet) if row.purpose == "mirror"]
    assert [row.state for row in sets].count("refused") == 2, "the whole, then the one"
    assert len(sets[-1].contents) > 20, "the second time all lists are asked at once again"
    assert not [row for row in exchange.all(Mirror) if row.kind == "Class" and row.problem]
