"""Shopify orders: REST Admin and webhooks, GraphQL Admin answers and bulk operation lines.

Both shapes are read by one translator: GraphQL's camelCase names become REST's snake_case, and
where the two call a thing differently both names are looked up. Shop money is booked, never the
buyer's currency; totals are those before returns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from app.stores.formats import BadOrder, Format, RawOrder, Shop, with_an_order
from app.stores.node import Node
from app.stores.payload import MalformedPayload
from app.stores.shopify.order import order
from rules_library.order import Order

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PARTS = ("refund", "transaction", "fulfillment")
_BULK_LISTS = {
    "LineItem": "lineItems",
    "ShippingLine": "shippingLines",
    "OrderTransaction": "transactions",
    "Refund": "refunds",
    "RefundLineItem": "refundLineItems",
    "Fulfillment": "fulfillments",
}


class Shopify(Format):
    """Orders as the Admin APIs (REST to 2026-10, GraphQL 2026-10) write them."""

    key = "shopify"
    label = "Shopify"

    def orders(self, payload: Any, shop: Shop) -> Iterator[RawOrder | BadOrder]:
        """Orders and draft orders; refunds, payments and fulfilments as supplements."""
        del shop
        if isinstance(payload, list) and any(
            isinstance(one, Mapping) and "__parentId" in one for one in payload
        ):
            payload = _assembled(payload)
        yield from with_an_order(_find(payload, ""), lambda: _what(payload))

    def order(self, raw: Mapping[str, Any], shop: Shop) -> Order:
        """One order of either API."""
        return order(Node(snake_case(dict(raw))), raw, shop)


def snake_case(value: Any) -> Any:
    """The value with its objects' keys in snake_case, as REST names them."""
    if isinstance(value, dict):
        return {_snake(key): snake_case(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [snake_case(inner) for inner in value]
    return value


@lru_cache(maxsize=4096)
def _snake(key: str) -> str:
    return _CAMEL.sub("_", key).lower()


def _find(payload: Any, at: str) -> Iterator[RawOrder | BadOrder]:
    if isinstance(payload, list):
        for place, item in enumerate(payload):
            yield from _find(item, f"{at}/{place}")
    elif not isinstance(payload, Mapping):
        yield BadOrder("", f"{at or '/'}: not an order")
    elif _is_order(payload):
        yield _raw_order(payload, at)
    elif part := _part(payload):
        yield _supplement(payload, part)
    elif inner := _wrapped(payload):
        key, value = inner
        yield from _find(value, f"{at}/{key}")
    else:
        yield BadOrder("", f"{at or '/'}: not an order but {_what(payload)}")


def _wrapped(payload: Mapping[str, Any]) -> tuple[str, Any] | None:
    for key in ("data", "orders", "order", "Order", "nodes", "edges", "node", "refundCreate",
                "draft_order", "draft_orders", "draftOrder", "draftOrders",
                "refund", "refunds", "transaction", "transactions", "fulfillment",
                "fulfillments"):  # fmt: skip
        value = payload.get(key)
        if isinstance(value, (Mapping, list)) and value:
            if key.startswith("draft") and isinstance(value, Mapping) and "id" in value:
                value = {"draft": True, **value}
            elif key.startswith("draft") and isinstance(value, list):
                value = [{"draft": True, **one} if isinstance(one, Mapping) else one
                         for one in value]  # fmt: skip
            return key, value
    return None


def _is_order(value: Mapping[str, Any]) -> bool:
    names = {"total_price", "totalPriceSet", "currentTotalPriceSet", "financial_status",
             "displayFinancialStatus"}  # fmt: skip
    return not names.isdisjoint(value) or (
        ("line_items" in value or "lineItems" in value)
        and "order_id" not in value
        and not {"created_at", "createdAt", "processed_at", "processedAt"}.isdisjoint(value)
        and not {"name", "order_number", "currency", "currencyCode"}.isdisjoint(value)
    )


def _part(value: Mapping[str, Any]) -> str:
    """Which part of an order the object is, if it says of which order."""
    if not _order_of(value) or value.get("id") is None:
        return ""
    if "refund_line_items" in value or "refundLineItems" in value:
        return "refund"
    if "kind" in value and ("gateway" in value or "parent_id" in value):
        return "transaction"
    if "tracking_numbers" in value or "tracking_company" in value:
        return "fulfillment"
    return ""


def _order_of(value: Mapping[str, Any]) -> str:
    try:
        node = Node(snake_case(dict(value)))
        direct = node.id("order_id") or node.child("order").id()
        if direct:
            return direct
        return next(
            filter(None, (one.child("order").id() for one in node.each("transactions"))), ""
        )
    except MalformedPayload:
        return ""


def _supplement(value: Mapping[str, Any], part: str) -> RawOrder:
    of = _order_of(value)
    return RawOrder(of, {f"{part}_of": of, f"{part}s": [dict(value)]}, None, "supplement")


def _raw_order(value: Mapping[str, Any], at: str) -> RawOrder | BadOrder:
    node = Node(value, at)
    try:
        found = node.id()
        updated = node.moment("updated_at") or node.moment("updatedAt")
    except MalformedPayload as error:
        return BadOrder("", str(error))
    if not found:
        return BadOrder("", f"{at}/id: the order has no id")
    return RawOrder(f"draft-{found}" if value.get("draft") else found, dict(value), updated)


def _assembled(lines: list[Any]) -> list[Any]:
    """The objects of a bulk operation's lines, children put back into their parents."""
    known: dict[str, dict[str, Any]] = {}
    roots: list[Any] = []
    for line in lines:
        if not isinstance(line, Mapping):
            roots.append(line)
            continue
        one = dict(line)
        parent = known.get(str(one.pop("__parentId", "")))
        known[str(one.get("id"))] = one
        if parent is None:
            roots.append(one)
            continue
        kind = str(one.get("id")).removeprefix("gid://shopify/").split("/", 1)[0]
        siblings = parent.setdefault(_BULK_LISTS.get(kind, f"other{kind}"), [])
        if isinstance(siblings, list):
            siblings.append(one)
    return roots


def _what(payload: Any) -> str:
    if isinstance(payload, list):
        return _what(payload[0]) if payload else "an empty list"
    if not isinstance(payload, Mapping):
        return "no object"
    errors = payload.get("errors")
    if errors:
        first = errors[0] if isinstance(errors, list) else errors
        said = first.get("message") if isinstance(first, Mapping) else first
        return f"an error of the store: {said}"[:200]
    if isinstance(payload.get("data"), Mapping):
        return _what(payload["data"])
    named = ", ".join(str(key) for key in list(payload)[:4])
    return named.replace("_", " ")[:200] or "an object with nothing in it"


FORMAT = Shopify()
