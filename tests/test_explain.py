"""Explaining an order: what won, what lost and why, what was never reached."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from rules_library.explain import explain, explain_when, plain
from rules_library.facts import Context, facts
from rules_library.rulebook import Rulebook, decide
from tests.bench import bench_sync
from tests.flows import Flow, is_, order, rule

PAYPAL = is_("payment.method", "PayPal")
CARD = is_("payment.method", "Credit Card (Stripe)")
FACTS = facts(bench_sync.translated(bench_sync.order(1, 1)), Context(today=date(2026, 11, 25)))


def book(**rules: Any) -> Rulebook:
    return Rulebook.from_file({"rulebooks": 1, "rules": rules, "tables": {}})


def why(key: str, given: Any) -> Any:
    """The explanation of one decision of the order."""
    return explain(FACTS, book(**{key: given}))["order"][key]


def part(when: Any, given: Any) -> Any:
    """The explanation of one condition."""
    return explain_when(when, given, {})


def test_an_explanation_agrees_with_what_is_decided() -> None:
    rulebook = book(mark_invoice_unpaid=rule(False, (PAYPAL, True), (CARD, True)))
    decided, explained = decide(FACTS, rulebook), explain(FACTS, rulebook)
    for scope in ("order", "lines", "charges", "payments"):
        said, made = explained[scope], getattr(decided, scope)
        pairs = [(said, made)] if scope == "order" else zip(said, made, strict=True)
        for one, outcomes in pairs:
            assert {key: (held["value"], held["case"]) for key, held in one.items()} == {
                key: (plain(outcome.value), outcome.case) for key, outcome in outcomes.items()
            }


def test_cases_are_lost_won_and_not_reached() -> None:
    found = why("mark_invoice_unpaid", rule(False, (PAYPAL, True), (CARD, True), (True, False)))
    assert [case["state"] for case in found["cases"]] == ["lost", "won", "not reached"]
    assert found["otherwise"] == {"said": "no", "state": "not reached"}
    assert found["said"] == 'Case 2 "Case 2" fits -> yes'
    assert "condition" not in found["cases"][2]


def test_otherwise_wins_when_no_case_fits() -> None:
    found = why("mark_invoice_unpaid", rule(False, (PAYPAL, True)))
    assert found["said"] == "No case fits; otherwise -> no"
    assert found["otherwise"]["state"] == "won"
    assert (found["case"], found["value"]) == (None, False)


def test_a_case_that_is_switched_off_is_told_as_off() -> None:
    given = rule(False, (CARD, True), (CARD, True))
    given["cases"][0]["enabled"] = False
    found = why("mark_invoice_unpaid", given)
    assert [case["state"] for case in found["cases"]] == ["off", "won"]
    assert found["case"] == 2


def test_a_lost_condition_has_the_orders_value() -> None:
    (case,) = why("mark_invoice_unpaid", rule(False, (PAYPAL, True)))["cases"]
    assert case["condition"] == {
        "said": "payment method is PayPal",
        "holds": False,
        "values": [
            {
                "fact": "payment.method",
                "label": "payment method",
                "value": "Credit Card (Stripe)",
            }
        ],
    }


def test_a_group_tells_each_part_and_which_were_not_looked_at() -> None:
    given = {"a": "x", "b": 5}
    found = part({"and": [is_("a", "y"), {"or": [{">": [{"var": "b"}, 3]}, True]}]}, given)
    assert (found["kind"], found["holds"]) == ("all", False)
    first, second = found["items"]
    assert first["holds"] is False
    assert (second["kind"], second["holds"]) == ("any", None)
    assert second["items"][0]["holds"] is None
    assert second["items"][0]["values"][0]["value"] == 5


def test_none_of_a_group_holds_when_no_part_does() -> None:
    for inner in ({"or": [is_("a", "y")]}, [{"or": [is_("a", "y")]}]):
        found = part({"!": inner}, {"a": "x"})
        assert (found["kind"], found["holds"]) == ("none", True)
        assert [item["holds"] for item in found["items"]] == [False]


def test_truth_that_is_only_confirmed_is_told_as_the_condition_itself() -> None:
    assert part({"!!": [{"and": [is_("a", "x")]}]}, {"a": "x"})["kind"] == "all"


def test_a_condition_on_lines_tells_each_line() -> None:
    given = {"lines": [{"sku": "A"}, {"sku": "B"}, {"sku": "C"}]}
    found = part({"some": [{"var": "lines"}, is_("sku", "b")]}, given)
    assert found["said"] == "on any line SKU is b"
    assert (found["holds"], found["elements"]) == (True, [False, True])
    assert [value["value"] for value in found["values"]] == [["A", "B", "C"]]


def test_a_formula_without_a_form_names_what_it_reads() -> None:
    found = part({">": [{"+": [{"var": "order.total"}, 1]}, 3]}, {"order": {"total": Decimal(5)}})
    assert found["said"] == "a formula over order total is true"
    assert found["holds"] is True
    assert found["values"][0]["value"] == Decimal(5)


def test_a_condition_that_fails_says_so() -> None:
    when = {">": [{"+": [{"var": "payment.method"}, 1]}, 3]}
    found = why("mark_invoice_unpaid", rule(False, (when, True)))
    assert found["error"]
    assert found["cases"][0]["state"] == "failed"
    assert found["cases"][0]["condition"]["holds"] is None
    assert found["cases"][0]["condition"]["error"]
    assert found["said"].startswith('Case 1 "Case 1" cannot be used: ')


def test_a_value_that_cannot_be_used_fails_the_case_whose_condition_held() -> None:
    found = why("mark_invoice_unpaid", rule(False, (CARD, {"cat": ["x"]})))
    assert found["cases"][0]["state"] == "failed"
    assert found["cases"][0]["condition"]["holds"] is True


def test_a_line_is_explained_by_its_own_facts() -> None:
    sku = FACTS["lines"][1]["sku"]
    found = explain(FACTS, book(line_class=rule("Rest", (is_("line.sku", sku), "Mine"))))
    assert [one["line_class"]["value"] for one in found["lines"]] == [
        "Mine" if one["sku"] == sku else "Rest" for one in FACTS["lines"]
    ]


def test_plan_explains_in_words_and_in_json(flow: Flow) -> None:
    flow.rules(mark_invoice_unpaid=rule(False, (PAYPAL, True)))
    flow.take(order("1001", paid="Visa"))
    words = flow.run("plan", flow.company_name, "1001", "--explain")
    assert words.code == 0, words.err
    assert "No case fits; otherwise -> no" in words.out
    assert "payment method is PayPal: no (payment method: Visa)" in words.out
    found = flow.run("plan", flow.company_name, "1001", "--explain", "--json").json
    case = found["explain"]["order"]["mark_invoice_unpaid"]["cases"][0]
    assert case["state"] == "lost"
    assert json.dumps(found["decided"]["mark_invoice_unpaid"]["value"]) == "false"
    assert "explain" not in flow.run("plan", flow.company_name, "1001", "--json").json


def test_what_a_posted_order_keeps_is_told_beside_what_the_rules_say_now(flow: Flow) -> None:
    flow.rules()
    flow.post(order("1001"))
    flow.rules(transaction_type="sales_receipt")
    found = flow.run("plan", flow.company_name, "1001", "--explain", "--json").json
    told = found["explain"]["order"]["transaction_type"]
    assert (told["value"], told["kept"]) == ("sales_receipt", "invoice_and_payment")
    words = flow.run("plan", flow.company_name, "1001", "--explain").out
    assert "QuickBooks already holds this order" in words
