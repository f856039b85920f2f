"""Shipping, fees, tips, duties and discounts as lines of a document."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from qbwc.documents.base import Ref
from qbwc.planning import items
from qbwc.planning.work import Work, value
from rules_library.compiled import Outcome
from rules_library.decision import decisions
from rules_library.labels import WHOLE_ORDER
from rules_library.order import Charge
from rules_library.rulebook import Decided

ITEM_OF = {
    "shipping": "shipping_item",
    "handling": "fee_item",
    "wrapping": "fee_item",
    "fee": "fee_item",
    "surcharge": "fee_item",
    "tip": "tip_item",
    "duty": "duty_item",
    "rounding": "rounding_item",
    "gift_card": "gift_card_sold_item",
    "adjustment": "refund_adjustment_item",
}


_PLACES = {kind: place for place, kind in enumerate(WHOLE_ORDER)}
_ORDER_WIDE = (
    "discount_item", "gift_card_sold_item", "refund_adjustment_item", "rounding_item",
    "tax_line_item", "tax_item",
)  # fmt: skip
_PER_CHARGE = ("shipping_item", "fee_item", "tip_item", "duty_item", "fallback_item")


def outcomes_of(work: Work, kind: str) -> Mapping[str, Outcome]:
    """What was decided for something of the whole order: its discount, tax, adjustment."""
    return work.decided.charges[len(work.order.charges) + _PLACES[kind]]


def item_key(charge: Charge) -> str:
    """The decision that names a charge's item; what lowers the total is a discount."""
    lowers = charge.net < 0 and charge.kind not in {"rounding", "gift_card"}
    return "discount_item" if lowers else ITEM_OF[charge.kind]


def item_names(decided: Decided) -> list[str]:
    """The names of every item that charges, discounts and tax may need."""
    names = [decided[key] for key in _ORDER_WIDE]
    for outcomes in decided.charges:
        names += [outcomes[key].value for key in _PER_CHARGE]
    names += [one.item for one in decided["surcharge"] or ()]
    names += [outcomes["unrestocked_item"].value for outcomes in decided.refunds]
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
                "Amount": charge.net,
                "ClassRef": line_class(work, outcomes),
                "tax_code": value(outcomes, "shipping_tax_code"),
            }
        )
    return lines


def discount_line(work: Work, amount: Decimal, description: str) -> dict[str, Any]:
    """A line that takes a (positive) discount off."""
    name, outcomes = work.decided["discount_item"], outcomes_of(work, "discount")
    return {
        "ItemRef": items.charge_item(work, "discount_item", name, outcomes),
        "Desc": description,
        "Amount": -amount,
        "ClassRef": line_class(work, outcomes),
        "tax_code": work.decided["discount_tax_code"],
    }


def may_round(work: Work, difference: Decimal) -> bool:
    """Whether the company lets a difference become a line of its own."""
    limit = work.decided["rounding_limit"] or Decimal(0)
    return bool(work.decided["rounding_item"]) and abs(difference) <= limit


def rounding_line(work: Work, difference: Decimal) -> dict[str, Any] | None:
    """A line that carries a small difference, if the company allows one that large."""
    name = work.decided["rounding_item"]
    if not may_round(work, difference):
        return None
    outcomes = outcomes_of(work, "rounding")
    return {
        "ItemRef": items.charge_item(work, "rounding_item", name, outcomes),
        "Desc": "Rounding",
        "Amount": difference,
        "ClassRef": line_class(work, outcomes),
        "tax_code": None,
    }


def line_class(work: Work, outcomes: Mapping[str, Outcome]) -> Ref | None:
    """The class of a line."""
    name = value(outcomes, "line_class")
    return work.named(decisions()["line_class"], name) if name else None
