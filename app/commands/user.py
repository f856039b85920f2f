"""`rulebooks user`: the people who may log in."""

from __future__ import annotations

import sys

import click
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import audit, people
from app.commands.tools import CommandError, echo_json, find_company, json_option, with_database
from app.models import Company, Membership, User, db
from app.security import WeakPasswordError, hash_password

ROLES = ("viewer", "bookkeeper", "admin", "owner")


@click.group("user")
def command() -> None:
    """Add and list people."""


@command.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--company", help="The one company they may see; without it they own everything.")
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True)
@json_option
@with_database
def add(email: str, company: str | None, role: str, *, password_stdin: bool, as_json: bool) -> None:
    """Add a person: an owner, who sees every company, or a member of one company.

    With --company, a person who exists already becomes a member of that company too.
    """
    found = find_company(company) if company is not None else None
    try:
        email = people.email_of(email)
        user = people.with_email(email)
        if user is not None and found is None:
            raise CommandError(f"{email} can log in already.")
        if user is None:
            user = User(email=email, password_hash=_ask(password_stdin), is_owner=found is None)
            db.session.add(user)
        db.session.flush()
        if found is not None:
            people.join(user, found, role)
        what = f"a {role}" if found else "an owner"
        audit.record("people", "person.added", f"Made {email} {what}", company=found)
        db.session.commit()
    except people.PersonError as error:
        raise CommandError(str(error)) from None
    except IntegrityError:
        raise CommandError(f"{email} can log in already.") from None
    if as_json:
        echo_json(
            {
                "id": user.id,
                "email": email,
                "is_owner": user.is_owner,
                "company": found and found.id,
                "role": "owner" if user.is_owner else role,
            }
        )
    elif found is not None:
        click.echo(f"{email} may see {found.name} ({role}).")
    else:
        click.echo(f"{email} may see every company (owner).")


@command.command("list")
@json_option
@with_database
def show(*, as_json: bool) -> None:
    """List the people."""
    rows = db.session.execute(
        select(User, Membership, Company)
        .outerjoin(Membership, Membership.user_id == User.id)
        .outerjoin(Company, Company.id == Membership.company_id)
        .order_by(User.email, Company.name)
    ).all()
    people = [
        {
            "id": user.id,
            "email": user.email,
            "role": "owner" if user.is_owner else member and member.role,
            "company": None if user.is_owner or not company else company.name,
        }
        for user, member, company in rows
    ]
    if as_json:
        echo_json(people)
        return
    if not people:
        click.echo("Nobody can log in yet; `rulebooks user add EMAIL` adds an owner.")
    for one in people:
        click.echo(
            f"{one['id']:>4}  {one['email']}  {one['role']}  {one['company'] or ''}".rstrip()
        )


def _ask(password_stdin: bool) -> str:  # noqa: FBT001 - a flag of the command line
    if password_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    else:
        given = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        return hash_password(given)
    except WeakPasswordError as error:
        raise CommandError(str(error)) from None
