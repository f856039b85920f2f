"""The operators on dates, which compare them as dates and refuse text that is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from . import dates
from .errors import EvaluationError, Run
from .node import eager, operator
from .semantics import number

_MOST_DAYS: Final = 10_000_000


def _date(_run: Run, value: Any) -> str | None:
    found = dates.parse(value)
    return None if found is None else dates.day_of(found).isoformat()


def _date_part(_run: Run, value: Any, part: Any) -> int | None:
    take = dates.PARTS.get(part) if isinstance(part, str) else None
    if take is None:
        raise EvaluationError(f"A part of a date is one of: {', '.join(dates.PARTS)}.")
    found = dates.parse(value)
    return None if found is None else take(found)


def _compared(accepted: set[int]) -> Callable[[Run, Any, Any], bool]:
    return lambda _run, left, right: dates.order(left, right) in accepted


def _on(_run: Run, left: Any, right: Any) -> bool:
    return dates.days_between(left, right) == 0


def _days(value: Any, run: Run) -> int:
    days = number(value, run)
    if days == days:  # noqa: PLR0124 - NaN is the number that is not itself
        days = max(-_MOST_DAYS, min(_MOST_DAYS, days))
        if days == int(days):
            return int(days)
    raise EvaluationError("Days are a whole number.")


def _within_days(run: Run, left: Any, right: Any, days: Any) -> bool:
    apart = dates.days_between(left, right)
    return apart is not None and abs(apart) <= _days(days, run)


def _add_days(run: Run, value: Any, days: Any) -> str | None:
    return dates.add_days(value, _days(days, run))


for _name, _operands, _operation, _help in (
    ("before", 2, _compared({-1}), "The first date is before the second."),
    ("after", 2, _compared({1}), "The first date is after the second."),
    ("on_or_before", 2, _compared({-1, 0}), "The first date is not after the second."),
    ("on_or_after", 2, _compared({0, 1}), "The first date is not before the second."),
    ("on", 2, _on, "Both are on the same day."),
    ("within_days", 3, _within_days, "Both dates are at most so many days apart."),
):
    operator(_name, _operands, "own", _help)(eager(_operation, boolean=True))

_CALCULATIONS: tuple[tuple[str, int, Callable[..., Any], str], ...] = (
    ("date", 1, _date, "The day of a date or moment, as 2026-11-01."),
    ("date_part", 2, _date_part, "Year, quarter, month, day, weekday (1 is Monday), hour, minute."),
    ("add_days", 2, _add_days, "The day so many days later."),
    ("days_between", 2, lambda _run, a, b: dates.days_between(a, b), "Days from one to the other."),
)
for _name, _count, _calculate, _help in _CALCULATIONS:
    operator(_name, _count, "own", _help)(eager(_calculate))
