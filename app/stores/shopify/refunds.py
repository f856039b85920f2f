"""Shopify refunds, and order edits that took lines away, which Shopify records as refunds too."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from app.stores.node import Node, rounded
from app.stores.shopify.parts import amount, currency, records
from app.stores.shopify.payments import payment
from rules_library.order import ZERO, Adjustment, Line, Order, Refund, RefundLine


def refunds(node: Node, lines: Sequence[Line], placed: datetime) -> tuple[Refund, ...]:
    """Every refund record, also those that moved no money."""
    return tuple(
        replace(_refund(one, node, lines, placed), source_id=key)
        for key, one in records(node, "refunds").items()
    )


def _refund(one: Node, node: Node, lines: Sequence[Line], placed: datetime) -> Refund:
    code = currency(node).upper() or "USD"
    found = (payment(tx, node, code) for tx in one.each("transactions"))
    paid = tuple(tx for tx in found if tx is not None and tx.kind == "refund")
    total = sum((tx.amount for tx in paid if tx.status == "success"), ZERO)
    stated = amount(one, "total_refunded")
    if not paid and stated is not None:
        total = stated
    included = node.flag("taxes_included")
    drafts = [
        Refund(
            source_id=one.id(),
            total=total,
            created_at=one.moment("processed_at") or one.moment("created_at") or placed,
            reason=one.text("note"),
            lines=tuple(_lines(one, lines, gross=gross)),
            adjustments=(*_shipping(one, gross=gross, twice=twice), *_other(one, twice=twice)),
            payments=paid,
        )
        for gross, twice in itertools.product(
            (True, False) if included else (False,), (False, True)
        )
    ]
    best = next((draft for draft in drafts if not draft.difference), drafts[0])
    if total and not best.lines and not best.adjustments:
        rest = Adjustment(kind="adjustment", name=best.reason or "Refund", net=total)
        return replace(best, adjustments=(rest,))
    if "transactions" not in one.value and stated is None:
        return replace(best, total=best.net + best.tax)
    return best


def _lines(one: Node, lines: Sequence[Line], *, gross: bool) -> Iterator[RefundLine]:
    """Refunded lines; ``gross`` says that their subtotals have the tax in them."""
    bought = {line.source_id: line for line in lines}
    for item in one.each("refund_line_items"):
        line_id = item.id("line_item_id") or item.child("line_item").id()
        quantity = item.number("quantity") or ZERO
        line = bought.get(line_id)
        subtotal, tax = amount(item, "subtotal"), amount(item, "total_tax")
        share = quantity / line.quantity if line is not None and line.quantity else ZERO
        if tax is None:
            tax = rounded(line.tax * share, item.places) if line is not None else ZERO
        if subtotal is None:
            net = rounded(line.net * share, item.places) if line is not None else ZERO
        else:
            net = subtotal - tax if gross else subtotal
        restock = item.text("restock_type").lower()
        yield RefundLine(
            line_id=line_id,
            quantity=quantity,
            net=net,
            tax=tax,
            restocked=restock in {"return", "cancel", "legacy_restock"} or item.flag("restocked"),
        )


def _shipping(one: Node, *, gross: bool, twice: bool) -> Iterator[Adjustment]:
    """Refunded shipping, where it has records of its own."""
    if twice:
        return
    for item in one.each("refund_shipping_lines"):
        tax = amount(item, "tax_amount", "tax") or ZERO
        net = amount(item, "subtotal_amount", "subtotal") or ZERO
        name = item.child("shipping_line").text("title") or "Shipping"
        yield Adjustment(kind="shipping", name=name, net=net - tax if gross else net, tax=tax)


def _other(one: Node, *, twice: bool) -> Iterator[Adjustment]:
    """Adjustments, negative in Shopify when given back; duties.

    Shipping may be told twice, here and in its own records: ``twice`` takes it from here.
    """
    has_own = bool(one.each("refund_shipping_lines"))
    for item in one.each("order_adjustments"):
        said = item.text("kind", "reason").replace("_", " ").lower()
        is_shipping = "shipping" in said
        if is_shipping and has_own and not twice:
            continue
        net, tax = -(amount(item, "amount") or ZERO), -(amount(item, "tax_amount") or ZERO)
        if net or tax:
            yield Adjustment(
                kind="shipping" if is_shipping else "adjustment",
                name=item.text("reason").replace("_", " ").capitalize() or said.capitalize(),
                net=net,
                tax=tax,
            )
    for key in ("refund_duties", "duties"):
        for item in one.each(key):
            net = amount(item, "amount") or ZERO
            if net:
                yield Adjustment(kind="duty", name="Duty", net=net)


def _is_edit(refund: Refund) -> bool:
    return not refund.total and not refund.payments and bool(refund.lines)


def money_back(found: Sequence[Refund]) -> tuple[Refund, ...]:
    """The refunds that are no edits."""
    return tuple(refund for refund in found if not _is_edit(refund))


def without_removed(order: Order, node: Node, found: Sequence[Refund]) -> Order:
    """The order less the lines that an edit took away.

    Shopify states two totals, before returns and after them. The one that the remaining lines add
    up to is taken; if neither does, the order does not add up and is held.
    """
    edits = [refund for refund in found if _is_edit(refund)]
    if not edits or order.status == "cancelled":
        return order
    lines = {line.source_id: line for line in order.lines}
    tax_off: dict[str, Decimal] = {}
    for edit in edits:
        for item in edit.lines:
            line = lines.get(item.line_id)
            if line is None or not line.quantity:
                continue
            lines[item.line_id] = _less(line, item)
            for tax in line.taxes:
                share = rounded(tax.amount * item.quantity / line.quantity, node.places)
                tax_off[tax.name] = tax_off.get(tax.name, ZERO) + share
    kept = tuple(line for line in lines.values() if line.quantity)
    now = amount(node, "current_total_price")
    given_back = sum((refund.total for refund in found), ZERO)
    totals = [order.total] if now is None else [order.total, now + given_back]
    taxes = tuple(
        replace(tax, amount=tax.amount - tax_off.get(tax.name, ZERO)) for tax in order.taxes
    )
    for total, owed in itertools.product(totals, (order.taxes, taxes)):
        edited = replace(order, lines=kept, total=total, taxes=owed)
        if not edited.difference:
            return edited
    return replace(order, lines=kept)


def _less(line: Line, item: RefundLine) -> Line:
    left = line.quantity - item.quantity
    net = line.net - item.net if left else ZERO
    gross = line.gross * left / line.quantity
    taxes = tuple(replace(tax, amount=tax.amount * left / line.quantity) for tax in line.taxes)
    return replace(line, quantity=left, gross=gross, discount=gross - net, taxes=taxes)
