"""The open draft: its changes in words, a backtest to watch, conflicts to settle, publishing."""

from __future__ import annotations

from typing import Any, Final

from flask import abort, request, url_for

from app.jobs.kinds.backtest import KIND, start_backtest
from app.jobs.rows import JobView, UnknownJobError, cancel, recent, result
from app.models import Company, db
from app.rules.draft_state import StaleDraftError, open_draft
from app.rules.drafts import (
    DraftConflictError,
    EmptyDraftError,
    UnknownChangeError,
    discard,
    drop,
    publish_draft,
    rebase,
)
from app.rules.evidence import lacking_in_draft
from app.rules.rebasing import Place, Side
from app.web import access
from app.web.pages import Page, go, part_of, render, say
from app.web.rules.blueprint import blueprint, quiet, who
from app.web.words import mark
from rules_library.rulebook import RulebookError

LONGEST_NOTE: Final = 500
UNSURE: Final = (
    "Nothing was published: the draft has names that QuickBooks lacks. Mend them, or tick below "
    "that you want to publish all the same."
)
LASTS: Final = (1_000, 10_000, 100_000)
_SIDES: Final[dict[str, Side]] = {"draft": "draft", "published": "published"}


@blueprint.get("/draft")
@access.may("see")
def draft(company: Company) -> Page:
    """What the draft changes, and what a backtest says of it."""
    return _page(company)


@blueprint.get("/draft/backtest")
@access.may("see")
@part_of("rules.draft")
def backtest(company: Company) -> Page:
    """How far the newest backtest is, for the part that watches it."""
    now = open_draft(company)
    return quiet("rules/draft.html", "backtest", **_backtest(company), draft=now)


@blueprint.post("/draft/backtest")
@access.may("rules")
def backtest_start(company: Company) -> Page:
    """Run the draft over the last orders."""
    last = request.form.get("last", "")
    chosen = int(last) if last in set(map(str, LASTS)) else LASTS[1]
    try:
        start_backtest(company, who=who(), last=chosen)
    except RulebookError as error:
        db.session.rollback()
        say(f"The draft cannot be used: {_told(error)}", "danger")
    return go(url_for("rules.draft", company_id=company.id) + "#backtest")


@blueprint.post("/draft/backtest/stop")
@access.may("rules")
def backtest_stop(company: Company) -> Page:
    """Stop a backtest."""
    number = request.form.get("job", "")
    try:
        cancel(company, int(number) if number.isascii() and number.isdecimal() else 0)
    except (UnknownJobError, ValueError):
        abort(404)
    return go(url_for("rules.draft", company_id=company.id) + "#backtest")


@blueprint.post("/draft/publish")
@access.may("rules")
def publish(company: Company) -> Page:
    """Publish the draft as the next release."""
    note = " ".join(request.form.get("note", "").split())
    if len(note) > LONGEST_NOTE:
        return _page(company, note=note, problem=f"A note has at most {LONGEST_NOTE} letters."), 422
    version = request.form.get("version", "")
    now = open_draft(company)
    if now.version == version and lacking_in_draft(company, now) and not request.form.get("sure"):
        return _page(company, note=note, problem=UNSURE), 422
    try:
        release = publish_draft(company, author=who(), note=note, version=version)
    except (EmptyDraftError, StaleDraftError, DraftConflictError) as error:
        return _page(company, note=note, problem=str(error)), 422
    except RulebookError as error:
        return _page(company, note=note, problem=f"It cannot be used: {_told(error)}"), 422
    say(f"Release {release.number} is published. Orders that are not posted are decided again.")
    return go(url_for("rules.releases", company_id=company.id))


@blueprint.post("/draft/drop")
@access.may("rules")
def draft_drop(company: Company) -> Page:
    """Take one change out."""
    part, key = request.form.get("part", ""), request.form.get("key", "")
    try:
        drop(company, part, key, author=who())
    except UnknownChangeError:
        say("That change is not in the draft any more.", "warning")
    else:
        say("The change is taken out of the draft.")
    return go(url_for("rules.draft", company_id=company.id))


@blueprint.post("/draft/discard")
@access.may("rules")
def draft_discard(company: Company) -> Page:
    """Throw the whole draft away."""
    count = discard(company, author=who())
    say(f"The draft with {count} change{'' if count == 1 else 's'} is thrown away.")
    return go(url_for("rules.draft", company_id=company.id))


@blueprint.post("/draft/settle")
@access.may("rules")
def draft_settle(company: Company) -> Page:
    """Let the draft follow the present release, and keep one side where they clash."""
    keep: dict[Place, Side] = {}
    side = _SIDES.get(request.form.get("side", ""))
    part, key = request.form.get("part", ""), request.form.get("key", "")
    if side and part and key:
        keep[part, key] = side
    left = rebase(company, author=who(), keep=keep)
    if left:
        say(f"{len(left)} still to settle.", "info")
    else:
        say("The draft follows the published rules again.")
    return go(url_for("rules.draft", company_id=company.id))


def _page(company: Company, *, note: str = "", problem: str = "") -> str:
    db.session.rollback()
    now = open_draft(company, mark)
    return render(
        "rules/draft.html", "content", draft=now, note=note, problem=problem,
        lacks=lacking_in_draft(company, now),
        **_backtest(company),
    )  # fmt: skip


def _backtest(company: Company) -> dict[str, Any]:
    jobs = recent(company, KIND)
    newest: JobView | None = jobs[0] if jobs else None
    report = result(company, newest.id) if newest else None
    return {"job": newest, "report": report, "left": _left(newest), "lasts": LASTS}


def _left(job: JobView | None) -> str:
    seconds = job.seconds_left if job else None
    if seconds is None:
        return ""
    return f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min"  # noqa: PLR2004 - minutes read better from there


def _told(error: RulebookError) -> str:
    return "; ".join(text for _, text in error.faults[:5])
