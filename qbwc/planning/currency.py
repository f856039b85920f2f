"""Currencies: the order's against those of the company, its customer and its accounts."""

from __future__ import annotations

from collections.abc import Collection

from qbwc.documents.base import Ref
from qbwc.lists import Entry, normal
from qbwc.planning.work import Work, money, ref
from rules_library.decision import decisions

KEPT_DECIMALS = "QuickBooks keeps amounts with two decimals"


def is_foreign(work: Work) -> bool:
    """Whether the order is in another currency than the company's own."""
    return work.order.currency.upper() != work.lists.home_currency.upper()


def check_currency(work: Work) -> None:
    """Hold an order whose currency QuickBooks cannot keep."""
    order, lists = work.order, work.lists
    if money(order.total) != order.total:
        said = f"{KEPT_DECIMALS}, and the total is {order.total} {order.currency}"
        work.hold(said, "sum")
    if not is_foreign(work):
        return
    if not (order.currency and lists.multi_currency):
        work.hold(
            f"the order is in {order.currency or 'an unknown currency'}, "
            f"the company's home currency is {lists.home_currency}",
            "currency",
            order.currency,
        )
        return
    entry = _by_code(work, order.currency)
    if entry is None or not entry.is_active:
        state = "an inactive" if entry else "no"
        said = f"the order is in {order.currency}, and QuickBooks has {state} currency of that code"
        work.hold(said, "currency", order.currency)


def currency_of(work: Work, entry: Entry) -> str:
    """The code of the currency that an account or customer is kept in; by default the home one."""
    name = entry.data.get("CurrencyRef.FullName", "")
    if not name:
        return work.lists.home_currency.upper()
    known = work.lists.whole.get("Currency", {}).get(normal(name))
    return known.data.get("CurrencyCode", "").upper() if known else ""


def receivable(work: Work, chosen: Ref | None) -> Ref | None:
    """The receivables account of the order's currency: the chosen one, else the only one.

    In the home currency none has to be named. QuickBooks refuses one of another currency.
    """
    decision = decisions()["receivables_account"]
    if not work.lists.verified:
        return chosen
    wanted = work.order.currency.upper()
    accounts = [one for one in _accounts(work) if one.is_active]
    if isinstance(chosen, Ref):
        for entry in accounts:
            if entry.list_id == chosen.list_id and currency_of(work, entry) not in {wanted, ""}:
                said = f"is kept in {currency_of(work, entry)}, and the order is in {wanted}"
                work.hold(
                    f"{decision.label}: {entry.full_name!r} {said}", "currency", entry.full_name
                )
        return chosen
    if not is_foreign(work):
        return chosen
    found = [
        entry
        for entry in accounts
        if entry.data.get("AccountType") == "AccountsReceivable"
        and currency_of(work, entry) == wanted
    ]
    if len(found) == 1:
        return ref(found[0])
    said = f"QuickBooks has {'several' if found else 'none'} in {wanted}"
    work.hold(f"{decision.label}: none is chosen, and {said}", "currency", wanted)
    return None


def check_money_account(work: Work, account: Ref | None) -> None:
    """Hold money that would go to, or come from, an account of a third currency."""
    for entry in _accounts(work):
        if not isinstance(account, Ref) or entry.list_id != account.list_id:
            continue
        kept = currency_of(work, entry)
        wanted = work.order.currency.upper()
        if kept not in {wanted, work.lists.home_currency.upper(), ""}:
            said = f"the account {entry.full_name!r} is kept in {kept}, and the order is in"
            work.hold(f"{said} {wanted}", "currency", entry.full_name)


def _accounts(work: Work) -> Collection[Entry]:
    return work.lists.whole.get("Account", {}).values()


def other_currency(work: Work, customer: Entry) -> str:
    """The currency's name, if a customer is kept in another one than the order's; else empty."""
    name = customer.data.get("CurrencyRef.FullName", "")
    if not name and work.lists.multi_currency and is_foreign(work):
        return work.lists.home_currency
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
