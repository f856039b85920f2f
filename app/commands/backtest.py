"""`rulebooks backtest`: what a rulebook would change on stored orders; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from app.commands.rules_files import optional_file, read_json, refusals
from app.commands.tools import echo_json, find_company, json_option, with_database
from app.models import db
from app.rules import current_release, rulebook_of
from app.rules.draft_state import open_draft
from app.sync.backtest import LAST, backtest
from rules_library.rulebook import Rulebook

FEW = 10


@click.command("backtest")
@click.argument("company")
@optional_file
@click.option("--draft", is_flag=True, help="Try the open draft.")
@click.option(
    "--last",
    type=click.IntRange(1, 10_000_000),
    default=LAST,
    show_default=True,
    help="How many orders.",
)
@json_option
@with_database
def command(company: str, file: Path | None, last: int, *, draft: bool, as_json: bool) -> None:
    """Decide and plan the last orders by FILE or the draft, and by the published rules.

    Tells what changes. Nothing is written, also when it is stopped with Ctrl-C.
    """
    owner = find_company(company)
    if draft == (file is not None):
        raise click.UsageError("Give either a FILE or --draft.")
    release = current_release(owner)
    with refusals(file, as_json=as_json):
        new = Rulebook.from_file(open_draft(owner).file if file is None else read_json(file))
    answer: dict[str, Any] = {}
    for report in backtest(owner, rulebook_of(release), new, last=last):
        if report.done:
            click.echo(f"{report.done:,} of {report.total:,} orders", err=True)
        if report.done == report.total:
            answer = report.to_json()
    db.session.rollback()
    answer = {"release": release.number if release else 0, **answer}
    if as_json:
        echo_json(answer)
    else:
        click.echo("\n".join(_told(answer)))


def _told(answer: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{answer['orders']:,} orders: {answer['changed']:,} changed, "
        f"{answer['unchanged']:,} unchanged, {answer['unreadable']:,} unreadable"
    )
    number = answer["release"]
    yield f"Compared with {f'release {number}' if number else 'the defaults'}"
    if answer["already_posted"]:
        yield f"{answer['already_posted']:,} of the changed are posted already and keep their shape"
    for found in answer["decisions"].values():
        yield f"\n{found['label']}: {_orders(found['orders'])}"
        for change in found["changes"][:FEW]:
            before, after = _value(change["before"]), _value(change["after"])
            yield f"  {before} -> {after} ({_case(change['after'])}){_count(change)}"
        yield from _rest(found)
    if answer["verdicts"]:
        yield "\nVerdicts"
    for change in answer["verdicts"][:FEW]:
        why = f" ({'; '.join(change['reasons'])})" if change["reasons"] else ""
        yield f"  {change['before']} -> {change['after']}{why}{_count(change)}"
    for found in answer["fields"]:
        yield f"\n{found['kind']} {found['field']}: {_orders(found['orders'])}"
        for change in found["changes"][:FEW]:
            yield f"  {_shown(change['before'])} -> {_shown(change['after'])}{_count(change)}"
        yield from _rest(found)
    yield "\nDocuments"
    for one in answer["documents"]:
        before, after = one["before"], one["after"]
        yield (
            f"  {one['kind']:<20} {before['count']:>8,} -> {after['count']:>8,}  "
            f"{before['total']:>14,.2f} -> {after['total']:>14,.2f} {one['currency']}"
        )
    for currency, money in answer["money"].items():
        yield (
            f"Sold: {money['before']:,.2f} -> {money['after']:,.2f} {currency}, "
            f"difference {money['difference']:,.2f}"
        )


def _orders(count: int) -> str:
    return f"{count:,} order{'' if count == 1 else 's'}"


def _value(outcome: Mapping[str, Any]) -> str:
    return f"error: {outcome['error']}" if "error" in outcome else str(outcome["said"])


def _case(outcome: Mapping[str, Any]) -> str:
    if not outcome["case"]:
        return "otherwise"
    cases = ", ".join(map(str, outcome.get("cases") or [outcome["case"]]))
    return f"case {cases}" + (f": {outcome['title']}" if outcome["title"] else "")


def _count(change: Mapping[str, Any]) -> str:
    sample = ", ".join(order["order"] for order in change["orders"])
    return f"  {change['count']:,} x, e.g. {sample}"


def _rest(found: Mapping[str, Any]) -> Iterator[str]:
    rest = len(found["changes"]) - FEW
    if rest > 0 or found["others"]:
        yield f"  and more: {max(rest, 0)} other changes"


def _shown(value: Any) -> str:
    return "-" if value is None else str(value)
