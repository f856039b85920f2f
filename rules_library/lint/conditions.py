"""Conditions as trees of and, or, not and comparisons, and what follows from them for certain.

"Holds wherever" always means: holds, or fails with an error, which ends the rule as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import combinations
from typing import Any, Final, Literal

from rules_library import logic
from rules_library.logic.semantics import is_number
from rules_library.rule import canonical

from . import atoms
from .atoms import Atom, Range

BUDGET: Final = 200_000
"""Steps of reasoning that one rule may take; beyond, nothing more is claimed about it."""

_READS: Final = frozenset({"var", "missing", "missing_some", "lookup"})
_DATES: Final = {"before": "<", "after": ">", "on_or_before": "<=", "on_or_after": ">="}
_SAME_AS: Final = {"startsWith": "starts_with", "endsWith": "ends_with"}
_NEGATED: Final = {"!=": "==", "!==": "===", "is_not": "is", "none": "some"}
_TURNED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_PAIR: Final = 2
_MOST_SPLIT: Final = 500


class Exhausted(Exception):  # noqa: N818 - it reads as what happened
    """The reasoning would take too long."""


@dataclass(frozen=True, slots=True)
class Node:
    """A condition; `text` is equal for conditions that are the same."""

    kind: Literal["and", "or", "not", "atom", "constant", "other"]
    text: str
    parts: tuple[Node, ...] = ()
    atom: Atom | None = None
    holds: bool = False


def reads_facts(rule: Any) -> bool:
    """Whether an expression can differ from order to order."""
    if isinstance(rule, (list, tuple)):
        return any(map(reads_facts, rule))
    if not isinstance(rule, Mapping) or len(rule) != 1:
        return False
    ((name, operands),) = rule.items()
    return name in _READS or reads_facts(operands)


def parse(rule: Any) -> Node:
    """The tree of a condition that compiles."""
    if not reads_facts(rule):
        return _constant(rule)
    if not isinstance(rule, Mapping):
        return Node("other", canonical(rule))
    ((name, given),) = rule.items()
    operands = list(given) if isinstance(given, (list, tuple)) else [given]
    if name in {"and", "or"}:
        return _joined(name, [parse(operand) for operand in operands])
    if name == "!!":
        return parse(operands[0])
    if name == "!":
        return _negated(parse(operands[0]))
    if name in _NEGATED:
        return _negated(parse({_NEGATED[name]: given}))
    atom = _atom(str(_SAME_AS.get(name, name)), operands)
    if atom is None:
        return Node("other", canonical(rule))
    return _of(atom)


def split(node: Node) -> tuple[Node, ...]:
    """Conditions of which one holds wherever this one holds: one for each value of a list."""
    atom = node.atom
    if node.kind == "or":
        return tuple(piece for part in node.parts for piece in split(part))
    if atom and atom.operator in {"in", "one_of"} and 1 < len(atom.values) <= _MOST_SPLIT:
        return tuple(
            _of(Atom(atom.subject, atom.operator, (value,), None, atom.scalar))
            for value in atom.values
        )
    return (node,)


def _of(atom: Atom) -> Node:
    held = [atom.subject, atom.operator, atom.values, str(atom.range)]
    return Node("atom", canonical(held), atom=atom)


@lru_cache(maxsize=1)
def _nothing() -> Mapping[str, Any]:
    return {}


def _constant(rule: Any) -> Node:
    try:
        holds = logic.truthy(logic.compile_rule(rule).evaluate(_nothing()))
    except logic.LogicError:
        holds = False
    return Node("constant", canonical(rule), holds=holds)


def _joined(kind: Literal["and", "or"], parts: list[Node]) -> Node:
    if len(parts) == 1:
        return parts[0]
    return Node(kind, f"{kind}[{','.join(part.text for part in parts)}]", tuple(parts))


def _negated(node: Node) -> Node:
    if node.kind == "not":
        return node.parts[0]
    if node.kind == "and":
        return _joined("or", [_negated(part) for part in node.parts])
    if node.kind == "or":
        return _joined("and", [_negated(part) for part in node.parts])
    return Node("not", f"not[{node.text}]", (node,))


def _atom(name: str, operands: list[Any]) -> Atom | None:
    if name == "is_empty":
        return Atom(canonical(operands[0]), name, (), None, atoms.is_scalar_fact(operands[0]))
    if len(operands) == _PAIR + 1 and name in {"<", "<="}:
        return _between(name, *operands)
    if len(operands) != _PAIR:
        return None
    left, right = operands
    if name in {"==", "===", "is"} or name in _TURNED:
        if not reads_facts(left):
            left, right, name = right, left, _TURNED.get(name, name)
        return None if reads_facts(right) else _compared(name, left, right)
    if reads_facts(right) or not reads_facts(left):
        return None
    if name in {"in", "one_of"}:
        if not isinstance(right, (list, tuple)) or not right or not all(map(atoms.usable, right)):
            return None
        return Atom(canonical(left), name, tuple(right), None, atoms.is_scalar_fact(left))
    return _compared(name, left, right)


def _compared(name: str, subject: Any, value: Any) -> Atom | None:
    if not atoms.usable(value):
        return None
    where, scalar = canonical(subject), atoms.is_scalar_fact(subject)
    if name in {"==", "===", "is"}:
        point = Range("number", _exact(value), _exact(value)) if is_number(value) else None
        return Atom(where, name, (value,), point, scalar)
    if name in {"starts_with", "ends_with", "contains"} and isinstance(value, str):
        return Atom(where, name, (value,), None, scalar)
    if name == "on" and atoms.is_day(value):
        return Atom(where, "range", (), Range("day", value, value), scalar)
    if name in _DATES and atoms.is_day(value):
        return Atom(where, "range", (), _range("day", _DATES[name], value), scalar)
    if name in _TURNED and is_number(value):
        return Atom(where, "range", (), _range("number", name, _exact(value)), scalar)
    if name in _TURNED and atoms.is_day(value):
        return Atom(where, "range", (), _range("day as text", name, value), scalar)
    return None


def _between(name: str, low: Any, subject: Any, high: Any) -> Atom | None:
    if not reads_facts(subject):
        return None
    without = name == "<"
    where, scalar = canonical(subject), atoms.is_scalar_fact(subject)
    if is_number(low) and is_number(high):
        held = Range("number", _exact(low), _exact(high), without, without)
    elif atoms.is_day(low) and atoms.is_day(high):
        held = Range("day as text", low, high, without, without)
    else:
        return None
    return Atom(where, "range", (), held, scalar)


def _exact(value: Any) -> Decimal:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _range(domain: str, name: str, value: Any) -> Range:
    if name in {">", ">="}:
        return Range(domain, low=value, without_low=name == ">")
    return Range(domain, high=value, without_high=name == "<")


class Reasoning:
    """What follows from conditions; it gives up with Exhausted rather than take long."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._left = budget

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Exhausted

    def implies(self, first: Node, second: Node) -> bool:
        """Whether the second holds wherever the first does."""
        self._spend()
        if first.text == second.text:
            return True
        if first.kind == "constant" or second.kind == "constant":
            return (first.kind == "constant" and not first.holds) or second.holds
        if second.kind == "and":
            return all(self.implies(first, part) for part in second.parts)
        if first.kind == "or":
            return all(self.implies(part, second) for part in first.parts)
        if first.kind == "and" and any(self.implies(part, second) for part in first.parts):
            return True
        if second.kind == "or":
            return any(self.implies(first, part) for part in second.parts)
        if second.kind == "not":
            return self.excludes(first, second.parts[0])
        return _both(atoms.implies, first, second)

    def excludes(self, first: Node, second: Node) -> bool:
        """Whether the two never hold together."""
        self._spend()
        for one, other in ((first, second), (second, first)):
            if one.kind == "constant":
                return not one.holds or self.never(other)
            if one.kind == "or":
                return all(self.excludes(part, other) for part in one.parts)
        for one, other in ((first, second), (second, first)):
            if one.kind == "and":
                return any(self.excludes(part, other) for part in one.parts)
            if one.kind == "not" and self.implies(other, one.parts[0]):
                return True
        return _both(atoms.excludes, first, second)

    def never(self, node: Node) -> bool:
        """Whether the condition never holds."""
        self._spend()
        if node.kind == "constant":
            return not node.holds
        if node.kind == "not":
            return self.always(node.parts[0])
        if node.kind == "or":
            return all(map(self.never, node.parts))
        if node.kind == "and":
            return any(map(self.never, node.parts)) or any(
                self.excludes(one, other) for one, other in combinations(node.parts, 2)
            )
        return bool(node.atom and node.atom.range and node.atom.range.empty)

    def always(self, node: Node) -> bool:
        """Whether the condition always holds."""
        self._spend()
        if node.kind == "constant":
            return node.holds
        if node.kind == "not":
            return self.never(node.parts[0])
        if node.kind == "and":
            return all(map(self.always, node.parts))
        return node.kind == "or" and (
            any(map(self.always, node.parts))
            or any(self._either(one, other) for one, other in combinations(node.parts, 2))
        )

    def _either(self, first: Node, second: Node) -> bool:
        if first.kind == "not":
            return self.implies(first.parts[0], second)
        return second.kind == "not" and self.implies(second.parts[0], first)


def _both(claim: Callable[[Atom, Atom], bool], first: Node, second: Node) -> bool:
    return first.atom is not None and second.atom is not None and claim(first.atom, second.atom)
