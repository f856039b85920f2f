"""What can be sold of an item of QuickBooks: the facts that rules about stock look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from rules_library.logic.equality import fold
from rules_library.logic.errors import EvaluationError

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Quantities of an item."""

    on_hand: Decimal = ZERO
    on_sales_orders: Decimal = ZERO
    on_order: Decimal = ZERO
    """On purchase orders."""
    buildable: Decimal = ZERO
    """How many more of an assembly the components that are there would make."""

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
    sites: Mapping[str, Held] = field(default_factory=dict)
    """The same at each inventory site, by its name; none where QuickBooks does not tell them."""
    not_in_quickbooks: Decimal = ZERO
    """Sold by orders that no document in QuickBooks takes from these quantities yet."""

    @property
    def sellable(self) -> Decimal:
        """What is available and not sold yet: what is to be told unless a rule says otherwise."""
        return self.all.available - self.not_in_quickbooks

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
    ("item.not_in_quickbooks", "Sold, not in QuickBooks yet", "number", 0,
     lambda i: i.not_in_quickbooks),
    ("item.sellable", "Available and not sold yet", "number", 10, lambda i: i.sellable),
    ("item.buildable", "Can be built of its components", "number", 3, lambda i: i.all.buildable),
)
# fmt: on
"""The facts of scope item, as ``rules_library.facts`` reads them."""


SITE_ROWS: Final[tuple[tuple[str, str, Callable[[Held], Decimal]], ...]] = (
    ("on_hand", "On hand", lambda held: held.on_hand),
    ("on_sales_orders", "On sales orders", lambda held: held.on_sales_orders),
    ("on_order", "On purchase orders", lambda held: held.on_order),
    ("available", "On hand minus sales orders", lambda held: held.available),
    ("buildable", "Can be built of its components", lambda held: held.buildable),
)
"""What is known of an item at an inventory site: ``item.at.Warehouse A.on_hand``."""
AT: Final = "item.at."


def site_path(site: str, name: str) -> str:
    """The path of a quantity at an inventory site."""
    return f"{AT}{site}.{name}"


def site_label(path: str) -> str:
    """What the quantity of a path is called; "" if the path is none of a quantity at a site."""
    site, _, name = path.removeprefix(AT).rpartition(".")
    if not path.startswith(AT) or not site:
        return ""
    return next((f"{label} at {site}" for own, label, _ in SITE_ROWS if own == name), "")


class AtSites(dict[str, Any]):
    """Quantities by inventory site, whose name is read whatever its case.

    A site that QuickBooks does not tell of is no site without stock: a store that is told none
    stops selling. So a rule that looks at one fails.
    """

    def get(self, name: str, _default: Any = None) -> Any:
        """What is below a name.

        Raises:
            EvaluationError: There is no such site.
        """
        found = super().get(fold(name))
        if found is None:
            raise EvaluationError(f"QuickBooks tells no stock at an inventory site “{name}”.")
        return found


def _at(sites: Mapping[str, Held]) -> AtSites:
    """The quantities as paths find them; a dot in a site's name parts the path as any other."""
    found = AtSites()
    for site, held in sites.items():
        inner = found
        for part in map(fold, site.split(".")):
            inner = inner.setdefault(part, AtSites())
        inner.update((name, read(held)) for name, _, read in SITE_ROWS)
    return found


def stock_facts(item: StockItem, store_key: str, store_type: str) -> dict[str, Any]:
    """Everything that a rule of scope item may look at, for one item and one store."""
    own = {path.partition(".")[2]: read(item) for path, _, _, _, read in ROWS}
    own["at"] = _at(item.sites)
    return {"item": own, "store": {"key": store_key, "type": store_type}}
