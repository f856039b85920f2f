"""What can be sold of an item of QuickBooks: the facts that rules about stock look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Quantities of an item."""

    on_hand: Decimal = ZERO
    on_sales_orders: Decimal = ZERO
    on_order: Decimal = ZERO
    """On purchase orders."""

    @property
    def available(self) -> Decimal:
        """What is on hand and not promised on a sales order."""
        return self.on_hand - self.on_sales_orders


@dataclass(frozen=True, slots=True, kw_only=True)
class StockItem:
    """An inventory part or assembly."""

    full_name: str
    kind: str = "part"
    """part or assembly"""
    part_number: str = ""
    barcode: str = ""
    description: str = ""
    price: Decimal | None = None
    is_active: bool = True
    all: Held = field(default_factory=Held)
    buildable: Decimal = ZERO
    """How many more of an assembly its components would make."""

    @property
    def name(self) -> str:
        """The item's own name, without its parents'."""
        return self.full_name.rpartition(":")[2]


Row = tuple[str, str, Any, Any, Callable[[StockItem], Any]]
KINDS: Final[Mapping[str, str]] = {"part": "Inventory part", "assembly": "Inventory assembly"}

# fmt: off
ROWS: Final[tuple[Row, ...]] = (
    ("item.name", "Item name", "text", "HAM-16", lambda i: i.name),
    ("item.full_name", "Item's full name", "text", "Tools:HAM-16", lambda i: i.full_name),
    ("item.kind", "Kind of item", KINDS, "part", lambda i: i.kind),
    ("item.part_number", "Manufacturer's part number", "text", "MP-77", lambda i: i.part_number),
    ("item.barcode", "Item's barcode", "text", "0123456789012", lambda i: i.barcode),
    ("item.description", "Item's description", "text", "Claw hammer", lambda i: i.description),
    ("item.price", "Item's price", "money?", "19.99", lambda i: i.price),
    ("item.is_active", "Item is active", "yes/no", True, lambda i: i.is_active),
    ("item.on_hand", "On hand", "number", 12, lambda i: i.all.on_hand),
    ("item.on_sales_orders", "On sales orders", "number", 2, lambda i: i.all.on_sales_orders),
    ("item.on_order", "On purchase orders", "number", 5, lambda i: i.all.on_order),
    ("item.available", "On hand minus sales orders", "number", 10, lambda i: i.all.available),
    ("item.buildable", "Can be built of its components", "number", 3, lambda i: i.buildable),
)
# fmt: on
"""The facts of scope item, as ``rules_library.facts`` reads them."""


def stock_facts(item: StockItem, store_key: str, store_type: str) -> dict[str, Any]:
    """Everything that a rule of scope item may look at, for one item and one store."""
    own = {path.partition(".")[2]: read(item) for path, _, _, _, read in ROWS}
    return {"item": own, "store": {"key": store_key, "type": store_type}}
