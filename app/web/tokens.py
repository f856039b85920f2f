"""API tokens: made for one program each, shown once, revoked when it is not used any more."""

from __future__ import annotations

from flask import Blueprint, abort, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length

from app import audit, tokens
from app.models import Company, db
from app.tokens import LONGEST_NAME, SCOPES, TokenError
from app.web import access
from app.web.pages import Page, go, render, say

blueprint = Blueprint("tokens", __name__, url_prefix=f"{access.COMPANY}/settings/tokens")


def _scopes() -> list[SelectChoice]:
    return [SelectChoice(key, label) for key, label in SCOPES.items()]


class TokenForm(FlaskForm):  # type: ignore[misc]
    """A token to make."""

    name = StringField(
        "Name",
        [InputRequired("Type what it is for."), Length(max=LONGEST_NAME)],
        description="The program that uses it, e.g. Warehouse export. One token a program.",
    )
    scope = RadioField("It may", choices=_scopes, default="viewer")


@blueprint.get("")
@access.may("manage")
def index(company: Company) -> Page:
    """The tokens that are valid."""
    return _page(company, TokenForm())


@blueprint.post("")
@access.may("manage")
def add(company: Company) -> Page:
    """Make a token; its text is in this answer only."""
    form = TokenForm()
    if not form.validate_on_submit():
        return _page(company, form), 422
    try:
        row, text = tokens.create(company, form.name.data, form.scope.data, who=current_user.email)
    except TokenError as error:
        form.name.errors = [str(error)]
        return _page(company, form), 422
    audit.record(
        "settings", "token.added", f"Made the API token {row.name} ({row.scope})", company=company
    )
    db.session.commit()
    page = _page(company, TokenForm(formdata=None), name=row.name, text=text)
    return page, 200, {"Cache-Control": "no-store"}


@blueprint.post(f"/<int(max={access.MOST}):token_id>/revoke")
@access.may("manage")
def revoke(company: Company, token_id: int) -> Page:
    """End a token for ever."""
    row = tokens.revoke(company, token_id)
    if row is None:
        abort(404)
    audit.record("settings", "token.revoked", f"Revoked the API token {row.name}", company=company)
    db.session.commit()
    say(f"{row.name} gets in no more.")
    return go(url_for("tokens.index", company_id=company.id))


def _page(company: Company, form: TokenForm, *, name: str = "", text: str = "") -> str:
    return render(
        "tokens.html", form=form, tokens=tokens.tokens(company), scopes=SCOPES, name=name, text=text
    )
