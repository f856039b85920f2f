"""`rulebooks connector`: what the Web Connector needs to reach a company."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app

from app.commands.tools import CommandError, echo_json, find_company, json_option, with_database
from app.connector import MINUTES, file_of, new_password
from app.models import db
from app.settings import Settings, SettingsError, load
from app.soap import PATH
from qbwc.connector import ConnectorFileError


@click.group("connector")
def command() -> None:
    """The .QWC file and the password of a company."""


@command.command()
@click.argument("company")
@click.option("--url", help="The public address, when RULEBOOKS_URL is another.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to a file."
)
@click.option(
    "--minutes",
    type=click.IntRange(min=1),
    default=MINUTES,
    show_default=True,
    help="How often it runs.",
)
@json_option
@with_database
def file(
    company: str, url: str | None, output: Path | None, minutes: int, *, as_json: bool
) -> None:
    """Write the .QWC file that adds a company to the Web Connector."""
    found = find_company(company)
    settings: Settings = current_app.config["SETTINGS"]
    try:
        address = load(url=url).url if url else settings.url
        content = file_of(found, address=address, minutes=minutes)
    except (ConnectorFileError, SettingsError) as error:
        raise CommandError(f"{error}. Set --url or RULEBOOKS_URL.") from None
    if output is not None:
        try:
            output.write_bytes(content)
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}") from None
    if as_json:
        echo_json({"company": found.id, "url": address + PATH, "file": content.decode("ascii")})
    elif output is None:
        click.echo(content, nl=False)
    else:
        click.echo(f"Wrote {output}. Open it on the computer that runs QuickBooks.")


@command.command()
@click.argument("company")
@json_option
@with_database
def password(company: str, *, as_json: bool) -> None:
    """Make a new password for the Web Connector; the old one ends at once."""
    found = find_company(company)
    new = new_password(found)
    db.session.commit()
    if as_json:
        echo_json({"id": found.id, "username": found.username, "password": new})
        return
    click.echo("For the Web Connector, shown only now:")
    click.echo(f"  user name  {found.username}")
    click.echo(f"  password   {new}")
