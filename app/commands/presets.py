"""`rulebooks presets`: find rule templates by what people ask, and see one in full."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from app.commands.tools import CommandError, echo_json, json_option
from rules_library.decision import decisions
from rules_library.preset import Preset, PresetError, find, presets, search


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
