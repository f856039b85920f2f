"""A rule: cases and otherwise are one JSON-logic expression, and nothing is lost between them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_library import logic
from rules_library.compiled import Outcome
from rules_library.decision import Choice, Decision, Money, Text, YesNo
from rules_library.logic import RuleError
from rules_library.rule import Case, Rule, canonical

CLASS = Decision(key="class", label="Class", help="A.", group="Header", kind=Text(), fills="Class")
KIND = Decision(
    key="kind", label="Kind", help="A.", group="Routing", kind=Choice({"a": "A", "b": "B"}),
    default={"if": [{"var": "paid"}, "a", "b"]}, titles=("Paid",), honoured_by="x",
)  # fmt: skip
LIMIT = Decision(key="limit", label="L", help="A.", group="Charges", kind=Money(), honoured_by="x")
FLAG = Decision(key="flag", label="F", help="A.", group="Routing", kind=YesNo(), honoured_by="x")

EXPRESSIONS = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 3),
        st.text("abc", max_size=2),
        st.sampled_from([{"var": "a"}, {"var": "b"}, {"==": [{"var": "a"}, 1]}]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda parts: {"if": parts}),
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"and": parts}),
        inner.map(lambda part: {"!": part}),
    ),
    max_leaves=12,
)
CASES = st.builds(
    Case,
    when=EXPRESSIONS,
    then=EXPRESSIONS,
    id=st.text("xyz", max_size=3),
    title=st.text("abc ", max_size=5),
    note=st.text("abc ", max_size=5),
    enabled=st.booleans(),
    preset=st.sampled_from([None, {"key": "p", "version": 1, "inputs": {"a": "b"}}]),
)
UNIQUE = st.lists(CASES, max_size=4, unique_by=lambda case: case.id or id(case))
"""Cases as a file may have them: no id twice."""
FACTS = st.fixed_dictionaries({"a": st.integers(-1, 2), "b": st.sampled_from(["", "x", None])})


def value_of(expression: Any, facts: dict[str, Any]) -> Any:
    return logic.compile_rule(expression).evaluate(facts)


@given(expression=EXPRESSIONS, facts=FACTS)
def test_logic_to_cases_to_logic_evaluates_equal(expression: Any, facts: dict[str, Any]) -> None:
    rule = Rule.from_logic(CLASS, expression)
    assert value_of(rule.logic, facts) == value_of(expression, facts)


@given(cases=st.lists(CASES, max_size=4), otherwise=EXPRESSIONS, facts=FACTS)
@settings(deadline=None)
def test_cases_and_labels_survive_being_kept_as_logic(
    cases: list[Case], otherwise: Any, facts: dict[str, Any]
) -> None:
    rule = Rule(CLASS, tuple(cases), otherwise)
    kept = json.loads(json.dumps([rule.logic, rule.labels]))
    again = Rule.from_logic(CLASS, *kept)
    assert value_of(again.logic, facts) == value_of(rule.logic, facts)
    assert again.labels[: len(rule.labels)] == rule.labels
    if not isinstance(otherwise, dict) or "if" not in otherwise:
        assert again == rule


@given(cases=UNIQUE, otherwise=EXPRESSIONS)
@settings(deadline=None)
def test_a_rule_survives_its_file(cases: list[Case], otherwise: Any) -> None:
    rule = Rule(CLASS, tuple(cases), otherwise)
    written = json.loads(json.dumps(rule.to_file()))
    assert Rule.from_file(CLASS, written) == rule


@given(cases=st.lists(CASES, max_size=4), otherwise=EXPRESSIONS, facts=FACTS)
@settings(deadline=None)
def test_the_compiled_cases_decide_as_the_logic_does(
    cases: list[Case], otherwise: Any, facts: dict[str, Any]
) -> None:
    rule = Rule(CLASS, tuple(cases), otherwise)
    try:
        outcome = rule.compile().decide(facts, {})
    except RuleError:
        return
    if not outcome.error:
        assert outcome.value == CLASS.read(value_of(rule.logic, facts))


def test_the_first_case_that_fits_wins_and_says_so() -> None:
    rule = Rule(
        CLASS,
        (
            Case(when={"==": [{"var": "a"}, 1]}, then="one", title="One"),
            Case(when={"<": [{"var": "a"}, 5]}, then="few", title="Few"),
        ),
        "many",
    ).compile()
    assert rule.decide({"a": 1}, {}) == Outcome("one", 1, "One")
    assert rule.decide({"a": 2}, {}) == Outcome("few", 2, "Few")
    assert rule.decide({"a": 9}, {}) == Outcome("many", None, "")


def test_a_case_that_is_off_is_not_in_the_logic_and_keeps_its_number() -> None:
    off = Case(when=True, then="off", title="Off", enabled=False)
    rule = Rule(CLASS, (off, Case(when=True, then="on", title="On")), None)
    assert rule.logic == {"if": [True, "on", None]}
    assert rule.compile().decide({}, {}) == Outcome("on", 2, "On")


def test_an_expression_that_is_no_if_is_the_otherwise() -> None:
    expressions: tuple[Any, ...] = (
        {"var": "a"},
        "text",
        None,
        {"if": []},
        {"if": ["only"]},
        {"if": "a"},
    )
    for expression in expressions:
        rule = Rule.from_logic(CLASS, expression)
        assert (rule.cases, rule.otherwise) == ((), expression)


def test_an_if_without_otherwise_gives_nothing_otherwise() -> None:
    rule = Rule.from_logic(CLASS, {"if": [{"var": "a"}, "x"]})
    assert rule.cases == (Case(when={"var": "a"}, then="x"),)
    assert rule.otherwise is None


def test_a_rule_that_is_one_value_is_constant() -> None:
    compiled = Rule.from_logic(CLASS, "Online").compile()
    assert compiled.constant == Outcome("Online")
    assert compiled.decide({}, {}) is compiled.constant
    assert Rule.from_logic(CLASS, {"var": "a"}).compile().constant is None
    assert Rule.from_logic(CLASS, {"if": [True, "x", "y"]}).compile().constant is None


def test_a_rule_may_be_given_as_logic() -> None:
    rule = Rule.from_file(CLASS, {"logic": {"if": [{"var": "a"}, "x", "y"]}})
    assert rule.cases == (Case(when={"var": "a"}, then="x"),)
    assert rule.otherwise == "y"


def test_a_rule_without_otherwise_keeps_the_decisions_default() -> None:
    rule = Rule.from_file(KIND, {"cases": [{"when": {"var": "vip"}, "then": "a"}]}).compile()
    assert rule.decide({"vip": True}, {}).value == "a"
    assert rule.decide({"paid": True}, {}).value == "a"
    assert rule.decide({}, {}).value == "b"


def test_a_revised_rule_keeps_the_labels_of_pairs_that_stay() -> None:
    red = Case(when={"var": "red"}, then="R", title="Red")
    green = Case(when={"var": "green"}, then="G", title="Green", enabled=False)
    blue = Case(when={"var": "blue"}, then="B", title="Blue", note="ask Ann")
    rule = Rule(CLASS, (red, green, blue), None)
    revised = rule.revised({"if": [{"var": "blue"}, "B", {"var": "red"}, "crimson", "none"]})
    assert revised.cases == (blue, green, Case(when={"var": "red"}, then="crimson"))
    assert revised.otherwise == "none"
    assert rule.revised(rule.logic) == rule


def test_the_default_has_its_titles() -> None:
    assert [case.title for case in Rule.default(KIND).cases] == ["Paid"]


@pytest.mark.parametrize(
    ("data", "pointer", "sentence"),
    [
        (None, "/r", "a rule is {cases, otherwise} or {logic}"),
        ([], "/r", "a rule is"),
        ("x", "/r", "a rule is"),
        ({"case": []}, "/r", "a rule is"),
        ({"logic": 1, "cases": []}, "/r", "a rule is"),
        ({"cases": {}}, "/r/cases", "cases is a list"),
        ({"cases": None}, "/r/cases", "cases is a list"),
        ({"cases": [1]}, "/r/cases/0", "a case is"),
        ({"cases": [{"when": 1}]}, "/r/cases/0", "the case has no then"),
        ({"cases": [{"then": 1}]}, "/r/cases/0", "the case has no when"),
        ({"cases": [{"when": 1, "then": 1, "x": 1}]}, "/r/cases/0", "a case is"),
        (
            {"cases": [{"when": 1, "then": 1}, {"when": 1, "then": 1, "enabled": "no"}]},
            "/r/cases/1/enabled",
            "enabled is true or false",
        ),
        ({"cases": [{"when": 1, "then": 1, "title": 5}]}, "/r/cases/0/title", "title is text"),
        ({"cases": [{"when": 1, "then": 1, "note": None}]}, "/r/cases/0/note", "note is text"),
        ({"cases": [{"when": {"x": 1}, "then": 1}]}, "/r/cases/0/when", "no operator"),
        (
            {"cases": [{"when": 1, "then": {"cat": [{"x": 1}]}}]},
            "/r/cases/0/then/cat/0",
            "no operator",
        ),
        (
            {"cases": [{"when": {"x": 1}, "then": 1, "enabled": False}]},
            "/r/cases/0/when",
            "no operator",
        ),
        ({"otherwise": {"x": 1}}, "/r/otherwise", "no operator"),
        ({"logic": {"if": [{"x": 1}, 2, 3]}}, "/r/logic/if/0", "no operator"),
        ({"otherwise": "much"}, "/r/otherwise", "'much' is not an amount"),
        ({"cases": [{"when": 1, "then": "much"}]}, "/r/cases/0/then", "'much' is not an amount"),
        ({"cases": [], "otherwise": "0.005"}, "/r/otherwise", "has more than two decimals"),
    ],
)
def test_a_fault_is_told_with_its_place(data: Any, pointer: str, sentence: str) -> None:
    with pytest.raises(RuleError, match=r"\w") as caught:
        Rule.from_file(LIMIT, data, "/r").compile("/r")
    assert caught.value.pointer == pointer
    assert sentence in str(caught.value)


def test_a_wrong_value_of_a_case_that_is_off_is_no_fault() -> None:
    case = {"when": 1, "then": "much", "enabled": False}
    Rule.from_file(LIMIT, {"cases": [case], "otherwise": None}).compile()


@pytest.mark.parametrize(
    ("decision", "expression", "sentence"),
    [
        (KIND, {"var": "a"}, "'z' is none of a, b"),
        (LIMIT, {"var": "a"}, "'z' is not an amount"),
        (FLAG, {"var": "a"}, "'z' is neither true nor false"),
        (CLASS, {"lookup": ["no such table", "a"]}, "no such table"),
    ],
)
def test_a_value_of_no_use_is_an_outcome_with_a_sentence(
    decision: Decision, expression: Any, sentence: str
) -> None:
    rule = Rule(decision, (Case(when=True, then=expression, title="Case"),), None)
    if decision is KIND:
        rule = Rule(decision, rule.cases, "a")
    outcome = rule.compile().decide({"a": "z"}, {})
    assert (outcome.value, outcome.case, outcome.title) == (None, 1, "Case")
    assert sentence in outcome.error


def test_equal_json_is_equal_text() -> None:
    assert canonical({"b": 1, "a": [1, 2]}) == canonical({"a": [1, 2], "b": 1})


def test_the_tables_that_a_rule_reads_are_known() -> None:
    rule = Rule(
        CLASS,
        (Case(when={"lookup": ["t1", "x"]}, then={"lookup": ["t2", "x"]}),),
        {"lookup": ["t3", "x"]},
    )
    assert rule.compile().tables == {"t1", "t2", "t3"}
