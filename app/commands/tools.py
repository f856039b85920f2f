"""What commands share: the application's context, finding a company, output for machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

import click
from flask import Flask, current_app, has_app_context
from sqlalchemy import select

from app.logs import configure
from app.migrate import DatabaseError, upgrade
from app.models import Company, db
from app.schedule.outward import Told
from app.schedule.rows import TaskBusyError, alone, renew
from app.security import SecretKeyError
from app.settings import SettingsError, load

Function = TypeVar("Function", bound=Callable[..., Any])
Step = TypeVar("Step", bound=Told)


class CommandError(click.ClickException):
    """What a command tells its user in one line before it ends with exit code 1."""


def known_errors() -> tuple[type[Exception], ...]:
    """The errors whose message is all that a user needs."""
    return (SettingsError, SecretKeyError, DatabaseError)


@contextmanager
def application() -> Iterator[Flask]:
    """The application of this process's settings, in its context."""
    if has_app_context():
        yield current_app
        return
    from app import create_app  # noqa: PLC0415 - the application registers these commands

    settings = load()
    configure(settings.log)
    app = create_app(settings)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def with_database(function: Function) -> Function:
    """Run the command in the application's context, with the tables up to date."""

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with application():
            upgrade()
            return function(*args, **kwargs)

    return run  # type: ignore[return-value]


def find_company(name: str) -> Company:
    """The company with that id or exact name."""
    found: Company | None = db.session.scalar(select(Company).where(Company.name == name))
    if found is None and name.isascii() and name.isdigit() and int(name[:20]) < 2**31:
        found = db.session.get(Company, int(name))
    if found is None:
        raise CommandError(f"There is no company {name!r}; `rulebooks company list` shows them.")
    return found


json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


def by_hand(company: Company, task: str, steps: Iterable[Step], *, go: bool) -> Step:
    """The last of what the steps tell; while they change something, no server does the same.

    Args:
        company: Whose.
        task: The kind of task that a server does it by.
        steps: At least one; nothing is done before the first is asked for.
        go: Whether they change anything.

    Raises:
        CommandError: A server does it at this moment, or took over.
    """
    if not go:
        return list(steps)[-1]
    try:
        with alone(company.id, task) as claimed:
            for told in steps:
                if not renew(claimed, told.words):
                    raise CommandError("A server has taken over; it goes on from there.")
            return told
    except TaskBusyError as error:
        raise CommandError(str(error)) from None


def echo_json(value: Any) -> None:
    """Print the value as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
