"""Shopify prices with tax in them, brought to net amounts and tax beside them, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from app.stores.amounts import shared_out
from app.stores.node import rounded
from rules_library.order import ZERO, Charge, Line, Tax

_Part = TypeVar("_Part", Line, Charge)


def without_tax(
    lines: Sequence[Line], charges: Sequence[Charge], owed: Decimal, places: int
) -> tuple[tuple[Line, ...], tuple[Charge, ...]]:
    """The parts less the tax inside them.

    A part's own taxes are taken from it. What the order's total tax has beyond those is shared
    out over the taxable parts that name no tax, or over all that name some, by amount.
    """
    parts: list[Line | Charge] = [*lines, *charges]
    inside = [part.tax for part in parts]
    missing = owed - sum(inside, ZERO)
    if missing:
        silent = [not part.taxes and _is_taxable(part) for part in parts]
        if not any(part.net for part, is_silent in zip(parts, silent, strict=True) if is_silent):
            silent = [bool(part.taxes) for part in parts]
        weights = [
            part.net if is_silent else ZERO for part, is_silent in zip(parts, silent, strict=True)
        ]
        for place, share in enumerate(shared_out(missing, weights, places)):
            inside[place] += share
    return (
        tuple(_less(line, inside[i], places) for i, line in enumerate(lines)),
        tuple(_less(one, inside[len(lines) + i], places) for i, one in enumerate(charges)),
    )


def _is_taxable(part: Line | Charge) -> bool:
    return part.taxable and part.kind not in {"tip", "gift_card", "rounding", "duty"}


def _less(part: _Part, tax: Decimal, places: int) -> _Part:
    if not tax or not part.net:
        return part
    net = part.net - tax
    gross = rounded(part.gross * net / part.net, places) if part.discount else net
    taxes = part.taxes or (Tax(name="Tax", amount=tax),)
    return replace(part, gross=gross, discount=gross - net, taxes=taxes)
