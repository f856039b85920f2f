"""Sales of QuickBooks as ShipStation's orders: keyed by us, so that each is there once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.stores.base import SaleCancelled, SaleGone, SaleShipped, SaleTaken
from app.stores.errors import RequestRefused, StoreAnsweredOddly
from app.stores.node import Node
from app.stores.shipstation.listing import Api, Row, rows_of
from app.stores.shipstation.times import pacific_day, when, written
from rules_library.order import Address
from rules_library.sale import Sale, SaleLine

OPEN: Final = frozenset({"awaiting_payment", "awaiting_shipment", "on_hold"})
"""Only orders in these states can be changed."""
MARK: Final = "rulebooks-"
"""What the orderKey of such an order begins with."""


_WRITTEN: Final = (
    "orderNumber", "orderKey", "orderDate", "customerEmail", "billTo", "shipTo", "amountPaid",
    "taxAmount", "shippingAmount", "internalNotes", "requestedShippingService", "shipByDate",
    "advancedOptions",
)  # fmt: skip
_WRITTEN_ITEM: Final = ("lineItemKey", "sku", "name", "quantity", "unitPrice", "adjustment")


def is_ours(row: Row) -> bool:
    """Whether an order came from QuickBooks by us: it is none to post there."""
    return str(row.get("orderKey") or "").startswith(MARK)


def push_sale(api: Api, sale: Sale, key: str) -> SaleTaken:
    """Make the order of that key, or change it; one that is shipped stays as it is.

    Raises:
        RequestRefused: ShipStation does not take it, or there is nothing to ship.
    """
    body = _body(sale, f"{MARK}{key}")
    if not any(not one["adjustment"] for one in body["items"]):
        raise RequestRefused(
            "Nothing in it can be shipped: it has no inventory or non-inventory part.", advice=""
        )
    try:
        made = api.ask("POST", "orders/createorder", body=body, repeatable=True).value
    except RequestRefused:
        held = _held(api, body["orderNumber"], body["orderKey"])
        if held is None or held.get("orderStatus") in OPEN:
            raise
        return SaleTaken("closed", str(held.get("orderId") or ""))
    if not isinstance(made, dict) or not made.get("orderId"):
        raise StoreAnsweredOddly("ShipStation does not say which order it made.")
    return SaleTaken("taken", str(made["orderId"]))


def cancel_sale(api: Api, sale: SaleGone, row: Row | None) -> SaleCancelled:
    """Write the order as it is there, but cancelled: a part of an order cannot be sent.

    Args:
        api: The connection.
        sale: What is gone from QuickBooks.
        row: Its order, where it was found by its reference.

    Raises:
        RequestRefused: ShipStation does not let go of it.
    """
    key = f"{MARK}{sale.key}"
    if row is None or row.get("orderKey") != key:
        row = _held(api, sale.number, key)
    if row is None:
        return SaleCancelled("unknown")
    if found := _ended(row):
        return found
    body: dict[str, Any] = _written(row, _WRITTEN)
    items = rows_of(row, "items") if row.get("items") else []
    body["items"] = [_written(one, _WRITTEN_ITEM) for one in items]
    body["orderStatus"] = "cancelled"
    try:
        api.ask("POST", "orders/createorder", body=body, repeatable=True)
    except RequestRefused:
        now = _held(api, str(row.get("orderNumber") or ""), key)
        if now and (found := _ended(now)):
            return found
        raise
    return SaleCancelled("cancelled")


def _written(row: Row, names: Sequence[str]) -> dict[str, Any]:
    """What is there as it is sent; amounts are numbers in this API."""
    kept = {name: row[name] for name in names if row.get(name) is not None}
    plain: dict[str, Any] = json.loads(json.dumps(kept, default=float))
    return plain


def _ended(row: Row) -> SaleCancelled | None:
    """How an order ended that can be cancelled no more, or need not be."""
    match row.get("orderStatus"):
        case "cancelled":
            return SaleCancelled("cancelled")
        case "shipped":
            return SaleCancelled("shipped")
    return None


def _held(api: Api, number: str, key: str) -> Row | None:
    rows = api.all("orders", {"orderNumber": number})
    return next((row for row in rows if row.get("orderKey") == key), None)


def _body(sale: Sale, key: str) -> dict[str, Any]:
    shipping = sale.ship_to
    body: dict[str, Any] = {
        "orderNumber": sale.number or sale.txn_id,
        "orderKey": key,
        "orderDate": written(sale.sold_on),
        "orderStatus": "on_hold" if sale.is_pending else "awaiting_shipment",
        "customerEmail": sale.email,
        "billTo": _address(sale, sale.billing),
        "shipTo": _address(sale, shipping),
        "items": list(_items(sale)),
        "amountPaid": float(sale.paid),
        "taxAmount": float(sale.tax),
        "shippingAmount": 0.0,
        "internalNotes": sale.memo,
        "requestedShippingService": sale.ship_method,
    }
    if sale.ship_date:
        body["shipByDate"] = written(sale.ship_date)
    if sale.po_number:
        body["advancedOptions"] = {"customField1": sale.po_number}
    return body


def _address(sale: Sale, address: Address) -> dict[str, Any]:
    return {
        "name": address.name or sale.customer,
        "company": address.company,
        "street1": address.line1,
        "street2": address.line2,
        "street3": address.line3,
        "city": address.city,
        "state": address.region,
        "postalCode": address.postal_code,
        "country": address.country or ("" if address.country_name else "US"),
        "phone": address.phone or sale.phone,
    }


def _items(sale: Sale) -> Iterator[dict[str, Any]]:
    """Goods as items; what else has an amount as adjustments, so that the total is QuickBooks'."""
    for line in sale.lines:
        if line.kind == "goods" and line.quantity != 0:
            yield _item(line)
        elif line.amount:
            yield {
                "lineItemKey": line.line_id,
                "sku": line.name,
                "name": line.description or line.name,
                "quantity": 1,
                "unitPrice": float(line.amount),
                "adjustment": True,
            }


def _item(line: SaleLine) -> dict[str, Any]:
    """A line of goods; ShipStation has whole pieces only, so a broken quantity is one piece."""
    quantity = Decimal(1) if line.quantity is None else line.quantity
    name = line.description or line.name
    if quantity != quantity.to_integral_value() or quantity < 0:
        name, quantity = f"{quantity.normalize():f} x {name}", Decimal(1)
    return {
        "lineItemKey": line.line_id,
        "sku": line.name,
        "name": name,
        "quantity": int(quantity),
        "unitPrice": float(round(line.amount / quantity, 4)),
        "adjustment": False,
    }


def shipments_since(api: Api, start: str) -> Iterator[SaleShipped]:
    """Shipments with a label, and orders that were marked as shipped; no void label, no return."""
    for kind, key in (("shipments", "shipmentId"), ("fulfillments", "fulfillmentId")):
        for row in api.all(kind, {"createDateStart": start}):
            node = Node(row)
            made_at, shipped = when(node, "createDate"), node.text("shipDate")[:10]
            if node.flag("voided") or node.flag("isReturnLabel") or made_at is None:
                continue
            yield SaleShipped(
                key=f"{kind}-{node.id(key)}",
                reference=node.id("orderId"),
                made_at=made_at,
                shipped_on=date.fromisoformat(shipped) if shipped else pacific_day(made_at),
                tracking_number=node.text("trackingNumber"),
            )
