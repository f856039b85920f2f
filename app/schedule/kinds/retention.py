"""Removes what need not be kept: old messages and events, and who the buyers of old orders were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select

from app.models import Company, Store, db
from app.schedule.kinds import Kind, daily
from app.settings import Settings
from app.sync.personal import forget
from app.sync.retention import prune


def run(company: Company, moment: datetime) -> Iterator[str]:
    """Clear the buyers store by store, then what is kept for the whole installation."""
    settings: Settings = current_app.config["SETTINGS"]
    company_id, cleared = company.id, 0
    for store_id in db.session.scalars(
        select(Store.id).where(Store.company_id == company_id)
    ).all():
        cleared += forget(db.session.get_one(Store, store_id), moment)
        db.session.commit()
        yield f"Cleared who bought in {cleared:,} orders."
    pruned = prune(
        moment,
        keep_messages=timedelta(days=settings.keep_messages),
        keep_events=timedelta(days=settings.keep_events),
    )
    yield (
        f"Cleared who bought in {cleared:,} orders, {pruned.texts + pruned.questions:,} messages "
        f"and {pruned.events:,} lines of the log."
    )


task = Kind(
    "Clear what is old",
    "Each night: removes messages and log lines after the time that is set, and the buyers' "
    "personal data after the time that each store sets.",
    daily(3, 10),
    run,
)
