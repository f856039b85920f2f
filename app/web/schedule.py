"""The schedule: what runs when, how it went last, pause and run now."""

from __future__ import annotations

from flask import Blueprint, abort, url_for

from app import audit
from app.models import Company, db
from app.schedule import Entry, UnknownEntryError, entries, pause, resume, run_now
from app.web import access
from app.web.nav import Nav
from app.web.pages import Page, go, render, say

blueprint = Blueprint("schedule", __name__, url_prefix=access.COMPANY)
nav = Nav("Schedule", "clock-history", 920, "schedule.index")

ACTS = {
    "pause": (pause, "Paused"),
    "resume": (resume, "Let go on"),
    "run": (run_now, "Ran now"),
}


@blueprint.get("/schedule")
@access.may("manage")
def index(company: Company) -> Page:
    """Every line of the company's schedule."""
    return render("schedule.html", "lines", found=entries(company))


@blueprint.post("/schedule/<string:key>/<string:act>")
@access.may("manage")
def change(company: Company, key: str, act: str) -> Page:
    """Pause a line, let it go on, or run it now."""
    if act not in ACTS:
        abort(404)
    do, words = ACTS[act]
    try:
        entry: Entry = do(company, key)
    except UnknownEntryError:
        abort(404)
    audit.record("settings", f"schedule.{act}", f"{words}: {entry.label}", company=company)
    db.session.commit()
    said = {
        "pause": f"{entry.label}: paused.",
        "resume": f"{entry.label}: goes on.",
        "run": f"{entry.label}: runs as soon as the server is free.",
    }
    say(said[act])
    return go(url_for("schedule.index", company_id=company.id))
