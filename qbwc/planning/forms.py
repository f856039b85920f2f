"""The form of a sale: its lines and tax, which come to the order's total, and its header."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from qbwc.documents.base import Document, Ref, TxnRef
from qbwc.planning.charges import rounding_line
from qbwc.planning.header import header
from qbwc.planning.lines import sale_lines
from qbwc.planning.tax import booked_tax, marketplace_lines, remitted_tax, taxed
from qbwc.planning.tax_lines import Body
from qbwc.planning.work import Work


def body(work: Work) -> Body:
    """Lines and tax of the sale, which come to the order's total or are held."""
    made = lines_and_tax(work, booked_tax(work))
    total, owed = made.totals.total, work.order.total - remitted_tax(work)
    if total != owed and total >= 0 and not work.holds:
        work.hold(f"the lines come to {total}, but the order to {owed}", "sum")
    return made


def lines_and_tax(work: Work, tax: Decimal, *, as_computed: bool = False) -> Body:
    """Lines and tax of an order or of a part of one; see ``tax.taxed``."""
    lines = [*sale_lines(work), *marketplace_lines(work)]
    if not lines:
        work.hold("the order has no line to post")
    difference = work.order.difference
    if difference and (rounding := rounding_line(work, difference)):
        lines.append(rounding)
    made = taxed(work, lines, tax, as_computed=as_computed)
    if made.totals.total < 0:
        work.hold(f"the total is negative: {made.totals.total:.2f}")
    return made


def form(
    work: Work,
    kind: str,
    buyer: Ref | None,
    made: Body,
    *,
    linked: bool = True,
    on: date | None = None,
) -> Document:
    """The document of a kind for the whole order; an invoice takes over its sales order.

    ``on`` is its own date, if it has another than the order.
    """
    fields: dict[str, Any] = {**header(work, kind, buyer, on=on), **made.header}
    if linked and kind == "Invoice" and work.has("SalesOrder"):
        fields["LinkToTxnID"] = [TxnRef("SalesOrder")]
    else:
        fields["lines"] = list(made.lines)
    if kind == "SalesReceipt":
        reference = work.decided["payment_reference"]
        if reference:
            fields["CheckNumber"] = reference[-25:]
    return Document(kind=kind, fields=fields, totals=made.totals)
