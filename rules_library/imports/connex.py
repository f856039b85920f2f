"""Rules in the style of Connex, from CSV: all rows of one name are one rule.

Nothing is imported by halves: either every row is understood, or all faults are told.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from rules_library.decision import BadValueError, Decision, decisions
from rules_library.rule import canonical
from rules_library.rulebook import Rulebook, RulebookError

from .connex_actions import ACTIONS, Action, find_action
from .connex_conditions import Test, joined, test_of
from .connex_rows import ConnexError, Fault, Row, read_rows
from .fields import plain

__all__ = ["ConnexError", "Fault", "import_connex"]

MAP_ALL = "map all"


def import_connex(data: str | bytes) -> dict[str, Any]:
    """A rulebook file from a rule CSV; what it does not mention keeps its default.

    Columns, in any order and case: name, action, field, map from, comparison, conjunction, map to.
    The conditions of a rule are joined by its conjunction, AND or OR. Rows joined by OR (or by
    nothing) that map to different values are a list of cases. "Map all" copies the field.

    Raises:
        ConnexError: With every fault and its row, the header being row 1.
    """
    faults: list[Fault] = []
    rules: dict[str, list[Row]] = {}
    for row in read_rows(data):
        rules.setdefault(plain(row.name), []).append(row)
    cases: dict[str, list[dict[str, Any]]] = {}
    origin: dict[str, list[int]] = {}
    for rows in rules.values():
        found = _rule(rows, faults)
        for decision, case in found:
            cases.setdefault(decision, []).append(case)
            origin.setdefault(decision, []).append(rows[0].number)
    if faults:
        raise ConnexError(sorted(faults))
    file = {
        "rulebooks": 1,
        "rules": {key: {"cases": cases[key]} for key in sorted(cases)},
        "tables": {},
    }
    try:
        Rulebook.from_file(file)
    except RulebookError as error:
        raise ConnexError(
            sorted(Fault(_row_of(pointer, origin), said) for pointer, said in error.faults)
        ) from None
    return file


def _row_of(pointer: str, origin: dict[str, list[int]]) -> int:
    """The row that a place in the file came from: /rules/<decision>/cases/<n>/..."""
    names = pointer.split("/")
    rows = origin.get(names[2], []) if len(names) > 2 else []  # noqa: PLR2004
    case = int(names[4]) if len(names) > 4 and names[4].isdigit() else 0  # noqa: PLR2004
    return rows[case] if case < len(rows) else 1


def _rule(rows: list[Row], faults: list[Fault]) -> list[tuple[str, dict[str, Any]]]:
    """The cases of one rule by decision; faults are added to the list."""
    before = len(faults)
    action = _action(rows, faults)
    conjunction = _conjunction(rows, faults)
    decision = _decision(rows[0], action, faults) if action else None
    if action is None or decision is None:
        return []
    read: list[tuple[Test, Any]] = []
    for row in rows:
        try:
            test = test_of(row, decision)
            read.append((test, _value(row, action, decision, test)))
        except BadValueError as error:
            faults.append(Fault(row.number, str(error)))
    groups: dict[str, tuple[list[Test], Any]] = {}
    for test, value in read:
        groups.setdefault(canonical(value), ([], value))[0].append(test)
    if len(groups) > 1 and conjunction == "and":
        sentence = "The rows of this rule are joined by AND, but map to different values."
        faults.append(Fault(rows[1].number, sentence))
    if not conjunction and any(len(tests) > 1 for tests, _ in groups.values()):
        faults.append(Fault(rows[1].number, "This rule has no conjunction: say AND or OR."))
    if len(faults) > before:
        return []
    return [
        (key, _case(rows[0].name, joined(tests, conjunction or "or", decision), then))
        for tests, value in groups.values()
        for key, then in ((decision.key, value), *action.also)
    ]


def _case(title: str, when: Any, then: Any) -> dict[str, Any]:
    return {"title": title, "note": "", "enabled": True, "when": when, "then": then}


def _action(rows: list[Row], faults: list[Fault]) -> Action | None:
    first = find_action(rows[0].action)
    if first is None:
        near = get_close_matches(plain(rows[0].action), ACTIONS, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        sentence = f"There is no action {rows[0].action!r:.60}.{hint}"
        faults.append(Fault(rows[0].number, sentence))
    faults.extend(
        Fault(row.number, f"The rule {row.name!r:.60} has another action in row {rows[0].number}.")
        for row in rows[1:]
        if plain(row.action) != plain(rows[0].action)
    )
    return first


def _conjunction(rows: list[Row], faults: list[Fault]) -> str:
    """How the rule's rows are joined: "and", "or", or "" where nothing is said."""
    chosen = ""
    for row in rows:
        word = row.conjunction.casefold()
        if word not in {"", "and", "or"}:
            faults.append(Fault(row.number, f"A conjunction is AND or OR, not {word!r:.60}."))
        elif word and chosen and word != chosen:
            sentence = (
                f"The rule {row.name!r:.60} mixes AND with OR, which can be read in two ways. "
                "Make two rules of it."
            )
            faults.append(Fault(row.number, sentence))
        elif word:
            chosen = word
    return chosen


def _decision(row: Row, action: Action, faults: list[Fault]) -> Decision | None:
    known = decisions()
    for key in (action.decision, *(key for key, _ in action.also)):
        if key not in known:
            sentence = (
                f"The action {row.action!r:.60} cannot be imported: this version does not have "
                f"the decision {key} yet."
            )
            faults.append(Fault(row.number, sentence))
            return None
    return known[action.decision]


def _value(row: Row, action: Action, decision: Decision, test: Test) -> Any:
    """What the row maps to, as JSON-logic; raises BadValueError."""
    if plain(row.map_to) == MAP_ALL or (row.is_map_all and not row.map_to):
        if test.fact is None:
            raise BadValueError("map all needs a field to copy")
        if test.fact.startswith("line.") and "line" not in decision.scopes:
            raise BadValueError(f"an order has many lines, so {row.field!r:.60} cannot be copied")
        return {"var": test.fact}
    return action.read(decision, row.map_to)
