"""Sends sales of QuickBooks to stores that ship them, as rules decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.models import Company, Store, db
from app.schedule.kinds import Kind, every
from app.sync.sales import rounds


def run(company: Company, moment: datetime) -> Iterator[str]:
    """Store by store; one that does not answer keeps no other waiting."""
    company_id = company.id
    said: list[str] = []
    sends = rounds.refresh(company, moment)
    ids = [store.id for store in rounds.due(company, moment)] if sends else []
    db.session.commit()
    if not ids:
        yield "No store is due." if sends else "No rule sends sales to a store."
        return
    for store_id in ids:
        store = db.session.get_one(Store, store_id)
        words = store.name
        for sent in rounds.send_due(db.session.get_one(Company, company_id), store):
            words = f"{store.name}: {sent.words}"
            yield "; ".join([*said, words])
        failed = store.sales_error
        db.session.rollback()
        said.append(f"{words} (it failed: {failed})" if failed else words)
        yield "; ".join(said)


task = Kind(
    "Send sales",
    "Sends sales orders, invoices and sales receipts of QuickBooks to stores that ship them, where "
    "a rule says so; only what changed.",
    every(timedelta(minutes=5)),
    run,
)
