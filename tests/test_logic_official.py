"""Rules that others wrote: the official suite of JSON-logic, and what other builders export."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from rules_library import logic
from tests.conftest import shared


def read(path: str) -> Any:
    return json.loads(shared(path).read_text("utf-8"), parse_float=Decimal)


def test_all_official_cases_pass() -> None:
    cases = [case for case in read("jsonlogic/official_tests.json") if not isinstance(case, str)]
    passed = 0
    for rule, data, expected in cases:
        value = logic.compile_rule(rule).evaluate(data)
        assert value == expected, rule
        assert isinstance(value, bool) is isinstance(expected, bool), rule
        assert logic.compile_rule(rule).explain(data).value == expected, rule
        passed += 1
    assert passed == 277


ITEMS = [{"qty": 3, "sku": "A"}, {"qty": 5, "sku": "A"}, {"qty": 9, "sku": "A"}]
FACTS = {
    "total": Decimal("250.00"),
    "country": "DE",
    "tags": ["new", "frag"],
    "note": "xabcx",
    "b2b": True,
    "created": "2026-11-01T00:00:00.000Z",
    "created_dt": "2026-11-01T09:00:00.000Z",
    "customer": {"age": 17},
    "items": ITEMS,
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gt", True),
        ("between", False),
        ("not_between", True),
        ("sel_any", True),
        ("sel_not_any", False),
        ("ms_eq", False),
        ("ms_contains", True),
        ("ms_not_contains", False),
        ("like", True),
        ("empty", False),
        ("not_empty", True),
        ("nul", False),
        ("not_null", True),
        ("bool", True),
        ("date_ge", True),
        ("date_eq", True),
        ("dt_lt", True),
        ("struct", False),
        ("not_eq", True),
        ("field_vs_field", True),
        ("or_not", False),
        ("items_some", True),
        ("items_all", True),
        ("items_none", False),
        ("items_greater", True),
        ("items_equal", False),
    ],
)
def test_rule_of_react_awesome_query_builder_evaluates(name: str, *, expected: bool) -> None:
    rule = read("jsonlogic/exported_by_react_awesome_query_builder.json")[name]
    assert logic.compile_rule(rule).evaluate(FACTS) is expected


@pytest.mark.parametrize(
    ("name", "facts", "expected"),
    [
        ("flat", {"total": 101, "country": "DE"}, True),
        ("nonum", {"total": 101}, True),
        ("beginsWith", {"f": "abcdef"}, True),
        ("endsWith", {"f": "abcdef"}, False),
        ("doesNotBeginWith", {"f": "abcdef"}, False),
        ("doesNotEndWith", {"f": "abcdef"}, True),
        ("in", {"f": "AT"}, True),
        ("notIn", {"f": "AT"}, False),
        ("between", {"f": 5}, True),
        ("notBetween", {"f": 6}, True),
        ("not", {"a": 1, "c": 3}, False),
        ("match", {"items": ITEMS}, True),
        ("match2", {"items": ITEMS}, True),
        ("field", {"a": 1, "b": 2}, False),
        ("empty", {}, False),
    ],
)
def test_rule_of_react_querybuilder_evaluates(
    name: str, facts: dict[str, Any], *, expected: bool
) -> None:
    rule = read("jsonlogic/exported_by_react_querybuilder.json")[name]
    assert logic.compile_rule(rule).evaluate(facts) is expected


@pytest.mark.parametrize("builder", ["react_awesome_query_builder", "react_querybuilder"])
def test_every_exported_rule_loads_and_gives_yes_or_no(builder: str) -> None:
    for rule in read(f"jsonlogic/exported_by_{builder}.json").values():
        compiled = logic.compile_rule(rule)
        assert compiled.evaluate(FACTS) in {True, False}
        assert compiled.evaluate({}) in {True, False}


def test_exported_date_is_compared_as_a_date_with_a_date_fact() -> None:
    rules = read("jsonlogic/exported_by_react_awesome_query_builder.json")
    assert logic.compile_rule(rules["date_eq"]).evaluate({"created": date(2026, 11, 1)}) is True
    assert logic.compile_rule(rules["date_ge"]).evaluate({"created": date(2026, 10, 31)}) is False
