"""The lines of a document with their sales tax codes, rounded so that they add up to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from qbwc.documents.base import Ref, Totals
from qbwc.lists import Entry
from qbwc.planning.work import Work, money, ref
from qbwc.planning.world import lookup
from rules_library.order import ZERO

_OURS = frozenset({"tax_code", "members"})
"""What planning knows of a line and QuickBooks is not told."""


@dataclass(frozen=True, slots=True)
class Body:
    """Lines with their tax codes, the header's tax elements, and what they add up to."""

    lines: tuple[dict[str, Any], ...]
    totals: Totals
    header: dict[str, Any] = field(default_factory=dict)


def code_named(work: Work, name: str) -> Entry | None:
    """The sales tax code of a name; held when QuickBooks lacks it."""
    found = work.lists.find(lookup("SalesTaxCode", "full_name", name))
    if not found and work.lists.verified:
        said = f"QuickBooks has no sales tax code {name!r}"
        work.hold(said, "entry", f"SalesTaxCode {name}")
    return found[0] if found else None


def usual_code(work: Work, name: str, *, taxable: bool) -> Entry | None:
    """The code of that name among the (non-)taxable ones, else the first of them."""
    codes = [
        entry
        for entry in work.lists.whole.get("SalesTaxCode", {}).values()
        if entry.is_active and (entry.data.get("IsTaxable") != "false") == taxable
    ]
    return next((one for one in codes if one.full_name == name), codes[0] if codes else None)


def untaxed_code(work: Work) -> Ref | None:
    """The code of lines that QuickBooks is not to tax, if the company has one."""
    found = usual_code(work, "Non", taxable=False)
    return ref(found) if found else None


def to_the_cent(lines: Sequence[dict[str, Any]]) -> Decimal:
    """Round the lines so that their sum stays the sum; returns what is left of a cent."""
    carried = ZERO
    for line in lines:
        if "ItemGroupRef" in line:
            continue
        exact = line["Amount"] + carried
        line["Amount"] = money(exact)
        carried = exact - line["Amount"]
    return carried


def coded(line: dict[str, Any], code: Ref | None) -> dict[str, Any]:
    """The line as QuickBooks is told it, with its code."""
    found = {key: held for key, held in line.items() if held is not None and key not in _OURS}
    if code is not None and "ItemGroupRef" not in line:
        found["SalesTaxCodeRef"] = code
    return found


def added_up(lines: Sequence[dict[str, Any]]) -> Decimal:
    """The sum of the lines."""
    return sum((line["Amount"] for line in lines), ZERO)
