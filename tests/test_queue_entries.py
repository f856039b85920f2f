"""New list entries on their way into QuickBooks, before the documents that need them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from app.models import Addition, EntryKey, Event, ListEntry, Order, Outbox
from qbwc.documents import Ref
from qbwc.lists import Addition as NewEntry
from tests.exchange import Exchange, customer, moment, receipt
from tests.faults import forget_message_sets


@pytest.fixture
def exchange(any_app: Flask, tmp_path: Path) -> Iterator[Exchange]:
    found = Exchange(any_app, tmp_path)
    yield found
    found.quickbooks.close()


def names(exchange: Exchange, kind: str = "Customer") -> list[str]:
    return [row.full_name for row in exchange.quickbooks.lists(kind)]


def test_a_new_customer_is_created_before_the_document_in_a_set_of_its_own(
    exchange: Exchange,
) -> None:
    order = exchange.order(receipt("1001", customer="Ada Byron"), number="1001")
    exchange.addition(customer("Ada Byron"), order=order)
    report = exchange.session()
    writing = [text for text in report.sent if "newMessageSetID" in text]
    assert ["CustomerAddRq" in text for text in writing] == [True, False]
    (txn,) = exchange.quickbooks.transactions()
    row = exchange.only(Addition)
    assert (row.state, row.list_id) == ("done", txn.entity_id)
    assert f"<CustomerRef><ListID>{row.list_id}</ListID></CustomerRef>" in writing[1]


def test_a_new_entry_is_in_the_mirror_at_once(exchange: Exchange) -> None:
    exchange.addition(customer("Ada Byron", Email="ada@example.com"))
    exchange.session()
    row = exchange.only(Addition)
    (entry,) = [each for each in exchange.all(ListEntry) if each.list_id == row.list_id]
    assert entry.full_name == "Ada Byron"
    keys = {each.by: each.value for each in exchange.all(EntryKey) if each.entry_id == entry.id}
    assert (keys["full_name"], keys["email"]) == ("ada byron", "ada@example.com")


def test_parents_are_created_before_children(exchange: Exchange) -> None:
    exchange.addition(customer("House:Kitchen:Sink"))
    exchange.addition(customer("House:Kitchen"))
    exchange.addition(customer("House"))
    exchange.session()
    assert {"House", "House:Kitchen", "House:Kitchen:Sink"} <= set(names(exchange))


def test_what_an_entry_refers_to_is_created_first(exchange: Exchange) -> None:
    account = Ref("Account", "Lamp Sales")
    exchange.addition(
        NewEntry(
            kind="Item",
            variant="ItemNonInventory",
            full_name="Torch",
            fields={"SalesOrPurchase": {"AccountRef": account}},
        )
    )
    exchange.addition(
        NewEntry(
            kind="Account",
            variant="Account",
            full_name="Lamp Sales",
            fields={"AccountType": "Income"},
        )
    )
    exchange.session()
    assert {row.state for row in exchange.all(Addition)} == {"done"}
    assert "Torch" in names(exchange, "ItemNonInventory")


def test_a_name_that_exists_is_found_and_used(exchange: Exchange) -> None:
    exchange.session()
    order = exchange.order(receipt("1001", customer="web store"), number="1001")
    exchange.addition(customer("WEB  STORE".replace("  ", " ")), order=order)
    exchange.session()
    row = exchange.only(Addition)
    (txn,) = exchange.quickbooks.transactions()
    assert (row.state, row.list_id) == ("done", txn.entity_id)
    assert txn.customer == "Web Store"
    assert "addition.found" in {each.kind for each in exchange.all(Event)}


def test_a_name_that_a_vendor_has_holds_the_orders_that_need_it(exchange: Exchange) -> None:
    order = exchange.order(receipt("1001", customer="Acme Supply"), number="1001")
    exchange.addition(customer("Acme Supply"), order=order)
    exchange.order(receipt("1002"), number="1002")
    exchange.session()
    assert exchange.only(Addition).state == "held"
    held, posted = exchange.all(Order)
    assert (held.state, posted.state) == ("held", "posted")
    assert "Acme Supply" in held.reasons[0]
    assert "vendor" in held.reasons[0]
    assert exchange.all(Outbox)[0].state == "held"


def test_a_document_that_needs_a_held_entry_later_is_held_too(exchange: Exchange) -> None:
    exchange.addition(customer("Acme Supply"))
    exchange.session()
    order = exchange.order(receipt("1001", customer="Acme Supply"), number="1001")
    with exchange.app.app_context():
        from app.models import db  # noqa: PLC0415

        row = db.session.get_one(Outbox, 1)
        row.needs.append(db.session.get_one(Addition, 1))
        db.session.commit()
    exchange.session()
    assert exchange.all(Order)[order - 1].state == "held"


def test_an_entry_that_cannot_be_written_is_held_alone(exchange: Exchange) -> None:
    exchange.addition(customer("Ada Byron", Nonsense="x"))
    exchange.addition(customer("Grace Hopper"))
    exchange.session()
    assert [row.state for row in exchange.all(Addition)] == ["held", "done"]
    assert "Nonsense" in exchange.all(Addition)[0].advice


def test_entries_that_refer_to_each_other_are_held(exchange: Exchange) -> None:
    for one, other in (("A", "B"), ("B", "A")):
        exchange.addition(
            NewEntry(
                kind="Item",
                variant="ItemNonInventory",
                full_name=one,
                fields={
                    "ParentRef": Ref("Item", other),
                    "SalesOrPurchase": {"AccountRef": Ref("Account", "Sales")},
                },
            )
        )
    exchange.session()
    assert {row.state for row in exchange.all(Addition)} == {"held"}


def test_a_locked_list_is_tried_again(exchange: Exchange) -> None:
    exchange.addition(customer("Ada Byron"))
    exchange.quickbooks.lock(3180)
    with time_machine.travel(moment("2026-11-25T12:00:00"), tick=False) as clock:
        exchange.session(pause=lambda: clock.shift(5))
    assert exchange.only(Addition).state == "done"


def test_an_entry_made_before_a_crash_is_found_by_its_name(exchange: Exchange) -> None:
    exchange.addition(customer("Ada Byron"))
    ticket, _ = exchange.login()
    exchange.stamp()
    document = exchange.send(ticket, exchange.quickbooks.host_response())
    while "CustomerAddRq" not in document:
        exchange.call("receive_response", ticket, *exchange.process(document))
        document = exchange.send(ticket)
    exchange.process(document)
    forget_message_sets(exchange)
    exchange.session()
    assert "addition.found" in {each.kind for each in exchange.all(Event)}
    assert names(exchange).count("Ada Byron") == 1
    assert exchange.only(Addition).state == "done"
