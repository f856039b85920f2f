"""`rulebooks rules`: the rulebook as one JSON file, out, checked and in."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.rules_changing import (
    import_command,
    note_option,
    publish_file,
    rollback_command,
    table_command,
)
from app.commands.rules_draft import draft_command
from app.commands.rules_files import (
    file_argument,
    optional_file,
    read_json,
    refusals,
    rulebook_text,
    write_text,
)
from app.commands.rules_reading import (
    describe_command,
    diff_command,
    history_command,
    lint_command,
)
from app.commands.tools import echo_json, find_company, json_option, with_database
from app.rules import current_release, file_of
from rules_library.decision import decisions
from rules_library.rule import Rule
from rules_library.rulebook import Rulebook


@click.group("rules")
def command() -> None:
    """Look at, check, change and publish rules."""


@command.command()
@click.argument("company")
@optional_file
@click.option("--all", "everything", is_flag=True, help="Also decisions that keep their default.")
@json_option
@with_database
def export(company: str, file: Path | None, *, everything: bool, as_json: bool) -> None:
    """Write the published rulebook to FILE or standard output, keys sorted."""
    release = current_release(find_company(company))
    data = file_of(release)
    if everything:
        defaults = {key: Rule.default(one).to_file() for key, one in decisions().items()}
        data["rules"] = dict(sorted((defaults | data["rules"]).items()))
    if file is None:
        click.echo(rulebook_text(data), nl=False)
        return
    write_text(file, rulebook_text(data))
    if as_json:
        echo_json({"file": str(file), "release": release.number if release else 0})


@command.command()
@click.argument("company")
@file_argument
@json_option
@with_database
def check(company: str, file: Path, *, as_json: bool) -> None:
    """Say whether FILE could be published; every fault with its place."""
    find_company(company)
    with refusals(file, as_json=as_json):
        Rulebook.from_file(read_json(file))
    if as_json:
        echo_json({"ok": True, "faults": []})
    else:
        click.echo(f"{file} can be published.")


@command.command()
@click.argument("company")
@file_argument
@note_option
@json_option
@with_database
def publish(company: str, file: Path, note: str, *, as_json: bool) -> None:
    """Publish FILE as the next release; orders that are not posted are decided again."""
    publish_file(find_company(company), file, note, as_json=as_json)


for _one in (
    describe_command,
    diff_command,
    draft_command,
    history_command,
    import_command,
    lint_command,
    rollback_command,
    table_command,
):
    command.add_command(_one)
