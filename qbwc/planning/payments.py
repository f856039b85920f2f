"""Payments: one for each captured payment, applied to the invoice at once, later, or not yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from qbwc.documents.base import Document, Ref, Totals, TxnRef
from qbwc.planning.header import check_open, filled, memo
from qbwc.planning.tax import remitted_tax
from qbwc.planning.work import Work, money, value
from qbwc.planning.world import Posted
from rules_library.order import ZERO, Payment
from rules_library.rule import Outcome

KIND = "ReceivePayment"


class Captured(NamedTuple):
    """A payment received, its place in the order, and what of it is the merchant's."""

    place: int
    payment: Payment
    amount: Decimal


def is_unpaid(work: Work) -> bool:
    """Whether the company wants the order's invoice to stand as unpaid."""
    return bool(work.decided["mark_invoice_unpaid"])


def wanted(work: Work) -> bool:
    """Whether payments are made at all."""
    return bool(work.decided["create_payment"]) and not is_unpaid(work)


def captured(work: Work) -> list[Captured]:
    """The payments received.

    Change handed back and tax that a marketplace keeps come off the last payments, but never off
    one that is posted; where the posted ones do not fit the store's figures any more, it is held.
    """
    order = work.order
    received = [
        (place, payment, work.ledger.get(KIND, payment.source_id))
        for place, payment in enumerate(order.payments)
        if payment.kind == "charge" and payment.status == "success" and payment.amount > 0
    ]
    off = remitted_tax(work) + sum(
        (p.amount for p in order.payments if p.kind == "change" and p.status == "success"), ZERO
    )
    amounts: dict[int, Decimal] = {}
    for place, payment, posted in received:
        if posted:
            amounts[place] = posted.document.fields["TotalAmount"]
            off -= payment.amount - amounts[place]
    any_posted = bool(amounts)
    for place, payment, posted in reversed(received):
        if not posted:
            taken = min(max(off, ZERO), payment.amount)
            off -= taken
            amounts[place] = money(payment.amount - taken)
    if off and any_posted:
        now = sum(amounts.values(), ZERO)
        said = f"payments changed after they were posted: {now:.2f} then, {now - off:.2f} now"
        work.hold(said, "changed")
    return [
        Captured(place, payment, amounts[place]) for place, payment, _ in received if amounts[place]
    ]


def plan_payments(work: Work, customer: Ref | None) -> None:
    """Add the payments that should exist to the plan, and what applies them to the invoice."""
    found = captured(work)
    for part in work.ledger.parts(KIND) - {one.payment.source_id for one in found}:
        said = f"payment {part} is in QuickBooks, but the store does not have it any more"
        work.hold(said, "changed")
    if len({one.payment.source_id for one in found}) < len(found):
        work.hold("two payments of the order have the same id, so they cannot be told apart")
        return
    invoice, posted = work.sale("Invoice"), work.ledger.get("Invoice")
    if invoice and invoice.fields.get("IsPending") and found:
        work.wait("the payment waits: a pending invoice takes none")
        return
    due = _due(work, invoice, posted)
    for one in found:
        mine = work.ledger.get(KIND, one.payment.source_id)
        if mine:
            work.documents.append(replace(mine.document, action="add"))
            due -= _apply_later(work, mine, posted, due)
    for one in found:
        if work.ledger.get(KIND, one.payment.source_id):
            continue
        if invoice and not posted and not (invoice.totals and invoice.totals.certain):
            work.more = True
            continue
        applied = min(one.amount, due) if invoice else ZERO
        due -= applied
        if invoice and applied < one.amount:
            work.wait(
                f"{one.amount - applied:.2f} of payment {one.payment.source_id} stays unapplied: "
                "the invoice takes no more"
            )
        work.documents.append(_payment(work, one, applied, customer))


def _payment(work: Work, one: Captured, applied: Decimal, customer: Ref | None) -> Document:
    fields = _fields(work, one, work.decided.payments[one.place], customer)
    check_open(work, fields["TxnDate"])
    if applied:
        fields["applied"] = [{"TxnID": TxnRef("Invoice"), "PaymentAmount": money(applied)}]
    else:
        fields["IsAutoApply"] = False
    return Document(
        kind=KIND,
        part=one.payment.source_id,
        fields={name: held for name, held in fields.items() if held is not None},
        totals=Totals(subtotal=one.amount, tax=ZERO, total=one.amount),
    )


def _fields(
    work: Work, one: Captured, outcomes: Mapping[str, Outcome], customer: Ref | None
) -> dict[str, Any]:
    reference = value(outcomes, "payment_reference") or work.order.number.lstrip("#")
    return {
        "CustomerRef": customer,
        **filled(work, KIND, "order", work.decided.order),
        **filled(work, KIND, "payment", outcomes),
        "TxnDate": value(outcomes, "payment_date"),
        "RefNumber": reference[-20:],
        "TotalAmount": one.amount,
        "Memo": f"{memo(work)} payment {one.payment.source_id}",
    }


def _due(work: Work, invoice: Document | None, posted: Posted | None) -> Decimal:
    """What the invoice takes besides the payments of the order that are applied to it already.

    It is what QuickBooks said that the invoice comes to, else what the plan predicts. The balance
    that QuickBooks last told may be older than our payments, but tells of those of other people.
    """
    if posted and posted.total is not None:
        total = posted.total
    else:
        total = invoice.totals.total if invoice and invoice.totals else ZERO
    for (kind, _), mine in work.ledger.posted.items():
        if kind == KIND:
            total -= _applied(mine.document)
    if posted and posted.balance is not None:
        total = min(total, posted.balance)
    return max(total, ZERO)


def _applied(document: Document) -> Decimal:
    return sum((row["PaymentAmount"] for row in document.fields.get("applied", ())), ZERO)


def _apply_later(work: Work, mine: Posted, invoice: Posted | None, due: Decimal) -> Decimal:
    """Apply a payment taken before its invoice existed, once QuickBooks has the invoice."""
    total: Decimal = mine.document.fields["TotalAmount"]
    unused = total - _applied(mine.document)
    if mine.balance is not None:
        unused = min(unused, mine.balance)
    if unused <= 0:
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
