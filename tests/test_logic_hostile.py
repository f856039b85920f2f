"""No rule and no fact can hang, crash or get out of the evaluator."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest

from rules_library import logic


def refused(rule: Any) -> logic.RuleError:
    start = perf_counter()
    with pytest.raises(logic.RuleError) as raised:
        logic.compile_rule(rule)
    assert perf_counter() - start < 2
    return raised.value


def nested(depth: int, operator: str = "!", *, bare: bool = False) -> Any:
    rule: Any = True
    for _ in range(depth):
        rule = {operator: rule if bare else [rule]}
    return rule


def unpick(rule: Any) -> None:
    """Take a very deep rule apart from outside, as Python's own clean-up would recurse."""
    while isinstance(rule, (dict, list)) and rule:
        rule = rule.popitem()[1] if isinstance(rule, dict) else rule.pop()


@pytest.mark.parametrize("bare", [True, False])
def test_fifty_levels_are_allowed_and_no_more(*, bare: bool) -> None:
    assert logic.compile_rule(nested(50, bare=bare)).evaluate({}) is True
    error = refused(nested(51, bare=bare))
    assert "50 levels" in str(error)
    assert error.pointer == ("/!" if bare else "/!/0") * 51


def test_twenty_thousand_levels_are_refused() -> None:
    for rule in (nested(20_000), nested(20_000, bare=True)):
        refused(rule)
        unpick(rule)
    literal: Any = 1
    for _ in range(20_000):
        literal = [literal]
    refused(literal)
    unpick(literal)


def test_a_rule_that_contains_itself_is_refused() -> None:
    rule: dict[str, Any] = {}
    rule["and"] = [rule]
    refused(rule)
    parts: list[Any] = [1, 2]
    parts.append(parts)
    refused({"merge": parts})


def test_a_rule_that_doubles_itself_in_memory_is_refused() -> None:
    part: Any = {"var": "x"}
    for _ in range(45):
        part = {"+": [part, part]}
    assert "64 KiB" in str(refused(part))


def test_64_kib_are_allowed_and_no_more() -> None:
    rule: dict[str, list[Any]] = {"in": [{"var": "x"}, ["a" * 100] * 600]}
    spare = 64 * 1024 - len(json.dumps(rule, separators=(",", ":")))
    rule["in"][1].append("b" * (spare - 3))
    assert len(json.dumps(rule, separators=(",", ":"))) == 64 * 1024
    assert logic.compile_rule(rule).evaluate({"x": "a" * 100}) is True
    rule["in"][1][-1] += "b"
    assert refused(rule).pointer == ""
    refused({"k" * 70_000: 1, "b": 2})
    refused(["\u20ac" * 25_000])
    refused({"var": "x" * 10**7})


@pytest.mark.parametrize(
    "rule",
    [
        *({1: 2}, {"==": [{1, 2}, 1]}, {"==": [b"a", 1]}, {"==": [object(), 1]}, len),
        {"a": 1, 2: 3},
        *(float("nan"), {"+": [float("inf")]}, Decimal("NaN"), {"cat": [lambda: 1]}),
    ],
)
def test_what_is_not_json_is_refused(rule: Any) -> None:
    refused(rule)


@pytest.mark.parametrize(
    "name",
    [
        *("__class__", "__proto__", "constructor", "toString", "eval", "import", "", " "),
        *("var ", "a.b"),
        *("__init__.__globals__", "method", "\x00", "\ud800", "x" * 5000, "if\n", "VAR"),
    ],
)
def test_an_unknown_operator_is_refused_whatever_its_name(name: str) -> None:
    error = refused({"if": [True, {name: [1, 2]}]})
    assert error.pointer == "/if/1"
    assert len(str(error)) < 200


class Person:
    secret = "s3cret"

    def __init__(self) -> None:
        self.name = "Ada"


@pytest.mark.parametrize(
    "path",
    [
        *("__class__", "person.name", "person.secret", "person.__dict__", "text.__class__.__mro__"),
        *("text.upper", "items", "get", "keys", "lines.append", "lines.__len__", "n.real"),
        *("n.as_tuple", "constructor", "__proto__", "toString", "lines.-1", "lines.01"),
        *("lines.1e0", "lines.\u0661", "text.-1", "." * 1000, "a." * 5000, "\ud800"),
        "lines." + "9" * 5000,
    ],
)
def test_nothing_of_python_can_be_reached(path: str) -> None:
    facts = {"person": Person(), "text": "abc", "lines": [1, 2], "n": Decimal(5)}
    for rule in ({"var": path}, {"var": [{"cat": [path]}]}):
        assert logic.compile_rule(rule).evaluate(facts) is None
    assert logic.compile_rule({"missing": [path]}).evaluate(facts) == [path]
    assert logic.compile_rule({"map": [[1], {"var": path}]}).evaluate(facts) == [None]


def exceeds(rule: Any, pointer: str | None = None, **facts: Any) -> None:
    compiled = logic.compile_rule({"if": [True, rule]})
    for work in (compiled.evaluate, compiled.explain):
        start = perf_counter()
        with pytest.raises(logic.BudgetExceeded) as raised:
            work(facts)
        assert perf_counter() - start < 3
        assert raised.value.pointer == (pointer or "/if/1")
        assert "steps" in str(raised.value) or "elements" in str(raised.value)


MANY = list(range(400))
ACCUMULATOR = {"var": "accumulator"}


def test_loops_in_loops_run_out_of_budget() -> None:
    rule: Any = {"var": ""}
    for _ in range(5):
        rule = {"map": [MANY[:100], rule]}
    exceeds(rule, pointer="/if/1" + "/map/1" * 4)
    exceeds({"all": [MANY, {"none": [MANY, {"<": [{"var": ""}, 0]}]}]}, pointer="/if/1/all/1")


def test_doubling_runs_out_of_budget() -> None:
    exceeds({"reduce": [MANY, {"cat": [ACCUMULATOR, ACCUMULATOR]}, "ab"]}, "/if/1/reduce/1")
    exceeds({"reduce": [MANY, {"merge": [ACCUMULATOR, ACCUMULATOR]}, [1]]}, "/if/1/reduce/1")
    exceeds({"reduce": [MANY, [ACCUMULATOR, ACCUMULATOR], 1]}, "/if/1/reduce/1")
    written_twice = {"cat": [[ACCUMULATOR, ACCUMULATOR]]}
    exceeds({"reduce": [MANY, written_twice, "a"]}, "/if/1/reduce/1")


def test_a_list_cannot_grow_deeper_than_json_can_be_written() -> None:
    rule = logic.compile_rule({"reduce": [MANY, [ACCUMULATOR], 1]})
    with pytest.raises(logic.EvaluationError, match="too deep"):
        rule.evaluate({})
    shared = {"map": [[1], [{"var": ""}, {"var": ""}]]}
    for _ in range(20):
        shared = {"map": [shared, [{"var": ""}, {"var": ""}]]}
    with pytest.raises(logic.BudgetExceeded):
        logic.compile_rule(shared).evaluate({})


def test_numbers_cannot_grow_without_end() -> None:
    rule = logic.compile_rule({"reduce": [MANY, {"*": [ACCUMULATOR, ACCUMULATOR]}, 3]})
    with pytest.raises(logic.EvaluationError):
        rule.evaluate({})
    product = {"reduce": [MANY, {"*": [ACCUMULATOR, 3]}, 1]}
    value = logic.compile_rule(product).evaluate({})
    assert len(str(value)) < 40


def test_long_facts_are_paid_for_by_their_length() -> None:
    text = "9" * 3_000_000
    loop = {"var": "many"}
    for rule in (
        {"cat": [{"var": "text"}, "x"]},
        {"in": ["8", {"var": "text"}]},
        {"-": [{"var": "text"}, 1]},
        {"+": [{"var": "text"}, 1]},
        {"==": [{"var": "text"}, 1]},
        {"<": [{"var": "text"}, 1]},
        {"is": [{"var": "text"}, "x"]},
        {"one_of": [{"var": "text"}, ["x"]]},
        {"contains": [{"var": "text"}, "x"]},
        {"matches": [{"var": "text"}, "x"]},
        {"upper": {"var": "text"}},
        {"substr": [{"var": "text"}, 1, 2]},
        {"var": [{"var": "text"}]},
    ):
        exceeds(rule, text=text, many=loop)
    for rule in (
        {"in": [1.5, {"var": "list"}]},
        {"merge": [{"var": "list"}, 1]},
        {"cat": [{"var": "list"}]},
        {"==": [{"var": "list"}, "x"]},
        {"one_of": [{"var": "list"}, ["x"]]},
        {"map": [{"var": "list"}, 1]},
        {"missing": {"var": "list"}},
        {"missing_some": [1, {"var": "list"}]},
    ):
        exceeds(rule, list=["a"] * 200_000)


def test_the_budget_is_the_callers() -> None:
    compiled = logic.compile_rule({"and": [{"==": [{"var": "a"}, 1]}, {"==": [{"var": "b"}, 1]}]})
    assert compiled.evaluate({"a": 1, "b": 1}, budget=50) is True
    with pytest.raises(logic.BudgetExceeded) as raised:
        compiled.evaluate({"a": 1, "b": 1}, budget=3)
    assert raised.value.pointer == ""
    lines = [{"q": 1}] * 1000
    loop = logic.compile_rule({"all": [{"var": "lines"}, {"==": [{"var": "q"}, 1]}]})
    assert loop.evaluate({"lines": lines}) is True
    with pytest.raises(logic.BudgetExceeded):
        loop.evaluate({"lines": lines}, budget=1000)


def test_a_thousand_cases_in_a_loop_over_all_lines_stay_within_budget() -> None:
    cases = [
        part for number in range(1000) for part in ({"==": [{"var": "s"}, f"S{number}"]}, number)
    ]
    compiled = logic.compile_rule({"map": [{"var": "lines"}, {"if": cases}]})
    lines = [{"s": f"S{number}"} for number in range(500)]
    assert compiled.evaluate({"lines": lines}) == list(range(500))
    assert compiled.explain({"lines": lines}).value == list(range(500))


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "^(a|a)*$", "(a*)*b", "(.*)*(.*)*(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"],
)
def test_a_pattern_cannot_explode(pattern: str) -> None:
    compiled = logic.compile_rule({"matches": [{"var": "text"}, pattern]})
    start = perf_counter()
    assert compiled.evaluate({"text": "a" * 50_000 + "!"}) is False
    assert perf_counter() - start < 2


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "[",
        "*",
        "(?=a)",
        r"(a)\1",
        "((a{1000}){1000}){1000}",
        "a{1001}",
        "\\",
        "a" * 1001,
        "\ud800",
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_at_its_place(pattern: str) -> None:
    error = refused({"and": [{"matches": [{"var": "text"}, pattern]}]})
    assert error.pointer == "/and/0/matches/1"
    compiled = logic.compile_rule({"matches": ["a", {"var": "pattern"}]})
    with pytest.raises(logic.EvaluationError):
        compiled.evaluate({"pattern": pattern})


def test_a_pattern_meets_text_that_is_no_unicode() -> None:
    assert logic.compile_rule({"matches": [{"var": "t"}, "b"]}).evaluate({"t": "\ud800b"}) is True


def deep_list(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


RULES = [
    {"cat": [{"var": "x"}]},
    {"==": [{"var": "x"}, "a"]},
    {"==": [{"var": "x"}, 1]},
    {"<": [{"var": "x"}, {"var": "x"}]},
    {"+": [{"var": "x"}]},
    {"-": [{"var": "x"}]},
    {"in": [{"var": "x"}, "text"]},
    {"in": [{"var": "x"}, {"var": "x"}]},
    {"in": [{"var": "x"}, ["a", 1, None]]},
    {"max": [{"var": "x"}, 1]},
    {"substr": [{"var": "x"}, {"var": "x"}, {"var": "x"}]},
    {"is": [{"var": "x"}, {"var": "x"}]},
    {"is": [{"var": "x"}, "a"]},
    {"contains": [{"var": "x"}, {"var": "x"}]},
    {"one_of": [{"var": "x"}, [1, "a"]]},
    {"map": [{"var": "x"}, {"var": "0"}]},
    {"map": [{"var": "x"}, [{"var": ""}]]},
    {"merge": [{"var": "x"}, {"var": "x"}]},
    {"missing": {"var": "x"}},
    {"var": [{"var": "x"}]},
    {"lookup": ["t", {"var": "x"}]},
    {"round": [{"var": "x"}]},
    {"date": {"var": "x"}},
    {"matches": [{"var": "x"}, "a"]},
    {"if": [part for n in range(5) for part in ({"==": [{"var": "x"}, n]}, n)]},
    {"if": [part for n in range(5) for part in ({"is": [{"var": "x"}, f"{n}"]}, n)]},
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: next(iter(rule)))
def test_any_fact_gives_a_value_or_a_named_error(rule: Any) -> None:
    cyclic: list[Any] = []
    cyclic.append(cyclic)
    loop: dict[str, Any] = {}
    loop["x"] = loop
    facts = [
        *(
            deep_list(5000),
            cyclic,
            loop,
            Person(),
            len,
            object(),
            b"bytes",
            {1, 2},
            "\ud800",
            10**5000,
        ),
        *(Decimal("1E+999999"), Decimal("1E-999999"), "1e999999999", "9" * 5000, 1e308, -0.0, True),
        *(
            Decimal("sNaN"),
            Decimal("Infinity"),
            (1, (2,)),
            {"length": 5},
            {1: 2},
            range(3),
            "0x" + "f" * 5000,
        ),
    ]
    compiled = logic.compile_rule(rule)
    tables = {"t": logic.Table(["k"], [["a", 1]])}
    for fact in facts:
        for work in (compiled.evaluate, compiled.explain):
            with suppress(logic.EvaluationError):
                work({"x": fact}, tables)


@pytest.mark.parametrize("facts", [None, 5, "text", [], [1], True, {1: 2}])
def test_facts_need_not_be_an_object(facts: Any) -> None:
    assert logic.compile_rule({"var": "a.b"}).evaluate(facts) is None
    assert logic.compile_rule({"var": ["a", 7]}).evaluate(facts) == 7


def test_a_result_cannot_change_the_rule_or_the_next_result() -> None:
    compiled = logic.compile_rule({"if": [{"var": "x"}, ["a", ["b"]], {"p": [1], "q": 2}]})
    compiled.evaluate({"x": 1})[1].append("c")
    compiled.evaluate({"x": 0})["p"].append(3)
    assert compiled.evaluate({"x": 1}) == ["a", ["b"]]
    assert compiled.evaluate({"x": 0}) == {"p": [1], "q": 2}
    assert compiled.rule == {"if": [{"var": "x"}, ["a", ["b"]], {"p": [1], "q": 2}]}


def test_a_rule_that_is_changed_later_is_not_the_compiled_rule() -> None:
    rule = {"in": [{"var": "x"}, ["a", "b"]]}
    compiled = logic.compile_rule(rule)
    rule["in"][1] = ["c"]
    assert compiled.evaluate({"x": "a"}) is True
    assert compiled.explain({"x": "a"}).value is True
    assert compiled.rule == {"in": [{"var": "x"}, ["a", "b"]]}


def test_a_compiled_rule_can_be_sent_to_another_process() -> None:
    compiled = logic.compile_rule({"/": [1, {"var": "x"}]}, path="/a")
    again = pickle.loads(pickle.dumps(compiled))
    assert again.evaluate({"x": 2}) == Decimal("0.5")
    with pytest.raises(logic.EvaluationError) as raised:
        again.evaluate({"x": 0})
    assert raised.value.pointer == "/a"


def test_facts_are_left_as_they_were() -> None:
    facts = {"a": [1], "b": [2]}
    rule = {"merge": [{"var": "a"}, {"var": "b"}, {"map": [{"var": "a"}, {"+": [{"var": ""}, 1]}]}]}
    assert logic.compile_rule(rule).evaluate(facts) == [1, 2, 2]
    assert facts == {"a": [1], "b": [2]}


def test_one_compiled_rule_serves_many_threads() -> None:
    rule = {
        "reduce": [
            {"filter": [{"var": "lines"}, {"matches": [{"var": "sku"}, "^a"]}]},
            {"+": [{"var": "accumulator"}, {"var": "current.q"}]},
            0,
        ]
    }
    compiled = logic.compile_rule(rule)

    def work(number: int) -> tuple[Any, Any]:
        facts = {"lines": [{"sku": "A", "q": number}, {"sku": "b", "q": 1}, {"sku": "a", "q": 1}]}
        explained = compiled.explain(facts)
        return compiled.evaluate(facts), explained.turns["/reduce/1/+/1"][0]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(2000))) == [(n + 1, n) for n in range(2000)]
