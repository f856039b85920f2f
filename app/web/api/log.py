"""/log: the transaction log, from a place onwards, so that a program can follow it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field
from sqlalchemy import select

from app.models import Company, Event, db
from app.web.access import MOST
from app.web.api.endpoint import endpoint
from app.web.api.shapes import After, Asked, Limit, Told, Words


class LogAsked(Asked):
    """Which lines are wanted."""

    after: After = 0
    limit: Limit = 100
    order: int | None = Field(default=None, ge=1, le=MOST, description="The order's id.")
    level: Literal["info", "warning", "error"] | None = None
    kind: Words | None = None


class LogLine(Told):
    """One line of the log."""

    id: int
    at: datetime
    level: str
    kind: str
    text: str
    order_id: int | None
    who: str
    """Who acted; empty for what Rulebooks did by itself."""


class LogLines(Told):
    """Some lines, the oldest first."""

    events: list[LogLine]
    after: int
    """The ``after`` of what is written from now on."""


@endpoint("GET", "/log", needs="see", answer=LogLines, query=LogAsked)
def list_events(company: Company, query: LogAsked) -> LogLines:
    """The transaction log, the oldest line first; ask again with after to follow it."""
    chosen = select(Event).where(Event.company_id == company.id, Event.id > query.after)
    if query.order is not None:
        chosen = chosen.where(Event.order_id == query.order)
    if query.level is not None:
        chosen = chosen.where(Event.level == query.level)
    if query.kind is not None:
        chosen = chosen.where(Event.kind == query.kind)
    rows = db.session.scalars(chosen.order_by(Event.id).limit(query.limit)).all()
    return LogLines(
        events=[LogLine.model_validate(row) for row in rows],
        after=rows[-1].id if rows else query.after,
    )
