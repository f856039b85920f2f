"""A case as a sentence: what the overview says of it, and the builder while it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.web.words import mark
from rules_library.decision import Decision
from rules_library.describe import describe_then, describe_when
from rules_library.preset import presets
from rules_library.rule import Case


@dataclass(frozen=True, slots=True)
class CaseLine:
    """What a case says."""

    number: int
    title: str
    note: str
    enabled: bool
    when: str
    """With its fields and values marked for ``bold``."""
    then: str
    preset: str
    """The title of the preset that it came from; "" for none."""


def case_line(decision: Decision, number: int, case: Case) -> CaseLine:
    """A case in words; ``number`` counts from 1."""
    return CaseLine(
        number=number,
        title=case.title,
        note=case.note,
        enabled=case.enabled,
        when=describe_when(case.when, mark),
        then=describe_then(case.then, decision),
        preset=_preset_title(case.preset) if case.preset else "",
    )


def _preset_title(stamp: Mapping[str, Any]) -> str:
    preset = presets().get(stamp["key"])
    return preset.title if preset else str(stamp["key"])
