"""`rulebooks rules`: the rulebook as one JSON file, out and in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from app.commands.tools import CommandError, echo_json, find_company, json_option, with_database
from app.rules import current_release, file_of, publish
from rules_library.decision import decisions
from rules_library.rule import Rule
from rules_library.rulebook import Rulebook, RulebookError


@click.group("rules")
def command() -> None:
    """Export, check and publish rules."""


@command.command()
@click.argument("company")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--all", "everything", is_flag=True, help="Also decisions that keep their default.")
@with_database
def export(company: str, file: Path | None, *, everything: bool) -> None:
    """Write the published rulebook to FILE or standard output, keys sorted."""
    data = file_of(current_release(find_company(company)))
    if everything:
        defaults = {key: Rule.default(one).to_file() for key, one in decisions().items()}
        data["rules"] = dict(sorted((defaults | data["rules"]).items()))
    text = json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from None


@command.command()
@click.argument("company")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@with_database
def check(company: str, file: Path, *, as_json: bool) -> None:
    """Say whether FILE could be published; every fault with its place."""
    find_company(company)
    try:
        Rulebook.from_file(read_json(file))
    except RulebookError as error:
        if as_json:
            faults = [{"pointer": pointer, "text": text} for pointer, text in error.faults]
            echo_json({"ok": False, "faults": faults})
        raise CommandError(f"{file}: {error}") from None
    if as_json:
        echo_json({"ok": True, "faults": []})
    else:
        click.echo(f"{file} can be published.")


def _publish(company: str, file: Path, note: str, *, as_json: bool) -> None:
    owner = find_company(company)
    try:
        release = publish(owner, read_json(file), author="command line", note=note)
    except RulebookError as error:
        raise CommandError(f"{file}: {error}") from None
    if as_json:
        echo_json({"release": release.number})
    else:
        click.echo(f"Published release {release.number} of {owner.name}.")


for _name in ("publish", "import"):
    _help = "Publish FILE as the next release; orders that are not posted are decided again."

    @command.command(_name, help=_help)
    @click.argument("company")
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--note", default="", help="Why, for the history.")
    @json_option
    @with_database
    def _command(company: str, file: Path, note: str, *, as_json: bool) -> None:
        _publish(company, file, note, as_json=as_json)


def read_json(file: Path) -> Any:
    """A JSON file's content, or one line saying where it is malformed."""
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{file} is not UTF-8 text") from None
    except RecursionError:
        raise CommandError(f"{file} is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise CommandError(
            f"{file}: line {error.lineno} column {error.colno}: {error.msg}"
        ) from None
