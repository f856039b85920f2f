"""`rulebooks restore`: a backup in the place of the embedded database."""

from __future__ import annotations

from pathlib import Path

import click

from app.backup import BackupError, restore
from app.commands.tools import CommandError, with_database


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_database
def command(file: Path, *, yes: bool) -> None:
    """Put the backup in FILE in the place of the database. Stop the server before."""
    if not yes:
        click.confirm("Everything since that backup is lost. Is the server stopped?", abort=True)
    try:
        restore(file)
    except BackupError as error:
        raise CommandError(str(error)) from None
    click.echo(f"The database is that of {file} now. Start the server again.")
