"""A rule as one expression and as pairs: an ``if``, or a ``merge`` where values are collected."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import Any


def is_literal(value: Any) -> bool:
    """Whether a value is the same for every order: it is no expression and holds none."""
    if isinstance(value, (list, tuple)):
        return all(map(is_literal, value))
    return not isinstance(value, Mapping) or len(value) != 1


def chosen(expression: Any) -> tuple[list[Any], Any]:
    """The pairs and the otherwise of a top-level ``if``."""
    arguments = _operands(expression, "if")
    if len(arguments) < 2:  # noqa: PLR2004 - a condition and a value
        return [], expression
    pairs = list(zip(arguments[0::2], arguments[1::2], strict=False))
    return pairs, arguments[-1] if len(arguments) % 2 else None


def added(expression: Any) -> tuple[list[Any], Any]:
    """The pairs and the otherwise of a top-level ``merge`` of cases."""
    arguments = _operands(expression, "merge")
    pairs = [_operands(one, "if") for one in takewhile(_adds, arguments)]
    rest = arguments[len(pairs) :]
    if not pairs or len(rest) > 1:
        return [], expression
    return [(when, then) for when, (then,), _ in pairs], rest[0] if rest else []


def _adds(expression: Any) -> bool:
    """Whether it is ``{"if": [when, [then], []]}``."""
    match _operands(expression, "if"):
        case [_, [_], []]:
            return True
    return False


def _operands(expression: Any, operator: str) -> list[Any]:
    """The operands that stand in a list."""
    if isinstance(expression, Mapping) and set(expression) == {operator}:
        found = expression[operator]
        return found if isinstance(found, list) else []
    return []
