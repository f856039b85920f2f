"""A place in a long list, as it stands in an address: the time and id of the row beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from app.web.access import MOST

NO_DATE = "-"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The date and id of the row that a page lies beside."""

    placed_at: datetime | None
    id: int

    def __str__(self) -> str:
        """The cursor as it stands in an address."""
        when = self.placed_at.astimezone(UTC).isoformat() if self.placed_at else NO_DATE
        return f"{when}~{self.id}"


def cursor(text: str) -> Cursor | None:
    """The place that an address names; None for what makes no sense."""
    when, mark, number = text.partition("~")
    if not mark or not (number.isascii() and number.isdigit()) or len(number) > len(str(MOST)):
        return None
    if when == NO_DATE:
        return Cursor(None, int(number))
    try:
        moment = datetime.fromisoformat(when)
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Cursor(aware, int(number))


def smaller_than(text: str) -> int | None:
    """The id that an address says to begin below; None for what is no id."""
    is_id = text.isascii() and text.isdigit() and len(text) <= len(str(MOST))
    return int(text) if is_id else None
