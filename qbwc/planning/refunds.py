"""Refunds: a credit memo for each, and what gives the money back; or the invoice is voided."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from qbwc.documents.base import Document, Ref, TxnRef
from qbwc.planning import refund_changes, vanished
from qbwc.planning.cancel_credit import CANCELLED, pay_out
from qbwc.planning.credit_memo import KIND, credit, owed
from qbwc.planning.gone import BY_US, HOW, SALES, close, end, is_unpaid, named, posted_of
from qbwc.planning.money_back import KINDS, Given, Source, give_back
from qbwc.planning.unapplied import PAYMENT, gave_back, out_of_payments, without_sale
from qbwc.planning.unsold import is_unsold
from qbwc.planning.work import Work, value
from qbwc.planning.world import Posted
from rules_library.decision import Choice, decisions
from rules_library.order import ZERO

EDIT = "edit "
"""Begins the part of a credit memo that takes back what was taken out of a posted order."""


def plan_refunds(work: Work, customer: Ref | None, kinds: Collection[str]) -> None:
    """Add what each refund becomes, once its sale is in QuickBooks: never before it.

    Args:
        work: The order.
        customer: Its customer.
        kinds: The kinds of documents that its transaction type allows.
    """
    refunds = work.order.refunds
    known = {refund.source_id for refund in refunds} | {CANCELLED}
    parts = {part for kind in (KIND, *KINDS.values()) for part in work.ledger.parts(kind)}
    twins = {_vanished(work, part) for part in sorted(parts - known) if not part.startswith(EDIT)}
    if len({refund.source_id for refund in refunds}) < len(refunds):
        work.hold("two refunds of the order have the same id, so they cannot be told apart")
        return
    whole = work.ledger.get(KIND, CANCELLED)
    if whole:
        pay_out(work, whole, refunds_of(work), customer)
        return
    for given in refunds_of(work):
        if given.id not in twins:
            _plan_one(work, given, customer, kinds)


def _vanished(work: Work, part: str) -> str:
    """Deal with a posted refund that the store does not have any more; what it stands for now."""
    every = [one for one in work.ledger.posted.values() if one.document.part == part]
    back = [one for one in every if one.document.kind in KINDS.values()]
    (posted, *_) = [one for one in every if one.document.kind == KIND] or back
    along = [one for one in back if one is not posted]
    amount = posted.document.totals.total if posted.document.totals else ZERO
    twins = [
        (refund.source_id, f"refund {refund.source_id}")
        for refund in work.order.refunds
        if not any(work.ledger.get(kind, refund.source_id) for kind in (KIND, *KINDS.values()))
        and owed(work, refund) == amount
    ]
    answer, twin = vanished.ask(
        work,
        posted,
        f"refund {part} is in QuickBooks, but {vanished.GONE}",
        twins,
        along=[(one.document.kind, part) for one in along],
    )
    if answer == vanished.END:
        work.documents += vanished.take_out(work, posted, along)
    elif answer:
        work.documents += [one.kept for one in (posted, *along)]
    return twin if answer == vanished.SAME else ""


def refunds_of(work: Work) -> list[Given]:
    """The store's refunds, each with what was decided about it."""
    pairs = zip(work.order.refunds, work.decided.refunds, strict=True)
    return [Given(refund, count, outcomes) for count, (refund, outcomes) in enumerate(pairs, 1)]


def _plan_one(work: Work, given: Given, customer: Ref | None, kinds: Collection[str]) -> None:
    refund, how = given.refund, value(given.outcomes, "refund_as")
    posted = work.ledger.get(KIND, refund.source_id)
    if posted:
        kept = refund_changes.keep(work, given, posted, lambda now: _credit(now, given, customer))
        if kept:
            _money_back(work, given, kept, posted, customer)
    elif back := gave_back(work.ledger, given.id):
        work.documents += back
    elif how == "none":
        title = given.outcomes["refund_as"].title
        work.note(f"refund {refund.source_id} is not booked: {title or 'by rule'}")
    elif refund.difference:
        _hold_uneven(work, given)
    elif refund.total:
        _book(work, given, how, customer, kinds)


def _book(work: Work, given: Given, how: str, customer: Ref | None, kinds: Collection[str]) -> None:
    if is_unsold(work, kinds):
        _never_sold(work, given, customer)
    elif how == "void":
        _void(work, given, kinds)
    elif not posted_of(work.ledger, *SALES):
        _without_sale(work, given, how, customer, kinds)
    else:
        made = credit(work, given, customer)
        if made:
            memo = replace(made, then=KINDS.get(how, ""))
            work.documents.append(memo)
            _money_back(work, given, memo, None, customer)


def _credit(work: Work, given: Given, customer: Ref | None) -> Document | None:
    if given.refund.difference:
        _hold_uneven(work, given)
        return None
    return credit(work, given, customer)


def _hold_uneven(work: Work, given: Given) -> None:
    refund = given.refund
    work.hold(
        f"refund {refund.source_id} does not add up: items {refund.net:.2f} + tax "
        f"{refund.tax:.2f}, but the store gave back {refund.total:.2f}",
        "refund",
    )


def _without_sale(
    work: Work, given: Given, how: str, customer: Ref | None, kinds: Collection[str]
) -> None:
    """A refund of what QuickBooks has no invoice or receipt of, or will never have one."""
    if set(SALES) & set(kinds):
        work.wait("the refund follows once its sale is in QuickBooks")
        work.more = work.unbooked = True
        return
    posted = posted_of(work.ledger, PAYMENT)
    if how in KINDS and PAYMENT in kinds:
        if out_of_payments(work, given, KINDS[how], customer):
            return
        if not posted and work.has(PAYMENT):
            _await_payment(work)
            return
    kind = decisions()["transaction_type"].kind
    chosen = work.decided["transaction_type"]
    label = kind.options[chosen] if isinstance(kind, Choice) else chosen
    work.note(
        f"refund {given.id} is not booked: with {label!r} QuickBooks gets no invoice or receipt "
        "that could be credited; enter it with the invoice that you make"
    )


def _never_sold(work: Work, given: Given, customer: Ref | None) -> None:
    """A refund of an order that is given back whole before any of it was invoiced."""
    if any(one.kind == PAYMENT and one.action == "add" and not work.ledger.get(PAYMENT, one.part)
           for one in work.documents):  # fmt: skip
        _await_payment(work)
    elif reason := without_sale(work, given, customer):
        work.hold(reason, "refund")


def _await_payment(work: Work) -> None:
    work.wait("the refund follows once the payment is in QuickBooks")
    work.more = work.unbooked = True


def _money_back(
    work: Work, given: Given, memo: Document, posted: Posted | None, customer: Ref | None
) -> None:
    """Add what gives a credit memo's money back, if that was decided when it was planned."""
    kind = memo.then
    if not kind:
        return
    if work.ledger.get(kind, given.id) is None:
        if posted is None and memo.totals and not memo.totals.certain:
            work.more = True
            return
        left = posted.balance if posted else None
        owed = memo.totals.total if memo.totals else ZERO
        if left is not None and left < owed:
            said = f"of the credit memo of refund {given.id} {left:.2f} is left, not {owed:.2f}"
            work.hold(f"{said}: somebody has used it in QuickBooks", "refund")
            return
    sources: list[Source] = [(TxnRef(KIND, given.id), memo.totals.total if memo.totals else ZERO)]
    give_back(work, given, kind, sources, customer)


# Voiding the invoice.


def is_undone(work: Work) -> bool:
    """Whether a refund took, or takes, the whole sale back before it was ever paid."""
    for given in refunds_of(work):
        if value(given.outcomes, "refund_as") != "void":
            continue
        invoices = [one for (kind, _), one in work.ledger.gone.items() if kind == "Invoice"]
        if any(one.ended in BY_US for one in invoices) and not posted_of(work.ledger, *SALES):
            return True
    return False


def plan_undone(work: Work) -> None:
    """What is left of an order whose invoice was voided: its sales order is closed."""
    for (kind, _), gone in work.ledger.gone.items():
        if kind == "Invoice":
            work.note(f"{named(gone)} {HOW[gone.ended]}: all of it was given back")
    for posted in work.ledger.posted.values():
        closing = close(posted) if posted.document.kind == "SalesOrder" else None
        work.documents.append(closing or posted.kept)


def _void(work: Work, given: Given, kinds: Collection[str]) -> None:
    invoices = posted_of(work.ledger, "Invoice")
    if not invoices and not work.ledger.get("SalesReceipt") and "Invoice" in kinds:
        work.wait("the refund follows once its sale is in QuickBooks")
        work.more = work.unbooked = True
        return
    reason = _why_not_void(work, given, invoices)
    if reason:
        work.hold(f"refund {given.id} cannot void the invoice: {reason}", "refund")
        return
    (invoice,) = invoices
    work.documents = [one for one in work.documents if one.kind != "Invoice"]
    work.documents.append(end(invoice, "void"))
    work.more = work.more or bool(work.ledger.get("SalesOrder"))


def _why_not_void(work: Work, given: Given, invoices: list[Posted]) -> str:
    total = work.order.total
    if work.ledger.get("SalesReceipt"):
        return "a sales receipt is a sale that was paid"
    if not invoices:
        return "the order has none"
    if len(invoices) > 1:
        return f"the order has {len(invoices)} of them"
    if given.refund.total != total:
        return f"it gives back {given.refund.total:.2f} of {total:.2f}"
    if work.has("ReceivePayment") or not is_unpaid(work.ledger, invoices[0]):
        return "it was paid or credited"
    return ""
