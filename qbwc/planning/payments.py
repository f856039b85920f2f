"""Payments: one for each captured payment, applied to the invoice at once, later, or not yet."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from qbwc.documents.base import Document, Ref, Totals, TxnRef
from qbwc.planning.header import filled, memo
from qbwc.planning.tax import remitted_tax
from qbwc.planning.work import Work, money, value
from qbwc.planning.world import Posted
from rules_library.order import Payment
from rules_library.rule import Outcome

ZERO = Decimal(0)
KIND = "ReceivePayment"


def is_unpaid(work: Work) -> bool:
    """Whether the company wants the order's invoice to stand as unpaid."""
    return bool(work.decided["mark_invoice_unpaid"])


def wanted(work: Work) -> bool:
    """Whether payments are made at all."""
    return bool(work.decided["create_payment"]) and not is_unpaid(work)


def captured(work: Work) -> Iterator[tuple[int, Payment, Decimal]]:
    """Each payment received with its place and what of it is the merchant's.

    Change handed back and tax that a marketplace keeps come off the last payments.
    """
    order = work.order
    received = [
        (place, payment)
        for place, payment in enumerate(order.payments)
        if payment.kind == "charge" and payment.status == "success" and payment.amount > 0
    ]
    off = remitted_tax(work) + sum(
        (p.amount for p in order.payments if p.kind == "change" and p.status == "success"), ZERO
    )
    amounts = []
    for _, payment in reversed(received):
        taken = min(off, payment.amount)
        off -= taken
        amounts.append(payment.amount - taken)
    for (place, payment), amount in zip(received, reversed(amounts), strict=True):
        if amount:
            yield place, payment, money(amount)


def plan_payments(work: Work, customer: Ref | None) -> None:
    """Add the payments that should exist to the plan, and what applies them to the invoice."""
    invoice = work.sale("Invoice")
    posted = work.ledger.get("Invoice")
    due = _due(invoice, posted)
    for place, payment, amount in captured(work):
        part = payment.source_id
        mine = work.ledger.get(KIND, part)
        if mine:
            work.documents.append(mine.document)
            due -= _applied(mine.document)
            applied = _apply_later(work, mine, posted, due)
            due -= applied
            continue
        certain = bool(invoice and invoice.totals and invoice.totals.certain)
        if invoice and not posted and not certain:
            work.more = True
            continue
        apply = min(amount, max(due, ZERO)) if invoice else ZERO
        due -= apply
        if invoice is None:
            work.more = work.more or work.has("Invoice")
        outcomes = work.decided.payments[place]
        fields = _fields(work, payment, amount, outcomes, customer)
        if apply:
            fields["applied"] = [{"TxnID": TxnRef("Invoice"), "PaymentAmount": money(apply)}]
        else:
            fields["IsAutoApply"] = False
        work.documents.append(
            Document(
                kind=KIND,
                part=part,
                fields={name: held for name, held in fields.items() if held is not None},
                totals=Totals(subtotal=amount, tax=ZERO, total=amount),
            )
        )


def _fields(
    work: Work,
    payment: Payment,
    amount: Decimal,
    outcomes: dict[str, Outcome] | Any,
    customer: Ref | None,
) -> dict[str, Any]:
    reference = value(outcomes, "payment_reference") or work.order.number.lstrip("#")
    return {
        "CustomerRef": customer,
        **filled(work, KIND, "order", work.decided.order),
        **filled(work, KIND, "payment", outcomes),
        "TxnDate": value(outcomes, "payment_date"),
        "RefNumber": reference[-20:],
        "TotalAmount": amount,
        "Memo": f"{memo(work)} payment {payment.source_id}",
    }


def _due(invoice: Document | None, posted: Posted | None) -> Decimal:
    """What the invoice takes: what QuickBooks said it comes to, else what the plan predicts."""
    if posted and posted.total is not None:
        return posted.total
    return invoice.totals.total if invoice and invoice.totals else ZERO


def _applied(document: Document) -> Decimal:
    return sum((row["PaymentAmount"] for row in document.fields.get("applied", ())), ZERO)


def _apply_later(work: Work, mine: Posted, invoice: Posted | None, due: Decimal) -> Decimal:
    """Apply a payment taken before its invoice existed, once QuickBooks has the invoice."""
    total: Decimal = mine.document.fields["TotalAmount"]
    unused = total - _applied(mine.document)
    if not unused:
        return ZERO
    if invoice is None:
        work.more = work.more or work.has("Invoice")
        return ZERO
    amount = min(unused, due)
    if amount <= 0:
        return ZERO
    rows = [
        *({**row, "TxnID": invoice.txn_id} for row in mine.document.fields.get("applied", ())),
        {"TxnID": invoice.txn_id, "PaymentAmount": money(amount)},
    ]
    work.documents.append(
        Document(
            kind=KIND,
            part=mine.document.part,
            action="mod",
            fields={
                "TxnID": mine.txn_id,
                "EditSequence": mine.edit_sequence,
                "TotalAmount": total,
                "applied": rows,
            },
            totals=mine.document.totals,
        )
    )
    return amount
