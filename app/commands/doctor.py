"""`rulebooks doctor`: whether this installation is sound, and what to do where it is not."""

from __future__ import annotations

import sys

import click
from flask import current_app, has_app_context

from app.checks import Check, all_checks
from app.commands.tools import CommandError, echo_json, json_option
from app.logs import configure
from app.settings import load

MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@click.command("doctor")
@json_option
def command(*, as_json: bool) -> None:
    """Check the database, the secret key, the address, the Web Connectors and the clock."""
    checks = _run()
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


def _run() -> list[Check]:
    if has_app_context():
        return all_checks(current_app.config["SETTINGS"])
    from app import create_app  # noqa: PLC0415 - the application registers these commands

    settings = load()
    configure(settings.log)
    with create_app(settings).app_context():
        return all_checks(settings)
