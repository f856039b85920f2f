"""Taking everything of an order out of QuickBooks, as a person chose, and proposing to.

A posted order that the rules would leave out now keeps what it has: nothing is taken back by
itself, and nothing about it is silent. What depends on something else goes before it, a set at a
time: money that was given back, payments, credits, sales, and what these were made from.
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal

from qbwc.planning.changed import UNPOST_DELETE, UNPOST_VOID, WHOLE, Drift
from qbwc.planning.gone import close, end, named, posted_of
from qbwc.planning.money_back import KINDS
from qbwc.planning.work import Work
from rules_library.order import ZERO

SAID: Final = "the rules would leave it out now"
_ORDERS: Final = ("SalesOrder", "PurchaseOrder")
_STAGES: Final = (
    (*KINDS.values(), "ReceivePayment"),
    ("CreditMemo",),
    ("Invoice", "SalesReceipt", "Estimate"),
)
_ACTIONS: Final[dict[str, Literal["void", "delete"]]] = {
    UNPOST_VOID: "void", UNPOST_DELETE: "delete",
}  # fmt: skip


def plan_unposted(work: Work) -> bool:
    """Take back what is posted, if a person chose that.

    Returns:
        Whether nothing else is planned.
    """
    choice = work.ledger.choices.get((WHOLE, ""))
    action = _ACTIONS.get(choice.choice) if choice else None
    if action is None or not work.ledger.posted:
        return False
    stage = next((found for kinds in _STAGES if (found := posted_of(work.ledger, *kinds))), [])
    rest = [one for one in work.ledger.posted.values() if one not in stage]
    work.documents += [end(one, action) for one in stage]
    if stage:
        work.documents += [one.kept for one in rest]
        work.more = True
        return True
    for one in rest:
        is_order = one.document.kind in _ORDERS
        closing = close(one) if action == "void" and is_order else None
        kept = one.kept
        work.documents.append(closing or (kept if action == "void" else end(one, action)))
    work.note("it was taken out of QuickBooks again; what cannot be voided is closed")
    return True


def propose(work: Work, reason: str) -> None:
    """Say that a posted order would be left out now, and what a person may choose about it."""
    sales = [named(one) for one in work.ledger.posted.values()]
    then = sum(
        (one.document.totals.total for one in posted_of(work.ledger, "Invoice", "SalesReceipt")
         if one.document.totals), ZERO,
    )  # fmt: skip
    mark = hashlib.sha256(reason.encode()).hexdigest()[:16]
    choice = work.ledger.choices.get((WHOLE, ""))
    is_kept = bool(choice and choice.choice == "keep" and choice.mark == mark)
    said = f"{SAID} ({reason})"
    work.drifts.append(
        Drift(
            kind=WHOLE, part="", ref_number="", words=(), notes=(said,), then=then, now=ZERO,
            mark=mark, choices=(UNPOST_VOID, UNPOST_DELETE, "keep"),
            chosen="keep" if is_kept else "",
        )
    )  # fmt: skip
    if not is_kept:
        work.note(
            f"{said}, but {', '.join(sales)} stays in QuickBooks until somebody takes it back"
        )
