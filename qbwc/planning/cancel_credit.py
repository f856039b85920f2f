"""The credit memo of a whole sale that was cancelled, and the money that goes back out of it."""

from __future__ import annotations

from collections.abc import Sequence

from qbwc.documents.base import Ref, TxnRef
from qbwc.planning.credit_memo import KIND, owed
from qbwc.planning.gone import named
from qbwc.planning.money_back import KINDS, Given, give_back
from qbwc.planning.work import Work, value
from qbwc.planning.world import Ledger, Posted
from rules_library.order import ZERO

CANCELLED = "cancelled"
"""The part of the credit memo that takes back an order that was cancelled."""


def given_out_of(ledger: Ledger, memo: Posted) -> list[Posted]:
    """The refunds to the card and the cheques that were paid out of a credit memo."""
    part = memo.document.part
    return [
        one
        for (kind, _), one in ledger.posted.items()
        if kind in KINDS.values()
        and any(row["TxnID"] == TxnRef(KIND, part) for row in one.document.fields["refunded"])
    ]


def pay_out(work: Work, whole: Posted, refunds: Sequence[Given], customer: Ref | None) -> None:
    """Let each refund use up the credit of the whole sale: it is not credited once more.

    Args:
        work: The order.
        whole: The credit memo as QuickBooks holds it.
        refunds: The store's refunds, all of them.
        customer: Its customer.
    """
    work.documents.append(whole.kept)
    spent = sum((one.document.totals.total for one in given_out_of(work.ledger, whole)
                 if one.document.totals), ZERO)  # fmt: skip
    left = (whole.document.totals.total if whole.document.totals else ZERO) - spent
    if whole.balance is not None:
        left = min(left, whole.balance)
    for given in refunds:
        own = work.ledger.get(KIND, given.id)
        if own:
            said = f"the sale is credited twice, by {named(whole)} and {named(own)}: void one"
            work.hold(said, "cancelled")
            work.documents.append(own.kept)
        kind = KINDS.get(value(given.outcomes, "refund_as"), "")
        paid = [one for one in KINDS.values() if work.ledger.get(one, given.id)]
        amount = owed(work, given.refund)
        if paid or own:
            work.documents += [work.ledger.posted[one, given.id].document for one in paid]
        elif not kind:
            work.note(f"refund {given.id} is in {named(whole)}")
        elif amount > left:
            said = f"of {named(whole)} {left:.2f} is left, but refund {given.id} gave {amount:.2f}"
            work.hold(f"{said} back", "cancelled")
        elif amount:
            left -= amount
            give_back(work, given, kind, [(TxnRef(KIND, CANCELLED), amount)], customer)
