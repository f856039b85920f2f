"""Shipments into BigCommerce: one for each address of the order, told once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from app.stores.base import Shipment, Shipped
from app.stores.bigcommerce.listing import PATH, Api, Row
from app.stores.errors import RequestRefused
from app.stores.http import Http
from app.stores.node import number

_PROVIDERS = frozenset({"auspost", "canadapost", "endicia", "fedex", "royalmail", "ups", "usps"})


def push_tracking(http: Http, shipment: Shipment) -> Shipped:
    """Tell what is not shipped yet; a shipment with our key or its number is known."""
    order, api = f"{PATH}/{quote(shipment.order_id, safe='')}", Api(http)
    known = api.all(f"{order}/shipments")
    done = [one for one in known if _is_ours(one, shipment)]
    addresses = {str(one.get("order_address_id")) for one in done}
    products = api.all(f"{order}/products")
    if not products:
        raise RequestRefused("BigCommerce has no such order, or it has no products.", advice="")
    references = [str(one.get("id") or "") for one in done]
    told = False
    for address, items in _by_address(products, shipment).items():
        if address in addresses:
            continue
        made = http.json("POST", f"{order}/shipments", body=_body(shipment, address, items)).value
        references.append(str(made.get("id") or "") if isinstance(made, dict) else "")
        told = True
    return Shipped("told" if told else "known", ", ".join(filter(None, references)))


def _is_ours(one: Row, shipment: Shipment) -> bool:
    number_given = shipment.tracking_number
    ours = shipment.key in str(one.get("comments") or "")
    return ours or bool(number_given and one.get("tracking_number") == number_given)


def _by_address(products: Sequence[Row], shipment: Shipment) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in products:
        left = number(row.get("quantity"), "/quantity")
        left -= number(row.get("quantity_shipped") or 0, "/quantity_shipped")
        wanted = left
        if shipment.lines is not None:
            wanted = min(left, shipment.lines.get(str(row.get("id")), Decimal(0)))
        if wanted > 0 and row.get("type", "physical") == "physical":
            item = {"order_product_id": row.get("id"), "quantity": int(wanted)}
            found.setdefault(str(row.get("order_address_id")), []).append(item)
    return found


def _body(shipment: Shipment, address: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    carrier = shipment.carrier.lower().replace(" ", "")
    body: dict[str, Any] = {
        "order_address_id": int(address) if address.isdigit() else address,
        "tracking_number": shipment.tracking_number,
        "shipping_provider": carrier if carrier in _PROVIDERS else "",
        "shipping_method": shipment.carrier,
        "comments": shipment.key,
        "items": items,
    }
    if shipment.tracking_url:
        body["tracking_link"] = shipment.tracking_url
    return body
