"""Tells shops that their orders were shipped, as QuickBooks or a shipping tool says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.models import Company
from app.schedule.kinds import Kind, every
from app.schedule.outward import store_by_store
from app.sync.sales import rounds


def run(company: Company, moment: datetime) -> Iterator[str]:
    """Store by store."""
    yield from store_by_store(
        company, moment, "fulfilment", refresh=rounds.refresh_shipments, tell=rounds.tell_shipments
    )


task = Kind(
    "Tell shipments",
    "Tells shops that their orders were shipped, with the tracking number, where a rule says so; "
    "each number once.",
    every(timedelta(minutes=5)),
    run,
)
