"""Every scenario of tests/scenarios, over HTTP into a practice company; and that they cover all."""

from __future__ import annotations

from typing import Any

import pytest

from qbwc import documents
from rules_library.decision import Choice, Choices, decisions
from tests.flows import Flow
from tests.scenario import Scenario, scenarios

ALL = scenarios()
ENOUGH = 60


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.name)
def test_the_books_come_out_as_stated(flow: Flow, scenario: Scenario) -> None:
    scenario.run(flow)


def test_there_are_enough_scenarios() -> None:
    assert len(ALL) >= ENOUGH


def test_every_decision_is_covered() -> None:
    covered = {name for one in ALL for name in one.covers}
    assert set(decisions()) - covered == set()


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.name)
def test_a_scenario_covers_what_its_rules_answer_and_its_books_show(scenario: Scenario) -> None:
    assert scenario.covers <= {*decisions(), *documents.kinds()}
    assert scenario.covers <= {*scenario.rules, *scenario.kinds}


def test_every_document_kind_comes_about() -> None:
    assert set(documents.kinds()) - {kind for one in ALL for kind in one.kinds} == set()


def test_every_choice_of_every_decision_is_made() -> None:
    missing = {}
    for key, decision in decisions().items():
        if isinstance(decision.kind, Choice | Choices):
            said = {text for one in ALL for rule in one.rules.get(key, []) for text in _texts(rule)}
            missing[key] = set(decision.kind.options) - said
    assert {key: choices for key, choices in missing.items() if choices} == {}


def _texts(value: Any) -> set[str]:
    """Every text within a rule."""
    if isinstance(value, str):
        return {value}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {text for one in inner for text in _texts(one)}
