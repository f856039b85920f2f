"""`rulebooks sales`: QuickBooks' sales to a store that ships them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

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
from app.stores.errors import StoreError
from app.sync.sales import NoSalesError, rounds, sending
from app.sync.sales.judging import name_of


@click.command("sales")
@click.argument("company")
@click.argument("store")
@click.option("--send", "go", is_flag=True, help="Send them; without it nothing is sent.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Also what was last changed from this day on; the next session reads it.",
)
@json_option
@with_database
def command(company: str, store: str, *, go: bool, since: datetime | None, as_json: bool) -> None:
    """Say which sales of QuickBooks a store would be sent, and with --send send them."""
    owner = find_company(company)
    chosen = db.session.scalar(
        select(Store).where(Store.company_id == owner.id, Store.key == store)
    )
    if chosen is None:
        raise CommandError(f"{owner.name} has no store {store!r}.")
    rounds.refresh(owner, now())
    if since is not None:
        day = since.replace(tzinfo=ZoneInfo(owner.zone or "UTC")).astimezone(UTC)
        rounds.since(owner, chosen, day)
    db.session.commit()
    try:
        sent = by_hand(owner, "sales", sending(owner, chosen, dry=not go), go=go)
    except (NoSalesError, StoreError) as error:
        raise CommandError(str(error)) from None
    would = [
        {
            "sale": name_of(one.row), "txn_id": one.row.txn_id, "customer": one.row.customer,
            "total": one.sale.total if one.sale else None, "why": one.why,
        }
        for one in sent.would_send
    ]  # fmt: skip
    would_cancel = [
        {"sale": name_of(one.row), "txn_id": one.row.txn_id, "gone": one.row.gone}
        for one in sent.would_cancel
    ]
    refused = [{"sale": name, "reason": reason} for name, reason in sent.refused]
    astray = [{"sale": name, "reason": reason} for name, reason in sent.astray]
    faults = [{"sale": name, "reason": reason} for name, reason in sent.faults]
    if as_json:
        echo_json(
            {
                "sent": sent.sent, "same": sent.same, "left_out": sent.left_out,
                "closed": sent.closed, "cancelled": sent.cancelled, "would_send": would,
                "would_cancel": would_cancel, "refused": refused, "faults": faults,
                "astray": astray,
            }
        )  # fmt: skip
        return
    for one in would:
        click.echo(f"would send {one['sale']} of {one['customer']}: {one['total']} ({one['why']})")
    for end in would_cancel:
        click.echo(f"would cancel {end['sale']}: it was {end['gone']} in QuickBooks")
    for gone in (*refused, *faults):
        click.echo(f"not sent: {gone['sale']}: {gone['reason']}")
    for left in astray:
        click.echo(f"gone from QuickBooks only: {left['sale']}: {left['reason']}")
    done = f"{sent.sent:,} sent" if go else f"{len(would):,} would be sent"
    click.echo(f"{done}, {sent.left_out:,} left out, {len(refused):,} refused.")
