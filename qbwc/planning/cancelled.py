"""An order that was cancelled after it was posted: what is taken back, by rule or by a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from qbwc.documents.base import Document, Ref
from qbwc.planning import forms
from qbwc.planning.applied_credits import apply_credits
from qbwc.planning.cancel_credit import CANCELLED
from qbwc.planning.credit_memo import KIND, NOT_ON_A_CREDIT, owed
from qbwc.planning.gone import (
    HOW,
    SALES,
    close,
    end,
    hold_what_is_gone,
    is_unpaid,
    named,
    posted_of,
)  # fmt: skip
from qbwc.planning.header import CANCELLED_TAIL, header
from qbwc.planning.money_back import KINDS
from qbwc.planning.refunds import EDIT, plan_refunds, refunds_of
from qbwc.planning.unapplied import without_sale
from qbwc.planning.work import Work
from qbwc.planning.world import Posted
from rules_library.facts import day
from rules_library.order import ZERO

ORDERS = ("SalesOrder", "PurchaseOrder")
PAID = ("SalesReceipt", "ReceivePayment")
_BACK = (KIND, *KINDS.values())
SAID = "the order was cancelled after it was posted"


def plan_cancelled(work: Work, customer: Ref | None) -> None:
    """Add what takes back the documents of an order, or hold it with what a person could do."""
    for gone in work.ledger.gone.values():
        work.note(f"{named(gone)} {HOW[gone.ended]}")
    if not work.ledger.posted:
        return
    match work.decided["when_cancelled"]:
        case "void":
            _take_back(work, "void")
        case "delete":
            _take_back(work, "delete")
        case "close":
            _close(work, customer)
        case "credit_memo":
            _credit(work, customer)
        case "keep":
            for posted in work.ledger.posted.values():
                _keep(work, posted)
            work.note(f"{SAID}, and that is left as it is")
            return
        case _:
            work.hold(f"{SAID}: {_proposal(work)}", "cancelled")
    apply_credits(work)
    hold_what_is_gone(work, "cancelled")


def _proposal(work: Work) -> str:
    """What a person would do with what QuickBooks holds."""
    paid = posted_of(work.ledger, *PAID)
    said = []
    for one in work.ledger.posted.values():
        kind = one.document.kind
        if kind == "Invoice":
            unpaid = not paid and is_unpaid(work.ledger, one)
            said.append(f"{'void' if unpaid else 'credit'} {named(one)}")
        elif kind == "SalesReceipt":
            said.append(f"credit {named(one)}")
        elif kind == "ReceivePayment" and not posted_of(work.ledger, *SALES):
            said.append(f"refund {named(one)}")
        elif kind in ORDERS and not one.document.fields.get("IsManuallyClosed"):
            said.append(f"close {named(one)}")
        elif kind == "Estimate":
            said.append(f"delete {named(one)}")
    return ", ".join(said) or "nothing is left to take back"


def _keep(work: Work, posted: Posted) -> None:
    work.documents.append(posted.kept)


def _hold(work: Work, reason: str) -> None:
    work.hold(f"{SAID}, and {reason}: {_proposal(work)}", "cancelled")


def _take_back(work: Work, action: Literal["void", "delete"]) -> None:
    """Void or delete what was never paid, then what it was made from."""
    invoices = posted_of(work.ledger, "Invoice")
    if posted_of(work.ledger, *PAID, KIND) or not all(
        is_unpaid(work.ledger, invoice) for invoice in invoices
    ):
        _hold(work, "it was paid or credited")
        return
    if invoices:
        work.documents += [end(invoice, action) for invoice in invoices]
        work.more = len(work.ledger.posted) > len(invoices)
        for posted in posted_of(work.ledger, *ORDERS, "Estimate"):
            _keep(work, posted)
    elif action == "delete":
        work.documents += [end(posted, action) for posted in work.ledger.posted.values()]
    else:
        _close_orders(work)


def _close(work: Work, customer: Ref | None) -> None:
    if posted_of(work.ledger, *SALES):
        _hold(work, "it is invoiced")
        return
    payments = posted_of(work.ledger, "ReceivePayment")
    if payments:
        _give_back(work, payments, customer)
    _close_orders(work)


def _give_back(work: Work, payments: list[Posted], customer: Ref | None) -> None:
    """Give back what was received before there was a sale, as the store did."""
    refunds = refunds_of(work)
    back = sum((owed(work, given.refund) for given in refunds), ZERO)
    received = sum((one.document.fields["TotalAmount"] for one in payments), ZERO)
    if not refunds:
        _hold(work, "a payment was received for it")
    elif back < received:
        _hold(work, f"the store gave back {back:.2f} of {received:.2f} that was received")
    for given in refunds:
        if reason := without_sale(work, given, customer):
            _hold(work, reason)


def _close_orders(work: Work) -> None:
    """Close sales and purchase orders; keep everything else as it is."""
    for posted in work.ledger.posted.values():
        closing = close(posted) if posted.document.kind in ORDERS else None
        if closing:
            work.documents.append(closing)
        elif posted.document.kind not in KINDS.values():
            _keep(work, posted)


def _credit(work: Work, customer: Ref | None) -> None:
    """Book the store's refunds, or credit the whole sale when the store gave nothing back."""
    order = work.order
    if not posted_of(work.ledger, *SALES):
        _close(work, customer)
        return
    for posted in work.ledger.posted.values():
        closing = close(posted) if posted.document.kind in ORDERS else None
        if closing:
            work.documents.append(closing)
        elif posted.document.part.startswith(EDIT) or posted.document.kind not in _BACK:
            _keep(work, posted)
    sold = _sold(work)
    if work.ledger.get(KIND, CANCELLED):
        plan_refunds(work, customer, SALES)
        return
    if order.refunds:
        plan_refunds(work, customer, SALES)
        back = _credited(work)
        if order.refunded < order.total:
            _hold(work, f"the store gave back {order.refunded:.2f} of {order.total:.2f}")
        elif back > sold:
            _hold(work, f"the store gave back {back:.2f}, but only {sold:.2f} is invoiced")
        return
    memo = _memo(work, customer)
    if memo.totals and memo.totals.total != sold:
        _hold(work, f"it was changed: {sold:.2f} is posted, {memo.totals.total:.2f} the order now")
    work.documents.append(memo)


def _sold(work: Work) -> Decimal:
    """What the invoices and the receipt come to, less what was taken out of the order since."""
    sold = ZERO
    for (kind, part), one in work.ledger.posted.items():
        if one.document.totals and kind in SALES:
            sold += one.document.totals.total
        elif one.document.totals and kind == KIND and part.startswith(EDIT):
            sold -= one.document.totals.total
    return sold


def _credited(work: Work) -> Decimal:
    """What the credit memos of the store's refunds come to."""
    ids = {refund.source_id for refund in work.order.refunds}
    memos = [one for one in work.documents if one.kind == KIND and one.part in ids]
    return sum((memo.totals.total for memo in memos if memo.totals), ZERO)


def _memo(work: Work, customer: Ref | None) -> Document:
    made = forms.body(work)
    text = day(work.order.cancelled_at, work.order.zone)
    on = date.fromisoformat(text) if text else None
    fields = header(work, KIND, customer, tail=CANCELLED_TAIL, on=on)
    fields = {name: held for name, held in fields.items() if name not in NOT_ON_A_CREDIT}
    fields |= made.header
    fields["Memo"] = f"{fields['Memo']} cancelled"
    fields["lines"] = list(made.lines)
    return Document(kind=KIND, part=CANCELLED, fields=fields, totals=made.totals)
