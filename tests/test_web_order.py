"""One order: as in the store, as in QuickBooks, decisions and why, qbXML, events."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from app.models import Company, Event, Order, Outbox, Posting, Release, db
from app.sync.runner import decide_due
from tests.web_site import Site, statements

MOST_QUERIES = 8
EVIL = '<script>alert("x")</script>'


def page(site: Site, order_id: int) -> str:
    answer = site.browser("viewer").get(f"{site.orders}/{order_id}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_every_sample_order_has_a_page(site: Site) -> None:
    client = site.browser("viewer")
    for order_id in site.rows.all_orders:
        answer = client.get(f"{site.orders}/{order_id}")
        assert answer.status_code == 200
        assert "cannot be read" not in answer.text


def test_the_order_stands_as_in_the_store(site: Site) -> None:
    text = page(site, 1)
    for expected in (
        "Order 5101", "Dana Whitfield", "1180 Valencia St", "Cedar Camp Mug", "MUG-CED",
        "CA State (7.25%)", "$69.14", "PayPal",
        "lines 57.99 + shipping 6.95 + tax 4.20 = 69.14",
    ):  # fmt: skip
        assert expected in text


def test_an_order_that_does_not_add_up_shows_the_arithmetic(site: Site) -> None:
    text = page(site, 16)
    assert "It does not add up" in text
    assert "but the store says 102.12 (difference 1.10)" in text


def test_refunds_and_what_is_still_due_are_shown(site: Site) -> None:
    client = site.browser("viewer")
    texts = [client.get(f"{site.orders}/{one}").text for one in site.rows.all_orders]
    assert sum(">Refunds</h4>" in text for text in texts) == 9
    assert any("Still due" in text for text in texts)


def test_a_posted_document_is_drawn_with_quickbooks_own_figures(site: Site) -> None:
    with site.app.app_context():
        posting = db.session.query(Posting).filter_by(order_id=1).one()
        posting.ref_number, posting.subtotal = "A-77", Decimal("64.93")
        posting.total, posting.expected = Decimal("69.13"), Decimal("69.14")
        posting.release_id = db.session.query(Release.id).filter_by(number=3).first()[0]
        txn_id = posting.txn_id
        db.session.commit()
    text = page(site, 1)
    for expected in ("Sales Receipt", "In QuickBooks", txn_id, "A-77", "64.93"):
        assert expected in text
    assert "EST by release 3</p>" in text.split(txn_id, 1)[1]
    assert "QuickBooks says $69.13, the plan said $69.14: a difference of -$0.01." in text


def test_a_document_that_needs_a_person_says_what_to_do(site: Site) -> None:
    with site.app.app_context():
        row = db.session.query(Outbox).filter_by(order_id=2).one()
        row.state, row.advice = "held", "QuickBooks' closing date is after this date."
        db.session.commit()
    text = page(site, 2)
    assert "Needs you" in text
    assert "QuickBooks&#39; closing date is after this date." in text


def test_a_posting_that_the_plan_no_longer_names_is_still_shown(site: Site) -> None:
    with site.app.app_context():
        trace = db.session.get_one(Order, 1).trace
        db.session.get_one(Order, 1).trace = {**trace, "documents": []}
        db.session.commit()
    text = page(site, 1)
    assert "Sales Receipt" in text
    assert "TxnID" in text


def test_each_decision_tells_its_value_and_what_decided_it(site: Site) -> None:
    text = page(site, 1)
    assert re.search(r"Transaction type</td><td>Sales receipts</td><td>Paid by card", text)
    assert re.search(r"Undeposited Funds</td><td>otherwise", text)
    assert re.search(r"An old decision</td><td>left empty</td><td>case 2.*no such table", text)
    assert "Line 1: Cedar Camp Mug" in text


def test_the_qbxml_is_there_both_ways_but_closed(site: Site) -> None:
    text = page(site, 1)
    assert "<details><summary>qbXML of Sales Receipt 5101" in text
    assert "&lt;RefNumber&gt;5101&lt;/RefNumber&gt;" in text
    assert "statusMessage=&#34;Status OK&#34;" in text
    assert "<details open" not in text


def test_the_newest_event_comes_first(site: Site) -> None:
    text = page(site, 1)
    assert text.index("is in QuickBooks.") < text.index("Received order 5101")


@pytest.mark.parametrize("state", ["new", "waiting", "skipped"])
def test_without_documents_the_page_says_what_happens_next(site: Site, state: str) -> None:
    text = page(site, site.rows.orders[state][0])
    assert ("rulebooks plan" in text) if state == "new" else ("No document" in text)


def test_what_the_runner_decides_is_what_the_page_shows(site: Site) -> None:
    with site.app.app_context():
        company = db.session.get_one(Company, site.rows.company)
        row = db.session.get_one(Order, 8)
        row.due = True
        decide_due(company)
        db.session.commit()
        documents = db.session.get_one(Order, 8).trace["documents"]
        state = db.session.get_one(Order, 8).state
    text = page(site, 8)
    assert documents
    assert state in {"queued", "held"}
    for document in documents:
        assert document["ref_number"] in text
        for line in document["lines"]:
            assert str(line["amount"]) in text.replace(",", "")


def test_nothing_of_an_order_is_taken_as_html(site: Site) -> None:
    with site.app.app_context():
        row = db.session.get_one(Order, 1)
        raw = json.loads(row.raw)
        raw["line_items"][0]["name"] = raw["customer_note"] = EVIL
        raw["billing"]["first_name"] = raw["billing"]["address_1"] = EVIL
        row.raw, row.number, row.customer, row.reasons = json.dumps(raw), EVIL, EVIL, [EVIL]
        row.state = "held"
        row.trace = _infested(row.trace)
        for kept in db.session.query(Outbox).filter_by(order_id=1):
            kept.request = kept.response = kept.advice = kept.ref_number = EVIL
        for kept in db.session.query(Posting).filter_by(order_id=1):
            kept.txn_id = kept.ref_number = kept.how = EVIL
        for kept in db.session.query(Event).filter_by(order_id=1):
            kept.text = kept.level = EVIL
        row.store.name = EVIL
        db.session.get_one(Company, site.rows.company).name = EVIL
        db.session.commit()
    client = site.browser("owner")
    for address in (f"{site.orders}/1", site.orders, f"{site.orders}?q={EVIL}", "/companies"):
        text = client.get(address).text
        assert "&lt;script&gt;" in text
        assert "<script>alert" not in text


def _infested(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _infested(part) for key, part in value.items()} | {EVIL: EVIL}
    if isinstance(value, list):
        return [_infested(part) for part in value]
    return EVIL if isinstance(value, str) else value


@pytest.mark.parametrize(
    "trace",
    [
        None, [], "text", 7, {"decided": []}, {"decided": {"a": None}}, {"documents": "x"},
        {"documents": [None, 7, {"kind": None, "lines": [None, {"amount": []}], "total": "NaN"}]},
        {"documents": [{"kind": "Check", "lines": [{"amount": "1e999999", "quantity": {}}],
                        "links": [[], {"amount": "x"}], "date": "yesterday", "fields": [1]}]},
        {"decided": {"memo": {"case": "x", "value": {"deep": [1]}}}, "lines": [None, []]},
        {"documents": [{"fields": {"TermsRef": {"a": []}, "DueDate": 7}, "total": -1e300}]},
    ],
)  # fmt: skip
def test_a_trace_that_is_not_what_it_should_be_does_no_harm(site: Site, trace: Any) -> None:
    with site.app.app_context():
        db.session.get_one(Order, 1).trace = trace
        db.session.commit()
    assert "Order 5101" in page(site, 1)


@pytest.mark.parametrize("raw", ["", "no JSON", "[]", '{"id": 1}', "null", '{"line_items": 7}'])
def test_an_order_that_cannot_be_read_still_has_a_page(site: Site, raw: str) -> None:
    with site.app.app_context():
        db.session.get_one(Order, 1).raw = raw
        db.session.commit()
    text = page(site, 1)
    assert "This order cannot be read." in text


@pytest.mark.parametrize(
    "xml", ["<a", "<?xml version='1.0' encoding='UTF-16'?><a/>", "\0", "é" * 9]
)
def test_qbxml_that_is_none_is_shown_as_it_is(site: Site, xml: str) -> None:
    with site.app.app_context():
        db.session.query(Outbox).filter_by(order_id=1).one().response = xml
        db.session.commit()
    assert "Answered" in page(site, 1)


def test_the_number_of_queries_does_not_grow_with_what_the_order_has(site: Site) -> None:
    client = site.browser("viewer")
    counted = []
    for turn in range(2):
        with statements(site.app) as sent:
            client.get(f"{site.orders}/1")
        counted.append(len(sent))
        with site.app.app_context():
            for place in range(5):
                db.session.add(
                    Posting(company_id=1, order_id=1, kind="CreditMemo", part=f"{turn}-{place}",
                            txn_id=f"{turn}-{place}", total=Decimal(5), payload="")
                )  # fmt: skip
                db.session.add(
                    Outbox(company_id=1, order_id=1, kind="Check", part=f"{turn}-{place}",
                           payload="")
                )  # fmt: skip
                db.session.add(Event(company_id=1, order_id=1, kind="x", text="y"))
            db.session.commit()
    assert counted[0] == counted[1] <= MOST_QUERIES


def test_a_document_that_we_closed_says_so(site: Site) -> None:
    assert "Closed</span>" not in page(site, 1)
    with site.app.app_context():
        row = db.session.get_one(Order, 1)
        (told, *_) = row.trace["documents"]
        row.trace = row.trace | {"documents": [told | {"is_closed": True}]}
        db.session.commit()
    assert '<span class="chip is-closed">Closed</span>' in page(site, 1)
