"""The operators that calculate: + - * / % min max, and our own round and fixed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from .errors import EvaluationError, Run
from .node import Node, Part, attempt, eager, operator
from .semantics import (
    EXACT,
    NAN,
    WIDE,
    Number,
    finite,
    is_number,
    leading_number,
    number,
    small,
)

if TYPE_CHECKING:
    from .compile import Compiler
    from .place import Place

_MOST_PLACES: Final = 10
_CENTS: Final = 2
_SURELY_SHORT: Final = 10**18


def _total(run: Run, *values: Any) -> Number:
    total: Number = 0
    for value in values:
        kind = value.__class__
        term = value if kind is int or kind is Decimal else leading_number(value, run)
        if total.__class__ is int and term.__class__ is int:
            total = small(total + term)
        else:
            total = EXACT.add(total, term)
    return finite(total)


@operator("+", (0, None), "standard", "The sum; one operand alone becomes a number.")
def _plus(compiler: Compiler, operands: list[Part], place: Place) -> Node:
    if len(operands) != 2:  # noqa: PLR2004
        return eager(_total)(compiler, operands, place)
    one, other = compiler.all(operands)
    left, right = one.call, other.call

    def plus(data: Any, run: Run) -> Any:
        first, second = left(data, run), right(data, run)
        if first.__class__ is int and second.__class__ is int:
            total = first + second
            if -_SURELY_SHORT < total < _SURELY_SHORT:
                return total
        return attempt(place.pointer, _total, run, first, second)

    return Node(plus, cost=1 + one.cost + other.cost)


def _product(run: Run, *values: Any) -> Any:
    if len(values) == 1:
        return values[0]
    product: Number = 1
    for value in values:
        kind = value.__class__
        factor = value if kind is int or kind is Decimal else leading_number(value, run)
        if product.__class__ is int and factor.__class__ is int:
            product = small(product * factor)
        else:
            product = EXACT.multiply(product, factor)
    return finite(product)


def _difference(run: Run, *values: Any) -> Number:
    numbers = [number(value, run) for value in values]
    left, right = numbers if len(numbers) > 1 else (0, numbers[0])
    if left.__class__ is int and right.__class__ is int:
        return small(left - right)
    return finite(EXACT.subtract(left, right))


def _quotient(run: Run, left: Any, right: Any) -> Number:
    dividend, divisor = number(left, run), number(right, run)
    if not divisor:
        raise EvaluationError("This divides by zero.")
    if isinstance(dividend, int) and isinstance(divisor, int) and dividend % divisor == 0:
        return small(dividend // divisor)
    return finite(EXACT.divide(dividend, divisor))


def _rest(run: Run, left: Any, right: Any) -> Number:
    dividend, divisor = number(left, run), number(right, run)
    if not divisor:
        raise EvaluationError("This divides by zero.")
    if isinstance(dividend, int) and isinstance(divisor, int):
        rest = abs(dividend) % abs(divisor)
        return small(rest if dividend >= 0 else -rest)
    return finite(EXACT.plus(WIDE.remainder(Decimal(dividend), Decimal(divisor))))


def _extreme(choose: Callable[..., Number]) -> Callable[..., Number]:
    def extreme(run: Run, *values: Any) -> Number:
        numbers = [number(value, run) for value in values]
        if not numbers or any(value != value for value in numbers):  # noqa: PLR0124 - NaN is not itself
            raise EvaluationError("There is no largest or smallest without numbers to compare.")
        return finite(choose(numbers))

    return extreme


def rounded(value: Any, places: Any, run: Run) -> Decimal | None:
    """A number rounded half up, as money is; null stays null.

    Raises:
        EvaluationError: The value is no number, or the places are not 0 to 10.
    """
    if value is None:
        return None
    wanted = number(places, run)
    if wanted not in range(_MOST_PLACES + 1):
        raise EvaluationError(
            f"The places to round to are a whole number from 0 to {_MOST_PLACES}."
        )
    is_text = isinstance(value, str) and bool(value.strip())
    exact = Decimal(number(value, run)) if is_text or is_number(value) else NAN
    if not exact.is_finite():
        raise EvaluationError("Only a number can be rounded.")
    step = Decimal(1).scaleb(-int(wanted))
    return exact.quantize(step, ROUND_HALF_UP, WIDE)


def _round(run: Run, value: Any, places: Any = _CENTS) -> Decimal | None:
    return rounded(value, places, run)


def _fixed(run: Run, value: Any, places: Any = _CENTS) -> str | None:
    result = rounded(value, places, run)
    return None if result is None else f"{result:f}"


for _name, _operands, _operation, _help in (
    ("*", (1, None), _product, "The product."),
    ("-", (1, 2), _difference, "The first minus the second; one operand alone changes its sign."),
    ("/", 2, _quotient, "The first divided by the second."),
    ("%", 2, _rest, "What is left of the division, with the sign of the first."),
    ("max", (0, None), _extreme(max), "The largest."),
    ("min", (0, None), _extreme(min), "The smallest."),
):
    operator(_name, _operands, "standard", _help)(eager(_operation))

operator("round", (1, 2), "own", "Rounded half up to so many places; 2 if not said.")(eager(_round))
operator("fixed", (1, 2), "own", "A number as text with exactly so many places; 2 if not said.")(
    eager(_fixed)
)
