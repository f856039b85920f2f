"""Refunds: a credit memo for each, once its sale is in QuickBooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from qbwc.documents.base import Document, Ref
from qbwc.planning import items
from qbwc.planning.charges import ITEM_OF, line_class, outcomes_of
from qbwc.planning.header import header, refund_tail
from qbwc.planning.lines import goods_lines
from qbwc.planning.tax import refunded_tax, taxed
from qbwc.planning.work import Work, money, value
from rules_library.facts import day
from rules_library.order import Adjustment, Refund
from rules_library.rule import Outcome

KIND = "CreditMemo"
NOT_ON_A_CREDIT = frozenset({"DueDate", "IsPending", "ShipDate", "TermsRef", "ShipMethodRef"})


def plan_refunds(work: Work, customer: Ref | None) -> None:
    """Add a credit memo for each refund, once its sale is in QuickBooks: never before it."""
    refunds = work.order.refunds
    for part in work.ledger.parts(KIND) - {refund.source_id for refund in refunds}:
        said = f"refund {part} is in QuickBooks, but the store does not have it any more"
        work.hold(said, "changed")
    if not refunds:
        return
    if not (work.ledger.parts("Invoice") or work.ledger.get("SalesReceipt")):
        work.wait("the refund follows once its sale is in QuickBooks")
        work.more = work.unbooked = True
        return
    if len({refund.source_id for refund in refunds}) < len(refunds):
        work.hold("two refunds of the order have the same id, so they cannot be told apart")
        return
    for count, refund in enumerate(refunds, start=1):
        posted = work.ledger.get(KIND, refund.source_id)
        if posted:
            work.documents.append(posted.document)
        elif refund.difference:
            work.hold(
                f"refund {refund.source_id} does not add up: items {refund.net:.2f} + tax "
                f"{refund.tax:.2f}, but the store gave back {refund.total:.2f}",
                "refund",
            )
        elif refund.total:
            _credit(work, refund, customer, count)


def _credit(work: Work, refund: Refund, customer: Ref | None, count: int) -> None:
    tax = refunded_tax(work.order, refund)
    body = taxed(work, _lines(work, refund), tax)
    total, owed = body.totals.total, money(refund.total - refund.tax + tax)
    if total < 0:
        work.hold(f"refund {refund.source_id} is negative: {total:.2f}", "refund")
    elif total != owed and not work.holds:
        said = f"the lines of refund {refund.source_id} come to {total}, not {owed}"
        work.hold(said, "refund")
    if not total:
        return
    on = day(refund.created_at, work.order.zone)
    fields = header(
        work, KIND, customer, tail=refund_tail(count), on=date.fromisoformat(on) if on else None
    )
    fields = {name: held for name, held in fields.items() if name not in NOT_ON_A_CREDIT}
    fields |= body.header
    fields["Memo"] = f"{fields['Memo']} refund {refund.source_id} {refund.reason}".strip()
    fields["lines"] = list(body.lines)
    work.documents.append(
        Document(kind=KIND, part=refund.source_id, fields=fields, totals=body.totals)
    )


def _lines(work: Work, refund: Refund) -> list[dict[str, Any]]:
    order = work.order
    places = {line.source_id: place for place, line in enumerate(order.lines)}
    counts = Counter(line.source_id for line in order.lines)
    lines: list[dict[str, Any]] = []
    for part in refund.lines:
        if counts[part.line_id] != 1:
            said = f"refund {refund.source_id} names a line that the order does not have once"
            work.hold(said, "refund")
            continue
        place = places[part.line_id]
        line, outcomes = order.lines[place], work.decided.lines[place]
        lines += goods_lines(work, line, outcomes, part.quantity, part.net, as_parts=True)
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
