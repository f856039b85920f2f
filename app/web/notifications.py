"""Notifications: which addresses hear of what, a test mail, and what was sent last."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import SelectChoice, SelectMultipleField, StringField
from wtforms.validators import AnyOf, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app import audit
from app.models import Company, Notice, db
from app.notify import letters, outgoing, ruled
from app.notify.services import LONGEST, is_service
from app.notify.subscribe import addresses, choose
from app.notify.topics import TOPICS
from app.notify.unsubscribe import Told, allow_again, switched_off
from app.people import PersonError
from app.web import access
from app.web.nav import Nav
from app.web.pages import Page, go, render, say

blueprint = Blueprint("notifications", __name__, url_prefix=access.COMPANY)
nav = Nav("Notifications", "envelope", 910, "notifications.index")

SHOWN = 20


class AddressForm(FlaskForm):  # type: ignore[misc]
    """An address and what it hears of."""

    email = StringField(
        "Address",
        [InputRequired("Type an address."), Length(max=LONGEST)],
        description="An e-mail address; or the address of a channel in Slack, Teams, Discord, "
        "ntfy, ..., as the service shows it or as Apprise writes it. It is kept encrypted.",
    )
    topics = SelectMultipleField(
        "Hears of",
        choices=[SelectChoice(key, topic.label) for key, topic in TOPICS.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class TestForm(FlaskForm):  # type: ignore[misc]
    """An address that a test mail goes to."""

    email = StringField("Address", [InputRequired(), Length(max=LONGEST)])


class AgainForm(FlaskForm):  # type: ignore[misc]
    """What an address may be told again."""

    email = StringField("Address", [InputRequired(), Length(max=LONGEST)])
    topic = StringField("Topic", [InputRequired(), AnyOf(TOPICS)])


@blueprint.get("/notifications")
@access.may("manage")
def index(company: Company) -> Page:
    """The addresses, and what was sent last."""
    return _page(company, AddressForm(topics=list(TOPICS)))


@blueprint.post("/notifications")
@access.may("manage")
def save(company: Company) -> Page:
    """Let an address hear of what is ticked, and of nothing else."""
    form = AddressForm()
    if not form.validate_on_submit():
        return _page(company, form), 422
    if not form.topics.data and (form.email.data or "").strip() not in addresses(company):
        form.topics.errors = ["Tick at least one."]
        return _page(company, form), 422
    try:
        email = choose(company, form.email.data, form.topics.data)
    except PersonError as error:
        db.session.rollback()
        form.email.errors = [str(error)]
        return _page(company, form), 422
    heard = ", ".join(TOPICS[key].label for key in TOPICS if key in form.topics.data) or "nothing"
    audit.record("settings", "notifications", f"Let {email} hear of: {heard}", company=company)
    db.session.commit()
    say(f"{email} hears of: {heard}.")
    return go(url_for("notifications.index", company_id=company.id))


@blueprint.post("/notifications/test")
@access.may("manage")
def test(company: Company) -> Page:
    """Send a test mail to one of the company's addresses."""
    form = TestForm()
    if not form.validate_on_submit() or form.email.data not in addresses(company):
        say("Add the address first; then test it.", "danger")
        return go(url_for("notifications.index", company_id=company.id))
    email = form.email.data
    try:
        outgoing.deliver_now(company, email, letters.trial(company))
    except outgoing.MailError as error:
        say(str(error), "danger")
    else:
        audit.record("settings", "mail.tested", f"Sent a test mail to {email}", company=company)
        db.session.commit()
        took = email if is_service(email) else "The mail server"
        say(f"{took} took a test to {email}. Look whether it arrives.")
    return go(url_for("notifications.index", company_id=company.id))


@blueprint.post("/notifications/again")
@access.may("manage")
def again(company: Company) -> Page:
    """Let an address be written to again that whoever reads it had switched off."""
    form = AgainForm()
    told = Told(company.id, form.email.data or "", form.topic.data or "")
    if form.validate_on_submit() and allow_again(told):
        label = TOPICS[told.topic].label
        audit.record("settings", "notifications", f"Let {told.email} hear of {label} again",
                     company=company)  # fmt: skip
        db.session.commit()
        say(f"Rules that name {told.email} count again; tick {label} to tell it of everything.")
    return go(url_for("notifications.index", company_id=company.id))


def _page(company: Company, form: AddressForm) -> str:
    notices = db.session.scalars(
        select(Notice)
        .where(Notice.company_id == company.id)
        .order_by(Notice.id.desc())
        .limit(SHOWN)
    )
    return render(
        "notifications.html",
        form=form,
        topics=TOPICS,
        addresses=addresses(company),
        named=ruled.named(company),
        off=switched_off(company),
        notices=list(notices),
        is_set_up=outgoing.is_set_up(),
    )
