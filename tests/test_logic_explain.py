"""What a rule says about itself: its reasons, the facts it reads, the operators there are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rules_library import logic

ORDER = {
    "payment": {"method": "PayPal"},
    "order": {"total": Decimal(120)},
    "lines": [
        {"sku": "A", "quantity": 1},
        {"sku": "B", "quantity": 3},
        {"sku": "C", "quantity": 9},
    ],
}


def explain(rule: Any, **more: Any) -> logic.Explanation:
    return logic.compile_rule(rule).explain(ORDER | more)


def test_an_explanation_gives_the_value_of_every_expression_that_was_evaluated() -> None:
    paypal = {"==": [{"var": "payment.method"}, "PayPal"]}
    large = {">": [{"var": "order.total"}, 1000]}
    found = explain(
        {"if": [{"and": [paypal, large]}, "hold", {"or": [paypal, large]}, "post", "x"]}
    )
    assert found.value == "post"
    assert found.steps == {
        "": "post",
        "/if/0": False,
        "/if/0/and/0": True,
        "/if/0/and/0/==/0": "PayPal",
        "/if/0/and/1": False,
        "/if/0/and/1/>/0": 120,
        "/if/2": True,
        "/if/2/or/0": True,
        "/if/2/or/0/==/0": "PayPal",
        "/if/3": "post",
    }


def test_a_loop_gives_one_value_for_each_element_it_saw() -> None:
    found = explain({"some": [{"var": "lines"}, {">": [{"var": "quantity"}, 2]}]})
    assert found.turns["/some/1"] == [False, True]
    assert found.turns["/some/1/>/0"] == [1, 3]
    assert found.steps["/some/1"] is True


def test_pointers_are_escaped_and_follow_bare_operands() -> None:
    found = explain({"!": {"/": [{"var": "order.total"}, 2]}})
    assert found.steps["/!"] == 60
    assert found.steps["/!/~1/0"] == 120


def test_pointers_begin_with_the_given_path() -> None:
    compiled = logic.compile_rule({"+": [{"var": "x"}, 1]}, path="/rules/terms/cases/0/when")
    assert compiled.explain({"x": 1}).steps["/rules/terms/cases/0/when/+/0"] == 1
    with pytest.raises(logic.EvaluationError) as raised:
        compiled.evaluate({"x": "y"})
    assert raised.value.pointer == "/rules/terms/cases/0/when"
    with pytest.raises(logic.RuleError) as refused:
        logic.compile_rule({"!": [{"plus": [1]}]}, path="/a")
    assert refused.value.pointer == "/a/!/0"


@pytest.mark.parametrize("cases", [6, 200])
def test_a_long_list_of_cases_is_explained_by_the_one_that_held(cases: int) -> None:
    parts: list[Any] = []
    for number in range(cases):
        parts += [{"is": [{"var": "payment.method"}, f"m{number}"]}, number]
    found = explain({"if": [*parts, "none"]}, payment={"method": " M4"})
    assert found.value == 4
    assert found.steps["/if/8"] is True
    assert found.steps["/if/9"] == 4
    assert "/if/10" not in found.steps


def test_explaining_takes_the_same_budget_as_evaluating() -> None:
    parts: list[Any] = []
    for number in range(40):
        parts += [{"==": [{"var": "sku"}, f"s{number}"]}, {"+": [number, 1]}]
    compiled = logic.compile_rule({"map": [{"var": "lines"}, {"if": [*parts, {"var": "sku"}]}]})

    def least(work: Any) -> int:
        for budget in range(1000):
            try:
                work(ORDER, budget=budget)
            except logic.BudgetExceeded:
                continue
            return budget
        raise AssertionError

    assert least(compiled.evaluate) == least(compiled.explain) > 3


def test_explaining_leaves_no_trace_for_the_next() -> None:
    compiled = logic.compile_rule({"var": "x"})
    assert compiled.explain({"x": 1}).turns == {"": [1]}
    assert compiled.explain({"x": 2}).turns == {"": [2]}
    assert compiled.evaluate({"x": 3}) == 3


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        (5, set()),
        ({"var": "order.total"}, {"order.total"}),
        ({"var": ["a.b", {"var": "c"}]}, {"a.b", "c"}),
        ({"var": ""}, {""}),
        ({"var": [{"cat": ["a", {"var": "b"}]}]}, {"b"}),
        ({"missing": ["a", "b.c"]}, {"a", "b.c"}),
        ({"missing": [["a", "b.c"]]}, {"a", "b.c"}),
        ({"missing_some": [1, ["a", "b"]]}, {"a", "b"}),
        ({"some": [{"var": "lines"}, {"==": [{"var": "sku"}, "A"]}]}, {"lines", "lines.*.sku"}),
        ({"map": [{"var": "tags"}, {"lower": {"var": ""}}]}, {"tags", "tags.*"}),
        (
            {"all": [{"filter": [{"var": "lines"}, {"var": "a"}]}, {"var": "b"}]},
            {"lines", "lines.*.a", "lines.*.b"},
        ),
        (
            {
                "reduce": [
                    {"var": "lines"},
                    {"+": [{"var": "current.q"}, {"var": "accumulator"}]},
                    0,
                ]
            },
            {"lines", "lines.*.q"},
        ),
        ({"map": [{"merge": [{"var": "a"}, {"var": "b"}]}, {"var": "c"}]}, {"a", "b"}),
        (
            {"map": [{"var": "lines"}, {"some": [{"var": "options"}, {"var": "name"}]}]},
            {"lines", "lines.*.options", "lines.*.options.*.name"},
        ),
        ({"if": [{"is": [{"var": "a"}, "1"]}, {"lookup": ["t", {"var": "b"}]}]}, {"a", "b"}),
        ({"two": {"var": "a"}, "keys": 1}, set()),
    ],
)
def test_a_rule_knows_the_facts_it_reads(rule: Any, facts: set[str]) -> None:
    assert logic.facts_of(rule) == facts
    assert logic.compile_rule(rule).facts == facts


def test_a_switch_knows_the_facts_of_all_its_cases() -> None:
    parts: list[Any] = []
    for number in range(9):
        parts += [{"==": [f"s{number}", {"var": ["sku"]}]}, {"var": f"then{number}"}]
    assert logic.facts_of({"if": parts}) == {"sku", *(f"then{number}" for number in range(9))}


def test_every_operator_describes_itself() -> None:
    standard = {
        *("var", "missing", "missing_some", "if", "?:", "==", "===", "!=", "!==", "!", "!!"),
        *("or", "and", ">", ">=", "<", "<=", "max", "min", "+", "-", "*", "/", "%", "map"),
        *("reduce", "filter", "all", "none", "some", "merge", "in", "cat", "substr", "log"),
    }
    assert {name for name, entry in logic.OPERATORS.items() if entry.kind == "standard"} == standard
    for name, entry in logic.OPERATORS.items():
        assert entry.name == name
        assert entry.help.endswith(".")
        assert entry.least <= (entry.most if entry.most is not None else entry.least)


@pytest.mark.parametrize("name", sorted(logic.OPERATORS))
def test_every_operator_refuses_a_wrong_number_of_operands(name: str) -> None:
    entry = logic.OPERATORS[name]
    wrong = [] if entry.most is None else [entry.most + 1]
    if entry.least:
        wrong.append(entry.least - 1)
    for count in wrong:
        with pytest.raises(logic.RuleError, match=f"takes {entry.arity}") as raised:
            logic.compile_rule({"!": {name: ["a"] * count}})
        assert raised.value.pointer == "/!"


def test_an_unknown_operator_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(
        logic.RuleError, match=r'no operator called "starts_wih".*"starts_with"'
    ) as raised:
        logic.compile_rule({"and": [True, {"starts_wih": ["a", "b"]}]})
    assert raised.value.pointer == "/and/1"


def test_objects_without_exactly_one_key_are_values() -> None:
    assert logic.compile_rule({}).evaluate({}) == {}
    two = {"a": {"var": "x"}, "b": 1.5}
    assert logic.compile_rule(two).evaluate({"x": 1}) == {"a": {"var": "x"}, "b": Decimal("1.5")}


@pytest.mark.parametrize("value", [None, False, 0, 0.0, Decimal("0.00"), "", [], ()])
def test_a_condition_with_nothing_does_not_hold(value: Any) -> None:
    assert not logic.truthy(value)


@pytest.mark.parametrize("value", [True, 1, -1, "0", "false", " ", [0], {}, logic.CLEAR])
def test_a_condition_with_something_holds(value: Any) -> None:
    assert logic.truthy(value)
