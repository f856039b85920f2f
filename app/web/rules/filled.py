"""A filled-in form as a rule of a rulebook file, with what is wrong beside each of its places."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from app.web.rules.shown import Sketch, otherwise_sketch, rule_sketch
from app.web.rules.typed import (
    is_numeric,
    part_kinds,
    split_list,
    type_of,
    widget_of,
)
from app.web.rules.values import Faults, fill_number, fill_then, items_in, text_in, tree_in
from rules_library.decision import Decision
from rules_library.form import OPERATORS, FormError, from_json, write_then, write_when
from rules_library.rule import canonical


class NotFilledError(ValueError):
    """The form is no rule yet."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        super().__init__(" ".join(dict.fromkeys(faults.values())))


def write_rule(
    decision: Decision, sketch: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    """The rule ``{cases, otherwise}``.

    Args:
        decision: Whose rule it is.
        sketch: What the form says, see ``sketch.listed``.
        before: The rule that the form was opened with: what means the same stays as it is written.

    Raises:
        NotFilledError: with every place that is not right.
    """
    faults: Faults = {}
    known = cache(lambda: _written_before(decision, before))
    cases = [_case(decision, one, known, faults) for one in items_in(sketch, "cases")]
    rest = sketch.get("otherwise")
    otherwise = _otherwise(decision, rest if isinstance(rest, dict) else {}, faults)
    if faults:
        raise NotFilledError(faults)
    if canonical(otherwise) == canonical(
        _again(lambda: _otherwise(decision, otherwise_sketch(decision, before["otherwise"]), {}))
    ):
        otherwise = before["otherwise"]
    return {"cases": cases, "otherwise": otherwise}


def write_case(
    decision: Decision, sketch: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """One case of it; without a rule before it, it is written as the form says it.

    Raises:
        NotFilledError: with every place that is not right.
    """
    faults: Faults = {}
    known = cache(lambda: _written_before(decision, before) if before else {})
    case = _case(decision, dict(sketch), known, faults)
    if faults:
        raise NotFilledError(faults)
    return case


def _written_before(decision: Decision, before: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The cases that there were, by how this form writes them."""
    sketches = rule_sketch(decision, before)["cases"]
    found = {}
    for case, sketch in zip(before["cases"], sketches, strict=True):
        again: Any = _again(lambda one=sketch: _case(decision, one, dict, {}))  # type: ignore[misc]
        if again:
            found[_meaning(again)] = case
    return found


def _meaning(case: Mapping[str, Any]) -> str:
    """Equal for cases that say the same; in which order options are ticked says nothing."""
    return canonical([_unordered(case["when"]), case["then"]])


def _unordered(rule: Any) -> Any:
    match rule:
        case {"one_of": [of, [*options]]} | {"in": [of, [*options]]}:
            return {next(iter(rule)): [of, sorted(options, key=canonical)]}
        case dict():
            return {name: _unordered(part) for name, part in rule.items()}
        case list():
            return [_unordered(part) for part in rule]
    return rule


def _again(write: Callable[[], Any]) -> Any:
    try:
        return write()
    except NotFilledError:
        return None


def _case(
    decision: Decision,
    sketch: Sketch,
    known: Callable[[], Mapping[str, Mapping[str, Any]]],
    faults: Faults,
) -> dict[str, Any]:
    place = f"cases.{sketch.get('k', '')}"
    case: dict[str, Any] = {
        "title": " ".join(text_in(sketch, "title").split()),
        "note": text_in(sketch, "note").replace("\r\n", "\n").strip(),
        "enabled": bool(text_in(sketch, "enabled")),
    }
    if text_in(sketch, "id"):
        case["id"] = text_in(sketch, "id")
    if text_in(sketch, "preset"):
        case["preset"] = _json(text_in(sketch, "preset"), f"{place}.preset", faults)
    if sketch.get("mode") in {"json", "closed"}:
        given = _json(text_in(sketch, "json"), f"{place}.json", faults)
        if not isinstance(given, dict) or set(given) != {"when", "then"}:
            faults.setdefault(f"{place}.json", 'A case in JSON is {"when": ..., "then": ...}.')
            given = {"when": None, "then": None}
        return case | given
    when, then = tree_in(sketch, "when"), tree_in(sketch, "then")
    case["when"] = _logic(write_when, lambda: _group_top(when, f"{place}.when", faults), faults,
                          f"{place}.when")  # fmt: skip
    case["then"] = _value(decision, then, f"{place}.then", faults)
    same = known().get(_meaning(case))
    return case | {"when": same["when"], "then": same["then"]} if same else case


def _otherwise(decision: Decision, sketch: Sketch, faults: Faults) -> Any:
    if sketch.get("mode") == "json":
        return _json(text_in(sketch, "json"), "otherwise.json", faults)
    then = tree_in(sketch, "then")
    if not decision.collects:
        return _value(decision, then, "otherwise.then", faults)
    return [
        _value(decision, one, f"otherwise.then.parts.{place}", faults)
        for place, one in enumerate(items_in(then, "parts"))
    ]


def _value(decision: Decision, then: Sketch, place: str, faults: Faults) -> Any:
    def form() -> Any:
        if decision.parts and then.get("form") in {"several", "literal", None}:
            kinds = part_kinds(decision)
            parts = [
                fill_then(one, kinds[at][1], f"{place}.parts.{at}", faults)
                for at, one in enumerate(items_in(then, "parts")[: len(kinds)])
            ]
            while len(parts) > 2 and parts[-1] == {"form": "literal", "value": None}:  # noqa: PLR2004 - the least that a value has
                parts.pop()
            return {"form": "several", "parts": parts}
        return fill_then(then, widget_of(decision.kind), place, faults)

    return _logic(write_then, form, faults, place)


def _logic(write: Callable[[Any], Any], form: Callable[[], Any], faults: Faults, place: str) -> Any:
    count = len(faults)
    data = form()
    if len(faults) > count:
        return None
    try:
        return write(from_json(data))
    except (FormError, ValueError, TypeError) as error:
        faults.setdefault(place, str(error))
        return None


def _group_top(sketch: Sketch, place: str, faults: Faults) -> Any:
    """The conditions of a case; without any it holds always, and one alone needs no group."""
    items = items_in(sketch, "items")
    if not items:
        return {"form": "always", "holds": sketch.get("kind") != "none"}
    group = _part(sketch, place, faults)
    return group["items"][0] if _is_bare(sketch, group) else group


def _is_bare(sketch: Sketch, group: Mapping[str, Any]) -> bool:
    return bool(sketch.get("bare")) and group["kind"] != "none" and len(group["items"]) == 1


def _part(sketch: Sketch, place: str, faults: Faults) -> Any:
    match sketch.get("form"):
        case "always":
            return {"form": "always", "holds": sketch.get("holds") != "no"}
        case "group":
            items = items_in(sketch, "items")
            if not items:
                faults[place] = "A group needs at least one condition; add one or remove the group."
            return {
                "form": "group",
                "kind": sketch.get("kind"),
                "items": [
                    _part(one, f"{place}.items.{at}", faults) for at, one in enumerate(items)
                ],
            }
        case "lines":
            where = tree_in(sketch, "where")
            inner = _group_top(where, f"{place}.where", faults)
            return {
                "form": "lines", "kind": sketch.get("kind"), "list": sketch.get("list"),
                "where": inner,
            }  # fmt: skip
        case _:
            return _condition(sketch, place, faults)


def _condition(sketch: Sketch, place: str, faults: Faults) -> Any:
    fact, operator = text_in(sketch, "fact").strip(), text_in(sketch, "operator")
    if not fact:
        faults[place] = "Choose the field that the condition looks at."
        return None
    row = OPERATORS.get(operator)
    if row is None:
        faults[place] = "Choose how the field is compared."
        return None
    given = items_in(sketch, "values")
    numeric = is_numeric(fact, operator)
    values: list[Any] = []
    if row.values is None:
        typed = [part for one in given for part in split_list(text_in(one, "value"))]
        values = [
            fill_number(one, f"{place}.values.0", faults) if numeric else one for one in typed
        ]
        if not values:
            faults[f"{place}.values.0"] = "Type at least one value; commas go between several."
    else:
        for at in range(row.values):
            one = given[at] if at < len(given) else {}
            is_number = numeric or (row.key == "within_days" and at == 1)
            where = f"{place}.values.{at}"
            values.append(_operand(one, where, faults, numeric=is_number))
    match_case = bool(text_in(sketch, "match_case")) and row.can_match_case(type_of(fact) or "text")
    return {
        "form": "condition", "fact": fact, "operator": operator, "values": values,
        "match_case": match_case,
    }  # fmt: skip


def _operand(sketch: Sketch, place: str, faults: Faults, *, numeric: bool) -> Any:
    if sketch.get("form") == "copy":
        if not text_in(sketch, "fact"):
            faults[place] = "Choose the field to compare with."
        return {"form": "copy", "fact": text_in(sketch, "fact")}
    text = text_in(sketch, "value").strip()
    if numeric:
        return fill_number(text, place, faults)
    if not text:
        faults[place] = "Type what the field is compared with."
    return text


def _json(text: str, place: str, faults: Faults) -> Any:
    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is not JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError:
        faults[place] = "The JSON is nested too deep."
    except ValueError as error:
        faults[place] = f"This is not JSON: {error}."
    return None
