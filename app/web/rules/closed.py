"""Cases that stand closed on the page: of a long rule each is one sentence until it is opened.

A closed case keeps what it says as the JSON of its JSON tab, in a hidden field; so a form can be
saved, tried and dragged whichever of its cases are open.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from app.web.rules.filled import NotFilledError, write_case
from app.web.rules.sentences import CaseLine, case_line
from app.web.rules.shown import Sketch, case_labels, case_sketch, otherwise_sketch
from app.web.rules.sketch import SketchError, Tree, listed, numbered
from rules_library.decision import Decision
from rules_library.logic import RuleError
from rules_library.rule import Rule

MOST_OPEN: Final = 5
"""A rule with more cases shows them closed."""
_LONGEST_NUMBER: Final = 6


def is_long(cases: Collection[Any]) -> bool:
    """Whether a rule has so many cases that they stand closed."""
    return len(cases) > MOST_OPEN


def rule_shown(
    decision: Decision, content: Mapping[str, Any], opened: Collection[int] = ()
) -> Sketch:
    """The whole rule; of a long one only the cases with these numbers, from 1, are open."""
    cases = content["cases"]
    folds = is_long(cases)
    return {
        "cases": [
            {
                "k": str(number - 1),
                **(
                    _closed(case) if folds and number not in opened else case_sketch(decision, case)
                ),
            }
            for number, case in enumerate(cases, 1)
        ],
        "otherwise": otherwise_sketch(decision, content["otherwise"]),
    }


def is_closed(case: Mapping[str, Any]) -> bool:
    """Whether a case of a sketch is closed."""
    return case.get("mode") == "closed"


def open_numbers(sketch: Mapping[str, Any]) -> list[int]:
    """The numbers, from 1, of the cases that are open."""
    cases = sketch.get("cases") or ()
    return [number for number, case in enumerate(cases, 1) if not is_closed(case)]


def numbers_in(text: str) -> set[int]:
    """Numbers of cases as an address or a hidden field has them, such as ``3,17``."""
    given = [one.strip() for one in text.split(",")]
    return {int(one) for one in given if one.isdecimal() and len(one) < _LONGEST_NUMBER}


def open_case(decision: Decision, tree: Tree, place: str) -> None:
    """Show what a closed case holds: as a form, or as JSON with the reason.

    Raises:
        SketchError: There is no such case.
        NotFilledError: What it holds is no case.
    """
    case = case_at(tree, place)
    if is_closed(case):
        case.update(numbered(_opened(decision, case)))


def close_case(decision: Decision, tree: Tree, place: str, before: Mapping[str, Any]) -> None:
    """Keep what an open case holds, and show its sentence.

    Raises:
        SketchError: There is no such case.
        NotFilledError: It is not filled in yet.
        rules_library.logic.RuleError: It cannot be used.
    """
    case = case_at(tree, place)
    if is_closed(case):
        return
    made = write_case(decision, {"k": place.removeprefix("cases."), **listed(case)}, before)
    Rule.from_file(decision, {"cases": [made]}).compile()
    for gone in ("when", "then", "reason"):
        case.pop(gone, None)
    case.update(mode="closed", json=_dense(made))


def open_at(decision: Decision, sketch: Sketch, number: int) -> None:
    """Open the case with a number, from 1, so that what is wrong with it can be seen and mended."""
    cases = sketch.get("cases") or []
    if number <= len(cases) and is_closed(cases[number - 1]):
        cases[number - 1].update(_opened(decision, cases[number - 1]))


def case_at(tree: Tree, place: str) -> Tree:
    """The case at a place such as ``cases.3``.

    Raises:
        SketchError: There is none.
    """
    number = place.removeprefix("cases.")
    cases = tree.get("cases")
    case = cases.get(number) if isinstance(cases, dict) else None
    if place != f"cases.{number}" or not isinstance(case, dict):
        raise SketchError("What the button is for is not there any more.")
    return case


def lines_of(decision: Decision, sketch: Mapping[str, Any]) -> dict[str, CaseLine]:
    """What each closed case says, by its ``k``."""
    return {
        case["k"]: _line(decision, number, case)
        for number, case in enumerate(sketch.get("cases") or (), 1)
        if is_closed(case)
    }


def _line(decision: Decision, number: int, case: Sketch) -> CaseLine:
    try:
        (read,) = Rule.from_file(decision, {"cases": [write_case(decision, case)]}).cases
    except (RuleError, NotFilledError) as error:
        said = f"it cannot be read: {error}"
        return CaseLine(number, "", "", enabled=True, when=said, then="", preset="")
    return case_line(decision, number, read)


def _opened(decision: Decision, case: Sketch) -> Sketch:
    found = case_sketch(decision, write_case(decision, listed(case)))
    shown = ("mode", "reason", "json", "when", "then")
    return {name: found[name] for name in shown if name in found}


def _closed(case: Mapping[str, Any]) -> Sketch:
    return {**case_labels(case), "mode": "closed", "json": _dense(case)}


def _dense(case: Mapping[str, Any]) -> str:
    said = {"when": case["when"], "then": case["then"]}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), default=str)
