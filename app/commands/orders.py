"""`rulebooks orders`: orders in from files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from app.commands.orders_posted import correct, post_again, unpost
from app.commands.tools import (
    CommandError,
    echo_json,
    find_company,
    json_option,
    with_database,
)
from app.models import Company, Store
from app.stores.csv_file import Profile, open_sheet
from app.stores.csv_file.reading import MAX_BYTES as MAX_SHEET
from app.stores.errors import SettingsRefused
from app.stores.formats import MalformedPayload, UnknownFormat, format_named, formats
from app.sync.intake import Received, receive, store_named, take
from app.sync.intake.sheet import csv_store, import_sheet, must_fit, profiles

MAX_BYTES = 512 * 2**20


@click.group("orders")
def command() -> None:
    """Import orders, and take back or correct what is posted of them."""


for _one in (unpost, post_again, correct):
    command.add_command(_one)


@command.command("import")
@click.argument("company")
@click.option("--format", "format_key", required=True, help=f"{', '.join(formats())}.")
@click.option("--store", "store_key", help="The store's key; by default the format's.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@with_database
def import_(
    company: str, format_key: str, store_key: str | None, files: tuple[Path, ...], *, as_json: bool
) -> None:
    """Import order files. Each file goes in whole or not at all; bad files fail the command."""
    owner = find_company(company)
    try:
        kind = format_named(format_key).key
    except UnknownFormat as error:
        raise CommandError(str(error)) from None
    store = store_named(owner, (store_key or format_key).strip(), kind)
    total, failed = _take_all(owner, store, format_key, files)
    if as_json:
        bad = [{"order": order, "reason": reason} for order, reason in total.bad]
        counts = {key: getattr(total, key) for key in ("new", "changed", "same", "older")}
        echo_json({**counts, "bad": bad, "failed": failed})
    else:
        click.echo(f"{total.new} new, {total.changed} changed, {total.same} unchanged.")
        if total.older:
            click.echo(f"{total.older} older than what is here: left alone.")
        for order, reason in total.bad:
            click.echo(f"not read: {order}: {reason}")
    if failed:
        raise CommandError("; ".join(failed))


@command.command("import-csv")
@click.argument("company")
@click.option("--store", "store_key", default="csv", show_default=True, help="The store's key.")
@click.option("--profile", help="A saved profile's name, or a JSON file with one.")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@with_database
def import_csv(
    company: str, store_key: str, profile: str | None, file: Path, *, as_json: bool
) -> None:
    """Import a CSV file: Shopify's order export as it is, any other with a profile.

    An order with a wrong row is left out and named; the others go in. The same file changes
    nothing when it is imported again.
    """
    owner = find_company(company)
    try:
        sheet = open_sheet(_bytes(file))
        chosen = _profile(owner, profile)
        must_fit(sheet, chosen)
        store = csv_store(owner, store_key, "Shopify export" if chosen is None else "")
        told = import_sheet(store, sheet, chosen)
    except (MalformedPayload, SettingsRefused) as error:
        raise CommandError(f"{file}: {error}") from None
    got = told.received
    if as_json:
        echo_json(told.to_json())
    else:
        click.echo(
            f"{got.new} new, {got.changed} changed, {got.same} unchanged, {told.refused} refused."
        )
        if got.older:
            click.echo(f"{got.older} older than what is here: left alone.")
        for one in told.errors:
            click.echo(str(one))
    if told.refused:
        raise CommandError(f"{file}: {told.refused} not imported; correct the rows and try again")


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_SHEET + 1)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None


def _profile(company: Company, name: str | None) -> Profile | None:
    if name is None:
        return None
    saved = profiles(company)
    if name in saved:
        return saved[name]
    try:
        return Profile.read(json.loads(Path(name).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        if isinstance(error, SettingsRefused):
            raise
        known = ", ".join(saved) or "none"
        raise CommandError(
            f"no profile and no JSON file is named {name!r}; saved profiles: {known}"
        ) from None


def _take_all(
    company: Company, store: Store, format_key: str, files: tuple[Path, ...]
) -> tuple[Received, list[str]]:
    """Every file; what adds to an order (a refund, say) waits until all orders are in."""
    total, failed = Received(), []
    for file in files:
        try:
            if file.stat().st_size > MAX_BYTES:
                failed.append(f"{file} is larger than {MAX_BYTES >> 20} MiB")
                continue
            total += receive(company, store, format_key, file.read_bytes(), name=str(file))
        except MalformedPayload as error:
            failed.append(str(error))
        except OSError as error:
            failed.append(f"{file}: {error.strerror}")
    orphans, total.orphans = total.orphans, []
    if orphans:
        total += take(company, store, format_key, orphans)
    total.bad += [
        (item.source_id, "it adds to an order that is not here; import that order first")
        for item in total.orphans
    ]
    return total, failed
