"""Log in, log out, and the first page: which company."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import exists, select
from werkzeug.wrappers import Response
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired, Length

from app.models import Company, User, db
from app.security import LONGEST_PASSWORD, check_password
from app.throttle import MINUTES, Failures
from app.web import access
from app.web.nav import Nav, first
from app.web.pages import Page, render

blueprint = Blueprint("account", __name__)
nav = Nav("Companies", "buildings", 10, "account.companies")


class LoginForm(FlaskForm):  # type: ignore[misc]
    """E-mail address and password."""

    email = EmailField(
        "E-mail address", [InputRequired("Type your e-mail address."), Length(max=254)]
    )
    password = PasswordField(
        "Password", [InputRequired("Type your password."), Length(max=LONGEST_PASSWORD)]
    )
    next = HiddenField()


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
        return _form(form)
    if not form.validate_on_submit():
        return _form(form), 422
    failures: Failures = current_app.extensions["failures"]
    email, address = form.email.data.strip().casefold(), request.remote_addr or ""
    if failures.too_many(email, address):
        form.password.errors = [f"Too many attempts. Try again in {MINUTES} minutes."]
        return _form(form), 429, {"Retry-After": str(MINUTES * 60)}
    user = (
        db.session.scalar(select(User).where(User.email == email)) if email.isprintable() else None
    )
    if not check_password(form.password.data, user and user.password_hash) or user is None:
        failures.add(email, address)
        form.password.errors = ["That is not the password of this e-mail address."]
        return _form(form), 422
    access.log_in(user)
    return redirect(target)


@blueprint.post("/logout")
@access.public
def logout() -> Response:
    """End the session."""
    access.log_out()
    return redirect(url_for("account.login"))


@blueprint.get("/")
@access.person
def home() -> Page:
    """Straight to the only company, or to the list of them."""
    mine = db.session.scalars(access.companies().limit(2)).all()
    if len(mine) == 1:
        return redirect(url_for("account.company", company_id=mine[0].id))
    return redirect(url_for("account.companies"))


@blueprint.get("/companies")
@access.person
def companies() -> Page:
    """The companies to choose from."""
    mine = db.session.scalars(access.companies()).all()
    return render("companies.html", companies=mine)


@blueprint.get(access.COMPANY)
@access.may("see")
def company(company: Company) -> Page:
    """A company's first screen."""
    return redirect(first(company))


@blueprint.get("/account")
@access.person
def own() -> Page:
    """The person's own account."""
    return render("account.html")


def safe_target(target: str | None) -> str:
    """The page to go to after logging in: one of ours, or the first."""
    if (
        not target
        or not target.startswith("/")
        or target.startswith("//")
        or "\\" in target
        or not target.isprintable()
    ):
        return url_for("account.home")
    try:
        parts = urlsplit(target)
    except ValueError:
        return url_for("account.home")
    return url_for("account.home") if parts.scheme or parts.netloc else target


def _form(form: LoginForm) -> str:
    nobody = not db.session.scalar(select(exists(select(User.id))))
    return render("login.html", form=form, nobody=nobody)
