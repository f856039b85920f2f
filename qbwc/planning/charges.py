"""Shipping, fees, tips, duties and discounts as lines of a document."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from qbwc.planning import items
from qbwc.planning.work import Work, money, value
from rules_library.decision import decisions
from rules_library.facts import WHOLE_ORDER
from rules_library.order import Charge
from rules_library.rule import Outcome

ITEM_OF = {
    "shipping": "shipping_item",
    "handling": "fee_item",
    "wrapping": "fee_item",
    "fee": "fee_item",
    "surcharge": "fee_item",
    "tip": "tip_item",
    "duty": "duty_item",
    "rounding": "rounding_item",
    "adjustment": "refund_adjustment_item",
}


def outcomes_of(work: Work, kind: str) -> dict[str, Outcome]:
    """What was decided for something of the whole order: its discount, tax, adjustment."""
    place = [name for name, _ in WHOLE_ORDER].index(kind)
    return dict(work.decided.charges[len(work.order.charges) + place])


def item_key(charge: Charge) -> str:
    """The decision that names a charge's item; what lowers the total is a discount."""
    return "discount_item" if charge.net < 0 and charge.kind != "rounding" else ITEM_OF[charge.kind]


def item_names(decided: Any) -> list[str]:
    """The names of every item that charges, discounts and tax may need."""
    order_wide = (
        "discount_item", "gift_card_sold_item", "refund_adjustment_item", "rounding_item",
        "tax_line_item", "tax_item",
    )  # fmt: skip
    names = [decided[key] for key in order_wide]
    for outcomes in decided.charges:
        names += [value(outcomes, key) for key in ("shipping_item", "fee_item", "tip_item")]
        names += [value(outcomes, key) for key in ("duty_item", "fallback_item")]
    return [name for name in dict.fromkeys(names) if name]


def charge_lines(work: Work) -> list[dict[str, Any]]:
    """A line for each charge that is not zero, at its amount after discounts."""
    lines = []
    for charge, outcomes in zip(work.order.charges, work.decided.charges, strict=False):
        if not charge.net:
            continue
        key = item_key(charge)
        name = value(outcomes, key) if key in outcomes else work.decided[key]
        lines.append(
            {
                "ItemRef": items.charge_item(work, key, name, outcomes),
                "Desc": charge.name,
                "Amount": money(charge.net),
                "ClassRef": _class(work, outcomes),
                "tax_code": value(outcomes, "shipping_tax_code"),
            }
        )
    return lines


def discount_line(work: Work, amount: Decimal, description: str) -> dict[str, Any]:
    """A line that takes a (positive) discount off."""
    name = work.decided["discount_item"]
    return {
        "ItemRef": items.charge_item(work, "discount_item", name, outcomes_of(work, "discount")),
        "Desc": description,
        "Amount": -money(amount),
        "tax_code": work.decided["discount_tax_code"],
    }


def rounding_line(work: Work, difference: Decimal) -> dict[str, Any] | None:
    """A line that carries a small difference, if the company allows one that large."""
    name = work.decided["rounding_item"]
    limit = work.decided["rounding_limit"] or Decimal(0)
    if not name or abs(difference) > limit:
        return None
    return {
        "ItemRef": items.charge_item(work, "rounding_item", name, outcomes_of(work, "rounding")),
        "Desc": "Rounding",
        "Amount": money(difference),
        "tax_code": None,
    }


def _class(work: Work, outcomes: Any) -> Any:
    name = value(outcomes, "line_class")
    return work.named(decisions()["line_class"], name) if name else None
