"""Payments: one for each captured payment, applied to the invoice at once, later, or not yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from qbwc.documents.base import Document, Ref, Totals, TxnRef
from qbwc.documents.encoding import printable
from qbwc.planning import asked, vanished
from qbwc.planning.bills import INVOICE, KIND, Bill, bills_of, txn_id_of
from qbwc.planning.changed import Drift
from qbwc.planning.gone import named
from qbwc.planning.header import filled, is_locked, memo, open_day
from qbwc.planning.tax import remitted_tax
from qbwc.planning.work import Work, money, value
from qbwc.planning.world import Posted
from rules_library.compiled import Outcome
from rules_library.order import ZERO, Payment

LEAVE_OUT, UNAPPLIED = "leave_out", "unapplied"


class Captured(NamedTuple):
    """A payment received, its place in the order, and what of it is the merchant's."""

    place: int
    payment: Payment
    amount: Decimal
    posted: Posted | None = None


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
    charged = [
        (place, payment)
        for place, payment in enumerate(order.payments)
        if payment.kind == "charge" and payment.status == "success" and payment.amount > 0
    ]
    same = vanished.stands_for(work, KIND, [payment.source_id for _, payment in charged])
    received = [
        (place, payment, work.ledger.get(KIND, same.get(payment.source_id, payment.source_id)))
        for place, payment in charged
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
        _differ(work, received, amounts, off)
    return [
        Captured(place, payment, amounts[place], posted)
        for place, payment, posted in received
        if amounts[place]
    ]


def _differ(
    work: Work,
    received: Sequence[tuple[int, Payment, Posted | None]],
    amounts: dict[int, Decimal],
    off: Decimal,
) -> None:
    """Hold payments that are too much by ``off``, or take it off one as a person chose."""
    then = sum(amounts.values(), ZERO)
    said = f"payments changed after they were posted: {then:.2f} then, {then - off:.2f} now"
    ours = [(place, payment, posted) for place, payment, posted in received if posted]
    others = [one for one in ours if one[1].amount != amounts[one[0]]]
    place, _, posted = (others or ours)[-1]
    if posted is None:
        return
    now = amounts[place] - off
    closed = is_locked(work, posted)
    found = Drift(
        kind=KIND, part=posted.document.part, ref_number=posted.ref_number,
        words=(f"{now:.2f} instead of {amounts[place]:.2f}",), notes=(),
        then=amounts[place], now=now, mark=asked.mark(["amount", str(now)]),
        choices=("replace", "keep") if now > 0 and not closed else ("keep",),
    )  # fmt: skip
    if asked.ask(work, found, said, about="payment") == "replace":
        amounts[place] = now


def plan_payments(work: Work, customer: Ref | None) -> None:
    """Add the payments that should exist to the plan, and what applies them to the invoices."""
    found = captured(work)
    known = {one.posted.document.part for one in found if one.posted}
    kept = [
        posted
        for part in sorted(work.ledger.parts(KIND) - known)
        if _vanished(work, posted := work.ledger.posted[KIND, part], found)
    ]
    if len({one.payment.source_id for one in found}) < len(found):
        work.hold("two payments of the order have the same id, so they cannot be told apart")
        return
    bills = bills_of(work)
    if found and any(bill.document.fields.get("IsPending") for bill in bills):
        work.wait("the payment waits: a pending invoice takes none")
        return
    for mine in kept:
        work.documents.append(mine.kept)
    for one in found:
        if one.posted:
            work.documents.append(one.posted.kept)
            _apply_later(work, one.posted, bills, one.amount)
    _receive(work, [one for one in found if not one.posted], bills, customer)


def _receive(
    work: Work, found: Sequence[Captured], bills: Sequence[Bill], customer: Ref | None
) -> None:
    """Add the payments that QuickBooks does not have yet, applied to what is due."""
    certain = all(bill.is_certain for bill in bills)
    for one in found:
        if not certain:
            work.more = True
            continue
        applied = _take(bills, one.amount)
        unused = one.amount - sum(applied.values(), ZERO)
        if not applied and (others := [bill for bill in bills if bill.others]):
            answer = _ask_whether_it_is_there(work, one, others)
            if answer != UNAPPLIED:
                continue
        if bills and unused and _is_all_invoiced(work, bills):
            work.wait(
                f"{unused:.2f} of payment {one.payment.source_id} stays unapplied: "
                "the invoice takes no more"
            )
        work.documents.append(_payment(work, one, applied, customer))


def _ask_whether_it_is_there(work: Work, one: Captured, bills: Sequence[Bill]) -> str:
    """What a person says about a payment whose invoice somebody paid in QuickBooks already."""
    invoices = ", ".join(named(bill.posted) for bill in bills if bill.posted)
    paid = sum((bill.others for bill in bills), ZERO)
    said = f"{paid:.2f} of {invoices} were received in QuickBooks, not by a payment of the store"
    found = Drift(
        kind=KIND, part=one.payment.source_id, ref_number=one.payment.source_id,
        words=(said,), notes=(), then=one.amount, now=one.amount,
        mark=asked.mark(["paid", str(one.amount), *(bill.document.part for bill in bills)]),
        choices=(LEAVE_OUT, UNAPPLIED),
    )  # fmt: skip
    more = f"payment {one.payment.source_id} of {one.amount:.2f} may be the same"
    answer = asked.ask(work, found, f"{said}: {more}", "paid")
    if answer == LEAVE_OUT:
        work.note(f"payment {one.payment.source_id} was received in QuickBooks for {invoices}")
    return answer


def _vanished(work: Work, posted: Posted, found: Sequence[Captured]) -> bool:
    """Whether a posted payment that the store does not have any more stays; else it is told."""
    part, amount = posted.document.part, posted.document.fields["TotalAmount"]
    twins = [
        (one.payment.source_id, f"payment {one.payment.source_id}")
        for one in found
        if not one.posted and one.amount == amount
    ]
    said = f"payment {part} is in QuickBooks, but {vanished.GONE}"
    answer, _ = vanished.ask(work, posted, said, twins)
    if answer == vanished.END:
        work.documents += vanished.take_out(work, posted)
    return answer == vanished.KEEP


def _take(bills: Sequence[Bill], amount: Decimal) -> dict[str, Decimal]:
    """Divide an amount among invoices, the oldest first, by their part."""
    taken: dict[str, Decimal] = {}
    for bill in bills:
        share = money(min(amount, bill.due))
        if share > 0:
            taken[bill.document.part] = share
            bill.due -= share
            amount -= share
    return taken


def _is_all_invoiced(work: Work, bills: Sequence[Bill]) -> bool:
    billed = sum((b.document.totals.total for b in bills if b.document.totals), ZERO)
    return billed >= work.order.total - remitted_tax(work)


def _payment(
    work: Work, one: Captured, applied: Mapping[str, Decimal], customer: Ref | None
) -> Document:
    fields = _fields(work, one, work.decided.payments[one.place], customer)
    if applied:
        fields["applied"] = [
            {"TxnID": TxnRef(INVOICE, part), "PaymentAmount": amount}
            for part, amount in applied.items()
        ]
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
        "TxnDate": open_day(work, value(outcomes, "payment_date")),
        "RefNumber": printable(reference)[-20:].strip(),
        "TotalAmount": one.amount,
        "Memo": f"{memo(work)} payment {one.payment.source_id}",
    }


def _apply_later(work: Work, mine: Posted, bills: Sequence[Bill], total: Decimal) -> None:
    """Apply what is unused of a posted payment to invoices that QuickBooks has by now.

    When a person wants another ``total``, that is changed first; what is too much is applied less.
    """
    rows: dict[str, dict[str, Any]] = {}
    for row in mine.document.fields.get("applied", ()):
        txn_id = txn_id_of(work, row["TxnID"])
        rows[txn_id] = {**row, "TxnID": txn_id}
    unused = total - sum((row["PaymentAmount"] for row in rows.values()), ZERO)
    if total != mine.document.fields["TotalAmount"]:
        _change(work, mine, rows, total)
        return
    if mine.balance is not None:
        unused = min(unused, mine.balance)
    if unused <= 0:
        return
    if any(bill.posted is None for bill in bills):
        work.more = True
    taken = _take([bill for bill in bills if bill.posted], unused)
    if not taken:
        return
    if is_locked(work, mine):
        work.note(
            f"{sum(taken.values()):.2f} of {named(mine)} stays unapplied: QuickBooks' books are "
            f"closed to {work.lists.closing_date}, so apply it there"
        )
        return
    for part, amount in taken.items():
        txn_id = txn_id_of(work, TxnRef(INVOICE, part))
        row = rows.setdefault(txn_id, {"TxnID": txn_id, "PaymentAmount": ZERO})
        row["PaymentAmount"] += amount
    work.documents.append(_modified(mine, total, rows.values()))


def _change(work: Work, mine: Posted, rows: Mapping[str, dict[str, Any]], total: Decimal) -> None:
    """Change what a payment comes to; what is too much, the order's own invoices get less.

    What a person applied elsewhere stays: where it is more than the new total, it is held.
    """
    ours = {"", *(txn_id_of(work, TxnRef(INVOICE, part)) for part in work.ledger.parts(INVOICE))}
    applied = sum((row["PaymentAmount"] for row in rows.values()), ZERO)
    over = max(applied - total, ZERO)
    for txn_id, row in reversed(list(rows.items())):
        less = min(row["PaymentAmount"], over) if txn_id in ours else ZERO
        row["PaymentAmount"] -= less
        over -= less
    if over:
        work.hold(
            f"{named(mine)} cannot become {total:.2f}: in QuickBooks it is applied to more than "
            "that besides this order, so take it back there first",
            "changed",
        )
        return
    work.more = True
    work.documents.append(_modified(mine, total, rows.values()))


def _modified(mine: Posted, total: Decimal, rows: Iterable[dict[str, Any]]) -> Document:
    return Document(
        kind=KIND,
        part=mine.document.part,
        action="mod",
        fields={
            "TxnID": mine.txn_id,
            "EditSequence": mine.edit_sequence,
            "TotalAmount": total,
            "applied": [row for row in rows if row["PaymentAmount"]],
        },
        totals=Totals(subtotal=total, tax=ZERO, total=total),
    )
