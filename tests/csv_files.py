"""CSV files of orders as shops export them, for tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

SHOPIFY = (
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Currency", "Subtotal",
    "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Shipping Method",
    "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku",
    "Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status",
    "Billing Name", "Billing Address1", "Billing City", "Billing Zip", "Billing Province",
    "Billing Country", "Notes", "Note Attributes", "Cancelled at", "Payment Method",
    "Payment Reference", "Refunded Amount", "Vendor", "Outstanding Balance", "Tags", "Source",
    "Lineitem discount", "Tax 1 Name", "Tax 1 Value", "Tax 2 Name", "Tax 2 Value",
)  # fmt: skip
MAPPED = (
    "Order No",
    "Date",
    "Item",
    "SKU",
    "Qty",
    "Unit Price",
    "Postage",
    "VAT",
    "Total",
    "Buyer",
)
PROFILE: dict[str, Any] = {
    "columns": {
        "order": "Order No", "placed_at": "Date", "name": "Item", "sku": "SKU",
        "quantity": "Qty", "price": "Unit Price", "shipping": "Postage", "tax": "VAT",
        "total": "Total", "customer_name": "Buyer",
    },
    "dates": "dmy",
    "defaults": {"currency": "USD", "payment_status": "paid", "payment_method": "PayPal"},
}  # fmt: skip


def text(columns: Iterable[str], rows: Iterable[Mapping[str, Any]], separator: str = ",") -> str:
    """The file's text."""
    held = io.StringIO()
    writer = csv.DictWriter(held, [*columns], restval="", delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return held.getvalue()


def shopify_order(name: str = "#1001", **changed: Any) -> list[dict[str, Any]]:
    """Two mugs and a plate with a discount, shipping and two taxes: 50 - 5 + 6 + 3.06 = 54.06."""
    first = {
        "Name": name, "Email": "ada@example.com", "Financial Status": "paid",
        "Paid at": "2026-11-05 10:01:00 -0500", "Fulfillment Status": "unfulfilled",
        "Currency": "USD", "Subtotal": "45.00", "Shipping": "6.00", "Taxes": "3.06",
        "Total": "54.06", "Discount Code": "TEN", "Discount Amount": "5.00",
        "Shipping Method": "Ground", "Created at": "2026-11-05 10:00:00 -0500",
        "Lineitem quantity": "2", "Lineitem name": "Mug", "Lineitem price": "15.00",
        "Lineitem sku": "MUG", "Lineitem taxable": "true",
        "Billing Name": "Ada King Lovelace", "Billing Address1": "1 Elm St",
        "Billing City": "Troy", "Billing Zip": "'02139", "Billing Province": "NY",
        "Billing Country": "US", "Notes": "Leave at\nthe door", "Note Attributes": "gift: yes",
        "Payment Method": "Visa + Gift Card", "Payment Reference": "c1.1",
        "Refunded Amount": "0.00",
        "Outstanding Balance": "0.00", "Tags": "vip, fall", "Source": "web",
        "Lineitem discount": "0.00", "Tax 1 Name": "NY State Tax 4%", "Tax 1 Value": "2.04",
        "Tax 2 Name": "County Tax 2%", "Tax 2 Value": "1.02",
    }  # fmt: skip
    second = {
        "Name": name, "Lineitem quantity": "1", "Lineitem name": "Plate",
        "Lineitem price": "20.00", "Lineitem sku": "PLATE", "Lineitem taxable": "true",
        "Lineitem discount": "0.00", "Lineitem fulfillment status": "pending",
    }  # fmt: skip
    return [first | changed, second]


def mapped_rows(number: Any = "A1", **changed: Any) -> list[dict[str, Any]]:
    """One order of two rows: 2 x 10 + 5 + 4 postage + 2.90 VAT = 31.90."""
    both = {
        "Order No": number, "Date": "05/11/2026", "Postage": "4.00", "VAT": "2.90",
        "Total": "31.90", "Buyer": "Ada Lovelace",
    }  # fmt: skip
    return [
        {**both, "Item": "Mug", "SKU": "MUG", "Qty": 2, "Unit Price": "10.00"} | changed,
        {**both, "Item": "Plate", "SKU": "PLATE", "Qty": 1, "Unit Price": "5.00"},
    ]
