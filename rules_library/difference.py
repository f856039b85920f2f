"""What changed between two rules or rulebooks, in words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Final

from rules_library.decision import decisions
from rules_library.describe import Mark, describe_case, describe_otherwise, describe_value
from rules_library.logic import Table
from rules_library.rule import Case, Rule, canonical
from rules_library.rulebook import Rulebook
from rules_library.table_cells import same_keys

MOST_ROWS: Final = 20
"""How many changed rows of a table are told; the rest are counted."""

Pairs = list[tuple[int, int]]

_SAME: Final[tuple[Callable[[Case], Hashable], ...]] = (
    lambda case: case.id,
    lambda case: (case.title, canonical(case.when), canonical(case.then)),
    lambda case: (canonical(case.when), canonical(case.then)),
    lambda case: case.title,
    lambda case: canonical(case.when),
    lambda case: canonical(case.then),
)
"""What makes two cases the same one, the surest first; "" tells nothing."""


def difference(old: Rule, new: Rule, mark: Mark = str) -> list[str]:
    """Every change between two rules of one decision, a sentence each; ``mark`` sets off values."""
    pairs = _paired(old.cases, new.cases)
    moved = _moved(pairs)
    gone = set(range(len(old.cases))) - {before for before, _ in pairs}
    before_of = {after: before for before, after in pairs}
    said = [
        f"{_name(old, place)} removed: {describe_case(old.decision, old.cases[place], mark)}"
        for place in sorted(gone)
    ]
    for place, case in enumerate(new.cases):
        before = before_of.get(place)
        name = _name(new, place)
        if before is None:
            off = "" if case.enabled else " (switched off)"
            said.append(f"{name} added{off}: {describe_case(new.decision, case, mark)}")
            continue
        if place in moved:
            said.append(f"{name} moved from place {before + 1} to {place + 1}")
        changes = _changes(old.decision, old.cases[before], case, mark)
        said.extend(f"{name} {change}" for change in changes)
    if canonical(old.otherwise) != canonical(new.otherwise):
        change = _from_to(describe_otherwise(old, mark), describe_otherwise(new, mark))
        what = "What is always added" if new.decision.collects else "Otherwise"
        said.append(f"{what} changed: {change}")
    return said


def rulebook_changes(old: Rulebook, new: Rulebook, mark: Mark = str) -> dict[str, list[str]]:
    """What changed between two rulebooks, by the name of the rule or table that it is in."""
    said: dict[str, list[str]] = {}
    for key, decision in decisions().items():
        if key in old.rules or key in new.rules:
            rules = old.rule(decision).rule, new.rule(decision).rule
            said[decision.label] = difference(*rules, mark)
    for name in sorted({*old.tables, *new.tables}):
        before, after = old.tables.get(name), new.tables.get(name)
        said[f"Table {name}"] = _table_changes(before, after, mark)
    return {name: changes for name, changes in said.items() if changes}


def rulebook_difference(old: Rulebook, new: Rulebook) -> list[str]:
    """Every change between two rulebooks, a sentence each that names what it is in."""
    changes = rulebook_changes(old, new).items()
    return [f"{name}: {change}" for name, some in changes for change in some]


def table_difference(old: Table, new: Table, mark: Mark = str) -> list[str]:
    """Every change between two tables; the order of rows decides nothing and is not told."""
    if old.keys != new.keys:
        return [
            f"key columns changed: {_from_to(mark(', '.join(old.keys)), mark(', '.join(new.keys)))}"
        ]
    said = list(_row_changes(old, new, mark))
    if len(said) > MOST_ROWS:
        said = [*said[:MOST_ROWS], f"{len(said) - MOST_ROWS} more rows changed"]
    if canonical(old.otherwise) != canonical(new.otherwise):
        change = _from_to(*(mark(describe_value(one.otherwise)) for one in (old, new)))
        said.append(f"otherwise changed: {change}")
    return said


def _paired(old: Sequence[Case], new: Sequence[Case]) -> Pairs:
    left, right = dict(enumerate(old)), dict(enumerate(new))
    pairs: Pairs = []
    for same in _SAME:
        waiting: dict[Hashable, list[int]] = {}
        for place, case in left.items():
            waiting.setdefault(same(case), []).append(place)
        for place, case in list(right.items()):
            places = waiting.get(same(case))
            if places and same(case) != "":
                before = places.pop(0)
                pairs.append((before, place))
                del left[before], right[place]
    return sorted(pairs, key=lambda pair: pair[1])


def _moved(pairs: Pairs) -> set[int]:
    """The new places of cases that moved: all that are not in the longest run left in order."""
    tails: list[int] = []
    ends: list[int] = []
    previous: dict[int, int] = {}
    for index, (before, _) in enumerate(pairs):
        length = bisect_left(tails, before)
        tails[length:] = [before, *tails[length + 1 :]]
        ends[length:] = [index, *ends[length + 1 :]]
        previous[index] = ends[length - 1] if length else -1
    kept: set[int] = set()
    index = ends[-1] if ends else -1
    while index >= 0:
        kept.add(pairs[index][1])
        index = previous[index]
    return {after for _, after in pairs} - kept


def _changes(decision: Any, old: Case, new: Case, mark: Mark) -> Iterator[str]:
    if old.title != new.title:
        yield f'renamed from "{old.title}"'
    if (canonical(old.when), canonical(old.then)) != (canonical(new.when), canonical(new.then)):
        change = _from_to(*(describe_case(decision, one, mark) for one in (old, new)))
        yield f"changed: {change}"
    if old.enabled != new.enabled:
        yield "switched on" if new.enabled else "switched off"
    if old.note != new.note:
        yield "has another note"
    if canonical(old.preset) != canonical(new.preset):
        yield "is linked to another preset" if new.preset else "is no longer linked to a preset"


def _name(rule: Rule, place: int) -> str:
    title = rule.cases[place].title
    return f'Case {place + 1} "{title}"' if title else f"Case {place + 1}"


def _from_to(old: str, new: str) -> str:
    if old == new:
        return "another way to say the same, in the JSON"
    return f"from {old} to {new}"


def _table_changes(old: Table | None, new: Table | None, mark: Mark) -> list[str]:
    if old is None or new is None:
        found = old if new is None else new
        rows = len(found.rows) if found is not None else 0
        return [f"{'added' if old is None else 'removed'}, {rows} row{'' if rows == 1 else 's'}"]
    return table_difference(old, new, mark)


def _row_changes(old: Table, new: Table, mark: Mark) -> Iterator[str]:
    before = {same_keys(row[:-1]): row for row in old.rows}
    after = {same_keys(row[:-1]): row for row in new.rows}
    for keys, row in before.items():
        if keys not in after:
            yield f"row {_row(row, mark)} removed"
    for keys, row in after.items():
        was = before.get(keys)
        if was is None:
            yield f"row {_row(row, mark)} added"
        elif canonical(was[-1]) != canonical(row[-1]):
            change = _from_to(*(mark(describe_value(one[-1])) for one in (was, row)))
            yield f"row {mark(describe_value(row[:-1]))} changed: {change}"


def _row(row: Sequence[Any], mark: Mark) -> str:
    return f"{mark(describe_value(row[:-1]))} -> {mark(describe_value(row[-1]))}"
