"""`rulebooks plan`: what would be posted for an order, and why; nothing is sent."""

from __future__ import annotations

from typing import Any, Final

import click
from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from app.commands.explaining import told
from app.commands.tools import CommandError, echo_json, find_company, json_option, with_database
from app.models import Company, Order, Store, db
from app.rules import current_release, rulebook_of
from app.sync.preview import Planned, plan_orders
from app.sync.trace import described
from qbwc import qbxml
from qbwc.documents.base import Document, Key
from rules_library.decision import decisions
from rules_library.describe import describe_decided
from rules_library.explain import explain, plain
from rules_library.facts import facts
from rules_library.rulebook import Rulebook


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
    release = current_release(owner)
    rulebook = rulebook_of(release)
    planned = plan_orders(owner, [row], rulebook)
    db.session.rollback()
    if not planned:
        raise CommandError(f"order {order}: {'; '.join(row.reasons)}")
    one = planned[0]
    key = (one.of.order.store, one.of.order.source_id)
    sent = [text for document in one.plan.documents for text in requests(*key, document)]
    if as_xml:
        click.echo("\n".join(sent))
        return
    answer = {
        "order": one.of.order.number,
        "release": release.number if release else 0,
        **described(one.of.decided, one.plan),
        "qbxml": "\n".join(sent),
    }
    if explained:
        answer["explain"] = explanation(one, rulebook)
    if as_json:
        echo_json(answer)
    else:
        _print(answer)
        if explained:
            click.echo("\n" + "\n".join(told(answer["explain"])))


REQUEST_NAME: Final = 46
"""Characters of a request's id, with room for the number of a custom field."""


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


def explanation(planned: Planned, rulebook: Rulebook) -> dict[str, Any]:
    """What the rules say now and why; with ``kept`` where a posted order keeps another value."""
    found = explain(facts(planned.of.order, planned.of.context), rulebook)
    for key, outcome in planned.of.decided.order.items():
        if plain(outcome.value) != found["order"][key]["value"]:
            found["order"][key]["kept"] = plain(outcome.value)
    return found


def requests(store: str, source_id: str, document: Document) -> list[str]:
    """A document's requests as they will be sent, its custom fields after it.

    An id that QuickBooks has not given yet is named.
    """
    key = Key(store, source_id, document.kind, document.part)
    name = qbxml.printable(f"{document.kind}:{document.part}" if document.part else document.kind)
    name = name[:REQUEST_NAME].strip()
    whole = qbxml.request(
        document,
        name,
        key_guid=key.guid() if document.action == "add" else None,
        resolve=lambda reference: reference.list_id,
        txn=lambda target: f"({target.kind})",
        macro=None,
    )
    fields = qbxml.custom_fields_of(document)
    return [
        whole,
        *(
            qbxml.custom_field_request(
                document.kind, f"({document.kind})", field, text, f"{name}:{number}"
            )
            for number, (field, text) in enumerate(fields, start=1)
        ),
    ]


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
