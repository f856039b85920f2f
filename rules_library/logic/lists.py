"""The operators that go through lists: map filter reduce all none some, and merge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .errors import BudgetExceeded, Run
from .node import Call, Node, Part, as_test, constant, eager, operator

if TYPE_CHECKING:
    from .compile import Compiler
    from .place import Place

Elements = Callable[[Any, Run], Sequence[Any] | None]


def _elements(source: Node, steps: int, pointer: str) -> Elements:
    """Evaluates the list and pays for all its elements, seen or not; None if it is no list."""
    read = source.call

    def elements(data: Any, run: Run) -> Sequence[Any] | None:
        items = read(data, run)
        if items.__class__ is not list and not isinstance(items, (list, tuple)):
            return None
        run.left -= len(items) * steps
        if run.left < 0:
            raise BudgetExceeded("This goes through more elements than a rule may.", pointer)
        return items

    return elements


def _loop(
    name: str, help_text: str, make: Callable[[Elements, Node], Call], *, boolean: bool
) -> None:
    def build(compiler: Compiler, operands: list[Part], place: Place) -> Node:
        source = compiler.one(operands[0])
        rule, inner = operands[1]
        body = compiler.one(Part(rule, inner.each(source.items)))
        elements = _elements(source, 1 + body.cost, place.pointer)
        return Node(
            make(elements, body),
            cost=1 + source.cost,
            boolean=boolean,
            items=source.items if name == "filter" else None,
        )

    operator(name, 2, "standard", help_text)(build)


def _map(elements: Elements, body: Node) -> Call:
    change = body.call

    def mapped(data: Any, run: Run) -> list[Any]:
        return [change(item, run) for item in elements(data, run) or ()]

    return mapped


def _filter(elements: Elements, body: Node) -> Call:
    holds = as_test(body)

    def filtered(data: Any, run: Run) -> list[Any]:
        return [item for item in elements(data, run) or () if holds(item, run)]

    return filtered


def _some(elements: Elements, body: Node) -> Call:
    holds = as_test(body)

    def some(data: Any, run: Run) -> bool:
        for item in elements(data, run) or ():  # noqa: SIM110 - a generator would cost more
            if holds(item, run):
                return True
        return False

    return some


def _none(elements: Elements, body: Node) -> Call:
    some = _some(elements, body)
    return lambda data, run: not some(data, run)


def _all(elements: Elements, body: Node) -> Call:
    holds = as_test(body)

    def every(data: Any, run: Run) -> bool:
        items = elements(data, run)
        if not items:
            return False
        for item in items:  # noqa: SIM110 - a generator would cost more
            if not holds(item, run):
                return False
        return True

    return every


_loop("map", "Each element, changed.", _map, boolean=False)
_loop("filter", "The elements for which the condition holds.", _filter, boolean=False)
_loop("some", "The condition holds for one element at least.", _some, boolean=True)
_loop("none", "The condition holds for no element; also when there are none.", _none, boolean=True)
_loop("all", "The condition holds for every element, and there is one.", _all, boolean=True)


@operator("reduce", (2, 3), "standard", "One value from all: `current` goes into `accumulator`.")
def _reduce(compiler: Compiler, operands: list[Part], place: Place) -> Node:
    source = compiler.one(operands[0])
    rule, inner = operands[1]
    body = compiler.one(Part(rule, inner.each(source.items, reducing=True)))
    initial = compiler.one(operands[2]) if len(operands) > 2 else constant(None)  # noqa: PLR2004
    elements = _elements(source, 1 + body.cost, place.pointer)
    start, change = initial.call, body.call

    def reduced(data: Any, run: Run) -> Any:
        items = elements(data, run)
        total = start(data, run)
        for item in items or ():
            total = change({"current": item, "accumulator": total}, run)
        return total

    return Node(reduced, cost=1 + source.cost + initial.cost)


def _merge(run: Run, *values: Any) -> list[Any]:
    merged: list[Any] = []
    for value in values:
        if isinstance(value, (list, tuple)):
            run.charge(len(value))
            merged.extend(value)
        else:
            merged.append(value)
    return merged


operator("merge", (0, None), "standard", "One list of all elements and values.")(eager(_merge))
