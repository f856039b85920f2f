"""`rulebooks rules draft`: look at a company's open draft, fill it, publish it, throw it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from app.commands.rules_files import AUTHOR, file_argument, read_json, refusals
from app.commands.tools import CommandError, echo_json, find_company, json_option, with_database
from app.rules.draft_state import Draft, open_draft
from app.rules.drafts import (
    DraftConflictError,
    EmptyDraftError,
    discard,
    publish_draft,
    rebase,
    save_file,
)
from app.rules.rebasing import Conflict


@click.group("draft")
def draft_command() -> None:
    """The open draft: what was changed and is not published yet."""


@draft_command.command()
@click.argument("company")
@json_option
@with_database
def show(company: str, *, as_json: bool) -> None:
    """Tell every change in words, and what a release changed differently."""
    owner = find_company(company)
    tell(open_draft(owner), as_json=as_json)


@draft_command.command()
@click.argument("company")
@file_argument
@json_option
@with_database
def save(company: str, file: Path, *, as_json: bool) -> None:
    """Keep the rules and tables of FILE in the draft; the others stay as they are."""
    owner = find_company(company)
    with refusals(file, as_json=as_json):
        draft = save_file(owner, read_json(file), author=AUTHOR)
    tell(draft, as_json=as_json)


@draft_command.command()
@click.argument("company")
@click.option("--note", default="", help="Why, for the history.")
@json_option
@with_database
def publish(company: str, note: str, *, as_json: bool) -> None:
    """Publish the draft as the next release."""
    owner = find_company(company)
    try:
        with refusals(as_json=as_json):
            release = publish_draft(owner, author=AUTHOR, note=note)
    except (EmptyDraftError, DraftConflictError) as error:
        raise CommandError(str(error)) from None
    if as_json:
        echo_json({"release": release.number})
    else:
        click.echo(f"Published release {release.number} of {owner.name}.")


@draft_command.command("discard")
@click.argument("company")
@json_option
@with_database
def discard_command(company: str, *, as_json: bool) -> None:
    """Throw the draft away."""
    count = discard(find_company(company), author=AUTHOR)
    if as_json:
        echo_json({"discarded": count})
    else:
        click.echo(f"Changes thrown away: {count}.")


@draft_command.command("rebase")
@click.argument("company")
@click.option(
    "--keep",
    type=click.Choice(["draft", "published"]),
    help="Which side holds where both changed the same differently.",
)
@json_option
@with_database
def rebase_command(company: str, keep: Any, *, as_json: bool) -> None:
    """Let the draft follow the present release, and settle what clashes."""
    owner = find_company(company)
    sides = {(one.part, one.key): keep for one in open_draft(owner).conflicts} if keep else {}
    rebase(owner, author=AUTHOR, keep=sides)
    tell(open_draft(owner), as_json=as_json)


def tell(draft: Draft, *, as_json: bool) -> None:
    """Say what a draft changes."""
    if as_json:
        told = asdict(draft)
        for one in told["changes"]:
            one["saved_at"] = one["saved_at"].isoformat()
        echo_json(told)
        return
    made = f"release {draft.release}" if draft.release else "the defaults"
    count = len(draft.changes)
    click.echo(f"{count} change{'' if count == 1 else 's'} from {made}")
    for change in draft.changes:
        click.echo(f"\n{change.label}  ({change.author})")
        for sentence in change.words or ("Written otherwise; it says the same",):
            click.echo(f"  {sentence}")
    _tell_conflicts(draft.conflicts)


def _tell_conflicts(conflicts: Sequence[Conflict]) -> None:
    for one in conflicts:
        click.echo(f"\nConflict with what was published: {one.label}")
        for sentence in one.sentences:
            click.echo(f"  {sentence}")
