"""A rule out of a rulebook file as a form shows it; what no form can show opens as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from app.web.rules.typed import Widget, join_list, part_kinds, type_of, widget_of, write_number
from rules_library.decision import Decision
from rules_library.form import (
    Always,
    Arithmetic,
    Changed,
    Clear,
    Condition,
    Copy,
    DaysLater,
    FirstOf,
    Group,
    InlineMap,
    Join,
    Lines,
    Literal,
    LookUp,
    NotAForm,
    Part,
    Rounded,
    Several,
    Then,
    When,
    read_then,
    read_when,
)
from rules_library.form.vocabulary import OPERATORS
from rules_library.logic.semantics import is_number

Sketch = dict[str, Any]
_TRUTH: Final = {"is": ("is_true", "is_false"), "is_not": ("is_false", "is_true")}
"""How a yes/no that is compared with true or false is asked."""
DEEPEST: Final = 8
"""Groups inside groups that a person can still survey."""


class _TooMuchError(Exception):
    """A form could not show it; the sentence says why."""


def rule_sketch(decision: Decision, content: Mapping[str, Any]) -> Sketch:
    """The whole rule."""
    return {
        "cases": [
            {"k": str(number), **case_sketch(decision, case)}
            for number, case in enumerate(content["cases"])
        ],
        "otherwise": otherwise_sketch(decision, content["otherwise"]),
    }


def case_sketch(decision: Decision, case: Mapping[str, Any]) -> Sketch:
    """One case; as JSON, with the reason, when no form can show it."""
    found = case_labels(case)
    try:
        when, then = _when(case["when"]), then_sketch(decision, case["then"])
    except _TooMuchError as error:
        return found | {"mode": "json", "reason": str(error), "json": case_json(case)}
    return found | {"mode": "form", "when": when, "then": then}


def case_labels(case: Mapping[str, Any]) -> Sketch:
    """What stands beside the logic of a case."""
    return {
        "id": case.get("id", ""),
        "title": case.get("title", ""),
        "note": case.get("note", ""),
        "enabled": "on" if case.get("enabled", True) else "",
        "preset": json.dumps(case["preset"]) if case.get("preset") else "",
    }


def case_json(case: Mapping[str, Any]) -> str:
    """What a case's JSON tab shows."""
    return pretty({"when": case["when"], "then": case["then"]})


def pretty(value: Any) -> str:
    """JSON for editing."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def otherwise_sketch(decision: Decision, otherwise: Any) -> Sketch:
    """What holds when no case fits; of a decision that collects, what is always added."""
    try:
        if decision.collects:
            given = otherwise if isinstance(otherwise, list) else [otherwise]
            parts = [then_sketch(decision, one) for one in given]
            return {"mode": "form", "then": {"form": "collected", "parts": parts}}
        return {"mode": "form", "then": then_sketch(decision, otherwise)}
    except _TooMuchError as error:
        return {"mode": "json", "reason": str(error), "json": pretty(otherwise)}


def then_sketch(decision: Decision, rule: Any) -> Sketch:
    """The value of a case."""
    form = read_then(rule, in_parts=bool(decision.parts))
    if isinstance(form, NotAForm):
        raise _TooMuchError(form.reason)
    if decision.parts and isinstance(form, Several):
        return _in_parts(decision, form)
    return _then(form, widget_of(decision.kind), 0)


def _when(rule: Any) -> Sketch:
    form = read_when(rule)
    if isinstance(form, NotAForm):
        raise _TooMuchError(form.reason)
    if isinstance(form, Group):
        return _part(form, 0)
    if isinstance(form, Always) and form.holds:
        return {"form": "group", "kind": "all", "bare": "1", "items": []}
    return {"form": "group", "kind": "all", "bare": "1", "items": [_part(form, 0)]}


def _part(form: When, depth: int) -> Sketch:
    if depth > DEEPEST:
        raise _TooMuchError(f"Its groups are nested more than {DEEPEST} deep.")
    match form:
        case Always(holds):
            return {"form": "always", "holds": "yes" if holds else "no"}
        case Group(kind, items):
            return {
                "form": "group", "kind": kind, "items": [_part(one, depth + 1) for one in items],
            }  # fmt: skip
        case Lines(kind, where, name):
            inner = where if isinstance(where, Group) else Group("all", (where,))
            always = isinstance(where, Always) and where.holds
            shown = _part(Group("all", ()) if always else inner, depth + 1)
            bare = "" if isinstance(where, Group) else "1"
            return {"form": "lines", "kind": kind, "list": name, "where": shown | {"bare": bare}}
        case Condition():
            return _condition(form)


def _condition(form: Condition) -> Sketch:
    if form.operator in _TRUTH and type_of(form.fact) == "yes/no":
        (value,) = form.values
        if isinstance(value, bool):
            said = _TRUTH[form.operator][0 if value else 1]
            return {"form": "condition", "fact": form.fact, "operator": said, "values": []}
    if OPERATORS[form.operator].values is None:
        values: list[Sketch] = [{"value": join_list([_typed(one) for one in form.values])}]
    else:
        values = [_operand(one) for one in form.values]
    return {
        "form": "condition", "fact": form.fact, "operator": form.operator, "values": values,
        "match_case": "on" if form.match_case else "",
    }  # fmt: skip


def _operand(value: Any) -> Sketch:
    if isinstance(value, Copy):
        return {"form": "copy", "fact": value.fact}
    return {"value": _typed(value)}


def _typed(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        raise _TooMuchError("It compares with true, false or null.")
    return write_number(value) if is_number(value) else str(value)


def _in_parts(decision: Decision, form: Several) -> Sketch:
    kinds = part_kinds(decision)
    if len(form.parts) > len(kinds):
        raise _TooMuchError("It has more parts than the decision has.")
    parts = [_then(one, kinds[place][1], 1) for place, one in enumerate(form.parts)]
    parts += [{"form": "nothing"}] * (len(kinds) - len(parts))
    return {"form": "several", "parts": parts}


def _then(form: Then, widget: Widget, depth: int) -> Sketch:
    if depth > DEEPEST:
        raise _TooMuchError(f"Its value is nested more than {DEEPEST} deep.")

    def inner(one: Then, kind: Widget = "text") -> Sketch:
        return _then(one, kind, depth + 1)

    match form:
        case Literal(value):
            return _literal(value, widget)
        case Clear():
            return {"form": "clear"}
        case Copy(fact, default):
            return {"form": "copy", "fact": fact, "default": _default(default)}
        case LookUp(table, keys, fallback, is_listed):
            return {
                "form": "lookup", "table": table, "keys": [inner(key) for key in keys],
                "fallback": inner(fallback, widget) if fallback else {"form": ""},
                "listed": "1" if is_listed else "",
            }  # fmt: skip
        case InlineMap(fact, rows, otherwise, match_case):
            return {
                "form": "inlinemap", "fact": fact, "match_case": "on" if match_case else "",
                "rows": [
                    {"source": _source(row.source), "target": inner(row.target, widget)}
                    for row in rows
                ],
                "otherwise": inner(otherwise, widget),
            }  # fmt: skip
        case FirstOf(parts):
            return {"form": "firstof", "parts": [inner(one, widget) for one in parts]}
        case Several():
            raise _TooMuchError("It is a list of values, some of which are calculated.")
        case _:
            return _computed(form, depth)


def _computed(form: Join | Part | Changed | Arithmetic | Rounded | DaysLater, depth: int) -> Sketch:
    match form:
        case Join(parts):
            return {"form": "join", "parts": [_then(one, "text", depth + 1) for one in parts]}
        case Part(of, start, length):
            many = "" if length is None else str(length)
            return {
                "form": "part", "of": _then(of, "text", depth + 1), "start": str(start),
                "length": many,
            }  # fmt: skip
        case Changed(how, of):
            return {"form": "changed", "how": how, "of": _then(of, "text", depth + 1)}
        case Arithmetic(operator, parts):
            numbers = [_then(one, "number", depth + 1) for one in parts]
            return {"form": "arithmetic", "operator": operator, "parts": numbers}
        case Rounded(of, places):
            of_number = _then(of, "number", depth + 1)
            return {"form": "rounded", "of": of_number, "places": str(places)}
        case DaysLater(of, days):
            return {"form": "dayslater", "of": _then(of, "day", depth + 1), "days": str(days)}


def _literal(value: Any, widget: Widget) -> Sketch:
    if value is None:
        return {"form": "nothing"}
    if widget in {"yes_no", "flag"} and isinstance(value, bool):
        return {"form": "literal", "value": "yes" if value else "no"}
    if widget == "picks":
        picks = value if isinstance(value, (list, tuple)) else [value]
        if all(isinstance(one, str) for one in picks):
            return {"form": "literal", "picks": list(picks)}
    if isinstance(value, str):
        return {"form": "literal", "value": value}
    if is_number(value):
        return {"form": "literal", "value": write_number(value)}
    raise _TooMuchError("It has a value that only JSON can show.")


def _default(default: Any) -> str:
    if isinstance(default, bool):
        raise _TooMuchError("A field is copied with true or false as its default.")
    return "" if default is None else _typed(default)


def _source(source: Any) -> str:
    many = source if isinstance(source, tuple) else (source,)
    return join_list([_typed(one) for one in many])
