"""From an order to QuickBooks over HTTP: the documents that each choice makes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from qbwc.practice import Txn
from tests.flows import Flow, buyer, charge, is_, line, order, rule, tax

SALES_ORDER_FIRST: dict[str, Any] = {
    "transaction_type": "sales_order_invoice_and_payment",
    "create_invoice": rule("none", ({"==": [{"var": "fulfillment.status"}, "fulfilled"]}, "whole")),
}


def items(txn: Txn) -> list[tuple[str, str]]:
    """The item and amount of each line."""
    return [(str(one["item"]), str(one["Amount"])) for one in txn.lines]


# Which documents.


@pytest.mark.parametrize(
    ("choice", "documents"),
    [
        ("sales_receipt", ["SalesReceipt"]),
        ("invoice", ["Invoice"]),
        ("invoice_and_payment", ["Invoice", "ReceivePayment"]),
        ("sales_order", ["SalesOrder"]),
        ("sales_order_and_invoice", ["Invoice", "SalesOrder"]),
        ("sales_order_invoice_and_payment", ["Invoice", "ReceivePayment", "SalesOrder"]),
        ("sales_order_and_payment", ["ReceivePayment", "SalesOrder"]),
        ("estimate", ["Estimate"]),
    ],
)
def test_a_transaction_type_makes_its_documents(
    flow: Flow, choice: str, documents: list[str]
) -> None:
    flow.rules(transaction_type=choice)
    flow.post(order("1001", taxes=[tax("1.45")], charges=[charge("shipping", "5.00")]))
    assert flow.kinds() == documents
    assert {txn.total for txn in flow.quickbooks.transactions()} == {Decimal("26.45")}
    balances = {txn.kind: txn.balance for txn in flow.quickbooks.transactions()}
    if "Invoice" in documents:
        paid = "ReceivePayment" in documents
        assert balances["Invoice"] == (0 if paid else Decimal("26.45"))


def test_the_type_none_makes_nothing(flow: Flow) -> None:
    flow.rules(transaction_type="none")
    flow.take(order("1001"))
    flow.sync()
    assert flow.kinds() == []
    assert flow.order("1001").state == "skipped"


@pytest.mark.parametrize(
    ("choice", "documents"),
    [
        ("sales_receipt", []),
        ("invoice_and_payment", ["Invoice"]),
        ("sales_order_invoice_and_payment", ["Invoice", "SalesOrder"]),
        ("sales_order_and_payment", ["SalesOrder"]),
    ],
)
def test_an_unpaid_order_never_gets_a_payment(
    flow: Flow, choice: str, documents: list[str]
) -> None:
    flow.rules(transaction_type=choice, create_invoice="whole")
    flow.take(order("1001", paid=None))
    flow.sync()
    assert flow.kinds() == documents


def test_a_sales_receipt_of_an_unpaid_order_waits_for_the_payment(flow: Flow) -> None:
    flow.rules(transaction_type="sales_receipt")
    flow.take(order("1001", paid=None))
    flow.sync()
    state, reasons = flow.state("1001")
    assert state == "waiting"
    assert "0.00 of 20.00" in reasons[0]
    flow.post(order("1001"))
    assert flow.kinds() == ["SalesReceipt"]


def test_the_transaction_type_is_decided_for_each_order(flow: Flow) -> None:
    flow.rules(transaction_type=rule("invoice", (is_("payment.method", "PayPal"), "sales_receipt")))
    flow.post(order("1001"), order("1002", paid="PayPal"))
    assert flow.txn("Invoice").ref_number == "1001"
    assert flow.txn("SalesReceipt").ref_number == "1002"


# Sales order first, invoice after fulfilment.


def test_the_invoice_closes_the_sales_order_and_the_earlier_payment_is_applied(
    flow: Flow,
) -> None:
    flow.rules(**SALES_ORDER_FIRST)
    flow.post(order("1001", charges=[charge("shipping", "5.00")]))
    assert flow.kinds() == ["ReceivePayment", "SalesOrder"]
    assert flow.txn("ReceivePayment").balance == Decimal("25.00")
    assert not flow.txn("SalesOrder").is_fully_invoiced

    shipped = order(
        "1001", charges=[charge("shipping", "5.00")], fulfillment_status="fulfilled",
        status="completed",
    )  # fmt: skip
    flow.post(shipped)
    assert flow.kinds() == ["Invoice", "ReceivePayment", "SalesOrder"]
    sold, invoice, paid = (flow.txn(kind) for kind in ("SalesOrder", "Invoice", "ReceivePayment"))
    assert sold.is_fully_invoiced
    assert sold.txn_id in invoice.links
    assert invoice.txn_id in paid.links
    assert (invoice.total, invoice.balance) == (Decimal("25.00"), Decimal(0))
    assert paid.balance == 0


def test_a_pending_order_that_is_paid_and_shipped_later_ends_with_a_balance_of_zero(
    flow: Flow,
) -> None:
    flow.rules(**SALES_ORDER_FIRST)
    flow.post(order("1001", paid=None))
    assert flow.kinds() == ["SalesOrder"]
    flow.post(order("1001", fulfillment_status="fulfilled"))
    assert flow.kinds() == ["Invoice", "ReceivePayment", "SalesOrder"]
    assert flow.txn("SalesOrder").is_fully_invoiced
    assert flow.txn("Invoice").balance == 0
    assert flow.txn("SalesOrder").txn_id in flow.txn("Invoice").links


# Unpaid by rule.


def test_an_invoice_is_marked_unpaid_by_payment_method(flow: Flow) -> None:
    flow.rules(mark_invoice_unpaid=rule(False, (is_("payment.method", "paypal"), True)))
    flow.post(order("1001", paid="PayPal"), order("1002", paid="Visa"))
    balances = {txn.ref_number: txn.balance for txn in flow.txns("Invoice")}
    assert balances == {"1001": Decimal("20.00"), "1002": 0}
    assert [txn.memo for txn in flow.txns("ReceivePayment")] == ["shop 1002 payment pay-1002"]


# Numbers.


def test_the_number_is_the_stores_with_prefix_and_suffix(flow: Flow) -> None:
    flow.rules(number_prefix="W-", number_suffix="/A")
    flow.post(order("1001"))
    assert flow.txn("Invoice").ref_number == "W-1001/A"


def test_of_a_long_number_prefix_and_end_are_kept_and_the_memo_has_all_of_it(flow: Flow) -> None:
    flow.rules(number_prefix="AMZ-")
    flow.post(order("112-8840021-5519203"))
    assert flow.txn("Invoice").ref_number == "AMZ-5519203"
    assert flow.txn("Invoice").memo == "shop 112-8840021-5519203"


def test_quickbooks_gives_the_next_number(flow: Flow) -> None:
    flow.rules(number_from_quickbooks=True, transaction_type="invoice")
    flow.post(order("A-77"), order("A-78"))
    numbers = sorted(txn.ref_number for txn in flow.txns("Invoice"))
    assert all(number.isdigit() for number in numbers)
    assert int(numbers[1]) == int(numbers[0]) + 1
    assert {txn.memo for txn in flow.txns("Invoice")} == {"shop A-77", "shop A-78"}


# Customers.

MAE = buyer("Mae", "Jemison", email="mae@stars.example")
KERN = "orders@kern.example"


def test_a_missing_customer_is_created_with_address_and_e_mail(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001", customer=MAE))
    assert flow.txn("Invoice").customer == "Mae Jemison"
    (made,) = [one for one in flow.quickbooks.lists("Customer") if one.full_name == "Mae Jemison"]
    assert made.fields["Email"] == "mae@stars.example"


@pytest.mark.parametrize(
    ("attempts", "customer"),
    [
        (["email"], buyer("Other", "Name", email="ORDERS@kern.example ")),
        (["company"], buyer("Other", "Name", company="kern lighting  warehouse")),
        (["company_or_name"], buyer("Other", "Name", company="KERN LIGHTING")),
        (["first_last"], buyer("Kern", "Lighting")),
        (["phone", "email"], buyer("Other", "Name", email=KERN, phone="555 0100")),
    ],
)
def test_a_customer_is_found(flow: Flow, attempts: list[str], customer: dict[str, Any]) -> None:
    flow.rules(customer_match=attempts, when_customer_missing="hold")
    before = flow.names("Customer")
    flow.post(order("1001", customer=customer))
    assert flow.txn("Invoice").customer == "Kern Lighting"
    assert flow.names("Customer") == before


def test_the_first_attempt_that_finds_a_customer_wins(flow: Flow) -> None:
    flow.rules(customer_match=["email", "first_last"])
    flow.post(order("1001", customer=buyer("Web", "Store", email=KERN)))
    assert flow.txn("Invoice").customer == "Kern Lighting"


def test_an_order_without_customer_in_quickbooks_is_held_if_told(flow: Flow) -> None:
    flow.rules(when_customer_missing="hold")
    flow.take(order("1001", customer=MAE))
    flow.sync()
    assert flow.state("1001") == ("held", ["no customer in QuickBooks matches 'Mae Jemison'"])
    assert flow.kinds() == []


def test_one_customer_takes_all_orders(flow: Flow) -> None:
    flow.rules(when_customer_missing="single", single_customer_name="Web Shop Sales")
    flow.post(order("1001", customer=MAE), order("1002"))
    assert {txn.customer for txn in flow.quickbooks.transactions()} == {"Web Shop Sales"}


def test_two_orders_of_one_new_customer_make_one_customer(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001", customer=MAE), order("1002", customer=MAE))
    assert {txn.entity_id for txn in flow.txns("Invoice")} == {
        one.list_id for one in flow.quickbooks.lists("Customer") if one.full_name == "Mae Jemison"
    }


# Items.


def test_an_item_is_found_by_its_sku(flow: Flow) -> None:
    flow.rules(when_item_missing="hold")
    flow.post(order("1001", [line("desk lamp", "49.95", 2)]))
    assert items(flow.txn("Invoice")) == [("Desk Lamp", "99.90")]


def test_a_missing_item_holds_the_order(flow: Flow) -> None:
    flow.rules(when_item_missing="hold")
    flow.take(order("1001", [line("NOPE", "9.00")]))
    flow.sync()
    assert flow.state("1001") == ("held", ["QuickBooks has no item 'NOPE' (for 'Product NOPE')"])


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        ("create_non_inventory", "ItemNonInventory"),
        ("create_inventory", "ItemInventory"),
        ("create_service", "ItemService"),
    ],
)
def test_a_missing_item_is_created(flow: Flow, choice: str, kind: str) -> None:
    flow.rules(when_item_missing=choice, income_account="Shipping Income")
    flow.post(order("1001", [line("NEW-1", "9.00")]))
    assert "NEW-1" in flow.names(kind)
    assert items(flow.txn("Invoice")) == [("NEW-1", "9.00")]
    assert flow.quickbooks.balance("Shipping Income") == Decimal("9.00")


def test_a_missing_item_becomes_the_fallback_item(flow: Flow) -> None:
    flow.rules(when_item_missing="fallback", fallback_item="Web Sales")
    flow.post(order("1001", [line("NOPE", "9.00")]))
    assert items(flow.txn("Invoice")) == [("Web Sales", "9.00")]


# Fields.


def test_class_terms_and_deposit_account_come_from_rules(flow: Flow) -> None:
    flow.rules(
        {"class_by_store": {"keys": ["store"], "rows": [["shop", "Online:Shopify"]]}},
        transaction_type="sales_receipt",
        deposit_account=rule("Undeposited Funds", (is_("payment.method", "Visa"), "Checking")),
        **{"class": {"lookup": ["class_by_store", {"var": "store.key"}]}},
    )
    flow.post(order("1001"))
    shown = flow.quickbooks.lists("Class")
    (found,) = [one for one in shown if one.full_name == "Online:Shopify"]
    assert flow.txn("SalesReceipt").fields["ClassRef"] == found.list_id
    assert flow.quickbooks.balance("Checking") == Decimal("20.00")


def test_a_payment_goes_to_the_account_that_its_method_names(flow: Flow) -> None:
    flow.rules(
        deposit_account=rule("Undeposited Funds", (is_("payment.method", "PayPal"), "Savings"))
    )
    flow.post(order("1001"), order("1002", [line("LAMP", "7.00")], paid="PayPal"))
    assert flow.quickbooks.balance("Undeposited Funds") == Decimal("20.00")
    assert flow.quickbooks.balance("Savings") == Decimal("7.00")


def test_terms_are_set_by_rule(flow: Flow) -> None:
    flow.rules(
        terms=rule(None, (is_("order.payment_terms", "30 days"), "Net 30")), create_invoice="whole"
    )
    flow.post(order("1001", paid=None, payment_terms="30 days"))
    (net30,) = [x for x in flow.quickbooks.lists("StandardTerms") if x.full_name == "Net 30"]
    assert flow.txn("Invoice").fields["TermsRef"] == net30.list_id


def test_a_name_that_quickbooks_lacks_holds_the_order(flow: Flow) -> None:
    flow.rules(terms="Net 45")
    flow.take(order("1001"))
    flow.sync()
    assert flow.state("1001") == ("held", ["Terms: QuickBooks has no Terms 'Net 45'"])


# Tax.

BY_STATE = {"tax_by_state": {"keys": ["region"], "rows": [["CA", "CA 7.25"], ["TX", "TX 8.25"]]}}
LOOKED_UP = {"lookup": ["tax_by_state", {"var": "shipping.region"}]}


def taxed(number: str, amount: str, region: str = "CA", price: str = "20.00") -> dict[str, Any]:
    """An order of one taxed lamp."""
    one = line("LAMP", price, taxes=[tax(amount)])
    shipping = {"region": region, "country": "US", "city": "Town"}
    return order(number, [one], taxes=[tax(amount)], shipping=shipping)


def test_quickbooks_computes_the_stores_tax_by_state(flow: Flow) -> None:
    flow.rules(BY_STATE, tax_mode="codes", tax_item=LOOKED_UP)
    flow.post(taxed("1001", "1.45"), taxed("1002", "1.65", "TX"))
    found = {txn.ref_number: (txn.sales_tax, txn.total) for txn in flow.txns("Invoice")}
    assert found == {
        "1001": (Decimal("1.45"), Decimal("21.45")),
        "1002": (Decimal("1.65"), Decimal("21.65")),
    }
    assert {txn.balance for txn in flow.txns("Invoice")} == {0}


def test_tax_that_quickbooks_would_compute_otherwise_holds_the_order(flow: Flow) -> None:
    flow.rules(BY_STATE, tax_mode="codes", tax_item=LOOKED_UP)
    flow.take(taxed("1001", "1.60"))
    flow.sync()
    reason = (
        "QuickBooks would compute 1.45 tax (CA 7.25 on 20.00), the store charged 1.60 "
        "(difference 0.15)"
    )
    assert flow.state("1001") == ("held", [reason])


def test_the_stores_tax_is_a_line_of_its_own(flow: Flow) -> None:
    flow.rules(tax_mode="line_item", tax_line_item="Sales Tax")
    flow.post(taxed("1001", "1.60"))
    assert items(flow.txn("Invoice")) == [("LAMP", "20.00"), ("Sales Tax", "1.60")]
    assert flow.txn("Invoice").sales_tax == 0


# Shipping, fees and discounts.

DISCOUNTED = [
    line("LAMP", "20.00", discount="2.00"),
    line("BULB", "5.00", discount="0.50"),
]


@pytest.mark.parametrize(
    ("choice", "lines"),
    [
        ("net_lines", [("LAMP", "18.00"), ("BULB", "4.50")]),
        ("one_line", [("LAMP", "20.00"), ("BULB", "5.00"), ("Discount", "-2.50")]),
        (
            "per_line",
            [("LAMP", "20.00"), ("Discount", "-2.00"), ("BULB", "5.00"), ("Discount", "-0.50")],
        ),
    ],
)
def test_discounts_are_shown_in_three_ways(
    flow: Flow, choice: str, lines: list[tuple[str, str]]
) -> None:
    flow.rules(discount_as=choice)
    flow.post(order("1001", DISCOUNTED))
    assert items(flow.txn("Invoice")) == lines
    assert flow.txn("Invoice").total == Decimal("22.50")


def test_shipping_fees_and_tips_get_the_items_of_their_rules(flow: Flow) -> None:
    flow.rules(
        shipping_item=rule("Shipping", (is_("charge.carrier", "UPS"), "UPS Ground")),
        fee_item="Handling",
        tip_item="Thanks",
    )
    charges = [
        charge("shipping", "7.50", carrier="UPS"),
        charge("fee", "1.00"),
        charge("tip", "3.00"),
    ]
    flow.post(order("1001", charges=charges))
    assert items(flow.txn("Invoice"))[1:] == [
        ("UPS Ground", "7.50"),
        ("Handling", "1.00"),
        ("Thanks", "3.00"),
    ]


def test_a_negative_fee_is_a_discount(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001", charges=[charge("fee", "-1.50")]))
    assert items(flow.txn("Invoice")) == [("LAMP", "20.00"), ("Discount", "-1.50")]


# Refunds.


def test_a_refund_that_comes_later_becomes_a_credit_memo(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001"))
    refund = {
        "source_id": "r-1",
        "total": "20.00",
        "created_at": "2026-11-22T09:00:00-05:00",
        "lines": [{"line_id": "l-LAMP", "quantity": 1, "net": "20.00"}],
    }
    flow.post(order("1001", refunds=[refund], payment_status="refunded"))
    memo = flow.txn("CreditMemo")
    assert (memo.ref_number, memo.total, memo.customer) == (
        "1001-R1", Decimal("20.00"), "Ada Byron",
    )  # fmt: skip
    assert flow.kinds() == ["CreditMemo", "Invoice", "ReceivePayment"]
