"""The steps of the set-up as setup_steps.json declares them.

To ask one more decision, name it in a step's ``asks``: its form is made of the decision's kind.
What this version cannot do is a decision that does not exist yet, with the reason as ``lacking``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Ask:
    """One decision on a step's page."""

    decision: str
    choices: Mapping[str, str] = field(default_factory=dict)
    """What follows from an option, a sentence each; of a yes/no under "yes" and "no"."""
    needs: Mapping[str, str] = field(default_factory=dict)
    """What an option needs, or the whole field: a row of `setup_possible.NEEDS`."""
    account_types: Sequence[str] = ()
    """Of an account: the types that make sense."""
    label: str = ""
    """What it is called here when the decision's own label says too little, or there is none."""
    help: str = ""
    """The same for its help."""
    lacking: str = ""
    """Why this version cannot do it, while the decision does not exist."""


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the set-up."""

    key: str
    title: str
    about: str
    asks: Sequence[Ask]
    faq: Sequence[Sequence[str]]
    """Questions with their answers."""
    parts: Sequence[str] = ()
    """What else stands on the page: stores, tax_table."""


@cache
def steps() -> tuple[Step, ...]:
    """The steps in their order."""
    declared = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return tuple(map(_step, declared))


def step_named(key: str) -> Step | None:
    """The step of that key."""
    return next((step for step in steps() if step.key == key), None)


def _step(data: dict[str, Any]) -> Step:
    return Step(**data | {"asks": [Ask(**ask) for ask in data["asks"]]})
