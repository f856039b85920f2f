"""The customer: attempts to find one in order, then create, hold, or use one for all."""

from __future__ import annotations

from qbwc.documents.base import Address, Ref
from qbwc.lists import Addition, clean_name, normal
from qbwc.planning.work import Work, ref
from qbwc.planning.world import Lookup, lookup
from rules_library.order import Address as OrderAddress
from rules_library.order import Order
from rules_library.rulebook import Decided

NAME_LIMIT = 41


def attempts(order: Order, decided: Decided) -> list[tuple[str, list[Lookup]]]:
    """The attempts in order, each with its questions to the customer list."""
    first = order.customer.first_name or order.billing.first_name
    last = order.customer.last_name or order.billing.last_name
    first_last = f"{first} {last}".strip() or order.shipping.name
    company = order.customer.company or order.billing.company
    values = {
        "email": [("email", order.customer.email)],
        "company": [("company", company), ("full_name", company)],
        "first_last": [("full_name", first_last)],
        "last_first": [("full_name", f"{last}, {first}" if first and last else "")],
        "company_or_name": [("full_name", company or first_last)],
        "shipping_company": [
            ("company", order.shipping.company),
            ("full_name", order.shipping.company),
        ],
        "shipping_name": [("full_name", order.shipping.name)],
        "phone": [("phone", order.customer.phone or order.billing.phone)],
        "channel": [("full_name", order.channel or order.store)],
        "order_number": [("full_name", order.number)],
    }
    return [
        (attempt, [_by(by, text) for by, text in values[attempt] if text])
        for attempt in decided["customer_match"] or ()
    ]


def _by(by: str, text: str) -> Lookup:
    name = clean_name(text, NAME_LIMIT) if by == "full_name" else text
    return lookup("Customer", by, name)


def new_name(decided: Decided) -> str:
    """The name that a new customer gets, as QuickBooks takes it."""
    single = decided["when_customer_missing"] == "single"
    name = decided["single_customer_name"] if single else decided["customer_name"]
    return clean_name(name or "", NAME_LIMIT)


def lookups(order: Order, decided: Decided) -> list[Lookup]:
    """Everything that ``customer`` asks."""
    name = new_name(decided)
    asked = [question for _, questions in attempts(order, decided) for question in questions]
    if name:
        asked += [lookup("Customer", "full_name", name), lookup("Vendor", "full_name", name)]
    return [question for question in asked if question.value]


def customer(work: Work) -> Ref | None:
    """The order's customer; what is posted keeps it together with all that follows."""
    if work.ledger.customer:
        return work.ledger.customer
    name = new_name(work.decided)
    for attempt, questions in attempts(work.order, work.decided):
        for question in questions:
            found = work.lists.find(question) if question.value else ()
            if len(found) > 1:
                found = tuple(e for e in found if normal(e.full_name) == normal(name)) or found
            if len(found) > 1:
                names = ", ".join(entry.full_name for entry in found[:3])
                work.hold(f"{len(found)} customers match by {attempt}: {names}", "customers", name)
                return None
            if found:
                return ref(found[0])
    return _missing(work, name)


def _missing(work: Work, name: str) -> Ref | None:
    what = work.decided["when_customer_missing"]
    if not name:
        work.hold("no customer matches, and there is no name to create one with", "customer")
        return None
    if not work.lists.verified:
        return Ref("Customer", name)
    own = lookup("Customer", "full_name", name)
    if what == "single":
        found = work.lists.find(own)
        if found:
            return ref(found[0])
    elif what == "hold":
        work.hold(f"no customer in QuickBooks matches {name!r}", "customer", name)
        return None
    if work.lists.is_used(own):
        state = "an active" if work.lists.find(own) else "an inactive"
        said = f"{state} customer {name!r} exists, but the attempts did not match it"
        work.hold(said, "name", name)
        return None
    if work.lists.is_used(lookup("Vendor", "full_name", name)):
        said = f"{name!r} is a vendor's name; QuickBooks has each name only once"
        work.hold(said, "name", name)
        return None
    fields = {} if what == "single" else _details(work.order)
    return work.create(Addition(kind="Customer", variant="Customer", full_name=name, fields=fields))


def _details(order: Order) -> dict[str, object]:
    buyer, billing = order.customer, order.billing
    details = {
        "CompanyName": buyer.company or billing.company,
        "FirstName": buyer.first_name or billing.first_name,
        "LastName": buyer.last_name or billing.last_name,
        "BillAddress": address(billing),
        "ShipAddress": address(order.shipping),
        "Phone": buyer.phone or billing.phone,
        "Email": buyer.email,
    }
    return {name: held for name, held in details.items() if held}


def address(given: OrderAddress) -> Address | None:
    """A store's address as QuickBooks prints it; None when it says nothing."""
    if given.is_empty:
        return None
    lines = (given.name, given.company, given.line1, given.line2, given.line3)
    return Address(
        lines=tuple(line for line in lines if line),
        city=given.city,
        state=given.region,
        postal_code=given.postal_code,
        country=given.country_name or given.country,
    )
