"""What people may hear of by mail, and which lines of the log tell it; one more: one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, or_

from app.models import Event

CONNECTOR: Final = ("connector.silent", "connector.back")


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that people may hear of.

    Attributes:
        label: What people call it.
        help: When a mail comes, in a sentence.
        events: Which lines of the log it tells; None for the digest, which comes by the clock.
        pause: So long after a mail the next may come: what happens meanwhile is in that one.
    """

    label: str
    help: str
    events: ColumnElement[bool] | None = None
    pause: timedelta = timedelta(0)


TOPICS: Final[Mapping[str, Topic]] = {
    "digest": Topic(
        "Daily summary",
        "Each morning: what was posted, what needs attention, and how the books compare.",
    ),
    "failures": Topic(
        "Problems",
        "Held orders, unreadable stores, refused documents: grouped, once an hour at most.",
        and_(
            Event.area == "",
            Event.kind.not_in(CONNECTOR),
            or_(Event.level == "error", Event.kind.in_(("order.held", "document.held"))),
        ),
        timedelta(hours=1),
    ),
    "entries": Topic(
        "New customers and items",
        "What was created in QuickBooks, grouped, once an hour at most.",
        Event.kind == "addition.created",
        timedelta(hours=1),
    ),
    "connector": Topic(
        "Web Connector silent",
        "When the Web Connector has not come for longer than expected, and when it is back.",
        Event.kind.in_(CONNECTOR),
    ),
}
