"""Whatever the rules say, a sample order is posted to the cent, or held, skipped or waiting."""

from __future__ import annotations

import copy
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qbwc import qbxml
from qbwc.planning import Ledger, Plan, numbers, plan, wanted
from qbwc.planning.work import money
from rules_library.collected import ItemAmount, NamedText
from rules_library.decision import (
    Choice,
    Choices,
    Count,
    Day,
    Factor,
    Money,
    OptionalFlag,
    Rate,
    Reference,
    Text,
    YesNo,
    decisions,
)
from rules_library.facts import facts
from rules_library.notified import Addresses, Notified
from rules_library.order import Order
from rules_library.rulebook import RulebookError, decide
from tests.planning import (
    CONTEXT,
    FILE,
    STANDARD,
    File,
    planned,
    posted,
    rulebook,
    samples,
)
from tests.qbxml_cases import assert_valid, known
from tests.qbxml_cases import posted as txn_of

quick = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SALES = ("SalesOrder", "Estimate", "SalesReceipt", "Invoice")


GOOD: dict[type[Any], tuple[Any, ...]] = {
    YesNo: (True, False),
    OptionalFlag: (True, False, None),
    Factor: (1, 12, "0.5"),
    Rate: ("1.08", 1),
    Count: (0, 7, None),
    Money: ("0.05", 0, None),
    Day: ("2026-11-20", {"var": "order.placed_on"}, None),
    NamedText: ([], [["Lot", "7"]], [["Lot", {"var": "order.number"}], ["Lot", {"clear": []}]]),
    Addresses: (None, "ann@example.com"),
    Notified: ([], [["failures", "ann@example.com"]]),
    ItemAmount: ([], [["Web Sales", "0.05"]], [["Web Sales", {"*": [{"var": "order.total"}, 3]}]]),
    Text: ({"var": "order.number"}, {"cat": ["A long text ", {"var": "customer.name"}]}, None),
}
WILD: tuple[Any, ...] = (
    None, {"clear": []}, {"var": "order.number"}, {"var": "customer.name"}, "Online", "Tax", 7,
)  # fmt: skip


def good_answers(key: str) -> st.SearchStrategy[Any]:
    """Answers that a sensible company may give."""
    kind, default = decisions()[key].kind, decisions()[key].default
    if isinstance(kind, Choice):
        return st.sampled_from([*kind.options])
    if isinstance(kind, Choices):
        return st.lists(st.sampled_from([*kind.options]), max_size=4)
    if isinstance(kind, Reference):
        names = [entry.full_name for entry in STANDARD if entry.kind == kind.list]
        return st.sampled_from([default, *([None] if kind.list != "Item" else []), *names])
    return st.sampled_from([default, *GOOD[type(kind)]])


def wild_answers(key: str) -> st.SearchStrategy[Any]:
    """Answers that may be of no use at all."""
    return st.sampled_from([value for value in WILD if usable(key, value)] or [True])


def usable(key: str, value: Any) -> bool:
    try:
        rulebook(**{key: value})
    except RulebookError:
        return False
    return True


GOOD_RULES = st.fixed_dictionaries({}, optional={key: good_answers(key) for key in decisions()})
WILD_RULES = st.dictionaries(st.sampled_from([*decisions()]), st.none(), max_size=6).flatmap(
    lambda chosen: st.fixed_dictionaries({key: wild_answers(key) for key in chosen})
)
MOST: dict[str, Any] = {
    "sync_order": True,
    "hold_for_review": False,
    "when_item_missing": "create_non_inventory",
    "when_customer_missing": "create",
    "tax_mode": "line_item",
}


def amount_of(row: dict[str, Any]) -> Decimal:
    """What a line comes to; QuickBooks works out that of a purchase order's."""
    return row["Amount"] if "Amount" in row else money(row["Quantity"] * row["Rate"])


def check(order: Order, made: Plan) -> None:
    """What holds for every plan."""
    assert made.verdict in {"post", "skip", "wait", "hold"}
    assert made.documents or made.reasons
    keys = Counter((one.kind, one.part, one.action) for one in made.documents)
    assert set(keys.values()) <= {1}
    remitted = sum((t.amount for t in order.taxes if t.remitted_by != "merchant"), Decimal(0))
    gift_cards = sum(
        (p.amount for p in order.payments if p.method_kind == "gift_card" and p.kind == "charge"),
        Decimal(0),
    )
    for document in made.documents:
        if document.action in {"void", "delete"}:
            assert_valid(qbxml.request(document, "1", resolve=known, txn=txn_of))
            continue
        totals = document.totals
        assert totals is not None
        assert totals.subtotal + totals.tax == totals.total
        if lines := document.fields.get("lines"):
            assert sum(amount_of(one) for one in lines) == totals.subtotal
        if document.kind in SALES:
            assert order.total - remitted - totals.total in {0, gift_cards}
        sent = qbxml.request(document, "1", resolve=known, txn=txn_of)
        assert_valid(sent)
    for addition in made.additions:
        assert_valid(qbxml.addition_request(addition, "1", known))


@given(which=st.sampled_from(range(56)), rules=GOOD_RULES, wild=WILD_RULES)
@quick
def test_any_rules_make_a_sound_plan_of_any_sample(
    which: int, rules: dict[str, Any], wild: dict[str, Any]
) -> None:
    order = samples()[which]
    rules = {**rules, **MOST, **wild}
    chosen = decide(facts(order, CONTEXT), rulebook(**rules))
    made = plan(order, chosen, Ledger(), FILE.answering(wanted(order, chosen)))
    check(order, made)
    if made.verdict == "post":
        check(order, planned(order, FILE, posted(*made.documents), **rules))


@pytest.mark.parametrize("order", samples(), ids=lambda order: order.number)
@pytest.mark.parametrize("kind", ["sales_receipt", "sales_order_invoice_and_payment"])
def test_a_sample_is_planned_and_then_follows_up_soundly(order: Order, kind: str) -> None:
    rules = {**MOST, "transaction_type": kind, "sync_order": not order.is_test}
    made = planned(order, **rules)
    check(order, made)
    if made.verdict == "post":
        again = planned(order, FILE, posted(*made.documents), **rules)
        check(order, again)
        if order.refunds and made.documents[-1].kind in {"Invoice", "SalesReceipt"}:
            assert len([d for d in again.documents if d.kind == "CreditMemo"]) == len(order.refunds)


@pytest.mark.parametrize("order", samples(), ids=lambda order: order.number)
def test_deciding_and_planning_change_nothing_and_repeat_exactly(order: Order) -> None:
    found = facts(order, CONTEXT)
    before = copy.deepcopy(found)
    book = rulebook(**MOST)
    chosen = decide(found, book)
    lists = File(STANDARD).answering(wanted(order, chosen))
    asked = copy.deepcopy(lists)
    first = plan(order, chosen, Ledger(), lists)
    numbers(order, chosen)
    assert found == before
    assert lists == asked
    assert decide(facts(order, CONTEXT), book) == chosen
    assert plan(order, chosen, Ledger(), lists) == first
