"""The value of a case as a form says it, with what is wrong beside each of its places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from app.web.rules.shown import Sketch
from app.web.rules.typed import TypedError, Widget, is_numeric, read_number, split_list

Faults = dict[str, str]
"""What is wrong, by place."""


def fill_then(sketch: Sketch, widget: Widget, place: str, faults: Faults) -> Any:  # noqa: C901, PLR0912 - one case a form
    """A value as a form's JSON, see ``rules_library.form.from_json``."""

    def inner(name: str, kind: Widget = "text") -> Any:
        return fill_then(tree_in(sketch, name), kind, f"{place}.{name}", faults)

    def several(name: str, kind: Widget = "text") -> list[Any]:
        found = items_in(sketch, name)
        if not found:
            faults[place] = "Add at least one part."
        return [
            fill_then(one, kind, f"{place}.{name}.{at}", faults) for at, one in enumerate(found)
        ]

    form = sketch.get("form") or "literal"
    match form:
        case "literal":
            return {"form": "literal", "value": _literal(sketch, widget, place, faults)}
        case "nothing":
            return {"form": "literal", "value": None}
        case "clear":
            return {"form": "clear"}
        case "copy":
            if not text_in(sketch, "fact").strip():
                faults[place] = "Choose the field to copy."
            default = text_in(sketch, "default").strip() or None
            return {"form": "copy", "fact": text_in(sketch, "fact").strip(), "default": default}
        case "lookup":
            return _look_up(sketch, widget, several("keys"), place, faults)
        case "inlinemap":
            return _map(sketch, widget, place, faults)
        case "firstof":
            return {"form": "firstof", "parts": several("parts", widget)}
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
    if not text_in(sketch, "table"):
        faults[place] = "Choose the table to look into."
    fallback = tree_in(sketch, "fallback")
    found = None
    if fallback.get("form"):
        found = fill_then(fallback, widget, f"{place}.fallback", faults)
    return {
        "form": "lookup", "table": text_in(sketch, "table"), "keys": keys, "fallback": found,
        "listed": bool(text_in(sketch, "listed")),
    }  # fmt: skip


def _map(sketch: Sketch, widget: Widget, place: str, faults: Faults) -> Any:
    fact = text_in(sketch, "fact").strip()
    if not fact:
        faults[place] = "Choose the field that is mapped."
    rows = []
    for at, row in enumerate(items_in(sketch, "rows")):
        where = f"{place}.rows.{at}"
        typed: list[Any] = split_list(text_in(row, "source"))
        if not typed:
            faults[where] = "Type what is mapped."
        if is_numeric(fact, ""):
            typed = [fill_number(one, where, faults) for one in typed]
        source = typed[0] if len(typed) == 1 else typed
        target = fill_then(tree_in(row, "target"), widget, f"{where}.target", faults)
        rows.append({"form": "maprow", "source": source, "target": target})
    if not rows:
        faults[place] = "Map at least one value: add a row or paste some."
    return {
        "form": "inlinemap", "fact": fact, "rows": rows,
        "otherwise": fill_then(tree_in(sketch, "otherwise"), widget, f"{place}.otherwise", faults),
        "match_case": bool(text_in(sketch, "match_case")),
    }  # fmt: skip


def _literal(sketch: Sketch, widget: Widget, place: str, faults: Faults) -> Any:
    text = text_in(sketch, "value")
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
        return fill_number(text, place, faults)
    return text


def fill_number(text: str, place: str, faults: Faults) -> Any:
    """The number that is typed; 0 and a fault where it is none."""
    try:
        return read_number(text)
    except TypedError as error:
        faults[place] = str(error)
        return 0


_WHOLE: Final = re.compile(r"[-+]?\d{1,6}")


def _whole(
    sketch: Sketch, name: str, place: str, faults: Faults, *, least: int | None = 0
) -> int | None:
    text = text_in(sketch, name).strip()
    if not text and least is None:
        return None
    if not _WHOLE.fullmatch(text):
        faults[place] = "Type a whole number."
        return 0
    return int(text)


def text_in(sketch: Mapping[str, Any], name: str) -> str:
    """The text of a field; "" where there is none."""
    found = sketch.get(name)
    return found if isinstance(found, str) else ""


def tree_in(sketch: Mapping[str, Any], name: str) -> Sketch:
    """What lies below a place; nothing where nothing does."""
    found = sketch.get(name)
    return found if isinstance(found, dict) else {}


def items_in(sketch: Mapping[str, Any], name: str) -> list[Sketch]:
    """The parts of a list."""
    found = sketch.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
