"""Parts of an order: their shares come to the order to the cent, whatever is shipped when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbwc.documents import Document, TxnRef
from qbwc.planning import Ledger, Plan
from rules_library.order import Fulfillment, FulfillmentLine, Order, RefundLine
from tests.planning import (
    NOW,
    D,
    charge,
    kinds,
    line,
    only,
    order,
    payment,
    planned,
    posted,
    refund,
    rows,
    shipping,
    tax,
    total_of,
)

PLAIN: dict[str, Any] = {"transaction_type": "invoice_and_payment", "create_invoice": "shipped"}
WITH_ORDER: dict[str, Any] = {
    "transaction_type": "sales_order_invoice_and_payment",
    "create_invoice": "shipped",
}


def sent(key: str, after: int = 0, **quantities: str | int | Decimal) -> Fulfillment:
    """A shipment of so many of lines a, b, c, so many days after the order."""
    lines = tuple(
        FulfillmentLine(line_id=name, quantity=D(str(count))) for name, count in quantities.items()
    )
    return Fulfillment(source_id=key, shipped_at=NOW + timedelta(days=after), lines=lines)


def three(*shipments: Fulfillment, **fields: Any) -> Order:
    """Three hammers a at 10.00, one saw b at 7.00, shipping 5.00: 42.00."""
    lines = (
        line(source_id="a", quantity=D(3), gross=D("30.00")),
        line(source_id="b", name="Saw", sku="SAW-1", quantity=D(1), gross=D("7.00")),
    )
    status = "partial" if shipments else "unfulfilled"
    known: dict[str, Any] = {
        "lines": lines, "fulfillments": shipments, "fulfillment_status": status
    }  # fmt: skip
    return order(**(known | fields))


def returned(document: Document) -> tuple[dict[str, str], ...]:
    """A sales order's lines as QuickBooks would return them."""
    return tuple(
        {
            "is": "SalesOrderLineRet",
            "TxnLineID": f"L{place}",
            "ItemRef.ListID": row["ItemRef"].list_id,
            "ItemRef.FullName": row["ItemRef"].full_name,
            "Desc": row.get("Desc") or "",
            "Amount": str(row["Amount"]),
        }
        | ({"Quantity": str(row["Quantity"])} if "Quantity" in row else {})
        for place, row in enumerate(document.fields["lines"])
    )


def taken(made: Plan) -> Ledger:
    """The ledger after QuickBooks took a plan, the sales order with its lines."""
    ledger = posted(*[one for one in made.documents if one.action == "add"])
    return Ledger(
        {
            key: replace(held, lines=returned(held.document)) if key[0] == "SalesOrder" else held
            for key, held in ledger.posted.items()
        }
    )


def invoices(made: Plan) -> list[Document]:
    return [one for one in made.documents if one.kind == "Invoice"]


def test_only_what_was_shipped_is_invoiced_with_the_shipping() -> None:
    made = planned(three(sent("f1", a=1)), **PLAIN)
    (invoice,) = invoices(made)
    assert (invoice.part, invoice.fields["RefNumber"]) == ("f1", "1001-1")
    assert rows(invoice) == [("HAM-16", "10.00"), ("Shipping", "5.00")]
    assert invoice.fields["lines"][0]["Quantity"] == 1
    assert invoice.fields["Memo"] == "shop #1001 shipment f1"


def test_lines_that_need_no_shipping_go_with_the_first_invoice() -> None:
    download = line(source_id="d", sku="SAW-1", gross=D("3.00"), requires_shipping=False)
    of = three(sent("f1", a=1))
    of = replace(of, lines=(*of.lines, download), total=of.total + 3)
    first, second = invoices(planned(replace(of, fulfillments=(
        sent("f1", a=1), sent("f2", 1, a=2, b=1),
    )), **PLAIN))  # fmt: skip
    assert rows(first) == [("HAM-16", "10.00"), ("SAW-1", "3.00"), ("Shipping", "5.00")]
    assert rows(second) == [("HAM-16", "20.00"), ("SAW-1", "7.00")]


def test_a_part_of_the_posted_sales_order_is_taken_by_line() -> None:
    ledger = taken(planned(three(), **WITH_ORDER))
    (invoice,) = invoices(planned(three(sent("f1", a=2)), ledger=ledger, **WITH_ORDER))
    first, ship = invoice.fields["lines"]
    assert "ItemRef" not in first
    assert (first["Quantity"], first["Amount"]) == (2, D("20.00"))
    assert first["LinkToTxn"] == {"TxnID": TxnRef("SalesOrder"), "TxnLineID": "L0"}
    assert ship["LinkToTxn"]["TxnLineID"] == "L2"
    assert "LinkToTxnID" not in invoice.fields


def test_a_part_waits_for_the_sales_order_that_is_not_posted_yet() -> None:
    made = planned(three(sent("f1", a=2)), **WITH_ORDER)
    assert kinds(made) == ["SalesOrder", "ReceivePayment"]
    assert made.more is True


def test_a_sales_order_whose_lines_are_not_known_is_held() -> None:
    ledger = posted(*planned(three(), **WITH_ORDER).documents)
    made = planned(three(sent("f1", a=2)), ledger=ledger, **WITH_ORDER)
    assert made.reasons == (
        "QuickBooks did not tell the lines of the sales order, so no part of it can be invoiced",
    )


def test_a_line_of_which_the_sales_order_has_less_is_a_line_of_its_own_for_the_rest() -> None:
    ledger = taken(planned(three(), **WITH_ORDER))
    held = ledger.posted["SalesOrder", ""]
    less = tuple(one | {"Quantity": "1"} if one["TxnLineID"] == "L0" else one for one in held.lines)
    known = dict(ledger.posted) | {("SalesOrder", ""): replace(held, lines=less)}
    (invoice,) = invoices(planned(three(sent("f1", a=2)), ledger=Ledger(known), **WITH_ORDER))
    first, second, _ = invoice.fields["lines"]
    assert (first["Quantity"], first["Amount"]) == (1, D("10.00"))
    assert (second["Quantity"], second["Amount"]) == (1, D("10.00"))
    assert second["ItemRef"].full_name == "HAM-16"
    assert "LinkToTxn" not in second


def test_a_payment_is_divided_among_the_invoices() -> None:
    of = three(sent("f1", a=1), sent("f2", 1, a=2, b=1), fulfillment_status="fulfilled")
    paid = only(planned(of, **PLAIN), "ReceivePayment")
    assert paid.fields["applied"] == [
        {"TxnID": TxnRef("Invoice", "f1"), "PaymentAmount": D("15.00")},
        {"TxnID": TxnRef("Invoice", "f2"), "PaymentAmount": D("27.00")},
    ]


def test_a_later_invoice_gets_what_is_unused_of_the_payment() -> None:
    first = planned(three(sent("f1", a=1)), **PLAIN)
    assert first.reasons == ()
    both = three(sent("f1", a=1), sent("f2", 1, a=2, b=1), fulfillment_status="fulfilled")
    second = planned(both, ledger=posted(*first.documents), **PLAIN)
    assert second.more is True
    third = planned(both, ledger=posted(*second.documents), **PLAIN)
    (mod,) = [one for one in third.documents if one.action == "mod"]
    assert [row["PaymentAmount"] for row in mod.fields["applied"]] == [D("15.00"), D("27.00")]


def test_a_gift_card_and_a_card_pay_the_invoices_in_turn() -> None:
    payments = (
        payment("20.00", source_id="gift", method="Gift Card", method_kind="gift_card"),
        payment("22.00", source_id="card"),
    )
    of = three(sent("f1", a=1), sent("f2", 1, a=2, b=1), payments=payments)
    made = planned(of, **PLAIN)
    applied = {
        one.part: [(row["TxnID"].part, row["PaymentAmount"]) for row in one.fields["applied"]]
        for one in made.documents
        if one.kind == "ReceivePayment"
    }
    assert applied == {
        "gift": [("f1", D("15.00")), ("f2", D("5.00"))],
        "card": [("f2", D("22.00"))],
    }


def test_a_shipment_that_is_told_late_comes_after_those_that_are_posted() -> None:
    second = sent("f2", 5, a=1)
    ledger = posted(*planned(three(second), **PLAIN).documents)
    made = planned(three(sent("f1", a=1), second), ledger=ledger, **PLAIN)
    assert [(one.part, one.fields["RefNumber"]) for one in invoices(made)] == [
        ("f2", "1001-1"),
        ("f1", "1001-2"),
    ]


def test_a_part_that_was_voided_is_posted_again_with_its_own_number_and_share() -> None:
    of = three(sent("f1", a=1), sent("f2", 1, a=2, b=1), fulfillment_status="fulfilled")
    first = planned(of, **PLAIN)
    second = posted(only(first, "Invoice", "f2")).posted
    held = {key: replace(one, ref_number="1001-2") for key, one in second.items()}
    again = invoices(planned(of, ledger=Ledger(held), **PLAIN))
    said = [(one.part, one.fields["RefNumber"], total_of(one)) for one in again]
    assert said == [("f1", "1001-1", D("15.00")), ("f2", "1001-2", D("27.00"))]
    both = posted(*reversed(again)).posted
    known = {key: replace(one, ref_number=one.document.fields.get("RefNumber", ""))
             for key, one in both.items()}  # fmt: skip
    assert invoices(planned(of, ledger=Ledger(known), **PLAIN)) == again


def test_two_shipments_with_the_same_id_are_held() -> None:
    made = planned(three(sent("f1", a=1), sent("f1", a=1)), **PLAIN)
    assert "two shipments of the order have the same id" in made.reasons[0]


def test_a_shipment_of_a_line_that_the_order_lacks_is_held() -> None:
    made = planned(three(sent("f1", x=1)), **PLAIN)
    assert made.reasons == ("shipment f1 names a line that the order does not have once",)


def test_an_invoice_is_not_dated_before_its_shipment() -> None:
    of = three(sent("f1", 2, a=1))
    (invoice,) = invoices(planned(of, **PLAIN, ship_date={"var": "fulfillment.shipped_on"}))
    assert invoice.fields["TxnDate"].isoformat() == "2026-11-23"
    assert invoice.fields["ShipDate"].isoformat() == "2026-11-23"
    (invoice,) = invoices(planned(of, **PLAIN, txn_date="2026-11-24"))
    assert invoice.fields["TxnDate"].isoformat() == "2026-11-24"


def test_an_order_that_is_wholly_refunded_before_it_ships_is_invoiced_for_its_credit() -> None:
    back = refund("42.00", lines=(
        RefundLine(line_id="a", quantity=D(3), net=D("30.00")),
        RefundLine(line_id="b", quantity=D(1), net=D("12.00")),
    ))  # fmt: skip
    of = three(payment_status="refunded", refunds=(back,))
    first = planned(of, **PLAIN)
    assert kinds(first) == ["Invoice", "ReceivePayment"]
    second = planned(of, ledger=posted(*first.documents), **PLAIN)
    assert kinds(second) == ["Invoice", "ReceivePayment", "CreditMemo"]


def test_a_sales_order_that_keeps_something_open_is_closed_after_the_last_invoice() -> None:
    ledger = taken(planned(three(), **WITH_ORDER))
    held = ledger.posted["SalesOrder", ""]
    more = tuple(one | {"Quantity": "4"} if one["TxnLineID"] == "L0" else one for one in held.lines)
    start = dict(ledger.posted) | {("SalesOrder", ""): replace(held, lines=more)}
    shipped = (sent("f1", a=2), sent("f2", 1, a=1, b=1))
    of = three(*shipped, fulfillment_status="fulfilled")
    second = planned(of, ledger=Ledger(start), **WITH_ORDER)
    assert not [one for one in second.documents if one.action == "mod"]
    both = posted(*[one for one in second.documents if one.kind == "Invoice"]).posted
    of_invoices = {key: replace(one, txn_id=f"I{key[1]}") for key, one in both.items()}
    made = planned(of, ledger=Ledger(start | of_invoices), **WITH_ORDER)
    (closed,) = [one for one in made.documents if one.kind == "SalesOrder" and one.action == "mod"]
    assert closed.fields == {"TxnID": held.txn_id, "EditSequence": "1", "IsManuallyClosed": True}


money = st.decimals(min_value="0.00", max_value="99.99", places=2)


@st.composite
def shipped_orders(draw: Any) -> Order:
    """An order of several lines, discounts, charges and taxes, shipped in any number of parts."""
    lines = []
    for name in "abc"[: draw(st.integers(1, 3))]:
        gross = draw(money)
        lines.append(
            line(
                source_id=name, name=f"Thing {name}", quantity=D(draw(st.integers(1, 5))),
                gross=gross, discount=min(gross, draw(money)),
            )
        )  # fmt: skip
    charges = (shipping(str(draw(money))), charge("fee", str(draw(money))))
    taxes = (tax(str(draw(money))), tax(str(draw(money)), name="City"))
    shipments, key = [], 0
    left = {one.source_id: int(one.quantity) for one in lines}
    while any(left.values()):
        key += 1
        quantities = {name: draw(st.integers(0, count)) for name, count in left.items() if count}
        if not any(quantities.values()):
            quantities = dict(left)
        left = {name: count - quantities.get(name, 0) for name, count in left.items()}
        shipments.append(sent(f"f{key}", key, **{n: q for n, q in quantities.items() if q}))
    return order(
        lines=tuple(lines), charges=charges, taxes=taxes, fulfillments=tuple(shipments),
        fulfillment_status="fulfilled",
    )  # fmt: skip


@pytest.mark.parametrize("shown", ["net_lines", "one_line", "per_line"])
@settings(max_examples=40, deadline=None)
@given(of=shipped_orders())
def test_the_parts_come_to_the_order_and_use_up_the_sales_order(shown: str, of: Order) -> None:
    rules = WITH_ORDER | {"discount_as": shown}
    unshipped = replace(of, fulfillments=(), fulfillment_status="unfulfilled")
    ledger = taken(planned(unshipped, **rules))
    made = planned(of, ledger=ledger, **rules)
    assert made.verdict == "post", made.reasons
    assert sum(total_of(one) for one in invoices(made)) == of.total
    if len(invoices(made)) == 1:
        return
    open_ = {row["TxnLineID"]: D(row.get("Quantity", row["Amount"]))
             for row in ledger.posted["SalesOrder", ""].lines}  # fmt: skip
    for invoice in invoices(made):
        for row in invoice.fields["lines"]:
            assert "ItemRef" not in row
            open_[row["LinkToTxn"]["TxnLineID"]] -= row.get("Quantity", row["Amount"])
    assert not any(open_.values())
