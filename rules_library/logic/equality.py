"""When two values are the same: JavaScript's ==, its ===, and our own `is`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from . import dates
from .errors import EvaluationError, Run
from .semantics import exact, is_number, number, text

_DEEPEST: Final = 50


def loose_equal(left: Any, right: Any, run: Run) -> bool:
    """JavaScript's ==, with dates compared as dates."""
    if left is None or right is None:
        return left is right
    if isinstance(left, date) or isinstance(right, date):
        return dates.order(left, right) == 0
    left_is_list = isinstance(left, (list, tuple, Mapping))
    right_is_list = isinstance(right, (list, tuple, Mapping))
    if left_is_list and right_is_list:
        return left is right
    if left_is_list:
        left = text(left, run)
    if right_is_list:
        right = text(right, run)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return number(left, run) == number(right, run)


def strict_equal(left: Any, right: Any) -> bool:
    """JavaScript's ===, with dates compared as dates."""
    if isinstance(left, date) or isinstance(right, date):
        return left is right or dates.order(left, right) == 0
    if isinstance(left, str):
        return isinstance(right, str) and left == right
    if left is None or isinstance(left, (bool, list, tuple, Mapping)):
        return left is right
    return is_number(left) and is_number(right) and _exactly(left) == _exactly(right)


def _exactly(value: Any) -> Any:
    return exact(value) if isinstance(value, float) else value


def fold(written: str) -> str:
    """Text as our own operators compare it: without blanks around it, and without case."""
    return written.strip().casefold()


def same(left: Any, right: Any, run: Run, depth: int = 0) -> bool:
    """Our own `is`: text without case and surrounding blanks, numbers also when they are text.

    Null is only null, dates are compared as dates, and lists element by element.
    """
    if isinstance(left, str) and isinstance(right, str):
        run.charge((len(left) + len(right)) >> 4)
        return left == right or fold(left) == fold(right)
    if left is None or right is None:
        return left is right
    if isinstance(left, date) or isinstance(right, date):
        return dates.order(left, right) == 0
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        run.charge(len(left))
        if depth > _DEEPEST:
            raise EvaluationError("Lists are nested too deep here to be compared.")
        return len(left) == len(right) and all(
            same(one, other, run, depth + 1) for one, other in zip(left, right, strict=True)
        )
    if isinstance(left, bool) or isinstance(right, bool):
        return _plain(left) and _plain(right) and fold(text(left, run)) == fold(text(right, run))
    if is_number(left) or is_number(right):
        return _plain(left) and _plain(right) and _number(left, run) == _number(right, run)
    return left is right


def _plain(value: Any) -> bool:
    return isinstance(value, (str, bool)) or is_number(value)


def _number(value: Any, run: Run) -> Any:
    return None if isinstance(value, str) and not value.strip() else number(value, run)


Equality = Callable[[Run, Any, Any], bool]

EQUALITIES: Final[dict[str, Equality]] = {
    "==": lambda run, left, right: loose_equal(left, right, run),
    "===": lambda _run, left, right: strict_equal(left, right),
    "is": lambda run, left, right: same(left, right, run),
}
"""The operators that compare for equality, by name."""
