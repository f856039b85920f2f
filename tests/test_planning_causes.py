"""Why an order is held: the same need is the same cause, whatever the sentence."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from qbwc import planning
from qbwc.planning import CAUSES, Cause
from rules_library.order import Order
from tests.planning import FILE, D, File, an, line, order, planned, tax


@pytest.mark.parametrize(
    ("of", "file", "rules", "cause"),
    [
        (order(lines=(line(sku="NEW-1"),)), FILE, {}, Cause("item", "NEW-1")),
        (order(lines=(line(sku="", name="Gift"),)), FILE, {}, Cause("item", "Gift")),
        (order(), FILE.without("Shipping"), {}, Cause("entry", "Item Shipping")),
        (order(), FILE, {"class": "No such"}, Cause("entry", "Class No such")),
        (order(), FILE, {"hold_for_review": True}, Cause("review", "")),
        (order(total=D("1.00")), FILE, {}, Cause("sum", "")),
        (order(currency="CAD"), FILE, {}, Cause("currency", "CAD")),
        (
            order(),
            FILE.without("Jane Doe"),
            {"when_customer_missing": "hold"},
            Cause("customer", "Jane Doe"),
        ),
        (
            order(),
            FILE.without("Jane Doe").with_(an("Vendor", "Jane Doe")),
            {},
            Cause("name", "Jane Doe"),
        ),
        (order(taxes=(tax("1.00"),)), FILE, {"tax_mode": "none"}, Cause("tax", "")),
        (order(), File(closing_date="2026-12-31"), {}, Cause("closed", "2026-12-31")),
        (order(), FILE, {"terms": {"+": ["a", 1]}}, Cause("rule", "")),
    ],
)
def test_a_held_order_tells_its_cause(
    of: Order, file: File, rules: dict[str, Any], cause: Cause
) -> None:
    made = planned(of, file, **rules)
    assert made.verdict == "hold", made
    assert cause in made.causes
    assert len(made.causes) == len(made.reasons)


def test_every_cause_that_planning_names_is_known() -> None:
    named = set()
    for path in Path(planning.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "hold":
                given = [*node.args[1:2], *[k.value for k in node.keywords if k.arg == "cause"]]
                named |= {one.value for one in given if isinstance(one, ast.Constant)}
    assert named
    assert named <= set(CAUSES)
