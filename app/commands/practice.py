"""`rulebooks practice`: the Web Connector and QuickBooks simulated, against any server."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from app.commands.tools import CommandError, echo_json, json_option
from qbwc.practice import Crashed, PracticeCompany, SessionReport, WebConnector

GOOD = frozenset({"done", "none"})
"""How a session ends that had work, and one that had none."""


@click.command("practice")
@click.option("--url", required=True, help="The endpoint, e.g. http://localhost:8000/qbwc.")
@click.option("--user", required=True, help="The company's user name for the Web Connector.")
@click.option(
    "--password", required=True, envvar="RULEBOOKS_PRACTICE_PASSWORD", help="Its password."
)
@click.option(
    "--company-file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The practice company's file; made when there is none.",
)
@click.option(
    "--sessions",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    help="How often the Web Connector runs.",
)
@json_option
def command(
    url: str, user: str, password: str, company_file: Path, sessions: int, *, as_json: bool
) -> None:
    """Run the Web Connector against a practice company file."""
    try:
        company = PracticeCompany.open(company_file)
    except (OSError, sqlite3.Error) as error:
        raise CommandError(f"{company_file} cannot be opened: {error}") from None
    try:
        connector = WebConnector(url, user, password, company)
        reports = [connector.run() for _ in range(sessions)]
        totals = company.totals()
    except (Crashed, ValueError) as error:
        raise CommandError(str(error)) from None
    finally:
        company.close()
    if as_json:
        echo_json(
            {
                "sessions": [_plain(report) for report in reports],
                "totals": {name: str(total) for name, total in totals.items()},
            }
        )
    else:
        for number, report in enumerate(reports, 1):
            click.echo(f"Session {number}: {report.status}, {report.calls} calls. {_said(report)}")
        for name, total in totals.items():
            click.echo(f"{name:<24}{total:>14,.2f}")
    last = reports[-1]
    if last.status not in GOOD:
        raise CommandError(f"The last session ended with {last.status}: {_said(last)}")


def _said(report: SessionReport) -> str:
    return report.last_error or report.message


def _plain(report: SessionReport) -> dict[str, object]:
    return {
        "status": report.status,
        "calls": report.calls,
        "sets": len(report.sent),
        "last_error": report.last_error,
        "message": report.message,
    }
