"""What lists and reports show of an order without reading its payload: columns of its row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from app.models import Order
from qbwc.planning.tax import refunded_tax
from rules_library.facts import day, main_payment
from rules_library.order import ZERO, Refund
from rules_library.order import Order as StoreOrder

NUMBER: Final = 100
TEXT: Final = 200
"""Characters that are kept; the payload keeps all."""


def summarise(row: Order, order: StoreOrder) -> None:
    """Write the order's summary into its row."""
    buyer, billing, payment = order.customer, order.billing, main_payment(order)
    named = buyer.company or billing.company or buyer.name or billing.name or buyer.email
    row.number, row.customer = short(order.number, NUMBER), short(named, TEXT)
    row.buyer_id = short(buyer.source_id, TEXT)
    row.email = short(buyer.email.strip().casefold(), TEXT)
    row.currency, row.total, row.placed_at = order.currency, order.total, order.placed_at
    placed = day(order.placed_at, order.zone)
    row.placed_on = date.fromisoformat(placed) if placed else None
    row.tax, row.remitted = _tax(order, "merchant"), _tax(order, "marketplace")
    row.received = order.captured
    row.refunded = sum((_given_back(order, refund) for refund in order.refunds), ZERO)
    row.method = short(payment.method, TEXT) if payment else ""


def _given_back(order: StoreOrder, refund: Refund) -> Decimal:
    """A refund without the tax that a marketplace gave back."""
    return refund.total - refund.tax + refunded_tax(order, refund)


def short(text: str, limit: int) -> str:
    """The text's beginning, without the one character that PostgreSQL cannot keep."""
    return text.replace("\x00", "")[:limit]


def _tax(order: StoreOrder, remitted_by: str) -> Decimal:
    return sum((one.amount for one in order.taxes if one.remitted_by == remitted_by), ZERO)
