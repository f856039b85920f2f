"""Our own operators, which read as people mean them."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from rules_library import logic


def value(rule: Any, **facts: Any) -> Any:
    compiled = logic.compile_rule(rule)
    result = compiled.evaluate(facts)
    assert compiled.explain(facts).value == result
    return result


PAYPAL = [" PayPal", "paypal", "PAYPAL ", "PayPal"]


@pytest.mark.parametrize("method", PAYPAL)
def test_text_conditions_ignore_case_and_surrounding_blanks(method: str) -> None:
    fact = {"var": "method"}
    assert value({"is": [fact, "Paypal"]}, method=method) is True
    assert value({"is": ["Paypal", fact]}, method=method) is True
    assert value({"is_not": [fact, "Paypal "]}, method=method) is False
    assert value({"one_of": [fact, ["Visa", "payPAL"]]}, method=method) is True
    assert value({"contains": [fact, "YPA"]}, method=method) is True
    assert value({"starts_with": [fact, "pay"]}, method=method) is True
    assert value({"ends_with": [fact, " PAL"]}, method=method) is True
    assert value({"==": [fact, "PayPaL"]}, method=method) is False


def test_other_text_is_not_the_same() -> None:
    for method in ("Pay Pal", "PayPal2", "", None):
        assert value({"is": [{"var": "method"}, "PayPal"]}, method=method) is False
        assert value({"is_not": [{"var": "method"}, "PayPal"]}, method=method) is True
        assert value({"one_of": [{"var": "method"}, ["PayPal"]]}, method=method) is False


def test_case_is_folded_for_every_language() -> None:
    assert value({"is": [{"var": "city"}, "STRASSE"]}, city="stra\u00dfe") is True
    assert value({"is": [{"var": "city"}, "\u00e9VRY"]}, city="\u00c9vry") is True


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (5, "5", True),
        ("5.0", 5, True),
        (Decimal("5.00"), 5.0, True),
        ("05", "5", False),
        (0, "", False),
        (None, None, True),
        (None, "", False),
        (None, 0, False),
        (True, "TRUE", True),
        (False, "no", False),
        (True, 1, False),
        ([1, "A"], ["1", "a"], True),
        ([1], [1, 2], False),
        (["a"], "a", False),
        ({}, {}, False),
        (date(2026, 11, 1), "2026-11-01", True),
    ],
)
def test_is_compares_as_people_do(left: Any, right: Any, *, expected: bool) -> None:
    assert value({"is": [{"var": "a"}, {"var": "b"}]}, a=left, b=right) is expected
    assert value({"is": [{"var": "b"}, {"var": "a"}]}, a=left, b=right) is expected


WORDS = ["", " ", "a", " A", "\u00e9", "1", "01", "1.0", "x"]
OTHERS: list[Any] = [1, 1.0, Decimal("2.50"), 0, None, True, False, [], ["a"], {}]
FACTS: list[Any] = [*WORDS, "A ", "b", *OTHERS]


@pytest.mark.parametrize("operator", ["is", "==", "==="])
def test_a_long_list_of_cases_finds_the_first_that_holds(operator: str) -> None:
    constants = [*WORDS, *(() if operator == "is" else (1, Decimal("2.5")))]
    for shift in range(len(constants)):
        shifted = constants[shift:] + constants[:shift]
        tests = [{operator: [{"var": "x"}, constant]} for constant in shifted]
        cases = [part for number, test in enumerate(tests) for part in (test, number)]
        chain = logic.compile_rule({"if": [*cases, "none"]})
        singles = [logic.compile_rule(test) for test in tests]
        for fact in FACTS:
            holds = [single.evaluate({"x": fact}) for single in singles]
            expected = holds.index(True) if True in holds else "none"
            assert chain.evaluate({"x": fact}) == expected, (fact, shifted)


def test_one_of_and_contains_look_into_lists() -> None:
    tags = ["VIP ", "Gift"]
    assert value({"one_of": [{"var": "tags"}, ["a", "gift"]]}, tags=tags) is True
    assert value({"contains": [{"var": "tags"}, "vip"]}, tags=tags) is True
    assert value({"contains": [{"var": "tags"}, "vi"]}, tags=tags) is False
    assert value({"one_of": [{"var": "n"}, [1, 2, "3"]]}, n="2") is True
    assert value({"one_of": [3, {"var": "list"}]}, list=["x", 3]) is True
    assert value({"one_of": [{"var": "tags"}, ["a"]]}, tags=[]) is False


def test_null_contains_and_begins_with_nothing() -> None:
    for operator in ("contains", "starts_with", "ends_with", "matches"):
        assert value({operator: [None, ""]}) is False
        assert value({operator: [{"var": "nothing"}, "a"]}) is False
    assert value({"contains": ["abc", None]}) is False
    assert value({"contains": [{"a": 1, "b": 2}, "a"]}) is False


def test_the_names_of_other_builders_mean_the_same() -> None:
    assert value({"startsWith": [{"var": "sku"}, "ab"]}, sku="ABC") is True
    assert value({"endsWith": [{"var": "sku"}, "bc"]}, sku="ABC") is True


@pytest.mark.parametrize("nothing", [None, "", "  \n", [], {}])
def test_nothing_is_empty(nothing: Any) -> None:
    assert value({"is_empty": [{"var": "x"}]}, x=nothing) is True
    assert value({"is_empty": {"var": "x"}}, x=nothing) is True


@pytest.mark.parametrize("something", [0, False, "a", [0], {"a": None}, Decimal(0)])
def test_something_is_not_empty(something: Any) -> None:
    assert value({"is_empty": [{"var": "x"}]}, x=something) is False


def test_text_is_changed() -> None:
    assert value({"lower": "ABC d"}) == "abc d"
    assert value({"upper": {"var": "x"}}, x="abc") == "ABC"
    assert value({"trim": [" a b "]}) == "a b"
    assert value({"lower": {"var": "x"}}, x=None) is None
    assert value({"upper": [12]}) == "12"


def test_a_pattern_is_found_anywhere_without_case() -> None:
    assert value({"matches": [{"var": "sku"}, "^ab-[0-9]+$"]}, sku=" AB-12 ") is True
    assert value({"matches": [{"var": "sku"}, "[0-9]"]}, sku="AB-12") is True
    assert value({"matches": [{"var": "sku"}, "(?-i)^ab"]}, sku="AB-12") is False
    assert value({"matches": [{"var": "n"}, "^4"]}, n=42) is True


def test_a_pattern_may_come_from_a_fact() -> None:
    rule = logic.compile_rule({"matches": ["abc", {"var": "pattern"}]})
    assert rule.evaluate({"pattern": "B"}) is True
    with pytest.raises(logic.EvaluationError, match="cannot be used") as raised:
        rule.evaluate({"pattern": "("})
    assert raised.value.pointer == ""


def test_clear_is_one_value_that_survives_json_copies_and_pickles() -> None:
    cleared = value({"if": [True, {"clear": []}]})
    assert cleared is logic.CLEAR
    assert json.loads(json.dumps({"memo": cleared})) == {"memo": {"clear": []}}
    assert value(json.loads(json.dumps(cleared))) is logic.CLEAR
    assert copy.deepcopy([cleared])[0] is logic.CLEAR
    assert pickle.loads(pickle.dumps(cleared)) is logic.CLEAR
    assert logic.truthy(cleared)
    assert repr(cleared) == "CLEAR"


def test_clear_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        logic.CLEAR["clear"] = [1]
    with pytest.raises(TypeError):
        logic.CLEAR.update(a=1)


CET = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [
        ("before", "2026-10-31", "2026-11-01", True),
        ("before", "2026-11-01", "2026-11-01T00:00:00.000Z", False),
        ("after", "2026-11-02", "2026-11-01T23:00:00.000Z", True),
        ("after", "2026-11-01T10:00:00Z", "2026-11-01T10:30:00+01:00", True),
        ("after", "2026-11-01T10:00:00", "2026-11-01T09:00:00Z", True),
        ("on_or_before", "2026-11-01", "2026-11-01T08:00:00Z", True),
        ("on_or_after", "2026-11-01", "2026-11-01T08:00:00Z", True),
        ("on_or_after", "2026-10-31", "2026-11-01", False),
        ("on", "2026-11-01T08:00:00Z", "2026-11-01 23:00:00", True),
        ("on", "2026-11-01", "2026-11-02", False),
        ("before", date(2026, 9, 30), " 2026-10-01 ", True),
        (
            "after",
            datetime(2026, 11, 1, 12, tzinfo=UTC),
            datetime(2026, 11, 1, 12, tzinfo=CET),
            True,
        ),
        ("before", datetime(2026, 11, 1, 12, tzinfo=UTC), date(2026, 11, 1), False),
    ],
)
def test_dates_are_compared_as_dates(
    operator: str, left: Any, right: Any, *, expected: bool
) -> None:
    assert value({operator: [{"var": "a"}, {"var": "b"}]}, a=left, b=right) is expected


def test_dates_are_not_compared_as_text() -> None:
    facts = {"a": date(2026, 11, 2), "b": "2026-11-01T00:00:00.000Z"}
    for operator, expected in (
        (">", True),
        ("<", False),
        ("==", False),
        ("!=", True),
        ("===", False),
    ):
        assert value({operator: [{"var": "a"}, {"var": "b"}]}, **facts) is expected
        assert value({operator: [{"var": "a"}, "2026-11-01T00:00:00Z"]}, **facts) is expected
    with pytest.raises(logic.EvaluationError, match="is not a date"):
        value({">": [{"var": "a"}, "tomorrow"]}, **facts)


def test_a_missing_date_is_neither_before_nor_after() -> None:
    for operator in ("before", "after", "on_or_before", "on_or_after", "on"):
        for missing in (None, "", " "):
            assert value({operator: [{"var": "a"}, "2026-11-01"]}, a=missing) is False
    assert value({"within_days": [None, "2026-11-01", 5]}) is False
    assert value({"date": {"var": "a"}}, a=None) is None
    assert value({"add_days": [None, 5]}) is None
    assert value({"days_between": ["", "2026-11-01"]}) is None
    assert value({"date_part": [None, "year"]}) is None


def test_dates_are_calculated_with() -> None:
    assert value({"date": "2026-11-01T23:59:00-08:00"}) == "2026-11-01"
    assert value({"date": {"var": "a"}}, a=datetime(2026, 11, 1, 23, tzinfo=UTC)) == "2026-11-01"
    assert value({"add_days": ["2026-12-31", 1]}) == "2027-01-01"
    assert value({"add_days": ["2026-03-01T10:00:00Z", -1]}) == "2026-02-28"
    assert value({"days_between": ["2026-11-01", "2026-11-25T01:00:00Z"]}) == 24
    assert value({"within_days": ["2026-11-01", "2026-10-30", 2]}) is True
    assert value({"within_days": ["2026-11-01", "2026-10-30", 1]}) is False


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        *(("year", 2026), ("quarter", 4), ("month", 11), ("day", 25)),
        *(("weekday", 3), ("hour", 14), ("minute", 5)),
    ],
)
def test_a_date_has_parts(part: str, expected: int) -> None:
    assert value({"date_part": [{"var": "a"}, part]}, a="2026-11-25T14:05:00Z") == expected
    if part in {"hour", "minute"}:
        assert value({"date_part": ["2026-11-25", part]}) == 0


@pytest.mark.parametrize(
    "text",
    [
        *(
            "tomorrow",
            "2026-13-01",
            "2026-02-30",
            "11/01/2026",
            "20261101",
            "2026-W01-1",
            "2026-11-01T",
        ),
        *("2026-11-01T99:00", "2026-11-01" + "0" * 50, 5, True, [], {"a": 1, "b": 2}),
    ],
)
def test_what_is_no_date_is_an_error_at_its_operator(text: Any) -> None:
    for rule in (
        {"before": [{"var": "a"}, "2026-11-01"]},
        {"date": {"var": "a"}},
        {"add_days": [{"var": "a"}, 1]},
        {"date_part": [{"var": "a"}, "year"]},
        {"within_days": ["2026-11-01", {"var": "a"}, 1]},
    ):
        with pytest.raises(logic.EvaluationError, match="not a date") as raised:
            logic.compile_rule({"if": [True, rule]}).evaluate({"a": text})
        assert raised.value.pointer == "/if/1"


@pytest.mark.parametrize(
    "rule",
    [
        {"date_part": ["2026-11-01", "century"]},
        {"date_part": ["2026-11-01", None]},
        {"add_days": ["2026-11-01", 10**9]},
        {"add_days": ["2026-11-01", 1.5]},
        {"add_days": ["2026-11-01", "x"]},
        {"add_days": ["2026-11-01", "-Infinity"]},
        {"within_days": ["2026-11-01", "2026-11-01", 0.5]},
    ],
)
def test_impossible_calculations_with_dates_are_errors(rule: Any) -> None:
    with pytest.raises(logic.EvaluationError):
        logic.compile_rule(rule).evaluate({})


def test_a_date_fact_passes_through() -> None:
    when = datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert value({"var": "when"}, when=when) is when
    assert value({"cat": ["on ", {"var": "day"}]}, day=date(2026, 11, 1)) == "on 2026-11-01"
