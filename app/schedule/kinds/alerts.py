"""Writes mails about what went wrong or is new, grouped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.models import Company, db
from app.notify.subscribe import tell
from app.schedule.kinds import Kind, every


def run(company: Company, moment: datetime) -> Iterator[str]:
    """What was told and the mail that tells it are committed as one."""
    del moment
    written = tell(company)
    db.session.commit()
    yield f"Wrote {written:,} mail{'' if written == 1 else 's'}."


task = Kind(
    "Alerts",
    "Writes to whom it concerns what went wrong and what was created, grouped.",
    every(timedelta(minutes=5)),
    run,
)
