"""The head of a document: number, dates, memo, addresses, and whatever decisions simply fill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from qbwc import documents
from qbwc.documents.base import CLEAR, Ref
from qbwc.documents.encoding import printable
from qbwc.planning.contact import address
from qbwc.planning.currency import check_money_account, is_foreign, receivable
from qbwc.planning.custom_fields import custom_fields
from qbwc.planning.work import Work, value
from qbwc.planning.world import Posted
from rules_library.compiled import Outcome
from rules_library.decision import Decision, Reference, Scope, decisions_of
from rules_library.decisions.header import REF_NUMBER_LIMIT
from rules_library.logic import CLEAR as EMPTY
from rules_library.order import Order
from rules_library.rulebook import Decided

_MONEY_ACCOUNTS = frozenset({"DepositToAccountRef", "RefundFromAccountRef"})
EDIT_TAIL = "-E"
"""Marks the number of a credit memo for what was taken out of a posted order."""
LEAST_OWN = 4
"""So many characters of the store's number stay beside a prefix and a suffix, at least."""


def header(
    work: Work, kind: str, customer: Ref | None, *, tail: str = "", on: date | None = None
) -> dict[str, Any]:
    """The header elements of a document of the order.

    ``tail`` marks a part: -R1 for a refund; ``on`` is the part's own date.
    """
    elements = documents.kind(kind).elements
    fields: dict[str, Any] = {"CustomerRef": customer}
    fields |= filled(work, kind, "order", work.decided.order)
    fields["RefNumber"] = number(work, kind, tail)
    fields["Memo"] = memo(work)
    fields["BillAddress"] = address(work.order.billing)
    fields["ShipAddress"] = address(work.order.shipping)
    if on:
        fields["TxnDate"] = on
    if "CustomFields" in elements:
        fields["CustomFields"] = custom_fields(work, kind)
    if fields.get("TxnDate"):
        fields["TxnDate"] = open_day(work, fields["TxnDate"])
    return {name: held for name, held in fields.items() if held is not None and name in elements}


def filled(work: Work, kind: str, scope: Scope, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """The elements that decisions of a scope fill on a kind of document."""
    fields: dict[str, Any] = {}
    for decision in _filling(kind, scope):
        held = value(outcomes, decision.key)
        if held is EMPTY:
            held = CLEAR
        elif held is not None and isinstance(decision.kind, Reference):
            held = work.named(decision, held)
        fields[decision.fills] = held
    return _of_the_currency(work, kind, fields)


def _of_the_currency(work: Work, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The accounts checked for the order's currency; a rate only where there is one."""
    if not work.lists.multi_currency or "CustomerRef" not in documents.kind(kind).elements:
        fields.pop("ExchangeRate", None)
        return fields
    if not is_foreign(work):
        fields.pop("ExchangeRate", None)
    if "ARAccountRef" in fields:
        fields["ARAccountRef"] = receivable(work, fields["ARAccountRef"])
    for name in _MONEY_ACCOUNTS & fields.keys():
        check_money_account(work, fields[name])
    return fields


@cache
def _filling(kind: str, scope: Scope) -> tuple[Decision, ...]:
    elements = documents.kind(kind).elements
    return tuple(decision for decision in decisions_of(scope) if decision.fills in elements)


def number(work: Work, kind: str, tail: str = "") -> str | None:
    """The RefNumber: prefix, number, suffix; where they are too long, the number's last characters.

    None lets QuickBooks assign the next number. A number that another order's document of the
    same kind has is held: QuickBooks would take it, and nobody could tell the two apart.
    """
    parts = _number_parts(work.decided)
    if not any(parts):
        return None
    given = _fitted(parts, tail, documents.kind(kind).ref_number_limit)
    mine = (work.order.store, work.order.source_id)
    if work.lists.taken.get((kind, given), set()) - {mine}:
        work.hold(f"another order's {kind} has the number {given}", "number", given)
    return given


def numbers(order: Order, decided: Decided) -> set[str]:
    """Every number that documents of an order may get, to be looked up before planning."""
    parts = _number_parts(decided)
    tails = ["", *(refund_tail(count) for count in range(1, len(order.refunds) + 1))]
    if order.is_called_off:
        tails.append(CANCELLED_TAIL)
    if "purchase_order" in decided["transaction_type"]:
        tails += [purchase_tail(count) for count in range(1, 2 * len(order.lines) + 1)]
    if order.fulfillments:
        tails += [part_tail(count) for count in range(1, len(order.fulfillments) + 2)]
    return {_fitted(parts, tail, REF_NUMBER_LIMIT) for tail in tails} if any(parts) else set()


CANCELLED_TAIL = "-C"
"""What marks the number of the credit memo of a cancelled order."""


def purchase_tail(count: int) -> str:
    """What marks the number of an order's n-th purchase order."""
    return f"-P{count}"


def refund_tail(count: int) -> str:
    """What marks the n-th refund's number."""
    return f"-R{count}"


def part_number(work: Work, kind: str, count: int) -> str:
    """The number of an order's n-th invoice; empty if QuickBooks numbers."""
    parts, limit = _number_parts(work.decided), documents.kind(kind).ref_number_limit
    return _fitted(parts, part_tail(count), limit) if any(parts) else ""


def part_tail(count: int) -> str:
    """What marks the number of an order's n-th invoice."""
    return f"-{count}"


def _fitted(parts: tuple[str, str, str], tail: str, limit: int) -> str:
    """Prefix, number and suffix in so many characters: it is the store's number that is cut.

    Only where that would leave next to nothing of it, the last characters of all count.
    """
    prefix, own, suffix = parts
    room = limit - len(tail) - len(prefix) - len(suffix)
    if room >= min(len(own), LEAST_OWN):
        return f"{prefix}{own[-room:].strip() if room else ''}{suffix}".strip() + tail
    return "".join(parts)[-(limit - len(tail)) :].strip() + tail


def _number_parts(decided: Decided) -> tuple[str, str, str]:
    """Prefix, number and suffix; all empty lets QuickBooks number."""
    if decided["number_from_quickbooks"]:
        return "", "", ""
    prefix, own, suffix = (
        printable(f"|{decided[key] or ''}|")[1:-1]
        for key in ("number_prefix", "ref_number", "number_suffix")
    )
    return prefix.lstrip(), own, suffix.rstrip()


def stamp(work: Work) -> str:
    """What every memo begins with: by it a document is known again in QuickBooks."""
    return f"{work.order.store} {work.order.number}"


def memo(work: Work) -> str:
    """Store and full order number, then whatever the company adds."""
    added = work.decided["memo"]
    return f"{stamp(work)} {added}" if added else stamp(work)


def is_closed(work: Work, day: Any) -> bool:
    """Whether the books are closed on a day, so that QuickBooks refuses to change it (3171)."""
    return isinstance(day, date) and day.isoformat() <= work.lists.closing_date


def is_locked(work: Work, *posted: Posted) -> bool:
    """Whether any of these lies in a closed period, so that QuickBooks refuses to change it."""
    return any(is_closed(work, one.document.fields.get("TxnDate")) for one in posted)


def open_day(work: Work, day: Any) -> Any:
    """The day, if the books are open then; else the first open one by rule, or it is held."""
    closing = work.lists.closing_date
    if not is_closed(work, day):
        return day
    if work.decided["closed_period"] == "first_open_day":
        return date.fromisoformat(closing) + timedelta(days=1)
    said = f"{day} lies in a closed period (QuickBooks' books are closed to {closing})"
    work.hold(said, "closed", str(closing))
    return day
