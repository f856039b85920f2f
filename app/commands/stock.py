"""`rulebooks stock`: QuickBooks' quantities to a store."""

from __future__ import annotations

import click
from sqlalchemy import select

from app.commands.tools import (
    CommandError,
    by_hand,
    echo_json,
    find_company,
    json_option,
    with_database,
)
from app.models import Store, db
from app.stores.errors import StoreError
from app.sync.stock import NoStockError, pushing, read_items_whole
from app.sync.stock.rounds import forget


@click.command("stock")
@click.argument("company")
@click.argument("store")
@click.option("--send", is_flag=True, help="Tell the store; without it nothing is changed.")
@click.option("--read", is_flag=True, help="Let the next session read all items' quantities.")
@click.option("--all", "whole", is_flag=True, help="Also what the store was told before and took.")
@json_option
@with_database
def command(
    company: str, store: str, *, send: bool, read: bool, whole: bool, as_json: bool
) -> None:
    """Say what a store would be told of its stock, and with --send tell it; only what changed."""
    owner = find_company(company)
    if read:
        read_items_whole(owner)
        db.session.commit()
    chosen = db.session.scalar(
        select(Store).where(Store.company_id == owner.id, Store.key == store)
    )
    if chosen is None:
        raise CommandError(f"{owner.name} has no store {store!r}.")
    if whole:
        forget([chosen])
    try:
        pushed = by_hand(owner, "stock", pushing(owner, chosen, dry=not send, every=True), go=send)
    except (NoStockError, StoreError) as error:
        raise CommandError(str(error)) from None
    would = [
        {"sku": one.change.sku, "quantity": one.change.quantity, "before": one.before}
        for one in pushed.would_change
    ]
    refused = [{"sku": one.change.sku, "reason": one.reason} for one in pushed.refused]
    if as_json:
        echo_json(
            {
                "changed": pushed.changed, "same": pushed.same, "would_change": would,
                "refused": refused, "faults": pushed.faults,
            }
        )  # fmt: skip
        return
    for one in would:
        click.echo(f"would change {one['sku']}: {one['before']} -> {one['quantity']}")
    for gone in refused:
        click.echo(f"refused {gone['sku']}: {gone['reason']}")
    for fault in pushed.faults:
        click.echo(fault)
    changed = f"{pushed.changed:,} changed" if send else f"{len(would):,} would change"
    click.echo(f"{changed}, {pushed.same:,} the same, {len(refused):,} refused.")
