"""The practice session: a practice company's orders posted while a person looks on."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from flask import Blueprint, abort, url_for
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app import audit
from app.jobs.kinds import practice as kind
from app.jobs.rows import JobView, UnknownJobError, cancel, recent, result
from app.models import Company, ListEntry, Order, Posting, db, now
from app.web import access
from app.web.nav import Nav
from app.web.pages import Page, go, render

blueprint = Blueprint("practice", __name__, url_prefix=access.COMPANY)
nav = Nav("Practice session", "mortarboard", 70, "practice.start", when=lambda one: one.is_practice)

SHOWN: Final = 200
"""How many of a session's documents the page lists."""
PATIENCE: Final = 20
"""After how many seconds it is odd that nobody runs the job."""


@blueprint.get("/practice")
@access.may("manage")
def start(company: Company) -> Page:
    """What a practice session does, and the one that runs or ran last."""
    if not company.is_practice:
        abort(404)
    jobs = recent(company, kind.KIND)
    job = jobs[0] if jobs else None
    return render("practice.html", "session", job=job, **_seen(company, job))


@blueprint.post("/practice")
@access.may("manage")
def run(company: Company) -> Page:
    """Begin a session."""
    try:
        kind.start_practice(company, who=current_user.email)
    except kind.PracticeError:
        abort(404)
    audit.record("connection", "practice.started", "Began a practice session", company=company)
    db.session.commit()
    return go(url_for("practice.start", company_id=company.id))


@blueprint.post(f"/practice/<int(max={access.MOST}):job_id>/stop")
@access.may("manage")
def stop(company: Company, job_id: int) -> Page:
    """End a session before it is through."""
    try:
        cancel(company, job_id)
    except UnknownJobError:
        abort(404)
    return go(url_for("practice.start", company_id=company.id))


def _seen(company: Company, job: JobView | None) -> dict[str, Any]:
    """What has been posted in a session, and where the orders stand."""
    found = (result(company, job.id) if job else None) or {}
    documents: list[Posting] = []
    customers: dict[str, str] = {}
    count = 0
    if "after" in found:
        posted = (Posting.company_id == company.id, Posting.id > found["after"])
        count = db.session.scalar(select(func.count()).where(*posted)) or 0
        documents = list(
            db.session.scalars(
                select(Posting)
                .where(*posted)
                .options(joinedload(Posting.order))
                .order_by(Posting.id.desc())
                .limit(SHOWN)
            )
        )
        listed = {one.customer_list_id for one in documents if one.customer_list_id}
        names = select(ListEntry.list_id, ListEntry.full_name).where(
            ListEntry.company_id == company.id,
            ListEntry.kind == "Customer",
            ListEntry.list_id.in_(listed),
        )
        customers = dict(db.session.execute(names).all()) if listed else {}
    states = select(Order.state, func.count()).where(Order.company_id == company.id)
    waited = (now() - job.created_at).total_seconds() if job and job.state == "waiting" else 0
    return {
        "documents": documents,
        "customers": customers,
        "count": count,
        "states": Counter(dict(db.session.execute(states.group_by(Order.state)).all())),
        "found": found,
        "nobody": waited > PATIENCE,
    }
