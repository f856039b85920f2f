"""Looks whether the Web Connector still comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from app.models import Company, Event, db
from app.notify.topics import CONNECTOR
from app.schedule.kinds import Kind, every
from app.sync.mirror import FRESH
from app.sync.queue import work

WITH_WORK: Final = timedelta(hours=4)
"""So long it may be silent while something waits for it."""
WITHOUT: Final = timedelta(days=1)


def run(company: Company, moment: datetime) -> Iterator[str]:
    """Tell once that it is silent, and once that it is back."""
    seen = company.last_seen_at
    if seen is None or company.is_practice:
        db.session.rollback()
        yield "Nothing to watch: no Web Connector has come yet."
        return
    waits = work.left(company.id, moment, moment - FRESH - WITHOUT)
    is_silent = moment - seen > (WITH_WORK if waits else WITHOUT)
    told = db.session.scalar(
        select(Event.kind)
        .where(Event.company_id == company.id, Event.kind.in_(CONNECTOR))
        .order_by(Event.id.desc())
        .limit(1)
    )
    hours = int((moment - seen).total_seconds() // 3600)
    text = "The Web Connector comes as expected."
    if is_silent:
        text = f"The Web Connector has not come for {hours:,} hours" + (
            ", and work waits for it." if waits else "."
        )
    if is_silent != (told == "connector.silent"):
        kind = "connector.silent" if is_silent else "connector.back"
        back = "The Web Connector comes again."
        level = "error" if is_silent else "info"
        db.session.add(
            Event(company_id=company.id, kind=kind, level=level, text=text if is_silent else back)
        )
    db.session.commit()
    yield text


task = Kind(
    "Watch the Web Connector",
    "Looks whether the Web Connector still comes, and tells when it has been silent for too long.",
    every(timedelta(minutes=15)),
    run,
)
