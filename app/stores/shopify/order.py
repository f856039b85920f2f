"""A Shopify order, its names in snake_case, to the canonical order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlsplit

from app.stores.amounts import settled, zone_of_offset
from app.stores.formats import Shop
from app.stores.node import Node
from app.stores.payload import MalformedPayload
from app.stores.shopify import parts
from app.stores.shopify.fulfillments import fulfillments, shipped
from app.stores.shopify.payments import payments, rounding
from app.stores.shopify.refunds import money_back, refunds, without_removed
from app.stores.shopify.tax import without_tax
from rules_library.order import (
    ZERO,
    Address,
    Charge,
    Customer,
    FulfillmentStatus,
    Line,
    Order,
    OrderStatus,
    PaymentStatus,
    Tax,
)

_Part = TypeVar("_Part", Line, Charge)
_PAYMENT: dict[str, PaymentStatus] = {
    "pending": "pending",
    "authorized": "authorized",
    "partially_paid": "partially_paid",
    "paid": "paid",
    "partially_refunded": "partially_refunded",
    "refunded": "refunded",
    "voided": "voided",
    "expired": "voided",
}
_FULFILLMENT: dict[str, FulfillmentStatus] = {
    "fulfilled": "fulfilled",
    "partial": "partial",
    "partially_fulfilled": "partial",
    "not_eligible": "not_required",
    "fulfillment_not_required": "not_required",
    "on_hold": "on_hold",
}


def order(node: Node, raw: Mapping[str, Any], shop: Shop) -> Order:
    """The order that the payload says."""
    currency = (parts.currency(node) or shop.currency or "USD").upper()
    node = node.in_currency(currency)
    placed = node.moment("processed_at") or node.moment("created_at")
    if placed is None:
        raise MalformedPayload("/created_at: the order has no date")
    total = _total(node)
    lines, charges = parts.lines(node), parts.charges(node)
    taxes = settled(*_taxes(node, lines, charges), node.places)
    if node.child("merchant_of_record_app").value:
        taxes = tuple(replace(tax, remitted_by="marketplace") for tax in taxes)
    if node.flag("taxes_included"):
        owed = sum((tax.amount for tax in taxes), ZERO)
        lines, charges = without_tax(lines, charges, owed, node.places)
    if any(line.taxes for line in lines) or any(charge.taxes for charge in charges):
        lines, charges = _told_taxable(lines), _told_taxable(charges)
    cash = rounding(node)
    given_back = refunds(node, lines, placed)
    found = Order(
        store=shop.key,
        store_type=shop.type,
        source_id=f"draft-{node.id()}" if node.flag("draft") else node.id(),
        number=node.text("name", "order_number", "number", "id"),
        currency=currency,
        placed_at=placed,
        total=total,
        status=_status(node),
        payment_status=_payment_status(node),
        fulfillment_status="unfulfilled",
        zone=shop.zone or _zone(node),
        channel=_channel(node),
        url=_url(node),
        is_test=node.flag("test"),
        updated_at=node.moment("updated_at"),
        cancelled_at=node.moment("cancelled_at"),
        source_status=", ".join(filter(None, _said(node))),
        prices_include_tax=node.flag("taxes_included"),
        customer=_customer(node),
        billing=_address(node, "billing_address"),
        shipping=_address(node, "shipping_address"),
        lines=lines,
        charges=charges,
        discounts=parts.discounts(node),
        taxes=taxes,
        fulfillments=fulfillments(node),
        po_number=node.text("po_number"),
        payment_terms=node.child("payment_terms").text("payment_terms_name", "name"),
        customer_note=node.text("note", "note2"),
        tags=parts.tags(node),
        attributes=parts.attributes(node),
        raw=raw,
    )
    found = without_removed(found, node, given_back)
    if cash is not None:
        found = replace(found, total=found.total + cash.gross, charges=(*found.charges, cash))
    found = replace(found, refunds=money_back(given_back))
    found = replace(found, lines=shipped(found, node))
    found = replace(found, payments=payments(node, found))
    return replace(
        found,
        fulfillment_status=_fulfillment_status(node, found),
        payment_status=_derived_payment_status(found)
        if not _said(node)[0]
        else found.payment_status,
        paid_at=max(
            (one.paid_at for one in found.payments if one.kind == "charge" and one.paid_at),
            default=None,
        ),
    )


def _total(node: Node) -> Decimal:
    """The total before returns; from the one after returns when a query asked for that alone."""
    total = parts.amount(node, "total_price")
    if total is not None:
        return total
    now = parts.amount(node, "current_total_price")
    if now is None:
        raise MalformedPayload("/total_price: the order has no total")
    moved = [
        one
        for refund in (node, *node.each("refunds"))
        for one in refund.each("transactions")
        if one.text("kind").lower() == "refund" and one.text("status").lower() in {"", "success"}
    ]
    each_once = {one.id(): parts.amount(one, "amount") or ZERO for one in moved}
    return now + sum(each_once.values(), ZERO)


def _told_taxable(items: tuple[_Part, ...]) -> tuple[_Part, ...]:
    """In an order with tax, what costs something and has no tax is not taxable."""
    return tuple(
        replace(part, taxable=False) if part.net and not part.taxes else part for part in items
    )


def _taxes(
    node: Node, lines: tuple[Line, ...], charges: tuple[Charge, ...]
) -> tuple[list[Tax], Decimal | None]:
    """The order's taxes and its total tax; a query may have asked for them in one place only."""
    stated = parts.amount(node, "total_tax")
    found = parts.taxes(node)
    if not found:
        sums: dict[tuple[str, Decimal | None], Tax] = {}
        parted: tuple[Line | Charge, ...] = (*lines, *charges)
        for tax in (tax for part in parted for tax in part.taxes):
            before = sums.get((tax.name, tax.rate))
            amount = tax.amount + (before.amount if before else ZERO)
            sums[tax.name, tax.rate] = replace(tax, amount=amount)
        found = list(sums.values())
    if stated is None and not found and not node.each("refunds"):
        stated = parts.amount(node, "current_total_tax")
    return found, stated


def _said(node: Node) -> tuple[str, str]:
    return (
        node.text("financial_status", "display_financial_status").lower(),
        node.text("fulfillment_status", "display_fulfillment_status").lower(),
    )


def _status(node: Node) -> OrderStatus:
    if node.flag("draft"):
        return "draft"
    if node.has("cancelled_at") or node.has("cancel_reason"):
        return "cancelled"
    return "completed" if node.has("closed_at") else "open"


def _payment_status(node: Node) -> PaymentStatus:
    return _PAYMENT.get(_said(node)[0], "pending")


def _derived_payment_status(found: Order) -> PaymentStatus:
    if not found.captured:
        return "pending"
    if found.refunded:
        return "refunded" if found.refunded >= found.captured else "partially_refunded"
    return "paid" if found.captured >= found.total else "partially_paid"


def _fulfillment_status(node: Node, found: Order) -> FulfillmentStatus:
    said = _said(node)[1]
    if said in _FULFILLMENT:
        return _FULFILLMENT[said]
    return "partial" if any(line.quantity_fulfilled for line in found.lines) else "unfulfilled"


def _zone(node: Node) -> str:
    for key in ("created_at", "processed_at", "updated_at"):
        text = node.text(key)
        if len(text) > 6 and text[-6] in "+-" and text[-3] == ":" and text[-5:-3].isdigit():  # noqa: PLR2004
            ahead = timedelta(hours=int(text[-5:-3]), minutes=int(text[-2:] or 0))
            return zone_of_offset(-ahead if text[-6] == "-" else ahead)
    return "UTC"


def _channel(node: Node) -> str:
    said = node.child("channel_information").child("channel_definition").text("channel_name")
    name = said or node.child("attribution").text("display_name") or node.text("source_name")
    return {"shopify_draft_order": "draft"}.get(name, name)


def _url(node: Node) -> str:
    page = node.text("order_status_url", "status_page_url")
    try:
        host = urlsplit(page).hostname or ""
    except ValueError:
        return ""
    return f"https://{host}/admin/orders/{node.id()}" if host.endswith(".myshopify.com") else ""


def _customer(node: Node) -> Customer:
    buyer = node.child("customer")
    billing, shipping = _address(node, "billing_address"), _address(node, "shipping_address")
    home = _address(buyer, "default_address")
    entity = node.child("purchasing_entity").child("company").text("name")
    named = next((one for one in (billing, shipping, home) if one.name), Address())
    first, last = buyer.text("first_name"), buyer.text("last_name")
    shown = buyer.text("display_name")
    if not (first or last) and shown and "@" not in shown:
        first, last = _split(shown)
    if not (first or last):
        first, last = named.first_name, named.last_name
    return Customer(
        source_id=buyer.id(),
        email=node.text("email", "contact_email")
        or buyer.text("email")
        or buyer.child("default_email_address").text("email_address"),
        phone=node.text("phone") or buyer.text("phone") or billing.phone or shipping.phone,
        first_name=first,
        last_name=last,
        company=entity or billing.company or shipping.company or home.company,
        tags=parts.tags(buyer),
        tax_exempt=node.flag("tax_exempt") or buyer.flag("tax_exempt"),
    )


def _address(node: Node, key: str) -> Address:
    found = node.child(key)
    first, last = found.text("first_name"), found.text("last_name")
    if not (first or last):
        first, last = _split(found.text("name"))
    return Address(
        first_name=first,
        last_name=last,
        company=found.text("company"),
        line1=found.text("address1"),
        line2=found.text("address2"),
        city=found.text("city"),
        region=found.text("province_code", "province"),
        postal_code=found.text("zip"),
        country=found.text("country_code_v2", "country_codev2", "country_code").upper(),
        country_name=found.text("country", "country_name"),
        phone=found.text("phone"),
    )


def _split(name: str) -> tuple[str, str]:
    first, _, last = name.strip().rpartition(" ")
    return (first, last) if first else (last, "")
