"""`rulebooks stores`: connect shops, test the connection, take orders in."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from sqlalchemy import select

from app.commands.tools import CommandError, echo_json, find_company, json_option, with_database
from app.models import Company, Store, db
from app.stores.base import UnknownStore, clients
from app.stores.errors import StoreError
from app.sync.intake import Pulled, believe, fetch, pull, reread
from app.sync.stores import add_store, check_store, probe

FIRST_DAYS = 30
"""Without --since orders that changed in the last thirty days are fetched."""


@click.group("stores")
def command() -> None:
    """Connect shops and take orders in from them."""


@command.command()
@click.argument("company")
@click.argument("kind", metavar="TYPE")
@click.option("--key", default="", help="What rules call it; by default the type.")
@click.option("--name", default="", help="What people call it; by default the key.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Orders that last changed before are never fetched; by default 30 days ago.",
)
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A setting.")
@click.option(
    "--settings", "file", type=click.File(encoding="utf-8"),
    help='A file with a JSON object of settings; "-" is standard input, which hides secrets.',
)  # fmt: skip
@click.option("--no-check", is_flag=True, help="Do not test the connection.")
@json_option
@with_database
def add(
    company: str, kind: str, *, key: str, name: str, since: datetime | None,
    given: tuple[str, ...], file: Any, no_check: bool, as_json: bool,
) -> None:  # fmt: skip
    """Connect a shop. Nothing is added when the connection test fails."""
    owner = find_company(company)
    settings = _read(file) | _pairs(given)
    begin = since.replace(tzinfo=UTC) if since else datetime.now(UTC) - timedelta(days=FIRST_DAYS)
    try:
        store = add_store(owner, kind, settings, key=key, name=name, since=begin)
        found = None if no_check else probe(store)
    except (UnknownStore, StoreError) as error:
        db.session.rollback()
        hint = _settings_of(kind) if not settings else ""
        raise CommandError(f"{error}{hint}") from None
    db.session.commit()
    if as_json:
        echo_json(_shown(store) | {"warnings": list(found.warnings) if found else []})
        return
    click.echo(f"Store {store.key} is added. {found.text if found else 'It was not tested.'}")
    for warning in found.warnings if found else ():
        click.echo(f"Note: {warning}")
    click.echo(f"Take its orders in with: rulebooks stores pull {owner.id} {store.key}")


def _pairs(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise CommandError("--set needs NAME=VALUE.")
        found[name.strip()] = value
    return found


def _read(file: Any) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = json.loads(file.read())
    except ValueError:
        raise CommandError("The settings are no JSON.") from None
    if not isinstance(found, dict):
        raise CommandError("The settings are no JSON object.")
    return found


def _settings_of(kind: str) -> str:
    if kind not in clients():
        return ""
    fields = clients()[kind].settings_model.fields()
    return f" Settings: {', '.join(one.name for one in fields)}."


@command.command("list")
@click.argument("company")
@json_option
@with_database
def list_(company: str, *, as_json: bool) -> None:
    """Show the stores of a company: how far each is read, and what is wrong."""
    stores = _stores(find_company(company))
    if as_json:
        echo_json([_shown(store) for store in stores])
        return
    for store in stores:
        read = f"read {store.pulled_at:%Y-%m-%d %H:%M} UTC" if store.pulled_at else "not read yet"
        told = read if store.settings is not None else "from files"
        click.echo(f"{store.key}  {store.type}  {store.name}  {told}")
        if store.error:
            click.echo(f"  {store.error}")
    if not stores:
        click.echo("There are none.")


@command.command()
@click.argument("company")
@click.argument("store")
@json_option
@with_database
def check(company: str, store: str, *, as_json: bool) -> None:
    """Test the connection to a store, changing nothing there."""
    row = _store(find_company(company), store)
    try:
        found = check_store(row)
    except StoreError as error:
        if as_json:
            echo_json({"ok": False, "text": str(error), "warnings": []})
            sys.exit(1)
        raise CommandError(str(error)) from None
    if as_json:
        echo_json({"ok": True, "text": found.text, "warnings": list(found.warnings)})
        return
    click.echo(found.text)
    for warning in found.warnings:
        click.echo(f"Note: {warning}")


@command.command("pull")
@click.argument("company")
@click.argument("store", required=False)
@click.option("--order", "number", help="Only the order with this number.")
@click.option("--again", is_flag=True, help="Read the orders of the last 60 days whole instead.")
@json_option
@with_database
def pull_(
    company: str, store: str | None, *, number: str | None, again: bool, as_json: bool
) -> None:
    """Take in what changed in a store, or in all of them."""
    owner = find_company(company)
    rows = (
        [_store(owner, store)] if store else [s for s in _stores(owner) if s.settings is not None]
    )
    if not rows:
        raise CommandError("No store is connected; add one with `rulebooks stores add`.")
    done = [(row, _pulled(row, number, again=again)) for row in rows]
    if as_json:
        echo_json({"stores": [_counts(row, got) for row, got in done]})
    else:
        for row, got in done:
            told = got.received
            click.echo(f"{row.key}: {told.new} new, {told.changed} changed, {told.same} unchanged.")
            for name, reason in told.bad:
                click.echo(f"not read: {name or 'without an id'}: {reason}")
    failed = [f"{row.key}: {got.error}" for row, got in done if got.error]
    if failed and as_json:
        sys.exit(1)
    if failed:
        raise CommandError(" ".join(failed))


@command.command()
@click.argument("company")
@click.argument("store")
@with_database
def gone(company: str, store: str) -> None:
    """Say that the orders that STORE has no more really are gone: they are cancelled ones."""
    row = _store(find_company(company), store)
    try:
        count = believe(row, who="command line")
    except StoreError as error:
        raise CommandError(str(error)) from None
    click.echo(f"{count:,} orders are cancelled.")


def _pulled(row: Store, number: str | None, *, again: bool) -> Pulled:
    try:
        if number:
            got = fetch(row, number)
            if not got.error and not (
                got.received.new or got.received.changed or got.received.same
            ):
                got.error = f"{row.name} has no order {number}."
            return got
        return reread(row, whole=True) if again else pull(row)
    except StoreError as error:
        return Pulled(error=str(error))


def _counts(row: Store, got: Pulled) -> dict[str, Any]:
    bad = [{"order": name, "reason": reason} for name, reason in got.received.bad]
    counts = {key: getattr(got.received, key) for key in ("new", "changed", "same", "older")}
    return _shown(row) | counts | {"bad": bad, "pages": got.pages, "error": got.error}


def _shown(store: Store) -> dict[str, Any]:
    times = {
        key: getattr(store, key) and getattr(store, key).isoformat()
        for key in ("since", "watermark", "pulled_at", "reread_at", "next_pull_at")
    }
    return {
        "id": store.id, "key": store.key, "type": store.type, "name": store.name,
        "connected": store.settings is not None, "active": store.active,
        "stopped": store.stopped, "failures": store.failures, "error": store.error, **times,
    }  # fmt: skip


def _stores(company: Company) -> Sequence[Store]:
    query = select(Store).where(Store.company_id == company.id).order_by(Store.id)
    return db.session.scalars(query).all()


def _connected(company: Company) -> list[Store]:
    return [one for one in _stores(company) if one.settings is not None]


def _store(company: Company, name: str) -> Store:
    """The company's store with that key or id."""
    found = next((one for one in _stores(company) if name in {one.key, str(one.id)}), None)
    if found is None:
        known = ", ".join(one.key for one in _stores(company)) or "none"
        raise CommandError(f"{company.name} has no store {name!r}; there is {known}.")
    return found
