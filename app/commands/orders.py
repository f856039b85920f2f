"""`rulebooks orders`: orders in from files."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.tools import (
    CommandError,
    echo_json,
    find_company,
    json_option,
    with_database,
)
from app.models import Company, Store
from app.stores.formats import MalformedPayload, UnknownFormat, format_named
from app.sync.intake import Received, receive, store_named, take

MAX_BYTES = 512 * 2**20


@click.group("orders")
def command() -> None:
    """Import orders."""


@command.command("import")
@click.argument("company")
@click.option("--format", "format_key", required=True, help="woocommerce, shopify, rulebooks.")
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
