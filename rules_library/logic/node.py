"""What a part of a rule is compiled to, and what is known of it before it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from .clear import CLEAR
from .errors import EvaluationError, Run
from .semantics import exact, truthy

if TYPE_CHECKING:
    from .compile import Compiler
    from .place import Place

Call = Callable[[Any, Run], Any]
"""A compiled expression: it takes the facts in scope and the run, and returns a JSON value."""

_DEEPEST: Final = 50

ABSENT: Final = object()
"""What a look-up returns that found nothing, which is not the same as null."""


class Part(NamedTuple):
    """A piece of a rule that is not compiled yet, and the place where it stands."""

    rule: Any
    place: Place


@dataclass(slots=True)
class Node:
    """A compiled expression.

    Attributes:
        call: Evaluates it.
        cost: The steps that it takes at most, loops inside it not counted.
        boolean: It can only be true or false.
        constant: It is a literal; `value` is what it evaluates to.
        fact: It is a plain `var`: the path that it reads.
        items: It is a list of facts: the path of one of its elements, such as "lines.*".
    """

    call: Call
    cost: int = 1
    boolean: bool = False
    constant: bool = False
    value: Any = None
    fact: str | None = None
    items: str | None = None


Build = Callable[["Compiler", list[Part], "Place"], Node]
"""Compiles the use of an operator: its operands, and the place of the operator itself."""


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator that a rule may use.

    Attributes:
        name: How it is written in a rule.
        least: The fewest operands it takes.
        most: The most operands it takes; None is any number.
        kind: `standard` operators mean what json-logic-js means, `own` ones are this project's.
        help: One line for people who build rules.
    """

    name: str
    least: int
    most: int | None
    kind: Literal["standard", "own"]
    help: str
    build: Build = field(repr=False, compare=False)

    def takes(self, operands: int) -> bool:
        """Whether it can have this many operands."""
        return self.least <= operands and (self.most is None or operands <= self.most)

    @property
    def arity(self) -> str:
        """How many operands it takes, in words."""
        if self.most is None:
            return f"{self.least} operands or more" if self.least else "any number of operands"
        if self.least == self.most:
            return "1 operand" if self.most == 1 else f"{self.most or 'no'} operands"
        return f"{self.least} to {self.most} operands"


OPERATORS: dict[str, Operator] = {}
"""Every operator by name."""


def operator(
    name: str,
    operands: int | tuple[int, int | None],
    kind: Literal["standard", "own"],
    text: str,
) -> Callable[[Build], Build]:
    """Register the function that compiles an operator.

    Args:
        name: How the operator is written.
        operands: How many operands it takes: a number, or the fewest and the most.
        kind: Whose operator it is.
        text: One line of help.
    """
    least, most = operands if isinstance(operands, tuple) else (operands, operands)

    def register(build: Build) -> Build:
        OPERATORS[name] = Operator(name, least, most, kind, text, build)
        return build

    return register


def eager(operation: Callable[..., Any], *, boolean: bool = False) -> Build:
    """How to compile an operator whose operands are all evaluated, left to right, before it.

    Args:
        operation: Takes the run and the values of the operands.
        boolean: It can only return true or false.
    """

    def build(compiler: Compiler, operands: list[Part], place: Place) -> Node:
        nodes = compiler.all(operands)
        return Node(
            apply(operation, [node.call for node in nodes], place.pointer),
            cost=1 + sum(node.cost for node in nodes),
            boolean=boolean,
        )

    return build


def apply(operation: Callable[..., Any], calls: list[Call], pointer: str) -> Call:
    """Evaluate the operands and then the operation, whose errors get the pointer."""
    if len(calls) == 1:
        only = calls[0]

        def apply_to_one(data: Any, run: Run) -> Any:
            value = only(data, run)
            try:
                return operation(run, value)
            except EvaluationError as error:
                error.locate(pointer)
                raise

        return apply_to_one
    if len(calls) == 2:  # noqa: PLR2004
        left, right = calls

        def apply_to_two(data: Any, run: Run) -> Any:
            first = left(data, run)
            second = right(data, run)
            try:
                return operation(run, first, second)
            except EvaluationError as error:
                error.locate(pointer)
                raise

        return apply_to_two

    def apply_to_all(data: Any, run: Run) -> Any:
        values = [call(data, run) for call in calls]
        try:
            return operation(run, *values)
        except EvaluationError as error:
            error.locate(pointer)
            raise

    return apply_to_all


def attempt(pointer: str, operation: Callable[..., Any], run: Run, *values: Any) -> Any:
    """Call an operation; its errors get the pointer."""
    try:
        return operation(run, *values)
    except EvaluationError as error:
        error.locate(pointer)
        raise


def constant(value: Any) -> Node:
    """A literal; whoever gets a list or an object of it gets one of their own."""
    if isinstance(value, float):
        value = exact(value)
    if isinstance(value, (list, dict)):
        return Node(lambda _data, _run: fresh(value), constant=True, value=value)
    boolean = isinstance(value, bool)
    return Node(lambda _data, _run: value, cost=0, boolean=boolean, constant=True, value=value)


def fresh(value: Any) -> Any:
    """A copy of a JSON value that shares no list or object with it; its floats become exact."""
    if isinstance(value, (list, tuple)):
        return [fresh(item) for item in value]
    if isinstance(value, Mapping):
        if value == CLEAR:
            return CLEAR
        return {key: fresh(item) for key, item in value.items()}
    return exact(value) if isinstance(value, float) else value


def weigh(run: Run, value: Any, depth: int = 0) -> None:
    """Charge for every value inside a value.

    Raises:
        EvaluationError: It is nested too deep to be passed on.
    """
    if depth > _DEEPEST:
        raise EvaluationError("This list is nested too deep.")
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        run.charge(len(value))
        for item in value:
            weigh(run, item, depth + 1)


def as_test(node: Node) -> Call:
    """The expression as a condition, whose result may be used in a Python `if`."""
    if node.boolean:
        return node.call
    call = node.call

    def test(data: Any, run: Run) -> bool:
        return truthy(call(data, run))

    return test
