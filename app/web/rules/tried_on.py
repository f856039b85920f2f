"""What a decision is tried on: the company's orders, or QuickBooks' items or sales."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import url_for

from app.models import Company
from app.web.rules.samples import LAST, Sample, first_items, last_orders, last_sales, order_numbered
from qbwc.planning.sales_out import TELL, TRACKING
from rules_library.decision import Decision

MOST_NAMED: Final = 25
"""Items or sales that what was typed names."""


@dataclass(frozen=True, slots=True)
class About:
    """What a decision is about, in the words of the page."""

    one: str
    end: str
    """first or last: which of them it is tried on"""
    asked: str
    example: str
    none: str
    """What is said where there are none."""
    see: str
    """The words of the link to one."""
    address: Callable[[Company, Sample], str]
    which: str = ""
    """Which of them count, after the word for one."""
    many_named: bool = True
    """Whether what is typed may name several."""

    @property
    def many(self) -> str:
        """The plural."""
        return f"{self.one}s"


_READ: Final = (
    "what changes there is read at the Web Connector's runs, while a published rule sends sales "
    "to a store or tells shops of shipments."
)
ORDER: Final = About(
    one="order", end="last", asked="Number of one order", example="#1042",
    none="There are no orders yet to try it on.", see="Open the order",
    address=lambda company, one: url_for("orders.one", company_id=company.id, order_id=one.id),
    many_named=False,
)  # fmt: skip
ITEM: Final = About(
    one="item", end="first", asked="Name of one item", example="HAM-16",
    none="QuickBooks' items were not read yet, or none has a stock.", see="See its stock",
    address=lambda company, one: url_for("stock.index", company_id=company.id, q=one.number),
)  # fmt: skip
SALE: Final = About(
    one="sale", which=" that could go to a store", end="last",
    asked="Number or customer of one sale", example="1042", see="See the sale",
    none=f"No sale that could go to a store was read from QuickBooks yet: {_READ}",
    address=lambda company, one: url_for(
        "sales.index", company_id=company.id, store=one.store_id or None, before=one.id + 1
    ),
)  # fmt: skip
OWN_SALE: Final = About(
    one="sale", which=" of a shop's order", end="last", asked=SALE.asked, example=SALE.example,
    none=f"No sale of a shop's order was read from QuickBooks yet: {_READ}",
    see="See its shipment",
    address=lambda company, one: url_for(
        "shipments.index", company_id=company.id, store=one.store_id or None, before=one.id + 1
    ),
)  # fmt: skip


def about(decision: Decision) -> About:
    """What a decision is about."""
    if decision.scopes == ("item",):
        return ITEM
    if decision.scopes != ("sale",):
        return ORDER
    return OWN_SALE if decision.key in {TELL, TRACKING} else SALE


def samples_of(
    company: Company, decision: Decision, last: int = LAST, *, named: str = ""
) -> list[Sample]:
    """What a decision is tried on, or what of it is called so; as it is for each store.

    Args:
        company: Whose.
        decision: What is decided.
        last: How many orders, items or sales.
        named: The number of an order or a sale, or a part of a customer's or an item's name.
    """
    known = about(decision)
    if known is ORDER:
        if not named:
            return last_orders(company, last)
        one = order_numbered(company, named)
        return [one] if one else []
    most = min(last, MOST_NAMED) if named else last
    if known is ITEM:
        return first_items(company, most, named=named)
    return last_sales(company, most, named=named, own=known is OWN_SALE)
