"""Money that was taken before any sale goes back out of its payments, which are not applied yet."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from qbwc.documents.base import Document, Ref
from qbwc.planning.credit_memo import owed
from qbwc.planning.gone import named, posted_of
from qbwc.planning.money_back import KINDS, Given, Source, give_back
from qbwc.planning.work import Work, value
from qbwc.planning.world import Ledger
from rules_library.order import ZERO

PAYMENT = "ReceivePayment"


def out_of_payments(work: Work, given: Given, kind: str, customer: Ref | None) -> bool:
    """Add what gives a refund back out of unapplied payments, unless they do not hold so much.

    Args:
        work: The order.
        given: The refund.
        kind: What gives it back: ARRefundCreditCard or Check.
        customer: Its customer.
    """
    if work.ledger.get(kind, given.id):
        give_back(work, given, kind, (), customer)
        return True
    left = owed(work, given.refund)
    sources: list[Source] = []
    for txn_id, unused in unapplied(work):
        share = min(unused, left)
        if share > 0:
            sources.append((txn_id, share))
            left -= share
    if left or not sources:
        return False
    give_back(work, given, kind, sources, customer)
    return True


def without_sale(work: Work, given: Given, customer: Ref | None) -> str:
    """Book a refund of an order that has no sale to credit, and never gets one.

    A credit memo would leave the customer a credit: the payment that is applied to nothing does
    so by itself. To the card or by cheque the money goes back out of that payment.

    Returns:
        Why it cannot be done; empty when it is.
    """
    how, payments = value(given.outcomes, "refund_as"), posted_of(work.ledger, PAYMENT)
    if how == "none":
        work.note(f"refund {given.id} is not booked by rule")
    elif not payments:
        said = "nothing was invoiced, and QuickBooks has no payment of it"
        work.note(f"refund {given.id} is not booked: {said}")
    elif how in KINDS:
        if not out_of_payments(work, given, KINDS[how], customer):
            return f"the payments do not hold what refund {given.id} gave back"
    elif how == "void":
        said = "there is none, and a payment was received"
        return f"refund {given.id} cannot void the invoice: {said}"
    else:
        names = ", ".join(named(one) for one in payments)
        work.note(f"refund {given.id} needs no credit memo: nothing was invoiced, "
                  f"so {names} is the customer's credit")  # fmt: skip
    return ""


def gave_back(ledger: Ledger, refund_id: str) -> list[Document]:
    """What QuickBooks holds that gave a refund back out of payments, if it was done so."""
    posted = [one for kind in KINDS.values() if (one := ledger.get(kind, refund_id))]
    return [
        one.document
        for one in posted
        if all(isinstance(row["TxnID"], str) for row in one.document.fields["refunded"])
    ]


def unapplied(work: Work) -> list[tuple[str, Decimal]]:
    """The posted payments, each with what is not applied, nor given back by the ledger or plan."""
    posted = posted_of(work.ledger, *KINDS.values())
    planned = [one for one in work.documents if one.kind in KINDS.values()
               and work.ledger.get(one.kind, one.part) is None]  # fmt: skip
    going, gone = _taken(planned), _taken([one.document for one in posted])
    ours = {one.txn_id for one in posted}
    found = []
    for payment in posted_of(work.ledger, PAYMENT):
        fields, txn_id = payment.document.fields, payment.txn_id
        # What gave money back may be told as what the payment is applied to: it counts once.
        applied = sum(
            (row["PaymentAmount"] for row in fields.get("applied", ()) if row["TxnID"] not in ours),
            ZERO,
        )
        left = fields["TotalAmount"] - applied - gone[txn_id]
        # What QuickBooks said is newer where a person used it, older where we just did.
        found.append((txn_id, min(left, payment.balance or ZERO) - going[txn_id]))
    return found


def _taken(documents: list[Document]) -> defaultdict[object, Decimal]:
    taken: defaultdict[object, Decimal] = defaultdict(Decimal)
    for document in documents:
        for row in document.fields["refunded"]:
            taken[row["TxnID"]] += row["RefundAmount" if "RefundAmount" in row else "Amount"]
    return taken
