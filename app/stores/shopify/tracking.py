"""Shipments into Shopify: a fulfilment a location, with its tracking number, told once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.stores.base import Shipment, Shipped
from app.stores.errors import RequestRefused
from app.stores.shopify.api import Api, refuse, user_errors
from app.stores.shopify.queries import SET_TRACKING, SHIP, TO_SHIP
from app.stores.shopify.whole import fill

_OPEN = {"OPEN", "IN_PROGRESS"}
_DONE = {"SUCCESS", "OPEN", "PENDING"}


def push_tracking(api: Api, shipment: Shipment) -> Shipped:
    """Fulfil what is left of the lines; what is shipped without a number gets the number.

    Creating a fulfilment cannot be made safe to repeat, so it is first looked whether the store
    has one with this number, and a request without an answer is not repeated.
    """
    gid = f"gid://shopify/Order/{shipment.order_id}"
    order = api.ask(TO_SHIP, {"id": gid})["order"]
    if order is None:
        raise RequestRefused("Shopify has no such order.", advice="")
    sent = [one for one in order["fulfillments"] if one["status"] in _DONE]
    for one in sent:
        if shipment.tracking_number and shipment.tracking_number in _numbers(one):
            return Shipped("known", _short(one["id"]))
    fill(api, order)
    groups = _groups(order, shipment)
    if not groups:
        return _number_added(api, sent, shipment)
    made = ""
    for lines in groups.values():
        given: dict[str, Any] = {
            "lineItemsByFulfillmentOrder": lines,
            "notifyCustomer": shipment.notify,
        }
        if _tracking(shipment):
            given["trackingInfo"] = _tracking(shipment)
        payload = api.ask(SHIP, {"fulfillment": given}, repeatable=False)["fulfillmentCreate"]
        refuse(user_errors(payload))
        made = made or _short(payload["fulfillment"]["id"])
    return Shipped("told", made)


def _groups(order: Mapping[str, Any], shipment: Shipment) -> dict[str, list[dict[str, Any]]]:
    """What is to be fulfilled, by location: Shopify makes no fulfilment across two."""
    wanted = None if shipment.lines is None else dict(shipment.lines)
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in order["fulfillmentOrders"]["nodes"]:
        if one["status"] not in _OPEN:
            continue
        items = []
        for item in one["lineItems"]["nodes"]:
            left = Decimal(item["remainingQuantity"])
            line = _short(item["lineItem"]["id"])
            take = left if wanted is None else min(left, wanted.get(line, Decimal(0)))
            if take > 0:
                items.append({"id": item["id"], "quantity": int(take)})
                if wanted is not None:
                    wanted[line] -= take
        if items:
            location = one["assignedLocation"]["location"] or {}
            groups.setdefault(str(location.get("id")), []).append(
                {"fulfillmentOrderId": one["id"], "fulfillmentOrderLineItems": items}
            )
    return groups


def _number_added(api: Api, sent: list[Mapping[str, Any]], shipment: Shipment) -> Shipped:
    """Nothing is left to ship: a shipment that has no number yet gets this one."""
    bare = [one for one in sent if not _numbers(one)]
    if not shipment.tracking_number or len(bare) != 1:
        if sent:
            return Shipped("known", _short(sent[0]["id"]))
        raise RequestRefused(
            "Shopify has nothing to ship of this order.",
            advice="Look in Shopify whether it is on hold, cancelled or shipped by somebody else.",
        )
    variables = {
        "id": bare[0]["id"], "tracking": _tracking(shipment), "notify": shipment.notify,
    }  # fmt: skip
    payload = api.ask(SET_TRACKING, variables)["fulfillmentTrackingInfoUpdate"]
    refuse(user_errors(payload))
    return Shipped("told", _short(bare[0]["id"]))


def _tracking(shipment: Shipment) -> dict[str, str]:
    given = {
        "company": shipment.carrier,
        "number": shipment.tracking_number,
        "url": shipment.tracking_url,
    }
    return {key: value for key, value in given.items() if value}


def _numbers(fulfillment: Mapping[str, Any]) -> set[str]:
    return {str(one["number"]) for one in fulfillment["trackingInfo"] if one.get("number")}


def _short(gid: str) -> str:
    return gid.rsplit("/", 1)[-1].split("?", 1)[0]
