"""BigCommerce orders: V2 with the sub-resources and V3 records that belong to them.

An order comes without its products, shipments, taxes and refunds: those are supplements. Amounts
have four decimals, so only totals are rounded, and the parts so that they add up to them. Statuses
are read by their number, since each can be renamed. An archived order is a cancelled one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.stores.amounts import settled
from app.stores.bigcommerce import parts
from app.stores.bigcommerce.payments import payment_status, payments
from app.stores.bigcommerce.refunds import refunds
from app.stores.formats import BadOrder, Format, RawOrder, Shop, with_an_order
from app.stores.node import Node
from app.stores.payload import MalformedPayload
from rules_library.order import Customer, Order, OrderStatus

INCOMPLETE = 0
"""An abandoned checkout."""
_STATUS: dict[int, OrderStatus] = {
    INCOMPLETE: "draft",
    1: "open",  # pending
    2: "completed",  # shipped
    3: "open",  # partially shipped
    4: "completed",  # refunded
    5: "cancelled",
    6: "failed",  # declined
    7: "open",  # awaiting payment
    8: "open",  # awaiting pickup
    9: "open",  # awaiting shipment
    10: "completed",
    11: "open",  # awaiting fulfillment
    12: "open",  # manual verification required
    13: "open",  # disputed
    14: "open",  # partially refunded
}
_CHANNELS = {"www": "web", "iphone": "web", "mobile": "web", "ipad": "web", "android": "web"}
_RECORDS: tuple[tuple[str, set[str]], ...] = (
    ("refunds", {"order_id", "total_amount", "total_tax"}),
    ("transactions", {"order_id", "event", "amount"}),
    ("shipments", {"order_id", "tracking_number"}),
    ("products", {"order_id", "product_id", "total_ex_tax"}),
    ("coupons", {"order_id", "coupon_id", "discount"}),
    ("taxes", {"order_id", "tax_rate_id", "line_amount"}),
    ("shipping_addresses", {"order_id", "shipping_method"}),
)


class BigCommerce(Format):
    """Orders as ``/v2/orders`` writes them, and the lists that belong to orders."""

    key = "bigcommerce"
    label = "BigCommerce"

    def orders(self, payload: Any, shop: Shop) -> Iterator[RawOrder | BadOrder]:
        """Orders, and products, shipments, transactions, refunds ... of orders as supplements."""
        del shop
        yield from with_an_order(_find(payload, ""), lambda: _what(payload))

    def order(self, raw: Mapping[str, Any], shop: Shop) -> Order:
        """One order; ``total`` is before gift certificates and store credit, which are payments."""
        node = Node(raw)
        currency = (
            node.text("default_currency_code", "currency_code") or shop.currency or "USD"
        ).upper()
        node = node.in_currency(currency)
        placed = parts.when(node, "date_created")
        if placed is None:
            raise MalformedPayload("/date_created: the order has no date")
        if not node.has("total_inc_tax"):
            raise MalformedPayload("/total_inc_tax: the order has no total")
        updated = parts.when(node, "date_modified")
        number = node.number("status_id")
        known = _STATUS.get(int(number), "open") if number is not None else "open"
        status: OrderStatus = "cancelled" if node.flag("is_deleted") else known
        total = node.money("total_inc_tax")
        taxes = settled(parts.order_taxes(node), node.money("total_tax"), node.places)
        lines, charges = parts.priced(node, total - sum(tax.amount for tax in taxes))
        sent = parts.fulfillments(node, lines, everything=number in {2, 10})
        lines = parts.shipped(lines, sent)
        billing, ship_to = parts.billing(node), parts.shipping(node)
        buyer = node.child("billing_address")
        found = Order(
            store=shop.key,
            store_type=shop.type,
            source_id=node.id(),
            number=node.id(),
            currency=currency,
            placed_at=placed,
            total=total,
            status=status,
            payment_status="pending",
            fulfillment_status=parts.fulfillment_status(node, lines),
            zone=shop.zone or "UTC",
            channel=_CHANNELS.get(node.text("order_source"), node.text("order_source")),
            url=_url(node),
            updated_at=updated,
            cancelled_at=updated if status == "cancelled" else None,
            source_status=node.text("custom_status", "status"),
            prices_include_tax=parts.shows_tax(node),
            customer=Customer(
                source_id=node.id("customer_id"),
                email=buyer.text("email"),
                phone=buyer.text("phone") or ship_to.phone,
                first_name=billing.first_name,
                last_name=billing.last_name,
                company=billing.company or ship_to.company,
            ),
            billing=billing,
            shipping=ship_to,
            lines=lines,
            charges=charges,
            discounts=parts.discounts(node),
            taxes=taxes,
            payments=payments(node, total, placed),
            fulfillments=sent,
            customer_note=node.text("customer_message"),
            attributes=_attributes(node),
            raw=raw,
        )
        found = replace(found, refunds=refunds(node, found))
        paid = [one.paid_at for one in found.payments if one.kind == "charge" and one.paid_at]
        return replace(
            found,
            payment_status=payment_status(node, found),
            paid_at=min(paid) if paid and found.captured >= found.total else None,
        )


def _find(payload: Any, at: str) -> Iterator[RawOrder | BadOrder]:
    if isinstance(payload, Mapping) and isinstance(payload.get("data"), list):
        yield from _find(payload["data"], f"{at}/data")
    elif isinstance(payload, list) and (kind := _records_in(payload)):
        yield from _supplements(kind, payload, at)
    elif isinstance(payload, list):
        for place, item in enumerate(payload):
            yield from _find(item, f"{at}/{place}")
    elif kind := _records_in([payload]):
        yield from _supplements(kind, [payload], at)
    elif not isinstance(payload, Mapping) or "total_inc_tax" not in payload:
        yield BadOrder("", f"{at or '/'}: not an order")
    else:
        yield _raw_order(payload, at)


def _records_in(payload: list[Any]) -> str:
    """Which records of orders the list holds; "" = it is another list."""
    if not payload or not all(isinstance(one, Mapping) for one in payload):
        return ""
    for kind, keys in _RECORDS:
        if all(keys <= one.keys() for one in payload):
            return kind
    return ""


def _supplements(kind: str, records: list[Any], at: str) -> Iterator[RawOrder | BadOrder]:
    of_orders: dict[str, list[Mapping[str, Any]]] = {}
    for place, record in enumerate(records):
        try:
            of = Node(record, f"{at}/{place}").id("order_id")
        except MalformedPayload as error:
            yield BadOrder("", str(error))
            continue
        if of:
            of_orders.setdefault(of, []).append(record)
        else:
            yield BadOrder("", f"{at}/{place}: names no order")
    for of, found in of_orders.items():
        yield RawOrder(of, {f"{kind}_of": of, kind: found}, None, "supplement")


def _raw_order(value: Mapping[str, Any], at: str) -> RawOrder | BadOrder:
    node = Node(value, at)
    try:
        found, updated = node.id(), parts.when(node, "date_modified")
    except MalformedPayload as error:
        return BadOrder("", str(error))
    if not found:
        return BadOrder("", f"{at}/id: the order has no id")
    return RawOrder(found, dict(value), updated)


def _what(payload: Any) -> str:
    if isinstance(payload, Mapping) and isinstance(payload.get("data"), list):
        return _what(payload["data"])
    if isinstance(payload, list):
        return _what(payload[0]) if payload else "an empty list"
    if not isinstance(payload, Mapping):
        return "no object"
    said = str(payload.get("message") or payload.get("title") or "")
    if said and "status" in payload:
        return f"an error of the store: {said}"[:200]
    return f"an object with {', '.join(list(payload)[:4]) or 'nothing in it'}"


def _url(node: Node) -> str:
    """The order in the control panel; the store's hash stands in the links to its parts."""
    link = node.get("products")
    if not isinstance(link, Mapping):
        return ""
    _, found, tail = str(link.get("url") or "").partition("/stores/")
    key = tail.partition("/")[0]
    shown = bool(found) and key.isalnum()
    return f"https://store-{key}.mybigcommerce.com/manage/orders/{node.id()}" if shown else ""


def _attributes(node: Node) -> dict[str, Any]:
    """The checkout's own fields and the staff's notes."""
    found = {
        one.text("name"): one.get("value")
        for one in node.child("billing_address").each("form_fields")
        if one.text("name")
    }
    for key in ("staff_notes", "external_id", "external_order_id"):
        if node.text(key):
            found[key] = node.text(key)
    return found


FORMAT = BigCommerce()
