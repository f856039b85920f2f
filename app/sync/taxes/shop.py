"""The taxes of an order as its store states them: each with what it taxes, refunds taken off.

What a marketplace remits itself is not the merchant's, and is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from app.sync.taxes.sums import ZERO, Entry, merged
from qbwc.planning.tax import refunded_tax
from rules_library.facts import day
from rules_library.order import Adjustment, Charge, Line, Order, Refund, RefundLine, Tax

LONGEST = 200
"""Characters of a name that are kept."""
CENT = Decimal("0.01")
FINEST = Decimal("0.00001")
MOST = 1000
"""Percent: no tax has so high a rate."""
LARGEST = 10**12
UNNAMED = "Sales tax"

Key = tuple[str, Decimal | None]
"""A tax's name and rate."""


def of_order(order: Order) -> list[Entry]:
    """What an order's taxes come to, by day."""
    found = list(_sold(order))
    for refund in order.refunds:
        found += _given_back(order, refund)
    every = merged(found)
    return every if all(map(_can_be_kept, every)) else []


def _can_be_kept(one: Entry) -> bool:
    """Whether no amount is beyond all that QuickBooks or a report can hold."""
    return all(abs(amount) < LARGEST for amount in (one.tax, one.base or ZERO, one.once or ZERO))


def _key(tax: Tax) -> Key:
    name = (tax.name or tax.code or UNNAMED).replace("\x00", "").strip()
    return name[:LONGEST], _rate(tax.rate)


def _rate(rate: Decimal | None) -> Decimal | None:
    """As it is kept; none that is no rate of a tax."""
    return rate.quantize(FINEST) if rate is not None and abs(rate) < MOST else None


def _own(taxes: Iterable[Tax]) -> list[Key]:
    """The taxes that the merchant remits, each once."""
    mine = (tax for tax in taxes if tax.remitted_by == "merchant" and tax.amount)
    return list(dict.fromkeys(map(_key, mine)))


def _amounts(taxes: Iterable[Tax]) -> dict[Key, Decimal]:
    found: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for tax in taxes:
        if tax.remitted_by == "merchant":
            found[_key(tax)] += tax.amount
    return found


def _on(moment: datetime | None, order: Order) -> date | None:
    found = day(moment, order.zone)
    return date.fromisoformat(found) if found else None


def _sold(order: Order) -> Iterable[Entry]:
    on = _on(order.placed_at, order)
    if on is None:
        return
    amounts = _amounts(order.taxes)
    bases, counted = _bases(order, amounts)
    for key, amount in amounts.items():
        yield Entry(on, *key, bases[key], counted[key], amount)


def _bases(
    order: Order, amounts: dict[Key, Decimal]
) -> tuple[dict[Key, Decimal | None], dict[Key, Decimal | None]]:
    """What each tax is on, and what of it no tax before it is on."""
    parts: list[Line | Charge] = [*order.lines, *order.charges]
    if not any(part.taxes for part in parts):
        return _unsaid(parts, amounts)
    bases: dict[Key, Decimal] = dict.fromkeys(amounts, ZERO)
    counted = dict(bases)
    stated: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for part in parts:
        for key, amount in _amounts(part.taxes).items():
            stated[key] += amount
        keys = [key for key in _own(part.taxes) if key in bases]
        for key in keys:
            bases[key] += part.net
        if keys:
            counted[min(keys, key=list(amounts).index)] += part.net
    known = {key for key, amount in amounts.items() if stated[key] == amount}
    return (
        {key: base if key in known else None for key, base in bases.items()},
        {key: base if key in known else None for key, base in counted.items()},
    )


def _unsaid(
    parts: Sequence[Line | Charge], amounts: dict[Key, Decimal]
) -> tuple[dict[Key, Decimal | None], dict[Key, Decimal | None]]:
    """The lines name no taxes: what may be taxed is the base of a tax whose rate says so."""
    taxable = [part.net for part in parts if part.taxable]
    base = sum(taxable, ZERO)
    bases: dict[Key, Decimal | None] = {}
    counted: dict[Key, Decimal | None] = {}
    for key, amount in amounts.items():
        rate = key[1] or ZERO
        fits = bool(rate) and abs(base * rate / 100 - amount) <= CENT * len(taxable)
        bases[key] = base if fits else None
        counted[key] = None if not fits else ZERO if any(counted.values()) else base
    return bases, counted


def _given_back(order: Order, refund: Refund) -> list[Entry]:
    on, whole = _on(refund.created_at, order), refunded_tax(order, refund)
    if on is None or not whole:
        return []
    taxes: defaultdict[Key, Decimal] = defaultdict(Decimal)
    bases: dict[Key, Decimal | None] = {}
    counted: dict[Key, Decimal | None] = {}
    lines = {line.source_id: line for line in order.lines}
    is_plain = _is_plain(order)
    parts: list[RefundLine | Adjustment] = [*refund.lines, *refund.adjustments]
    for part in parts:
        line = lines.get(part.line_id) if isinstance(part, RefundLine) else None
        named = (line and line.taxes) or order.taxes
        stated = sum((tax.amount for tax in named), ZERO)
        if not part.tax or not stated:
            continue
        net = part.net if is_plain or (line and line.taxes) else None
        for place, (key, amount) in enumerate(_amounts(named).items()):
            taxes[key] += part.tax * amount / stated
            once = net if place == 0 or net is None else ZERO
            for sums, more in ((bases, net), (counted, once)):
                held = sums.get(key, ZERO)
                sums[key] = None if held is None or more is None else held + more
    if not taxes:
        unnamed = UNNAMED, None
        taxes[unnamed], bases[unnamed], counted[unnamed] = whole, None, None
    exact = _to_the_cent(taxes, whole)
    return [
        Entry(on, *key, _less(bases[key]), _less(counted[key]), -amount)
        for key, amount in exact.items()
    ]


def _is_plain(order: Order) -> bool:
    """Whether whatever is taxed has all of the order's taxes."""
    every = set(_own(order.taxes))
    parts: list[Line | Charge] = [*order.lines, *order.charges]
    own = [set(_own(part.taxes)) for part in parts if part.taxes]
    return all(keys == every for keys in own if keys) if any(own) else len(every) == 1


def _to_the_cent(taxes: dict[Key, Decimal], whole: Decimal) -> dict[Key, Decimal]:
    """Rounded so that they come to a whole; what is over goes with the largest."""
    found = {key: amount.quantize(CENT) for key, amount in taxes.items()}
    largest = max(found, key=lambda key: abs(found[key]))
    found[largest] += whole - sum(found.values(), ZERO)
    return found


def _less(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -amount
