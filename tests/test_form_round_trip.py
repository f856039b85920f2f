"""Any form becomes JSON-logic and comes back equal; any rule that has a form means the same."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rules_library.form import (
    OPERATORS,
    Always,
    Arithmetic,
    Changed,
    Clear,
    Condition,
    Copy,
    DaysLater,
    FirstOf,
    Group,
    InlineMap,
    Join,
    Lines,
    Literal,
    LookUp,
    MapRow,
    NotAForm,
    Part,
    Rounded,
    Several,
    from_json,
    read_then,
    read_when,
    to_json,
    write_then,
    write_when,
)
from rules_library.logic import EvaluationError, Table, compile_rule, truthy

NAMES = ("a.text", "a.number", "a.flag", "a.list", "a.day", "a.nothing", "today")
LINE_NAMES = ("line.sku", "line.net", "line.tags")
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-20, 20), st.sampled_from([0.5, -2.25]),
    st.sampled_from(["", " X ", "x", "Y", "y z", "5", "2026-11-25", "2026-11-20", "CA"]),
)  # fmt: skip


def conditions(names: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    facts = st.sampled_from(names)

    @st.composite
    def condition(draw: st.DrawFn) -> Condition:
        row = draw(st.sampled_from([row for row in OPERATORS.values() if row.key != "matches"]))
        match_case = bool(row.exact) and draw(st.booleans())
        if row.values is None:
            values: list[Any] = draw(st.lists(scalars, min_size=1, max_size=3))
        else:
            operands = scalars | facts.map(Copy)
            values = draw(st.lists(operands, min_size=row.values, max_size=row.values))
        return Condition(draw(facts), row.key, tuple(values), match_case)

    return condition()


def grouped(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.builds(
            Group,
            st.sampled_from(["all", "any", "none"]),
            st.lists(inner, min_size=1, max_size=3).map(tuple),
        ),
        max_leaves=6,
    )


always = st.builds(Always, st.booleans())
lines = st.builds(Lines, st.sampled_from(["any", "every", "no"]), grouped(conditions(LINE_NAMES)))
whens = grouped(conditions(NAMES) | always | lines)

copies = st.builds(Copy, st.sampled_from(NAMES), scalars)
literals = st.builds(Literal, scalars)
sources = scalars | st.lists(scalars, min_size=1, max_size=3).map(tuple)


def values_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    rows = st.lists(st.builds(MapRow, sources, inner), min_size=1, max_size=3).map(tuple)
    places = st.integers(-5, 5)
    return st.one_of(
        st.builds(LookUp, st.just("one"), st.tuples(inner), st.none() | inner, st.booleans()),
        st.builds(LookUp, st.just("two"), st.tuples(inner, inner), st.none() | inner),
        st.builds(InlineMap, st.sampled_from(NAMES), rows, inner, st.booleans()),
        st.builds(Join, several),
        st.builds(Part, inner, places, st.none() | places),
        st.builds(Changed, st.sampled_from(["trim", "lower", "upper"]), inner),
        st.builds(FirstOf, several),
        st.builds(Arithmetic, st.sampled_from(["+", "*"]), several),
        st.builds(Arithmetic, st.sampled_from(["-", "/"]), st.tuples(inner, inner)),
        st.builds(Rounded, inner, st.integers(0, 4)),
        st.builds(DaysLater, inner, places),
        st.builds(lambda first, rest: Several((first, *rest)), copies, several),
    )


thens = st.recursive(literals | copies | st.just(Clear()), values_of, max_leaves=6)

TABLES = {
    "one": Table(["k"], [["x", 1], ["CA", "y"]], "otherwise"),
    "two": Table(["k", "m"], [["x", "*", 2]], None),
}
facts = st.builds(
    lambda text, number, flag, tags, day, lines: {
        "a": {
            "text": text, "number": number, "flag": flag, "list": tags, "day": day, "nothing": None
        },
        "today": "2026-11-25",
        "lines": lines,
    },
    st.sampled_from(["", "x", "Y ", "5", "CA"]),
    st.integers(-20, 20) | st.none(),
    st.booleans() | st.none(),
    st.lists(st.sampled_from(["x", "Y", "5"]), max_size=2),
    st.sampled_from(["2026-11-25", "2026-11-20", None]),
    st.lists(
        st.fixed_dictionaries(
            {"sku": st.sampled_from(["x", "Y", ""]), "net": st.integers(-5, 5), "tags": st.just([])}
        ),
        max_size=2,
    ),
)  # fmt: skip


def outcome(rule: Any, given_facts: Any, *, as_test: bool = False) -> Any:
    try:
        value = compile_rule(rule).evaluate(given_facts, TABLES)
    except EvaluationError:
        return "error"
    return truthy(value) if as_test else value


@given(whens)
@settings(max_examples=120, deadline=None)
def test_a_condition_comes_back_from_logic_as_it_was(when: Any) -> None:
    assert read_when(write_when(when)) == when


@given(thens)
@settings(max_examples=120, deadline=None)
def test_a_value_comes_back_from_logic_as_it_was(then: Any) -> None:
    assert read_then(write_then(then)) == then


@given(whens | thens)
@settings(deadline=None)
def test_a_form_comes_back_from_the_browser_as_it_was(form: Any) -> None:
    assert from_json(json.loads(json.dumps(to_json(form)))) == form


variables = st.builds(
    lambda name, wrap: {"var": [name] if wrap else name}, st.sampled_from(NAMES), st.booleans()
)
leaves = scalars | variables | st.lists(scalars, max_size=2)


def expressions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    two = ["==", "!=", "===", "!==", "is", "is_not", "one_of", "in", "contains", "<", ">=",
           "before", "on_or_after", "-", "on"]  # fmt: skip
    one = ["!", "!!", "is_empty", "trim", "upper", "+"]
    some = ["and", "or", "cat", "if", "+", "lookup"]
    element = st.sampled_from(
        [{"is": [{"var": "sku"}, "x"]}, {"<": [0, {"var": "net"}, 3]}, {"!": {"var": "sku"}}]
    )
    return st.one_of(
        st.builds(lambda op, a, b: {op: [a, b]}, st.sampled_from(two), inner, inner),
        st.builds(lambda op, a: {op: a if not isinstance(a, list) else [a]},
                  st.sampled_from(one), inner),
        st.builds(lambda op, xs: {op: xs}, st.sampled_from(some),
                  st.lists(inner, min_size=1, max_size=5)),
        st.builds(lambda op, a, b, c: {op: [a, b, c]}, st.sampled_from(["<", "<=", "within_days",
                  "substr", "if"]), inner, inner, inner),
        st.builds(lambda op, e: {op: [{"var": "lines"}, e]},
                  st.sampled_from(["some", "all", "none"]), element),
        st.builds(lambda k, rest: {"lookup": ["one", k, *rest]}, inner,
                  st.lists(inner, max_size=1)),
    )  # fmt: skip


rules = st.recursive(leaves, expressions, max_leaves=8)


def value_expressions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    tests = st.builds(lambda name, value: {"is": [{"var": name}, value]},
                      st.sampled_from(NAMES[:3]), scalars)  # fmt: skip
    return st.one_of(
        several,
        st.builds(lambda op, parts: {op: parts}, st.sampled_from(["cat", "+", "*"]), several),
        st.builds(lambda op, a, b: {op: [a, b]}, st.sampled_from("-/"), inner, inner),
        st.builds(lambda op, a: {op: [a]}, st.sampled_from(["trim", "upper", "lower"]), inner),
        st.builds(lambda op, a, n: {op: [a, n]}, st.sampled_from(["substr", "round", "add_days"]),
                  inner, st.integers(-3, 3)),
        st.builds(lambda test, a, rest: {"if": [test, a, *rest]}, tests, inner,
                  st.lists(inner, max_size=1)),
        st.builds(lambda k, rest: {"lookup": ["one", k, *rest]}, inner,
                  st.lists(inner, max_size=1)),
    )  # fmt: skip


values = st.recursive(leaves, value_expressions, max_leaves=8)


@given(rules, facts)
@settings(max_examples=200, deadline=None)
def test_a_rule_that_has_a_form_of_a_condition_means_the_same(rule: Any, some_facts: Any) -> None:
    form = read_when(rule)
    assume(not isinstance(form, NotAForm))
    written = write_when(form)
    assert outcome(written, some_facts, as_test=True) == outcome(rule, some_facts, as_test=True)


@given(values | expressions(values), facts)
@settings(max_examples=200, deadline=None)
def test_a_rule_that_has_a_form_of_a_value_means_the_same(rule: Any, some_facts: Any) -> None:
    form = read_then(rule)
    assume(not isinstance(form, NotAForm))
    assert outcome(write_then(form), some_facts) == outcome(rule, some_facts)
