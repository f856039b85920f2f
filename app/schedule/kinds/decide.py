"""Decides due orders between the Web Connector's visits, so that what people see is current."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update

from app.models import Company, Session, db
from app.schedule.kinds import Kind, every
from app.sync import mirror
from app.sync.runner import decide_due

BATCH: Final = 50
"""So few that a Web Connector that comes meanwhile hardly waits."""
QUIET: Final = timedelta(minutes=2)
"""After so long without a call, a session that was never closed is over."""


def run(company: Company, moment: datetime) -> Iterator[str]:
    """Decide batch by batch, each under the company's lock."""
    company_id, total = company.id, 0
    if not mirror.is_loaded(company_id):
        db.session.rollback()
        yield "Waits for the first reading of QuickBooks' lists."
        return
    while True:
        if _is_visited(company_id, moment):
            db.session.rollback()
            yield _words(total, " The Web Connector is here and decides the rest.")
            return
        done = decide_due(_locked(company_id), BATCH)
        db.session.commit()
        total += done
        yield _words(total)
        if done < BATCH:
            return


def _locked(company_id: int) -> Company:
    """The company, for this transaction alone: a session of the Web Connector takes it too."""
    db.session.execute(
        update(Company)
        .where(Company.id == company_id)
        .values(set_size=Company.set_size)
        .execution_options(synchronize_session=False)
    )
    return db.session.get_one(Company, company_id, populate_existing=True)


def _is_visited(company_id: int, moment: datetime) -> bool:
    here = select(Session.id).where(
        Session.company_id == company_id,
        Session.state == "open",
        Session.called_at > moment - QUIET,
    )
    return db.session.scalar(here.limit(1)) is not None


def _words(count: int, more: str = "") -> str:
    return f"Decided {count:,} order{'' if count == 1 else 's'}.{more}"


task = Kind(
    "Decide orders",
    "Decides what came from the stores or was changed, between the Web Connector's visits.",
    every(timedelta(minutes=1)),
    run,
)
