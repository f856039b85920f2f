"""The parts of a Shopify order: lines, charges, taxes, discounts, fulfilments, custom fields."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from app.stores.formats import SUPPLEMENT
from app.stores.node import Node
from app.stores.payload import MalformedPayload
from rules_library.order import (
    ZERO,
    Charge,
    Discount,
    Line,
    LineKind,
    Tax,
)


def amount(node: Node, *keys: str) -> Decimal | None:
    """The shop money at the first of these names: ``x_set``, a money object or a plain number."""
    for key in keys:
        for name in (f"{key}_set", key):
            if not node.has(name):
                continue
            if not isinstance(node.get(name), dict):
                return node.money(name)
            bag = node.child(name)
            money = bag.child("shop_money") if bag.has("shop_money") else bag
            if money.has("amount"):
                return money.money("amount")
    return None


def records(node: Node, key: str) -> dict[str, Node]:
    """The payload's records by id, and those that came as supplements."""
    found = [*node.each(key), *node.child(SUPPLEMENT).each(key)]
    return {one.id() or f"{key}-{place}": one for place, one in enumerate(found, start=1)}


def currency(node: Node) -> str:
    """The shop's currency, in which the order is booked."""
    said = node.text("currency", "currency_code")
    if said:
        return said
    for key in ("total_price_set", "current_total_price_set"):
        money = node.child(key).child("shop_money")
        if money.has("currency_code"):
            return money.text("currency_code")
    return ""


def taxes(node: Node) -> list[Tax]:
    """The tax lines of an order, a line or a charge; Shopify's rates are fractions of one."""
    found = []
    for tax in node.each("tax_lines"):
        rate, percent = tax.number("rate"), tax.number("rate_percentage")
        if percent is None and rate is not None:
            percent = (rate * 100).normalize() + 0
        found.append(
            Tax(
                name=tax.text("title") or "Tax",
                amount=amount(tax, "price") or ZERO,
                rate=percent,
                remitted_by="marketplace" if tax.flag("channel_liable") else "merchant",
            )
        )
    return found


def _own(node: Node) -> tuple[Tax, ...]:
    return tuple(tax for tax in taxes(node) if tax.amount)


def _allocated(node: Node) -> Decimal:
    """What discounts take off: the allocations are complete, ``total_discount`` is not."""
    if node.get("discount_allocations") is not None:
        return sum(
            (
                amount(one, "allocated_amount", "amount") or ZERO
                for one in node.each("discount_allocations")
            ),
            ZERO,
        )
    return amount(node, "total_discount") or ZERO


def lines(node: Node) -> tuple[Line, ...]:
    """What was bought, as it was before returns."""
    tip = amount(node, "total_tip_received") or ZERO
    is_draft = node.flag("draft")
    return tuple(
        _line(item, tip, f"line-{place}" if is_draft else "")
        for place, item in enumerate(node.each("line_items"), start=1)
    )


def _line(item: Node, tip: Decimal, default_id: str) -> Line:
    source_id = item.id() or item.text("uuid") or default_id
    if not source_id:
        raise MalformedPayload(f"{item.at}/id: the line has no id")
    quantity = Decimal(1) if item.get("quantity") is None else item.number("quantity") or ZERO
    gross = amount(item, "original_total")
    if gross is None:
        gross = (amount(item, "original_unit_price", "price") or ZERO) * quantity
    variant, product = item.child("variant"), item.child("product")
    properties = attributes(item)
    group = item.child("line_item_group").text("title")
    return Line(
        source_id=source_id,
        name=item.text("name", "title") or "Item",
        quantity=quantity,
        gross=gross,
        discount=_allocated(item) + _draft_discount(item),
        kind=_kind(item, product, gross, tip),
        product_id=item.id("variant_id") or variant.id() or item.id("product_id") or product.id(),
        sku=item.text("sku") or variant.text("sku"),
        barcode=variant.text("barcode"),
        variant=item.text("variant_title") or variant.text("title"),
        vendor=item.text("vendor") or product.text("vendor"),
        category=product.text("product_type") or product.child("category").text("name"),
        taxable=item.get("taxable") is not False,
        taxes=_own(item),
        requires_shipping=item.get("requires_shipping") is not False,
        properties=properties | ({"bundle": group} if group else {}),
    )


def _draft_discount(item: Node) -> Decimal:
    return amount(item.child("applied_discount"), "amount") or ZERO


def _kind(item: Node, product: Node, gross: Decimal, tip: Decimal) -> LineKind:
    if item.flag("gift_card") or item.flag("is_gift_card"):
        return "gift_card"
    known = item.id("product_id") or product.id()
    if item.get("tip"):
        return "tip"
    if tip and not known and gross == tip and item.text("title", "name").casefold() == "tip":
        return "tip"
    return "product" if known else "custom"


def charges(node: Node) -> tuple[Charge, ...]:
    """Shipping, duties, other fees, and the tip if it is not one of the lines."""
    found = list(_shipping(node))
    if not node.flag("duties_included"):
        found += _duties(node)
    found += [
        Charge(
            source_id=fee.id() or f"fee-{place}",
            kind="fee",
            name=fee.text("name") or "Fee",
            gross=amount(fee, "price") or ZERO,
            taxes=_own(fee),
        )
        for place, fee in enumerate(node.each("additional_fees"), start=1)
    ]
    tip = amount(node, "total_tip_received")
    if tip and not any(line.kind == "tip" for line in lines(node)):
        found.append(Charge(source_id="tip", kind="tip", name="Tip", gross=tip, taxable=False))
    return tuple(found)


def _shipping(node: Node) -> Iterator[Charge]:
    items = node.each("shipping_lines")
    if not items and node.child("shipping_line").value:
        items = [node.child("shipping_line")]
    for place, item in enumerate(items, start=1):
        if item.flag("is_removed"):
            continue
        gross = amount(item, "original_price", "price") or ZERO
        discounted = amount(item, "discounted_price")
        discount = _allocated(item) if discounted is None else gross - discounted
        yield Charge(
            source_id=item.id() or f"shipping-{place}",
            kind="shipping",
            name=item.text("title", "code") or "Shipping",
            gross=gross,
            discount=discount,
            code=item.text("code"),
            carrier=item.text("carrier_identifier"),
            taxes=_own(item),
        )


def _duties(node: Node) -> list[Charge]:
    found = [
        Charge(
            source_id=duty.id() or f"duty-{item.id()}",
            kind="duty",
            name="Duty",
            gross=amount(duty, "price") or ZERO,
            taxes=_own(duty),
        )
        for item in node.each("line_items")
        for duty in item.each("duties")
    ]
    stated = amount(node, "original_total_duties", "current_total_duties")
    if not found and stated:
        found.append(Charge(source_id="duties", kind="duty", name="Duties", gross=stated))
    return found


def discounts(node: Node) -> tuple[Discount, ...]:
    """Discounts as the buyer knew them; their amounts stand in the lines already."""
    applied = node.each("discount_applications")
    shares = [
        one
        for item in (*node.each("line_items"), *node.each("shipping_lines"))
        for one in item.each("discount_allocations")
    ]
    found = []
    for place, one in enumerate(applied):
        index = one.number("index")
        mine = place if index is None else index
        took = [
            amount(share, "allocated_amount", "amount") or ZERO
            for share in shares
            if _index(share) == mine
        ]
        kind = one.text("type")
        code = one.text("code")
        found.append(
            Discount(
                title=one.text("title", "code", "description") or "Discount",
                amount=sum(took, ZERO),
                code=code,
                kind="code" if code or kind == "discount_code"
                else "manual" if kind.lower().startswith("manual") else "automatic",
            )
        )  # fmt: skip
    if found:
        return tuple(found)
    codes = [
        Discount(
            title=one.text("code"), code=one.text("code"), amount=amount(one, "amount") or ZERO
        )
        for one in _objects(node, "discount_codes")
    ]
    if codes:
        return tuple(codes)
    words = node.get("discount_codes") or ([node.text("discount_code")] if node.has("discount_code")
                                           else [])  # fmt: skip
    total = amount(node, "total_discounts", "current_total_discounts") or ZERO
    return tuple(
        Discount(title=str(word), code=str(word), amount=total if not place else ZERO)
        for place, word in enumerate(words)
    )


def _objects(node: Node, key: str) -> list[Node]:
    value = node.get(key)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return []
    return node.each(key)


def _index(share: Node) -> Decimal | None:
    own = share.number("discount_application_index")
    return share.child("discount_application").number("index") if own is None else own


def tags(node: Node) -> tuple[str, ...]:
    """Tags: REST writes them with commas, GraphQL as a list."""
    value = node.get("tags")
    words = value if isinstance(value, list) else node.text("tags").split(",")
    return tuple(word.strip() for word in words if isinstance(word, str) and word.strip())


def attributes(node: Node) -> dict[str, Any]:
    """Custom fields of the order or the line."""
    return {
        one.text("name", "key"): one.get("value")
        for key in ("note_attributes", "custom_attributes", "properties")
        for one in _fields(node, key)
        if one.text("name", "key")
    }


def _fields(node: Node, key: str) -> list[Node]:
    value = node.get(key)
    if isinstance(value, dict) and "nodes" not in value:
        return [
            Node({"name": name, "value": inner}, node.path(key)) for name, inner in value.items()
        ]
    return node.each(key)
