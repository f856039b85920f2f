"""Compiling a rule: from JSON to Python callables that can be used for every order."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from .errors import RuleError, Run
from .explain import traced
from .node import OPERATORS, Call, Node, Part, attempt, constant, weigh
from .place import Place


class Compiler:
    """Compiles one rule and remembers what it reads."""

    def __init__(self, *, tracing: bool = False) -> None:
        self.tracing = tracing
        self.facts: set[str] = set()
        self.tables: set[str] = set()

    def one(self, part: Part) -> Node:
        """Compile an expression.

        Raises:
            RuleError: An operator in it does not exist, or has a wrong number of operands.
        """
        node = self._compile(*part)
        return traced(node, part.place.pointer) if self.tracing else node

    def all(self, parts: list[Part]) -> list[Node]:
        """Compile expressions that stand in a list."""
        return [self.one(part) for part in parts]

    def _compile(self, rule: Any, place: Place) -> Node:
        if isinstance(rule, dict) and len(rule) == 1:
            return self._operation(rule, place)
        if not isinstance(rule, (list, tuple)):
            return constant(rule)
        nodes = self.all(_parts(rule, place))
        if all(node.constant for node in nodes):
            return constant([node.value for node in nodes])
        calls = [node.call for node in nodes]
        make = _grown(calls, place.pointer) if place.looped else _made(calls)
        return Node(make, cost=1 + sum(node.cost for node in nodes))

    def _operation(self, rule: dict[str, Any], place: Place) -> Node:
        ((name, given),) = rule.items()
        operator = OPERATORS.get(name)
        if operator is None:
            near = get_close_matches(name[:60], OPERATORS, 1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            raise RuleError(f'There is no operator called "{name[:60]}".{hint}', place.pointer)
        below = place.under(name)
        parts = _parts(given, below) if isinstance(given, (list, tuple)) else [Part(given, below)]
        if not operator.takes(len(parts)):
            raise RuleError(f'"{name}" takes {operator.arity}, not {len(parts)}.', place.pointer)
        return operator.build(self, parts, place)


def _parts(rules: list[Any] | tuple[Any, ...], place: Place) -> list[Part]:
    return [Part(rule, place.under(index)) for index, rule in enumerate(rules)]


def _made(calls: list[Call]) -> Call:
    return lambda data, run: [call(data, run) for call in calls]


def _grown(calls: list[Call], pointer: str) -> Call:
    """A list made in a loop: it pays for all that is in it, since the next turn may double it."""
    make = _made(calls)

    def grown(data: Any, run: Run) -> list[Any]:
        values: list[Any] = make(data, run)
        attempt(pointer, weigh, run, values)
        return values

    return grown
