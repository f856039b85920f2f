"""Finding the case of a long `if` by look-up, when each case compares one fact with a constant."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .equality import EQUALITIES, fold
from .errors import EvaluationError, Run
from .node import Part
from .semantics import exact, is_number, number

if TYPE_CHECKING:
    from collections.abc import Callable

_OPERANDS: Final = 2


class Test(NamedTuple):
    """A condition of the form {"==": [{"var": fact}, constant]}, operands in either order."""

    operator: str
    fact: str
    constant: str | int | Decimal
    side: int

    def operand(self, condition: Part) -> Part:
        """The operand that reads the fact."""
        place = condition.place.under(self.operator).under(self.side)
        return Part(condition.rule[self.operator][self.side], place)


def test_of(rule: Any) -> Test | None:
    """The condition, if it is of that form."""
    if not isinstance(rule, dict) or len(rule) != 1:
        return None
    ((operator, operands),) = rule.items()
    if operator not in EQUALITIES or not isinstance(operands, (list, tuple)):
        return None
    if len(operands) != _OPERANDS:
        return None
    for side in (0, 1):
        fact, constant = _fact_in(operands[side]), operands[1 - side]
        if fact and (isinstance(constant, str) or (operator != "is" and is_number(constant))):
            value = exact(constant) if isinstance(constant, float) else constant
            return Test(operator, fact, value, side)
    return None


def _fact_in(rule: Any) -> str | None:
    if not isinstance(rule, dict) or rule.keys() != {"var"}:
        return None
    name = rule["var"]
    if isinstance(name, (list, tuple)) and len(name) == 1:
        name = name[0]
    return name if isinstance(name, str) else None


def find_case(tests: list[Test], pointer: str) -> Callable[[Any, Run], int]:
    """A function that tells which of the tests is the first to hold for a value.

    It returns the number of tests when none holds. All tests have the same operator and fact.
    """
    operator = tests[0].operator
    equal = EQUALITIES[operator]
    fold_text = fold if operator == "is" else str
    constants = [test.constant for test in tests]
    none = len(tests)
    texts: dict[str, int] = {}
    numbers: dict[Any, int] = {}
    for index, constant in enumerate(constants):
        if isinstance(constant, str):
            texts.setdefault(fold_text(constant), index)
        else:
            numbers.setdefault(constant, index)
    either = _as_numbers(operator, constants)
    by_number = bool(numbers) and operator == "=="

    def find(value: Any, run: Run) -> int:
        kind = value.__class__
        if kind is str:
            index = texts.get(fold_text(value), none)
            return min(index, numbers.get(number(value, run), none)) if by_number else index
        if kind is int or kind is Decimal:
            return either.get(value, none)
        return none if value is None else compare_each(value, run)

    def compare_each(value: Any, run: Run) -> int:
        try:
            run.charge(none)
            for index, constant in enumerate(constants):
                if equal(run, value, constant):
                    return index
        except EvaluationError as error:
            error.locate(pointer)
            raise
        return none

    return find


def _as_numbers(operator: str, constants: list[str | int | Decimal]) -> dict[Any, int]:
    """The first constant that equals each number, where text may equal a number."""
    numbers: dict[Any, int] = {}
    for index, constant in enumerate(constants):
        if not isinstance(constant, str):
            numbers.setdefault(constant, index)
        elif operator == "==" or (operator == "is" and fold(constant)):
            numbers.setdefault(number(constant, Run()), index)
    return numbers
