"""`rulebooks doctor`: whether this installation is sound, and what to do where it is not."""

from __future__ import annotations

import sys

import click

from app.checks import all_checks
from app.commands.tools import CommandError, application, echo_json, json_option

MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@click.command("doctor")
@json_option
def command(*, as_json: bool) -> None:
    """Check the database, the secret key, the address, the Web Connectors and the clock."""
    with application() as app:
        checks = all_checks(app.config["SETTINGS"])
    failed = sum(check.status == "fail" for check in checks)
    if as_json:
        echo_json([check.plain() for check in checks])
        sys.exit(bool(failed))
    for check in checks:
        click.echo(f"{MARKS[check.status]}  {check.title}: {check.text}")
        if check.fix:
            click.echo(f"      -> {check.fix}")
    if failed:
        raise CommandError(f"{failed} of {len(checks)} checks failed.")
