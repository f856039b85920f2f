"""The credit memo of a refund: the goods and charges that are given back, to the cent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from qbwc.documents.base import Document, Ref
from qbwc.planning import items
from qbwc.planning.charges import ITEM_OF, line_class, outcomes_of
from qbwc.planning.header import header
from qbwc.planning.lines import goods_lines
from qbwc.planning.money_back import Given
from qbwc.planning.tax import refunded_tax, taxed
from qbwc.planning.work import Work, money, value
from rules_library.compiled import Outcome
from rules_library.order import Adjustment, Refund, RefundLine

KIND = "CreditMemo"
NOT_ON_A_CREDIT = frozenset({"DueDate", "IsPending", "ShipDate", "TermsRef", "ShipMethodRef"})


def credit(work: Work, given: Given, customer: Ref | None) -> Document | None:
    """The credit memo of a refund; nothing when nothing was given back."""
    refund = given.refund
    tax = refunded_tax(work.order, refund)
    body = taxed(work, _lines(work, given), tax)
    total, due = body.totals.total, owed(work, refund)
    if total < 0:
        work.hold(f"refund {refund.source_id} is negative: {total:.2f}", "refund")
    elif total != due and not work.holds:
        said = f"the lines of refund {refund.source_id} come to {total}, not {due}"
        work.hold(said, "refund")
    if not total:
        return None
    fields = header(work, KIND, customer, tail=given.tail, on=given.on(work.order.zone))
    fields = {name: held for name, held in fields.items() if name not in NOT_ON_A_CREDIT}
    fields |= body.header
    fields["Memo"] = given.memo(fields["Memo"])
    fields["lines"] = list(body.lines)
    return Document(kind=KIND, part=refund.source_id, fields=fields, totals=body.totals)


def owed(work: Work, refund: Refund) -> Decimal:
    """What a refund gives back of the merchant's own: without tax that a marketplace remits."""
    return money(refund.total - refund.tax + refunded_tax(work.order, refund))


def _lines(work: Work, given: Given) -> list[dict[str, Any]]:
    order, refund = work.order, given.refund
    places = {line.source_id: place for place, line in enumerate(order.lines)}
    counts = Counter(line.source_id for line in order.lines)
    lines: list[dict[str, Any]] = []
    for part in refund.lines:
        if counts[part.line_id] != 1:
            said = f"refund {refund.source_id} names a line that the order does not have once"
            work.hold(said, "refund")
            continue
        lines += _goods(work, given, part, places[part.line_id])
    for adjustment in refund.adjustments:
        if not adjustment.net:
            continue
        key = ITEM_OF[adjustment.kind]
        outcomes, code = _decided(work, adjustment)
        name = outcomes[key].value if key in outcomes else work.decided[key]
        lines.append(
            {
                "ItemRef": items.charge_item(work, key, name, outcomes),
                "Desc": adjustment.name or refund.reason or "Refund",
                "Amount": adjustment.net,
                "ClassRef": line_class(work, outcomes),
                "tax_code": code if adjustment.tax else None,
            }
        )
    return lines


def _goods(work: Work, given: Given, part: RefundLine, place: int) -> list[dict[str, Any]]:
    """The lines of goods that come back; what is not restocked is credited by another item."""
    line, outcomes = work.order.lines[place], work.decided.lines[place]
    rows = goods_lines(work, line, outcomes, part.quantity, part.net, as_parts=True)
    name = value(given.outcomes, "unrestocked_item")
    if part.restocked or not name:
        return rows
    found = items.line_item(work, line, outcomes)
    stocked = {item.ref for item in items.goods(work, found) if item.is_stocked} if found else ()
    instead = {"Quantity": None, "UnitOfMeasure": None, "InventorySiteRef": None}
    for row in rows:
        if row["ItemRef"] in stocked:
            adjusting = outcomes_of(work, "adjustment")
            item = items.charge_item(work, "unrestocked_item", name, adjusting)
            row.update(instead, ItemRef=item)
    return rows


def _decided(work: Work, adjustment: Adjustment) -> tuple[Mapping[str, Outcome], str | None]:
    """What was decided for the charge that is given back, else for adjustments; its tax code."""
    key = ITEM_OF[adjustment.kind]
    of_kind = [
        (charge, outcomes)
        for charge, outcomes in zip(work.order.charges, work.decided.charges, strict=False)
        if ITEM_OF[charge.kind] == key
    ]
    for charge, outcomes in of_kind:
        if charge.name == adjustment.name or len(of_kind) == 1:
            return outcomes, value(outcomes, "shipping_tax_code")
    return outcomes_of(work, "adjustment"), work.decided["discount_tax_code"]
