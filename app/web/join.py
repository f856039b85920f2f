"""Choosing a password by a link: how somebody who was invited, or forgot theirs, gets in."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Flask, current_app, url_for
from flask_wtf import FlaskForm
from itsdangerous import BadData, URLSafeTimedSerializer
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from app import audit
from app.models import User, db
from app.security import LONGEST_PASSWORD, WeakPasswordError, hash_password
from app.settings import Settings
from app.web import access
from app.web.account import PASSWORD_HELP
from app.web.pages import Page, go, render

blueprint = Blueprint("join", __name__)

DAYS: Final = 7


class JoinForm(FlaskForm):  # type: ignore[misc]
    """A password of one's own."""

    password = PasswordField(
        "Choose a password",
        [InputRequired("Choose a password."), Length(max=LONGEST_PASSWORD)],
        description=PASSWORD_HELP,
    )


def link(user: User) -> str:
    """The address at which that person, and whoever has it, chooses the password, once."""
    settings: Settings = current_app.config["SETTINGS"]
    token = _serializer(current_app).dumps([user.id, access.stamp(user)])
    return settings.url + url_for("join.choose", token=token)


@blueprint.route("/join/<token>", methods=["GET", "POST"])
@access.public
def choose(token: str) -> Page:
    """Choose a password; the link works once, for seven days."""
    user = _user(token)
    if user is None:
        return render("join.html", user=None, form=None), 410
    form = JoinForm()
    if not form.is_submitted():
        return render("join.html", user=user, form=form)
    if not form.validate():
        return render("join.html", user=user, form=form), 422
    try:
        user.password_hash = hash_password(form.password.data)
    except WeakPasswordError as error:
        form.password.errors = [str(error)]
        return render("join.html", user=user, form=form), 422
    audit.record("access", "password.chosen", "Chose a password by a link", who=user.email)
    access.log_in(user)
    return go(url_for("companies.home"))


def _user(token: str) -> User | None:
    """Whose link it is; nobody's when it is old, used, or none of ours."""
    try:
        user_id, stamp = _serializer(current_app).loads(token, max_age=DAYS * 24 * 3600)
    except (BadData, ValueError, TypeError):
        return None
    user: User | None = db.session.get(User, user_id)
    return user if user is not None and stamp == access.stamp(user) else None


def _serializer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.extensions["keys"].derive("invitations"))
