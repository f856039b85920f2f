"""`rulebooks shipments`: what a shop is told of its orders' shipments."""

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
from app.models import Store, db, now
from app.rules import current_rulebook
from app.stores.errors import StoreError
from app.sync.outward import takers
from app.sync.sales import rounds
from app.sync.sales.judging import name_of
from app.sync.sales.shipments import telling, tells_shipments


@click.command("shipments")
@click.argument("company")
@click.argument("store")
@click.option("--tell", is_flag=True, help="Tell the shop; without it nothing is told.")
@json_option
@with_database
def command(company: str, store: str, *, tell: bool, as_json: bool) -> None:
    """Say of which shipments a shop would be told, and with --tell tell it; each once."""
    owner = find_company(company)
    chosen = db.session.scalar(
        select(Store).where(Store.company_id == owner.id, Store.key == store)
    )
    if chosen is None:
        raise CommandError(f"{owner.name} has no store {store!r}.")
    if chosen not in takers(owner, "fulfilment"):
        raise CommandError(f"{chosen.name} is not told of shipments.")
    _, rulebook = current_rulebook(owner)
    if not tells_shipments(rulebook):
        raise CommandError("No rule tells a shop: see “Tell the shop that its order is shipped”.")
    rounds.refresh_shipments(owner, now())
    db.session.commit()
    try:
        told = by_hand(owner, "shipments", telling(owner, chosen, dry=not tell), go=tell)
    except StoreError as error:
        raise CommandError(str(error)) from None
    would = [
        {
            "order": one.order.number, "sale": name_of(one.row), "tracking": one.tracking,
            "carrier": one.sale.ship_method,
            "shipped_on": one.shipped_at and one.shipped_at.date().isoformat(),
        }
        for one in told.would_tell
    ]  # fmt: skip
    refused = [{"sale": name, "reason": reason} for name, reason in told.refused]
    if as_json:
        echo_json(
            {
                "told": told.told, "known": told.known, "waiting": told.waiting,
                "would_tell": would, "refused": refused,
            }
        )  # fmt: skip
        return
    for one in would:
        click.echo(f"would tell of order {one['order']}: {one['tracking']} ({one['sale']})")
    for gone in refused:
        click.echo(f"not told: {gone['sale']}: {gone['reason']}")
    done = f"{told.told:,} told" if tell else f"{len(would):,} would be told"
    click.echo(
        f"{done}, {told.known:,} known there, {told.waiting:,} not shipped yet, "
        f"{len(refused):,} refused."
    )
