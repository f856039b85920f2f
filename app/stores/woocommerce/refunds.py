"""WooCommerce refunds: with their details when those were read, else as far as the order tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from app.stores.formats import SUPPLEMENT, Shop
from app.stores.methods import method_kind
from app.stores.node import Node
from app.stores.payload import MalformedPayload
from app.stores.woocommerce.parts import meta, method, when
from rules_library.order import (
    ZERO,
    Adjustment,
    Order,
    Payment,
    PaymentStatus,
    Refund,
    RefundLine,
)


def refunds(node: Node, shop: Shop, order: Order) -> tuple[Refund, ...]:
    """Every refund of the order.

    The order lists its refunds by id and total. A detailed record that it does not list counts
    only if it is younger than the order: otherwise the refund has been deleted.
    """
    details = {record.id(): record for record in node.child(SUPPLEMENT).each("refunds")}
    listed = node.each("refunds")
    known = {record.id() for record in listed}
    found = []
    for record in listed:
        detail = details.get(record.id())
        if detail is not None:
            found.append(_detailed(detail, node, shop))
        else:
            found.append(_listed(record, node, order, alone=len(listed) == 1))
    changed = order.updated_at or order.placed_at
    for key, detail in details.items():
        born = when(detail, "date_created", shop)
        if key not in known and born and born > changed:
            found.append(_detailed(detail, node, shop))
    return tuple(found)


def _listed(record: Node, node: Node, order: Order, *, alone: bool) -> Refund:
    total = abs(record.money("total"))
    refund = Refund(
        source_id=record.id(),
        total=total,
        created_at=order.updated_at or order.placed_at,
        reason=record.text("reason", "refund"),
    )
    whole = _whole(refund, order) if alone and total == order.total else refund
    if whole.difference or whole is refund:
        whole = replace(refund, adjustments=(_amount_only(refund.reason, total),))
    return _money_out(whole, node)


def _whole(refund: Refund, order: Order) -> Refund:
    """Everything taken back; of tax exactly the order's, whatever the lines' taxes add up to."""
    lines = [
        RefundLine(line_id=line.source_id, quantity=line.quantity, net=line.net, tax=line.tax)
        for line in order.lines
    ]
    off = order.tax_total - sum((line.tax for line in order.lines), ZERO)
    off -= sum((charge.tax for charge in order.charges), ZERO)
    if off and lines:
        most = max(range(len(lines)), key=lambda place: lines[place].tax)
        lines[most] = replace(lines[most], tax=lines[most].tax + off)
    rest = tuple(
        Adjustment(
            kind="shipping" if charge.kind == "shipping" else "fee",
            name=charge.name,
            net=charge.net,
            tax=charge.tax,
        )
        for charge in order.charges
    )
    return replace(refund, lines=tuple(lines), adjustments=rest)


def _detailed(record: Node, node: Node, shop: Shop) -> Refund:
    total = abs(record.money("amount"))
    born = when(record, "date_created", shop)
    if born is None:
        raise MalformedPayload(f"{record.at}/date_created: the refund has no date")
    back = {
        item.id()
        for item in node.each("line_items")
        if str(meta(item).get("_restock_refunded_items") or "0") != "0"
    }
    lines = tuple(
        RefundLine(
            line_id=_refunded(item),
            quantity=abs(item.number("quantity") or ZERO),
            net=-item.money("total"),
            tax=-item.money("total_tax"),
            restocked=_refunded(item) in back,
        )
        for item in record.each("line_items")
    )
    rest = tuple(_charges_back(record))
    if total and not any((*(line.net for line in lines), *(part.net for part in rest))):
        taxes = [*(line.tax for line in lines), *(part.tax for part in rest)]
        if not any(taxes):
            lines, rest = (), (_amount_only(record.text("reason"), total),)
    refund = Refund(
        source_id=record.id(),
        total=total,
        created_at=born,
        reason=record.text("reason", "refund"),
        lines=lines,
        adjustments=rest,
    )
    return _money_out(refund, node)


def _charges_back(record: Node) -> Iterator[Adjustment]:
    for item in record.each("shipping_lines"):
        name = item.text("method_title") or "Shipping"
        net, tax = -item.money("total"), -item.money("total_tax")
        if net or tax:
            yield Adjustment(kind="shipping", name=name, net=net, tax=tax)
    for item in record.each("fee_lines"):
        net, tax = -item.money("total"), -item.money("total_tax")
        if net or tax:
            yield Adjustment(kind="fee", name=item.text("name") or "Fee", net=net, tax=tax)


def _refunded(item: Node) -> str:
    return str(meta(item).get("_refunded_item_id") or item.id())


def _amount_only(reason: str, total: Decimal) -> Adjustment:
    return Adjustment(kind="adjustment", name=reason or "Refund", net=total)


def _money_out(refund: Refund, node: Node) -> Refund:
    """The refund with its payment, by the way the order was paid; none if it never was."""
    if not refund.total or not (node.has("date_paid") or node.has("date_paid_gmt")):
        return refund
    payment = Payment(
        source_id=refund.source_id,
        kind="refund",
        amount=refund.total,
        method=method(node),
        method_kind=method_kind(node.text("payment_method"), method(node)),
        gateway=node.text("payment_method"),
        paid_at=refund.created_at,
    )
    return replace(refund, payments=(payment,))


def payment_status(node: Node, order: Order) -> PaymentStatus:
    """Paid means that ``date_paid`` is set, whatever the status says."""
    status = order.source_status
    if not (node.has("date_paid") or node.has("date_paid_gmt")):
        if status == "failed":
            return "failed"
        if str(meta(node).get("_stripe_charge_captured", "")).casefold() == "no":
            return "voided" if status == "cancelled" else "authorized"
        return "pending"
    if status == "refunded" or (order.refunded and order.refunded >= order.total):
        return "refunded"
    return "partially_refunded" if order.refunded else "paid"
