"""Log in, log out, and the person's own account: password and sessions."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired, Length

from app import audit, people
from app.models import db
from app.people import LONGEST_EMAIL
from app.security import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    WeakPasswordError,
    check_password,
    hash_password,
)
from app.throttle import MINUTES, Failures
from app.web import access
from app.web.pages import Page, go, render, say

blueprint = Blueprint("account", __name__)

WRONG = "That is not the password of this e-mail address."
TOO_MANY = f"Too many attempts. Try again in {MINUTES} minutes."
PASSWORD_HELP = f"At least {SHORTEST_PASSWORD} characters; a few words are easy to remember."


class LoginForm(FlaskForm):  # type: ignore[misc]
    """E-mail address and password."""

    email = EmailField(
        "E-mail address", [InputRequired("Type your e-mail address."), Length(max=LONGEST_EMAIL)]
    )
    password = PasswordField(
        "Password", [InputRequired("Type your password."), Length(max=LONGEST_PASSWORD)]
    )
    next = HiddenField()


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password for oneself."""

    present = PasswordField(
        "Present password",
        [InputRequired("Type your present password."), Length(max=LONGEST_PASSWORD)],
    )
    password = PasswordField(
        "New password",
        [InputRequired("Type a new password."), Length(max=LONGEST_PASSWORD)],
        description=PASSWORD_HELP,
    )


@blueprint.route("/login", methods=["GET", "POST"])
@access.public
def login() -> Page:
    """The log-in page."""
    form = LoginForm()
    if request.method == "GET":
        form.next.data = request.args.get("next", "")
    target = safe_target(form.next.data)
    if current_user.is_authenticated:
        return redirect(target)
    if request.method == "GET":
        if people.is_nobody():
            return redirect(url_for("first_run.owner"))
        return render("login.html", form=form)
    if not form.validate_on_submit():
        return render("login.html", form=form), 422
    failures: Failures = current_app.extensions["failures"]
    email, address = form.email.data.strip().casefold(), request.remote_addr or ""
    if failures.too_many(email, address):
        form.password.errors = [TOO_MANY]
        return render("login.html", form=form), 429, {"Retry-After": str(MINUTES * 60)}
    user = people.with_email(email) if email.isprintable() else None
    if not check_password(form.password.data, user and user.password_hash) or user is None:
        failures.add(email, address)
        shown = email if email.isprintable() else "an unreadable address"
        audit.record(
            "access", "login.failed", f"Failed to log in as {shown} from {address}", level="warning"
        )
        db.session.commit()
        form.password.errors = [WRONG]
        return render("login.html", form=form), 422
    access.log_in(user)
    return redirect(target)


@blueprint.post("/logout")
@access.public
def logout() -> Response:
    """End the session."""
    access.log_out()
    return redirect(url_for("account.login"))


@blueprint.get("/account")
@access.person
def own() -> Page:
    """The person's own account."""
    return render("account.html", form=PasswordForm())


@blueprint.post("/account/password")
@access.person
def password() -> Page:
    """Change one's own password, which ends one's other sessions."""
    form = PasswordForm()
    if not form.validate_on_submit():
        return render("account.html", form=form), 422
    failures: Failures = current_app.extensions["failures"]
    address = request.remote_addr or ""
    if failures.too_many(current_user.email, address):
        form.present.errors = [TOO_MANY]
        return render("account.html", form=form), 429
    if not check_password(form.present.data, current_user.password_hash):
        failures.add(current_user.email, address)
        form.present.errors = ["That is not your present password."]
        return render("account.html", form=form), 422
    try:
        current_user.password_hash = hash_password(form.password.data)
    except WeakPasswordError as error:
        form.password.errors = [str(error)]
        return render("account.html", form=form), 422
    audit.record("access", "password.changed", "Changed the own password")
    db.session.commit()
    access.renew(current_user)
    say("The password is changed. Your sessions on other devices are ended.")
    return go(url_for("account.own"))


@blueprint.post("/account/end-sessions")
@access.person
def end_sessions() -> Page:
    """End one's sessions on every other device."""
    current_user.sessions_ended += 1
    audit.record("access", "sessions.ended", "Ended the own sessions on other devices")
    db.session.commit()
    access.renew(current_user)
    say("Your sessions on other devices are ended.")
    return go(url_for("account.own"))


def safe_target(target: str | None) -> str:
    """The page to go to after logging in: one of ours, or the first."""
    if (
        not target
        or not target.startswith("/")
        or target.startswith("//")
        or "\\" in target
        or not target.isprintable()
    ):
        return url_for("companies.home")
    try:
        parts = urlsplit(target)
    except ValueError:
        return url_for("companies.home")
    return url_for("companies.home") if parts.scheme or parts.netloc else target
