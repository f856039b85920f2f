"""Starting, watching and cancelling long work; a page calls these and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import undefer

from app.models import Company, Job, db, now
from app.rules.releases import changing
from rules_library.rulebook import content_hash

STALE: Final = timedelta(minutes=2)
"""A runner that says nothing for so long is dead."""
KEPT: Final = 20
"""How many finished jobs of a kind a company keeps."""
ACTIVE: Final = ("waiting", "running")
_LARGEST = 2**31


class UnknownJobError(LookupError):
    """The company has no job of that id."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as a page shows it."""

    id: int
    kind: str
    state: str
    """waiting, running, done, failed, cancelled, lost (its runner died: start it again)"""
    done: int
    total: int
    who: str
    error: str
    cancelling: bool
    """Whether it was told to stop and has not yet."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds_left: int | None
    """What is left at the speed so far; None while nobody can tell."""

    @property
    def is_active(self) -> bool:
        """Whether it is worth asking again."""
        return self.state in ACTIVE


def start(company: Company, kind: str, arguments: Any, *, who: str) -> JobView:
    """Ask for work; the same that is waiting or running already is not started twice."""
    with changing(company):
        wanted = content_hash(arguments)
        active = db.session.scalars(
            select(Job)
            .where(Job.company_id == company.id, Job.kind == kind, Job.state.in_(ACTIVE))
            .where(~Job.cancel)
            .options(undefer(Job.arguments))
            .execution_options(populate_existing=True)
        )
        same = (one for one in active if content_hash(one.arguments) == wanted)
        job = next((one for one in same if not _is_lost(one)), None)
        if job is None:
            _forget_old(company, kind)
            job = Job(company_id=company.id, kind=kind, arguments=arguments, who=who)
            db.session.add(job)
    return _view(job)


def read(company: Company, job_id: int) -> JobView:
    """A job as it is now.

    Raises:
        UnknownJobError: The company has none of that id.
    """
    return _view(_find(company, job_id))


def result(company: Company, job_id: int) -> Any:
    """What a job has found so far; None while it has found nothing.

    Raises:
        UnknownJobError: The company has none of that id.
    """
    return _find(company, job_id).result


def arguments(company: Company, job_id: int) -> Any:
    """What a job was started with.

    Raises:
        UnknownJobError: The company has none of that id.
    """
    return _find(company, job_id).arguments


def recent(company: Company, kind: str) -> list[JobView]:
    """The company's jobs of a kind, the newest first."""
    query = select(Job).where(Job.company_id == company.id, Job.kind == kind)
    newest = query.order_by(Job.id.desc()).limit(KEPT)
    return [_view(one) for one in db.session.scalars(_afresh(newest))]


def cancel(company: Company, job_id: int) -> JobView:
    """Stop a job: at once if it waits, else before its next step.

    Raises:
        UnknownJobError: The company has none of that id.
    """
    _find(company, job_id)
    mine = update(Job).where(Job.id == job_id)
    db.session.execute(
        mine.where(Job.state == "waiting").values(
            state="cancelled", cancel=True, finished_at=now()
        ),
        execution_options={"synchronize_session": False},
    )
    db.session.execute(
        mine.where(Job.state == "running").values(cancel=True),
        execution_options={"synchronize_session": False},
    )
    db.session.commit()
    return read(company, job_id)


def _find(company: Company, job_id: int) -> Job:
    found: Job | None = None
    if 0 < job_id < _LARGEST:
        query = select(Job).where(Job.company_id == company.id, Job.id == job_id)
        found = db.session.scalar(_afresh(query.options(undefer(Job.result))))
    if found is None:
        raise UnknownJobError(f"{company.name} has no job {job_id}.")
    return found


def _afresh(query: Any) -> Any:
    return query.execution_options(populate_existing=True)


def _is_lost(job: Job) -> bool:
    return job.state == "running" and (job.seen_at is None or job.seen_at < now() - STALE)


def _view(job: Job) -> JobView:
    state = "lost" if _is_lost(job) else job.state
    left = None
    if state == "running" and job.started_at and job.done:
        took = (now() - job.started_at).total_seconds()
        left = round(took / job.done * (job.total - job.done))
    return JobView(
        id=job.id,
        kind=job.kind,
        state=state,
        done=job.done,
        total=job.total,
        who=job.who,
        error=job.error,
        cancelling=job.cancel and state == "running",
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        seconds_left=left,
    )


def _forget_old(company: Company, kind: str) -> None:
    mine = (Job.company_id == company.id, Job.kind == kind, Job.state.not_in(ACTIVE))
    newest = select(Job.id).where(*mine).order_by(Job.id.desc()).limit(KEPT - 1)
    db.session.execute(
        delete(Job).where(*mine, Job.id.not_in(newest)).execution_options(synchronize_session=False)
    )
