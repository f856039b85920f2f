"""`rulebooks company`: the companies whose orders are posted."""

from __future__ import annotations

import click
from sqlalchemy import func, select

from app import audit, companies
from app.commands.tools import CommandError, echo_json, json_option, with_database
from app.models import Company, db


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
    try:
        company, password = companies.add(
            name, country=country, home_currency=home_currency, zone=zone
        )
    except companies.CompanyError as error:
        raise CommandError(str(error)) from None
    audit.record("company", "company.added", f"Added the company {company.name}", company=company)
    db.session.commit()
    if as_json:
        echo_json(
            {
                "id": company.id,
                "name": company.name,
                "username": company.username,
                "password": password,
            }
        )
        return
    click.echo(f"Added {company.name} (id {company.id}).\n")
    click.echo("For the Web Connector, shown only now:")
    click.echo(f"  user name  {company.username}")
    click.echo(f"  password   {password}\n")
    click.echo(f"Next: rulebooks connector file {company.id} -o rulebooks.qwc")


@command.command("list")
@json_option
@with_database
def show(*, as_json: bool) -> None:
    """List the companies."""
    found = db.session.scalars(select(Company).order_by(func.lower(Company.name))).all()
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
                for company in found
            ]
        )
        return
    if not found:
        click.echo("There are no companies yet; `rulebooks company add NAME` adds one.")
    for company in found:
        seen = company.last_seen_at
        when = f"Web Connector last seen {seen:%Y-%m-%d %H:%M} UTC" if seen else "never connected"
        click.echo(f"{company.id:>4}  {company.name}  ({when})")
