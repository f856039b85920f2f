"""Money that goes back to a customer: to the card, or by cheque, out of a credit memo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from qbwc.documents.base import Document, Ref, Totals, TxnRef
from qbwc.planning.contact import address
from qbwc.planning.currency import currency_of
from qbwc.planning.header import filled, header, refund_tail
from qbwc.planning.work import Work, ref, value
from rules_library.compiled import Outcome
from rules_library.decision import decisions
from rules_library.facts import day
from rules_library.order import ZERO, Refund

CARD, CHEQUE = "ARRefundCreditCard", "Check"
KINDS = {"card_refund": CARD, "cheque": CHEQUE}
"""The document that gives the money back, by how a refund is booked."""
Source = tuple[TxnRef | str, Decimal]
"""A credit memo or unapplied payment, and how much of it goes back."""


@dataclass(frozen=True, slots=True)
class Given:
    """A refund of the store: which one it is, and what was decided about it."""

    refund: Refund
    count: int
    outcomes: Mapping[str, Outcome]

    @property
    def id(self) -> str:
        """The store's own id of it."""
        return self.refund.source_id

    @property
    def tail(self) -> str:
        """What marks its number."""
        return refund_tail(self.count)

    def on(self, zone: str) -> date | None:
        """The day it was given back."""
        found = day(self.refund.created_at, zone)
        return date.fromisoformat(found) if found else None

    def memo(self, head: str) -> str:
        """The memo of its documents."""
        return f"{head} refund {self.id} {self.refund.reason}".strip()


def give_back(
    work: Work, given: Given, kind: str, sources: Sequence[Source], customer: Ref | None
) -> None:
    """Add the document that pays a refund out of its sources, unless QuickBooks has it."""
    posted = work.ledger.get(kind, given.id)
    if posted:
        work.documents.append(posted.document)
        return
    total = sum((amount for _, amount in sources), ZERO)
    fields = header(work, kind, customer, tail=given.tail, on=given.on(work.order.zone))
    fields |= filled(work, kind, "refund", given.outcomes)
    fields["Memo"] = given.memo(fields["Memo"])
    fields["Address"] = address(work.order.billing)
    if kind == CHEQUE:
        fields |= _cheque(work, given, sources, customer, total)
        fields.pop("RefNumber", None)
    else:
        fields["refunded"] = [{"TxnID": one, "RefundAmount": amount} for one, amount in sources]
        if not fields.get("PaymentMethodRef"):
            work.hold(f"refund {given.id} has no payment method, which a refund to it needs")
    work.documents.append(
        Document(
            kind=kind,
            part=given.id,
            fields={name: held for name, held in fields.items() if held is not None},
            totals=Totals(subtotal=total, tax=ZERO, total=total),
        )
    )


def _cheque(
    work: Work, given: Given, sources: Sequence[Source], customer: Ref | None, total: Decimal
) -> dict[str, Any]:
    name = value(given.outcomes, "cheque_account")
    label = decisions()["cheque_account"].label
    if not name:
        work.hold(f"{label}: no account is chosen", "choice", "cheque_account")
    bank = work.named(decisions()["cheque_account"], name) if name else None
    if bank and bank.list_id and _type(work, bank) not in {"Bank", ""}:
        work.hold(f"{label}: {name!r} is no bank account", "choice", "cheque_account")
    receivable = {"AccountRef": _receivable(work), "Amount": total, "CustomerRef": customer}
    return {
        "AccountRef": bank,
        "PayeeEntityRef": customer,
        "IsToBePrinted": True,
        "refunded": [{"TxnID": one, "Amount": amount} for one, amount in sources],
        "lines": [receivable],
    }


def _receivable(work: Work) -> Ref | None:
    """The receivables account: the chosen one, else the only one that QuickBooks has."""
    decision = decisions()["receivables_account"]
    name = work.decided["receivables_account"]
    if isinstance(name, str):
        return work.named(decision, name)
    found = [
        entry
        for entry in work.lists.whole.get("Account", {}).values()
        if entry.is_active
        and entry.data.get("AccountType") == "AccountsReceivable"
        and currency_of(work, entry) in {work.order.currency.upper(), ""}
    ]
    if len(found) == 1:
        return ref(found[0])
    if work.lists.verified:
        said = "QuickBooks has several" if found else "QuickBooks has none"
        work.hold(f"{decision.label}: none is chosen, and {said}", "choice", decision.key)
    return Ref("Account", "Accounts Receivable")


def _type(work: Work, account: Ref) -> str:
    accounts = work.lists.whole.get("Account", {}).values()
    return next(
        (one.data.get("AccountType", "") for one in accounts if one.list_id == account.list_id), ""
    )
