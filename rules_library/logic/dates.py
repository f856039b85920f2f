"""Dates and moments as they come in orders and rules, compared as dates and never as text."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from .errors import EvaluationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.,]+(?:Z|[+-][0-9:]+)?)?")
_LONGEST: Final = 40


def parse(value: Any) -> date | None:
    """The date or moment that a value means; nothing for null and blank text.

    Args:
        value: A date, a datetime, or ISO text such as 2026-11-01 or 2026-11-01T00:00:00.000Z.

    Raises:
        EvaluationError: The value is something else.
    """
    if isinstance(value, str):
        return _parse_text(value) if len(value) <= _LONGEST else _refuse(value)
    if value is None or isinstance(value, date):
        return value
    return _refuse(value)


@lru_cache(maxsize=4096)
def _parse_text(value: str) -> date | None:
    written = value.strip()
    if not written:
        return None
    if not _ISO.fullmatch(written):
        return _refuse(value)
    try:
        day = date.fromisoformat(written[:10])
        return day if written[10:] == "" else datetime.fromisoformat(written)
    except ValueError:
        return _refuse(value)


def _refuse(value: Any) -> date | None:
    if isinstance(value, str):
        shown = value if len(value) <= _LONGEST else value[:_LONGEST] + "..."
        raise EvaluationError(f'"{shown}" is not a date; dates look like 2026-11-01.')
    raise EvaluationError("This value is not a date; dates look like 2026-11-01.")


def day_of(value: date) -> date:
    """The calendar day, as it is written in the value's own time zone."""
    return value.date() if isinstance(value, datetime) else value


def order(left: Any, right: Any) -> int | None:
    """How two dates follow each other: -1, 0, 1, or None when one is missing.

    Two moments are compared to the instant; as soon as one of them has no time of day, days are.
    Moments of which one has no time zone are compared by what the clock on the wall said.
    """
    first, second = parse(left), parse(right)
    if first is None or second is None:
        return None
    if isinstance(first, datetime) and isinstance(second, datetime):
        if (first.utcoffset() is None) != (second.utcoffset() is None):
            first, second = first.replace(tzinfo=None), second.replace(tzinfo=None)
        return (first > second) - (first < second)
    first, second = day_of(first), day_of(second)
    return (first > second) - (first < second)


def days_between(left: Any, right: Any) -> int | None:
    """Whole calendar days from the first date to the second; nothing when one is missing."""
    first, second = parse(left), parse(right)
    if first is None or second is None:
        return None
    return (day_of(second) - day_of(first)).days


def add_days(value: Any, days: int) -> str | None:
    """The day so many days later, as ISO text; nothing when there is no date."""
    start = parse(value)
    if start is None:
        return None
    try:
        return (day_of(start) + timedelta(days=days)).isoformat()
    except OverflowError:
        raise EvaluationError("That day is too far away to be a date.") from None


PARTS: Final[Mapping[str, Callable[[date], int]]] = {
    "year": lambda when: when.year,
    "quarter": lambda when: (when.month + 2) // 3,
    "month": lambda when: when.month,
    "day": lambda when: when.day,
    "weekday": lambda when: when.isoweekday(),
    "hour": lambda when: when.hour if isinstance(when, datetime) else 0,
    "minute": lambda when: when.minute if isinstance(when, datetime) else 0,
}
"""The parts of a date that a rule may ask for; weekday 1 is Monday."""
