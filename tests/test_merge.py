"""Two people's changes to one rule or table: put together, or refused with every clash."""

from __future__ import annotations

from typing import Any

import pytest

from rules_library.decision import decisions
from rules_library.logic import Table
from rules_library.merge import ClashError, merge_rules, merge_tables
from rules_library.rule import Rule
from tests.flows import is_

TERMS = decisions()["terms"]
A, B, C = ({"title": name, "when": is_("order.number", name), "then": name} for name in "ABC")


def terms(*cases: dict[str, Any], otherwise: Any = None) -> Rule:
    """A rule for the terms."""
    return Rule.from_file(TERMS, {"cases": list(cases), "otherwise": otherwise})


def merged(base: Rule, ours: Rule, theirs: Rule) -> list[tuple[str, Any]]:
    """Title and value of each case of the merged rule."""
    return [(case.title, case.then) for case in merge_rules(base, ours, theirs).cases]


def clashes(base: Any, ours: Any, theirs: Any) -> tuple[str, ...]:
    """What the refusal tells."""
    merge: Any = merge_tables if isinstance(base, Table) else merge_rules
    with pytest.raises(ClashError) as refused:
        merge(base, ours, theirs)
    return refused.value.sentences


def test_changes_of_different_cases_are_both_kept() -> None:
    found = merged(terms(A, B), terms({**A, "then": "1"}, B), terms(A, {**B, "then": "2"}))
    assert found == [("A", "1"), ("B", "2")]


def test_what_one_side_removed_is_gone_and_what_the_other_added_is_there() -> None:
    assert merged(terms(A, B), terms(B), terms(A, B, C)) == [("B", "B"), ("C", "C")]


def test_cases_that_both_put_first_stand_together_ours_before_theirs() -> None:
    assert merged(terms(A), terms(B, A), terms(C, A)) == [("B", "B"), ("C", "C"), ("A", "A")]
    moved = merged(terms(A, B), terms({**C, "then": "1"}, B, A), terms(A, B))
    assert [title for title, _ in moved] == ["C", "B", "A"]


def test_ours_stand_before_theirs_also_where_we_moved_cases() -> None:
    d = {"title": "D", "when": is_("order.number", "D"), "then": "D"}
    found = merged(terms(A, B), terms(C, B, A), terms(d, A, B))
    assert [title for title, _ in found] == ["C", "D", "B", "A"]


def test_a_new_case_stays_behind_the_case_that_it_was_put_behind() -> None:
    d = {"title": "D", "when": is_("order.number", "D"), "then": "D"}
    found = merged(terms(A, B), terms(A, C, B), terms(A, B, d))
    assert [title for title, _ in found] == ["A", "C", "B", "D"]


def test_the_same_change_on_both_sides_is_one_change() -> None:
    changed = {**A, "then": "1"}
    assert merged(terms(A), terms(changed, C), terms(changed, C)) == [("A", "1"), ("C", "C")]


def test_equal_cases_are_not_taken_for_one_another() -> None:
    assert merged(terms(A, A), terms(A, A, B), terms(A, A)) == [("A", "A"), ("A", "A"), ("B", "B")]


def test_an_id_tells_a_case_whatever_else_was_changed() -> None:
    base = {**A, "id": "x"}
    ours = {**base, "title": "Renamed", "when": is_("order.number", "Z"), "then": "9"}
    assert merged(terms(base, B), terms(ours, B), terms(B, base)) == [("B", "B"), ("Renamed", "9")]


def test_a_case_switched_off_on_one_side_stays_off() -> None:
    off = merge_rules(terms(A, B), terms({**A, "enabled": False}, B), terms(A, B, C))
    assert [case.enabled for case in off.cases] == [False, True, True]


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        (terms({**A, "then": "1"}), terms({**A, "then": "2"}), "1; and changed to: "),
        (terms(), terms({**A, "then": "2"}), "was removed; and changed to: "),
        (terms({**A, "enabled": False}), terms({**A, "then": "2"}), "(switched off); and"),
        (terms(A, B), terms(A, {**B, "then": "2"}), "Two new cases say different things"),
        (terms(A, {**B, "id": "x"}), terms(A, {**C, "id": "x"}), "Two new cases"),
        (terms(A, otherwise="1"), terms(A, otherwise="2"), "Otherwise was changed to"),
    ],
)
def test_the_same_changed_differently_is_a_clash(ours: Rule, theirs: Rule, words: str) -> None:
    (sentence,) = clashes(terms(A), ours, theirs)
    assert words in sentence


def test_two_different_orders_are_a_clash_and_one_order_is_not() -> None:
    told = clashes(terms(A, B, C), terms(B, A, C), terms(A, C, B))
    assert told == ("The cases were put in two different orders",)
    assert merged(terms(A, B), terms(B, A), terms(B, A)) == [("B", "B"), ("A", "A")]
    assert merged(terms(A, B), terms(A, B), terms(B, A)) == [("B", "B"), ("A", "A")]


def test_every_clash_is_told() -> None:
    told = clashes(
        terms(A, B),
        terms({**A, "then": "1"}, {**B, "then": "1"}, otherwise="1"),
        terms({**A, "then": "2"}, {**B, "then": "2"}, otherwise="2"),
    )
    assert len(told) == 3


def table(*rows: list[Any], otherwise: Any = None, keys: tuple[str, ...] = ("sku",)) -> Table:
    """A table by SKU."""
    return Table(keys, rows, otherwise)


def test_rows_of_both_sides_are_kept() -> None:
    made = merge_tables(
        table(["a", 1], ["b", 2], ["gone", 0]),
        table(["a", 9], ["b", 2], ["c", 3], ["gone", 0]),
        table(["a", 1], ["b", 2], ["d", 4], otherwise="x"),
    )
    assert made.to_json()["rows"] == [["a", 9], ["b", 2], ["d", 4], ["c", 3]]
    assert made.otherwise == "x"


def test_a_row_written_otherwise_is_the_same_row() -> None:
    made = merge_tables(table(), table(["LAMP", "x"]), table(["lamp ", "x"]))
    assert len(made) == 1


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        (table(["a", 2]), table(["a", 3]), "Row a was set to 2 and set to 3"),
        (table(), table(["a", 3]), "Row a was removed and set to 3"),
        (table(["a", 1], ["b", 1]), table(["a", 1], ["b", 2]), "Row b was set to 1"),
        (table(["a", 1], otherwise=1), table(["a", 1], otherwise=2), "Otherwise was changed"),
        (table(["a", 1], keys=("x",)), table(["a", 2]), "The key columns were changed"),
    ],
)
def test_the_same_row_changed_differently_is_a_clash(
    ours: Table, theirs: Table, words: str
) -> None:
    (sentence,) = clashes(table(["a", 1]), ours, theirs)
    assert words in sentence


def test_other_key_columns_are_taken_where_nothing_else_was_changed() -> None:
    base, ours = table(["a", 1]), table(["a", 1], keys=("x",))
    assert merge_tables(base, ours, base) == merge_tables(base, base, ours) == ours
