"""Conditions that query builders export become cases, or are named with their place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_library.decision import decisions
from rules_library.imports.fields import suggest
from rules_library.imports.query_builder import ImportRefusedError, import_queries
from rules_library.rulebook import Rulebook
from tests.conftest import shared

AWESOME = {"note": "order.note", "b2b": "customer.tax_exempt", "created_dt": "custom.created"}
PLAIN = {"f": "custom.f", "a": "custom.a", "b": "custom.b", "c": "custom.c"}


def sample(name: str) -> Any:
    return json.loads(shared(f"jsonlogic/exported_by_{name}.json").read_text("utf-8"))


def when(query: Any, **fields: str) -> Any:
    imported = import_queries(query, "memo", "x", fields=fields)
    assert imported.problems == []
    return imported.cases[0]["when"]


def problem(query: Any, **fields: str) -> tuple[str, str]:
    imported = import_queries(query, "memo", "x", fields=fields)
    assert imported.cases == []
    (found,) = imported.problems
    return found.pointer, found.sentence


def test_what_react_awesome_query_builder_exports_is_imported_but_for_what_is_named() -> None:
    given_fields = {**AWESOME, "customer.age": "custom.age", "tm": "custom.time"}
    data = sample("react_awesome_query_builder")
    imported = import_queries(data, "memo", "x", fields=given_fields)
    Rulebook.from_file(imported.fragment)
    assert [found.pointer for found in imported.problems] == ["/tm/and/0"]
    assert len(imported.cases) == len(data) - 1


def test_what_react_querybuilder_exports_is_imported_but_for_what_is_named() -> None:
    data = sample("react_querybuilder")
    imported = import_queries(data, "memo", "x", fields=PLAIN)
    Rulebook.from_file(imported.fragment)
    assert [found.pointer for found in imported.problems] == ["/empty"]
    assert len(imported.cases) == len(data) - 1


def test_fields_are_suggested_by_likeness() -> None:
    imported = import_queries({"and": [{">": [{"var": "total"}, 100]}]}, "memo", "x")
    assert imported.fields == {"total": "order.total"}
    assert imported.cases[0]["when"] == {">": [{"var": "order.total"}, 100]}


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("order.total", "order.total"),
        ("paymentMethod", "payment.method"),
        ("payment_methd", "payment.method"),
        ("Shipping state or province", "shipping.region"),
        ("custom.anything", "custom.anything"),
        ("zzz", None),
        ("f", None),
    ],
)
def test_a_field_is_the_fact_that_it_is_like(name: str, fact: str | None) -> None:
    assert suggest(name) == fact


@pytest.mark.parametrize(
    ("operator", "ours"), [(">=", "on_or_after"), ("<", "before"), ("==", "on"), (">", "after")]
)
def test_moments_at_midnight_become_dates(operator: str, ours: str) -> None:
    query = {"and": [{operator: [{"var": "created"}, "2026-11-01T00:00:00.000Z"]}]}
    assert when(query) == {ours: [{"var": "order.placed_on"}, "2026-11-01"]}


def test_between_dates_is_two_comparisons() -> None:
    day = {"var": "order.placed_on"}
    assert when({"<=": ["2026-11-01", day, "2026-11-30T00:00:00.000Z"]}) == {
        "and": [{"on_or_after": [day, "2026-11-01"]}, {"on_or_before": [day, "2026-11-30"]}]
    }


def test_not_on_a_date_stays_not() -> None:
    query = {"!=": [{"var": "order.placed_on"}, "2026-11-01"]}
    assert when(query) == {"!": {"on": [{"var": "order.placed_on"}, "2026-11-01"]}}


def test_a_time_of_day_is_refused_for_a_day_and_kept_for_a_custom_field() -> None:
    query = {"<": [{"var": "t"}, "2026-11-01T10:00:00.000Z"]}
    assert "no time of day" in problem(query, t="order.placed_on")[1]
    assert when(query, t="custom.t") == {
        "before": [{"var": "custom.t"}, "2026-11-01T10:00:00.000Z"]
    }


def test_conditions_on_items_are_conditions_on_lines() -> None:
    query = {"some": [{"var": "items"}, {"==": [{"var": "sku"}, "A"]}]}
    assert when(query) == {"some": [{"var": "lines"}, {"==": [{"var": "sku"}, "A"]}]}
    renamed = when(query, **{"items": "lines", "items.sku": "line.barcode"})
    assert renamed == {"some": [{"var": "lines"}, {"==": [{"var": "barcode"}, "A"]}]}


def test_a_field_that_no_fact_is_like_leaves_its_condition_out_with_its_place() -> None:
    query = {"and": [{">": [{"var": "total"}, 1]}, {"==": [{"var": "zzz"}, 1]}]}
    assert problem(query) == ("/and/1/==/0", "No fact is known for the field 'zzz'.")


def test_one_bad_condition_does_not_keep_the_others_out() -> None:
    data = {"good": {">": [{"var": "total"}, 1]}, "a/b": {"nope": [1]}}
    imported = import_queries(data, "class", "Web")
    assert [case["title"] for case in imported.cases] == ["good"]
    assert [found.pointer for found in imported.problems] == ["/a~1b"]


def test_an_envelope_is_its_logic() -> None:
    data = {"logic": {">": [{"var": "total"}, 1]}, "data": {"total": None}, "errors": []}
    assert when(data) == {">": [{"var": "order.total"}, 1]}


@pytest.mark.parametrize(
    ("decision", "then"),
    [
        ("clas", "x"),
        ("transaction_type", "invoices"),
        ("memo", {"nope": 1}),
        ("memo", {"lookup": 1}),
    ],
)
def test_a_decision_or_a_value_that_cannot_be_is_refused(decision: str, then: Any) -> None:
    with pytest.raises(ImportRefusedError):
        import_queries({"!": {"var": "total"}}, decision, then)


def test_a_rule_that_is_too_deep_or_too_large_is_named() -> None:
    deep: Any = {"var": "total"}
    for _ in range(5000):
        deep = {"!": [deep]}
    assert "deep" in problem(deep)[1]
    assert "larger" in problem({"in": [{"var": "total"}, ["x" * 70_000]]})[1]


def test_more_conditions_than_a_person_makes_are_refused() -> None:
    with pytest.raises(ImportRefusedError, match="More than"):
        import_queries([True] * 2001, "memo", "x")


@pytest.mark.parametrize(
    "data", [None, 5, "x", [], {}, [None], {"a": 5}, {"and": 5}, {"a": {}}, b"x"]
)
def test_what_is_no_query_makes_no_case(data: Any) -> None:
    imported = import_queries(data, "memo", "x")
    assert all(problem.sentence for problem in imported.problems)
    assert not [case for case in imported.cases if case["when"] in (None, "x", b"x", {})]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.just("2026-11-01")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["and", "var", "==", "<=", "some", "reduce", "!", "in", "x", "logic"]),
            inner,
            max_size=2,
        ),
    ),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(data=JSON)
def test_whatever_is_given_is_imported_or_named_and_never_crashes(data: Any) -> None:
    imported = import_queries(data, "memo", "x")
    Rulebook.from_file(imported.fragment)
    assert imported.decision in decisions()
