"""The one currency that QuickBooks keeps a customer in, for ever."""

from __future__ import annotations

from qbwc.documents.base import Ref
from qbwc.lists import Entry, normal
from qbwc.planning.work import Work, ref
from rules_library.decision import decisions


def other_currency(work: Work, customer: Entry) -> str:
    """The currency's name, if a customer is kept in another one than the order's; else empty."""
    name = customer.data.get("CurrencyRef.FullName", "")
    known = work.lists.whole.get("Currency", {}).get(normal(name)) if name else None
    code = known.data.get("CurrencyCode", "") if known else ""
    return name if code and code.upper() != work.order.currency.upper() else ""


def customer_currency(work: Work) -> Ref | None:
    """The currency of a customer that is created; None = the company's own.

    It is decided by its code or by QuickBooks' name for it. A customer in another currency than
    the order's would take its amounts for something else, so that is held.
    """
    decision = decisions()["customer_currency"]
    given = work.decided["customer_currency"]
    if not given or normal(given) == normal(work.lists.home_currency):
        return None
    entry = _by_code(work, given) or work.lists.whole.get("Currency", {}).get(normal(given))
    code = entry.data.get("CurrencyCode", "") if entry else ""
    if code and code.upper() != work.order.currency.upper():
        work.hold(
            f"{decision.label}: the customer would be kept in {code}, and the order is in "
            f"{work.order.currency}",
            "currency",
            code,
        )
        return None
    if entry and entry.is_active:
        return None if code.upper() == work.lists.home_currency.upper() else ref(entry)
    return work.named(decision, given)


def _by_code(work: Work, code: str) -> Entry | None:
    wanted = code.strip().upper()
    entries = work.lists.whole.get("Currency", {}).values()
    return next((one for one in entries if one.data.get("CurrencyCode") == wanted), None)
