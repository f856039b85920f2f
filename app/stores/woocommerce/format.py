"""WooCommerce REST API v3 orders (checked against 11.0.1), batch answers and refund records.

A shop has no separate payment status: an order is paid when ``date_paid`` is set. Line totals
are after coupons and without tax. An order in the ``delete`` part of a batch answer, or in the
trash, is a cancelled order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.stores.amounts import offset_between, settled, zone_of_offset
from app.stores.formats import BadOrder, Format, RawOrder, Shop, with_an_order
from app.stores.node import Node
from app.stores.payload import MalformedPayload
from app.stores.woocommerce import parts
from app.stores.woocommerce.fulfillments import fulfillment_status, fulfillments, shipped
from app.stores.woocommerce.refunds import payment_status, refunds
from rules_library.order import ZERO, Customer, Order, OrderStatus

_STATUS: dict[str, OrderStatus] = {
    "pending": "open",
    "processing": "open",
    "on-hold": "open",
    "completed": "completed",
    "refunded": "completed",
    "cancelled": "cancelled",
    "trash": "cancelled",
    "failed": "failed",
    "checkout-draft": "draft",
    "auto-draft": "draft",
}
_CHANNELS = {"checkout": "web", "store-api": "web", "pos-rest-api": "pos"}
_PO_KEYS = (
    "po_number", "_po_number", "purchase_order_number", "_purchase_order_number",
    "billing_po_number", "_billing_po_number",
)  # fmt: skip
_TAX_ID_KEYS = (
    "vat_number", "_vat_number", "billing_vat", "_billing_vat", "_billing_vat_number",
    "billing_vat_number", "tax_id", "_tax_id",
)  # fmt: skip
_TERMS_KEYS = ("payment_terms", "_payment_terms")
_WRAPPERS = ("create", "update", "delete", "orders", "order", "refunds")
_OTHER_THINGS = (
    ("products", {"regular_price"}),
    ("coupons", {"discount_type", "usage_count"}),
    ("webhooks", {"delivery_url"}),
    ("tax rates", {"rate", "country"}),
    ("order notes", {"note", "customer_note"}),
    ("customers", {"is_paying_customer"}),
    ("an error of the store", {"code", "message"}),
)


class WooCommerce(Format):
    """Orders as ``/wp-json/wc/v3/orders`` and the webhooks write them."""

    key = "woocommerce"
    label = "WooCommerce"

    def orders(self, payload: Any, shop: Shop) -> Iterator[RawOrder | BadOrder]:
        """Orders, and refunds or fulfilments of an order as supplements."""
        del shop
        yield from with_an_order(_find(payload, ""), lambda: _what(payload))

    def order(self, raw: Mapping[str, Any], shop: Shop) -> Order:
        """One order; ``total`` is before gift cards, which are payments."""
        node = Node(raw)
        currency = (node.text("currency") or shop.currency or "USD").upper()
        node = node.in_currency(currency)
        placed = parts.when(node, "date_created", shop)
        if placed is None:
            raise MalformedPayload("/date_created: the order has no date")
        if not node.has("total"):
            raise MalformedPayload("/total: the order has no total")
        source_status = node.text("status").removeprefix("wc-")
        meta = parts.meta(node)
        used = parts.gift_cards_used(node)
        total = node.money("total") + sum((amount for _, amount in used), ZERO)
        names = parts.tax_names(node)
        lines = parts.lines(node, names)
        charges = parts.charges(node, names)
        billing, shipping = parts.address(node, "billing"), parts.address(node, "shipping")
        stated = node.money("total_tax") if node.has("total_tax") else None
        sent = fulfillments(node, shop, lines, source_status)
        lines = shipped(lines, sent)
        buyer = node.child("billing")
        first = _first(meta)
        offset = offset_between(node.moment("date_created"), node.moment("date_created_gmt"))
        found = Order(
            store=shop.key,
            store_type=shop.type,
            source_id=node.id(),
            number=node.text("number", "id"),
            currency=currency,
            placed_at=placed,
            total=total,
            status=_STATUS.get(source_status, "open"),
            payment_status="pending",
            fulfillment_status=fulfillment_status(node, source_status, lines, meta),
            zone=shop.zone or zone_of_offset(offset),
            channel=_CHANNELS.get(node.text("created_via"), node.text("created_via")),
            url=_url(node),
            updated_at=parts.when(node, "date_modified", shop),
            paid_at=parts.when(node, "date_paid", shop),
            cancelled_at=(
                parts.when(node, "date_modified", shop)
                if _STATUS.get(source_status) == "cancelled"
                else None
            ),
            source_status=source_status,
            prices_include_tax=node.flag("prices_include_tax"),
            customer=Customer(
                source_id=node.id("customer_id"),
                email=buyer.text("email"),
                phone=buyer.text("phone") or shipping.phone,
                first_name=billing.first_name or ("" if billing.name else shipping.first_name),
                last_name=billing.last_name or ("" if billing.name else shipping.last_name),
                company=billing.company or shipping.company,
                group=first("customer_group", "_customer_group", "_wholesale_role"),
                tax_id=first(*_TAX_ID_KEYS),
                tax_exempt=first("is_vat_exempt").casefold() == "yes",
            ),
            billing=billing,
            shipping=shipping,
            lines=lines,
            charges=charges,
            discounts=parts.discounts(node),
            taxes=settled(parts.order_taxes(node), stated, node.places),
            payments=parts.payments(node, shop, used, meta),
            fulfillments=sent,
            po_number=first(*_PO_KEYS),
            payment_terms=first(*_TERMS_KEYS),
            customer_note=node.text("customer_note"),
            attributes=meta,
            raw=raw,
        )
        found = replace(found, refunds=refunds(node, shop, found))
        return replace(found, payment_status=payment_status(node, found))


def _find(payload: Any, at: str) -> Iterator[RawOrder | BadOrder]:
    if isinstance(payload, list):
        yield from _find_in_list(payload, at)
    elif not isinstance(payload, Mapping):
        yield BadOrder("", f"{at or '/'}: not an order")
    elif _is_order(payload):
        yield _raw_order(payload, at)
    elif _is_refund(payload):
        yield from _refund_supplements([payload], at)
    elif isinstance(payload.get("error"), Mapping) and payload.get("id"):
        said = Node(payload, at).child("error").text("message", "code")
        yield BadOrder(str(payload["id"])[:60], f"{at}: the store answered: {said}")
    else:
        inside = [key for key in _WRAPPERS if isinstance(payload.get(key), (list, Mapping))]
        for key in inside:
            yield from _find(payload[key], f"{at}/{key}")
        if not inside:
            yield BadOrder("", f"{at or '/'}: not an order but {_what(payload)}")


def _find_in_list(payload: list[Any], at: str) -> Iterator[RawOrder | BadOrder]:
    objects = [one for one in payload if isinstance(one, Mapping)]
    if objects and len(objects) == len(payload):
        if all(_is_refund(one) for one in objects):
            yield from _refund_supplements(objects, at)
            return
        if all("entity_id" in one for one in objects):
            yield from _fulfillment_supplements(objects)
            return
    for place, item in enumerate(payload):
        yield from _find(item, f"{at}/{place}")


def _is_order(value: Mapping[str, Any]) -> bool:
    return not _is_refund(value) and (
        ("total" in value and ("status" in value or "line_items" in value))
        or ("line_items" in value and "billing" in value)
    )


def _is_refund(value: Mapping[str, Any]) -> bool:
    return "amount" in value and ("refunded_by" in value or "refunded_payment" in value)


def _raw_order(value: Mapping[str, Any], at: str) -> RawOrder | BadOrder:
    node = Node(value, at)
    try:
        found = node.id()
        updated = node.moment("date_modified_gmt") or node.moment("date_modified")
    except MalformedPayload as error:
        return BadOrder("", str(error))
    if not found:
        return BadOrder("", f"{at}/id: the order has no id")
    return RawOrder(found, dict(value), updated)


def _refund_supplements(refunds: list[Mapping[str, Any]], at: str) -> Iterator[RawOrder | BadOrder]:
    of_orders: dict[str, list[Mapping[str, Any]]] = {}
    for place, refund in enumerate(refunds):
        node = Node(refund, f"{at}/{place}")
        try:
            of = node.id("parent_id") or _parent(node)
        except MalformedPayload as error:
            yield BadOrder("", str(error))
            continue
        if of:
            of_orders.setdefault(of, []).append(refund)
        else:
            yield BadOrder("", f"{node.at}: a refund that names no order")
    for of, records in of_orders.items():
        raw = {"refund_of": of, "refunds": records}
        yield RawOrder(of, raw, None, "supplement")


def _parent(refund: Node) -> str:
    for link in refund.child("_links").each("up"):
        tail = link.text("href").rstrip("/").rsplit("/", 1)[-1]
        if tail.isdigit():
            return tail
    return ""


def _fulfillment_supplements(records: list[Mapping[str, Any]]) -> Iterator[RawOrder]:
    of_orders: dict[str, list[Mapping[str, Any]]] = {}
    for place, record in enumerate(records):
        of_orders.setdefault(Node(record, f"/{place}").id("entity_id"), []).append(record)
    for of, found in of_orders.items():
        yield RawOrder(of, {"fulfillments_of": of, "fulfillments": found}, None, "supplement")


def _what(payload: Any) -> str:
    if isinstance(payload, list):
        return _what(payload[0]) if payload else "an empty list"
    if not isinstance(payload, Mapping):
        return "no object"
    if isinstance(payload.get("body"), Mapping):
        payload = payload["body"]
    for what, keys in _OTHER_THINGS:
        if keys <= payload.keys():
            said = f": {payload['message']}" if "message" in keys else ""
            return f"{what}{said}"[:200]
    for key in ("create", "update", "delete"):
        if payload.get(key):
            return _what(payload[key])
    return f"an object with {', '.join(list(payload)[:4]) or 'nothing in it'}"


def _first(meta: Mapping[str, Any]) -> Any:
    def first(*keys: str) -> str:
        return next((str(meta[key]) for key in keys if meta.get(key)), "")

    return first


def _url(node: Node) -> str:
    for link in node.child("_links").each("self"):
        origin, found, _ = link.text("href").partition("/wp-json/")
        if found:
            return f"{origin}/wp-admin/post.php?post={node.id()}&action=edit"
    return ""


FORMAT = WooCommerce()
