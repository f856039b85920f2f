"""The operators that decide what is evaluated next: if, ?:, and, or, !, !!."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from .explain import note
from .node import Call, Node, Part, as_test, constant, eager, operator
from .semantics import truthy
from .switch import find_case, test_of

if TYPE_CHECKING:
    from .compile import Compiler
    from .errors import Run
    from .place import Place

_FEWEST_CASES: Final = 4
_MOST_TRACED_CASES: Final = 64

Case = tuple[Part, Part]
Select = Callable[[Any, "Run"], Call | None]
"""Finds what to evaluate: the value of the case that holds, or None when none does."""


@operator("?:", (0, None), "standard", "Same as if.")
@operator(
    "if", (0, None), "standard", "The value after the first condition that holds, else the last."
)
def _if(compiler: Compiler, operands: list[Part], _place: Place) -> Node:
    cases = list(zip(operands[:-1:2], operands[1::2], strict=False))
    rest = compiler.one(operands[-1]) if len(operands) % 2 else constant(None)
    thens = [compiler.one(then) for _, then in cases]
    call, cost = _choose(compiler, cases, [then.call for then in thens], rest.call)
    results = [*thens, rest]
    return Node(
        call,
        cost=1 + cost + max(result.cost for result in results),
        boolean=all(result.boolean for result in results),
    )


def _choose(
    compiler: Compiler, cases: list[Case], thens: list[Call], rest: Call
) -> tuple[Call, int]:
    selects: list[Select] = []
    plain: list[tuple[Call, Call]] = []
    cost = start = 0
    for on, group in groupby(cases, lambda case: _switch_on(case[0].rule)):
        conditions = [when for when, _ in group]
        stop = start + len(conditions)
        long = on is not None and len(conditions) >= _FEWEST_CASES
        if long and not (compiler.tracing and len(conditions) <= _MOST_TRACED_CASES):
            if plain:
                selects.append(_first_of(plain))
                plain = []
            select, steps = _switch(compiler, conditions, thens[start:stop])
            selects.append(select)
            cost += steps
        else:
            nodes = compiler.all(conditions)
            cost += nodes[0].cost if long else sum(node.cost for node in nodes)
            plain += zip(map(as_test, nodes), thens[start:stop], strict=True)
        start = stop
    if not selects:
        return _chain(plain, rest), cost
    if plain:
        selects.append(_first_of(plain))
    return _select(selects, rest), cost


def _switch_on(condition: Any) -> tuple[str, str] | None:
    test = test_of(condition)
    return test and (test.operator, test.fact)


def _chain(cases: list[tuple[Call, Call]], rest: Call) -> Call:
    if not cases:
        return rest
    if len(cases) == 1:
        ((when, then),) = cases
        return lambda data, run: then(data, run) if when(data, run) else rest(data, run)

    def chain(data: Any, run: Run) -> Any:
        for when, then in cases:
            if when(data, run):
                return then(data, run)
        return rest(data, run)

    return chain


def _select(selects: list[Select], rest: Call) -> Call:
    def choose(data: Any, run: Run) -> Any:
        for select in selects:
            then = select(data, run)
            if then is not None:
                return then(data, run)
        return rest(data, run)

    return choose


def _first_of(cases: list[tuple[Call, Call]]) -> Select:
    def first(data: Any, run: Run) -> Call | None:
        for when, then in cases:
            if when(data, run):
                return then
        return None

    return first


def _switch(compiler: Compiler, conditions: list[Part], thens: list[Call]) -> tuple[Select, int]:
    """Conditions that compare one fact with constants: one look-up instead of one test a case."""
    tests = [test for when in conditions if (test := test_of(when.rule))]
    fact = compiler.one(tests[0].operand(conditions[0]))
    find = find_case(tests, conditions[0].place.pointer)
    read = fact.call
    found: list[Call | None] = [*thens, None]

    def switch(data: Any, run: Run) -> Call | None:
        return found[find(read(data, run), run)]

    def traced_switch(data: Any, run: Run) -> Call | None:
        index = find(read(data, run), run)
        if index < len(conditions):
            note(run, conditions[index].place.pointer, value=True)
        return found[index]

    return traced_switch if compiler.tracing else switch, 1 + fact.cost


@operator("and", (1, None), "standard", "The first operand that does not hold, else the last.")
def _and(compiler: Compiler, operands: list[Part], _place: Place) -> Node:
    nodes = compiler.all(operands)
    calls = [node.call for node in nodes]
    boolean = all(node.boolean for node in nodes)
    return Node(_all_hold(calls, boolean=boolean), 1 + sum(node.cost for node in nodes), boolean)


def _all_hold(calls: list[Call], *, boolean: bool) -> Call:
    if len(calls) == 1:
        return calls[0]
    *others, last = calls
    if boolean and len(others) == 1:
        first = others[0]
        return lambda data, run: first(data, run) and last(data, run)

    def all_hold(data: Any, run: Run) -> Any:
        for call in others:
            value = call(data, run)
            if not value and not truthy(value):
                return value
        return last(data, run)

    return all_hold


@operator("or", (1, None), "standard", "The first operand that holds, else the last.")
def _or(compiler: Compiler, operands: list[Part], _place: Place) -> Node:
    nodes = compiler.all(operands)
    calls = [node.call for node in nodes]
    boolean = all(node.boolean for node in nodes)
    return Node(_any_holds(calls, boolean=boolean), 1 + sum(node.cost for node in nodes), boolean)


def _any_holds(calls: list[Call], *, boolean: bool) -> Call:
    if len(calls) == 1:
        return calls[0]
    *others, last = calls
    if boolean and len(others) == 1:
        first = others[0]
        return lambda data, run: first(data, run) or last(data, run)

    def any_holds(data: Any, run: Run) -> Any:
        for call in others:
            value = call(data, run)
            if value or truthy(value):
                return value
        return last(data, run)

    return any_holds


@operator("!", 1, "standard", "Whether the operand does not hold.")
def _not(compiler: Compiler, operands: list[Part], _place: Place) -> Node:
    node = compiler.one(operands[0])
    holds = as_test(node)
    return Node(lambda data, run: not holds(data, run), 1 + node.cost, boolean=True)


operator("!!", 1, "standard", "Whether the operand holds.")(
    eager(lambda _run, value: truthy(value), boolean=True)
)
