"""`rulebooks company`: the companies whose orders are posted."""

from __future__ import annotations

import secrets
from zoneinfo import ZoneInfo

import click
from babel.core import get_global
from babel.numbers import list_currencies
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.commands.tools import CommandError, echo_json, json_option, with_database
from app.models import Company, db
from app.security import digest, new_connector_password


@click.group("company")
def command() -> None:
    """Add and list companies."""


@command.command()
@click.argument("name")
@click.option("--country", default="US", show_default=True, help="ISO 3166 code of two letters.")
@click.option("--home-currency", default="USD", show_default=True, help="ISO 4217 code.")
@click.option("--zone", default="America/New_York", show_default=True, help="Time zone.")
@json_option
@with_database
def add(name: str, country: str, home_currency: str, zone: str, *, as_json: bool) -> None:
    """Add a company; prints the Web Connector's user name and password, once."""
    name, country, home_currency = name.strip(), country.upper(), home_currency.upper()
    if not name or not name.isprintable():
        raise CommandError("A company needs a name, on one line.")
    if name.isdigit():
        raise CommandError("A company's name cannot be a number: that would be taken for an id.")
    if country not in get_global("territory_currencies"):
        raise CommandError(f"{country!r} is not the code of a country, such as US or CA.")
    if home_currency not in list_currencies():
        raise CommandError(f"{home_currency!r} is not the code of a currency, such as USD.")
    _check_zone(zone)
    password = new_connector_password()
    company = Company(
        name=name,
        country=country,
        home_currency=home_currency,
        zone=zone,
        username=f"rulebooks-{secrets.token_hex(4)}",
        password_digest=digest(password),
    )
    db.session.add(company)
    try:
        db.session.commit()
    except IntegrityError:
        raise CommandError(f"There is a company {name!r} already.") from None
    if as_json:
        echo_json(
            {"id": company.id, "name": name, "username": company.username, "password": password}
        )
        return
    click.echo(f"Added {name} (id {company.id}).\n")
    click.echo("For the Web Connector, shown only now:")
    click.echo(f"  user name  {company.username}")
    click.echo(f"  password   {password}\n")
    click.echo(f"Next: rulebooks connector file {company.id} -o rulebooks.qwc")


@command.command("list")
@json_option
@with_database
def show(*, as_json: bool) -> None:
    """List the companies."""
    companies = db.session.scalars(select(Company).order_by(func.lower(Company.name))).all()
    if as_json:
        echo_json(
            [
                {
                    "id": company.id,
                    "name": company.name,
                    "country": company.country,
                    "home_currency": company.home_currency,
                    "zone": company.zone,
                    "username": company.username,
                    "last_seen_at": company.last_seen_at and company.last_seen_at.isoformat(),
                }
                for company in companies
            ]
        )
        return
    if not companies:
        click.echo("There are no companies yet; `rulebooks company add NAME` adds one.")
    for company in companies:
        seen = company.last_seen_at
        when = f"Web Connector last seen {seen:%Y-%m-%d %H:%M} UTC" if seen else "never connected"
        click.echo(f"{company.id:>4}  {company.name}  ({when})")


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        raise CommandError(f"{zone!r} is not a time zone, such as America/New_York.") from None
