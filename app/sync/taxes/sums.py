"""One side's tax on one day under one name, and sums of such."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """A tax of an order; what was given back is negative."""

    day: date
    name: str
    rate: Decimal | None
    """In percent; None: not told."""
    base: Decimal | None
    """What is taxed, without tax; None: not told."""
    once: Decimal | None
    """What of the base counts under no other tax, so that bases add up; None: not told."""
    tax: Decimal


def add(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """A sum, unless one of the two is not known."""
    return None if one is None or other is None else one + other


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of all, unless one is not known."""
    found: Decimal | None = ZERO
    for amount in amounts:
        found = add(found, amount)
    return found


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """One entry a day, name and rate, in that order; a tax of nothing is left out."""
    found: dict[tuple[date, str, Decimal | None], Entry] = {}
    for one in entries:
        if not one.tax:
            continue
        key = one.day, one.name, one.rate
        held = found.get(key)
        found[key] = (
            Entry(*key, add(held.base, one.base), add(held.once, one.once), held.tax + one.tax)
            if held
            else one
        )
    return sorted(
        (one for one in found.values() if one.tax or one.base),
        key=lambda one: (one.day, one.name, one.rate or ZERO),
    )


def shares(amount: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """An amount shared out by weight, to the cent; equal to the weights where they add up to it."""
    if sum(weights, ZERO) == amount:
        return weights
    sizes = [abs(weight) for weight in weights]
    whole = sum(sizes, ZERO)
    if not whole:
        return [amount, *(ZERO for _ in weights[1:])]
    found = [(amount * size / whole).quantize(Decimal("0.01")) for size in sizes]
    found[sizes.index(max(sizes))] += amount - sum(found, ZERO)
    return found
