"""The parts of a WooCommerce order: lines, charges, taxes, payments, addresses, fulfilments."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.stores.formats import Shop
from app.stores.methods import method_kind, method_name, shown
from app.stores.node import Node
from app.stores.payload import MalformedPayload
from rules_library.order import (
    ZERO,
    Address,
    Charge,
    ChargeKind,
    Discount,
    Line,
    LineKind,
    Payment,
    Tax,
)

_GIFT_CARD_SIGNS = ("wc_gc_giftcard", "_wc_gc_giftcard", "_ywgc_", "pw_gift_card_")
_FEE_KINDS: tuple[tuple[ChargeKind, str], ...] = (
    ("tip", r"\b(tips?|gratuity)\b"),
    ("wrapping", r"\bgift[ -]?wrap"),
    ("handling", r"\bhandling\b"),
    ("surcharge", r"\bsurcharge\b"),
)


def when(node: Node, key: str, shop: Shop) -> datetime | None:
    """A time: ``*_gmt`` is UTC without saying so, the other is in the shop's zone."""
    if node.has(f"{key}_gmt"):
        return node.moment(f"{key}_gmt")
    return node.moment(key, ZoneInfo(shop.zone or "UTC"))


def meta(node: Node) -> dict[str, Any]:
    """Custom fields by key; of two with the same key the later one."""
    return {item.text("key"): item.get("value") for item in node.each("meta_data")}


def tax_names(node: Node) -> dict[str, Tax]:
    """The order's tax rates by the id that the lines' taxes refer to."""
    return {tax.id("rate_id"): _named_tax(tax, ZERO) for tax in node.each("tax_lines")}


def order_taxes(node: Node) -> list[Tax]:
    """One tax a rate, on lines, fees and shipping together."""
    return [
        _named_tax(tax, tax.money("tax_total") + tax.money("shipping_tax_total"))
        for tax in node.each("tax_lines")
    ]


def _named_tax(tax: Node, amount: Decimal) -> Tax:
    name = shown(tax.text("label", "rate_code")) or "Tax"
    return Tax(
        name=name, amount=amount, rate=tax.number("rate_percent"), code=tax.text("rate_code")
    )


def _own_taxes(item: Node, names: Mapping[str, Tax]) -> tuple[Tax, ...]:
    taxes = [
        replace(names.get(tax.id(), Tax(name="Tax", amount=ZERO)), amount=tax.money("total"))
        for tax in item.each("taxes")
        if tax.has("total")
    ]
    if not taxes and item.money("total_tax"):
        return (Tax(name="Tax", amount=item.money("total_tax")),)
    return tuple(tax for tax in taxes if tax.amount)


def lines(node: Node, names: Mapping[str, Tax]) -> tuple[Line, ...]:
    """What was bought."""
    taxed = _states_tax(node)
    return tuple(_line(item, names, taxed=taxed) for item in node.each("line_items"))


def _line(item: Node, names: Mapping[str, Tax], *, taxed: bool) -> Line:
    net = item.money("total")
    gross = item.money("subtotal", net)
    taxes = _own_taxes(item, names)
    own = item.each("meta_data")
    properties = {_label(one): one.get("value") for one in own if _is_shown(one)}
    keys = [one.text("key") for one in own]
    gift = any(key.startswith(_GIFT_CARD_SIGNS) for key in keys)
    bundled = item.text("bundled_by", "composite_parent")
    return Line(
        source_id=own_id(item),
        name=html.unescape(item.text("name", "parent_name")) or "Item",
        quantity=Decimal(1) if item.get("quantity") is None else item.number("quantity") or ZERO,
        gross=gross,
        discount=gross - net,
        kind=_kind(item, gift=gift, bundled=bool(bundled)),
        parent_id=bundled,
        product_id=item.id("variation_id") or item.id("product_id"),
        sku=item.text("sku"),
        barcode=item.text("global_unique_id"),
        variant=", ".join(f"{key}: {value}" for key, value in properties.items())
        if item.id("variation_id")
        else "",
        taxable=_is_taxable(item, taxed=taxed),
        taxes=taxes,
        requires_shipping=not gift,
        properties=properties,
    )


def _states_tax(node: Node) -> bool:
    parts = (
        item for key in ("line_items", "shipping_lines", "fee_lines") for item in node.each(key)
    )
    return any(item.money("total_tax") for item in parts)


def _is_taxable(item: Node, *, taxed: bool) -> bool:
    """Whether it is taxed; in an order without tax, whether it could be."""
    if item.money("total_tax"):
        return True
    exempt = item.text("tax_status") == "none" or item.text("tax_class").startswith("zero-rate")
    return not exempt and not (taxed and item.money("total"))


def own_id(item: Node) -> str:
    """The id of a part; without one it could not be told from another."""
    found = item.id()
    if not found:
        raise MalformedPayload(f"{item.at}/id: has no id")
    return found


def _kind(item: Node, *, gift: bool, bundled: bool) -> LineKind:
    if gift:
        return "gift_card"
    if bundled:
        return "bundle_part"
    if item.get("bundled_items") or item.get("composite_children"):
        return "bundle"
    return "product" if item.id("product_id") else "custom"


def _is_shown(item: Node) -> bool:
    return bool(item.text("key")) and not item.text("key").startswith("_")


def _label(item: Node) -> str:
    key = item.text("display_key", "key")
    return key.removeprefix("pa_").replace("_", " ") if key == item.text("key") else key


def charges(node: Node, names: Mapping[str, Tax]) -> tuple[Charge, ...]:
    """Shipping and fees; a negative fee is a discount."""
    taxed = _states_tax(node)
    shipping = [
        Charge(
            source_id=own_id(item),
            kind="shipping",
            name=shown(item.text("method_title", "method_id")) or "Shipping",
            gross=item.money("total"),
            code=item.text("method_id"),
            taxable=_is_taxable(item, taxed=taxed),
            taxes=_own_taxes(item, names),
        )
        for item in node.each("shipping_lines")
    ]
    fees = [
        Charge(
            source_id=own_id(item),
            kind=_fee_kind(item.text("name"), item.money("total")),
            name=shown(item.text("name")) or "Fee",
            gross=item.money("total"),
            taxable=_is_taxable(item, taxed=taxed),
            taxes=_own_taxes(item, names),
        )
        for item in node.each("fee_lines")
    ]
    return (*shipping, *fees)


def _fee_kind(name: str, amount: Decimal) -> ChargeKind:
    if amount > 0:
        for kind, sign in _FEE_KINDS:
            if re.search(sign, name, re.IGNORECASE):
                return kind
    return "fee"


def discounts(node: Node) -> tuple[Discount, ...]:
    """Coupons; their amounts stand in the lines already."""
    return tuple(
        Discount(title=item.text("code"), code=item.text("code"), amount=item.money("discount"))
        for item in node.each("coupon_lines")
    )


def gift_cards_used(node: Node) -> list[tuple[str, Decimal]]:
    """Gift cards that paid part of the order: WooCommerce has taken them off its total."""
    return [
        (card.text("id", "code") or str(place), abs(card.money("amount")))
        for place, card in enumerate(node.each("gift_cards"), start=1)
    ]


def payments(
    node: Node, shop: Shop, used: list[tuple[str, Decimal]], fields: Mapping[str, Any]
) -> tuple[Payment, ...]:
    """Gift cards, and one charge of the rest on the day it was paid."""
    paid = when(node, "date_paid", shop)
    rest = node.money("total")
    found = [
        Payment(
            source_id=f"gift-card-{name}",
            kind="charge",
            amount=amount,
            method="Gift Card",
            method_kind="gift_card",
            status="success" if paid else "pending",
            gateway="gift_cards",
            reference=name,
            paid_at=paid,
        )
        for name, amount in used
    ]
    held = not paid and str(fields.get("_stripe_charge_captured", "")).casefold() == "no"
    if rest > 0 and (paid or held):
        found.append(
            Payment(
                source_id="paid",
                kind="charge" if paid else "authorization",
                amount=rest,
                method=method(node),
                method_kind=method_kind(node.text("payment_method"), method(node)),
                gateway=node.text("payment_method"),
                reference=node.text("transaction_id"),
                paid_at=paid,
                currency=node.text("currency").upper(),
            )
        )
    return tuple(found)


def method(node: Node) -> str:
    """The payment method as the buyer saw it."""
    title = shown(node.text("payment_method_title"))
    return title or method_name(node.text("payment_method")) or "Unknown"


def address(node: Node, key: str) -> Address:
    """Billing or shipping."""
    found = node.child(key)
    return Address(
        first_name=found.text("first_name"),
        last_name=found.text("last_name"),
        company=found.text("company"),
        line1=found.text("address_1"),
        line2=found.text("address_2"),
        city=found.text("city"),
        region=found.text("state"),
        postal_code=found.text("postcode"),
        country=found.text("country").upper(),
        phone=found.text("phone"),
    )
