"""Our mirror of QuickBooks' lists, on both databases."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.models import Company, EntryKey, ListEntry, MessageSet, Mirror, Session, db
from app.sync import mirror, mirrored
from app.sync.queue.call import Call
from qbwc import lists, qbxml
from qbwc.practice.clock import Clock
from tests.exchange import Exchange, customer, moment

DELETE = "<ListDelRq><ListDelType>Customer</ListDelType><ListID>{}</ListID></ListDelRq>"
NEW = "<CustomerAddRq><CustomerAdd><Name>{}</Name></CustomerAdd></CustomerAddRq>"
NOON = moment("2026-11-25T12:00:00")


@pytest.fixture
def exchange(any_app: Flask, tmp_path: Path) -> Iterator[Exchange]:
    found = Exchange(any_app, tmp_path)
    yield found
    found.quickbooks.close()


def entries(exchange: Exchange, kind: str) -> dict[str, ListEntry]:
    return {row.full_name: row for row in exchange.all(ListEntry) if row.kind == kind}


def add(exchange: Exchange, request: str) -> None:
    """Something that somebody does in QuickBooks."""
    exchange.quickbooks.process(
        '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
        f"{request}</QBXMLMsgsRq></QBXML>"
    )


def test_all_lists_are_loaded_in_one_set(exchange: Exchange) -> None:
    report = exchange.session()
    assert len(report.sent) == 1
    assert {row.kind for row in exchange.all(Mirror)} >= set(lists.kinds())
    assert all(row.loaded_at for row in exchange.all(Mirror))
    held = {row.full_name for row in exchange.quickbooks.lists("Customer")}
    assert entries(exchange, "Customer").keys() == held
    assert {"Web Sales", "Discount", "CA 7.25", "Lamp Kit"} <= entries(exchange, "Item").keys()


def test_entries_are_found_by_their_keys(exchange: Exchange) -> None:
    exchange.session()
    kern = entries(exchange, "Customer")["Kern Lighting"]
    keys = {(row.by, row.value) for row in exchange.all(EntryKey) if row.entry_id == kern.id}
    assert ("email", "orders@kern.example") in keys
    assert ("company", "kern lighting warehouse") in keys


def test_later_only_what_changed_is_asked_for(exchange: Exchange) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        exchange.session()
        before = len(exchange.all(ListEntry))
        clock.shift(timedelta(hours=2))
        add(exchange, "<CustomerAddRq><CustomerAdd><Name>Ada</Name></CustomerAdd></CustomerAddRq>")
        report = exchange.session()
    assert "<FromModifiedDate>" in report.sent[0]
    assert len(exchange.all(ListEntry)) == before + 1
    assert "Ada" in entries(exchange, "Customer")


def test_time_goes_back_as_quickbooks_wrote_it_an_hour_earlier(exchange: Exchange) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        exchange.session()
        (row,) = [row for row in exchange.all(Mirror) if row.kind == "Terms"]
        assert len(row.modified_until) == 19
        clock.shift(timedelta(hours=2))
        report = exchange.session()
    since = mirror.hour_before(row.modified_until)
    terms = report.sent[0].split("<TermsQueryRq")[1].split("</TermsQueryRq>")[0]
    assert f"<FromModifiedDate>{since}</FromModifiedDate>" in terms


def test_what_happens_in_the_hour_that_comes_twice_is_found(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for name in ("Ada", "Bo"):
            add(exchange, NEW.format(name))
        exchange.session()
        ada, bo = (entries(exchange, "Customer")[name].list_id for name in ("Ada", "Bo"))
        add(exchange, DELETE.format(ada))
        clock.shift(timedelta(hours=2))
        exchange.session()
        before = Clock.now
        monkeypatch.setattr(Clock, "now", lambda self: before(self) - timedelta(minutes=170))
        add(exchange, NEW.format("Cy"))
        add(exchange, DELETE.format(bo))
        clock.shift(timedelta(hours=2))
        exchange.session()
    assert "Cy" in entries(exchange, "Customer")
    assert "Bo" not in entries(exchange, "Customer")


def test_a_change_replaces_entry_and_keys(exchange: Exchange) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        exchange.session()
        kern = entries(exchange, "Customer")["Kern Lighting"]
        clock.shift(timedelta(hours=2))
        add(
            exchange,
            f"<CustomerModRq><CustomerMod><ListID>{kern.list_id}</ListID>"
            f"<EditSequence>{kern.edit_sequence}</EditSequence><Name>Kern Lamps</Name>"
            "<IsActive>false</IsActive></CustomerMod></CustomerModRq>",
        )
        exchange.session()
    after = entries(exchange, "Customer")
    assert "Kern Lighting" not in after
    assert (after["Kern Lamps"].id, after["Kern Lamps"].is_active) == (kern.id, False)
    names = {row.value for row in exchange.all(EntryKey) if row.entry_id == kern.id}
    assert "kern lamps" in names
    assert "kern lighting" not in names


def test_what_was_deleted_is_forgotten(exchange: Exchange) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        add(exchange, "<CustomerAddRq><CustomerAdd><Name>Ada</Name></CustomerAdd></CustomerAddRq>")
        exchange.session()
        ada = entries(exchange, "Customer")["Ada"]
        clock.shift(timedelta(hours=2))
        add(exchange, DELETE.format(ada.list_id))
        exchange.session()
    assert "Ada" not in entries(exchange, "Customer")
    assert ada.id not in {row.entry_id for row in exchange.all(EntryKey)}


def test_a_list_that_is_switched_off_is_remembered_with_quickbooks_words(
    exchange: Exchange,
) -> None:
    exchange.session()
    (currency,) = [row for row in exchange.all(Mirror) if row.kind == "Currency"]
    assert "not enabled" in currency.problem


def test_an_unchanged_list_writes_nothing(exchange: Exchange) -> None:
    exchange.session()
    before = [row.id for row in exchange.all(EntryKey)]
    with exchange.app.app_context():
        for row in db.session.query(Mirror):
            row.modified_until, row.stale = "", True
        db.session.commit()
    exchange.session()
    assert [row.id for row in exchange.all(EntryKey)] == before


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "PAGE", 10)


@pytest.mark.usefixtures("small_pages")
def test_a_long_list_comes_in_pages(exchange: Exchange) -> None:
    for number in range(25):
        name = f"<Name>Buyer {number}</Name>"
        add(exchange, f"<CustomerAddRq><CustomerAdd>{name}</CustomerAdd></CustomerAddRq>")
    report = exchange.session()
    assert len([text for text in report.sent if 'iterator="Continue"' in text]) == 2
    assert len(entries(exchange, "Customer")) == 28
    assert all(row.remaining is None and not row.iterator_id for row in exchange.all(Mirror))


@pytest.mark.usefixtures("small_pages")
def test_an_iterator_that_quickbooks_forgot_is_started_again(exchange: Exchange) -> None:
    for number in range(25):
        name = f"<Name>Buyer {number}</Name>"
        add(exchange, f"<CustomerAddRq><CustomerAdd>{name}</CustomerAdd></CustomerAddRq>")
    ticket, _ = exchange.login()
    exchange.stamp()
    first = exchange.send(ticket, exchange.quickbooks.host_response())
    exchange.call("receive_response", ticket, *exchange.process(first))
    exchange.quickbooks.end_session()
    second = exchange.send(ticket)
    assert 'iterator="Continue"' in second
    exchange.call("receive_response", ticket, *exchange.process(second))
    assert 'iterator="Start"' in exchange.send(ticket)


@pytest.mark.usefixtures("small_pages")
def test_a_load_that_broke_off_starts_again_in_the_next_session(exchange: Exchange) -> None:
    for number in range(25):
        name = f"<Name>Buyer {number}</Name>"
        add(exchange, f"<CustomerAddRq><CustomerAdd>{name}</CustomerAdd></CustomerAddRq>")
    ticket, _ = exchange.login()
    exchange.stamp()
    first = exchange.send(ticket, exchange.quickbooks.host_response())
    exchange.call("receive_response", ticket, *exchange.process(first))
    exchange.quickbooks.end_session()
    exchange.session()
    assert len(entries(exchange, "Customer")) == 28


def test_nothing_is_decided_before_the_lists_are_there(exchange: Exchange) -> None:
    loaded = []

    def decide(company: Company, _limit: int) -> int:
        loaded.append(mirror.is_loaded(company.id))
        for order in company.stores:
            del order
        from app.models import Order  # noqa: PLC0415

        db.session.query(Order).update({"due": False})
        return 0

    exchange.decide = decide
    exchange.order(number="1001")
    with exchange.app.app_context():
        from app.models import Order  # noqa: PLC0415

        db.session.query(Order).update({"due": True})
        db.session.commit()
    exchange.session()
    assert loaded == [True]


def page(first: int, records: int) -> str:
    """A page of customers, as QuickBooks returns them."""
    return "".join(
        f"<CustomerRet><ListID>8000{number:04X}-1</ListID>"
        f"<TimeModified>2026-11-25T10:00:00-05:00</TimeModified><EditSequence>1</EditSequence>"
        f"<Name>Buyer {number}</Name><FullName>Buyer {number}</FullName><IsActive>true</IsActive>"
        f"<Email>buyer{number}@example.com</Email></CustomerRet>"
        for number in range(first, first + records)
    )


def take_page(exchange: Exchange, first: int, records: int = 1_000) -> None:
    with exchange.app.app_context():
        company = db.session.scalars(select(Company)).one()
        session = Session(company_id=company.id, ticket_digest=f"d{first}")
        db.session.add(session)
        db.session.flush()
        kind: Any = lists.kind("Customer")
        text = f"<QBXML><QBXMLMsgsRs><CustomerQueryRs>{page(first, records)}</CustomerQueryRs>"
        response = qbxml.parse(f"{text}</QBXMLMsgsRs></QBXML>")
        mirrored.take_in(company.id, kind, response.results[0].records)
        Call(company, session).keep()


def test_memory_stays_flat_however_long_a_list_is(sqlite_app: Flask, tmp_path: Path) -> None:
    exchange = Exchange(sqlite_app, tmp_path)
    take_page(exchange, 0)
    tracemalloc.start()
    peaks = []
    for number in range(1, 7):
        tracemalloc.reset_peak()
        take_page(exchange, number * 1_000)
        peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    assert max(peaks[1:]) < 1.3 * peaks[0]
    with sqlite_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ListEntry)) == 7_000
    exchange.quickbooks.close()


def test_replies_about_lists_are_not_kept(exchange: Exchange) -> None:
    exchange.addition(customer("Ada"))
    exchange.session()
    kept = {row.purpose: row.reply for row in exchange.all(MessageSet)}
    assert kept["mirror"] is None
    assert kept["entries"]
