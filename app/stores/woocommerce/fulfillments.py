"""What was shipped of a WooCommerce order: its own records, tracking plugins, the status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.stores.formats import SUPPLEMENT, Shop
from app.stores.node import Node
from app.stores.woocommerce.parts import own_id, when
from rules_library.order import ZERO, Fulfillment, FulfillmentLine, FulfillmentStatus, Line


def fulfillments(
    node: Node, shop: Shop, bought: tuple[Line, ...], status: str
) -> tuple[Fulfillment, ...]:
    """Fulfilment records and tracking numbers of plugins; what a completed order has left."""
    found = [
        _fulfillment(record)
        for record in node.child(SUPPLEMENT).each("fulfillments")
        if record.text("status") == "fulfilled" and not record.has("date_deleted")
    ]
    for item in node.each("meta_data"):
        if item.text("key") == "_wc_shipment_tracking_items":
            found += [
                Fulfillment(
                    source_id=track.text("tracking_id", "tracking_number"),
                    shipped_at=track.day("date_shipped"),
                    carrier=track.text("tracking_provider", "custom_tracking_provider"),
                    tracking_numbers=(track.text("tracking_number"),),
                )
                for track in item.each("value")
            ]
    if status == "completed":
        left = {line.source_id: line.quantity for line in shipped(bought, tuple(found))}
        done = {line.source_id: line.quantity_fulfilled for line in shipped(bought, tuple(found))}
        rest = tuple(
            FulfillmentLine(line_id=key, quantity=quantity - done[key])
            for key, quantity in left.items()
            if quantity > done[key]
        )
        if rest:
            shipped_at = when(node, "date_completed", shop)
            found.append(Fulfillment(source_id="completed", shipped_at=shipped_at, lines=rest))
    return tuple(found)


def _fulfillment(record: Node) -> Fulfillment:
    own = {item.text("key"): item for item in record.each("meta_data")}
    said = {key: item.text("value") for key, item in own.items() if key != "_items"}
    items = own["_items"].each("value") if "_items" in own else []
    number = said.get("_tracking_number", "")
    stamp = own.get("_date_fulfilled")
    return Fulfillment(
        source_id=own_id(record),
        shipped_at=stamp.moment("value") if stamp else record.moment("date_updated"),
        carrier=said.get("_shipment_provider", ""),
        tracking_numbers=(number,) if number else (),
        lines=tuple(
            FulfillmentLine(line_id=item.id("item_id"), quantity=item.number("qty") or ZERO)
            for item in items
        ),
    )


def shipped(bought: tuple[Line, ...], sent: tuple[Fulfillment, ...]) -> tuple[Line, ...]:
    """The lines with what the fulfilments say was shipped."""
    done: dict[str, Decimal] = {}
    for one in sent:
        for line in one.lines:
            done[line.line_id] = done.get(line.line_id, ZERO) + line.quantity
    return tuple(
        replace(line, quantity_fulfilled=min(line.quantity, done.get(line.source_id, ZERO)))
        for line in bought
    )


def fulfillment_status(
    node: Node, status: str, bought: tuple[Line, ...], fields: Mapping[str, Any]
) -> FulfillmentStatus:
    """From the lines, else from the status and WooCommerce's own field."""
    said = str(fields.get("_fulfillment_status") or "")
    if status == "completed" or said == "fulfilled":
        return "fulfilled"
    if bought and all(line.quantity_fulfilled >= line.quantity for line in bought):
        return "fulfilled"
    if said == "partially_fulfilled" or any(line.quantity_fulfilled for line in bought):
        return "partial"
    if node.has("date_paid") and node.get("needs_processing") is False:
        return "not_required" if status != "refunded" else "unfulfilled"
    return "unfulfilled"
