"""Sends sales of QuickBooks to stores that ship them, as rules decide."""

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
        company, moment, "sales", refresh=rounds.refresh, tell=rounds.send_due
    )


task = Kind(
    "Send sales",
    "Sends sales orders, invoices and sales receipts of QuickBooks to stores that ship them, where "
    "a rule says so; only what changed.",
    every(timedelta(minutes=5)),
    run,
)
