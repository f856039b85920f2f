"""Tells stores how many of each item can be sold, as QuickBooks counts them and rules decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.models import Company
from app.schedule.kinds import Kind, every
from app.schedule.outward import store_by_store
from app.sync.stock import rounds


def run(company: Company, moment: datetime) -> Iterator[str]:
    """Store by store."""
    yield from store_by_store(company, moment, "stock", refresh=rounds.refresh, tell=rounds.tell)


task = Kind(
    "Send stock",
    "Tells stores how many of each item can be sold, where a rule sends stock; only what changed.",
    every(timedelta(minutes=15)),
    run,
)
