"""The lines of a sale: what was bought, its discounts, and the charges."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from qbwc.documents.base import Ref
from qbwc.lists import normal
from qbwc.planning import bundles, items
from qbwc.planning.charges import charge_lines, discount_line, line_class
from qbwc.planning.items import Item
from qbwc.planning.work import Work, value
from rules_library.compiled import Outcome
from rules_library.decision import decisions
from rules_library.order import ZERO, Line

QUANTITY_DECIMALS = 5
_SUMMED = frozenset({"Quantity", "Amount", "Desc"})

Row = dict[str, Any]


def sale_lines(work: Work) -> list[Row]:
    """Every line of the sale before tax; ``tax_code`` names the code that tax is worked out by."""
    shown = work.decided["discount_as"]
    found: list[Row] = []
    discounts = ZERO
    for line, outcomes in zip(bundles.settled(work), work.decided.lines, strict=True):
        if line is None:
            continue
        if value(outcomes, "skip_line"):
            if line.net:
                work.hold(f"the line {line.name!r} is to be left out, but costs {line.net:.2f}")
            continue
        apart = shown != "net_lines" and line.discount > 0
        amount = line.gross if apart else line.net
        found += goods_lines(work, line, outcomes, line.quantity, amount)
        if apart and shown == "per_line":
            found.append(discount_line(work, line.discount, f"Discount: {line.name}"))
        elif apart:
            discounts += line.discount
    if work.decided["combine_same_items"]:
        found = _combined(found)
    if discounts:
        codes = ", ".join(d.code or d.title for d in work.order.discounts)
        found.append(discount_line(work, discounts, f"Discount {codes}".strip()))
    return found + charge_lines(work)


def goods_lines(
    work: Work,
    line: Line,
    outcomes: Mapping[str, Outcome],
    quantity: Decimal,
    amount: Decimal,
    *,
    as_parts: bool = False,
) -> list[Row]:
    """What a line of goods becomes: a line, or for a group of QuickBooks what the rules choose.

    ``as_parts`` names a group's items one by one, so that any amount can be reached.
    """
    item = items.line_item(work, line, outcomes)
    row = _line(work, item, outcomes, quantity, amount)
    if item is None or not item.is_group:
        return [row]
    if as_parts or work.decided["bundles"] == "parts":
        return bundles.as_parts(work, item, row)
    return bundles.as_group(work, item, row)


def _line(
    work: Work,
    item: Item | None,
    outcomes: Mapping[str, Outcome],
    quantity: Decimal,
    amount: Decimal,
) -> Row:
    """One line of goods. Quantity and Amount force the total; QuickBooks derives the rate."""
    factor = value(outcomes, "quantity_factor") or 1
    return {
        "ItemRef": item and item.ref,
        "Desc": value(outcomes, "line_description"),
        "Quantity": round(quantity * factor, QUANTITY_DECIMALS) or None,
        "UnitOfMeasure": _unit(work, item, value(outcomes, "unit_of_measure")),
        "PriceLevelRef": _price_level(work, value(outcomes, "price_level")),
        "Amount": amount,
        "ClassRef": line_class(work, outcomes),
        "InventorySiteRef": _site(work, item, value(outcomes, "inventory_site")),
        "tax_code": value(outcomes, "line_tax_code"),
    }


def _unit(work: Work, item: Item | None, unit: str | None) -> str | None:
    """The unit as the item's set spells it; a group is measured by its items' own sets."""
    if not unit or item is None or not work.lists.verified:
        return unit
    named = normal(item.data.get("UnitOfMeasureSetRef.FullName", ""))
    units = work.lists.whole["UnitOfMeasureSet"].get(named)
    for path, name in units.data.items() if units else ():
        place, _, of = path.rpartition(".")
        if not place.startswith(("BaseUnit", "RelatedUnit")) or of == "ConversionRatio":
            continue
        if normal(name) == normal(unit):
            return units.data[f"{place}.Name"] if units else None
    work.hold(
        f"the item {item.ref.full_name!r} has no unit of measure {unit!r} in QuickBooks",
        "entry",
        f"unit {unit} of {item.ref.full_name}",
    )
    return None


def _price_level(work: Work, name: str | None) -> Ref | None:
    """The price level; one in another currency would not price this sale."""
    if not name:
        return None
    level = work.lists.whole["PriceLevel"].get(normal(name))
    currency = normal(level.data.get("CurrencyRef.FullName", "")) if level else ""
    known = work.lists.whole["Currency"].get(currency)
    if known and known.data.get("CurrencyCode") != work.order.currency.upper():
        work.hold(f"the price level {name!r} is for prices in {known.full_name}")
    return work.named(decisions()["price_level"], name)


def _site(work: Work, item: Item | None, name: str | None) -> Ref | None:
    if not name or item is None or not (item.is_stocked or item.is_group):
        return None
    return work.named(decisions()["inventory_site"], name)


def _combined(rows: list[Row]) -> list[Row]:
    """One line for lines that differ in nothing but quantity and description, at one price."""
    found: list[Row] = []
    by_item: dict[Any, list[Row]] = {}
    for row in rows:
        counted = row.get("ItemRef") and row.get("Quantity")
        alike = by_item.setdefault(row["ItemRef"], []) if counted else []
        same = next((one for one in alike if _is_same(one, row)), None)
        if same:
            same["Quantity"] += row["Quantity"]
            same["Amount"] += row["Amount"]
        else:
            found.append(row)
            alike.append(row)
    return found


def _is_same(one: Row, other: Row) -> bool:
    if one["Amount"] * other["Quantity"] != other["Amount"] * one["Quantity"]:
        return False
    return all(one.get(name) == other.get(name) for name in {*one, *other} - _SUMMED)
