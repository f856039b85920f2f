"""What was shipped of a Shopify order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from app.stores.node import Node
from app.stores.shopify.parts import records
from rules_library.order import ZERO, Fulfillment, FulfillmentLine, Line, Order


def fulfillments(node: Node) -> tuple[Fulfillment, ...]:
    """Shipments that were not cancelled and did not fail."""
    return tuple(
        Fulfillment(
            source_id=key,
            shipped_at=one.moment("created_at"),
            carrier=one.text("tracking_company") or _track(one, "company"),
            service=one.text("service"),
            tracking_numbers=tuple(dict.fromkeys(_numbers(one))),
            lines=tuple(_sent(one)),
        )
        for key, one in records(node, "fulfillments").items()
        if one.text("status").lower() in {"", "success", "open", "pending"}
    )


def _track(one: Node, key: str) -> str:
    return next((track.text(key) for track in one.each("tracking_info")), "")


def _numbers(one: Node) -> Iterator[str]:
    numbers = one.get("tracking_numbers")
    for value in numbers if isinstance(numbers, list) else []:
        if isinstance(value, str) and value.strip():
            yield value.strip()
    for value in (
        one.text("tracking_number"),
        *(t.text("number") for t in one.each("tracking_info")),
    ):
        if value:
            yield value


def _sent(one: Node) -> Iterator[FulfillmentLine]:
    for item in (*one.each("line_items"), *one.each("fulfillment_line_items")):
        line_id = item.child("line_item").id() or item.id()
        yield FulfillmentLine(line_id=line_id, quantity=item.number("quantity") or ZERO)


def shipped(found: Order, node: Node) -> tuple[Line, ...]:
    """The order's lines with what was shipped."""
    done: dict[str, Decimal] = {}
    for one in found.fulfillments:
        for line in one.lines:
            done[line.line_id] = done.get(line.line_id, ZERO) + line.quantity
    said = {item.id(): item.text("fulfillment_status").lower() for item in node.each("line_items")}
    whole = node.text("fulfillment_status", "display_fulfillment_status").lower() == "fulfilled"
    return tuple(
        replace(
            line,
            quantity_fulfilled=line.quantity
            if said.get(line.source_id) == "fulfilled" or (whole and not found.fulfillments)
            else min(line.quantity, done.get(line.source_id, ZERO)),
        )
        for line in found.lines
    )
