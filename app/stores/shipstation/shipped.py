"""What was shipped of a ShipStation order: by its labels, or marked as shipped without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from app.stores.formats import SUPPLEMENT
from app.stores.node import Node
from app.stores.shipstation.times import when
from rules_library.order import ZERO, Fulfillment, FulfillmentLine, FulfillmentStatus, Line

_ON_HOLD = frozenset({"on_hold", "rejected_fulfillment"})

SHIPMENTS = (("shipments", "shipmentId"), ("fulfillments", "fulfillmentId"))


def fulfillments(
    node: Node, bought: Sequence[Line], *, everything: bool
) -> tuple[Fulfillment, ...]:
    """Shipments that are no returns and were not called off, and what was shipped elsewhere."""
    found = [
        Fulfillment(
            source_id=one.id("id"),
            shipped_at=when(one, "shipDate") or when(one, "createDate"),
            carrier=one.text("carrierCode"),
            service=one.text("serviceCode", "fulfillmentServiceCode"),
            tracking_numbers=tuple(filter(None, (one.text("trackingNumber"),))),
            lines=_shipment_lines(one, bought),
        )
        for kind, _ in SHIPMENTS
        for one in node.child(SUPPLEMENT).each(kind)
        if not one.flag("voided") and not one.flag("isReturnLabel")
    ]
    if not everything:
        return tuple(found)
    done = _pieces(found)
    rest = tuple(
        FulfillmentLine(line_id=line.source_id, quantity=line.quantity - sent)
        for line in bought
        if (sent := done.get(line.source_id, ZERO)) < line.quantity
    )
    if rest and found:
        found[-1] = replace(found[-1], lines=(*found[-1].lines, *rest))
    elif rest:
        shipped_at = when(node, "shipDate") or when(node, "modifyDate")
        carrier, service = node.text("carrierCode"), node.text("serviceCode")
        found.append(Fulfillment(source_id="shipped", shipped_at=shipped_at, carrier=carrier,
                                 service=service, lines=rest))  # fmt: skip
    return tuple(found)


def _shipment_lines(shipment: Node, bought: Sequence[Line]) -> tuple[FulfillmentLine, ...]:
    known = {line.source_id for line in bought}
    return tuple(
        FulfillmentLine(line_id=line_id, quantity=item.number("quantity") or ZERO)
        for item in shipment.each("shipmentItems")
        if (line_id := item.id("orderItemId") or item.text("lineItemKey")) in known
    )


def _pieces(sent: Sequence[Fulfillment]) -> dict[str, Decimal]:
    done: dict[str, Decimal] = {}
    for one in sent:
        for line in one.lines:
            done[line.line_id] = done.get(line.line_id, ZERO) + line.quantity
    return done


def shipped_lines(bought: tuple[Line, ...], sent: Sequence[Fulfillment]) -> tuple[Line, ...]:
    """The lines, each with how much of it was shipped."""
    done = _pieces(sent)
    return tuple(
        replace(line, quantity_fulfilled=min(line.quantity, done.get(line.source_id, ZERO)))
        for line in bought
    )


def fulfillment_status(
    said: str, bought: Sequence[Line], sent: Sequence[Fulfillment]
) -> FulfillmentStatus:
    """How far the order is shipped; ``said`` is ShipStation's own status."""
    if said == "shipped":
        return "fulfilled"
    if said in _ON_HOLD:
        return "on_hold"
    done = _pieces(sent)
    if bought and all(done.get(line.source_id, ZERO) >= line.quantity for line in bought):
        return "fulfilled"
    return "partial" if sent else "unfulfilled"
