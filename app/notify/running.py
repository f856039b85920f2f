"""What does not run as it should: a company's stores and tasks, its Web Connector, the disk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import current_app
from sqlalchemy import and_, or_, select

from app.backup import OLD, is_embedded, newest
from app.checks import space
from app.models import Company, Job, Store, Task, db
from app.notify.letter import Row
from app.schedule.kinds import kinds
from app.sync.mirror import FRESH
from app.sync.queue import work
from app.web.words import LOCALE

WITH_WORK: Final = timedelta(hours=4)
"""So long the Web Connector may be silent while something waits for it."""
WITHOUT: Final = timedelta(days=1)
OVERDUE: Final = timedelta(hours=2)
"""So long after it was due a task that nobody does is no matter of a queue any more."""
WAITS: Final = timedelta(hours=1)
"""So long work that a person started may wait for a server."""
RUNS: Final = timedelta(hours=12)
"""So long it may be at work."""
NAMED: Final = 3
STUCK: Final = "Does a server run, and does its log show errors? Start it again."
_TELLING: Final = {
    "stock": "is not told its stock",
    "sales": "is not sent its sales",
    "fulfilment": "is not told of shipments",
}


def silence(company: Company, moment: datetime) -> str:
    """For how long the Web Connector has been silent, in words; empty when that is as expected."""
    seen = company.last_seen_at
    if seen is None or company.is_practice:
        return ""
    waits = work.left(company.id, moment, moment - FRESH - WITHOUT)
    if moment - seen <= (WITH_WORK if waits else WITHOUT):
        return ""
    hours = int((moment - seen).total_seconds() // 3600)
    more = ", and work waits for it." if waits else "."
    return f"The Web Connector has not come for {hours:,} hours{more}"


def problems(company: Company, moment: datetime) -> list[Row]:
    """What somebody has to look at, what it says of itself, and since when; none when all runs."""
    rows = []
    if said := silence(company, moment):
        advice = "Is the computer with QuickBooks on, and the Web Connector's Auto-Run box ticked?"
        rows.append(Row(said, "", advice))
    return rows + besides(company, moment)


def besides(company: Company, moment: datetime) -> list[Row]:
    """The same but for the Web Connector, of which the dashboard tells by itself."""
    return [
        *_stores(company),
        *_tasks(company, moment),
        *_jobs(company, moment),
        *_backups(company, moment),
        *(
            Row(f"The server's disk: {one.text}.", "", one.fix)
            for one in space(current_app.config["SETTINGS"])
            if one.status != "ok"
        ),
    ]


def _stores(company: Company) -> list[Row]:
    errors = {what: getattr(Store, f"{what}_error") for what in _TELLING}
    query = (
        select(Store)
        .where(
            Store.company_id == company.id,
            Store.active,
            or_(Store.error != "", *(column != "" for column in errors.values())),
        )
        .order_by(Store.name, Store.id)
    )
    rows = []
    for store in db.session.scalars(query):
        if store.error:
            rows.append(
                Row(f"{store.name} is not read.", _since(company, store.pulled_at), store.error)
            )
        for what, words in _TELLING.items():
            if error := getattr(store, f"{what}_error"):
                at = getattr(store, f"{what}_at")
                rows.append(Row(f"{store.name} {words}.", _since(company, at), error))
    return rows


def _tasks(company: Company, moment: datetime) -> list[Row]:
    query = select(Task).where(Task.company_id == company.id, Task.kind.in_(kinds()), ~Task.paused)
    rows, late = [], []
    for task in db.session.scalars(query.order_by(Task.id)):
        if task.failures:
            times = "once" if task.failures == 1 else f"{task.failures:,} times"
            last = _since(company, task.ended_at) if task.ended_at else ""
            rows.append(Row(f"{kinds()[task.kind].label}: failed {times}.", last, task.result))
        elif task.next_at < moment - OVERDUE:
            late.append(task)
    if late:
        oldest = min(task.next_at for task in late)
        names = ", ".join(kinds()[task.kind].label for task in late[:NAMED])
        names += f" and {len(late) - NAMED:,} more" if len(late) > NAMED else ""
        said = "The schedule stands still."
        rows.append(Row(said, _since(company, oldest, "due since"), f"{names}. {STUCK}"))
    return rows


def _jobs(company: Company, moment: datetime) -> list[Row]:
    """Work that a person started, and that nobody does or that does not end."""
    query = select(Job).where(
        Job.company_id == company.id,
        or_(
            and_(Job.state == "waiting", Job.created_at < moment - WAITS),
            and_(Job.state == "running", Job.started_at < moment - RUNS),
        ),
    )
    return [
        Row(
            f"{_name_of(job)} {'waits' if job.state == 'waiting' else 'is still at work'}.",
            _since(company, job.started_at or job.created_at, "since"),
            STUCK if job.state == "waiting" else "Stop it on its page, and start it again.",
        )
        for job in db.session.scalars(query.order_by(Job.id))
    ]


def _name_of(job: Job) -> str:
    """What people call it: Csv import, which ann@example.com started."""
    return f"{job.kind.replace('_', ' ').capitalize()}" + (
        f", which {job.who} started," if job.who else ""
    )


def _backups(company: Company, moment: datetime) -> list[Row]:
    """That no backup is made any more; where none ever was, other programs make them, maybe."""
    last = newest() if is_embedded() else None
    if last is None or last > moment - OLD:
        return []
    said = f"The last backup is {(moment - last).days:,} days old."
    advice = "An owner makes one on the page Backup; each night `rulebooks backup FILE` may."
    return [Row(said, _since(company, last), advice)]


def _since(company: Company, last: datetime | None, word: str = "last on") -> str:
    """When it went well last, by the company's clock."""
    if last is None:
        return "never yet"
    zone = ZoneInfo(company.zone or "UTC")
    return f"{word} {format_datetime(last, 'MMM d, h:mm a', zone, LOCALE)}"
