"""Rules, and what changed between them, in plain English."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from rules_library.decision import decisions
from rules_library.describe import describe_case, describe_rule, describe_then, describe_when
from rules_library.difference import difference, rulebook_difference, table_difference
from rules_library.facts import FACTS
from rules_library.form import OPERATORS, Condition, operators_for, write_then, write_when
from rules_library.logic import Table
from rules_library.rule import Case, Rule
from rules_library.rulebook import Rulebook
from tests.test_form_round_trip import thens, whens

DEPOSIT = decisions()["deposit_account"]
INVOICE = decisions()["create_invoice"]
METHOD = {"var": "payment.method"}
PAYPAL = {"is": [METHOD, "PayPal"]}
SKU = {"is": [{"var": "sku"}, "A"]}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (True, "always"),
        (False, "never"),
        (PAYPAL, "payment method is PayPal"),
        ({"==": [METHOD, "PayPal"]}, "payment method is exactly PayPal"),
        ({"one_of": [METHOD, ["PayPal", "Venmo"]]}, "payment method is one of PayPal, Venmo"),
        ({"is": [METHOD, "a, b"]}, 'payment method is "a, b"'),
        ({"is": [METHOD, ""]}, 'payment method is ""'),
        ({"is_empty": {"var": "line.sku"}}, "SKU is empty"),
        ({"one_of": [{"var": "order.tags"}, ["vip"]]}, "order tags has one of vip"),
        ({"<=": [5, {"var": "order.total"}, 10]}, "order total is between 5 and 10"),
        (
            {"within_days": [{"var": "order.placed_on"}, {"var": "today"}, 30]},
            "order date is within 30 days of today",
        ),
        ({"var": "order.is_test"}, "test order is true"),
        ({"!": {"var": "order.payment_terms"}}, "payment terms has no value"),
        ({"var": "charge.tax"}, "tax of the charge is there and not 0"),
        ({"is": [{"var": "custom.gift"}, "yes"]}, 'custom field "gift" is yes'),
        (
            {"and": [PAYPAL, {"or": [{"var": "order.is_test"}, {"var": "customer.is_guest"}]}]},
            "payment method is PayPal and (test order is true or guest checkout is true)",
        ),
        (
            {"!": {"or": [PAYPAL, {"var": "order.is_test"}]}},
            "not (payment method is PayPal or test order is true)",
        ),
        ({"some": [{"var": "lines"}, SKU]}, "on any line SKU is A"),
        ({"none": [{"var": "lines"}, True]}, "there is no line"),
        (
            {">": [{"+": [{"var": "order.total"}, {"var": "shipping.country"}]}, 5]},
            "a formula over order total, shipping country is true",
        ),
        (
            {">": [{"reduce": [{"var": "lines"}, {"var": "current.net"}, 0]}, 5]},
            "a formula over amount after discounts of each line is true",
        ),
    ],
)
def test_a_condition_is_a_sentence(rule: Any, said: str) -> None:
    assert describe_when(rule) == said


def test_fields_and_values_of_a_condition_can_be_set_off() -> None:
    rule = {
        "and": [{"is": [{"var": "payment.method"}, "PayPal"]}, {">": [{"var": "order.total"}, 5]}]
    }
    said = describe_when(rule, mark=lambda word: f"**{word}**")
    assert said == "**payment method** is **PayPal** and **order total** is greater than **5**"


def test_a_rule_that_cannot_be_run_is_not_made_to_sound_as_if_it_could() -> None:
    assert describe_when({"nonsense": 1}).startswith("a formula that cannot be run")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (None, "nothing"),
        (True, "yes"),
        (7.5, "7.5"),
        ({"clear": []}, "emptied"),
        (["a", "b"], "a, b"),
        (METHOD, "payment method"),
        ({"var": ["payment.method", "none"]}, "payment method, else none"),
        ({"lookup": ["banks", METHOD, "Cash"]}, "from table banks by payment method, else Cash"),
        (
            {"if": [PAYPAL, "Bank", "Till"]},
            "by payment method (PayPal -> Bank; otherwise Till)",
        ),
        (
            {"cat": ["AMZ-", {"var": "order.number"}]},
            'joined text ("AMZ-" + order number)',
        ),
        ({"substr": [METHOD, 0, 3]}, "the first 3 characters of payment method"),
        ({"substr": [METHOD, -4]}, "the last 4 characters of payment method"),
        ({"substr": [METHOD, 2]}, "the text from character 3 of payment method"),
        ({"substr": [METHOD, 0, -2]},
         "the text from character 1 without the last 2 characters of payment method"),
        ({"upper": METHOD}, "payment method in capital letters"),
        ({"*": [{"var": "order.total"}, 2]}, "(order total times 2)"),
        ({"round": [{"var": "order.total"}, 1]}, "order total rounded to 1 decimals"),
        ({"add_days": [{"var": "today"}, 30]}, "30 days after today"),
        ({"max": [{"var": "order.total"}, 1]}, "a formula over order total"),
    ],
)  # fmt: skip
def test_a_value_is_said_in_words(rule: Any, said: str) -> None:
    assert describe_then(rule) == said


def test_a_choice_is_called_by_its_label() -> None:
    case = Case(when=PAYPAL, then="none")
    assert describe_case(INVOICE, case) == "When payment method is PayPal -> Not yet"
    mapped = {"if": [PAYPAL, "none", "whole"]}
    assert "PayPal -> Not yet; otherwise For the whole order" in describe_then(mapped, INVOICE)


def test_a_rule_is_its_cases_in_order_and_the_otherwise() -> None:
    off = Case(when=True, then="Till", title="All", enabled=False)
    rule = Rule(DEPOSIT, (Case(when=PAYPAL, then="PayPal Bank"), off), None)
    assert describe_rule(rule) == [
        "1. When payment method is PayPal -> PayPal Bank",
        "2. All: Always -> Till (switched off)",
        "Otherwise -> nothing",
    ]
    assert describe_rule(Rule(DEPOSIT, (), "Till")) == ["Always -> Till"]


@given(whens, thens)
@settings(max_examples=100, deadline=None)
def test_every_form_has_its_own_words_and_is_never_called_a_formula(when: Any, then: Any) -> None:
    said = describe_when(write_when(when)), describe_then(write_then(then))
    assert all(said)
    assert not any("formula" in sentence for sentence in said)


def test_every_fact_and_operator_reads_with_its_own_words() -> None:
    for fact in FACTS.values():
        for row in operators_for(fact.type):
            values = ("x",) * (1 if row.values is None else row.values)
            said = describe_when(write_when(Condition(fact.path, row.key, values)))
            assert fact.label[1:] in said
            assert row.said(fact.type) in said
    assert len({row.words for row in OPERATORS.values()}) == len(OPERATORS)


A = Case(id="a", title="A", when=PAYPAL, then="Bank A")
B = Case(id="b", title="B", when={"is": [METHOD, "Visa"]}, then="Bank B")
C = Case(id="c", title="C", when={"is": [METHOD, "Cash"]}, then="Bank C")

CHANGED = (
    'Case 1 "A" changed: from When payment method is PayPal -> Bank A'
    " to When payment method is PayPal -> Till"
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ((A, B), (A, B), []),
        ((A,), (A, B), ['Case 2 "B" added: When payment method is Visa -> Bank B']),
        ((A, B), (B,), ['Case 1 "A" removed: When payment method is PayPal -> Bank A']),
        ((A, B, C), (C, A, B), ['Case 1 "C" moved from place 3 to 1']),
        ((A, B, C), (B, C), ['Case 1 "A" removed: When payment method is PayPal -> Bank A']),
        (
            (A,),
            (replace(A, then="Till"),),
            [CHANGED],
        ),
        ((A,), (replace(A, enabled=False),), ['Case 1 "A" switched off']),
        ((replace(A, enabled=False),), (A,), ['Case 1 "A" switched on']),
        ((A,), (replace(A, title="New"),), ['Case 1 "New" renamed from "A"']),
        ((A,), (replace(A, note="why"),), ['Case 1 "A" has another note']),
        ((A,), (replace(A, preset={"key": "p"}),), ['Case 1 "A" is linked to another preset']),
        ((replace(A, id=""),), (replace(A, id="", then="Till", title="A"),),
         [CHANGED]),
    ],
)  # fmt: skip
def test_a_difference_tells_each_change_once(
    old: tuple[Case, ...], new: tuple[Case, ...], said: list[str]
) -> None:
    assert difference(Rule(DEPOSIT, old, None), Rule(DEPOSIT, new, None)) == said


def test_another_otherwise_is_told_in_the_words_of_the_decision() -> None:
    said = difference(Rule(INVOICE, (), "none"), Rule(INVOICE, (), "whole"))
    assert said == ["Otherwise changed: from Not yet to For the whole order"]


def test_a_change_that_words_do_not_show_is_still_told() -> None:
    old = Rule(DEPOSIT, (replace(A, when={"var": "order.is_test"}),), None)
    new = Rule(DEPOSIT, (replace(A, when={"var": ["order.is_test"]}),), None)
    assert difference(old, new) == [
        'Case 1 "A" changed: another way to say the same, in the JSON'
    ]  # fmt: skip


def test_cases_without_names_are_found_again_by_what_they_say() -> None:
    plain = [replace(case, id="", title="") for case in (A, B, C)]
    moved = [plain[2], plain[0], plain[1]]
    said = difference(Rule(DEPOSIT, tuple(plain), None), Rule(DEPOSIT, tuple(moved), None))
    assert said == ["Case 1 moved from place 3 to 1"]


def test_a_table_difference_tells_rows_and_not_their_order() -> None:
    old = Table(["state"], [["CA", "x"], ["NY", "y"], ["TX", "z"]], None)
    new = Table(["state"], [["ny", "y"], ["CA", "X2"], ["WA", "w"]], "else")
    assert table_difference(old, new) == [
        "row TX -> z removed",
        "row CA changed: from x to X2",
        "row WA -> w added",
        "otherwise changed: from nothing to else",
    ]
    assert table_difference(old, Table(["region"], [], None)) == [
        "key columns changed: from state to region"
    ]


def test_many_changed_rows_are_counted() -> None:
    rows = [[f"S{number}", number] for number in range(50)]
    said = table_difference(Table(["sku"], []), Table(["sku"], rows))
    assert len(said) == 21
    assert said[-1] == "30 more rows changed"


def test_a_rulebook_difference_names_the_decision_and_the_table() -> None:
    def rulebook(otherwise: str, **tables: Any) -> Rulebook:
        rules = {"deposit_account": {"cases": [], "otherwise": otherwise}}
        return Rulebook.from_file({"rulebooks": 1, "rules": rules, "tables": tables})

    table = {"keys": ["k"], "rows": [["a", 1]], "otherwise": None}
    old, new = rulebook("Till", gone=table, kept=table), rulebook("Bank", kept=table, more=table)
    assert rulebook_difference(old, new) == [
        f"{DEPOSIT.label}: Otherwise changed: from Till to Bank",
        "Table gone: removed, 1 row",
        "Table more: added, 1 row",
    ]
    assert rulebook_difference(old, old) == []


def test_a_rule_that_went_back_to_its_default_is_told() -> None:
    data = {"rulebooks": 1, "rules": {"create_payment": {"cases": [], "otherwise": False}}}
    said = rulebook_difference(Rulebook.from_file(data), Rulebook())
    assert said == [f"{decisions()['create_payment'].label}: Otherwise changed: from no to yes"]
