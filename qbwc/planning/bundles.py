"""Bundles: what a store sells as one and lists in parts, and the groups of QuickBooks."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from qbwc.planning import items
from qbwc.planning.booked import shares_of
from qbwc.planning.charges import discount_line, may_round, rounding_line
from qbwc.planning.customer import customer
from qbwc.planning.items import Item, Member
from qbwc.planning.work import Work, money, value
from rules_library.order import ZERO, Line

_FOR_GROUPS = frozenset({"Quantity", "InventorySiteRef"})
_MADE_FOR_ONE = ("UnitOfMeasure", "PriceLevelRef", "ClassRef")


def settled(work: Work) -> list[Line | None]:
    """The order's lines as the rules want bundles; None in the place of a line that is left out."""
    lines: list[Line | None] = list(work.order.lines)
    how = work.decided["bundles"]
    for place, parts in _parts(work).items():
        parent = work.order.lines[place]
        if how == "parts" and parts:
            _spread(work, lines, place, parts)
            continue
        merged = how == "one_item"
        if not merged:
            item = items.line_item(work, parent, work.decided.lines[place])
            merged = bool(item and item.is_group)
            if how == "group" and item and not merged and work.lists.verified:
                work.hold(
                    f"the bundle {parent.name!r} is no group in QuickBooks", "item", parent.name
                )
        if merged:
            whole = [parent, *(work.order.lines[part] for part in parts)]
            lines[place] = replace(
                parent,
                gross=sum((line.gross for line in whole), ZERO),
                discount=sum((line.discount for line in whole), ZERO),
            )
            for part in parts:
                lines[part] = None
    return lines


def _parts(work: Work) -> dict[int, list[int]]:
    """Where each bundle's parts stand, by the place of the bundle itself."""
    lines = work.order.lines
    found: dict[int, list[int]] = {
        place: [] for place, line in enumerate(lines) if line.kind == "bundle"
    }
    places = {line.source_id: place for place, line in enumerate(lines)}
    for place, line in enumerate(lines):
        parent = places.get(line.parent_id) if line.parent_id else None
        if parent is not None and parent != place:
            found.setdefault(parent, []).append(place)
    return found


def _spread(work: Work, lines: list[Line | None], place: int, parts: list[int]) -> None:
    """Give a bundle's own price to its parts: by their prices, by QuickBooks', or by quantity."""
    parent, outcomes = work.order.lines[place], work.decided.lines
    taking = [part for part in parts if not value(outcomes[part], "skip_line")] or parts
    own = [work.order.lines[part] for part in taking]
    weights = [line.net for line in own]
    if not any(weights):
        found = [items.line_item(work, work.order.lines[p], outcomes[p]) for p in taking]
        prices = [items.price(item) if item else None for item in found]
        weights = [(price or ZERO) * line.quantity for price, line in zip(prices, own, strict=True)]
    if not any(weights):
        weights = [line.quantity for line in own]
    grosses, discounts = shares_of(parent.gross, weights), shares_of(parent.discount, weights)
    for part, line, gross, discount in zip(taking, own, grosses, discounts, strict=True):
        lines[part] = replace(line, gross=line.gross + gross, discount=line.discount + discount)
    lines[place] = None


def as_group(work: Work, item: Item, row: dict[str, Any]) -> list[dict[str, Any]]:
    """A group line, which QuickBooks prices by its items, and a line for what the store's differs.

    Held when the company allows neither a discount line nor a rounding line of that size.
    """
    name, quantity = item.ref.full_name, row["Quantity"]
    unfit = [key.removesuffix("Ref") for key in _MADE_FOR_ONE if row[key] is not None]
    if unfit:
        work.hold(f"the group {name!r} can have no {unfit[0]}: post bundles as their parts")
    if quantity is None:
        work.hold(f"the group {name!r} is sold without a quantity")
        return []
    level = _buyers_price_level(work)
    if level:
        work.hold(
            f"the buyer has the price level {level!r} in QuickBooks, which would price the items "
            f"of the group {name!r} anew: post bundles as their parts"
        )
    members = items.members(work, item)
    priced = [(member, _amount(work, name, member, quantity)) for member in members]
    total = sum((amount for _, amount in priced), ZERO)
    group = {key: held for key, held in row.items() if key in _FOR_GROUPS}
    if not any(member.item.is_stocked for member in members):
        group.pop("InventorySiteRef", None)
    found = [
        {
            "ItemGroupRef": item.ref,
            **group,
            "Amount": total,
            "tax_code": None,
            "members": [(amount, member.tax_code) for member, amount in priced],
        }
    ]
    difference = row["Amount"] - total
    if not difference or work.holds:
        return found
    rounding = rounding_line(work, difference) if may_round(work, difference) else None
    if rounding:
        found.append(rounding)
    elif difference < 0 and work.decided["bundles"] == "group":
        found.append(discount_line(work, -difference, f"Discount: {row['Desc'] or name}"))
    else:
        work.hold(
            f"the items of the group {name!r} come to {total:.2f} in QuickBooks, "
            f"but the store sold it for {row['Amount']:.2f}",
            "sum",
            name,
        )
    return found


def _buyers_price_level(work: Work) -> str:
    """The price level that QuickBooks has for the buyer; it holds wherever no rate is sent."""
    buyer = customer(work)
    for asked, entries in work.lists.found.items() if buyer and buyer.list_id else ():
        for entry in entries if asked.kind == "Customer" else ():
            if buyer and entry.list_id == buyer.list_id:
                return entry.data.get("PriceLevelRef.FullName", "")
    return ""


def as_parts(work: Work, item: Item, row: dict[str, Any]) -> list[dict[str, Any]]:
    """A line for each item of a group; the amount is spread by their prices, or by quantity."""
    members = items.members(work, item)
    if not members:
        return []
    weights = [member.quantity * (member.price or ZERO) for member in members]
    if not any(weights):
        weights = [member.quantity for member in members]
    quantity = row["Quantity"]
    return [
        {
            **row,
            "ItemRef": member.item.ref,
            "Desc": member.description or row["Desc"],
            "Quantity": quantity and round(quantity * member.quantity, 5),
            "UnitOfMeasure": member.unit or None,
            "InventorySiteRef": row["InventorySiteRef"] if member.item.is_stocked else None,
            "Amount": amount,
        }
        for member, amount in zip(members, shares_of(row["Amount"], weights), strict=True)
    ]


def _amount(work: Work, name: str, member: Member, quantity: Decimal) -> Decimal:
    """What QuickBooks makes of one item of a group."""
    if member.price is None or member.unit:
        work.hold(
            f"{member.item.ref.full_name!r} in the group {name!r} has no plain price, so what "
            "QuickBooks would make of it is not known: post bundles as their parts"
        )
        return ZERO
    return money(member.price * round(member.quantity * quantity, 5))
