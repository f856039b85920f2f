"""What does not run as it should: a company's stores and tasks, its Web Connector, the disk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import or_, select

from app.checks import space
from app.models import Company, Store, Task, db
from app.notify.letter import Row
from app.schedule.kinds import kinds
from app.sync.mirror import FRESH
from app.sync.queue import work

WITH_WORK: Final = timedelta(hours=4)
"""So long the Web Connector may be silent while something waits for it."""
WITHOUT: Final = timedelta(days=1)
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
    rows += _stores(company)
    rows += _tasks(company)
    rows += [
        Row(f"The server's disk: {one.text}.", "", one.fix)
        for one in space(current_app.config["SETTINGS"])
        if one.status != "ok"
    ]
    return rows


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


def _tasks(company: Company) -> list[Row]:
    query = select(Task).where(
        Task.company_id == company.id, Task.failures > 0, Task.kind.in_(kinds()), ~Task.paused
    )
    return [
        Row(f"{kinds()[task.kind].label}: failed {task.failures:,} times.", "", task.result)
        for task in db.session.scalars(query.order_by(Task.id))
    ]


def _since(company: Company, last: datetime | None) -> str:
    """When it went well last, by the company's clock."""
    if last is None:
        return "never yet"
    return f"last on {last.astimezone(ZoneInfo(company.zone or 'UTC')):%d %b, %H:%M}"
