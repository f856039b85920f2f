"""A rule tried on stored orders while it is typed: what is published beside what is on the page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.models import Company
from app.rules import current_release, rulebook_of
from app.rules.rebasing import changes_of
from app.web.rules.closed import MOST_OPEN, is_long
from app.web.rules.samples import Sample
from app.web.rules.tried_on import About, about
from app.web.words import mark
from rules_library.compiled import CompiledRule, Outcome
from rules_library.decision import APART, Decision, Scope
from rules_library.describe import describe_decided
from rules_library.explain import explain_decision
from rules_library.logic import Table
from rules_library.rulebook import Rulebook

MOST_CHANGED: Final = 25
MOST_SAME: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One order, or a line, charge or payment of it, or one item or sale for one store."""

    address: str
    """The page of it."""
    number: str
    part: str
    before: str
    after: str
    changed: bool
    by: str
    error: str
    explained: Mapping[str, Any]
    left_out: int
    """How many cases are not explained."""


@dataclass(slots=True)
class Trial:
    """What the rule on the page would do."""

    about: About
    subjects: int = 0
    """How many orders, or items or sales, each for one store."""
    changed: int = 0
    failed: int = 0
    rows: list[Row] = field(default_factory=list)
    cases: dict[int, int] = field(default_factory=dict)
    """How often each case decided, by number; 0 for the otherwise."""


def tables_of(company: Company, named: frozenset[str]) -> dict[str, Table]:
    """The tables that a rule reads, as the draft has them."""
    published = rulebook_of(current_release(company)).tables
    found = {name: published[name] for name in named & published.keys()}
    for change in changes_of(company):
        if change.part == "tables" and change.key in named:
            found.pop(change.key, None)
            if change.content is not None:
                found[change.key] = Table.from_json(change.content)
    return found


def run_trial(
    company: Company,
    decision: Decision,
    rule: CompiledRule,
    samples: Sequence[Sample],
    *,
    tables: Mapping[str, Table] | None = None,
    near: Collection[int] = (),
) -> Trial:
    """Decide what there is by the published rule and by this one, with the draft's tables.

    ``near``: the numbers of the cases that a person has open; of a long rule, what became of these
    and of the one that decided is told.
    """
    published = rulebook_of(current_release(company))
    old, old_tables = published.rule(decision), published.tables
    if tables is None:
        tables = tables_of(company, rule.tables)
    book = Rulebook({decision.key: rule}, tables)
    found = Trial(about(decision), len(samples))
    cases = rule.rule.cases
    told = set(sorted(near)[:MOST_OPEN]) if is_long(cases) else None
    same = 0
    for sample in samples:
        is_changed = False
        for part, facts in subjects(decision, sample.facts):
            before, after = old.decide(facts, old_tables), rule.decide(facts, tables)
            for number in after.won or (0,):
                found.cases[number] = found.cases.get(number, 0) + 1
            differs = before.value != after.value or before.error != after.error
            is_changed = is_changed or differs
            found.failed += bool(after.error)
            if differs or after.error:
                wanted = len(found.rows) - same < MOST_CHANGED
            else:
                wanted = same < MOST_SAME
            if wanted:
                explained = explain_decision(decision, facts, book, mark, only=told)
                same += not (differs or after.error)
                found.rows.append(
                    Row(
                        address=found.about.address(company, sample),
                        number=sample.number,
                        part=part,
                        before=_said(decision, before),
                        after=_said(decision, after),
                        changed=differs,
                        by=_by(after),
                        error=after.error,
                        explained=explained,
                        left_out=len(cases) - len(explained["cases"]),
                    )
                )
        found.changed += is_changed
    found.rows.sort(key=lambda one: not one.changed)
    return found


def subjects(
    decision: Decision, facts: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What is decided of an order: itself, or each of its parts, as ``decide`` sees them.

    Of an item or a sale it is that for one store.
    """
    for scope in decision.scopes:
        if scope == "order":
            yield "", facts
            continue
        if scope in APART:
            if scope in facts:
                yield facts["store"]["key"], facts
            continue
        base = facts["payment"] if scope == "payment" else {}
        for one in facts[f"{scope}s"]:
            yield _name(scope, one), {**facts, scope: {**base, **one}}


def _name(scope: Scope, one: Mapping[str, Any]) -> str:
    parts = (one.get(name) for name in {"payment": ("method",)}.get(scope, ("sku", "name")))
    return " ".join(str(part) for part in parts if part) or scope


def _said(decision: Decision, outcome: Outcome) -> str:
    return f"error: {outcome.error}" if outcome.error else describe_decided(outcome.value, decision)


def _by(outcome: Outcome) -> str:
    if not outcome.won:
        return "otherwise"
    several = "s" if len(outcome.won) > 1 else ""
    return f"case{several} {', '.join(map(str, outcome.won))}"
