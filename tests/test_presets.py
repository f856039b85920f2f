"""Presets: each does what its examples say; filling, applying, updating, detaching, finding."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rules_library import preset as module
from rules_library.decision import decisions
from rules_library.describe import describe_case
from rules_library.explain import plain
from rules_library.facts import FACTS
from rules_library.form import NotAForm, read_then, read_when
from rules_library.preset import (
    INPUT,
    Example,
    Preset,
    PresetError,
    apply,
    detach,
    fill,
    find,
    newer,
    presets,
    search,
    update,
)
from rules_library.preset_inputs import KINDS, Input, InputError
from rules_library.rule import Rule, canonical
from rules_library.rulebook import Rulebook
from tests.commands import Rulebooks

ALL = list(presets().values())
EXAMPLES = [(one, example) for one in ALL for example in one.examples]
EMPTY: dict[str, Any] = {"rulebooks": 1, "rules": {}, "tables": {}}
UNPAID = "mark_unpaid_by_payment_method"


def facts(changes: Any) -> dict[str, Any]:
    """The vocabulary's own examples, with some of them changed; ``today`` is one of them."""
    found: dict[str, Any] = {}
    examples = {
        path: Decimal(fact.example) if fact.type == "money" else fact.example
        for path, fact in FACTS.items()
    }
    for path, value in {**examples, **changes}.items():
        of_money = path in FACTS and FACTS[path].type == "money"
        *groups, name = path.split(".")
        held = found
        for group in groups:
            held = held.setdefault(group, {})
        held[name] = Decimal(value) if of_money else value
    return found


def filled(one: Preset, example: Example) -> Rulebook:
    return Rulebook.from_file(apply(EMPTY, one, example.inputs))


@pytest.mark.parametrize(("one", "example"), EXAMPLES, ids=lambda part: getattr(part, "key", ""))
def test_an_example_of_a_preset_decides_as_it_says(one: Preset, example: Example) -> None:
    assert set(example.decided) == set(one.cases)
    rulebook = filled(one, example)
    for key, expected in example.decided.items():
        rule = rulebook.rules[key]
        outcome = rule.decide(facts(example.facts), rulebook.tables)
        assert not outcome.error
        assert canonical(plain(outcome.value)) == canonical(expected)
        won = any(rule.rule.cases[number - 1].preset for number in outcome.won)
        assert won == example.fires


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key)
def test_a_preset_is_well_made(one: Preset) -> None:
    assert {example.fires for example in one.examples} == {True, False}
    assert one.placeholders == {each.name for each in one.inputs}
    assert set(one.cases) <= set(decisions())
    assert one.group == decisions()[next(iter(one.cases))].group
    assert one.question.endswith("?")
    assert one.help.endswith(".")
    assert all(one.tags)
    for each in one.inputs:
        assert each.kind in KINDS
        assert bool(each.list) == (each.kind == "reference")
        assert bool(each.decision) == (each.kind == "choice")
        assert bool(each.columns) == (each.kind == "table")


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key)
def test_a_case_of_a_preset_can_be_edited_as_a_form_and_read_as_a_sentence(one: Preset) -> None:
    example = one.examples[0]
    for key, rule in filled(one, example).rules.items():
        for case in rule.rule.cases:
            if case.preset:
                assert not isinstance(read_when(case.when), NotAForm)
                assert not isinstance(read_then(case.then), NotAForm)
                assert "formula" not in describe_case(decisions()[key], case)


def test_every_file_is_named_by_its_key_and_no_two_ask_the_same() -> None:
    folder = Path(module.__file__).parent / "presets"
    assert {path.stem for path in folder.glob("*.json")} == set(presets())
    assert len({one.question for one in ALL}) == len(ALL)
    templates = [canonical([one.cases, one.tables]) for one in ALL]
    assert len(set(templates)) == len(templates)


def test_missing_wrong_and_unknown_inputs_are_all_named() -> None:
    with pytest.raises(PresetError) as raised:
        fill(find("terms_by_customer_group"), {"terms": 5, "term": "Net 30"})
    assert "term: " in str(raised.value)
    assert "terms: 5 is not text" in str(raised.value)
    with pytest.raises(PresetError, match="methods: Payment methods is needed"):
        fill(find(UNPAID), {})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", " "),
        ("texts", ["a", 1]),
        ("texts", 5),
        ("money", "1.005"),
        ("money", "NaN"),
        ("money", "1e9999"),
        ("money", True),
        ("number", "1.5"),
        ("number", "one"),
        ("yes/no", "yes"),
        ("fact", "payment.metod"),
        ("fact", "custom."),
        ("choice", "cash"),
        ("table", "x"),
        ("table", [["a"]]),
        ("table", [["a", 1.5]]),
    ],
)
def test_a_value_that_is_not_of_its_inputs_kind_is_refused(kind: str, value: Any) -> None:
    one = Input(name="x", label="X", kind=kind, decision="tax_mode", columns=("A", "B"))
    with pytest.raises(InputError, match=r"^x: "):
        one.read(value)


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("texts", "PayPal, Visa", ["PayPal", "Visa"]),
        ("money", "5", "5.00"),
        ("number", "14", 14),
        ("yes/no", False, False),
        ("fact", "raw.billing.vat", "raw.billing.vat"),
        ("choice", "codes", "codes"),
    ],
)
def test_a_value_is_put_as_a_rule_needs_it(kind: str, value: Any, read: Any) -> None:
    assert Input(name="x", label="X", kind=kind, decision="tax_mode").read(value) == read


def test_applying_puts_the_cases_before_those_of_the_default_and_changes_nothing_given() -> None:
    given = deepcopy(EMPTY)
    after = apply(given, find("skip_by_tag"), {})
    assert given == EMPTY
    titles = [case["title"] for case in after["rules"]["sync_order"]["cases"]]
    assert titles == ["Do not sync tagged orders", *decisions()["sync_order"].titles]
    stamp = after["rules"]["sync_order"]["cases"][0]["preset"]
    assert stamp == {"key": "skip_by_tag", "version": 1, "inputs": {"tags": ["no-sync"]}}


def test_a_table_preset_goes_last_and_takes_a_free_name() -> None:
    one = find("class_by_store")
    inputs = {"rows": [["a", "A"]], "otherwise": "O"}
    twice = apply(apply(EMPTY, one, inputs), one, {**inputs, "otherwise": "P"})
    assert set(twice["tables"]) == {"class_by_store", "class_by_store_2"}
    tables = [case["then"]["lookup"][0] for case in twice["rules"]["class"]["cases"]]
    assert tables == ["class_by_store", "class_by_store_2"]
    Rulebook.from_file(twice)


def _publish(monkeypatch: pytest.MonkeyPatch, one: Preset) -> None:
    monkeypatch.setattr(module, "presets", lambda: {**presets(), one.key: one})


def test_a_newer_version_replaces_the_case_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"title": "Own", "when": True, "then": False}
    file = apply(EMPTY, find(UNPAID), {"methods": ["PayPal"]})
    case = file["rules"]["mark_invoice_unpaid"]["cases"][0]
    file["rules"]["mark_invoice_unpaid"]["cases"].insert(0, own)
    assert newer(case) is None
    with pytest.raises(PresetError, match="newest version"):
        update(file, case)
    when = {"one_of": [{"var": "payment.gateway"}, {INPUT: "methods"}]}
    changed: dict[str, Any] = {
        "mark_invoice_unpaid": [{"title": "New", "when": when, "then": True}]
    }
    _publish(monkeypatch, replace(find(UNPAID), version=2, cases=changed))
    cases = update(file, case)["rules"]["mark_invoice_unpaid"]["cases"]
    assert [one["title"] for one in cases] == ["Own", "New"]
    assert cases[1]["when"] == {"one_of": [{"var": "payment.gateway"}, ["PayPal"]]}
    assert cases[1]["preset"]["version"] == 2


def test_an_update_keeps_the_company_s_own_table_and_a_case_that_is_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = find("class_by_store")
    file = apply(EMPTY, one, {"rows": [["a", "A"]], "otherwise": "O"})
    file["tables"]["class_by_store"]["rows"].append(["b", "B"])
    case = file["rules"]["class"]["cases"][0]
    case["enabled"] = False
    _publish(monkeypatch, replace(one, version=2))
    after = update(file, case)
    assert after["tables"] == file["tables"]
    assert after["rules"]["class"]["cases"][0]["enabled"] is False
    assert after["rules"]["class"]["cases"][0]["preset"]["version"] == 2


def test_a_detached_case_decides_the_same_and_is_never_updated() -> None:
    case = fill(find(UNPAID), {"methods": "PayPal"}).cases["mark_invoice_unpaid"][0]
    own = detach(case)
    assert "preset" not in own
    assert own == {key: case[key] for key in ("title", "when", "then")}
    assert newer(own) is None


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("How do I stop invoices until the order ships?", "invoice_when_fulfilled"),
        ("invoice only when fulfilled", "invoice_when_fulfilled"),
        ("mark as unpaid by payment method", UNPAID),
        ("class by store", "class_by_store"),
        ("tax code by state", "tax_item_by_state"),
        ("deposit account by payment method", "deposit_by_payment_method"),
        ("hold orders over an amount", "hold_over_amount"),
        ("drop-ship a vendor's SKUs", "drop_ship_skus"),
        ("marketplace-remitted tax", "show_marketplace_tax"),
        ("Amazon prefix", "prefix_by_channel"),
        ("NET 30", "terms_by_customer_group"),
    ],
)
def test_what_people_want_is_among_the_first_three_found(question: str, key: str) -> None:
    assert key in [one.key for one in search(question)][:3]


def test_no_question_finds_all_and_nonsense_finds_nothing() -> None:
    assert len(search("  ")) == len(ALL)
    assert search("xyzzy") == []


def test_a_preset_and_its_rule_survive_the_file() -> None:
    file = apply(EMPTY, find("hold_over_amount"), {"amount": "500"})
    again = Rulebook.from_file(file).to_file()
    assert again["rules"]["hold_for_review"]["cases"][0]["preset"]["inputs"] == {"amount": "500.00"}
    decision = decisions()["hold_for_review"]
    assert Rule.from_file(decision, again["rules"]["hold_for_review"]).cases[0].preset


def test_the_command_lists_searches_and_shows(rulebooks: Rulebooks) -> None:
    assert rulebooks("presets").out.count("?\n") == len(ALL)
    assert rulebooks("presets", "over", "an amount", "--json").json[0]["key"] == "hold_over_amount"
    assert rulebooks("presets", "--json", "class").json
    assert "No preset" in rulebooks("presets", "xyzzy").out
    shown = rulebooks("presets", "show", "hold_over_amount")
    assert "amount (money): Amount, 1000.00 unless you say otherwise" in shown.out
    assert rulebooks("presets", "show", "hold_over_amount", "--json").json["version"] == 1
    assert "no preset 'nope'" in rulebooks.fails("presets", "show", "nope")
