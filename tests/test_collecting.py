"""Decisions that collect: every case that fits adds a value, wherever a rule is looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rules_library.decisions as package
from app.rules import evidence as kept
from app.web.choices import trace
from rules_library import logic
from rules_library.collected import ChargeOf, ItemAmount, NamedText, NamedValue
from rules_library.compare import Comparison
from rules_library.compiled import Outcome
from rules_library.decision import BadValueError, Decision, Text, decisions, decisions_of
from rules_library.describe import describe_decided, describe_rule
from rules_library.difference import difference
from rules_library.explain import explain_decision, plain
from rules_library.form import (
    Copy,
    Literal,
    Several,
    from_json,
    read_then,
    to_json,
    write_then,
)
from rules_library.lint import OTHERWISE, lint
from rules_library.logic import CLEAR, RuleError
from rules_library.preset import Preset, apply
from rules_library.rule import Case, Rule
from rules_library.rulebook import Rulebook, RulebookError
from tests.flows import Flow, is_, order

DECLARED = '''"""Decisions that only tests have."""

from rules_library.collected import ItemAmount, NamedText
from rules_library.decision import Decision, Text

notes = Decision(key="notes", label="Notes", help="Notes.", group="Header", kind=Text(),
                 honoured_by="x", collects=True)
fields = Decision(key="fields", label="Fields", help="Fields.", group="Header", kind=NamedText(),
                  honoured_by="x", collects=True, also=("line",))
fees = Decision(key="fees", label="Fees", help="Fees.", group="Charges", kind=ItemAmount(),
                honoured_by="x", collects=True)
'''
NOTES = Decision(
    key="notes", label="Notes", help="Notes.", group="Header", kind=Text(), honoured_by="x",
    collects=True,
)  # fmt: skip
PAYPAL, LARGE = is_("payment.method", "PayPal"), {">": [{"var": "order.total"}, 100]}
LOT = ["Lot", {"var": "custom.lot"}]
ORDER = {"payment": {"method": "PayPal"}, "order": {"total": 150}, "custom": {"lot": "7"}}

EXPRESSIONS = st.recursive(
    st.sampled_from([None, True, 2, "", "a", [], ["a"], {"var": "a"}, {"==": [{"var": "b"}, "x"]}]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=4).map(lambda parts: {"merge": parts}),
        st.tuples(inner, inner).map(lambda two: {"if": [two[0], [two[1]], []]}),
        st.lists(inner, max_size=4).map(lambda parts: {"if": parts}),
    ),
    max_leaves=12,
)
CASES = st.lists(
    st.builds(
        Case, when=EXPRESSIONS, then=EXPRESSIONS, title=st.sampled_from(["", "A"]),
        enabled=st.booleans(),
    ),
    max_size=4,
)  # fmt: skip
FACTS = st.fixed_dictionaries({"a": st.integers(-1, 2), "b": st.sampled_from(["", "x", None])})


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three decisions that collect, declared as any other is."""
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "only_in_tests.py").write_text(DECLARED)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])

    def forget() -> None:
        for known in (decisions, decisions_of, kept._keys_of):
            known.cache_clear()

    forget()
    yield
    monkeypatch.undo()
    forget()


def value_of(expression: Any, facts: dict[str, Any]) -> Any:
    """What an expression gives, or why it gives nothing."""
    try:
        return NOTES.read(logic.compile_rule(expression).evaluate(facts))
    except (logic.EvaluationError, BadValueError):
        return "error"


def case(when: Any, then: Any, title: str = "", **more: Any) -> dict[str, Any]:
    return {"when": when, "then": then, "title": title, "note": "", "enabled": True, **more}


def book(tables: Any = None, **rules: Any) -> Rulebook:
    return Rulebook.from_file({"rulebooks": 1, "rules": rules, "tables": tables or {}})


def fields(*cases: dict[str, Any], otherwise: Any = ()) -> Rulebook:
    """Cases of the decision whose values have a name and a text."""
    return book(fields={"cases": list(cases), "otherwise": list(otherwise)})


def outcome_of(rulebook: Rulebook, key: str = "fields", facts: Any = ORDER) -> Outcome:
    return rulebook.rule(decisions()[key]).decide(facts, rulebook.tables)


def codes(rulebook: Rulebook, **known: Any) -> list[tuple[str, int | None]]:
    found = lint(rulebook, **known)
    return [(one.code, one.case) for one in found if one.code != "at-default"]


@given(expression=EXPRESSIONS, facts=FACTS)
@settings(deadline=None)
def test_logic_to_cases_to_logic_evaluates_equal(expression: Any, facts: dict[str, Any]) -> None:
    rule = Rule.from_logic(NOTES, expression)
    assert value_of(rule.logic, facts) == value_of(expression, facts)
    outcome = rule.compile().decide(facts, {}) if compiles(rule) else Outcome((), error="x")
    if not outcome.error:
        assert outcome.value == value_of(expression, facts)


@given(cases=CASES, otherwise=EXPRESSIONS, facts=FACTS)
@settings(deadline=None)
def test_cases_to_logic_to_cases_decide_equal(
    cases: list[Case], otherwise: Any, facts: dict[str, Any]
) -> None:
    rule = Rule(NOTES, tuple(cases), otherwise)
    again = Rule.from_logic(NOTES, *json.loads(json.dumps([rule.logic, rule.labels])))
    assert value_of(again.logic, facts) == value_of(rule.logic, facts)
    assert again.labels[: len(rule.labels)] == rule.labels
    assert Rule.from_file(NOTES, json.loads(json.dumps(rule.to_file()))) == rule
    assert rule.revised(rule.logic).labels[: len(rule.labels)] == rule.labels


def compiles(rule: Rule) -> bool:
    try:
        rule.compile()
    except RuleError:
        return False
    return True


def test_every_case_that_fits_adds_its_value_in_order() -> None:
    rule = Rule(
        NOTES,
        (
            Case(when=LARGE, then="large", title="Large"),
            Case(when={"!": PAYPAL}, then="card", title="Card"),
            Case(when=True, then="off", enabled=False),
            Case(when=PAYPAL, then={"var": "payment.method"}, title="PayPal"),
        ),
        ["always", ""],
    )
    assert rule.logic == {
        "merge": [
            {"if": [LARGE, ["large"], []]},
            {"if": [{"!": PAYPAL}, ["card"], []]},
            {"if": [PAYPAL, [{"var": "payment.method"}], []]},
            ["always", ""],
        ]
    }
    outcome = rule.compile().decide(ORDER, {})
    assert outcome == Outcome(("large", "PayPal", "always"), 1, "Large, PayPal", cases=(1, 4))
    assert outcome.won == (1, 4)
    none = rule.compile().decide({"order": {"total": 1}}, {})
    assert (none.case, none.cases) == (2, (2,))


def test_a_case_that_fails_is_the_outcome_and_nothing_is_added() -> None:
    good = Case(when=True, then="a", title="Good")
    bad = Case(when=True, then={"/": [1, {"var": "zero"}]}, title="Bad")
    outcome = Rule(NOTES, (good, bad, good)).compile().decide({"zero": 0}, {})
    assert (outcome.value, outcome.case, outcome.title) == ((), 2, "Bad")
    assert outcome.error


def test_an_expression_that_is_no_merge_of_cases_is_what_is_always_added() -> None:
    branch = {"if": [PAYPAL, ["x"], []]}
    for expression in (
        {"var": "order.tags"}, ["a", "b"], [], {"merge": []}, {"merge": [["a"]]}, {"merge": "a"},
        branch, {"merge": [branch, ["a"], branch]}, {"merge": [{"if": [PAYPAL, "x", []]}]},
        {"merge": [branch, ["a"], ["b"]]},
    ):  # fmt: skip
        rule = Rule.from_logic(NOTES, expression)
        assert (rule.cases, rule.otherwise, rule.logic) == ((), expression, expression)
    assert Rule.from_logic(NOTES, None).otherwise == []
    rule = Rule.from_logic(NOTES, {"merge": [branch, ["a"]]})
    assert (rule.cases, rule.otherwise) == ((Case(when=PAYPAL, then="x"),), ["a"])


def test_a_name_and_a_value_are_read() -> None:
    read = NamedText().read
    assert read(["Lot", " 7 "]) == NamedValue("Lot", "7")
    assert read(["Lot", 7]) == NamedValue("Lot", "7")
    assert read(["Lot", ""]) is None
    assert read(["Lot", None]) is None
    assert read([None, None]) is None
    assert read(None) is None
    assert read(["Lot", CLEAR]) == NamedValue("Lot", CLEAR)
    assert read({"name": "Lot", "value": {"clear": []}}) == NamedValue("Lot", CLEAR)


def test_an_item_an_amount_and_a_description_are_read() -> None:
    read = ItemAmount().read
    assert read(["Fee", "2.5"]) == ChargeOf("Fee", Decimal("2.50"))
    assert read(["Fee", Decimal("1.005"), " Card fee "]) == ChargeOf(
        "Fee", Decimal("1.01"), "Card fee"
    )
    assert read(["Fee", 0]) is None
    assert read(["Fee", None]) is None
    assert read(["Fee", "-1"]) == ChargeOf("Fee", Decimal("-1.00"))
    assert read({"item": "Fee", "amount": "2.50", "description": None}).amount == Decimal("2.50")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (NamedText(), "Lot"),
        (NamedText(), ["Lot"]),
        (NamedText(), ["Lot", "7", "8"]),
        (NamedText(), ["", "7"]),
        (NamedText(), [{"a": 1, "b": 2}, "7"]),
        (NamedText(), ["Lot", {"a": 1, "b": 2}]),
        (NamedText(), {"name": "Lot"}),
        (NamedText(), {"name": "Lot", "value": "7", "more": 1}),
        (ItemAmount(), "Fee"),
        (ItemAmount(), ["Fee"]),
        (ItemAmount(), [None, "2.50"]),
        (ItemAmount(), [7, "2.50"]),
        (ItemAmount(), ["Fee", "much"]),
        (ItemAmount(), ["Fee", True]),
        (ItemAmount(), ["Fee", "NaN"]),
        (ItemAmount(), ["Fee", "Infinity"]),
        (ItemAmount(), ["Fee", [1]]),
        (ItemAmount(), ["Fee", 1, "a", "b"]),
    ],
)
def test_a_value_without_its_parts_is_refused(kind: Any, value: Any) -> None:
    with pytest.raises(BadValueError):
        kind.read(value)


@pytest.mark.usefixtures("declared")
def test_what_was_decided_can_be_written_and_read_back() -> None:
    for key, rule in {
        "fields": [["Lot", "7"], ["PO", {"clear": []}]],
        "fees": [["Fee", "2.50", "Card"], ["Duty", 1]],
        "notes": ["a", "b"],
    }.items():
        outcome = outcome_of(book(**{key: {"otherwise": rule}}), key)
        written = json.loads(json.dumps(plain(outcome.value), default=str))
        assert decisions()[key].read(written) == outcome.value


@pytest.mark.usefixtures("declared")
def test_a_file_says_where_a_value_cannot_be_used() -> None:
    rule = {"cases": [case(PAYPAL, ["Lot"])], "otherwise": [["Lot", "7"], "PO"]}
    with pytest.raises(RulebookError) as refused:
        book(fields=rule, notes={"otherwise": [{"a": 1, "b": 2}]})
    assert [pointer for pointer, _ in refused.value.faults] == [
        "/rules/fields/cases/0/then", "/rules/fields/otherwise/1", "/rules/notes/otherwise/0",
    ]  # fmt: skip
    with pytest.raises(RulebookError, match="/rules/fields/otherwise/1"):
        book(fields={"otherwise": [["Lot", "7"], "PO"]})


@pytest.mark.usefixtures("declared")
def test_a_file_keeps_what_it_says_and_a_rule_left_out_adds_nothing() -> None:
    rulebook = fields(case(PAYPAL, LOT, "Lot"), otherwise=[["Shop", "Grove"]])
    assert Rulebook.from_file(rulebook.to_file()).to_file() == rulebook.to_file()
    assert outcome_of(rulebook).value == (NamedValue("Lot", "7"), NamedValue("Shop", "Grove"))
    assert outcome_of(book()) == Outcome(())
    given = book(fields={"logic": {"merge": [{"if": [PAYPAL, [LOT], []]}]}})
    assert outcome_of(given).value == (NamedValue("Lot", "7"),)
    assert outcome_of(book(fields={"cases": [case(PAYPAL, LOT)]})).cases == (1,)


@pytest.mark.usefixtures("declared")
def test_a_rule_is_described_as_what_it_adds() -> None:
    rule = fields(case(PAYPAL, LOT, "Lot"), case(True, ["PO", "1"]), otherwise=[["Shop", "G"]])
    assert describe_rule(rule.rule(decisions()["fields"]).rule) == [
        '1. Lot: When payment method is PayPal, add Lot = custom field "lot"',
        "2. Always add PO = 1",
        "Always add Shop = G",
    ]
    empty = book(notes={"cases": [case(PAYPAL, "a")]}).rule(decisions()["notes"]).rule
    assert describe_rule(empty) == ["1. When payment method is PayPal, add a"]
    assert describe_rule(Rule.default(decisions()["notes"])) == ["Always add nothing"]
    fees = outcome_of(book(fees={"otherwise": [["Fee", "2.50", "Card"], ["Duty", 1]]}), "fees")
    said = describe_decided(fees.value, decisions()["fees"])
    assert said == "Fee: 2.5 (Card); Duty: 1"


@pytest.mark.usefixtures("declared")
def test_an_explanation_tries_every_case() -> None:
    rulebook = fields(
        case(PAYPAL, LOT, "Lot"), case({"!": PAYPAL}, ["A", "1"]), case(LARGE, ["PO", "2"]),
        case(True, ["B", "3"], enabled=False),
    )  # fmt: skip
    found = explain_decision(decisions()["fields"], ORDER, rulebook)
    assert [one["state"] for one in found["cases"]] == ["added", "not added", "added", "off"]
    assert [one["condition"]["holds"] for one in found["cases"][:3]] == [True, False, True]
    assert found["said"] == 'Cases 1, 3 "Lot" fit -> Lot = 7; PO = 2'
    assert (found["case"], found["cases_won"]) == (1, [1, 3])
    assert found["value"] == [{"name": "Lot", "value": "7"}, {"name": "PO", "value": "2"}]
    assert found["otherwise"] == {"said": "nothing", "state": "not added"}
    bad = fields(case(True, ["A", "1"]), case(True, [{"var": "none"}, "x"]), case(True, LOT))
    failed = explain_decision(decisions()["fields"], ORDER, bad)
    assert [one["state"] for one in failed["cases"]] == ["not added", "failed", "not reached"]
    assert failed["otherwise"]["state"] == "not reached"
    nothing = explain_decision(decisions()["fields"], {}, fields(case(PAYPAL, LOT)))
    assert nothing["said"] == "No case fits -> nothing"


@pytest.mark.usefixtures("declared")
def test_a_difference_says_what_is_added_now() -> None:
    decision = decisions()["fields"]
    old = fields(case(PAYPAL, LOT, "Lot")).rule(decision).rule
    new = fields(case(PAYPAL, ["Lot", "8"], "Lot"), otherwise=[["PO", "1"]]).rule(decision).rule
    pal = "When payment method is PayPal, add Lot ="
    assert difference(old, new) == [
        f'Case 1 "Lot" changed: from {pal} custom field "lot" to {pal} 8',
        "What is always added changed: from nothing to PO = 1",
    ]


@pytest.mark.usefixtures("declared")
def test_a_comparison_sees_one_value_more() -> None:
    facts = ORDER | {"lines": [], "charges": [], "payments": [], "refunds": []}
    comparison = Comparison(fields(case(PAYPAL, LOT)), fields(case(PAYPAL, LOT), case(True, LOT)))
    assert comparison.changed == {"fields"}
    (found,) = comparison.differences(*comparison.decide(facts))
    assert (len(found.before.value), len(found.after.value)) == (1, 2)


@pytest.mark.usefixtures("declared")
def test_no_case_of_a_collecting_rule_hides_another() -> None:
    assert codes(fields(case(True, ["A", "1"]), case(PAYPAL, LOT), case(PAYPAL, LOT)))[:1] == [
        ("repeated", 3)
    ]
    assert codes(fields(case(PAYPAL, ["A", "1"]), case(PAYPAL, ["B", "1"]))) == []
    never = {"and": [PAYPAL, is_("payment.method", "Visa")]}
    assert codes(fields(case(never, LOT), case(False, LOT))) == [
        ("contradiction", 1), ("constant", 2),
    ]  # fmt: skip


@pytest.mark.usefixtures("declared")
def test_a_case_that_added_nothing_lately_is_named() -> None:
    rulebook = fields(case(PAYPAL, LOT), case(LARGE, LOT))
    fired = {("fields", OTHERWISE): 40, ("fields", 1): 40}
    (found,) = [one for one in lint(rulebook, fired=fired) if one.code == "never-fired"]
    assert (found.case, found.code) == (2, "never-fired")
    assert found.sentence == "Case 2 added something to none of the last 40 decisions."


@pytest.mark.usefixtures("declared")
def test_an_item_that_quickbooks_lacks_is_named_in_each_place() -> None:
    names = {"Item": {"Fee"}}
    share = {"*": [{"var": "order.total"}, 0.03]}
    rulebook = book(
        fees={
            "cases": [
                case(PAYPAL, ["Fee", share]), case(LARGE, ["Duty", share]), case(True, ["Tip", 1]),
            ],
            "otherwise": [["fee", 1], ["Tax", 1]],
        }
    )  # fmt: skip
    told = [one for one in lint(rulebook, names=names) if one.code == "missing-in-quickbooks"]
    assert [(one.case, one.pointer) for one in told] == [
        (2, "/rules/fees/cases/1/then/0"), (3, "/rules/fees/cases/2/then"),
        (None, "/rules/fees/otherwise/1"),
    ]  # fmt: skip
    calculated = book(fees={"otherwise": {"if": [PAYPAL, ["Duty", 1], []]}})
    assert codes(calculated, names=names) == []


@pytest.mark.usefixtures("declared")
def test_a_value_of_several_parts_has_a_form() -> None:
    form = Several((Literal("Lot"), Copy("custom.lot")))
    assert read_then(LOT) == form
    assert write_then(form) == LOT
    assert from_json(json.loads(json.dumps(to_json(form)))) == form
    assert read_then(["Lot", "7"]) == Literal(["Lot", "7"])
    assert read_then(["Lot", "7"], in_parts=True) == Several((Literal("Lot"), Literal("7")))
    assert decisions()["fields"].parts == ("Name", "Value")


@pytest.mark.usefixtures("declared")
def test_a_preset_adds_its_case_to_those_that_are_there() -> None:
    preset = Preset.from_json({
        "key": "lot", "version": 1, "question": "Lot?", "title": "Lot", "help": "Lot.",
        "group": "Header", "tags": ["lot"],
        "inputs": [{"name": "name", "label": "Name", "kind": "text"}],
        "cases": {"fields": [case(True, [{"$input": "name"}, {"var": "custom.lot"}], "Lot")]},
        "examples": [],
    })  # fmt: skip
    before = fields(case(PAYPAL, ["PO", "1"])).to_file()
    after = Rulebook.from_file(apply(before, preset, {"name": "Batch"}))
    assert outcome_of(after).value == (NamedValue("Batch", "7"), NamedValue("PO", "1"))


@pytest.mark.usefixtures("declared")
def test_an_order_keeps_and_shows_all_that_was_collected(flow: Flow) -> None:
    rule = {
        "cases": [
            case(PAYPAL, ["Lot", {"var": "order.number"}], "Lot"), case(True, ["PO", "1"], "PO"),
            case(is_("payment.method", "Visa"), ["Card", "Visa"]),
        ],
        "otherwise": [["Shop", "Grove"]],
    }  # fmt: skip
    flow.rules(fields=rule)
    flow.post(order("1", paid="PayPal"))
    kept = flow.order("1").trace["decided"]["fields"]
    assert kept["value"] == [
        {"name": "Lot", "value": "1"}, {"name": "PO", "value": "1"},
        {"name": "Shop", "value": "Grove"},
    ]  # fmt: skip
    assert (kept["case"], kept["title"], kept["cases"]) == (1, "Lot, PO", [1, 2])
    flow.rules(fields={"otherwise": []})
    flow.take(order("1", paid="PayPal", tags=["later"]))
    flow.sync()
    again = flow.order("1").trace["decided"]["fields"]
    assert (again["value"], again["case"]) == (kept["value"], 1)
    shown = flow.run("plan", flow.company_name, "1", "--explain")
    assert "Lot = 1; PO = 1; Shop = Grove   (case 1: Lot, PO)" in shown.out
    assert "it keeps Lot = 1; PO = 1; Shop = Grove" in shown.out
    with flow.app.app_context():
        (shape,) = [
            one for one in trace(flow.order("1").trace, None).by_case if one.label == "Fields"
        ]
    assert (shape.value, shape.why) == ("Lot = 1; PO = 1; Shop = Grove", "Lot, PO")


@pytest.mark.usefixtures("declared")
def test_lint_counts_each_case_that_added_something(flow: Flow) -> None:
    visa = case(is_("payment.method", "Visa"), ["Card", "Visa"], "Card")
    flow.rules(
        fields={"cases": [case(PAYPAL, ["A", "1"]), case(True, ["B", "2"]), visa], "otherwise": []}
    )
    flow.post(order("1", paid="PayPal"), order("2", paid="PayPal"))
    ran = flow.run("rules", "lint", flow.company_name, "--json")
    told = [one["sentence"] for one in ran.json["findings"] if one["code"] == "never-fired"]
    assert told == ["Case 3 (Card) added something to none of the last 4 decisions."]


@pytest.mark.usefixtures("declared")
def test_a_backtest_tells_what_is_added_now(flow: Flow, tmp_path: Path) -> None:
    flow.rules()
    flow.post(order("1", paid="PayPal"))
    file = tmp_path / "rules.json"
    rule = {"cases": [case(PAYPAL, ["A", "1"], "Pal"), case(True, ["B", "2"], "All")]}
    rules = {"fields": rule}
    file.write_text(json.dumps({"rulebooks": 1, "rules": rules, "tables": {}}))
    ran = flow.run("backtest", flow.company_name, file, "--json")
    (change, *_) = ran.json["decisions"]["fields"]["changes"]
    assert change["before"]["said"] == "nothing"
    assert (change["after"]["said"], change["after"]["cases"]) == ("A = 1; B = 2", [1, 2])
    assert "case 1, 2: Pal, All" in flow.run("backtest", flow.company_name, file).out
