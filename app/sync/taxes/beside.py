"""The two sides' taxes of an order beside each other: what one names, the other is shared over.

A store that names a state's and a county's tax has one tax item of both in QuickBooks. What
QuickBooks holds is shared out by the store's amounts, to the cent; where both come to the same,
the shares are the store's own amounts. The other way round it is the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.sync.taxes.sums import ZERO, Entry, merged, shares, total


def beside(shop: list[Entry], books: list[Entry]) -> list[dict[str, Any]]:
    """The rows of an order, see ``OrderTax``; without company, order and currency."""
    return [*_rows("store", shop, books), *_rows("quickbooks", books, shop)]


def _rows(by: str, named: list[Entry], other: list[Entry]) -> list[dict[str, Any]]:
    """A day's tax of the other side goes by the names of that day, else by all of the order's."""
    found: list[dict[str, Any]] = []
    for day in sorted({one.day for one in (*named, *other)}):
        theirs = [one for one in other if one.day == day]
        own = [one for one in named if one.day == day]
        found += _of_a_day(by, day, own, theirs, own or _by_name(day, named))
    return found


def _by_name(day: date, entries: list[Entry]) -> list[Entry]:
    """An order's taxes whatever their day; one without a name where it has none."""
    moved = [replace(one, day=day) for one in entries if one.tax > 0] or [
        replace(one, day=day) for one in entries
    ]
    return merged(moved) or [Entry(day, "", None, ZERO, ZERO, ZERO)]


def _of_a_day(
    by: str, day: date, own: list[Entry], other: list[Entry], names: list[Entry]
) -> list[dict[str, Any]]:
    mine, theirs = ("shop", "books") if by == "store" else ("books", "shop")
    tax = sum((one.tax for one in other), ZERO)
    base = total(one.once for one in other)
    each = shares(tax, [one.tax for one in names])
    return [
        {
            "by": by, "day": day, "name": one.name, "rate": one.rate,
            f"{mine}_base": one.base if own else None,
            f"{mine}_tax": one.tax if own else None,
            f"{theirs}_base": _share_of_base(base, one, names) if other else None,
            f"{theirs}_tax": share if other else None,
            f"{mine}_once": one.once if own else None,
            f"{theirs}_once": (ZERO if place and base is not None else base) if other else None,
        }
        for place, (one, share) in enumerate(zip(names, each, strict=True))
    ]  # fmt: skip


def _share_of_base(base: Decimal | None, one: Entry, names: list[Entry]) -> Decimal | None:
    """What the other side taxes of what this tax is on; None where that cannot be said."""
    if base is None or len(names) == 1:
        return base
    if base == total(each.once for each in names):
        return one.base
    return base if len({each.base for each in names}) == 1 else None
