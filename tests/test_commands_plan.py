"""`rulebooks plan`: what would be posted and why, in the form that scripts rely on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import MetaData, select

from app.models import db
from tests.conftest import complaint
from tests.flows import Flow, Ran, charge, is_, line, order, rule, tax


def plan(flow: Flow, number: str, *options: str) -> Ran:
    """Plan an order."""
    return flow.run("plan", flow.company_name, number, *options)


def answer(flow: Flow, number: str = "1001") -> dict[str, Any]:
    """What `plan --json` answers."""
    ran = plan(flow, number, "--json")
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, Any] = ran.json
    return found


def rows(flow: Flow) -> dict[str, list[Any]]:
    """Every row of every table."""
    with flow.app.app_context():
        metadata = MetaData()
        metadata.reflect(db.engine)
        return {
            name: [tuple(row) for row in db.session.execute(select(table))]
            for name, table in metadata.tables.items()
        }


@pytest.fixture
def planned(flow: Flow) -> dict[str, Any]:
    """A plan after QuickBooks' lists were read."""
    flow.rules(
        mark_invoice_unpaid=rule(False, (is_("payment.method", "PayPal"), True)),
        line_class="Online",
    )
    flow.post(order("1000", paid="Visa"))
    lines = [line("Desk Lamp", "49.95", 2)]
    flow.take(order("1001", lines, charges=[charge("shipping", "5.00")], taxes=[tax("7.61")]))
    return answer(flow)


def test_the_answer_has_the_keys_that_scripts_rely_on(planned: dict[str, Any]) -> None:
    keys = {"order", "verdict", "reasons", "decided", "lines", "documents", "qbxml"}
    assert planned.keys() >= keys
    assert (planned["order"], planned["verdict"], planned["reasons"]) == ("1001", "post", [])


def test_each_decision_has_its_value_its_case_and_its_title(planned: dict[str, Any]) -> None:
    assert all(one.keys() >= {"value", "case", "title"} for one in planned["decided"].values())
    assert planned["decided"]["mark_invoice_unpaid"] == {"value": False, "case": None, "title": ""}
    assert planned["decided"]["transaction_type"]["value"] == "invoice_and_payment"
    (one,) = planned["lines"]
    assert one["item"]["value"] == "Desk Lamp"
    assert one["line_class"]["value"] == "Online"


def test_the_case_that_won_is_named(flow: Flow) -> None:
    flow.rules(mark_invoice_unpaid=rule(False, (is_("payment.method", "PayPal"), True)))
    flow.take(order("1001", paid="PayPal"))
    found = answer(flow)
    assert found["decided"]["mark_invoice_unpaid"] == {"value": True, "case": 1, "title": "Case 1"}
    assert [one["kind"] for one in found["documents"]] == ["Invoice"]


def test_a_document_has_head_lines_totals_and_links(planned: dict[str, Any]) -> None:
    invoice, payment = planned["documents"]
    head = {key: invoice[key] for key in ("kind", "ref_number", "customer", "date")}
    assert head == {
        "kind": "Invoice",
        "ref_number": "1001",
        "customer": "Ada Byron",
        "date": "2026-11-20",
    }
    keys = {"item", "description", "quantity", "rate", "amount", "tax_code", "class"}
    assert all(set(one) == keys for one in invoice["lines"])
    first = invoice["lines"][0]
    assert (first["item"], first["quantity"], first["amount"]) == ("Desk Lamp", "2", "99.90")
    assert first["class"] == "Online"
    assert [one["item"] for one in invoice["lines"]] == ["Desk Lamp", "Shipping", "Sales Tax"]
    totals = [Decimal(invoice[key]) for key in ("subtotal", "tax", "total")]
    assert totals == [Decimal("112.51"), Decimal(0), Decimal("112.51")]
    assert invoice["links"] == []
    assert payment["kind"] == "ReceivePayment"
    assert payment["links"] == [{"kind": "Invoice", "how": "pays", "amount": "112.51"}]


def test_the_qbxml_is_what_will_be_sent(planned: dict[str, Any]) -> None:
    requests = etree.fromstring(f"<all>{planned['qbxml']}</all>")
    assert [one.tag for one in requests] == ["InvoiceAddRq", "ReceivePaymentAddRq"]
    assert requests.findtext("InvoiceAddRq/InvoiceAdd/RefNumber") == "1001"
    assert requests.findtext(".//InvoiceLineAdd/Amount") == "99.90"


def test_xml_prints_only_the_requests_and_they_are_valid(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1000"))
    flow.take(order("1001"))
    ran = plan(flow, "1001", "--xml")
    assert ran.code == 0
    body = ran.out.replace("(Invoice)", "1-1")
    document = (
        '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML>'
        f'<QBXMLMsgsRq onError="continueOnError">{body}</QBXMLMsgsRq></QBXML>'
    )
    assert complaint(document) == ""


def test_people_read_the_verdict_the_decisions_and_the_documents(flow: Flow) -> None:
    flow.rules(mark_invoice_unpaid=rule(False, (is_("payment.method", "PayPal"), True)))
    flow.take(order("1001", paid="PayPal"))
    ran = plan(flow, "1001")
    assert ran.out.startswith("Order 1001: post\n")
    assert "Mark the invoice as unpaid" in ran.out
    assert "(case 1: Case 1)" in ran.out
    assert "Invoice 1001  2026-11-20  Ada Byron" in ran.out


def test_a_plan_is_what_is_posted(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1000"))
    flow.take(order("1001", [line("Desk Lamp", "49.95")], charges=[charge("shipping", "5.00")]))
    planned = answer(flow)["documents"]
    flow.sync()
    posted = [txn for txn in flow.quickbooks.transactions() if txn.memo.startswith("shop 1001")]
    assert [(one["kind"], one["ref_number"], Decimal(one["total"])) for one in planned] == [
        (txn.kind, txn.ref_number, txn.total) for txn in posted
    ]


def test_planning_writes_nothing(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1000"))
    flow.take(order("1001", [line("NEW", "1.00")]), order("1002") | {"total": "20.01"})
    before = rows(flow)
    for number in ("1000", "1001", "1002"):
        assert plan(flow, number).code == 0
        assert plan(flow, number, "--xml").code == 0
        assert plan(flow, number, "--json").code == 0
    assert rows(flow) == before


def test_a_posted_order_shows_what_stands(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001"))
    found = answer(flow)
    assert found["verdict"] == "post"
    assert [one["kind"] for one in found["documents"]] == ["Invoice", "ReceivePayment"]


def test_before_quickbooks_lists_were_read_names_hold_nothing(flow: Flow) -> None:
    flow.rules(when_item_missing="hold", when_customer_missing="hold", terms="Nowhere 99")
    flow.take(order("1001", [line("NOBODY-HAS-IT", "1.00")]))
    found = answer(flow)
    assert (found["verdict"], found["reasons"]) == ("post", [])
    assert found["documents"][0]["lines"][0]["item"] == "NOBODY-HAS-IT"
    flow.sync()
    later = answer(flow)
    assert later["verdict"] == "hold"
    assert later["documents"] == []
    assert flow.kinds() == []


@pytest.mark.parametrize(
    ("fields", "verdict", "reason"),
    [
        ({"status": "cancelled"}, "skip", "left out by rule"),
        ({"paid": None}, "wait", "the invoice is not made yet"),
        ({"total": "20.01"}, "hold", "does not add up"),
        ({"currency": "EUR"}, "hold", "the order is in EUR"),
    ],
)
def test_a_verdict_has_its_reasons(
    flow: Flow, fields: dict[str, Any], verdict: str, reason: str
) -> None:
    flow.rules()
    flow.take(order("1001", **fields))
    found = answer(flow)
    assert found["verdict"] == verdict
    assert reason in found["reasons"][0]
    assert found["documents"] == []


def test_what_is_created_first_is_told(flow: Flow) -> None:
    flow.rules()
    flow.sync()
    flow.take(order("1001", [line("NEW-1", "9.00")]))
    assert answer(flow)["creates"] == [["Customer", "Ada Byron"], ["Item", "NEW-1"]]
    assert "Creates the item 'NEW-1' first." in plan(flow, "1001").out


def test_an_unknown_order_is_one_line(flow: Flow) -> None:
    ran = plan(flow, "4711")
    assert ran.code == 1
    assert ran.err == "rulebooks: There is no order '4711' in Grove Lamps.\n"


def test_a_number_that_two_stores_have_needs_the_store(flow: Flow) -> None:
    flow.rules()
    flow.take(order("1001"))
    flow.take(order("1001", [line("X", "3.00")]), store="second")
    ran = plan(flow, "1001")
    assert ran.code == 1
    assert ran.err == (
        "rulebooks: Several orders have the number '1001': shop:1001, second:1001.\n"
    )
    assert answer(flow, "second:1001")["documents"][0]["total"] == "3.00"
    assert answer(flow, "shop:1001")["documents"][0]["total"] == "20.00"


def test_a_number_with_a_colon_is_found_as_it_is(flow: Flow) -> None:
    flow.rules()
    flow.take(order("A:1001"))
    assert answer(flow, "A:1001")["order"] == "A:1001"


def test_an_order_that_cannot_be_read_is_one_line(flow: Flow) -> None:
    flow.take(order("1001") | {"total": "about twenty"})
    ran = plan(flow, "id-1001")
    assert ran.code == 1
    assert "/total" in ran.err
    assert ran.err.count("\n") == 1


def test_the_requests_of_a_refund_of_a_cancelled_and_of_a_bought_order_are_shown(
    flow: Flow,
) -> None:
    flow.rules(
        refund_as="card_refund",
        when_cancelled="void",
        create_invoice="whole",
        transaction_type=rule(
            "invoice_and_payment",
            (is_("order.number", "3"), "sales_order_invoice_and_purchase_order"),
        ),
    )
    unpaid = order("2", paid=None)
    flow.post(order("1"), unpaid)
    given = {"kind": "adjustment", "name": "Goodwill", "net": "5.00"}
    refund = {"source_id": "r" * 60, "total": "5.00", "created_at": "2026-11-22T09:00:00-05:00"}
    flow.take(
        order("1", refunds=[refund | {"adjustments": [given]}]),
        unpaid | {"status": "cancelled"},
        order("3", [line("Desk Lamp", "49.95")]),
    )
    for number, word in (
        ("1", "ARRefundCreditCardAdd>"),
        ("2", "<TxnVoidType>Invoice"),
        ("3", "PurchaseOrderAdd>"),
    ):
        assert word in plan(flow, number, "--xml").out
    assert "Purchase" in plan(flow, "3").out
    documents = answer(flow, "3")["documents"]
    assert [one["kind"] for one in documents] == ["SalesOrder", "Invoice", "PurchaseOrder"]
    assert documents[-1]["customer"] == "Acme Supply"
    assert documents[-1]["total"] == "21.50"
