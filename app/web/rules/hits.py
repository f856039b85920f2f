"""What lint finds in the draft, and how often each case decided lately; kept for some minutes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.models import Company, db
from app.rules.draft_state import open_draft
from app.rules.evidence import DAYS, Evidence, evidence, mirrored_names, own_choices
from rules_library.lint import Finding, lint
from rules_library.rulebook import Rulebook, RulebookError

FOR: Final = 120.0
"""Seconds for which what the orders say is not counted again."""
MOST: Final = 5_000
"""Orders that are looked at, the last ones."""
_kept: dict[tuple[str, int, str], tuple[float, Evidence]] = {}


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the draft's rules."""

    findings: Sequence[Finding]
    fired: Mapping[tuple[str, str | int], int]
    orders: int
    days: int = DAYS
    most: int = MOST


def look(company: Company) -> Seen:
    """Lint with what the company's orders and lists say."""
    draft = open_draft(company)
    try:
        rulebook = Rulebook.from_file(draft.file)
    except RulebookError as error:
        found = [
            Finding("unusable", "error", pointer.split("/")[2] if pointer.count("/") > 1 else "",
                    None, text, pointer)
            for pointer, text in error.faults
        ]  # fmt: skip
        return Seen(found, {}, 0)
    said = _evidence(company, rulebook, draft.version)
    found = lint(
        rulebook,
        names=mirrored_names(company),
        fired=said.fired,
        decided=said.named,
        choices=own_choices(company),
    )
    told = [one for one in found if one.code != "at-default"]
    return Seen(told, said.fired, said.orders)


def _evidence(company: Company, rulebook: Rulebook, version: str) -> Evidence:
    key = (str(db.engine.url), company.id, version)
    held = _kept.get(key)
    if held is None or time.monotonic() - held[0] > FOR:
        if len(_kept) > 50:  # noqa: PLR2004 - a few companies' drafts
            _kept.clear()
        held = _kept[key] = (time.monotonic(), evidence(company, rulebook, most=MOST))
    return held[1]
