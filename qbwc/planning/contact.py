"""Who and where a customer is: what a new one is created with, and what is kept up to date."""

from __future__ import annotations

from typing import Any

from qbwc import lists
from qbwc.documents.base import Address
from qbwc.lists import Addition, Entry, normal
from qbwc.planning.currency import customer_currency
from qbwc.planning.work import Work
from qbwc.qbxml.addresses import address_lines
from rules_library.decision import decisions
from rules_library.order import Address as OrderAddress
from rules_library.order import Order

LIMITS = {"Phone": 21, "Email": 1023}
SHORTEST_CUT = 13
"""The shortest limit of a part of an address (the postal code's)."""
CREATED_WITH = {
    "customer_type": "CustomerTypeRef",
    "customer_tax_code": "SalesTaxCodeRef",
}
"""What a decision gives to a customer that is created."""


def details(work: Work) -> dict[str, object]:
    """The elements of a customer that is created."""
    order, decided = work.order, work.decided
    buyer, billing = order.customer, order.billing
    by_number = "account_number" in (decided["customer_match"] or ())
    details: dict[str, object] = {
        "CompanyName": buyer.company or billing.company,
        "FirstName": buyer.first_name or billing.first_name,
        "LastName": buyer.last_name or billing.last_name,
        **_contact(order),
        "AccountNumber": decided["account_number"] if by_number else None,
    }
    for key, element in CREATED_WITH.items():
        if decided[key]:
            details[element] = work.named(decisions()[key], decided[key])
    details["CurrencyRef"] = customer_currency(work)
    return {name: held for name, held in details.items() if held}


def _contact(order: Order) -> dict[str, Any]:
    return {
        "BillAddress": address(order.billing),
        "ShipAddress": address(order.shipping),
        "Phone": order.customer.phone or order.billing.phone,
        "Email": order.customer.email,
    }


def keep_contact(work: Work, entry: Entry) -> None:
    """Write what the order says otherwise of a customer; what it leaves empty stays."""
    if not work.decided["update_customer_contact"] or not entry.list_id:
        return
    fields = {
        name: held
        for name, held in _contact(work.order).items()
        if held and not _says(entry, name, held)
    }
    if fields:
        work.create(
            Addition(
                kind="Customer",
                variant="Customer",
                full_name=entry.full_name,
                fields=fields,
                list_id=entry.list_id,
            )
        )


def _says(entry: Entry, name: str, held: Any) -> bool:
    """Whether QuickBooks has it already, as far as QuickBooks' own limits let it."""
    if isinstance(held, Address):
        mine = {f"{name}.{part}": text for part, text in address_lines(held).items()}
        known = {
            path: text
            for path, text in entry.data.items()
            if path.startswith(f"{name}.") and not path.endswith(".Note")
        }
        return mine.keys() == known.keys() and all(
            _same(text, known[path]) for path, text in mine.items()
        )
    key = lists.kind("Customer").keys[name.lower()]
    return set(key.values({name: held[: LIMITS[name]]})) <= set(key.values(entry.data))


def _same(text: str, known: str) -> bool:
    """Whether two texts are one, where QuickBooks may have cut its own."""
    mine, theirs = normal(text), normal(known)
    return mine == theirs or (len(known) >= SHORTEST_CUT and mine.startswith(theirs))


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
