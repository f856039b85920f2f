"""A company's answer to a decision: ordered cases and an otherwise; the first case that fits wins.

Of a decision that collects, every case that fits adds its value, and the otherwise is a list of
values that are always added. ``Rule.logic`` is the rule as JSON-logic; labels (titles, notes,
presets) stand beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from rules_library import logic
from rules_library.compiled import CompiledRule
from rules_library.decision import BadValueError, Decision
from rules_library.pairs import added, chosen, is_literal

CASE_KEYS = frozenset({"id", "title", "note", "enabled", "when", "then", "preset"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """When this, then that."""

    when: Any
    then: Any
    id: str = ""
    title: str = ""
    note: str = ""
    enabled: bool = True
    preset: Any = None

    @property
    def label(self) -> dict[str, Any]:
        """What is kept beside the logic."""
        label = {"id": self.id, "title": self.title, "note": self.note, "preset": self.preset}
        return {key: value for key, value in label.items() if value}


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)


def canonical(value: Any) -> str:
    """JSON text that is equal for equal JSON."""
    return _CANONICAL.encode(value)


@dataclass(frozen=True, slots=True)
class Rule:
    """Cases and otherwise of one decision."""

    decision: Decision
    cases: tuple[Case, ...] = ()
    otherwise: Any = None

    def __post_init__(self) -> None:
        """A decision that collects adds nothing always, unless it is said."""
        if self.decision.collects and self.otherwise is None:
            object.__setattr__(self, "otherwise", [])

    @property
    def logic(self) -> Any:
        """The rule as one JSON-logic expression; cases that are off are not in it."""
        on = [case for case in self.cases if case.enabled]
        if not on:
            return self.otherwise
        if self.decision.collects:
            rest = [] if self.otherwise == [] else [self.otherwise]
            return {"merge": [*({"if": [case.when, [case.then], []]} for case in on), *rest]}
        pairs = [part for case in on for part in (case.when, case.then)]
        return {"if": [*pairs, self.otherwise]}

    @property
    def labels(self) -> list[dict[str, Any]]:
        """Titles and notes in order; a case that is off with its when and then."""
        return [
            case.label
            if case.enabled
            else {**case.label, "enabled": False, "when": case.when, "then": case.then}
            for case in self.cases
        ]

    @classmethod
    def from_logic(
        cls, decision: Decision, expression: Any, labels: list[dict[str, Any]] | None = None
    ) -> Rule:
        """The rule that an expression is; labels are matched to their pairs by place."""
        pairs, otherwise = (added if decision.collects else chosen)(expression)
        cases: list[Case] = []
        for label in labels or []:
            if label.get("enabled") is False:
                cases.append(Case(**label))
            elif pairs:
                when, then = pairs.pop(0)
                cases.append(Case(when=when, then=then, **label))
        cases += [Case(when=when, then=then) for when, then in pairs]
        return cls(decision, tuple(cases), otherwise)

    @classmethod
    def default(cls, decision: Decision) -> Rule:
        """What holds while a company has not said otherwise."""
        labels = [{"title": title} for title in decision.titles]
        return cls.from_logic(decision, decision.default, labels)

    def revised(self, expression: Any) -> Rule:
        """The rule with another expression, as a JSON editor saves it.

        Pairs that are equal as canonical JSON keep their labels wherever they stand now; cases
        that are off stay at their places.
        """
        known: dict[str, list[Case]] = {}
        for case in self.cases:
            if case.enabled:
                known.setdefault(canonical([case.when, case.then]), []).append(case)
        fresh = Rule.from_logic(self.decision, expression)
        cases = []
        for case in fresh.cases:
            same = known.get(canonical([case.when, case.then]))
            cases.append(same.pop(0) if same else case)
        for place, case in enumerate(self.cases):
            if not case.enabled:
                cases.insert(place, case)
        return Rule(self.decision, tuple(cases), fresh.otherwise)

    @classmethod
    def from_file(cls, decision: Decision, data: Any, pointer: str = "") -> Rule:
        """The rule as a rulebook file has it; raises logic.RuleError with the place."""
        if isinstance(data, Mapping) and set(data) == {"logic"}:
            logic.compile_rule(data["logic"], path=f"{pointer}/logic")
            return cls.from_logic(decision, data["logic"])
        if not isinstance(data, Mapping) or not set(data) <= {"cases", "otherwise"}:
            raise logic.RuleError("a rule is {cases, otherwise} or {logic}", pointer=pointer)
        cases = data.get("cases", [])
        if not isinstance(cases, list):
            raise logic.RuleError("cases is a list", pointer=f"{pointer}/cases")
        read = tuple(_case(case, f"{pointer}/cases/{n}") for n, case in enumerate(cases))
        ids = [case.id for case in read]
        for n, one in enumerate(ids):
            if one and (first := ids.index(one)) < n:
                text = f"the case has the id of case {first + 1}"
                raise logic.RuleError(text, pointer=f"{pointer}/cases/{n}/id")
        return cls(decision, read, data.get("otherwise", decision.default))

    def to_file(self) -> dict[str, Any]:
        """The rule as a rulebook file has it."""
        return {
            "cases": [
                {"title": case.title, "note": case.note, "enabled": case.enabled}
                | {"when": case.when, "then": case.then}
                | ({"id": case.id} if case.id else {})
                | ({"preset": case.preset} if case.preset else {})
                for case in self.cases
            ],
            "otherwise": self.otherwise,
        }

    def compile(self, pointer: str = "") -> CompiledRule:
        """Ready to run; raises logic.RuleError with a JSON pointer into the file."""
        parts = []
        for number, case in enumerate(self.cases, start=1):
            when, then = _compile_case(self.decision, case, f"{pointer}/cases/{number - 1}")
            if case.enabled:
                parts.append((number, case.title, when, then))
        otherwise = _compile_otherwise(self, f"{pointer}/otherwise")
        compiled = CompiledRule(self, tuple(parts), otherwise)
        if is_literal(self.otherwise) and not (parts and self.decision.collects):
            compiled.rest = compiled.settle({}, {})
            compiled.constant = None if parts else compiled.rest
        return compiled

    def always(self, pointer: str = "") -> list[tuple[Any, str]]:
        """The values in the otherwise, with their places: several where the decision collects."""
        if self.decision.collects and isinstance(self.otherwise, (list, tuple)):
            return [(one, f"{pointer}/{place}") for place, one in enumerate(self.otherwise)]
        return [(self.otherwise, pointer)]


def faults_of(decision: Decision, data: Any, pointer: str = "") -> list[logic.RuleError]:
    """Everything that is wrong with a rule as a rulebook file has it, each with its place."""
    found: list[logic.RuleError] = []
    if isinstance(data, Mapping) and isinstance(data.get("cases"), list):
        for number, case in enumerate(data["cases"]):
            place = f"{pointer}/cases/{number}"
            with _noted(found):
                _compile_case(decision, _case(case, place), place)
        with _noted(found):
            rest = Rule.from_file(decision, {**data, "cases": []}, pointer)
            _compile_otherwise(rest, f"{pointer}/otherwise")
    if not found:
        with _noted(found):
            Rule.from_file(decision, data, pointer).compile(pointer)
    return found


def _compile_case(
    decision: Decision, case: Case, place: str
) -> tuple[logic.Compiled, logic.Compiled]:
    when = logic.compile_rule(case.when, path=f"{place}/when")
    then = logic.compile_rule(case.then, path=f"{place}/then")
    if case.enabled:
        _check(decision, case.then, f"{place}/then")
    return when, then


def _compile_otherwise(rule: Rule, place: str) -> logic.Compiled:
    compiled = logic.compile_rule(rule.otherwise, path=place)
    for given, at in rule.always(place):
        _check(rule.decision, given, at)
    return compiled


def _check(decision: Decision, value: Any, pointer: str) -> None:
    """A value that stands in the rule as it is must be one that the decision can use."""
    if is_literal(value):
        try:
            decision.read_one(value)
        except BadValueError as error:
            raise logic.RuleError(str(error), pointer=pointer) from None


@contextmanager
def _noted(found: list[logic.RuleError]) -> Iterator[None]:
    try:
        yield
    except logic.RuleError as error:
        found.append(error)


def _case(data: Any, pointer: str) -> Case:
    if not isinstance(data, Mapping) or not set(data) <= CASE_KEYS:
        raise logic.RuleError("a case is {title, note, enabled, when, then}", pointer=pointer)
    for key in ("when", "then"):
        if key not in data:
            raise logic.RuleError(f"the case has no {key}", pointer=pointer)
    if not isinstance(data.get("enabled", True), bool):
        raise logic.RuleError("enabled is true or false", pointer=f"{pointer}/enabled")
    for key in ("id", "title", "note"):
        if not isinstance(data.get(key, ""), str):
            raise logic.RuleError(f"{key} is text", pointer=f"{pointer}/{key}")
    if data.get("preset") and not _is_stamp(data["preset"]):
        raise logic.RuleError("a preset is {key, version, inputs}", pointer=f"{pointer}/preset")
    return Case(**data)


def _is_stamp(preset: Any) -> bool:
    """Whether it tells which preset a case came from, and what was answered."""
    return (
        isinstance(preset, Mapping)
        and isinstance(preset.get("key"), str)
        and type(preset.get("version")) is int
        and isinstance(preset.get("inputs", {}), Mapping)
        and isinstance(preset.get("tables", {}), Mapping)
    )
