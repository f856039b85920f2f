"""What was posted and is no more, or is to be no more: voided, deleted, closed."""

from __future__ import annotations

from typing import Literal

from qbwc import documents
from qbwc.documents.base import Document
from qbwc.planning.header import is_closed
from qbwc.planning.work import Work
from qbwc.planning.world import Ledger, Posted

HOW = {
    "void": "was voided",
    "delete": "was deleted",
    "voided": "was voided in QuickBooks",
    "missing": "was deleted in QuickBooks",
}
BY_US = frozenset({"void", "delete"})
CLOSED = "IsManuallyClosed"
SALES = ("Invoice", "SalesReceipt")
"""What makes a sale of an order, which a credit memo can take back."""


def named(posted: Posted) -> str:
    """A document as people know it: invoice 1001."""
    kind = documents.spoken(posted.document.kind)
    number = posted.ref_number or posted.document.fields.get("RefNumber") or ""
    return f"{kind} {number}".strip()


def posted_of(ledger: Ledger, *kinds: str) -> list[Posted]:
    """What QuickBooks holds of some kinds."""
    return [one for (kind, _), one in ledger.posted.items() if kind in kinds]


def end(posted: Posted, action: Literal["void", "delete"]) -> Document:
    """What voids or deletes a document; what cannot be voided is deleted."""
    document = posted.document
    if action == "void" and not documents.kind(document.kind).voidable:
        action = "delete"
    return Document(
        kind=document.kind, part=document.part, action=action, fields={"TxnID": posted.txn_id}
    )


def close(posted: Posted) -> Document | None:
    """What closes a sales order or purchase order; nothing when it is closed already."""
    return None if posted.document.fields.get(CLOSED) else _closed(posted, closed=True)


def reopen(posted: Posted) -> Document | None:
    """What opens a sales order or purchase order that was closed; nothing when it is open."""
    return _closed(posted, closed=False) if posted.document.fields.get(CLOSED) else None


def _closed(posted: Posted, *, closed: bool) -> Document:
    document = posted.document
    return Document(
        kind=document.kind,
        part=document.part,
        action="mod",
        fields={"TxnID": posted.txn_id, "EditSequence": posted.edit_sequence, CLOSED: closed},
        totals=document.totals,
    )


def is_unpaid(ledger: Ledger, invoice: Posted) -> bool:
    """Whether nothing was ever received for an invoice, as far as QuickBooks told."""
    total = invoice.total
    if total is None and invoice.document.totals:
        total = invoice.document.totals.total
    return invoice.balance == total and not posted_of(ledger, "ReceivePayment", "CreditMemo")


def hold_what_is_closed(work: Work) -> None:
    """Hold an order of which something would be changed that lies in a closed period."""
    for document in work.documents:
        posted = work.ledger.get(document.kind, document.part)
        if document.action == "add" or posted is None:
            continue
        day = posted.document.fields.get("TxnDate")
        if is_closed(work, day):
            closing = work.lists.closing_date
            work.hold(
                f"{named(posted)} of {day} lies in a closed period (QuickBooks' books are closed "
                f"to {closing}), so it cannot be changed",
                "closed",
                closing,
            )


def hold_what_is_gone(work: Work, cause: str = "gone") -> None:
    """Hold an order whose documents QuickBooks had and has no longer."""
    for document in work.documents:
        gone = work.ledger.gone.get((document.kind, document.part))
        if document.action == "add" and gone is not None:
            reason = f"{named(gone)} {HOW[gone.ended]}: post it again, or leave the order as it is"
            work.hold(reason, cause)
