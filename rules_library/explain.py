"""Why an order was decided as it was: every case of every decision against the order's facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from rules_library import logic
from rules_library.compiled import CompiledRule, Outcome
from rules_library.decision import Decision, Scope, decisions_of
from rules_library.describe import (
    Mark,
    describe_case,
    describe_decided,
    describe_fact,
    describe_otherwise,
    describe_when,
)
from rules_library.form.when import operation
from rules_library.logic.limits import step_into
from rules_library.rule import Case, Rule
from rules_library.rulebook import PARTS, Rulebook, of_part

SHOWN: Final = 20
"""How many elements of a list of values are shown."""

Explained = dict[str, Any]


def explain(facts: Mapping[str, Any], rulebook: Rulebook, mark: Mark = str) -> Explained:
    """Every decision for one order as plain data.

    Args:
        facts: Those of ``rules_library.facts.facts``.
        rulebook: What decides.
        mark: Sets off the fields and values of its sentences.

    Returns:
        ``{"order": {key: ...}, "lines": [{key: ...}], "charges": [...], "payments": [...],
        "refunds": [...]}``. Each decision has its label, value, the case that won (None =
        otherwise), its title, a sentence, and its cases in order. A case is won, lost, failed, not
        reached or off; one that was tried has its conditions, each with what it says, whether it
        holds (None = not looked at) and the order's values. Of a decision that collects, every
        case is tried: it is added, not added or failed, and "cases_won" are all that were added.
    """
    parts = {
        name: [_scope(scope, of_part(facts, scope, one), rulebook, mark) for one in facts[name]]
        for scope, name in PARTS.items()
    }
    return {"order": _scope("order", facts, rulebook, mark), **parts}


def _scope(scope: Scope, facts: Mapping[str, Any], rulebook: Rulebook, mark: Mark) -> Explained:
    return {
        decision.key: explain_decision(decision, facts, rulebook, mark)
        for decision in decisions_of(scope)
    }


def explain_decision(
    decision: Decision,
    facts: Mapping[str, Any],
    rulebook: Rulebook,
    mark: Mark = str,
    *,
    only: Collection[int] | None = None,
) -> Explained:
    """One decision: the outcome of the run itself, and what became of each case.

    ``only``: the numbers, from 1, of the cases that are told beside those that won; None: all.
    """
    compiled = rulebook.rule(decision)
    outcome = compiled.decide(facts, rulebook.tables)
    told = None if only is None else {*only, *outcome.won}
    cases = _cases(compiled, outcome, facts, rulebook.tables, mark, told=told)
    rest = _rest_state(compiled.rule, outcome)
    more = {"cases_won": list(outcome.cases)} if decision.collects else {}
    return {
        "label": decision.label,
        "value": plain(outcome.value),
        "case": outcome.case,
        "title": outcome.title,
        "error": outcome.error,
        "said": _said(decision, outcome, mark, has_cases=bool(compiled.rule.cases)),
        "cases": cases,
        "otherwise": {"said": describe_otherwise(compiled.rule, mark), "state": rest},
    } | more


def plain(value: Any) -> Any:
    """A decision's value as it may be written: a field sent empty is ``{"clear": []}``."""
    if value is logic.CLEAR:
        return {"clear": []}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value


def _said(decision: Decision, outcome: Outcome, mark: Mark, *, has_cases: bool) -> str:
    title = f' "{outcome.title}"' if outcome.title else ""
    several = len(outcome.won) > 1
    case = f"Case{'s' * several} {', '.join(map(str, outcome.won))}{title}"
    if outcome.error:
        which = case if outcome.case else "Otherwise"
        return f"{which} cannot be used: {outcome.error}"
    value = mark(describe_decided(outcome.value, decision))
    if outcome.case:
        return f"{case} {'fit' if several else 'fits'} -> {value}"
    if decision.collects:
        return f"{'No case fits' if has_cases else 'Always'} -> {value}"
    return f"{'No case fits; otherwise' if has_cases else 'Always'} -> {value}"


def _cases(
    compiled: CompiledRule,
    outcome: Outcome,
    facts: Mapping[str, Any],
    tables: Mapping[str, logic.Table],
    mark: Mark,
    *,
    told: Collection[int] | None,
) -> list[Explained]:
    found = []
    for number, case in enumerate(compiled.rule.cases, start=1):
        if told is not None and number not in told:
            continue
        state = _state(number, case, outcome, collects=compiled.rule.decision.collects)
        explained: Explained = {
            "number": number,
            "title": case.title,
            "said": describe_case(compiled.rule.decision, case, mark),
            "state": state,
        }
        if state not in {"off", "not reached"}:
            explained["condition"] = explain_when(case.when, facts, tables, mark)
        found.append(explained)
    return found


def _state(number: int, case: Case, outcome: Outcome, *, collects: bool) -> str:
    if not case.enabled:
        return "off"
    if outcome.case is not None and outcome.error:
        if number == outcome.case:
            return "failed"
        if number > outcome.case:
            return "not reached"
    if collects:
        return "added" if number in outcome.cases else "not added"
    if outcome.case is None or number < outcome.case:
        return "lost"
    return "won" if number == outcome.case else "not reached"


def _rest_state(rule: Rule, outcome: Outcome) -> str:
    if outcome.error:
        return "failed" if outcome.case is None else "not reached"
    if rule.decision.collects:
        return "not added" if rule.otherwise == [] else "added"
    return "won" if outcome.case is None else "not reached"


def explain_when(
    when: Any, facts: Mapping[str, Any], tables: Mapping[str, logic.Table], mark: Mark = str
) -> Explained:
    """A condition part by part: ``{"said", "holds", "values"}`` or ``{"kind", "holds", "items"}``.

    A group's kind is all, any or none. A condition on the elements of a list also has "elements":
    whether it holds for each that was looked at.
    """
    try:
        turns = logic.compile_rule(when).explain(facts, tables).turns
    except logic.EvaluationError as error:
        return {**_row(when, facts, mark), "holds": None, "error": str(error)}
    return _part(when, "", turns, facts, mark)


def _part(
    rule: Any,
    pointer: str,
    turns: Mapping[str, list[Any]],
    facts: Mapping[str, Any],
    mark: Mark,
) -> Explained:
    found = operation(rule)
    if found is None:
        return {**_row(rule, facts, mark), "holds": logic.truthy(rule)}
    name, operands = found
    below = _below(rule, name, pointer)
    if name == "!!":
        return _part(operands[0], below[0], turns, facts, mark)
    kind = {"and": "all", "or": "any"}.get(name)
    if name == "!" and (inner := operation(operands[0])) and inner[0] == "or":
        kind = "none"
        below, operands = _below(operands[0], "or", below[0]), inner[1]
    holds = logic.truthy(turns[pointer][-1]) if pointer in turns else None
    if kind:
        items = [
            _part(item, place, turns, facts, mark)
            for item, place in zip(operands, below, strict=True)
        ]
        return {"kind": kind, "holds": holds, "items": items}
    row = {**_row(rule, facts, mark), "holds": holds}
    if name in {"some", "all", "none"}:
        row["elements"] = [logic.truthy(value) for value in turns.get(below[1], ())][:SHOWN]
    return row


def _below(rule: Mapping[str, Any], name: str, pointer: str) -> list[str]:
    """The places of the operands; a bare one has its operator's."""
    under = step_into(pointer, name)
    given = rule[name]
    if isinstance(given, (list, tuple)):
        return [step_into(under, index) for index in range(len(given))]
    return [under]


def _row(rule: Any, facts: Mapping[str, Any], mark: Mark) -> Explained:
    paths = sorted(path for path in logic.facts_of(rule) if path)
    inner = {path.partition(".*")[0] for path in paths if ".*" in path}
    values = [
        {"fact": path, "label": describe_fact(path), "value": plain(_value(path, facts))}
        for path in paths
        if path not in inner
    ]
    return {"said": describe_when(rule, mark), "values": values}


def _value(path: str, facts: Mapping[str, Any]) -> Any:
    """What the order has at a path, as a rule reads it; of a list, its elements' values."""
    source, star, rest = path.partition(".*")
    rule: Any = {"var": source}
    if star:
        rule = {"map": [rule, {"var": rest.removeprefix(".").partition(".*")[0]}]}
    try:
        value = logic.compile_rule(rule).evaluate(facts)
    except logic.EvaluationError:
        return None
    return value[:SHOWN] if isinstance(value, list) else value
