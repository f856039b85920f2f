"""Looks whether the Web Connector still comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select

from app.models import Company, Event, db
from app.notify.running import silence
from app.notify.topics import CONNECTOR
from app.schedule.kinds import Kind, every


def run(company: Company, moment: datetime) -> Iterator[str]:
    """Tell once that it is silent, and once that it is back."""
    seen = company.last_seen_at
    if seen is None or company.is_practice:
        db.session.rollback()
        yield "Nothing to watch: no Web Connector has come yet."
        return
    told = db.session.scalar(
        select(Event.kind)
        .where(Event.company_id == company.id, Event.kind.in_(CONNECTOR))
        .order_by(Event.id.desc())
        .limit(1)
    )
    silent = silence(company, moment)
    is_silent, text = bool(silent), silent or "The Web Connector comes as expected."
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
