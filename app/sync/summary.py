"""What lists and reports show of an order without reading its payload: columns of its row."""

from __future__ import annotations

import re
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
SEARCHED: Final = 300
"""Characters that are kept; the payload keeps all."""
_AMOUNT = re.compile(r"^[$€£]?(\d[\d,]*(?:\.\d+)?)$")


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
    row.search = search_text(order)


def search_text(order: StoreOrder) -> str:
    """What a search looks into; of very many SKUs the last ones are left out."""
    buyer, billing = order.customer, order.billing
    named = dict.fromkeys(
        (order.number, buyer.name, buyer.company, billing.name, billing.company, buyer.email)
    )
    skus = dict.fromkeys(line.sku for line in order.lines)
    found = " ".join([*named, format(order.total, "f"), *skus])
    return short(searchable(found), SEARCHED)


def searchable(text: str) -> str:
    """As a search compares: small letters, amounts without sign and commas, numbers without #."""
    words = (_AMOUNT.sub(_bare, word) for word in text.casefold().split())
    return " ".join(word.lstrip("#") for word in words if word.lstrip("#"))


def _bare(amount: re.Match[str]) -> str:
    return amount[1].replace(",", "")


def _given_back(order: StoreOrder, refund: Refund) -> Decimal:
    """A refund without the tax that a marketplace gave back."""
    return refund.total - refund.tax + refunded_tax(order, refund)


def short(text: str, limit: int) -> str:
    """The text's beginning, without the one character that PostgreSQL cannot keep."""
    return text.replace("\x00", "")[:limit]


def _tax(order: StoreOrder, remitted_by: str) -> Decimal:
    return sum((one.amount for one in order.taxes if one.remitted_by == remitted_by), ZERO)
