"""Why orders are held, as groups that have one answer: "map this SKU" settles all that lack it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

CAUSES: Final[Mapping[str, str]] = {
    "item": "QuickBooks does not have the item",
    "items": "Several items match",
    "customer": "QuickBooks does not have the customer",
    "customers": "Several customers match",
    "name": "The customer's name is taken",
    "entry": "QuickBooks does not have what a rule names",
    "choice": "A rule has to name something",
    "rule": "A rule cannot be used",
    "review": "Held for review by rule",
    "sum": "The order does not add up",
    "tax": "QuickBooks would compute another tax",
    "currency": "Another currency than the company's",
    "number": "Another order has the number",
    "closed": "The period is closed",
    "changed": "Changed after it was posted",
    "cancelled": "Cancelled after it was posted",
    "paid": "Paid in QuickBooks already",
    "gone": "Voided or deleted after it was posted",
    "refund": "A refund does not fit its order",
    "refused": "QuickBooks refused it",
    "uncertain": "It may be in QuickBooks already",
    "alike": "QuickBooks holds one that looks like it",
    "unreadable": "The order cannot be read",
    "other": "Another reason",
}
"""Every cause, and what a person reads over the orders that have it."""


class Cause(NamedTuple):
    """What kind of reason it is, and what it is about: a SKU, a name, a status code."""

    code: str
    about: str = ""
