"""Sales of QuickBooks as ShipStation's orders: keyed by us, so that each is there once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.stores.base import SaleShipped, SaleTaken
from app.stores.errors import RequestRefused, StoreAnsweredOddly
from app.stores.node import Node
from app.stores.shipstation.listing import Api, Row
from app.stores.shipstation.times import pacific_day, when, written
from rules_library.order import Address
from rules_library.sale import Sale, SaleLine

OPEN: Final = frozenset({"awaiting_payment", "awaiting_shipment", "on_hold"})
"""Only orders in these states can be changed."""
MARK: Final = "rulebooks-"
"""What the orderKey of such an order begins with."""


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
        held = _held(api, body)
        if held is None or held.get("orderStatus") in OPEN:
            raise
        return SaleTaken("closed", str(held.get("orderId") or ""))
    if not isinstance(made, dict) or not made.get("orderId"):
        raise StoreAnsweredOddly("ShipStation does not say which order it made.")
    return SaleTaken("taken", str(made["orderId"]))


def _held(api: Api, body: Row) -> Row | None:
    rows = api.all("orders", {"orderNumber": body["orderNumber"]})
    return next((row for row in rows if row.get("orderKey") == body["orderKey"]), None)


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
