"""Two people's changes to one rule or table put together, case by case and row by row.

What only one side changed is taken as it is. Where both changed the same thing differently, or
the order of cases would be a guess, nothing is merged and every clash is told.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rules_library.describe import describe_case, describe_then, describe_value
from rules_library.logic import Table
from rules_library.rule import Case, Rule, canonical
from rules_library.table_cells import same_keys

_SAME: Final[tuple[Callable[[Case], Hashable], ...]] = (
    lambda case: case.id,
    lambda case: (case.title, canonical([case.when, case.then])),
    lambda case: canonical([case.when, case.then]),
    lambda case: case.title,
    lambda case: canonical(case.when),
)
"""What makes two cases the same one, the surest first; it counts only where it is unique."""

_Token = int | tuple[str, int]
"""A case: its place in the base, or its content and which of several equal ones it is."""


class ClashError(ValueError):
    """The two sides cannot be put together; a sentence for each clash."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("; ".join(sentences))


def merge_rules(base: Rule, ours: Rule, theirs: Rule) -> Rule:
    """The rule with the changes that both sides made to the base.

    Cases that both sides put at one place stand one after the other, ours first.

    Raises:
        ClashError: Both changed the same case, the otherwise or the order differently.
    """
    clashes: list[str] = []
    otherwise = _chosen(base.otherwise, ours.otherwise, theirs.otherwise)
    if otherwise is _CLASH:
        said = [describe_then(one.otherwise, base.decision) for one in (ours, theirs)]
        clashes.append(f"Otherwise was changed to {said[0]} and to {said[1]}")
    mine, other = _Side(base, ours), _Side(base, theirs)
    cases = _merged_cases(base, mine, other, clashes)
    order = _order(mine, other, cases, clashes)
    _check_added(mine, other, clashes)
    if clashes:
        raise ClashError(clashes)
    found = {**other.added, **mine.added, **cases}
    return Rule(base.decision, tuple(found[token] for token in order), otherwise)


def merge_tables(base: Table, ours: Table, theirs: Table) -> Table:
    """The table with the rows that both sides added, changed and removed.

    Raises:
        ClashError: Both changed the same row or the otherwise differently, or the key columns.
    """
    if not base.keys == ours.keys == theirs.keys:
        for one, other in ((ours, theirs), (theirs, ours)):
            if other in (base, one):
                return one
        raise ClashError(["The key columns were changed, and so was something else"])
    rows = [{same_keys(row[:-1]): row for row in one.rows} for one in (base, ours, theirs)]
    clashes, kept = [], []
    for key in dict.fromkeys([*rows[2], *rows[1], *rows[0]]):
        was, mine, other_row = (one.get(key) for one in rows)
        row = _chosen(was, mine, other_row, same=_same_row)
        if row is _CLASH:
            said = [_row_said(one.get(key)) for one in rows[1:]]
            name = describe_value(next(one[key] for one in rows if key in one)[:-1])
            clashes.append(f"Row {name} was {said[0]} and {said[1]}")
        elif row is not None:
            kept.append(row)
    otherwise = _chosen(base.otherwise, ours.otherwise, theirs.otherwise)
    if otherwise is _CLASH:
        said = [describe_value(one.otherwise) for one in (ours, theirs)]
        clashes.append(f"Otherwise was changed to {said[0]} and to {said[1]}")
    if clashes:
        raise ClashError(clashes)
    return Table(base.keys, kept, otherwise)


_CLASH: Final = object()


def _equal(one: Any, other: Any) -> bool:
    return canonical(one) == canonical(other)


def _chosen(base: Any, ours: Any, theirs: Any, same: Callable[[Any, Any], bool] = _equal) -> Any:
    """What one side changed, or both alike."""
    if same(ours, theirs) or same(base, theirs):
        return ours
    return theirs if same(base, ours) else _CLASH


def _same_row(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return _equal(one[-1], other[-1])


def _row_said(row: Any) -> str:
    return "removed" if row is None else f"set to {describe_value(row[-1])}"


def _content(case: Case | None) -> Mapping[str, Any] | None:
    if case is None:
        return None
    return {"on": case.enabled, "when": case.when, "then": case.then, **case.label}


def _same_case(one: Case | None, other: Case | None) -> bool:
    return _equal(_content(one), _content(other))


@dataclass(slots=True)
class _Side:
    """One side's cases against the base's."""

    base: Rule
    rule: Rule
    tokens: list[_Token] = field(default_factory=list)
    """Its cases in their order."""
    cases: dict[int, Case] = field(default_factory=dict)
    """Its version of the base's cases that it still has."""
    added: dict[_Token, Case] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pairs = _pairs(self.base.cases, self.rule.cases)
        count: dict[str, int] = {}
        for place, case in enumerate(self.rule.cases):
            if place in pairs:
                self.cases[pairs[place]] = case
                self.tokens.append(pairs[place])
                continue
            text = canonical(_content(case))
            count[text] = count.get(text, 0) + 1
            token = (text, count[text])
            self.added[token] = case
            self.tokens.append(token)

    def order(self, known: Mapping[int, Case]) -> list[int]:
        """The base's cases in this side's order."""
        return [token for token in self.tokens if isinstance(token, int) and token in known]


def _pairs(old: Sequence[Case], new: Sequence[Case]) -> dict[int, int]:
    """The place in the base of each case that is surely one of the base's."""
    left, right = dict(enumerate(old)), dict(enumerate(new))
    pairs: dict[int, int] = {}
    for same in _SAME:
        before, after = _unique(left, same), _unique(right, same)
        for name in before.keys() & after.keys():
            pairs[after[name]] = before[name]
            del left[before[name]], right[after[name]]
    return pairs


def _unique(cases: Mapping[int, Case], same: Callable[[Case], Hashable]) -> dict[Hashable, int]:
    places: dict[Hashable, list[int]] = {}
    for place, case in cases.items():
        places.setdefault(same(case), []).append(place)
    return {name: held[0] for name, held in places.items() if name != "" and len(held) == 1}


def _merged_cases(base: Rule, ours: _Side, theirs: _Side, clashes: list[str]) -> dict[_Token, Case]:
    """The base's cases that stay, as they are now."""
    kept: dict[_Token, Case] = {}
    for place, was in enumerate(base.cases):
        sides = ours.cases.get(place), theirs.cases.get(place)
        case = _chosen(was, *sides, same=_same_case)
        if case is _CLASH:
            said = [f"changed to: {_said(base, one)}" if one else "removed" for one in sides]
            clashes.append(f"Case {place + 1} ({_said(base, was)}) was {said[0]}; and {said[1]}")
        elif case is not None:
            kept[place] = case
    return kept


def _order(
    ours: _Side, theirs: _Side, kept: Mapping[_Token, Case], clashes: list[str]
) -> list[_Token]:
    """Every case once: in the order of the side that moved any, the other's new ones put in."""
    known = {place: case for place, case in kept.items() if isinstance(place, int)}
    mine, other = ours.order(known), theirs.order(known)
    moved = mine != sorted(mine)
    if moved and other not in (mine, sorted(other)):
        clashes.append("The cases were put in two different orders")
    lead, follow = (ours, theirs) if moved else (theirs, ours)
    found = [token for token in lead.tokens if token in kept or token in lead.added]
    after = -1
    for token in follow.tokens:
        if token in found:
            after = found.index(token)
        elif token in follow.added:
            after += 1
            while follow is theirs and after < len(found) and found[after] in ours.added:
                after += 1
            found.insert(after, token)
    return found


def _check_added(ours: _Side, theirs: _Side, clashes: list[str]) -> None:
    """Two new cases of one id or one condition that are not the same are a clash."""
    for mine in ours.added.values():
        for other in theirs.added.values():
            same_id = mine.id and mine.id == other.id
            if (same_id or _equal(mine.when, other.when)) and not _same_case(mine, other):
                said = _said(ours.rule, mine), _said(ours.rule, other)
                clashes.append(f"Two new cases say different things: {said[0]}; and {said[1]}")


def _said(rule: Rule, case: Case) -> str:
    return describe_case(rule.decision, case) + ("" if case.enabled else " (switched off)")
