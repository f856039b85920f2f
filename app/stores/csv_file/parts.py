"""What Shopify's export and a mapped file share: names, discounts, refunds, payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.stores.amounts import shared_out
from app.stores.methods import method_kind, method_name
from rules_library.order import (
    ZERO,
    Adjustment,
    Charge,
    Line,
    Order,
    Payment,
    Refund,
    RefundLine,
)

PAID = frozenset({"paid", "partially_refunded", "refunded", "partially_paid"})


def split_name(name: str) -> tuple[str, str]:
    """First and last name."""
    first, _, last = name.strip().rpartition(" ")
    return (first, last) if first else (last, "")


def discounted(lines: Sequence[Line], amount: Decimal, places: int) -> tuple[Line, ...]:
    """The lines with a discount of the whole order shared out by what each costs."""
    if not amount:
        return tuple(lines)
    parts = shared_out(amount, [line.net for line in lines], places)
    return tuple(
        replace(line, discount=line.discount + part)
        for line, part in zip(lines, parts, strict=True)
    )


def payment(amount: Decimal, method: str, reference: str, when: datetime | None) -> Payment:
    """What was received, as one payment: a file does not tell its parts."""
    return Payment(
        source_id="payment",
        kind="charge",
        amount=amount,
        method=method_name(method) if method else "Unknown",
        method_kind=method_kind(method) if method else "other",
        reference=reference,
        paid_at=when,
    )


def refund(order: Order, amount: Decimal, when: datetime, method: str) -> Refund:
    """What was given back: the lines where it was everything, else an amount without lines."""
    back = replace(payment(amount, method, "", when), source_id="refund", kind="refund")
    if amount != order.total or order.difference:
        parts = (Adjustment(kind="adjustment", name="Refund", net=amount),)
        return Refund(
            source_id="refund", total=amount, created_at=when, adjustments=parts, payments=(back,)
        )
    inside = sum((line.tax for line in order.lines), ZERO)
    adjustments = [_given_back(one) for one in order.charges]
    inside += sum((one.tax for one in adjustments), ZERO)
    if order.tax_total != inside:
        adjustments.append(
            Adjustment(kind="adjustment", name="Tax", net=ZERO, tax=order.tax_total - inside)
        )
    return Refund(
        source_id="refund",
        total=amount,
        created_at=when,
        lines=tuple(
            RefundLine(line_id=one.source_id, quantity=one.quantity, net=one.net, tax=one.tax)
            for one in order.lines
        ),
        adjustments=tuple(adjustments),
        payments=(back,),
    )


def _given_back(charge: Charge) -> Adjustment:
    kind: Literal["shipping", "duty", "tip", "fee"] = "fee"
    if charge.kind == "shipping" or charge.kind == "duty" or charge.kind == "tip":  # noqa: PLR1714 - for mypy
        kind = charge.kind
    return Adjustment(kind=kind, name=charge.name, net=charge.net, tax=charge.tax)
