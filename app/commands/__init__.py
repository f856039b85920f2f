"""The command line: a module here that has a `command` is one; to add one, add a module."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import sys
from collections.abc import Sequence

import click
from flask import Flask

from app.commands.tools import known_errors

log = logging.getLogger(__name__)


class Commands(click.Group):
    """The commands of this package, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every module's name that has a command."""
        del ctx
        return sorted(
            module.name
            for module in pkgutil.iter_modules(__path__)
            if hasattr(importlib.import_module(f"{__name__}.{module.name}"), "command")
        )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command in the module of that name."""
        del ctx
        if not any(module.name == cmd_name for module in pkgutil.iter_modules(__path__)):
            return None
        found = getattr(importlib.import_module(f"{__name__}.{cmd_name}"), "command", None)
        return found if isinstance(found, click.Command) else None


@click.group(cls=Commands, no_args_is_help=False, invoke_without_command=True)
@click.version_option(package_name="rulebooks", prog_name="rulebooks")
@click.pass_context
def rulebooks(ctx: click.Context) -> None:
    """Web-store orders into QuickBooks Desktop."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; an error is one clear line on stderr and exit code 1."""
    try:
        code = rulebooks.main(arguments, prog_name="rulebooks", standalone_mode=False)
    except click.ClickException as error:
        sys.exit(_say(error.format_message()))
    except click.Abort:
        sys.exit(_say("Stopped."))
    except known_errors() as error:
        sys.exit(_say(str(error)))
    except Exception as error:
        log.debug("The command failed", exc_info=error)
        first = str(error).partition("\n")[0]
        sys.exit(_say(f"Failed: {type(error).__name__}: {first} (RULEBOOKS_LOG=debug shows where)"))
    sys.exit(code if isinstance(code, int) else 0)


def _say(message: str) -> int:
    click.echo(f"rulebooks: {' '.join(message.split())}", err=True)
    return 1


def prepare(app: Flask) -> None:
    """Let `flask rulebooks ...` run the same commands."""
    app.cli.add_command(rulebooks)
