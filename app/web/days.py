"""The days that an address or a form asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

Days = tuple[date | None, date | None]


def span(given: Mapping[str, str]) -> Days:
    """The first day and the last, of ``from`` and ``to``; the wrong way round they change places.

    What is no date that both databases can hold with its time is as if it were not there.
    """
    first, last = _day(given.get("from", "")), _day(given.get("to", ""))
    return (last, first) if first and last and last < first else (first, last)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 < found.year < 9000 else None  # noqa: PLR2004 - far from the ends of time
