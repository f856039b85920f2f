"""The plan: which documents should exist for an order, as its transaction type allows."""

from __future__ import annotations

from collections.abc import Collection

from qbwc.documents.base import Ref
from qbwc.planning import drift, forms
from qbwc.planning.applied_credits import apply_credits
from qbwc.planning.booked import as_booked
from qbwc.planning.cancelled import plan_cancelled
from qbwc.planning.charges import may_round
from qbwc.planning.currency import check_currency
from qbwc.planning.customer import customer
from qbwc.planning.gone import hold_what_is_closed, hold_what_is_gone, reopen
from qbwc.planning.invoices import is_invoiced, plan_invoices
from qbwc.planning.left_out import plan_unposted, propose
from qbwc.planning.payments import captured, is_unpaid, plan_payments
from qbwc.planning.payments import wanted as payments_wanted
from qbwc.planning.purchasing import plan_purchases
from qbwc.planning.refunds import is_undone, plan_refunds, plan_undone
from qbwc.planning.revived import plan_revived
from qbwc.planning.taken import taken
from qbwc.planning.tax import remitted_tax
from qbwc.planning.unsold import close_unsold, is_unsold
from qbwc.planning.work import NOTHING, Plan, Work
from qbwc.planning.world import Ledger, Lists, Posted
from rules_library.order import Order
from rules_library.rulebook import Decided

DOCUMENTS = {
    "sales_receipt": ("SalesReceipt",),
    "invoice": ("Invoice",),
    "invoice_and_payment": ("Invoice", "ReceivePayment"),
    "sales_order": ("SalesOrder",),
    "sales_order_and_invoice": ("SalesOrder", "Invoice"),
    "sales_order_invoice_and_payment": ("SalesOrder", "Invoice", "ReceivePayment"),
    "sales_order_and_payment": ("SalesOrder", "ReceivePayment"),
    "sales_order_invoice_and_purchase_order": ("SalesOrder", "Invoice", "PurchaseOrder"),
    "sales_order_invoice_payment_and_purchase_order": (
        "SalesOrder",
        "Invoice",
        "ReceivePayment",
        "PurchaseOrder",
    ),
    "estimate": ("Estimate",),
    "none": (),
}
"""The kinds of documents that may exist under each transaction type."""
SALES = ("SalesOrder", "Estimate", "SalesReceipt", "Invoice")
"""In the order in which they are planned: an invoice takes over its sales order."""


def plan(order: Order, decided: Decided, ledger: Ledger, lists: Lists) -> Plan:
    """What should exist in QuickBooks for one order; pure, so a preview is the run."""
    booked = as_booked(order, decided, ledger)
    work = Work(booked.order, booked.decided, ledger, lists)
    undone = bool(ledger.gone) and order.is_called_off
    skipped = _skipped(work)
    if skipped and not (ledger.posted or undone):
        return Plan(verdict="skip", reasons=(skipped,))
    if not plan_unposted(work):
        _obstacles(work)
        for fault in booked.faults:
            work.hold(fault, "rule")
        if skipped and ledger.posted and not order.is_called_off:
            propose(work, skipped)
        if not work.holds:
            _plan_documents(work)
    if not work.holds:
        hold_what_is_closed(work)
    if work.holds:
        return Plan(
            verdict="hold",
            reasons=tuple(work.holds),
            causes=tuple(work.holds.values()),
            drifts=tuple(work.drifts),
            taken=NOTHING if skipped else taken(work),
        )
    if not (work.documents or work.waits or work.notes):
        work.wait("the rules create no document for this order yet")
    return Plan(
        verdict="post" if work.documents or not work.waits else "wait",
        reasons=(*work.waits, *work.notes),
        documents=tuple(work.documents),
        additions=tuple(work.additions.values()) if work.documents else (),
        more=work.more,
        drifts=tuple(work.drifts),
        unbooked=work.unbooked,
        remember=work.remember,
        taken=NOTHING if skipped else taken(work),
    )


def _skipped(work: Work) -> str:
    outcome = work.decided.order["sync_order"]
    if not outcome.value and not outcome.error:
        return f"left out by rule: {outcome.title or 'this order is not synced'}"
    if work.decided["transaction_type"] == "none":
        title = work.decided.order["transaction_type"].title
        return f"left out by rule: {title or 'nothing is created for this order'}"
    return ""


def _obstacles(work: Work) -> None:
    order = work.order
    for error in work.decided.errors:
        work.hold(error, "rule")
    if work.decided["hold_for_review"]:
        title = work.decided.order["hold_for_review"].title
        said = f"held for review: {title}" if title else "held for review by rule"
        work.hold(said, "review", title)
    if order.difference and not may_round(work, order.difference):
        work.hold(f"the order does not add up: {order.arithmetic}", "sum")
    check_currency(work)


def _plan_documents(work: Work) -> None:
    if is_undone(work):
        plan_undone(work)
        return
    buyer = customer(work)
    if work.order.is_called_off and not work.ledger.is_empty:
        plan_cancelled(work, buyer)
        return
    kinds = DOCUMENTS[work.decided["transaction_type"]]
    if is_unsold(work, kinds):
        close_unsold(work)
        _receive(work, buyer, kinds)
        _give_back(work, buyer, kinds)
    elif not plan_revived(work):
        _plan_living(work, buyer, kinds)


def _plan_living(work: Work, buyer: Ref | None, kinds: Collection[str]) -> None:
    for kind in SALES:
        posted = work.ledger.get(kind)
        if kind == "Invoice":
            if kind in kinds or work.ledger.parts(kind):
                plan_invoices(work, buyer, allowed=kind in kinds)
        elif posted:
            _keep(work, posted, buyer)
        elif kind in kinds and _due(work, kind):
            work.documents.append(forms.form(work, kind, buyer, forms.body(work)))
    _receive(work, buyer, kinds)
    if "PurchaseOrder" in kinds:
        plan_purchases(work, buyer)
    _give_back(work, buyer, kinds)


def _receive(work: Work, buyer: Ref | None, kinds: Collection[str]) -> None:
    if "ReceivePayment" in kinds and payments_wanted(work) and work.documents:
        plan_payments(work, buyer)


def _give_back(work: Work, buyer: Ref | None, kinds: Collection[str]) -> None:
    plan_refunds(work, buyer, kinds)
    apply_credits(work)
    hold_what_is_gone(work)


def _keep(work: Work, posted: Posted, buyer: Ref | None) -> None:
    kind = posted.document.kind
    if kind == "SalesOrder" and is_invoiced(work, posted):
        work.documents.append(posted.kept)
    elif kind == "SalesOrder" and not work.ledger.parts("Invoice") and (opened := reopen(posted)):
        work.documents += [posted.kept, opened]
        work.more = True
    else:
        drift.keep(work, posted, lambda now: forms.form(now, kind, buyer, forms.body(now)))


def _due(work: Work, kind: str) -> bool:
    if kind == "SalesOrder":
        return bool(work.decided["create_sales_order"]) and not work.ledger.parts("Invoice")
    if kind != "SalesReceipt":
        return True
    if is_unpaid(work):
        work.wait("the order is marked as unpaid, and a sales receipt is for paid orders")
        return False
    received = sum((one.amount for one in captured(work)), start=remitted_tax(work))
    if received < work.order.total:
        work.wait(
            f"not fully paid: {received:.2f} of {work.order.total:.2f}, "
            "and a sales receipt is for paid orders"
        )
        return False
    return True
