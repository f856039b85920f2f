"""Tracking numbers into WooCommerce: its fulfillments, a tracking plugin, or a note."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

import httpx

from app.stores.base import Shipment, Shipped
from app.stores.errors import NotOffered, RequestRefused, StoreNotFound
from app.stores.http import Http
from app.stores.woocommerce.listing import Row, rows_of

Way = Literal["automatic", "fulfillments", "plugin", "note"]
PLUGINS = ("wc-shipment-tracking/v3", "wc-ast/v3")
"""WooCommerce Shipment Tracking, Advanced Shipment Tracking."""


def push_tracking(http: Http, shipment: Shipment, way: Way, namespaces: Collection[str]) -> Shipped:
    """Tell the shipment once, by the way that was chosen or the first that the shop has."""
    order = f"wc/v3/orders/{quote(shipment.order_id, safe='')}"
    plugin = next((name for name in PLUGINS if name in namespaces), "")
    if way in {"automatic", "fulfillments"}:
        answer = http.json("GET", f"{order}/fulfillments", accept=(404,))
        if answer.status != httpx.codes.NOT_FOUND:
            return _fulfillment(http, order, shipment, rows_of(answer.value, "fulfillments"))
        if way == "fulfillments":
            raise NotOffered(
                "The shop keeps no fulfillments, or has no such order.",
                advice="Switch the feature on in WooCommerce > Settings > Advanced > Features, "
                "or choose another place for tracking numbers.",
            )
    if plugin and way in {"automatic", "plugin"}:
        return _plugin(http, plugin, shipment)
    if way == "plugin":
        raise NotOffered(
            "The shop has no shipment tracking plugin that is known here.",
            advice="Choose another place for tracking numbers.",
        )
    return _note(http, order, shipment)


def _fulfillment(http: Http, order: str, shipment: Shipment, known: list[Row]) -> Shipped:
    for one in known:
        meta = _meta(one)
        ours = meta.get("_rulebooks_key") == shipment.key
        if ours or (
            shipment.tracking_number and meta.get("_tracking_number") == shipment.tracking_number
        ):
            return Shipped("known", _id(one))
    left = _left(http, order, known)
    wanted = left if shipment.lines is None else shipment.lines
    items = [
        {"item_id": int(line), "qty": int(min(pieces, wanted.get(line, 0)))}
        for line, pieces in left.items()
        if min(pieces, wanted.get(line, 0)) > 0
    ]
    if not items:
        return Shipped("known")
    meta_data: list[dict[str, Any]] = [
        {"key": "_items", "value": items},
        {"key": "_tracking_number", "value": shipment.tracking_number},
        {"key": "_shipment_provider", "value": shipment.carrier.lower()},
        {"key": "_tracking_url", "value": shipment.tracking_url},
        {"key": "_date_fulfilled", "value": f"{_when(shipment):%Y-%m-%dT%H:%M:%SZ}"},
        {"key": "_rulebooks_key", "value": shipment.key},
    ]
    body = {
        "status": "fulfilled",
        "is_fulfilled": True,
        "notify_customer": shipment.notify,
        "meta_data": [one for one in meta_data if one["value"]],
    }
    return Shipped("told", _id(http.json("POST", f"{order}/fulfillments", body=body).value))


def _left(http: Http, order: str, known: list[Row]) -> dict[str, Decimal]:
    """Pieces of each line that no fulfillment holds yet."""
    found = http.json("GET", order).value
    lines = rows_of(found.get("line_items") if isinstance(found, Mapping) else None, "lines")
    left = {str(line.get("id")): Decimal(line.get("quantity") or 0) for line in lines}
    for one in known:
        items = _meta(one).get("_items")
        for item in items if isinstance(items, list) and not one.get("date_deleted") else ():
            line = str(item.get("item_id"))
            left[line] = left.get(line, Decimal(0)) - Decimal(item.get("qty") or 0)
    return left


def _plugin(http: Http, namespace: str, shipment: Shipment) -> Shipped:
    path = f"{namespace}/orders/{quote(shipment.order_id, safe='')}/shipment-trackings"
    for one in rows_of(http.json("GET", path).value, "tracking numbers"):
        if one.get("tracking_number") == shipment.tracking_number:
            return Shipped("known", str(one.get("tracking_id") or ""))
    body = {
        "tracking_number": shipment.tracking_number,
        "custom_tracking_provider": shipment.carrier or "Carrier",
        "custom_tracking_link": shipment.tracking_url,
        "date_shipped": f"{_when(shipment):%Y-%m-%d}",
    }
    told = http.json("POST", path, body=body).value
    return Shipped("told", str(told.get("tracking_id") or "") if isinstance(told, Mapping) else "")


def _note(http: Http, order: str, shipment: Shipment) -> Shipped:
    if not shipment.tracking_number:
        raise RequestRefused("A note without a tracking number says nothing.", advice="")
    words = [f"Shipped with {shipment.carrier}." if shipment.carrier else "Shipped."]
    words.append(f"Tracking number: {shipment.tracking_number}")
    text = " ".join(filter(None, (*words, shipment.tracking_url)))
    try:
        notes = rows_of(http.json("GET", f"{order}/notes").value, "notes")
    except StoreNotFound:
        raise RequestRefused("The shop has no such order.", advice="") from None
    for one in notes:
        if shipment.tracking_number in str(one.get("note") or ""):
            return Shipped("known", _id(one))
    body = {"note": text, "customer_note": shipment.notify}
    return Shipped("told", _id(http.json("POST", f"{order}/notes", body=body).value))


def _meta(row: Row) -> dict[str, Any]:
    rows = row.get("meta_data")
    return {
        str(one.get("key")): one.get("value")
        for one in (rows if isinstance(rows, list) else ())
        if isinstance(one, Mapping)
    }


def _id(value: Any) -> str:
    return str(value.get("id") or "") if isinstance(value, Mapping) else ""


def _when(shipment: Shipment) -> datetime:
    return (shipment.shipped_at or datetime.now(UTC)).astimezone(UTC)
