"""`rulebooks reconcile`: the store against QuickBooks, to the cent."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from app import csv_text
from app.commands.tools import CommandError, echo_json, find_company, json_option, with_database
from app.models import Company
from app.sync import reconcile

GROUPS = ("day", "store", "method", "currency")
TAXES: dict[str, reconcile.ByTax] = {"tax": "store", "quickbooks_tax": "quickbooks"}
"""By tax, as the store or as QuickBooks names it."""


@click.command("reconcile")
@click.argument("company")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="By default 30 days ago.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="By default today.")
@click.option("--by", type=click.Choice([*GROUPS, *TAXES]), default="day", show_default=True)
@click.option("--orders", "each", is_flag=True, help="Every order that differs, not groups.")
@click.option("--csv", "as_csv", is_flag=True, help="Every order of the range, as CSV.")
@json_option
@with_database
def command(
    company: str,
    first: datetime | None,
    last: datetime | None,
    by: Any,
    *,
    each: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Compare what the store says with what QuickBooks holds, by the day that orders were placed.

    By tax, or quickbooks_tax, what counts is the day of the sale or refund: for a sales tax return.

    The exit code is 0 whether or not they differ: the report says by how much, and why.
    """
    owner = find_company(company)
    begin, end = _range(owner, first, last)
    if by in TAXES:
        _taxes(owner, begin, end, TAXES[by], each=each, as_csv=as_csv, as_json=as_json)
    elif as_csv:
        rows = (one.row() for one in reconcile.orders(owner, begin, end))
        for text in csv_text.lines(reconcile.COLUMNS, rows):
            click.echo(text, nl=False)
    elif each:
        apart = list(reconcile.orders(owner, begin, end, uneven=True))
        if as_json:
            echo_json([one.row() for one in apart])
            return
        for one in apart:
            click.echo(f"{one.day}  {one.number:<12} {one.difference:>12}  {one.reason}")
        click.echo(f"{len(apart)} orders differ.")
    else:
        _print(reconcile.reconcile(owner, begin, end, by), as_json=as_json)


def _taxes(
    company: Company,
    first: date,
    last: date,
    by: reconcile.ByTax,
    *,
    each: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    if as_csv:
        rows = (one.row() for one in reconcile.tax_orders(company, first, last, by))
        for text in csv_text.lines(reconcile.TAX_COLUMNS, rows):
            click.echo(text, nl=False)
        return
    if each:
        apart = list(reconcile.tax_orders(company, first, last, by, uneven=True))
        if as_json:
            echo_json([one.row() for one in apart])
            return
        for one in apart:
            label = reconcile.labelled(one.name, one.rate)
            click.echo(f"{label:<30} {one.order.number:<12} {one.difference:>12}  {one.reason}")
        click.echo(f"{len(apart)} taxes of orders differ.")
        return
    groups = reconcile.reconcile_taxes(company, first, last, by)
    if as_json:
        echo_json([asdict(group) | {"difference": group.difference} for group in groups])
        return
    for group in groups:
        shop, held = group.shop, group.quickbooks
        click.echo(
            f"{group.label or 'no tax':<30} {group.currency:<3} {group.orders:>6} orders  "
            f"taxable {_base(shop)} / {_base(held)}  store {shop.tax:>12}  "
            f"QuickBooks {held.tax:>12}  difference {group.difference:>10}"
        )
        _print_reasons(group.reasons)
    if not groups:
        click.echo("There is no sales tax in that time.")


def _base(side: reconcile.Taxed) -> str:
    return f"{'not told' if side.taxable is None else side.taxable:>12}"


def _print_reasons(reasons: dict[str, int]) -> None:
    for reason, count in sorted(reasons.items(), key=lambda pair: -pair[1]):
        click.echo(f"    {count} x {reason}")


def _range(company: Company, first: datetime | None, last: datetime | None) -> tuple[date, date]:
    end = last.date() if last else datetime.now(ZoneInfo(company.zone or "UTC")).date()
    begin = first.date() if first else end - timedelta(days=30)
    if begin > end:
        raise CommandError(f"The range ends ({end}) before it begins ({begin}).")
    return begin, end


def _print(groups: list[reconcile.Group], *, as_json: bool) -> None:
    if as_json:
        echo_json([asdict(group) | {"difference": group.difference} for group in groups])
        return
    for group in groups:
        shop, held = group.shop, group.quickbooks
        click.echo(
            f"{group.key:<20} {group.currency:<3} {group.orders:>6} orders  "
            f"store {shop.sales - shop.refunded:>12}  "
            f"QuickBooks {held.sales - held.refunded:>12}  difference {group.difference:>10}"
        )
        _print_reasons(group.reasons)
    if not groups:
        click.echo("No orders were placed in that time.")
