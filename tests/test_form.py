"""Forms and JSON-logic: nothing is lost either way, and each operator does what its words say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.web.rules.shown import rule_sketch
from rules_library.decision import Decision, decisions
from rules_library.facts import FACTS
from rules_library.form import (
    OPERATORS,
    Always,
    Condition,
    Copy,
    FirstOf,
    FormError,
    Group,
    InlineMap,
    Join,
    Lines,
    Literal,
    LookUp,
    MapRow,
    NotAForm,
    from_json,
    operators_for,
    read_then,
    read_when,
    to_json,
    write_then,
    write_when,
)
from rules_library.logic import Table, compile_rule, truthy
from rules_library.rule import Rule

PAYPAL = Condition("payment.method", "is", ("PayPal",))


def holds(condition: Condition, value: Any) -> bool:
    group, name = condition.fact.split(".")
    facts = {group: {name: value}, "today": "2026-11-25"}
    return truthy(compile_rule(write_when(condition)).evaluate(facts))


MEANINGS: list[tuple[str, str, tuple[Any, ...], Any, Any]] = [
    # type, operator, values, a fact for which it holds, one for which it does not
    ("text", "is", ("PayPal",), " paypal ", "Visa"),
    ("text", "is_not", ("PayPal",), "Visa", "PAYPAL"),
    ("text", "one_of", ("PayPal", "Venmo"), "venmo", "Visa"),
    ("text", "none_of", ("PayPal", "Venmo"), "Visa", "VENMO"),
    ("text", "contains", ("pal",), "PayPAL", "Visa"),
    ("text", "not_contains", ("pal",), "Visa", "PayPAL"),
    ("text", "starts_with", ("pay",), "PayPal", "Visa"),
    ("text", "ends_with", ("PAL",), "PayPal", "Visa"),
    ("text", "matches", ("^p.*l$",), "PayPal", "Visa"),
    ("text", "is_empty", (), "  ", "Visa"),
    ("text", "is_not_empty", (), "Visa", None),
    ("choice", "is", ("paid",), "Paid", "pending"),
    ("choice", "is_not", ("paid",), "pending", "paid"),
    ("choice", "one_of", ("paid", "failed"), "failed", "pending"),
    ("choice", "none_of", ("paid", "failed"), "pending", "failed"),
    ("choice", "is_empty", (), None, "paid"),
    ("choice", "is_not_empty", (), "paid", ""),
    ("country", "is", ("US",), "us", "CA"),
    ("country", "is_not", ("US",), "CA", "US"),
    ("country", "one_of", ("US", "CA"), "CA", "GB"),
    ("country", "none_of", ("US", "CA"), "GB", "ca"),
    ("country", "is_empty", (), "", "US"),
    ("country", "is_not_empty", (), "US", ""),
    ("date", "on", ("2026-11-25",), "2026-11-25", "2026-11-24"),
    ("date", "before", (Copy("today"),), "2026-11-24", "2026-11-25"),
    ("date", "after", ("2026-11-25",), "2026-11-26", "2026-11-25"),
    ("date", "on_or_before", ("2026-11-25",), "2026-11-25", "2026-11-26"),
    ("date", "on_or_after", ("2026-11-25",), "2026-11-25", "2026-11-24"),
    ("date", "within_days", (Copy("today"), 3), "2026-11-22", "2026-11-21"),
    ("date", "is_empty", (), None, "2026-11-25"),
    ("date", "is_not_empty", (), "2026-11-25", None),
    ("list", "contains", ("vip",), ["VIP", "x"], ["vip2"]),
    ("list", "not_contains", ("vip",), ["vip2"], ["VIP"]),
    ("list", "one_of", ("vip", "b2b"), ["x", "B2B"], ["x"]),
    ("list", "none_of", ("vip", "b2b"), ["x"], ["x", "vip"]),
    ("list", "is_empty", (), [], ["vip"]),
    ("list", "is_not_empty", (), ["vip"], []),
    ("yes/no", "is_true", (), True, False),
    ("yes/no", "is_false", (), False, True),
    *(
        (kind, *row)
        for kind in ("number", "money")
        for row in (
            ("is", (5,), 5, 6),
            ("is_not", (5,), 6, 5),
            ("one_of", (5, 7.5), 7.5, 6),
            ("none_of", (5, 7.5), 6, 5),
            ("greater", (5,), 6, 5),
            ("at_least", (5,), 5, 4),
            ("less", (5,), 4, 5),
            ("at_most", (5,), 5, 6),
            ("between", (5, 7.5), 7.5, 8),
            ("is_empty", (), None, 0),
            ("is_not_empty", (), 0, None),
        )
    ),
]


@pytest.mark.parametrize(("kind", "operator", "values", "fitting", "other"), MEANINGS)
def test_an_operator_does_what_its_words_say(
    kind: str, operator: str, values: tuple[Any, ...], fitting: Any, other: Any
) -> None:
    condition = Condition("order.thing", operator, values)
    assert holds(condition, fitting)
    assert not holds(condition, other)
    assert read_when(write_when(condition)) == condition


def test_every_operator_of_every_type_is_shown_to_mean_what_it_says() -> None:
    types = {fact.type for fact in FACTS.values()}
    offered = {(kind, row.key) for kind in types for row in operators_for(kind)}
    assert offered == {(kind, operator) for kind, operator, *_ in MEANINGS if kind in types}
    assert all(operators_for(kind) for kind in types)


EXACT = [row.key for row in OPERATORS.values() if row.exact]


@pytest.mark.parametrize("operator", EXACT)
def test_match_case_tells_capital_from_small_letters(operator: str) -> None:
    loose = Condition("order.thing", operator, ("PayPal",))
    exact = Condition("order.thing", operator, ("PayPal",), match_case=True)
    assert holds(loose, "paypal") is not holds(exact, "paypal")
    assert holds(loose, "PayPal") is holds(exact, "PayPal")
    assert read_when(write_when(exact)) == exact


def test_match_case_writes_the_standard_operators() -> None:
    exact = Condition("payment.method", "is", ("PayPal",), match_case=True)
    several = Condition("payment.method", "one_of", ("PayPal",), match_case=True)
    assert write_when(exact) == {"==": [{"var": "payment.method"}, "PayPal"]}
    assert write_when(several) == {"in": [{"var": "payment.method"}, ["PayPal"]]}


def test_a_form_writes_operators_that_do_not_care_about_case() -> None:
    assert write_when(PAYPAL) == {"is": [{"var": "payment.method"}, "PayPal"]}


@pytest.mark.parametrize(
    ("logic", "form"),
    [
        ({"<": [100, {"var": "order.total"}]}, Condition("order.total", "greater", (100,))),
        ({"==": ["a", {"var": "x.y"}]}, Condition("x.y", "is", ("a",), match_case=True)),
        ({"!!": {"var": "order.is_test"}}, Condition("order.is_test", "is_true")),
        ({"!": [{"var": ["order.is_test"]}]}, Condition("order.is_test", "is_false")),
        ({"===": [{"var": "x.y"}, 1]}, Condition("x.y", "identical", (1,))),
        ({"!": {"and": [True]}}, Group("none", (Group("all", (Always(),)),))),
        (
            {"<": [1, {"var": "x.y"}, 9]},
            Group("all", (Condition("x.y", "greater", (1,)), Condition("x.y", "less", (9,)))),
        ),
        (
            {"some": [{"var": "lines"}, {"is": [{"var": "sku"}, "A"]}]},
            Lines("any", Condition("line.sku", "is", ("A",))),
        ),
    ],
)
def test_rules_of_other_builders_are_read(logic: Any, form: Any) -> None:
    assert read_when(logic) == form


@pytest.mark.parametrize(
    ("logic", "reason"),
    [
        ({">": [{"+": [{"var": "a.b"}, 1]}, 5]}, "calculated"),
        ({"==": [1, 1]}, "calculated"),
        ({"is": [{"var": "a.b"}, {"upper": "x"}]}, "calculated"),
        ({"some": [{"var": "custom.list"}, True]}, "goes through a list"),
        ({"var": ["a.b", 1]}, "default"),
        ({"in": [{"var": "a.b"}, "text"]}, "plain list"),
        ({"one_of": [{"var": "a.b"}, []]}, "empty"),
        ({"lookup": ["t", "k"]}, "lookup"),
        ([True], "a condition should be"),
        ({"nonsense": []}, "cannot be run"),
    ],
)
def test_what_no_form_can_show_says_why(logic: Any, reason: str) -> None:
    form = read_when(logic)
    assert isinstance(form, NotAForm)
    assert reason in form.reason


@pytest.mark.parametrize(
    ("logic", "reason"),
    [
        ({"if": [{"is": [{"var": "a.b"}, 1]}, 1, {"is": [{"var": "a.c"}, 1]}, 2, 3]}, "different"),
        ({"if": [{">": [{"var": "a.b"}, 1]}, 1, 2]}, "cases of its own"),
        ({"substr": ["x", {"var": "a.b"}]}, "calculated"),
        ({"var": ""}, "all facts"),
        ({"map": [{"var": "lines"}, 1]}, "map"),
        ({"max": [1, 2]}, "max"),
    ],
)
def test_a_value_that_no_form_can_show_says_why(logic: Any, reason: str) -> None:
    form = read_then(logic)
    assert isinstance(form, NotAForm)
    assert reason in form.reason


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        (Condition("", "is", ("x",)), "Choose the field"),
        (Condition("a.b", "is"), "takes 1 values, not 0"),
        (Condition("a.b", "one_of"), "at least one"),
        (Condition("a.b", "one_of", (Copy("a.c"),)), "not fields"),
        (Condition("a.b", "starts_with", ("x",), match_case=True), "never looks at case"),
        (Condition("a.b", "unknown"), "no operator"),
        (Group("any", ()), "at least one condition"),
        (Lines("any", PAYPAL), "only fields of the line"),
        (Lines("any", Lines("any", PAYPAL)), "another list"),
        (Lines("any", PAYPAL, "customers"), "no list"),
    ],
)
def test_a_form_that_is_not_filled_in_says_what_is_missing(form: Any, reason: str) -> None:
    with pytest.raises(FormError, match=reason):
        write_when(form)


@pytest.mark.parametrize(
    "form",
    [
        Literal({"var": "a.b"}), Copy(""), Join(()), LookUp("", (Literal(1),)),
        InlineMap("a.b", (), Literal(1)), InlineMap("a.b", (MapRow((), Literal(1)),), Literal(1)),
    ],
)  # fmt: skip
def test_a_value_that_is_not_filled_in_is_refused(form: Any) -> None:
    with pytest.raises(FormError):
        write_then(form)


def test_map_from_and_map_to_is_a_chain_of_cases() -> None:
    rows = (MapRow("PayPal", Literal("Bank")), MapRow(("Visa", "Amex"), Literal("Cards")))
    form = InlineMap("payment.method", rows, Copy("payment.gateway"))
    run = compile_rule(write_then(form)).evaluate
    got = [run({"payment": {"method": m, "gateway": "?"}}) for m in ("paypal", "AMEX", "Cash")]
    assert got == ["Bank", "Cards", "?"]
    assert read_then(write_then(form)) == form


def test_a_lookup_with_a_fallback_uses_it_where_no_row_fits() -> None:
    form = LookUp("t", (Copy("a.b"),), Literal("none"))
    tables = {"t": Table(["k"], [["x", 1]], "otherwise")}
    run = compile_rule(write_then(form)).evaluate
    assert [run({"a": {"b": key}}, tables) for key in ("X", "y")] == [1, "none"]


@pytest.mark.parametrize(
    "data",
    [
        None, [], {"form": "nothing"}, {"form": ["x"]}, {"form": "condition"},
        {"form": "always", "holds": "yes"}, {"form": "always", "extra": 1},
        {"form": "group", "kind": "some", "items": []}, {"form": "group", "kind": [], "items": []},
        {"form": "group", "kind": "all", "items": [{"form": "copy", "fact": "a.b"}]},
        {"form": "part", "of": {"form": "clear"}, "start": True},
        {"form": "condition", "fact": "a.b", "operator": "is", "values": [[1]]},
    ],
)  # fmt: skip
def test_json_that_is_no_form_is_refused_with_a_sentence(data: Any) -> None:
    with pytest.raises(FormError):
        from_json(data)


def test_a_form_nested_without_end_is_refused() -> None:
    form: Any = PAYPAL
    for _ in range(500):
        form = Group("all", (form,))
    with pytest.raises(FormError, match="nested"):
        write_when(form)
    data: Any = to_json(PAYPAL)
    for _ in range(500):
        data = {"form": "group", "kind": "all", "items": [data]}
    with pytest.raises(FormError, match="nested"):
        from_json(data)


def test_the_defaults_of_all_decisions_can_be_shown_as_forms() -> None:
    rules = [d.default["if"] for d in decisions().values() if isinstance(d.default, dict)
             and "if" in d.default]  # fmt: skip
    whens = [read_when(when) for rule in rules for when in rule[0:-1:2]]
    assert whens
    assert not [when for when in whens if isinstance(when, NotAForm)]


def test_a_form_is_json_that_a_browser_can_send_back() -> None:
    form = Group("none", (PAYPAL, Lines("no", Condition("line.sku", "is_empty"))))
    assert from_json(json.loads(json.dumps(to_json(form)))) == form


def test_match_case_is_offered_only_where_there_is_text_to_compare() -> None:
    offered = [OPERATORS[key].can_match_case for key in ("is", "one_of", "contains", "starts_with")]
    asked = {kind: [can(kind) for can in offered] for kind in ("text", "list", "money")}
    assert asked == {
        "text": [True, True, True, False],
        "list": [True, False, True, False],
        "money": [False] * 4,
    }


@pytest.mark.parametrize(
    ("promised", "operators"),
    [
        ("is, is not", ["is", "is_not"]),
        ("one of", ["one_of", "none_of"]),
        ("contains", ["contains", "not_contains"]),
        ("starts with, ends with", ["starts_with", "ends_with"]),
        ("matches pattern", ["matches"]),
        ("is empty", ["is_empty", "is_not_empty"]),
        ("greater, less, between", ["greater", "at_least", "less", "at_most", "between"]),
        ("before, after, within days", ["before", "after", "within_days"]),
        ("is true", ["is_true", "is_false"]),
    ],
)
def test_an_operator_that_is_promised_is_offered_for_some_fact(
    promised: str, operators: list[str]
) -> None:
    offered = {one.key for fact in FACTS.values() for one in operators_for(fact.type)}
    assert set(operators) <= offered, promised


@pytest.mark.parametrize("decision", decisions().values(), ids=lambda one: one.key)
def test_what_a_decision_says_by_itself_opens_as_a_form(decision: Decision) -> None:
    shown = rule_sketch(decision, Rule.default(decision).to_file())
    found = [*shown["cases"], shown["otherwise"]]
    assert [one["reason"] for one in found if one["mode"] == "json"] == []


def test_the_first_that_is_there_is_one_value_of_several() -> None:
    form = FirstOf((Copy("customer.company"), Copy("customer.name"), Literal("Web customer")))
    rule = write_then(form)
    assert read_then(rule) == form
    facts = {"customer": {"company": "", "name": "Ada Lovelace"}}
    assert compile_rule(rule).evaluate(facts) == "Ada Lovelace"
    assert compile_rule(rule).evaluate({"customer": {}}) == "Web customer"
