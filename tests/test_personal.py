"""After the retention time nothing in the database tells who bought; the books stay."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.jobs.kinds.csv_import import keep_file
from app.models import (
    Addition,
    Base,
    Company,
    Event,
    Job,
    Notice,
    Order,
    OrderTax,
    Outbox,
    Posting,
    Remembered,
    Sale,
    SaleSent,
    Store,
    db,
)
from app.models import now as this_moment
from app.schedule.kinds.retention import run
from app.sync.intake import receive, store_named
from app.sync.personal import forget
from app.sync.personal.words import GONE, Words, removed
from app.sync.sales import send
from qbwc.documents import FORGOTTEN, Document
from tests.fake_shipstation import FakeShipStation
from tests.flows import Flow, is_, line, order, rule, tax
from tests.sales import read, selling

MARK = "zyxmark"
"""In everything that tells of the buyer, and in nothing else."""
PERSON = {
    "first_name": "Zyxmarka", "last_name": "O\u2019Zyxmark", "email": "Ada@Zyxmark.example",
    "phone": "555-0199-777", "company": "Zyxmark & Sons: Ltd", "source_id": "c-17",
}  # fmt: skip
WHERE = {
    "first_name": "Zyxmarka", "last_name": "O\u2019Zyxmark", "line1": "7 Zyxmark Lane",
    "city": "Zyxmarktown", "region": "CA", "country": "US", "phone": "555-0199-777",
}  # fmt: skip
QUICKBOOKS_OWN = {"list_entries", "entry_keys"}
"""The mirror of QuickBooks' own lists holds what QuickBooks holds."""


def bought(number: str, **fields: Any) -> dict[str, Any]:
    item = line("LAMP", "20.00", properties={"engraving": "For Zyxmarka"})
    ca = tax("1.45", "CA", "7.25")
    return order(
        number, [item | {"taxes": [ca]}], customer=PERSON, billing=WHERE, shipping=WHERE,
        customer_note="Leave it with Zyxmark's neighbour", taxes=[ca], **fields,
    )  # fmt: skip


def back() -> dict[str, Any]:
    """A refund of all of it."""
    part = {"line_id": "l-LAMP", "quantity": 1, "net": "20.00", "tax": "1.45"}
    return {
        "source_id": "r1", "total": "21.45", "created_at": "2026-11-22T09:00:00-05:00",
        "reason": "Zyxmark did not like it", "lines": [part],
    }  # fmt: skip


def telling() -> dict[str, list[str]]:
    """Table.column -> texts with the mark, of every column of every table."""
    found: dict[str, list[str]] = {}
    for table in Base.metadata.tables.values():
        if table.name in QUICKBOOKS_OWN:
            continue
        for row in db.session.execute(text(f"SELECT * FROM {table.name}")).mappings():
            for column, value in row.items():
                told = str(value).casefold()
                if MARK in told or "555-0199-777" in told or "leave it with" in told:
                    found.setdefault(f"{table.name}.{column}", []).append(str(value)[:300])
    return found


@pytest.fixture
def filled(flow: Flow) -> Flow:
    """Everything that keeps personal data has some: orders, documents, messages, sales, files."""
    flow.rules(
        memo={"var": "customer.name"},
        customer_match=["store_id", "email"],
        send_sale_to_store=True,
        other={"var": "customer.company"},
        line_description={"var": "customer.last_name"},
        sync_order=rule(True, (is_("order.number", "3"), False)),
        transaction_type=rule("invoice_and_payment", (is_("order.number", "5"), "sales_order")),
        hold_for_review=rule(False, (is_("order.number", "4"), True)),
    )
    given = bought("1")
    flow.post(given)
    flow.post(given | {"refunds": [back()]}, bought("2"), bought("5"))
    flow.take(bought("3"))
    flow.take(bought("4"))
    flow.sync()
    with selling(flow) as (company, store):
        read(flow)
        send(company, store, client=FakeShipStation().client())
    with flow.app.app_context():
        company = db.session.scalars(select(Company)).one()
        keep_file(company, "orders.csv", b"Order,Name\n1,Zyxmark\n", who="a@b.example")
        db.session.add(
            Job(
                company_id=company.id, kind="sync", arguments={"wanted": "Zyxmark"}, state="done",
                finished_at=this_moment(), result={"told": "Zyxmark"},
            )
        )  # fmt: skip
        db.session.add(
            Notice(
                company_id=company.id, email="a@b.example", topic="digest", key="1",
                subject="Zyxmark", text="Zyxmark", html="Zyxmark", message_id="1", state="sent",
            )
        )  # fmt: skip
        db.session.commit()
    return flow


def clear(flow: Flow) -> None:
    with flow.app.app_context():
        for store in db.session.scalars(select(Store)):
            store.retention_days = 30
        db.session.commit()
        company = db.session.scalars(select(Company)).one()
        list(run(company, this_moment() + timedelta(days=31)))


def test_nothing_tells_who_bought_any_more(filled: Flow) -> None:
    with filled.app.app_context():
        held = db.session.scalars(select(Order).where(Order.number == "4")).one()
        assert held.state == "held"
        before = telling()
        for place in (
            "orders.raw",
            "orders.trace",
            "orders.customer",
            "orders.email",
            "orders.search",
            "orders.shape",
            "postings.payload",
            "postings.answer",
            "outbox.payload",
            "outbox.request",
            "outbox.response",
            "message_sets.request",
            "message_sets.reply",
            "events.text",
            "sales.customer",
            "sales.data",
            "additions.payload",
            "remembered.full_name",
            "jobs.arguments",
            "jobs.result",
            "notices.text",
        ):
            assert place in before, place
        held.state = "posted"
        db.session.commit()
    clear(filled)
    with filled.app.app_context():
        assert telling() == {}


def test_an_order_that_somebody_has_to_look_at_is_left_whole(filled: Flow) -> None:
    clear(filled)
    with filled.app.app_context():
        whole = db.session.scalars(select(Order).where(Order.customer != "")).all()
        assert [one.number for one in whole] == ["4"]


def test_amounts_numbers_and_ids_stay_and_nothing_is_posted_twice(filled: Flow) -> None:
    def books() -> list[tuple[Any, ...]]:
        with filled.app.app_context():
            rows = db.session.scalars(select(Posting).order_by(Posting.id))
            taxes = db.session.scalars(select(OrderTax).order_by(OrderTax.id)).all()
            return [
                *((one.kind, one.txn_id, one.ref_number, one.total, one.tax) for one in rows),
                *((one.order_id, one.name, one.shop_tax, one.books_tax) for one in taxes),
            ]

    before, txns = books(), len(filled.quickbooks.transactions())
    clear(filled)
    assert books() == before
    with filled.app.app_context():
        for one in db.session.scalars(select(Posting).where(Posting.kind == "Invoice")):
            document = Document.loads(one.payload)
            assert document.fields["CustomerRef"].list_id == one.customer_list_id != ""
            assert document.fields["BillAddress"] == FORGOTTEN
            assert document.totals
            assert document.totals.total == one.total
        texts = "\n".join(db.session.scalars(select(Event.text)))
        assert "was added to QuickBooks for order 1: 21.45 USD." in texts
        assert GONE in texts
    again = bought("1", tags=["seen"]) | {"refunds": [back()]}
    filled.post(again, bought("2") | {"refunds": [back()]})
    assert len(filled.quickbooks.transactions()) == txns + 1, "only the new credit memo"
    assert len({txn.entity_id for txn in filled.txns("CreditMemo")}) == 1
    with filled.app.app_context():
        company = db.session.scalars(select(Company)).one()
        store = db.session.scalars(select(Store).where(Store.type == "shipstation")).one()
        shop = FakeShipStation()
        assert send(company, store, client=shop.client()).sent == 0
        assert {one.customer for one in db.session.scalars(select(Sale))} == {""}


def test_every_statement_is_understood_by_both_databases(any_app: Flask) -> None:
    with any_app.app_context():
        company = Company(name="Grove", username="grove", password_digest="")
        db.session.add(company)
        db.session.flush()
        store = store_named(company, "shop", "rulebooks")
        receive(company, store, "rulebooks", json.dumps([bought("1"), bought("2")]))
        store.retention_days = 30
        one, other = db.session.scalars(select(Order).order_by(Order.id))
        one.state, one.due = "posted", False
        document = Document(kind="Invoice", fields={"Memo": "shop 1 Zyxmarka"}).dumps()
        named = Addition(company_id=company.id, kind="Customer", full_name="Zyxmark",
                         name_key="zyxmark", payload="{}", state="done")  # fmt: skip
        used = Addition(company_id=company.id, kind="Customer", full_name="Zyxmark 2",
                        name_key="zyxmark 2", payload="{}", state="done")  # fmt: skip
        sale = Sale(company_id=company.id, kind="Invoice", txn_id="9", customer="Zyxmark",
                    modified_at=this_moment(), data={"Memo": "Zyxmark", "TxnID": "9"})  # fmt: skip
        db.session.add_all([named, used, sale])
        db.session.flush()
        for row, needed in ((one, named), (other, used)):
            outbox = Outbox(company_id=company.id, order_id=row.id, kind="Invoice", state="done",
                            payload=document)  # fmt: skip
            outbox.needs.append(needed)
            posting = Posting(company_id=company.id, order_id=row.id, kind="Invoice",
                              txn_id=str(row.id), payload=document)  # fmt: skip
            db.session.add_all([outbox, posting])
        lookup_text = f"shop {PERSON['source_id']}"
        db.session.add_all([
            SaleSent(store_id=store.id, sale_id=sale.id, state="left_out"),
            Remembered(company_id=company.id, kind="Customer", by="store_id", value=lookup_text,
                       text=lookup_text, list_id="1", full_name="Zyxmark"),
            Event(company_id=company.id, kind="addition.created", text="Customer “Zyxmark” was"),
            Job(company_id=company.id, kind="sync", arguments={}, state="done",
                finished_at=this_moment(), result="Zyxmark"),
        ])  # fmt: skip
        db.session.commit()
        later = this_moment() + timedelta(days=31)
        assert forget(store, later) == 1
        assert db.session.scalars(select(Addition.full_name)).all() == ["Zyxmark 2"]
        assert db.session.scalars(select(Remembered.full_name)).all() == ["Zyxmark"]
        assert db.session.scalars(select(Sale.data)).all() == [{"TxnID": "9"}]
        other.state, other.due = "posted", False
        db.session.commit()
        assert forget(store, later) == 1
        assert telling() == {}
        assert forget(store, later) == 0


def test_a_word_is_removed_where_it_stands_alone() -> None:
    raw = {"name": "Ann Lee 12", "note": "call me", "city": "Lee", "number": "12", "a": ["x", "y"]}
    left = raw | {"name": "", "note": "", "city": "", "a": ["x", ""]}
    words = Words([*removed(raw, left)], kept=["12", "Shop"])
    assert list(removed(raw, left)) == [
        ("name", "Ann Lee 12"), ("note", "call me"), ("city", "Lee"), ("a", "y"),
    ]  # fmt: skip
    assert words.without("Order 12 of ann lee: Sleek, call them, call me.") == (
        f"Order 12 of {GONE} {GONE}: Sleek, call them, {GONE}."
    )
    assert words.cleared({"TxnID": "Lee", "Desc": ["LEE"]}) == {"TxnID": "Lee", "Desc": [GONE]}
    assert Words([]).without("as it is") == "as it is"
