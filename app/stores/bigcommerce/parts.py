"""The parts of a BigCommerce order: lines, charges, taxes, addresses, shipments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime

from app.stores.amounts import rounded_together
from app.stores.formats import SUPPLEMENT
from app.stores.node import Node, rounded
from app.stores.payload import MalformedPayload
from rules_library.order import (
    ZERO,
    Address,
    Charge,
    ChargeKind,
    Discount,
    Fulfillment,
    FulfillmentLine,
    FulfillmentStatus,
    Line,
    LineKind,
    Tax,
)

_CHARGES: tuple[tuple[ChargeKind, str], ...] = (
    ("shipping", "Shipping"),
    ("handling", "Handling"),
    ("wrapping", "Gift Wrapping"),
)


def when(node: Node, key: str) -> datetime | None:
    """A time: V2 writes RFC 2822, V3 ISO 8601."""
    text = node.text(key)
    if not text:
        return None
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return node.moment(key)


def records(node: Node, kind: str) -> list[Node]:
    """What belongs to the order: read beside it, or written in it in place of a link."""
    found = node.child(SUPPLEMENT).each(kind)
    return found or (node.each(kind) if isinstance(node.get(kind), list) else [])


def _exact(node: Node, key: str) -> Decimal:
    return node.number(key) or ZERO


def shows_tax(node: Node) -> bool:
    """Whether the shop's prices have tax in them."""
    return any(
        one.number("base_price") == one.number("price_inc_tax") != one.number("price_ex_tax")
        for one in records(node, "products")
    )


def order_taxes(node: Node) -> list[Tax]:
    """One tax a name and rate."""
    found: dict[tuple[str, Decimal | None], Decimal] = {}
    for one in records(node, "taxes"):
        key = (one.text("name") or "Tax", one.number("rate"))
        found[key] = found.get(key, ZERO) + _exact(one, "line_amount")
    return [
        Tax(name=name, rate=rate, amount=rounded(amount, node.places))
        for (name, rate), amount in found.items()
    ]


def _line_taxes(node: Node) -> dict[str, tuple[Tax, ...]]:
    """The tax of each product: as it is stated for it, else what its own row says."""
    found: dict[str, tuple[Tax, ...]] = {}
    for one in records(node, "taxes"):
        amount = one.money("line_amount")
        of = one.id("order_product_id")
        if of and amount:
            tax = Tax(name=one.text("name") or "Tax", rate=one.number("rate"), amount=amount)
            found[of] = (*found.get(of, ()), tax)
    if not found:
        for item in records(node, "products"):
            if item.money("total_tax"):
                found[item.id()] = (Tax(name="Tax", amount=item.money("total_tax")),)
    return found


def priced(node: Node, net: Decimal) -> tuple[tuple[Line, ...], tuple[Charge, ...]]:
    """Lines and charges, rounded so that they add up to ``net`` if they are its parts."""
    products = records(node, "products")
    if not products and _exact(node, "subtotal_ex_tax"):
        raise MalformedPayload(
            "/products: BigCommerce keeps an order's products apart, and they are not here; "
            f"import GET /v2/orders/{node.id()}/products too"
        )
    others = _charges(node)
    gross = [_exact(one, "total_ex_tax") for one in products]
    shares = _discount_shares(products, _discount(node), gross)
    exact = [whole - share for whole, share in zip(gross, shares, strict=True)]
    nets = rounded_together([*exact, *(amount for _, amount in others)], net, node.places)
    taxes, taxed = _line_taxes(node), bool(node.money("total_tax"))
    parents = {one.id("parent_order_product_id") for one in products}
    lines = []
    for item, whole, share, own in zip(products, gross, shares, nets[: len(products)], strict=True):
        shown = rounded(whole, node.places) if share else own
        line = _line(item, taxes.get(item.id(), ()), parents, taxed=taxed)
        lines.append(replace(line, gross=shown, discount=shown - own))
    charges = (
        replace(charge, gross=own)
        for (charge, _), own in zip(others, nets[len(products) :], strict=True)
    )
    return tuple(lines), tuple(charges)


def _line(item: Node, taxes: tuple[Tax, ...], parents: set[str], *, taxed: bool) -> Line:
    found, options = item.id(), item.each("product_options")
    if not found:
        raise MalformedPayload(f"{item.at}/id: has no id")
    kind: LineKind = "product" if item.id("product_id") else "custom"
    if item.text("type") == "giftcertificate" or item.has("gift_certificate_id"):
        kind = "gift_card"
    elif item.id("parent_order_product_id"):
        kind = "bundle_part"
    elif found in parents:
        kind = "bundle"
    properties = {one.text("display_name", "name"): one.text("display_value") for one in options}
    return Line(
        source_id=found,
        name=item.text("name", "name_merchant") or "Item",
        quantity=_exact(item, "quantity"),
        gross=ZERO,
        kind=kind,
        parent_id=item.id("parent_order_product_id"),
        product_id=item.id("variant_id") or item.id("product_id"),
        sku=item.text("sku"),
        barcode=item.text("upc"),
        variant=", ".join(f"{name}: {value}" for name, value in properties.items()),
        vendor=item.text("brand"),
        taxable=bool(taxes) or not taxed,
        taxes=taxes,
        requires_shipping=item.text("type") in {"", "physical"},
        properties=properties,
    )


def _charges(node: Node) -> list[tuple[Charge, Decimal]]:
    """Shipping, handling, wrapping and fees, each with its exact amount."""
    found = []
    for kind, name in _CHARGES:
        amount = _exact(node, f"{kind}_cost_ex_tax")
        methods = [one.text("shipping_method") for one in records(node, "shipping_addresses")]
        said = ", ".join(dict.fromkeys(filter(None, methods))) if kind == "shipping" else ""
        if amount or said:
            tax = node.money(f"{kind}_cost_tax")
            charge = Charge(
                source_id=kind,
                kind=kind,
                name=said or name,
                gross=ZERO,
                taxable=bool(tax) or not node.money("total_tax"),
                taxes=(Tax(name="Tax", amount=tax),) if tax else (),
            )
            found.append((charge, amount))
    for one in records(node, "fees"):
        tax = one.money("cost_tax")
        charge = Charge(
            source_id=f"fee-{one.id()}",
            kind="fee",
            name=one.text("display_name_merchant", "display_name", "name") or "Fee",
            gross=ZERO,
            taxable=bool(tax),
            taxes=(Tax(name="Tax", amount=tax),) if tax else (),
        )
        found.append((charge, _exact(one, "cost_ex_tax")))
    return found


def _discount(node: Node) -> Decimal:
    """All discounts without tax: where prices have tax in them, the stated ones have it too."""
    stated = _exact(node, "discount_amount") + _exact(node, "coupon_discount")
    total = _exact(node, "total_inc_tax")
    without_tax = total - _exact(node, "total_tax")
    fees = records(node, "fees")

    def parts(way: str) -> Decimal:
        own = [_exact(node, f"{kind}_cost_{way}") for kind, _ in _CHARGES]
        own += [_exact(one, f"cost_{way}") for one in fees]
        return sum(own, _exact(node, f"subtotal_{way}"))

    unit = Decimal(1).scaleb(-node.places)
    if abs(parts("ex_tax") - stated - without_tax) < unit:
        return stated
    if abs(parts("inc_tax") - stated - total) < unit:
        return parts("ex_tax") - without_tax
    return stated


def _discount_shares(
    products: Sequence[Node], discount: Decimal, gross: Sequence[Decimal]
) -> list[Decimal]:
    """The discount by line: as the lines state it, else by their amounts."""
    stated = [
        sum((_exact(one, "amount") for one in item.each("applied_discounts")), ZERO)
        for item in products
    ]
    weights = stated if sum(stated) else list(gross)
    whole = sum(weights, ZERO)
    if not discount or not whole:
        return [ZERO for _ in products]
    return [discount * weight / whole for weight in weights]


def discounts(node: Node) -> tuple[Discount, ...]:
    """Coupons and the rest of the discounts; their amounts stand in the lines already."""
    found = [
        Discount(title=one.text("code"), code=one.text("code"), amount=one.money("discount"))
        for one in records(node, "coupons")
    ]
    if not found and node.money("coupon_discount"):
        found.append(Discount(title="Coupon", amount=node.money("coupon_discount")))
    if node.money("discount_amount"):
        rest = node.money("discount_amount")
        found.append(Discount(title="Discount", amount=rest, kind="automatic"))
    return tuple(found)


def billing(node: Node) -> Address:
    """Who pays."""
    return _address(node.child("billing_address"))


def shipping(node: Node) -> Address:
    """The first address; an order for several has one shipment each."""
    found = [_address(one) for one in records(node, "shipping_addresses")]
    found += [_address(one.child("shipping_address")) for one in records(node, "shipments")]
    return next((one for one in found if not one.is_empty), Address())


def _address(found: Node) -> Address:
    return Address(
        first_name=found.text("first_name"),
        last_name=found.text("last_name"),
        company=found.text("company"),
        line1=found.text("street_1"),
        line2=found.text("street_2"),
        city=found.text("city"),
        region=found.text("state"),
        postal_code=found.text("zip"),
        country=found.text("country_iso2").upper(),
        country_name=found.text("country"),
        phone=found.text("phone"),
    )


def fulfillments(
    node: Node, bought: tuple[Line, ...], *, everything: bool
) -> tuple[Fulfillment, ...]:
    """The shipments, and what the order says was shipped without one."""
    found = [
        Fulfillment(
            source_id=one.id(),
            shipped_at=when(one, "date_created"),
            carrier=one.text("shipping_provider_display_name", "tracking_carrier",
                             "shipping_provider"),
            service=one.text("shipping_method"),
            tracking_numbers=tuple(filter(None, (one.text("tracking_number"),))),
            lines=tuple(
                FulfillmentLine(line_id=item.id("order_product_id"),
                                quantity=_exact(item, "quantity"))
                for item in one.each("items")
            ),
        )
        for one in records(node, "shipments")
    ]  # fmt: skip
    stated = {one.id(): _exact(one, "quantity_shipped") for one in records(node, "products")}
    done = _pieces(found)
    rest = tuple(
        FulfillmentLine(line_id=line.source_id, quantity=wanted - done.get(line.source_id, ZERO))
        for line in bought
        if (wanted := line.quantity if everything else stated[line.source_id])
        > done.get(line.source_id, ZERO)
    )
    if rest:
        shipped_at = when(node, "date_shipped") or when(node, "date_modified")
        found.append(Fulfillment(source_id="shipped", shipped_at=shipped_at, lines=rest))
    return tuple(found)


def _pieces(sent: Sequence[Fulfillment]) -> Mapping[str, Decimal]:
    done: dict[str, Decimal] = {}
    for one in sent:
        for line in one.lines:
            done[line.line_id] = done.get(line.line_id, ZERO) + line.quantity
    return done


def shipped(bought: tuple[Line, ...], sent: tuple[Fulfillment, ...]) -> tuple[Line, ...]:
    """The lines with what the shipments say was shipped."""
    done = _pieces(sent)
    return tuple(
        replace(line, quantity_fulfilled=min(line.quantity, done.get(line.source_id, ZERO)))
        for line in bought
    )


def fulfillment_status(node: Node, bought: tuple[Line, ...]) -> FulfillmentStatus:
    """From the status' number, else from what was shipped."""
    number = node.number("status_id")
    shipped_pieces = sum((one.number("quantity_shipped") or ZERO
                          for one in records(node, "products")), ZERO)  # fmt: skip
    shipped_pieces = max(shipped_pieces, node.number("items_shipped") or ZERO)
    if number in {2, 10} or (bought and shipped_pieces >= sum(one.quantity for one in bought)):
        return "fulfilled"
    if number == 3 or shipped_pieces:  # noqa: PLR2004 - Partially Shipped
        return "partial"
    return "not_required" if node.flag("order_is_digital") else "unfulfilled"
