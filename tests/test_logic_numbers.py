"""Numbers are exact: decimals in, decimals out, and never NaN or Infinity."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any

import pytest

from rules_library import logic


def value(rule: Any, **facts: Any) -> Any:
    return logic.compile_rule(rule).evaluate(facts)


def test_a_tenth_and_two_tenths_are_three_tenths() -> None:
    assert value({"==": [{"+": [0.1, 0.2]}, 0.3]}) is True
    assert value({"+": [0.1, 0.2]}) == Decimal("0.3")


def test_a_float_counts_as_the_decimal_it_was_written_as() -> None:
    assert value({"var": "total"}, total=19.99) == Decimal("19.99")
    assert value({"===": [{"var": "total"}, Decimal("19.99")]}, total=19.99) is True
    assert value(19.99) == Decimal("19.99")


@pytest.mark.parametrize("total", [100, 100.0, Decimal(100), Decimal("100.00"), "100", " 1e2 "])
def test_the_same_number_is_equal_in_every_form(total: Any) -> None:
    assert value({"==": [{"var": "total"}, 100]}, total=total) is True
    assert value({"==": [Decimal("1E+2"), {"var": "total"}]}, total=total) is True
    assert value({"<=": [100, {"var": "total"}, 100]}, total=total) is True
    assert value({">": [{"var": "total"}, 100]}, total=total) is False


def test_whole_numbers_stay_whole() -> None:
    for rule in ({"+": [2, 3]}, {"-": [8, 3]}, {"*": [1, 5]}, {"/": [10, 2]}, {"%": [15, 10]}):
        assert value(rule) == 5
        assert isinstance(value(rule), int)


def test_money_adds_up_over_many_lines() -> None:
    lines = [{"amount": Decimal("0.10")}] * 1000
    total = {"+": [{"var": "accumulator"}, {"var": "current.amount"}]}
    assert value({"reduce": [{"var": "lines"}, total, 0]}, lines=lines) == Decimal("100.00")


def test_a_division_that_does_not_end_is_rounded_at_28_digits() -> None:
    assert value({"/": [2, 3]}) == Decimal("0.6666666666666666666666666667")


def test_the_precision_of_the_caller_does_not_matter() -> None:
    with decimal.localcontext() as context:
        context.prec = 3
        assert value({"+": [Decimal("1000.01"), Decimal("0.02")]}) == Decimal("1000.03")
        assert value({"-": [Decimal("1000.01")]}) == Decimal("-1000.01")
        assert value({"max": [Decimal("1000.01"), 3]}) == Decimal("1000.01")


def test_very_long_whole_numbers_are_rounded_instead_of_growing() -> None:
    assert value({"*": [10**20, 10**20]}) == Decimal("1E+40")
    assert value({"+": [10**28, 1]}) == Decimal("1E+28")


@pytest.mark.parametrize(
    ("rule", "rest"),
    [
        ([7, 3], 1),
        ([-7, 3], -1),
        ([7, -3], 1),
        ([Decimal("7.5"), 2], Decimal("1.5")),
        ([1e30, 7], 1),
    ],
)
def test_the_rest_has_the_sign_of_the_dividend(rule: list[Any], rest: Any) -> None:
    assert value({"%": rule}) == rest


@pytest.mark.parametrize(
    "rule",
    [
        {"/": [1, 0]},
        {"/": [0, 0]},
        {"/": [{"var": "total"}, "nothing"]},
        {"%": [1, 0]},
        {"+": ["apples", 1]},
        {"+": [{"var": "total"}, None]},
        {"-": [{}, 1]},
        {"*": [1e300, 1e300]},
        {"+": ["Infinity", 1]},
        {"max": []},
        {"min": [1, "x"]},
        {"-": ["Infinity"]},
    ],
)
def test_what_has_no_finite_result_is_an_error_at_its_operator(rule: Any) -> None:
    compiled = logic.compile_rule({"if": [True, {"cat": ["", rule]}]})
    with pytest.raises(logic.EvaluationError) as raised:
        compiled.evaluate({"total": 5})
    assert raised.value.pointer == "/if/1/cat/1"


@pytest.mark.parametrize(
    "total", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")]
)
def test_a_fact_that_is_no_finite_number_does_not_get_out(total: Any) -> None:
    for rule in ({"var": "total"}, {"+": [{"var": "total"}, 1]}, {"max": [{"var": "total"}]}):
        with pytest.raises(logic.EvaluationError):
            value(rule, total=total)
    assert value({"<": [{"var": "total"}, "x"]}, total=total) is False


def test_a_comparison_with_nan_is_false_or_an_error_and_nothing_else() -> None:
    compiled = logic.compile_rule({">": [{"var": "total"}, 3]})
    with pytest.raises(logic.EvaluationError):
        compiled.evaluate({"total": Decimal("NaN")})


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (Decimal("19.90"), "19.9"),
        (Decimal("1E+2"), "100"),
        (Decimal("-0.00"), "0"),
        (10**20, "100000000000000000000"),
        (10**21, "1e+21"),
        (Decimal("123e22"), "1.23e+24"),
        (1e-6, "0.000001"),
        (Decimal("-0.00000015"), "-1.5e-7"),
        (Decimal("0.3"), "0.3"),
    ],
)
def test_a_number_in_text_is_written_as_javascript_writes_it(number: Any, written: str) -> None:
    assert value({"cat": [{"var": "number"}]}, number=number) == written


@pytest.mark.parametrize(
    ("amount", "places", "expected"),
    [
        ("2.675", 2, "2.68"),
        ("-2.675", 2, "-2.68"),
        (1.005, 2, "1.01"),
        (7, 2, "7.00"),
        (Decimal("0.5"), 0, "1"),
        (10**40, 2, f"{10**40}.00"),
    ],
)
def test_round_rounds_half_up_as_money_is(amount: Any, places: int, expected: str) -> None:
    rounded = value({"round": [{"var": "amount"}, places]}, amount=amount)
    assert str(rounded) == expected
    assert value({"fixed": [{"var": "amount"}, places]}, amount=amount) == expected


def test_round_means_two_places_and_leaves_null_alone() -> None:
    assert value({"round": {"var": "tax"}}, tax=Decimal("1.115")) == Decimal("1.12")
    assert value({"round": {"var": "tax"}}, tax=None) is None


@pytest.mark.parametrize("rule", [["abc"], [""], [" "], [[]], [1, 11], [1, -1], [1, 1.5], [1, "x"]])
def test_round_refuses_what_is_no_number_and_odd_places(rule: Any) -> None:
    with pytest.raises(logic.EvaluationError):
        value({"round": rule})
