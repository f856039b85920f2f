"""What is bought for an order against what is to be bought now: more, or fewer, of a vendor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from qbwc.documents.base import Ref
from qbwc.planning import asked, line_changes
from qbwc.planning.changed import Drift
from qbwc.planning.gone import end, named
from qbwc.planning.header import is_locked
from qbwc.planning.line_changes import Row
from qbwc.planning.work import Work, money
from qbwc.planning.world import Posted
from rules_library.order import ZERO

KIND = "PurchaseOrder"
_MARK = "#"
"""Stands between a vendor and the number of its second and later purchase orders."""


def part_of(vendor: Ref, number: int = 1) -> str:
    """The part of an order's n-th purchase order for a vendor."""
    own = vendor.list_id or vendor.full_name
    return own if number == 1 else f"{own}{_MARK}{number}"


def by_vendor(posted: Iterable[Posted]) -> dict[str, list[Posted]]:
    """The purchase orders of each vendor, by the part of its first."""
    found: defaultdict[str, list[Posted]] = defaultdict(list)
    for one in posted:
        found[part_of(one.document.fields["VendorRef"])].append(one)
    return dict(found)


def next_number(vendor: str, parts: Collection[str]) -> int:
    """The number of a vendor's next purchase order; ``vendor`` is the part of the first."""
    number = 2
    while f"{vendor}{_MARK}{number}" in parts:
        number += 1
    return number


def too_many(bought: Mapping[str, Decimal], sold: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """How many of each item were bought beyond what the order has of it at all.

    Args:
        bought: How many are in QuickBooks, by the item's key.
        sold: How many the order has, those that came back among them.
    """
    over = {key: count - sold.get(key, ZERO) for key, count in bought.items()}
    return {key: count for key, count in over.items() if count > 0}


def ask(
    work: Work, ours: Sequence[Posted], rows: Sequence[Mapping[str, Any]], over: dict[str, Decimal]
) -> str:
    """What a person chose about a vendor of whom other quantities are wanted now.

    Args:
        work: The order; what is taken back is added to it.
        ours: The vendor's purchase orders in QuickBooks, the first one first.
        rows: What is to be bought of the vendor besides.
        over: What was bought too many of, by the item's key; what is told here is taken off.

    Returns:
        The choice; empty when nothing differs, or nobody chose yet.
    """
    fewer = _fewer(ours, over)
    changes = line_changes.compare(line_changes.rows(fewer), line_changes.rows(rows))
    more = [*changes.added, *(now for _, now in changes.changed)]
    less = [*changes.removed, *(then for then, _ in changes.changed)]
    if not (more or less):
        return ""
    words = (*(f"{_said(row)} more" for row in more), *(f"{_said(row)} fewer" for row in less))
    first = ours[0]
    then = sum((one.document.totals.total for one in ours if one.document.totals), ZERO)
    now = then + _cost(more) - _cost(less)
    found = Drift(
        kind=KIND, part=first.document.part, ref_number=first.ref_number, words=words, notes=(),
        then=then, now=now, mark=asked.mark([*words, str(len(ours))]),
        choices=tuple(_choices(work, ours, can_add=not less)),
    )  # fmt: skip
    said = f"what is bought by {named(first)} is not what the order has now: {', '.join(words)}"
    answer = asked.ask(work, found, said, about="purchase order")
    if answer == "void_and_repost":
        others = [one for one in work.documents if (one.kind, one.part) != (KIND, found.part)]
        work.documents = [*others, end(first, "void")]
        work.more = True
    return answer


def _fewer(ours: Sequence[Posted], over: dict[str, Decimal]) -> list[dict[str, Any]]:
    """The lines, the last first, of which too many were bought, with how many."""
    found = []
    for one in reversed(ours):
        for row in reversed(one.document.fields["lines"]):
            key = row["ItemRef"].key
            taken = min(over.get(key, ZERO), row["Quantity"])
            if taken > 0:
                over[key] -= taken
                found.append({**row, "Quantity": taken})
    return found


def _choices(work: Work, ours: Sequence[Posted], *, can_add: bool) -> list[str]:
    found = ["buy"] if can_add else []
    if len(ours) == 1 and not is_locked(work, ours[0]):
        found.append("void_and_repost")
    return [*found, "keep"]


def _said(row: Row) -> str:
    return f"{(row.quantity or ZERO).normalize():f} x {row.label}"


def _cost(rows: Iterable[Row]) -> Decimal:
    return sum((money(row.line["Rate"] * (row.quantity or ZERO)) for row in rows), ZERO)
