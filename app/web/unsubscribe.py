"""Where a mail's link leads: one button, or the mail program's one click, ends a topic."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from app import audit
from app.models import Company, db
from app.notify.topics import TOPICS
from app.notify.unsubscribe import read, switch_off
from app.web import access
from app.web.pages import Page, render

blueprint = Blueprint("unsubscribe", __name__)


@blueprint.record
def _take_no_token(state: BlueprintSetupState) -> None:
    # A mail program posts without having seen a page (RFC 8058); the link itself is the proof.
    state.app.extensions["csrf"].exempt(blueprint)


@blueprint.get("/unsubscribe/<token>")
@access.guarded_by("signature of the link")
def ask(token: str) -> Page:
    """Ask first: programs that look into mails open their links too."""
    return _page(token, done=False)


@blueprint.post("/unsubscribe/<token>")
@access.guarded_by("signature of the link")
def end(token: str) -> Page:
    """Switch the topic off for the address."""
    told = read(token)
    if told is not None and switch_off(told):
        label = TOPICS[told.topic].label
        audit.record(
            "settings", "notifications", f"Switched off by a link in a mail: {label}",
            company=db.session.get_one(Company, told.company_id), who=told.email,
        )  # fmt: skip
        db.session.commit()
    return _page(token, done=True)


def _page(token: str, *, done: bool) -> Page:
    told = read(token)
    if told is None:
        return render("unsubscribe.html", told=None), 404
    return render(
        "unsubscribe.html",
        told=told,
        topic=TOPICS[told.topic],
        name=db.session.get_one(Company, told.company_id).name,
        done=done,
    )
