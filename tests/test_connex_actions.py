"""Every rule action of Connex: a rule as CSV in, an order in, the expected element in the qbXML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from lxml import etree

from app.sync.dry_run import requests
from qbwc import qbxml
from qbwc.planning import Plan
from rules_library.imports.connex import import_connex
from rules_library.imports.connex_actions import ACTIONS, find_action
from rules_library.order import Order
from rules_library.rulebook import Rulebook, decide
from tests.planning import (
    CONTEXT,
    FILE,
    D,
    File,
    Ledger,
    an,
    facts,
    line,
    order,
    plan,
    units,
    wanted,
)

HEADER = "name,action,field,map from,comparison,conjunction,map to\n"
MATCH = "Payment Method,PayPal,equals,,"
OF_ITEMS = {"exclude from inventory"}
"""Actions that no order shows: tests/test_stock.py does."""


@dataclass(frozen=True)
class Shown:
    """One action: the rule, an order that it is for, and what is to be found in the requests."""

    action: str
    map_to: str
    found: dict[str, list[str]]
    """XPath -> the texts, when the rule fits."""
    missing: dict[str, list[str]]
    """XPath -> the texts, when it does not."""
    of: dict[str, Any] = field(default_factory=dict)
    file: File = FILE
    rules: dict[str, Any] = field(default_factory=dict)


NO_TAX: dict[str, Any] = {"tax_mode": "codes", "tax_item": "Out of State"}
NAMES = FILE.with_(
    an("Item", "Claw hammer"),
    an("Item", "HAM"),
    an("Item", "16"),
    an("Account", "Trade Debtors"),
    an("Customer", "Amazon"),
    an("SalesTaxCode", "Out", IsTaxable="false"),
    an("Item", "Out of State", TaxRate="0"),
)
NOBODY = NAMES.without("Jane Doe")
STOCK: dict[str, Any] = {"QuantityOnHand": "5", "UnitOfMeasureSetRef.FullName": "Count"}
STOCKED = FILE.without("HAM-16").with_(
    an("Item", "HAM-16", **STOCK), units("Count", "each", case="12")
)

SHOWN = [
    Shown(
        "Map Transaction Type", "Sales receipts",
        {"count(//SalesReceiptAdd)": ["1"], "count(//InvoiceAdd)": ["0"]},
        {"count(//SalesReceiptAdd)": ["0"], "count(//InvoiceAdd)": ["1"]},
    ),
    Shown("Do Not Import Order", "", {"count(//*)": ["1"]}, {"count(//InvoiceAdd)": ["1"]}),
    Shown(
        "Mark invoice as unpaid", "true",
        {"count(//InvoiceAdd)": ["1"], "count(//ReceivePaymentAdd)": ["0"]},
        {"count(//InvoiceAdd)": ["1"], "count(//ReceivePaymentAdd)": ["1"]},
    ),
    Shown(
        "Map Order Class", "Online",
        {"//InvoiceAdd/ClassRef/FullName": ["Online"]}, {"//InvoiceAdd/ClassRef": []},
    ),
    Shown(
        "Map Class on Line Items", "Online",
        {"//InvoiceLineAdd/ClassRef/FullName": ["Online", "Online"]},
        {"//InvoiceLineAdd/ClassRef": []},
    ),
    Shown(
        "Map order number", "WEB-7",
        {"//InvoiceAdd/RefNumber": ["WEB-7"]}, {"//InvoiceAdd/RefNumber": ["1001"]},
    ),
    Shown(
        "Add Order Prefix", "PP-",
        {"//InvoiceAdd/RefNumber": ["PP-1001"]}, {"//InvoiceAdd/RefNumber": ["1001"]},
    ),
    Shown("Map PO Number", "PO-9", {"//PONumber": ["PO-9"]}, {"//PONumber": []}),
    Shown(
        "Map Order Date", "2026-11-24",
        {"//InvoiceAdd/TxnDate": ["2026-11-24"]}, {"//InvoiceAdd/TxnDate": ["2026-11-21"]},
    ),
    Shown("Map ship date", "2026-11-24", {"//ShipDate": ["2026-11-24"]}, {"//ShipDate": []}),
    Shown(
        "Map order template", "Web Invoice",
        {"//TemplateRef/FullName": ["Web Invoice"]}, {"//TemplateRef": []},
    ),
    Shown("Map terms", "Net 30", {"//TermsRef/FullName": ["Net 30"]}, {"//TermsRef": []}),
    Shown("Map sales rep", "RC", {"//SalesRepRef/FullName": ["RC"]}, {"//SalesRepRef": []}),
    Shown("Map Order Other", "web", {"//Other": ["web"]}, {"//Other": []}),
    Shown("Map FOB", "Fresno", {"//FOB": ["Fresno"]}, {"//FOB": []}),
    Shown(
        "Map A/R account", "Trade Debtors",
        {"//InvoiceAdd/ARAccountRef/FullName": ["Trade Debtors"]},
        {"//InvoiceAdd/ARAccountRef": []},
        file=NAMES,
    ),
    Shown(
        "Map Order Deposit Account", "Checking",
        {"//DepositToAccountRef/FullName": ["Checking"]},
        {"//DepositToAccountRef/FullName": ["Undeposited Funds"]},
    ),
    Shown(
        "Map payment method", "Cash",
        {"//PaymentMethodRef/FullName": ["Cash"]}, {"//PaymentMethodRef/FullName": ["Visa"]},
    ),
    Shown(
        "Map payment reference", "R-77",
        {"//ReceivePaymentAdd/RefNumber": ["R-77"]}, {"//ReceivePaymentAdd/RefNumber": ["ch_1"]},
    ),
    Shown(
        "Map shipping method", "UPS",
        {"//ShipMethodRef/FullName": ["UPS"]}, {"//ShipMethodRef": []},
    ),
    Shown(
        "Shipping surcharge", "Fees; 1.25; Fuel",
        {
            "//InvoiceLineAdd/ItemRef/FullName": ["HAM-16", "Shipping", "Fees"],
            "//InvoiceLineAdd/Amount": ["40.00", "3.75", "1.25"],
            "//InvoiceLineAdd[3]/Desc": ["Fuel"],
        },
        {
            "//InvoiceLineAdd/ItemRef/FullName": ["HAM-16", "Shipping"],
            "//InvoiceLineAdd/Amount": ["40.00", "5.00"],
        },
    ),
    Shown(
        "Inventory site", "East",
        {"//InvoiceLineAdd/InventorySiteRef/FullName": ["East"]}, {"//InventorySiteRef": []},
        file=STOCKED,
    ),
    Shown(
        "Unit of measure", "case",
        {"//InvoiceLineAdd/UnitOfMeasure": ["case"]}, {"//UnitOfMeasure": []},
        file=STOCKED,
    ),
    Shown(
        "Multiply quantity", "12",
        {"//InvoiceLineAdd/Quantity": ["24"], "//InvoiceLineAdd[1]/Amount": ["40.00"]},
        {"//InvoiceLineAdd/Quantity": ["2"], "//InvoiceLineAdd[1]/Amount": ["40.00"]},
    ),
    Shown(
        "Price level", "Wholesale",
        {"//PriceLevelRef/FullName": ["Wholesale"], "//InvoiceLineAdd[1]/Amount": ["40.00"]},
        {"//PriceLevelRef": [], "//InvoiceLineAdd[1]/Amount": ["40.00"]},
    ),
    Shown(
        "Override shipping", "Fees",
        {"//InvoiceLineAdd[2]/ItemRef/FullName": ["Fees"]},
        {"//InvoiceLineAdd[2]/ItemRef/FullName": ["Shipping"]},
    ),
    Shown(
        "Map discount", "Rounding",
        {"//InvoiceLineAdd[2]/ItemRef/FullName": ["Rounding"]},
        {"//InvoiceLineAdd[2]/ItemRef/FullName": ["Discount"]},
        {"lines": (line(discount=D("4.00")),)},
        rules={"discount_as": "one_line"},
    ),
    Shown(
        "Map item tax code", "Out",
        {"//InvoiceLineAdd[1]/SalesTaxCodeRef/FullName": ["Out"]},
        {"//InvoiceLineAdd[1]/SalesTaxCodeRef/FullName": ["Tax"]},
        file=NAMES, rules=NO_TAX,
    ),
    Shown(
        "Map shipping tax code", "Out",
        {"//InvoiceLineAdd[2]/SalesTaxCodeRef/FullName": ["Out"]},
        {"//InvoiceLineAdd[2]/SalesTaxCodeRef/FullName": ["Non"]},
        file=NAMES, rules=NO_TAX,
    ),
    Shown(
        "Map discount tax code", "Out",
        {"//InvoiceLineAdd[2]/SalesTaxCodeRef/FullName": ["Out"]},
        {"//InvoiceLineAdd[2]/SalesTaxCodeRef/FullName": ["Tax"]},
        {"lines": (line(discount=D("4.00")),)},
        file=NAMES, rules=NO_TAX | {"discount_as": "one_line"},
    ),
    Shown(
        "Map sales tax code", "Non",
        {"//CustomerSalesTaxCodeRef/FullName": ["Non"]}, {"//CustomerSalesTaxCodeRef": []},
    ),
    Shown(
        "Remove tax", "",
        {"//SalesTaxCodeRef/FullName": ["Non"]},
        {"//SalesTaxCodeRef/FullName": ["Tax"]},
        {"charges": ()}, file=NAMES, rules=NO_TAX,
    ),
    Shown(
        "Map company", "Big Co",
        {"//CustomerAdd/Name": ["Big Co"]}, {"//CustomerAdd/Name": ["Jane Doe"]},
        file=NOBODY,
    ),
    Shown(
        "Map currency code", "Canadian Dollar",
        {"//CustomerAdd/CurrencyRef/FullName": ["Canadian Dollar"]}, {"//CurrencyRef": []},
        file=NOBODY.with_(an("Currency", "Canadian Dollar")),
    ),
    Shown(
        "Map customer type", "Retail",
        {"//CustomerAdd/CustomerTypeRef/FullName": ["Retail"]}, {"//CustomerTypeRef": []},
        file=NOBODY.with_(an("CustomerType", "Retail")),
    ),
    Shown(
        "Map custom fields", "Lot; 7",
        {"//DataExtAdd/DataExtName": ["Lot"], "//DataExtAdd/DataExtValue": ["7"]},
        {"//DataExtAdd": []},
        file=FILE.with_(an("CustomField", "Lot", DataExtType="STR255TYPE")),
    ),
    Shown(
        "Map Selling Channel", "Amazon",
        {"//InvoiceAdd/CustomerRef/FullName": ["Amazon"]},
        {"//InvoiceAdd/CustomerRef/FullName": ["Jane Doe"]},
        file=NAMES,
        rules={
            "customer_match": {
                "if": [{"==": [{"var": "payment.method"}, "PayPal"]}, [], ["email"]]
            }
        },
    ),
    Shown(
        "Map SKU/Product", "SAW-1",
        {"//InvoiceLineAdd[1]/ItemRef/FullName": ["SAW-1"]},
        {"//InvoiceLineAdd[1]/ItemRef/FullName": ["HAM-16"]},
    ),
    Shown(
        "Split SKU", "-",
        {"//InvoiceLineAdd[1]/ItemRef/FullName": ["HAM"]},
        {"//InvoiceLineAdd[1]/ItemRef/FullName": ["HAM-16"]},
        file=NAMES,
    ),
    Shown(
        "Trim SKU", "HAM-",
        {"//InvoiceLineAdd[1]/ItemRef/FullName": ["16"]},
        {"//InvoiceLineAdd[1]/ItemRef/FullName": ["HAM-16"]},
        file=NAMES,
    ),
    Shown(
        "Title to item name", "",
        {"//InvoiceLineAdd[1]/ItemRef/FullName": ["Claw hammer"]},
        {"//InvoiceLineAdd[1]/ItemRef/FullName": ["HAM-16"]},
        file=NAMES,
    ),
]  # fmt: skip


def rendered(shown: Shown, method: str) -> tuple[Plan, etree._Element]:
    """The plan of an order paid by a method, and every request that it makes."""
    given = import_connex(HEADER + f"One rule,{shown.action},{MATCH}{shown.map_to}\n")
    for key, value in shown.rules.items():
        rule = given["rules"].setdefault(key, {"cases": []})
        if isinstance(value, dict):
            given["rules"][key] = {"logic": value}
        else:
            rule["otherwise"] = value
    of: Order = order(**shown.of)
    payments = tuple(_by(one, method) for one in of.payments)
    of = order(**{**shown.of, "payments": payments})
    chosen = decide(facts(of, CONTEXT), Rulebook.from_file(given))
    made = plan(of, chosen, Ledger(), shown.file.answering(wanted(of, chosen)))
    root = etree.Element("requests")
    for entry in made.additions:
        root.append(etree.fromstring(qbxml.addition_request(entry, "1", resolve=_by_id).encode()))
    for document in made.documents:
        for text in requests(of.store, of.source_id, document):
            root.append(etree.fromstring(text.encode()))
    for reference in root.iter("ListID"):
        reference.tag, reference.text = "FullName", str(reference.text).split("-", 2)[2]
    return made, root


def _by(payment: Any, method: str) -> Any:
    return type(payment)(**{n: getattr(payment, n) for n in payment.__slots__} | {"method": method})


def _by_id(reference: Any) -> str:
    return str(reference.list_id)


def found(root: etree._Element, path: str) -> list[str]:
    """The texts at a path, or a count as text."""
    held = root.xpath(path)
    return [f"{held:.0f}"] if isinstance(held, float) else [one.text for one in held]


@pytest.mark.parametrize("shown", SHOWN, ids=lambda one: one.action)
def test_an_action_puts_its_element_into_the_request(shown: Shown) -> None:
    made, root = rendered(shown, "PayPal")
    assert made.verdict in {"post", "skip"}, made.reasons
    assert {path: found(root, path) for path in shown.found} == shown.found


@pytest.mark.parametrize("shown", SHOWN, ids=lambda one: one.action)
def test_an_order_that_the_rule_is_not_for_has_it_not(shown: Shown) -> None:
    made, root = rendered(shown, "Visa")
    assert made.verdict == "post", made.reasons
    assert {path: found(root, path) for path in shown.missing} == shown.missing


def test_every_action_is_shown() -> None:
    shown = {find_action(one.action) for one in SHOWN}
    assert {name for name, action in ACTIONS.items() if action not in shown} == OF_ITEMS
