"""BigCommerce refunds (V3): what they take back, from the order's own amounts.

A refund states its total and its tax, and names its items by quantity; what those are worth stands
in the order. Whatever the totals say beyond that is an adjustment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from app.stores.amounts import shared_out
from app.stores.bigcommerce.parts import records, when
from app.stores.methods import method_kind, method_name
from app.stores.node import Node, rounded
from app.stores.payload import MalformedPayload
from rules_library.order import ZERO, Adjustment, Order, Payment, Refund, RefundLine

_CHARGES = {"SHIPPING": "shipping", "HANDLING": "handling", "GIFT_WRAPPING": "wrapping"}
_Part = RefundLine | Adjustment


def refunds(node: Node, order: Order) -> tuple[Refund, ...]:
    """Every refund that moved money or was not declined."""
    found = []
    for record in records(node, "refunds"):
        ways = record.each("payments")
        if not ways or not all(way.flag("is_declined") for way in ways):
            found.append(_refund(record, order, ways))
    return tuple(found)


def _refund(record: Node, order: Order, ways: list[Node]) -> Refund:
    born = when(record, "created")
    if born is None:
        raise MalformedPayload(f"{record.at}/created: the refund has no date")
    total, tax = record.money("total_amount"), record.money("total_tax")
    reason = record.text("reason")
    parts = _with_tax([one for item in record.each("items") for one in _part(item, order)], tax,
                      record.places)  # fmt: skip
    net_off = total - tax - sum((part.net for part in parts), ZERO)
    tax_off = tax - sum((part.tax for part in parts), ZERO)
    if abs(net_off) <= Decimal(len(parts)).scaleb(-record.places) and parts:
        most = max(range(len(parts)), key=lambda place: parts[place].net)
        parts[most] = replace(parts[most], net=parts[most].net + net_off)
        net_off = ZERO
    if net_off or tax_off:
        name = reason or "Refund"
        parts.append(Adjustment(kind="adjustment", name=name, net=net_off, tax=tax_off))
    return Refund(
        source_id=record.id(),
        total=total,
        created_at=born,
        reason=reason,
        lines=tuple(part for part in parts if isinstance(part, RefundLine)),
        adjustments=tuple(part for part in parts if isinstance(part, Adjustment)),
        payments=tuple(
            Payment(
                source_id=way.id() or record.id(),
                kind="refund",
                amount=way.in_currency(order.currency).money("amount"),
                method=_method(way, order),
                method_kind=method_kind(way.text("provider_id"), _method(way, order)),
                gateway=way.text("provider_id"),
                paid_at=born,
            )
            for way in ways
            if not way.flag("is_declined")
        ),
    )


def _part(item: Node, order: Order) -> list[_Part]:
    kind, stated = item.text("item_type"), item.number("requested_amount")
    if kind == "PRODUCT":
        line, quantity = order.line(item.id("item_id")), item.number("quantity") or ZERO
        if line is None or not line.quantity:
            return []
        share = quantity / line.quantity
        net, tax = _rounded(line.net * share, item), _rounded(line.tax * share, item)
        return [RefundLine(line_id=line.source_id, quantity=quantity, net=net, tax=tax)]
    charge = next((one for one in order.charges if one.kind == _CHARGES.get(kind)), None)
    if charge is None:
        return []
    net, tax = charge.net, charge.tax
    if stated is not None and net + tax:
        share = min(stated / (net + tax), Decimal(1))
        net, tax = _rounded(net * share, item), _rounded(tax * share, item)
    named: Literal["shipping", "fee"] = "shipping" if kind == "SHIPPING" else "fee"
    return [Adjustment(kind=named, name=charge.name, net=net, tax=tax)]


def _rounded(amount: Decimal, item: Node) -> Decimal:
    return rounded(amount, item.places)


def _with_tax(parts: list[_Part], tax: Decimal, places: int) -> list[_Part]:
    """The parts with the stated tax shared out as theirs is."""
    shares = shared_out(tax, [part.tax for part in parts], places)
    return [replace(part, tax=share) for part, share in zip(parts, shares, strict=True)]


def _method(way: Node, order: Order) -> str:
    names: Mapping[str, str] = {"storecredit": "Store Credit", "custom": "", "": ""}
    provider = way.text("provider_id")
    paid = next((one.method for one in order.payments if one.kind == "charge"), "Unknown")
    same = next((one.method for one in order.payments if one.gateway == provider), "")
    return same or names.get(provider, method_name(provider)) or paid
