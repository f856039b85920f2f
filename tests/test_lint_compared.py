"""Lint on what facts are compared with: words that never occur, numbers that are not known."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from rules_library import order as words
from rules_library.describe import describe_when
from rules_library.facts import FACTS
from rules_library.labels import CHARGE_KIND, WHOLE_ORDER
from rules_library.lint import lint
from rules_library.rulebook import Rulebook
from tests.flows import is_

ORDERS = {"var": "customer.orders"}


def told(code: str, when: Any, key: str = "memo", **known: Any) -> list[tuple[str, str]]:
    """The sentences and places of the findings of a code."""
    case = {"title": "", "when": when, "then": True if key == "hold_for_review" else "a"}
    rules = {key: {"cases": [case]}}
    book = Rulebook.from_file({"rulebooks": 1, "rules": rules, "tables": {}})
    return [(one.sentence, one.pointer) for one in lint(book, **known) if one.code == code]


def impossible(when: Any, key: str = "memo", **known: Any) -> list[str]:
    return [sentence for sentence, _ in told("impossible-value", when, key, **known)]


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("order.status", words.OrderStatus),
        ("payment.status", words.PaymentStatus),
        ("payment.kind", words.PaymentMethodKind),
        ("fulfillment.status", words.FulfillmentStatus),
        ("line.kind", words.LineKind),
    ],
)
def test_every_word_that_an_order_may_have_is_an_option_with_a_label(path: str, kinds: Any) -> None:
    assert tuple(FACTS[path].options) == get_args(kinds)
    assert all(label[0].isupper() for label in FACTS[path].options.values())
    assert FACTS[path].example in FACTS[path].options


def test_a_charge_is_of_the_orders_kinds_or_stands_for_the_whole_order() -> None:
    assert tuple(CHARGE_KIND) == get_args(words.ChargeKind)
    assert set(FACTS["charge.kind"].options) == {*CHARGE_KIND, *WHOLE_ORDER}


def test_a_word_that_never_occurs_is_named() -> None:
    (said,) = impossible(is_("order.status", "processing"))
    known = "open, completed, cancelled, draft, failed"
    assert said == f"Order status is never 'processing': it is one of {known}."
    assert impossible(is_("order.status", "complete")) == [
        "Order status is never 'complete'; did you mean completed?"
    ]
    assert impossible(is_("fulfillment.status", "Shipped")) == [
        "Shipping status is never 'Shipped'; did you mean fulfilled?"
    ]


@pytest.mark.parametrize(
    "when",
    [
        is_("order.status", " Open "),
        is_("payment.kind", ""),
        is_("order.status", None),
        is_("order.channel", "anything"),
        {"one_of": [{"var": "payment.status"}, ["paid", "Refunded"]]},
        {"in": [{"var": "payment.status"}, ["paid"]]},
        {"in": ["aid", {"var": "payment.status"}]},
        {"==": ["paid", {"var": "payment.status"}]},
        {"some": [{"var": "lines"}, {"is": [{"var": "kind"}, "gift_card"]}]},
        {"some": [{"var": "custom.list"}, {"is": [{"var": "kind"}, "x"]}]},
        is_("store.key", "anything"),
    ],
)
def test_a_word_that_can_occur_is_not_named(when: Any) -> None:
    assert impossible(when) == []


@pytest.mark.parametrize(
    ("when", "place"),
    [
        ({"is_not": [{"var": "order.status"}, "x"]}, ""),
        ({"==": [{"var": "payment.status"}, "Paid"]}, ""),
        ({"and": [True, {"!": {"in": [{"var": "payment.kind"}, ["card", "x"]]}}]}, "/and/1/!"),
        ({"some": [{"var": "lines"}, {"is": [{"var": "kind"}, "x"]}]}, "/some/1"),
        ({"none": [{"var": "charges"}, {"one_of": [{"var": "kind"}, ["x"]]}]}, "/none/1"),
    ],
)
def test_a_word_that_never_occurs_is_named_at_its_place(when: Any, place: str) -> None:
    ((_, pointer),) = told("impossible-value", when)
    assert pointer == f"/rules/memo/cases/0/when{place}"


def test_a_store_that_the_company_has_not_is_named() -> None:
    choices = {"store.key": {"web": "Web shop"}}
    assert impossible(is_("store.key", "web"), choices=choices) == []
    assert impossible(is_("store.key", "Web shop"), choices=choices) == [
        "Store is never 'Web shop'; did you mean web?"
    ]


@pytest.mark.parametrize(
    "when",
    [
        {"<": [ORDERS, 1]},
        {">": [1, ORDERS]},
        {"<=": [0, ORDERS, 3]},
        {">=": [ORDERS, 0]},
        {"!": {">": [ORDERS, 3]}},
        {"and": [{"<": [ORDERS, 1]}, {">": [{"var": "order.total"}, 5]}]},
        {"or": [{"<": [ORDERS, 1]}, {">": [{"var": "order.total"}, 5]}]},
        {"<": [{"var": "custom.weight"}, 5]},
        {"some": [{"var": "charges"}, {"<": [{"var": "net"}, 5]}]},
    ],
)
def test_a_number_that_may_be_unknown_counts_as_0(when: Any) -> None:
    assert len(told("unknown-is-zero", when, "hold_for_review")) == 1


@pytest.mark.parametrize(
    "when",
    [
        {"==": [ORDERS, 0]},
        {">": [ORDERS, 3]},
        {">=": [ORDERS, 1]},
        {"!": {"<": [ORDERS, 1]}},
        {"<": [0, ORDERS, 3]},
        {"<": [{"var": "order.total"}, 5]},
        {"<": [{"var": ["customer.orders", 9]}, 5]},
        {"<": [ORDERS, {"var": "order.total"}]},
        {"and": [{"<": [ORDERS, 1]}, {"!": {"is_empty": ORDERS}}]},
        {"and": [{"<": [ORDERS, 9]}, {">=": [ORDERS, 1]}]},
        {"or": [{"is_empty": ORDERS}, {"<": [ORDERS, 1]}]},
        {"!": {"or": [{"is_empty": ORDERS}, {">": [ORDERS, 3]}]}},
        {"and": [{"or": [{"<": [ORDERS, 1]}, True]}, {"!": {"is_empty": [ORDERS]}}]},
    ],
)
def test_a_number_is_not_named_that_is_known_or_looked_after(when: Any) -> None:
    assert told("unknown-is-zero", when, "hold_for_review") == []


def test_a_sentence_says_the_label_of_a_word() -> None:
    assert (
        describe_when(is_("fulfillment.status", "partial")) == "shipping status is partly shipped"
    )
    assert describe_when(is_("payment.kind", "paypal")) == "kind of payment is PayPal"
    assert describe_when(is_("order.status", "processing")) == "order status is processing"
