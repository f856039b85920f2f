"""The lines of a sale: what was bought, its discounts, and the charges."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from qbwc.planning import items
from qbwc.planning.charges import charge_lines, discount_line
from qbwc.planning.work import Work, money, value
from rules_library.decision import decisions
from rules_library.order import Line
from rules_library.rule import Outcome


def sale_lines(work: Work) -> list[dict[str, Any]]:
    """Every line of the sale before tax; ``tax_code`` names the code that tax is worked out by."""
    shown = work.decided["discount_as"]
    found: list[dict[str, Any]] = []
    for line, outcomes in zip(work.order.lines, work.decided.lines, strict=True):
        if value(outcomes, "skip_line"):
            if line.net:
                work.hold(f"the line {line.name!r} is to be left out, but costs {line.net:.2f}")
            continue
        amount = line.net if shown == "net_lines" else line.gross
        found.append(item_line(work, line, outcomes, line.quantity, amount))
        if shown == "per_line" and line.discount:
            found.append(discount_line(work, line.discount, f"Discount: {line.name}"))
    if shown == "one_line":
        discount = sum((line.discount for line in work.order.lines), Decimal(0))
        if discount:
            codes = ", ".join(d.code or d.title for d in work.order.discounts)
            found.append(discount_line(work, discount, f"Discount {codes}".strip()))
    return found + charge_lines(work)


def item_line(
    work: Work, line: Line, outcomes: dict[str, Outcome] | Any, quantity: Decimal, amount: Decimal
) -> dict[str, Any]:
    """One line of goods. Quantity and Amount force the total; QuickBooks derives the rate."""
    name = value(outcomes, "line_class")
    return {
        "ItemRef": items.line_item(work, line, outcomes),
        "Desc": value(outcomes, "line_description") or line.name,
        "Quantity": quantity or None,
        "Amount": money(amount),
        "ClassRef": work.named(decisions()["line_class"], name) if name else None,
        "tax_code": value(outcomes, "line_tax_code"),
    }
