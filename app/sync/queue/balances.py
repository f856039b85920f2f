"""What is still open of an invoice after our own payments: the answer to a payment does not say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from app.models import Posting, db
from qbwc import qbxml
from qbwc.documents import Document, Ref, TxnRef

INVOICE, PAYMENT = "Invoice", "ReceivePayment"
CREDITS = frozenset({"CreditMemo", "ReceivePayment", "Deposit"})
"""What pays and is not paid, should QuickBooks name it: a payment cannot be applied to it."""


def lower(order_ids: Collection[int]) -> None:
    """Lower the balances of some orders' invoices by what our payments applied to them.

    A balance that QuickBooks said to be lower already (somebody received a payment there) stays.
    """
    if not order_ids:
        return
    rows = db.session.execute(
        select(
            Posting.id, Posting.order_id, Posting.kind, Posting.part, Posting.txn_id,
            Posting.total, Posting.balance, Posting.payload,
        ).where(
            Posting.order_id.in_(order_ids),
            Posting.kind.in_((INVOICE, PAYMENT)),
            Posting.ended == "",
        )
    ).all()  # fmt: skip
    applied: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.kind == PAYMENT:
            for part in Document.loads(row.payload).fields.get("applied", ()):
                applied[row.order_id, _target(part["TxnID"])] += part["PaymentAmount"]
    changes: list[dict[str, Any]] = []
    for row in rows:
        if row.kind != INVOICE or row.total is None or row.balance is None:
            continue
        own = _target(TxnRef(INVOICE, row.part))
        paid = applied[row.order_id, own] + applied[row.order_id, row.txn_id]
        left = max(row.total - paid, Decimal(0))
        if left < row.balance:
            changes.append({"id": row.id, "balance": left})
    if changes:
        db.session.execute(update(Posting), changes)


def learn(company_id: int, records: Mapping[str, qbxml.Record]) -> None:
    """Take over what payments are applied to, as QuickBooks told: a person may have applied them.

    Whatever is owed is kept, not only our invoices: another invoice, a journal entry, a statement
    charge, a cheque that gave money back. When a payment is modified QuickBooks clears all that is
    not named again (Intuit's reference of ReceivePaymentMod).

    Args:
        company_id: Whose they are.
        records: ReceivePaymentRet by TxnID, with every AppliedToTxnRet.
    """
    rows = db.session.execute(
        select(Posting.id, Posting.txn_id, Posting.payload).where(
            Posting.company_id == company_id,
            Posting.txn_id.in_(list(records)),
            Posting.kind == PAYMENT,
            Posting.ended == "",
        )
    ).all()
    changes = []
    for row in rows:
        document = Document.loads(row.payload)
        applied = [
            _applied(one)
            for one in records[row.txn_id].children("AppliedToTxnRet")
            if one.text("TxnType") not in CREDITS
        ]
        if applied != document.fields.get("applied", []):
            told = replace(document, fields={**document.fields, "applied": applied})
            changes.append({"id": row.id, "payload": told.dumps()})
    if changes:
        db.session.execute(update(Posting), changes)


def _applied(told: qbxml.Record) -> dict[str, Any]:
    found = {"TxnID": told.text("TxnID"), "PaymentAmount": told.amount("Amount") or Decimal(0)}
    discount = told.amount("DiscountAmount")
    if not discount:
        return found
    refs = {
        name: Ref(kind, told.text(f"{name}/FullName"), told.text(f"{name}/ListID"))
        for name, kind in (("DiscountAccountRef", "Account"), ("DiscountClassRef", "Class"))
        if told.has(name)
    }
    return {**found, "DiscountAmount": discount, **refs}


def _target(target: TxnRef | str) -> str:
    return f"{target.kind} {target.part}" if isinstance(target, TxnRef) else target


def release(order_id: int, kind: str, part: str, txn_id: str) -> None:
    """An invoice is no more: what our payments had applied to it is unused again."""
    if kind != INVOICE:
        return
    gone = {_target(TxnRef(kind, part)), txn_id}
    for posting_id, payload in db.session.execute(
        select(Posting.id, Posting.payload).where(
            Posting.order_id == order_id, Posting.kind == PAYMENT, Posting.ended == ""
        )
    ).all():
        document = Document.loads(payload)
        applied = document.fields.get("applied", ())
        left = [row for row in applied if _target(row["TxnID"]) not in gone]
        if len(left) < len(applied):
            kept = replace(document, fields={**document.fields, "applied": left})
            db.session.execute(update(Posting), [{"id": posting_id, "payload": kept.dumps()}])
