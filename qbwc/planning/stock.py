"""Stock: QuickBooks' quantities and what was decided -> what a store should show; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from types import MappingProxyType
from typing import NamedTuple

from rules_library.compiled import Outcome
from rules_library.rulebook import Rulebook
from rules_library.stock import ZERO, Held, StockItem, stock_facts

KINDS = {"ItemInventory": "part", "ItemInventoryAssembly": "assembly"}
"""The records that have a stock."""
COMPONENT = "ItemInventoryAssemblyLine"


class Level(NamedTuple):
    """How many of an item a store should offer."""

    quantity: Decimal
    location: str = ""


def item(variant: str, full_name: str, data: Mapping[str, str], *, is_active: bool) -> StockItem:
    """An item as the mirror has it; what it could be built to is not known yet."""
    return StockItem(
        full_name=full_name,
        kind=KINDS[variant],
        part_number=data.get("ManufacturerPartNumber", ""),
        barcode=data.get("BarCodeValue", ""),
        description=data.get("SalesDesc", ""),
        price=_number(data.get("SalesPrice", ""), None),
        is_active=is_active,
        all=_held(data, "QuantityOnSalesOrder", "QuantityOnOrder"),
    )


def at_site(data: Mapping[str, str]) -> Held:
    """How much of an item is at a site, as its ItemSitesRet says."""
    return _held(data, "QuantityOnSalesOrders", "QuantityOnPurchaseOrders")


def _held(data: Mapping[str, str], on_sales_orders: str, on_order: str) -> Held:
    return Held(
        on_hand=_number(data.get("QuantityOnHand", "")) or ZERO,
        on_sales_orders=_number(data.get(on_sales_orders, "")) or ZERO,
        on_order=_number(data.get(on_order, "")) or ZERO,
    )


def components(data: Mapping[str, str]) -> list[tuple[str, Decimal]]:
    """The full names of what an assembly is made of, and how many of each."""
    found = []
    for path, name in data.items():
        if path.startswith(COMPONENT) and path.endswith("ItemInventoryRef.FullName"):
            line = path.removesuffix("ItemInventoryRef.FullName")
            found.append((name, _number(data.get(f"{line}Quantity", "")) or Decimal(1)))
    return found


def buildable(parts: list[tuple[str, Decimal]], available: Mapping[str, Decimal]) -> Decimal:
    """How many assemblies the available components make, whole ones only."""
    most = [available.get(name, ZERO) / quantity for name, quantity in parts if quantity > 0]
    return max(min(most), ZERO).to_integral_value(ROUND_FLOOR) if most else ZERO


class Available(NamedTuple):
    """What is on hand of a component and not promised or sold: in all, and at each site."""

    all: Decimal = ZERO
    at: Mapping[str, Decimal] = MappingProxyType({})


def available(of: StockItem) -> Available:
    """How much of an item may go into assemblies.

    What is sold and not in QuickBooks yet may be shipped from any site.
    """
    sold = of.not_in_quickbooks
    return Available(
        of.sellable,
        {site: held.available - sold for site, held in of.sites.items()},
    )


def built(
    of: StockItem, parts: list[tuple[str, Decimal]], found: Mapping[str, Available]
) -> StockItem:
    """An assembly that knows what could be built of it, in all and at each site."""
    nothing = Available()
    have = {name: found.get(name, nothing) for name, _ in parts}

    def made(held: Held, left: Mapping[str, Decimal]) -> Held:
        return replace(held, buildable=buildable(parts, left))

    sites = {
        site: made(held, {name: one.at.get(site, ZERO) for name, one in have.items()})
        for site, held in of.sites.items()
    }
    return replace(of, all=made(of.all, {name: one.all for name, one in have.items()}), sites=sites)


def decide_stock(
    rulebook: Rulebook, of: StockItem, store_key: str, store_type: str
) -> tuple[Level | None, str]:
    """What a store should show of an item, or None and why not; "" when no rule sends it."""
    return settled(outcomes(rulebook, of, store_key, store_type))


def outcomes(
    rulebook: Rulebook, of: StockItem, store_key: str, store_type: str
) -> dict[str, Outcome]:
    """What every rule about items says of one, for one store."""
    return rulebook.decide("item", stock_facts(of, store_key, store_type))


def settled(decided: Mapping[str, Outcome]) -> tuple[Level | None, str]:
    """The level, or None and what is wrong; None and "" leaves the store's stock alone."""
    if error := decided[deciding(decided)].error:
        return None, f"the rules about stock cannot be used: {error}"
    quantity = decided["stock_quantity"].value
    if decided["exclude_from_stock"].value or not decided["push_stock"].value or quantity is None:
        return None, ""
    return Level(quantity, decided["stock_location"].value or ""), ""


def deciding(decided: Mapping[str, Outcome]) -> str:
    """The decision that settled it: the one that leaves the stock alone, or how many there are."""
    excluded, pushed = decided["exclude_from_stock"], decided["push_stock"]
    if excluded.value or excluded.error:
        return "exclude_from_stock"
    if not pushed.value:
        return "push_stock"
    return "stock_location" if decided["stock_location"].error else "stock_quantity"


def _number(text: str, otherwise: Decimal | None = ZERO) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return otherwise
