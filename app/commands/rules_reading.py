"""`rulebooks rules lint, describe, diff, history`: looking at rules; nothing is changed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from app.commands.rules_files import days_option, optional_file, refusals, rulebook_in
from app.commands.tools import echo_json, find_company, json_option, with_database
from app.models import Company
from app.rules import current_release, history, release_numbered, rulebook_of
from app.rules.evidence import lint_for
from rules_library.decision import decisions
from rules_library.describe import describe_rule
from rules_library.difference import rulebook_difference
from rules_library.rulebook import Rulebook


@click.command("lint")
@click.argument("company")
@optional_file
@days_option
@json_option
@with_database
def lint_command(company: str, file: Path | None, days: int, *, as_json: bool) -> None:
    """Say what looks wrong in FILE, or in the published rules."""
    owner = find_company(company)
    findings = lint_for(owner, rulebook_in(owner, file), days)
    if as_json:
        echo_json({"days": days, "findings": [asdict(one) for one in findings]})
        return
    told = [one for one in findings if one.code != "at-default"]
    for one in told:
        click.echo(f"{one.severity:<8}{one.decision or 'table'}: {one.sentence}  ({one.pointer})")
    if not told:
        click.echo("Nothing looks wrong.")
    if kept := len(findings) - len(told):
        click.echo(f"{kept} of {len(decisions())} decisions are at their default.")


@click.command("describe")
@click.argument("company")
@optional_file
@click.option("--all", "everything", is_flag=True, help="Also decisions that keep their default.")
@json_option
@with_database
def describe_command(company: str, file: Path | None, *, everything: bool, as_json: bool) -> None:
    """Say every rule of FILE, or of the published rules, in plain English."""
    rulebook = rulebook_in(find_company(company), file)
    told: dict[str, dict[str, Any]] = {
        key: {
            "label": decision.label,
            "group": decision.group,
            "default": key not in rulebook.rules,
            "sentences": describe_rule(rulebook.rule(decision).rule),
        }
        for key, decision in decisions().items()
        if everything or key in rulebook.rules
    }
    if as_json:
        echo_json({"rules": told})
        return
    for one in told.values():
        click.echo(f"{one['label']}{'  (default)' if one['default'] else ''}")
        for sentence in one["sentences"]:
            click.echo(f"  {sentence}")
    if not told:
        click.echo("Every decision keeps its default.")


@click.command("diff")
@click.argument("company")
@click.argument("first", required=False, metavar="[FILE|RELEASE]")
@click.argument("second", required=False, metavar="[RELEASE]")
@json_option
@with_database
def diff_command(company: str, first: str | None, second: str | None, *, as_json: bool) -> None:
    """Say in words what changed.

    FILE: from RELEASE, or else from the present one, to the file. RELEASE: from it to the second
    RELEASE, or else to the present one. Neither: what the present release changed. Release 0 is
    the defaults.
    """
    owner = find_company(company)
    present = current_release(owner)
    number = present.number if present else 0
    if first is not None and not first.isdecimal():
        old, old_name = _release(owner, number if second is None else _number(second))
        new, new_name = rulebook_in(owner, Path(first)), first
    else:
        start = max(number - 1, 0) if first is None else _number(first)
        old, old_name = _release(owner, start)
        new, new_name = _release(owner, number if second is None else _number(second))
    changes = rulebook_difference(old, new)
    if as_json:
        echo_json({"from": old_name, "to": new_name, "changes": changes})
        return
    click.echo(f"From {old_name} to {new_name}:" if changes else "Nothing changes.")
    for change in changes:
        click.echo(f"  {change}")


def _number(written: str) -> int:
    if written.isdecimal() and len(written) < 10:  # noqa: PLR2004 - more than there ever will be
        return int(written)
    raise click.UsageError(f"{written!r:.60} is not the number of a release")


def _release(company: Company, number: int) -> tuple[Rulebook, str]:
    with refusals():
        release = release_numbered(company, number)
        return rulebook_of(release), f"release {number}" if release else "the defaults"


@click.command("history")
@click.argument("company")
@json_option
@with_database
def history_command(company: str, *, as_json: bool) -> None:
    """Show the releases, the newest first: when, by whom, why."""
    owner = find_company(company)
    releases = history(owner)
    if as_json:
        told = [
            {
                "release": one.number,
                "published_at": one.created_at.isoformat(),
                "author": one.author,
                "note": one.note,
                "rules": len(one.rules),
                "tables": len(one.tables),
            }
            for one in releases
        ]
        echo_json({"releases": told})
        return
    for one in releases:
        when = one.created_at.strftime("%Y-%m-%d %H:%M UTC")
        click.echo(f"{one.number:>5}  {when}  {one.author:<20}  {one.note}".rstrip())
    if not releases:
        click.echo(f"{owner.name} has published nothing; every decision keeps its default.")
