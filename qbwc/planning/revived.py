"""An order that lives again after its cancellation was booked: what that did is undone first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from qbwc import documents
from qbwc.documents.base import Document
from qbwc.planning.cancel_credit import CANCELLED, given_out_of
from qbwc.planning.changed import Drift
from qbwc.planning.credit_memo import KIND
from qbwc.planning.gone import CLOSED, end, named
from qbwc.planning.work import Work
from qbwc.planning.world import Posted
from rules_library.order import ZERO


def plan_revived(work: Work) -> bool:
    """Hold an order whose whole sale is credited, or void the credit memo if a person chose that.

    Returns:
        Whether nothing else is planned before the credit memo is gone.
    """
    memo = work.ledger.get(KIND, CANCELLED)
    if memo is None or work.order.payment_status == "refunded":
        # Some shops call a cancelled order completed once all of its money went back.
        return False
    found = _drift(work, memo)
    choice = work.ledger.choices.get((KIND, CANCELLED))
    if choice and choice.mark == found.mark and choice.choice in found.choices:
        found = replace(found, chosen=choice.choice)
    work.drifts.append(found)
    if found.chosen == "void":
        work.documents += [
            replace(one.document, action="add")
            for one in work.ledger.posted.values()
            if one is not memo
        ]
        work.documents.append(end(memo, "void"))
        work.more = True
        return True
    if not found.chosen:
        said = f"the order was cancelled and credited by {named(memo)}, and lives again"
        work.hold(said, "changed", documents.spoken(KIND))
    return False


def _drift(work: Work, memo: Posted) -> Drift:
    on = memo.document.fields.get("TxnDate")
    closed = isinstance(on, date) and on.isoformat() <= work.lists.closing_date
    may_void = not closed and not given_out_of(work.ledger, memo)
    return Drift(
        kind=KIND, part=CANCELLED, ref_number=memo.ref_number,
        words=("the order was cancelled, and lives again",), notes=(),
        then=memo.document.totals.total if memo.document.totals else ZERO, now=ZERO,
        mark=memo.txn_id, choices=("void", "keep") if may_void else ("keep",),
    )  # fmt: skip


def reopen(posted: Posted) -> Document | None:
    """What opens a sales order or purchase order that a cancellation closed; else nothing."""
    document = posted.document
    if not document.fields.get(CLOSED):
        return None
    return Document(
        kind=document.kind,
        part=document.part,
        action="mod",
        fields={"TxnID": posted.txn_id, "EditSequence": posted.edit_sequence, CLOSED: False},
        totals=document.totals,
    )
