"""What people call the fixed words of an order: statuses, and kinds of lines, charges, payments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Labels = Mapping[str, str]

ORDER_STATUS: Final[Labels] = {
    "open": "Open",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "draft": "Draft",
    "failed": "Failed",
}
PAYMENT_STATUS: Final[Labels] = {
    "pending": "Pending",
    "authorized": "Authorized",
    "partially_paid": "Partly paid",
    "paid": "Paid",
    "partially_refunded": "Partly refunded",
    "refunded": "Refunded",
    "voided": "Voided",
    "failed": "Failed",
}
FULFILLMENT_STATUS: Final[Labels] = {
    "unfulfilled": "Not shipped",
    "partial": "Partly shipped",
    "fulfilled": "Shipped",
    "not_required": "Nothing to ship",
    "on_hold": "On hold",
}
PAYMENT_KIND: Final[Labels] = {
    "card": "Card",
    "paypal": "PayPal",
    "gift_card": "Gift card",
    "store_credit": "Store credit",
    "cash": "Cash",
    "check": "Check",
    "bank_transfer": "Bank transfer",
    "cash_on_delivery": "Cash on delivery",
    "marketplace": "Marketplace",
    "other": "Other",
}
LINE_KIND: Final[Labels] = {
    "product": "Product",
    "gift_card": "Gift card",
    "tip": "Tip",
    "service": "Service",
    "custom": "Custom",
    "bundle": "Bundle",
    "bundle_part": "Part of a bundle",
}
CHARGE_KIND: Final[Labels] = {
    "shipping": "Shipping",
    "handling": "Handling",
    "wrapping": "Gift wrapping",
    "fee": "Fee",
    "tip": "Tip",
    "duty": "Duty",
    "rounding": "Rounding",
    "surcharge": "Surcharge",
    "gift_card": "Gift card",
}
WHOLE_ORDER: Final[Labels] = {
    "discount": "Discount",
    "tax": "Sales tax",
    "adjustment": "Refund adjustment",
    "rounding": "Rounding",
}
"""What needs an item without being a line or a charge of the order; decided after the charges."""
