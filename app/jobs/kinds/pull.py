"""Taking in one store's orders as a job: what has changed in it since it was last read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import select

from app.jobs.kinds import Progress
from app.jobs.rows import JobView, recent, start
from app.models import Company, Job, Store, db
from app.stores.errors import StoreError
from app.sync.intake import Pulled, pulling

KIND: Final = "pull"


class PullError(Exception):
    """A store could not be read to the end; what came before is here."""


def start_pull(store: Store, *, who: str) -> JobView:
    """Ask for a pull; one of that store that is waiting or running is not started twice."""
    return start(store.company, KIND, {"store": store.id}, who=who)


def newest_pulls(company: Company) -> dict[int, JobView]:
    """The newest pull of each store, by the store's id."""
    query = select(Job.id, Job.arguments).where(Job.company_id == company.id, Job.kind == KIND)
    stores = {job_id: told["store"] for job_id, told in db.session.execute(query)}
    return {stores[job.id]: job for job in reversed(recent(company, KIND))}


def run(company: Company, arguments: Any) -> Iterator[Progress]:
    """Read page by page; the result says how many orders came, and how many were unreadable.

    Raises:
        PullError: The store is not there, is being read, or did not answer as it should.
    """
    store = db.session.get(Store, arguments["store"])
    if store is None or store.company_id != company.id:
        raise PullError("The store is not there any more.")
    pages = pulling(store)
    pulled = Pulled()
    try:
        for pulled in pages:
            yield Progress(pulled.pages, pulled.pages, _told(pulled))
    except StoreError as error:
        raise PullError(str(error)) from None
    if pulled.error:
        raise PullError(pulled.error)


def _told(pulled: Pulled) -> dict[str, int]:
    got = pulled.received
    return {"new": got.new, "changed": got.changed, "unreadable": len(got.bad)}
