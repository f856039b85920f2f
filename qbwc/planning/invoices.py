"""The invoices of an order: one for all of it, or one for each shipment.

With a sales order in QuickBooks an invoice takes its lines from there; the last one closes it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from qbwc.documents.base import Document, Ref
from qbwc.planning import forms, shipments
from qbwc.planning.header import header, memo
from qbwc.planning.order_lines import OrderLines
from qbwc.planning.shipments import INVOICE, Part
from qbwc.planning.tax import Body, booked_tax, remitted_tax
from qbwc.planning.work import Work
from rules_library.order import ZERO

SALES_ORDER = "SalesOrder"


def plan_invoices(work: Work, buyer: Ref | None, *, allowed: bool) -> None:
    """Add the invoices that should exist; ``allowed`` is whether new ones may be made."""
    posted = work.ledger.parts(INVOICE)
    choice = work.decided["create_invoice"] if allowed else "none"
    if choice == "none" and allowed and not posted:
        title = work.decided.order["create_invoice"].title
        work.wait(f"the invoice is not made yet: {title or 'by rule'}")
    if choice == "shipped" or posted - {""}:
        _by_shipment(work, buyer, may_add=choice != "none")
    elif posted:
        forms.keep(work, work.ledger.posted[INVOICE, ""])
    elif choice == "whole":
        work.documents.append(forms.form(work, INVOICE, buyer, forms.body(work)))


def _by_shipment(work: Work, buyer: Ref | None, *, may_add: bool) -> None:
    found = shipments.parts(work)
    issued: list[Document] = []
    for part in found:
        if work.ledger.get(INVOICE, part.key):
            issued.append(_keep(work, part.key))
        elif may_add:
            document = _invoice(work, buyer, part, issued)
            if document is None:
                return
            issued.append(document)
            work.documents.append(document)
    if not found:
        work.wait("the invoice is not made yet: nothing has been shipped")
    elif found[-1].is_last and len(issued) == len(found):
        _complete(work, issued)


def _keep(work: Work, part: str) -> Document:
    document = replace(work.ledger.posted[INVOICE, part].document, action="add")
    work.documents.append(document)
    return document


def _invoice(work: Work, buyer: Ref | None, part: Part, issued: list[Document]) -> Document | None:
    mine = shipments.portion(work, part)
    made = _body(mine, work, part, issued)
    fields: dict[str, Any]
    if part.is_whole:
        document = forms.form(work, INVOICE, buyer, made)
        fields = dict(document.fields) | _dated(work, part)
        return replace(document, part=part.key, fields=fields)
    fields = header(work, INVOICE, buyer, tail=part.tail, on=_dated(work, part).get("TxnDate"))
    fields |= made.header | _dated(work, part)
    fields["Memo"] = f"{memo(work)} shipment {part.key}"
    fields["lines"] = list(made.lines)
    if work.has(SALES_ORDER):
        sales_order = work.ledger.get(SALES_ORDER)
        if sales_order is None:
            work.more = True
            return None
        open_lines = OrderLines(sales_order, issued)
        if not open_lines.known:
            work.hold("QuickBooks did not tell the lines of the sales order, so no part of it "
                      "can be invoiced")  # fmt: skip
        fields["lines"] = open_lines.link(made.lines)
    return Document(kind=INVOICE, part=part.key, fields=fields, totals=made.totals)


def _body(mine: Work, work: Work, part: Part, issued: list[Document]) -> Body:
    """Of a part the store tells no tax: QuickBooks' own figure stands, the rest is on the last."""
    by_codes = work.decided["tax_mode"] == "codes"
    if part.is_whole:
        return forms.body(work)
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
    if total != owed and not work.holds:
        work.hold(f"the invoices come to {total:.2f}, but the order to {owed:.2f}")
    posted = [work.ledger.get(INVOICE, one.part) for one in issued]
    sales_order = work.ledger.get(SALES_ORDER)
    if sales_order is None or None in posted or any("LinkToTxnID" in one.fields for one in issued):
        return
    closed = sales_order.document.fields.get("IsManuallyClosed")
    lines = OrderLines(sales_order, issued)
    if closed or not lines.known or lines.is_used_up:
        return
    work.documents.append(
        Document(
            kind=SALES_ORDER,
            action="mod",
            fields={
                "TxnID": sales_order.txn_id,
                "EditSequence": sales_order.edit_sequence,
                "IsManuallyClosed": True,
            },
            totals=sales_order.document.totals,
        )
    )
