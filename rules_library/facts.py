"""Order + context -> facts: the vocabulary that rules, builder, validation and help share.

Each fact is declared once, with its label, type and how it is read; to add one, add a line to its
group below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules_library import labels, sale, stock
from rules_library.order import Charge, Line, Order, Payment, Refund

Scope = Literal["order", "line", "charge", "payment", "refund", "item", "sale"]
FactType = Literal["text", "choice", "number", "money", "date", "yes/no", "list", "country"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What deciding needs of the world besides the order; kept with the trace."""

    today: date
    customer_orders: int | None = None
    """How many orders of this buyer came before this one; None = not counted."""
    in_quickbooks: tuple[str, ...] = ()
    """Kinds of the documents that QuickBooks holds for this order, e.g. SalesOrder."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a rule may look at."""

    path: str
    label: str
    type: FactType
    example: Any
    read: Callable[[Any], Any]
    scope: Scope = "order"
    options: Mapping[str, str] = field(default_factory=dict)
    """Of a choice whose values are fixed: each with its label; "" (nothing) is not among them."""
    unknown: bool = False
    """Of a number that is not always known: then it is nothing, which compares as 0."""


@lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def day(moment: datetime | None, zone: str) -> str | None:
    """The date of a moment in the shop's zone, as ISO text."""
    if moment is None:
        return None
    with suppress(OverflowError):
        moment = moment.astimezone(_zone(zone or "UTC"))
    return moment.date().isoformat()


def main_payment(order: Order) -> Payment | None:
    """The payment that names the order's method: the largest charge, else whatever there is."""
    charges = [p for p in order.payments if p.kind in {"charge", "authorization"}]
    good = [p for p in charges if p.status == "success" and p.kind == "charge"]
    return max(good or charges, key=lambda payment: payment.amount, default=None)


def _charges(order: Order, *kinds: str) -> Decimal:
    return sum((c.net for c in order.charges if c.kind in kinds), Decimal(0))


class Refunded(NamedTuple):
    """A refund and the order that it is of."""

    order: Order
    refund: Refund


def refund_payment(order: Order, refund: Refund) -> Payment | None:
    """The payment that names how a refund was given back: its own largest, else the order's."""
    own = [one for one in refund.payments if one.status != "failed"]
    return max(own, key=lambda one: one.amount, default=None) or main_payment(order)


def _shipping_method(order: Order) -> str:
    return next((c.name for c in order.charges if c.kind == "shipping"), "")


def _pay(name: str) -> Callable[[Order], Any]:
    def read(order: Order) -> Any:
        payment = main_payment(order)
        return getattr(payment, name) if payment else ""

    return read


def _paid_on(order: Order) -> str | None:
    payment = main_payment(order)
    moment = (payment.paid_at if payment else None) or order.paid_at
    return day(moment, order.zone)


def _tax_by(order: Order, who: str) -> Decimal:
    return sum((t.amount for t in order.taxes if t.remitted_by == who), Decimal(0))


def _discounts(order: Order) -> Decimal:
    lines = sum((line.discount for line in order.lines), Decimal(0))
    return sum((charge.discount for charge in order.charges), lines)


Kind = FactType | Literal["number?", "money?"] | Mapping[str, str]
"""A fact's type; with "?" it may be unknown; the options of a choice stand for it."""
Row = tuple[str, str, Kind, Any, Callable[[Any], Any]]


def _facts(scope: Scope, *rows: Row) -> tuple[Fact, ...]:
    return tuple(_fact(scope, row) for row in rows)


def _fact(scope: Scope, row: Row) -> Fact:
    path, label, kind, example, read = row
    if isinstance(kind, Mapping):
        return Fact(path, label, "choice", example, read, scope, options=kind)
    known: Any = kind.rstrip("?")
    return Fact(path, label, known, example, read, scope, unknown=kind.endswith("?"))


def _address(side: Literal["billing", "shipping"]) -> Iterator[Row]:
    fields: tuple[tuple[str, str, str], ...] = (
        ("name", "name", "Jane Doe"),
        ("company", "company", "Doe Tools Inc"),
        ("line1", "street", "5 Canal St"),
        ("line2", "second line", "Apt 4"),
        ("city", "city", "New York"),
        ("region", "state or province", "NY"),
        ("postal_code", "ZIP or postal code", "10013"),
        ("country", "country", "US"),
        ("phone", "phone", "+1 212 555 0100"),
    )
    for name, label, example in fields:
        kind: Kind = "country" if name == "country" else "text"
        read = attrgetter(f"{side}.{name}")
        yield f"{side}.{name}", f"{side.title()} {label}", kind, example, read


# fmt: off
ORDER_FACTS = _facts(
    "order",
    ("store.key", "Store", "choice", "woocommerce", lambda o: o.store),
    ("store.type", "Store type", "choice", "woocommerce", lambda o: o.store_type),
    ("order.number", "Order number", "text", "#1001", lambda o: o.number),
    ("order.reference", "Order number without #", "text", "1001", lambda o: o.number.lstrip("#")),
    ("order.id", "The store's own id of the order", "text", "5869612", lambda o: o.source_id),
    ("order.status", "Order status", labels.ORDER_STATUS, "open", lambda o: o.status),
    ("order.source_status", "Status as the store names it", "text", "processing",
     lambda o: o.source_status),
    ("order.channel", "Sales channel", "text", "web", lambda o: o.channel),
    ("order.is_test", "Test order", "yes/no", False, lambda o: o.is_test),
    ("order.is_cancelled", "Cancelled", "yes/no", False,
     lambda o: o.status == "cancelled" or o.cancelled_at is not None),
    ("order.currency", "Currency", "choice", "USD", lambda o: o.currency),
    ("order.total", "Order total", "money", "51.52", lambda o: o.total),
    ("order.lines_net", "Items total before tax", "money", "39.98", lambda o: o.lines_net),
    ("order.discounts", "Discount total", "money", "5.00", _discounts),
    ("order.discount_codes", "Coupon codes", "list", ["SAVE10"],
     lambda o: [d.code for d in o.discounts if d.code]),
    ("order.shipping_net", "Shipping charged", "money", "7.50", lambda o: _charges(o, "shipping")),
    ("order.fees_net", "Fees charged", "money", "2.50",
     lambda o: _charges(o, "fee", "handling", "wrapping", "surcharge")),
    ("order.tips", "Tip", "money", "3.00", lambda o: _charges(o, "tip")),
    ("order.duties", "Duties", "money", "0.00", lambda o: _charges(o, "duty")),
    ("order.tax_total", "Tax total", "money", "4.04", lambda o: o.tax_total),
    ("order.tax_merchant", "Tax you remit", "money", "4.04", lambda o: _tax_by(o, "merchant")),
    ("order.tax_marketplace", "Tax the marketplace remits", "money", "0.00",
     lambda o: _tax_by(o, "marketplace")),
    ("order.tax_names", "Tax names", "list", ["NY State"], lambda o: [t.name for t in o.taxes]),
    ("order.prices_include_tax", "Prices include tax", "yes/no", False,
     lambda o: o.prices_include_tax),
    ("order.exchange_rate", "Exchange rate of the store", "number", Decimal("1.08"),
     lambda o: o.exchange_rate or Decimal(0)),
    ("order.placed_on", "Order date", "date", "2026-11-21", lambda o: day(o.placed_at, o.zone)),
    ("order.paid_on", "Date paid", "date", "2026-11-21", lambda o: day(o.paid_at, o.zone)),
    ("order.updated_on", "Date of the last change", "date", "2026-11-22",
     lambda o: day(o.updated_at, o.zone)),
    ("order.tags", "Order tags", "list", ["vip"], lambda o: list(o.tags)),
    ("order.note", "Customer note", "text", "Ring twice", lambda o: o.customer_note),
    ("order.po_number", "PO number", "text", "PO-7781", lambda o: o.po_number),
    ("order.payment_terms", "Payment terms", "text", "Net 30", lambda o: o.payment_terms),
    ("order.line_count", "Number of lines", "number", 3, lambda o: len(o.lines)),
    ("order.quantity", "Number of pieces", "number", 5,
     lambda o: sum((line.quantity for line in o.lines), Decimal(0))),
    ("payment.status", "Payment status", labels.PAYMENT_STATUS, "paid", lambda o: o.payment_status),
    ("payment.method", "Payment method", "text", "PayPal", _pay("method")),
    ("payment.methods", "All payment methods", "list", ["Visa", "Gift card"],
     lambda o: list(dict.fromkeys(
         p.method for p in o.payments if p.kind == "charge" and p.status != "failed"))),
    ("payment.kind", "Kind of payment", labels.PAYMENT_KIND, "card", _pay("method_kind")),
    ("payment.gateway", "Payment gateway", "text", "stripe", _pay("gateway")),
    ("payment.reference", "Payment reference", "text", "ch_3P", _pay("reference")),
    ("payment.last4", "Last 4 digits of the card", "text", "4242", _pay("last4")),
    ("payment.paid_on", "Date of the payment", "date", "2026-11-21", _paid_on),
    ("payment.amount", "Amount paid", "money", "51.52", lambda o: o.captured),
    ("payment.balance_due", "Balance due", "money", "0.00", lambda o: o.balance_due),
    ("fulfillment.status", "Shipping status", labels.FULFILLMENT_STATUS, "unfulfilled",
     lambda o: o.fulfillment_status),
    ("fulfillment.shipped_on", "Date shipped", "date", "2026-11-23",
     lambda o: day(min((f.shipped_at for f in o.fulfillments if f.shipped_at), default=None),
                   o.zone)),
    ("fulfillment.tracking", "Tracking numbers", "list", ["1Z999"],
     lambda o: [number for f in o.fulfillments for number in f.tracking_numbers]),
    ("customer.name", "Customer name", "text", "Jane Doe",
     lambda o: o.customer.name or o.billing.name or o.shipping.name),
    ("customer.first_name", "First name", "text", "Jane",
     lambda o: o.customer.first_name or o.billing.first_name or o.shipping.first_name),
    ("customer.last_name", "Last name", "text", "Doe",
     lambda o: o.customer.last_name or o.billing.last_name or o.shipping.last_name),
    ("customer.company", "Company", "text", "Doe Tools Inc",
     lambda o: o.customer.company or o.billing.company),
    ("customer.email", "E-mail", "text", "jane@example.test", lambda o: o.customer.email),
    ("customer.phone", "Phone", "text", "+1 212 555 0100",
     lambda o: o.customer.phone or o.billing.phone),
    ("customer.id", "The store's customer id", "text", "42", lambda o: o.customer.source_id),
    ("customer.group", "Customer group", "text", "wholesale", lambda o: o.customer.group),
    ("customer.tags", "Customer tags", "list", ["vip"], lambda o: list(o.customer.tags)),
    ("customer.tax_id", "Customer tax number", "text", "", lambda o: o.customer.tax_id),
    ("customer.tax_exempt", "Tax exempt", "yes/no", False, lambda o: o.customer.tax_exempt),
    ("customer.is_guest", "Guest checkout", "yes/no", True, lambda o: not o.customer.source_id),
    ("shipping.method", "Shipping method", "text", "Flat rate", _shipping_method),
    ("refund.total", "Amount refunded", "money", "0.00", lambda o: o.refunded),
    ("refund.count", "Number of refunds", "number", 0, lambda o: len(o.refunds)),
    *_address("billing"),
    *_address("shipping"),
)

CONTEXT_FACTS = _facts(
    "order",
    ("today", "Today", "date", "2026-11-25", lambda c: c.today.isoformat()),
    ("customer.orders", "Earlier orders of the customer", "number?", 3,
     lambda c: c.customer_orders),
    ("quickbooks.documents", "What QuickBooks has of the order", "list", ["SalesOrder"],
     lambda c: list(c.in_quickbooks)),
)

LINE_FACTS = _facts(
    "line",
    ("line.sku", "SKU", "text", "HAM-16", lambda x: x.sku),
    ("line.name", "Item name", "text", "Claw hammer", lambda x: x.name),
    ("line.variant", "Variant", "text", "Large", lambda x: x.variant),
    ("line.kind", "Kind of line", labels.LINE_KIND, "product", lambda x: x.kind),
    ("line.vendor", "Vendor", "text", "Acme", lambda x: x.vendor),
    ("line.category", "Category", "text", "Tools", lambda x: x.category),
    ("line.barcode", "Barcode", "text", "0123456789012", lambda x: x.barcode),
    ("line.product_id", "The store's product id", "text", "10", lambda x: x.product_id),
    ("line.quantity", "Quantity", "number", 2, lambda x: x.quantity),
    ("line.gross", "Amount before discounts", "money", "39.98", lambda x: x.gross),
    ("line.discount", "Discount", "money", "0.00", lambda x: x.discount),
    ("line.net", "Amount after discounts", "money", "39.98", lambda x: x.net),
    ("line.tax", "Tax of the line", "money", "3.40", lambda x: x.tax),
    ("line.taxable", "Taxable", "yes/no", True, lambda x: x.taxable),
    ("line.properties", "Line properties", "list", {}, lambda x: x.properties),
)

CHARGE_FACTS = _facts(
    "charge",
    ("charge.kind", "Kind of charge", {**labels.CHARGE_KIND, **labels.WHOLE_ORDER}, "shipping",
     lambda x: x.kind),
    ("charge.name", "Name of the charge", "text", "Flat rate", lambda x: x.name),
    ("charge.code", "Code of the charge", "text", "flat_rate", lambda x: x.code),
    ("charge.carrier", "Carrier", "text", "UPS", lambda x: x.carrier),
    ("charge.net", "Amount before tax", "money?", "7.50", lambda x: x.net),
    ("charge.tax", "Tax of the charge", "money?", "0.64", lambda x: x.tax),
    ("charge.taxable", "Taxable", "yes/no", True, lambda x: x.taxable),
)

REFUND_FACTS = _facts(
    "refund",
    ("refund.id", "The store's refund id", "text", "24", lambda x: x.refund.source_id),
    ("refund.amount", "Amount of this refund", "money", "26.64", lambda x: x.refund.total),
    ("refund.date", "Date of this refund", "date", "2026-11-24",
     lambda x: day(x.refund.created_at, x.order.zone)),
    ("refund.reason", "Reason", "text", "Damaged", lambda x: x.refund.reason),
    ("refund.is_amount_only", "Amount only", "yes/no", False, lambda x: x.refund.is_amount_only),
    ("refund.is_full", "All of the order is given back", "yes/no", False,
     lambda x: x.refund.total == x.order.total),
    ("refund.is_restocked", "Goods went back into stock", "yes/no", True,
     lambda x: any(part.restocked for part in x.refund.lines)),
)
# fmt: on


ITEM_FACTS = _facts("item", *stock.ROWS)
SALE_FACTS = _facts("sale", *sale.ROWS)


class Vocabulary(Mapping[str, Fact]):
    """Every fact by its path; those of the inventory sites are known, though not listed.

    Which sites there are, only the company's QuickBooks can tell.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._listed = {fact.path: fact for fact in facts}

    def __getitem__(self, path: str) -> Fact:
        found = self._listed.get(path)
        if found is None and (label := stock.site_label(path)):
            found = Fact(path, label, "number", 12, itemgetter(path), "item")
        if found is None:
            raise KeyError(path)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)


FACTS: Mapping[str, Fact] = Vocabulary(
    (
        *ORDER_FACTS, *CONTEXT_FACTS, *LINE_FACTS, *CHARGE_FACTS, *REFUND_FACTS, *ITEM_FACTS,
        *SALE_FACTS,
    )
)  # fmt: skip

Readers = list[tuple[str, Callable[[Any], Any]]]


def _groups(facts: tuple[Fact, ...]) -> dict[str, Readers]:
    groups: dict[str, Readers] = {}
    for fact in facts:
        group, _, name = fact.path.rpartition(".")
        groups.setdefault(group, []).append((name, fact.read))
    return groups


_ORDER = _groups(ORDER_FACTS)
_CONTEXT = _groups(CONTEXT_FACTS)
_LINE = _groups(LINE_FACTS)["line"]
_CHARGE = _groups(CHARGE_FACTS)["charge"]
_REFUND = _groups(REFUND_FACTS)["refund"]


def _part(readers: Readers, thing: Any) -> dict[str, Any]:
    return {name: read(thing) for name, read in readers}


def facts(order: Order, context: Context) -> dict[str, Any]:
    """Everything a rule of scope order may look at, by group: ``{"payment": {"method": ...}}``."""
    found: dict[str, Any] = {group: _part(readers, order) for group, readers in _ORDER.items()}
    found["quickbooks"] = {}
    for group, readers in _CONTEXT.items():
        (found[group] if group else found).update(_part(readers, context))
    found["lines"] = [line_facts(line) for line in order.lines]
    found["charges"] = [charge_facts(charge) for charge in order.charges]
    found["charges"] += [
        {
            "kind": kind, "name": name, "code": "", "carrier": "",
            "net": None, "tax": None, "taxable": None,
        }
        for kind, name in labels.WHOLE_ORDER.items()
    ]  # fmt: skip
    found["refunds"] = [refund_facts(order, refund) for refund in order.refunds]
    found["payments"] = [payment_facts(order, payment) for payment in order.payments]
    found["custom"] = order.attributes
    found["raw"] = order.raw
    return found


def line_facts(line: Line) -> dict[str, Any]:
    """The facts of one line."""
    return _part(_LINE, line)


def charge_facts(charge: Charge) -> dict[str, Any]:
    """The facts of one charge."""
    return _part(_CHARGE, charge)


def payment_facts(order: Order, payment: Payment) -> dict[str, Any]:
    """The facts of one payment, under the same names as the order's ``payment.*``."""
    return {
        "method": payment.method,
        "kind": payment.method_kind,
        "gateway": payment.gateway,
        "reference": payment.reference,
        "last4": payment.last4,
        "paid_on": day(payment.paid_at or order.paid_at, order.zone),
        "amount": payment.amount,
    }


def refund_facts(order: Order, refund: Refund) -> dict[str, Any]:
    """The facts of one refund; ``payment`` holds those of the payment that was given back."""
    paid = refund_payment(order, refund)
    payment = payment_facts(order, paid) if paid else {}
    return {**_part(_REFUND, Refunded(order, refund)), "payment": payment}
