"""Sales orders that become invoices in the practice company."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.practice_helpers import Answer, Desk, add, line, mod, query, ref, sale


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def order(desk: Desk) -> Answer:
    return desk.do(
        sale(
            "SalesOrder",
            line("SalesOrder", "Desk Lamp", "<Quantity>3</Quantity><Rate>40.00</Rate>"),
            line("SalesOrder", "Shipping", "<Amount>10.00</Amount>"),
            head="<PONumber>PO 7</PONumber>" + ref("ItemSalesTaxRef", "CA 7.25"),
        )
    )


def whole(order: Answer, *lines: str, customer: str = "Web Store") -> str:
    link = f"<LinkToTxnID>{order['TxnID']}</LinkToTxnID>"
    return sale("Invoice", *lines, head=link, customer=customer)


def part(order: Answer, number: int, inner: str = "") -> str:
    line_id = order.all("SalesOrderLineRet/TxnLineID")[number]
    return (
        f"<InvoiceLineAdd>{inner}<LinkToTxn><TxnID>{order['TxnID']}</TxnID>"
        f"<TxnLineID>{line_id}</TxnLineID></LinkToTxn></InvoiceLineAdd>"
    )


def now(desk: Desk, order: Answer, kind: str = "SalesOrder") -> Answer:
    return desk.do(
        query(
            kind,
            f"<TxnID>{order['TxnID']}</TxnID><IncludeLineItems>true</IncludeLineItems>"
            "<IncludeLinkedTxns>true</IncludeLinkedTxns>",
        )
    )


def test_an_invoice_of_the_whole_order_takes_all_lines_and_closes_it(
    desk: Desk, order: Answer
) -> None:
    invoice = desk.do(whole(order))
    assert invoice.all("InvoiceLineRet/Amount") == ["120.00", "10.00"]
    assert (invoice["PONumber"], invoice["SalesTaxTotal"]) == ("PO 7", "8.70")
    assert order["IsFullyInvoiced"] == "false"
    assert now(desk, order)["IsFullyInvoiced"] == "true"
    assert now(desk, order)["SalesOrderLineRet/Invoiced"] == "3"


def test_links_are_shown_by_queries_that_ask_for_them_on_both_sides(
    desk: Desk, order: Answer
) -> None:
    invoice = desk.do(whole(order))
    assert not invoice.has("LinkedTxn")
    assert now(desk, order)["LinkedTxn/TxnID"] == invoice["TxnID"]
    assert now(desk, invoice, "Invoice")["LinkedTxn/TxnType"] == "SalesOrder"


def test_a_closed_order_cannot_be_linked_again(desk: Desk, order: Answer) -> None:
    desk.do(whole(order))
    assert desk.ask(whole(order)).code == 570
    assert desk.ask(sale("Invoice", part(order, 0))).code == 570


def test_part_of_a_line_leaves_the_rest_open(desk: Desk, order: Answer) -> None:
    first = desk.do(sale("Invoice", part(order, 0, "<Quantity>1</Quantity>"), part(order, 1)))
    assert first.all("InvoiceLineRet/Amount") == ["40.00", "10.00"]
    assert now(desk, order)["IsFullyInvoiced"] == "false"
    rest = desk.do(whole(order))
    assert rest.all("InvoiceLineRet/Quantity") == ["2"]
    assert now(desk, order)["IsFullyInvoiced"] == "true"


def test_an_amount_without_quantity_can_be_taken_in_parts(desk: Desk, order: Answer) -> None:
    desk.do(sale("Invoice", part(order, 1, "<Amount>4.00</Amount>")))
    rest = desk.do(sale("Invoice", part(order, 1)))
    assert rest["InvoiceLineRet/Amount"] == "6.00"
    assert desk.ask(sale("Invoice", part(order, 1))).code == 570


def test_more_than_is_left_is_refused(desk: Desk, order: Answer) -> None:
    assert desk.ask(sale("Invoice", part(order, 0, "<Quantity>4</Quantity>"))).code == 3210


def test_a_linked_line_cannot_name_an_item(desk: Desk, order: Answer) -> None:
    answer = desk.ask(sale("Invoice", part(order, 0, ref("ItemRef", "Desk Lamp"))))
    assert answer.code == 3210


def test_one_order_is_never_linked_both_ways(desk: Desk, order: Answer) -> None:
    assert desk.ask(whole(order, part(order, 0))).code == 3210
    assert now(desk, order)["SalesOrderLineRet/Invoiced"] == "0"


def test_another_customers_order_is_refused(desk: Desk, order: Answer) -> None:
    assert desk.ask(whole(order, customer="Kern Lighting")).code == 3210


def test_an_order_that_is_not_there_is_3120(desk: Desk) -> None:
    request = sale("Invoice", head="<LinkToTxnID>1-1</LinkToTxnID>")
    assert desk.ask(request).code == 3120


def test_a_linked_invoice_may_have_lines_of_its_own(desk: Desk, order: Answer) -> None:
    invoice = desk.do(whole(order, line("Invoice", "LED Bulb", "<Quantity>1</Quantity>")))
    assert invoice["Subtotal"] == "134.75"


def test_deleting_the_invoice_reopens_the_order(desk: Desk, order: Answer) -> None:
    invoice = desk.do(whole(order))
    desk.do(
        f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{invoice['TxnID']}</TxnID></TxnDelRq>"
    )
    assert now(desk, order)["IsFullyInvoiced"] == "false"
    desk.do(whole(order))


def test_an_order_with_invoices_cannot_be_deleted(desk: Desk, order: Answer) -> None:
    desk.do(whole(order))
    request = (
        f"<TxnDelRq><TxnDelType>SalesOrder</TxnDelType><TxnID>{order['TxnID']}</TxnID></TxnDelRq>"
    )
    assert desk.ask(request).code == 3160


def change(order: Answer, inner: str) -> str:
    return mod(
        "SalesOrder",
        f"<TxnID>{order['TxnID']}</TxnID><EditSequence>{order['EditSequence']}</EditSequence>{inner}",
    )


def test_an_order_can_be_closed_by_hand(desk: Desk, order: Answer) -> None:
    closed = desk.do(change(order, "<IsManuallyClosed>true</IsManuallyClosed>"))
    assert (closed["IsManuallyClosed"], closed["IsFullyInvoiced"]) == ("true", "false")
    assert desk.ask(whole(order)).code == 570


def test_a_line_can_be_closed_by_hand(desk: Desk, order: Answer) -> None:
    first, second = order.all("SalesOrderLineRet/TxnLineID")
    desk.do(
        change(
            order,
            f"<SalesOrderLineMod><TxnLineID>{first}</TxnLineID></SalesOrderLineMod>"
            f"<SalesOrderLineMod><TxnLineID>{second}</TxnLineID>"
            "<IsManuallyClosed>true</IsManuallyClosed></SalesOrderLineMod>",
        )
    )
    invoice = desk.do(whole(order))
    assert invoice.all("InvoiceLineRet/Amount") == ["120.00"]


def test_lines_that_a_mod_leaves_out_are_gone(desk: Desk, order: Answer) -> None:
    first = order["SalesOrderLineRet/TxnLineID"]
    changed = desk.do(
        change(
            order,
            f"<SalesOrderLineMod><TxnLineID>{first}</TxnLineID><Quantity>2</Quantity>"
            "</SalesOrderLineMod>",
        )
    )
    assert changed.all("SalesOrderLineRet/Amount") == ["80.00"]
    assert changed["TotalAmount"] == "85.80"


def test_a_line_that_is_not_there_is_3120(desk: Desk, order: Answer) -> None:
    inner = "<SalesOrderLineMod><TxnLineID>9-9</TxnLineID></SalesOrderLineMod>"
    assert desk.ask(change(order, inner)).code == 3120


def test_invoicing_an_order_makes_its_edit_sequence_stale(desk: Desk, order: Answer) -> None:
    desk.do(sale("Invoice", part(order, 0, "<Quantity>1</Quantity>")))
    assert desk.ask(change(order, "<Memo>late</Memo>")).code == 3200


def test_open_orders_count_against_the_stock(desk: Desk, order: Answer) -> None:
    stock = query("ItemInventory", "<FullName>Desk Lamp</FullName>")
    assert desk.do(stock)["QuantityOnSalesOrder"] == "3"
    desk.do(sale("Invoice", part(order, 0, "<Quantity>1</Quantity>")))
    assert desk.do(stock)["QuantityOnSalesOrder"] == "2"
    desk.do(whole(order))
    assert desk.do(stock)["QuantityOnSalesOrder"] == "0"


def test_a_percentage_discount_on_an_order_reaches_the_invoice(desk: Desk) -> None:
    order = desk.do(
        sale(
            "SalesOrder",
            line("SalesOrder", "Desk Lamp", "<Quantity>2</Quantity><Rate>50.00</Rate>"),
            line("SalesOrder", "Subtotal"),
            line("SalesOrder", "10% off"),
        )
    )
    invoice = desk.do(whole(order))
    assert invoice.all("InvoiceLineRet/Amount") == ["100.00", "100.00", "-10.00"]
    assert invoice["Subtotal"] == order["Subtotal"] == "90.00"
    assert now(desk, order)["IsFullyInvoiced"] == "true"


def test_a_group_on_an_order_reaches_the_invoice(desk: Desk) -> None:
    order = desk.do(
        add(
            "SalesOrder",
            ref("CustomerRef", "Web Store") + "<SalesOrderLineGroupAdd>"
            + ref("ItemGroupRef", "Lamp Kit") + "</SalesOrderLineGroupAdd>",
        )
    )  # fmt: skip
    invoice = desk.do(whole(order))
    assert invoice.all("InvoiceLineGroupRet/InvoiceLineRet/Amount") == ["49.95", "9.50"]
    assert now(desk, order)["IsFullyInvoiced"] == "true"


def test_a_line_taken_off_a_linked_invoice_is_open_on_the_order_again(
    desk: Desk, order: Answer
) -> None:
    invoice = desk.do(whole(order))
    shipping = invoice.all("InvoiceLineRet/TxnLineID")[1]
    desk.do(
        mod(
            "Invoice",
            f"<TxnID>{invoice['TxnID']}</TxnID><EditSequence>{invoice['EditSequence']}"
            f"</EditSequence><InvoiceLineMod><TxnLineID>{shipping}</TxnLineID></InvoiceLineMod>",
        )
    )
    assert now(desk, order)["IsFullyInvoiced"] == "false"
    assert desk.do(whole(order)).all("InvoiceLineRet/Amount") == ["120.00"]


def test_a_linked_invoice_keeps_its_customer(desk: Desk, order: Answer) -> None:
    invoice = desk.do(whole(order))
    request = mod(
        "Invoice",
        f"<TxnID>{invoice['TxnID']}</TxnID><EditSequence>{invoice['EditSequence']}</EditSequence>"
        + ref("CustomerRef", "Kern Lighting"),
    )
    assert desk.ask(request).code == 3210


def test_an_order_line_that_is_not_there_cannot_be_linked(desk: Desk, order: Answer) -> None:
    link = f"<LinkToTxn><TxnID>{order['TxnID']}</TxnID><TxnLineID>9-9</TxnLineID></LinkToTxn>"
    assert desk.ask(sale("Invoice", f"<InvoiceLineAdd>{link}</InvoiceLineAdd>")).code == 3120
