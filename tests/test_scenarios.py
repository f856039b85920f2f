"""Every scenario of tests/scenarios, over HTTP into a practice company."""

from __future__ import annotations

import pytest

from tests.flows import Flow
from tests.scenario import Scenario, scenarios

ALL = scenarios()


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.name)
def test_the_books_come_out_as_stated(flow: Flow, scenario: Scenario) -> None:
    scenario.run(flow)
