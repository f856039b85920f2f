"""The dashboard: is it running, what was posted, what needs me."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, url_for
from flask_login import current_user
from sqlalchemy import select

from app.jobs import rows as jobs
from app.jobs.kinds.sync import KIND, connected, start_sync
from app.jobs.rows import JobView
from app.models import Company, Release, Store, db, now
from app.notify import running
from app.sync import attention, manual, overview
from app.sync.sales.gone import count_astray
from app.web import access, listing
from app.web.nav import Nav
from app.web.pages import Page, go, part_of, render, say

blueprint = Blueprint("dashboard", __name__, url_prefix=access.COMPANY)
nav = Nav("Dashboard", "speedometer2", 10, "dashboard.index")

DAYS: Final = 30
GROUPS: Final = 5


@blueprint.get("/dashboard")
@access.may("see")
def index(company: Company) -> Page:
    """All of it on one screen."""
    days = overview.posted_by_day(company, DAYS)
    groups = attention.groups(company)
    stores = db.session.scalars(
        select(Store).where(Store.company_id == company.id).order_by(Store.name)
    ).all()
    release = db.session.scalars(
        select(Release)
        .where(Release.company_id == company.id)
        .order_by(Release.number.desc())
        .limit(1)
    ).first()
    return render(
        "dashboard.html",
        "live",
        days=days,
        currencies=overview.currencies(days),
        groups=groups[:GROUPS],
        lost=count_astray(company),
        wrong=running.besides(company, now()),
        more=max(0, len(groups) - GROUPS),
        stores=stores,
        release=release,
        **_live(company),
    )


@blueprint.get("/dashboard/live")
@access.may("see")
@part_of("dashboard.index")
def live(company: Company) -> Page:
    """The part that changes by itself."""
    return render("dashboard.html", "live", **_live(company))


@blueprint.post("/dashboard/sync")
@access.may("decide")
def sync(company: Company) -> Page:
    """Read the stores and decide what is due, now."""
    start_sync(
        company,
        who=str(current_user.email),
        stores=[store.id for store in connected(company) if store.active and not store.stopped],
    )
    say("Syncing: the stores are read and what is due is decided.", "info")
    return go(url_for("dashboard.index", company_id=company.id))


@blueprint.post(f"/dashboard/sync/<int(max={access.MOST}):job_id>/stop")
@access.may("decide")
def stop(company: Company, job_id: int) -> Page:
    """Stop a sync after its present step."""
    try:
        jobs.cancel(company, job_id)
    except jobs.UnknownJobError:
        abort(404)
    return go(url_for("dashboard.index", company_id=company.id))


def _live(company: Company) -> dict[str, Any]:
    counts = listing.counts(company.id)
    return {
        "connector": overview.connector(company),
        "counts": counts,
        "today": overview.today_by_state(company),
        "due": manual.due(company),
        "job": _job(company),
    }


def _job(company: Company) -> JobView | None:
    """The newest sync, while it runs or if it is the last thing that went wrong."""
    newest = next(iter(jobs.recent(company, KIND)), None)
    shown = newest is not None and (newest.is_active or newest.state in {"failed", "lost"})
    return newest if shown else None
