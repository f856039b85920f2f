"""ShipStation orders: API V1, with the shipments and fulfilments that belong to them.

``orderTotal`` is the items, the tax and the shipping; a discount is an item of its own, an
adjustment with a price below zero. ShipStation knows of no refunds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.stores.amounts import rounded_together, shared_out
from app.stores.formats import BadOrder, Format, RawOrder, Shop, with_an_order
from app.stores.methods import method_kind, method_name
from app.stores.node import Node
from app.stores.payload import MalformedPayload
from app.stores.shipstation.shipped import (
    SHIPMENTS,
    fulfillment_status,
    fulfillments,
    shipped_lines,
)
from app.stores.shipstation.times import ZONE, when
from rules_library.order import (
    ZERO,
    Address,
    Charge,
    Customer,
    Discount,
    Line,
    Order,
    OrderStatus,
    Payment,
    PaymentStatus,
    Tax,
)

_STATUS: dict[str, OrderStatus] = {"shipped": "completed", "cancelled": "cancelled"}


class ShipStation(Format):
    """Orders as ``GET /orders`` writes them, and lists of shipments and fulfilments."""

    key = "shipstation"
    label = "ShipStation"

    def orders(self, payload: Any, shop: Shop) -> Iterator[RawOrder | BadOrder]:
        """Orders, and shipments and fulfilments as supplements to theirs."""
        del shop
        yield from with_an_order(_find(payload, ""), lambda: _what(payload))

    def order(self, raw: Mapping[str, Any], shop: Shop) -> Order:
        """One order."""
        currency = (shop.currency or "USD").upper()
        node = Node(raw).in_currency(currency)
        placed = when(node, "orderDate")
        if placed is None:
            raise MalformedPayload("/orderDate: the order has no date")
        if not node.has("orderTotal"):
            raise MalformedPayload("/orderTotal: the order has no total")
        said, total, tax = node.text("orderStatus"), node.money("orderTotal"), _tax(node)
        updated = when(node, "modifyDate")
        status = _STATUS.get(said, "open")
        lines, charges, discounts = _priced(node, total - sum(one.amount for one in tax))
        sent = fulfillments(node, lines, everything=said == "shipped")
        billing, shipping = _address(node.child("billTo")), _address(node.child("shipTo"))
        options = node.child("advancedOptions")
        found = Order(
            store=shop.key,
            store_type=shop.type,
            source_id=node.id("orderId"),
            number=node.text("orderNumber") or node.id("orderId"),
            currency=currency,
            placed_at=placed,
            total=total,
            status=status,
            payment_status="pending",
            fulfillment_status=fulfillment_status(said, lines, sent),
            zone=shop.zone or ZONE,
            channel=options.text("source"),
            updated_at=updated,
            cancelled_at=updated if status == "cancelled" else None,
            source_status=said,
            customer=Customer(
                source_id=node.id("customerId"),
                email=node.text("customerEmail"),
                phone=billing.phone or shipping.phone,
                first_name=billing.first_name,
                last_name=billing.last_name,
                company=billing.company or shipping.company,
            ),
            billing=billing,
            shipping=shipping,
            lines=shipped_lines(lines, sent),
            charges=charges,
            discounts=discounts,
            taxes=tax,
            payments=_payments(node),
            fulfillments=sent,
            customer_note=node.text("customerNotes"),
            attributes=_attributes(node, options),
            raw=raw,
        )
        paid = [one.paid_at for one in found.payments if one.paid_at]
        return replace(
            found,
            payment_status=_payment_status(said, found),
            paid_at=min(paid) if paid and found.captured >= total else None,
        )


def _find(payload: Any, at: str) -> Iterator[RawOrder | BadOrder]:
    if isinstance(payload, list):
        for place, item in enumerate(payload):
            yield from _find(item, f"{at}/{place}")
    elif isinstance(payload, Mapping) and isinstance(payload.get("orders"), list):
        yield from _find(payload["orders"], f"{at}/orders")
    elif kind := _records_in(payload):
        yield from _supplements(kind, payload[kind], f"{at}/{kind}")
    elif not isinstance(payload, Mapping) or "orderStatus" not in payload:
        yield BadOrder("", f"{at or '/'}: not an order")
    else:
        yield _raw_order(payload, at)


def _records_in(payload: Any) -> str:
    found = payload if isinstance(payload, Mapping) else {}
    return next((name for name, _ in SHIPMENTS if isinstance(found.get(name), list)), "")


def _supplements(kind: str, records: list[Any], at: str) -> Iterator[RawOrder | BadOrder]:
    of_orders: dict[str, list[Mapping[str, Any]]] = {}
    for place, record in enumerate(records):
        try:
            of = Node(record, f"{at}/{place}").id("orderId") if isinstance(record, Mapping) else ""
        except MalformedPayload as error:
            yield BadOrder("", str(error))
            continue
        if of:
            of_orders.setdefault(of, []).append(identified(kind, record))
        else:
            yield BadOrder("", f"{at}/{place}: names no order")
    for of, found in of_orders.items():
        yield RawOrder(of, {f"{kind}_of": of, kind: found}, None, "supplement")


def identified(kind: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """A shipment or fulfilment with its id under the name that supplements are known by."""
    return {**record, "id": record.get(dict(SHIPMENTS)[kind])}


def _raw_order(value: Mapping[str, Any], at: str) -> RawOrder | BadOrder:
    node = Node(value, at)
    try:
        found, updated = node.id("orderId"), when(node, "modifyDate")
    except MalformedPayload as error:
        return BadOrder("", str(error))
    if not found:
        return BadOrder("", f"{at}/orderId: the order has no id")
    return RawOrder(found, dict(value), updated)


def _what(payload: Any) -> str:
    if isinstance(payload, list):
        return _what(payload[0]) if payload else "an empty list"
    if not isinstance(payload, Mapping):
        return "no object"
    for name in ("orders", *(name for name, _ in SHIPMENTS)):
        if isinstance(payload.get(name), list):
            return _what(payload[name])
    said = str(payload.get("Message") or payload.get("ExceptionMessage") or "")
    if said:
        return f"an error of the store: {said}"[:200]
    return f"an object with {', '.join(list(payload)[:4]) or 'nothing in it'}"


def _tax(node: Node) -> tuple[Tax, ...]:
    amount = node.money("taxAmount")
    return (Tax(name="Tax", amount=amount),) if amount else ()


def _priced(
    node: Node, net: Decimal
) -> tuple[tuple[Line, ...], tuple[Charge, ...], tuple[Discount, ...]]:
    """Lines, charges and discounts, rounded so that they add up to ``net`` if they are its parts.

    What adjustments take away stands in the lines, as far as there is that much in them; the rest
    and what adjustments add are charges.
    """
    items = [one for one in node.each("items") if not one.flag("adjustment")]
    others = [one for one in node.each("items") if one.flag("adjustment")]
    shipping = node.money("shippingAmount")
    exact = [_amount(one) for one in (*items, *others)]
    amounts = rounded_together(exact, net - shipping, node.places)
    gross, adjusted = amounts[: len(items)], amounts[len(items) :]
    taken = [one for one, amount in zip(others, adjusted, strict=True) if amount < 0]
    less = -sum((amount for amount in adjusted if amount < 0), ZERO)
    fits = all(amount >= 0 for amount in gross) and less <= sum(gross, ZERO)
    shares = shared_out(less if fits else ZERO, gross, node.places)
    lines = tuple(
        replace(_line(one), gross=amount, discount=share)
        for one, amount, share in zip(items, gross, shares, strict=True)
    )
    charges = tuple(
        Charge(
            source_id=f"adjustment-{place}",
            kind="fee",
            name=one.text("name", "sku") or "Adjustment",
            gross=amount,
            code=one.text("sku"),
            taxable=False,
        )
        for place, (one, amount) in enumerate(zip(others, adjusted, strict=True), 1)
        if amount > 0 or (amount and not fits)
    )
    discounts = tuple(
        Discount(title=one.text("name", "sku") or "Discount", code=one.text("sku"),
                 amount=-amount)
        for one, amount in zip(others, adjusted, strict=True)
        if amount < 0
    ) if fits and taken else ()  # fmt: skip
    return lines, (*_shipping(node, shipping), *charges), discounts


def _amount(item: Node) -> Decimal:
    return (item.number("unitPrice") or ZERO) * (item.number("quantity") or ZERO)


def _line(item: Node) -> Line:
    found = item.id("orderItemId") or item.text("lineItemKey")
    if not found:
        raise MalformedPayload(f"{item.at}/orderItemId: has no id")
    properties = {one.text("name"): one.text("value") for one in item.each("options")}
    return Line(
        source_id=found,
        name=item.text("name", "sku") or "Item",
        quantity=item.number("quantity") or ZERO,
        gross=ZERO,
        product_id=item.id("productId"),
        sku=item.text("sku"),
        barcode=item.text("upc"),
        variant=", ".join(f"{name}: {value}" for name, value in properties.items() if name),
        properties=properties,
    )


def _shipping(node: Node, amount: Decimal) -> tuple[Charge, ...]:
    name = node.text("requestedShippingService") or node.text("serviceCode")
    if not amount and not name:
        return ()
    carrier = node.text("carrierCode")
    return (
        Charge(source_id="shipping", kind="shipping", name=name or "Shipping", gross=amount,
               code=node.text("serviceCode"), carrier=carrier),
    )  # fmt: skip


def _payments(node: Node) -> tuple[Payment, ...]:
    """What was paid; ShipStation keeps one sum, one method and one date."""
    amount = node.money("amountPaid")
    if amount <= 0:
        return ()
    said = node.text("paymentMethod")
    return (
        Payment(
            source_id="paid",
            kind="charge",
            amount=amount,
            method=method_name(said) or "Unknown",
            method_kind=method_kind(said),
            gateway=said,
            paid_at=when(node, "paymentDate"),
        ),
    )


def _payment_status(said: str, order: Order) -> PaymentStatus:
    if order.captured:
        return "paid" if order.captured >= order.total else "partially_paid"
    return "paid" if not order.total and said != "awaiting_payment" else "pending"


def _address(found: Node) -> Address:
    name = found.text("name").split()
    return Address(
        first_name=" ".join(name[:-1]) if len(name) > 1 else "".join(name),
        last_name=name[-1] if len(name) > 1 else "",
        company=found.text("company"),
        line1=found.text("street1"),
        line2=found.text("street2"),
        line3=found.text("street3"),
        city=found.text("city"),
        region=found.text("state"),
        postal_code=found.text("postalCode"),
        country=found.text("country").upper(),
        phone=found.text("phone"),
    )


def _attributes(node: Node, options: Node) -> dict[str, Any]:
    """Notes, and the three fields that ShipStation leaves to its users."""
    found = {
        key: node.text(key)
        for key in ("customerUsername", "internalNotes", "giftMessage", "orderKey")
        if node.text(key)
    }
    fields = ("customField1", "customField2", "customField3", "storeId", "parentId")
    return found | {key: options.text(key) for key in fields if options.text(key)}


FORMAT = ShipStation()
