"""JavaScript's ways that a rule may meet, each by name; the values are those of json-logic-js."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rules_library import logic


def value(rule: Any, **facts: Any) -> Any:
    return logic.compile_rule(rule).evaluate(facts)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"==": [None, 0]}, False),
        ({"<=": [None, 0]}, True),
        ({"==": ["", 0]}, True),
        ({"==": [" 0x1F ", 31]}, True),
        ({"==": ["1_000", 1000]}, False),
        ({"==": [True, "1"]}, True),
        ({"==": [True, "true"]}, False),
        ({"===": [True, 1]}, False),
        ({"==": [[1, 2], "1,2"]}, True),
        ({"==": [[5], 5]}, True),
        ({"==": [[], 0]}, True),
        ({"==": [[1], [1]]}, False),
        ({"==": [{}, "[object Object]"]}, True),
        ({"<": ["10", "9"]}, True),
        ({"<": ["10", 9]}, False),
        ({"<": ["apple", 9]}, False),
        ({">=": ["apple", 9]}, False),
        ({"<": ["Infinity", 9]}, False),
        ({"+": ["5 apples", "1e2x"]}, 105),
        ({"-": ["7", True]}, 6),
        ({"*": ["text"]}, "text"),
        ({"/": [1, "Infinity"]}, 0),
        ({"%": [5, "-Infinity"]}, 5),
        ({"max": ["3", None, [4], True]}, 4),
        ({"in": [1, "a1b"]}, True),
        ({"in": ["1", [1]]}, False),
        ({"in": [True, [1]]}, False),
        ({"in": ["", ""]}, False),
        ({"in": [None, "null"]}, True),
        ({"in": [1, None]}, False),
        ({"cat": [None, True, [1, None, [2, 3]], {}]}, "true1,,2,3[object Object]"),
        ({"substr": [None, 0, 2]}, "nu"),
        ({"substr": ["logic", -3, None]}, ""),
        ({"substr": ["logic", "1", "2"]}, "og"),
        ({"substr": ["logic", 1, "-2"]}, ""),
        ({"substr": ["logic", "x", 2.9]}, "lo"),
        ({"substr": ["logic", "-Infinity", "Infinity"]}, "logic"),
        ({"missing_some": [1, "a"]}, ["a"]),
        ({"missing_some": [0, 5]}, [5]),
        ({"missing_some": [1, [["a", "b"]]]}, ["a", "b"]),
        ({"missing": [None]}, []),
    ],
)
def test_a_rule_means_what_javascript_makes_of_it(rule: Any, expected: Any) -> None:
    result = value(rule)
    assert result == expected
    assert isinstance(result, bool) is isinstance(expected, bool)


def test_a_list_or_object_is_equal_only_to_itself() -> None:
    facts = {"a": [1], "b": [1], "c": {"d": 1}}
    for operator in ("==", "==="):
        assert value({operator: [{"var": "a"}, {"var": "a"}]}, **facts) is True
        assert value({operator: [{"var": "c"}, {"var": "c"}]}, **facts) is True
        assert value({operator: [{"var": "a"}, {"var": "b"}]}, **facts) is False
    assert value({"in": [{"var": "l.0"}, {"var": "l"}]}, l=[{"a": 1}, 2]) is True


def test_lists_and_text_have_a_length() -> None:
    assert value({"var": "lines.length"}, lines=[1, 2, 3]) == 3
    assert value({"var": "name.length"}, name="Zo\u00eb") == 3
    assert value({"var": "name.0"}, name="Zo\u00eb") == "Z"


def test_an_emoji_counts_as_two_characters_and_is_never_cut_in_half() -> None:
    note = "a\U0001f600b"
    assert value({"var": "note.length"}, note=note) == 4
    assert value({"substr": [{"var": "note"}, 1, 2]}, note=note) == "\U0001f600"
    assert value({"substr": [{"var": "note"}, 3]}, note=note) == "b"
    assert value({"substr": [{"var": "note"}, 0, 2]}, note=note) == "a"
    assert value({"var": "note.1"}, note=note) == ""
    assert value({"<": ["\U0001f600", "\uff5e"]}) is True
    assert value({"<": ["\u00e9", "\u00ea"]}) is True


def test_null_is_no_list_of_paths() -> None:
    with pytest.raises(logic.EvaluationError, match="list of paths"):
        value({"missing_some": [1, None]})


def test_long_lists_of_cases_mix_with_other_conditions() -> None:
    shop = [part for n in range(5) for part in ({"==": [{"var": "shop"}, f"s{n}"]}, f"shop {n}")]
    kind = [part for n in range(5) for part in ({"is": [{"var": "kind"}, f"k{n}"]}, f"kind {n}")]
    large = [{">": [{"var": "total"}, 100]}, "large"]
    rule = {"if": [*large, *shop, {"var": "rush"}, "rush", *kind, {"var": "late"}, "late", "rest"]}
    facts = {"total": 1, "shop": "", "kind": "", "rush": 0, "late": []}
    for changed, expected in (
        ({}, "rest"),
        ({"total": 101, "shop": "s1"}, "large"),
        ({"shop": "s4", "rush": 1}, "shop 4"),
        ({"rush": 1, "kind": "k1"}, "rush"),
        ({"kind": " K3"}, "kind 3"),
        ({"late": [0]}, "late"),
        ({"late": {}}, "late"),
    ):
        assert value(rule, **facts | changed) == expected
        assert logic.compile_rule(rule).explain(facts | changed).value == expected


def test_a_switch_is_not_made_of_conditions_that_only_look_like_one() -> None:
    four = [part for n in range(4) for part in ({"==": [{"var": ["a", 1]}, n]}, n)]
    assert value({"if": four}) == 1
    computed = [part for n in range(4) for part in ({"==": [{"var": {"var": "b"}}, n]}, n)]
    assert value({"if": computed}, b="c", c=3) == 3
    with pytest.raises(logic.RuleError):
        logic.compile_rule({"if": [{"==": [{"var": "a"}, 1, 2]}, 1] * 5})


def test_dates_are_found_in_lists() -> None:
    assert value({"in": [{"var": "day"}, ["2026-11-01"]]}, day=date(2026, 11, 1)) is True
    assert value({"if": [{"==": [{"var": "d"}, "2026-11-01"]}, 1] * 4}, d=date(2026, 11, 1)) == 1
