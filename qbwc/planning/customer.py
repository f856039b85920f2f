"""The customer: attempts to find one in order, then create, hold, or use one for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from qbwc.documents.base import Ref
from qbwc.lists import Addition, Entry, clean_name, normal
from qbwc.planning.contact import details, keep_contact
from qbwc.planning.currency import other_currency
from qbwc.planning.work import Work, ref
from qbwc.planning.world import Lookup, lookup
from rules_library.order import Order
from rules_library.rulebook import Decided

NAME_LIMIT = 41
OTHERS = {"Vendor": "a vendor's", "Employee": "an employee's", "OtherName": "another name's"}
"""The lists that share their names with customers, and how such a name is spoken of."""
SHARED = frozenset({"channel", "order_number"})
"""Attempts that find one customer for many buyers."""


def attempts(order: Order, decided: Decided) -> list[tuple[str, list[Lookup]]]:
    """The attempts in order, each with its questions to the customer list."""
    parent = _parent(decided)
    return [
        (attempt, [_by(by, text, parent) for by, text in _VALUES[attempt](order, decided) if text])
        for attempt in decided["customer_match"] or ()
    ]


def remembered(order: Order) -> str:
    """What the store's customer is remembered by; empty for a guest."""
    buyer = order.customer.source_id
    return f"{order.store} {buyer}" if buyer else ""


def _first(order: Order) -> str:
    return order.customer.first_name or order.billing.first_name


def _last(order: Order) -> str:
    return order.customer.last_name or order.billing.last_name


def _first_last(order: Order) -> str:
    return f"{_first(order)} {_last(order)}".strip() or order.shipping.name


def _last_first(order: Order) -> str:
    first, last = _first(order), _last(order)
    return f"{last}, {first}" if first and last else ""


def _company(order: Order) -> str:
    return order.customer.company or order.billing.company


def _address(order: Order) -> str:
    home = order.billing if order.billing.line1 else order.shipping
    return f"{home.line1}|{home.postal_code}" if home.line1 else ""


def _with_middle_name(name: str) -> list[str]:
    """The spellings of a name that has a middle name: Jane Q Doe, Jane Q. Doe, Jane Quinn Doe."""
    first, *middle = name.split()[:-1] or [""]
    if not middle:
        return []
    last, letter = name.rsplit(maxsplit=1)[-1], middle[0][0]
    given = f"{first} {' '.join(middle)} {last}"
    return list(dict.fromkeys((given, f"{first} {letter} {last}", f"{first} {letter}. {last}")))


_VALUES: Final[Mapping[str, Callable[[Order, Decided], list[tuple[str, str]]]]] = {
    "store_id": lambda order, _: [("store_id", remembered(order))],
    "email": lambda order, _: [("email", order.customer.email)],
    "company": lambda order, _: [("company", _company(order)), ("full_name", _company(order))],
    "first_last": lambda order, _: [("full_name", _first_last(order))],
    "last_first": lambda order, _: [("full_name", _last_first(order))],
    "first_middle_last": lambda order, _: [
        ("full_name", name) for name in _with_middle_name(_first_last(order))
    ],
    "company_or_name": lambda order, _: [("full_name", _company(order) or _first_last(order))],
    "shipping_company": lambda order, _: [
        ("company", order.shipping.company),
        ("full_name", order.shipping.company),
    ],
    "shipping_name": lambda order, _: [("full_name", order.shipping.name)],
    "phone": lambda order, _: [("phone", order.customer.phone or order.billing.phone)],
    "account_number": lambda _, decided: [("account_number", decided["account_number"] or "")],
    "address": lambda order, _: [("address", _address(order))],
    "channel": lambda order, _: [("full_name", order.channel or order.store)],
    "order_number": lambda order, _: [("full_name", order.number)],
}
"""What each attempt looks for: keys of the customer list, each with its text."""


def _by(by: str, text: str, parent: str) -> Lookup:
    if by != "full_name":
        return lookup("Customer", by, text)
    return _named(clean_name(text, NAME_LIMIT), parent)


def _named(name: str, parent: str) -> Lookup:
    return lookup("Customer", "full_name", f"{parent}:{name}" if parent and name else name)


def _parent(decided: Decided) -> str:
    return clean_name(decided["parent_customer"] or "", NAME_LIMIT)


def new_names(decided: Decided) -> list[str]:
    """The name that a new customer gets, as QuickBooks takes it, and the one if that is taken."""
    single = decided["when_customer_missing"] == "single"
    name = decided["single_customer_name"] if single else decided["customer_name"]
    suffix = "" if single else decided["customer_name_suffix"] or ""
    found = [clean_name(name or "", NAME_LIMIT)]
    if suffix and found[0]:
        found.append(clean_name(name or "", NAME_LIMIT, suffix=suffix))
    return [one for one in found if one]


def lookups(order: Order, decided: Decided) -> list[Lookup]:
    """Everything that ``customer`` asks."""
    parent = _parent(decided)
    asked = [question for _, questions in attempts(order, decided) for question in questions]
    for name in new_names(decided):
        asked += [_named(name, parent), *(lookup(kind, "full_name", name) for kind in OTHERS)]
    if parent:
        asked.append(lookup("Customer", "full_name", parent))
    return [question for question in asked if question.value]


def customer(work: Work) -> Ref | None:
    """The order's customer; what is posted keeps it together with all that follows."""
    if work.ledger.customer:
        return work.ledger.customer
    names = new_names(work.decided)
    for attempt, questions in attempts(work.order, work.decided):
        for question in questions:
            found = _in_the_currency(work, question) if question.value else ()
            if len(found) > 1:
                own = {normal(name) for name in names[:1]}
                found = tuple(e for e in found if normal(e.full_name) in own) or found
            if len(found) > 1:
                said = ", ".join(entry.full_name for entry in found[:3])
                work.hold(
                    f"{len(found)} customers match by {attempt}: {said}",
                    "customers",
                    names[0] if names else "",
                )
                return None
            if found:
                if attempt not in SHARED:
                    work.remember = attempt != "store_id"
                    keep_contact(work, found[0])
                return ref(found[0])
    return _missing(work, names)


def _in_the_currency(work: Work, question: Lookup) -> tuple[Entry, ...]:
    """The answers without customers that QuickBooks keeps in another currency than the order's."""
    return tuple(one for one in work.lists.find(question) if not other_currency(work, one))


def _missing(work: Work, names: list[str]) -> Ref | None:
    what, parent = work.decided["when_customer_missing"], _parent(work.decided)
    if not names:
        work.hold("no customer matches, and there is no name to create one with", "customer")
        return None
    name = names[0]
    if not work.lists.verified:
        return Ref("Customer", f"{parent}:{name}" if parent else name)
    if with_suffix := _created_with_suffix(work, names, parent):
        return ref(with_suffix)
    if what == "single":
        found = _in_the_currency(work, _named(name, parent))
        if found:
            return ref(found[0])
    elif what == "hold":
        work.hold(f"no customer in QuickBooks matches {name!r}", "customer", name)
        return None
    taken = [_taken(work, one, parent) for one in names]
    free = next((one for one, by in zip(names, taken, strict=True) if not by), None)
    if free is None:
        other = any(other_currency(work, entry) for entry in _named_so(work, names[0], parent))
        work.hold(taken[-1], "currency" if other else "name", name)
        return None
    work.remember = what == "create"
    fields = {} if what == "single" else details(work)
    if parent:
        _parent_entry(work, parent)
    whole = f"{parent}:{free}" if parent else free
    return work.create(
        Addition(kind="Customer", variant="Customer", full_name=whole, fields=fields)
    )


def _created_with_suffix(work: Work, names: list[str], parent: str) -> Entry | None:
    """The customer that an attempt by name means, where the bare name is somebody else's."""
    own, *others = [_named(name, parent) for name in names]
    if not any(own in questions for _, questions in attempts(work.order, work.decided)):
        return None
    found = [entry for other in others for entry in _in_the_currency(work, other)]
    return found[0] if found else None


def _named_so(work: Work, name: str, parent: str) -> tuple[Entry, ...]:
    return work.lists.find(_named(name, parent))


def _taken(work: Work, name: str, parent: str) -> str:
    """Why a name cannot be given to a new customer; empty when it can."""
    own = _named(name, parent)
    if work.lists.is_used(own):
        for entry in work.lists.find(own):
            if currency := other_currency(work, entry):
                return (
                    f"the customer {name!r} is kept in {currency}, and the order is in "
                    f"{work.order.currency}; QuickBooks keeps one currency a customer: give "
                    f"those that are created a suffix, such as ({work.order.currency})"
                )
        state = "an active" if work.lists.find(own) else "an inactive"
        return f"{state} customer {name!r} exists, but the attempts did not match it"
    if parent:
        return ""
    for kind, label in OTHERS.items():
        if work.lists.is_used(lookup(kind, "full_name", name)):
            return f"{name!r} is {label} name; QuickBooks has each name only once"
    return ""


def _parent_entry(work: Work, parent: str) -> None:
    asked = lookup("Customer", "full_name", parent)
    if work.lists.find(asked):
        return
    if work.lists.is_used(asked):
        work.hold(f"the parent customer {parent!r} is inactive", "entry", f"Customer {parent}")
        return
    work.create(Addition(kind="Customer", variant="Customer", full_name=parent))
