"""The rows of the tasks: who may do what now, and how it went; each step is one small statement."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.models import Company, Event, Task, db, now
from app.schedule.kinds import kinds

LEASE: Final = timedelta(minutes=5)
"""For how long one step of a task may take; then its node is dead, and another takes over."""
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Claim:
    """A task that is ours until its lease runs out."""

    task_id: int
    company_id: int
    kind: str
    lease: str


def complete(moment: datetime) -> None:
    """Give each company a row of each kind, when it is due for the first time."""
    wanted = set(kinds())
    known: dict[int, set[str]] = {}
    with db.engine.connect() as connection:
        for company_id, kind in connection.execute(select(Task.company_id, Task.kind)):
            known.setdefault(company_id, set()).add(kind)
        companies = list(connection.execute(select(Company.id, Company.zone)))
    for company in companies:
        for name in sorted(wanted - known.get(company.id, set())):
            first = kinds()[name].next_at(Company(zone=company.zone), moment)
            _add(company.id, name, first)


def _add(company_id: int, name: str, first: datetime) -> None:
    values: dict[str, Any] = {"company_id": company_id, "kind": name, "next_at": first}
    # Another node may be faster, or the company gone.
    with contextlib.suppress(IntegrityError), db.engine.begin() as connection:
        connection.execute(insert(Task).values(**values))


def claim(moment: datetime) -> Claim | None:
    """Take a task that is due, the longest overdue first; no two nodes get the same one."""
    with db.engine.connect() as connection:
        due = connection.execute(
            select(Task.id, Task.company_id, Task.kind)
            .where(_claimable(moment), Task.kind.in_(kinds()))
            .order_by(Task.next_at, Task.id)
        ).all()
    lease = secrets.token_hex(8)
    for row in due:
        with db.engine.begin() as connection:
            taken = connection.execute(
                update(Task)
                .where(Task.id == row.id, _claimable(moment))
                .values(lease=lease, lease_until=moment + LEASE, started_at=moment, asked=False)
            )
        if taken.rowcount:
            return Claim(row.id, row.company_id, row.kind, lease)
    return None


class TaskBusyError(Exception):
    """A server does the task at this moment."""


@contextlib.contextmanager
def alone(company_id: int, name: str) -> Iterator[Claim]:
    """Do a task by hand, due or not, while no server does it; ``renew`` it after each step.

    Raises:
        TaskBusyError: A server does it at this moment.
    """
    complete(now())
    lease, moment = secrets.token_hex(8), now()
    with db.engine.begin() as connection:
        task_id = connection.scalar(
            update(Task)
            .where(Task.company_id == company_id, Task.kind == name, _free(moment))
            .values(lease=lease, lease_until=moment + LEASE)
            .returning(Task.id)
        )
    if task_id is None:
        raise TaskBusyError(
            f"“{kinds()[name].label}” is being done by a server at this moment; try again later."
        )
    claimed = Claim(task_id, company_id, name, lease)
    try:
        yield claimed
    finally:
        release(claimed)


def _free(moment: datetime) -> ColumnElement[bool]:
    return or_(Task.lease_until.is_(None), Task.lease_until < moment)


def _claimable(moment: datetime) -> ColumnElement[bool]:
    wanted = or_(~Task.paused, Task.asked)
    return and_(wanted, Task.next_at <= moment, _free(moment))


def renew(claimed: Claim, said: str) -> bool:
    """Hold on to a task after a step; False when another node has taken over."""
    return _write(claimed, lease_until=now() + LEASE, result=said)


def release(claimed: Claim) -> None:
    """Leave a task to other nodes before it is through: it stays due."""
    _write(claimed, lease="", lease_until=None)


def finish(claimed: Claim, said: str, next_at: datetime) -> bool:
    """Write down that a task went well."""
    return _write(
        claimed, lease="", lease_until=None, ended_at=now(), next_at=next_at, result=said,
        failures=0,
    )  # fmt: skip


def fail(claimed: Claim, said: str) -> None:
    """Write down that a task failed, and leave it alone for longer each time; tell it once."""
    with db.engine.begin() as connection:
        failures = connection.scalar(
            select(Task.failures).where(Task.id == claimed.task_id, Task.lease == claimed.lease)
        )
        if failures is None:
            return
        pause = min(FIRST_PAUSE * 2 ** min(failures, 12), LONGEST_PAUSE)
        connection.execute(
            update(Task)
            .where(Task.id == claimed.task_id)
            .values(
                lease="",
                lease_until=None,
                ended_at=now(),
                result=said,
                failures=failures + 1,
                next_at=now() + pause,
            )
        )
        if failures == 0:
            text = f"{kinds()[claimed.kind].label} failed: {said}"
            connection.execute(
                insert(Event).values(
                    company_id=claimed.company_id, level="error", kind="task.failed", text=text
                )
            )


def _write(claimed: Claim, **values: Any) -> bool:
    with db.engine.begin() as connection:
        written = connection.execute(
            update(Task)
            .where(Task.id == claimed.task_id, Task.lease == claimed.lease)
            .values(**values)
        )
    return bool(written.rowcount)
