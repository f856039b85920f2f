"""A filled-in form as a rule of a rulebook file, with what is wrong beside each of its places."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.web.rules.shown import Sketch, otherwise_sketch, rule_sketch
from app.web.rules.typed import (
    TypedError,
    Widget,
    is_numeric,
    part_kinds,
    read_number,
    split_list,
    type_of,
    widget_of,
)
from rules_library.decision import Decision
from rules_library.form import OPERATORS, FormError, from_json, write_then, write_when
from rules_library.rule import canonical

Faults = dict[str, str]
"""What is wrong, by place."""


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
    known = _written_before(decision, before)
    cases = [_case(decision, one, known, faults) for one in _items(sketch, "cases")]
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
    decision: Decision, sketch: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    """One case of it.

    Raises:
        NotFilledError: with every place that is not right.
    """
    faults: Faults = {}
    case = _case(decision, dict(sketch), _written_before(decision, before), faults)
    if faults:
        raise NotFilledError(faults)
    return case


def _written_before(decision: Decision, before: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The cases that there were, by how this form writes them."""
    sketches = rule_sketch(decision, before)["cases"]
    found = {}
    for case, sketch in zip(before["cases"], sketches, strict=True):
        again: Any = _again(lambda one=sketch: _case(decision, one, {}, {}))  # type: ignore[misc]
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
    decision: Decision, sketch: Sketch, known: Mapping[str, Mapping[str, Any]], faults: Faults
) -> dict[str, Any]:
    place = f"cases.{sketch.get('k', '')}"
    case: dict[str, Any] = {
        "title": _text(sketch, "title").strip(),
        "note": _text(sketch, "note").replace("\r\n", "\n").strip(),
        "enabled": bool(_text(sketch, "enabled")),
    }
    if _text(sketch, "id"):
        case["id"] = _text(sketch, "id")
    if _text(sketch, "preset"):
        case["preset"] = _json(_text(sketch, "preset"), f"{place}.preset", faults)
    if sketch.get("mode") == "json":
        given = _json(_text(sketch, "json"), f"{place}.json", faults)
        if not isinstance(given, dict) or set(given) != {"when", "then"}:
            faults.setdefault(f"{place}.json", 'A case in JSON is {"when": ..., "then": ...}.')
            given = {"when": None, "then": None}
        return case | given
    when, then = _dict(sketch, "when"), _dict(sketch, "then")
    case["when"] = _logic(write_when, lambda: _group_top(when, f"{place}.when", faults), faults,
                          f"{place}.when")  # fmt: skip
    case["then"] = _value(decision, then, f"{place}.then", faults)
    same = known.get(_meaning(case))
    return case | {"when": same["when"], "then": same["then"]} if same else case


def _otherwise(decision: Decision, sketch: Sketch, faults: Faults) -> Any:
    if sketch.get("mode") == "json":
        return _json(_text(sketch, "json"), "otherwise.json", faults)
    then = _dict(sketch, "then")
    if not decision.collects:
        return _value(decision, then, "otherwise.then", faults)
    return [
        _value(decision, one, f"otherwise.then.parts.{place}", faults)
        for place, one in enumerate(_items(then, "parts"))
    ]


def _value(decision: Decision, then: Sketch, place: str, faults: Faults) -> Any:
    def form() -> Any:
        if decision.parts and then.get("form") in {"several", "literal", None}:
            kinds = part_kinds(decision)
            parts = [
                _then(one, kinds[at][1], f"{place}.parts.{at}", faults)
                for at, one in enumerate(_items(then, "parts")[: len(kinds)])
            ]
            while len(parts) > 2 and parts[-1] == {"form": "literal", "value": None}:  # noqa: PLR2004 - the least that a value has
                parts.pop()
            return {"form": "several", "parts": parts}
        return _then(then, widget_of(decision.kind), place, faults)

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
    items = _items(sketch, "items")
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
            items = _items(sketch, "items")
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
            where = _dict(sketch, "where")
            inner = _group_top(where, f"{place}.where", faults)
            return {
                "form": "lines", "kind": sketch.get("kind"), "list": sketch.get("list"),
                "where": inner,
            }  # fmt: skip
        case _:
            return _condition(sketch, place, faults)


def _condition(sketch: Sketch, place: str, faults: Faults) -> Any:
    fact, operator = _text(sketch, "fact").strip(), _text(sketch, "operator")
    if not fact:
        faults[place] = "Choose the field that the condition looks at."
        return None
    row = OPERATORS.get(operator)
    if row is None:
        faults[place] = "Choose how the field is compared."
        return None
    given = _items(sketch, "values")
    numeric = is_numeric(fact, operator)
    values: list[Any] = []
    if row.values is None:
        typed = [part for one in given for part in split_list(_text(one, "value"))]
        values = [_number(one, f"{place}.values.0", faults) if numeric else one for one in typed]
        if not values:
            faults[f"{place}.values.0"] = "Type at least one value; commas go between several."
    else:
        for at in range(row.values):
            one = given[at] if at < len(given) else {}
            is_number = numeric or (row.key == "within_days" and at == 1)
            where = f"{place}.values.{at}"
            values.append(_operand(one, where, faults, numeric=is_number))
    match_case = bool(_text(sketch, "match_case")) and row.can_match_case(type_of(fact) or "text")
    return {
        "form": "condition", "fact": fact, "operator": operator, "values": values,
        "match_case": match_case,
    }  # fmt: skip


def _operand(sketch: Sketch, place: str, faults: Faults, *, numeric: bool) -> Any:
    if sketch.get("form") == "copy":
        if not _text(sketch, "fact"):
            faults[place] = "Choose the field to compare with."
        return {"form": "copy", "fact": _text(sketch, "fact")}
    text = _text(sketch, "value").strip()
    if numeric:
        return _number(text, place, faults)
    if not text:
        faults[place] = "Type what the field is compared with."
    return text


def _number(text: str, place: str, faults: Faults) -> Any:
    try:
        return read_number(text)
    except TypedError as error:
        faults[place] = str(error)
        return 0


def _then(sketch: Sketch, widget: Widget, place: str, faults: Faults) -> Any:  # noqa: C901, PLR0912 - one case a form
    def inner(name: str, kind: Widget = "text") -> Any:
        return _then(_dict(sketch, name), kind, f"{place}.{name}", faults)

    def several(name: str, kind: Widget = "text") -> list[Any]:
        found = _items(sketch, name)
        if not found:
            faults[place] = "Add at least one part."
        return [_then(one, kind, f"{place}.{name}.{at}", faults) for at, one in enumerate(found)]

    form = sketch.get("form") or "literal"
    match form:
        case "literal":
            return {"form": "literal", "value": _literal(sketch, widget, place, faults)}
        case "nothing":
            return {"form": "literal", "value": None}
        case "clear":
            return {"form": "clear"}
        case "copy":
            if not _text(sketch, "fact").strip():
                faults[place] = "Choose the field to copy."
            default = _text(sketch, "default").strip() or None
            return {"form": "copy", "fact": _text(sketch, "fact").strip(), "default": default}
        case "lookup":
            return _look_up(sketch, widget, several("keys"), place, faults)
        case "inlinemap":
            return _map(sketch, widget, place, faults)
        case "join":
            return {"form": "join", "parts": several("parts")}
        case "part":
            return {
                "form": "part", "of": inner("of"),
                "start": _whole(sketch, "start", place, faults),
                "length": _whole(sketch, "length", place, faults, least=None),
            }  # fmt: skip
        case "changed":
            return {"form": "changed", "how": sketch.get("how"), "of": inner("of")}
        case "arithmetic":
            parts = several("parts", "number")
            return {"form": "arithmetic", "operator": sketch.get("operator"), "parts": parts}
        case "rounded":
            places = _whole(sketch, "places", place, faults)
            return {"form": "rounded", "of": inner("of", "number"), "places": places}
        case "dayslater":
            days = _whole(sketch, "days", place, faults)
            return {"form": "dayslater", "of": inner("of", "day"), "days": days}
        case _:
            faults[place] = "Choose what the value is."
            return {"form": "clear"}


def _look_up(sketch: Sketch, widget: Widget, keys: list[Any], place: str, faults: Faults) -> Any:
    if not _text(sketch, "table"):
        faults[place] = "Choose the table to look into."
    fallback = _dict(sketch, "fallback")
    found = None
    if fallback.get("form"):
        found = _then(fallback, widget, f"{place}.fallback", faults)
    return {
        "form": "lookup", "table": _text(sketch, "table"), "keys": keys, "fallback": found,
        "listed": bool(_text(sketch, "listed")),
    }  # fmt: skip


def _map(sketch: Sketch, widget: Widget, place: str, faults: Faults) -> Any:
    fact = _text(sketch, "fact").strip()
    if not fact:
        faults[place] = "Choose the field that is mapped."
    rows = []
    for at, row in enumerate(_items(sketch, "rows")):
        where = f"{place}.rows.{at}"
        typed: list[Any] = split_list(_text(row, "source"))
        if not typed:
            faults[where] = "Type what is mapped."
        if is_numeric(fact, ""):
            typed = [_number(one, where, faults) for one in typed]
        source = typed[0] if len(typed) == 1 else typed
        target = _then(_dict(row, "target"), widget, f"{where}.target", faults)
        rows.append({"form": "maprow", "source": source, "target": target})
    if not rows:
        faults[place] = "Map at least one value: add a row or paste some."
    return {
        "form": "inlinemap", "fact": fact, "rows": rows,
        "otherwise": _then(_dict(sketch, "otherwise"), widget, f"{place}.otherwise", faults),
        "match_case": bool(_text(sketch, "match_case")),
    }  # fmt: skip


def _literal(sketch: Sketch, widget: Widget, place: str, faults: Faults) -> Any:
    text = _text(sketch, "value")
    if widget == "picks":
        found = sketch.get("picks")
        picks = [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
        if not all(picks):
            faults[place] = "Choose one in each place, and take out what is not needed."
        return picks
    if widget in {"yes_no", "flag"}:
        if text not in {"yes", "no"}:
            faults[place] = "Choose yes or no."
        return text == "yes"
    if not text.strip():
        faults[place] = (
            "Choose a value." if widget == "choice" else "Type a value, or choose what else it is."
        )
        return text
    if widget == "number":
        return _number(text, place, faults)
    return text


_WHOLE: Final = re.compile(r"[-+]?\d{1,6}")


def _whole(
    sketch: Sketch, name: str, place: str, faults: Faults, *, least: int | None = 0
) -> int | None:
    text = _text(sketch, name).strip()
    if not text and least is None:
        return None
    if not _WHOLE.fullmatch(text):
        faults[place] = "Type a whole number."
        return 0
    return int(text)


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


def _text(sketch: Mapping[str, Any], name: str) -> str:
    found = sketch.get(name)
    return found if isinstance(found, str) else ""


def _dict(sketch: Mapping[str, Any], name: str) -> Sketch:
    found = sketch.get(name)
    return found if isinstance(found, dict) else {}


def _items(sketch: Mapping[str, Any], name: str) -> list[Sketch]:
    found = sketch.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
