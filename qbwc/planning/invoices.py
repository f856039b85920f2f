"""The invoices of an order: one for all of it, or one for each shipment.

With a sales order in QuickBooks an invoice takes its lines from there; the last one closes it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from qbwc.documents.base import Document, Ref
from qbwc.planning import drift, forms, shipments
from qbwc.planning.gone import close, named
from qbwc.planning.header import header, is_locked, memo
from qbwc.planning.order_lines import OrderLines
from qbwc.planning.shipments import INVOICE, Part
from qbwc.planning.tax import booked_tax, remitted_tax
from qbwc.planning.tax_lines import Body
from qbwc.planning.work import Work
from qbwc.planning.world import Posted
from rules_library.order import ZERO

SALES_ORDER = "SalesOrder"


def plan_invoices(work: Work, buyer: Ref | None, *, allowed: bool) -> None:
    """Add the invoices that should exist; ``allowed`` is whether new ones may be made."""
    posted = work.ledger.parts(INVOICE)
    choice = work.decided["create_invoice"] if allowed else "none"
    if _is_changing(work):
        work.more = True
        if not posted:
            return
    if choice == "none" and allowed and not posted:
        title = work.decided.order["create_invoice"].title
        work.wait(f"the invoice is not made yet: {title or 'by rule'}")
    if choice == "shipped" or posted - {""}:
        _by_shipment(work, buyer, may_add=choice != "none" and not _is_changing(work))
    elif posted:
        kept = drift.keep(
            work,
            work.ledger.posted[INVOICE, ""],
            lambda now: forms.form(now, INVOICE, buyer, forms.body(now), linked=False),
        )
        _close(work, [kept])
    elif choice == "whole" and (document := _linked(work, buyer, shipments.WHOLE, [])):
        work.documents.append(document)
        _close(work, [document])


def _is_changing(work: Work) -> bool:
    """Whether the sales order is corrected first: an invoice would take its old lines."""
    return any(one.kind == SALES_ORDER and one.action != "add" for one in work.documents)


def _by_shipment(work: Work, buyer: Ref | None, *, may_add: bool) -> None:
    found = shipments.parts(work)
    may_add = may_add and not any(one.kind == INVOICE and one.action != "add"
                                  for one in work.documents)  # fmt: skip
    issued: list[Document] = []
    for part in found:
        if work.ledger.get(INVOICE, part.key):
            issued.append(_keep(work, buyer, part, list(issued)))
        elif may_add:
            document = _linked(work, buyer, part, issued)
            if document is None:
                return
            issued.append(document)
            work.documents.append(document)
    if not found:
        work.wait("the invoice is not made yet: nothing has been shipped")
    elif found[-1].is_last and len(issued) == len(found):
        _complete(work, issued)


def _keep(work: Work, buyer: Ref | None, part: Part, issued: list[Document]) -> Document:
    return drift.keep(
        work,
        work.ledger.posted[INVOICE, part.key],
        lambda now: _invoice(now, buyer, part, _body(now, part, issued)),
        goods_only=not part.is_whole,
    )


def is_invoiced(work: Work, sales_order: Posted) -> bool:
    """Whether the posted invoices have taken all of a sales order."""
    posted = [one.document for (kind, _), one in work.ledger.posted.items() if kind == INVOICE]
    total = sum((one.totals.total for one in posted if one.totals), ZERO)
    promised = sales_order.document.totals
    whole = any("LinkToTxnID" in one.fields for one in posted)
    return whole or bool(posted and promised and total >= promised.total)


def _linked(work: Work, buyer: Ref | None, part: Part, issued: list[Document]) -> Document | None:
    """The invoice of a part, its lines taken from the sales order if there is one."""
    made = _body(work, part, issued)
    if part.is_whole and work.has(SALES_ORDER) and _is_as_ordered(work, made):
        dated = _dated(work, part)
        document = forms.form(work, INVOICE, buyer, made, on=dated.pop("TxnDate", None))
        return replace(document, part=part.key, fields={**document.fields, **dated})
    document = _invoice(work, buyer, part, made)
    if not work.has(SALES_ORDER):
        return document
    sales_order = work.ledger.get(SALES_ORDER)
    if sales_order is None:
        work.more = True
        return None
    open_lines = OrderLines(sales_order, issued)
    if not open_lines.known:
        work.hold(
            "QuickBooks did not tell the lines of the sales order, so no part of it can be invoiced"
        )
    return replace(document, fields={**document.fields, "lines": open_lines.link(made.lines)})


def _is_as_ordered(work: Work, made: Body) -> bool:
    """Whether the sales order is what is invoiced: else an invoice of all of it says too much.

    A person may have changed it in QuickBooks, or kept it as it was when the store changed.
    """
    sales_order = work.ledger.get(SALES_ORDER)
    if sales_order is None:
        return True
    is_kept = any(one.kind == SALES_ORDER and one.chosen == "keep" for one in work.drifts)
    return not is_kept and sales_order.total in {None, made.totals.total}


def _invoice(work: Work, buyer: Ref | None, part: Part, made: Body) -> Document:
    dated = _dated(work, part)
    fields: dict[str, Any] = header(work, INVOICE, buyer, tail=part.tail, on=dated.get("TxnDate"))
    fields |= made.header | dated
    if not part.is_whole:
        fields["Memo"] = f"{memo(work)} shipment {part.key}"
    fields["lines"] = list(made.lines)
    return Document(kind=INVOICE, part=part.key, fields=fields, totals=made.totals)


def _body(work: Work, part: Part, issued: list[Document]) -> Body:
    """Of a part the store tells no tax: QuickBooks' own figure stands, the rest is on the last."""
    by_codes = work.decided["tax_mode"] == "codes"
    if part.is_whole:
        return forms.body(work)
    mine = shipments.portion(work, part)
    if by_codes and part.is_last:
        tax = booked_tax(work) - sum((one.totals.tax for one in issued if one.totals), ZERO)
        return forms.lines_and_tax(mine, tax)
    return forms.lines_and_tax(mine, booked_tax(mine), as_computed=by_codes)


def _dated(work: Work, part: Part) -> dict[str, date]:
    """An invoice of a shipment is not dated before it."""
    on = part.shipped_on
    if on is None:
        return {}
    decided = work.decided["txn_date"]
    dates = {"TxnDate": max(decided, on) if isinstance(decided, date) else on}
    return dates | ({"ShipDate": on} if work.decided["ship_date"] else {})


def _complete(work: Work, issued: list[Document]) -> None:
    """Everything is invoiced: it comes to the order's total, and the sales order is closed."""
    total = sum((one.totals.total for one in issued if one.totals), ZERO)
    owed = work.order.total - remitted_tax(work)
    is_chosen = any(one.kind == INVOICE and one.chosen for one in work.drifts)
    if total != owed and not work.holds and not is_chosen:
        work.hold(f"the invoices come to {total:.2f}, but the order to {owed:.2f}")
    _close(work, issued)


def _close(work: Work, issued: list[Document]) -> None:
    """Close the sales order, if the posted invoices have not done so by taking all of it."""
    sales_order = work.ledger.get(SALES_ORDER)
    if sales_order is None or any("LinkToTxnID" in one.fields for one in issued):
        return
    lines = OrderLines(sales_order, issued)
    if not lines.known or lines.is_used_up:
        return
    if not all(work.ledger.get(INVOICE, one.part) for one in issued):
        work.more = True
    elif is_locked(work, sales_order):
        work.note(f"{named(sales_order)} stays open: QuickBooks' books are closed on its day")
    elif closing := close(sales_order):
        work.documents.append(closing)
