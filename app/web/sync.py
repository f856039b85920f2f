"""Syncing some orders by hand: which, what will happen, and how far it is."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, request, url_for
from flask_login import current_user
from sqlalchemy import select

from app import audit
from app.jobs import rows as jobs
from app.jobs.kinds.sync import KIND, connected, start_sync
from app.models import Company, Store, db
from app.sync import manual
from app.sync.manual import LONGEST_NUMBER, MOST_NUMBERS, Wanted
from app.web import access
from app.web.days import span
from app.web.nav import Nav
from app.web.pages import Page, go, render, say
from app.web.words import STATES

blueprint = Blueprint("sync", __name__, url_prefix=access.COMPANY)
nav = Nav("Sync orders", "arrow-repeat", 40, "sync.index")

SHOWN: Final = 20
RECENT: Final = 5


@blueprint.get("/sync")
@access.may("see")
def index(company: Company) -> Page:
    """The form, and what it would do: all of it is in the address."""
    wanted, readable = _wanted(company), connected(company)
    stores = db.session.scalars(
        select(Store).where(Store.company_id == company.id).order_by(Store.name)
    ).all()
    counts = {} if wanted.is_empty else manual.preview(company, wanted)
    return render(
        "sync.html",
        wanted=wanted,
        stores=stores,
        readable=[store.id for store in readable],
        read=request.args.get("read") == "1",
        counts=counts,
        orders=[] if wanted.is_empty else manual.found(company, wanted, SHOWN),
        missing=manual.missing(company, wanted),
        can_decide=manual.can_decide(company),
        recent=jobs.recent(company, KIND)[:RECENT],
    )


@blueprint.post("/sync")
@access.may("decide")
def begin(company: Company) -> Page:
    """Do what was shown."""
    wanted, read = _wanted(company, request.form), request.form.get("read") == "1"
    if wanted.is_empty and not read:
        say("Say which orders: by number, day, state or store.", "danger")
        return go(url_for("sync.index", company_id=company.id))
    stores = [
        store.id
        for store in connected(company)
        if read and wanted.store_id in {None, store.id} and not store.stopped
    ]
    job = start_sync(
        company,
        who=str(current_user.email),
        wanted=None if wanted.is_empty else wanted,
        stores=stores,
    )
    audit.record(
        "orders", "sync.started", "Synced orders by hand.", company=company, detail=wanted.plain()
    )
    db.session.commit()
    return go(url_for("sync.one", company_id=company.id, job_id=job.id))


@blueprint.get(f"/sync/<int(max={access.MOST}):job_id>")
@access.may("see")
def one(company: Company, job_id: int) -> Page:
    """How far a sync is, and what came of it."""
    job, result, wanted = _job(company, job_id)
    shown = wanted is not None and not job.is_active
    return render(
        "sync_job.html",
        "progress",
        job=job,
        result=result or {},
        counts=manual.preview(company, wanted) if shown and wanted else {},
        orders=manual.found(company, wanted, SHOWN) if shown and wanted else [],
    )


@blueprint.post(f"/sync/<int(max={access.MOST}):job_id>/stop")
@access.may("decide")
def stop(company: Company, job_id: int) -> Page:
    """Stop after the present step."""
    _job(company, job_id)
    jobs.cancel(company, job_id)
    return go(url_for("sync.one", company_id=company.id, job_id=job_id))


def _job(company: Company, job_id: int) -> tuple[jobs.JobView, Any, Wanted | None]:
    try:
        job = jobs.read(company, job_id)
        arguments = jobs.arguments(company, job_id)
    except jobs.UnknownJobError:
        abort(404)
    if job.kind != KIND:
        abort(404)
    wanted = Wanted.of(arguments["wanted"]) if arguments["wanted"] else None
    return job, jobs.result(company, job_id), wanted


def _wanted(company: Company, given: Any = None) -> Wanted:
    """What an address or form asks for; what makes no sense is as if it were not there."""
    given = request.args if given is None else given
    text = given.get("numbers", "").replace(",", " ").replace(";", " ")
    numbers = dict.fromkeys(
        number[:LONGEST_NUMBER] for number in text.split() if number.isprintable()
    )
    store = given.get("store", "")
    store_id = int(store) if store.isascii() and store.isdigit() and len(store) < 10 else None  # noqa: PLR2004 - digits of an id
    mine = store_id and db.session.scalar(
        select(Store.id).where(Store.company_id == company.id, Store.id == store_id)
    )
    first, last = span(given)
    return Wanted(
        numbers=tuple(numbers)[:MOST_NUMBERS],
        first=first,
        last=last,
        states=tuple(state for state in STATES if state in given.getlist("state")),
        store_id=mine or None,
    )
