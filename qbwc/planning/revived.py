"""An order that lives again after its cancellation was booked: what that did is undone first."""

from __future__ import annotations

from qbwc import documents
from qbwc.planning import asked
from qbwc.planning.cancel_credit import CANCELLED, given_out_of
from qbwc.planning.changed import Drift
from qbwc.planning.credit_memo import KIND
from qbwc.planning.gone import SALES, end, named, posted_of
from qbwc.planning.header import is_locked
from qbwc.planning.unapplied import gave_back
from qbwc.planning.work import Work
from qbwc.planning.world import Posted
from rules_library.order import ZERO


def plan_revived(work: Work) -> bool:
    """Hold an order whose whole sale is credited, or void the credit memo if a person chose that.

    Returns:
        Whether nothing else is planned: all went back before, or the credit memo goes first.
    """
    if _is_settled(work):
        work.documents += [one.kept for one in _posted(work)]
        return True
    memo = work.ledger.get(KIND, CANCELLED)
    if memo is None or work.order.payment_status == "refunded":
        # Some shops call a cancelled order completed once all of its money went back.
        return False
    said = f"the order was cancelled and credited by {named(memo)}, and lives again"
    answer = asked.ask(work, _drift(work, memo), said, about=documents.spoken(KIND))
    if answer == "void":
        work.documents += [one.kept for one in _posted(work) if one is not memo]
        work.documents.append(end(memo, "void"))
        work.more = True
        return True
    return False


def _posted(work: Work) -> list[Posted]:
    return list(work.ledger.posted.values())


def _is_settled(work: Work) -> bool:
    """Whether all money went back out of the payments, before there was any sale."""
    order = work.order
    return (
        order.payment_status == "refunded"
        and bool(order.refunds)
        and not posted_of(work.ledger, *SALES)
        and all(gave_back(work.ledger, refund.source_id) for refund in order.refunds)
    )


def _drift(work: Work, memo: Posted) -> Drift:
    closed = is_locked(work, memo)
    may_void = not closed and not given_out_of(work.ledger, memo)
    return Drift(
        kind=KIND, part=CANCELLED, ref_number=memo.ref_number,
        words=("the order was cancelled, and lives again",), notes=(),
        then=memo.document.totals.total if memo.document.totals else ZERO, now=ZERO,
        mark=memo.txn_id, choices=("void", "keep") if may_void else ("keep",),
    )  # fmt: skip
