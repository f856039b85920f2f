"""Tells stores how many of each item can be sold, as QuickBooks counts them and rules decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.models import Company, Store, db
from app.schedule.kinds import Kind, every
from app.sync.stock import rounds


def run(company: Company, moment: datetime) -> Iterator[str]:
    """Store by store; one that does not answer keeps no other waiting."""
    company_id = company.id
    said: list[str] = []
    sends = rounds.refresh(company, moment)
    ids = [store.id for store in rounds.due(company, moment)] if sends else []
    db.session.commit()
    if not ids:
        yield "No store is due." if sends else "No rule sends stock to a store."
        return
    for store_id in ids:
        store = db.session.get_one(Store, store_id)
        words = store.name
        for pushed in rounds.tell(db.session.get_one(Company, company_id), store):
            words = f"{store.name}: {pushed.words}"
            yield "; ".join([*said, words])
        failed = store.stock_error
        db.session.rollback()
        said.append(f"{words} (it failed: {failed})" if failed else words)
        yield "; ".join(said)


task = Kind(
    "Send stock",
    "Tells stores how many of each item can be sold, where a rule sends stock; only what changed.",
    every(timedelta(minutes=15)),
    run,
)
