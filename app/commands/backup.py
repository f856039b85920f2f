"""`rulebooks backup` and `rulebooks restore`: the embedded database in one file."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app

from app.backup import BackupError, backup, note, secret_key_is_a_file
from app.commands.tools import CommandError, echo_json, json_option, with_database


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@with_database
def command(file: Path, *, as_json: bool) -> None:
    """Copy the database into FILE, consistent even while the server runs."""
    try:
        size = backup(file)
    except BackupError as error:
        raise CommandError(str(error)) from None
    note("backup.made", f"Made a backup of the installation, {size:,} bytes")
    if as_json:
        echo_json({"file": str(file), "bytes": size})
        return
    click.echo(f"Wrote {file}, {size:,} bytes.")
    if secret_key_is_a_file():
        key = current_app.config["SETTINGS"].secret_key_file
        click.echo(f"Keep {key} beside it: without it the keys of your stores cannot be read.")
