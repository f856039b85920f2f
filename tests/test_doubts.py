"""What QuickBooks seems to hold already: a person says what it is, and that ends the question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from app import tokens
from app.models import Company, Event, Order, Outbox, Posting, db
from app.sync import answers, attention, doubts
from app.sync.answers import AnswerRefusedError
from tests.api_site import Program
from tests.flows import Flow, order
from tests.test_web_attention import PAGE, person, send

WHO = "ada@grove.example"


@contextmanager
def company(flow: Flow) -> Iterator[Company]:
    with flow.app.app_context():
        yield db.session.scalars(select(Company)).one()


def typed(flow: Flow, *numbers: str) -> list[str]:
    """Invoices that somebody typed into QuickBooks before; returns their TxnIDs."""
    for number in numbers:
        flow.ask(
            "<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>Ada Byron</FullName></CustomerRef>"
            f"<TxnDate>2026-11-20</TxnDate><RefNumber>{number}</RefNumber><InvoiceLineAdd>"
            "<ItemRef><FullName>LAMP</FullName></ItemRef><Quantity>1</Quantity><Rate>20.00</Rate>"
            "</InvoiceLineAdd></InvoiceAdd></InvoiceAddRq>"
        )
    found = {txn.ref_number: txn.txn_id for txn in flow.txns("Invoice")}
    return [found[number] for number in numbers]


def alike(flow: Flow, *numbers: str) -> list[str]:
    """Orders whose invoices somebody typed already, held for that."""
    flow.rules(transaction_type="invoice")
    flow.post(order("0"))
    found = typed(flow, *numbers)
    flow.take(*(order(number) for number in numbers))
    flow.sync()
    assert {flow.states()[number] for number in numbers} == {"held"}
    return found


def ids(flow: Flow, *numbers: str) -> list[int]:
    return [flow.order(number).id for number in numbers]


def invoices(flow: Flow, number: str) -> list[str]:
    return [txn.txn_id for txn in flow.txns("Invoice") if txn.ref_number == number]


def test_what_looks_like_one_in_quickbooks_is_a_cause_of_its_own(flow: Flow) -> None:
    (txn_id,) = alike(flow, "7")
    with company(flow) as owner:
        (group,) = attention.groups(owner)
        assert (group.code, group.answers[:2]) == ("alike", ("is_that", "send_anyway"))
        row = db.session.scalars(select(Outbox).where(Outbox.state == "held")).one()
        expected = {"txn_id": txn_id, "ref_number": "7", "date": "2026-11-20", "total": "20.00"}
        assert row.alike == expected


def test_it_is_that_transaction(flow: Flow) -> None:
    (txn_id,) = alike(flow, "7")
    with company(flow) as owner:
        assert doubts.is_that(owner, ids(flow, "7"), who=WHO) == (1, 0)
        with pytest.raises(AnswerRefusedError, match="any more"):
            doubts.is_that(owner, ids(flow, "7"), who=WHO)
    flow.sync()
    assert flow.state("7") == ("posted", [])
    assert invoices(flow, "7") == [txn_id]
    with flow.app.app_context():
        row = db.session.scalars(select(Posting).where(Posting.how == "bound")).one()
        assert (row.txn_id, row.total, row.stale) == (txn_id, 20, False)


def test_it_is_sent_anyway_and_not_looked_for_again(flow: Flow) -> None:
    alike(flow, "7")
    with company(flow) as owner:
        assert doubts.send_anyway(owner, ids(flow, "7"), who=WHO) == 1
    flow.sync()
    assert flow.state("7") == ("posted", [])
    assert len(invoices(flow, "7")) == 2


def test_trying_again_looks_again(flow: Flow) -> None:
    (txn_id,) = alike(flow, "7")
    with company(flow) as owner:
        answers.retry(owner, ids(flow, "7"), who=WHO)
    flow.sync()
    assert flow.states()["7"] == "held"
    flow.ask(f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{txn_id}</TxnID></TxnDelRq>")
    with company(flow) as owner:
        answers.retry(owner, ids(flow, "7"), who=WHO)
    flow.sync()
    assert flow.states()["7"] == "posted"


def test_two_documents_are_not_bound_to_one_transaction(flow: Flow) -> None:
    first, second = alike(flow, "7", "8")
    with company(flow) as owner:
        row = db.session.scalars(select(Outbox).where(Outbox.ref_number == "8", doubts.ASKED)).one()
        assert (row.alike or {})["txn_id"] == second
        row.alike = {**(row.alike or {}), "txn_id": first}
        db.session.commit()
        assert doubts.is_that(owner, ids(flow, "7", "8"), who=WHO) == (1, 1)
    flow.sync()
    assert (flow.states()["7"], flow.states()["8"]) == ("posted", "held")


def test_the_pages_show_the_transaction_and_take_the_answers(flow: Flow) -> None:
    first, second, third = alike(flow, "7", "8", "9")
    client = person(flow, "bookkeeper")
    page = client.get(PAGE).text
    assert "QuickBooks holds one that looks like it" in page
    assert "looks like 7 of Nov 20, 2026 for $20.00 in QuickBooks" in page
    assert f'value="{first}"' in page
    (seven,) = ids(flow, "7")
    shown = client.get(f"/companies/1/orders/{seven}").text
    assert f'value="{first}"' in shown
    with flow.app.app_context():
        one, two = (
            db.session.scalars(select(Outbox.id).where(Outbox.ref_number == number)).first()
            for number in ("7", "8")
        )
    send(client, answer="bind", document=one, order=seven, txn_id=first)
    send(client, answer="send_again", document=two, code="alike", about="")
    send(client, answer="is_that", code="alike", about="")
    flow.sync()
    assert set(flow.states().values()) == {"posted"}
    assert invoices(flow, "7") == [first]
    assert len(invoices(flow, "8")) == 2
    assert invoices(flow, "9") == [third]
    assert second in invoices(flow, "8")


def test_a_program_reads_the_transaction_and_answers(flow: Flow) -> None:
    (first, _) = alike(flow, "7", "8")
    with company(flow) as owner:
        _, token = tokens.create(owner, "mine", "bookkeeper", who=WHO)
        db.session.commit()
    program = Program(flow, token)  # type: ignore[arg-type]
    seven, eight = ids(flow, "7", "8")
    documents = program.get(f"/orders/{seven}").get_json()["documents"]
    (found,) = [one["alike"] for one in documents if one["alike"]]
    assert found == {"txn_id": first, "ref_number": "7", "date": "2026-11-20", "total": "20.00"}
    assert program.post(f"/orders/{seven}/is-that", {}).status_code == 200
    assert program.post(f"/orders/{eight}/send-anyway", {"comment": "both"}).status_code == 200
    refused = program.post(f"/orders/{eight}/send-anyway", {})
    assert (refused.status_code, "any more" in refused.get_json()["detail"]) == (409, True)
    flow.sync()
    assert set(flow.states().values()) == {"posted"}
    assert (len(invoices(flow, "7")), len(invoices(flow, "8"))) == (1, 2)
    with flow.app.app_context():
        assert not db.session.get_one(Order, seven).causes
        told = set(db.session.scalars(select(Event.text).where(Event.order_id == eight)))
    assert "Had the Invoice sent, though QuickBooks holds one that looks like it: both" in told
