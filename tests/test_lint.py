"""Lint names what looks wrong in a rulebook, with the place."""

from __future__ import annotations

from typing import Any

import pytest

from rules_library.decision import decisions
from rules_library.lint import OTHERWISE, Finding, lint
from rules_library.logic import Table
from rules_library.rulebook import Rulebook

METHOD = {"var": "payment.method"}
TOTAL = {"var": "order.total"}
TAG = {"var": "custom.tag"}


def book(
    key: str, whens: list[Any], *, tables: dict[str, Any] | None = None, **rule: Any
) -> Rulebook:
    cases = [{"title": "", "when": when, "then": None} for when in whens]
    rules = {key: {"cases": cases, "otherwise": None} | rule}
    return Rulebook.from_file({"rulebooks": 1, "rules": rules, "tables": tables or {}})


def found(rulebook: Rulebook, *codes: str, **given: Any) -> list[Finding]:
    return [finding for finding in lint(rulebook, **given) if finding.code in codes]


def unreachable(*whens: Any) -> list[int | None]:
    return [finding.case for finding in found(book("memo", list(whens)), "unreachable")]


def contradicts(when: Any) -> bool:
    return bool(found(book("memo", [when]), "contradiction", "constant"))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({">": [TOTAL, 50]}, {">": [TOTAL, 100]}),
        ({">": [TOTAL, 50]}, {"<": [100, TOTAL]}),
        ({">=": [TOTAL, 50]}, {"<=": [60, TOTAL, 70]}),
        ({">=": [TOTAL, 50]}, {"==": [TOTAL, 50]}),
        ({"is": [METHOD, "PayPal"]}, {"is": [METHOD, " paypal "]}),
        ({"one_of": [METHOD, ["Visa", "PayPal"]]}, {"is": [METHOD, "PayPal"]}),
        ({"in": [METHOD, ["Visa", "PayPal"]]}, {"==": [METHOD, "PayPal"]}),
        ({"one_of": [METHOD, ["Visa", "PayPal"]]}, {"one_of": [METHOD, ["PAYPAL"]]}),
        ({"starts_with": [METHOD, "pay"]}, {"starts_with": [METHOD, "PayPal"]}),
        ({"starts_with": [METHOD, "pay"]}, {"startsWith": [METHOD, "PayPal"]}),
        ({"ends_with": [METHOD, "l"]}, {"ends_with": [METHOD, "pal"]}),
        ({"contains": [METHOD, "pal"]}, {"is": [METHOD, "PayPal"]}),
        ({"is_not": [METHOD, "Visa"]}, {"is": [METHOD, "PayPal"]}),
        ({"!": {"is_empty": METHOD}}, {"is": [METHOD, "PayPal"]}),
        ({"after": [{"var": "order.placed_on"}, "2026-01-01"]},
         {"on": [{"var": "order.placed_on"}, "2026-05-01"]}),
        ({"is": [METHOD, "Visa"]}, {"and": [{"is": [METHOD, "Visa"]}, {">": [TOTAL, 5]}]}),
        ({"or": [{"is": [METHOD, "Visa"]}, {">": [TOTAL, 5]}]}, {"is": [METHOD, "Visa"]}),
        ({"!": {"or": [METHOD, TAG]}}, {"and": [{"!": METHOD}, {"!": TAG}]}),
    ],
)  # fmt: skip
def test_a_case_that_an_earlier_one_covers_is_unreachable(earlier: Any, later: Any) -> None:
    assert unreachable(earlier, later) == [2]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({">": [TOTAL, 100]}, {">": [TOTAL, 50]}),
        ({">": [TOTAL, 100]}, {">=": [TOTAL, 100]}),
        ({"is": [METHOD, "PayPal"]}, {"is": [METHOD, "Visa"]}),
        ({"==": [METHOD, "paypal"]}, {"is": [METHOD, "paypal"]}),
        ({"is": [TAG, "a"]}, {"one_of": [TAG, ["a"]]}),
        ({"is": [TAG, "a"]}, {"==": [TAG, "a"]}),
        ({"is": [TAG, "5"]}, {"is": [TAG, 5]}),
        ({"contains": [TAG, "a"]}, {"starts_with": [TAG, "ab"]}),
        ({"starts_with": [METHOD, "paypal"]}, {"starts_with": [METHOD, "pay"]}),
        ({"some": [{"var": "lines"}, {"is": [{"var": "sku"}, "A"]}]},
         {"some": [{"var": "lines"}, {"is": [{"var": "sku"}, "B"]}]}),
        ({"is_not": [METHOD, "Visa"]}, {"is": [METHOD, "visa"]}),
    ],
)  # fmt: skip
def test_a_case_that_can_win_is_left_alone(earlier: Any, later: Any) -> None:
    assert unreachable(earlier, later) == []


def test_cases_after_one_that_always_holds_are_unreachable() -> None:
    assert unreachable(True, {"is": [METHOD, "Visa"]}, {"is": [METHOD, "PayPal"]}) == [2, 3]


def test_the_same_condition_again_is_unreachable_and_the_sentence_names_the_first() -> None:
    when = {"some": [{"var": "lines"}, {"is": [{"var": "sku"}, "A"]}]}
    (finding,) = found(book("memo", [when, when]), "unreachable")
    assert finding.sentence == "Case 2 is never reached: case 1 is the same."
    assert (finding.pointer, finding.severity) == ("/rules/memo/cases/1", "warning")


def test_several_earlier_cases_may_cover_a_list_together() -> None:
    both = {"one_of": [METHOD, ["Visa", "PayPal"]]}
    assert unreachable({"is": [METHOD, "Visa"]}, {"is": [METHOD, "PayPal"]}, both) == [3]
    assert unreachable({"is": [METHOD, "Visa"]}, both) == []


def test_a_case_that_is_off_covers_nothing_and_is_told_of() -> None:
    when = {"is": [METHOD, "Visa"]}
    off = {"title": "PayPal Here", "when": when, "then": None, "enabled": False}
    on = {"title": "", "when": when, "then": None}
    rulebook = book("memo", [], cases=[off, on])
    assert not found(rulebook, "unreachable")
    (finding,) = found(rulebook, "switched-off")
    assert finding.sentence == "Case 1 (PayPal Here) is switched off."


@pytest.mark.parametrize(
    "when",
    [
        False,
        {"==": [1, 2]},
        {"and": [{"is": [METHOD, "A"]}, {"is": [METHOD, "B"]}]},
        {"and": [{"is": [METHOD, "A"]}, {"is_not": [METHOD, "a"]}]},
        {"and": [{">": [TOTAL, 10]}, {"<": [TOTAL, 5]}]},
        {"and": [{">": [TOTAL, 10]}, {"<=": [TOTAL, 10]}]},
        {"and": [{"is": [METHOD, "A"]}, {"is_empty": METHOD}]},
        {"and": [{"starts_with": [METHOD, "a"]}, {"starts_with": [METHOD, "b"]}]},
        {"and": [{"starts_with": [METHOD, "b"]}, {"is": [METHOD, "A"]}]},
        {"and": [METHOD, {"!": METHOD}]},
        {"and": [{"or": [{"is": [METHOD, "A"]}, {"is": [METHOD, "B"]}]}, {"is": [METHOD, "C"]}]},
        {"<=": [5, TOTAL, 1]},
        {"and": [{"after": [{"var": "today"}, "2026-02-01"]},
                 {"before": [{"var": "today"}, "2026-01-01"]}]},
    ],
)  # fmt: skip
def test_a_condition_that_is_never_true_is_told_of(when: Any) -> None:
    assert contradicts(when)


@pytest.mark.parametrize(
    "when",
    [
        {"and": [{"is": [TAG, "5"]}, {"is": [TAG, "5.0"]}]},
        {"and": [{"is": [TAG, True]}, {"==": [TAG, 1]}]},
        {"and": [{"one_of": [TAG, ["a"]]}, {"one_of": [TAG, ["b"]]}]},
        {"and": [{"contains": [METHOD, "a"]}, {"contains": [METHOD, "b"]}]},
        {"and": [{"==": [TAG, ""]}, {"==": [TAG, 0]}]},
        {"and": [{">=": [TOTAL, 10]}, {"<=": [TOTAL, 10]}]},
        {"and": [{"is": [METHOD, "A"]}, {"is": [{"var": "payment.kind"}, "B"]}]},
    ],
)
def test_a_condition_that_can_be_true_is_left_alone(when: Any) -> None:
    assert not contradicts(when)


def test_a_condition_that_is_always_true_is_told_of() -> None:
    either = {"or": [{"is": [METHOD, "A"]}, {"is_not": [METHOD, "A"]}]}
    (finding,) = found(book("memo", [either]), "constant")
    assert finding.sentence == "Case 1 always holds, so the otherwise is never used."


def test_a_case_that_never_fired_is_told_of_where_there_are_counts() -> None:
    rulebook = book("memo", [{"is": [METHOD, "A"]}, {"is": [METHOD, "B"]}])
    fired = {("memo", 1): 3, ("memo", OTHERWISE): 9}
    assert [f.case for f in found(rulebook, "never-fired", fired=fired)] == [2]
    assert not found(rulebook, "never-fired", fired={})
    assert not found(rulebook, "never-fired")


@pytest.mark.parametrize(
    ("won", "otherwise", "told"), [(1, 99, True), (20, 80, False), (0, 5, False)]
)
def test_a_high_share_of_otherwise_is_told_of(won: int, otherwise: int, told: bool) -> None:
    fired = {("memo", 1): won, ("memo", OTHERWISE): otherwise}
    shares = found(book("memo", [METHOD]), "mostly-otherwise", fired=fired)
    assert bool(shares) is told


def test_names_that_the_mirror_lacks_are_told_of_wherever_they_stand() -> None:
    rulebook = book(
        "terms", [],
        cases=[
            {"when": METHOD, "then": "net 30"},
            {"when": TOTAL, "then": {"if": [TAG, "Net 99", "Net 30"]}},
            {"when": TAG, "then": {"lookup": ["t", METHOD, "Net 98"]}},
        ],
        otherwise="Net 97",
        tables={"t": {"keys": ["k"], "rows": [["a", "Net 30"], ["b", "Net 96"]]}},
    )  # fmt: skip
    told = found(rulebook, "missing-in-quickbooks", names={"Terms": ["Net 30"]})
    assert {(finding.case, finding.pointer) for finding in told} == {
        (2, "/rules/terms/cases/1/then/if/1"),
        (3, "/tables/t/rows/1/1"),
        (3, "/rules/terms/cases/2/then/lookup/2"),
        (None, "/rules/terms/otherwise"),
    }


def test_names_are_not_looked_at_without_a_mirror_of_the_list() -> None:
    rulebook = book("terms", [], otherwise="Net 97")
    assert not found(rulebook, "missing-in-quickbooks")
    assert not found(rulebook, "missing-in-quickbooks", names={"Class": []})
    assert not found(rulebook, "missing-in-quickbooks", names={"Terms": ["NET 97"]})


def test_a_list_whose_entries_are_created_lacks_nothing() -> None:
    rulebook = book("payment_method", [], otherwise="Visa")
    assert not found(rulebook, "missing-in-quickbooks", names={"PaymentMethod": []})


def test_calculated_names_are_judged_by_what_orders_got() -> None:
    rulebook = book("terms", [], otherwise={"var": "order.payment_terms"})
    told = found(
        rulebook, "missing-in-quickbooks",
        names={"Terms": ["Net 30"]}, decided={"terms": {"Net 30": 4, "Net 31": 1, "": 2}},
    )  # fmt: skip
    assert [finding.sentence for finding in told] == [
        "The last orders got 'Net 31', which QuickBooks does not have."
    ]


def test_a_value_that_the_decision_refuses_is_found_inside_a_list_of_cases() -> None:
    nested = {"if": [METHOD, "invoice", "invoices"]}
    (finding,) = found(book("transaction_type", [], otherwise=nested), "refused-value")
    assert finding.pointer == "/rules/transaction_type/otherwise/if/2"
    assert finding.severity == "error"


@pytest.mark.parametrize("path", ["order.totl", "order", "customer.nickname", "lines.*.skew", "x"])
def test_a_fact_that_there_is_not_is_told_of_with_the_nearest(path: str) -> None:
    told = found(book("memo", [{"var": path}]), "unknown-fact")
    assert bool(told) is (path != "order")
    assert path != "order.totl" or told[0].sentence.endswith("Did you mean order.total?")


@pytest.mark.parametrize(
    "path",
    ["custom.gift", "raw.a.b.0", "order.tags.0", "lines.0.sku", "lines.length", "lines", "today",
     "payments.0.method", "order.note.length", "customer", ""],
)  # fmt: skip
def test_what_can_be_read_is_a_fact(path: str) -> None:
    assert not found(book("memo", [{"var": path}]), "unknown-fact", "fact-out-of-place")


def test_a_removed_field_of_a_line_is_found_in_its_list() -> None:
    when = {"some": [{"var": "lines"}, {"is": [{"var": "colour"}, "red"]}]}
    (finding,) = found(book("memo", [when]), "unknown-fact")
    assert finding.pointer == "/rules/memo/cases/0/when/some/1/is/0"


def test_a_fact_of_a_line_means_nothing_where_the_order_is_decided() -> None:
    assert found(book("memo", [{"var": "line.sku"}]), "fact-out-of-place")
    assert not found(book("line_class", [{"var": "line.sku"}]), "fact-out-of-place")


def test_a_table_that_no_rule_reads_and_one_that_there_is_not_are_told_of() -> None:
    rulebook = book("memo", [], otherwise={"lookup": ["t", METHOD]}, tables={
        name: {"keys": ["k"], "rows": []} for name in ("t", "u/v")
    })  # fmt: skip
    (finding,) = found(rulebook, "unused-table")
    assert (finding.decision, finding.pointer) == ("", "/tables/u~1v")
    assert found(Rulebook(rulebook.rules, {}), "unknown-table")


def test_the_otherwise_of_a_table_with_a_row_for_everything_is_never_used() -> None:
    rows = [["*", "a"]]
    used = book("memo", [], otherwise={"lookup": ["t", METHOD]},
                tables={"t": {"keys": ["k"], "rows": rows, "otherwise": "b"}})  # fmt: skip
    assert found(used, "unused-otherwise")
    with pytest.raises(ValueError, match="same keys"):
        Table(["k"], [["A", 1], ["a ", 2]])


def test_decisions_at_their_default_are_told_of_for_information() -> None:
    default = decisions()["create_payment"].default
    rulebook = book("create_payment", [], otherwise=default)
    told = {f.decision for f in found(rulebook, "at-default")}
    assert told == set(decisions())
    told = {f.decision for f in found(book("memo", [METHOD]), "at-default")}
    assert told == set(decisions()) - {"memo"}


def test_the_worst_is_told_first() -> None:
    case = {"when": METHOD, "then": "none"}
    nested = {"if": [METHOD, "no", "none"]}
    rulebook = book("transaction_type", [], cases=[case, case], otherwise=nested)
    severities = [finding.severity for finding in lint(rulebook)]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert set(severities) == {"error", "warning", "info"}


def test_a_huge_rule_is_given_up_on_rather_than_looked_at_for_long() -> None:
    whens = [{"and": [{">": [{"var": f"custom.f{n}"}, n]}] * 20} for n in range(160)]
    codes = [finding.code for finding in lint(book("memo", whens))]
    assert "too-large" in codes
    assert "unreachable" not in codes


def test_a_rule_without_fault_is_left_alone() -> None:
    told = lint(book("memo", [{"is": [METHOD, "A"]}, {"is": [METHOD, "B"]}]))
    assert {finding.code for finding in told} == {"at-default"}


@pytest.mark.parametrize(
    ("prefix", "suffix", "told"),
    [("AMZ-", "/", []), ("AMAZ-", "", []), ("AMAZON", "", ["number_prefix"]),
     ("AMZ-", "-26", ["number_suffix"])],
)  # fmt: skip
def test_a_prefix_and_suffix_that_leave_little_of_the_number_are_told(
    prefix: str, suffix: str, told: list[str]
) -> None:
    rules = {
        "number_prefix": {"cases": [], "otherwise": prefix},
        "number_suffix": {"cases": [], "otherwise": suffix},
    }
    rulebook = Rulebook.from_file({"rulebooks": 1, "rules": rules, "tables": {}})
    assert [one.decision for one in found(rulebook, "long-affix")] == told


def test_a_suffix_of_one_case_is_not_added_to_the_prefix_of_another() -> None:
    case = {"title": "", "when": {"is": [METHOD, "x"]}, "then": "AMZ-"}
    rules = {
        "number_prefix": {"cases": [case], "otherwise": ""},
        "number_suffix": {"cases": [], "otherwise": "-26"},
    }
    rulebook = Rulebook.from_file({"rulebooks": 1, "rules": rules, "tables": {}})
    assert found(rulebook, "long-affix") == []
