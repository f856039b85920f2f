"""A rulebook: a company's rules and tables, compiled; ``decide`` is the one place that runs it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from rules_library import logic
from rules_library.decision import Decision, Scope, decisions, decisions_of
from rules_library.rule import CompiledRule, Outcome, Rule, canonical

FORMAT = 1


class RulebookError(ValueError):
    """A rulebook that cannot be used: every fault with its JSON pointer."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{pointer or '/'}: {text}" for pointer, text in faults))


@cache
def _default(decision: Decision) -> CompiledRule:
    return Rule.default(decision).compile()


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules by decision key; a decision that is not in it keeps its default."""

    rules: Mapping[str, CompiledRule] = field(default_factory=dict)
    tables: Mapping[str, logic.Table] = field(default_factory=dict)

    def rule(self, decision: Decision) -> CompiledRule:
        """The company's rule for a decision, else its default."""
        return self.rules.get(decision.key) or _default(decision)

    @classmethod
    def from_file(cls, data: Any) -> Rulebook:
        """Read and check a rulebook file; raises RulebookError with every fault and its place."""
        faults: list[tuple[str, str]] = []
        if not isinstance(data, Mapping) or data.get("rulebooks") != FORMAT:
            raise RulebookError([("", f'a rulebook file says "rulebooks": {FORMAT}')])
        faults.extend(
            (f"/{_escape(str(key))}", "a rulebook file has rulebooks, rules and tables")
            for key in sorted(set(data) - {"rulebooks", "rules", "tables"}, key=str)
        )
        tables: dict[str, logic.Table] = {}
        for name, table in _mapping(data, "tables", faults):
            try:
                tables[name] = logic.Table.from_json(table)
            except ValueError as error:
                faults.append((f"/tables/{_escape(name)}", str(error)))
        rules: dict[str, CompiledRule] = {}
        known = decisions()
        for key, rule in _mapping(data, "rules", faults):
            pointer = f"/rules/{_escape(key)}"
            if key not in known:
                faults.append((pointer, f"there is no decision {key!r}"))
                continue
            try:
                rules[key] = Rule.from_file(known[key], rule, pointer).compile(pointer)
            except logic.RuleError as error:
                faults.append((error.pointer, str(error)))
                continue
            faults.extend(
                (pointer, f"there is no table {name!r}")
                for name in sorted(rules[key].tables - set(tables))
            )
        if faults:
            raise RulebookError(faults)
        return cls(rules, tables)

    def to_file(self) -> dict[str, Any]:
        """The rulebook file: keys sorted, one rule a decision."""
        return {
            "rulebooks": FORMAT,
            "rules": {key: self.rules[key].rule.to_file() for key in sorted(self.rules)},
            "tables": {name: self.tables[name].to_json() for name in sorted(self.tables)},
        }


def content_hash(content: Any) -> str:
    """The name of a rule's or table's content: equal content, equal hash."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Decided:
    """The outcome of every decision for one order, each with the case that won."""

    order: Mapping[str, Outcome]
    lines: tuple[Mapping[str, Outcome], ...]
    charges: tuple[Mapping[str, Outcome], ...]
    payments: tuple[Mapping[str, Outcome], ...]

    def __getitem__(self, key: str) -> Any:
        return self.order[key].value

    @property
    def errors(self) -> list[str]:
        """Why the order must be held: rules that failed or gave something unusable."""
        known = decisions()
        found = [
            f"the rule for {known[key].label!r} cannot be used: {outcome.error}"
            for outcomes in (self.order, *self.lines, *self.charges, *self.payments)
            for key, outcome in outcomes.items()
            if outcome.error
        ]
        return list(dict.fromkeys(found))


def decide(facts: Mapping[str, Any], rulebook: Rulebook) -> Decided:
    """Every decision for one order; pure. Facts are those of ``rules_library.facts.facts``."""
    payment = facts["payment"]
    return Decided(
        order=_decide("order", facts, rulebook),
        lines=_each("line", facts, rulebook, ({"line": line} for line in facts["lines"])),
        charges=_each("charge", facts, rulebook, ({"charge": c} for c in facts["charges"])),
        payments=_each(
            "payment", facts, rulebook, ({"payment": {**payment, **p}} for p in facts["payments"])
        ),
    )


def _decide(scope: Scope, facts: Mapping[str, Any], rulebook: Rulebook) -> dict[str, Outcome]:
    tables = rulebook.tables
    return {
        decision.key: rulebook.rule(decision).decide(facts, tables)
        for decision in decisions_of(scope)
    }


def _each(
    scope: Scope,
    facts: Mapping[str, Any],
    rulebook: Rulebook,
    parts: Iterable[Mapping[str, Any]],
) -> tuple[dict[str, Outcome], ...]:
    return tuple(_decide(scope, {**facts, **part}, rulebook) for part in parts)


def _mapping(
    data: Mapping[str, Any], key: str, faults: list[tuple[str, str]]
) -> list[tuple[str, Any]]:
    found = data.get(key, {})
    if not isinstance(found, Mapping):
        faults.append((f"/{key}", f"{key} is an object"))
        return []
    return sorted(found.items())


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
