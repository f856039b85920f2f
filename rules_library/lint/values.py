"""Values that a rule can give: does the decision take them, and does QuickBooks have them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from rules_library import logic
from rules_library.decision import BadValueError, Decision
from rules_library.logic.equality import fold
from rules_library.pairs import is_literal
from rules_library.rule import Rule

from .finding import Finding, Severity, case_name, shown, step

Names = Mapping[str, Collection[str]]


class Given(NamedTuple):
    """A value that stands in a rule or table, and where."""

    value: Any
    pointer: str


def literals(rule: Any, pointer: str, tables: Mapping[str, logic.Table]) -> Iterator[Given]:
    """Every value that an expression can give without calculating it."""
    if isinstance(rule, (list, tuple)):
        if not any(isinstance(member, (dict, list, tuple)) for member in rule):
            yield Given(list(rule), pointer)
        return
    if not isinstance(rule, Mapping):
        yield Given(rule, pointer)
        return
    if len(rule) != 1:
        return
    ((name, given),) = rule.items()
    operands = list(given) if isinstance(given, (list, tuple)) else [given]
    below = step(pointer, name)
    if name in {"if", "?:"} and isinstance(given, (list, tuple)):
        last = len(operands) - 1
        for place, operand in enumerate(operands):
            if place % 2 or (place == last and last % 2 == 0):
                yield from literals(operand, step(below, place), tables)
    elif name == "lookup":
        yield from _of_table(operands, below, tables)


def _of_table(
    operands: list[Any], pointer: str, tables: Mapping[str, logic.Table]
) -> Iterator[Given]:
    name, _, *default = operands
    table = tables.get(name)
    if table is None:
        return
    place = step("/tables", name)
    for number, row in enumerate(table.rows):
        yield Given(row[-1], f"{place}/rows/{number}/{len(table.keys)}")
    if default:
        yield from literals(default[0], step(pointer, 2), tables)
    else:
        yield Given(table.otherwise, f"{place}/otherwise")


def check_values(
    rule: Rule, pointer: str, tables: Mapping[str, logic.Table], names: Names | None
) -> Iterator[Finding]:
    """Values that stand in the rule, or in the tables that it reads."""
    known = _Known(rule.decision, names)
    for number, where, expression, place in _parts(rule, pointer):
        for given in literals(expression, place, tables):
            yield from known.check(given, number, where)
        if rule.decision.parts and isinstance(expression, list) and not is_literal(expression):
            for given in literals(expression[0], f"{place}/0", tables):
                yield from known.missing(given.value, given.pointer, number, where)


def given_values(
    rule: Rule, pointer: str, tables: Mapping[str, logic.Table]
) -> Iterator[tuple[int | None, str, Given]]:
    """Every value that the rule can give without calculating it: case, how it is told, value."""
    for number, where, expression, place in _parts(rule, pointer):
        for given in literals(expression, place, tables):
            yield number, where, given


def _parts(rule: Rule, pointer: str) -> list[tuple[int | None, str, Any, str]]:
    parts: list[tuple[int | None, str, Any, str]] = [
        (number, f"In {case_name(number, case)} ", case.then, f"{pointer}/cases/{number - 1}/then")
        for number, case in enumerate(rule.cases, start=1)
        if case.enabled
    ]
    parts += [
        (None, "In the otherwise ", expression, place)
        for expression, place in rule.always(f"{pointer}/otherwise")
        if expression is not rule.otherwise or not rule.decision.collects
    ]
    return parts


def check_decided(
    decision: Decision, pointer: str, values: Mapping[Any, Any], names: Names
) -> Iterator[Finding]:
    """Values that the last orders got, calculated ones included."""
    known = _Known(decision, names)
    for value in sorted(map(str, values)):
        if known.lacks(value):
            sentence = f"The last orders got {shown(value)!r}, which QuickBooks does not have."
            yield Finding("missing-in-quickbooks", "warning", decision.key, None, sentence, pointer)


class _Known:
    """What is known about one decision's values; each table value is told of once."""

    def __init__(self, decision: Decision, names: Names | None) -> None:
        self.decision = decision
        self._seen: set[str] = set()
        self._names: frozenset[str] | None = None
        self._list = ""
        if decision.list and not getattr(decision.kind, "create", False):
            self._list = decision.list
            if names is not None and self._list in names:
                self._names = frozenset(map(fold, names[self._list]))

    def lacks(self, value: Any) -> bool:
        """Whether the value names an entry that the mirror does not have."""
        if self._names is None or not isinstance(value, str) or not value.strip():
            return False
        return fold(value) not in self._names

    def check(self, given: Given, number: int | None, where: str) -> Iterator[Finding]:
        """What is wrong with one value."""
        value, place = given
        in_table = place.startswith("/tables/")
        if isinstance(value, Mapping) or (in_table and place in self._seen):
            return
        self._seen.add(place)
        start = "A table gives " if in_table else where
        key = self.decision.key
        try:
            read = self.decision.read_one(value)
        except BadValueError as error:
            said = f"a value that cannot be used: {shown(error)}."
            sentence = start + said if in_table else f"{start}stands {said}"
            severity: Severity = "warning" if in_table else "error"
            yield Finding("refused-value", severity, key, number, sentence, place)
            return
        yield from self.missing(getattr(read, "item", read), place, number, where)

    def missing(self, name: Any, place: str, number: int | None, where: str) -> Iterator[Finding]:
        """That QuickBooks lacks what a value names."""
        if self.lacks(name):
            start = "A table gives " if place.startswith("/tables/") else f"{where}stands "
            sentence = f"{start}{shown(name)!r}, which QuickBooks' list {self._list} does not have."
            yield Finding(
                "missing-in-quickbooks", "warning", self.decision.key, number, sentence, place
            )
