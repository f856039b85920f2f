"""An invoice for each shipment: against the sales order or plain, to the cent, with the books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.flows import Flow, charge, line, order, tax
from tests.test_flows_corrections import choose, proposals

D = Decimal
FIRST, SECOND = "2026-11-21T10:00:00-05:00", "2026-11-23T10:00:00-05:00"
WITH_ORDER: dict[str, Any] = {
    "transaction_type": "sales_order_invoice_and_payment",
    "create_invoice": "shipped",
}
PLAIN: dict[str, Any] = {"transaction_type": "invoice_and_payment", "create_invoice": "shipped"}
FOUR = {"number": "1001", "lines": [line("LAMP", "10.01", 3), line("BULB", "5.00")]}


def shipment(key: str, on: str, **quantities: int) -> dict[str, Any]:
    """A shipment of so many of each SKU."""
    lines = [{"line_id": f"l-{sku}", "quantity": count} for sku, count in quantities.items()]
    return {"source_id": key, "shipped_at": on, "lines": lines}


ONE = shipment("f-1", FIRST, LAMP=1)
TWO = shipment("f-2", SECOND, LAMP=2, BULB=1)


def bought(*shipments: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """3 x 10.01 + 5.00, shipping 6.00, tax 2.54 = 43.57."""
    status = {0: "unfulfilled", 1: "partial"}.get(len(shipments), "fulfilled")
    known: dict[str, Any] = {
        **FOUR,
        "charges": [charge("shipping", "6.00")],
        "taxes": [tax("2.54")],
        "fulfillment_status": status,
        "fulfillments": list(shipments),
    }
    return order(**(known | fields))


def invoices(flow: Flow) -> list[tuple[str, Decimal, Decimal]]:
    """Number, total and open balance of each invoice."""
    return [(txn.ref_number, txn.total, txn.balance) for txn in flow.txns("Invoice")]


def on_order(flow: Flow) -> Decimal:
    """How many pieces stand on the open sales order."""
    (sold,) = flow.txns("SalesOrder")
    done = sum((D(one.get("Invoiced", 0)) for one in sold.lines if "Quantity" in one), D(0))
    return sum((D(one["Quantity"]) for one in sold.lines if "Quantity" in one), D(0)) - done


def books(flow: Flow) -> dict[str, Decimal]:
    """The accounts that these orders touch."""
    return {
        name: flow.quickbooks.balance(name)
        for name in ("Accounts Receivable", "Undeposited Funds", "Sales", "Shipping Income",
                     "Sales Tax Payable")
    }  # fmt: skip


def test_each_shipment_is_invoiced_against_the_sales_order_and_the_last_closes_it(
    flow: Flow,
) -> None:
    flow.rules(**WITH_ORDER)
    flow.post(bought())
    assert flow.kinds() == ["ReceivePayment", "SalesOrder"]
    assert on_order(flow) == 4

    # 10.01 + shipping 6.00 + tax 2.54 x 10.01 / 35.03 = 0.73
    flow.post(bought(ONE))
    assert invoices(flow) == [("1001-1", D("16.74"), D(0))]
    assert on_order(flow) == 3
    assert not flow.txn("SalesOrder").is_fully_invoiced
    assert flow.txn("ReceivePayment").balance == D("26.83")

    flow.post(bought(ONE, TWO))
    assert invoices(flow) == [("1001-1", D("16.74"), D(0)), ("1001-2", D("26.83"), D(0))]
    assert on_order(flow) == 0
    sold = flow.txn("SalesOrder")
    assert (sold.is_fully_invoiced, sold.is_manually_closed) == (True, False)
    assert all(sold.txn_id in txn.links for txn in flow.txns("Invoice"))
    assert flow.txn("ReceivePayment").balance == 0
    assert [txn.date.isoformat() for txn in flow.txns("Invoice")] == ["2026-11-21", "2026-11-23"]
    assert books(flow) == {
        "Accounts Receivable": 0,
        "Undeposited Funds": D("43.57"),
        "Sales": D("35.03"),
        "Shipping Income": D("6.00"),
        "Sales Tax Payable": D("2.54"),
    }


@pytest.mark.parametrize("rules", [WITH_ORDER, PLAIN])
def test_a_fulfilled_order_that_comes_at_once_ends_the_same(
    flow: Flow, rules: dict[str, Any]
) -> None:
    flow.rules(**rules)
    flow.post(bought(ONE, TWO))
    assert invoices(flow) == [("1001-1", D("16.74"), D(0)), ("1001-2", D("26.83"), D(0))]
    assert flow.quickbooks.balance("Accounts Receivable") == 0
    assert flow.txn("ReceivePayment").balance == 0
    if rules is WITH_ORDER:
        assert flow.txn("SalesOrder").is_fully_invoiced


@pytest.mark.parametrize("rules", [WITH_ORDER, PLAIN])
def test_one_shipment_of_everything_is_the_whole_invoice_with_the_orders_number(
    flow: Flow, rules: dict[str, Any]
) -> None:
    flow.rules(**rules)
    everything = shipment("f-1", FIRST, LAMP=3, BULB=1)
    flow.post(bought(everything, fulfillment_status="fulfilled"))
    assert invoices(flow) == [("1001", D("43.57"), D(0))]
    if rules is WITH_ORDER:
        assert flow.txn("SalesOrder").is_fully_invoiced


@pytest.mark.parametrize("extra", [[], [line("LAMP", "10.00")]])
def test_groups_are_invoiced_in_parts_and_their_sales_order_is_closed_with_the_last(
    flow: Flow, extra: list[dict[str, Any]]
) -> None:
    """QuickBooks takes no group of an invoice from the sales order, so that is closed by hand."""
    flow.rules(bundles="group", tax_mode="codes", tax_item="Out of State", **WITH_ORDER)
    kits = {"number": "1001", "lines": [line("Lamp Kit", "55.00", 3), *extra]}
    whole = {"charges": [], "taxes": []} | kits
    one = shipment("f-1", FIRST) | {"lines": [{"line_id": "l-Lamp Kit", "quantity": 1}]}
    two = shipment("f-2", SECOND, **({"LAMP": 1} if extra else {}))
    two["lines"].append({"line_id": "l-Lamp Kit", "quantity": 2})
    flow.post(bought(**whole))
    flow.post(bought(one, **whole))
    assert invoices(flow) == [("1001-1", D("55.00"), D(0))]
    assert not flow.txn("SalesOrder").is_manually_closed
    flow.post(bought(one, two, **whole))
    rest = D("120.00") if extra else D("110.00")
    assert invoices(flow) == [("1001-1", D("55.00"), D(0)), ("1001-2", rest, D(0))]
    assert flow.txn("SalesOrder").is_manually_closed
    assert flow.txn("ReceivePayment").balance == 0


def test_shipments_without_a_sales_order_are_plain_invoices(flow: Flow) -> None:
    flow.rules(**PLAIN)
    flow.take(bought())
    flow.sync()
    assert flow.state("1001") == (
        "waiting",
        ["the invoice is not made yet: nothing has been shipped"],
    )
    flow.post(bought(ONE))
    assert invoices(flow) == [("1001-1", D("16.74"), D(0))]
    assert flow.txn("ReceivePayment").balance == D("26.83")
    flow.post(bought(ONE, TWO))
    assert invoices(flow)[1] == ("1001-2", D("26.83"), D(0))
    assert flow.quickbooks.balance("Accounts Receivable") == 0


def test_tax_that_quickbooks_computes_is_the_stores_over_all_shipments(flow: Flow) -> None:
    """7.25 % of 10.01, 20.02 + 5.00: 0.73 + 1.81 = 2.54, as of 35.03."""
    flow.rules(**WITH_ORDER, tax_mode="codes", tax_item="CA 7.25")
    taxed = [
        line("LAMP", "10.01", 3, taxes=[tax("2.18")]),
        line("BULB", "5.00", taxes=[tax("0.36")]),
    ]
    flow.post(bought(lines=taxed))
    flow.post(bought(ONE, lines=taxed))
    flow.post(bought(ONE, TWO, lines=taxed))
    assert [(txn.sales_tax, txn.total) for txn in flow.txns("Invoice")] == [
        (D("0.73"), D("16.74")),
        (D("1.81"), D("26.83")),
    ]
    assert flow.quickbooks.balance("Accounts Receivable") == 0
    assert flow.quickbooks.balance("Sales Tax Payable") == D("2.54")


def test_fees_and_the_discount_go_by_value_and_the_rest_with_the_last(flow: Flow) -> None:
    """Goods 3 x 10.00 less 1.00; fee 1.00: thirds are 0.33, 0.34 and 0.33."""
    flow.rules(**WITH_ORDER, discount_as="one_line")
    goods = {"lines": [line("LAMP", "10.00", 3, discount="1.00")], "taxes": []}
    charges = [charge("shipping", "6.00"), charge("fee", "1.00")]
    sent = [shipment(f"f-{n}", FIRST[:9] + f"{n}T10:00:00-05:00", LAMP=1) for n in (1, 2, 3)]
    flow.post(bought(charges=charges, **goods))
    for count, status in ((1, "partial"), (2, "partial"), (3, "fulfilled")):
        flow.post(bought(*sent[:count], charges=charges, **goods, fulfillment_status=status))
    lines = [
        {str(one["item"]): str(one["Amount"]) for one in txn.lines} for txn in flow.txns("Invoice")
    ]
    assert lines == [
        {"LAMP": "10.00", "Discount": "-0.33", "Shipping": "6.00", "Fees": "0.33"},
        {"LAMP": "10.00", "Discount": "-0.34", "Fees": "0.34"},
        {"LAMP": "10.00", "Discount": "-0.33", "Fees": "0.33"},
    ]
    assert flow.txn("SalesOrder").is_fully_invoiced
    assert flow.quickbooks.balance("Accounts Receivable") == 0


def test_two_shipments_at_once_after_the_sales_order_make_two_invoices_and_one_payment(
    flow: Flow,
) -> None:
    flow.rules(**WITH_ORDER)
    flow.post(bought())
    flow.post(bought(ONE, TWO))
    assert invoices(flow) == [("1001-1", D("16.74"), D(0)), ("1001-2", D("26.83"), D(0))]
    (paid,) = flow.txns("ReceivePayment")
    assert set(paid.links) == {txn.txn_id for txn in flow.txns("Invoice")}


def test_a_shipment_cancelled_before_posting_is_never_invoiced(flow: Flow) -> None:
    flow.rules(**WITH_ORDER)
    flow.post(bought())
    flow.take(bought(ONE))
    flow.take(bought())
    flow.sync()
    assert flow.kinds() == ["ReceivePayment", "SalesOrder"]


def test_a_shipment_cancelled_after_posting_is_held_for_a_person(flow: Flow) -> None:
    flow.rules(**WITH_ORDER)
    flow.post(bought())
    flow.post(bought(ONE))
    flow.take(bought())
    flow.sync()
    assert flow.state("1001") == (
        "held",
        ["shipment f-1 was invoiced, but the store does not have it any more"],
    )
    assert invoices(flow) == [("1001-1", D("16.74"), D(0))]


def test_the_invoice_of_a_cancelled_shipment_may_stay_and_its_goods_are_not_invoiced_again(
    flow: Flow,
) -> None:
    flow.rules(**WITH_ORDER)
    flow.post(bought())
    flow.post(bought(ONE))
    flow.take(bought())
    flow.sync()
    found = proposals(flow)
    assert list(found) == ["void", "keep"]
    choose(flow, found["keep"])
    flow.sync()
    assert flow.state("1001")[0] == "posted"
    flow.post(bought(TWO))
    assert invoices(flow) == [("1001-1", D("16.74"), D(0)), ("1001-2", D("26.83"), D(0))]
    assert flow.quickbooks.balance("Accounts Receivable") == 0


def test_more_shipped_than_ordered_is_invoiced_once(flow: Flow) -> None:
    flow.rules(**WITH_ORDER)
    flow.post(bought())
    too_much = shipment("f-2", SECOND, LAMP=5, BULB=1)
    again = shipment("f-3", SECOND, BULB=1)
    flow.post(bought(ONE, too_much, again))
    assert invoices(flow) == [("1001-1", D("16.74"), D(0)), ("1001-2", D("26.83"), D(0))]
    assert flow.quickbooks.balance("Accounts Receivable") == 0


def test_a_rest_that_cannot_be_shipped_and_is_refunded_leaves_nothing_open(flow: Flow) -> None:
    flow.rules(**WITH_ORDER)
    untaxed: dict[str, Any] = {"taxes": []}
    flow.post(bought(**untaxed))
    flow.post(bought(ONE, **untaxed))
    refund = {
        "source_id": "r-1",
        "total": "25.02",
        "created_at": SECOND,
        "lines": [
            {"line_id": "l-LAMP", "quantity": 2, "net": "20.02"},
            {"line_id": "l-BULB", "quantity": 1, "net": "5.00"},
        ],
    }
    flow.post(
        bought(
            ONE, refunds=[refund], fulfillment_status="fulfilled",
            payment_status="partially_refunded", **untaxed,
        )
    )  # fmt: skip
    assert invoices(flow) == [("1001-1", D("16.01"), D(0)), ("1001-2", D("25.02"), D(0))]
    assert flow.txn("SalesOrder").is_fully_invoiced
    assert flow.txn("CreditMemo").total == D("25.02")
    assert books(flow)["Sales"] == D("10.01")
    assert books(flow)["Accounts Receivable"] == D("-25.02")


def test_the_order_is_invoiced_whole_once_the_rule_says_so_after_a_first_shipment(
    flow: Flow,
) -> None:
    flow.rules(**WITH_ORDER)
    flow.post(bought())
    flow.post(bought(ONE))
    flow.rules(**WITH_ORDER | {"create_invoice": "whole"})
    flow.post(bought(ONE, customer_note="send the rest later"))
    assert invoices(flow) == [("1001-1", D("16.74"), D(0)), ("1001-2", D("26.83"), D(0))]
    assert flow.txn("SalesOrder").is_fully_invoiced
