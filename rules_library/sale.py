"""A sale of QuickBooks that may go to a store: the facts that rules about sales look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from rules_library.order import Address

ZERO = Decimal(0)
KINDS: Final[Mapping[str, str]] = {
    "sales_order": "Sales order",
    "invoice": "Invoice",
    "sales_receipt": "Sales receipt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """A line of a sale; one without an item is a text or a subtotal, and is not here."""

    line_id: str
    """QuickBooks' TxnLineID."""
    kind: str = "other"
    """goods (what can be shipped), service, or other: a charge or a discount"""
    item: str
    """The item's full name."""
    description: str = ""
    quantity: Decimal | None = None
    """None for a line that is only an amount: a discount, a charge."""
    rate: Decimal | None = None
    amount: Decimal = ZERO

    @property
    def name(self) -> str:
        """The item's own name, without its parents'."""
        return self.item.rpartition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A sales order, invoice or sales receipt as QuickBooks holds it."""

    kind: str
    """sales_order, invoice or sales_receipt"""
    txn_id: str
    edit_sequence: str = ""
    """QuickBooks' mark of how it is now: another after each change."""
    number: str = ""
    sold_on: date
    customer: str = ""
    """The customer's full name."""
    customer_class: str = ""
    ship_date: date | None = None
    ship_method: str = ""
    terms: str = ""
    sales_rep: str = ""
    po_number: str = ""
    memo: str = ""
    fob: str = ""
    other: str = ""
    email: str = ""
    phone: str = ""
    currency: str = ""
    tax: Decimal = ZERO
    total: Decimal = ZERO
    paid: Decimal = ZERO
    is_pending: bool = False
    is_closed: bool = False
    """Of a sales order: closed by hand, or fully invoiced."""
    billing: Address = field(default_factory=Address)
    shipping: Address = field(default_factory=Address)
    lines: tuple[SaleLine, ...] = ()

    @property
    def ship_to(self) -> Address:
        """Where it goes: the shipping address, else the billing one."""
        return self.billing if self.shipping.is_empty else self.shipping


Row = tuple[str, str, Any, Any, Callable[[Sale], Any]]

# fmt: off
ROWS: Final[tuple[Row, ...]] = (
    ("sale.kind", "Kind of sale", KINDS, "sales_order", lambda s: s.kind),
    ("sale.number", "Sale's number", "text", "1042", lambda s: s.number),
    ("sale.date", "Sale's date", "date", "2026-11-02", lambda s: s.sold_on.isoformat()),
    ("sale.customer", "Customer in QuickBooks", "text", "Ada Lovelace", lambda s: s.customer),
    ("sale.class", "Class", "text", "Web", lambda s: s.customer_class),
    ("sale.ship_date", "Ship date", "date", "2026-11-04",
     lambda s: s.ship_date.isoformat() if s.ship_date else None),
    ("sale.ship_method", "Ship method", "text", "UPS", lambda s: s.ship_method),
    ("sale.terms", "Terms", "text", "Net 30", lambda s: s.terms),
    ("sale.sales_rep", "Sales rep", "text", "AL", lambda s: s.sales_rep),
    ("sale.po_number", "PO number", "text", "PO-77", lambda s: s.po_number),
    ("sale.memo", "Memo", "text", "By phone", lambda s: s.memo),
    ("sale.fob", "FOB", "text", "Albany", lambda s: s.fob),
    ("sale.other", "Other", "text", "West", lambda s: s.other),
    ("sale.total", "Sale's total", "money", "99.50", lambda s: s.total),
    ("sale.balance", "Still to be paid", "money", "0.00", lambda s: s.total - s.paid),
    ("sale.is_pending", "Is pending", "yes/no", False, lambda s: s.is_pending),
    ("sale.is_closed", "Is closed", "yes/no", False, lambda s: s.is_closed),
    ("sale.country", "Country it goes to", "country", "US", lambda s: s.ship_to.country),
    ("sale.region", "State it goes to", "text", "NY", lambda s: s.ship_to.region),
    ("sale.has_goods", "Has goods to ship", "yes/no", True,
     lambda s: any(one.kind == "goods" for one in s.lines)),
    ("sale.items", "Items", "list", ["Tools:HAM-16"], lambda s: [one.item for one in s.lines]),
)
# fmt: on
"""The facts of scope sale, as ``rules_library.facts`` reads them."""


def sale_facts(sale: Sale, store_key: str, store_type: str) -> dict[str, Any]:
    """Everything that a rule of scope sale may look at, for one sale and one store."""
    own = {path.partition(".")[2]: read(sale) for path, _, _, _, read in ROWS}
    return {"sale": own, "store": {"key": store_key, "type": store_type}}
