"""The operators that compare: == === != !== > >= < <= in."""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from .equality import EQUALITIES, Equality, strict_equal
from .errors import Run
from .node import Call, Node, Part, apply, attempt, operator
from .semantics import is_number, order, text

if TYPE_CHECKING:
    from .compile import Compiler
    from .place import Place

Order = Callable[[Any, Any], bool]


def _equality(name: str, equal: Equality, help_text: str, *, wanted: bool) -> None:
    def build(compiler: Compiler, operands: list[Part], place: Place) -> Node:
        left, right = compiler.all(operands)
        if left.constant:
            left, right = right, left
        slow = equal if wanted else lambda run, one, other: not equal(run, one, other)
        call = _compared(left.call, right.call, slow, place.pointer, wanted=wanted)
        if right.constant:
            value = right.value
            if isinstance(value, str):
                call = _equals_text(left.call, value, slow, place.pointer, wanted=wanted)
            elif is_number(value):
                call = _equals_number(left.call, value, slow, place.pointer, wanted=wanted)
            elif isinstance(value, bool):
                call = _equals_boolean(left.call, value, slow, place.pointer, wanted=wanted)
            elif value is None:
                call = _equals_null(left.call, wanted=wanted)
        return Node(call, cost=1 + left.cost + right.cost, boolean=True)

    operator(name, 2, "standard", help_text)(build)


def _equals_text(read: Call, constant: str, slow: Equality, pointer: str, *, wanted: bool) -> Call:
    def equals_text(data: Any, run: Run) -> Any:
        value = read(data, run)
        if value.__class__ is str:
            return (value == constant) is wanted
        return attempt(pointer, slow, run, value, constant)

    return equals_text


def _equals_number(
    read: Call, constant: int | Decimal, slow: Equality, pointer: str, *, wanted: bool
) -> Call:
    decimal = Decimal(constant)

    def equals_number(data: Any, run: Run) -> Any:
        value = read(data, run)
        kind = value.__class__
        if kind is Decimal:
            return (value == decimal) is wanted
        if kind is int:
            return (value == constant) is wanted
        return attempt(pointer, slow, run, value, constant)

    return equals_number


def _equals_boolean(
    read: Call, constant: Any, slow: Equality, pointer: str, *, wanted: bool
) -> Call:
    def equals_boolean(data: Any, run: Run) -> Any:
        value = read(data, run)
        if value.__class__ is bool:
            return (value is constant) is wanted
        return attempt(pointer, slow, run, value, constant)

    return equals_boolean


def _equals_null(read: Call, *, wanted: bool) -> Call:
    return lambda data, run: (read(data, run) is None) is wanted


def _compared(left: Call, right: Call, slow: Equality, pointer: str, *, wanted: bool) -> Call:
    def compared(data: Any, run: Run) -> Any:
        first, second = left(data, run), right(data, run)
        if first.__class__ is str and second.__class__ is str:
            return (first == second) is wanted
        return attempt(pointer, slow, run, first, second)

    return compared


_equality("==", EQUALITIES["=="], "Both are equal; text that is a number equals it.", wanted=True)
_equality("!=", EQUALITIES["=="], "They are not equal, not even as numbers.", wanted=False)
_equality("===", EQUALITIES["==="], "Both are equal and of the same kind.", wanted=True)
_equality("!==", EQUALITIES["==="], "They are not equal, or of different kinds.", wanted=False)


def _ordering(
    name: str, fast: Order, accepted: frozenset[int], help_text: str, *, between: bool
) -> None:
    def holds(run: Run, left: Any, right: Any) -> bool:
        return order(left, right, run) in accepted

    def holds_between(run: Run, left: Any, middle: Any, right: Any) -> bool:
        return order(left, middle, run) in accepted and order(middle, right, run) in accepted

    def build(compiler: Compiler, operands: list[Part], place: Place) -> Node:
        nodes = compiler.all(operands)
        calls = [node.call for node in nodes]
        cost = 1 + sum(node.cost for node in nodes)
        if len(nodes) > 2:  # noqa: PLR2004
            call = apply(holds_between, calls, place.pointer)
            low, middle, high = nodes
            if low.constant and high.constant and is_number(low.value) and is_number(high.value):
                bounds = (low.value, high.value)
                call = _between(middle.call, bounds, fast, holds_between, place.pointer)
        elif nodes[1].constant and is_number(nodes[1].value):
            call = _against_number(calls[0], nodes[1].value, fast, holds, place.pointer)
        else:
            call = _ordered(calls[0], calls[1], fast, holds, place.pointer)
        return Node(call, cost=cost, boolean=True)

    operator(name, (2, 3) if between else 2, "standard", help_text)(build)


def _against_number(
    read: Call, constant: int | Decimal, fast: Order, slow: Callable[..., bool], pointer: str
) -> Call:
    decimal = Decimal(constant)

    def against_number(data: Any, run: Run) -> Any:
        value = read(data, run)
        kind = value.__class__
        if kind is Decimal:
            return fast(value, decimal)
        if kind is int:
            return fast(value, constant)
        return attempt(pointer, slow, run, value, constant)

    return against_number


def _between(
    read: Call,
    bounds: tuple[int | Decimal, int | Decimal],
    fast: Order,
    slow: Callable[..., bool],
    pointer: str,
) -> Call:
    low, high = map(Decimal, bounds)

    def between(data: Any, run: Run) -> Any:
        value = read(data, run)
        if value.__class__ is Decimal or value.__class__ is int:
            return fast(low, value) and fast(value, high)
        return attempt(pointer, slow, run, low, value, high)

    return between


def _ordered(left: Call, right: Call, fast: Order, slow: Callable[..., bool], pointer: str) -> Call:
    def ordered(data: Any, run: Run) -> Any:
        first, second = left(data, run), right(data, run)
        one, other = first.__class__, second.__class__
        if (one is Decimal or one is int) and (other is Decimal or other is int):
            return fast(first, second)
        return attempt(pointer, slow, run, first, second)

    return ordered


_ordering(">", python.gt, frozenset({1}), "The first is greater.", between=False)
_ordering(">=", python.ge, frozenset({0, 1}), "The first is greater or equal.", between=False)
_ordering("<", python.lt, frozenset({-1}), "Each is less than the next.", between=True)
_ordering(
    "<=", python.le, frozenset({-1, 0}), "Each is less than or equal to the next.", between=True
)

_SHORT: Final = 64
_SCALARS: Final = (str, int, Decimal, bool, type(None))


def contained(run: Run, needle: Any, haystack: Any) -> bool:
    """JavaScript's indexOf: the text contains the text, or the list has this very element."""
    if isinstance(haystack, str):
        run.charge(len(haystack) >> 4)
        return bool(haystack) and text(needle, run) in haystack
    if not isinstance(haystack, (list, tuple)):
        return False
    run.charge(len(haystack))
    if needle.__class__ is str:
        return needle in haystack
    return any(strict_equal(needle, item) for item in haystack)


@operator("in", 2, "standard", "The first is a part of the text, or an element of the list.")
def _in(compiler: Compiler, operands: list[Part], place: Place) -> Node:
    nodes = compiler.all(operands)
    needle, haystack = nodes
    call = apply(contained, [needle.call, haystack.call], place.pointer)
    cost = 1 + needle.cost + haystack.cost
    if needle.constant and isinstance(needle.value, str) and needle.value:
        call = _has_text(haystack.call, needle.value, place.pointer)
    elif haystack.constant and isinstance(haystack.value, list):
        cost = 2 + needle.cost
        if all(isinstance(item, _SCALARS) for item in haystack.value):
            call = _in_constants(needle.call, haystack.value, place.pointer)
    return Node(call, cost=cost, boolean=True)


def _has_text(read: Call, needle: str, pointer: str) -> Call:
    def has_text(data: Any, run: Run) -> Any:
        haystack = read(data, run)
        kind = haystack.__class__
        if (kind is str or kind is list) and len(haystack) < _SHORT:
            return needle in haystack
        return attempt(pointer, contained, run, needle, haystack)

    return has_text


def _in_constants(read: Call, constants: list[Any], pointer: str) -> Call:
    texts = frozenset(item for item in constants if isinstance(item, str))
    numbers = frozenset(item for item in constants if is_number(item))
    others = [value for value in (None, True, False) if any(value is item for item in constants)]

    def in_constants(data: Any, run: Run) -> bool:
        value = read(data, run)
        kind = value.__class__
        if kind is str:
            return value in texts
        if kind is int or kind is Decimal:
            return value in numbers
        if value is None or kind is bool:
            return any(value is other for other in others)
        return bool(attempt(pointer, contained, run, value, constants))

    return in_constants
