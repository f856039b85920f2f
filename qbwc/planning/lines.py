"""The lines of a sale: what was bought, its discounts, and the charges."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from qbwc.planning import items
from qbwc.planning.charges import charge_lines, discount_line, line_class
from qbwc.planning.work import Work, value
from rules_library.order import ZERO, Line
from rules_library.rule import Outcome

QUANTITY_DECIMALS = 5


def sale_lines(work: Work) -> list[dict[str, Any]]:
    """Every line of the sale before tax; ``tax_code`` names the code that tax is worked out by."""
    shown = work.decided["discount_as"]
    found: list[dict[str, Any]] = []
    discounts = ZERO
    for line, outcomes in zip(work.order.lines, work.decided.lines, strict=True):
        if value(outcomes, "skip_line"):
            if line.net:
                work.hold(f"the line {line.name!r} is to be left out, but costs {line.net:.2f}")
            continue
        apart = shown != "net_lines" and line.discount > 0
        amount = line.gross if apart else line.net
        found.append(item_line(work, line, outcomes, line.quantity, amount))
        if apart and shown == "per_line":
            found.append(discount_line(work, line.discount, f"Discount: {line.name}"))
        elif apart:
            discounts += line.discount
    if discounts:
        codes = ", ".join(d.code or d.title for d in work.order.discounts)
        found.append(discount_line(work, discounts, f"Discount {codes}".strip()))
    return found + charge_lines(work)


def item_line(
    work: Work, line: Line, outcomes: Mapping[str, Outcome], quantity: Decimal, amount: Decimal
) -> dict[str, Any]:
    """One line of goods. Quantity and Amount force the total; QuickBooks derives the rate."""
    return {
        "ItemRef": items.line_item(work, line, outcomes),
        "Desc": value(outcomes, "line_description"),
        "Quantity": round(quantity, QUANTITY_DECIMALS) or None,
        "Amount": amount,
        "ClassRef": line_class(work, outcomes),
        "tax_code": value(outcomes, "line_tax_code"),
    }
