"""What a person sees of the schedule and may do with it: pause, go on, run now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update

from app.models import Company, Store, Task, db, now
from app.schedule.kinds import kinds
from app.schedule.rows import complete
from app.stores.base import clients_with

STORE: Final = "store-"


class UnknownEntryError(LookupError):
    """The company's schedule has no such line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a company's schedule: a task, or the pulls of a store."""

    key: str
    label: str
    help: str
    paused: bool
    running: bool
    next_at: datetime | None
    """When it comes next; None: at once, or, when it is paused, never."""
    ended_at: datetime | None
    said: str
    """How it went last, in words."""
    failures: int
    """How often it failed since it last went well."""


def entries(company: Company) -> list[Entry]:
    """The company's schedule: its stores, then the tasks."""
    complete(now())
    moment = now()
    stores = db.session.scalars(
        select(Store)
        .where(
            Store.company_id == company.id,
            Store.settings.is_not(None),
            Store.type.in_(clients_with("orders")),
        )
        .order_by(Store.name, Store.id)
        .execution_options(populate_existing=True)
    )
    tasks = db.session.scalars(
        select(Task)
        .where(Task.company_id == company.id, Task.kind.in_(kinds()))
        .order_by(Task.id)
        .execution_options(populate_existing=True)
    )
    return [*(_of_store(one, moment) for one in stores), *(_of_task(one, moment) for one in tasks)]


def _of_store(store: Store, moment: datetime) -> Entry:
    return Entry(
        key=f"{STORE}{store.id}",
        label=f"Read {store.name}",
        help=f"Fetches what changed in the store, every {store.pull_minutes} minutes.",
        paused=not store.active or store.stopped,
        running=store.lease_until is not None and store.lease_until >= moment,
        next_at=store.next_pull_at,
        ended_at=store.tried_at,
        said=store.error or ("Read to the end." if store.pulled_at else ""),
        failures=store.failures,
    )


def _of_task(task: Task, moment: datetime) -> Entry:
    kind = kinds()[task.kind]
    return Entry(
        key=task.kind,
        label=kind.label,
        help=kind.help,
        paused=task.paused,
        running=task.lease_until is not None and task.lease_until >= moment,
        next_at=task.next_at,
        ended_at=task.ended_at,
        said=task.result,
        failures=task.failures,
    )


def pause(company: Company, key: str) -> Entry:
    """Leave it be until `resume`; what is being done at this moment is finished.

    Raises:
        UnknownEntryError: There is no such line.
    """
    return _change(company, key, {"active": False}, {"paused": True, "asked": False})


def resume(company: Company, key: str) -> Entry:
    """Go on as before; a store that was stopped by an error is asked again.

    Raises:
        UnknownEntryError: There is no such line.
    """
    return _change(company, key, {"active": True, "stopped": False}, {"paused": False})


def run_now(company: Company, key: str) -> Entry:
    """Do it as soon as a server is free, also if it is paused or was put off after a failure.

    A store that is paused goes on.

    Raises:
        UnknownEntryError: There is no such line.
    """
    at_once = {"next_pull_at": None, "active": True, "stopped": False}
    return _change(company, key, at_once, {"next_at": now(), "asked": True})


def hurry(company_id: int, key: str) -> None:
    """Do a task as soon as a server is free, unless it is paused or failing; the caller commits."""
    db.session.execute(
        update(Task)
        .where(
            Task.company_id == company_id,
            Task.kind == key,
            ~Task.paused,
            Task.failures == 0,
            Task.next_at > now(),
        )
        .values(next_at=now())
        .execution_options(synchronize_session=False)
    )


def _change(company: Company, key: str, of_store: Any, of_task: Any) -> Entry:
    complete(now())
    number = key.removeprefix(STORE)
    query: Any
    if key.startswith(STORE) and number.isascii() and number.isdigit() and len(number) < 10:  # noqa: PLR2004 - ids are smaller
        query = update(Store).where(Store.id == int(number), Store.company_id == company.id)
        query = query.values(**of_store).returning(Store.id)
    else:
        query = update(Task).where(Task.kind == key, Task.company_id == company.id)
        query = query.values(**of_task).returning(Task.id)
    if db.session.scalar(query) is None:
        db.session.rollback()
        raise UnknownEntryError(f"The schedule of {company.name} has no line {key!r}.")
    db.session.commit()
    return next(one for one in entries(company) if one.key == key)
