"""A rule as the builder shows it and back: as a form, as JSON, with the rows that were pasted."""

from __future__ import annotations

import json
from typing import Any, Final

from app.rules.draft_state import Held
from app.web.rules.closed import case_at, numbers_in, open_numbers, rule_shown
from app.web.rules.filled import NotFilledError, write_case, write_rule
from app.web.rules.shown import Sketch, case_json, case_sketch, pretty
from app.web.rules.sketch import SketchError, Tree, free, listed, numbered
from app.web.rules.typed import pasted
from app.web.rules.values import text_in
from rules_library.decision import Decision
from rules_library.rule import Rule

PASTED: Final = 1_000
"""Rows that may be pasted into a case; more belong into a table."""


def written(decision: Decision, sketch: Sketch, before: Any) -> Any:
    """What a form or the JSON of a whole rule is to be saved as.

    Raises:
        NotFilledError: with what is wrong in each place.
    """
    if sketch.get("whole") != "json":
        return write_rule(decision, sketch, before)
    try:
        data = json.loads(str(sketch.get("json", "")))
    except (ValueError, RecursionError) as error:
        raise NotFilledError({"json": f"This is not JSON: {error}."}) from None
    is_rule = isinstance(data, dict) and (set(data) <= {"cases", "otherwise"} and data)
    return data if is_rule or (isinstance(data, dict) and set(data) == {"logic"}) else {
        "logic": data
    }  # fmt: skip


def turned(decision: Decision, sketch: Sketch, held: Held, said: str) -> Sketch:
    """The whole rule as JSON or as a form."""
    data = written(decision, sketch, held.content)
    made = Rule.from_file(decision, data)
    if said == "whole-json":
        opened = ",".join(map(str, open_numbers(sketch)))
        return {"whole": "json", "json": pretty(made.to_file()), "opened": opened}
    if set(data) == {"logic"}:
        made = Rule.from_file(decision, held.content).revised(data["logic"])
    made.compile()
    return rule_shown(decision, made.to_file(), numbers_in(text_in(sketch, "opened")))


def turn_case(decision: Decision, tree: Tree, place: str, verb: str, held: Held) -> None:
    """One case as JSON or as a form; what no form can show stays JSON, with the reason."""
    held_case = case_at(tree, place)
    sketch = {"k": place.removeprefix("cases."), **listed(held_case)}
    case = write_case(decision, sketch, held.content)
    if verb == "to-json":
        held_case["json"] = case_json(case)
        return
    Rule.from_file(decision, {"cases": [case]}).compile()
    shown = case_sketch(decision, case)
    if shown["mode"] == "json":
        raise SketchError(f"No form can show this case. {shown['reason']}")
    for name in ("when", "then"):
        held_case[name] = numbered(shown[name])


def paste(tree: Tree, place: str) -> None:
    """Add the rows of pasted cells to a map."""
    node: Any = tree
    for step in place.split("."):
        node = node.get(step)
        if not isinstance(node, dict):
            raise SketchError("What the button is for is not there any more.")
    found = list(pasted(str(node.pop("pasted", ""))))
    if not found:
        raise SketchError("Paste two columns: what it is mapped from, and what it is mapped to.")
    rows = node.get("rows")
    if not isinstance(rows, dict):
        rows = node["rows"] = {}
    if len(rows) + len(found) > PASTED:
        raise SketchError(f"More than {PASTED:,} rows belong into a table; see Tables.")
    for number in [number for number, row in rows.items() if not row.get("source")]:
        del rows[number]
    for source, target in found:
        rows[free(rows)] = {
            "source": f'"{source}"' if "," in source else source,
            "target": {"form": "literal", "value": target},
        }
