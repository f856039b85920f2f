"""Credit memos that pay an open invoice: what the buyer no longer owes, not money given back.

QuickBooks does that by a payment of nothing with SetCredit, of which it keeps no transaction:
whether it was done is seen by what is linked to the invoice.
"""

from __future__ import annotations

from typing import Any

from qbwc.documents.base import Document, Totals, TxnRef
from qbwc.planning.bills import INVOICE, bills_of
from qbwc.planning.bills import KIND as PAYMENT
from qbwc.planning.cancel_credit import CANCELLED
from qbwc.planning.credit_memo import KIND
from qbwc.planning.header import memo, open_day
from qbwc.planning.refunds import EDIT
from qbwc.planning.work import Work, money
from qbwc.planning.world import Posted
from rules_library.order import ZERO

PART = "credit "
NOTHING = Totals(subtotal=ZERO, tax=ZERO, total=ZERO)


def apply_credits(work: Work) -> None:
    """Apply what is unused of the order's credit memos to its open invoices."""
    memos = [
        one
        for one in work.documents
        if one.kind == KIND and not one.then and _is_owed_less(work, one.part)
    ]
    open_bills = [bill for bill in bills_of(work) if bill.due and not _is_pending(bill.document)]
    if not (memos and open_bills):
        return
    if any(work.ledger.get(one.kind, one.part) is None or one.action == "mod"
           for one in work.documents if one.kind in {INVOICE, PAYMENT, KIND}):  # fmt: skip
        work.more = True
        return
    for one in memos:
        posted = work.ledger.posted[KIND, one.part]
        unused, rows = posted.balance or ZERO, []
        for bill in open_bills:
            amount = money(min(unused, bill.due))
            if amount <= 0 or (bill.posted and posted.txn_id in bill.posted.linked):
                continue
            unused -= amount
            bill.due -= amount
            # By TxnID: a memo that is voided and made again is another one.
            credit = {"CreditTxnID": posted.txn_id, "AppliedAmount": amount}
            invoice = bill.posted.txn_id if bill.posted else TxnRef(INVOICE, bill.document.part)
            rows.append({"TxnID": invoice, "PaymentAmount": ZERO, "SetCredit": [credit]})
        if rows:
            work.documents.append(_payment(work, posted, rows))


def _is_owed_less(work: Work, part: str) -> bool:
    """Whether a credit memo lowers what is owed, instead of standing for money given back."""
    if part.startswith(EDIT) or part == CANCELLED:
        return True
    refund = next((one for one in work.order.refunds if one.source_id == part), None)
    return refund is not None and not any(
        payment.amount and payment.kind == "refund" and payment.status == "success"
        for payment in refund.payments
    )


def _is_pending(document: Document) -> bool:
    return bool(document.fields.get("IsPending"))


def _payment(work: Work, credit: Posted, rows: list[dict[str, Any]]) -> Document:
    of = credit.document
    fields = {
        "CustomerRef": credit.customer or of.fields.get("CustomerRef"),
        "ARAccountRef": of.fields.get("ARAccountRef"),
        "TxnDate": open_day(work, of.fields.get("TxnDate")),
        "TotalAmount": ZERO,
        "Memo": f"{memo(work)} credit {of.part}",
        "applied": rows,
    }
    return Document(
        kind=PAYMENT,
        part=f"{PART}{of.part}",
        fields={name: held for name, held in fields.items() if held is not None},
        totals=NOTHING,
    )
