"""The first start: making the owner, then trying a practice company or connecting QuickBooks.

Whoever makes the owner owns the installation, so the page asks for the set-up code that the
server prints at its start. A request that seems to come from this machine gets no exception: behind
a reverse proxy or a container's network, every request seems to.
"""

from __future__ import annotations

import hmac
from base64 import b32encode

from flask import Blueprint, Flask, current_app, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from app import audit, people
from app.models import db
from app.people import LONGEST_EMAIL
from app.samples.company import add_practice_company
from app.security import LONGEST_PASSWORD, WeakPasswordError, check_strength
from app.settings import Settings
from app.throttle import MINUTES, Failures
from app.web import access
from app.web.account import PASSWORD_HELP, TOO_MANY
from app.web.pages import Page, go, render

blueprint = Blueprint("first_run", __name__)

CODE_BYTES = 10
_WHO = "set-up"


class OwnerForm(FlaskForm):  # type: ignore[misc]
    """The owner of a new installation."""

    code = StringField(
        "Set-up code",
        [InputRequired("Type the set-up code."), Length(max=80)],
        description="The server printed it when it started; with Docker: docker compose logs.",
    )
    email = EmailField(
        "Your e-mail address",
        [InputRequired("Type your e-mail address."), Length(max=LONGEST_EMAIL)],
    )
    password = PasswordField(
        "Choose a password",
        [InputRequired("Choose a password."), Length(max=LONGEST_PASSWORD)],
        description=PASSWORD_HELP,
    )

    def validate_email(self, field: EmailField) -> None:
        """It has to be an address."""
        try:
            people.email_of(field.data)
        except people.PersonError as error:
            raise ValidationError(str(error)) from None

    def validate_password(self, field: PasswordField) -> None:
        """It has to be long enough."""
        try:
            check_strength(field.data)
        except WeakPasswordError as error:
            raise ValidationError(str(error)) from None


def set_up_code(app: Flask) -> str:
    """The code that makes the first owner: the same on every node, of 80 bits."""
    text = b32encode(app.extensions["keys"].derive("set-up code")[:CODE_BYTES]).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def set_up_address(app: Flask) -> str:
    """Where the owner is made, with the code; "" once there is somebody."""
    if not people.is_nobody():
        return ""
    settings: Settings = app.config["SETTINGS"]
    return f"{settings.url}/first-run?code={set_up_code(app)}"


@blueprint.route("/first-run", methods=["GET", "POST"])
@access.public
def owner() -> Page:
    """Make the owner, while there is nobody."""
    if not people.is_nobody():
        return redirect(url_for("account.login"))
    form = OwnerForm()
    if request.method == "GET":
        form.code.data = request.args.get("code", "")[:80]
        return render("first_run.html", form=form)
    fits = form.validate()
    if "code" in form.errors:
        return render("first_run.html", form=form), 422
    failures: Failures = current_app.extensions["failures"]
    address = request.remote_addr or ""
    if failures.too_many(_WHO, address):
        form.code.errors = [TOO_MANY]
        return render("first_run.html", form=form), 429, {"Retry-After": str(MINUTES * 60)}
    if not hmac.compare_digest(_folded(form.code.data), _folded(set_up_code(current_app))):
        failures.add(_WHO, address)
        form.code.errors = ["That is not the set-up code of this server."]
        fits = False
    if not fits:
        return render("first_run.html", form=form), 422
    try:
        user = people.first_owner(form.email.data, form.password.data)
    except people.AlreadySetUpError:
        return redirect(url_for("account.login"))
    audit.record("people", "person.added", "Became the first owner", who=user.email)
    access.log_in(user)
    return go(url_for("first_run.welcome"))


@blueprint.get("/welcome")
@access.owner
def welcome() -> Page:
    """Try a practice company, or connect QuickBooks."""
    return render("welcome.html")


@blueprint.post("/welcome/practice")
@access.owner
def practice() -> Page:
    """A company with sample orders that posts into a practice company file."""
    company = add_practice_company()
    audit.record(
        "company", "company.added", f"Added {company.name} with the sample orders", company=company
    )
    db.session.commit()
    known = "practice.start" in current_app.view_functions
    return go(url_for("practice.start" if known else "companies.one", company_id=company.id))


def _folded(code: str) -> bytes:
    return "".join(_ for _ in code if _.isalnum()).upper().encode("utf-8", "replace")
