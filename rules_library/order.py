"""The canonical order: what every store's payload is translated to, with totals that must add up.

All amounts are Decimal, in the order's one booking currency, and exclude tax; tax stands beside
them (a store that shows prices with tax in them is converted when its payload is translated, and
``prices_include_tax`` keeps how it was shown). Words follow the stores' own: reference list in
CONTRIBUTING.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

ZERO = Decimal(0)

OrderStatus = Literal["open", "completed", "cancelled", "draft", "failed"]
PaymentStatus = Literal[
    "pending", "authorized", "partially_paid", "paid",
    "partially_refunded", "refunded", "voided", "failed",
]  # fmt: skip
FulfillmentStatus = Literal["unfulfilled", "partial", "fulfilled", "not_required", "on_hold"]
LineKind = Literal["product", "gift_card", "tip", "service", "custom", "bundle", "bundle_part"]
ChargeKind = Literal[
    "shipping", "handling", "wrapping", "fee", "tip", "duty", "rounding", "surcharge",
    "gift_card",
]  # fmt: skip
PaymentKind = Literal["charge", "authorization", "refund", "void", "change"]
PaymentMethodKind = Literal[
    "card", "paypal", "gift_card", "store_credit", "cash", "check",
    "bank_transfer", "cash_on_delivery", "marketplace", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """One tax on a line, a charge, a refund or the whole order. ``rate`` is in percent."""

    name: str
    amount: Decimal
    rate: Decimal | None = None
    code: str = ""
    remitted_by: Literal["merchant", "marketplace"] = "merchant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What was bought: ``net`` is what the buyer owes for it before tax, after every discount."""

    source_id: str
    name: str
    quantity: Decimal
    gross: Decimal
    discount: Decimal = ZERO
    kind: LineKind = "product"
    parent_id: str = ""
    product_id: str = ""
    sku: str = ""
    barcode: str = ""
    variant: str = ""
    vendor: str = ""
    category: str = ""
    taxable: bool = True
    taxes: tuple[Tax, ...] = ()
    quantity_fulfilled: Decimal = ZERO
    requires_shipping: bool = True
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def net(self) -> Decimal:
        """The amount after discounts, before tax."""
        return self.gross - self.discount

    @property
    def tax(self) -> Decimal:
        """The sum of this line's own taxes."""
        return sum((tax.amount for tax in self.taxes), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What is owed besides the lines: shipping, a fee (negative = a discount), a tip, a duty."""

    source_id: str
    kind: ChargeKind
    name: str
    gross: Decimal
    discount: Decimal = ZERO
    code: str = ""
    carrier: str = ""
    taxable: bool = True
    taxes: tuple[Tax, ...] = ()

    @property
    def net(self) -> Decimal:
        """The amount after discounts, before tax."""
        return self.gross - self.discount

    @property
    def tax(self) -> Decimal:
        """The sum of this charge's own taxes."""
        return sum((tax.amount for tax in self.taxes), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A discount as the buyer knew it; its amount already stands in the lines it reduced."""

    title: str
    amount: Decimal
    code: str = ""
    kind: Literal["code", "automatic", "manual", "marketplace"] = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One movement of money. ``method`` is the name that people see: PayPal, Visa, Gift card."""

    source_id: str
    kind: PaymentKind
    amount: Decimal
    method: str
    method_kind: PaymentMethodKind = "other"
    status: Literal["success", "pending", "failed"] = "success"
    gateway: str = ""
    reference: str = ""
    paid_at: datetime | None = None
    currency: str = ""
    last4: str = ""
    fee: Decimal | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    """Part of a refund that takes back (part of) an order's line; amounts are positive."""

    line_id: str
    quantity: Decimal
    net: Decimal
    tax: Decimal = ZERO
    restocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A refunded amount that belongs to no line: shipping, a fee, goodwill; positive = given back.

    A restocking fee kept from the buyer is negative.
    """

    kind: Literal["shipping", "fee", "duty", "tip", "adjustment", "gift_card"]
    name: str
    net: Decimal
    tax: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """One refund; ``total`` is what the store says was given back, as a positive amount."""

    source_id: str
    total: Decimal
    created_at: datetime
    reason: str = ""
    lines: tuple[RefundLine, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    payments: tuple[Payment, ...] = ()

    @property
    def tax(self) -> Decimal:
        """The tax given back."""
        return sum((a.tax for a in self.adjustments), sum((r.tax for r in self.lines), ZERO))

    @property
    def net(self) -> Decimal:
        """What was given back besides tax."""
        return sum((a.net for a in self.adjustments), sum((r.net for r in self.lines), ZERO))

    @property
    def difference(self) -> Decimal:
        """Stated total less the sum of the parts; anything but zero holds the refund."""
        return self.total - self.net - self.tax

    @property
    def is_amount_only(self) -> bool:
        """Whether the refund names no line and no shipping."""
        return not self.lines and all(part.kind == "adjustment" for part in self.adjustments)


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentLine:
    """How many of an order's line were shipped in one fulfilment."""

    line_id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfillment:
    """One shipment."""

    source_id: str
    shipped_at: datetime | None = None
    carrier: str = ""
    service: str = ""
    tracking_numbers: tuple[str, ...] = ()
    lines: tuple[FulfillmentLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; ``country`` is the ISO 3166 code of two letters, ``region`` its code."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    line3: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    country_name: str = ""
    phone: str = ""

    @property
    def name(self) -> str:
        """First and last name."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    @property
    def is_empty(self) -> bool:
        """Whether nothing but perhaps a country is known."""
        return not (self.name or self.company or self.line1 or self.city or self.postal_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who bought."""

    source_id: str = ""
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    tax_id: str = ""
    tax_exempt: bool = False

    @property
    def name(self) -> str:
        """First and last name."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order of one store. Times are aware; the transaction's date is the date in ``zone``."""

    store: str
    store_type: str
    source_id: str
    number: str
    currency: str
    placed_at: datetime
    total: Decimal
    status: OrderStatus
    payment_status: PaymentStatus
    fulfillment_status: FulfillmentStatus
    zone: str = "UTC"
    channel: str = ""
    url: str = ""
    is_test: bool = False
    updated_at: datetime | None = None
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    source_status: str = ""
    prices_include_tax: bool = False
    exchange_rate: Decimal | None = None
    customer: Customer = field(default_factory=Customer)
    billing: Address = field(default_factory=Address)
    shipping: Address = field(default_factory=Address)
    lines: tuple[Line, ...] = ()
    charges: tuple[Charge, ...] = ()
    discounts: tuple[Discount, ...] = ()
    taxes: tuple[Tax, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    fulfillments: tuple[Fulfillment, ...] = ()
    po_number: str = ""
    payment_terms: str = ""
    customer_note: str = ""
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def lines_net(self) -> Decimal:
        """Lines after discounts, before tax."""
        return sum((line.net for line in self.lines), ZERO)

    @property
    def charges_net(self) -> Decimal:
        """Shipping, fees, tips and duties, before tax."""
        return sum((charge.net for charge in self.charges), ZERO)

    @property
    def tax_total(self) -> Decimal:
        """All taxes of the order as the store states them."""
        return sum((tax.amount for tax in self.taxes), ZERO)

    @property
    def computed_total(self) -> Decimal:
        """Lines + charges + taxes."""
        return self.lines_net + self.charges_net + self.tax_total

    @property
    def difference(self) -> Decimal:
        """Stated total less computed total; anything but zero holds the order."""
        return self.total - self.computed_total

    @property
    def arithmetic(self) -> str:
        """The order's sum in words, e.g. ``lines 20.00 + shipping 5.00 + tax 1.65 = 26.65``."""
        parts = [f"lines {self.lines_net:.2f}"]
        kinds = dict.fromkeys(charge.kind for charge in self.charges)
        for kind in kinds:
            amount = sum((c.net for c in self.charges if c.kind == kind), ZERO)
            parts.append(f"{kind} {amount:.2f}")
        if self.taxes:
            parts.append(f"tax {self.tax_total:.2f}")
        said = " + ".join(parts) + f" = {self.computed_total:.2f}"
        if self.difference:
            said += f", but the store says {self.total:.2f} (difference {self.difference:.2f})"
        return said

    @property
    def captured(self) -> Decimal:
        """Money received: successful charges less change handed back; refunds are not taken off."""
        return sum(
            (
                payment.amount if payment.kind == "charge" else -payment.amount
                for payment in self.payments
                if payment.status == "success" and payment.kind in {"charge", "change"}
            ),
            ZERO,
        )

    @property
    def is_called_off(self) -> bool:
        """Whether the store took the order back: it was cancelled, or it failed after all."""
        return self.status in {"cancelled", "failed"} or self.cancelled_at is not None

    @property
    def refunded(self) -> Decimal:
        """The sum of all refunds."""
        return sum((refund.total for refund in self.refunds), ZERO)

    @property
    def balance_due(self) -> Decimal:
        """What the buyer still owes."""
        return self.total - self.captured

    def line(self, source_id: str) -> Line | None:
        """The line with that id, if the order has it."""
        return next((line for line in self.lines if line.source_id == source_id), None)
