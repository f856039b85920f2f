"""The people and their roles: of one company, and of the whole installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, abort, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import EmailField, SelectChoice, SelectField
from wtforms.validators import InputRequired, Length

from app import audit, people
from app.models import Company, Membership, User, db
from app.people import LONGEST_EMAIL, NO_PASSWORD, PersonError
from app.web import access, join
from app.web.nav import Nav
from app.web.pages import Page, go, render, say

blueprint = Blueprint("users", __name__)
nav = (
    Nav("People", "people", 950, "users.of_company"),
    Nav("People", "people", 20, "users.index"),
)

PERSON = f"<int(max={access.MOST}):user_id>"
ROLE_HELP: Final[dict[str, str]] = {
    "viewer": "sees everything, changes nothing",
    "bookkeeper": "also decides orders: post, hold, skip, answer, sync now",
    "admin": "also edits rules, stores, the connection and settings",
    "owner": "also manages people",
}
A_ROLE: Final = {"owner": "an owner", "admin": "an admin"}
ROLES: Final = [SelectChoice(role, f"{role.title()}: {text}") for role, text in ROLE_HELP.items()]


class InviteForm(FlaskForm):  # type: ignore[misc]
    """Somebody to let into a company."""

    email = EmailField(
        "E-mail address", [InputRequired("Type an e-mail address."), Length(max=LONGEST_EMAIL)]
    )
    role = SelectField("Role", choices=ROLES, default="viewer")


class OwnerForm(FlaskForm):  # type: ignore[misc]
    """Somebody to make an owner of the installation."""

    email = EmailField(
        "E-mail address", [InputRequired("Type an e-mail address."), Length(max=LONGEST_EMAIL)]
    )


class RoleForm(FlaskForm):  # type: ignore[misc]
    """Another role for a member."""

    role = SelectField("Role", choices=[SelectChoice(role, role.title()) for role in ROLE_HELP])


@blueprint.get(f"{access.COMPANY}/people")
@access.may("people")
def of_company(company: Company) -> Page:
    """The members of a company, and the owners, who see every company."""
    return _of_company(company, InviteForm())


@blueprint.post(f"{access.COMPANY}/people")
@access.may("people")
def invite(company: Company) -> Page:
    """Let somebody in; a new person's link is shown once."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _of_company(company, form), 422
    role = form.role.data
    try:
        user, is_new = people.invite(form.email.data, company, role)
    except PersonError as error:
        db.session.rollback()
        form.email.errors = [str(error)]
        return _of_company(company, form), 422
    text = f"Made {user.email} {A_ROLE.get(role, f'a {role}')}"
    audit.record("people", "person.added", text, company=company)
    db.session.commit()
    if is_new:
        return _of_company(company, InviteForm(formdata=None), user)
    say(f"{user.email} may now see {company.name}, and logs in as before.")
    return go(url_for("users.of_company", company_id=company.id))


@blueprint.post(f"{access.COMPANY}/people/{PERSON}/role")
@access.may("people")
def change_role(company: Company, user_id: int) -> Page:
    """Give a member another role."""
    user, member = _member(company, user_id)
    form = RoleForm()
    if not form.validate_on_submit():
        abort(400)
    if member.role != form.role.data:
        text = f"Changed {user.email} from {member.role} to {form.role.data}"
        member.role = form.role.data
        audit.record("people", "person.role", text, company=company)
        db.session.commit()
        say(f"{user.email} is {A_ROLE.get(member.role, f'a {member.role}')} now.")
    if user.id == current_user.id and not current_user.is_owner and member.role != "owner":
        return go(url_for("companies.one", company_id=company.id))
    return go(url_for("users.of_company", company_id=company.id))


@blueprint.post(f"{access.COMPANY}/people/{PERSON}/leave")
@access.may("people")
def leave(company: Company, user_id: int) -> Page:
    """Let a member see the company no more."""
    user, _ = _member(company, user_id)
    people.leave(user, company)
    audit.record("people", "person.left", f"Took {user.email} out", company=company)
    db.session.commit()
    say(f"{user.email} sees {company.name} no more.")
    if user.id == current_user.id and not current_user.is_owner:
        return go(url_for("companies.home"))
    return go(url_for("users.of_company", company_id=company.id))


@blueprint.post(f"{access.COMPANY}/people/{PERSON}/link")
@access.may("people")
def invite_again(company: Company, user_id: int) -> Page:
    """A new link for a member who never chose a password and is in no other company."""
    user, _ = _member(company, user_id)
    if not _is_only_ours(user, company):
        abort(403)
    audit.record("people", "person.link", f"Made a new link for {user.email}", company=company)
    db.session.commit()
    return _of_company(company, InviteForm(formdata=None), user)


@blueprint.get("/people")
@access.owner
def index() -> Page:
    """Everybody, for the owners of the installation."""
    return _everybody(OwnerForm())


@blueprint.post("/people")
@access.owner
def add_owner() -> Page:
    """Make somebody an owner of the installation."""
    form = OwnerForm()
    if not form.validate_on_submit():
        return _everybody(form), 422
    try:
        user, is_new = people.invite(form.email.data, None, "owner")
    except PersonError as error:
        db.session.rollback()
        form.email.errors = [str(error)]
        return _everybody(form), 422
    audit.record("people", "person.owner", f"Made {user.email} an owner of the installation")
    db.session.commit()
    if is_new:
        return _everybody(OwnerForm(formdata=None), user)
    say(f"{user.email} is an owner now.")
    return go(url_for("users.index"))


@blueprint.post(f"/people/{PERSON}/link")
@access.owner
def new_link(user_id: int) -> Page:
    """A link by which the person chooses a new password."""
    user = _user(user_id)
    audit.record("people", "person.link", f"Made a new link for {user.email}")
    db.session.commit()
    return _everybody(OwnerForm(formdata=None), user)


@blueprint.post(f"/people/{PERSON}/demote")
@access.owner
def demote(user_id: int) -> Page:
    """Make an owner a mere person."""
    user = _user(user_id)
    try:
        people.demote(user)
    except PersonError as error:
        db.session.rollback()
        say(str(error), "danger")
        return go(url_for("users.index"))
    audit.record("people", "person.demoted", f"Made {user.email} an owner no more")
    db.session.commit()
    say(f"{user.email} is an owner no more.")
    return go(url_for("users.index" if current_user.is_owner else "companies.home"))


@blueprint.post(f"/people/{PERSON}/remove")
@access.owner
def remove(user_id: int) -> Page:
    """Remove a person altogether."""
    user = _user(user_id)
    email, is_me = user.email, user.id == current_user.id
    audit.record("people", "person.removed", f"Removed {email}")
    try:
        people.remove(user)
        db.session.commit()
    except PersonError as error:
        db.session.rollback()
        say(str(error), "danger")
        return go(url_for("users.index"))
    if is_me:
        access.log_out()
        return go(url_for("account.login"))
    say(f"{email} is removed.")
    return go(url_for("users.index"))


def _of_company(company: Company, form: InviteForm, invited: User | None = None) -> str:
    rows = db.session.execute(
        select(User, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.company_id == company.id)
        .order_by(User.email)
    ).all()
    return render(
        "people_of_company.html",
        form=form,
        members=[
            (user, role, RoleForm(formdata=None, role=role), _is_only_ours(user, company))
            for user, role in rows
        ],
        owners=_owners(),
        invited=invited,
        link=invited and join.link(invited),
        days=join.DAYS,
    )


def _everybody(form: OwnerForm, invited: User | None = None) -> str:
    rows = db.session.execute(
        select(User, Membership.role, Company)
        .outerjoin(Membership, Membership.user_id == User.id)
        .outerjoin(Company, Company.id == Membership.company_id)
        .order_by(User.is_owner.desc(), User.email, Company.name)
    ).all()
    found: dict[User, list[tuple[str, Company]]] = {}
    for user, role, company in rows:
        found.setdefault(user, []).extend([(role, company)] if company else [])
    return render(
        "people.html",
        form=form,
        everybody=found,
        owners=people.owners(),
        invited=invited,
        link=invited and join.link(invited),
        days=join.DAYS,
        NO_PASSWORD=NO_PASSWORD,
    )


def _owners() -> Sequence[User]:
    return db.session.scalars(select(User).where(User.is_owner).order_by(User.email)).all()


def _member(company: Company, user_id: int) -> tuple[User, Membership]:
    member = db.session.get(Membership, (user_id, company.id))
    user = db.session.get(User, user_id)
    if member is None or user is None:
        abort(404)
    return user, member


def _user(user_id: int) -> User:
    user: User | None = db.session.get(User, user_id)
    if user is None:
        abort(404)
    return user


def _is_only_ours(user: User, company: Company) -> bool:
    """Whether the person has no password yet and nothing to see but this company."""
    return (
        user.password_hash == NO_PASSWORD
        and not user.is_owner
        and people.companies_of(user) == {company.id}
    )
