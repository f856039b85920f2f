"""A rulebook: a company's rules and tables, compiled; ``decide`` is the one place that runs it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, NamedTuple

from rules_library import logic
from rules_library.compiled import CompiledRule, Outcome
from rules_library.decision import Decision, Scope, decisions, decisions_of
from rules_library.rule import Rule, canonical, faults_of

FORMAT = 1


class RulebookError(ValueError):
    """A rulebook that cannot be used: every fault with its JSON pointer."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{pointer or '/'}: {text}" for pointer, text in faults))


@cache
def _default(decision: Decision) -> CompiledRule:
    return Rule.default(decision).compile()


class _Scope(NamedTuple):
    """The decisions of one scope in order, and those of them that have to be run."""

    constant: dict[str, Outcome]
    rules: tuple[tuple[str, Callable[..., Outcome]], ...]


_UNDECIDED = Outcome(None)

PARTS: Final[Mapping[Scope, str]] = {
    "line": "lines",
    "charge": "charges",
    "payment": "payments",
    "refund": "refunds",
}
"""The scopes of an order's parts, and the name under which facts and outcomes have all of them."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules by decision key; a decision that is not in it keeps its default."""

    rules: Mapping[str, CompiledRule] = field(default_factory=dict)
    tables: Mapping[str, logic.Table] = field(default_factory=dict)
    _scopes: dict[Scope, _Scope] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def decide(self, scope: Scope, facts: Mapping[str, Any]) -> dict[str, Outcome]:
        """The outcome of every decision of a scope; what is the same for all orders is kept."""
        made = self._scopes.get(scope)
        if made is None:
            rules = {decision.key: self.rule(decision) for decision in decisions_of(scope)}
            made = self._scopes[scope] = _Scope(
                {key: rule.constant or _UNDECIDED for key, rule in rules.items()},
                tuple((key, rule.decide) for key, rule in rules.items() if not rule.constant),
            )
        found = made.constant.copy()
        tables = self.tables
        for key, run in made.rules:
            found[key] = run(facts, tables)
        return found

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
            except (ValueError, RecursionError) as error:
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
            except logic.RuleError:
                wrong = faults_of(known[key], rule, pointer)
                faults.extend((error.pointer, str(error)) for error in wrong)
                continue
            faults.extend(
                (pointer, f"there is no table {name!r}")
                for name in sorted(rules[key].tables - set(tables))
            )
        faults.extend(
            (f"/{part}/{_escape(name)}", "it has half a character, which is no text")
            for part in ("rules", "tables")
            for name, held in _mapping(data, part, [])
            if not _is_text(name) or not _is_text(held)
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
    refunds: tuple[Mapping[str, Outcome], ...]

    def __getitem__(self, key: str) -> Any:
        return self.order[key].value

    def parts(self) -> Iterator[Mapping[str, Outcome]]:
        """The outcomes of every part of the order."""
        for name in PARTS.values():
            yield from getattr(self, name)

    @property
    def errors(self) -> list[str]:
        """Why the order must be held: rules that failed or gave something unusable."""
        known = decisions()
        found = [
            f"the rule for {known[key].label!r} cannot be used: {outcome.error}"
            for outcomes in (self.order, *self.parts())
            for key, outcome in outcomes.items()
            if outcome.error
        ]
        return list(dict.fromkeys(found))


def decide(facts: Mapping[str, Any], rulebook: Rulebook) -> Decided:
    """Every decision for one order; pure. Facts are those of ``rules_library.facts.facts``."""
    parts = {
        name: tuple([rulebook.decide(scope, of_part(facts, scope, one)) for one in facts[name]])
        for scope, name in PARTS.items()
    }
    return Decided(order=rulebook.decide("order", facts), **parts)


def of_part(facts: Mapping[str, Any], scope: Scope, part: Mapping[str, Any]) -> dict[str, Any]:
    """The facts by which a part is decided: its own before those of the order.

    ``payment.method`` of a payment is its own, and of a refund that by which it was given back.
    """
    if scope == "payment":
        return {**facts, "payment": {**facts["payment"], **part}}
    if scope == "refund":
        given = {**facts["payment"], **part["payment"]}
        return {**facts, "refund": {**facts["refund"], **part}, "payment": given}
    return {**facts, scope: part}


def _mapping(
    data: Mapping[str, Any], key: str, faults: list[tuple[str, str]]
) -> list[tuple[str, Any]]:
    found = data.get(key, {})
    if not isinstance(found, Mapping):
        faults.append((f"/{key}", f"{key} is an object"))
        return []
    unnamed = sorted(str(name) for name in found if not isinstance(name, str))
    faults.extend((f"/{key}", f"the name {name} is not text") for name in unnamed)
    return sorted((name, held) for name, held in found.items() if isinstance(name, str))


def _is_text(value: Any) -> bool:
    """Whether all text of JSON can be written as UTF-8: a surrogate alone cannot."""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    except (TypeError, ValueError, RecursionError):
        return True
    return True


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
