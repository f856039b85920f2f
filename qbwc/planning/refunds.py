"""Refunds: a credit memo for each, once its sale is in QuickBooks or in the same plan."""

from __future__ import annotations

from typing import Any

from qbwc.documents.base import Document, Ref
from qbwc.planning import items
from qbwc.planning.charges import ITEM_OF, outcomes_of
from qbwc.planning.header import header, refund_tail
from qbwc.planning.lines import item_line
from qbwc.planning.tax import taxed
from qbwc.planning.work import Work, money
from rules_library.facts import day
from rules_library.order import Refund

KIND = "CreditMemo"
NOT_ON_A_CREDIT = frozenset({"DueDate", "IsPending", "ShipDate", "TermsRef", "ShipMethodRef"})


def plan_refunds(work: Work, customer: Ref | None) -> None:
    """Add a credit memo for each refund, once its sale is in QuickBooks: never before it."""
    if not work.order.refunds:
        return
    if not (work.ledger.get("Invoice") or work.ledger.get("SalesReceipt")):
        work.wait("the refund follows once its sale is in QuickBooks")
        work.more = work.unbooked = True
        return
    for count, refund in enumerate(work.order.refunds, start=1):
        posted = work.ledger.get(KIND, refund.source_id)
        if posted:
            work.documents.append(posted.document)
        elif refund.difference:
            work.hold(
                f"refund {refund.source_id} does not add up: items {refund.net:.2f} + tax "
                f"{refund.tax:.2f}, but the store gave back {refund.total:.2f}"
            )
        elif refund.total:
            work.documents.append(_credit_memo(work, refund, customer, count))


def _credit_memo(work: Work, refund: Refund, customer: Ref | None, count: int) -> Document:
    body = taxed(work, _lines(work, refund), refund.tax)
    fields = header(work, KIND, customer, tail=refund_tail(count))
    fields = {name: held for name, held in fields.items() if name not in NOT_ON_A_CREDIT}
    fields |= body.header
    on = day(refund.created_at, work.order.zone)
    fields["TxnDate"] = on and type(work.decided["txn_date"]).fromisoformat(on)
    fields["Memo"] = f"{fields['Memo']} refund {refund.source_id} {refund.reason}".strip()
    fields["lines"] = list(body.lines)
    return Document(kind=KIND, part=refund.source_id, fields=fields, totals=body.totals)


def _lines(work: Work, refund: Refund) -> list[dict[str, Any]]:
    places = {line.source_id: place for place, line in enumerate(work.order.lines)}
    lines = []
    for part in refund.lines:
        place = places.get(part.line_id)
        if place is None:
            work.hold(f"refund {refund.source_id} names a line that the order does not have")
            continue
        line, outcomes = work.order.lines[place], work.decided.lines[place]
        lines.append(item_line(work, line, outcomes, part.quantity, part.net))
    for adjustment in refund.adjustments:
        if not adjustment.net:
            continue
        key = ITEM_OF[adjustment.kind]
        outcomes = outcomes_of(work, "adjustment")
        name = outcomes[key].value if key in outcomes else work.decided[key]
        lines.append(
            {
                "ItemRef": items.charge_item(work, key, name, outcomes),
                "Desc": adjustment.name or refund.reason or "Refund",
                "Amount": money(adjustment.net),
                "tax_code": outcomes["shipping_tax_code"].value if adjustment.tax else None,
            }
        )
    return lines
