"""What rules read: facts that there are not, or not in that place, and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from rules_library import logic
from rules_library.decision import APART, Decision
from rules_library.facts import FACTS
from rules_library.logic.table import ANY
from rules_library.rule import Rule
from rules_library.rulebook import Rulebook

from .cases import FEWEST
from .finding import Finding, shown, step

Unused = Mapping[str, Sequence[int]]
"""The places of the rows that the last orders did not look up, by table."""

LISTS: Final = {"lines": "line", "charges": "charge", "payments": "payment", "refunds": "refund"}
MOST_TOLD: Final = 5
FREE: Final = frozenset({"custom", "raw"})
"""Groups that hold whatever the store sends."""
_ONE_OF_A_LIST: Final = frozenset({"line", "charge", *APART})
"""Groups that exist only while a decision is made for one element."""


@cache
def _groups() -> frozenset[str]:
    return frozenset(path.rpartition(".")[0] for path in FACTS) | {""}


def exists(path: str) -> bool:
    """Whether a path can lead to a value: a fact, a group, what is inside a fact, or anything free.

    "lines.*.sku" and "lines.0.sku" are the SKU of a line.
    """
    names = path.split(".")
    if names[0] in FREE or path in _groups():
        return True
    if names[0] in LISTS:
        rest = names[1:]
        if not rest or rest == ["length"]:
            return True
        if rest[0] != "*" and not rest[0].isdigit():
            return False
        return len(rest) == 1 or _is_fact([LISTS[names[0]], *rest[1:]])
    return _is_fact(names)


def _is_fact(names: list[str]) -> bool:
    return any(".".join(names[:length]) in FACTS for length in range(1, len(names) + 1))


def in_scope(path: str, decision: Decision) -> bool:
    """Whether the decision is made where the path leads to something."""
    group = path.split(".", 1)[0]
    fact = FACTS.get(path)
    if fact is not None and fact.scope == "refund":
        group = "refund"
        return group in decision.scopes
    if decision.scope in APART:
        return group in {decision.scope, "store"}
    return group not in _ONE_OF_A_LIST or group in decision.scopes


def check_facts(rule: Rule, pointer: str) -> Iterator[Finding]:
    """Facts that a rule reads in vain."""
    for number, expression, place in parts(rule, pointer):
        for path in sorted(logic.facts_of(expression)):
            where = _place_of(path, expression, place)
            if not exists(path):
                near = get_close_matches(path, FACTS, 1)
                hint = f" Did you mean {near[0]}?" if near else ""
                sentence = f"There is no fact called {shown(path)}.{hint}"
                code = "unknown-fact"
            elif not in_scope(path, rule.decision):
                sentence = f"{shown(path)} is not known where {rule.decision.label!r} is decided."
                code = "fact-out-of-place"
            else:
                continue
            yield Finding(code, "warning", rule.decision.key, number, sentence, where)


def parts(rule: Rule, pointer: str) -> Iterator[tuple[int | None, Any, str]]:
    """Every expression of a rule that can run, with its case and place."""
    for number, case in enumerate(rule.cases, start=1):
        if case.enabled:
            place = f"{pointer}/cases/{number - 1}"
            yield number, case.when, f"{place}/when"
            yield number, case.then, f"{place}/then"
    yield None, rule.otherwise, f"{pointer}/otherwise"


def _place_of(path: str, expression: Any, pointer: str) -> str:
    """Where a path is read; inside a list it is read by its end."""
    ends = {path, path.rpartition(".*.")[2]}
    stack = [(expression, pointer)]
    while stack:
        part, place = stack.pop()
        if isinstance(part, Mapping):
            named = part.get("var") if len(part) == 1 else None
            named = named[0] if isinstance(named, (list, tuple)) and named else named
            if isinstance(named, str) and named in ends:
                return place
            stack.extend((member, step(place, key)) for key, member in reversed(list(part.items())))
        elif isinstance(part, (list, tuple)):
            members = list(enumerate(part))
            stack.extend((member, step(place, index)) for index, member in reversed(members))
    return pointer


def check_tables(rulebook: Rulebook) -> Iterator[Finding]:
    """Tables that no rule reads, rules that read no table, and an otherwise that never counts."""
    used: set[str] = set()
    for key, compiled in sorted(rulebook.rules.items()):
        used |= compiled.tables
        for name in sorted(compiled.tables - rulebook.tables.keys()):
            sentence = f"There is no table called {shown(name)!r}."
            yield Finding("unknown-table", "error", key, None, sentence, step("/rules", key))
    for name, table in sorted(rulebook.tables.items()):
        pointer = step("/tables", name)
        if name not in used:
            sentence = f"No rule reads the table {shown(name)!r}."
            yield Finding("unused-table", "info", "", None, sentence, pointer)
        everything = (ANY,) * len(table.keys)
        if table.otherwise is not None and any(_fits_all(row, everything) for row in table.rows):
            sentence = f"A row of the table {shown(name)!r} fits everything, so its otherwise is "
            sentence += "never used."
            yield Finding("unused-otherwise", "info", "", None, sentence, f"{pointer}/otherwise")


def check_use(rulebook: Rulebook, unused: Unused, orders: int) -> Iterator[Finding]:
    """Rows of tables that none of the last orders looked up."""
    if orders < FEWEST:
        return
    for name, places in sorted(unused.items()):
        rows = rulebook.tables[name].rows
        told = [" / ".join(map(str, rows[place][:-1])) for place in places[:MOST_TOLD]]
        more = f" and {len(places) - len(told):,} more" if len(places) > len(told) else ""
        sentence = (
            f"{len(places):,} of the {len(rows):,} rows of the table {shown(name)!r} were looked "
            f"up by none of the last {orders:,} orders: {shown(', '.join(told))}{more}."
        )
        yield Finding("unused-rows", "info", "", None, sentence, step("/tables", name))


def _fits_all(row: tuple[Any, ...], everything: tuple[str, ...]) -> bool:
    keys = tuple(cell.strip() if isinstance(cell, str) else cell for cell in row[:-1])
    return keys == everything
