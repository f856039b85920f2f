"""`rulebooks presets`: find rule templates by what people ask, and use them in a draft."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final

import click

from app.commands.rules_draft import tell
from app.commands.rules_files import AUTHOR, refusals
from app.commands.tools import CommandError, echo_json, find_company, json_option, with_database
from app.rules.links import apply_preset, detach_preset, linked, update_preset
from rules_library.decision import decisions
from rules_library.preset import Preset, PresetError, find, presets, search

AS_JSON: Final = frozenset({"texts", "yes/no", "table"})
"""Kinds of inputs that are typed as JSON."""


class SearchOrCommand(click.Group):
    """A group whose first argument may also be what is searched for."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of that name, else the search."""
        if args[0] not in self.commands:
            args = ["list", *args]
        return super().resolve_command(ctx, args)


@click.group("presets", cls=SearchOrCommand, invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """Rule templates: all, those that answer a question (presets WORDS), or one (show KEY)."""
    if ctx.invoked_subcommand is None:
        _list(list(presets().values()), as_json=as_json)


@command.command("list", hidden=True)
@click.argument("words", nargs=-1)
@json_option
@click.pass_context
def list_command(ctx: click.Context, words: tuple[str, ...], *, as_json: bool) -> None:
    """The presets that answer a question, the best first."""
    found = search(" ".join(words))
    outer = ctx.parent.params.get("as_json") if ctx.parent else False
    _list(found, as_json=as_json or bool(outer))


@command.command()
@click.argument("key")
@json_option
def show(key: str, *, as_json: bool) -> None:
    """One preset: what it asks for, what it decides, and examples."""
    try:
        preset = find(key)
    except PresetError as error:
        raise CommandError(f"{error}; `rulebooks presets` shows them.") from None
    if as_json:
        echo_json(asdict(preset))
        return
    labels = ", ".join(decisions()[decision].label for decision in preset.cases)
    click.echo(f"{preset.title} ({preset.key}, version {preset.version})")
    click.echo(f"{preset.question}\n\n{preset.help}\n\nDecides: {labels}")
    for one in preset.inputs:
        said = f"  {one.name} ({one.kind}): {one.label}"
        said += "" if one.default is None else f", {_plain(one.default)} unless you say otherwise"
        click.echo(f"{said}{f'. {one.help}' if one.help else ''}")
    for example in preset.examples:
        decided = ", ".join(f"{key} = {_plain(value)}" for key, value in example.decided.items())
        given = ", ".join(f"{path} {_plain(value)}" for path, value in example.facts.items())
        click.echo(f"Example: {given or 'an ordinary order'} -> {decided}")


@command.command("apply")
@click.argument("company")
@click.argument("key")
@click.option(
    "--input", "typed", multiple=True, metavar="NAME=VALUE", help="An answer: JSON, or text."
)
@json_option
@with_database
def apply_command(company: str, key: str, typed: tuple[str, ...], *, as_json: bool) -> None:
    """Put a preset's cases into the draft of COMPANY."""
    owner = find_company(company)
    with refusals():
        draft = apply_preset(owner, key, _inputs(key, typed), author=AUTHOR)
    tell(draft, as_json=as_json)


@command.command("linked")
@click.argument("company")
@json_option
@with_database
def linked_command(company: str, *, as_json: bool) -> None:
    """The cases of COMPANY that came from presets, and which updates are offered."""
    found = linked(find_company(company))
    if as_json:
        echo_json({"links": [asdict(one) | {"update": one.is_behind} for one in found]})
        return
    for one in found:
        offer = f"; version {one.newest} is offered" if one.is_behind else ""
        cases = ", ".join(f"{case.label} case {case.number}" for case in one.cases)
        click.echo(f"{one.id}  {one.title} ({one.key}, version {one.version}{offer}): {cases}")
    if not found:
        click.echo("No case is linked to a preset.")


@command.command("update")
@click.argument("company")
@click.argument("link")
@json_option
@with_database
def update_command(company: str, link: str, *, as_json: bool) -> None:
    """Let cases be as their preset's newest version says, in the draft; LINK is an id or a key."""
    owner = find_company(company)
    with refusals():
        draft = update_preset(owner, link, author=AUTHOR)
    tell(draft, as_json=as_json)


@command.command("detach")
@click.argument("company")
@click.argument("link")
@json_option
@with_database
def detach_command(company: str, link: str, *, as_json: bool) -> None:
    """Make cases from a preset the company's own, in the draft; LINK is an id or a key."""
    owner = find_company(company)
    with refusals():
        draft = detach_preset(owner, link, author=AUTHOR)
    tell(draft, as_json=as_json)


def _inputs(key: str, typed: Sequence[str]) -> dict[str, Any]:
    """The answers as their kinds want them: text as it is typed, all else JSON if it is some."""
    kinds = {one.name: one.kind for one in find(key).inputs}
    inputs: dict[str, Any] = {}
    for one in typed:
        name, sign, value = one.partition("=")
        if not sign:
            raise click.UsageError(f"--input {one!r} is not NAME=VALUE")
        inputs[name] = value
        if kinds.get(name) in AS_JSON:
            with suppress(ValueError, RecursionError):
                inputs[name] = json.loads(value)
    return inputs


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else str(value)


def _list(found: list[Preset], *, as_json: bool) -> None:
    if as_json:
        echo_json(
            [
                {
                    "key": one.key,
                    "title": one.title,
                    "question": one.question,
                    "group": one.group,
                    "decisions": list(one.cases),
                }
                for one in found
            ]
        )
        return
    for one in found:
        click.echo(f"{one.key}\n    {one.question}")
    if not found:
        click.echo("No preset answers that; `rulebooks presets` shows all.")
