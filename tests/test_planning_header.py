"""Numbers, memo, dates and addresses; and every decision that only fills an element."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from qbwc import documents
from qbwc.documents import CLEAR, Address
from qbwc.planning import numbers
from rules_library.decision import Day, OptionalFlag, Rate, Reference, decisions
from rules_library.order import Address as OrderAddress
from rules_library.order import Adjustment, Refund
from tests.planning import (
    FILE,
    NOW,
    STANDARD,
    D,
    an,
    decided,
    kinds,
    only,
    order,
    planned,
    posted,
    refund,
    rulebook,
    unpaid,
)

FILLING = [decision for decision in decisions().values() if decision.fills]


def number(**rules: Any) -> str | None:
    found = only(planned(order(number=rules.pop("of", "#1001")), **rules), "Invoice")
    held: str | None = found.fields.get("RefNumber")
    return held


def test_the_number_is_the_stores_without_its_sign() -> None:
    assert number() == "1001"


def test_prefix_and_suffix_stand_around_the_number() -> None:
    assert number(number_prefix="AMZ-", number_suffix="/26") == "AMZ-1001/26"


def test_of_a_number_that_is_too_long_the_last_11_characters_count() -> None:
    assert number(of="112-8840021-5519203") == "021-5519203"


@pytest.mark.parametrize(
    ("prefix", "suffix", "given"),
    [
        ("A-", None, "A-7-0047761"),
        (None, "/26", "-0047761/26"),
        ("AMZ-", "/26", "AMZ-7761/26"),
        ("WAREHOUSE-1-", None, "187-0047761"),
    ],
)
def test_prefix_and_suffix_stay_when_the_number_is_too_long(
    prefix: str | None, suffix: str | None, given: str
) -> None:
    of = "113-2290187-0047761"
    assert number(of=of, number_prefix=prefix, number_suffix=suffix) == given


def test_a_long_numbers_prefix_stays_on_its_refunds_and_is_looked_up() -> None:
    refunds = (Refund(source_id="1", total=D(1), created_at=NOW),)
    of = order(number="113-2290187-0047761", refunds=refunds)
    book = rulebook(number_prefix="A-")
    assert numbers(of, decided(of, book)) == {"A-7-0047761", "A-047761-R1"}
    taken = replace(FILE, taken={("Invoice", "A-7-0047761"): {("other shop", "7")}})
    assert planned(of, taken, number_prefix="A-").verdict == "hold"


def test_a_cut_number_does_not_begin_with_a_space() -> None:
    assert number(of="ORDER 1234567890") == "1234567890"


def test_quickbooks_may_number() -> None:
    assert number(number_from_quickbooks=True) is None
    assert numbers(order(), decided(order(), rulebook(number_from_quickbooks=True))) == set()


@pytest.mark.parametrize("given", [None, "", {"clear": []}])
def test_a_number_that_a_rule_leaves_empty_is_quickbooks_next(given: Any) -> None:
    assert number(ref_number=given) is None


def test_another_orders_number_is_held() -> None:
    file = replace(FILE, taken={("Invoice", "1001"): {("other shop", "7")}})
    assert planned(order(), file).reasons == ("another order's Invoice has the number 1001",)


def test_its_own_number_is_no_clash() -> None:
    file = replace(FILE, taken={("Invoice", "1001"): {("shop", "9001")}})
    assert planned(order(), file).verdict == "post"


def test_the_same_number_of_another_kind_is_no_clash() -> None:
    file = replace(FILE, taken={("SalesReceipt", "1001"): {("other shop", "7")}})
    assert planned(order(), file).verdict == "post"


def test_every_number_that_a_plan_gives_was_named_before() -> None:
    refunds = tuple(Refund(source_id=str(n), total=D(1), created_at=NOW) for n in range(2))
    of = order(number="#112-8840021", refunds=refunds)
    assert numbers(of, decided(of)) == {"112-8840021", "-8840021-R1", "-8840021-R2"}


def test_a_memo_begins_with_store_and_full_number() -> None:
    of = order(number="112-8840021-5519203")
    assert only(planned(of), "Invoice").fields["Memo"] == "shop 112-8840021-5519203"
    made = planned(of, memo={"var": "customer.email"})
    assert only(made, "Invoice").fields["Memo"] == ("shop 112-8840021-5519203 jane@example.test")


def test_the_date_is_that_of_the_shops_zone() -> None:
    late = NOW.replace(day=22, hour=3)
    assert only(planned(order(placed_at=late)), "Invoice").fields["TxnDate"].day == 21


def test_addresses_are_the_buyers() -> None:
    fields = only(planned(order()), "Invoice").fields
    assert fields["BillAddress"] == Address(
        lines=("Jane Doe", "5 Canal St"), city="New York", state="NY",
        postal_code="10013", country="US",
    )  # fmt: skip


def test_an_address_that_says_nothing_is_not_sent() -> None:
    of = order(shipping=OrderAddress(country="US"))
    assert "ShipAddress" not in only(planned(of), "Invoice").fields


VALUES: dict[type[Any], Any] = {Day: "2026-11-23", OptionalFlag: True, Rate: Decimal("1.1")}


def answer(decision: Any) -> Any:
    """A value that QuickBooks has, and what becomes of it."""
    if isinstance(decision.kind, Reference):
        return next(e.full_name for e in STANDARD if e.kind == decision.kind.list)
    return VALUES.get(type(decision.kind), "Some text")


def shown(value: Any) -> Any:
    full_name = getattr(value, "full_name", value)
    return full_name.isoformat() if hasattr(full_name, "isoformat") else full_name


TYPES = {
    "Invoice": "invoice",
    "SalesReceipt": "sales_receipt",
    "SalesOrder": "sales_order",
    "Estimate": "estimate",
    "ReceivePayment": "invoice_and_payment",
}
EUROS: dict[str, Any] = {"CurrencyRef.FullName": "Euro", "AccountType": "AccountsReceivable"}
ABROAD = (
    order(currency="EUR"),
    replace(FILE, multi_currency=True)
    .without("Jane Doe")
    .with_(an("Currency", "Euro", CurrencyCode="EUR"), an("Account", "Receivable EUR", **EUROS)),
)
FILLED = [
    (decision, kind)
    for decision in FILLING
    for kind in TYPES
    if decision.fills in documents.kind(kind).elements
    and (kind == "ReceivePayment") == ("payment" in decision.scopes and kind != "SalesReceipt")
]


@pytest.mark.parametrize(("decision", "kind"), FILLED, ids=lambda v: getattr(v, "key", v))
def test_a_decision_fills_its_element(decision: Any, kind: str) -> None:
    value = answer(decision)
    of, file = ABROAD if decision.key == "exchange_rate" else (order(), FILE)
    rules: dict[str, Any] = {"transaction_type": TYPES[kind], decision.key: value}
    if decision.key == "pending":
        assert kinds(planned(of, file, **rules)) == [kind]
    filled = only(planned(of, file, **rules), kind)
    assert shown(filled.fields[decision.fills]) == value
    empty = only(planned(of, file, **{**rules, decision.key: None}), kind)
    assert decision.fills not in empty.fields


OF_REFUNDS = [decision for decision in FILLING if decision.scope == "refund"]


@pytest.mark.parametrize("decision", OF_REFUNDS, ids=lambda decision: decision.key)
def test_a_decision_fills_its_element_of_a_card_refund(decision: Any) -> None:
    given = refund("8.00", adjustments=(Adjustment(kind="adjustment", name="", net=D(8)),))
    ledger = posted(*planned(order()).documents)
    rules: dict[str, Any] = {"refund_as": "card_refund", decision.key: answer(decision)}
    made = planned(order(refunds=(given,)), ledger=ledger, **rules)
    filled = only(made, "ARRefundCreditCard").fields[decision.fills]
    assert shown(filled) == answer(decision)


@pytest.mark.parametrize("decision", FILLING, ids=lambda decision: decision.key)
def test_every_decision_that_fills_is_filled_on_some_kind(decision: Any) -> None:
    assert decision in OF_REFUNDS or [kind for one, kind in FILLED if one is decision]


@pytest.mark.parametrize("key", ["class", "po_number", "due_date", "fob"])
def test_clear_sends_the_element_empty(key: str) -> None:
    clearing: dict[str, Any] = {key: {"clear": []}}
    made = planned(unpaid(payment_terms="Net 30"), **clearing)
    assert only(made, "Invoice").fields[decisions()[key].fills] is CLEAR


def test_a_name_that_quickbooks_lacks_is_held() -> None:
    assert planned(order(), terms="Net 90").reasons == ("Terms: QuickBooks has no Terms 'Net 90'",)


def test_a_name_is_found_whatever_its_case() -> None:
    rules: dict[str, Any] = {"class": "online:AMAZON"}
    fields = only(planned(order(), **rules), "Invoice").fields
    assert fields["ClassRef"].full_name == "Online:Amazon"


def test_a_posted_number_is_not_checked_again() -> None:
    of = order()
    file = replace(FILE, taken={("Invoice", "1001"): {("other shop", "7")}})
    assert planned(of, file, posted(*planned(of).documents)).verdict == "post"
