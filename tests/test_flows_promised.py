"""Two flows that are promised word for word: invoice after fulfilment, and mark as unpaid."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.flows import CREATE, Flow, charge, order, tax

FULFILLED = {"==": [{"var": "fulfillment.status"}, "fulfilled"]}
SALES_ORDER_FIRST = {
    "transaction_type": {"cases": [], "otherwise": "sales_order_invoice_and_payment"},
    "create_invoice": {
        "cases": [{"title": "Invoice when it is fulfilled", "when": FULFILLED, "then": "whole"}],
        "otherwise": "none",
    },
}
MARK_AS_UNPAID = {
    "mark_invoice_unpaid": {
        "cases": [
            {
                "title": "mark as unpaid",
                "when": {"==": [{"var": "payment.method"}, "PayPal"]},
                "then": True,
            }
        ],
        "otherwise": False,
    }
}
CONNEX = (
    "name,action,field,map from,comparison,conjunction,map to\n"
    "mark as unpaid,Mark invoice unpaid,Payment method,PayPal,equals,,true\n"
)


def publish(flow: Flow, folder: Path, rules: dict[str, Any]) -> None:
    """Publish a rulebook file by its command."""
    created = {key: {"cases": [], "otherwise": held} for key, held in CREATE.items()}
    path = folder / "rules.json"
    path.write_text(json.dumps({"rulebooks": 1, "rules": created | rules, "tables": {}}))
    ran = flow.run("rules", "publish", flow.company_name, path)
    assert ran.code == 0, ran.err


def books(flow: Flow) -> dict[str, Decimal]:
    """What stands in the accounts that a sale touches; income and tax as positive figures."""
    return {
        "tax": flow.quickbooks.balance("Sales Tax Payable"),
        "receivable": flow.quickbooks.balance("Accounts Receivable"),
        "received": flow.quickbooks.balance("Undeposited Funds"),
        "income": flow.quickbooks.balance("Sales") + flow.quickbooks.balance("Shipping Income"),
    }


def bought(**fields: Any) -> dict[str, Any]:
    """Two items, shipping and tax: 20.00 + 5.00 + 1.45 = 26.45."""
    return order("1001", charges=[charge("shipping", "5.00")], taxes=[tax("1.45")], **fields)


@pytest.mark.parametrize("paid_at_once", [False, True])
def test_a_pending_order_is_a_sales_order_and_once_fulfilled_a_paid_invoice(
    flow: Flow, tmp_path: Path, *, paid_at_once: bool
) -> None:
    publish(flow, tmp_path, SALES_ORDER_FIRST)

    flow.post(bought(paid=None))
    assert flow.kinds() == ["SalesOrder"]
    assert not flow.txn("SalesOrder").is_fully_invoiced
    assert books(flow) == {"receivable": 0, "received": 0, "income": 0, "tax": 0}

    if paid_at_once:
        flow.post(bought())
        assert flow.kinds() == ["ReceivePayment", "SalesOrder"]
        assert flow.txn("ReceivePayment").balance == Decimal("26.45")

    flow.post(bought(fulfillment_status="fulfilled", status="completed"))
    assert flow.kinds() == ["Invoice", "ReceivePayment", "SalesOrder"]
    promised, invoice, paid = (
        flow.txn(kind) for kind in ("SalesOrder", "Invoice", "ReceivePayment")
    )
    assert promised.is_fully_invoiced
    assert promised.txn_id in invoice.links
    assert invoice.txn_id in paid.links
    assert (invoice.total, invoice.balance) == (Decimal("26.45"), Decimal(0))
    assert (paid.total, paid.balance) == (Decimal("26.45"), Decimal(0))
    assert books(flow) == {
        "receivable": 0,
        "received": Decimal("26.45"),
        "income": Decimal("25.00"),
        "tax": Decimal("1.45"),
    }

    before = flow.quickbooks.transactions()
    flow.post(bought(fulfillment_status="fulfilled", status="completed"))
    assert flow.quickbooks.transactions() == before


@pytest.mark.parametrize("source", ["rulebook file", "connex csv"])
def test_mark_as_unpaid_leaves_the_paypal_invoice_open_and_the_others_paid(
    flow: Flow, tmp_path: Path, source: str
) -> None:
    publish(flow, tmp_path, MARK_AS_UNPAID if source == "rulebook file" else {})
    if source == "connex csv":
        path = tmp_path / "rules.csv"
        path.write_text(CONNEX)
        ran = flow.run("rules", "import", flow.company_name, path, "--from", "connex", "--publish")
        assert ran.code == 0, ran.err

    flow.post(
        order("1001", paid="PayPal"),
        order("1002", paid="Visa"),
        order("1003", paid="Shopify Payments"),
    )
    assert {txn.ref_number: txn.balance for txn in flow.txns("Invoice")} == {
        "1001": Decimal("20.00"),
        "1002": Decimal(0),
        "1003": Decimal(0),
    }
    assert [txn.memo for txn in flow.txns("ReceivePayment")] == [
        "shop 1002 payment pay-1002",
        "shop 1003 payment pay-1003",
    ]
    assert books(flow)["receivable"] == Decimal("20.00")
    assert books(flow)["received"] == Decimal("40.00")
    title = flow.order("1001").trace["decided"]["mark_invoice_unpaid"]["title"]
    assert title == "mark as unpaid"
