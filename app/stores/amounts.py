"""Sums that must come out: taxes brought to the stated total, amounts shared out to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from rules_library.order import ZERO, Tax

_HALF_HOURS = {
    -210: "America/St_Johns",
    -150: "America/St_Johns",
    210: "Asia/Tehran",
    270: "Asia/Kabul",
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    390: "Asia/Yangon",
    570: "Australia/Darwin",
    630: "Australia/Adelaide",
}


def settled(taxes: Sequence[Tax], stated: Decimal | None, places: int) -> tuple[Tax, ...]:
    """The taxes, adding up to the total tax that the store states.

    Cents that rounding lost go to the largest tax. A list that is further away is not the
    statement to trust: the stated total then stands alone.
    """
    taxes = [tax for tax in taxes if tax.amount or tax.rate]
    off = ZERO if stated is None else stated - sum((tax.amount for tax in taxes), ZERO)
    if not off or stated is None:
        return tuple(taxes)
    if not taxes:
        return (Tax(name="Tax", amount=stated),)
    largest = max(range(len(taxes)), key=lambda place: abs(taxes[place].amount))
    if abs(off) <= Decimal(len(taxes)).scaleb(-places):
        taxes[largest] = replace(taxes[largest], amount=taxes[largest].amount + off)
        return tuple(taxes)
    return (replace(taxes[largest], amount=stated, rate=None, code=""),)


def shared_out(amount: Decimal, weights: Sequence[Decimal], places: int) -> list[Decimal]:
    """The amount in parts proportional to the weights; the parts add up to it exactly."""
    whole = sum(weights, ZERO)
    if not weights or not whole:
        return [ZERO for _ in weights]
    unit = Decimal(1).scaleb(-places)
    exact = [amount * weight / whole for weight in weights]
    parts = [part.quantize(unit, rounding=ROUND_DOWN) for part in exact]
    lost = amount - sum(parts, ZERO)
    step = unit.copy_sign(lost)
    furthest = sorted(range(len(parts)), key=lambda i: abs(exact[i] - parts[i]), reverse=True)
    for place in furthest[: int(abs(lost) / unit)]:
        parts[place] += step
    return parts


def rounded_together(exact: Sequence[Decimal], total: Decimal, places: int) -> list[Decimal]:
    """Amounts of more decimals, rounded so that they add up to a total that they are parts of.

    Amounts that are a cent or more away from the total are no parts of it: each is rounded alone.
    """
    unit = Decimal(1).scaleb(-places)
    parts = [amount.quantize(unit, rounding=ROUND_HALF_UP) for amount in exact]
    lost = total - sum(parts, ZERO)
    if not lost or abs(total - sum(exact, ZERO)) >= unit:
        return parts
    step = unit.copy_sign(lost)
    able = [place for place in range(len(parts)) if exact[place]]
    able.sort(key=lambda place: (exact[place] - parts[place]) * step, reverse=True)
    for place in able[: int(abs(lost) / unit)]:
        parts[place] += step
    return parts


def zone_of_offset(offset: timedelta | None) -> str:
    """The name of a time zone that has this offset from UTC; UTC when there is none."""
    minutes = round((offset or timedelta()).total_seconds() / 60)
    if minutes % 60 == 0 and -12 * 60 <= minutes <= 14 * 60 and minutes:
        return f"Etc/GMT{-minutes // 60:+d}"
    return _HALF_HOURS.get(minutes, "UTC")


def offset_between(local: datetime | None, utc: datetime | None) -> timedelta | None:
    """How far the local clock was ahead of UTC; None if either is unknown."""
    if local is None or utc is None:
        return None
    return timedelta(minutes=round((local - utc).total_seconds() / 60))
