"""`rulebooks orders unpost, post-again, correct`: what is done with an order that is posted."""

from __future__ import annotations

import click

from app.commands.plan import find_order
from app.commands.tools import CommandError, echo_json, find_company, json_option, with_database
from app.models import db
from app.sync import again, corrections
from app.sync.answers import AnswerRefusedError

WHO = "command line"


@click.command("unpost")
@click.argument("company")
@click.argument("order")
@click.option("--delete", is_flag=True, help="Delete it instead of voiding it.")
@click.option("--yes", is_flag=True, help="Do it; without it nothing is changed.")
@with_database
def unpost(company: str, order: str, *, delete: bool, yes: bool) -> None:
    """Take everything of ORDER out of QuickBooks, at the next run of the Web Connector.

    Payments are deleted, and sales orders are closed; with --delete all is deleted. The order is
    left out until it is posted again.
    """
    row = find_order(find_company(company), order)
    how = "delete" if delete else "void"
    if not yes:
        raise CommandError(f"this would {how} all that is posted of order {row.number}: add --yes")
    try:
        corrections.unpost(row, how, WHO)
    except AnswerRefusedError as error:
        raise CommandError(str(error)) from None
    db.session.commit()
    click.echo("The next run takes it out of QuickBooks.")


@click.command("post-again")
@click.argument("company")
@click.argument("order")
@with_database
def post_again(company: str, order: str) -> None:
    """Post what was voided or deleted of ORDER once more, as the rules are now."""
    owner = find_company(company)
    row = find_order(owner, order)
    try:
        again.post_again(owner, [row.id], who=WHO)
    except AnswerRefusedError as error:
        raise CommandError(str(error)) from None
    click.echo("The next run posts it again.")


@click.command("correct")
@click.argument("company")
@click.argument("order")
@click.argument("document", required=False)
@click.argument("choice", required=False)
@json_option
@with_database
def correct(
    company: str, order: str, document: str | None, choice: str | None, *, as_json: bool
) -> None:
    """Say how a posted ORDER differs from what it would be now, and choose what is done.

    DOCUMENT and CHOICE are as they are listed; for all that is posted, DOCUMENT is "all".
    """
    row = find_order(find_company(company), order)
    offered = {(_name(one), one.choice): one for one in corrections.propose(row)}
    if choice is None:
        rows = [
            {
                "document": name, "choice": key, "title": one.title, "chosen": one.is_chosen,
                "changes": [*one.changes, *one.notes],
            }
            for (name, key), one in offered.items()
        ]  # fmt: skip
        if as_json:
            echo_json({"proposals": rows})
            return
        for one in offered.values():
            changes = "; ".join([*one.changes, *one.notes])
            mark = "* " if one.is_chosen else "  "
            click.echo(f"{mark}{_name(one)} {one.choice}: {one.title} ({changes})")
        if not offered:
            click.echo("It is posted as it would be now.")
        return
    found = offered.get((document or "", choice))
    if found is None:
        known = ", ".join(f"{name} {key}" for name, key in offered) or "nothing"
        raise CommandError(f"that cannot be chosen for order {row.number}; there is: {known}")
    corrections.apply(row, found, WHO)
    db.session.commit()
    click.echo("The next run does it.")


def _name(one: corrections.Proposal) -> str:
    return f"{one.kind} {one.part}".strip() or "all"
