"""Writes the daily summary, each morning by the company's clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from app.models import Company, db
from app.notify.subscribe import tell_of_yesterday
from app.schedule.kinds import Kind, daily


def run(company: Company, moment: datetime) -> Iterator[str]:
    """One mail an address and day, however often this runs."""
    del moment
    written = tell_of_yesterday(company)
    db.session.commit()
    yield f"Wrote {written:,} mail{'' if written == 1 else 's'}."


task = Kind(
    "Daily summary",
    "Each morning: writes what was posted, what needs attention and how the books compare to whom "
    "it concerns.",
    daily(7),
    run,
)
