"""The vocabulary of facts: complete, of the types it says, in the shop's zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from rules_library.facts import FACTS, Context, Fact, facts
from rules_library.labels import WHOLE_ORDER
from rules_library.order import Fulfillment, Order
from rules_library.sale import Sale, SaleLine, sale_facts
from rules_library.stock import StockItem, stock_facts
from tests.planning import (
    CONTEXT,
    NOW,
    D,
    line,
    order,
    payment,
    refund,
    sample,
    samples,
    shipping,
    tax,
)

ABSENT = object()
FULL = order(
    charges=(shipping(),),
    refunds=(refund("1.00"),),
    fulfillments=(Fulfillment(source_id="f", shipped_at=NOW),),
    paid_at=NOW,
    updated_at=NOW,
)
KINDS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "choice": (str,),
    "country": (str,),
    "number": (int, Decimal),
    "money": (Decimal,),
    "date": (str,),
    "yes/no": (bool,),
    "list": (list, dict),
}


def at(found: dict[str, Any], fact: Fact) -> Any:
    """What a rule finds under the path of a fact, in the first part of its scope."""
    if fact.scope in {"line", "charge", "refund"}:
        found = {fact.scope: found[f"{fact.scope}s"][0]}
    value: Any = found
    for name in fact.path.split("."):
        value = value.get(name, ABSENT)
    return value


def of(given: Order, context: Context = CONTEXT) -> dict[str, Any]:
    return facts(given, context)


HAMMER = StockItem(full_name="Tools:HAM-16", price=Decimal("19.99"))
SALE = Sale(
    kind="sales_order", txn_id="1-2", sold_on=date(2026, 11, 2), ship_date=date(2026, 11, 4),
    lines=(SaleLine(line_id="3", kind="goods", item="Tools:HAM-16"),),
)  # fmt: skip


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda fact: fact.path)
def test_a_fact_of_the_vocabulary_is_there_and_of_its_type(fact: Fact) -> None:
    found = of(FULL, Context(today=date(2026, 11, 25), customer_orders=2))
    apart = {
        "item": stock_facts(HAMMER, "web", "shopify"),
        "sale": sale_facts(SALE, "web", "shipstation"),
    }
    value = at(apart.get(fact.scope, found), fact)
    assert isinstance(value, KINDS[fact.type])
    if fact.type == "date":
        date.fromisoformat(str(value))


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda fact: fact.path)
def test_an_example_is_of_its_facts_type(fact: Fact) -> None:
    if fact.type == "money":
        assert Decimal(fact.example).is_finite()
    elif fact.type == "date":
        assert date.fromisoformat(str(fact.example))
    else:
        assert isinstance(fact.example, KINDS[fact.type])
        assert isinstance(fact.example, bool) == (fact.type == "yes/no")
    assert fact.label[0].isupper()


def test_nothing_can_be_found_that_the_vocabulary_does_not_name() -> None:
    found = of(FULL)
    named = {path.split(".")[0] for path in FACTS} - {"line", "charge", "refund", "item", "sale"}
    assert set(found) == named | {
        "lines", "charges", "payments", "refunds", "refund", "custom", "raw",
    }  # fmt: skip
    for group in named - {"today"}:
        assert {f"{group}.{name}" for name in found[group]} <= set(FACTS)


@pytest.mark.parametrize("given", samples(), ids=lambda given: given.number)
def test_every_sample_has_every_fact_of_the_order(given: Order) -> None:
    found = of(given)
    for fact in FACTS.values():
        if fact.scope == "order":
            assert at(found, fact) is not ABSENT, fact.path


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/New_York", "2026-11-21"),
        ("America/Los_Angeles", "2026-11-21"),
        ("UTC", "2026-11-22"),
        ("Asia/Tokyo", "2026-11-22"),
        ("", "2026-11-22"),
        ("Nowhere/At all", "2026-11-22"),
        ("../etc/passwd", "2026-11-22"),
    ],
)
def test_dates_are_those_of_the_shops_zone(zone: str, day: str) -> None:
    late = datetime(2026, 11, 22, 4, 59, tzinfo=UTC)
    given = replace(FULL, placed_at=late, paid_at=late, zone=zone)
    found = of(given)
    assert found["order"]["placed_on"] == day
    assert found["order"]["paid_on"] == day


def test_the_first_moment_of_all_time_has_a_date() -> None:
    given = replace(FULL, placed_at=datetime(1, 1, 1, tzinfo=UTC), zone="America/New_York")
    assert of(given)["order"]["placed_on"] == "0001-01-01"


def test_the_order_is_known_by_its_largest_payment() -> None:
    payments = (
        payment("5.00", method="Gift card"),
        payment("40.00", method="Visa", source_id="p2"),
        payment("99.00", method="Declined card", source_id="p3", status="failed"),
    )
    found = of(order(payments=payments))["payment"]
    assert found["method"] == "Visa"
    assert found["methods"] == ["Gift card", "Visa"]
    assert found["amount"] == D("45.00")


def test_an_order_without_payment_has_empty_facts_of_it() -> None:
    found = of(order(payments=()))["payment"]
    assert (found["method"], found["last4"], found["amount"]) == ("", "", 0)


def test_a_pending_order_is_known_by_the_payment_it_waits_for() -> None:
    given = order(payments=(payment("45.00", method="Bank transfer", status="pending"),))
    assert of(given)["payment"]["method"] == "Bank transfer"


def test_what_needs_an_item_without_being_a_charge_comes_after_the_charges() -> None:
    found = of(order())["charges"]
    assert [one["kind"] for one in found] == ["shipping", *WHOLE_ORDER]
    assert len({frozenset(one) for one in found}) == 1


def test_the_buyers_name_is_taken_from_wherever_it_is() -> None:
    found = of(sample("#2012"))["customer"]
    assert found["name"] == ""
    assert found["is_guest"] is True
    assert of(FULL)["customer"]["name"] == "Jane Doe"


def test_tax_is_told_by_who_remits_it() -> None:
    given = order(taxes=(tax("1.00"), tax("3.00", remitted_by="marketplace")))
    found = of(given)["order"]
    assert (found["tax_merchant"], found["tax_marketplace"]) == (D("1.00"), D("3.00"))


def test_the_world_besides_the_order_comes_from_the_context() -> None:
    context = Context(
        today=date(2026, 11, 25), customer_orders=7, in_quickbooks=("SalesOrder", "Invoice")
    )
    found = of(order(), context)
    assert found["today"] == "2026-11-25"
    assert found["customer"]["orders"] == 7
    assert found["quickbooks"]["documents"] == ["SalesOrder", "Invoice"]


def test_money_is_exact() -> None:
    found = of(order(lines=(line(gross=D("0.10")), line(gross=D("0.20")))))
    assert found["order"]["lines_net"] == D("0.30")
