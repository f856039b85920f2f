"""Tells custom shops how their orders stand, by signed webhook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.models import Company, db
from app.schedule.kinds import Kind, every
from app.sync.tell import stores_to_tell, tell


def run(company: Company, moment: datetime) -> Iterator[str]:
    """Store by store; one that does not answer keeps no other waiting."""
    stores = stores_to_tell(company, moment)
    db.session.commit()
    done = 0
    for store in stores:
        count = 0
        for count in tell(store):
            yield f"Told {done + count:,} orders' state."
        done += count
    yield f"Told {done:,} orders' state."


task = Kind(
    "Tell your own shops",
    "Sends your own shops how their orders stand, by signed webhook.",
    every(timedelta(minutes=1)),
    run,
)
