"""`rulebooks rules import, rollback, table`: the present rules changed, and published when told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from app.commands.rules_files import (
    AUTHOR,
    days_option,
    file_argument,
    read_bytes,
    read_json,
    refusals,
    rulebook_text,
    write_text,
)
from app.commands.tools import CommandError, echo_json, find_company, json_option, with_database
from app.models import Company, Release
from app.rules import current_rulebook, publish, roll_back
from app.rules.changes import (
    Change,
    import_query,
    import_rule_csv,
    import_rulebook,
    import_table,
    table_named,
    told,
)
from app.rules.table_use import table_use
from rules_library import strict_json
from rules_library.decision import decisions
from rules_library.pairs import is_literal
from rules_library.table_csv import write_csv

note_option = click.option("--note", default="", help="Why, for the history.")
SOURCES = ("rulebooks", "connex", "query-builder")


@click.command("import")
@click.argument("company")
@file_argument
@click.option(
    "--from",
    "source",
    type=click.Choice(SOURCES),
    help="What FILE is. Without it, FILE is a whole rulebook and published at once.",
)
@click.option("--decision", help="Of a query builder's export: the decision that it is for.")
@click.option("--then", help="Of a query builder's export: the value to decide, JSON or text.")
@click.option("--publish", "at_once", is_flag=True, help="Publish it instead of printing it.")
@note_option
@json_option
@with_database
def import_command(
    company: str,
    file: Path,
    *,
    source: str | None,
    decision: str | None,
    then: str | None,
    note: str,
    at_once: bool,
    as_json: bool,
) -> None:
    """Merge FILE over the published rules and print the rulebook file, or publish it.

    From rulebooks, its rules and tables replace those of the same name. From connex and
    query-builder, its cases come before a decision's own.
    """
    owner = find_company(company)
    if source is None:
        publish_file(owner, file, note, as_json=as_json)
        return
    if (source == "query-builder") != (decision is not None and then is not None):
        raise click.UsageError("--decision and --then belong to --from query-builder, both")
    with refusals(file, as_json=as_json):
        change = _imported(owner, file, source, decision or "", then or "")
        if at_once and change.problems:
            raise CommandError(f"{file}: not published: {told(change.problems)}")
        release = change.publish(owner, author=AUTHOR, note=note) if at_once else None
    answer: dict[str, Any] = {
        "fields": dict(change.fields),
        "problems": [{"pointer": one.pointer, "text": one.sentence} for one in change.problems],
    }
    if release is not None:
        _published(owner, release, answer, as_json=as_json)
    elif as_json:
        echo_json({"rulebook": change.file, **answer})
    else:
        click.echo(rulebook_text(change.file), nl=False)
        for one in change.problems:
            click.echo(f"Left out: {told([one])}", err=True)


def _imported(owner: Company, file: Path, source: str, decision: str, then: str) -> Change:
    if source == "connex":
        return import_rule_csv(owner, read_bytes(file))
    if source == "rulebooks":
        return import_rulebook(owner, read_json(file))
    return import_query(owner, read_json(file), decision, value_of(decision, then))


def value_of(decision: str, written: str) -> Any:
    """A value as typed: JSON if it is some that the decision can use, else the text itself."""
    known = decisions().get(decision)
    try:
        value = strict_json.loads(written)
        if known is not None and is_literal(value):
            known.read_one(value)
    except ValueError:
        return written
    return value


def publish_file(owner: Company, file: Path, note: str, *, as_json: bool) -> None:
    """Publish a whole rulebook file."""
    with refusals(file):
        release = publish(owner, read_json(file), author=AUTHOR, note=note)
    _published(owner, release, {}, as_json=as_json)


def _published(owner: Company, release: Release, more: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        echo_json({"release": release.number, **more})
    else:
        click.echo(f"Published release {release.number} of {owner.name}.")


@click.command("rollback")
@click.argument("company")
@click.argument("release", type=int)
@note_option
@json_option
@with_database
def rollback_command(company: str, release: int, note: str, *, as_json: bool) -> None:
    """Publish a new release that is equal to an old one; 0 is the defaults."""
    owner = find_company(company)
    with refusals():
        made = roll_back(owner, release, author=AUTHOR, note=note)
    _published(owner, made, {"equal_to": release}, as_json=as_json)


@click.command("table")
@click.argument("company")
@click.argument("name")
@click.option("--export", "out", type=click.Path(path_type=Path), help="Write the CSV to a file.")
@click.option(
    "--import", "given", type=click.Path(path_type=Path), help="Publish the table of a CSV file."
)
@click.option("--unused", is_flag=True, help="Only the rows that no order looked up lately.")
@days_option
@note_option
@json_option
@with_database
def table_command(  # noqa: PLR0917 - one for each option
    company: str,
    name: str,
    out: Path | None,
    given: Path | None,
    days: int,
    note: str,
    *,
    unused: bool,
    as_json: bool,
) -> None:
    """Print the table NAME as CSV, write it to a file, or replace it by one."""
    owner = find_company(company)
    if (out is not None) + (given is not None) + unused > 1:
        raise click.UsageError("--export, --import and --unused exclude each other")
    if unused:
        _unused(owner, name, days, as_json=as_json)
        return
    if given is not None:
        with refusals(given, as_json=as_json):
            change = import_table(owner, name, read_bytes(given))
            said = note or f"Table {name} from {given.name}"
            release = change.publish(owner, author=AUTHOR, note=said)
        rows = len(change.file["tables"][name]["rows"])
        _published(owner, release, {"table": name, "rows": rows}, as_json=as_json)
        return
    with refusals():
        table = table_named(owner, name)
    if out is not None:
        write_text(out, write_csv(table))
    if as_json:
        echo_json({"table": name, **table.to_json()})
    elif out is None:
        click.echo(write_csv(table), nl=False)


def _unused(owner: Company, name: str, days: int, *, as_json: bool) -> None:
    """Print the rows that no order of the last days looked up, by the published rules."""
    with refusals():
        table = table_named(owner, name)
    _, rulebook = current_rulebook(owner)
    use = table_use(owner, rulebook, days)
    if name not in use.tables:
        raise CommandError(f"No rule reads the table {name!r}.")
    rows = [table.rows[place] for place in use.unused().get(name, [])]
    if as_json:
        found = {"table": name, "days": days, "orders": use.orders, "rows": len(table)}
        echo_json({**found, "unused": [list(row) for row in rows]})
        return
    for row in rows:
        click.echo("\t".join(map(str, row)))
    told = f"{len(rows):,} of {len(table):,} rows were looked up by none of {use.orders:,} orders"
    click.echo(f"{told} of the last {days} days.", err=True)
