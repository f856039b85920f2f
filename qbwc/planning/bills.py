"""The invoices of an order as payments see them: what each still takes, and who paid the rest."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from qbwc.documents.base import Document, TxnRef
from qbwc.planning.work import Work
from qbwc.planning.world import Posted
from rules_library.order import ZERO

KIND, INVOICE = "ReceivePayment", "Invoice"


@dataclass(slots=True)
class Bill:
    """An invoice of the plan and what it still takes."""

    document: Document
    posted: Posted | None
    due: Decimal
    others: Decimal = ZERO
    """What QuickBooks has received or credited for it besides our own documents."""

    @property
    def is_certain(self) -> bool:
        """Whether it is known what QuickBooks makes of it."""
        totals = self.document.totals
        return self.posted is not None or bool(totals and totals.certain)


def bills_of(work: Work) -> list[Bill]:
    """The order's invoices with what each takes besides the payments that it has already.

    An invoice comes to what QuickBooks said, else to what the plan predicts. The balance that
    QuickBooks last told may be older than our payments, but tells of those of other people.
    """
    applied: defaultdict[str, Decimal] = defaultdict(Decimal)
    discounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (kind, _), mine in work.ledger.posted.items():
        for row in mine.document.fields.get("applied", ()) if kind == KIND else ():
            applied[txn_id_of(work, row["TxnID"])] += row["PaymentAmount"]
            discounts[txn_id_of(work, row["TxnID"])] += row.get("DiscountAmount") or ZERO
    found = []
    for document in work.documents:
        if document.kind != INVOICE or document.action != "add":
            continue
        posted, others = work.ledger.get(INVOICE, document.part), ZERO
        due = document.totals.total if document.totals else ZERO
        if posted:
            due = due if posted.total is None else posted.total
            due -= applied[posted.txn_id]
            if posted.balance is not None:
                ours = discounts[posted.txn_id] + _credited(work, posted)
                others = max(due - ours - posted.balance, ZERO)
                due = min(due, posted.balance)
        found.append(Bill(document, posted, max(due, ZERO), others))
    return found


def _credited(work: Work, invoice: Posted) -> Decimal:
    """What our credit memos that are linked to an invoice have taken off, at most."""
    found = ZERO
    for (kind, _), one in work.ledger.posted.items():
        if kind == "CreditMemo" and one.txn_id in invoice.linked:
            total = one.document.totals.total if one.document.totals else ZERO
            found += total - (one.balance or ZERO)
    return found


def txn_id_of(work: Work, target: TxnRef | str) -> str:
    """The TxnID of what a payment is applied to; empty while QuickBooks has not given one."""
    if isinstance(target, str):
        return target
    posted = work.ledger.get(target.kind, target.part)
    return posted.txn_id if posted else ""
