"""`rulebooks plan`: what would be posted for an order, and why; nothing is sent."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from app.commands.explaining import told
from app.commands.tools import CommandError, echo_json, find_company, json_option, with_database
from app.models import Company, Order, Store, db
from app.sync.dry_run import UnreadableOrderError, dry_run
from rules_library.decision import decisions
from rules_library.describe import describe_decided


@click.command("plan")
@click.argument("company")
@click.argument("order")
@click.option("--xml", "as_xml", is_flag=True, help="Print the qbXML of the documents only.")
@click.option("--explain", "explained", is_flag=True, help="Tell every case and condition.")
@json_option
@with_database
def command(company: str, order: str, *, as_xml: bool, explained: bool, as_json: bool) -> None:
    """Dry run of ORDER (a number, or STORE:NUMBER): decisions with reasons, documents, qbXML."""
    owner = find_company(company)
    row = find_order(owner, order)
    try:
        answer = dry_run(owner, row, explained=explained)
    except UnreadableOrderError as error:
        raise CommandError(f"order {order}: {error}") from None
    if as_xml:
        click.echo(answer["qbxml"])
        return
    if as_json:
        echo_json(answer)
    else:
        _print(answer)
        if explained:
            click.echo("\n" + "\n".join(told(answer["explain"])))


def find_order(company: Company, name: str) -> Order:
    """The order with that number, or STORE:NUMBER."""
    query = (
        select(Order)
        .where(Order.company_id == company.id)
        .options(undefer(Order.raw), joinedload(Order.store))
    )
    found = list(db.session.scalars(query.where(Order.number == name).limit(2)))
    if not found and ":" in name:
        store, number = name.split(":", 1)
        found = list(
            db.session.scalars(
                query.join(Store).where(Store.key == store, Order.number == number).limit(2)
            )
        )
    if not found:
        raise CommandError(f"There is no order {name!r} in {company.name}.")
    if len(found) > 1:
        stores = ", ".join(f"{row.store.key}:{row.number}" for row in found)
        raise CommandError(f"Several orders have the number {name!r}: {stores}.")
    return found[0]


def _print(answer: dict[str, Any]) -> None:
    click.echo(f"Order {answer['order']}: {answer['verdict']}")
    for reason in answer["reasons"]:
        click.echo(f"  {reason}")
    number = answer["release"]
    click.echo(f"\nDecisions of {f'release {number}' if number else 'the defaults'}")
    for key, outcome in answer["decided"].items():
        decision = decisions()[key]
        cases = ", ".join(map(str, outcome.get("cases") or [outcome["case"]]))
        why = f"case {cases}: {outcome['title']}" if outcome["case"] else "otherwise"
        shown = "-" if outcome["value"] is None else outcome["value"]
        if decision.collects:
            shown = describe_decided(outcome["value"], decision)
        click.echo(f"  {decision.label:<32} {shown}   ({why})")
    for kind, name in answer["creates"]:
        click.echo(f"\nCreates the {kind.lower()} {name!r} first.")
    for document in answer["documents"]:
        number = document["ref_number"] or "(QuickBooks numbers)"
        click.echo(f"\n{document['kind']} {number}  {document['date']}  {document['customer']}")
        for line in document["lines"]:
            quantity = "" if line["quantity"] is None else f"{line['quantity']} x "
            name = f"{quantity}{line['item']}"
            click.echo(f"  {name:<36.36} {line['amount']:>12}  {line['tax_code'] or ''}")
        click.echo(f"  {'total':<36} {document['total']:>12}")
        for link in document["links"]:
            click.echo(f"  {link['how']} {link['kind']} {link.get('amount', '')}")
